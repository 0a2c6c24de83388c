"""Effect sizes of summary statistics: metafor's numbers, and what must hold for any figures."""

from __future__ import annotations

import math
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.synthesis.clusters import Layout, degrees_of_freedom, equal_layout, gamma, inflation
from evalkit.synthesis.estimate import FORMULAS
from evalkit.synthesis.hedges import j_factor
from evalkit.synthesis.metrics import COLUMNS, METRICS, Range, summary_effects

from .frames import repeatable


def effect(metric: str, **figures: float) -> tuple[float, float, str]:
    """yi, vi and the key of the formula of one row."""
    found = summary_effects(pd.DataFrame([figures]), [metric]).iloc[0]
    return found["yi"], found["vi"], found["formula"].split(":")[0]


# Reference numbers

Sizes = dict[str, Any]


def normand(sizes: Sizes, folder: Path) -> pd.DataFrame:
    names = {"n1i": "n_t", "m1i": "mean_t", "sd1i": "sd_t"}
    names |= {"n2i": "n_c", "m2i": "mean_c", "sd2i": "sd_c"}
    return pd.DataFrame(sizes["normand1999_inputs"]).rename(columns=names)


def bcg(sizes: Sizes, folder: Path) -> pd.DataFrame:
    cells = pd.DataFrame(sizes["bcg_inputs"])
    return pd.DataFrame(
        {
            "events_t": cells["tpos"],
            "n_t": cells["tpos"] + cells["tneg"],
            "events_c": cells["cpos"],
            "n_c": cells["cpos"] + cells["cneg"],
        }
    )


def zero_cells(sizes: Sizes, folder: Path) -> pd.DataFrame:
    cells = pd.DataFrame(sizes["zero_cells_inputs"])
    return pd.DataFrame(
        {
            "events_t": cells["ai"],
            "n_t": cells["ai"] + cells["bi"],
            "events_c": cells["ci"],
            "n_c": cells["ci"] + cells["di"],
        }
    )


def cohen(sizes: Sizes, folder: Path) -> pd.DataFrame:
    table = pd.read_csv(folder / "data" / "dat.cohen1981.csv")
    return table.rename(columns={"ri": "cor", "ni": "n"})


def _morris(folder: Path, arm: str, suffix: str) -> pd.DataFrame:
    table = pd.read_csv(folder / "data" / "morris2008.csv")
    names = {f"m_pre_{arm}": f"pre_mean_{suffix}", f"sd_pre_{arm}": f"pre_sd_{suffix}"}
    names |= {f"m_post_{arm}": f"mean_{suffix}", f"sd_post_{arm}": f"sd_{suffix}"}
    names |= {f"ni_{arm}": f"n_{suffix}", f"ri_{arm}": "r"}
    return table[list(names)].rename(columns=names)


def morris_t(sizes: Sizes, folder: Path) -> pd.DataFrame:
    return _morris(folder, "T", "t")


def morris_c(sizes: Sizes, folder: Path) -> pd.DataFrame:
    return _morris(folder, "C", "t")


def morris_both(sizes: Sizes, folder: Path) -> pd.DataFrame:
    return pd.concat(
        [_morris(folder, "T", "t"), _morris(folder, "C", "c").drop(columns="r")], axis=1
    )


ENTRIES: list[tuple[str, str, Callable[[Sizes, Path], pd.DataFrame]]] = [
    ("normand1999_MD", "MD", normand),
    ("normand1999_SMD", "SMD", normand),
    ("normand1999_SMD_vtype_LS", "SMD", normand),
    ("normand1999_ROM_correctFALSE", "ROM", normand),
    ("bcg_RR", "RR", bcg),
    ("bcg_OR", "OR", bcg),
    ("bcg_RD", "RD", bcg),
    ("zero_cells_RR_default", "RR", zero_cells),
    ("zero_cells_OR_default", "OR", zero_cells),
    ("cohen1981_ZCOR", "ZCOR", cohen),
    ("morris2008_SMCC_T", "SMCC", morris_t),
    ("morris2008_SMCC_C", "SMCC", morris_c),
    ("morris2008_SMCR_T", "SMCR", morris_t),
    ("morris2008_SMCR_C", "SMCR", morris_c),
    ("morris2008_dppc2_metafor", "DPPC2", morris_both),
    ("morris2008_SMDpost_T_vs_C", "SMD", morris_both),
]

