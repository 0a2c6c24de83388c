"""A project: one grant."""

from __future__ import annotations

import datetime as dt
from functools import cached_property
from typing import Self

from pydantic import Field, field_validator, model_validator

from evalkit.model.base import Identifier, MeasureId, Model
from evalkit.model.identifiers import BoardNumber, Brin
from evalkit.model.invalid import InvalidError
from evalkit.model.vocabulary import (
    ArmRole,
    AssignmentLevel,
    Comparison,
    Direction,
    Nature,
    Region,
    Respondent,
    Sector,
)


class School(Model):
    """A school of the project."""

    brin: Brin = Field(description="BRIN, or BRIN and location: 00XX or 00XX01.")
    arms: tuple[ArmRole, ...] = Field(
        (ArmRole.intervention,), min_length=1, description="The arms it has classes in."
    )
    subjects: dict[Identifier, ArmRole] = Field(
        default_factory=dict, description="Subjects with their arm, in a cross-over of subjects."
    )


class GroupSize(Model):
    """How many take part, over all schools of an arm together."""

    classes: int | None = Field(None, ge=1, description="Classes or other teaching groups.")
    pupils: int | None = Field(None, ge=1, description="Pupils.")
    teachers: int | None = Field(None, ge=1, description="Teachers.")
    parents: int | None = Field(None, ge=1, description="Parents who are asked.")

    @model_validator(mode="before")
    @classmethod
    def _as_once_asked(cls, value: object) -> object:
        """Without the number of school leaders, which older files give and nothing asks."""
        if isinstance(value, dict) and "school_leaders" in value:
            return {key: size for key, size in value.items() if key != "school_leaders"}
        return value


class Arm(Model):
    """A group in the comparison, in the project's own words."""

    role: ArmRole = Field(description="Intervention or comparison.")
    label: str = Field(min_length=1, description="What the group is, in a few words.")
    size: GroupSize | None = Field(None, description="How many are planned to take part.")


class Prediction(Model):
    """What is expected, said before there are data; in a file, a plain text will do."""

    text: str = Field(min_length=1, description="What is expected.")
    measure: MeasureId | None = Field(None, description="The measure it shows in.")
    direction: Direction | None = Field(None, description="Which way that measure moves.")
    goes_with: MeasureId | None = Field(
        None,
        description="Another measure of the same respondents: who scores better on one is expected "
        "to score better on the other. The effect table gives the correlation.",
    )

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: object) -> object:
        return {"text": value} if isinstance(value, str) else value


class Alternative(Model):
    """What else could explain the outcome, and how the evaluation tells it apart."""

    text: str = Field(min_length=1, description="The other explanation.")
    check: str = Field(min_length=1, description="How it is ruled out or examined.")


class Conditions(Model):
    """How the project sees to the factors that decide most often (004, recommendation I)."""

    leadership: str | None = Field(None, description="How the leadership of the school acts.")
    time: str | None = Field(None, description="Where the time comes from.")
    resources: str | None = Field(None, description="Money, materials and support.")


class Instrument(Model):
    """Which test or form a project uses for a measure in one wave, with its own range."""

    measure: MeasureId = Field(description="The measure.")
    wave: Identifier = Field(description="The wave.")
    name: str = Field(min_length=1, description="Name of the test or form.")
    minimum: float = Field(description="Lowest possible score.")
    maximum: float = Field(description="Highest possible score.")

    @model_validator(mode="after")
    def _bounds_in_order(self) -> Self:
        if self.minimum >= self.maximum:
            raise InvalidError("model.bounds", minimum=self.minimum, maximum=self.maximum)
        return self


class Goal(Model):
    """A goal of the school's own, on a five-point attainment scale (Kiresuk & Sherman 1968)."""

    id: Identifier = Field(description="Id within the project.")
    text: str = Field(min_length=1, description="The goal.")
    weight: float = Field(1, gt=0, description="Weight beside the other goals.")
    levels: tuple[str, str, str, str, str] = Field(
        description="What is seen at −2, −1, 0 (expected), +1 and +2."
    )

    @field_validator("levels", mode="before")
    @classmethod
    def _five(cls, value: object) -> object:
        if isinstance(value, list | tuple) and len(value) != 5:
            raise InvalidError("model.goal_levels", count=len(value))
        return value


