"""``evalkit effects``: from a table of summary statistics to effect sizes, or to findings."""

from __future__ import annotations

import csv
import io
import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from evalkit.errors import EvalkitError, FindingsError
from evalkit.synthesis.estimate import FORMULAS
from evalkit.synthesis.metrics import COLUMNS, METRICS
from evalkit.workspace.effect_checks import KNOWN
from evalkit.workspace.effects import effects_of

from .conftest import Run

ROWS = (
    "study;metric;n_t;mean_t;sd_t;n_c;mean_c;sd_c;events_t;events_c;better\n"
    "Lezen;SMD;48;7,4;1,2;51;6,9;1,4;;;\n"
    "Verzuim;rr;200;;;210;;;18;31;lower\n"
)


def written(folder: Path, text: str | bytes, name: str = "papers.csv") -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def codes(done: Any) -> set[tuple[str, int | None, str | None]]:
    found = done.json()["findings"]
    return {(f["code"], f["place"]["row"], f["place"]["column"]) for f in found}


def test_rows_come_back_with_their_effect(run: Run, tmp_path: Path) -> None:
    done = run("effects", written(tmp_path, ROWS), "--json")
    assert (done.code, done.err) == (0, "")
    assert "NaN" not in done.out
    reading, absence = done.json()
    assert (reading["study"], reading["n_t"], reading["mean_t"]) == ("Lezen", 48, 7.4)
    assert reading["yi"] == pytest.approx(0.3796117296)
    assert reading["vi"] == pytest.approx(1 / 48 + 1 / 51 + reading["yi"] ** 2 / (2 * 99))
    assert reading["formula"] == FORMULAS["smd"].cited
    assert reading["events_t"] is None
    # fewer absences is better
    assert absence["metric"] == "RR"
    assert absence["yi"] == pytest.approx(-math.log((18 / 200) / (31 / 210)))


def test_the_same_in_a_file(run: Run, tmp_path: Path) -> None:
    path, out = written(tmp_path, ROWS), tmp_path / "uit" / "effects.csv"
    done = run("effects", path, "--out", out)
    assert done.code == 0
    assert str(out) in done.out
    rows = list(csv.DictReader(io.StringIO(out.read_text("utf-8"))))
    told = run("effects", path, "--json").json()
    assert [{k: v or None for k, v in row.items()} for row in rows] == [
        {k: None if v is None else str(v) for k, v in row.items()} for row in told
    ]
    # what was written can be read again, and gives the same
    again = run("effects", out, "--json")
    assert again.json() == told
    assert again.err.count("effects.column_replaced") == 3


def test_without_options_there_is_a_table(run: Run, tmp_path: Path) -> None:
    shown = run("effects", written(tmp_path, ROWS)).out
    for part in ("Lezen", "+0.3796", "log_rr", "95% CI"):
        assert part in shown
    many = ROWS + "Meer;MD;9;1;1;9;1;1;;;\n" * 200
    shown = run("effects", written(tmp_path, many)).out
    assert "Rows: 202; the first 100 are shown." in shown
    assert shown.count("Meer") == 98


@pytest.mark.parametrize(
    "text",
    [
        ROWS.replace(",", ".").replace(";", ","),
        ROWS.replace(",", ".").replace(";", "\t"),
        "\ufeff" + ROWS,
        "sep=;\n" + ROWS,
        ROWS.replace("\n", "\r\n"),
        ROWS.upper().replace("STUDY", "study").replace("LEZEN", "Lezen"),
    ],
    ids=["comma", "tab", "mark", "sep", "windows", "upper case"],
)
def test_a_table_is_read_as_programs_write_it(run: Run, tmp_path: Path, text: str) -> None:
    plain = run("effects", written(tmp_path, ROWS, "plain.csv"), "--json").json()
    found = run("effects", written(tmp_path, text), "--json").json()
    assert [(r["study"].lower(), r["yi"], r["vi"]) for r in found] == [
        (r["study"].lower(), r["yi"], r["vi"]) for r in plain
    ]


def test_windows_1252(run: Run, tmp_path: Path) -> None:
    path = written(tmp_path, ROWS.replace("Lezen", "Coördinatie").encode("cp1252"))
    assert run("effects", path, "--json").json()[0]["study"] == "Coördinatie"


WRONG = (
    "metric,n_t,mean_t,sd_t,n_c,mean_c,sd_c,r,events_t,events_c,better,clusters_t,clusters_c,icc,cor,n\n"
    "SMDX,1,2,3,4,5,6\n"
    "SMD,1,2,0,4.5,abc,\n"
    "ROM,10,-2,1,10,0,1\n"
    "RR,10,,,10,,,,11,2,up\n"
    "ZCOR,,,,,,,,,,,,,,-1,3\n"
    "SMCR,2,2,,,,,1\n"
    "SMD_CLUSTER,10,1,2,10,2,1,,,,,11,0,1\n"
    ",1,2\n"
    "OR,10,,,10,,,,-1,1.5\n"
    "SMD,10,12-3-2020,1,10,1,-1\n"
)


