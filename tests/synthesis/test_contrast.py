from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.synthesis.clusters import design_effect
from evalkit.synthesis.contrast import RULE, contrast_from_aggregates, contrast_from_rows
from evalkit.synthesis.estimate import FORMULAS, Estimate, NotEstimable
from evalkit.synthesis.hedges import smd
from evalkit.synthesis.prepost import dppc2, fit_adjusted, smcr
from evalkit.synthesis.ratio import rom

from .frames import DEFAULTS, aggregates, pretest, repeatable, rows

EMPTY = pd.DataFrame(columns=["unit", "cluster", "arm", "value"])
NO_SCHOOLS = pd.DataFrame(columns=["school", "arm", "n", "mean", "sd"])


def from_rows(post, pre=None, **options):
    return contrast_from_rows(post, pre, **DEFAULTS | options)


def from_aggregates(post, pre=None, **options):
    return contrast_from_aggregates(post, pre, **DEFAULTS | options)


def numbers(found):
    return {name: value for name, value in found._asdict().items() if name != "notes"}


def figures(frame):
    """Mean, SD and n of the intervention arm, then of the comparison arm."""
    out = []
    for arm in ("intervention", "comparison"):
        value = frame.loc[frame["arm"] == arm, "value"]
        out += [value.mean(), value.std(), len(value)]
    return out


@pytest.mark.parametrize(
    ("pre", "options", "metric", "formula"),
    [
        (False, {}, "SMD", "smd"),
        (False, {"clustered": True}, "SMD_CLUSTER", "smd_cluster_both"),
        (True, {}, "SMD_ADJUSTED", "smd_adjusted"),
        (True, {"clustered": True}, "SMD_ADJUSTED", "smd_adjusted_cluster_both"),
        (True, {"shared_scale": True}, "DPPC2", "dppc2"),
        (True, {"shared_scale": True, "clustered": True}, "DPPC2", "dppc2_cluster"),
        (False, {"ratio": True}, "ROM", "rom"),
        (True, {"ratio": True, "shared_scale": True}, "ROM", "rom"),
        (True, {"ratio": True, "clustered": True}, "ROM", "rom_cluster"),
    ],
)
def test_the_rule_picks_the_formula(pre, options, metric, formula):
    post = rows()
    found = from_rows(post, pretest(post) if pre else None, **options)
    assert isinstance(found, Estimate)
    assert (found.metric, found.formula) == (metric, formula)
    assert found.formula in FORMULAS
    assert metric in RULE
    assert found.vi > 0
    assert (found.clusters_t, found.icc_source) == (
        (6, "rows") if options.get("clustered") else (None, None)
    )


def test_without_pretest_it_is_hedges_g():
    post = rows()
    found, expected = from_rows(post), smd(*figures(post))
    assert (found.yi, found.vi, found.df, found.sd_pooled) == pytest.approx(
        (expected.yi, expected.vi, expected.df, expected.sd)
    )
    assert (found.n_t, found.n_c, found.icc, found.r) == (30, 30, None, None)
    assert found.post_mean_t == pytest.approx(figures(post)[0])
    assert found.pre_mean_t is None


def test_pretest_on_another_scale_adjusts():
    post = rows()
    pre = pretest(post)
    found = from_rows(post, pre)
    t = (post["arm"] == "intervention").to_numpy()
    x, y = pre["value"].to_numpy(), post["value"].to_numpy()
    fit = fit_adjusted(x[t], y[t], x[~t], y[~t])
    assert (found.r, found.r_source, found.r_squared) == (fit.r, "rows", fit.r_squared)
    assert found.sd_pooled == pytest.approx(smd(*figures(post)).sd)
    assert found.vi == pytest.approx(fit.v1 + found.yi**2 / (2 * 58))


def test_pretest_on_the_same_scale_compares_gains():
    post = rows()
    pre = pretest(post)
    found = from_rows(post, pre, shared_scale=True)
    m_t, _, n_t, m_c, _, n_c = figures(post)
    p_t, s_t, _, p_c, s_c, _ = figures(pre)
    expected = dppc2(m_t - p_t, s_t, n_t, m_c - p_c, s_c, n_c, found.r)
    assert (found.yi, found.vi) == pytest.approx((expected.yi, expected.vi))
    clustered = from_rows(post, pre, shared_scale=True, clustered=True)
    assert clustered.yi == found.yi
    assert clustered.vi == pytest.approx(found.vi * design_effect(5, clustered.icc_residual))


def test_clusters_widen_and_shrink():
    post = rows(clusters=5)
    plain, clustered = from_rows(post), from_rows(post, clustered=True)
    assert clustered.icc > 0
    assert abs(clustered.yi) < abs(plain.yi)
    assert clustered.vi > plain.vi
    assert clustered.df < plain.df


