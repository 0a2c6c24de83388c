"""Standardised mean difference with the exact small-sample correction."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from scipy.special import gammaln

from evalkit.synthesis.estimate import Effect

_FLAT = 1e-12
"""Share of the mean below which an SD is rounding noise of constant values."""


@lru_cache(maxsize=10_000)
def j_factor(m: float) -> float:
    """Return the exact small-sample correction J(m), between 0 and 1.

    J(m) = Gamma(m/2) / [sqrt(m/2) Gamma((m-1)/2)] (Hedges 1981). ``m`` are degrees of
    freedom, not necessarily whole; rounding stays under 1e-8 up to a million of them. Raises
    ValueError unless m > 1: below that J does not exist.
    """
    if not m > 1:
        raise ValueError(
            f"the small-sample correction needs more than 1 degree of freedom, got {m}"
        )
    return float(np.exp(gammaln(m / 2) - gammaln((m - 1) / 2) - 0.5 * np.log(m / 2)))


def pooled_sd(sd_t: float, n_t: int, sd_c: float, n_c: int) -> float:
    """Return the pooled within-arm standard deviation, in units of the measure.

    Raises ValueError when an arm has fewer than 2 units or an SD is negative or not finite.
    """
    if n_t < 2 or n_c < 2:
        raise ValueError(f"each arm needs at least 2 units, got {n_t} and {n_c}")
    if not (0 <= sd_t < math.inf and 0 <= sd_c < math.inf):
        raise ValueError(f"standard deviations must be 0 or more, got {sd_t} and {sd_c}")
    return math.sqrt(((n_t - 1) * sd_t**2 + (n_c - 1) * sd_c**2) / (n_t + n_c - 2))


def is_flat(sd: float, *values: float) -> bool:
    """Say whether an SD is zero up to the rounding of numbers as large as ``values``."""
    return not sd > _FLAT * max(map(abs, values), default=0.0)


def smd(mean_t: float, sd_t: float, n_t: int, mean_c: float, sd_c: float, n_c: int) -> Effect:
    """Return Hedges' g of intervention minus comparison.

    g = J(N-2)(mT - mC)/S and v = 1/nT + 1/nC + g^2/(2N) (Hedges 1981; the large-sample variance
    of metafor's ``escalc(measure="SMD", vtype="LS")``). Means and SDs in units of the measure.
    Raises ValueError when an arm has fewer than 2 units or the pooled SD is zero.
    """
    sd = pooled_sd(sd_t, n_t, sd_c, n_c)
    if is_flat(sd, mean_t, mean_c):
        raise ValueError("the pooled standard deviation is zero")
    return _from_d((mean_t - mean_c) / sd, n_t, n_c, sd)


def smd_from_t(t: float, n_t: int, n_c: int) -> Effect:
    """Return Hedges' g from the t statistic of two independent, unclustered arms.

    d = t sqrt(1/nT + 1/nC) (Rosenthal 1994), then as ``smd``. The standardiser is unknown (None).
    Raises ValueError when an arm has fewer than 2 units.
    """
    if n_t < 2 or n_c < 2:
        raise ValueError(f"each arm needs at least 2 units, got {n_t} and {n_c}")
    return _from_d(t * math.sqrt(1 / n_t + 1 / n_c), n_t, n_c, None)


def _from_d(d: float, n_t: int, n_c: int, sd: float | None) -> Effect:
    df = n_t + n_c - 2
    g = j_factor(df) * d
    return Effect(g, 1 / n_t + 1 / n_c + g**2 / (2 * (n_t + n_c)), df, sd)
