from __future__ import annotations

import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.synthesis.hedges import j_factor, pooled_sd, smd, smd_from_t

from .frames import repeatable

NORMAND = ("m1i", "sd1i", "n1i", "m2i", "sd2i", "n2i")
POST = (
    "Post_mean_treatment",
    "Post_SD_treatment",
    "N_treatment",
    "Post_mean_control",
    "Post_SD_control",
    "N_control",
)

sds = st.floats(0.5, 50)
means = st.floats(-100, 100)
counts = st.integers(2, 500)


@pytest.mark.parametrize("key", ["normand1999_SMD", "normand1999_SMD_vtype_LS"])
def test_smd_is_metafors(effect_sizes, key):
    given_figures = effect_sizes["normand1999_inputs"]
    found = [smd(*figures) for figures in zip(*(given_figures[c] for c in NORMAND), strict=True)]
    assert [e.yi for e in found] == pytest.approx(effect_sizes[key]["yi"], abs=1e-10)
    assert [e.vi for e in found] == pytest.approx(effect_sizes[key]["vi"], abs=1e-10)


def test_smd_of_the_posttests_of_morris(effect_sizes, morris):
    expected = effect_sizes["morris2008_SMDpost_T_vs_C"]
    found = [
        smd(r.m_post_T, r.sd_post_T, r.ni_T, r.m_post_C, r.sd_post_C, r.ni_C)
        for r in morris.itertuples()
    ]
    assert [e.yi for e in found] == pytest.approx(expected["yi"], abs=1e-10)
    assert [e.vi for e in found] == pytest.approx(expected["vi"], abs=1e-10)


def test_smd_from_t_is_metafors(effect_sizes):
    # the inputs are not stored beside the values; these reproduce both of them
    expected = effect_sizes["smd_from_t"]
    found = [smd_from_t(2.1, 25, 23), smd_from_t(-0.6, 60, 55)]
    assert [e.yi for e in found] == pytest.approx(expected["yi"], abs=1e-10)
    assert [e.vi for e in found] == pytest.approx(expected["vi"], abs=1e-10)


def test_reviewers_of_fadeout_computed_the_same(reference_folder):
    table = pd.read_csv(reference_folder / "data" / "fadeout.csv", low_memory=False)
    raw = table[table[list(POST)].notna().all(axis=1)]
    ours = []
    for figures in raw[list(POST)].itertuples(index=False):
        mean_t, sd_t, n_t, mean_c, sd_c, n_c = figures
        ours.append(smd(mean_t, sd_t, int(n_t), mean_c, sd_c, int(n_c)).yi)
    agree = (raw["Effectsize_g"] - ours).abs() <= 0.01
    assert (len(raw), int(agree.sum())) == (334, 317)


def test_smd_from_t_undoes_the_t_of_a_difference():
    direct = smd(12, 3, 20, 10, 4, 25)
    t = 2 / (pooled_sd(3, 20, 4, 25) * math.sqrt(1 / 20 + 1 / 25))
    again = smd_from_t(t, 20, 25)
    assert (again.yi, again.vi) == pytest.approx((direct.yi, direct.vi))
    assert again.sd is None


@repeatable
@given(st.floats(1.001, 1e5), st.floats(1.01, 3))
def test_j_lies_between_0_and_1_and_increases(m, factor):
    assert 0 < j_factor(m) < j_factor(m * factor) < 1


def test_j_is_close_to_the_usual_approximation():
    assert j_factor(10) == pytest.approx(1 - 3 / (4 * 10 - 1), abs=1e-3)
    assert j_factor(2) == pytest.approx(1 / math.sqrt(math.pi))


@repeatable
@given(means, sds, counts, means, sds, counts, st.floats(0.01, 100), means)
def test_g_does_not_depend_on_the_scale(m_t, s_t, n_t, m_c, s_c, n_c, factor, shift):
    plain = smd(m_t, s_t, n_t, m_c, s_c, n_c)
    moved = smd(m_t * factor + shift, s_t * factor, n_t, m_c * factor + shift, s_c * factor, n_c)
    assert moved.yi == pytest.approx(plain.yi, rel=1e-6, abs=1e-6)
    assert moved.vi == pytest.approx(plain.vi, rel=1e-6)


@repeatable
@given(means, sds, counts, means, sds, counts)
def test_g_turns_its_sign_with_the_arms(m_t, s_t, n_t, m_c, s_c, n_c):
    one, other = smd(m_t, s_t, n_t, m_c, s_c, n_c), smd(m_c, s_c, n_c, m_t, s_t, n_t)
    assert one.yi == pytest.approx(-other.yi)
    assert one.vi == pytest.approx(other.vi)


@pytest.mark.parametrize("m", [1, 0, -3, math.nan])
def test_j_needs_more_than_one_degree_of_freedom(m):
    with pytest.raises(ValueError, match="degree of freedom"):
        j_factor(m)


@pytest.mark.parametrize(
    ("figures", "match"),
    [
        ((1, 1, 1, 1, 1, 9), "2 units"),
        ((1, -1, 9, 1, 1, 9), "0 or more"),
        ((1, math.nan, 9, 1, 1, 9), "0 or more"),
        ((2, 0, 9, 1, 0, 9), "zero"),
    ],
)
def test_smd_refuses_what_has_no_g(figures, match):
    with pytest.raises(ValueError, match=match):
        smd(*figures)


def test_smd_from_t_refuses_small_arms():
    with pytest.raises(ValueError, match="2 units"):
        smd_from_t(2.0, 1, 9)