def test_ratio_inflates_each_arm():
    post = rows()
    found = from_rows(post, ratio=True, clustered=True, better="lower")
    factor = design_effect(5, found.icc)
    expected = rom(*figures(post), inflation_t=factor, inflation_c=factor)
    assert (found.yi, found.vi) == pytest.approx((-expected.yi, expected.vi))
    assert found.df is found.sd_pooled is None


def test_both_iccs_are_kept():
    post = rows()
    found = from_rows(post, pretest(post), clustered=True)
    assert found.icc is not None
    assert found.icc_residual is not None
    assert found.icc != found.icc_residual


def test_few_clusters_take_the_default_icc():
    post = rows(clusters=2)
    found = from_rows(post, pretest(post), clustered=True, default_icc=0.15)
    assert (found.icc, found.icc_residual, found.icc_source) == (0.15, 0.15, "default")
    assert from_rows(rows(clusters=3), clustered=True).icc_source == "rows"


def test_clusters_in_one_arm():
    post = rows()
    post.loc[post["arm"] == "comparison", "cluster"] = None
    found = from_rows(post, pretest(post), clustered=True)
    assert found.formula == "smd_adjusted_cluster_one"
    assert (found.clusters_t, found.clusters_c, found.icc_source) == (6, None, "rows")


def test_nobody_in_a_cluster_is_no_clustering():
    found = from_rows(rows().assign(cluster=None), clustered=True)
    assert (found.metric, found.icc, found.icc_source) == ("SMD", None, None)


def test_a_cluster_with_both_arms_counts_in_each():
    found = from_rows(rows().assign(cluster="one school"), clustered=True)
    assert (found.clusters_t, found.clusters_c, found.icc_source) == (1, 1, "default")


def test_a_single_group_is_estimable_only_on_a_shared_scale():
    post = rows(arms=("intervention",))
    pre = pretest(post)
    assert from_rows(post) == NotEstimable("single_group")
    assert from_rows(post, pre) == NotEstimable("single_group")
    found = from_rows(post, pre, shared_scale=True, ratio=True)
    expected = smcr(pre["value"].mean(), pre["value"].std(), post["value"].mean(), 30, found.r)
    assert (found.yi, found.vi) == pytest.approx((expected.yi, expected.vi))
    assert (found.metric, found.n_t, found.n_c, found.post_mean_c) == ("SMCR", 30, 0, None)
    clustered = from_rows(post, pre, shared_scale=True, clustered=True)
    assert clustered.formula == "smcr_cluster"
    assert clustered.vi == pytest.approx(found.vi * design_effect(5, clustered.icc_residual))


@pytest.mark.parametrize(
    ("post", "options", "reason"),
    [
        (EMPTY, {}, "no_post"),
        (rows().assign(value=np.nan), {}, "no_post"),
        (rows(arms=("comparison",)), {}, "no_intervention"),
        (rows(per_arm=1, clusters=1), {}, "too_few"),
        (rows().assign(value=3.1), {}, "no_variance"),
        (rows().assign(value=3.1), {"ratio": True}, "no_variance"),
        (rows().assign(value=lambda f: f["value"] - 30), {"ratio": True}, "nonpositive_mean"),
    ],
)
def test_reasons_for_no_estimate(post, options, reason):
    assert from_rows(post, **options) == NotEstimable(reason)
    assert from_rows(post, EMPTY, **options) == NotEstimable(reason)


def test_reasons_that_depend_on_the_pretest():
    post = rows()
    assert from_rows(post, post) == NotEstimable("no_variance")
    alone = rows(arms=("intervention",))
    flat = alone.assign(value=2.0)
    assert from_rows(alone, flat, shared_scale=True) == NotEstimable("no_variance")
    two = alone.head(2)
    assert from_rows(two, pretest(two), shared_scale=True) == NotEstimable("too_few")


def test_clusters_that_leave_no_degrees_of_freedom():
    # one large school an arm, and every school of one mind
    school = np.r_[np.zeros(40), np.repeat([1, 2, 3], 2)]
    arms = [
        pd.DataFrame({"arm": arm, "cluster": school + shift, "value": school * 2 + shift})
        for arm, shift in (("intervention", 10), ("comparison", 20))
    ]
    post = pd.concat(arms, ignore_index=True).assign(unit=range(92))
    assert from_rows(post, clustered=True) == NotEstimable("too_few_clusters")
    pre = pretest(post)
    assert from_rows(post, pre, clustered=True) == NotEstimable("too_few_clusters")
    assert from_rows(post, pre.assign(unit=None), clustered=True) == NotEstimable(
        "too_few_clusters"
    )
    assert isinstance(from_rows(post), Estimate)


