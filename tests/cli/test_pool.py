"""``evalkit pool``: what it computes from a file, what it says, what it refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import Ran, Run

KEYS = {
    *("k", "method", "test", "estimate", "se", "ci_low", "ci_high", "p", "tau2", "tau2_ci", "i2"),
    *("q", "q_p", "pi_low", "pi_high", "sigma2", "cr2", "coefficients"),
}

TABLE = """\
project,programme,yi,vi,hours,sector,year
a,north,0.31,0.02,10,po,2019
b,north,0.12,0.03,12,vo,2020
c,south,0.45,0.02,30,po,2020
d,south,0.02,0.04,8,vo,2021
e,west,0.28,0.03,20,po,2021
f,west,0.22,0.02,25,vo,2022
"""

COLUMNS = ("--estimate", "yi", "--variance", "vi")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return written(tmp_path, TABLE)


def written(folder: Path, text: str) -> Path:
    path = folder / "effects.csv"
    path.write_text(text, encoding="utf-8")
    return path


def codes(done: Ran) -> list[str]:
    return [finding["code"] for finding in done.json()["findings"]]


def close(expected: object) -> object:
    return pytest.approx(expected, abs=1e-8)


# What it computes


def test_reml_with_knapp_hartung_is_metafors(run: Run, reference_folder: Path) -> None:
    done = run("pool", reference_folder / "data" / "dat.bcg_RR.csv", *COLUMNS, "--json")
    found = done.json()
    assert set(found) >= KEYS
    assert (found["k"], found["method"], found["test"]) == (13, "REML", "knha")
    assert found["estimate"] == close(-0.71453234215814)
    assert (found["se"], found["p"]) == close((0.180791744092848, 0.0019200150960573))
    assert (found["ci_low"], found["ci_high"]) == close((-1.10844371368555, -0.320620970630728))
    assert (found["tau2"], found["i2"]) == close((0.313243258136486, 92.2213845212691))
    assert found["tau2_ci"] == close([0.119718361141152, 1.11147908406093])
    assert (found["pi_low"], found["pi_high"]) == close((-2.00905765037112, 0.579992966054843))
    assert found["sigma2"] is found["cr2"] is None
    assert [row["estimate"] for row in found["coefficients"]] == [found["estimate"]]


@pytest.mark.parametrize(
    ("model", "options"),
    [
        ("assink2016_3level_REML", ()),
        ("assink2016_3level_deltype_REML", ("--moderator", "deltype")),
        ("assink2016_CHE_rho0.6_REML", ("--rho", "0.6")),
    ],
)
def test_clusters_are_metafors(
    run: Run, reference_folder: Path, model: str, options: tuple[str, ...]
) -> None:
    import json

    expected = json.loads((reference_folder / "metafor.json").read_text())["models"][model]
    data = reference_folder / "data" / "dat.assink2016.csv"
    levels = ("--cluster", "study", "--within", "esid")
    found = run("pool", data, *COLUMNS, *levels, *options, "--json").json()
    assert set(found) >= KEYS
    robust = expected["robust"]["CR2"]
    one = not isinstance(expected["b"], list)
    for part, theirs, columns in (
        (found["coefficients"], expected, {"estimate": "b", "se": "se", "stat": "stat", "p": "p"}),
        (
            found["cr2"],
            robust,
            {"estimate": "b", "se": "se", "stat": "tstat", "df": "df", "p": "p"},
        ),
    ):
        for ours, name in columns.items():
            values = [theirs[name]] if one else theirs[name]
            assert [row[ours] for row in part] == pytest.approx(values, rel=1e-6), ours
    assert [row["term"] for row in found["cr2"]] == (["intrcpt"] if one else expected["names"])
    assert found["sigma2"] == pytest.approx(expected["sigma2"], rel=1e-6)
    assert found["q"] == pytest.approx(expected["QE"])
    interval = [found["pi_low"], found["pi_high"]]
    wanted = expected["pi"] or [None, None]
    assert interval == (wanted if wanted[0] is None else pytest.approx(wanted, rel=1e-6))
    assert found["tau2"] is found["tau2_ci"] is None
    assert found["estimate"] == (found["coefficients"][0]["estimate"] if one else None)
    alone = run("pool", data, *COLUMNS, "--cluster", "study", *options, "--json").json()
    assert alone["cr2"] == found["cr2"]  # without --within each row is a unit


def test_a_factor_of_numbers_has_metafors_terms(run: Run, reference_folder: Path) -> None:
    data = reference_folder / "data" / "dat.bangertdrowns2004.csv"
    found = run("pool", data, *COLUMNS, "--moderator", "factor(grade)", "--json").json()
    terms = [row["term"] for row in found["coefficients"]]
    assert terms == ["intrcpt", "factor(grade)2", "factor(grade)3", "factor(grade)4"]
    assert found["coefficients"][1]["estimate"] == close(-0.372692177866654)
    assert found["references"] == {"factor(grade)": "1"}
    assert (found["moderators"]["df"], found["moderators"]["df2"]) == (3, 44)
    assert found["estimate"] is found["pi_low"] is None


def test_rows_that_lack_a_moderator_are_left_out_and_named(
    run: Run, reference_folder: Path
) -> None:
    data = reference_folder / "data" / "dat.bangertdrowns2004.csv"
    names = ("length", "wic", "feedback", "info", "pers", "imag", "meta")
    options = [word for name in names for word in ("--moderator", name)]
    done = run("pool", data, *COLUMNS, *options, "--test", "z", "--json")
    found = done.json()
    assert (done.code, found["k"]) == (0, 41)
    assert found["r2"] == close(21.0098807927044)
    assert set(codes(done)) == {"pool.left_out"}
    assert "35, 36" in found["findings"][0]["wrong"]["en"]


@pytest.mark.parametrize("method", ["REML", "ML", "DL", "PM", "FE"])
def test_all_methods(run: Run, file: Path, method: str) -> None:
    found = run("pool", file, *COLUMNS, "--method", method.lower(), "--json").json()
    assert found["method"] == method
    assert found["test"] == ("z" if method == "FE" else "knha")
    assert (found["tau2_ci"] is None) == (method == "FE")


def test_a_dutch_file_is_read_the_same(run: Run, file: Path, tmp_path: Path) -> None:
    english = run("pool", file, *COLUMNS, "--json").json()
    dutch = written(tmp_path, TABLE.replace(",", ";").replace(".", ","))
    assert run("pool", dutch, *COLUMNS, "--json").json() == english


def test_sensitivity(run: Run, file: Path) -> None:
    done = run("pool", file, *COLUMNS, "--sensitivity", "--year", "year", "--json")
    found = done.json()
    checks = found["sensitivity"]
    assert [one["row"] for one in checks["influence"]] == [2, 3, 4, 5, 6, 7]
    assert checks["influence"][0]["without"]["k"] == 5
    assert checks["egger"]["df"] == 4
    assert checks["trimfill"]["side"] in ("left", "right")
    assert [(one["year"], one["pooled"]["k"]) for one in found["cumulative"]] == [
        (2019, 1),
        (2020, 3),
        (2021, 5),
        (2022, 6),
    ]
    assert found["cumulative"][-1]["pooled"]["estimate"] == close(found["estimate"])
    clusters = run(
        "pool", file, *COLUMNS, "--sensitivity", "--cluster", "programme", "--json"
    ).json()
    without = clusters["sensitivity"]["without_cluster"]
    assert [(one["cluster"], one["k"]) for one in without] == [
        ("north", 4),
        ("south", 4),
        ("west", 4),
    ]


def test_equal_estimates_are_valid_json(run: Run, tmp_path: Path) -> None:
    same = written(tmp_path, "yi,vi\n0.5,0.25\n0.5,0.25\n0.5,0.25\n")
    done = run("pool", same, *COLUMNS, "--sensitivity", "--json")
    assert "NaN" not in done.out
    assert "Infinity" not in done.out
    found = done.json()
    assert (found["estimate"], found["se"], found["tau2"]) == (0.5, 0, 0)
    assert found["coefficients"][0]["stat"] is None
    assert codes(done) == ["pool.asymmetry", "pool.knha_narrow"]


def test_one_estimate_comes_back(run: Run, tmp_path: Path) -> None:
    one = written(tmp_path, "yi,vi\n0.5,0.25\n")
    found = run("pool", one, *COLUMNS, "--json").json()
    assert (found["k"], found["estimate"], found["se"]) == (1, 0.5, 0.5)
    assert found["tau2"] is found["tau2_ci"] is found["i2"] is found["pi_low"] is None
    half = 1.959963985 * 0.5
    assert (found["ci_low"], found["ci_high"]) == close((0.5 - half, 0.5 + half))
    assert found["test"] == "z"
    text = run("pool", one, *COLUMNS).out
    assert "1 estimate (" in text
    assert "nothing is pooled" in text
    assert "Random effects" not in text
    assert "Knapp" not in text


# What it says


def test_the_text_says_what_the_model_is(run: Run, file: Path) -> None:
    plain = run("pool", file, *COLUMNS).out
    assert "6 estimates" in plain
    assert "Random effects (REML)" in plain
    estimate = run("pool", file, *COLUMNS, "--json").json()["estimate"]
    assert f"{estimate:+.3f}" in plain
    assert "prediction interval" in plain
    levels = run("pool", file, *COLUMNS, "--cluster", "programme", "--rho", "0.5").out
    assert "between the 3 clusters of programme" in levels
    assert "CR2" in levels
    moderated = run("pool", file, *COLUMNS, "--moderator", "sector", "--moderator", "hours").out
    assert "Meta-regression" in moderated
    assert "Coefficients of sector compare with: po." in moderated
    assert "sectorvo" in moderated
    checks = run("pool", file, *COLUMNS, "--sensitivity", "--year", "year").out
    assert all(word in checks for word in ("Egger", "Trim and fill", "Without row", "Up to"))
    by_cluster = run("pool", file, *COLUMNS, "--sensitivity", "--cluster", "programme").out
    assert "Without cluster" in by_cluster
    assert "Fixed effect" in run("pool", file, *COLUMNS, "--method", "FE").out


# What it refuses


@pytest.mark.parametrize(
    ("change", "options", "expected"),
    [
        ((), ("--estimate", "g"), ["pool.column_missing"]),
        ((), ("--estimate", "sector"), ["pool.no_numbers"]),
        (("0.31", "veel"), (), ["pool.not_a_number"]),
        (("0.31,0.02", "0.31,0"), (), ["pool.variance"]),
        (("0.31,0.02", "0.31,-0.2"), (), ["pool.variance"]),
        (("0.31,0.02", "x,-0.2"), (), ["pool.not_a_number", "pool.variance"]),
        (("0.31,0.02", "0.31,1e-30"), (), ["pool.variances_apart"]),
        (("0.31,0.02", "1e200,0.02"), (), ["pool.too_large"]),
        (("vo", "po"), ("--moderator", "sector"), ["pool.one_level"]),
        (("10,po", "long,po"), ("--moderator", "hours"), ["pool.mixed"]),
        (("10,po", "10,3"), ("--moderator", "sector"), ["pool.mixed_words"]),
        ((), ("--subset", "sector"), ["pool.subset_form"]),
        ((), ("--subset", "sector=so"), ["pool.subset_empty"]),
        (
            (),
            ("--subset", "school=po", "--rho", "3"),
            ["pool.rho", "pool.needs_cluster", "pool.column_missing"],
        ),
        ((), ("--moderator", "hours", "--moderator", "hours"), ["pool.collinear"]),
        ((), ("--moderator", "project"), ["pool.too_few"]),
        ((), ("--cluster", "project"), ["pool.one_unit"]),
        (("south", "north"), ("--cluster", "school"), ["pool.column_missing"]),
        ((), ("--within", "project"), ["pool.needs_cluster"]),
        ((), ("--rho", "0.5"), ["pool.needs_cluster"]),
        ((), ("--rho", "1.5", "--cluster", "programme"), ["pool.rho"]),
        ((), ("--rho", "1", "--cluster", "programme"), ["pool.rho"]),
        ((), ("--level", "95"), ["pool.level"]),
        ((), ("--method", "DL", "--cluster", "programme"), ["pool.method_levels"]),
        (
            (),
            ("--rho", "2", "--level", "0", "--estimate", "g", "--variance", "sector"),
            [
                "pool.level",
                "pool.rho",
                "pool.needs_cluster",
                "pool.column_missing",
                "pool.no_numbers",
            ],
        ),
    ],
)
def test_what_is_wrong_is_said_all_at_once(
    run: Run,
    tmp_path: Path,
    change: tuple[str, str] | tuple[()],
    options: tuple[str, ...],
    expected: list[str],
) -> None:
    file = written(tmp_path, TABLE.replace(*change) if change else TABLE)
    done = run("pool", file, *COLUMNS, *options, "--json")
    assert done.code == 2
    assert codes(done) == expected
    text = run("pool", file, *COLUMNS, *options)
    assert (text.code, text.out) == (2, "")
    assert all(code in text.err for code in expected)


def test_one_cluster_is_refused(run: Run, tmp_path: Path) -> None:
    file = written(tmp_path, "yi,vi,c\n0.1,0.2,a\n0.4,0.2,a\n0.2,0.1,a\n")
    assert codes(run("pool", file, *COLUMNS, "--cluster", "c", "--json")) == ["pool.one_cluster"]
    low = run("pool", file, *COLUMNS, "--cluster", "c", "--rho", "-0.7", "--json")
    assert codes(low) == ["pool.one_cluster", "pool.rho"]


def test_a_file_without_a_whole_row_is_refused(run: Run, tmp_path: Path) -> None:
    file = written(tmp_path, "yi,vi\n0.1,\n,0.2\n")
    done = run("pool", file, *COLUMNS, "--json")
    assert done.code == 2
    assert codes(done) == ["pool.left_out", "pool.left_out", "pool.nothing"]


def test_a_finding_names_row_and_column(run: Run, tmp_path: Path) -> None:
    file = written(tmp_path, TABLE.replace("0.45", "hoog"))
    (finding,) = run("pool", file, *COLUMNS, "--json").json()["findings"]
    place = finding["place"]
    assert (place["file"], place["row"], place["column"]) == ("effects.csv", 4, "yi")


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (("--cluster", "programme", "--test", "knha"), ["pool.knha_levels"]),
        (("--method", "FE", "--test", "knha"), ["pool.knha_fixed"]),
        (("--moderator", "hours", "--sensitivity"), ["pool.sensitivity_moderators"]),
        (("--moderator", "hours", "--year", "year"), ["pool.cumulative"]),
        (("--cluster", "programme", "--year", "year"), ["pool.cumulative"]),
    ],
)
def test_what_is_done_otherwise_is_said(
    run: Run, file: Path, options: tuple[str, ...], expected: list[str]
) -> None:
    done = run("pool", file, *COLUMNS, *options, "--json")
    assert (done.code, codes(done)) == (0, expected)
    assert done.json()["estimate"] is not None or "--moderator" in options


def test_few_estimates_have_no_sensitivity(run: Run, tmp_path: Path) -> None:
    file = written(tmp_path, "yi,vi\n0.1,0.2\n0.3,0.2\n")
    done = run("pool", file, *COLUMNS, "--sensitivity", "--json")
    assert codes(done) == ["pool.sensitivity_few"]
    assert done.json()["sensitivity"] is None


def test_too_many_to_leave_out_each(run: Run, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evalkit.workspace.pooling.MOST_LEFT_OUT", 2)
    done = run("pool", file, *COLUMNS, "--sensitivity", "--json")
    assert codes(done) == ["pool.sensitivity_large"]
    assert done.json()["sensitivity"]["egger"] is not None
    clusters = run("pool", file, *COLUMNS, "--sensitivity", "--cluster", "programme", "--json")
    assert codes(clusters) == ["pool.sensitivity_large"]


def test_a_huge_cluster_is_refused(run: Run, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evalkit.synthesis.pooling.robust.LARGEST_CLUSTER", 1)
    done = run("pool", file, *COLUMNS, "--cluster", "programme", "--json")
    assert codes(done) == ["pool.cluster_large"]


# What can be compared


MEASURED = """\
project,measure,wave,metric,yi,vi,pooled,not_pooled_because
a,taal,post,SMD,0.31,0.02,true,
a,rekenen,post,SMD,0.22,0.02,true,
a,taal,tussen,SMD,1.31,0.02,false,interim
b,taal,post,SMD_CLUSTER,0.12,0.03,true,
b,rekenen,post,COX,0.05,0.03,true,
c,taal,post,DPPC2,0.45,0.02,true,
c,verzuim,post,ROM,-0.08,0.01,true,
d,taal,post,SMCR,2.02,0.04,false,single_group
d,taal,post,,,,false,no_sd
"""


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ((), ["pool.not_counted", "pool.scales", "pool.several", "pool.dependent"]),
        (("--subset", "measure=verzuim"), []),
        (("--subset", "measure=taal"), ["pool.not_counted"]),
        (("--subset", "Measure=TAAL", "--subset", "measure=rekenen"),
         ["pool.not_counted", "pool.several", "pool.dependent"]),
        (("--subset", "measure=taal", "--subset", "measure=rekenen", "--cluster", "project"),
         ["pool.not_counted", "pool.several_averaged", "pool.prediction_narrow"]),
        (("--subset", "measure=taal", "--subset", "measure=rekenen", "--moderator", "measure"),
         ["pool.not_counted", "pool.dependent"]),
        (("--cluster", "project"), ["pool.not_counted", "pool.scales", "pool.several_averaged"]),
        (("--mixed",),
         ["pool.not_counted", "pool.scales_mixed", "pool.several_averaged", "pool.dependent"]),
        (("--all", "--subset", "measure=taal"),
         ["pool.left_out", "pool.left_out", "pool.scales", "pool.several", "pool.dependent"]),
        (("--all", "--subset", "metric=SMCR"), []),
    ],
)  # fmt: skip
def test_what_cannot_be_compared_is_refused(
    run: Run, tmp_path: Path, options: tuple[str, ...], expected: list[str]
) -> None:
    done = run("pool", written(tmp_path, MEASURED), *COLUMNS, *options, "--json")
    assert codes(done) == expected
    refused = {"pool.scales", "pool.several"} & set(expected)
    assert done.code == (2 if refused else 0)


def test_what_is_said_of_scales_names_them_and_what_to_do(run: Run, tmp_path: Path) -> None:
    done = run("pool", written(tmp_path, MEASURED), *COLUMNS)
    assert "COX, DPPC2, SMD, SMD_CLUSTER (5); ROM (1)" in " ".join(done.err.split())
    assert "interim (1), single_group (1), no_sd (1)" in " ".join(done.err.split())
    assert "--subset metric=" in done.err
    assert "--mixed" in done.err


def test_only_rows_that_count_are_pooled(run: Run, tmp_path: Path) -> None:
    found = run(
        "pool", written(tmp_path, MEASURED), *COLUMNS, "--subset", "measure=taal", "--json"
    ).json()
    plain = written(tmp_path, "yi,vi\n0.31,0.02\n0.12,0.03\n0.45,0.02\n")
    alone = run("pool", plain, *COLUMNS, "--json").json()
    for key in ("k", "estimate", "se", "ci_low", "p", "tau2", "q"):
        assert found[key] == alone[key], key


def test_what_evalkit_effects_wrote_is_not_mixed_up(run: Run, tmp_path: Path) -> None:
    papers = tmp_path / "papers.csv"
    papers.write_text(
        "study,metric,n_t,mean_t,sd_t,n_c,mean_c,sd_c,events_t,events_c\n"
        "a,SMD,30,5,2,30,4,2,,\nb,RR,30,,,30,,,12,8\n",
        encoding="utf-8",
    )
    assert run("effects", papers, "--out", tmp_path / "out.csv").code == 0
    done = run("pool", tmp_path / "out.csv", *COLUMNS, "--json")
    assert (done.code, codes(done)) == (2, ["pool.scales"])


def test_a_column_of_another_meaning_is_left_alone(run: Run, tmp_path: Path) -> None:
    file = written(tmp_path, "yi,vi,pooled\n0.1,0.2,1.8\n0.3,0.2,0\n0.2,0.1,2.2\n")
    done = run("pool", file, *COLUMNS, "--json")
    assert (done.json()["k"], "pool.not_counted" in codes(done)) == (3, False)


@pytest.mark.parametrize(
    ("options", "told"),
    [((), True), (("--cluster", "project"), True), (("--cluster", "group"), False)],
)
def test_projects_in_the_same_schools_are_told(
    run: Run, tmp_path: Path, options: tuple[str, ...], told: bool
) -> None:
    rows = ["a,1,0.1,0.2,shared_schools", "b,1,0.3,0.2,unmatched; shared_schools",
            "c,2,0.2,0.1,", "c,2,0.6,0.1,"]  # fmt: skip
    file = written(tmp_path, "\n".join(["project,group,yi,vi,notes", *rows]))
    done = run("pool", file, *COLUMNS, *options, "--json")
    assert ("pool.shared_schools" in codes(done)) is told
    assert done.code == 0
    if told:
        (said,) = (f for f in done.json()["findings"] if f["code"] == "pool.shared_schools")
        assert said["wrong"]["en"].startswith("Of 2 row(s)")


def test_columns_are_found_whatever_their_case(run: Run, file: Path, tmp_path: Path) -> None:
    plain = run("pool", file, *COLUMNS, "--moderator", "factor(year)", "--json").json()
    file.write_text(TABLE.replace("yi,vi", "Yi,VI").replace("year", "Year"), encoding="utf-8")
    again = run("pool", file, *COLUMNS, "--moderator", "factor(year)", "--json").json()
    assert [c["estimate"] for c in again["coefficients"]] == [
        c["estimate"] for c in plain["coefficients"]
    ]


@pytest.mark.parametrize("text", ["", "yi,vi\n", "\n"])
def test_a_file_without_rows_is_told_so(run: Run, tmp_path: Path, text: str) -> None:
    done = run("pool", written(tmp_path, text), *COLUMNS, "--json")
    assert (done.code, codes(done)) == (2, ["pool.no_rows"])


def test_an_interval_that_says_too_much_is_told(run: Run, tmp_path: Path) -> None:
    """Estimates closer together than chance: Knapp-Hartung's interval shrinks."""
    close_by = written(tmp_path, "yi,vi\n0.30,0.02\n0.31,0.02\n0.29,0.03\n0.30,0.02\n")
    done = run("pool", close_by, *COLUMNS, "--json")
    assert codes(done) == ["pool.knha_narrow"]
    fixed = run("pool", close_by, *COLUMNS, "--method", "FE", "--json").json()
    said = done.json()["findings"][0]["wrong"]["en"]
    assert f"{fixed['ci_low']:+.3f} to {fixed['ci_high']:+.3f}" in said
    assert codes(run("pool", close_by, *COLUMNS, "--test", "z", "--json")) == []
    assert codes(run("pool", written(tmp_path, TABLE), *COLUMNS, "--json")) == []


def test_a_prediction_narrower_than_the_mean_is_told(run: Run, tmp_path: Path) -> None:
    """With few clusters the robust interval of the mean is wide; that of a new study is normal."""
    few = "yi,vi,p\n0.25,0.01,a\n0.3,0.02,a\n0.1,0.01,b\n0.55,0.03,c\n0.2,0.02,d\n0.35,0.02,d\n"
    done = run("pool", written(tmp_path, few), *COLUMNS, "--cluster", "p", "--json")
    assert codes(done) == ["pool.prediction_narrow"]
    (mean,) = done.json()["cr2"]
    said = done.json()["findings"][0]["wrong"]["en"]
    assert f"{mean['ci_low']:+.3f} to {mean['ci_high']:+.3f}" in said
    apart = few.replace("0.55,0.03", "2.55,0.03")
    assert codes(run("pool", written(tmp_path, apart), *COLUMNS, "--cluster", "p", "--json")) == []


def test_no_file_is_one_line(run: Run) -> None:
    done = run("pool", "weg.csv", *COLUMNS)
    assert (done.code, done.out, done.err.count("\n")) == (1, "", 1)
