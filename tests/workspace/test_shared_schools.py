"""Projects that rest on the same schools, from their data to the report."""

from __future__ import annotations

from pathlib import Path

from evalkit.model.vocabulary import Note
from evalkit.synthesis.public import public_view
from evalkit.workspace.synthesis import synthesize, write
from evalkit.workspace.workspace import Workspace

from . import rounds
from .test_synthesis import ABSENCE, SCORE, three_projects


def test_projects_in_the_same_schools_are_told_and_pooled_as_one(
    workspace: Workspace, tmp_path: Path
) -> None:
    three_projects(workspace, tmp_path)
    found = synthesize(workspace)
    (remark,) = (f for f in found.findings if f.code == "synthesis.shared_schools")
    assert "een, twee" in remark.wrong.nl
    assert "drie" not in remark.wrong.nl  # of one group: in no pool with the others
    together = [row for row in found.programme.sensitivity if row.check == "shared_schools"]
    assert {(row.measure, row.about, row.k) for row in together} == {
        (SCORE, "een+twee", 2),
        (ABSENCE, "een+twee", 2),
    }
    assert {row.project for row in found.effects if Note.shared_schools in row.notes} == {
        "een",
        "twee",
    }
    public = public_view(found)
    assert [f.code for f in public.findings] == ["synthesis.shared_schools"]
    assert not any(brin in public.findings[0].wrong.nl for brin in rounds.THREE_SCHOOLS)
    written, _ = write(workspace, tmp_path / "uit", "nl")
    assert written.hash == found.hash
    report = (tmp_path / "uit" / "report.html").read_text(encoding="utf-8")
    assert "een + twee" in report


def test_projects_in_schools_of_their_own_are_not(workspace: Workspace, tmp_path: Path) -> None:
    other = dict(zip(("00BA", "00BB", "00BC"), rounds.THREE_SCHOOLS.values(), strict=True))
    for name, schools in (("een", rounds.THREE_SCHOOLS), ("twee", other)):
        made = rounds.designed(workspace, tmp_path, rounds.project_text(name, schools=schools))
        rounds.deliver(workspace, made, rounds.both_waves(schools=schools), tmp_path)
    found = synthesize(workspace)
    assert "synthesis.shared_schools" not in {f.code for f in found.findings}
    assert all(row.check != "shared_schools" for row in found.programme.sensitivity)
    assert all(Note.shared_schools not in row.notes for row in found.effects)
