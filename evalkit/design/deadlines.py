"""Deadlines of many projects as one calendar (RFC 5545), for a funder's agenda."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from typing import NamedTuple

from evalkit.language import translator
from evalkit.model.text import Lang, Text

_PRODUCT = "-//evalkit//deadlines//EN"
_NINE = dt.timedelta(hours=9)
_DAY = dt.timedelta(days=1)


class Deadline(NamedTuple):
    """A day by which a project must deliver something."""

    key: str
    """What tells it from all others, and stays the same."""
    day: dt.date
    project: str
    label: Text
    reminder: dt.timedelta
    """How long before the day a reminder comes, at nine in the morning."""
    missing: tuple[Text, ...] = ()
    """Mandatory measures that did not come in yet."""


def deadlines_calendar(deadlines: Iterable[Deadline], as_of: dt.date, lang: Lang) -> bytes:
    """The calendar file, by day: an event of one day for each deadline, with a reminder.

    The same deadlines on the same day give the same bytes; a later file updates what an earlier
    one put in the agenda.

    Args:
        deadlines: the deadlines.
        as_of: the day on which things stand so.
        lang: language of the titles.
    """
    from icalendar import Alarm, Calendar, Event, vText

    t = translator(lang)
    made = Calendar()
    made.add("prodid", _PRODUCT)
    made.add("version", "2.0")
    made.add("calscale", "GREGORIAN")
    made.add("method", "PUBLISH")
    name = t("Deadlines of the projects")
    made.add("name", vText(name))
    made.add("x-wr-calname", vText(name))
    for deadline in sorted(deadlines, key=lambda one: (one.day, one.key)):
        title = _printable(f"{deadline.label.to(lang)} – {deadline.project}")
        event = Event()
        event.add("uid", str(uuid.uuid5(uuid.NAMESPACE_URL, f"evalkit:portfolio/{deadline.key}")))
        event.add("dtstamp", dt.datetime.combine(as_of, dt.time(), dt.UTC))
        event.add("sequence", as_of.toordinal())
        event.add("dtstart", deadline.day)
        event.add("dtend", deadline.day + _DAY)
        event.add("summary", title[:1].upper() + title[1:])
        if deadline.missing:
            names = ", ".join(label.to(lang) for label in deadline.missing)
            event.add("description", _printable(t("Still missing: {names}").format(names=names)))
        event.add("transp", "TRANSPARENT")
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", title)
        alarm.add("trigger", _NINE - deadline.reminder)
        event.add_component(alarm)
        made.add_component(event)
    written: bytes = made.to_ical()
    return written


def _printable(line: str) -> str:
    """The text on one line, without characters that a calendar file cannot hold."""
    return "".join(mark for mark in " ".join(line.split()) if mark.isprintable())
