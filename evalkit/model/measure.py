"""A measure: one thing that is measured, always in the same way."""

from __future__ import annotations

from functools import cached_property
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from evalkit.model.base import Identifier, MeasureId, Model, Version
from evalkit.model.invalid import InvalidError
from evalkit.model.text import Text
from evalkit.model.vocabulary import Direction, Domain, Kind, Level, Respondent, ScaleType, Source


class SourceRef(Model):
    """Where something comes from."""

    document: str = Field(description="Document, for example 004_meta_analysis.")
    place: str = Field(description="Place in it: section, table, line.")
    year: int | None = Field(None, description="Year of publication.")


class Choice(Model):
    """One answer of a rating scale or choice."""

    value: int | float | str = Field(description="The value that is stored.")
    label: Text = Field(description="What the respondent reads.")


NO_YES = (
    Choice(value=0, label=Text(nl="nee", en="no")),
    Choice(value=1, label=Text(nl="ja", en="yes")),
)
"""The answers of a yes-or-no scale that names none of its own."""


class Scale(Model):
    """How values look: type, bounds, unit, which direction is better."""

    type: ScaleType = Field(description="Measurement level.")
    minimum: float | None = Field(None, description="Lowest possible value.")
    maximum: float | None = Field(None, description="Highest possible value.")
    unit: Text | None = Field(None, description="Unit, for example hours per week.")
    better: Direction = Field(Direction.higher, description="Which direction is better.")
    choices: tuple[Choice, ...] = Field(
        (),
        description="Answers, for a rating scale or choice; of a yes-or-no scale 0 and 1, no and "
        "yes if they are left out.",
    )
    shared_across_waves: bool = Field(
        True,
        description="Whether all waves use one scale. If not (different tests at different "
        "moments), raw gains mean nothing and no gain is computed.",
    )

    @model_validator(mode="before")
    @classmethod
    def _zero_or_one(cls, value: object) -> object:
        """A yes-or-no scale runs from 0 to 1, and has two answers."""
        if not isinstance(value, dict) or value.get("type") != ScaleType.binary.value:
            return value
        filled: dict[str, Any] = {"minimum": 0, "maximum": 1, "choices": NO_YES}
        return value | {key: new for key, new in filled.items() if value.get(key) in (None, (), [])}

    @model_validator(mode="after")
    def _yes_or_no(self) -> Self:
        if self.type is ScaleType.binary and (
            (self.minimum, self.maximum) != (0, 1) or {c.value for c in self.choices} != {0, 1}
        ):
            raise InvalidError("model.binary")
        return self

    @model_validator(mode="after")
    def _bounds_in_order(self) -> Self:
        if self.minimum is not None and self.maximum is not None and self.minimum >= self.maximum:
            raise InvalidError("model.bounds", minimum=self.minimum, maximum=self.maximum)
        return self

    @property
    def is_numeric(self) -> bool:
        """Whether values are numbers that have a mean."""
        return self.type not in (ScaleType.nominal, ScaleType.text)

    @cached_property
    def has_numbers(self) -> bool:
        """Whether its values have a mean."""
        return self.is_numeric and not any(isinstance(c.value, str) for c in self.choices)


class Item(Model):
    """One question of a questionnaire measure."""

    id: Identifier = Field(description="Id within the measure: i1, i2.")
    text: Text = Field(description="The question or statement.")
    reverse: bool = Field(False, description="Whether the answer is turned round in the score.")
    weight: float = Field(1, gt=0, description="Weight, where the score weighs its items.")


class Measure(Model):
    """One thing that is measured; once published, a change is a new version."""

    id: MeasureId = Field(description="Id, owner first: core.workload.")
    version: Version = Field("1.0", description="Version of this definition.")
    label: Text = Field(description="Short name.")
    description: Text = Field(description="What it is and how it is taken.")
    kind: Kind = Field(description="Outcome, process, condition or side effect.")
    level: Level = Field(description="Micro, meso or macro.")
    respondent: Respondent = Field(description="About or from whom one value is.")
    source: Source = Field(description="Where the data come from.")
    scale: Scale = Field(description="How the score looks; items are answered on it too.")
    domain: Domain = Field(Domain.attitude, description="Domain, for the assumed ICC.")
    items: tuple[Item, ...] = Field((), description="Questions, if it is a questionnaire.")
    scoring: Literal["value", "mean", "attainment"] = Field(
        "value",
        description="How the score is made: the value itself; the mean of the items; or the "
        "T-score of goal attainment, whose items are the project's own goals.",
    )
    computed_from: tuple[MeasureId, ...] = Field(
        (), description="Measures it is computed from by its plugin; then it is not asked."
    )
    minutes: float = Field(ge=0, description="Minutes one respondent spends on it, one time.")
    specialises: MeasureId | None = Field(
        None, description="The general measure it is a case of; delivering it meets that one too."
    )
    on_reference_date: bool = Field(
        False, description="Whether it is counted in the school administration on 1 October."
    )
    compatible_with: tuple[Version, ...] = Field(
        (), description="Earlier versions it may be pooled with."
    )
    origin: SourceRef | None = Field(None, description="Where it comes from.")

    @model_validator(mode="after")
    def _items_fit_scoring(self) -> Self:
        if self.scoring != "attainment" and bool(self.items) != (self.scoring == "mean"):
            raise InvalidError("model.items_scoring")
        if len({item.id for item in self.items}) != len(self.items):
            raise InvalidError("model.items_double")
        return self

    @property
    def needs_goals(self) -> bool:
        """Whether it scores own goals and the project has none."""
        return self.scoring == "attainment" and not self.items

    @property
    def columns(self) -> tuple[str, ...]:
        """The data columns it takes: one per item, or the measure itself."""
        return tuple(f"{self.id}.{item.id}" for item in self.items) or (self.id,)

    @property
    def version_parts(self) -> tuple[int, ...]:
        """The version as numbers, to compare: ``1.10`` comes after ``1.9``."""
        return tuple(int(part) for part in self.version.split("."))

    @property
    def name(self) -> str:
        """Id and version: ``core.workload@1.0``."""
        return f"{self.id}@{self.version}"
