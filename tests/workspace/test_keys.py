"""Codes of persons are kept as pseudonyms only, under a key that is made once."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from evalkit.collect.pseudonyms import fingerprint, pseudonymised
from evalkit.errors import EvalkitError
from evalkit.model.design import Design
from evalkit.model.vocabulary import Respondent
from evalkit.workspace import keys
from evalkit.workspace.measurements import Measurements
from evalkit.workspace.workspace import Workspace

from . import rounds
from .rounds import BASELINE, POST

CODES = [f"leerling-{n}" for n in range(200, 272)]


def coded(wave: str, **options: Any) -> list[dict[str, Any]]:
    rows = rounds.pupils(wave, **options)
    return [row | {"unit": CODES[n]} for n, row in enumerate(rows)]


def stored(workspace: Workspace) -> list[pd.DataFrame]:
    return [workspace.store.rows(s) for s in workspace.store.submissions()]


def test_no_code_and_no_class_is_anywhere_in_the_workspace(
    workspace: Workspace, design: Design, tmp_path: Path
) -> None:
    rows = {BASELINE: coded("baseline"), POST: coded("post")}
    rounds.deliver(workspace, design, rows, tmp_path)
    for frame in stored(workspace):
        kept = frame.to_csv()
        assert not any(code in kept for code in CODES)
        assert "05KO-i1" not in kept
    for path in workspace.path.rglob("*"):
        if path.is_file():
            assert b"leerling-2" not in path.read_bytes(), path


def test_the_waves_of_a_project_link(workspace: Workspace, design: Design, tmp_path: Path) -> None:
    rounds.deliver(workspace, design, {BASELINE: coded("baseline")}, tmp_path)
    rounds.deliver(workspace, design, {POST: coded("post")}, tmp_path)
    before, after = stored(workspace)
    assert before["unit"].tolist() == after["unit"].tolist()
    assert before["class"].tolist() == after["class"].tolist()


def test_a_key_is_the_owners_alone_and_no_two_projects_share_one(
    workspace: Workspace, design: Design, tmp_path: Path
) -> None:
    assert not (workspace.path / "keys").exists()
    rounds.deliver(workspace, design, {BASELINE: coded("baseline")}, tmp_path)
    path = keys.key_path(workspace, design.project.id)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    first = path.read_text()
    assert len(bytes.fromhex(first)) == 32
    assert keys.project_key(workspace, "ander-project").hex() != first.strip()
    (kept,) = workspace.store.submissions()
    assert kept.key == fingerprint(bytes.fromhex(first))
    assert first.strip() not in kept.model_dump_json()


def test_a_refused_file_makes_no_key(workspace: Workspace, design: Design, tmp_path: Path) -> None:
    rows = coded("baseline")
    rows[0] |= {"fonds.score": 2000}
    with pytest.raises(Exception, match="outside"):
        rounds.deliver(workspace, design, {BASELINE: rows}, tmp_path)
    assert not (workspace.path / "keys").exists()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (None, "workspace.key_lost"),
        ("", "workspace.key_damaged"),
        ("zz" * 32, "workspace.key_damaged"),
        ("é", "workspace.key_damaged"),
        ("00" * 32, "workspace.key_other"),
    ],
)
def test_a_key_that_is_gone_is_never_silently_replaced(
    workspace: Workspace, design: Design, tmp_path: Path, content: str | None, code: str
) -> None:
    rounds.deliver(workspace, design, {BASELINE: coded("baseline")}, tmp_path)
    path = keys.key_path(workspace, design.project.id)
    right = path.read_text()
    path.unlink()
    if content is not None:
        path.write_text(content, encoding="utf-8")
    with pytest.raises(EvalkitError) as caught:
        rounds.deliver(workspace, design, {POST: coded("post")}, tmp_path)
    assert caught.value.finding.code == code
    assert len(workspace.store.submissions()) == 1
    assert path.exists() == (content is not None)
    path.write_text(right)
    rounds.deliver(workspace, design, {POST: coded("post")}, tmp_path)
    assert len(workspace.store.submissions()) == 2


def test_totals_and_schools_need_no_key(
    workspace: Workspace, design: Design, tmp_path: Path
) -> None:
    row = {"school": "05KO", "measure": "fonds.score", "n": 20, "mean": 50, "sd": 9}
    school = {"school": "05KO", "fonds.climate": 60}
    parts = {"baseline|pupil|aggregate": [row], "baseline|school|unit": [school]}
    result = rounds.deliver(workspace, design, parts, tmp_path)
    assert [s.key for s in result.stored] == [None, None]
    assert not (workspace.path / "keys").exists()


def as_it_was(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows as an evalkit without pseudonyms kept them: under their codes."""
    came = pd.DataFrame(coded("baseline"))
    return rows.assign(**{name: came[name].astype("str") for name in ("unit", "class")})


