"""Who still owes what, on any day."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from evalkit.model.design import Design
from evalkit.model.measure import Scale
from evalkit.model.status import WaveStatus
from evalkit.model.vocabulary import ArmRole, BaselineStatus, DeliveryStatus, Respondent
from evalkit.workspace import designs
from evalkit.workspace.portfolio import status, without_design
from evalkit.workspace.workspace import Workspace

from . import rounds
from .rounds import BASELINE, BEFORE, POST

CLOSES = dt.date(2025, 8, 29)  # The last school day before the project starts.
OPENS = dt.date(2025, 6, 3)

SMALL_SCHOOLS = {"05KO": "intervention", "12AB01": "comparison"}


def on(workspace: Workspace, day: dt.date | None = None, wave: str = "baseline") -> WaveStatus:
    (row,) = (row for row in status(workspace, day) if row.wave == wave)
    return row


def whole_baseline(
    design: Design, schools: dict[str, str] = SMALL_SCHOOLS, *, level: float = 0.25
) -> dict[str, list[dict[str, Any]]]:
    """Everything a baseline must hold: a value for whatever is asked of anyone."""
    parts: dict[str, list[dict[str, Any]]] = {}
    for entry in design.entries("baseline"):
        if not entry.mandatory:
            continue
        rows = parts.setdefault(
            f"baseline|{entry.respondent.value}|unit",
            [
                {"school": brin, "arm": role}
                | ({} if entry.respondent is Respondent.school else {"unit": f"{role[:1]}{i}"})
                for brin, role in schools.items()
                for i in range(1 if entry.respondent is Respondent.school else 2)
            ],
        )
        for row in rows:
            if ArmRole(row["arm"]) in entry.arms:
                row[entry.measure] = value_on(entry.scale, level)
    return parts


def value_on(scale: Scale, level: float) -> Any:
    """A value a scale takes: low or high on it."""
    if scale.choices:
        return scale.choices[round(level * (len(scale.choices) - 1))].value
    if not scale.is_numeric:
        return "iets"
    low = scale.minimum or 0
    high = low + 10 if scale.maximum is None else scale.maximum
    return round(low + level * (high - low))


@pytest.fixture
def small(workspace: Workspace, tmp_path: Path) -> Design:
    return rounds.designed(workspace, tmp_path, rounds.project_text(schools=SMALL_SCHOOLS))


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (OPENS - dt.timedelta(days=1), DeliveryStatus.not_open),
        (OPENS, DeliveryStatus.due),
        (CLOSES, DeliveryStatus.due),
        (CLOSES + dt.timedelta(days=1), DeliveryStatus.late),
    ],
)
def test_nothing_in_is_not_open_then_due_then_late(
    workspace: Workspace, small: Design, day: dt.date, expected: DeliveryStatus
) -> None:
    row = on(workspace, day)
    assert row.status is expected
    assert (row.opens, row.closes) == (OPENS, CLOSES)
    assert row.delivered == ()
    assert set(row.missing_core) < set(row.missing)
    assert {m.split(".")[0] for m in row.missing_core} == {"core"}
    assert "fonds.climate" not in row.missing  # Voluntary.
    assert (row.schools_missing, row.schools, row.baseline, row.warnings) == (2, 2, None, 0)


@pytest.mark.parametrize(
    ("received", "expected"),
    [
        (CLOSES, DeliveryStatus.delivered),
        (CLOSES + dt.timedelta(days=1), DeliveryStatus.delivered_late),
    ],
)
def test_all_in_is_delivered_and_after_the_deadline_delivered_late(
    workspace: Workspace, small: Design, tmp_path: Path,
    received: dt.date, expected: DeliveryStatus,
) -> None:  # fmt: skip
    rounds.deliver(workspace, small, whole_baseline(small), tmp_path, received_on=received)
    row = on(workspace)
    assert row.status is expected
    assert row.missing == ()
    assert (row.schools_missing, row.baseline) == (0, BaselineStatus.proven)
    # On a day before it came in, it was not there.
    assert on(workspace, received - dt.timedelta(days=1)).delivered == ()
    assert on(workspace, received).status is expected


@pytest.mark.parametrize(
    ("day", "expected"),
    [(CLOSES, DeliveryStatus.partial), (CLOSES + dt.timedelta(days=1), DeliveryStatus.late)],
)
def test_part_of_it_is_partial_until_the_deadline_and_late_after(
    workspace: Workspace, small: Design, tmp_path: Path, day: dt.date, expected: DeliveryStatus
) -> None:
    rows = {BASELINE: rounds.pupils("baseline", schools=SMALL_SCHOOLS)}
    rounds.deliver(workspace, small, rows, tmp_path, received_on=BEFORE)
    row = on(workspace, day)
    assert row.status is expected
    assert set(row.delivered) == {"fonds.score", "fonds.absence"}
    assert "iio.language" in row.missing
    assert row.warnings > 0


def test_a_school_of_which_nothing_came_in_still_owes(
    workspace: Workspace, small: Design, tmp_path: Path
) -> None:
    first = whole_baseline(small, {"05KO": "intervention"})
    rounds.deliver(workspace, small, first, tmp_path, received_on=BEFORE)
    row = on(workspace, CLOSES)
    assert (row.missing, row.schools_missing, row.schools) == ((), 1, 2)
    assert row.status is DeliveryStatus.partial
    second = whole_baseline(small, {"12AB01": "comparison"})
    rounds.deliver(workspace, small, second, tmp_path, received_on=CLOSES)
    assert on(workspace, CLOSES).status is DeliveryStatus.delivered


def test_a_correction_after_the_deadline_makes_nothing_late(
    workspace: Workspace, small: Design, tmp_path: Path
) -> None:
    rounds.deliver(workspace, small, whole_baseline(small), tmp_path, received_on=CLOSES)
    later = dt.date(2025, 10, 1)
    rounds.deliver(
        workspace,
        small,
        whole_baseline(small, level=0.75),
        tmp_path,
        received_on=later,
        reason="Typefouten",
    )
    assert len(workspace.store.submissions(accepted_only=True)) > 1
    for day in (CLOSES, dt.date(2025, 9, 15), later):
        assert on(workspace, day).status is DeliveryStatus.delivered


def test_a_late_baseline_says_so(workspace: Workspace, small: Design, tmp_path: Path) -> None:
    rows = {BASELINE: rounds.pupils("baseline", schools=SMALL_SCHOOLS)}
    rounds.deliver(workspace, small, rows, tmp_path, {"baseline": rounds.START})
    assert on(workspace).baseline is BaselineStatus.late
    rows = {POST: rounds.pupils("post", schools=SMALL_SCHOOLS)}
    rounds.deliver(workspace, small, rows, tmp_path)
    assert on(workspace, wave="post").baseline is None


def test_only_waves_in_which_something_is_measured_are_listed(
    workspace: Workspace, small: Design
) -> None:
    assert [row.wave for row in status(workspace)] == [wave.id for wave in small.waves]
    assert all(small.entries(row.wave) for row in status(workspace))


def test_a_school_owes_nothing_where_only_the_other_arm_is_asked(
    workspace: Workspace, tmp_path: Path
) -> None:
    text = rounds.PROTOCOL.replace("fonds-klein", "fonds-half").replace(
        "measures:",
        "waves:\n  - {id: halfway, kind: interim, label: {nl: t, en: h},\n"
        "     opens: {anchor: start, days: 100}, closes: {anchor: start, days: 130}}\nmeasures:",
        1,
    )
    text += "  - {measure: lof.hours_freed, waves: [halfway], arms: intervention}\n"
    rounds.add_protocol(workspace, tmp_path, text)
    made = rounds.designed(
        workspace, tmp_path, rounds.project_text(protocol="fonds-half", schools=SMALL_SCHOOLS)
    )
    rows = {"halfway|teacher|unit": [
        {"school": "05KO", "unit": "t1", "arm": "intervention", "lof.hours_freed": 4}
    ]}  # fmt: skip
    day = dt.date(2025, 12, 20)
    rounds.deliver(workspace, made, rows, tmp_path, {"halfway": day}, received_on=day)
    row = on(workspace, day, "halfway")
    assert (row.status, row.schools) == (DeliveryStatus.delivered, 1)


def test_every_project_with_a_design_has_its_rows(workspace: Workspace, tmp_path: Path) -> None:
    for name in ("west", "oost"):
        rounds.designed(workspace, tmp_path, rounds.project_text(name))
    path = rounds.written(tmp_path, "project.yaml", rounds.project_text("noord"))
    designs.add_project(workspace, path)
    rows = [(row.project, row.wave) for row in status(workspace)]
    assert [row for row in rows if row[1] in ("baseline", "post")] == [
        ("oost", "baseline"), ("oost", "post"), ("west", "baseline"), ("west", "post"),
    ]  # fmt: skip
    assert without_design(workspace) == ("noord",)
    assert {row.title for row in status(workspace)} == {"Project oost", "Project west"}
