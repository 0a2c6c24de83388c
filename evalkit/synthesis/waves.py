"""From data frames to what the formulas need: two arms at one wave, and waves side by side."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evalkit.synthesis.clusters import MIN_CLUSTER_DF, Layout, average_size, icc_from_rows, layout

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

MATCHED_SHARE = 0.5
"""Share of an arm's posttest units that needs a pretest for the two waves to count as matched."""

ARMS = ("intervention", "comparison")
"""Codes of the arms in tables: intervention first."""


class Arm(NamedTuple):
    """One arm at one wave: units, mean, SD about the arm mean, and units per cluster.

    An empty arm has n 0 and NaN figures; the SD is NaN too for a single unit and for aggregates
    that hold no SD at all.
    """

    n: int
    mean: float
    sd: float
    sizes: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Wave:
    """Both arms at one wave; ``icc`` is None where the clusters are too few to estimate it."""

    t: Arm
    c: Arm
    icc: float | None

    @cached_property
    def layout(self) -> Layout | None:
        """How the units sit in clusters; None if no cluster holds more than one unit."""
        return layout(self.t.sizes, self.c.sizes)

    @property
    def cluster_size(self) -> float:
        """The average cluster size of both arms, also where one has no clusters."""
        where = self.layout
        return where.size if where and where.both else average_size(self.t.sizes, self.c.sizes)


_NOBODY = Arm(0, math.nan, math.nan, ())

NO_WAVE = Wave(_NOBODY, _NOBODY, None)
"""A wave that was not held."""


@dataclass(frozen=True, eq=False)
class Pairs:
    """Units with both waves: values, cluster codes and arm (True for intervention), each (n,)."""

    pre: Floats
    post: Floats
    clusters: Ints
    treated: Bools

    def arms(self) -> tuple[Floats, Floats, Floats, Floats]:
        """Return pre and post of the intervention arm, then of the comparison arm."""
        t = self.treated
        return self.pre[t], self.post[t], self.pre[~t], self.post[~t]

    def icc(self, values: Floats) -> float | None:
        """Return the ICC of something computed per pair, None where clusters are too few."""
        return icc_from_rows(values, self.clusters, self.treated, MIN_CLUSTER_DF)


class Baseline(NamedTuple):
    """The two waves that are compared; ``pairs`` is None when only their figures can be."""

    post: Wave
    pre: Wave
    pairs: Pairs | None


@dataclass(frozen=True, eq=False)
class Units:
    """The usable unit rows of one measure in one wave, one entry per unit in each array.

    ``unit`` names it the same in both waves and is None where it has no name; ``cluster`` are
    codes; ``treated`` is True for intervention.
    """

    unit: Sequence[Any]
    cluster: Ints
    treated: Bools
    value: Floats

    @cached_property
    def wave(self) -> Wave:
        """Both arms."""
        return _wave_from_arrays(self.value, self.cluster, self.treated)


def units_of(columns: pd.DataFrame | Mapping[str, Any]) -> Units:
    """Return the usable unit rows of a table with the columns unit, cluster, arm and value.

    Rows without value or arm are dropped. A unit without a cluster is a cluster of its own, and a
    cluster with both arms counts once per arm. Raises ValueError for an unknown arm, an infinite
    value, and a unit that occurs twice.
    """
    arm, unit, cluster = (objects(columns[name]) for name in ("arm", "unit", "cluster"))
    value = numbers(columns["value"])
    kept = ~np.isnan(value)
    if not is_complete(arm):
        kept &= ~pd.isna(arm)
    if not kept.all():
        arm, unit, cluster, value = arm[kept], unit[kept], cluster[kept], value[kept]
    unknown = set(arm) - set(ARMS)
    if unknown:
        raise ValueError(f"arm must be one of {ARMS}, got {sorted(map(str, unknown))}")
    if np.isinf(value).any():
        raise ValueError("value must not be infinite")
    treated = arm == ARMS[0]
    names = unit.tolist()
    if not is_complete(names):
        names = [None if missing(name) else name for name in names]
    known = [name for name in names if name is not None]
    if len(set(known)) < len(known):
        twice = next(name for name, count in Counter(known).items() if count > 1)
        raise ValueError(f"unit {twice!r} occurs more than once in a wave")
    return Units(names, _codes(cluster, treated), treated, value)


