"""Which rows of a file of estimates are pooled, and whether they can be: of one thing, once."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from evalkit.collect.parsing import without_marks
from evalkit.collect.spelling import option_key
from evalkit.errors import finding
from evalkit.model.finding import Finding, Place
from evalkit.model.vocabulary import Note
from evalkit.synthesis.choices import CHOICES

if TYPE_CHECKING:
    from evalkit.collect.tables import Table

_MOST_NAMED = 6
_YES, _NO = ("true", "1", "yes", "ja", "waar"), ("false", "0", "no", "nee", "onwaar")
_OF_ONE_THING = ("measure", "wave")
"""Columns in which rows that are pooled as one have one value."""
_SOURCES = ("project", "study")
"""Columns that name what an estimate comes from."""


@dataclass(frozen=True)
class Columns:
    """Which columns of the file are what; moderators as ``COL`` or ``factor(COL)``."""

    estimate: str
    variance: str
    moderators: tuple[str, ...] = ()
    cluster: str | None = None
    within: str | None = None
    year: str | None = None

    @property
    def explained(self) -> frozenset[str]:
        """The columns by which the model tells rows apart, as they are compared."""
        inside = (re.sub(r"factor\((.+)\)", r"\1", name) for name in self.moderators)
        levels = (name for name in (self.cluster, self.within) if name)
        return frozenset(map(option_key, (*inside, *levels)))


@dataclass(frozen=True)
class Wanted:
    """Which rows are asked for: ``subset`` as ``COL=VALUE``, of one column any of its values.

    ``all_rows`` takes those too that say of themselves that they do not count; ``mixed`` says that
    whoever asks knows that scales, measures or waves differ.
    """

    subset: tuple[str, ...] = ()
    mixed: bool = False
    all_rows: bool = False


EVERYTHING_SOUND = Wanted()


def header_of(table: Table, name: str) -> str | None:
    """The one column of that name, whatever its case; none if there is none, or more."""
    same = [str(c) for c in table.frame.columns if option_key(str(c)) == option_key(name)]
    return name if name in table.frame else same[0] if len(same) == 1 else None


def _cells(table: Table, name: str) -> pd.Series[Any] | None:
    """The cells of a column as text, none where it is empty; none if there is no such column."""
    header = header_of(table, name)
    if header is None or table.frame[header].isna().all():
        return None
    return without_marks(table.frame[header])


def subset(table: Table, asked: Sequence[str]) -> tuple[list[Finding], pd.Series[bool]]:
    """Where rows have the values that are asked for, and what is wrong in asking."""
    found: list[Finding] = []
    kept = pd.Series(True, index=table.frame.index)
    values: dict[str, set[str]] = {}
    for text in asked:
        name, equals, value = text.partition("=")
        header = header_of(table, name.strip())
        if not equals or not value.strip():
            found.append(finding("pool.subset_form", Place(key="--subset"), value=text))
        elif header is None:
            known = ", ".join(map(str, table.frame.columns))
            place = Place(file=table.file)
            found.append(finding("pool.column_missing", place, column=name.strip(), known=known))
        else:
            values.setdefault(header, set()).add(option_key(value))
    for header, wanted in values.items():
        cells = _cells(table, header)
        keys = (
            pd.Series("", index=kept.index) if cells is None else cells.fillna("").map(option_key)
        )
        here = keys.isin(wanted)
        if not here.any():
            known = _first(() if cells is None else cells.dropna().unique())
            place = Place(file=table.file, column=header)
            found.append(finding("pool.subset_empty", place, column=header, known=known))
        kept = kept & here
    return found, kept


def that_count(table: Table, use: pd.Series[bool]) -> tuple[list[Finding], pd.Series[bool]]:
    """Where rows do not say ``pooled`` = false, as those of an effect table may, with a remark."""
    kept = pd.Series(True, index=use.index)
    cells = _cells(table, "pooled")
    if cells is None:
        return [], kept
    keys = cells.fillna("").map(option_key)
    if not keys.isin((*_YES, *_NO, "")).all():
        return [], kept  # a column of that name that means something else
    out = keys.isin(_NO)
    count = int((out & use).sum())
    if not count:
        return [], ~out
    why = _cells(table, "not_pooled_because")
    reasons = Counter() if why is None else Counter(why[out & use].dropna())
    said = ", ".join(f"{name} ({n})" for name, n in reasons.most_common(_MOST_NAMED)) or "–"
    place = Place(file=table.file, column=header_of(table, "pooled"))
    return [finding("pool.not_counted", place, count=count, reasons=said)], ~out


def comparability(
    table: Table, use: pd.Series[bool], columns: Columns, mixed: bool
) -> Iterator[Finding]:
    """Findings on rows that are not of one thing, or not independent.

    Scales must be the same: metrics of one family, as in a synthesis. So must measure and wave,
    unless the model tells them apart or averages them in clusters. A file without such columns is
    taken at its word.
    """
    yield from _scales(table, use, mixed)
    for name in _OF_ONE_THING:
        yield from _things(table, use, columns, name, mixed)
    if columns.cluster is None:
        yield from _dependence(table, use)
    if columns.cluster is None or option_key(columns.cluster) in _SOURCES:
        yield from _shared_schools(table, use)


def _scales(table: Table, use: pd.Series[bool], mixed: bool) -> Iterator[Finding]:
    cells = _cells(table, "metric")
    if cells is None:
        return
    families: dict[str, Counter[str]] = {}
    for metric in cells[use].dropna():
        known = CHOICES.get(option_key(metric).upper())
        family = (known and known.family) or option_key(metric).upper()
        families.setdefault(family, Counter())[metric] += 1
    if len(families) > 1:
        said = "; ".join(
            f"{_first(sorted(metrics))} ({metrics.total()})"
            for _, metrics in sorted(families.items(), key=lambda one: -one[1].total())
        )
        header = header_of(table, "metric")
        place = Place(file=table.file, column=header)
        code = "pool.scales_mixed" if mixed else "pool.scales"
        yield finding(code, place, column=header, scales=said)


def _things(
    table: Table, use: pd.Series[bool], columns: Columns, name: str, mixed: bool
) -> Iterator[Finding]:
    cells = _cells(table, name)
    if cells is None or name in columns.explained:
        return
    values = Counter(cells[use].dropna())
    if len(values) > 1:
        header = header_of(table, name)
        place = Place(file=table.file, column=header)
        code = "pool.several" if not mixed and columns.cluster is None else "pool.several_averaged"
        yield finding(code, place, column=header, values=_first(values))


def _dependence(table: Table, use: pd.Series[bool]) -> Iterator[Finding]:
    for name in _SOURCES:
        cells = _cells(table, name)
        if cells is None:
            continue
        counts = cells[use].dropna().value_counts()
        several = int((counts > 1).sum())
        if several:
            header = header_of(table, name)
            place = Place(file=table.file, column=header)
            yield finding("pool.dependent", place, column=header, count=several, all=len(counts))
        return


def _shared_schools(table: Table, use: pd.Series[bool]) -> Iterator[Finding]:
    """A remark if rows of an effect table say that another project has the same schools."""
    cells = _cells(table, "notes")
    if cells is None:
        return
    count = int((cells.fillna("").str.contains(Note.shared_schools.value, regex=False) & use).sum())
    if count:
        place = Place(file=table.file, column=header_of(table, "notes"))
        yield finding("pool.shared_schools", place, count=count)


def _first(values: Any) -> str:
    listed = list(values)
    more = ["…"] if len(listed) > _MOST_NAMED else []
    return ", ".join([*map(str, listed[:_MOST_NAMED]), *more])
