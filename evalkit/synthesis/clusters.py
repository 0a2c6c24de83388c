"""Corrections for units that sit in clusters (pupils in classes or schools)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evalkit.synthesis.estimate import Effect
from evalkit.synthesis.hedges import j_factor

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Counts = Sequence[int]
"""Units of each cluster."""
Strata = NDArray[np.int64] | NDArray[np.bool_]

MIN_CLUSTER_DF = 4
"""Clusters minus arms below which an ICC from the data is not used.

With 2 clusters an arm and a true ICC of .1, 29 % of the estimates are 0 and intervals of 95 %
hold 88 %: such an estimate would mostly switch the correction off.
"""


class Layout(NamedTuple):
    """How the units of two arms sit in clusters.

    ``clusters_t`` and ``clusters_c`` are None for an arm without clusters, ``size`` is the average
    cluster size (see ``layout``). At least one arm has clusters.
    """

    n_t: int
    n_c: int
    clusters_t: int | None
    clusters_c: int | None
    size: float

    @property
    def n(self) -> int:
        """All units."""
        return self.n_t + self.n_c

    @property
    def both(self) -> bool:
        """Whether both arms have clusters."""
        return self.clusters_t is not None and self.clusters_c is not None

    @property
    def n_unclustered(self) -> int:
        """Units in the arm without clusters, 0 when both have them."""
        if self.both:
            return 0
        return self.n_t if self.clusters_t is None else self.n_c


def weighted_size(sizes: Counts) -> float:
    """Return the size-weighted mean cluster size of one arm, sum(n_j^2)/sum(n_j).

    The size of the cluster of the average unit; it makes 1 + (n-1)icc the exact inflation of the
    variance of an arm mean (Kish 1965), which the arithmetic mean does only for equal clusters.
    """
    return sum(n * n for n in sizes) / sum(sizes)


def average_size(sizes_t: Counts, sizes_c: Counts) -> float:
    """Return the average cluster size of two arms, that of the other when one arm is empty.

    The size-weighted mean of each arm, combined as the variance of a difference of means combines
    them: (nC nT' + nT nC')/N with nT' and nC' from ``weighted_size`` (Hedges 2007, unequal cluster
    sizes). For equal clusters it is their size. The arithmetic mean and the n0 of the analysis of
    variance are smaller: with sizes varying by 60 % they give standard errors 12 to 15 % too small.
    """
    n_t, n_c = sum(sizes_t), sum(sizes_c)
    if not n_t or not n_c:
        return weighted_size(sizes_t if n_t else sizes_c)
    return (n_c * weighted_size(sizes_t) + n_t * weighted_size(sizes_c)) / (n_t + n_c)


def layout(sizes_t: Counts, sizes_c: Counts) -> Layout | None:
    """Return the layout of two arms from their cluster sizes, None when neither has clusters.

    An arm has clusters when any holds more than one unit. The size is the average over the arms
    with clusters. An empty second arm makes the layout of a single group.
    """
    n_t, n_c = sum(sizes_t), sum(sizes_c)
    in_t, in_c = max(sizes_t, default=0) > 1, max(sizes_c, default=0) > 1
    if not in_t and not in_c:
        return None
    if in_t and in_c:
        size = average_size(sizes_t, sizes_c)
    else:
        size = weighted_size(sizes_t if in_t else sizes_c)
    return Layout(n_t, n_c, len(sizes_t) if in_t else None, len(sizes_c) if in_c else None, size)


def equal_layout(n_t: int, clusters_t: int, n_c: int, clusters_c: int) -> Layout | None:
    """Return the layout of two arms of which only units and clusters are known, None without.

    The clusters of an arm are taken as equally large; as many clusters as units are none. The size
    is that of ``average_size``. Raises ValueError unless each arm has 1 to n clusters.
    """
    if not (1 <= clusters_t <= n_t and 1 <= clusters_c <= n_c):
        raise ValueError(
            f"an arm has 1 to n clusters, got {clusters_t} of {n_t} and {clusters_c} of {n_c}"
        )
    in_t, in_c = clusters_t < n_t, clusters_c < n_c
    if not in_t and not in_c:
        return None
    size_t, size_c = n_t / clusters_t, n_c / clusters_c
    if in_t and in_c:
        size = (n_c * size_t + n_t * size_c) / (n_t + n_c)
    else:
        size = size_t if in_t else size_c
    return Layout(n_t, n_c, clusters_t if in_t else None, clusters_c if in_c else None, size)


class Cluster(NamedTuple):
    """One cluster: its units, their mean, and the sum of squares about it."""

    n: int
    mean: float
    ss: float


class Stratum(NamedTuple):
    """The clusters of one arm, or of one arm and subject, together."""

    clusters: int
    n: int
    squares: int
    """Sum of the squared cluster sizes."""
    mean: float
    """Of all units; NaN where there are none."""
    between: float
    """Sum of squares of the cluster means about it, each unit counted."""
    within: float
    """Sum of squares within clusters."""


def stratum_of(clusters: Sequence[Cluster]) -> Stratum:
    """Return what some clusters are together."""
    size, squares, total, between, within = 0, 0, 0.0, 0.0, 0.0
    for n, mean, ss in clusters:  # In newer Pythons ``sum`` rounds otherwise.
        size += n
        squares += n * n
        total += n * mean
        within += ss
    if not size:
        return Stratum(len(clusters), 0, 0, math.nan, 0.0, 0.0)
    grand = total / size
    for n, mean, _ in clusters:
        between += n * ((mean - grand) * (mean - grand))
    return Stratum(len(clusters), size, squares, grand, between, within)


def icc_of_strata(strata: Iterable[Stratum], min_df: int = 1) -> float | None:
    """Return the intraclass correlation within strata by one-way analysis of variance.

    icc = (MSB - MSW)/(MSB + (n0 - 1) MSW), truncated at 0, with the unbalanced
    n0 = sum over strata of (n_s - sum n_j^2/n_s) / (clusters - strata) (Donner & Koval 1980).
    A stratum without clusters (all of one unit) is left out, since it says nothing about them.
    None when fewer than ``min_df`` (1 or more) degrees of freedom lie between clusters, none lies
    within them, or nothing varies.
    """
    used = [one for one in strata if one.n > one.clusters]
    df_between = sum([one.clusters - 1 for one in used])
    df_within = sum([one.n - one.clusters for one in used])
    if df_between < max(min_df, 1) or df_within < 1:
        return None
    between = within = n0 = 0.0
    for one in used:
        between += one.between
        within += one.within
        n0 += (one.n - one.squares / one.n) / df_between
    msb, msw = between / df_between, within / df_within
    spread = msb + (n0 - 1) * msw
    return max(0.0, (msb - msw) / spread) if spread > 0 else None


def icc_anova(
    n: Ints, mean: Floats, ss_within: Floats, stratum: Strata, min_df: int = 1
) -> float | None:
    """Return the intraclass correlation as ``icc_of_strata`` does, from arrays.

    One entry per cluster: its units, mean, sum of squares about that mean, and stratum.
    """
    strata: dict[int, list[Cluster]] = {}
    columns = (column.tolist() for column in (n, mean, ss_within, stratum))
    for size, middle, ss, code in zip(*columns, strict=True):
        strata.setdefault(code, []).append(Cluster(size, middle, ss))
    return icc_of_strata(
        [stratum_of(strata[code]) for code in sorted(strata, reverse=True)], min_df
    )


def icc_from_rows(values: Floats, clusters: Ints, stratum: Strata, min_df: int = 1) -> float | None:
    """Return the intraclass correlation within strata from one value per unit.

    ``clusters`` are codes from 0 without gaps, no cluster in two strata. See ``icc_of_strata``.
    """
    n = np.bincount(clusters)
    centred = values - values.mean()
    mean = np.bincount(clusters, weights=centred) / n
    squares = (centred - mean[clusters]) ** 2
    ss_within = np.asarray(np.bincount(clusters, weights=squares), dtype=np.float64)
    of_cluster = np.zeros(len(n), dtype=np.int64)
    of_cluster[clusters] = stratum
    return icc_anova(n, mean, ss_within, of_cluster, min_df)


def design_effect(size: float, icc: float) -> float:
    """Return 1 + (n-1)icc, the inflation of the variance of a mean (Kish 1965)."""
    return 1 + (size - 1) * icc


def gamma(where: Layout, icc: float) -> float:
    """Return the share of the total variance that the pooled SD of clustered units catches.

    Both arms: 1 - 2(n-1)icc/(N-2) (Hedges 2007). One arm, the other with u units:
    1 - (u+n-2)icc/(N-2) (Hedges & Citkowicz 2015), with the SD of the arm that has clusters.
    """
    _check_icc(icc)
    lost = 2 * (where.size - 1) if where.both else where.n_unclustered + where.size - 2
    return 1 - lost * icc / (where.n - 2)


def degrees_of_freedom(where: Layout, icc: float) -> float:
    """Return the effective degrees of freedom h of the pooled SD of clustered units.

    Both arms: WWC Handbook 5.0 (2022), eq. E.21. One arm: Hedges & Citkowicz (2015). Both match
    the first two moments of the pooled variance, so that without clustering h = N - 2.
    """
    _check_icc(icc)
    n, total = where.size, where.n
    free = total - 2 * n if where.both else total - where.n_unclustered - n
    # below 0 only by rounding, when an arm is one cluster
    free = max(free, 0.0)
    spread = (total - 2) * (1 - icc) ** 2 + free * (n * icc**2 + 2 * icc * (1 - icc))
    return ((total - 2) * gamma(where, icc)) ** 2 / spread if spread > 0 else 0.0


def gamma_in_strata(sizes: Sequence[Counts], icc: float) -> float:
    """Return the share of the total variance that an SD pooled over strata catches.

    sum over strata of [(n_s - 1) - icc (sum n_j^2/n_s - 1)] / (N - strata): the expectation of the
    pooled variance, of which Hedges (2007) is the case of two strata of equal clusters.

    Args:
        sizes: units per cluster, for each stratum.
        icc: intraclass correlation.
    """
    _check_icc(icc)
    caught = sum(sum(n) - 1 - icc * (weighted_size(n) - 1) for n in sizes)
    return caught / _free(sizes)


def degrees_in_strata(sizes: Sequence[Counts], icc: float) -> float:
    """Return the effective degrees of freedom of an SD pooled over strata.

    The first two moments of the sums of squares between and within clusters, matched (Satterthwaite
    1946): h = [(N - strata) gamma]^2 / sum over strata of [(m_s - 1)(1 + (n' - 1) icc)^2 +
    (n_s - m_s)(1 - icc)^2], m_s clusters of size n' = (n_s - sum n_j^2/n_s)/(m_s - 1). Two strata
    of equal clusters give eq. E.21 of the WWC Handbook 5.0 (2022).
    """
    spread = 0.0
    for n in sizes:
        units, clusters = sum(n), len(n)
        spread += (units - clusters) * (1 - icc) ** 2
        if clusters > 1:
            size = (units - weighted_size(n)) / (clusters - 1)
            spread += (clusters - 1) * (1 + (size - 1) * icc) ** 2
    return (_free(sizes) * gamma_in_strata(sizes, icc)) ** 2 / spread if spread > 0 else 0.0


def _free(sizes: Sequence[Counts]) -> int:
    return sum(sum(n) - 1 for n in sizes)


def inflation(where: Layout, icc: float) -> float:
    """Return by how much clusters inflate the variance of the difference of two means.

    Both arms: 1 + (n-1)icc (Hedges 2007). One arm, the other with u units:
    1 + (n u/N - 1)icc (Hedges & Citkowicz 2015), in units of the arm that has clusters.
    """
    _check_icc(icc)
    if where.both:
        return design_effect(where.size, icc)
    return 1 + (where.size * where.n_unclustered / where.n - 1) * icc


def clustered_smd(
    d: float, v1: float, sd_pooled: float, where: Layout, icc: float, icc_residual: float | None
) -> Effect:
    """Return a standardised difference corrected for clusters.

    g = J(h) sqrt(gamma) d and v = v1 * inflation + g^2/(2h) (Hedges 2007; Hedges & Citkowicz
    2015; WWC Handbook 5.0, 2022). ``d`` is the plain or pretest-adjusted difference over the
    unadjusted pooled SD ``sd_pooled``, ``v1`` the variance of d without clusters and without the
    g^2 term. gamma and h describe the SD of the posttest and take ``icc``; the inflation is that
    of the difference and takes ``icc_residual`` when a pretest was adjusted for (in simulation the
    only one of the two with honest standard errors). Raises ValueError when an ICC is outside
    0..1 or the clusters leave no more than 1 degree of freedom.
    """
    h = degrees_of_freedom(where, icc)
    g = j_factor(h) * math.sqrt(gamma(where, icc)) * d
    rho = icc if icc_residual is None else icc_residual
    return Effect(g, v1 * inflation(where, rho) + g**2 / (2 * h), h, sd_pooled)


def _check_icc(icc: float) -> None:
    if not 0 <= icc <= 1:
        raise ValueError(f"an intraclass correlation lies between 0 and 1, got {icc}")
