"""The two-level model against other implementations, and its effect sizes."""

from __future__ import annotations

import json
import math
import shutil
import subprocess
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from evalkit.model.vocabulary import Note
from evalkit.synthesis.contrast import contrast_from_aggregates, contrast_from_rows
from evalkit.synthesis.estimate import Estimate, NotEstimable
from evalkit.synthesis.multilevel import fit_random_intercept

from .frames import DEFAULTS, aggregates, pretest, rows


def drawn(*, between: float = 0.3, seed: int = 5) -> tuple[np.ndarray, ...]:
    """Outcome, design matrix (one, arm, pretest) and cluster of 20 unequal clusters."""
    rng = np.random.default_rng(seed)
    cluster = np.repeat(np.arange(20), rng.integers(3, 15, 20))
    arm = (cluster % 2).astype(float)
    pre = rng.normal(0, 1, len(cluster))
    level = rng.normal(0, math.sqrt(between), 20)[cluster]
    y = 2 + 0.4 * arm + 0.6 * pre + level + rng.normal(0, 0.8, len(cluster))
    return y, np.column_stack([np.ones(len(y)), arm, pre]), cluster


@pytest.mark.parametrize("between", [0.05, 0.3, 2.0])
def test_the_fit_is_that_of_statsmodels(between: float) -> None:
    from statsmodels.regression.mixed_linear_model import MixedLM

    y, x, cluster = drawn(between=between)
    found = fit_random_intercept(y, x, cluster)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        other = MixedLM(y, x, groups=cluster).fit(reml=True, method="powell")
    # its default optimiser ends at a variance of 0 here; its standard errors are of another kind
    assert found.coefficients == pytest.approx(other.fe_params, rel=1e-4)
    assert found.within == pytest.approx(other.scale, rel=1e-4)
    assert found.between == pytest.approx(float(np.asarray(other.cov_re)[0, 0]), rel=1e-3)


@pytest.mark.skipif(shutil.which("Rscript") is None, reason="R is not installed")
@pytest.mark.parametrize("between", [0.05, 0.3, 2.0])
def test_the_fit_is_that_of_nlme(tmp_path: Path, between: float) -> None:
    y, x, cluster = drawn(between=between)
    table = pd.DataFrame({"y": y, "arm": x[:, 1], "pre": x[:, 2], "cluster": cluster})
    table.to_csv(tmp_path / "rows.csv", index=False)
    script = (
        "suppressPackageStartupMessages(library(nlme)); d <- read.csv('rows.csv');"
        "f <- lme(y ~ arm + pre, random = ~1 | cluster, data = d,"
        " control = lmeControl(msTol = 1e-12, tolerance = 1e-12, msMaxIter = 500));"
        "v <- c(fixef(f), sqrt(diag(vcov(f))), as.numeric(VarCorr(f)[, 'Variance']));"
        "cat('[', paste(format(v, digits = 15), collapse = ','), ']')"
    )
    done = subprocess.run(
        ["Rscript", "-e", script], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    if "nlme" in done.stderr:
        pytest.skip("R has no nlme")
    theirs = json.loads(done.stdout)
    found = fit_random_intercept(y, x, cluster)
    ours = [*found.coefficients, *np.sqrt(np.diag(found.covariance)), found.between, found.within]
    assert ours == pytest.approx(theirs, rel=1e-5)


def test_without_differences_between_clusters_it_is_least_squares() -> None:
    rng = np.random.default_rng(1)
    cluster = np.repeat(np.arange(10), 8)
    x = np.column_stack([np.ones(80), cluster % 2])
    y = rng.normal(0, 1, 80)
    y -= np.bincount(cluster, weights=y)[cluster] / 8  # every cluster has the same mean
    found = fit_random_intercept(y, x, cluster)
    assert (found.between, found.icc) == (0, 0)
    assert found.within == pytest.approx(float(y @ y) / 78)


@pytest.mark.parametrize(
    ("y", "cluster"),
    [(np.zeros(8), np.repeat(np.arange(4), 2)), (np.arange(8.0), np.arange(8))],
    ids=["flat", "no clusters"],
)
def test_what_cannot_be_fitted(y: np.ndarray, cluster: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"vary|two units"):
        fit_random_intercept(y, np.ones((8, 1)), cluster)


def asked(metric: str, post, pre=None, **options) -> Estimate | NotEstimable:
    return contrast_from_rows(
        post, pre, **DEFAULTS | {"clustered": True, "metric": metric} | options
    )


@pytest.mark.parametrize("with_pretest", [False, True])
def test_of_equal_clusters_it_agrees_with_the_corrected_difference(with_pretest: bool) -> None:
    """With equal clusters the model's estimate is the difference of means (or nearly, adjusted)."""
    post = rows(per_arm=240, clusters=24)
    pre = pretest(post) if with_pretest else None
    total = asked("SMD_ML", post, pre)
    within = asked("SMD_ML_WITHIN", post, pre)
    rule = contrast_from_rows(post, pre, **DEFAULTS | {"clustered": True})
    assert (total.metric, total.asked, rule.asked) == ("SMD_ML", True, False)
    assert total.yi == pytest.approx(rule.yi, abs=0.03)
    assert total.vi == pytest.approx(rule.vi, rel=0.1)
    assert abs(within.yi) > abs(total.yi)
    assert within.yi / total.yi == pytest.approx((1 - total.icc) ** -0.5, rel=0.01)
    assert total.allows_for_pretest is with_pretest
    assert total.icc_source == "rows"


@pytest.mark.parametrize("metric", ["SMD_ML", "SMD_ML_WITHIN"])
def test_standard_errors_are_those_of_repeated_samples(metric: str) -> None:
    rng = np.random.default_rng(7)
    sizes = np.maximum(2, np.rint(rng.gamma(4, 4, 40))).astype(int)
    cluster = np.repeat(np.arange(40), sizes)
    treated = cluster % 2 == 1
    arm = np.where(treated, "intervention", "comparison")
    base = pd.DataFrame({"unit": np.arange(len(cluster)), "cluster": cluster, "arm": arm})
    found = []
    for _ in range(200):
        value = rng.normal(0, math.sqrt(0.2), 40)[cluster] + 0.3 * treated
        value += rng.normal(0, math.sqrt(0.8), len(cluster))
        found.append(asked(metric, base.assign(value=value)))
    target = 0.3 if metric == "SMD_ML" else 0.3 / math.sqrt(0.8)
    assert np.mean([e.yi for e in found]) == pytest.approx(target, abs=0.03)
    spread = np.std([e.yi for e in found], ddof=1)
    assert np.mean([math.sqrt(e.vi) for e in found]) / spread == pytest.approx(1, abs=0.12)


def test_totals_and_units_without_clusters_have_none() -> None:
    post = rows(per_arm=50, clusters=7)
    options = DEFAULTS | {"metric": "SMD_ML"}
    for found in (
        contrast_from_rows(post, None, **options),
        contrast_from_aggregates(aggregates(post), None, **options | {"clustered": True}),
    ):
        assert isinstance(found, Estimate)
        assert found.metric in ("SMD", "SMD_CLUSTER")
        assert (found.asked, found.notes) == (False, (Note.asked_impossible,))
