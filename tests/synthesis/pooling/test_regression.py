from __future__ import annotations

import dataclasses
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.synthesis.pooling import follows, pool, profile_tau2, regress
from evalkit.synthesis.pooling.moderators import factor, model_matrix, number
from tests.synthesis.frames import repeatable

WRITING = ("length", "wic", "feedback", "info", "pers", "imag", "meta")
MODELS = {
    "bangertdrowns2004_length_wic_feedback_info_pers_imag_meta_REML": WRITING,
    "bangertdrowns2004_gradefactor_REML": ("factor(grade)",),
    "bcg_RR_ablat_year_REML": ("ablat", "year"),
}


def close(expected):
    return pytest.approx(expected, abs=1e-8, rel=1e-9)


def moderator(table, name):
    if name.startswith("factor("):
        labels = table[name[7:-1]].astype(str).tolist()
        return factor(name, labels, sorted(set(labels)))
    return number(name, table[name])


@pytest.mark.parametrize("test", ["z", "knha"])
@pytest.mark.parametrize("model", MODELS)
def test_meta_regression_is_metafors(reference, reference_folder, model, test):
    expected = reference["models"][f"{model}_{test}"]
    file = "dat.bcg_RR" if model.startswith("bcg") else "dat.bangertdrowns2004"
    table = pd.read_csv(reference_folder / "data" / f"{file}.csv")
    plain = [name.removeprefix("factor(").removesuffix(")") for name in MODELS[model]]
    table = table.dropna(subset=["yi", "vi", *plain])
    x, terms = model_matrix(len(table), [moderator(table, name) for name in MODELS[model]])
    found = regress(table["yi"], table["vi"], x, terms, "REML", test)
    assert found.k == expected["k"]
    assert list(terms) == expected["names"]
    assert found.tau2 == close(expected["tau2"])
    assert found.r2 == close(expected["R2"])
    assert found.i2 == close(expected["I2"])
    assert (found.q, found.q_df) == close((expected["QE"], expected["QEdf"]))
    assert found.moderators.stat == close(expected["QM"])
    assert [found.moderators.df, found.moderators.df2] == expected["QMdf"]
    assert found.moderators.p == close(expected["QMp"])
    columns = {"estimate": "b", "ci_low": "ci_lb", "ci_high": "ci_ub"}
    for ours in ("estimate", "se", "stat", "p", "ci_low", "ci_high"):
        values = [getattr(one, ours) for one in found.coefficients]
        assert values == close(expected[columns.get(ours, ours)]), ours


def test_every_regression_of_the_reference_is_tested(reference):
    tested = {f"{model}_{test}" for model in MODELS for test in ("z", "knha")}
    others = {name for name in reference["models"] if name.endswith(("_z", "_knha"))}
    assert others == tested


@st.composite
def problems(draw):
    k = draw(st.integers(5, 15))
    values = st.lists(st.floats(-2, 2).map(lambda x: round(x, 4)), min_size=k, max_size=k)
    y, m = np.array(draw(values)), np.array(draw(values))
    v = np.array(draw(st.lists(st.floats(0.01, 1), min_size=k, max_size=k)))
    m[0], m[1] = 3.0, -3.0  # it differs
    return y, v, m


@repeatable
@given(problems(), st.sampled_from(["REML", "ML", "DL", "PM", "FE"]))
def test_without_moderators_it_is_the_pool(problem, method):
    y, v, _ = problem
    found, pooled = regress(y, v, None, method=method), pool(y, v, method)
    one = found.coefficients[0]
    assert (one.estimate, one.se, one.p) == (pooled.estimate, pooled.se, pooled.p)
    assert (found.tau2, found.i2, found.q) == (pooled.tau2, pooled.i2, pooled.q)
    assert found.r2 is found.moderators is None


@repeatable
@given(problems(), st.floats(0.01, 100), st.floats(-1e4, 1e4))
def test_the_unit_of_a_moderator_changes_its_coefficient_alone(problem, factor, shift):
    y, v, m = problem
    ones = np.ones(len(y))
    terms = ("intrcpt", "m")
    found = regress(y, v, np.column_stack([ones, m]), terms, "DL")
    other = regress(y, v, np.column_stack([ones, m * factor + shift]), terms, "DL")
    assert other.tau2 == pytest.approx(found.tau2, rel=1e-6, abs=1e-9)
    slope, moved = found.coefficients[1], other.coefficients[1]
    assert moved.estimate * factor == pytest.approx(slope.estimate, rel=1e-5, abs=1e-8)
    assert moved.p == pytest.approx(slope.p, rel=1e-4, abs=1e-8)


@repeatable
@given(problems(), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(problem, random):
    y, v, m = problem
    x = np.column_stack([np.ones(len(y)), m])
    order = list(range(len(y)))
    random.shuffle(order)
    terms = ("intrcpt", "m")
    found, other = regress(y, v, x, terms), regress(y[order], v[order], x[order], terms)
    for one, two in zip(found.coefficients, other.coefficients, strict=True):
        assert two.estimate == pytest.approx(one.estimate, abs=1e-6)
        assert two.se == pytest.approx(one.se, abs=1e-6)


def test_a_line_through_all_points_leaves_nothing():
    m = np.array([1.0, 2.0, 3.0, 4.0, 6.0])
    found = regress(1 + 2 * m, [0.1, 0.2, 0.1, 0.3, 0.1], np.column_stack([np.ones(5), m]), "ab")
    assert [one.estimate for one in found.coefficients] == pytest.approx([1, 2])
    assert (found.tau2, found.q) == (0, pytest.approx(0, abs=1e-20))
    assert found.r2 == pytest.approx(100)
    assert profile_tau2(1 + 2 * m, [0.1] * 5, np.column_stack([np.ones(5), m])) is None
    plain = [v for v in dataclasses.asdict(found).values() if isinstance(v, float)]
    assert not any(math.isnan(value) for value in plain)


def test_columns_that_follow_from_others_are_named():
    m = np.array([1.0, 2.0, 4.0, 3.0])
    x = np.column_stack([np.ones(4), m, 3 - 2 * m, np.full(4, 7.0), m**2, np.zeros(4)])
    assert follows(x) == [2, 3, 5]
    years = np.array([2001.0, 2002.0, 2003.0, 2005.0])
    assert follows(np.column_stack([np.ones(4), years])) == []


@pytest.mark.parametrize(
    ("x", "match"),
    [
        (np.ones((3, 2)), "rows"),
        (np.ones((4, 2)), "follows"),
        (np.ones((4, 4)), "more than 4"),
        (np.array([[1, math.nan], [1, 2], [1, 3], [1, 1]]), "missing"),
    ],
)
def test_refusals(x, match):
    with pytest.raises(ValueError, match=match):
        regress([0.1, 0.2, 0.3, 0.4], [0.1] * 4, x, "abcd"[: x.shape[1]])
