"""The days of a project: windows and deadlines on school days, cycles at the protocol's pace."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.design.windows import check_windows, plan_cycles, plan_deadlines, plan_waves
from evalkit.library.holidays import shipped_holidays
from evalkit.library.protocols import Offer, ProtocolFile, resolve_protocol, shipped_protocols
from evalkit.model.finding import Finding
from evalkit.model.holidays import WEEKENDS, Holidays
from evalkit.model.project import Project
from evalkit.model.vocabulary import Region, WaveKind

from . import cases

repeatable = settings(derandomize=True, database=None, deadline=None)
OFFICIAL = shipped_holidays()
calendars = st.sampled_from([WEEKENDS, OFFICIAL])
starts = st.one_of(
    st.dates(dt.date(2023, 10, 1), dt.date(2029, 12, 31)),
    st.dates(dt.date(1950, 1, 1), dt.date(2090, 12, 31)),
)
lengths = st.integers(1, 3000)
regions = st.sampled_from([None, *Region])

FUND = """\
id: fonds-jaren
version: "1.0"
extends: basisset
title: {nl: Fonds, en: Fund}
description: {nl: Een regeling., en: A scheme.}
waves:
  - {id: early, kind: baseline, label: {nl: v, en: e},
     opens: {anchor: start, days: -200}, closes: {anchor: start, days: -91}}
  - {id: halfway, kind: interim, label: {nl: t, en: h},
     opens: {anchor: start, days: 100}, closes: {anchor: start, days: 130}}
  - {id: late, kind: interim, label: {nl: l, en: l},
     opens: {anchor: end, days: -60}, closes: {anchor: end, days: -30}}
requires:
  - {measure: core.workload, waves: [early, baseline, halfway, late, post]}
deadlines:
  - {id: final, label: {nl: eindverslag, en: final report}, due: {anchor: end, days: 60}}
  - {id: plan, label: {nl: plan, en: plan}, due: {anchor: start, days: 30}}
