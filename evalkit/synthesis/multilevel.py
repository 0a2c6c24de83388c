"""Standardised differences from a two-level model of unit rows: units in classes or schools.

y = mean + b * arm (+ slope * pretest) + u_cluster + e, with var(u) = sB^2 and var(e) = sW^2, fitted
by restricted maximum likelihood (REML). Only the ratio of the variances is searched for; the rest
has a closed form per cluster (Pinheiro & Bates 2000, Mixed-Effects Models in S and S-PLUS, §2.2),
so that the cost is linear in the number of units. Not statsmodels' MixedLM: its default optimiser
can end at a variance of 0 that is no optimum (version 0.15).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray

from evalkit.synthesis import clusters
from evalkit.synthesis.estimate import Effect, Estimate, Metric, NotEstimable
from evalkit.synthesis.estimators import Options, estimate, in_clusters
from evalkit.synthesis.hedges import is_flat, j_factor
from evalkit.synthesis.waves import Baseline, Units, Wave

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_LARGEST = 1 - 1e-6
"""Largest intraclass correlation that is searched for."""


@dataclass(frozen=True)
class RandomIntercept:
    """A fitted model: coefficients with their covariance, variance between and within clusters."""

    coefficients: Floats
    covariance: Floats
    between: float
    within: float

    @property
    def total(self) -> float:
        """The variance of a unit, given its arm."""
        return self.between + self.within

    @property
    def icc(self) -> float:
        """The share of it that lies between clusters."""
        return self.between / self.total


def fit_random_intercept(y: Floats, x: Floats, cluster: Ints) -> RandomIntercept:
    """Fit a random intercept by REML.

    Args:
        y: (n,) outcomes.
        x: (n, p) design matrix of full rank, p < n.
        cluster: (n,) codes from 0 without gaps.

    Raises ValueError when nothing is left to vary, or no cluster has two units.
    """
    from scipy.optimize import minimize_scalar

    profile = _Profile(y, x, cluster)

    def deviance(icc: float) -> float:
        return profile.at(icc)[0]

    best = minimize_scalar(
        deviance, bounds=(0.0, _LARGEST), method="bounded", options={"xatol": 1e-10}
    )
    icc = 0.0 if deviance(0.0) <= float(best.fun) else float(best.x)
    _, beta, inverse, within = profile.at(icc)
    return RandomIntercept(beta, within * inverse, within * icc / (1 - icc), within)


class _Profile:
    """The restricted likelihood as a function of the intraclass correlation alone."""

    def __init__(self, y: Floats, x: Floats, cluster: Ints) -> None:
        self.sizes = np.bincount(cluster)
        if not (self.sizes > 1).any():
            raise ValueError("no cluster has two units")
        self.free = len(y) - x.shape[1]
        both = np.column_stack([x, y])
        self.products = both.T @ both
        sums = np.zeros((len(self.sizes), both.shape[1]))
        np.add.at(sums, cluster, both)
        self.sums = sums

    def at(self, icc: float) -> tuple[float, Floats, Floats, float]:
        """-2 log likelihood (up to a constant), coefficients, their unscaled covariance, sW^2."""
        ratio = icc / (1 - icc)
        shrunk = ratio / (1 + ratio * self.sizes)
        m = self.products - (self.sums.T * shrunk) @ self.sums
        xx, xy, yy = m[:-1, :-1], m[:-1, -1], m[-1, -1]
        inverse = np.linalg.inv(xx)
        beta = inverse @ xy
        within = (float(yy) - float(xy @ beta)) / self.free
        if not within > 0:
            raise ValueError("nothing is left to vary")
        spread = float(np.log1p(ratio * self.sizes).sum())
        fit = self.free * math.log(within) + spread + float(np.linalg.slogdet(xx)[1])
        return fit, beta, np.asarray(inverse, dtype=np.float64), within


def smd_ml(
    metric: str, post: Wave, baseline: Baseline | None, options: Options, rows: Units | None
) -> Estimate | NotEstimable | None:
    """The difference between the arms over the SD of all variance, or of that within clusters.

    Adjusted for a matched pretest; the variances are those without it, as in evaluations of the
    Education Endowment Foundation. None for totals and for units that do not sit in clusters.
    """
    pairs = baseline.pairs if baseline else None
    if baseline is not None and pairs is not None:
        wave: Wave = baseline.post
        y, cluster, treated = pairs.post, pairs.clusters, pairs.treated
    elif rows is not None:
        wave = post
        y, treated = rows.value, rows.treated
        cluster = np.unique(rows.cluster, return_inverse=True)[1].astype(np.int64)
    else:
        return None
    where = options.layout(wave)
    if where is None or len(np.unique(cluster)) < 4:
        return None
    if is_flat(float(y.std()), *y[:1]):
        return NotEstimable("no_variance")
    # centred: sums of squares of large values would lose their last digits
    arm = np.column_stack([np.ones(len(y)), treated.astype(float)])
    pre = None if pairs is None else pairs.pre - pairs.pre.mean()
    try:
        bare = fit_random_intercept(y - y.mean(), arm, cluster)
        fit = bare
        if pre is not None:
            fit = fit_random_intercept(y - y.mean(), np.column_stack([arm, pre]), cluster)
    except ValueError:
        return NotEstimable("no_variance")
    effect = _effect(metric, fit, bare, where, len(np.unique(cluster)))
    if effect is None:
        return NotEstimable("too_few_clusters")
    key = "smd_ml_total" if metric == "SMD_ML" else "smd_ml_within"
    before = baseline.pre if baseline is not None and pairs is not None else None
    known = in_clusters(where, wave, options, None if pairs is None else fit.icc)
    known |= {"icc": bare.icc, "icc_source": "rows"}
    return estimate(effect, cast("Metric", metric), key, wave, before, **known)


def _effect(
    metric: str, fit: RandomIntercept, bare: RandomIntercept, where: clusters.Layout, groups: int
) -> Effect | None:
    total = metric == "SMD_ML"
    variance = bare.total if total else bare.within
    df = clusters.degrees_of_freedom(where, bare.icc) if total else float(where.n - groups)
    if df <= 1:
        return None
    sd = math.sqrt(variance)
    g = j_factor(df) * float(fit.coefficients[1]) / sd
    v1 = float(fit.covariance[1, 1]) / variance
    return Effect(g, v1 + g**2 / (2 * df), df, sd)
