from __future__ import annotations

import dataclasses
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.synthesis.pooling import pool, profile_tau2, regress, tau2
from evalkit.synthesis.pooling.linear import linear
from tests.synthesis.frames import repeatable

DATASETS = (
    "dat.bangertdrowns2004",
    "dat.bcg_RR",
    "dat.bcg_OR",
    "dat.bcg_RD",
    "dat.normand1999_SMD",
    "dat.normand1999_MD",
    "dat.normand1999_ROM",
    "dat.cohen1981",
    "dat.assink2016",
    "dat.curtis1998_ROM",
)

studies = st.lists(st.tuples(st.floats(-3, 3), st.floats(1e-3, 2)), min_size=2, max_size=15).map(
    lambda pairs: (np.array([y for y, _ in pairs]), np.array([v for _, v in pairs]))
)


@pytest.fixture(params=DATASETS)
def dataset(request, reference, reference_folder):
    entry = reference["datasets"][request.param]
    table = pd.read_csv(reference_folder / "data" / f"{request.param}.csv")
    table = table.dropna(subset=[entry["yi"], entry["vi"]])
    return entry, table[entry["yi"]].to_numpy(float), table[entry["vi"]].to_numpy(float)


def close(expected):
    # H2 and Q run to 1e3, where 1e-8 is beyond what 15 stored digits can say
    return pytest.approx(expected, abs=1e-8, rel=1e-10)


def test_every_dataset_of_the_reference_is_tested(reference):
    assert set(reference["datasets"]) == set(DATASETS)


@pytest.mark.parametrize("method", ["REML", "DL", "PM"])
def test_random_effects_with_knapp_hartung_are_metafors(dataset, method):
    entry, y, v = dataset
    expected, found = entry[method], pool(y, v, method)
    assert found.k == entry["k"]
    assert found.df == expected["df_kh"]
    assert found.estimate == close(expected["est"])
    assert found.se == close(expected["se_kh"])
    assert found.stat == close(expected["t_kh"])
    assert found.p == close(expected["p_kh"])
    assert (found.ci_low, found.ci_high) == close(tuple(expected["ci_kh"]))
    assert (found.pi_low, found.pi_high) == close(tuple(expected["pi_hts_kh_t_km2"]))
    assert (found.tau2, found.se_tau2) == close((expected["tau2"], expected["se_tau2"]))
    assert (found.i2, found.h2) == close((expected["I2"], expected["H2"]))
    assert (found.q, found.q_p) == close((expected["Q"], expected["Qp"]))


@pytest.mark.parametrize("method", ["REML", "DL", "PM"])
def test_random_effects_with_wald_are_metafors(dataset, method):
    entry, y, v = dataset
    expected, found = entry[method], pool(y, v, method, test="z")
    assert found.df is None
    assert (found.se, found.stat) == close((expected["se_wald"], expected["z"]))
    assert found.p == close(expected["p_wald"])
    assert (found.ci_low, found.ci_high) == close(tuple(expected["ci_wald"]))
    assert (found.pi_low, found.pi_high) == close(tuple(expected["pi_hts_t_km2"]))


def test_interval_of_tau2_and_likelihood_are_metafors(dataset):
    entry, y, v = dataset
    expected = entry["REML"]
    assert profile_tau2(y, v) == close(tuple(expected["tau2_ci_qprofile"]))
    assert regress(y, v).log_likelihood == close(expected["logLik_REML"])


def test_fixed_effect_is_metafors(dataset):
    entry, y, v = dataset
    expected, found = entry["FE"], pool(y, v, "FE", "z")
    assert (found.estimate, found.se) == close((expected["est"], expected["se"]))
    assert (found.ci_low, found.ci_high) == close(tuple(expected["ci"]))
    assert (found.q, found.q_p) == close((expected["Q"], expected["Qp"]))
    assert found.tau2 == 0
    assert found.se_tau2 is found.pi_low is found.pi_high is None


def test_bracketing_finds_what_scoring_finds(dataset, monkeypatch):
    entry, y, v = dataset
    monkeypatch.setattr(tau2, "_MAX_STEPS", 0)
    assert pool(y, v).tau2 == close(entry["REML"]["tau2"])


def test_tau2_at_the_boundary_is_0_either_way(monkeypatch):
    y, v = [0.1, 0.12, 0.09, 0.11], [0.05, 0.04, 0.06, 0.05]
    assert pool(y, v).tau2 == 0
    monkeypatch.setattr(tau2, "_MAX_STEPS", 0)
    assert pool(y, v).tau2 == 0
    assert pool([0.3] * 4, v).tau2 == 0


def test_scoring_does_not_stay_on_a_top_that_is_lower_than_zero():
    # two precise estimates and three that are far apart and say little: metafor sets tau2 to 0
    y, v = [19.687, 0.606, -11.315, 26.917, 1.452], [74.3837, 0.2723, 46.0466, 80.2493, 0.3261]
    assert pool(y, v, "ML").tau2 == 0


