"""``evalkit workbook``, and what goes back to a school: a page, and a marked copy of its file."""

from __future__ import annotations

import re
import shutil
from html import unescape
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from evalkit.workspace.workspace import Workspace
from tests.workspace import rounds

from .conftest import Run, quietly

CONTACT = "Bureau van het fonds, vragen@fonds.example"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with one project and its design."""
    folder = tmp_path_factory.mktemp("bureau")
    work = folder / "werk"
    rounds.written(folder, "protocol.yaml", rounds.PROTOCOL + f"contact: {CONTACT}\n")
    rounds.written(folder, "project.yaml", rounds.project_text())
    quietly("init", work)
    quietly("-w", work, "protocol", "add", folder / "protocol.yaml")
    quietly("-w", work, "project", "add", folder / "project.yaml")
    quietly("-w", work, "design", "units-oost", "--out", folder)
    return work


@pytest.fixture
def wrong(office: Path, tmp_path: Path) -> Path:
    """The workbook of one moment with mistakes in it."""
    quietly("-w", office, "workbook", "units-oost", "--wave", "post", "--out", tmp_path / "p.xlsx")
    rows = rounds.pupils("post")
    rows[2]["fonds.score"] = "zes"
    rows[3] |= {"fonds.score": 300, "unit": None}
    rows[5]["fonds.absence"] = "bel 06-12345678"
    return rounds.fill(tmp_path / "p.xlsx", {rounds.POST: rows}, {"post": rounds.AFTER})


def page(path: Path) -> str:
    return unescape(path.read_text(encoding="utf-8"))


def stored(office: Path) -> int:
    with Workspace.open(office) as workspace:
        return len(workspace.store.submissions())


def test_a_refused_file_goes_back_as_page_and_as_marked_copy(
    run: Run, office: Path, wrong: Path, tmp_path: Path
) -> None:
    report, marked = tmp_path / "terug" / "r.html", tmp_path / "terug" / "m.xlsx"
    before = stored(office)
    done = run(
        "-w", office, "collect", wrong, "--received-on", rounds.TODAY,
        "--report", report, "--marked", marked, "--lang", "nl",
    )  # fmt: skip
    assert done.code == 2
    assert stored(office) == before
    assert str(report) in done.out
    assert str(marked) in done.out
    text = page(report)
    assert text.startswith("<!doctype html>")
    assert '<html lang="nl">' in text
    assert "Leerlingen nameting" in text
    assert "rij 9 · kolom" in text
    assert "'zes' is geen getal." in text
    assert "intake.required" in text
    assert CONTACT in text
    sheet = openpyxl.load_workbook(marked)["Leerlingen nameting"]
    comments = [cell.comment.text for row in sheet.iter_rows() for cell in row if cell.comment]
    assert any("'zes' is geen getal." in comment for comment in comments)
    assert len(comments) == 4


def test_nothing_personal_leaves_by_mail(
    run: Run, office: Path, wrong: Path, tmp_path: Path
) -> None:
    report, marked = tmp_path / "r.html", tmp_path / "m.xlsx"
    run("-w", office, "collect", wrong, "--report", report, "--marked", marked)
    assert "12345678" not in page(report)
    comments = [
        cell.comment.text
        for row in openpyxl.load_workbook(marked)["Leerlingen nameting"].iter_rows()
        for cell in row
        if cell.comment
    ]
    assert "12345678" not in " ".join(comments)


def test_the_page_fetches_nothing_and_runs_nothing(
    run: Run, office: Path, wrong: Path, tmp_path: Path
) -> None:
    run("-w", office, "collect", wrong, "--report", tmp_path / "r.html")
    text = page(tmp_path / "r.html")
    assert "<script" not in text
    assert not re.search(r"""(?:src|href)=["'](?!#)""", text)


