"""Fixed and random effects with or without moderators."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import stats

from evalkit.synthesis.pooling.heterogeneity import heterogeneity, tau2_interval
from evalkit.synthesis.pooling.linear import (
    Coefficient,
    Floats,
    Linear,
    check_level,
    linear,
    quantile,
    tested,
    weighted,
    weights,
)
from evalkit.synthesis.pooling.tau2 import (
    METHODS,
    Method,
    estimate_tau2,
    log_likelihood,
    standard_error,
)

Test = Literal["knha", "z"]

INTERCEPT = "intrcpt"
"""What metafor calls the intercept."""


@dataclass(frozen=True)
class Omnibus:
    """The test that no moderator matters: F with two degrees of freedom, or chi-square with one."""

    stat: float
    df: int
    df2: int | None
    p: float


@dataclass(frozen=True)
class Regression:
    """A meta-regression, in the units of the estimates.

    ``q`` is what the moderators leave (QE). ``r2`` is the share of tau2 that they explain, in per
    cent, None without moderators or where there is no tau2 to explain. ``tau2`` and what follows
    from it is None for a single estimate.
    """

    method: Method
    test: Test
    level: float
    k: int
    coefficients: tuple[Coefficient, ...]
    covariance: Floats
    tau2: float | None
    se_tau2: float | None
    i2: float | None
    h2: float | None
    q: float
    q_df: int
    q_p: float
    moderators: Omnibus | None
    r2: float | None
    log_likelihood: float


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

    FE is the inverse-variance mean; the others add tau2 to every variance, see
    :func:`~evalkit.synthesis.pooling.tau2.estimate_tau2`. 'knha' takes the standard error and t
    with k - 1 df of Knapp & Hartung (2003, Stat. Med. 22), 'z' the Wald ones. The prediction
    interval is estimate +/- t(k-2) sqrt(tau2 + se^2) (Higgins, Thompson & Spiegelhalter 2009, J. R.
    Stat. Soc. A 172), se that of the test. I2 and H2 as metafor.

    One estimate comes back as it is, with its own z interval whatever the test. Estimates that are
    all equal have a Knapp-Hartung standard error of 0. Work and memory are linear in k.

    Raises:
        ValueError: see :func:`~evalkit.synthesis.pooling.linear.linear`; an unknown method, test
            or level.
    """
    check_choices(method, test, level)
    line = linear(yi, vi)
    tau2 = estimate_tau2(line, method)
    found = _fitted(line, tau2, (INTERCEPT,), method, test, level)
    one = found.coefficients[0]
    reach = None
    if method != "FE" and line.k > 2:
        between = math.sqrt(tau2) * line.unit
        reach = quantile(level, line.k - 2) * math.hypot(between, one.se)
    w = weights(line, tau2)
    return Pooled(
        method=method,
        test=test,
        level=level,
        k=line.k,
        estimate=one.estimate,
        se=one.se,
        ci_low=one.ci_low,
        ci_high=one.ci_high,
        p=one.p,
        stat=one.stat,
        df=None if one.df is None else int(one.df),
        tau2=found.tau2,
        se_tau2=found.se_tau2,
        i2=found.i2,
        h2=found.h2,
        q=found.q,
        q_p=found.q_p,
        pi_low=None if reach is None else one.estimate - reach,
        pi_high=None if reach is None else one.estimate + reach,
        weights=tuple((w / w.sum()).tolist()),
    )


def regress(
    yi: Sequence[float] | Floats,
    vi: Sequence[float] | Floats,
    x: Floats | None = None,
    terms: Sequence[str] = (INTERCEPT,),
    method: Method = "REML",
    test: Test = "knha",
    level: float = 0.95,
) -> Regression:
    """Meta-regression of ``yi`` (variances ``vi``) on the columns of ``x`` (k, p).

    The first column is the intercept; ``terms`` names all. 'knha' multiplies the covariance of the
    coefficients by s2 = sum w (y - Xb)^2/(k - p) and takes t and F with k - p df (Knapp & Hartung
    2003), 'z' takes z and chi-square. R2 is the fall of tau2 against the model without
    moderators (Raudenbush 2009), not below 0.

    Raises:
        ValueError: see :func:`~evalkit.synthesis.pooling.linear.linear`; an unknown method, test
            or level.
    """
    check_choices(method, test, level)
    line = linear(yi, vi, x)
    return _fitted(line, estimate_tau2(line, method), terms, method, test, level)


def profile_tau2(
    yi: Sequence[float] | Floats,
    vi: Sequence[float] | Floats,
    x: Floats | None = None,
    level: float = 0.95,
) -> tuple[float, float] | None:
    """The Q-profile interval of tau2; None where no tau2 fits, or there is one estimate."""
    check_level(level)
    return tau2_interval(linear(yi, vi, x), level)


def check_choices(method: str, test: str, level: float) -> None:
    """Refuse an unknown method, test or level.

    Raises:
        ValueError: it is not known.
    """
    if method not in METHODS or test not in ("knha", "z"):
        raise ValueError(f"unknown method {method!r} or test {test!r}")
    check_level(level)


def _fitted(
    line: Linear, tau2: float, terms: Sequence[str], method: Method, test: Test, level: float
) -> Regression:
    k, p, scale = line.k, line.p, line.unit**2
    fit = weighted(line, weights(line, tau2))
    df = k - p if test == "knha" and k > p else None
    s2 = fit.rss / df if df else 1.0
    b, covariance = line.coefficients(fit.b), line.covariance(fit.m * s2)
    errors = np.sqrt(np.maximum(np.diag(covariance), 0.0))
    spread = heterogeneity(line, tau2, method)
    error = standard_error(line, tau2, method) if k > p else None
    return Regression(
        method=method,
        test=test,
        level=level,
        k=k,
        coefficients=tested(terms, b, errors, [df] * p, level),
        covariance=covariance,
        tau2=tau2 * scale if k > p else None,
        se_tau2=None if error is None else error * scale,
        i2=spread.i2,
        h2=spread.h2,
        q=spread.q,
        q_df=spread.q_df,
        q_p=spread.q_p,
        moderators=omnibus(b, covariance, df),
        r2=_explained(line, tau2, method),
        log_likelihood=log_likelihood(line, tau2, method == "REML", fit),
    )


def omnibus(b: Floats, covariance: Floats, df: int | None) -> Omnibus | None:
    """The Wald test that all coefficients but the intercept are 0; None if it is alone."""
    m = len(b) - 1
    if m == 0:
        return None
    size = np.sqrt(np.diag(covariance)[1:])
    if not (size > 0).all():
        stat = math.inf if np.any(b[1:] != 0) else 0.0
    else:
        # on the scale of the standard errors: moderators may differ by many orders of magnitude
        correlation = covariance[1:, 1:] / np.outer(size, size)
        z = b[1:] / size
        stat = float(z @ np.linalg.solve(correlation, z))
    if df is None:
        return Omnibus(stat, m, None, float(stats.chi2.sf(stat, m)))
    return Omnibus(stat / m, m, df, float(stats.f.sf(stat / m, m, df)))


def _explained(line: Linear, tau2: float, method: Method) -> float | None:
    if line.p == 1 or method == "FE":
        return None
    # what least squares explained goes back in; the intercept may stay out
    y = line.y + line.q @ (line.r @ line.start)
    whole = estimate_tau2(linear(y, line.v), method)
    return max(0.0, 100 * (whole - tau2) / whole) if whole > 0 else None
