from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.synthesis.clusters import (
    Layout,
    average_size,
    clustered_smd,
    degrees_of_freedom,
    design_effect,
    gamma,
    icc_anova,
    icc_from_rows,
    inflation,
    layout,
    weighted_size,
)
from evalkit.synthesis.hedges import j_factor

from .frames import repeatable

BOTH = Layout(50, 50, 10, 10, 5.0)
ONE = Layout(60, 40, 12, None, 5.0)


def test_degrees_of_freedom_of_the_wwc_handbook():
    assert degrees_of_freedom(BOTH, 0.1) == pytest.approx(94.403, abs=5e-4)


@pytest.mark.parametrize("where", [BOTH, ONE])
def test_without_correlation_in_both_arms_clusters_change_nothing(where):
    assert gamma(where, 0) == 1
    assert degrees_of_freedom(where, 0) == pytest.approx(98)
    assert inflation(where, 0) == 1


def test_formulas_for_both_arms():
    assert gamma(BOTH, 0.2) == pytest.approx(1 - 2 * 4 * 0.2 / 98)
    assert inflation(BOTH, 0.2) == pytest.approx(1.8)
    effect = clustered_smd(0.5, 0.04, 3.0, BOTH, 0.2, None)
    h = degrees_of_freedom(BOTH, 0.2)
    assert effect.yi == pytest.approx(j_factor(h) * np.sqrt(gamma(BOTH, 0.2)) * 0.5)
    assert effect.vi == pytest.approx(0.04 * 1.8 + effect.yi**2 / (2 * h))
    assert (effect.df, effect.sd) == (h, 3.0)


def test_formulas_for_one_arm():
    assert gamma(ONE, 0.2) == pytest.approx(1 - (40 + 5 - 2) * 0.2 / 98)
    # the two arm means apart: (1 + (n-1)icc)/nT and, without clusters, (1 - icc)/nC
    apart = (1 + 4 * 0.2) / 60 + 0.8 / 40
    assert inflation(ONE, 0.2) * (1 / 60 + 1 / 40) == pytest.approx(apart)


@pytest.mark.parametrize("where", [BOTH, ONE])
def test_gamma_and_h_are_the_moments_of_the_pooled_variance(where):
    rng = np.random.default_rng(3)
    icc, size, samples = 0.3, 5, 20000
    variances = np.zeros(samples)
    for n, clusters in ((where.n_t, where.clusters_t), (where.n_c, where.clusters_c)):
        arm = rng.normal(0, np.sqrt(1 - icc), (samples, n))
        if clusters is not None:
            arm += np.repeat(rng.normal(0, np.sqrt(icc), (samples, clusters)), size, axis=1)
        variances += ((arm - arm.mean(axis=1, keepdims=True)) ** 2).sum(axis=1)
    variances /= where.n - 2
    assert variances.mean() == pytest.approx(gamma(where, icc), rel=0.01)
    h = 2 * variances.mean() ** 2 / variances.var()
    assert h == pytest.approx(degrees_of_freedom(where, icc), rel=0.03)


def test_residual_icc_inflates_and_posttest_icc_corrects_the_sd():
    plain = clustered_smd(0.5, 0.04, 1.0, BOTH, 0.2, None)
    adjusted = clustered_smd(0.5, 0.04, 1.0, BOTH, 0.2, 0.05)
    assert adjusted.yi == plain.yi
    assert plain.vi - adjusted.vi == pytest.approx(0.04 * 4 * 0.15)


def test_layout_tells_arms_with_clusters_from_arms_without():
    both = layout(np.array([10, 20]), np.array([15, 15, 15]))
    assert both is not None
    assert (both.n_t, both.n_c, both.clusters_t, both.clusters_c) == (30, 45, 2, 3)
    assert both.size == pytest.approx((45 * (500 / 30) + 30 * 15) / 75)
    one = layout(np.ones(8, dtype=int), np.array([4, 4]))
    assert one == Layout(8, 8, None, 2, 4.0)
    assert one is not None
    assert one.n_unclustered == 8
    assert layout(np.ones(8, dtype=int), np.ones(5, dtype=int)) is None
    single = layout(np.array([3, 3]), np.empty(0, dtype=int))
    assert single == Layout(6, 0, 2, None, 3.0)