class Project(Model):
    """One grant: who, what, when, and against what it is compared."""

    id: Identifier = Field(description="Id of the project.")
    title: str = Field(min_length=1, description="Title.")
    protocol: Identifier = Field(description="Id of the protocol it is held to.")
    type: Identifier = Field(description="Id of the project type.")
    sector: Sector = Field(description="Sector.")
    nature: Nature = Field(description="Innovation or renewal.")
    board: BoardNumber | None = Field(None, description="Number of the school board.")
    grant: int | None = Field(None, ge=0, description="Grant in euros.")
    start: dt.date = Field(
        ge=dt.date(1950, 1, 1), description="First day of the subsidised activities."
    )
    end: dt.date = Field(
        le=dt.date(2150, 12, 31), description="Last day of the subsidised activities."
    )
    description: str | None = Field(None, description="What is done, for whom, to what end.")
    theory: str | None = Field(
        None, description="Why it should work: the assumptions and the research behind them."
    )
    predictions: tuple[Prediction, ...] = Field(
        (), description="What is expected, said beforehand."
    )
    alternatives: tuple[Alternative, ...] = Field(
        (), description="Other explanations, and how each is examined."
    )
    conditions: Conditions = Field(
        Conditions(), description="How leadership, time and resources are seen to."
    )
    region: Region | None = Field(None, description="Region of the school holidays.")
    arms: tuple[Arm, ...] = Field(min_length=1, description="The groups that are compared.")
    comparison: Comparison = Field(description="How the groups came about.")
    assignment: AssignmentLevel = Field(
        AssignmentLevel.class_, description="The unit that was in one arm as a whole."
    )
    schools: tuple[School, ...] = Field(min_length=1, description="The schools.")
    scenario: Identifier | None = Field(None, description="Chosen scenario of the type.")
    features: dict[Identifier, float | str] = Field(
        default_factory=dict, description="Values of the type's design features."
    )
    instruments: tuple[Instrument, ...] = Field((), description="Tests used, per wave.")
    goals: tuple[Goal, ...] = Field((), description="Goals of the school's own.")
    answers: dict[Identifier, str] = Field(
        default_factory=dict,
        description="Answers to questions of the checklist, each under the id that the design "
        "document shows with the question.",
    )

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        if self.start >= self.end:
            raise InvalidError("model.dates", at=("end",), start=self.start, end=self.end)
        roles = [arm.role for arm in self.arms]
        if len(set(roles)) != len(roles) or ArmRole.intervention not in roles:
            raise InvalidError("model.arms", at=("arms",))
        single = ArmRole.comparison not in roles
        if single != (self.comparison is Comparison.single_group):
            raise InvalidError(
                "model.comparison_arms", at=("comparison",), comparison=self.comparison.value
            )
        brins = [school.brin for school in self.schools]
        double = sorted({brin for brin in brins if brins.count(brin) > 1})
        if double:
            second = max(i for i, brin in enumerate(brins) if brin == double[0])
            at = ("schools", second, "brin")
            raise InvalidError("model.schools_double", at=at, schools=", ".join(double))
        strange = sorted({s.brin for s in self.schools if set(s.arms) - set(roles)})
        if strange:
            raise InvalidError("model.schools_arm", at=("schools",), schools=", ".join(strange))
        return self

    @cached_property
    def has_comparison(self) -> bool:
        """Whether there is a comparison arm."""
        return any(arm.role is ArmRole.comparison for arm in self.arms)

    @cached_property
    def effective_assignment(self) -> AssignmentLevel:
        """The unit that was in one arm as a whole in fact.

        Where no school has groups in both arms, treatment coincides with the school, whatever was
        assigned on paper: all that differs between schools differs between the arms too.
        """
        split = any(len(set(school.arms)) > 1 for school in self.schools)
        return self.assignment if split or not self.has_comparison else AssignmentLevel.school

    @cached_property
    def predicted(self) -> frozenset[str]:
        """The measures that a prediction names."""
        named = (measure for p in self.predictions for measure in (p.measure, p.goes_with))
        return frozenset(measure for measure in named if measure)

    def planned(self, role: ArmRole, respondent: Respondent | None) -> int | None:
        """How many respondents are planned in an arm; None where that is not said."""
        return self._planned.get((role, respondent))

    @cached_property
    def _planned(self) -> dict[tuple[ArmRole, Respondent | None], int | None]:
        found: dict[tuple[ArmRole, Respondent | None], int | None] = {
            (role, Respondent.school): sum(role in school.arms for school in self.schools)
            for role in ArmRole
        }
        for arm in self.arms:
            if arm.size is not None:
                found[arm.role, Respondent.pupil] = arm.size.pupils
                found[arm.role, Respondent.teacher] = arm.size.teachers
                found[arm.role, Respondent.parent] = arm.size.parents
        return found