OTHER = {
    "normand1999_SMDH", "normand1999_SMD1", "normand1999_CVR", "normand1999_VR",
    "normand1999_ROM", "normand1999_SMD_vtype_UB", "normand1999_SMD_vtype_LS2",
    "normand1999_SMD_vtype_AV", "bcg_AS", "bcg_PETO", "cohen1981_COR", "morris2008_MC_T",
    "morris2008_MC_C", "morris2008_SMCRH_T", "morris2008_SMCRH_C", "morris2008_ROMC_T",
    "morris2008_ROMC_C", "morris2008_SMCRP_T", "morris2008_SMCRP_C", "morris2008_SMCRPH_T",
    "morris2008_SMCRPH_C", "morris2008_dppc1_becker", "morris2008_dppc2_morris_eq8_eq25",
    "smd_from_t",
}  # fmt: skip
"""What the reference holds of metrics or variants that are none of ours."""


@pytest.mark.parametrize(("entry", "metric", "figures"), ENTRIES, ids=[e[0] for e in ENTRIES])
def test_values_are_metafors(effect_sizes, reference_folder, entry, metric, figures):
    rows, expected = figures(effect_sizes, reference_folder), effect_sizes[entry]
    found = summary_effects(rows, [metric] * len(rows))
    assert found["yi"].tolist() == pytest.approx(expected["yi"], abs=1e-10)
    assert found["vi"].tolist() == pytest.approx(expected["vi"], abs=1e-10)


def test_no_entry_of_the_reference_is_forgotten(effect_sizes):
    told = {entry for entry, _, _ in ENTRIES} | OTHER
    assert told == {name for name, value in effect_sizes.items() if "yi" in value}


R_CALLS = {
    "SMD": "'SMD',m1i=mean_t,sd1i=sd_t,n1i=n_t,m2i=mean_c,sd2i=sd_c,n2i=n_c,vtype='LS'",
    "MD": "'MD',m1i=mean_t,sd1i=sd_t,n1i=n_t,m2i=mean_c,sd2i=sd_c,n2i=n_c",
    "ROM": "'ROM',m1i=mean_t,sd1i=sd_t,n1i=n_t,m2i=mean_c,sd2i=sd_c,n2i=n_c,correct=FALSE",
    "RR": "'RR',ai=events_t,n1i=n_t,ci=events_c,n2i=n_c",
    "OR": "'OR',ai=events_t,n1i=n_t,ci=events_c,n2i=n_c",
    "RD": "'RD',ai=events_t,n1i=n_t,ci=events_c,n2i=n_c",
    "SMCR": "'SMCR',m1i=mean_t,m2i=pre_mean_t,sd1i=pre_sd_t,ni=n_t,ri=r",
    "SMCC": "'SMCC',m1i=mean_t,m2i=pre_mean_t,sd1i=sd_t,sd2i=pre_sd_t,ni=n_t,ri=r",
    "ZCOR": "'ZCOR',ri=cor,ni=n",
}


def some_rows(count: int = 60) -> pd.DataFrame:
    """Figures that every metric can use, with zero cells and full cells among the events."""
    rng = np.random.default_rng(8)
    n_t, n_c = rng.integers(4, 300, count), rng.integers(4, 300, count)
    return pd.DataFrame(
        {
            name: rng.uniform(0.2, 40, count)
            for name, column in COLUMNS.items()
            if "mean" in name or "sd" in name
        }
        | {name: rng.uniform(-0.9, 0.95, count) for name in ("r", "cor")}
        | {
            "n_t": n_t,
            "n_c": n_c,
            "n": n_t,
            "events_t": np.where(np.arange(count) % 5 == 0, 0, rng.binomial(n_t, 0.4)),
            "events_c": np.where(np.arange(count) % 7 == 0, n_c, rng.binomial(n_c, 0.3)),
            "clusters_t": rng.integers(1, n_t),
            "clusters_c": rng.integers(1, n_c),
            "icc": rng.uniform(0, 0.4, count),
        }
    )


