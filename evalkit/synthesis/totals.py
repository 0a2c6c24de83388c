"""Totals per school, as what the formulas need: two arms at one wave, and waves side by side.

In plain Python: totals are few per measure, and there are very many measures.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd

from evalkit.synthesis.clusters import MIN_CLUSTER_DF, Cluster, Stratum, icc_of_strata, stratum_of
from evalkit.synthesis.waves import ARMS, MATCHED_SHARE, Arm, Baseline, Wave, missing, side_by_side

COLUMNS = ("school", "arm", "n", "mean", "sd")
Columns = Mapping[str, Sequence[Any]]
"""Totals column by column, ``COLUMNS`` at least; what is missing is None or NaN."""

Key = tuple[Any, bool]
"""A school, and whether it is in the intervention group."""


class Total(NamedTuple):
    """What one school delivered of one arm: units, mean, sum of squares about it.

    ``ss`` is NaN where no total of the wave has a standard deviation; ``known`` is False where it
    was taken from the others.
    """

    school: Any
    treated: bool
    n: int
    mean: float
    ss: float
    known: bool


class Totals(NamedTuple):
    """The usable totals of one measure in one wave."""

    rows: tuple[Total, ...]
    wave: Wave
    """Both arms, totals of one school and arm brought together.

    The arm's SD holds the variation within and between schools; the ICC takes the schools whose SD
    is known.
    """

    @property
    def keys(self) -> list[Key]:
        """The school and arm of each row."""
        return [(row.school, row.treated) for row in self.rows]


def _totals(rows: Sequence[Total]) -> Totals:
    arms: dict[bool, list[Cluster]] = {True: [], False: []}
    known: dict[bool, list[Cluster]] = {True: [], False: []}
    names = [row.school for row in rows]
    if None not in names and len(set(names)) == len(names):
        for _, treated, n, mean, ss, is_known in rows:
            found = Cluster(n, mean, ss)
            arms[treated].append(found)
            if is_known:
                known[treated].append(found)
    else:
        for treated, parts in _parts(rows):
            found, is_known = _together(parts)
            arms[treated].append(found)
            if is_known:
                known[treated].append(found)
    t, c = stratum_of(arms[True]), stratum_of(arms[False])
    strata = [t, c]
    if len(known[True]) + len(known[False]) < t.clusters + c.clusters:
        strata = [stratum_of(known[True]), stratum_of(known[False])]
    icc = icc_of_strata(strata, MIN_CLUSTER_DF)
    return Totals(tuple(rows), Wave(_arm(t, arms[True]), _arm(c, arms[False]), icc))


def _parts(rows: Sequence[Total]) -> Iterable[tuple[bool, Sequence[Total]]]:
    """The totals of each school and arm, schools in the order they come first."""
    parts: dict[tuple[int, bool], list[Total]] = {}
    order: dict[Any, int] = {}
    for at, row in enumerate(rows):
        # A missing school is one of its own.
        school = len(rows) + at if row.school is None else row.school
        key = (order.setdefault(school, len(order)), row.treated)
        parts.setdefault(key, []).append(row)
    return [(treated, found) for (_, treated), found in sorted(parts.items())]


def totals_of(table: pd.DataFrame | Columns, *, binary: bool = False) -> Totals:
    """The usable totals of a measure.

    Those without arm, n or mean, and those of 0 units, are dropped. One of several units without
    an SD takes the pooled SD of those that have one. Raises ValueError for an unknown arm, figures
    that are infinite, a negative SD, and an n that is negative or not whole.

    Args:
        table: with the columns ``COLUMNS``.
        binary: whether values are 0 and 1; then the SD follows from the mean.
    """
    usable, whole = [], True
    treated, infinite = ARMS[0], math.inf
    for school, arm, n, mean, sd in zip(*(plain(table[name]) for name in COLUMNS), strict=True):
        known = type(n) is int and type(mean) is type(sd) is float and type(school) is str
        if known and n > 1 and 0 <= sd < infinite and abs(mean) < infinite and arm in ARMS:
            # As nearly all are; the rest is for what is missing or wrong.
            spread = _sd_of_proportion(n, mean) if binary else sd
            ss = (n - 1) * (spread * spread)
            usable.append(Total(school, arm == treated, n, mean, ss, True))
            continue
        if missing(arm) or missing(n) or missing(mean):
            continue
        if arm not in ARMS:
            raise ValueError(f"arm must be one of {ARMS}, got {arm!r}")
        if math.isinf(n) or math.isinf(mean):
            raise ValueError("n and mean must not be infinite")
        if n < 0 or n != round(n):
            raise ValueError("n must be a whole number of 0 or more")
        spread = _sd_of_proportion(n, mean) if binary else math.nan if missing(sd) else sd
        if math.isinf(spread) or spread < 0:
            raise ValueError("a standard deviation must be 0 or more")
        ss = 0.0 if n <= 1 else (n - 1) * (spread * spread)
        name = None if missing(school) else school
        usable.append(Total(name, arm == treated, int(n), float(mean), ss, ss == ss))
        whole = whole and ss == ss and n > 0
    if whole:
        return _totals(usable)
    return _totals([row for row in _completed(usable) if row.n])


def baseline_from_totals(post: Totals, pre: Totals) -> Baseline | None:
    """Return both waves, over the schools that have both.

    None when, in an arm with posttest values, those schools hold less than ``MATCHED_SHARE`` of
    the posttest units, or fewer than 2 units at either wave.
    """
    after, before = post.keys, pre.keys
    named = None not in [school for school, _ in after]
    if named and (after == before or set(after) == set(before)):
        return side_by_side(post.wave, pre.wave)
    both = {key for key in set(after) & set(before) if key[0] is not None}
    kept = [_only(totals, both) for totals in (post, pre)]
    for treated in (True, False):
        units, left = (
            sum(row.n for row in one.rows if row.treated is treated) for one in (post, kept[0])
        )
        if left < MATCHED_SHARE * units:
            return None
    return side_by_side(kept[0].wave, kept[1].wave)


def _only(totals: Totals, keys: Iterable[Key]) -> Totals:
    return _totals([row for row in totals.rows if (row.school, row.treated) in keys])


def plain(column: Any) -> Sequence[Any]:
    """The cells of a column as plain Python values."""
    found: Sequence[Any] = column if isinstance(column, list | tuple) else column.tolist()
    return found


def _sd_of_proportion(n: float, mean: float) -> float:
    """The SD (n - 1) that a proportion gives."""
    p = min(max(mean, 0.0), 1.0)
    return math.sqrt(p * (1 - p) * (n / (n - 1))) if n > 1 else math.nan


def _completed(rows: Iterable[Total]) -> list[Total]:
    """The same with the pooled variance of the others where there is none."""
    given = list(rows)
    df = sum(max(row.n - 1, 0) for row in given if row.known)
    within = sum(row.ss for row in given if row.known) / df if df > 0 else math.nan
    return [row if row.known else row._replace(ss=(row.n - 1) * within) for row in given]


# Sums are loops here: in newer Pythons ``sum`` rounds otherwise.


def _together(rows: Sequence[Total]) -> tuple[Cluster, bool]:
    """Totals of one school and arm as one, and whether the SD of each is known."""
    if len(rows) == 1:
        row = rows[0]
        return Cluster(row.n, row.mean, row.ss), row.known
    size, total, ss, known = 0, 0.0, 0.0, True
    for row in rows:
        size += row.n
        total += row.n * row.mean
    mean = total / size
    for row in rows:
        ss += row.ss + row.n * ((row.mean - mean) * (row.mean - mean))
        known = known and row.known
    return Cluster(size, mean, ss), known


def _arm(of: Stratum, clusters: Sequence[Cluster]) -> Arm:
    sizes = tuple([cluster[0] for cluster in clusters])
    sd = math.sqrt((of.within + of.between) / (of.n - 1)) if of.n > 1 else math.nan
    return Arm(of.n, of.mean, sd, sizes)
