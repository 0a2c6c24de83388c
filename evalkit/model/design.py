"""A design: protocol, project type and project, resolved into what happens when."""

from __future__ import annotations

import datetime as dt
import math
from functools import cached_property

from pydantic import Field, field_validator, model_validator

from evalkit.model.base import Identifier, MeasureId, Model, Version
from evalkit.model.finding import Finding
from evalkit.model.holidays import Holiday
from evalkit.model.identifiers import Brin
from evalkit.model.measure import Measure, Scale
from evalkit.model.project import Project
from evalkit.model.project_type import ProjectType, Step
from evalkit.model.protocol import Analysis, Privacy
from evalkit.model.text import Lang, Text
from evalkit.model.vocabulary import ArmRole, AssignmentLevel, Respondent, Variant, WaveKind


class PlannedWave(Model):
    """A wave with its calendar days."""

    id: Identifier = Field(description="Id of the wave.")
    kind: WaveKind = Field(description="Baseline, interim, post or follow-up.")
    label: Text = Field(description="Name.")
    opens: dt.date = Field(description="First day of the window.")
    closes: dt.date = Field(description="Last day of the window; the deadline.")
    school_days: int | None = Field(
        None, ge=0, description="Days in the window that are no weekend or school holiday."
    )


class ScheduleEntry(Model):
    """One measure in one wave: from whom, in which arms, on which scale."""

    wave: Identifier = Field(description="Id of the wave.")
    measure: MeasureId = Field(description="Id of the measure.")
    respondent: Respondent = Field(description="From or about whom.")
    arms: tuple[ArmRole, ...] = Field(description="In which arms.")
    mandatory: bool = Field(description="Whether it must be delivered.")
    required_by: str = Field(description="Which protocol or project type asks it.")
    scale: Scale = Field(description="Scale in this wave.")
    instrument: str | None = Field(None, description="Test or form used in this wave.")
    minutes: float = Field(description="Minutes for one respondent.")
    reference_date: dt.date | None = Field(
        None, description="Day the school administration is counted on (1 October)."
    )
    computed: bool = Field(False, description="Whether it is computed, not asked.")
    covered_by: tuple[MeasureId, ...] = Field(
        (), description="Special cases of it in the same wave; with these it is not asked itself."
    )


class PlannedDeadline(Model):
    """A report with its day."""

    id: Identifier = Field(description="Id of the deadline.")
    label: Text = Field(description="What is due.")
    due: dt.date = Field(description="The day.")


class PlannedCycle(Model):
    """A PDCA cycle the plan foresees."""

    number: int = Field(description="Number, from 1.")
    starts: dt.date = Field(description="First day.")
    ends: dt.date = Field(description="Last day.")


class RuleOutcome(Model):
    """One rule of the ladder, applied: whether it holds, why, and what would make it hold."""

    id: str = Field(description="Id of the rule.")
    rung: int = Field(ge=0, le=5, description="The rung it is a condition of.")
    met: bool = Field(description="Whether it holds.")
    after: str | None = Field(
        None, description="The rule that must hold first, where that one does not: not looked at."
    )
    reason: Text = Field(description="Why it does or does not.")
    lift: Text | None = Field(None, description="What would make it hold.")
    source: str = Field(description="Where the rule comes from.")


class RungStep(Model):
    """One rung of the ladder with the rules it asks."""

    rung: int = Field(ge=0, le=5, description="The rung.")
    rules: tuple[RuleOutcome, ...] = Field(description="Its rules, each with its outcome.")

    @model_validator(mode="before")
    @classmethod
    def _of_one_condition(cls, value: object) -> object:
        """A rung as older designs store it: with one condition, and no rules."""
        if not isinstance(value, dict) or "rules" in value or "met" not in value:
            return value
        rung = value.get("rung")
        condition = {**value, "id": f"rung_{rung}", "source": "004_meta_analysis, overzicht 8"}
        return {"rung": rung, "rules": (condition,)}

    @property
    def met(self) -> bool:
        """Whether every rule of this rung holds."""
        return all(rule.met for rule in self.rules)


class ChecklistItem(Model):
    """One question of the checklist, answered as far as the design can."""

    question: Text = Field(description="What is asked.")
    answer: Text | None = Field(None, description="Answer from the design; none if open.")
    id: str | None = Field(None, description="Id of the question.")
    source: str | None = Field(None, description="Where the question comes from.")


