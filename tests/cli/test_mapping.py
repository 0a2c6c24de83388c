"""``evalkit mapping suggest``: proposed, asked about, written, and collected with."""

from __future__ import annotations

import io
import shutil
import sys
from pathlib import Path

import pyreadstat
import pytest
import yaml

from tests.workspace import rounds

from .conftest import Run

EXPORT = """\
llnr;roepnaam;brin;groep;conditie;toetsscore;verzuim;datum
a1;Sanne;27XY;7;units;61;2;10-6-2026
a2;Daan;27XY;7;gewone klassen;58,5;0;11-6-2026
a3;Emma;05KO;8;units;999;4;10-6-2026
"""


@pytest.fixture
def copy(work: Path, tmp_path: Path) -> Path:
    return shutil.copytree(work, tmp_path / "werk")


@pytest.fixture
def export(tmp_path: Path) -> Path:
    return rounds.written(tmp_path, "export.csv", EXPORT)


def answer(monkeypatch: pytest.MonkeyPatch, *lines: str) -> None:
    """Somebody at a terminal who types these lines."""

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(sys, "stdin", Terminal("".join(f"{line}\n" for line in lines)))


def test_what_is_proposed_can_be_collected_at_once(
    run: Run, copy: Path, export: Path, tmp_path: Path
) -> None:
    out = tmp_path / "nieuw" / "mapping.yaml"
    words = ("-w", copy, "mapping", "suggest", export, "--project", "units-oost", "--out", out)
    done = run(*words, "--yes")
    assert (done.code, done.err) == (0, "")
    assert f"Written: {out}" in done.out
    mapping = yaml.safe_load(out.read_text(encoding="utf-8"))
    assert mapping["columns"]["fonds.score"] == "toetsscore"
    assert mapping["values"]["fonds.score"] == {"999": ""}
    assert mapping["wave"] == "post"  # The days fall in its window.
    # The names have to go first; then it is stored as it is.
    refused = run("-w", copy, "collect", export, "--mapping", out)
    assert refused.code == 2
    assert "intake.names" in refused.err
    plain = "\n".join(
        ";".join(cell for i, cell in enumerate(line.split(";")) if i != 1)
        for line in EXPORT.splitlines()
    )
    without = rounds.written(tmp_path, "zonder.csv", plain)
    done = run("-w", copy, "collect", without, "--mapping", out, "--received-on", rounds.TODAY,
               "--reason", "correctie", "--json")  # fmt: skip
    assert {f["code"] for f in done.json()["findings"] if f["severity"] == "error"} <= {
        "intake.correction_incomplete"
    }
    again = run(*words)
    assert (again.code, again.err.count("\n")) == (1, 1)


def test_printed_it_is_the_file_itself(run: Run, work: Path, export: Path) -> None:
    done = run("-w", work, "mapping", "suggest", export, "--project", "units-oost")
    assert done.code == 0
    assert yaml.safe_load(done.out)["respondent"] == "pupil"
    assert "Sanne" not in done.out
    dutch = run("-w", work, "mapping", "suggest", export, "--project", "units-oost",
                "--lang", "nl")  # fmt: skip
    assert yaml.safe_load(dutch.out) == yaml.safe_load(done.out)
    assert "de waarden zijn scholen van het project" in dutch.out


def test_as_data(run: Run, work: Path, export: Path) -> None:
    done = run("-w", work, "mapping", "suggest", export, "--project", "units-oost", "--json")
    found = done.json()
    by_column = {column["column"]: column for column in found["columns"]}
    assert by_column["roepnaam"]["personal"] == "intake.names"
    assert by_column["brin"]["certain"] is True
    assert by_column["brin"]["why"][0].keys() == {"nl", "en"}
    assert found["mapping"]["taken_column"] == "datum"


