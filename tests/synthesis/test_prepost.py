from __future__ import annotations

import numpy as np
import pytest

from evalkit.synthesis.hedges import j_factor
from evalkit.synthesis.prepost import (
    adjusted_smd,
    did_v1,
    dppc2,
    fit_adjusted,
    pooled_correlation,
    smcr,
    v1_from_r_squared,
)


def sample(n_t=12, n_c=15, seed=4):
    rng = np.random.default_rng(seed)
    pre_t, pre_c = rng.normal(0.3, 1, n_t), rng.normal(0, 1, n_c)
    post_t = 0.7 * pre_t + rng.normal(0.5, 0.7, n_t)
    return pre_t, post_t, pre_c, 0.7 * pre_c + rng.normal(0, 0.7, n_c)


def test_dppc2_is_metafors(effect_sizes, morris):
    expected = effect_sizes["morris2008_dppc2_metafor"]
    # one r for both arms is what metafor's example has
    assert (morris["ri_T"] == morris["ri_C"]).all()
    found = [
        dppc2(
            r.m_post_T - r.m_pre_T,
            r.sd_pre_T,
            r.ni_T,
            r.m_post_C - r.m_pre_C,
            r.sd_pre_C,
            r.ni_C,
            r.ri_T,
        )
        for r in morris.itertuples()
    ]
    assert [e.yi for e in found] == pytest.approx(expected["yi"], abs=1e-10)
    assert [e.vi for e in found] == pytest.approx(expected["vi"], abs=1e-10)
    assert [e.sd for e in found] == pytest.approx(expected["sd_pool"], abs=1e-10)


@pytest.mark.parametrize("arm", ["T", "C"])
def test_smcr_is_metafors(effect_sizes, morris, arm):
    expected = effect_sizes[f"morris2008_SMCR_{arm}"]
    names = [f"{name}_{arm}" for name in ("m_pre", "sd_pre", "m_post", "ni", "ri")]
    found = [
        smcr(pre, sd, post, int(n), r)
        for pre, sd, post, n, r in morris[names].itertuples(index=False)
    ]
    assert [e.yi for e in found] == pytest.approx(expected["yi"], abs=1e-10)
    assert [e.vi for e in found] == pytest.approx(expected["vi"], abs=1e-10)


def test_adjusted_fit_is_the_least_squares_regression():
    pre_t, post_t, pre_c, post_c = sample()
    n = len(pre_t) + len(pre_c)
    arm = np.r_[np.ones(len(pre_t)), np.zeros(len(pre_c))]
    design = np.column_stack([np.ones(n), arm, np.r_[pre_t, pre_c]])
    y = np.r_[post_t, post_c]
    coefficients, rss, *_ = np.linalg.lstsq(design, y)
    se2 = rss[0] / (n - 3) * np.linalg.inv(design.T @ design)[1, 1]

    fit = fit_adjusted(pre_t, post_t, pre_c, post_c)

    assert (fit.b, fit.slope) == pytest.approx((coefficients[1], coefficients[2]))
    assert fit.v1 == pytest.approx(se2 / fit.sd_pooled**2)
    ss_within = (len(pre_t) - 1) * post_t.var(ddof=1) + (len(pre_c) - 1) * post_c.var(ddof=1)
    assert fit.sd_pooled == pytest.approx(np.sqrt(ss_within / (n - 2)))
    assert fit.r_squared == pytest.approx(1 - rss[0] / ss_within)


def test_v1_of_the_fit_nears_the_short_form_in_a_large_balanced_sample():
    pre_t, post_t, pre_c, post_c = sample(4000, 4000)
    fit = fit_adjusted(pre_t - pre_t.mean(), post_t, pre_c - pre_c.mean(), post_c)
    assert fit.v1 == pytest.approx(v1_from_r_squared(fit.r_squared, 4000, 4000), rel=1e-3)


def test_adjusted_smd_has_the_exact_correction_and_n_minus_2_df():
    effect = adjusted_smd(1.5, 3.0, 0.04, 20, 22)
    assert effect.yi == pytest.approx(j_factor(40) * 0.5)
    assert effect.vi == pytest.approx(0.04 + effect.yi**2 / 80)
    assert (effect.df, effect.sd) == (40, 3.0)


@pytest.mark.parametrize(("n", "gap"), [(8, 0.0), (20, 0.25)])
def test_standard_error_of_the_adjusted_g_is_that_of_repeated_samples(n, gap):
    rng = np.random.default_rng(11)
    found = []
    for _ in range(3000):
        pre = rng.normal(0, 1, (2, n)) + np.array([[gap], [0.0]])
        post = 0.7 * pre + rng.normal(0, np.sqrt(0.51), (2, n)) + np.array([[0.3], [0.0]])
        fit = fit_adjusted(pre[0], post[0], pre[1], post[1])
        found.append(adjusted_smd(fit.b, fit.sd_pooled, fit.v1, n, n))
    ratio = np.mean([np.sqrt(e.vi) for e in found]) / np.std([e.yi for e in found], ddof=1)
    assert ratio == pytest.approx(1, abs=0.04)
    assert np.mean([e.yi for e in found]) == pytest.approx(0.3, abs=0.03)


def test_pooled_correlation_does_not_see_a_difference_between_arms():
    pre_t, post_t, pre_c, post_c = sample()
    r = pooled_correlation(pre_t, post_t, pre_c, post_c)
    assert pooled_correlation(pre_t + 9, post_t - 7, pre_c, post_c) == pytest.approx(r)
    assert pooled_correlation(pre_t, post_t, np.empty(0), np.empty(0)) == pytest.approx(
        np.corrcoef(pre_t, post_t)[0, 1]
    )


def test_did_v1():
    assert did_v1(0.5, 10, 20) == pytest.approx(0.15)


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: smcr(1, 1, 2, 2, 0.5), "3 units"),
        (lambda: smcr(1, 0, 2, 9, 0.5), "zero"),
        (lambda: smcr(1, 1, 2, 9, 1.5), "correlation"),
        (lambda: dppc2(1, 0, 9, 0, 0, 9, 0.5), "zero"),
        (lambda: dppc2(1, 1, 9, 0, 1, 9, -2), "correlation"),
        (lambda: adjusted_smd(1, 0, 0.1, 9, 9), "above 0"),
        (lambda: did_v1(0.5, 0, 9), "1 unit"),
        (lambda: v1_from_r_squared(1.2, 9, 9), "R\\^2"),
        (lambda: fit_adjusted(*sample(1, 9)), "2 units"),
        (lambda: pooled_correlation(np.ones(4), np.arange(4.0), np.ones(4), np.ones(4)), "varia"),
    ],
)
def test_refusals(call, match):
    with pytest.raises(ValueError, match=match):
        call()
