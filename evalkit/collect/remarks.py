"""Findings on the cells of one part, with their places and bounded in number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from evalkit.collect.delivery import Part, shortened
from evalkit.errors import finding
from evalkit.model.finding import Finding

MOST_PER_COLUMN = 50
"""Findings of one code in one column; how many more there are is said in one more."""


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
        self.found.append(finding(code, self.part.origin.place(None, source), **values))

    def cells(self, code: str, column: str, wrong: pd.Series[bool], /, **values: Any) -> None:
        """One finding for each cell of ``column`` where ``wrong`` is true.

        Values that are series are taken at the cell's row; others are the same for all cells.
        """
        positions = np.flatnonzero(wrong.to_numpy(dtype=bool))
        source = self.sources.get(column, column)
        for position in positions[:MOST_PER_COLUMN].tolist():
            here = {name: _at(value, position) for name, value in values.items()}
            place = self.part.origin.place(position, source)
            self.found.append(finding(code, place, **here))
        if (more := len(positions) - MOST_PER_COLUMN) > 0:
            self.whole("intake.more", column, column=self.header(column), count=more, problem=code)


def _at(value: Any, position: int) -> Any:
    if isinstance(value, pd.Series):
        value = value.iloc[position]
    return shortened(value) if isinstance(value, str) else value
