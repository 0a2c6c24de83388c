"""A mapping: how the columns of a school's own export are read as those of the design."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, model_validator

from evalkit.collect.parsing import cell_text
from evalkit.model.base import Identifier, Model
from evalkit.model.submission import Grain
from evalkit.model.vocabulary import Respondent


def _as_text(value: object) -> object:
    """YAML reads 1 and true as a number and a truth value; here they are what a cell holds."""
    if isinstance(value, bool | int | float) or value is None:
        return cell_text(value) or ""
    return value


CellText = Annotated[str, BeforeValidator(_as_text)]


class Mapping(Model):
    """How a file that evalkit did not make is read: a YAML file beside the data.

    Targets are ``school``, ``class``, ``unit``, ``arm``, a measure (``core.workload``) or an
    item of one (``core.workload.i1``); for totals ``measure``, ``n``, ``mean`` and ``sd``.
    """

    project: Identifier | None = Field(None, description="Id of the project.")
    wave: Identifier | None = Field(None, description="Id of the wave.")
    respondent: Respondent = Field(description="From or about whom the rows are.")
    grain: Grain = Field(Grain.unit, description="Rows per person, or totals per school.")
    taken_on: dt.date | None = Field(None, description="Day, or first day, the data were taken.")
    taken_to: dt.date | None = Field(None, description="Last day, if it was more than one.")
    columns: dict[str, CellText] = Field(
        min_length=1, description="Target to the header of the column it is read from."
    )
    values: dict[str, dict[CellText, CellText]] = Field(
        default_factory=dict,
        description="Target to what its values mean: value in the file to value in the design. "
        "An empty meaning is no value.",
    )
    fixed: dict[str, CellText] = Field(
        default_factory=dict,
        description="Target to the one value it has in every row, for what the file leaves out.",
    )

    @model_validator(mode="after")
    def _targets_once(self) -> Self:
        double = sorted(set(self.columns) & set(self.fixed))
        if double:
            raise ValueError(f"both read from a column and fixed: {', '.join(double)}")
        loose = sorted(set(self.values) - set(self.columns))
        if loose:
            raise ValueError(f"values without a column: {', '.join(loose)}")
        return self
