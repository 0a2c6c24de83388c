"""What each estimate, or each cluster, does to the pooled one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from evalkit.synthesis.pooling.linear import Floats
from evalkit.synthesis.pooling.multilevel import LevelMethod, pool_levels
from evalkit.synthesis.pooling.regression import Pooled, Test, pool
from evalkit.synthesis.pooling.tau2 import Method


@dataclass(frozen=True)
class Influence:
    """One estimate: the pool ``without`` it, and how much it moves the pool.

    Studentised deleted residual, DFFITS, Cook's distance, covariance ratio, hat value (its share of
    the weight), DFBETAS (Viechtbauer & Cheung 2010, Res. Synth. Methods 1), and whether it is
    influential by metafor's rule. A measure that would divide by 0 is None.
    """

    without: Pooled
    rstudent: float | None
    dffits: float | None
    cook: float | None
    cov_ratio: float | None
    hat: float
    dfbetas: float | None
    influential: bool


@dataclass(frozen=True)
class WithoutCluster:
    """The multilevel pool without one cluster, named by its label; se and interval robust."""

    cluster: Any
    k: int
    estimate: float
    se: float
    ci_low: float
    ci_high: float
    p: float
    sigma2: tuple[float, float]


def influence(
    yi: Sequence[float] | Floats,
    vi: Sequence[float] | Floats,
    method: Method = "REML",
    test: Test = "knha",
    level: float = 0.95,
) -> tuple[Influence, ...]:
    """Each of at least three estimates left out in turn, in the order of the input.

    Raises:
        ValueError: fewer than three estimates; what :func:`pool` raises.
    """
    y, v = np.asarray(yi, dtype=float), np.asarray(vi, dtype=float)
    whole = pool(y, v, method, test, level)
    if whole.k < 3:
        raise ValueError("leaving one out needs at least three estimates")
    found = []
    for i in range(whole.k):
        rest = np.arange(whole.k) != i
        without = pool(y[rest], v[rest], method, test, level)
        found.append(_one(whole, without, y, v, i))
    return tuple(found)


def _one(whole: Pooled, without: Pooled, y: Floats, v: Floats, i: int) -> Influence:
    """The measures of estimate i, as metafor's influence()."""
    tau2 = without.tau2 or 0.0
    hat = whole.weights[i]
    w = 1 / (np.delete(v, i) + tau2)
    # what Knapp and Hartung multiply the variance by; 1 for z
    s2 = without.se**2 * float(w.sum())
    moved = whole.estimate - without.estimate
    rstudent = _ratio(y[i] - without.estimate, math.sqrt((v[i] + tau2) * s2 + without.se**2))
    dffits = _ratio(moved, math.sqrt(s2 * hat * (tau2 + v[i])))
    dfbetas = _ratio(moved, math.sqrt(s2 / float((1 / (v + tau2)).sum())))
    cook = _ratio(moved**2, whole.se**2)
    signs = (
        abs(dffits or 0.0) > 3 * math.sqrt(1 / (whole.k - 1)),
        float(stats.chi2.cdf(cook or 0.0, 1)) > 0.5,
        hat > 3 / whole.k,
        abs(dfbetas or 0.0) > 1,
    )
    return Influence(
        without=without,
        rstudent=rstudent,
        dffits=dffits,
        cook=cook,
        cov_ratio=_ratio(without.se**2, whole.se**2),
        hat=hat,
        dfbetas=dfbetas,
        influential=any(signs),
    )


def _ratio(part: float, whole: float) -> float | None:
    return float(part / whole) if whole > 0 else None


def without_clusters(
    yi: Sequence[float] | Floats,
    vi: Sequence[float] | Floats,
    cluster: Sequence[Any] | NDArray[Any],
    within: Sequence[Any] | None = None,
    *,
    rho: float = 0.0,
    method: LevelMethod = "REML",
    level: float = 0.95,
) -> tuple[WithoutCluster, ...]:
    """Each cluster left out in turn, where what remains can still be pooled.

    Raises:
        ValueError: what :func:`pool_levels` raises for the whole.
    """
    y, v = np.asarray(yi, dtype=float), np.asarray(vi, dtype=float)
    labels = list(cluster)
    pool_levels(y, v, labels, within, rho=rho, method=method, level=level)
    found = []
    for label in dict.fromkeys(labels):
        rest = [i for i, other in enumerate(labels) if other != label]
        units = None if within is None else [within[i] for i in rest]
        kept = [labels[i] for i in rest]
        try:
            fit = pool_levels(y[rest], v[rest], kept, units, rho=rho, method=method, level=level)
        except ValueError:  # the only cluster with more than one unit
            continue
        one = fit.robust[0]
        found.append(
            WithoutCluster(
                label, fit.k, one.estimate, one.se, one.ci_low, one.ci_high, one.p, fit.sigma2
            )
        )
    return tuple(found)
