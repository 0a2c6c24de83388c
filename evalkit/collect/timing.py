"""When data were taken: against the wave's window, the day of receipt and the project's start."""

from __future__ import annotations

import datetime as dt

from evalkit.collect.dates import parse_date
from evalkit.collect.delivery import Part, Taken
from evalkit.collect.parsing import cell_text
from evalkit.collect.veil import quoted
from evalkit.collect.wording import date_text, dates_text
from evalkit.errors import finding
from evalkit.model.design import Design
from evalkit.model.finding import Finding, Place
from evalkit.model.vocabulary import BaselineStatus, WaveKind


def taken_of(first: tuple[object, Place], last: tuple[object, Place]) -> Taken:
    """Dates of taking from two cells; one filled in alone stands for both."""
    unread, days = [], []
    for value, place in (first, last):
        text = cell_text(value)
        day = None if text is None else parse_date(value)
        days.append(day)
        if text is not None and day is None:
            unread.append((text[:40], place))
    return Taken(days[0] or days[1], days[1] or days[0], tuple(unread), first[1])


def baseline_status(
    design: Design, wave: str, taken_from: dt.date | None, taken_to: dt.date | None
) -> BaselineStatus | None:
    """Whether data prove to be a nulmeting: all taken before the project's first day.

    None for a wave that is no baseline; ``absent`` if no day is given.

    Raises:
        KeyError: the design has no such wave.
    """
    if design.wave(wave).kind is not WaveKind.baseline:
        return None
    days = [day for day in (taken_from, taken_to) if day is not None]
    if not days:
        return BaselineStatus.absent
    return BaselineStatus.late if max(days) >= design.project.start else BaselineStatus.proven


def check_dates(part: Part, design: Design, received: dt.date) -> tuple[Finding, ...]:
    """Findings on the dates of a part: none, unreadable, reversed, future, outside the window.

    A baseline on or after the project's start is reported as that alone. A wave the design
    does not know is reported by ``check_part``.
    """
    taken = part.taken
    if taken.unread:
        return tuple(finding("intake.taken_invalid", p, value=quoted(v)) for v, p in taken.unread)
    first, last = taken.first, taken.last
    if first is None or last is None:
        return (finding("intake.taken_missing", taken.place),)
    if last < first:
        days = {"first": date_text(first), "last": date_text(last)}
        return (finding("intake.taken_reversed", taken.place, **days),)
    if last > received:
        days = {"taken": date_text(last), "received": date_text(received)}
        return (finding("intake.taken_future", taken.place, **days),)
    return _against_window(part, design, first, last)


def _against_window(
    part: Part, design: Design, first: dt.date, last: dt.date
) -> tuple[Finding, ...]:
    if part.wave not in {wave.id for wave in design.waves}:
        return ()
    days = dates_text(first, last)
    if baseline_status(design, part.wave, first, last) is BaselineStatus.late:
        start = date_text(design.project.start)
        return (finding("intake.baseline_late", part.taken.place, taken=days, start=start),)
    wave = design.wave(part.wave)
    if first >= wave.opens and last <= wave.closes:
        return ()
    window = {"opens": date_text(wave.opens), "closes": date_text(wave.closes)}
    return (finding("intake.taken_outside", part.taken.place, taken=days, **window),)