def test_it_asks_about_what_is_not_sure(
    run: Run, work: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = "llnr;brin;groep;arm;score 1;score 2\n1;27XY;7;u;61;70\n2;27XY;7;g;58;60\n"
    path = rounds.written(tmp_path, "export.csv", content)
    words = ("-w", work, "mapping", "suggest", path, "--project", "units-oost")
    # The wave; then the meaning of 'u' and 'g' in the column of groups.
    answer(monkeypatch, "2", "x", "1", "2", "", "", "")
    done = run(*words)
    assert done.code == 0
    assert "Which moment are these data of?" in done.err
    mapping = yaml.safe_load(done.out)
    assert mapping["values"]["arm"] == {"u": "intervention", "g": "comparison"}
    answer(monkeypatch)
    assert "?" not in run(*words, "--yes").err


def test_no_column_that_is_certain_is_one_line(run: Run, work: Path, tmp_path: Path) -> None:
    path = rounds.written(tmp_path, "x.csv", "a;b\n1;2\n3;4\n")
    out = tmp_path / "mapping.yaml"
    done = run("-w", work, "mapping", "suggest", path, "--project", "units-oost", "--out", out)
    assert (done.code, done.out, done.err.count("\n")) == (1, "", 1)
    assert not out.exists()


@pytest.mark.parametrize("name", ["weg.csv", "oud.xls", "data.json"])
def test_files_that_cannot_be_read_are_one_line(
    run: Run, work: Path, tmp_path: Path, name: str
) -> None:
    if name != "weg.csv":
        (tmp_path / name).write_bytes(b"x")
    done = run("-w", work, "mapping", "suggest", tmp_path / name, "--project", "units-oost")
    assert (done.code, done.out, done.err.count("\n")) == (1, "", 1)


# Exports that are collected


def test_an_spss_file_under_the_names_of_the_design(run: Run, copy: Path, tmp_path: Path) -> None:
    import pandas as pd

    rows = pd.DataFrame(rounds.pupils("post", per_arm=3, schools={"05KO": "intervention"}))
    path = tmp_path / "export.sav"
    pyreadstat.write_sav(rows, str(path))
    words = ("-w", copy, "collect", path, "--project", "units-oost", "--wave", "post",
             "--taken-on", rounds.AFTER, "--received-on", rounds.TODAY)  # fmt: skip
    done = run(*words, "--json")
    codes = {f["code"] for f in done.json()["findings"]}
    assert codes & {"intake.already_there", "intake.correction_incomplete"}
    assert not codes & {"intake.not_a_number", "intake.column_unknown", "intake.school_unknown"}


def test_a_mistake_in_the_mapping_is_at_its_line(
    run: Run, work: Path, export: Path, tmp_path: Path
) -> None:
    text = "respondent: pupil\nwave: post\ncolumns:\n  unit: llnr\n  fonds.score: cijfer\n"
    mapping = rounds.written(tmp_path, "map.yaml", text)
    done = run("-w", work, "collect", export, "--project", "units-oost", "--mapping", mapping,
               "--json")  # fmt: skip
    found = {(f["code"], f["place"]["file"], f["place"]["line"]) for f in done.json()["findings"]}
    assert ("intake.mapping_column", "map.yaml", 5) in found


def test_a_workbook_of_evalkit_needs_no_mapping(
    run: Run, played: Path, work: Path, tmp_path: Path
) -> None:
    mapping = rounds.written(tmp_path, "map.yaml", "respondent: pupil\ncolumns: {unit: a}\n")
    done = run("-w", work, "collect", played / "ontwerp" / "ingevuld.xlsx", "--mapping", mapping,
               "--json")  # fmt: skip
    assert "intake.mapping_unused" in {f["code"] for f in done.json()["findings"]}


def test_a_workbook_that_is_an_export(run: Run, copy: Path, tmp_path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    for line in EXPORT.splitlines():
        cells = line.split(";")
        book.active.append([cells[0], *cells[2:]])
    path = tmp_path / "export.xlsx"
    book.save(path)
    refused = run("-w", copy, "collect", path, "--json")
    assert {f["code"] for f in refused.json()["findings"]} == {"intake.not_ours"}
    out = tmp_path / "mapping.yaml"
    done = run("-w", copy, "mapping", "suggest", path, "--project", "units-oost", "--out", out)
    assert done.code == 0
    done = run("-w", copy, "collect", path, "--mapping", out, "--received-on", rounds.TODAY,
               "--json")  # fmt: skip
    found = done.json()["findings"]
    assert "intake.already_there" in {f["code"] for f in found}
    assert {f["place"]["sheet"] for f in found if f["code"] == "intake.already_there"} == {"Sheet"}


@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_a_survey_export_says_itself_what_it_is(
    run: Run, copy: Path, tmp_path: Path, suffix: str
) -> None:
    import pandas as pd

    from evalkit.collect.survey import survey_forms
    from evalkit.workspace.workspace import Workspace

    with Workspace.open(copy) as workspace:
        design = workspace.current_design("units-oost")
    form = next(f for f in survey_forms(design, "baseline") if "pupil" in f.id)
    row = dict(form.hidden) | {"today": rounds.BEFORE.isoformat()}
    for question in form.questions:
        spec = question.spec
        row[question.name] = {"school": "05KO", "unit": "s1", "class": "7"}.get(
            spec.name, str(spec.options[0].value if spec.options else 50)
        )
    frame = pd.DataFrame([row])
    path = tmp_path / f"export{suffix}"
    frame.to_csv(path, index=False) if suffix == ".csv" else frame.to_excel(path, index=False)
    done = run("-w", copy, "collect", path, "--received-on", rounds.TODAY, "--json")
    codes = {f["code"] for f in done.json()["findings"]}
    assert codes & {"intake.already_there", "intake.correction_incomplete"}, codes
    mixed = pd.concat([frame, frame.assign(**dict.fromkeys(form.hidden, "x"))])
    mixed.to_csv(tmp_path / "gemengd.csv", index=False)
    done = run("-w", copy, "collect", tmp_path / "gemengd.csv", "--json")
    assert {f["code"] for f in done.json()["findings"]} == {"survey.mixed"}
