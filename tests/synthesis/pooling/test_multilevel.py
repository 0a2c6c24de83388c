from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.synthesis.pooling import lowest_rho, pool, pool_levels
from evalkit.synthesis.pooling.blocks import Covariance, blocks
from evalkit.synthesis.pooling.moderators import factor, model_matrix
from tests.synthesis.frames import repeatable

from . import dense

MODELS = {
    "assink2016_3level_REML": {},
    "assink2016_3level_deltype_REML": {"deltype": True},
    "assink2016_CHE_rho0.6_REML": {"rho": 0.6},
}


def close(expected):
    # metafor's own optimiser leaves sigma2 at 8e-7 of the top of the likelihood
    return pytest.approx(expected, rel=1e-6)


@pytest.fixture(scope="module")
def assink(reference_folder):
    return pd.read_csv(reference_folder / "data" / "dat.assink2016.csv")


def fit(table, deltype=False, correction="CR2", **options):
    labels = table["deltype"].tolist()
    moderators = [factor("deltype", labels, sorted(set(labels)))] if deltype else []
    x, terms = model_matrix(len(table), moderators)
    columns = (table[name].tolist() for name in ("yi", "vi", "study", "esid"))
    return pool_levels(*columns, x=x, terms=terms, correction=correction, **options)


@pytest.mark.parametrize("model", MODELS)
def test_three_levels_are_metafors(reference, assink, model):
    expected, found = reference["models"][model], fit(assink, **MODELS[model])
    assert found.k == expected["k"]
    assert list(found.levels) == expected["nlevels"]
    assert found.sigma2 == close(tuple(expected["sigma2"]))
    assert found.log_likelihood == pytest.approx(expected["logLik"], rel=1e-10)
    assert found.q == close(expected["QE"])
    interval = None if expected["pi"] is None else close(expected["pi"])
    assert (None if found.pi_low is None else [found.pi_low, found.pi_high]) == interval
    names = expected["names"]
    assert [one.term for one in found.coefficients] == (names if len(names) == 3 else [names])
    columns = {"estimate": "b", "ci_low": "ci_lb", "ci_high": "ci_ub"}
    for ours in ("estimate", "se", "stat", "p", "ci_low", "ci_high"):
        values = [getattr(one, ours) for one in found.coefficients]
        assert values == close(np.atleast_1d(expected[columns.get(ours, ours)]).tolist()), ours


@pytest.mark.parametrize("correction", ["CR0", "CR1", "CR2"])
@pytest.mark.parametrize("model", MODELS)
def test_robust_errors_are_club_sandwichs(reference, assink, model, correction):
    expected = reference["models"][model]["robust"][correction]
    found = fit(assink, correction=correction, **MODELS[model]).robust
    columns = {"estimate": "b", "stat": "tstat", "ci_low": "ci_lb", "ci_high": "ci_ub"}
    for ours in ("estimate", "se", "stat", "df", "p", "ci_low", "ci_high"):
        values = [getattr(one, ours) for one in found]
        assert values == close(np.atleast_1d(expected[columns.get(ours, ours)]).tolist()), ours


def test_every_multilevel_model_of_the_reference_is_tested(reference):
    assert {name for name in reference["models"] if "assink" in name} == set(MODELS)


def test_no_variances_nearby_are_likelier(assink):
    found = fit(assink)
    phi = [*(assink[name].to_numpy() for name in ("vi", "study", "esid")), 0.0]
    x = np.ones((100, 1))
    top = dense.log_likelihood(assink["yi"], x, dense.covariance(*phi, found.sigma2), True)
    assert top == pytest.approx(found.log_likelihood, abs=1e-10)
    for change in ((1e-3, 0), (-1e-3, 0), (0, 1e-3), (0, -1e-3), (1e-3, -1e-3)):
        other = np.add(found.sigma2, change)
        assert dense.log_likelihood(assink["yi"], x, dense.covariance(*phi, other), True) < top


@st.composite
def problems(draw, least=4):
    """Estimates in clusters with inner units of one or more, in any order."""
    k = draw(st.integers(least, 14))
    labels = st.lists(st.integers(0, 3), min_size=k, max_size=k)
    cluster, within = np.array(draw(labels)), np.array(draw(labels))
    cluster[:4], within[:4] = (0, 0, 1, 1), (0, 1, 0, 1)
    y = np.array(draw(st.lists(st.floats(-2, 2), min_size=k, max_size=k)))
    v = np.array(draw(st.lists(st.floats(0.05, 1), min_size=k, max_size=k)))
    rho = draw(st.sampled_from([0.0, 0.0, 0.3, 0.8, -0.05]))
    return y, v, cluster, within, rho