@pytest.fixture(scope="session")
def escalc(rscript: str, tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    """What the installed metafor says of ``some_rows``, by metric."""
    folder = tmp_path_factory.mktemp("escalc")
    some_rows().to_csv(folder / "in.csv", index=False, float_format="%.17g")
    lines = ["suppressPackageStartupMessages(library(metafor))", "d <- read.csv('in.csv')"]
    lines += [
        f"e <- suppressWarnings(escalc({call},data=d))\n"
        f"cat(sprintf('{metric},%.17g,%.17g\\n', e$yi, e$vi), sep='', file='out.csv', append=TRUE)"
        for metric, call in R_CALLS.items()
    ]
    (folder / "run.R").write_text("\n".join(lines), encoding="utf-8")
    subprocess.run([rscript, "run.R"], cwd=folder, check=True, capture_output=True)
    return pd.read_csv(folder / "out.csv", names=["metric", "yi", "vi"])


@pytest.mark.parametrize("metric", R_CALLS)
def test_values_are_those_of_the_installed_metafor(escalc, metric):
    rows = some_rows()
    found = summary_effects(rows, [metric] * len(rows))
    expected = escalc[escalc["metric"] == metric]
    assert len(expected) == len(rows)
    assert found["yi"].tolist() == pytest.approx(expected["yi"].tolist(), rel=1e-9, abs=1e-10)
    assert found["vi"].tolist() == pytest.approx(expected["vi"].tolist(), rel=1e-9, abs=1e-10)


# What metafor has not


def test_effect_of_clusters_is_that_of_the_wwc():
    figures = {"n_t": 50, "mean_t": 12, "sd_t": 2, "n_c": 50, "mean_c": 11, "sd_c": 2}
    yi, vi, key = effect("SMD_CLUSTER", **figures, clusters_t=10, clusters_c=10, icc=0.1)
    assert degrees_of_freedom(Layout(50, 50, 10, 10, 5.0), 0.1) == pytest.approx(94.403, abs=5e-4)
    g = j_factor(94.40325) * math.sqrt(1 - 2 * 4 * 0.1 / 98) * 0.5
    assert yi == pytest.approx(g, abs=1e-6)
    assert vi == pytest.approx((1 / 50 + 1 / 50) * 1.4 + g**2 / (2 * 94.40325), abs=1e-6)
    assert key == "smd_cluster_both_equal"


def test_clusters_in_one_arm_only():
    figures = {"n_t": 60, "mean_t": 12, "sd_t": 2, "n_c": 40, "mean_c": 11, "sd_c": 2}
    yi, vi, key = effect("SMD_CLUSTER", **figures, clusters_t=12, clusters_c=40, icc=0.2)
    where = Layout(60, 40, 12, None, 5.0)
    h = degrees_of_freedom(where, 0.2)
    assert yi == pytest.approx(j_factor(h) * math.sqrt(gamma(where, 0.2)) * 0.5)
    v1 = (1 / 60 + 1 / 40) * inflation(where, 0.2)
    assert vi == pytest.approx(v1 + yi**2 / (2 * h))
    assert key == "smd_cluster_one_equal"


def test_no_clusters_are_the_plain_difference():
    figures = {"n_t": 20, "mean_t": 12, "sd_t": 2, "n_c": 30, "mean_c": 11, "sd_c": 3}
    plain = effect("SMD", **figures)
    assert effect("SMD_CLUSTER", **figures, clusters_t=20, clusters_c=30, icc=0.3) == plain
    yi, vi, _ = effect("SMD_CLUSTER", **figures, clusters_t=4, clusters_c=5, icc=0.0)
    assert yi == pytest.approx(plain[0])
    assert vi == pytest.approx(plain[1], rel=0.05)


def test_layout_of_equal_clusters():
    assert equal_layout(50, 10, 50, 10) == Layout(50, 50, 10, 10, 5.0)
    assert equal_layout(60, 12, 40, 40) == Layout(60, 40, 12, None, 5.0)
    assert equal_layout(7, 7, 9, 3) == Layout(7, 9, None, 3, 3.0)
    assert equal_layout(7, 7, 9, 9) is None
    uneven = equal_layout(30, 3, 60, 3)
    assert uneven is not None
    # the size with which 1 + (n-1)icc is the inflation of the difference of the two means
    each = (1 + 9 * 0.2) / 30 + (1 + 19 * 0.2) / 60
    assert inflation(uneven, 0.2) * (1 / 30 + 1 / 60) == pytest.approx(each)
    with pytest.raises(ValueError, match="1 to n clusters"):
        equal_layout(7, 8, 9, 3)


def test_cox_index_is_the_log_odds_ratio_in_standard_deviations():
    events = {"events_t": 30, "n_t": 50, "events_c": 20, "n_c": 48}
    odds, cox = effect("OR", **events), effect("COX", **events)
    assert odds[0] == pytest.approx(math.log(30 / 20) - math.log(20 / 28))
    wwc = 1 - 3 / (4 * 98 - 9)
    assert cox[0] == pytest.approx(wwc * odds[0] / 1.65, rel=1e-4)
    assert math.sqrt(cox[1]) == pytest.approx(wwc * math.sqrt(odds[1]) / 1.65, rel=1e-4)


@pytest.mark.parametrize("metric", ["COX", "RD", "RR", "OR"])
def test_variance_is_that_of_repeated_samples(metric):
    rng = np.random.default_rng(4)
    rows = pd.DataFrame({"n_t": np.full(4000, 120), "n_c": 150})
    rows["events_t"], rows["events_c"] = rng.binomial(120, 0.5, 4000), rng.binomial(150, 0.35, 4000)
    found = summary_effects(rows, [metric] * len(rows))
    assert found["vi"].mean() == pytest.approx(found["yi"].var(), rel=0.08)
    if metric == "COX":
        # a difference of latent logistic variables, in their standard deviations
        truth = (math.log(1) - math.log(0.35 / 0.65)) / 1.65
        assert found["yi"].mean() == pytest.approx(truth, abs=0.01)


# What holds for any figures

n = st.integers(4, 500)
means = st.floats(0.5, 100)
sds = st.floats(0.5, 50)
share = st.floats(0, 1)


@st.composite
def figures(draw: st.DrawFn) -> dict[str, float]:
    row: dict[str, float] = {"n_t": draw(n), "n_c": draw(n), "n": draw(n)}
    for name in COLUMNS:
        if "mean" in name:
            row[name] = draw(means)
        elif "sd" in name:
            row[name] = draw(sds)
    for arm in ("t", "c"):
        row[f"events_{arm}"] = round(draw(share) * row[f"n_{arm}"])
        row[f"clusters_{arm}"] = max(2, round(draw(share) * row[f"n_{arm}"]))
    row |= {"r": draw(st.floats(-0.9, 0.9)), "cor": draw(st.floats(-0.9, 0.9))}
    return row | {"icc": draw(st.floats(0, 0.9))}


def swapped(row: dict[str, float]) -> dict[str, float]:
    """The same figures with the two groups in each other's place."""
    other = {"t": "c", "c": "t"}
    return {
        (f"{name[:-1]}{other[name[-1]]}" if name[-2:] in ("_t", "_c") else name): value
        for name, value in row.items()
    }


SYMMETRIC = ["SMD", "SMD_CLUSTER", "DPPC2", "MD", "ROM", "RR", "OR", "RD", "COX"]


@repeatable
@given(figures())
def test_the_sign_turns_with_the_groups(row):
    for metric in SYMMETRIC:
        one, other = effect(metric, **row), effect(metric, **swapped(row))
        assert one[0] == pytest.approx(-other[0], rel=1e-9, abs=1e-12), metric
        assert one[1] == pytest.approx(other[1], rel=1e-9), metric


@repeatable
@given(figures(), st.floats(0.01, 100))
def test_the_unit_of_the_measure_does_not_matter(row, factor):
    scaled = {k: v * factor if "mean" in k or "sd" in k else v for k, v in row.items()}
    for metric in ("SMD", "SMD_CLUSTER", "DPPC2", "SMCR", "SMCC", "ROM"):
        one, other = effect(metric, **row), effect(metric, **scaled)
        assert other[0] == pytest.approx(one[0], rel=1e-7, abs=1e-9), metric
        assert other[1] == pytest.approx(one[1], rel=1e-7), metric
    assert effect("MD", **scaled)[0] == pytest.approx(effect("MD", **row)[0] * factor, abs=1e-6)


@repeatable
@given(figures())
def test_events_and_non_events_are_two_sides(row):
    other = {**row, "events_t": row["n_t"] - row["events_t"]}
    other["events_c"] = row["n_c"] - row["events_c"]
    for metric in ("OR", "RD", "COX"):
        one, turned = effect(metric, **row), effect(metric, **other)
        assert one[0] == pytest.approx(-turned[0], rel=1e-9, abs=1e-12), metric
        assert one[1] == pytest.approx(turned[1], rel=1e-9), metric


@repeatable
@given(figures())
def test_clusters_never_make_an_effect_surer(row):
    plain, clustered = effect("SMD", **row), effect("SMD_CLUSTER", **row)
    assert abs(clustered[0]) <= abs(plain[0]) + 1e-12
    assert clustered[0] * plain[0] >= 0


@repeatable
@given(st.lists(figures(), min_size=2, max_size=6), st.data())
def test_rows_do_not_know_each_other(rows, data):
    metrics = data.draw(st.lists(st.sampled_from(list(METRICS)), min_size=6, max_size=6))
    metrics = metrics[: len(rows)]
    order = data.draw(st.permutations(range(len(rows))))
    found = summary_effects(pd.DataFrame(rows), metrics)
    moved = summary_effects(pd.DataFrame([rows[i] for i in order]), [metrics[i] for i in order])
    pd.testing.assert_frame_equal(found.iloc[order].reset_index(drop=True), moved)
    for i, (row, metric) in enumerate(zip(rows, metrics, strict=True)):
        yi, vi, key = effect(metric, **row)
        assert (found["yi"][i], found["vi"][i]) == (yi, vi)
        assert key in METRICS[metric].formulas


@pytest.mark.parametrize(
    ("metric", "row"),
    [
        ("SMD", {"n_t": 9, "mean_t": 1e300, "sd_t": 1e-300, "n_c": 9, "mean_c": 1, "sd_c": 1e-300}),
        ("MD", {"n_t": 9, "mean_t": 1, "sd_t": 1e200, "n_c": 9, "mean_c": 1, "sd_c": 1e200}),
        ("ROM", {"n_t": 9, "mean_t": 1, "sd_t": 1e-300, "n_c": 9, "mean_c": 1, "sd_c": 1e-300}),
        ("SMD_CLUSTER", {"n_t": 100, "mean_t": 1, "sd_t": 1, "n_c": 100, "mean_c": 2, "sd_c": 1,
                         "clusters_t": 1, "clusters_c": 2, "icc": 0.99}),
    ],
)  # fmt: skip
def test_figures_without_an_estimate_have_none(metric, row):
    found = summary_effects(pd.DataFrame([row]), [metric]).iloc[0]
    assert math.isnan(found["yi"])
    assert math.isnan(found["vi"])
    assert found["formula"] == ""


@pytest.mark.parametrize("metric", METRICS)
def test_every_metric_names_its_columns_and_formulas(metric):
    asked = METRICS[metric]
    assert set(asked.needs) <= set(COLUMNS)
    assert set(asked.ranges) <= set(asked.needs)
    assert set(asked.formulas) <= set(FORMULAS)


def test_every_column_is_used():
    assert {name for metric in METRICS.values() for name in metric.needs} == set(COLUMNS)


def test_ranges_in_words():
    assert Range(2, 9).words.en == "at least 2 and at most 9"
    assert Range(0, open_low=True).words.nl == "meer dan 0"
    assert Range(-1, 1, True, True).words.nl == "meer dan -1 en minder dan 1"
    assert Range(0, open_low=True).holds(pd.Series([0, 0.1, math.nan])).tolist() == [0, 1, 0]
