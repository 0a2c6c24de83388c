from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.synthesis.pooling import (
    cumulative,
    egger,
    influence,
    pool,
    pool_levels,
    trim_and_fill,
    without_clusters,
)
from tests.synthesis.frames import repeatable


@pytest.fixture(scope="module")
def writing(reference_folder):
    table = pd.read_csv(reference_folder / "data" / "dat.bangertdrowns2004.csv")
    return table["yi"].to_numpy(float), table["vi"].to_numpy(float)


def test_egger_is_metafors(reference, writing):
    expected, found = reference["models"]["egger_bangertdrowns"], egger(*writing)
    assert (found.stat, found.p) == pytest.approx((expected["stat"], expected["p"]), rel=1e-8)
    assert found.df == expected["df"]


def test_trim_and_fill_is_metafors(reference, writing):
    expected = reference["models"]["trimfill_bangertdrowns_REML"]
    found = trim_and_fill(*writing, "REML", "z")
    assert (found.missing, found.side) == (expected["k0"], expected["side"])
    assert found.filled.k == 55
    # trimfill() fits with metafor's default threshold, which leaves tau2 at 2e-6 of its top;
    # test_with_r.py asks R for the same with a tight one
    assert found.filled.estimate == pytest.approx(expected["est"], abs=1e-6)
    assert found.filled.se == pytest.approx(expected["se"], abs=1e-6)
    assert found.filled.tau2 == pytest.approx(expected["tau2"], abs=1e-5)


def test_every_check_of_the_reference_is_tested(reference):
    others = {n for n in reference["models"] if n.startswith(("egger", "trimfill"))}
    assert others == {"egger_bangertdrowns", "trimfill_bangertdrowns_REML"}


studies = st.lists(
    st.tuples(st.floats(-2, 2).map(lambda y: round(y, 3)), st.floats(0.01, 1)),
    min_size=4,
    max_size=12,
    unique_by=lambda pair: pair[0],
).map(lambda pairs: (np.array([y for y, _ in pairs]), np.array([v for _, v in pairs])))


@repeatable
@given(studies)
def test_turning_the_sign_turns_the_side(study):
    y, v = study
    if np.ptp(v) < 1e-3:
        v = v * np.linspace(1, 2, len(v))
    slope, turned = egger(y, v), egger(-y, v)
    assert turned.estimate == pytest.approx(-slope.estimate, abs=1e-8)
    try:
        one, two = trim_and_fill(y, v, "DL", "z"), trim_and_fill(-y, v, "DL", "z")
    except ValueError:  # it goes to and fro
        return
    if abs(slope.estimate) > 1e-6:
        assert (one.missing, one.side) == (two.missing, {"left": "right"}.get(two.side, "left"))
        assert two.filled.estimate == pytest.approx(-one.filled.estimate, abs=1e-8)


def test_a_symmetric_funnel_misses_nothing():
    y, v = [-0.26, -0.12, -0.01, 0.125, 0.24], [0.09, 0.04, 0.01, 0.04, 0.09]
    found = trim_and_fill(y, v, "FE", "z")
    assert found.missing == 0
    assert found.filled.estimate == pytest.approx(pool(y, v, "FE").estimate)


def test_equal_precision_tells_nothing_of_small_studies():
    for check in (egger, trim_and_fill):
        with pytest.raises(ValueError, match="follows"):
            check([0.1, 0.2, 0.3, 0.4], [0.1] * 4)


@repeatable
@given(studies, st.sampled_from(["REML", "DL", "FE"]), st.sampled_from(["knha", "z"]))
def test_each_left_out_is_the_pool_of_the_others(study, method, test):
    y, v = study
    found = influence(y, v, method, test)
    assert len(found) == len(y)
    assert sum(one.hat for one in found) == pytest.approx(1)
    others = pool(y[1:], v[1:], method, test)
    assert found[0].without == others


def test_an_outlier_is_influential():
    y, v = [0.1, 0.12, 0.11, 0.13, 0.1, 0.9], [0.02] * 6
    found = influence(y, v, "FE", "z")
    assert [one.influential for one in found] == [False] * 5 + [True]
    assert found[-1].rstudent > 5


def test_without_spread_what_would_divide_by_nothing_is_none():
    found = influence([0.2] * 4, [0.1, 0.2, 0.1, 0.2])
    assert all(one.without.estimate == pytest.approx(0.2) for one in found)
    for one in found:
        for value in (one.rstudent, one.dffits, one.cook, one.cov_ratio, one.dfbetas):
            assert value is None or np.isfinite(value)


def test_cumulative_ends_with_all_and_takes_a_year_together():
    y, v = [0.5, 0.1, 0.3, 0.2], [0.04, 0.02, 0.03, 0.05]
    found = cumulative(y, v, [2003, 2001, 2003, 2002])
    assert [(one.year, one.pooled.k) for one in found] == [(2001, 1), (2002, 2), (2003, 4)]
    assert found[0].pooled.estimate == 0.1
    assert found[-1].pooled.estimate == pytest.approx(pool(y, v).estimate)
    with pytest.raises(ValueError, match="year"):
        cumulative(y, v, [2003, 2001, 2003, float("nan")])


def test_each_cluster_left_out_is_the_model_of_the_others(reference_folder):
    table = pd.read_csv(reference_folder / "data" / "dat.assink2016.csv")
    found = without_clusters(table["yi"], table["vi"], table["study"].tolist())
    assert [one.cluster for one in found] == sorted(set(table["study"]))
    rest = table[table["study"] != 1]
    again = pool_levels(rest["yi"], rest["vi"], rest["study"].tolist())
    assert (found[0].k, found[0].sigma2) == (len(rest), again.sigma2)
    assert found[0].se == again.robust[0].se


def test_leaving_out_what_the_rest_needs_is_passed_over():
    found = without_clusters([0.1, 0.4, 0.2, 0.5], [0.1] * 4, ["a", "a", "b", "c"])
    assert [one.cluster for one in found] == ["b", "c"]


def test_leaving_one_out_needs_three():
    with pytest.raises(ValueError, match="three"):
        influence([0.1, 0.2], [0.1, 0.1])