def test_random_effects_without_heterogeneity_are_the_fixed_effect():
    y, v = [0.1, 0.12, 0.09, 0.11], [0.05, 0.04, 0.06, 0.05]
    random, fixed = pool(y, v, "REML", "z"), pool(y, v, "FE", "z")
    assert (random.estimate, random.se) == (fixed.estimate, fixed.se)
    assert random.i2 == fixed.i2 == 0


def test_identical_effects_have_no_heterogeneity_and_no_knapp_hartung_width():
    found = pool([0.0] * 5, [0.1, 0.2, 0.3, 0.1, 0.2])
    assert (found.estimate, found.tau2, found.q, found.i2) == (0, 0, 0, 0)
    assert (found.se, found.stat, found.p) == (0, 0, 1)
    shifted = pool([0.5] * 4, [0.25] * 4)
    assert (shifted.se, shifted.stat, shifted.p) == (0, math.inf, 0)


@pytest.mark.parametrize("method", ["REML", "ML", "DL", "PM", "FE"])
@pytest.mark.parametrize("test", ["knha", "z"])
def test_one_estimate_comes_back_as_it_is(method, test):
    found = pool([0.4], [0.04], method, test)
    assert (found.k, found.estimate, found.se, found.df) == (1, 0.4, 0.2, None)
    assert found.ci_low == pytest.approx(0.4 - 1.959964 * 0.2)
    assert (found.q, found.q_p, found.weights) == (0, 1, (1.0,))
    assert found.tau2 is found.se_tau2 is found.i2 is found.h2 is None
    assert found.pi_low is found.pi_high is None


def test_two_estimates_have_no_prediction_interval():
    found = pool([0.1, 0.9], [0.01, 0.02])
    assert found.df == 1
    assert found.pi_low is found.pi_high is None
    assert pool([0.1, 0.9, 0.4], [0.01, 0.02, 0.02]).pi_low is not None


def test_a_higher_level_is_wider():
    y, v = [0.1, 0.5, 0.3], [0.02, 0.03, 0.01]
    wide, narrow = pool(y, v, level=0.99), pool(y, v, level=0.9)
    assert wide.ci_low < narrow.ci_low < narrow.ci_high < wide.ci_high


def test_results_are_plain_and_frozen():
    found = pool([0.1, 0.5, 0.3], [0.02, 0.03, 0.01])
    assert sum(found.weights) == pytest.approx(1)
    assert {type(v) for v in dataclasses.asdict(found).values()} <= {str, float, int, tuple}
    with pytest.raises(dataclasses.FrozenInstanceError):
        found.k = 4  # type: ignore[misc]


def test_a_hundred_thousand_estimates_are_no_trouble():
    rng = np.random.default_rng(8)
    v = rng.uniform(0.01, 0.1, 100_000)
    found = pool(rng.normal(0.3, np.sqrt(v + 0.04)), v)
    assert found.tau2 == pytest.approx(0.04, rel=0.05)


@repeatable
@given(studies)
def test_pooled_lies_in_the_range_and_order_does_not_matter(study):
    y, v = study
    found, turned = pool(y, v), pool(y[::-1], v[::-1])
    assert y.min() - 1e-9 <= found.estimate <= y.max() + 1e-9
    assert found.tau2 >= 0
    assert turned.estimate == pytest.approx(found.estimate, abs=1e-6)
    assert turned.tau2 == pytest.approx(found.tau2, abs=1e-6)
    assert turned.weights[::-1] == pytest.approx(found.weights, abs=1e-6)


@repeatable
@given(studies, st.floats(0.1, 10), st.floats(-5, 5))
def test_pooling_follows_the_scale(study, factor, shift):
    y, v = study
    found, moved = pool(y, v), pool(y * factor + shift, v * factor**2)
    assert moved.estimate == pytest.approx(found.estimate * factor + shift, abs=1e-5)
    assert moved.tau2 == pytest.approx(found.tau2 * factor**2, rel=1e-5, abs=1e-6)


@repeatable
@given(studies, st.sampled_from(["REML", "ML"]))
def test_scoring_and_bracketing_end_at_one_maximum_or_at_equals(study, method):
    line, restricted = linear(*study), method == "REML"
    scored = tau2.likelihood_tau2(line, restricted)
    bracketed = tau2.bracketed(line, restricted)
    gain = tau2.log_likelihood(line, bracketed, restricted)
    gain -= tau2.log_likelihood(line, scored, restricted)
    assert gain >= -1e-9
    if scored > 1e-9:
        steep = abs(tau2.score(line, scored, restricted)[0])
        assert steep < 1e-6 * max(1, 1 / line.v.min() ** 2)


