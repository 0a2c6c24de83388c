"""Log response ratio of two arms."""

from __future__ import annotations

import math

from evalkit.synthesis.estimate import Effect


def rom(
    mean_t: float,
    sd_t: float,
    n_t: int,
    mean_c: float,
    sd_c: float,
    n_c: int,
    *,
    inflation_t: float = 1.0,
    inflation_c: float = 1.0,
) -> Effect:
    """Return the log response ratio ln(mT/mC), without bias correction.

    v = SDT^2/(nT mT^2) + SDC^2/(nC mC^2) (Hedges, Gurevitch & Curtis 1999; metafor's
    ``escalc(measure="ROM", correct=FALSE)``). ``inflation_t`` and ``inflation_c`` are the design
    effects of the arms. Raises ValueError when a mean is not above 0, an SD is negative or an arm
    is empty.
    """
    if not (mean_t > 0 and mean_c > 0):
        raise ValueError(f"a ratio of means needs both means above 0, got {mean_t} and {mean_c}")
    if n_t < 1 or n_c < 1:
        raise ValueError(f"each arm needs at least 1 unit, got {n_t} and {n_c}")
    if not (sd_t >= 0 and sd_c >= 0):
        raise ValueError(f"standard deviations must be 0 or more, got {sd_t} and {sd_c}")
    vi = inflation_t * (sd_t / mean_t) ** 2 / n_t + inflation_c * (sd_c / mean_c) ** 2 / n_c
    return Effect(math.log(mean_t) - math.log(mean_c), vi, None, None)