def test_a_pretest_that_says_nothing_is_set_aside():
    post = rows()
    bare = from_rows(post)
    assert from_rows(post, EMPTY) == bare
    assert from_rows(post, post.assign(value=7.0)) == bare
    assert from_rows(post, post.assign(value=7.0), shared_scale=True) == bare
    assert from_rows(post, post[post["arm"] == "intervention"]) == bare


def test_units_without_pretest_are_left_out_when_most_have_one():
    post = rows()
    pre = pretest(post)
    found = from_rows(post, pre.drop(index=range(10)))
    assert (found.n_t, found.n_c) == (20, 30)
    assert found == from_rows(post.drop(index=range(10)), pre)


@pytest.mark.parametrize("shared_scale", [False, True])
def test_waves_that_cannot_be_matched_are_compared_as_they_are(shared_scale):
    post = rows()
    pre = pretest(post)
    unknown = from_rows(post, pre.assign(unit=None), shared_scale=shared_scale)
    few = from_rows(
        post, pre.assign(unit=pre["unit"].where(pre.index % 3 == 0)), shared_scale=shared_scale
    )
    assert unknown == few
    assert (unknown.r, unknown.r_source, unknown.icc_residual) == (0.5, "default", None)
    assert unknown.formula == ("dppc2" if shared_scale else "smd_did")


def test_standardised_differences_are_subtracted():
    post = rows()
    pre = pretest(post)
    found = from_rows(post, pre.assign(unit=None), default_r=0.6)
    assert found.yi == pytest.approx(smd(*figures(post)).yi - smd(*figures(pre)).yi)
    assert found.vi == pytest.approx(2 * 0.4 * (2 / 30) + found.yi**2 / (2 * 58))
    clustered = from_rows(post, pre.assign(unit=None), default_r=0.6, clustered=True)
    assert clustered.formula == "smd_did_cluster_both"
    assert clustered.vi > found.vi


def test_missing_values_never_stop_an_estimate():
    post = rows()
    holes = post.copy()
    holes.loc[[0, 31], "value"] = np.nan
    holes.loc[2, "arm"] = None
    found = from_rows(holes, clustered=True)
    assert found == from_rows(post.drop(index=[0, 2, 31]), clustered=True)
    assert (found.n_t, found.n_c) == (28, 29)


def test_dtypes_do_not_matter():
    post = rows()
    pre = pretest(post)
    expected = from_rows(post, pre, clustered=True)
    assert from_rows(post.convert_dtypes(), pre.convert_dtypes(), clustered=True) == expected
    kinds = {"unit": "category", "cluster": "category", "arm": "category"}
    assert from_rows(post.astype(kinds), pre.astype(kinds), clustered=True) == expected


@repeatable
@given(st.randoms(use_true_random=False))
def test_order_of_rows_does_not_matter(random):
    post = rows(per_arm=12, clusters=4)
    order = list(range(len(post)))
    random.shuffle(order)
    found = from_rows(post.iloc[order], pretest(post), clustered=True)
    expected = from_rows(post, pretest(post), clustered=True)
    assert (found.yi, found.vi) == pytest.approx((expected.yi, expected.vi))


@pytest.mark.parametrize("arms", [("intervention", "comparison"), ("intervention",)])
@pytest.mark.parametrize("options", [{}, {"ratio": True}, {"clustered": True}])
@pytest.mark.parametrize("shared_scale", [False, True])
def test_lower_is_better_turns_only_the_sign(arms, options, shared_scale):
    post = rows(arms=arms)
    options = {**options, "shared_scale": shared_scale}
    higher = from_rows(post, pretest(post), **options)
    lower = from_rows(post, pretest(post), better="lower", **options)
    if isinstance(higher, NotEstimable):
        assert lower == higher == NotEstimable("single_group")
        return
    assert lower == higher._replace(yi=-higher.yi)


@pytest.mark.parametrize(
    ("change", "options", "match"),
    [
        ({"arm": "control"}, {}, "arm must be"),
        ({"value": math.inf}, {}, "infinite"),
        ({"unit": "same"}, {}, "more than once"),
        ({}, {"better": "up"}, "better"),
        ({}, {"default_icc": 1.0}, "default_icc"),
        ({}, {"default_r": 1.5}, "default_r"),
    ],
)
def test_rows_that_cannot_be(change, options, match):
    with pytest.raises(ValueError, match=match):
        from_rows(rows().assign(**change), **options)


