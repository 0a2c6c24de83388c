"""The pool as it grew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evalkit.synthesis.pooling.linear import Floats
from evalkit.synthesis.pooling.regression import Pooled, Test, pool
from evalkit.synthesis.pooling.tau2 import Method


@dataclass(frozen=True)
class UpTo:
    """The pool of everything up to and including ``year``."""

    year: float
    pooled: Pooled


def cumulative(
    yi: Sequence[float] | Floats,
    vi: Sequence[float] | Floats,
    years: Sequence[float] | Floats,
    method: Method = "REML",
    test: Test = "knha",
    level: float = 0.95,
) -> tuple[UpTo, ...]:
    """Pools of all estimates up to each year (Lau et al. 1992, N. Engl. J. Med. 327).

    Estimates of one year come in together: within a year there is no order.

    Raises:
        ValueError: years that are missing or of another number; what :func:`pool` raises.
    """
    y, v, at = (np.asarray(values, dtype=float) for values in (yi, vi, years))
    if at.shape != y.shape or not np.isfinite(at).all():
        raise ValueError("every estimate needs a year")
    return tuple(
        UpTo(float(year), pool(y[at <= year], v[at <= year], method, test, level))
        for year in np.unique(at)
    )
