"""``evalkit design`` as a person types it: make, register, list, show, compare."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from evalkit.design.making import design_hash
from evalkit.workspace.workspace import Workspace
from tests.workspace import rounds

from .conftest import Run

DOCUMENTS = ("design.pdf", "design.html", "design.json", "workbook.xlsx")


@pytest.fixture
def office(played: Path, tmp_path: Path) -> Path:
    """A workspace of one's own, in which everything happened once."""
    return shutil.copytree(played / "werk map", tmp_path / "kantoor")


def test_make_may_be_left_out(run: Run, office: Path, tmp_path: Path) -> None:
    for words, out in (
        (("design", "units-oost", "--out"), "een"),
        (("design", "make", "units-oost", "--out"), "twee"),
    ):
        done = run("-w", office, *words, tmp_path / out)
        assert done.code == 0
        assert all((tmp_path / out / name).is_file() for name in DOCUMENTS)
    done = run("design", "--out", tmp_path / "drie", "-w", office, "units-oost")
    assert done.code == 0
    helped = run("design", "--help")
    assert all(f"  {name} " in helped.out for name in ("make", "list", "show", "diff"))
    assert "PROJECT" in run("design", "units-oost", "--help").out


def test_a_project_called_like_a_subcommand_is_made_with_make(
    run: Run, office: Path, tmp_path: Path
) -> None:
    for id in ("list", "make"):
        path = rounds.written(tmp_path, f"{id}.yaml", rounds.project_text(id))
        assert run("-w", office, "project", "add", path).code == 0
        assert run("-w", office, "design", "make", id, "--out", tmp_path / id).code == 0
        assert (tmp_path / id / "design.json").is_file()
        assert len(run("-w", office, "design", "list", id, "--json").json()) == 1


def test_the_language_of_the_documents_is_not_that_of_the_terminal(
    run: Run, office: Path, tmp_path: Path
) -> None:
    made = {}
    for written, terminal in (("nl", "en"), ("en", "nl")):
        out = tmp_path / written
        words = ("design", "units-oost", "--out", out, "--language", written, "--lang", terminal)
        done = run("-w", office, *words)
        assert done.code == 0
        assert ("meetmomenten" in done.out) == (terminal == "nl")
        assert f'<html lang="{written}"' in (out / "design.html").read_text("utf-8")
        made[written] = (out / "design.json").read_bytes()
    assert made["nl"] == made["en"]
    assert run("design", "units-oost", "--out", tmp_path, "--language", "fr").code == 2


def test_registering_from_first_to_amendment(run: Run, office: Path, tmp_path: Path) -> None:
    def design(*words: object) -> tuple[int, str]:
        done = run("-w", office, "design", "units-oost", "--out", tmp_path / "uit", *words)
        return done.code, done.out + done.err

    code, said = design("--register", "--by", "projectleider")
    assert code == 0
    assert "Registered as version 1 on" in said
    code, said = design("--register")
    assert code == 0
    assert "registered already, as version 1" in said

    text = rounds.project_text(end=rounds.END.replace(day=10))
    assert run("-w", office, "project", "add", rounds.written(tmp_path, "p.yaml", text)).code == 0
    code, said = design("--register")
    assert code == 2
    assert "end of the project 2026-07-03 → 2026-07-10" in said
    assert "[design.reason_needed]" in said
    code, said = design()
    assert code == 0
    assert "differs from what was registered as version 1" in said
    assert "evalkit design diff units-oost@1 units-oost" in said
    shown = run("-w", office, "project", "show", "units-oost").out
    assert "The current design differs" in shown

    code, said = design("--register", "--reason", "Een week langer.")
    assert code == 0
    assert "Registered as version 2" in said
    first, second = run("-w", office, "design", "list", "units-oost", "--json").json()
    assert [r["version"] for r in first["registrations"]] == [1]
    assert first["registrations"][0]["registered_by"] == "projectleider"
    assert second["registrations"][0]["reason"] == "Een week langer."
    assert (first["current"], second["current"]) == (False, True)
    assert (first["accepted"], second["accepted"]) == (2, 0)
    listed = run("-w", office, "design", "list", "units-oost").out
    assert first["hash"][:12] in listed
    assert "Een week langer." in listed
    project = run("-w", office, "project", "show", "units-oost", "--json").json()
    assert [r["version"] for r in project["registrations"]] == [1, 2]


def test_the_difference_between_two_designs(run: Run, office: Path, tmp_path: Path) -> None:
    run("-w", office, "design", "units-oost", "--out", tmp_path / "uit", "--register")
    text = rounds.project_text(end=rounds.END.replace(day=10))
    run("-w", office, "project", "add", rounds.written(tmp_path, "p.yaml", text))
    run("-w", office, "design", "units-oost", "--out", tmp_path / "nieuw")
    words = ("-w", office, "design", "diff", "units-oost@1", "units-oost")
    found = run(*words, "--json").json()
    told = {c["what"]["en"]: (c["before"]["en"], c["after"]["en"]) for c in found["changes"][:1]}
    assert told == {"end of the project": ("2026-07-03", "2026-07-10")}
    assert any(c["weight"] == "minor" for c in found["changes"])
    shown = run(*words).out
    assert "2026-07-10" in shown
    assert "PDCA" not in shown
    assert "--all" in shown
    assert "PDCA" in run(*words, "--all").out
    files = (tmp_path / "uit" / "design.json", tmp_path / "nieuw" / "design.json")
    assert run("-w", office, "design", "diff", *files, "--json").json() == found
    same = run("-w", office, "design", "diff", found["after"][:8], "units-oost")
    assert "are the same" in same.out


@pytest.mark.parametrize(
    "words", [("--reason", "Zomaar"), ("--by", "projectleider")], ids=["reason", "by"]
)
def test_a_reason_goes_with_registering(
    run: Run, work: Path, tmp_path: Path, words: tuple[str, ...]
) -> None:
    done = run("-w", work, "design", "units-oost", "--out", tmp_path / "uit", *words)
    assert (done.code, done.out) == (2, "")
    assert "--register" in done.err
    assert not (tmp_path / "uit").exists()


@pytest.mark.parametrize("what", ["west", "abc", "ffffffff", "units-oost@7", "weg.json"])
def test_what_is_no_design_is_one_line(run: Run, work: Path, what: str) -> None:
    for words in (("show", what), ("diff", "units-oost", what), ("diff", what, "units-oost")):
        done = run("-w", work, "design", *words)
        assert (done.code, done.out, done.err.count("\n")) == (1, "", 1)
        assert done.err.startswith("evalkit: ")


def test_a_design_is_shown(run: Run, work: Path) -> None:
    shown = run("-w", work, "design", "show", "units-oost", "--lang", "nl").out
    assert "nulmeting" in shown
    found = run("-w", work, "design", "show", "units-oost", "--json").json()
    assert found["registrations"] == []
    assert found["design"]["hash"] in shown
    assert json.loads(json.dumps(found)) == found


@pytest.mark.parametrize("words", [("design", "show", "units-oost"), ("status",)])
def test_a_plugin_that_is_older_than_the_designs_is_warned_of(
    run: Run, office: Path, words: tuple[str, ...]
) -> None:
    with Workspace.open(office) as opened:
        made = opened.current_design("units-oost")
        later = made.model_copy(update={"plugins": {"iio": "99.0", "elders": "1.0"}})
        opened.store.save_design(later.model_copy(update={"hash": design_hash(later)}))
    done = run("-w", office, *words)
    said = " ".join((done.out + done.err).split())
    assert "99.0" in said
    assert "'elders'" in said
