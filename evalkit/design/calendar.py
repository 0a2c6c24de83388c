"""The schedule as a calendar (RFC 5545) that a school imports in its agenda."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from evalkit.language import translator
from evalkit.model.design import Design, PlannedWave, ScheduleEntry
from evalkit.model.text import Lang
from evalkit.model.vocabulary import ArmRole, Respondent

if TYPE_CHECKING:
    from icalendar import Event

_LOCALES = {"nl": "nl_NL", "en": "en_GB"}
_PRODUCT = "-//evalkit//schedule//EN"
_NINE = dt.timedelta(hours=9)
_WEEK = dt.timedelta(days=7)
_DAY = dt.timedelta(days=1)
_Group = tuple[Respondent, tuple[ArmRole, ...], dt.date | None]


class _Occasion(NamedTuple):
    """What stands in the agenda, from ``first`` to ``last``; a reminder so long before the end."""

    key: str
    first: dt.date
    last: dt.date
    title: str
    text: str
    reminder: dt.timedelta | None = None


def calendar(design: Design, language: Lang | None = None, sequence: int = 0) -> bytes:
    """The calendar file of a design: waves, deadlines and PDCA cycles, as events of whole days.

    The same design gives the same bytes. An event keeps its id while its wave, deadline or cycle
    keeps its own, so that a later file updates what an earlier one put in the agenda.

    Args:
        design: the design.
        language: by default that of the design.
        sequence: how many earlier versions of the calendar there may have been.
    """
    from icalendar import Calendar, vText

    writer = _Writer(design, language or design.language)
    made = Calendar()
    made.add("prodid", _PRODUCT)
    made.add("version", "2.0")
    made.add("calscale", "GREGORIAN")
    made.add("method", "PUBLISH")
    made.add("name", vText(_printable(writer.name)))
    made.add("x-wr-calname", vText(_printable(writer.name)))
    for occasion in writer.occasions():
        made.add_component(_event(design, occasion, sequence))
    written: bytes = made.to_ical()
    return written


def _event(design: Design, occasion: _Occasion, sequence: int) -> Event:
    from icalendar import Alarm, Event

    title = _printable(occasion.title)
    text = "\n".join(_printable(line) for line in occasion.text.split("\n"))
    event = Event()
    name = f"evalkit:{design.protocol}/{design.project.id}/{occasion.key}"
    event.add("uid", str(uuid.uuid5(uuid.NAMESPACE_URL, name)))
    stamp = dt.datetime.combine(design.project.start, dt.time(), dt.UTC)
    event.add("dtstamp", stamp)
    event.add("sequence", sequence)
    event.add("dtstart", occasion.first)
    event.add("dtend", occasion.last + _DAY)
    event.add("summary", title)
    event.add("description", text)
    event.add("transp", "TRANSPARENT")
    if occasion.reminder is not None:
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", title)
        before_the_end = _NINE - _DAY - occasion.reminder
        alarm.add("trigger", before_the_end, parameters={"RELATED": "END"})
        event.add_component(alarm)
    return event


class _Writer:
    """The words of the calendar in one language."""

    def __init__(self, design: Design, lang: Lang) -> None:
        self.design = design
        self.lang = lang
        self.t = translator(lang)
        self.name = self.t("Evaluation: {project}").format(project=design.project.title)

    def occasions(self) -> Iterator[_Occasion]:
        """All events, by kind and then by day."""
        for wave in self.design.waves:
            if wave.opens <= wave.closes:
                text = self._wave_text(wave)
                title = self._titled(wave.label.to(self.lang))
                yield _Occasion(f"wave/{wave.id}", wave.opens, wave.closes, title, text, _WEEK)
        for deadline in self.design.deadlines:
            due, title = deadline.due, self._titled(deadline.label.to(self.lang))
            text = self.t("Report to the funder, for the scheme {scheme}.").format(
                scheme=self.design.protocol_title.to(self.lang)
            )
            key = f"deadline/{deadline.id}"
            yield _Occasion(key, due, due, title, self._dated(text, due), 2 * _WEEK)
        yield from self._cycles()

    def _cycles(self) -> Iterator[_Occasion]:
        t = self.t
        begins, ends = t("PDCA cycle {number} begins"), t("PDCA cycle {number} ends")
        plan = t("Write down the plan: aim, question, prediction, measure and scope.")
        act = t(
            "Log what was done, hold the figures against the prediction, and decide: adopt, adapt "
            "or abandon."
        )
        for cycle in self.design.cycles:
            key, title = f"cycle/{cycle.number}", self._titled(begins.format(number=cycle.number))
            yield _Occasion(f"{key}/begins", cycle.starts, cycle.starts, title, plan)
            title = self._titled(ends.format(number=cycle.number))
            yield _Occasion(f"{key}/ends", cycle.ends, cycle.ends, title, act)

    def _titled(self, what: str) -> str:
        return f"{_capital(what)} – {self.design.project.title}"

    def _wave_text(self, wave: PlannedWave) -> str:
        t = self.t
        lines = [
            t("Fill in the workbook and deliver it by {day}.").format(day=self._day(wave.closes))
        ]
        for (respondent, arms, counted), asked in self._groups(wave).items():
            who = _capital(respondent.label.to(self.lang))
            if len(arms) < len(self.design.project.arms):
                who += f" ({', '.join(role.label.to(self.lang) for role in arms)})"
            lines.append(self._line(who, respondent, counted, asked))
        return self._dated("\n".join(lines), wave.closes)

    def _groups(self, wave: PlannedWave) -> dict[_Group, list[ScheduleEntry]]:
        """What is asked, by whom it is asked of; what is counted on a day stands apart."""
        groups: dict[_Group, list[ScheduleEntry]] = {}
        for respondent in Respondent:
            for entry in self.design.asked(wave.id, respondent):
                key = (respondent, entry.arms, entry.reference_date)
                groups.setdefault(key, []).append(entry)
        return groups

    def _line(
        self,
        who: str,
        respondent: Respondent,
        counted: dt.date | None,
        entries: Sequence[ScheduleEntry],
    ) -> str:
        t = self.t
        minutes = sum(entry.minutes for entry in entries)
        if counted is not None:
            text = t("{who}, as counted on {day}: {what}")
        elif not minutes:
            text = t("{who}: {what}")
        elif respondent is Respondent.school:
            text = t("{who}, {minutes} minutes: {what}")
        else:
            text = t("{who}, {minutes} minutes each: {what}")
        day = self._day(counted) if counted else ""
        what = "; ".join(self._measure(entry) for entry in entries)
        return text.format(who=who, day=day, minutes=f"{minutes:g}", what=what)

    def _measure(self, entry: ScheduleEntry) -> str:
        label = self.design.measure(entry.measure).label.to(self.lang)
        optional = self.t("optional")
        return label if entry.mandatory else f"{label} ({optional})"

    def _dated(self, text: str, day: dt.date) -> str:
        """The text, with a warning where the holidays of that day were not known yet."""
        until = self.design.holidays_until
        if until is not None and day <= until:
            return text
        note = self.t("School holidays around this day were not known yet: check it in time.")
        return f"{text}\n{note}"

    def _day(self, day: dt.date) -> str:
        from babel.dates import format_date

        return format_date(day, format="d MMMM y", locale=_LOCALES[self.lang])


def _printable(line: str) -> str:
    """The text on one line, without characters that a calendar file cannot hold."""
    return "".join(mark for mark in " ".join(line.split()) if mark.isprintable())


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