class Burden(Model):
    """What measuring costs one respondent in one wave."""

    wave: Identifier = Field(description="Id of the wave.")
    respondent: Respondent = Field(description="Who.")
    minutes: float = Field(description="Minutes for one respondent.")


class YearlyBurden(Model):
    """What measuring costs one respondent group in one school year, over the whole project."""

    school_year: str = Field(
        description="School year: 2026-2027; of a typical project its number, 0 before the start."
    )
    respondent: Respondent = Field(description="Who; a school answers with one form.")
    minutes: float = Field(description="Minutes per person, at most; per form of a school.")
    persons: int | None = Field(None, description="How many; none if the project does not say.")
    spent: tuple[tuple[float, int], ...] = Field(
        (),
        description="What the hours are the sum of: minutes, and how many persons are asked them "
        "all; none if the project does not say how many there are.",
    )
    hours: float | None = Field(None, description="Hours of all persons together.")
    hours_per_school: float | None = Field(
        None, description="Hours of the persons of the school that is asked most."
    )
    cost: float | None = Field(None, description="Euros, at the scheme's hourly rate.")


class CostlyMeasure(Model):
    """A measure with what it costs over the whole project."""

    measure: MeasureId = Field(description="The measure.")
    minutes: float = Field(description="Minutes for one respondent, all waves together.")
    hours: float | None = Field(
        None,
        description="Hours of all respondents and waves together; none if their number is unknown.",
    )


class TypicalBurden(Model):
    """What a protocol alone, without a project type, costs a project as its funder expects it."""

    yearly: tuple[YearlyBurden, ...] = Field(description="Per school year and respondent group.")
    hours_per_school_year: float = Field(
        description="Hours of one school in its heaviest school year, all respondents together."
    )
    minutes_per_person_max: dict[Respondent, float] = Field(
        description="Minutes of one person in the heaviest school year, by respondent."
    )
    cost: float | None = Field(
        None, description="Euros over the whole project; none without hourly rates."
    )
    costly: tuple[CostlyMeasure, ...] = Field(description="The five measures that cost most.")


LARGE_EFFECT = 0.80
"""Standard deviations: a large effect (Cohen 1988, § 2.2.3)."""


class Power(Model):
    """What the planned numbers can show for the outcomes of one respondent group."""

    measures: tuple[MeasureId, ...] = Field(description="Outcomes it holds for.")
    respondent: Respondent = Field(description="Whom they are about.")
    schools: tuple[int, int] = Field(
        description="Schools, intervention and comparison; 0 where there is no comparison."
    )
    clusters: tuple[int, int] | None = Field(
        description="Classes, subjects of a school or schools with their persons in them, per arm; "
        "none without clusters."
    )
    cluster: AssignmentLevel | None = Field(
        None, description="What the clusters are: classes, subjects of a school or schools."
    )
    units: tuple[int, int] = Field(description="Persons per arm; 0 where there is no comparison.")
    icc: float = Field(description="Intraclass correlation assumed; 0 without clusters.")
    pretest_correlation: float = Field(description="Pretest-posttest correlation assumed.")
    mdes: float | None = Field(
        None,
        description="Minimal detectable effect size, in standard deviations; none if there are so "
        "few clusters or persons that nothing can be tested.",
    )
    target: float | None = Field(None, description="Effect the scheme expects.")
    needed_clusters: int | None = Field(
        None,
        description="Clusters per arm, as large as planned and as many in each arm, that "
        "the target asks.",
    )
    needed_units: int | None = Field(None, description="Persons per arm that the target asks.")
    curve: tuple[tuple[int, float], ...] = Field(
        (),
        description="Clusters (or persons, where they stand alone) per arm, with the effect that "
        "as many in each arm can show.",
    )
    formula: Text = Field(description="Formula with its source.")

    @field_validator("formula", mode="before")
    @classmethod
    def _in_one_language(cls, value: object) -> object:
        """Designs of an earlier version have the formula in English alone."""
        return {"nl": value, "en": value} if isinstance(value, str) else value

    @property
    def shows_enough(self) -> bool:
        """Whether an effect of the size that the scheme expects would show, or else a large one."""
        return self.mdes is not None and self.mdes <= (self.target or LARGE_EFFECT)

    @property
    def smallest(self) -> float | None:
        """The minimal detectable effect size as it is shown."""
        return None if self.mdes is None else rounded_up(self.mdes)


def rounded_up(effect: float) -> float:
    """An effect in two decimals, never less than it is.

    So the smallest effect that can be shown never looks as small as one that cannot be.
    """
    return math.ceil(round(effect, 3) * 100 - 1e-6) / 100


