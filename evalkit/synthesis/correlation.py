"""Correlations as effect sizes."""

from __future__ import annotations

import math

from evalkit.synthesis.estimate import Effect


def zcor(cor: float, n: int) -> Effect:
    """Return Fisher's z of a correlation over n units.

    z = artanh(r) and v = 1/(n-3) (Fisher 1921; metafor's ``escalc(measure="ZCOR")``). Raises
    ValueError when n < 4 or r is not between -1 and 1.
    """
    if n < 4:
        raise ValueError(f"a correlation needs at least 4 units, got {n}")
    if not -1 < cor < 1:
        raise ValueError(f"a correlation lies between -1 and 1, got {cor}")
    return Effect(math.atanh(cor), 1 / (n - 3), None, None)
