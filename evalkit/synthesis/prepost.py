"""Effect sizes that use a pretest."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evalkit.synthesis.estimate import Effect
from evalkit.synthesis.hedges import is_flat, j_factor, pooled_sd

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class AdjustedFit:
    """Regression of posttest on pretest and arm, with one slope for both arms.

    ``b`` is the adjusted difference (units of the posttest), ``r`` the pooled within-arm
    correlation, ``r_squared`` its square, ``sd_pooled`` the unadjusted pooled posttest SD, ``v1``
    the squared standard error of b over that SD, without clusters.
    """

    b: float
    slope: float
    r: float
    r_squared: float
    sd_pooled: float
    v1: float


def pooled_correlation(pre_t: Floats, post_t: Floats, pre_c: Floats, post_c: Floats) -> float:
    """Return the pooled within-arm correlation of pretest and posttest, between -1 and 1.

    The cross products and sums of squares about the arm means are added over the arms before they
    are divided, so that an arm counts by its units and a difference between the arms does not
    count at all. Arrays of one arm have the same length; an empty second arm is allowed. Raises
    ValueError when either wave has no variance within the arms.
    """
    pre, post = _centred(pre_t, pre_c), _centred(post_t, post_c)
    sd_pre, sd_post = math.sqrt(float(pre @ pre)), math.sqrt(float(post @ post))
    if is_flat(sd_pre, *pre_t, *pre_c) or is_flat(sd_post, *post_t, *post_c):
        raise ValueError("a wave has no variance within the arms")
    return float(np.clip(float(pre @ post) / sd_pre / sd_post, -1.0, 1.0))


def fit_adjusted(pre_t: Floats, post_t: Floats, pre_c: Floats, post_c: Floats) -> AdjustedFit:
    """Fit the pretest-adjusted difference by ordinary least squares.

    v1 = (SE(b)/S)^2 = (1-R^2) (N-2)/(N-3) (1/nT + 1/nC + (pre gap)^2/SSpre), the form the WWC
    Handbook 5.0 (2022, appendix E) takes from a regression; the shorter (1-R^2)(1/nT + 1/nC)
    leaves out what the slope costs. Raises ValueError when an arm has fewer than 2 units or a wave
    no variance within the arms.
    """
    n_t, n_c = len(post_t), len(post_c)
    if n_t < 2 or n_c < 2:
        raise ValueError(f"each arm needs at least 2 units, got {n_t} and {n_c}")
    r = pooled_correlation(pre_t, post_t, pre_c, post_c)
    pre, post = _centred(pre_t, pre_c), _centred(post_t, post_c)
    ss_pre, ss_post = float(pre @ pre), float(post @ post)
    slope = r * math.sqrt(ss_post / ss_pre)
    gap = float(pre_t.mean() - pre_c.mean())
    df = n_t + n_c - 2
    v1 = (1 - r**2) * df / (df - 1) * (1 / n_t + 1 / n_c + gap**2 / ss_pre)
    return AdjustedFit(
        b=float(post_t.mean() - post_c.mean()) - slope * gap,
        slope=slope,
        r=r,
        r_squared=r**2,
        sd_pooled=math.sqrt(ss_post / df),
        v1=v1,
    )


def v1_from_r_squared(r_squared: float, n_t: int, n_c: int) -> float:
    """Return (1-R^2)(1/nT + 1/nC), for a published estimate without its standard error.

    WWC Handbook 5.0 (2022, appendix E). Raises ValueError unless 0 <= R^2 <= 1 and arms have units.
    """
    if not 0 <= r_squared <= 1 or n_t < 1 or n_c < 1:
        raise ValueError(
            f"need 0 <= R^2 <= 1 and units in both arms, got {r_squared}, {n_t}, {n_c}"
        )
    return (1 - r_squared) * (1 / n_t + 1 / n_c)


def adjusted_smd(b: float, sd_pooled: float, v1: float, n_t: int, n_c: int) -> Effect:
    """Return the pretest-adjusted g without clusters.

    g = J(N-2) b/S and v = v1 + g^2/(2(N-2)) (WWC Handbook 5.0, 2022, appendix E; no degree of
    freedom is taken for the pretest). ``b`` and ``sd_pooled`` in units of the posttest. Raises
    ValueError when the SD is not above 0, ``v1`` is negative or N - 2 is not above 1.
    """
    if not sd_pooled > 0 or not v1 >= 0:
        raise ValueError(f"need an SD above 0 and v1 of 0 or more, got {sd_pooled} and {v1}")
    df = n_t + n_c - 2
    g = j_factor(df) * b / sd_pooled
    return Effect(g, v1 + g**2 / (2 * df), df, sd_pooled)


def dppc2(
    gain_t: float, sd_pre_t: float, n_t: int, gain_c: float, sd_pre_c: float, n_c: int, r: float
) -> Effect:
    """Return the difference of gains over the pooled pretest SD.

    g = J(N-2)(gainT - gainC)/Spre (Morris 2008, eq. 8, with the exact J) and
    v = 2(1-r)(1/nT + 1/nC) + g^2/(2N), the form of metafor's analysis of Morris (2008); Morris's
    own eq. 25 is 1 to 12 % larger. Both waves on one scale. ``r`` is one correlation for both
    arms: metafor's example has the same r in the two arms of every study, Morris assumes one
    population value, and ``pooled_correlation`` estimates it. Raises ValueError when an arm has
    fewer than 2 units, the SD is zero or r is outside -1..1.
    """
    _check_r(r)
    sd = pooled_sd(sd_pre_t, n_t, sd_pre_c, n_c)
    if is_flat(sd, gain_t, gain_c):
        raise ValueError("the pooled pretest standard deviation is zero")
    df = n_t + n_c - 2
    g = j_factor(df) * (gain_t - gain_c) / sd
    vi = 2 * (1 - r) * (1 / n_t + 1 / n_c) + g**2 / (2 * (n_t + n_c))
    return Effect(g, vi, df, sd)


def smcr(mean_pre: float, sd_pre: float, mean_post: float, n: int, r: float) -> Effect:
    """Return the standardised mean change of one group over its pretest SD.

    g = J(n-1)(post - pre)/SDpre and v = 2(1-r)/n + g^2/(2n) (Becker 1988; metafor's
    ``escalc(measure="SMCR")``). Raises ValueError when n < 3, the SD is zero or r outside -1..1.
    """
    _check_r(r)
    if n < 3:
        raise ValueError(f"a mean change needs at least 3 units, got {n}")
    if is_flat(sd_pre, mean_pre, mean_post):
        raise ValueError("the pretest standard deviation is zero")
    g = j_factor(n - 1) * (mean_post - mean_pre) / sd_pre
    return Effect(g, 2 * (1 - r) / n + g**2 / (2 * n), n - 1, sd_pre)


def smcc(
    mean_pre: float, sd_pre: float, mean_post: float, sd_post: float, n: int, r: float
) -> Effect:
    """Return the standardised mean change of one group over the SD of its changes.

    g = J(n-1)(post - pre)/SDchange with SDchange^2 = SDpre^2 + SDpost^2 - 2 r SDpre SDpost, and
    v = 1/n + g^2/(2n) (Gibbons, Hedeker & Davis 1993; metafor's ``escalc(measure="SMCC")``).
    Raises ValueError when n < 3, an SD is negative, r is outside -1..1 or the changes do not vary.
    """
    _check_r(r)
    if n < 3:
        raise ValueError(f"a mean change needs at least 3 units, got {n}")
    if not (sd_pre >= 0 and sd_post >= 0):
        raise ValueError(f"standard deviations must be 0 or more, got {sd_pre} and {sd_post}")
    sd = math.sqrt(max(0.0, sd_pre**2 + sd_post**2 - 2 * r * sd_pre * sd_post))
    if is_flat(sd, mean_pre, mean_post):
        raise ValueError("the standard deviation of the changes is zero")
    g = j_factor(n - 1) * (mean_post - mean_pre) / sd
    return Effect(g, 1 / n + g**2 / (2 * n), n - 1, sd)


def did_v1(r: float, n_t: int, n_c: int) -> float:
    """Return 2(1-r)(1/nT + 1/nC), the variance of a difference of standardised gains.

    WWC Handbook 5.0 (2022, appendix E). Raises ValueError when r is outside -1..1 or an arm empty.
    """
    _check_r(r)
    if n_t < 1 or n_c < 1:
        raise ValueError(f"each arm needs at least 1 unit, got {n_t} and {n_c}")
    return 2 * (1 - r) * (1 / n_t + 1 / n_c)


def _check_r(r: float) -> None:
    if not -1 <= r <= 1:
        raise ValueError(f"a correlation lies between -1 and 1, got {r}")


def _centred(t: Floats, c: Floats) -> Floats:
    parts = [arm - arm.mean() for arm in (t, c) if len(arm)]
    return np.concatenate(parts) if parts else np.empty(0)