def objects(column: Any) -> NDArray[np.object_]:
    """The cells of a column as they are."""
    found = np.empty(len(column), dtype=object)
    found[:] = column if isinstance(column, list | tuple) else column.tolist()
    return found


def numbers(column: Any) -> Floats:
    """The cells of a column as numbers, NaN for what is missing."""
    if isinstance(column, pd.Series):
        return column.to_numpy(dtype=float, na_value=np.nan)
    return np.asarray(column, dtype=float)


def missing(value: Any) -> bool:
    """Whether a cell holds nothing."""
    return value is None or value is pd.NA or value != value


def is_complete(cells: Iterable[Any]) -> bool:
    """Whether all cells are texts or whole numbers, so that none is missing."""
    return set(map(type, cells)) <= {str, int}


def clean_rows(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the usable unit rows as ``units_of`` does, as a frame: unit, cluster, treated, value.

    A missing unit is None.
    """
    found = units_of(frame)
    columns = {"cluster": found.cluster, "treated": found.treated, "value": found.value}
    return pd.DataFrame({"unit": objects(list(found.unit)), **columns})


def baseline_of_units(post: Units, pre: Units) -> Baseline | None:
    """Return both waves of unit rows, matched where they can be.

    Matched when, in every arm with posttest values, at least ``MATCHED_SHARE`` of the units and no
    fewer than 2 have a pretest: then the pairs alone count, in the arm and cluster of the
    posttest. Otherwise each wave stands whole. None when such an arm has no 2 pretest values.
    """
    known = dict(zip(pre.unit, pre.value.tolist(), strict=True))
    known.pop(None, None)
    before = np.array([known.get(unit, math.nan) for unit in post.unit], dtype=float)
    treated = post.treated
    both = np.isfinite(before)
    arms = [arm for arm in (treated, ~treated) if arm.any()]
    if all(both[arm].sum() >= max(2, MATCHED_SHARE * arm.sum()) for arm in arms):
        clusters = np.unique(post.cluster[both], return_inverse=True)[1]
        pairs = Pairs(before[both], post.value[both], clusters, treated[both])
        return Baseline(
            _wave_from_arrays(pairs.post, clusters, pairs.treated),
            _wave_from_arrays(pairs.pre, clusters, pairs.treated),
            pairs,
        )
    return side_by_side(post.wave, pre.wave)


def side_by_side(post: Wave, pre: Wave) -> Baseline | None:
    """Return two waves whose units are not matched; None when an arm has no 2 of either wave."""
    arms = [(post.t, pre.t), (post.c, pre.c)]
    if any(after.n > 0 and min(after.n, before.n) < 2 for after, before in arms):
        return None
    return Baseline(post, pre, None)


def _codes(clusters: NDArray[np.object_], treated: Bools) -> Ints:
    """Return codes from 0 for cluster within arm; a missing cluster is one of its own."""
    found, names = pd.factorize(clusters)
    alone = len(names) + np.arange(len(found))
    code = 2 * np.where(found < 0, alone, found) + treated
    return np.unique(code, return_inverse=True)[1].astype(np.int64)


def _wave_from_arrays(values: Floats, clusters: Ints, treated: Bools) -> Wave:
    codes = np.unique(clusters, return_inverse=True)[1]
    icc = icc_from_rows(values, codes, treated, MIN_CLUSTER_DF) if len(values) else None
    arms = []
    for arm in (treated, ~treated):
        inside = values[arm]
        n = len(inside)
        arms.append(
            Arm(
                n,
                float(inside.mean()) if n else math.nan,
                float(inside.std(ddof=1)) if n > 1 else math.nan,
                tuple(filter(None, np.bincount(codes[arm]).tolist())),
            )
        )
    return Wave(arms[0], arms[1], icc)
