"""The days of a project: windows of its waves, deadlines of its reports, its PDCA cycles."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator

from evalkit.errors import finding
from evalkit.model.design import PlannedCycle, PlannedDeadline, PlannedWave, ScheduleEntry
from evalkit.model.finding import Finding, Place
from evalkit.model.holidays import Holiday, Holidays
from evalkit.model.project import Project
from evalkit.model.protocol import ResolvedProtocol, Wave
from evalkit.model.vocabulary import WaveKind

ENOUGH_DAYS = 5
"""School days a window needs, unless the protocol makes it shorter itself."""

FIRST_YEAR, LAST_YEAR = 2000, 2099
"""Years a project starts in; another one is a slip of the pen."""

MOST_YEARS = 12
"""Longer than any grant runs; the last follow-up comes after that."""

HALF_A_YEAR = 120
"""Days of half a school year, about: in less there is hardly a difference to be seen."""


def plan_waves(
    project: Project, protocol: ResolvedProtocol, holidays: Holidays
) -> tuple[PlannedWave, ...]:
    """The waves of the protocol on the project's calendar, in the order they open.

    A window opens on the first school day from the day the protocol says and closes on the last
    one up to it. What is measured during or after the project opens no earlier than its first day.
    A window in which no school day is left keeps its days.
    """
    waves = [_planned(wave, project, holidays) for wave in protocol.waves]
    return tuple(sorted(waves, key=lambda wave: (wave.opens, wave.closes, wave.id)))


def _planned(wave: Wave, project: Project, holidays: Holidays) -> PlannedWave:
    first, last = _window(wave, project)
    days = holidays.school_days(first, last, project.region)
    if days:
        first = holidays.next_school_day(first, project.region)
        last = holidays.last_school_day(last, project.region)
    return PlannedWave(
        id=wave.id,
        kind=wave.kind,
        label=wave.label,
        opens=first,
        closes=last,
        school_days=days,
    )


def _window(wave: Wave, project: Project) -> tuple[dt.date, dt.date]:
    """The days the protocol asks, from the project's first day on but for a baseline."""
    first = wave.opens.on(project.start, project.end)
    if wave.kind in (WaveKind.interim, WaveKind.post):
        first = max(first, project.start)
    return first, wave.closes.on(project.start, project.end)


def check_start(project: Project, protocol: ResolvedProtocol) -> Iterator[Finding]:
    """Findings on days that cannot be: before its scheme runs, in an odd year, for too long."""
    start, end = project.start, project.end
    if not FIRST_YEAR <= start.year <= LAST_YEAR:
        yield finding("project.year_odd", Place(key="start"), start=start)
    years = (end - start).days / 365.25
    if years > MOST_YEARS:
        values = {"start": start, "end": end, "years": round(years), "most": MOST_YEARS}
        yield finding("project.too_long", Place(key="end"), **values)
    if protocol.valid_from is not None and project.start < protocol.valid_from:
        yield finding(
            "project.before_protocol",
            Place(key="start"),
            protocol=protocol.id,
            valid_from=protocol.valid_from,
            start=project.start,
        )


def check_windows(
    project: Project, protocol: ResolvedProtocol, waves: Iterable[PlannedWave]
) -> Iterator[Finding]:
    """What is wrong with windows: too short a project, or holidays that leave too few days."""
    asked = {wave.id: wave for wave in protocol.waves}
    length = (project.end - project.start).days + 1
    short = length < HALF_A_YEAR
    for planned in waves:
        wave = asked[planned.id]
        first, last = _window(wave, project)
        opens = wave.opens.on(project.start, project.end)
        baseline = wave.kind is WaveKind.baseline
        if last < opens:
            yield finding("model.window", Place(key="end"), wave=wave.id)
        elif last < first:
            place = Place(key="end")
            yield finding("design.wave_before_start", place, wave=wave.id, closes=last)
        else:
            short = short or first != opens
            if wave.kind is WaveKind.interim and first > project.end:
                place = Place(key="end")
                yield finding("design.interim_after_end", place, wave=wave.id, opens=first)
            days = planned.school_days or 0
            if days < min(ENOUGH_DAYS, (last - first).days + 1):
                place = Place(key="start" if baseline else "end")
                values = {"wave": wave.id, "opens": first, "closes": last, "days": days}
                yield finding("design.window_in_holidays", place, **values)
    if short:
        yield finding("design.project_short", Place(key="end"), days=length)


def check_reference_dates(
    project: Project, waves: Iterable[PlannedWave], entries: Iterable[ScheduleEntry]
) -> Iterator[Finding]:
    """A finding for each later wave whose register figures date from before the project."""
    dates = {entry.wave: entry.reference_date for entry in entries if entry.reference_date}
    for wave in waves:
        counted = dates.get(wave.id)
        if wave.kind is not WaveKind.baseline and counted and counted < project.start:
            place = Place(key="start")
            yield finding("design.counted_before_start", place, wave=wave.id, day=counted)


def plan_deadlines(
    project: Project, protocol: ResolvedProtocol, holidays: Holidays
) -> tuple[PlannedDeadline, ...]:
    """The reports of the protocol, by day; one due while schools are closed is due after that."""
    planned = [
        PlannedDeadline(
            id=deadline.id,
            label=deadline.label,
            due=holidays.next_school_day(
                deadline.due.on(project.start, project.end), project.region
            ),
        )
        for deadline in protocol.deadlines
    ]
    return tuple(sorted(planned, key=lambda deadline: (deadline.due, deadline.id)))


def plan_cycles(
    project: Project, cycles_per_year: int, holidays: Holidays
) -> tuple[PlannedCycle, ...]:
    """PDCA cycles over the project's run, at the pace the protocol asks.

    They are of equal length, but for two things: a cycle that would start while schools are closed
    starts on the first school day after, unless the next one starts by then; and a cycle followed
    by another ends on its last school day, if it has one.
    """
    days = (project.end - project.start).days + 1
    count = max(1, round(days / 365.25 * cycles_per_year))
    edges = [project.start + dt.timedelta(days=days * i // count) for i in range(count + 1)]
    for i in range(1, count):
        moved = holidays.next_school_day(edges[i], project.region)
        edges[i] = moved if moved < edges[i + 1] else edges[i]
    ends = [edge - dt.timedelta(days=1) for edge in edges[1:]]
    for i in range(count - 1):
        moved = holidays.last_school_day(ends[i], project.region)
        ends[i] = moved if moved >= edges[i] else ends[i]
    return tuple(PlannedCycle(number=i + 1, starts=edges[i], ends=ends[i]) for i in range(count))


def holidays_within(
    project: Project, waves: Iterable[PlannedWave], holidays: Holidays
) -> tuple[Holiday, ...]:
    """The school holidays between the first and the last day of the project and its waves."""
    days = [day for wave in waves for day in (wave.opens, wave.closes)]
    first, last = min(project.start, *days), max(project.end, *days)
    found = holidays.of(project.region)
    return tuple(h for h in found if h.starts <= last and h.ends >= first)
