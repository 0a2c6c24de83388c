"""What the pinned numbers do not hold, against the metafor of this machine."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from evalkit.synthesis.pooling import (
    influence,
    pool,
    pool_levels,
    profile_tau2,
    regress,
    trim_and_fill,
)

FILES = ("dat.bangertdrowns2004", "dat.bcg_RR")


@pytest.fixture(scope="module")
def metafor(rscript, reference_folder):
    script = Path(__file__).parent / "compare.R"
    done = subprocess.run(
        [rscript, str(script), str(reference_folder / "data")],
        capture_output=True,
        text=True,
        check=True,
    )
    lines = (line.split() for line in done.stdout.splitlines())
    return {
        name: [float(value.replace("NA", "nan")) for value in values] for name, *values in lines
    }


@pytest.fixture(params=FILES)
def data(request, reference_folder):
    table = pd.read_csv(reference_folder / "data" / f"{request.param}.csv")
    return request.param, table


def close(expected):
    return pytest.approx(expected, rel=1e-7, abs=1e-8)


def agrees(metafor, name, found):
    assert [one.estimate for one in found.coefficients] == close(metafor[f"{name}.b"])
    assert [one.se for one in found.coefficients] == close(metafor[f"{name}.se"])
    tau2 = [found.tau2] + ([found.se_tau2] if found.se_tau2 is not None else [])
    assert tau2 == close(metafor[f"{name}.tau2"][: len(tau2)])
    assert [found.i2] == close(metafor[f"{name}.i2"])
    assert [found.log_likelihood] == close(metafor[f"{name}.ll"])


def test_maximum_likelihood(metafor, data):
    file, table = data
    agrees(metafor, f"{file}.ML", regress(table["yi"], table["vi"], method="ML"))
    # confint() stops looking for a bound sooner than this
    interval = profile_tau2(table["yi"], table["vi"])
    assert interval == pytest.approx(metafor[f"{file}.ML.ci"], abs=1e-4)


@pytest.mark.parametrize("method", ["ML", "DL", "FE"])
def test_regression_by_other_estimators(metafor, data, method):
    file, table = data
    x = np.column_stack([np.ones(len(table)), table["year"]])
    found = regress(table["yi"], table["vi"], x, ("intrcpt", "year"), method, "z")
    agrees(metafor, f"{file}.year.{method}", found)
    assert [found.moderators.stat, found.moderators.p] == close(metafor[f"{file}.year.{method}.QM"])


@pytest.mark.parametrize("test", ["knha", "z"])
def test_leave_one_out_and_influence(metafor, data, test):
    file, table = data
    found = influence(table["yi"], table["vi"], "REML", test)
    name = f"{file}.{test}"
    columns = {
        "estimate": "estimate",
        "se": "se",
        "pval": "p",
        "ci.lb": "ci_low",
        "ci.ub": "ci_high",
        "tau2": "tau2",
        "I2": "i2",
        "Q": "q",
    }
    # leave1out() and influence() refit with the default threshold of 1e-5
    loose = 2e-4
    for theirs, ours in columns.items():
        values = [getattr(one.without, ours) for one in found]
        assert values == pytest.approx(metafor[f"{name}.without.{theirs}"], abs=loose), theirs
    ratios = {"cook.d": "cook", "cov.r": "cov_ratio", "dfbs": "dfbetas"}
    for theirs in ("rstudent", "dffits", "cook.d", "cov.r", "hat", "dfbs"):
        values = [getattr(one, ratios.get(theirs, theirs)) for one in found]
        assert values == pytest.approx(metafor[f"{name}.{theirs}"], abs=loose), theirs
    assert [one.influential for one in found] == [bool(x) for x in metafor[f"{name}.influential"]]


@pytest.mark.parametrize("test", ["knha", "z"])
def test_trim_and_fill(metafor, data, test):
    file, table = data
    found = trim_and_fill(table["yi"], table["vi"], "REML", test)
    values = [found.missing, found.se_missing, found.filled.estimate, found.filled.tau2]
    assert values == close(metafor[f"{file}.{test}.trimfill"])


def test_the_pool_of_some_years(metafor, data):
    file, table = data
    some = table[table["year"] <= table["year"].median()]
    found = pool(some["yi"], some["vi"], test="z")
    values = [found.k, found.estimate, found.se, found.tau2]
    assert values == close(metafor[f"{file}.early"])


@pytest.mark.parametrize(
    ("name", "within", "options"),
    [
        ("ml", "esid", {"method": "ML"}),
        ("shared", "half", {}),
        ("shared.rho", "half", {"rho": 0.4}),
    ],
)
def test_levels(metafor, reference_folder, name, within, options):
    table = pd.read_csv(reference_folder / "data" / "dat.assink2016.csv")
    table["half"] = -(-table["esid"] // 2)
    found = pool_levels(table["yi"], table["vi"], table["study"], table[within].tolist(), **options)
    assert found.sigma2 == pytest.approx(metafor[f"{name}.sigma2"], rel=1e-5)
    one = found.coefficients[0]
    assert [one.estimate, one.se] == pytest.approx(metafor[f"{name}.b"], rel=1e-6)
    assert [found.log_likelihood] == pytest.approx(metafor[f"{name}.ll"], rel=1e-9)
    assert [found.q] == pytest.approx(metafor[f"{name}.QE"], rel=1e-9)
