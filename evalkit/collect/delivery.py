"""What comes in: a delivery of parts, each with the way back to the cells it was read from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from evalkit.collect.veil import veiled
from evalkit.model.finding import Finding, Place
from evalkit.model.submission import Grain
from evalkit.model.vocabulary import Respondent

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

_LONGEST_HEADER = 40


def shortened(text: str, longest: int = _LONGEST_HEADER) -> str:
    """The text, cut at ``longest`` characters with an ellipsis."""
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"


@dataclass(frozen=True, eq=False)
class Origin:
    """Where the rows and columns of a part are in the file, as a person sees them."""

    file: str
    """Name of the file, without its folder."""
    rows: NDArray[np.int64]
    """Row number of each row of the frame, from 1."""
    sheet: str | None = None
    """Sheet of a workbook."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Column of the frame to the header it has in the file."""
    letters: Mapping[str, str] = field(default_factory=dict)
    """Column of the frame to its letter, in a workbook."""
    pointer: str | None = None
    """JSON pointer to the list of rows, in a package."""
    cell_rows: Mapping[str, NDArray[np.int64]] = field(default_factory=dict)
    """Column to the row number of each of its cells, where they come from other rows."""

    def header(self, column: str) -> str:
        """The column's header as it is in the file, shortened where it is a whole question."""
        return shortened(veiled(self.headers.get(column) or column))

    def seen(self, column: str) -> str:
        """Header, with the letter before it in a workbook: ``C (Taal)``."""
        letter, header = self.letters.get(column), self.header(column)
        return f"{letter} ({header})" if letter and letter != header else header

    def place(self, position: int | None = None, column: str | None = None) -> Place:
        """The place of a cell, row (no column), column (no position) or the whole part.

        Args:
            position: Position in the frame, from 0.
            column: Column of the frame, or the name of one that is missing.
        """
        rows = self.cell_rows.get(column or "", self.rows)
        row = None if position is None else int(rows[position])
        key = self.pointer if row is None or self.pointer is None else f"{self.pointer}/{row - 1}"
        return Place(
            file=self.file,
            sheet=self.sheet,
            row=row,
            column=None if column is None else self.seen(column),
            key=key,
        )


@dataclass(frozen=True)
class Taken:
    """When the data were taken, as far as the file says so in a readable way."""

    first: dt.date | None = None
    last: dt.date | None = None
    unread: tuple[tuple[str, Place], ...] = ()
    """Texts that are no date, with their places."""
    place: Place = field(default_factory=Place)
    """Where the dates belong."""


@dataclass(frozen=True, eq=False)
class Part:
    """The raw rows of one wave, respondent and grain.

    ``frame`` holds cells as they came (text, numbers, dates, none), under machine names where
    the file has them and under its own headers otherwise; rows without any value are left out.
    """

    wave: str
    respondent: Respondent
    grain: Grain
    frame: pd.DataFrame
    origin: Origin
    taken: Taken = field(default_factory=Taken)
    mapped: frozenset[str] = frozenset()
    """Columns whose values a mapping translated."""
    by_mapping: bool = False
    """Whether a mapping says which column is which."""

    @property
    def taken_from(self) -> dt.date | None:
        """First day the data were taken, if the file says so."""
        return self.taken.first

    @property
    def taken_to(self) -> dt.date | None:
        """Last day the data were taken, if the file says so."""
        return self.taken.last


@dataclass(frozen=True, eq=False)
class Delivery:
    """One file, read but not yet checked against a design."""

    project: str | None
    """Id of the project the file names, if it does."""
    design_hash: str | None
    """Hash of the design the file was made under, if it says so."""
    parts: tuple[Part, ...]
    findings: tuple[Finding, ...] = ()
    """What was wrong in reading it."""


@dataclass(frozen=True, eq=False)
class Checked:
    """A part after the checks.

    ``frame`` has canonical columns and types: for unit rows ``school``, ``class``, ``unit``,
    ``arm`` (str), then per measure its score (float, or str for a choice or text) and its items;
    for aggregates ``school``, ``arm``, ``measure`` (str), ``n`` (Int64), ``mean``, ``sd``
    (float). A cell with an error is empty; store the frame only if there is no error.
    """

    frame: pd.DataFrame
    findings: tuple[Finding, ...]
    measures: tuple[str, ...]
    """Ids of the measures it holds at least one value of, sorted."""
    schools: tuple[str, ...]
    """BRINs it holds rows of, sorted."""

    @property
    def is_acceptable(self) -> bool:
        """Whether no finding is an error."""
        return not any(finding.is_error for finding in self.findings)