"""
PROTOCOL = cases.protocol("fonds-jaren", FUND)


def windows(project: Project, holidays: Holidays = OFFICIAL) -> dict[str, tuple[str, str, int]]:
    return {
        wave.id: (wave.opens.isoformat(), wave.closes.isoformat(), wave.school_days or 0)
        for wave in plan_waves(project, PROTOCOL, holidays)
    }


def findings(project: Project, holidays: Holidays = OFFICIAL) -> dict[str, Finding]:
    waves = plan_waves(project, PROTOCOL, holidays)
    return {found.code: found for found in check_windows(project, PROTOCOL, waves)}


@repeatable
@given(starts, lengths, regions, calendars)
def test_windows_lie_on_school_days_within_those_of_the_protocol(
    start: dt.date, days: int, region: Region | None, holidays: Holidays
) -> None:
    project = cases.lasting(start, days, region=region)
    asked = {wave.id: wave for wave in PROTOCOL.waves}
    waves = plan_waves(project, PROTOCOL, holidays)
    assert {wave.id for wave in waves} == set(asked)
    assert [wave.opens for wave in waves] == sorted(wave.opens for wave in waves)
    for wave in waves:
        assert asked[wave.id].opens.on(project.start, project.end) <= wave.opens
        assert wave.closes <= asked[wave.id].closes.on(project.start, project.end)
        if wave.kind is WaveKind.baseline:
            assert wave.closes < project.start
        elif wave.kind is WaveKind.follow_up:
            assert wave.opens > project.end
        else:
            assert wave.opens >= project.start
        if wave.school_days:
            assert holidays.is_school_day(wave.opens, region)
            assert holidays.is_school_day(wave.closes, region)
            assert holidays.school_days(wave.opens, wave.closes, region) == wave.school_days


@pytest.mark.parametrize(
    ("start", "end", "baseline", "post"),
    [
        # 2024 and 2028 are leap years; the window is counted in days, not months.
        ("2024-03-01", "2025-02-28", ("2023-12-04", "2024-02-29"), ("2024-12-30", "2025-03-28")),
        ("2025-03-01", "2026-02-28", ("2024-12-02", "2025-02-28"), ("2025-12-30", "2026-03-30")),
        ("2027-03-01", "2028-02-29", ("2026-12-01", "2027-02-26"), ("2027-12-31", "2028-03-30")),
        ("2026-01-01", "2026-12-31", ("2025-10-03", "2025-12-31"), ("2026-11-02", "2027-01-29")),
    ],
)
def test_windows_are_counted_in_days_and_lie_within_weeks(
    start: str, end: str, baseline: tuple[str, str], post: tuple[str, str]
) -> None:
    found = windows(cases.project(start=start, end=end), WEEKENDS)
    assert (found["baseline"][:2], found["post"][:2]) == (baseline, post)


def test_a_window_gives_way_to_the_holidays_of_its_region() -> None:
    # Summer of 2026: north 4 July to 16 August, central 18 July to 30 August.
    north = cases.project(start="2026-10-01", end="2027-07-09", region="north")
    assert windows(north)["baseline"] == ("2026-07-03", "2026-09-30", 34)
    south = cases.project(start="2026-11-30", end="2027-07-09", region="central")
    assert windows(south)["baseline"] == ("2026-09-01", "2026-11-27", 59)
    assert windows(cases.project(start="2026-11-28", region="central"))["baseline"][0] == (
        "2026-08-31"
    )
    # A post-measurement up to 30 days after the end closes before the summer of 2027 starts.
    assert windows(north)["post"][:2] == ("2027-05-10", "2027-07-09")
    assert windows(north, WEEKENDS)["post"][:2] == ("2027-05-10", "2027-08-06")


def test_a_window_in_the_holidays_is_named_with_the_days_left() -> None:
    # Central is free from 18 July 2026; the window is that from 15 July to 14 August.
    project = cases.project(start="2025-09-01", end="2026-09-13", region="central")
    found = findings(project)
    assert set(found) == {"design.window_in_holidays"}
    remark = found["design.window_in_holidays"]
    assert (remark.severity, remark.place.key) == ("warning", "end")
    assert "'late'" in remark.wrong.en
    assert " 3 school days" in remark.wrong.en  # 15 to 17 July
    assert findings(project, WEEKENDS) == {}
    assert windows(project)["late"] == ("2026-07-15", "2026-07-17", 3)


def test_a_window_without_a_school_day_keeps_its_days() -> None:
    project = cases.project(start="2025-09-01", end="2026-09-19", region="central")
    assert windows(project)["late"] == ("2026-07-21", "2026-08-20", 0)
    assert " 0 school days" in findings(project)["design.window_in_holidays"].wrong.en


@pytest.mark.parametrize(
    ("days", "codes"),
    [
        (365, set()),
        (120, set()),
        (118, {"design.project_short"}),
        (61, {"design.interim_after_end", "design.project_short"}),
        (45, {"design.interim_after_end", "design.project_short"}),
        (20, {"design.interim_after_end", "design.project_short", "design.wave_before_start"}),
    ],
)
def test_a_short_project_is_told_what_does_not_fit(days: int, codes: set[str]) -> None:
    project = cases.lasting(dt.date(2026, 9, 7), days)
    found = findings(project, WEEKENDS)
    assert set(found) == codes
    waves = {wave.id: wave for wave in plan_waves(project, PROTOCOL, WEEKENDS)}
    assert waves["post"].opens >= project.start > waves["baseline"].closes


def test_a_project_does_not_start_before_its_scheme() -> None:
    late = PROTOCOL.model_copy(update={"valid_from": dt.date(2026, 8, 2)})
    [found] = [
        f for f in cases.design(protocol=late).findings if f.code == "project.before_protocol"
    ]
    assert (found.severity, found.place.key) == ("error", "start")
    in_time = PROTOCOL.model_copy(update={"valid_from": dt.date(2026, 8, 1)})
    codes = {f.code for f in cases.design(protocol=in_time).findings}
    assert "project.before_protocol" not in codes


def test_a_scheme_runs_from_no_earlier_than_the_one_it_extends() -> None:
    dated = FUND.replace("extends: basisset", "extends: basisset\nvalid_from: 2026-08-01")
    child = (
        'id: kind\nversion: "1.0"\nextends: fonds-jaren\ntitle: {nl: k, en: c}\n'
        "description: {nl: k., en: c.}\n"
    )
    files = {**shipped_protocols(), "fonds-jaren": ProtocolFile("fonds-jaren.yaml", dated)}
    for own, expected in (("", "2026-08-01"), ("valid_from: 2027-01-01\n", "2027-01-01"),
                          ("valid_from: 2025-01-01\n", "2026-08-01")):  # fmt: skip
        made, _ = resolve_protocol(ProtocolFile("kind.yaml", child + own), files, Offer({}, ()))
        assert made is not None
        assert made.valid_from == dt.date.fromisoformat(expected)


def test_figures_are_counted_on_the_last_1_october() -> None:
    design = cases.design(cases.project(start="2026-09-14", end="2027-11-30"))
    counted = {(e.wave, e.reference_date) for e in design.schedule if e.reference_date}
    assert ("baseline", dt.date(2025, 10, 1)) in counted
    assert ("post", dt.date(2027, 10, 1)) in counted
    for entry in design.schedule:
        counted = entry.measure in ("iio.pupils", "iio.teacher_fte", "iio.pupils_per_fte")
        assert (entry.reference_date is not None) == counted
    assert "design.counted_before_start" not in {f.code for f in design.findings}


def test_figures_that_date_from_before_the_project_are_remarked_upon() -> None:
    within = cases.design(cases.project(start="2026-10-15", end="2027-07-09"))
    found = [f for f in within.findings if f.code == "design.counted_before_start"]
    assert ["'post'" in f.wrong.en and "2026-10-01" in f.wrong.en for f in found] == [True]


# Deadlines


@repeatable
@given(starts, lengths, regions, calendars)
def test_a_report_is_due_on_the_first_school_day_from_the_protocols(
    start: dt.date, days: int, region: Region | None, holidays: Holidays
) -> None:
    project = cases.lasting(start, days, region=region)
    planned = plan_deadlines(project, PROTOCOL, holidays)
    assert {deadline.id for deadline in planned} == {"plan", "final"}
    assert [d.due for d in planned] == sorted(d.due for d in planned)
    asked = {d.id: d.due.on(project.start, project.end) for d in PROTOCOL.deadlines}
    for deadline in planned:
        assert holidays.is_school_day(deadline.due, region)
        assert deadline.due == holidays.next_school_day(asked[deadline.id], region)


# PDCA plan


@repeatable
@given(starts, lengths, st.integers(1, 12), regions, calendars)
def test_the_pdca_plan_covers_the_project_with_free_days_alone_between(
    start: dt.date, days: int, pace: int, region: Region | None, holidays: Holidays
) -> None:
    project = cases.lasting(start, days, region=region)
    cycles = plan_cycles(project, pace, holidays)
    assert cycles[0].starts == project.start
    assert cycles[-1].ends == project.end
    assert [cycle.number for cycle in cycles] == list(range(1, len(cycles) + 1))
    assert all(cycle.starts <= cycle.ends for cycle in cycles)
    for one, following in pairwise(cycles):
        free = (following.starts - one.ends).days - 1
        between = (one.ends + dt.timedelta(days=n + 1) for n in range(free))
        assert not any(holidays.is_school_day(day, region) for day in between)
        assert one.ends < following.starts
        if holidays.school_days(one.starts, one.ends, region):
            assert holidays.is_school_day(one.ends, region)
    assert abs(len(cycles) - max(1.0, (days + 1) / 365.25 * pace)) <= 0.5
    if pace <= 4:  # at a faster pace the summer holiday is longer than a cycle
        for cycle in cycles[1:]:
            assert holidays.is_school_day(cycle.starts, region)


def test_no_cycle_starts_in_the_summer_holiday() -> None:
    # Two cycles a year from January would turn on 17 July 2027.
    project = cases.project(start="2027-01-18", end="2028-01-14", region="central")
    assert [c.starts.isoformat() for c in plan_cycles(project, 2, WEEKENDS)] == [
        "2027-01-18", "2027-07-19",
    ]  # fmt: skip
    assert [c.starts.isoformat() for c in plan_cycles(project, 2, OFFICIAL)] == [
        "2027-01-18", "2027-08-30",
    ]  # fmt: skip
    ends = [c.ends.isoformat() for c in plan_cycles(project, 2, OFFICIAL)]
    assert ends == ["2027-07-16", "2028-01-14"]  # The Friday before the holiday.


@pytest.mark.parametrize(
    ("start", "end", "codes"),
    [
        ("1960-08-01", "1962-07-01", ["project.year_odd"]),
        ("1999-12-31", "2001-07-01", ["project.year_odd"]),
        ("2100-01-01", "2101-07-01", ["project.year_odd"]),
        ("2026-08-01", "2149-07-01", ["project.too_long"]),
        ("2026-08-01", "2038-07-31", []),
        ("2026-08-01", "2038-08-31", ["project.too_long"]),
    ],
)
def test_a_project_of_another_century_or_a_lifetime_is_a_mistake(
    start: str, end: str, codes: list[str]
) -> None:
    made = cases.design(cases.project(start=start, end=end))
    dates = ("project.year_odd", "project.too_long")
    assert [f.code for f in made.findings if f.code in dates] == codes
    assert all(f.is_error for f in made.findings if f.code in dates)
