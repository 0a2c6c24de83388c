"""Who still owes what, on any day."""

from __future__ import annotations

import datetime as dt
import io
from pathlib import Path
from typing import Any

import icalendar
import pandas as pd
import pytest

from evalkit.errors import EvalkitError, FindingsError
from evalkit.model.design import Design
from evalkit.model.measure import Scale
from evalkit.model.status import WaveStatus
from evalkit.model.vocabulary import ArmRole, BaselineStatus, DeliveryStatus, Respondent
from evalkit.workspace import designs
from evalkit.workspace.portfolio import deadlines, portfolio, status, table, without_design
from evalkit.workspace.submissions import submit
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
        (CLOSES, DeliveryStatus.complete),
        (CLOSES + dt.timedelta(days=1), DeliveryStatus.complete_late),
    ],
)
def test_all_in_is_complete_and_after_the_deadline_complete_late(
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
    assert on(workspace, CLOSES).status is DeliveryStatus.complete


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
        assert on(workspace, day).status is DeliveryStatus.complete


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
    assert (row.status, row.schools) == (DeliveryStatus.complete, 1)


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


def test_a_returned_file_shows_until_something_comes_in(
    workspace: Workspace, small: Design, tmp_path: Path
) -> None:
    wrong = {BASELINE: [
        row | {"fonds.score": 900} for row in rounds.pupils("baseline", schools=SMALL_SCHOOLS)
    ]}  # fmt: skip
    with pytest.raises(FindingsError):
        rounds.deliver(workspace, small, wrong, tmp_path, received_on=BEFORE)
    row = on(workspace, CLOSES)
    assert (row.status, row.returned, row.delivered) == (DeliveryStatus.returned, BEFORE, ())
    assert on(workspace, BEFORE - dt.timedelta(days=1)).returned is None
    overdue = on(workspace, CLOSES + dt.timedelta(days=1))
    assert (overdue.status, overdue.returned) == (DeliveryStatus.late, BEFORE)
    rounds.deliver(workspace, small, whole_baseline(small), tmp_path, received_on=CLOSES)
    assert (on(workspace).status, on(workspace).returned) == (DeliveryStatus.complete, None)


def test_each_project_counts_once(workspace: Workspace, tmp_path: Path) -> None:
    for name in ("west", "oost", "noord"):
        made = rounds.designed(
            workspace, tmp_path, rounds.project_text(name, schools=SMALL_SCHOOLS)
        )
        if name == "oost":
            rounds.deliver(workspace, made, whole_baseline(made), tmp_path, received_on=BEFORE)
    before = portfolio(workspace, OPENS - dt.timedelta(days=1))
    assert (before.summary.waiting, before.is_overdue) == (3, False)
    opened = portfolio(workspace, CLOSES).summary
    assert (opened.projects, opened.complete, opened.due, opened.late) == (3, 1, 2, 0)
    after = portfolio(workspace, CLOSES + dt.timedelta(days=1))
    assert (after.summary.complete, after.summary.late, after.is_overdue) == (1, 2, True)
    alone = portfolio(workspace, CLOSES + dt.timedelta(days=1), "oost")
    assert (alone.summary.projects, alone.is_overdue) == (1, False)
    with pytest.raises(EvalkitError) as caught:
        portfolio(workspace, CLOSES, "zuid")
    assert caught.value.finding.code == "project.unknown"


def test_what_is_missing_of_the_basisset_and_of_which_schools(
    workspace: Workspace, small: Design, tmp_path: Path
) -> None:
    first = whole_baseline(small, {"05KO": "intervention"})
    rounds.deliver(workspace, small, first, tmp_path, received_on=BEFORE)
    row = on(workspace, CLOSES)
    assert (row.missing_schools, row.schools_missing) == (("12AB01",), 1)
    assert row.core == len(row.delivered_core) > 0
    assert row.core < row.mandatory


def test_the_table_has_a_row_per_project_and_wave(
    workspace: Workspace, small: Design, tmp_path: Path
) -> None:
    rounds.deliver(
        workspace, small, {BASELINE: rounds.pupils("baseline", schools=SMALL_SCHOOLS)}, tmp_path,
        received_on=BEFORE,
    )  # fmt: skip
    late = CLOSES + dt.timedelta(days=1)
    found = portfolio(workspace, late)
    rows = pd.read_csv(io.BytesIO(table(found, "nl")), parse_dates=["closes"])
    assert rows["wave"].tolist() == [wave.id for wave in small.waves]
    row = rows.iloc[0]
    assert (row["status"], row["closes"].date(), row["delivered"]) == ("late", CLOSES, 2)
    assert "iio.language" in row["missing"].split("; ")
    assert len(row["missing"].split("; ")) == row["mandatory"] - row["delivered"]
    assert pd.read_csv(io.BytesIO(table(found, "nl", ["late"])))["wave"].tolist() == ["baseline"]


def test_the_calendar_holds_what_is_still_to_come(
    workspace: Workspace, small: Design, tmp_path: Path
) -> None:
    found = portfolio(workspace, CLOSES)
    written = deadlines(found, "nl")
    assert written == deadlines(found, "nl")
    events = list(icalendar.Calendar.from_ical(written).walk("VEVENT"))
    days = [event.decoded("dtstart") for event in events]
    to_come = [wave.closes for wave in small.waves] + [d.due for d in small.deadlines]
    assert days == sorted(to_come)
    assert events[0]["summary"].startswith("Nulmeting – Project")
    assert all(len(event.walk("VALARM")) == 1 for event in events)
    later = icalendar.Calendar.from_ical(
        deadlines(portfolio(workspace, CLOSES + dt.timedelta(days=1)), "nl")
    )
    assert [event["uid"] for event in later.walk("VEVENT")] == [e["uid"] for e in events[1:]]


def test_cycles_that_were_planned_and_not_logged(workspace: Workspace, small: Design) -> None:
    first = small.cycles[0]
    assert portfolio(workspace, first.ends).cycles == ()
    (behind,) = portfolio(workspace, first.ends + dt.timedelta(days=1)).cycles
    assert (behind.project, behind.planned, behind.logged) == (small.project.id, 1, 0)


def test_drafts_wait_until_they_are_submitted(
    workspace: Workspace, small: Design, tmp_path: Path
) -> None:
    parts = whole_baseline(small)
    key = next(iter(parts))
    taken = {"baseline": BEFORE}
    (draft,) = rounds.deliver(
        workspace, small, {key: parts[key]}, tmp_path, taken, draft=True, received_on=BEFORE
    ).stored
    assert on(workspace, BEFORE).drafts == (draft.id,)
    assert on(workspace, BEFORE).delivered == ()
    assert on(workspace, BEFORE - dt.timedelta(days=1)).drafts == ()
    submit(workspace, draft.id, received_on=BEFORE)
    assert on(workspace, BEFORE).drafts == ()
    assert on(workspace, BEFORE).delivered