def test_all_that_is_wrong_is_told_at_once(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "uit.csv"
    done = run("effects", written(tmp_path, WRONG), "--out", out, "--json")
    assert done.code == 2
    assert not out.exists()
    assert codes(done) == {
        ("effects.metric_unknown", 2, "metric"),
        ("effects.out_of_range", 3, "n_t"),
        ("effects.out_of_range", 3, "sd_t"),
        ("intake.not_whole", 3, "n_c"),
        ("effects.not_a_number", 3, "mean_c"),
        ("effects.no_value", 3, "sd_c"),
        ("effects.out_of_range", 4, "mean_t"),
        ("effects.out_of_range", 4, "mean_c"),
        ("effects.more_than", 5, "events_t"),
        ("effects.better_unknown", 5, "better"),
        ("effects.out_of_range", 6, "cor"),
        ("effects.out_of_range", 6, "n"),
        ("effects.column_missing", None, None),
        ("effects.out_of_range", 7, "n_t"),
        ("effects.out_of_range", 7, "r"),
        ("effects.more_than", 8, "clusters_t"),
        ("effects.out_of_range", 8, "clusters_c"),
        ("effects.out_of_range", 8, "icc"),
        ("effects.no_metric", 9, "metric"),
        ("effects.out_of_range", 10, "events_t"),
        ("intake.not_whole", 10, "events_c"),
        ("intake.became_date", 11, "mean_t"),
        ("effects.out_of_range", 11, "sd_c"),
    }
    found = done.json()["findings"]
    missing = {f["wrong"]["en"] for f in found if f["code"] == "effects.column_missing"}
    assert any("pre_mean_t" in text for text in missing)
    assert any("pre_sd_t" in text for text in missing)


def test_a_misspelt_metric_gets_the_nearest(run: Run, tmp_path: Path) -> None:
    text = "metric,n_t\nDPCC2,1\n"
    (found,) = run("effects", written(tmp_path, text), "--json").json()["findings"]
    assert found["remedy"]["en"].startswith("Choose from: DPPC2 (did you mean this?)")
    assert all(id in found["remedy"]["nl"] for id in METRICS)


def test_a_workbook_gives_what_the_same_csv_gives(run: Run, tmp_path: Path) -> None:
    import openpyxl

    text = "study,metric,cor,n\na,ZCOR,0.2,30\nb,ZCOR,-0.1,44\n"
    book = openpyxl.Workbook()
    for line in text.splitlines():
        book.worksheets[0].append([_cell(cell) for cell in line.split(",")])
    book.save(tmp_path / "papers.xlsx")
    found = run("effects", tmp_path / "papers.xlsx", "--json").json()
    plain = run("effects", written(tmp_path, text), "--json").json()
    assert [row["yi"] for row in found] == [row["yi"] for row in plain]
    assert [row["study"] for row in found] == ["a", "b"]


def _cell(text: str) -> str | float:
    try:
        return float(text)
    except ValueError:
        return text


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "effects.no_rows"),
        ("study,n_t\na,1\n", "effects.no_metric_column"),
        ("metric,n_t\n", "effects.no_rows"),
        ("metric,cor,n,N\nZCOR,.2,30,30\n", "intake.column_double"),
        ("metric,cor,n\nZCOR,.2,30,4\n", "intake.row_too_long"),
        ("metric,mean_t,sd_t,n_t,mean_c,sd_c,n_c\nSMD,1e308,1e-300,9,1,1e-300,9\n",
         "effects.not_computable"),
    ],
)  # fmt: skip
def test_a_table_that_cannot_be_used(run: Run, tmp_path: Path, text: str, code: str) -> None:
    done = run("effects", written(tmp_path, text), "--json")
    assert done.code == 2
    assert {f["code"] for f in done.json()["findings"]} == {code}


def test_what_is_doubtful_is_a_warning(run: Run, tmp_path: Path) -> None:
    text = "metric,n_t,events_t,n_c,events_c\nOR,20,0,20,0\nRR,9,9,8,8\nRD,9,0,8,1\n"
    done = run("effects", written(tmp_path, text), "--json")
    assert done.code == 0
    assert [row["yi"] for row in done.json()] == pytest.approx(
        [0, 0.5 / 10 * 0, -0.5 / 10 * 0], abs=2
    )
    assert done.err.count("effects.same_everywhere") == 2
    text = (
        "metric,n_t,mean_t,sd_t,n_c,mean_c,sd_c,clusters_t,clusters_c,icc\n"
        "SMD_CLUSTER,20,5,1,40,4,1,1,3,.1\n"
    )
    assert run("effects", written(tmp_path, text)).err.count("effects.one_cluster") == 1


def test_findings_of_one_kind_are_bounded(run: Run, tmp_path: Path) -> None:
    text = "metric,cor,n\n" + "ZCOR,2,30\n" * 80
    found = run("effects", written(tmp_path, text), "--json").json()["findings"]
    assert len(found) == 51
    assert found[-1]["code"] == "intake.more"
    assert "30" in found[-1]["wrong"]["en"]


