from __future__ import annotations

import math

import pytest

from evalkit.synthesis.equivalence import baseline_equivalence, verdict
from evalkit.synthesis.hedges import smd


@pytest.mark.parametrize(
    ("g", "expected"),
    [
        (0.0, "fine"),
        (0.049, "fine"),
        (0.05, "fine"),
        (0.0501, "adjust"),
        (0.25, "adjust"),
        (0.2501, "fails"),
        (3.0, "fails"),
    ],
)
def test_limits_belong_to_the_milder_side_in_both_directions(g, expected):
    assert verdict(g) == verdict(-g) == expected


def test_baseline_difference_is_hedges_g():
    found = baseline_equivalence(10.4, 2.0, 40, 10.0, 2.0, 50)
    assert found.g == smd(10.4, 2.0, 40, 10.0, 2.0, 50).yi
    assert found.verdict == "adjust"


def test_a_missing_difference_has_no_verdict():
    with pytest.raises(ValueError, match="must be a number"):
        verdict(math.nan)