class ComparisonPair(Model):
    """Which group serves as the control of which, where a plugin assigns them."""

    school: Brin = Field(description="School of the treated group.")
    subject: Identifier = Field(description="Treated subject.")
    control_school: Brin = Field(description="School of the control.")
    control_subject: Identifier = Field(description="Subject that is the control.")


class Design(Model):
    """An evaluation design; its hash names it in every submission and result."""

    project: Project = Field(description="The project, as it was when the design was made.")
    type: ProjectType = Field(description="The project type, likewise.")
    protocol: Identifier = Field(description="Id of the protocol.")
    protocol_version: Version = Field(description="Version of the protocol.")
    protocol_title: Text = Field(description="Name of the scheme.")
    lineage: tuple[str, ...] = Field(description="Protocols it builds on, basisset first.")
    core: tuple[MeasureId, ...] = Field(description="Measures of the locked core.")
    core_hash: str = Field(description="Hash of the locked core.")
    plugins: dict[str, str] = Field(description="Plugins in use, name to version.")
    language: Lang = Field(description="Language of documents and forms.")
    variant: Variant = Field(Variant.large, description="Small/qualitative or large/quantitative.")
    waves: tuple[PlannedWave, ...] = Field(description="Waves with their days, in order.")
    measures: tuple[Measure, ...] = Field(description="Measures in use.")
    schedule: tuple[ScheduleEntry, ...] = Field(description="What is measured when.")
    pairs: tuple[ComparisonPair, ...] = Field((), description="Treated groups and controls.")
    cycles: tuple[PlannedCycle, ...] = Field(description="PDCA plan.")
    deadlines: tuple[PlannedDeadline, ...] = Field((), description="Reports to the funder.")
    holidays: tuple[Holiday, ...] = Field((), description="School holidays in between.")
    holidays_until: dt.date | None = Field(
        None, description="Day after which no holidays are known; then weekends alone count."
    )
    procedure: tuple[Step, ...] = Field(description="Own PDCA steps of the type.")
    ladder: tuple[RungStep, ...] = Field(description="Rungs 0–5 with their conditions.")
    expected_rung: int = Field(ge=0, le=5, description="Highest rung the design can reach.")
    checklist: tuple[ChecklistItem, ...] = Field(description="Checklist of the design.")
    burden: tuple[Burden, ...] = Field(description="Minutes per wave and respondent.")
    yearly_burden: tuple[YearlyBurden, ...] = Field((), description="Per school year.")
    costly: tuple[CostlyMeasure, ...] = Field((), description="The measures that cost most.")
    power: tuple[Power, ...] = Field((), description="What the planned numbers can show.")
    privacy: Privacy = Field(description="What may be published.")
    analysis: Analysis = Field(description="Assumed values for the analysis.")
    findings: tuple[Finding, ...] = Field(description="Remarks on the design.")
    hash: str = Field(description="Hash of all the above.")

    def measure(self, id: str) -> Measure:
        """The measure with that id.

        Raises:
            KeyError: the design does not take it.
        """
        return self._measures[id]

    @cached_property
    def _measures(self) -> dict[str, Measure]:
        return {measure.id: measure for measure in reversed(self.measures)}

    def wave(self, id: str) -> PlannedWave:
        """The wave with that id.

        Raises:
            KeyError: the design has no such wave.
        """
        return self._waves[id]

    @cached_property
    def _waves(self) -> dict[str, PlannedWave]:
        return {wave.id: wave for wave in reversed(self.waves)}

    @cached_property
    def unmet(self) -> tuple[str, ...]:
        """The rules of the ladder that it does not meet, of those that could be looked at."""
        rules = (rule for step in self.ladder for rule in step.rules)
        return tuple(rule.id for rule in rules if not rule.met and not rule.after)

    def asked(self, wave: str, respondent: Respondent) -> tuple[ScheduleEntry, ...]:
        """What ``respondent`` is asked in ``wave``: not what follows from other measures."""
        return tuple(
            entry
            for entry in self.entries(wave, respondent)
            if not entry.computed and not entry.covered_by
        )

    def entries(self, wave: str, respondent: Respondent | None = None) -> tuple[ScheduleEntry, ...]:
        """What is measured in ``wave``, from ``respondent`` alone if given."""
        return tuple(
            entry
            for entry in self.schedule
            if entry.wave == wave and respondent in (None, entry.respondent)
        )