def test_the_language_is_that_of_the_workbook_unless_asked(
    run: Run, office: Path, wrong: Path, tmp_path: Path
) -> None:
    # The terminal is English here, the school's workbook Dutch.
    done = run("-w", office, "collect", wrong, "--report", tmp_path / "r.html")
    assert "is not a number" in done.err
    assert "is geen getal" in page(tmp_path / "r.html")
    run("--lang", "en", "-w", office, "collect", wrong, "--report", tmp_path / "e.html")
    assert "is not a number" in page(tmp_path / "e.html")


def test_json_stays_json(run: Run, office: Path, wrong: Path, tmp_path: Path) -> None:
    done = run("-w", office, "collect", wrong, "--report", tmp_path / "r.html", "--json")
    assert done.code == 2
    assert {f["severity"] for f in done.json()["findings"]} >= {"error"}
    assert (tmp_path / "r.html").is_file()


def test_a_csv_goes_back_as_a_workbook(run: Run, office: Path, tmp_path: Path) -> None:
    rows = rounds.pupils("post")
    rows[2]["fonds.score"] = "zes"
    csv = rounds.csv_of(rows, tmp_path)
    said: tuple[Any, ...] = (
        "--project",
        "units-oost",
        "--wave",
        "post",
        "--taken-on",
        rounds.AFTER,
    )
    done = run(
        "-w", office, "collect", csv, *said, "--received-on", rounds.TODAY,
        "--marked", tmp_path / "m.xlsx", "--report", tmp_path / "r.html",
    )  # fmt: skip
    assert done.code == 2
    sheet = openpyxl.load_workbook(tmp_path / "m.xlsx")["data"]
    marked = [cell for row in sheet.iter_rows() for cell in row if cell.comment]
    assert [(cell.row, cell.value) for cell in marked] == [(4, "zes")]
    assert "Project units-oost" in page(tmp_path / "r.html")


def test_a_package_has_no_cells_and_that_is_said(run: Run, office: Path, tmp_path: Path) -> None:
    package = rounds.written(tmp_path, "p.json", "{}")
    done = run(
        "-w", office, "collect", package,
        "--marked", tmp_path / "m.xlsx", "--report", tmp_path / "r.html",
    )  # fmt: skip
    assert done.code == 2
    assert "intake.not_marked" in done.err
    assert not (tmp_path / "m.xlsx").exists()
    assert "file.key_missing" in page(tmp_path / "r.html")


def test_an_accepted_file_has_a_page_too(run: Run, office: Path, tmp_path: Path) -> None:
    book = rounds.fill(
        office.parent / "workbook.xlsx", {rounds.POST: rounds.pupils("post")},
        {"post": rounds.AFTER},
    )  # fmt: skip
    done = run(
        "-w", office, "collect", book, "--received-on", rounds.TODAY,
        "--report", tmp_path / "r.html", "--marked", tmp_path / "m.xlsx", "--lang", "en",
    )  # fmt: skip
    assert done.code == 0
    assert stored(office) == 1
    text = page(tmp_path / "r.html")
    assert "Accepted, with remarks" in text
    assert "intake.measure_missing" in text
    assert openpyxl.load_workbook(tmp_path / "m.xlsx").sheetnames[0] == "Findings"


def test_the_file_itself_is_never_written_over(run: Run, office: Path, wrong: Path) -> None:
    before = wrong.read_bytes()
    done = run("-w", office, "collect", wrong, "--marked", wrong)
    assert done.code == 2
    assert "Usage" in done.err
    assert wrong.read_bytes() == before


# The workbook of one moment


def test_the_workbook_of_one_moment_names_deadline_and_contact(
    run: Run, office: Path, tmp_path: Path
) -> None:
    out = tmp_path / "nieuw" / "post.xlsx"
    done = run("-w", office, "workbook", "units-oost", "--wave", "post", "--out", out)
    assert (done.code, done.err) == (0, "")
    assert str(out) in done.out
    start = openpyxl.load_workbook(out)["Start"]
    texts = [cell.value for row in start.iter_rows(max_row=8) for cell in row if cell.value]
    assert CONTACT in texts
    assert "nameting" in texts


