"""From data frames to what the formulas need: two arms at one wave, and waves side by side."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evalkit.synthesis.clusters import MIN_CLUSTER_DF, icc_anova, icc_from_rows

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

MATCHED_SHARE = 0.5
"""Share of an arm's posttest units that needs a pretest for the two waves to count as matched."""

_ARMS = ("intervention", "comparison")


@dataclass(frozen=True, eq=False)
class Arm:
    """One arm at one wave: units, mean, SD about the arm mean, and units per cluster.

    An empty arm has n 0 and NaN figures; the SD is NaN too for a single unit and for aggregates
    that hold no SD at all.
    """

    n: int
    mean: float
    sd: float
    sizes: Ints


@dataclass(frozen=True, eq=False)
class Wave:
    """Both arms at one wave; ``icc`` is None where the clusters are too few to estimate it."""

    t: Arm
    c: Arm
    icc: float | None


_NOBODY = Arm(0, math.nan, math.nan, np.empty(0, dtype=np.int64))

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


@dataclass(frozen=True, eq=False)
class Baseline:
    """The two waves that are compared; ``pairs`` is None when only their figures can be."""

    post: Wave
    pre: Wave
    pairs: Pairs | None


def clean_rows(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the usable unit rows: unit, cluster (code), treated, value.

    Rows without value or arm are dropped. A unit without a cluster is a cluster of its own, and a
    cluster with both arms counts once per arm. Raises ValueError for an unknown arm, an infinite
    value, and a unit that occurs twice.
    """
    treated, kept = _arms(frame, ["value"])
    value = kept["value"].to_numpy(dtype=float)
    unit = kept["unit"]
    twice = unit[unit.notna() & unit.duplicated()]
    if len(twice):
        raise ValueError(f"unit {twice.iloc[0]!r} occurs more than once in a wave")
    codes = _codes(kept["cluster"], treated)
    columns = {"unit": unit.array, "cluster": codes, "treated": treated, "value": value}
    return pd.DataFrame(columns)


def wave_from_rows(rows: pd.DataFrame) -> Wave:
    """Return the wave of cleaned unit rows."""
    return _wave_from_arrays(
        rows["value"].to_numpy(dtype=float),
        rows["cluster"].to_numpy(dtype=np.int64),
        rows["treated"].to_numpy(dtype=bool),
    )


def baseline_from_rows(post: pd.DataFrame, pre: pd.DataFrame) -> Baseline | None:
    """Return both waves of cleaned unit rows, matched where they can be.

    Matched when, in every arm with posttest values, at least ``MATCHED_SHARE`` of the units and no
    fewer than 2 have a pretest: then the pairs alone count, in the arm and cluster of the
    posttest. Otherwise each wave stands whole. None when such an arm has no 2 pretest values.
    """
    known = pre[pre["unit"].notna()].set_index("unit")["value"]
    before = post["unit"].map(known).to_numpy(dtype=float)
    treated = post["treated"].to_numpy(dtype=bool)
    both = np.isfinite(before)
    arms = [arm for arm in (treated, ~treated) if arm.any()]
    if all(both[arm].sum() >= max(2, MATCHED_SHARE * arm.sum()) for arm in arms):
        value = post["value"].to_numpy(dtype=float)[both]
        clusters = np.unique(post["cluster"].to_numpy(dtype=np.int64)[both], return_inverse=True)[1]
        pairs = Pairs(before[both], value, clusters, treated[both])
        return Baseline(
            _wave_from_arrays(pairs.post, clusters, pairs.treated),
            _wave_from_arrays(pairs.pre, clusters, pairs.treated),
            pairs,
        )
    return _side_by_side(wave_from_rows(post), wave_from_rows(pre))


def clean_aggregates(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the usable aggregates: school, treated, n, mean, ss (about the mean), known.

    Rows without arm, n or mean, and rows of 0 units, are dropped. A row of several units without an
    SD takes the pooled SD of the rows that have one (``known`` is False then); its ``ss`` is NaN
    when there is none. Raises ValueError for an unknown arm, figures that are infinite, a negative
    SD, and an n that is negative or not whole.
    """
    treated, kept = _arms(frame, ["n", "mean"])
    n, mean, sd = (
        kept[name].to_numpy(dtype=float, na_value=np.nan) for name in ("n", "mean", "sd")
    )
    if (n < 0).any() or (n != np.rint(n)).any():
        raise ValueError("n must be a whole number of 0 or more")
    if np.isinf(sd).any() or (sd < 0).any():
        raise ValueError("a standard deviation must be 0 or more")
    known = (n <= 1) | np.isfinite(sd)
    ss = np.where(n <= 1, 0.0, (n - 1) * sd**2)
    df = float((n[known] - 1).clip(0).sum())
    within = float(ss[known].sum()) / df if df > 0 else math.nan
    ss = np.where(known, ss, (n - 1) * within)
    columns = {"school": kept["school"].array, "treated": treated, "n": n, "mean": mean, "ss": ss}
    return pd.DataFrame({**columns, "known": known})[n > 0].reset_index(drop=True)


def wave_from_aggregates(rows: pd.DataFrame) -> Wave:
    """Return the wave of cleaned aggregates, rows of one school and arm brought together.

    The arm's SD holds the variation within and between schools; the ICC takes the schools whose SD
    is known.
    """
    treated = rows["treated"].to_numpy(dtype=bool)
    codes = _codes(rows["school"], treated)
    n, mean, ss = (rows[name].to_numpy(dtype=float) for name in ("n", "mean", "ss"))
    size = np.bincount(codes, weights=n)
    middle = np.bincount(codes, weights=n * mean) / size
    about = ss + n * (mean - middle[codes]) ** 2
    within = np.asarray(np.bincount(codes, weights=about), dtype=np.float64)
    known = np.bincount(codes, weights=~rows["known"].to_numpy(dtype=bool)) == 0
    in_t = np.bincount(codes, weights=treated) > 0
    whole = size.astype(np.int64)
    icc = icc_anova(whole[known], middle[known], within[known], in_t[known], MIN_CLUSTER_DF)
    arms = [_arm_from_clusters(whole[arm], middle[arm], within[arm]) for arm in (in_t, ~in_t)]
    return Wave(arms[0], arms[1], icc)


def baseline_from_aggregates(post: pd.DataFrame, pre: pd.DataFrame) -> Baseline | None:
    """Return both waves of cleaned aggregates, over the schools that have both.

    None when, in an arm with posttest values, those schools hold less than ``MATCHED_SHARE`` of
    the posttest units, or fewer than 2 units at either wave.
    """
    keys = [pd.MultiIndex.from_frame(rows[["school", "treated"]]) for rows in (post, pre)]
    kept_post = post[keys[0].isin(keys[1]) & post["school"].notna()]
    kept_pre = pre[keys[1].isin(keys[0]) & pre["school"].notna()]
    units, kept = (rows.groupby("treated")["n"].sum() for rows in (post, kept_post))
    if (kept.reindex(units.index, fill_value=0) < MATCHED_SHARE * units).any():
        return None
    return _side_by_side(wave_from_aggregates(kept_post), wave_from_aggregates(kept_pre))


def _side_by_side(post: Wave, pre: Wave) -> Baseline | None:
    arms = [(post.t, pre.t), (post.c, pre.c)]
    if any(after.n > 0 and min(after.n, before.n) < 2 for after, before in arms):
        return None
    return Baseline(post, pre, None)


def _arms(frame: pd.DataFrame, needed: list[str]) -> tuple[Bools, pd.DataFrame]:
    """Return who is treated and the rows that have an arm and all ``needed`` figures."""
    kept = frame.dropna(subset=["arm", *needed])
    unknown = set(kept["arm"]) - set(_ARMS)
    if unknown:
        raise ValueError(f"arm must be one of {_ARMS}, got {sorted(map(str, unknown))}")
    if not np.isfinite(kept[needed].to_numpy(dtype=float)).all():
        raise ValueError(f"{' and '.join(needed)} must not be infinite")
    return (kept["arm"] == _ARMS[0]).to_numpy(dtype=bool), kept


def _codes(clusters: pd.Series, treated: Bools) -> Ints:
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
                np.unique(clusters[arm], return_counts=True)[1],
            )
        )
    return Wave(arms[0], arms[1], icc)


def _arm_from_clusters(n: Ints, mean: Floats, ss_within: Floats) -> Arm:
    total = int(n.sum())
    if not total:
        return Arm(0, math.nan, math.nan, n)
    grand = float(n @ mean) / total
    ss = float(ss_within.sum() + n @ (mean - grand) ** 2)
    return Arm(total, grand, math.sqrt(ss / (total - 1)) if total > 1 else math.nan, n)
