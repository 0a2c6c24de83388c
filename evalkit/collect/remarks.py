"""Findings on the cells of one part, with their places and bounded in number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from evalkit.collect.delivery import Part, shortened
from evalkit.collect.veil import quoted, veiled
from evalkit.errors import finding
from evalkit.model.finding import Finding
from evalkit.model.text import Text

MOST_PER_COLUMN = 50
"""Findings of one code in one column; how many more there are is said in one more."""

_CELLS = frozenset({"value", "given"})
"""Placeholders for what a cell holds."""

_ROWS_NAMED = 8
"""Rows that a finding on several of them names."""


class Remarks:
    """Collects findings on one part.

    Args:
        part: The part.
        sources: Canonical column name to the column of the part's frame it came from.
    """

    def __init__(self, part: Part, sources: Mapping[str, str] | None = None) -> None:
        self.part = part
        self.sources = dict(sources or {})
        self.found: list[Finding] = []

    def header(self, column: str) -> str:
        """The header of a canonical column as the file has it."""
        return self.part.origin.header(self.sources.get(column, column))

    def whole(self, code: str, column: str | None = None, /, **values: Any) -> None:
        """A finding on the part, or on one whole column."""
        source = None if column is None else self.sources.get(column, column)
        shown = {name: _veiled(value) for name, value in values.items()}
        self.found.append(finding(code, self.part.origin.place(None, source), **shown))

    def cells(self, code: str, column: str, wrong: pd.Series[bool], /, **values: Any) -> None:
        """One finding for each cell of ``column`` where ``wrong`` is true.

        Values that are series are taken at the cell's row; others are the same for all cells.
        """
        positions = np.flatnonzero(wrong.to_numpy(dtype=bool))
        source = self.sources.get(column, column)
        for position in positions[:MOST_PER_COLUMN].tolist():
            here = {name: _at(name, value, position) for name, value in values.items()}
            place = self.part.origin.place(position, source)
            self.found.append(finding(code, place, **here))
        if (more := self._total(code, column, values, len(positions)) - MOST_PER_COLUMN) > 0:
            self.whole("intake.more", column, column=self.header(column), count=more, problem=code)

    def shared(self, code: str, column: str, wrong: pd.Series[bool], /, **values: Any) -> None:
        """One finding for all rows where ``wrong`` is true: with their ``count`` and ``rows``.

        It points at the cell if it is one, and else at the column.
        """
        positions = np.flatnonzero(wrong.to_numpy(dtype=bool))
        if not len(positions):
            return
        count = self._total(code, column, values, len(positions))
        only = int(positions[0]) if count == 1 else None
        place = self.part.origin.place(only, self.sources.get(column, column))
        shown = {name: _veiled(value) for name, value in values.items()}
        rows = rows_named(self.part.origin.rows[positions].tolist(), count)
        self.found.append(finding(code, place, **shown, rows=rows, count=count))

    def _total(self, code: str, column: str, values: Mapping[str, Any], here: int) -> int:
        """How many cells the finding is about; ``here`` of them are rows of the part."""
        return here


def rows_named(rows: Sequence[int], count: int) -> Text:
    """Rows in words: ``rows 3, 8 and 12``, and how many more there are after the first ones.

    Args:
        rows: The first rows at least.
        count: How many there are.
    """
    named, more = [str(row) for row in rows[:_ROWS_NAMED]], count - _ROWS_NAMED
    listed = ", ".join(named)
    if more > 0:
        return Text(nl=f"rij {listed} en nog {more}", en=f"rows {listed} and {more} more")
    first, last = ", ".join(named[:-1]), named[-1]
    if not first:
        return Text(nl=f"rij {last}", en=f"row {last}")
    return Text(nl=f"rij {first} en {last}", en=f"rows {first} and {last}")


def _at(name: str, value: Any, position: int) -> Any:
    value = value.iloc[position] if isinstance(value, pd.Series) else value
    if not isinstance(value, str):
        return value
    value = quoted(value) if name in _CELLS else veiled(value)
    return shortened(value) if isinstance(value, str) else value


def _veiled(value: Any) -> Any:
    """A value as a finding may quote it: without what may say who somebody is."""
    return veiled(value) if isinstance(value, str) else value