def test_without_a_moment_it_is_that_of_the_design(run: Run, office: Path, tmp_path: Path) -> None:
    run("-w", office, "workbook", "units-oost", "--out", tmp_path / "alles.xlsx")
    same = (office.parent / "workbook.xlsx").read_bytes()
    assert (tmp_path / "alles.xlsx").read_bytes() == same


@pytest.mark.parametrize(
    ("words", "about"),
    [(("units-oost", "--wave", "nooit"), "baseline"), (("niets",), "units-oost")],
)
def test_what_is_not_there_is_said(
    run: Run, office: Path, tmp_path: Path, words: tuple[str, ...], about: str
) -> None:
    done = run("-w", office, "workbook", *words, "--out", tmp_path / "w.xlsx")
    assert done.code == 1
    assert about in done.err
    assert not (tmp_path / "w.xlsx").exists()


def test_the_workbook_of_another_moment_is_said_to_be_so(
    run: Run, office: Path, wrong: Path
) -> None:
    done = run("-w", office, "collect", wrong, "--wave", "baseline", "--lang", "nl")
    assert done.code == 2
    assert "nameting" in done.err
    assert "intake.other_wave" in done.err


def test_the_workbook_of_another_project_is_said_to_be_so(
    run: Run, office: Path, wrong: Path
) -> None:
    report = wrong.with_name("r.html")
    done = run(
        "-w", office, "collect", wrong, "--project", "units-west", "--json", "--report", report
    )
    assert (done.code, [f["code"] for f in done.json()["findings"]]) == (
        2, ["intake.other_project"],
    )  # fmt: skip
    assert "units-oost" in page(report)


def test_the_workbook_of_a_project_that_is_not_known_here(
    run: Run, office: Path, wrong: Path, tmp_path: Path
) -> None:
    quietly("init", tmp_path / "elders")
    done = run("-w", tmp_path / "elders", "collect", wrong, "--report", tmp_path / "r.html")
    assert done.code == 2
    assert "intake.project_unknown" in done.err
    assert "units-oost" in page(tmp_path / "r.html")


@pytest.mark.parametrize("name", ["a.xlsm", "a.xls", "a.ods", "a.docx"])
def test_a_file_of_another_kind_has_a_page_and_is_remembered(
    run: Run, office: Path, tmp_path: Path, name: str
) -> None:
    path = tmp_path / name
    path.write_bytes(b"PK\x03\x04" + name.encode())
    words = ("--project", "units-oost", "--report", tmp_path / "r.html")
    done = run("-w", office, "collect", path, *words)
    assert done.code == 2
    assert path.suffix in page(tmp_path / "r.html")
    listed = run("-w", office, "submission", "list", "--project", "units-oost", "--json").json()
    assert name in [entry["file_name"] for entry in listed if entry["status"] == "returned"]


def test_a_copy_that_cannot_be_made_is_no_error_in_the_delivery(
    run: Run, office: Path, tmp_path: Path
) -> None:
    rows = rounds.pupils("baseline")
    office = shutil.copytree(office, tmp_path / "werk")
    with Workspace.open(office) as workspace:
        design = workspace.current_design("units-oost")
    package = rounds.package_of(design, {rounds.BASELINE: rows}, {"baseline": rounds.BEFORE},
                                tmp_path)  # fmt: skip
    done = run(
        "-w", office, "collect", package, "--received-on", rounds.TODAY, "--lang", "nl",
        "--marked", tmp_path / "m.xlsx",
    )  # fmt: skip
    assert done.code == 0
    assert "fouten" not in done.err + done.out
    assert "Alleen de gemerkte kopie is niet gemaakt" in done.err
    assert not (tmp_path / "m.xlsx").exists()
