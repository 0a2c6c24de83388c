"""Long tables, with a row per person and measure, unfolded to a row per person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

Numbers = np.ndarray[Any, np.dtype[np.int64]]

_PERSON = ("school", "subject", "unit")
_ROW = ("school", "class", "subject", "unit", "arm")


@dataclass(frozen=True, eq=False)
class Unfolded:
    """A table with a row per person, and where its cells came from."""

    frame: pd.DataFrame
    rows: Numbers
    """Row number in the file of each row; of several the first."""
    cell_rows: Mapping[str, Numbers]
    """Column to the row number of each of its cells, where it is another."""
    headers: dict[str, str]
    """Column to the header it has in the file."""
    doubles: tuple[tuple[int, int, str], ...] = field(default=())
    """Positions of values that are there already, with that of the first, and the measure."""


def unfolded(
    frame: pd.DataFrame,
    measures: pd.Series[Any],
    values: pd.Series[Any],
    rows: Numbers,
    headers: Mapping[str, str],
    value_header: str,
) -> Unfolded:
    """A row per person, with a column per measure.

    Args:
        frame: What each row is about, under the design's names; what a person has first counts.
        measures: The measure or item that each row is of; none for a row that is left out.
        values: Its value.
        rows: Row numbers in the file.
        headers: Column of ``frame`` to header in the file.
        value_header: Header of the values.
    """
    frame = frame.reset_index(drop=True)
    measures, values = measures.reset_index(drop=True), values.reset_index(drop=True)
    person = [c for c in _PERSON if c in frame] if "unit" in frame else []
    keys = person or [c for c in _ROW if c in frame]
    if keys:
        number = frame.groupby(keys, dropna=False, sort=False).ngroup()
    else:
        number = pd.Series(0, index=frame.index)
    first = frame.groupby(number).first() if len(frame.columns) else pd.DataFrame(index=range(1))
    first = first.astype(object).where(first.notna(), None)
    first_rows = pd.Series(rows).groupby(number).first().to_numpy()
    cell_rows: dict[str, Numbers] = {}
    doubles: list[tuple[int, int, str]] = []
    filled = values.notna()
    for measure in dict.fromkeys(measures.dropna()):
        of_it = (measures == measure).to_numpy(dtype=bool)
        positions = np.flatnonzero(of_it & filled.to_numpy(dtype=bool))
        owners = number.to_numpy()[positions]
        owner, at = np.unique(owners, return_index=True)
        again = np.setdiff1d(np.arange(len(positions)), at)
        firsts = dict(zip(owner.tolist(), positions[at].tolist(), strict=True))
        doubles += [(int(positions[i]), firsts[int(owners[i])], measure) for i in again]
        column = np.full(len(first), None, dtype=object)
        where = first_rows.copy()
        column[owner] = values.to_numpy(dtype=object)[positions[at]]
        where[owner] = rows[positions[at]]
        first[measure] = pd.Series(column, index=first.index, dtype=object)
        cell_rows[measure] = where
    named = dict(headers) | dict.fromkeys(cell_rows, value_header)
    return Unfolded(first.reset_index(drop=True), first_rows, cell_rows, named,
                    tuple(sorted(doubles)))  # fmt: skip