def test_codes_an_older_evalkit_kept_link_to_new_pseudonyms(
    workspace: Workspace, design: Design, tmp_path: Path
) -> None:
    other = Workspace.create(tmp_path / "ander", today=rounds.TODAY)
    rounds.add_protocol(other, tmp_path)
    twin = rounds.designed(other, tmp_path)
    (new,) = rounds.deliver(other, twin, {BASELINE: coded("baseline")}, tmp_path).stored
    rows = as_it_was(other.store.rows(new))
    other.close()
    (old,) = workspace.store.add_submissions([(new.model_copy(update={"key": None}), rows)])
    assert keys.kept_rows(workspace, old)["unit"].tolist() == CODES[: old.rows]
    again = rounds.deliver(workspace, design, {BASELINE: coded("baseline")}, tmp_path)
    assert rounds.codes(again.findings)[-1:] == ["intake.same_data"]
    rounds.deliver(workspace, design, {POST: coded("post")}, tmp_path)
    data = Measurements(workspace, design)
    before, after = (data.values("fonds.score", wave) for wave in ("baseline", "post"))
    assert before is not None
    assert after is not None
    assert before.frame["unit"].tolist() == after.frame["unit"].tolist()
    assert not set(before.frame["unit"]) & set(CODES)


def test_of_two_keys_at_once_one_stays(workspace: Workspace) -> None:
    made: list[bytes] = []
    threads = [
        threading.Thread(target=keys.place_key, args=(workspace, "p", bytes([n]) * 32))
        for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    made = [keys.project_key(workspace, "p") for _ in range(2)]
    assert made[0] == made[1]
    assert [p.name for p in (workspace.path / "keys").iterdir()] == ["p.key"]


# What is said of persons against the waves before


def test_persons_who_moved_are_remarked_on(
    workspace: Workspace, design: Design, tmp_path: Path
) -> None:
    rounds.deliver(workspace, design, {BASELINE: coded("baseline")}, tmp_path)
    rows = coded("post")
    both = [n for n, row in enumerate(rows) if row["school"] == "27XY"]
    rows[both[0]] |= {"arm": "comparison"}
    rows[0] |= {"school": "27XY", "arm": "intervention", "class": "27XY-i0"}
    result = rounds.deliver(workspace, design, {POST: rows}, tmp_path)
    moved = [f for f in result.findings if f.code == "intake.moved"]
    said = " ".join(f.wrong.en for f in moved)
    assert "Another group" in said
    assert "Another school" in said
    assert all(f.severity == "warning" for f in moved)
    assert not any(code in f.model_dump_json() for code in CODES for f in moved)


def test_a_new_name_for_a_whole_class_is_no_move(
    workspace: Workspace, design: Design, tmp_path: Path
) -> None:
    rows = coded("post")
    renamed = [row | {"class": row["class"] + " (nu groep 6)"} for row in rows]
    parts = {BASELINE: coded("baseline"), POST: renamed}
    assert "intake.moved" not in rounds.codes(
        rounds.deliver(workspace, design, parts, tmp_path).findings
    )
    one = [dict(row) for row in renamed]
    one[0]["class"] = renamed[1]["class"]
    result = rounds.deliver(workspace, design, {POST: one}, tmp_path, reason="klas verbeterd")
    (moved,) = [f for f in result.findings if f.code == "intake.moved"]
    assert "Another class" in moved.wrong.en


def test_other_codes_than_in_the_baseline_are_told(
    workspace: Workspace, design: Design, tmp_path: Path
) -> None:
    rounds.deliver(workspace, design, {BASELINE: coded("baseline")}, tmp_path)
    rows = [row | {"unit": f"0{row['unit']}"} for row in coded("post")]
    result = rounds.deliver(workspace, design, {POST: rows}, tmp_path)
    (told,) = [f for f in result.findings if f.code == "intake.few_matches"]
    assert told.severity == "info"
    assert f"Of {len(rows)} codes 0" in told.wrong.en


def test_the_baseline_delivered_again_as_the_post_measurement(
    workspace: Workspace, design: Design, tmp_path: Path
) -> None:
    parts = {BASELINE: coded("baseline"), POST: coded("baseline")}
    result = rounds.deliver(workspace, design, parts, tmp_path)
    assert "intake.same_as_before" in rounds.codes(result.findings)


def test_the_order_of_the_rows_and_the_key_change_no_estimate(
    workspace: Workspace, design: Design, tmp_path: Path
) -> None:
    from evalkit.workspace.synthesis import synthesize

    rounds.deliver(workspace, design, rounds.both_waves(), tmp_path)
    found = synthesize(workspace).effects
    other = Workspace.create(tmp_path / "ander", today=rounds.TODAY)
    rounds.add_protocol(other, tmp_path)
    twin = rounds.designed(other, tmp_path)
    keys.place_key(other, twin.project.id, b"\7" * 32)
    rounds.deliver(other, twin, rounds.both_waves(), tmp_path)
    assert synthesize(other).effects == found
    other.close()


def test_a_frame_is_hashed_as_its_respondent() -> None:
    frame = pd.DataFrame({"school": ["05KO"], "unit": ["1"]}).astype("str")
    one, other = (
        pseudonymised(frame, b"\1" * 32, r)["unit"][0]
        for r in (Respondent.pupil, Respondent.parent)
    )
    assert one != other
