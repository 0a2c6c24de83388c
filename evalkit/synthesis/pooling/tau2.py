"""Estimators of tau2, the variance between studies that the moderators leave."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal

import numpy as np
from scipy import optimize

from evalkit.synthesis.pooling.linear import (
    Floats,
    Linear,
    Weighted,
    weighted,
    weights,
)

Method = Literal["REML", "ML", "DL", "PM", "FE"]
METHODS: tuple[Method, ...] = ("REML", "ML", "DL", "PM", "FE")

_MAX_STEPS = 200


def estimate_tau2(line: Linear, method: Method) -> float:
    """tau2 in squared units of ``line``; 0 at the boundary and for FE.

    REML and ML maximise the (restricted) likelihood (Viechtbauer 2005, J. Educ. Behav. Stat.
    30); DL is the moment estimator (Q - (k - p))/tr(P) of DerSimonian & Laird (1986, Control. Clin.
    Trials 7); PM solves Q(tau2) = k - p (Paule & Mandel 1982, J. Res. Natl. Bur. Stand. 87). With
    moderators as in Raudenbush (2009, Handbook of Research Synthesis, ch. 16). DL and PM below 0
    are set to 0. Work is linear in k.
    """
    if method == "FE" or line.k <= line.p:
        return 0.0
    if method == "DL":
        fit = weighted(line, 1 / line.v)
        return max(0.0, (fit.rss - (line.k - line.p)) / traces(line, 0.0)[0])
    if method == "PM":
        return solve_q(line, line.k - line.p)
    return likelihood_tau2(line, restricted=method == "REML")


def standard_error(line: Linear, tau2: float, method: Method) -> float | None:
    """The standard error of tau2, in its units; None for FE, or if unknown. As metafor."""
    if method == "FE":
        return None
    k, p = line.k, line.p
    if method == "ML":
        w = weights(line, tau2)
        return math.sqrt(2 / float(w @ w))
    if method == "REML":
        squared = traces(line, tau2)[1]
        return math.sqrt(2 / squared) if squared > 0 else None  # Lost in rounding.
    if method == "PM":
        return math.sqrt(2 * k**2 / (k - p)) / float(weights(line, tau2).sum())
    trace, squared = traces(line, 0.0)
    return math.sqrt(2 * (k - p) + 4 * tau2 * trace + 2 * tau2**2 * squared) / trace


def traces(line: Linear, tau2: float) -> tuple[float, float]:
    """The traces of P and PP, with P = W - WX(X'WX)^-1 X'W and W = 1/(v + tau2)."""
    w = weights(line, tau2)
    return _traces(line, w, weighted(line, w))


def _traces(line: Linear, w: Floats, fit: Weighted) -> tuple[float, float]:
    own = np.dot(fit.wq, fit.m)
    own *= line.q
    # summing rows of one number is slow
    left = own[:, 0] if line.p == 1 else own.sum(axis=1)
    trace = float(w @ np.subtract(1.0, left, out=left))
    squares = fit.m @ (fit.wq.T @ fit.wq)
    cubes = fit.m @ (fit.wq.T @ np.multiply(w[:, None], fit.wq, out=own))
    whole = float(w @ w)
    squared = whole - 2 * float(np.trace(cubes)) + float(np.sum(squares * squares.T))
    if squared < 1e-6 * whole and line.p == 1 and np.ptp(line.q) == 0:
        return _dominated(w)
    return trace, squared


def _dominated(w: Floats) -> tuple[float, float]:
    """The traces where one weight is nearly all of them, and differences would cancel out.

    Without moderators P_ii = w_i (W - w_i)/W and P_ij = -w_i w_j/W with W the sum of all weights;
    what the others weigh is summed, not subtracted.
    """
    total, squares = float(w.sum()), w * w
    own = w * _others(w) / total
    return float(own.sum()), float(own @ own) + float(squares @ _others(squares)) / total**2


def _others(values: Floats) -> Floats:
    """For each value the sum of all others."""
    found = np.zeros_like(values)
    found[1:] += np.cumsum(values[:-1])
    found[:-1] += np.cumsum(values[:0:-1])[::-1]
    return found


def solve_q(line: Linear, target: float) -> float:
    """The tau2 at which the generalised Q equals ``target``; 0 if it is below it everywhere.

    Q(tau2) = sum (y - Xb)^2/(v + tau2), b at the same weights, falls as tau2 rises.
    """

    def gap(tau2: float) -> float:
        return weighted(line, weights(line, tau2)).rss - target

    if gap(0.0) <= 0:
        return 0.0
    top = float(line.y @ line.y) / target
    return float(optimize.brentq(gap, 0.0, top, xtol=1e-16 * top + 1e-300, rtol=1e-15))


def score(line: Linear, tau2: float, restricted: bool = True) -> tuple[float, float]:
    """The derivative of the (restricted) log-likelihood to tau2, and its expected information."""
    w = weights(line, tau2)
    fit = weighted(line, w)
    trace, squared = _traces(line, w, fit) if restricted else (float(w.sum()), float(w @ w))
    pull = fit.residual
    pull *= w
    return (float(pull @ pull) - trace) / 2, squared / 2


def log_likelihood(
    line: Linear, tau2: float, restricted: bool = True, fit: Weighted | None = None
) -> float:
    """The (restricted) log-likelihood at tau2, in the units of the estimates.

    The restricted one with the term log|X'X|/2 (Harville 1974, Biometrika 61), as metafor.
    ``fit`` is the fit at tau2, if it is there already.
    """
    w = weights(line, tau2)
    fit = fit or weighted(line, w)
    value = float(np.log(w).sum()) - fit.rss
    n = line.k
    if restricted:
        value -= fit.logdet
        n -= line.p
    return value / 2 - n * math.log(2 * math.pi) / 2 - n * math.log(line.unit)


def likelihood_tau2(line: Linear, restricted: bool) -> float:
    """The tau2 that maximises the (restricted) likelihood, 0 at the boundary.

    Fisher scoring from the Hedges estimate, as metafor does, with the slope of the score as it is
    seen from step to step where that is near the expected one; what has not settled, or on a top
    that is lower than 0, is bracketed.
    """
    sampling = float(line.v.sum() - np.sum(line.q * (line.v[:, None] * line.q)))
    tau2 = max(0.0, (float(line.y @ line.y) - sampling) / (line.k - line.p))
    typical = line.k / float((1 / line.v).sum())
    last, before = (math.nan, math.nan), math.inf
    for _ in range(_MAX_STEPS):
        slope, rate = score(line, tau2, restricted)
        if not rate > 0:
            break  # one estimate outweighs all others, and rounding is all that is left
        seen = (last[1] - slope) / (tau2 - last[0])
        last = (tau2, slope)
        tau2 = max(0.0, tau2 + slope / (seen if 0.2 * rate < seen < 5 * rate else rate))
        step = abs(tau2 - last[0]) / (tau2 + typical)
        # with many estimates the score is rounding before the steps are that small
        if step <= 1e-14 or (step <= 1e-9 and step >= before / 2):
            at = log_likelihood(line, tau2, restricted)
            if tau2 > 0 and log_likelihood(line, 0.0, restricted) > at:
                break  # stuck on a lower top
            return tau2
        before = step
    return bracketed(line, restricted)


def bracketed(line: Linear, restricted: bool) -> float:
    """The best of all maxima found on a grid that reaches beyond any root of the score."""
    s2 = float(line.y @ line.y) / (line.k - line.p if restricted else line.k)
    # from y'PPy <= max(w)^2 y'y and tr(P) >= min(w)(k-p): no root lies above
    top = (s2 + math.sqrt(s2**2 + 4 * float(line.v.max()) * s2)) / 2
    # a tau2 this far below every variance changes no weight, and the grid would underflow
    if top < 1e-14 * float(line.v.min()):
        return 0.0
    low = 1e-6 * min(top, float(line.v.min()))
    grid = np.concatenate([[0.0], np.geomspace(low, 2 * top, 128)])
    slope: Callable[[float], float] = lambda t: score(line, t, restricted)[0]  # noqa: E731
    slopes = [slope(float(t)) for t in grid]
    maxima = [0.0] + [
        float(optimize.brentq(slope, a, b, xtol=1e-15 * b + 1e-300))
        for a, b, at_a, at_b in zip(grid, grid[1:], slopes, slopes[1:], strict=False)
        if at_a > 0 >= at_b
    ]
    return max(maxima, key=lambda t: log_likelihood(line, t, restricted))
