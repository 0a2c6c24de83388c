"""Baseline equivalence of two arms."""

from __future__ import annotations

import math
from typing import Literal, NamedTuple

from evalkit.synthesis.hedges import smd

Verdict = Literal["fine", "adjust", "fails"]

FINE_UP_TO = 0.05
ADJUST_UP_TO = 0.25


class Equivalence(NamedTuple):
    """Baseline difference as Hedges' g (intervention minus comparison) and what follows from it."""

    g: float
    verdict: Verdict


def verdict(g: float) -> Verdict:
    """Return what a baseline difference of ``g`` SD means, whatever its sign.

    'fine' up to and including .05, 'adjust' above .05 up to and including .25 (equivalent only
    with a statistical adjustment), 'fails' above .25 (WWC Handbook 5.0, 2022, table of baseline
    differences: both limits belong to the milder side). Raises ValueError when g is not finite.
    """
    if not math.isfinite(g):
        raise ValueError(f"a baseline difference must be a number, got {g}")
    if abs(g) <= FINE_UP_TO:
        return "fine"
    return "adjust" if abs(g) <= ADJUST_UP_TO else "fails"


def baseline_equivalence(
    mean_t: float, sd_t: float, n_t: int, mean_c: float, sd_c: float, n_c: int
) -> Equivalence:
    """Return the baseline difference of the analysed units with its verdict.

    Takes pretest means and SDs in units of the measure, without correction for clusters: the WWC
    limits are set for the plain difference. Raises ValueError as ``hedges.smd`` does.
    """
    g = smd(mean_t, sd_t, n_t, mean_c, sd_c, n_c).yi
    return Equivalence(g, verdict(g))
