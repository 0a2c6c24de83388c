"""The calendar file and the table of the schedule, read back as agendas and sheets do."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections import Counter
from typing import Any

import pytest
from icalendar import Calendar, Event, vText

from evalkit.design.calendar import calendar
from evalkit.design.making import make_design
from evalkit.design.schedule_table import COLUMNS, schedule_table
from evalkit.library.holidays import shipped_holidays
from evalkit.model.design import Design
from evalkit.model.protocol import Deadline
from evalkit.model.vocabulary import Respondent

from . import cases

REPORT = Deadline.model_validate(
    {"id": "final", "label": {"nl": "eindverslag", "en": "final report"},
     "due": {"anchor": "end", "days": 62}}
)  # fmt: skip
DAY = dt.timedelta(days=1)


def designed(**changes: Any) -> Design:
    """A design of two years, with its holidays and one report."""
    protocol = cases.protocol().model_copy(update={"deadlines": (REPORT,)})
    project = cases.project(end="2028-07-07", region="south", **changes)
    type, measures = cases.plugins().types[project.type], cases.plugins().measures
    return make_design(project, protocol, type, measures, {}, shipped_holidays())


DESIGN = designed()


def events(design: Design = DESIGN, **options: Any) -> dict[str, Event]:
    read = Calendar.from_ical(calendar(design, **options))
    return {str(event["summary"]).split(" – ")[0]: event for event in read.walk("VEVENT")}


def test_it_holds_all_waves_deadlines_and_cycles_as_whole_days() -> None:
    found = events(language="en")
    days = {
        name: (event.decoded("dtstart"), event.decoded("dtend")) for name, event in found.items()
    }
    expected = {
        wave.label.en[:1].upper() + wave.label.en[1:]: (wave.opens, wave.closes + DAY)
        for wave in DESIGN.waves
    }
    [report] = DESIGN.deadlines
    expected["Final report"] = (report.due, report.due + DAY)
    for cycle in DESIGN.cycles:
        expected[f"PDCA cycle {cycle.number} begins"] = (cycle.starts, cycle.starts + DAY)
        expected[f"PDCA cycle {cycle.number} ends"] = (cycle.ends, cycle.ends + DAY)
    assert days == expected
    assert len(DESIGN.cycles) == 4
    assert all(type(day) is dt.date for span in days.values() for day in span)


def test_a_reminder_comes_a_week_before_the_deadline_at_nine() -> None:
    baseline = events(language="en")["Baseline"]
    [alarm] = baseline.walk("VALARM")
    trigger = alarm["trigger"]
    assert trigger.params["RELATED"] == "END"
    end = dt.datetime.combine(baseline.decoded("dtend"), dt.time())
    closes = DESIGN.wave("baseline").closes
    assert end + trigger.dt == dt.datetime.combine(closes - 7 * DAY, dt.time(9))


def test_it_says_what_is_asked_of_whom() -> None:
    text = str(events(language="en")["Baseline"]["description"])
    lines = text.splitlines()
    # South is free from 11 July 2026; the project starts on 1 August.
    assert lines[0] == "Fill in the workbook and deliver it by 10 July 2026."
    teachers = next(line for line in lines if line.startswith("Teachers"))
    asked = [e for e in DESIGN.asked("baseline", Respondent.teacher) if len(e.arms) == 2]
    minutes = sum(entry.minutes for entry in asked)
    assert teachers.startswith(f"Teachers, {minutes:g} minutes each: ")
    assert all(DESIGN.measure(e.measure).label.en in teachers for e in asked)
    counted = [line for line in lines if "as counted on 1 October 2025" in line]
    assert len(counted) == 1
    assert "number of pupils" in counted[0]
    own = next(line for line in lines if "own goals" in line)
    assert own.startswith("School (intervention group), ")
    assert all("computed" not in line for line in lines)


def test_days_beyond_the_known_holidays_carry_a_note() -> None:
    found = events(language="en")
    note = "School holidays around this day were not known yet"
    noted = {name for name, event in found.items() if note in str(event["description"])}
    late = {w.label.en for w in DESIGN.waves if w.closes > dt.date(2030, 7, 31)}
    assert {name.lower() for name in noted} == late
    assert len(late) == 3


def test_words_with_marks_of_the_format_come_through_whole() -> None:
    title = "Samen; lezen, \\ schrijven\nen\r BEGIN:VEVENT\x07\u2028 é – “rekenen”"
    shown = "Samen; lezen, \\ schrijven en BEGIN:VEVENT é – “rekenen”"
    design = designed(title=title)
    read = Calendar.from_ical(calendar(design))
    [wave] = [e for e in read.walk("VEVENT") if str(e["summary"]).startswith("Nulmeting")]
    assert str(wave["summary"]) == f"Nulmeting – {shown}"
    assert vText(shown).to_ical().decode() in str(read["x-wr-calname"])
    assert len(read.walk("VEVENT")) == len(events())
    for line in calendar(design).split(b"\r\n"):
        assert len(line) <= 75


def test_the_same_design_gives_the_same_bytes_and_a_later_one_updates_it() -> None:
    assert calendar(DESIGN) == calendar(designed())
    later = designed(start="2026-09-01")
    one, other = events(sequence=0, language="en"), events(later, sequence=1, language="en")
    assert {n: str(e["uid"]) for n, e in one.items()} == {
        n: str(e["uid"]) for n, e in other.items()
    }
    assert len({str(e["uid"]) for e in one.values()}) == len(one)
    assert {e["sequence"] for e in other.values()} == {1}
    elsewhere = events(designed(id="zuid"), language="en")
    assert not {str(e["uid"]) for e in elsewhere.values()} & {str(e["uid"]) for e in one.values()}


@pytest.mark.parametrize(
    ("language", "name"), [("nl", "Nulmeting"), ("en", "Baseline"), (None, "Nulmeting")]
)
def test_it_speaks_the_language_of_the_design_unless_told(language: Any, name: str) -> None:
    assert name in events(language=language)


# The table


def test_the_table_has_a_row_per_wave_measure_and_arm() -> None:
    rows = list(csv.DictReader(io.StringIO(schedule_table(DESIGN).decode("utf-8"))))
    assert tuple(rows[0]) == COLUMNS
    keys = Counter((row["wave"], row["measure"], row["arm"]) for row in rows)
    assert set(keys.values()) == {1}
    assert set(keys) == {(e.wave, e.measure, arm) for e in DESIGN.schedule for arm in e.arms}
    for row in rows:
        wave = DESIGN.wave(row["wave"])
        assert (row["opens"], row["closes"]) == (wave.opens.isoformat(), wave.closes.isoformat())
        assert int(row["school_days"]) == wave.school_days
        [entry] = [e for e in DESIGN.entries(wave.id) if e.measure == row["measure"]]
        asked = entry in DESIGN.asked(wave.id, entry.respondent)
        assert row["asked"] == ("TRUE" if asked else "FALSE")
        assert float(row["minutes"]) == entry.minutes
        assert row["reference_date"] == str(entry.reference_date or "")