@pytest.mark.parametrize("clustered", [False, True])
@pytest.mark.parametrize("ratio", [False, True])
def test_aggregates_give_what_their_rows_give(clustered, ratio):
    post = rows(per_arm=50, clusters=7)
    by_school = from_aggregates(aggregates(post), clustered=clustered, ratio=ratio)
    by_unit = from_rows(post, clustered=clustered, ratio=ratio)
    assert numbers(by_school) == pytest.approx(numbers(by_unit))


def test_aggregates_with_a_pretest():
    post = rows(per_arm=50, clusters=7)
    pre = pretest(post)
    schools = aggregates(post), aggregates(pre)
    did = from_aggregates(*schools, clustered=True)
    assert numbers(did) == pytest.approx(
        numbers(from_rows(post, pre.assign(unit=None), clustered=True))
    )
    gains = from_aggregates(*schools, shared_scale=True, default_r=0.7)
    assert (gains.metric, gains.r, gains.r_source) == ("DPPC2", 0.7, "default")
    assert gains.yi == pytest.approx(from_rows(post, pre, shared_scale=True).yi)


def test_aggregates_are_compared_over_schools_with_both_waves():
    post = rows(per_arm=50, clusters=5)
    schools, before = aggregates(post), aggregates(pretest(post))
    some = schools["school"].str.endswith(("0", "1", "2"))
    found = from_aggregates(schools, before[some])
    assert found == from_aggregates(schools[some], before[some])
    assert (found.n_t, found.n_c) == (30, 30)
    few = schools["school"].str.endswith(("0", "1"))
    assert from_aggregates(schools, before[few]) == from_aggregates(schools)
    assert from_aggregates(schools, before.assign(school=None)) == from_aggregates(schools)


def test_single_group_from_aggregates():
    post = rows(arms=("intervention",))
    found = from_aggregates(aggregates(post), aggregates(pretest(post)), shared_scale=True)
    assert (found.metric, found.r_source, found.n_c) == ("SMCR", "default", 0)


def test_rows_of_one_school_are_brought_together():
    post = rows(per_arm=60, clusters=3)
    groups = post.assign(cluster=post["cluster"] + (post.index % 2).astype(str))
    apart = aggregates(groups)
    apart["school"] = apart["school"].str[:-1]
    found, whole = (from_aggregates(f, clustered=True) for f in (apart, aggregates(post)))
    assert numbers(found) == pytest.approx(numbers(whole))


def test_a_missing_sd_is_taken_from_the_other_schools():
    schools = aggregates(rows(per_arm=60, clusters=6))
    holes = schools.assign(sd=schools["sd"].where(schools.index != 3))
    found, whole = (from_aggregates(f, clustered=True) for f in (holes, schools))
    assert found.yi == pytest.approx(whole.yi, rel=0.2)
    assert (found.n_t, found.icc_source) == (whole.n_t, "rows")
    assert from_aggregates(schools.assign(sd=np.nan)) == NotEstimable("no_sd")
    assert from_aggregates(schools.assign(sd=np.nan), ratio=True) == NotEstimable("no_sd")
    before = aggregates(pretest(rows(per_arm=60, clusters=6)))
    gains = from_aggregates(schools.assign(sd=np.nan), before, shared_scale=True)
    assert (gains.metric, gains.post_sd_t) == ("DPPC2", None)
    assert from_aggregates(schools, before.assign(sd=np.nan)) == from_aggregates(schools)


def test_missing_aggregates_never_stop_an_estimate():
    schools = aggregates(rows(per_arm=60, clusters=6))
    holes = schools.copy()
    holes.loc[0, "mean"] = np.nan
    holes.loc[1, "n"] = 0
    assert from_aggregates(holes) == from_aggregates(schools.drop(index=[0, 1]))
    assert from_aggregates(NO_SCHOOLS) == NotEstimable("no_post")
    assert from_aggregates(schools, NO_SCHOOLS) == from_aggregates(schools)
    assert from_aggregates(holes.convert_dtypes()) == from_aggregates(holes)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"arm": "control"}, "arm must be"),
        ({"n": 2.5}, "whole"),
        ({"n": -1}, "whole"),
        ({"sd": -1.0}, "standard deviation"),
        ({"mean": math.inf}, "infinite"),
    ],
)
def test_aggregates_that_cannot_be(change, match):
    with pytest.raises(ValueError, match=match):
        from_aggregates(aggregates(rows()).assign(**change))


def test_formulas_are_registered_with_their_source():
    assert all(key == formula.key for key, formula in FORMULAS.items())
    assert all(formula.citation and formula.text for formula in FORMULAS.values())
