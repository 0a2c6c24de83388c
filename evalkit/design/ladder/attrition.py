"""How much attrition a comparison can bear.

What Works Clearinghouse, Standards Handbook 4.1 (2020), table II.1: the highest difference in
attrition between the arms that still counts as low, by overall attrition. Set for groups that were
drawn by lot; used here as a yardstick for every comparison, from the baseline on.
"""

from __future__ import annotations

from typing import Literal

Assumption = Literal["cautious", "optimistic"]

_CAUTIOUS = """
5.7 5.8 5.9 5.9 6.0 6.1 6.2 6.3 6.3 6.3 6.3 6.2 6.2 6.1 6.0 5.9 5.9 5.8 5.7 5.5
5.4 5.3 5.2 5.1 4.9 4.8 4.7 4.5 4.4 4.3 4.1 4.0 3.8 3.6 3.5 3.3 3.2 3.1 2.9 2.8
2.6 2.5 2.3 2.1 2.0 1.8 1.6 1.5 1.3 1.2 1.0 0.9 0.7 0.6 0.4 0.3 0.2 0.0
"""
_OPTIMISTIC = """
10.0 10.1 10.2 10.3 10.4 10.5 10.7 10.8 10.9 10.9 10.9 10.9 10.9 10.8 10.8 10.7 10.6 10.5 10.3 10.2
10.0 9.9 9.7 9.5 9.4 9.2 9.0 8.8 8.6 8.4 8.2 8.0 7.8 7.6 7.4 7.2 7.0 6.7 6.5 6.3
6.0 5.8 5.6 5.3 5.1 4.9 4.6 4.4 4.2 3.9 3.7 3.5 3.2 3.0 2.8 2.6 2.3 2.1 1.9 1.6
1.4 1.1 0.9 0.7 0.5 0.3
"""

BOUNDARIES: dict[Assumption, tuple[float, ...]] = {
    "cautious": tuple(float(value) for value in _CAUTIOUS.split()),
    "optimistic": tuple(float(value) for value in _OPTIMISTIC.split()),
}
"""Percentage points, by overall attrition in whole per cents from 0; beyond the end none is low."""


def highest_difference(overall: float, assumption: Assumption) -> float | None:
    """The highest low difference in attrition between the arms; none where none is low.

    Args:
        overall: attrition of both arms together, 0 to 1; rounded to a whole per cent.
        assumption: whether attrition may be due to the intervention (cautious) or not.
    """
    boundary = BOUNDARIES[assumption]
    row = round(100 * overall)
    return boundary[row] / 100 if row < len(boundary) else None


def is_low(overall: float, differential: float, assumption: Assumption) -> bool:
    """Whether attrition is low: a difference on the boundary is."""
    highest = highest_difference(overall, assumption)
    return highest is not None and differential <= highest + 1e-9
