"""Pooling of estimates: fixed and random effects."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, stats

Floats = NDArray[np.float64]
Method = Literal["REML", "FE"]
Test = Literal["knha", "z"]

_MAX_STEPS = 200


@dataclass(frozen=True)
class Pooled:
    """A pooled estimate, in the units of the estimates.

    ``stat`` is t with ``df`` degrees of freedom, or z when df is None. ``i2`` is a percentage,
    ``weights`` are shares that add up to 1, in the order of the input. ``tau2`` is 0 for FE by
    assumption. ``tau2``, ``se_tau2``, ``i2`` and ``h2`` are None for a single estimate, ``se_tau2``
    for FE as well; the prediction interval is None for FE and below three estimates.
    """

    method: Method
    test: Test
    level: float
    k: int
    estimate: float
    se: float
    ci_low: float
    ci_high: float
    p: float
    stat: float
    df: int | None
    tau2: float | None
    se_tau2: float | None
    i2: float | None
    h2: float | None
    q: float
    q_p: float
    pi_low: float | None
    pi_high: float | None
    weights: tuple[float, ...]


def pool(
    yi: Sequence[float] | Floats,
    vi: Sequence[float] | Floats,
    method: Method = "REML",
    test: Test = "knha",
    level: float = 0.95,
) -> Pooled:
    """Pool independent estimates ``yi`` with sampling variances ``vi``, both of shape (k,).

    FE is the inverse-variance mean; REML adds the between-study variance tau2 that maximises the
    restricted likelihood (Viechtbauer 2005, J. Educ. Behav. Stat. 30). 'knha' takes the
    standard error and t with k - 1 df of Knapp & Hartung (2003, Stat. Med. 22), 'z' the Wald ones.
    The prediction interval is estimate +/- t(k-2) sqrt(tau2 + se^2) (Higgins, Thompson &
    Spiegelhalter 2009, J. R. Stat. Soc. A 172), se that of the test. I2 and H2 as metafor.

    One estimate comes back as it is, with its own z interval whatever the test. Estimates that are
    all equal have a Knapp-Hartung standard error of 0. Work and memory are linear in k.

    Raises ValueError for no estimates, lengths that differ, values that are missing or infinite,
    variances that are not above 0, and an unknown method, test or level.
    """
    y, v = _checked(yi, vi, method, test, level)
    tau2 = _reml(y, v) if method == "REML" and len(y) > 1 else 0.0
    return _summarise(y, v, tau2, method, test, level)


def _summarise(
    y: Floats, v: Floats, tau2: float, method: Method, test: Test, level: float
) -> Pooled:
    k = len(y)
    random = method == "REML" and k > 1
    w = 1 / (v + tau2)
    estimate = float(w @ y / w.sum())
    knha = test == "knha" and k > 1
    scale = float(w @ (y - estimate) ** 2) / (k - 1) if knha else 1.0
    se = math.sqrt(scale / float(w.sum()))
    df = k - 1 if knha else None
    stat = _statistic(estimate, se)
    half = _quantile(level, df) * se
    q, q_p, typical = _heterogeneity(y, v)
    i2, h2 = _i2_h2(q, k, tau2, typical, method)
    reach = _quantile(level, k - 2) * math.hypot(math.sqrt(tau2), se) if random and k > 2 else None
    return Pooled(
        method=method,
        test=test,
        level=level,
        k=k,
        estimate=estimate,
        se=se,
        ci_low=estimate - half,
        ci_high=estimate + half,
        p=float(2 * (stats.norm.sf(abs(stat)) if df is None else stats.t.sf(abs(stat), df))),
        stat=stat,
        df=df,
        tau2=tau2 if k > 1 else None,
        se_tau2=1 / math.sqrt(_score(y, v, tau2)[1]) if random else None,
        i2=i2,
        h2=h2,
        q=q,
        q_p=q_p,
        pi_low=None if reach is None else estimate - reach,
        pi_high=None if reach is None else estimate + reach,
        weights=tuple((w / w.sum()).tolist()),
    )


def _checked(
    yi: Sequence[float] | Floats, vi: Sequence[float] | Floats, method: str, test: str, level: float
) -> tuple[Floats, Floats]:
    y, v = np.asarray(yi, dtype=float), np.asarray(vi, dtype=float)
    if y.ndim != 1 or y.shape != v.shape:
        raise ValueError(f"yi and vi must be of one length, got shapes {y.shape} and {v.shape}")
    if not len(y):
        raise ValueError("nothing to pool: no estimates")
    if not (np.isfinite(y).all() and np.isfinite(v).all()):
        raise ValueError("yi and vi must not be missing or infinite")
    if not (v > 0).all():
        raise ValueError(f"every variance must be above 0, the smallest is {v.min()}")
    if method not in ("REML", "FE") or test not in ("knha", "z"):
        raise ValueError(f"unknown method {method!r} or test {test!r}")
    if not 0 < level < 1:
        raise ValueError(f"the level must lie between 0 and 1, got {level}")
    return y, v


def _statistic(estimate: float, se: float) -> float:
    if se > 0:
        return estimate / se
    return math.copysign(math.inf, estimate) if estimate else 0.0


def _quantile(level: float, df: int | None) -> float:
    p = (1 + level) / 2
    return float(stats.norm.ppf(p) if df is None else stats.t.ppf(p, df))


def _heterogeneity(y: Floats, v: Floats) -> tuple[float, float, float]:
    """Return Q, its p, and the typical sampling variance (Higgins & Thompson 2002)."""
    k, w = len(y), 1 / v
    if k == 1:
        return 0.0, 1.0, float(v[0])
    q = float(w @ (y - w @ y / w.sum()) ** 2)
    trace = float(w.sum() - (w @ w) / w.sum())
    return q, float(stats.chi2.sf(q, k - 1)), (k - 1) / trace


def _i2_h2(
    q: float, k: int, tau2: float, typical: float, method: Method
) -> tuple[float | None, float | None]:
    if k == 1:
        return None, None
    if method == "FE":
        return max(0.0, 100 * (q - k + 1) / q) if q > 0 else 0.0, q / (k - 1)
    return 100 * tau2 / (typical + tau2), tau2 / typical + 1


def _score(y: Floats, v: Floats, tau2: float) -> tuple[float, float]:
    """Return the derivative of the restricted log-likelihood to tau2, and its information."""
    w = 1 / (v + tau2)
    s1, s2, s3 = float(w.sum()), float(w @ w), float(w @ w**2)
    residual = y - w @ y / s1
    score = (float(w**2 @ residual**2) - (s1 - s2 / s1)) / 2
    return score, (s2 - 2 * s3 / s1 + (s2 / s1) ** 2) / 2


def _log_likelihood(y: Floats, v: Floats, tau2: float) -> float:
    w = 1 / (v + tau2)
    residual = y - w @ y / w.sum()
    return float(np.log(w).sum() - np.log(w.sum()) - w @ residual**2) / 2


def _reml(y: Floats, v: Floats) -> float:
    """Return the restricted maximum likelihood estimate of tau2, 0 at the boundary.

    Fisher scoring from the Hedges estimate, as metafor does; what has not settled is bracketed.
    """
    y = y - y.mean()
    tau2 = max(0.0, float(y @ y) / (len(y) - 1) - float(v.mean()))
    typical = len(v) / float((1 / v).sum())
    for _ in range(_MAX_STEPS):
        score, information = _score(y, v, tau2)
        moved = max(0.0, tau2 + score / information)
        settled = abs(moved - tau2) <= 1e-14 * (moved + typical)
        tau2 = moved
        if settled:
            return tau2
    return _reml_bracketed(y, v)


def _reml_bracketed(y: Floats, v: Floats) -> float:
    """Return the best of all maxima found on a grid that reaches beyond any root of the score."""
    s2 = float(y @ y) / (len(y) - 1)
    # from y'PPy <= max(w)^2 y'y and tr(P) >= min(w)(k-1): no root lies above
    top = (s2 + math.sqrt(s2**2 + 4 * float(v.max()) * s2)) / 2
    # a tau2 this far below every variance changes no weight, and the grid would underflow
    if top < 1e-14 * float(v.min()):
        return 0.0
    low = 1e-6 * min(top, float(v.min()))
    grid = np.concatenate([[0.0], np.geomspace(low, 2 * top, 128)])
    scores = [_score(y, v, t)[0] for t in grid]
    maxima = [0.0] + [
        float(optimize.brentq(lambda t: _score(y, v, t)[0], a, b, xtol=1e-15 * b + 1e-300))
        for a, b, at_a, at_b in zip(grid, grid[1:], scores, scores[1:], strict=False)
        if at_a > 0 >= at_b
    ]
    return max(maxima, key=lambda t: _log_likelihood(y, v, t))
