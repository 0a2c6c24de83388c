"""The linear model y = X b + error that every pooled estimate is, on a well-scaled basis."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Floats = NDArray[np.float64]

WIDEST = 1e13
"""Ratio of the largest to the smallest variance above which rounding decides the answer."""

LARGEST = 1e100
"""Standard errors from 0 above which an estimate would overflow when squared."""


@dataclass(frozen=True)
class Coefficient:
    """One coefficient with its test, in the units of the estimates.

    ``stat`` is t with ``df`` degrees of freedom (whole, or Satterthwaite's), or z when df is None.
    It is infinite where the standard error is 0.
    """

    term: str
    estimate: float
    se: float
    stat: float
    df: float | None
    p: float
    ci_low: float
    ci_high: float


@dataclass(frozen=True)
class Linear:
    """Estimates ``y`` with variances ``v``, both (k,), on an orthonormal basis ``q`` (k, p).

    ``q r`` is the model matrix; ``y`` are what ordinary least squares leaves of the estimates and
    ``start`` are its coefficients, so that neither a large mean nor a badly scaled moderator costs
    digits. ``y`` and ``v`` are divided by ``unit`` and its square, a power of two.
    """

    y: Floats
    v: Floats
    q: Floats
    r: Floats
    start: Floats
    unit: float

    @property
    def k(self) -> int:
        """Number of estimates."""
        return len(self.y)

    @property
    def p(self) -> int:
        """Number of coefficients."""
        return int(self.q.shape[1])

    def coefficients(self, b: Floats) -> Floats:
        """The coefficients of the model matrix, in the units of the estimates; ``b`` of basis."""
        return np.asarray(self.start + np.linalg.solve(self.r, b)) * self.unit

    def covariance(self, m: Floats) -> Floats:
        """The covariance of these, from that of the coefficients of the basis."""
        back = np.linalg.solve(self.r, m)
        return np.asarray(np.linalg.solve(self.r, back.T).T) * self.unit**2


def linear(
    yi: Sequence[float] | Floats, vi: Sequence[float] | Floats, x: Floats | None = None
) -> Linear:
    """Estimates ``yi`` and variances ``vi`` (k,) with model matrix ``x`` (k, p); default: ones.

    Raises:
        ValueError: no estimates, lengths that differ, values that are missing or infinite,
            variances not above 0 or too far apart, more coefficients than estimates, columns of
            ``x`` of which one follows from the others.
    """
    y, v = np.asarray(yi, dtype=float), np.asarray(vi, dtype=float)
    if y.ndim != 1 or y.shape != v.shape:
        raise ValueError(f"yi and vi must be of one length, got shapes {y.shape} and {v.shape}")
    if not len(y):
        raise ValueError("nothing to pool: no estimates")
    if not (np.isfinite(y).all() and np.isfinite(v).all()):
        raise ValueError("yi and vi must not be missing or infinite")
    if not (v > 0).all():
        raise ValueError(f"every variance must be above 0, the smallest is {v.min()}")
    if v.max() / WIDEST > v.min():
        raise ValueError(f"the variances are too far apart: {v.min()} to {v.max()}")
    unit = _unit(v)
    if x is None:
        root = math.sqrt(len(y))
        q, r = np.full((len(y), 1), 1 / root), np.array([[root]])
    else:
        q, r = _basis(np.asarray(x, dtype=float), len(y))
    if np.abs(y).max() / unit > LARGEST:
        raise ValueError("the estimates are too large for their variances")
    y = y / unit
    along = q.T @ y
    centred = y - q @ along
    # once more: the first pass leaves rounding errors of the size of the mean
    rest = q.T @ centred
    return Linear(centred - q @ rest, v / unit**2, q, r, np.linalg.solve(r, along + rest), unit)


def _unit(v: Floats) -> float:
    # a power of two: dividing by it loses no digit. What is left of v has a median near 1
    return 2.0 ** round(math.log2(float(np.median(v))) / 2)


def _basis(x: Floats, k: int) -> tuple[Floats, Floats]:
    if x.ndim != 2 or len(x) != k:
        raise ValueError(f"the model matrix must have {k} rows, got shape {x.shape}")
    if not np.isfinite(x).all():
        raise ValueError("moderators must not be missing or infinite")
    if x.shape[1] >= k:
        raise ValueError(f"{x.shape[1]} coefficients need more than {k} estimates")
    if follows(x):
        raise ValueError("a moderator follows from the others")
    size = np.linalg.norm(x, axis=0)
    q, r = np.linalg.qr(x / size)
    return q, r * size


def follows(x: Floats) -> list[int]:
    """The columns of ``x`` (k, p) that are a linear combination of the columns before them."""
    kept: list[Floats] = []
    found = []
    for i, column in enumerate(x.T):
        size = float(np.linalg.norm(column))
        rest = column / size if size else column
        for _ in range(2):
            for other in kept:
                rest = rest - other * (other @ rest)
        left = float(np.linalg.norm(rest))
        if left < 1e-9:
            found.append(i)
        else:
            kept.append(rest / left)
    return found


@dataclass(frozen=True)
class Weighted:
    """Weighted least squares on the basis: coefficients, (q'Wq)^-1, residuals, their sum."""

    b: Floats
    m: Floats
    residual: Floats
    rss: float
    logdet: float
    """The logarithm of the determinant of q'Wq."""
    wq: Floats
    """Wq, (k, p)."""


def weights(line: Linear, tau2: float) -> Floats:
    """1/(v + tau2), in one array: numpy is slow in giving up a large temporary one."""
    w = line.v + tau2
    return np.divide(1.0, w, out=w)


def weighted(line: Linear, w: Floats) -> Weighted:
    """Weighted least squares with weights ``w`` (k,)."""
    wq = w[:, None] * line.q
    a = line.q.T @ wq
    m = np.asarray(np.linalg.inv(a), dtype=float)
    b = m @ (wq.T @ line.y)
    residual = np.dot(line.q, b)
    np.subtract(line.y, residual, out=residual)
    # one correction: with weights far apart the normal equations lose digits
    more = m @ (wq.T @ residual)
    residual -= np.dot(line.q, more)
    return Weighted(
        b + more, m, residual, float(w @ residual**2), float(np.linalg.slogdet(a)[1]), wq
    )


def tested(
    terms: Sequence[str],
    estimates: Floats,
    errors: Floats,
    df: Sequence[float | None],
    level: float,
) -> tuple[Coefficient, ...]:
    """Coefficients with their tests: t where there are degrees of freedom, else z."""
    return tuple(
        coefficient(term, float(estimate), float(se), d, level)
        for term, estimate, se, d in zip(terms, estimates, errors, df, strict=True)
    )


def coefficient(
    term: str, estimate: float, se: float, df: float | None, level: float
) -> Coefficient:
    """One coefficient with its test."""
    stat = statistic(estimate, se)
    half = quantile(level, df) * se
    p = 2 * (stats.norm.sf(abs(stat)) if df is None else stats.t.sf(abs(stat), df))
    return Coefficient(term, estimate, se, stat, df, float(p), estimate - half, estimate + half)


def statistic(estimate: float, se: float) -> float:
    """The estimate over its standard error; infinite, or 0 for 0, where that is 0."""
    if se > 0:
        return estimate / se
    return math.copysign(math.inf, estimate) if estimate else 0.0


def quantile(level: float, df: float | None) -> float:
    """Half the width of an interval, in standard errors."""
    p = (1 + level) / 2
    return float(stats.norm.ppf(p) if df is None else stats.t.ppf(p, df))


def check_level(level: float) -> None:
    """Refuse a confidence level that is none.

    Raises:
        ValueError: it does not lie between 0 and 1.
    """
    if not 0 < level < 1:
        raise ValueError(f"the level must lie between 0 and 1, got {level}")