def test_average_size_makes_the_design_effect_of_unequal_clusters_exact():
    sizes, icc = np.array([2, 5, 30]), 0.2
    # variance of the mean of units that share a cluster effect, times their number
    exact = ((sizes**2).sum() * icc + sizes.sum() * (1 - icc)) / sizes.sum()
    assert design_effect(weighted_size(sizes), icc) == pytest.approx(exact)
    assert average_size(sizes, np.empty(0, dtype=int)) == weighted_size(sizes)


def test_icc_of_a_small_table_by_hand():
    # clusters (1, 3), (5, 7) in one arm and (2, 4), (2, 4) in the other
    values = np.array([1, 3, 5, 7, 2, 4, 2, 4], dtype=float)
    clusters = np.repeat(np.arange(4), 2)
    treated = np.arange(8) < 4
    # MSB = 16/2, MSW = 8/4, n0 = 2
    assert icc_from_rows(values, clusters, treated) == pytest.approx((8 - 2) / (8 + 2))


def test_icc_recovers_what_was_put_in():
    rng = np.random.default_rng(5)
    sizes = rng.integers(5, 40, 400)
    clusters = np.repeat(np.arange(400), sizes)
    values = rng.normal(0, np.sqrt(0.2), 400)[clusters]
    values += rng.normal(0, np.sqrt(0.8), len(clusters))
    treated = clusters % 2 == 0
    assert icc_from_rows(values + 3 * treated, clusters, treated) == pytest.approx(0.2, abs=0.03)


def test_icc_is_cut_off_at_0_and_at_1():
    alternating = np.tile([0.0, 1.0], 6)
    clusters = np.repeat(np.arange(6), 2)
    treated = clusters < 3
    assert icc_from_rows(alternating, clusters, treated) == 0
    assert icc_from_rows(clusters.astype(float), clusters, treated) == pytest.approx(1)


def test_icc_leaves_out_an_arm_without_clusters():
    rng = np.random.default_rng(6)
    clusters = np.r_[np.repeat(np.arange(6), 5), np.arange(6, 30)]
    values = rng.normal(0, 1, 6)[np.minimum(clusters, 5)] + rng.normal(0, 1, len(clusters))
    treated = clusters < 6
    alone = icc_from_rows(values[treated], clusters[treated], treated[treated])
    assert icc_from_rows(values, clusters, treated) == pytest.approx(alone)


@pytest.mark.parametrize(
    ("clusters", "min_df"),
    [([0, 0, 0, 1, 1, 1], 1), ([0, 1, 2, 3, 4, 5], 1), ([0, 0, 1, 2, 2, 3], 3)],
)
def test_no_icc_from_too_few_clusters(clusters, min_df):
    treated = np.arange(6) < 3
    assert icc_from_rows(np.arange(6.0), np.array(clusters), treated, min_df) is None


def test_no_icc_when_nothing_varies():
    where = np.array([True, True, False, False])
    assert icc_anova(np.full(4, 3), np.full(4, 2.0), np.zeros(4), where) is None


@repeatable
@given(
    st.lists(st.integers(1, 40), min_size=1, max_size=12),
    st.lists(st.integers(1, 40), min_size=1, max_size=12),
    st.floats(0, 0.95),
)
def test_corrections_stay_in_range_for_any_sizes(sizes_t, sizes_c, icc):
    where = layout(np.array(sizes_t), np.array(sizes_c))
    if where is None or where.n < 4:
        return
    assert 0 < gamma(where, icc) <= 1
    assert 0 < degrees_of_freedom(where, icc) <= where.n - 2 + 1e-6


@pytest.mark.parametrize("icc", [-0.1, 1.1, float("nan")])
def test_an_icc_lies_between_0_and_1(icc):
    with pytest.raises(ValueError, match="between 0 and 1"):
        clustered_smd(0.5, 0.04, 1.0, BOTH, icc, None)
    with pytest.raises(ValueError, match="between 0 and 1"):
        clustered_smd(0.5, 0.04, 1.0, BOTH, 0.1, icc)
