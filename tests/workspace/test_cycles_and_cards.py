"""PDCA cycles and digital cards, logged from files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from evalkit.errors import EvalkitError, FindingsError
from evalkit.model.design import Design
from evalkit.workspace import synthesis
from evalkit.workspace.cycles import add_card, add_cycle, cycle, cycles
from evalkit.workspace.workspace import Workspace

from . import rounds

PLAN = """\
project: units-oost
number: {number}
title: Samen plannen
plan:
  made_on: 2025-10-06
  aim: Elke week overleg.
  prediction: Zes van de acht keer.
  small_scale: true
"""
DO = """\
do:
  starts: 2025-10-13
  ends: 2025-12-05
  done: Elke dinsdag overleg.
"""
CHECK = """\
check:
  data:
    - {date: 2025-10-24, value: 2}
    - {date: 2025-11-07, value: 2}
    - {date: 2025-11-21, value: 1}
  findings: Zeven van de acht keer.
"""
ACT = """\
act:
  decision: adapt
  reason: De agenda was te vol.
"""
WHOLE = PLAN + DO + CHECK + ACT


def log(workspace: Workspace, folder: Path, text: str = WHOLE, number: int = 1) -> Any:
    path = rounds.written(folder, "cyclus.yaml", text.replace("{number}", str(number)))
    return add_cycle(workspace, path)


def met(workspace: Workspace, number: int) -> set[str]:
    logged = cycle(workspace, "units-oost", number)
    return {verdict.feature for verdict in logged.verdict if verdict.met}


ALL_FEATURES = {"documentation", "iteration", "prediction", "small_scale", "data_over_time"}


def test_a_cycle_is_logged_and_completed_part_by_part(
    workspace: Workspace, design: Design, tmp_path: Path
) -> None:
    for text in (PLAN, PLAN + DO, PLAN + DO + CHECK, WHOLE, WHOLE):
        log(workspace, tmp_path, text)
        assert len(cycles(workspace)) == 1
    assert met(workspace, 1) == ALL_FEATURES - {"iteration"}
    log(workspace, tmp_path, PLAN, number=2)
    assert met(workspace, 1) == ALL_FEATURES
    assert met(workspace, 2) == {"iteration", "prediction", "small_scale"}


@pytest.mark.parametrize(
    ("changed", "part"),
    [
        (PLAN, "do"),
        (WHOLE.replace("Zeven", "Acht"), "check"),
        (WHOLE.replace("2025-10-06", "2025-10-05"), "plan"),
        (WHOLE.replace("Samen plannen", "Plannen"), "title"),
    ],
)
def test_what_is_logged_stays(
    workspace: Workspace, design: Design, tmp_path: Path, changed: str, part: str
) -> None:
    logged, _ = log(workspace, tmp_path)
    with pytest.raises(EvalkitError) as caught:
        log(workspace, tmp_path, changed)
    assert caught.value.finding.code == "cycle.exists"
    assert part in caught.value.finding.wrong.en
    assert cycle(workspace, "units-oost", 1).cycle == logged


def test_remarks_have_the_line_of_what_they_are_about(
    workspace: Workspace, design: Design, tmp_path: Path
) -> None:
    text = WHOLE.replace("2025-10-06", "2025-11-01").replace("2025-12-05", "2026-12-05")
    _, findings = log(workspace, tmp_path, text)
    assert [(f.code, f.severity, f.place.file, f.place.line) for f in findings] == [
        ("cycle.outside_project", "warning", "cyclus.yaml", 9),
        ("cycle.prediction_after_data", "warning", "cyclus.yaml", 5),
    ]
    assert "prediction" not in met(workspace, 1)


@pytest.mark.parametrize(
    ("old", "new", "code", "line"),
    [
        ("decision: adapt", "decision: stop", "file.value_choice", 20),
        ("value: 1}", "value: .nan}", "file.value_type", 17),
        ("value: 1}", "value: een}", "file.value_type", 17),
        ("number: {number}", "number: 0", "file.value_type", 2),
        ("  aim: Elke week overleg.\n", "", "file.key_missing", 4),
        ("made_on: 2025-10-06", "made_on: 2025-02-30", "file.no_such_day", 5),
    ],
)
def test_a_wrong_cycle_is_refused_with_its_line(
    workspace: Workspace, design: Design, tmp_path: Path,
    old: str, new: str, code: str, line: int,
) -> None:  # fmt: skip
    with pytest.raises(FindingsError) as caught:
        log(workspace, tmp_path, WHOLE.replace(old, new))
    assert [(f.code, f.place.line) for f in caught.value.findings] == [(code, line)]
    assert cycles(workspace) == ()


def test_cycles_belong_to_a_project_and_have_a_number(
    workspace: Workspace, design: Design, tmp_path: Path
) -> None:
    with pytest.raises(EvalkitError) as caught:
        log(workspace, tmp_path, WHOLE.replace("units-oost", "units-west"))
    assert caught.value.finding.code == "project.unknown"
    with pytest.raises(EvalkitError) as caught:
        cycle(workspace, "units-oost", 1)
    assert caught.value.finding.code == "cycle.unknown"
    with pytest.raises(EvalkitError) as caught:
        cycles(workspace, "units-west")
    assert caught.value.finding.code == "project.unknown"


def test_cycles_are_listed_by_project_and_number(
    workspace: Workspace, design: Design, tmp_path: Path
) -> None:
    rounds.designed(workspace, tmp_path, rounds.project_text("a-west"))
    for number in (3, 1, 2):
        log(workspace, tmp_path, number=number)
    log(workspace, tmp_path, WHOLE.replace("units-oost", "a-west"))
    found = [(one.cycle.project, one.cycle.number) for one in cycles(workspace)]
    assert found == [("a-west", 1), ("units-oost", 1), ("units-oost", 2), ("units-oost", 3)]
    assert len(cycles(workspace, "units-oost")) == 3


# Cards

CARD = """\
project: units-oost
goal_reached: somewhat
phase: implementation
aspects: [time]
determinants: [clear_goals]
indicators: [resources_committed]
hindering_factors: {physical_space: te kleine lokalen, staffing: ziekte}
summary: Ingevoerd.
"""


def put(workspace: Workspace, folder: Path, text: str = CARD) -> Any:
    return add_card(workspace, rounds.written(folder, "kaart.yaml", text))


def test_a_card_is_filled_from_what_is_known_and_completed_by_its_file(
    workspace: Workspace, design: Design, tmp_path: Path
) -> None:
    known = synthesis.card(workspace, "units-oost")
    defaults = design.type.card
    assert (known.school_type, known.intervention) == ("po", "Grotere groepen met een breed team.")
    assert (known.aspects, known.levels) == (defaults.aspects, defaults.levels)
    assert "toetsscore" in (known.outcome_measures or "")
    assert (known.outcomes, known.ladder_rung, known.goal_reached) == (None, None, None)
    put(workspace, tmp_path)
    completed = synthesis.card(workspace, "units-oost")
    assert (completed.aspects, completed.goal_reached) == (("time",), "somewhat")
    assert completed.hindering_factors == {
        "physical_space": "te kleine lokalen",
        "staffing": "ziekte",
    }
    assert completed.intervention == known.intervention
    rounds.deliver(workspace, design, rounds.both_waves(), tmp_path)
    measured = synthesis.card(workspace, "units-oost")
    assert measured.ladder_rung == 5
    assert "toetsscore (" in (measured.outcomes or "")


def test_a_later_card_replaces_the_earlier_one(
    workspace: Workspace, design: Design, tmp_path: Path
) -> None:
    put(workspace, tmp_path)
    put(workspace, tmp_path, "project: units-oost\nsummary: Anders.\n")
    found = synthesis.card(workspace, "units-oost")
    assert (found.summary, found.goal_reached) == ("Anders.", None)


def test_unknown_codes_are_refused_all_at_once_with_their_line(
    workspace: Workspace, design: Design, tmp_path: Path
) -> None:
    text = (
        "project: units-oost\n"
        "aspects: [time, tijd]\n"
        "target_groups:\n"
        "  - pupils\n"
        "  - leerlingen\n"
        "determinants: [geld]\n"
        "indicators: [blijvend]\n"
    )
    with pytest.raises(FindingsError) as caught:
        put(workspace, tmp_path, text)
    assert [(f.code, f.place.line) for f in caught.value.findings] == [
        ("card.vocabulary", 2), ("card.vocabulary", 5),
        ("card.vocabulary", 6), ("card.vocabulary", 7),
    ]  # fmt: skip
    assert workspace.store.card("units-oost") is None


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("phase: klaar", "file.value_choice"),
        ("ladder_rung: 6", "file.value_type"),
        ("levels: [nano]", "file.value_choice"),
        ("aspects: time", "file.value_type"),
        ("rung: 3", "file.key_unknown"),
    ],
)
def test_a_wrong_card_is_refused_with_its_line(
    workspace: Workspace, design: Design, tmp_path: Path, line: str, code: str
) -> None:
    with pytest.raises(FindingsError) as caught:
        put(workspace, tmp_path, f"project: units-oost\n{line}\n")
    assert [(f.code, f.place.line) for f in caught.value.findings] == [(code, 2)]


def test_a_card_needs_a_project(workspace: Workspace, tmp_path: Path) -> None:
    with pytest.raises(EvalkitError) as caught:
        put(workspace, tmp_path)
    assert caught.value.finding.code == "project.unknown"
