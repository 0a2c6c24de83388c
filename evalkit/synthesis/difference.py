"""Raw difference of two arms."""

from __future__ import annotations

from evalkit.synthesis.estimate import Effect


def md(
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
    """Return the difference mT - mC in units of the measure.

    v = SDT^2/nT + SDC^2/nC (metafor's ``escalc(measure="MD", vtype="LS")``); of gains, with their
    means and SDs. ``inflation_t`` and ``inflation_c`` are the design effects of the arms. Raises
    ValueError when an SD is negative or an arm is empty.
    """
    if n_t < 1 or n_c < 1:
        raise ValueError(f"each arm needs at least 1 unit, got {n_t} and {n_c}")
    if not (sd_t >= 0 and sd_c >= 0):
        raise ValueError(f"standard deviations must be 0 or more, got {sd_t} and {sd_c}")
    vi = inflation_t * sd_t**2 / n_t + inflation_c * sd_c**2 / n_c
    return Effect(mean_t - mean_c, vi, None, None)