@repeatable
@given(problems(), st.floats(0, 2), st.floats(0, 2))
def test_blocks_are_the_whole_matrix(problem, outer, inner):
    y, v, cluster, within, rho = problem
    groups = blocks(cluster, within)
    order = groups.order
    phi = Covariance(groups, v[order], rho, outer, inner)
    whole = dense.covariance(v, cluster, within, rho, (outer, inner))[np.ix_(order, order)]
    assert phi.logdet == pytest.approx(np.linalg.slogdet(whole)[1], abs=1e-8)
    f = np.column_stack([y[order], np.ones(len(y))])
    assert phi.solve(f) == pytest.approx(np.linalg.solve(whole, f), rel=1e-7, abs=1e-9)
    inverse = np.linalg.inv(whole)
    same = np.equal.outer(cluster, cluster)[np.ix_(order, order)]
    unit = same & np.equal.outer(within, within)[np.ix_(order, order)]
    traces = [np.sum(inverse * same), np.sum(inverse * unit)]
    assert phi.traces() == pytest.approx(traces, rel=1e-7, abs=1e-9)


@repeatable
@given(problems(), st.sampled_from(["REML", "ML", "FE"]))
def test_the_fit_is_that_of_whole_matrices(problem, method):
    y, v, cluster, within, rho = problem
    found = pool_levels(y, v, cluster, within, rho=rho, method=method)
    phi = dense.covariance(v, cluster, within, rho, found.sigma2)
    x = np.ones((len(y), 1))
    likelihood = dense.log_likelihood(y, x, phi, method == "REML")
    assert found.log_likelihood == pytest.approx(likelihood, abs=1e-8)
    b, se, df = dense.cr2(y, x, phi, cluster)
    one = found.robust[0]
    assert one.estimate == pytest.approx(b[0], abs=1e-8)
    assert one.se == pytest.approx(se[0], rel=1e-6, abs=1e-8)
    assert one.df == pytest.approx(df[0], rel=1e-6)
    for sigma2 in ((0, 0), (0.1, 0.1), (1, 0), (0, 1), (0.02, 0.5)):
        if method != "FE":
            other = dense.covariance(v, cluster, within, rho, sigma2)
            assert dense.log_likelihood(y, x, other, method == "REML") <= likelihood + 1e-7


@repeatable
@given(problems(least=8), st.integers(0, 5))
def test_robust_errors_with_moderators_are_those_of_whole_matrices(problem, seed):
    y, v, cluster, within, rho = problem
    rng = np.random.default_rng(seed)
    x = np.column_stack([np.ones(len(y)), rng.normal(2000, 3, len(y))])
    found = pool_levels(y, v, cluster, within, x=x, terms=("intrcpt", "m"), rho=rho)
    phi = dense.covariance(v, cluster, within, rho, found.sigma2)
    # centred: the plain formulas lose the digits of a year
    centred = np.column_stack([np.ones(len(y)), x[:, 1] - 2000])
    b, se, df = dense.cr2(y, centred, phi, cluster)
    one = found.robust[1]
    assert (one.estimate, one.se) == pytest.approx((b[1], se[1]), rel=1e-5, abs=1e-8)
    assert one.df == pytest.approx(df[1], rel=1e-5)


@repeatable
@given(problems(), st.randoms(use_true_random=False), st.floats(-100, 100), st.integers(-20, 20))
def test_order_shift_and_unit_do_not_matter(problem, random, shift, power):
    y, v, cluster, within, rho = problem
    order = list(range(len(y)))
    random.shuffle(order)
    unit = 2.0**power
    found = pool_levels(y, v, cluster, within, rho=rho)
    other = pool_levels(
        (y[order] + shift) * unit,
        v[order] * unit**2,
        [f"c{label}" for label in cluster[order]],
        within[order],
        rho=rho,
    )
    # the top may be flat: the likelihood is what must agree
    assert other.log_likelihood + (len(y) - 1) * power * math.log(2) == pytest.approx(
        found.log_likelihood, abs=1e-6
    )
    one, two = found.coefficients[0], other.coefficients[0]
    assert two.estimate / unit - shift == pytest.approx(one.estimate, abs=2e-3)


