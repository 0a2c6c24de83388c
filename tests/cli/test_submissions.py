"""What a school and a funder see of the life of a submission, and of backups."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from tests.workspace import rounds

from .conftest import Run


@pytest.fixture
def office(run: Run, tmp_path: Path) -> Path:
    """A workspace with a designed project, under a scheme that looks at deliveries first."""
    work = tmp_path / "werk map"
    text = rounds.PROTOCOL + "review: true\n"
    for words in (
        ("init", work),
        ("-w", work, "protocol", "add", rounds.written(tmp_path, "p.yaml", text)),
        ("-w", work, "project", "add", rounds.written(tmp_path, "q.yaml", rounds.project_text())),
        ("-w", work, "design", "units-oost", "--out", tmp_path / "ontwerp"),
    ):
        assert run(*words).code == 0
    return work


def collecting(work: Path, folder: Path, *more: object, **values: Any) -> list[object]:
    rows = rounds.pupils("baseline")
    rows[0] |= values
    file = rounds.csv_of(rows, folder)
    return ["-w", work, "collect", file, "--project", "units-oost", "--wave", "baseline",
            "--taken-on", rounds.BEFORE, "--received-on", rounds.TODAY, *more]  # fmt: skip


ID = "units-oost/baseline/pupil/1"


def test_from_refused_to_accepted(
    run: Run, office: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EVALKIT_BY", "secretaris")
    assert run(*collecting(office, tmp_path, **{"fonds.score": 999})).code == 2
    kept = run(*collecting(office, tmp_path, "--draft"))
    assert kept.code == 0
    assert f"evalkit submission submit {ID}" in kept.out
    sent = run("-w", office, "submission", "submit", ID, "--by", "directeur")
    assert (sent.code, f"{ID} · submitted" in sent.out) == (0, True)
    done = run("-w", office, "submission", "accept", ID, "--by", "fonds")
    assert done.out == f"{ID} · accepted\n"
    listed = run("-w", office, "submission", "list").out
    assert [line.split()[:2] for line in listed.splitlines() if "units-oost/" in line] == [
        ["units-oost/returned/1", "returned"], [ID, "accepted"],
    ]  # fmt: skip
    shown = run("-w", office, "submission", "show", ID, "--lang", "nl").out
    for word in ("als concept bewaard", "secretaris", "directeur", "fonds", "ingediend"):
        assert word in shown
    refused = run("-w", office, "submission", "show", "units-oost/returned/1").out
    assert "999" in refused
    events = run("-w", office, "submission", "show", ID, "--json").json()["events"]
    assert [e["by"] for e in events] == ["secretaris", "directeur", "fonds"]


def test_a_returned_delivery_says_why(run: Run, office: Path, tmp_path: Path) -> None:
    run(*collecting(office, tmp_path))
    back = ("-w", office, "submission", "return", ID)
    assert run(*back).code == 2
    done = run(*back, "--reason", "De tweede groep ontbreekt.")
    assert done.out == f"{ID} · returned\n"
    assert "De tweede groep ontbreekt." in run("-w", office, "submission", "show", ID).out
    again = run("-w", office, "submission", "accept", ID)
    assert (again.code, again.err.count("\n")) == (1, 1)
    assert "returned" in again.err


def test_what_a_correction_changed_is_shown(run: Run, office: Path, tmp_path: Path) -> None:
    run(*collecting(office, tmp_path))
    run("-w", office, "submission", "accept", ID)
    other = ID[:-1] + "2"
    run(*collecting(office, tmp_path, "--reason", "Verwisseld.", **{"fonds.score": 12}))
    shown = run("-w", office, "submission", "diff", ID, other).out
    assert "fonds.score" in shown
    assert "12.0" in shown
    found = run("-w", office, "submission", "diff", ID, other, "--json").json()
    assert [(c["column"], c["after"]) for c in found["changed"]] == [("fonds.score", 12.0)]
    assert "hold the same" in run("-w", office, "submission", "diff", ID, ID).out


def test_an_export_names_its_files(run: Run, office: Path, tmp_path: Path) -> None:
    run(*collecting(office, tmp_path))
    done = run("-w", office, "submission", "export", ID, "--out", tmp_path / "uit")
    assert done.code == 0
    for name in ("datapackage.json", "baseline-pupil-unit.csv", "submission.json"):
        assert (tmp_path / "uit" / name).is_file()
        assert name in done.out


def test_a_draft_takes_no_reason(run: Run, office: Path, tmp_path: Path) -> None:
    assert run(*collecting(office, tmp_path, "--draft", "--reason", "Fout.")).code == 2


def test_backup_check_and_restore(run: Run, office: Path, tmp_path: Path) -> None:
    run(*collecting(office, tmp_path))
    out = tmp_path / "kopie.zip"
    made = run("-w", office, "backup", "--out", out)
    assert made.code == 0
    assert "keys of pseudonyms are not in it" in made.out
    checked = run("backup", "--check", out)
    assert checked.out == made.out
    fingerprint = run("backup", "--check", out, "--json").json()["fingerprint"]
    assert fingerprint in made.out
    again = tmp_path / "terug"
    done = run("-w", again, "restore", out)
    assert (done.code, fingerprint in done.out) == (0, True)
    listed = [run("-w", work, "submission", "list", "--json").json() for work in (office, again)]
    assert listed[0] == listed[1]
    refused = run("-w", again, "restore", out)
    assert (refused.code, refused.err.count("\n")) == (1, 1)
    with_keys = run("-w", office, "backup", "--out", tmp_path / "map", "--with-keys")
    assert "as safe as the names" in with_keys.out
    out.write_bytes(out.read_bytes()[:-30])
    assert run("backup", "--check", out).code == 2
    assert run("-w", tmp_path / "nog", "restore", out).code == 2
    assert not (tmp_path / "nog").exists()


@pytest.mark.parametrize(
    "words", [("backup",), ("backup", "--out", "a", "--check", "b"), ("restore",),
              ("backup", "--check", "b", "--with-keys"), ("submission", "list", "--state", "weg")]
)  # fmt: skip
def test_a_wrong_command_line_is_said(run: Run, words: tuple[str, ...]) -> None:
    done = run(*words)
    assert done.code == 2
    assert "Usage" in done.err


def test_a_full_disk_is_one_line(
    run: Run, office: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = collecting(office, tmp_path)
    sync = os.fsync

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    done = run(*words)
    assert (done.code, done.err.count("\n")) == (1, 1)
    assert done.err.startswith("evalkit: The disk is full")
    monkeypatch.setattr(os, "fsync", sync)
    assert run(*words).code == 0
