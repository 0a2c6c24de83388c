"""From a table with estimates to what can be pooled, with findings on all that cannot."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from evalkit.collect.parsing import numbers, without_marks
from evalkit.collect.remarks import MOST_PER_COLUMN
from evalkit.collect.tables import Table, read_table
from evalkit.errors import EvalkitError, FindingsError, finding, refuse_errors
from evalkit.model.finding import Finding, Place
from evalkit.workspace.comparability import (
    EVERYTHING_SOUND,
    Columns,
    Wanted,
    comparability,
    header_of,
    subset,
    that_count,
)

if TYPE_CHECKING:
    import pandas as pd

    from evalkit.synthesis.pooling.linear import Floats
    from evalkit.synthesis.pooling.moderators import Moderator

_FACTOR = re.compile(r"factor\((.+)\)")
_MOST_NAMED = 20


@dataclass(frozen=True)
class Estimates:
    """What a file holds: k estimates in the order of the file, with their row numbers."""

    file: str
    rows: tuple[int, ...]
    y: Floats
    v: Floats
    moderators: tuple[Moderator, ...]
    cluster: tuple[str, ...] | None
    within: tuple[str, ...] | None
    year: tuple[float, ...] | None
    findings: tuple[Finding, ...]

    @property
    def k(self) -> int:
        """Number of estimates."""
        return len(self.rows)


def read_estimates(path: Path, columns: Columns, wanted: Wanted = EVERYTHING_SOUND) -> Estimates:
    """The estimates of a file; rows with an empty cell in a column that is used are left out.

    Semicolons, commas or tabs; decimal commas or points. A moderator is a number if all its cells
    are, and a factor if none is; ``factor(COL)`` makes a factor of numbers.

    Raises:
        EvalkitError: the file cannot be read as a table.
        FindingsError: it has no rows; or all errors at once.
    """
    table = table_with_rows(Path(path), "pool.no_rows")
    return _Reader(table).read(columns, wanted)


def table_with_rows(path: Path, code: str) -> Table:
    """The table of a file.

    Raises:
        EvalkitError: it cannot be read.
        FindingsError: it has no rows; the finding has this code.
    """
    place = Place(file=path.name)
    try:
        table = read_table(path)
    except EvalkitError as error:
        if error.finding.code != "intake.empty":
            raise
        raise FindingsError([finding(code, place)]) from None
    if table.frame.empty:
        raise FindingsError([*table.findings, finding(code, place)])
    return table


class _Reader:
    """One table, and what is found in it."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.found: list[Finding] = list(table.findings)
        self.use = table.frame.notna().any(axis=1)
        self.asked = self.use
        """The rows that are asked for, whether or not they are whole."""

    def read(self, columns: Columns, wanted: Wanted) -> Estimates:
        columns = self._spelled(columns)
        self._select(wanted)
        texts = {
            name: _text(self.table.frame[name])
            for name in self._names(columns)
            if self._is_there(name)
        }
        y, v = self._numbers(texts, columns.estimate), self._numbers(texts, columns.variance)
        year = self._numbers(texts, columns.year) if columns.year else None
        if v is not None:
            self._cells("pool.variance", columns.variance, (v <= 0) & self.asked, texts)
        for name, text in texts.items():
            self._leave_out(name, text)
        moderators = [self._moderator(name, texts) for name in columns.moderators]
        if not self.use.any() and not any(remark.is_error for remark in self.found):
            self._whole("pool.nothing")
        self.found += comparability(self.table, self.use, columns, wanted.mixed)
        refuse_errors(self.found)
        assert y is not None
        assert v is not None
        keep = self.use.to_numpy(dtype=bool)
        return Estimates(
            file=self.table.file,
            rows=tuple(int(row) for row in self.table.rows[keep]),
            y=np.asarray(y, dtype=np.float64)[keep],
            v=np.asarray(v, dtype=np.float64)[keep],
            moderators=tuple(m for m in moderators if m is not None),
            cluster=_kept(texts, columns.cluster, keep),
            within=_kept(texts, columns.within, keep),
            year=None if year is None else tuple(year.to_numpy(dtype=float)[keep].tolist()),
            findings=tuple(self.found),
        )

    def _spelled(self, columns: Columns) -> Columns:
        """The columns as the file spells them, where only the case differs."""
        return Columns(
            estimate=self._header(columns.estimate),
            variance=self._header(columns.variance),
            moderators=tuple(map(self._moderator_name, columns.moderators)),
            cluster=columns.cluster and self._header(columns.cluster),
            within=columns.within and self._header(columns.within),
            year=columns.year and self._header(columns.year),
        )

    def _moderator_name(self, name: str) -> str:
        column, as_factor = self._plain(name)
        return f"factor({self._header(column)})" if as_factor else self._header(column)

    def _header(self, name: str) -> str:
        return header_of(self.table, name) or name

    def _select(self, wanted: Wanted) -> None:
        """Keep the rows that are asked for, and say which are left out."""
        remarks, kept = subset(self.table, wanted.subset)
        self.found += remarks
        self.use = self.use & kept
        if not wanted.all_rows:
            remarks, kept = that_count(self.table, self.use)
            self.found += remarks
            self.use = self.use & kept
        self.asked = self.use

    def _names(self, columns: Columns) -> dict[str, None]:
        """The columns that are used, each once."""
        moderators = (self._plain(name)[0] for name in columns.moderators)
        optional = (columns.cluster, columns.within, columns.year)
        names = (columns.estimate, columns.variance, *moderators, *optional)
        return dict.fromkeys(name for name in names if name is not None)

    def _plain(self, name: str) -> tuple[str, bool]:
        """The column of a moderator, and whether it is to be a factor."""
        inside = _FACTOR.fullmatch(name)
        if inside and name not in self.table.frame:
            return inside[1], True
        return name, False

    def _is_there(self, name: str) -> bool:
        if name in self.table.frame:
            return True
        known = ", ".join(map(str, self.table.frame.columns))
        self._whole("pool.column_missing", column=name, known=known)
        return False

    def _numbers(self, texts: dict[str, pd.Series[Any]], name: str) -> pd.Series[float] | None:
        if name not in texts:
            return None
        values, wrong = numbers(texts[name])
        wrong = wrong & self.asked
        if wrong.any() and values[self.asked].isna().all():
            self._whole("pool.no_numbers", name, column=name)
        else:
            self._cells("pool.not_a_number", name, wrong, texts)
        return values

    def _moderator(self, name: str, texts: dict[str, pd.Series[Any]]) -> Moderator | None:
        from evalkit.synthesis.pooling.moderators import factor, number

        column, as_factor = self._plain(name)
        if column not in texts:
            return None
        text = texts[column][self.use]
        values, wrong = numbers(text)
        if not as_factor and wrong.any() and not wrong.all():
            # The few are the likely mistake.
            words = bool(wrong.mean() > 0.5)
            strange = (~wrong if words else wrong).reindex(self.use.index, fill_value=False)
            self._cells("pool.mixed_words" if words else "pool.mixed", column, strange, texts)
            return None
        labels = text.tolist()
        if not wrong.any():
            labels = [f"{value:.15g}" for value in values.tolist()]
        levels = sorted(set(labels), key=str if wrong.any() else float)
        if len(levels) < 2 and labels:
            self._whole("pool.one_level", column, column=column, level=levels[0])
            return None
        if as_factor or wrong.any():
            return factor(name, labels, levels)
        return number(name, values.tolist())

    def _leave_out(self, name: str, text: pd.Series[Any]) -> None:
        empty = (text.isna() & self.asked).to_numpy(dtype=bool)
        self.use = self.use & text.notna()
        if empty.any():
            rows = _listed([int(row) for row in self.table.rows[empty]])
            count = int(empty.sum())
            self._whole("pool.left_out", name, column=name, rows=rows, count=count)

    def _whole(self, code: str, column: str | None = None, /, **values: Any) -> None:
        self.found.append(finding(code, Place(file=self.table.file, column=column), **values))

    def _cells(
        self,
        code: str,
        name: str,
        wrong: pd.Series[bool],
        texts: dict[str, pd.Series[Any]],
    ) -> None:
        """A finding for each cell, and one that tells how many more there are."""
        positions = wrong.to_numpy(dtype=bool).nonzero()[0].tolist()
        for i in positions[:MOST_PER_COLUMN]:
            place = Place(file=self.table.file, row=int(self.table.rows[i]), column=name)
            value = str(texts[name].iloc[i])[:60]
            self.found.append(finding(code, place, column=name, value=value))
        if (more := len(positions) - MOST_PER_COLUMN) > 0:
            self._whole("intake.more", name, column=name, count=more, problem=code)


def _text(column: pd.Series[Any]) -> pd.Series[Any]:
    """Cells as text, none where they hold nothing or a mark for it."""
    if column.isna().all():  # such a column may be of numbers
        return column.astype(object).where(column.notna(), None)
    return without_marks(column)


def _kept(
    texts: dict[str, pd.Series[Any]], name: str | None, keep: np.ndarray[Any, Any]
) -> tuple[str, ...] | None:
    return None if name is None else tuple(texts[name][keep].tolist())


def _listed(rows: Sequence[int]) -> str:
    named = ", ".join(map(str, rows[:_MOST_NAMED]))
    return f"{named}, …" if len(rows) > _MOST_NAMED else named