def test_places_where_nothing_is_written(run: Run, tmp_path: Path) -> None:
    path = written(tmp_path, ROWS)
    for words, code in (
        (("effects", path, "--out", path), 1),
        (("effects", path, "--out", tmp_path / "x.xlsx"), 2),
        (("effects", tmp_path / "weg.csv"), 1),
        (("effects", written(tmp_path, "PK", "boek.xlsx")), 1),
        (("effects", path, "--out", path / "x.csv"), 1),
    ):
        done = run(*words)
        assert done.code == code, words
        assert "Traceback" not in done.err
    assert path.read_text("utf-8") == ROWS
    assert {p.name for p in tmp_path.iterdir()} == {"papers.csv", "boek.xlsx"}


def test_lower_is_better_turns_the_sign_of_every_metric(run: Run, tmp_path: Path) -> None:
    figures = dict.fromkeys(COLUMNS, "3") | {"mean_t": "4", "pre_mean_c": "3.5", "r": ".4"}
    figures |= {"n_t": "30", "n_c": "40", "n": "20", "events_t": "9", "icc": ".1", "cor": ".3"}
    names = ",".join(["metric", "better", *figures])
    values = ",".join(figures.values())
    lines = [f"{m},{b},{values}" for b in ("higher", "", "lower") for m in METRICS]
    rows = run("effects", written(tmp_path, "\n".join([names, *lines])), "--json").json()
    higher, plain, lower = (rows[i * len(METRICS) : (i + 1) * len(METRICS)] for i in range(3))
    for one, same, turned in zip(higher, plain, lower, strict=True):
        assert one["yi"] == same["yi"] == -turned["yi"] != 0
        assert one["vi"] == same["vi"] == turned["vi"] > 0


# Anything at all

WORDS = st.one_of(
    st.sampled_from(["", "0", "1", "-1", "2", "30", "7,5", "1e400", "1e308", "nan", "-", "1.234,5",
                     "12-3-2020", "9" * 400, "½", "٣", "=1+1", '"', "higher", "lower", "0.5"]),
    st.sampled_from([*METRICS, "smd ", "XYZ"]),
    st.floats(allow_nan=True).map(str),
    st.integers(-5, 2000000).map(str),
    st.text(max_size=8),
)  # fmt: skip
HEADERS = st.lists(
    st.one_of(st.sampled_from([*KNOWN, "study", "yi", "N_T"]), st.text(max_size=5)),
    min_size=1,
    max_size=24,
)
quick = settings(
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def _any_outcome(path: Path) -> None:
    """Rows that are whole and finite, or a problem that evalkit knows."""
    try:
        found = effects_of(path)
    except (FindingsError, EvalkitError):
        return
    for row in found.rows:
        assert math.isfinite(row["yi"])
        assert 0 < row["vi"] < math.inf
        assert row["metric"] in METRICS
    json.dumps(found.rows, allow_nan=False)


@quick
@given(
    HEADERS,
    st.lists(st.lists(WORDS, max_size=25), max_size=6),
    st.sampled_from(",;\t"),
)
@example(["", "1"], [["0"]], ",")
def test_any_table_gives_rows_or_findings(
    tmp_path: Path, headers: list[str], rows: list[list[str]], separator: str
) -> None:
    text = io.StringIO()
    csv.writer(text, delimiter=separator).writerows([headers, *rows])
    path = tmp_path / "any.csv"
    path.write_bytes(text.getvalue().encode("utf-8", "surrogatepass"))
    _any_outcome(path)


@quick
@given(
    st.lists(
        st.tuples(st.sampled_from(list(METRICS)), st.lists(WORDS, min_size=19, max_size=19)),
        min_size=1,
        max_size=4,
    )
)
def test_any_figures_give_rows_or_findings(
    tmp_path: Path, rows: list[tuple[str, list[str]]]
) -> None:
    text = io.StringIO()
    csv.writer(text).writerows([KNOWN, *([metric, *cells] for metric, cells in rows)])
    path = tmp_path / "any.csv"
    path.write_bytes(text.getvalue().encode("utf-8", "surrogatepass"))
    _any_outcome(path)


@quick
@given(st.binary(max_size=200))
def test_any_bytes_give_rows_or_a_problem(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "any.csv"
    path.write_bytes(content)
    _any_outcome(path)


@quick
@given(st.data())
def test_extreme_figures_give_rows_or_findings(tmp_path: Path, data: st.DataObject) -> None:
    """Every figure within its range, however large or small."""
    metric = data.draw(st.sampled_from(list(METRICS)))
    cells = []
    for name in METRICS[metric].needs:
        limits = METRICS[metric].range(name)
        kind = st.integers(2, 40) if COLUMNS[name].whole else st.floats(
            max(limits.low, -1e308), min(limits.high, 1e308)
        )  # fmt: skip
        cells.append(str(data.draw(kind)))
    header = ",".join(["metric", *METRICS[metric].needs])
    _any_outcome(written(tmp_path, f"{header}\n{metric},{','.join(cells)}\n", "any.csv"))
