"""The demo's numbers, computed again from the data set with numpy, pandas and scipy alone."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pandas as pd
import pytest
from scipy import optimize, special, stats

from tests.conftest import Played

PROJECTS = {
    "slimfit-public": 1,
    "slimfit-protestant": 2,
    "slimfit-catholic": 3,
    "slimfit-independent": 4,
}
SCORES = {"iio.language": ("langPRET", "langPOST"), "iio.arithmetic": ("aritPRET", "aritPOST")}
COMPARED = [p for p in PROJECTS if p != "slimfit-independent"]


def row_of(played: Played, project: str, measure: str) -> pd.Series:
    effects = played.table("effects")
    found = effects[(effects["project"] == project) & (effects["measure"] == measure)]
    assert len(found) == 1
    return found.iloc[0]


def anova_icc(values: np.ndarray, clusters: np.ndarray, arms: np.ndarray) -> float:
    """One-way ANOVA estimator within arms (Donner & Koval 1980), truncated at zero."""
    within = between = 0.0
    groups = 0
    n_zero = 0.0
    for arm in np.unique(arms):
        arm_values, arm_clusters = values[arms == arm], clusters[arms == arm]
        sizes = []
        for cluster in np.unique(arm_clusters):
            inside = arm_values[arm_clusters == cluster]
            within += ((inside - inside.mean()) ** 2).sum()
            between += len(inside) * (inside.mean() - arm_values.mean()) ** 2
            sizes.append(len(inside))
        groups += len(sizes)
        n_zero += len(arm_values) - sum(s**2 for s in sizes) / len(arm_values)
    df_between = groups - len(np.unique(arms))
    mean_between, mean_within = between / df_between, within / (len(values) - groups)
    n_zero /= df_between
    return max(0.0, (mean_between - mean_within) / (mean_between + (n_zero - 1) * mean_within))


def adjusted_g(frame: pd.DataFrame, pre: str, post: str) -> dict[str, float]:
    """Pretest-adjusted g with clusters in both arms, straight from the formulas of its row."""
    y, x = frame[post].to_numpy(float), frame[pre].to_numpy(float)
    arm = frame["treated"].to_numpy(float)
    design = np.column_stack([np.ones_like(y), arm, x])
    beta, *_ = np.linalg.lstsq(design, y, rcond=None)
    residuals = y - design @ beta
    n, n_t, n_c = len(y), int(arm.sum()), int((1 - arm).sum())
    covariance = np.linalg.inv(design.T @ design) * (residuals @ residuals) / (n - 3)
    sd_t, sd_c = y[arm == 1].std(ddof=1), y[arm == 0].std(ddof=1)
    pooled = math.sqrt(((n_t - 1) * sd_t**2 + (n_c - 1) * sd_c**2) / (n - 2))
    clusters = frame["cluster"].to_numpy()
    icc = anova_icc(y, clusters, arm)
    left = anova_icc(residuals, clusters, arm)
    sizes_t = frame[frame["treated"]].groupby("cluster").size().to_numpy()
    sizes_c = frame[~frame["treated"]].groupby("cluster").size().to_numpy()
    size = n_c * (sizes_t**2).sum() / (n_t * n) + n_t * (sizes_c**2).sum() / (n_c * n)
    gamma = 1 - 2 * (size - 1) * icc / (n - 2)
    spread = (n - 2) * (1 - icc) ** 2 + (n - 2 * size) * (size * icc**2 + 2 * icc * (1 - icc))
    h = ((n - 2) * gamma) ** 2 / spread
    j = math.exp(special.gammaln(h / 2) - special.gammaln((h - 1) / 2)) / math.sqrt(h / 2)
    g = j * math.sqrt(gamma) * beta[1] / pooled
    v = covariance[1, 1] / pooled**2 * (1 + (size - 1) * left) + g**2 / (2 * h)
    return {"yi": g, "vi": v, "df": h, "icc": icc, "icc_residual": left}


@pytest.mark.parametrize("measure", SCORES)
@pytest.mark.parametrize("project", PROJECTS)
def test_group_sizes_means_and_sds_are_those_of_the_data(
    played: Played, bdf: pd.DataFrame, project: str, measure: str
) -> None:
    own = bdf[bdf["group"] == PROJECTS[project]]
    pre, post = SCORES[measure]
    row = row_of(played, project, measure)
    for arm, treated in (("t", True), ("c", False)):
        inside = own[own["treated"] == treated]
        assert row[f"n_{arm}"] == len(inside)
        if len(inside):
            assert row[f"mean_{arm}"] == pytest.approx(inside[post].mean(), rel=1e-12)
            assert row[f"sd_{arm}"] == pytest.approx(inside[post].std(), rel=1e-12)
            assert row[f"pre_mean_{arm}"] == pytest.approx(inside[pre].mean(), rel=1e-12)
            assert row[f"pre_sd_{arm}"] == pytest.approx(inside[pre].std(), rel=1e-12)


@pytest.mark.parametrize("measure", SCORES)
@pytest.mark.parametrize("project", COMPARED)
def test_effects_are_the_pretest_adjusted_g(
    played: Played, bdf: pd.DataFrame, project: str, measure: str
) -> None:
    own = bdf[bdf["group"] == PROJECTS[project]]
    row = row_of(played, project, measure)
    assert row["metric"] == "SMD_ADJUSTED"
    for column, value in adjusted_g(own, *SCORES[measure]).items():
        assert row[column] == pytest.approx(value, rel=1e-9), column
    for arm, treated in (("t", True), ("c", False)):
        clusters = own.loc[own["treated"] == treated, "cluster"].nunique()
        assert row[f"clusters_{arm}"] == clusters


@pytest.mark.parametrize("measure", SCORES)
@pytest.mark.parametrize("project", COMPARED)
def test_baseline_difference_is_reported_with_its_verdict(
    played: Played, bdf: pd.DataFrame, project: str, measure: str
) -> None:
    own = bdf[bdf["group"] == PROJECTS[project]]
    before = SCORES[measure][0]
    t, c = own.loc[own["treated"], before], own.loc[~own["treated"], before]
    m = len(t) + len(c) - 2
    pooled = math.sqrt(((len(t) - 1) * t.var() + (len(c) - 1) * c.var()) / m)
    j = math.exp(special.gammaln(m / 2) - special.gammaln((m - 1) / 2)) / math.sqrt(m / 2)
    g = j * (t.mean() - c.mean()) / pooled
    row = row_of(played, project, measure)
    assert row["baseline"] == "proven"
    assert row["baseline_difference"] == pytest.approx(g, rel=1e-9)
    expected = "fine" if abs(g) <= 0.05 else "adjust" if abs(g) <= 0.25 else "fails"
    assert row["baseline_verdict"] == expected
    assert row["ladder_rung"] == (3 if expected == "fails" else 5)


def test_the_verdicts_differ_between_projects(played: Played) -> None:
    compared = played.table("effects").query("project in @COMPARED")
    assert set(compared["baseline_verdict"]) == {"adjust", "fails"}


def test_the_fourth_project_is_a_single_group_outside_the_pool(played: Played) -> None:
    own = played.table("effects").query("project == 'slimfit-independent'")
    assert len(own) == 2
    assert set(own["comparison"]) == {"single_group"}
    assert set(own["not_pooled_because"]) == {"single_group"}
    assert not own["pooled"].any()
    assert own["yi"].isna().all()
    assert not played.table("pooled")["projects"].str.contains("independent").any()


def test_the_school_with_both_arms_counts_in_both(played: Played, bdf: pd.DataFrame) -> None:
    arms = bdf.groupby("schoolNR")["treated"].nunique()
    both = arms[arms == 2]
    assert len(both) == 1
    row = row_of(played, "slimfit-catholic", "iio.language")
    schools = bdf[bdf["group"] == 3]["schoolNR"].nunique()
    assert row["clusters_t"] + row["clusters_c"] == schools + 1


def reml(yi: np.ndarray, vi: np.ndarray) -> float:
    def negative(log_tau2: float) -> float:
        w = 1 / (vi + math.exp(log_tau2))
        mu = (w * yi).sum() / w.sum()
        return 0.5 * (-np.log(w).sum() + math.log(w.sum()) + (w * (yi - mu) ** 2).sum())

    found = optimize.minimize_scalar(negative, bounds=(-40, 2), method="bounded")
    return math.exp(found.x) if math.exp(found.x) > 1e-8 else 0.0


@pytest.mark.parametrize("selection", ["all", "equivalent"])
@pytest.mark.parametrize("measure", SCORES)
def test_pooled_estimates(played: Played, measure: str, selection: str) -> None:
    effects = played.table("effects").query("measure == @measure and pooled")
    if selection == "equivalent":
        effects = effects[effects["baseline_verdict"] != "fails"]
    yi, vi = effects["yi"].to_numpy(), effects["vi"].to_numpy()
    w = 1 / (vi + reml(yi, vi))
    mu = (w * yi).sum() / w.sum()
    k = len(yi)
    se = math.sqrt((w * (yi - mu) ** 2).sum() / (k - 1) / w.sum())
    half = stats.t.ppf(0.975, k - 1) * se
    pooled = played.table("pooled").query("measure == @measure and selection == @selection")
    row = pooled.iloc[0]
    assert row["k"] == k == (3 if selection == "all" else 2)
    assert row["estimate"] == pytest.approx(mu, abs=1e-7)
    assert row["se"] == pytest.approx(se, abs=1e-7)
    assert (row["ci_low"], row["ci_high"]) == pytest.approx((mu - half, mu + half), abs=1e-6)


def test_process_data_are_school_means(played: Played, bdf: pd.DataFrame) -> None:
    process = played.table("process")
    names = {"core.class_size": "classsiz", "iio.team_meetings": "meetings"}
    for measure, project in itertools.product(names, PROJECTS):
        source = names[measure]
        own = bdf[bdf["group"] == PROJECTS[project]]
        per_school = own.groupby(["schoolNR", "treated"])[source].mean().round(3).reset_index()
        for arm, treated in (("intervention", True), ("comparison", False)):
            values = per_school.loc[per_school["treated"] == treated, source]
            mine = (process["measure"] == measure) & (process["project"] == project)
            row = process[mine & (process["arm"] == arm)]
            assert len(row) == (1 if len(values) else 0)
            if len(values):
                assert row["n"].iloc[0] == len(values)
                assert row["mean"].iloc[0] == pytest.approx(values.mean(), rel=1e-9)