@repeatable
@given(studies)
def test_paule_mandel_makes_q_what_chance_would(study):
    y, v = study
    found = pool(y, v, "PM")
    w = 1 / (v + found.tau2)
    q = w @ (y - found.estimate) ** 2
    assert q == pytest.approx(len(y) - 1) if found.tau2 else q <= len(y) - 1


@repeatable
@given(studies, st.floats(0.5, 0.99))
def test_interval_of_tau2_holds_the_estimate_of_paule_and_mandel(study, level):
    y, v = study
    interval, found = profile_tau2(y, v, level=level), pool(y, v, "PM").tau2
    if interval is None:
        assert found == 0
    else:
        low, high = interval
        # k - 1 lies between the quantiles of chi-square
        assert 0 <= low <= found * (1 + 1e-9)
        assert found <= high * (1 + 1e-9)


@repeatable
@given(studies, st.integers(-300, 300), st.sampled_from(["REML", "ML", "DL", "PM", "FE"]))
def test_the_unit_of_measurement_changes_nothing(study, power, method):
    y, v = study
    found, other = pool(y, v, method), pool(y * 2.0**power, v * 4.0**power, method)
    assert other.estimate == found.estimate * 2.0**power
    assert other.tau2 == found.tau2 * 4.0**power
    assert (other.p, other.i2, other.q) == (found.p, found.i2, found.q)


@repeatable
@given(studies, st.sampled_from(["REML", "ML", "DL", "PM", "FE"]))
def test_a_large_shift_costs_no_more_than_its_own_digits(study, method):
    y, v = study
    y = np.round(y, 6)
    found, moved = pool(y, v, method, "z"), pool(y + 1e6, v, method, "z")
    assert moved.estimate - 1e6 == pytest.approx(found.estimate, abs=1e-6)
    assert moved.tau2 == pytest.approx(found.tau2, rel=1e-5, abs=1e-6)


@repeatable
@given(
    st.lists(st.tuples(st.floats(-1e3, 1e3), st.floats(-6, 6)), min_size=1, max_size=12),
    st.sampled_from(["REML", "ML", "DL", "PM", "FE"]),
    st.sampled_from(["knha", "z"]),
)
def test_nothing_is_ever_silently_not_a_number(pairs, method, test):
    y, v = np.array([y for y, _ in pairs]), np.array([10.0**e for _, e in pairs])
    found = dataclasses.asdict(pool(y, v, method, test))
    numbers = [x for x in found.values() if isinstance(x, float)]
    assert not any(math.isnan(x) for x in numbers)
    assert found["tau2"] is None or 0 <= found["tau2"] < math.inf
    assert found["i2"] is None or 0 <= found["i2"] <= 100
    interval = profile_tau2(y, v)
    assert interval is None or 0 <= interval[0] <= interval[1] < math.inf


@repeatable
@given(st.floats(-6, 6), st.floats(-6, 6), st.floats(0, 1e3))
def test_of_two_estimates_tau2_is_known_as_well_as_their_difference(one, other, apart):
    v = 10.0**one, 10.0**other
    found = pool([0.0, apart], v, "REML")
    wide = sum(v) + 2 * (found.tau2 or 0)
    assert found.tau2 == pytest.approx(max(0.0, (apart**2 - sum(v)) / 2), rel=1e-6, abs=1e-7 * wide)
    assert found.se_tau2 == pytest.approx(wide / math.sqrt(2), rel=1e-6)


@pytest.mark.parametrize("method", ["REML", "ML", "DL", "PM", "FE"])
def test_equal_estimates_have_no_tau2(method):
    found = pool([0.3] * 4, [0.1, 0.2, 0.3, 0.1], method)
    assert (found.tau2, found.se) == (0, pytest.approx(0, abs=1e-15))
    assert found.estimate == pytest.approx(0.3)
    assert profile_tau2([0.3] * 4, [0.1, 0.2, 0.3, 0.1]) is None


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        (([], []), "no estimates"),
        (([0.1, 0.2], [0.1]), "one length"),
        (([[0.1]], [[0.1]]), "one length"),
        (([math.nan], [0.1]), "missing or infinite"),
        (([0.1], [math.inf]), "missing or infinite"),
        (([0.1, 0.2], [0.1, 0.0]), "above 0"),
        (([0.1, 0.2], [0.1, -0.1]), "above 0"),
        (([0.1], [0.1], "SJ"), "unknown method"),
        (([0.1, 0.2], [1e-20, 1.0]), "too far apart"),
        (([1e200, 0.2], [0.1, 0.1]), "too large"),
        (([0.1], [0.1], "FE", "t"), "unknown method"),
        (([0.1], [0.1], "FE", "z", 95), "level"),
    ],
)
def test_refusals(arguments, match):
    with pytest.raises(ValueError, match=match):
        pool(*arguments)
