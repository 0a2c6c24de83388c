from __future__ import annotations

import math

import pytest

from evalkit.synthesis.ratio import rom

INPUTS = ("m1i", "sd1i", "n1i", "m2i", "sd2i", "n2i")


def test_rom_is_metafors_without_correction(effect_sizes):
    given_figures = effect_sizes["normand1999_inputs"]
    expected = effect_sizes["normand1999_ROM_correctFALSE"]
    found = [rom(*figures) for figures in zip(*(given_figures[c] for c in INPUTS), strict=True)]
    assert [e.yi for e in found] == pytest.approx(expected["yi"], abs=1e-10)
    assert [e.vi for e in found] == pytest.approx(expected["vi"], abs=1e-10)


def test_each_arm_has_its_own_inflation():
    plain, wide = rom(4, 2, 10, 2, 1, 5), rom(4, 2, 10, 2, 1, 5, inflation_t=3, inflation_c=2)
    assert plain.yi == wide.yi == pytest.approx(math.log(2))
    assert plain.vi == pytest.approx(0.025 + 0.05)
    assert wide.vi == pytest.approx(0.075 + 0.1)


@pytest.mark.parametrize(
    ("figures", "match"),
    [
        ((0, 1, 9, 1, 1, 9), "above 0"),
        ((1, 1, 9, -1, 1, 9), "above 0"),
        ((math.nan, 1, 9, 1, 1, 9), "above 0"),
        ((1, 1, 0, 1, 1, 9), "1 unit"),
        ((1, -1, 9, 1, 1, 9), "0 or more"),
    ],
)
def test_rom_refuses_what_has_no_ratio(figures, match):
    with pytest.raises(ValueError, match=match):
        rom(*figures)
