"""Whether small studies tell another story: Egger's test, trim and fill."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from evalkit.synthesis.pooling.linear import Coefficient, Floats
from evalkit.synthesis.pooling.regression import INTERCEPT, Pooled, Test, pool, regress
from evalkit.synthesis.pooling.tau2 import Method

_MOST_ROUNDS = 100


@dataclass(frozen=True)
class TrimFill:
    """How many studies trim and fill adds, on which side of the funnel, and the pool with them.

    ``se_missing`` is the standard error of the number that seems missing.
    """

    missing: int
    se_missing: float
    side: Literal["left", "right"]
    filled: Pooled


def egger(
    yi: Sequence[float] | Floats, vi: Sequence[float] | Floats, level: float = 0.95
) -> Coefficient:
    """The slope of the estimates on their standard errors, with t and k - 2 df.

    Least squares with weights 1/v and a free error variance: the same t as that of the intercept of
    Egger, Davey Smith, Schneider & Minder (1997, BMJ 315, p. 629-630).

    Raises:
        ValueError: fewer than three estimates, or all of one precision.
    """
    root = np.sqrt(np.asarray(vi, dtype=float))
    x = np.column_stack([np.ones(len(root)), root])
    found = regress(yi, vi, x, (INTERCEPT, "se"), "FE", "knha", level)
    return found.coefficients[1]


def trim_and_fill(
    yi: Sequence[float] | Floats,
    vi: Sequence[float] | Floats,
    method: Method = "REML",
    test: Test = "knha",
    level: float = 0.95,
) -> TrimFill:
    """The pool after adding mirror images of the studies that have no counterpart.

    Estimator L0 (Duval & Tweedie 2000, J. Am. Stat. Assoc. 95). The side is that on which
    studies miss according to the slope on the standard error, by the model of ``method``. A
    sensitivity analysis: it assumes that asymmetry comes from studies that were not published.

    Raises:
        ValueError: fewer than three estimates, all of one precision, or no number is settled on.
    """
    y, v = np.asarray(yi, dtype=float), np.asarray(vi, dtype=float)
    slopes = regress(y, v, np.column_stack([np.ones(len(v)), np.sqrt(v)]), ("", "se"), method, "z")
    side: Literal["left", "right"] = "right" if slopes.coefficients[1].estimate < 0 else "left"
    sign = -1.0 if side == "right" else 1.0
    order = np.argsort(sign * y, kind="stable")
    y, v = sign * y[order], v[order]
    k, missing = len(y), 0
    for _ in range(_MOST_ROUNDS):
        centre = pool(y[: k - missing], v[: k - missing], method, "z", level).estimate
        away = y - centre
        ranks = np.empty(k)
        ranks[np.argsort(np.abs(away), kind="stable")] = np.arange(1, k + 1)
        above = float(ranks[away > 0].sum())
        l0 = (4 * above - k * (k + 1)) / (2 * k - 1)
        before, missing = missing, max(0, round(l0))
        if missing == before:
            break
    else:
        raise ValueError("trim and fill does not settle on a number of studies")
    mirrored = 2 * centre - y[k - missing :]
    filled = pool(
        sign * np.concatenate([y, mirrored]),
        np.concatenate([v, v[k - missing :]]),
        method,
        test,
        level,
    )
    return TrimFill(missing, _error_of_l0(k, l0), side, filled)


def _error_of_l0(k: int, l0: float) -> float:
    """The standard error of L0 (Duval & Tweedie 2000)."""
    variance = (
        k * (k + 1) * (2 * k + 1)
        + 10 * l0**3
        + 27 * l0**2
        + 17 * l0
        - 18 * k * l0**2
        - 18 * k * l0
        + 6 * k**2 * l0
    ) / 24
    return float(4 * np.sqrt(max(0.0, variance)) / (2 * k - 1))