@pytest.mark.parametrize("method", ["REML", "ML"])
@pytest.mark.parametrize("tiny", [0.0, 1e-300, 1e-13, 1e-6])
def test_estimates_that_are_all_but_equal_have_no_variances(method, tiny):
    y, v = np.array([0.0, 0.0, 0.0, tiny]), np.array([1.0, 0.5, 1.0, 1.0])
    found = pool_levels(y, v, [0, 0, 1, 1], [0, 1, 0, 1], method=method)
    assert found.sigma2 == (0.0, 0.0)


def test_without_inner_units_each_estimate_is_one(assink):
    rows = list(range(100))
    one = pool_levels(assink["yi"], assink["vi"], assink["study"])
    two = pool_levels(assink["yi"], assink["vi"], assink["study"], rows)
    assert one == two
    assert one.levels == (17, 100)


def test_fixed_effects_in_clusters_are_the_fixed_effect(assink):
    found = pool_levels(assink["yi"], assink["vi"], assink["study"], method="FE")
    plain = pool(assink["yi"], assink["vi"], "FE", "z")
    assert found.coefficients[0].estimate == pytest.approx(plain.estimate)
    assert found.coefficients[0].se == pytest.approx(plain.se)
    assert (found.q, found.i2) == pytest.approx((plain.q, plain.i2))
    assert found.sigma2 == (0, 0)
    assert found.pi_low is found.i2_levels is None


def test_equal_estimates_have_no_variances():
    found = pool_levels([0.5] * 6, [0.1, 0.2, 0.1, 0.3, 0.1, 0.2], [1, 1, 2, 2, 3, 3])
    assert found.sigma2 == (0, 0)
    assert found.robust[0].se == pytest.approx(0, abs=1e-12)
    assert found.coefficients[0].estimate == pytest.approx(0.5)


def test_a_level_of_one_cluster_leaves_a_robust_error():
    """A coefficient that one cluster alone tells of."""
    cluster = [1, 1, 2, 2, 3, 3, 4, 4]
    x = np.column_stack([np.ones(8), np.array(cluster) == 4]).astype(float)
    y = [0.1, 0.5, 0.3, 0.2, 0.9, 0.4, 0.6, 0.1]
    found = pool_levels(y, [0.1] * 8, cluster, x=x, terms=("intrcpt", "last"))
    phi = dense.covariance(np.full(8, 0.1), np.array(cluster), np.arange(8), 0.0, found.sigma2)
    _, se, df = dense.cr2(np.array(y), x, phi, cluster)
    assert [one.se for one in found.robust] == pytest.approx(se)
    assert [one.df for one in found.robust] == pytest.approx(df)


def test_many_clusters_are_no_trouble():
    rng = np.random.default_rng(5)
    cluster = np.concatenate([np.arange(4000), rng.integers(0, 4000, 16_000)])
    v = rng.uniform(0.01, 0.1, 20_000)
    y = 0.3 + rng.normal(0, 0.3, 4000)[cluster] + rng.normal(0, np.sqrt(v + 0.04))
    found = pool_levels(y, v, cluster)
    assert found.sigma2 == pytest.approx((0.09, 0.04), rel=0.1)
    assert found.robust[0].se == pytest.approx(found.coefficients[0].se, rel=0.1)


@pytest.mark.parametrize(
    ("cluster", "options", "match"),
    [
        ([1, 1, 1, 1], {}, "two clusters"),
        ([1, 2, 3, 4], {}, "one inner unit"),
        ([1, 1, 2, 2], {"within": [1, 1, 1, 1]}, "one inner unit"),
        ([1, 1, 2, 2], {"within": [1, 1]}, "inner units"),
        ([1, 1, 2], {}, "clusters"),
        ([1, 1, 2, 2], {"rho": 1.0}, "rho"),
        ([1, 1, 1, 2], {"rho": -0.5}, "rho"),
        ([1, 1, 2, 2], {"method": "DL"}, "method"),
        ([1, 1, 2, 2], {"level": 95}, "level"),
    ],
)
def test_refusals(cluster, options, match):
    with pytest.raises(ValueError, match=match):
        pool_levels([0.1, 0.2, 0.3, 0.4], [0.1] * 4, cluster, **options)


def test_lowest_rho():
    assert (lowest_rho(1), lowest_rho(2), lowest_rho(5)) == (-1, -1, -0.25)


@pytest.mark.parametrize("rho", [0.0, 0.6])
def test_clusters_that_are_all_the_same_have_no_variance_between_them(rho: float) -> None:
    y, v = [-0.041, -0.103] * 4, [0.0183, 0.0144] * 4
    cluster = [n for n in range(4) for _ in range(2)]
    assert pool_levels(y, v, cluster, rho=rho).sigma2 == (0.0, 0.0)
