"""A mapping: how the columns of a school's own export are read as those of the design."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, model_validator

from evalkit.collect.parsing import cell_text
from evalkit.model.base import Identifier, Model
from evalkit.model.invalid import InvalidError
from evalkit.model.submission import Grain
from evalkit.model.vocabulary import Respondent


def _as_text(value: object) -> object:
    """YAML reads 1 and true as a number and a truth value; here they are what a cell holds."""
    if isinstance(value, bool | int | float) or value is None:
        return cell_text(value) or ""
    return value


CellText = Annotated[str, BeforeValidator(_as_text)]

Columns = dict[str, CellText]
Meanings = dict[CellText, CellText]
Key = tuple[str | int, ...]


class MappedPart(Model):
    """What one part of the columns means, such as those of one measurement moment."""

    wave: Identifier | None = Field(None, description="Id of the wave.")
    respondent: Respondent | None = Field(None, description="From or about whom the rows are.")
    grain: Grain | None = Field(None, description="Rows per person, or totals per school.")
    taken_on: dt.date | None = Field(None, description="Day, or first day, the data were taken.")
    taken_to: dt.date | None = Field(None, description="Last day, if it was more than one.")
    columns: Columns = Field(
        default_factory=dict, description="Target to header, beside those of the whole file."
    )
    values: dict[str, Meanings] = Field(
        default_factory=dict, description="Target to what its values mean, likewise."
    )
    fixed: Columns = Field(
        default_factory=dict, description="Target to the one value it has, likewise."
    )


class Mapping(Model):
    """How a file that evalkit did not make is read: a YAML file beside the data.

    Targets are ``school``, ``class``, ``unit``, ``arm``, a measure (``core.workload``) or an
    item of one (``core.workload.i1``); for totals ``measure``, ``n``, ``mean`` and ``sd``.
    """

    project: Identifier | None = Field(None, description="Id of the project.")
    sheet: CellText | None = Field(
        None, description="Sheet of a workbook. Default: the first with values."
    )
    wave: Identifier | None = Field(None, description="Id of the wave.")
    respondent: Respondent | None = Field(
        None, description="From or about whom the rows are. Needed, here or in each part."
    )
    grain: Grain = Field(Grain.unit, description="Rows per person, or totals per school.")
    taken_on: dt.date | None = Field(None, description="Day, or first day, the data were taken.")
    taken_to: dt.date | None = Field(None, description="Last day, if it was more than one.")
    taken_column: CellText | None = Field(
        None,
        description="Header of a column with the day of each row; its first and last day count.",
    )
    columns: Columns = Field(
        default_factory=dict, description="Target to the header of the column it is read from."
    )
    values: dict[str, Meanings] = Field(
        default_factory=dict,
        description="Target to what its values mean: value in the file to value in the design. "
        "An empty meaning is no value.",
    )
    fixed: Columns = Field(
        default_factory=dict,
        description="Target to the one value it has in every row, for what the file leaves out.",
    )
    wave_column: CellText | None = Field(
        None, description="Header of the column that says which wave a row is of."
    )
    waves: Meanings = Field(
        default_factory=dict,
        description="What it says to the id of the wave; with an empty id the rows are left out.",
    )
    days: dict[Identifier, dt.date] = Field(
        default_factory=dict, description="Wave to the day it was taken."
    )
    measure_column: CellText | None = Field(
        None, description="Header of the column that says which measure a row is of."
    )
    measures: Meanings = Field(
        default_factory=dict,
        description="What it says to a measure or item; with an empty one the rows are left out.",
    )
    value_column: CellText | None = Field(
        None, description="Header of the column with the values of those measures."
    )
    parts: tuple[MappedPart, ...] = Field(
        (), description="Parts of a file with several moments or groups side by side."
    )

    @model_validator(mode="after")
    def _hangs_together(self) -> Self:
        pairs = (
            ("value_column", "measure_column", self.value_column, self.measure_column),
            ("measure_column", "value_column", self.measure_column, self.value_column),
            ("measures", "measure_column", self.measures, self.measure_column),
            ("waves", "wave_column", self.waves, self.wave_column),
        )
        for one, other, given, needed in pairs:
            if given and not needed:
                raise InvalidError("model.mapping_needs", one=one, other=other)
        whole = self.wave is not None or any(part.wave is not None for part in self.parts)
        if self.wave_column and whole:
            raise InvalidError("model.mapping_both", one="wave", other="wave_column")
        if self.taken_column and (self.taken_on or self.days):
            one = "taken_on" if self.taken_on else "days"
            raise InvalidError("model.mapping_both", one=one, other="taken_column")
        parts = tuple(self.flattened())
        for part in parts:
            part.check()
        all_values = (self.values, *(part.values for part in self.parts))
        named = {target for part in parts for target in part.columns}
        loose = sorted({t for values in all_values for t in values} - named)
        if loose and not self.measure_column:
            raise InvalidError("model.mapping_loose", targets=", ".join(loose))
        return self

    def flattened(self) -> Iterator[FlatPart]:
        """Each part with what holds for the whole file; that whole as one part if it has none."""
        for number, part in enumerate(self.parts or (MappedPart(),)):
            on, to = (part.taken_on, part.taken_to) if part.taken_on or part.taken_to else (
                self.taken_on, self.taken_to)  # fmt: skip
            grain = part.grain or self.grain
            yield FlatPart(
                number if self.parts else None,
                part.wave or self.wave,
                part.respondent or self.respondent,
                grain,
                on,
                to,
                self.columns | part.columns,
                self.values | part.values,
                self.fixed | part.fixed,
                frozenset((*part.columns, *part.values, *part.fixed)),
                long=self.measure_column is not None and grain is Grain.unit,
            )

    @property
    def has_waves(self) -> bool:
        """Whether it tells several waves apart by itself."""
        return bool(self.wave_column or self.parts)


@dataclass(frozen=True)
class FlatPart:
    """A part of a mapping with all that holds for it."""

    number: int | None
    wave: str | None
    respondent: Respondent | None
    grain: Grain
    taken_on: dt.date | None
    taken_to: dt.date | None
    columns: Columns
    values: dict[str, Meanings]
    fixed: Columns
    own: frozenset[str]
    """Targets that the part itself names."""
    long: bool

    def key(self, section: str, target: str) -> Key:
        """Where the mapping file says something of a target."""
        if self.number is not None and target in self.own:
            return ("parts", self.number, section, target)
        return (section, target)

    def check(self) -> None:
        """Refuse what does not hang together.

        Raises:
            InvalidError: no respondent, nothing to read, or a target that is said twice.
        """
        if self.respondent is None:
            raise InvalidError("model.mapping_respondent")
        if not self.columns and not self.long:
            raise InvalidError("model.mapping_empty")
        double = sorted(set(self.columns) & set(self.fixed))
        if double:
            raise InvalidError("model.mapping_twice", targets=", ".join(double))
