"""The schedule: what is measured when, from whom, in which groups."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from evalkit.model.design import PlannedWave, ScheduleEntry
from evalkit.model.vocabulary import Respondent
from evalkit.render.blocks import Block, Column, Figure, Heading, Paragraph, Table
from evalkit.render.design_document.words import Words
from evalkit.render.figures import Band, Milestone, TimelineEntry, timeline
from evalkit.render.wording import capital

_MOST_WAVES = 8


def schedule(words: Words) -> Iterator[Block]:
    """The timeline, the moments, and per respondent which measure is asked when."""
    design, t = words.design, words.t
    yield Heading(1, t("Schedule"))
    yield Figure(
        timeline(
            _windows(words),
            _milestones(words),
            _bands(words),
            language=words.lang,
            band_label=t("school holidays"),
        ),
        caption=t("What happens when"),
        alt=t(
            "Timeline of the measurement moments and PDCA cycles; the tables below give the same days."
        ),
    )
    yield _moments(words)
    if design.deadlines:
        yield Table(
            columns=(Column(t("Due")), Column(t("What"), width=3)),
            rows=tuple(
                (words.day(deadline.due), deadline.label.to(words.lang))
                for deadline in sorted(design.deadlines, key=lambda d: (d.due, d.id))
            ),
            caption=t("Reports to the funder"),
        )
    yield Heading(2, t("What is measured at each moment"))
    yield Paragraph(
        t(
            "The numbers above the columns are those of the moments. A cell holds the minutes it takes one respondent; a dash: not then."
        )
    )
    for who in Respondent:
        yield from _asked(who, words)
    yield from _reference_dates(words)


def _windows(words: Words) -> tuple[TimelineEntry, ...]:
    t, design = words.t, words.design
    waves = [
        TimelineEntry(t("Measuring"), wave.label.to(words.lang), wave.opens, wave.closes)
        for wave in design.waves
    ]
    cycles = [
        TimelineEntry(t("PDCA"), str(cycle.number), cycle.starts, cycle.ends)
        for cycle in design.cycles
    ]
    reports = [
        TimelineEntry(t("Reports"), due.label.to(words.lang), due.due, due.due)
        for due in design.deadlines
    ]
    return (*waves, *cycles, *reports)


def _milestones(words: Words) -> tuple[Milestone, ...]:
    project, t = words.design.project, words.t
    return (Milestone(t("start"), project.start), Milestone(t("end"), project.end))


def _bands(words: Words) -> tuple[Band, ...]:
    """The holidays of a week or more; single days would not be seen."""
    holidays = words.design.holidays
    return tuple(Band(h.starts, h.ends) for h in holidays if (h.ends - h.starts).days >= 6)


def _known(words: Words) -> str:
    """What school days are, and how far ahead the holidays are known."""
    t, until = words.t, words.design.holidays_until
    if until is None:
        return t("School days: without weekends; no school holidays were known.")
    if all(wave.closes <= until for wave in words.design.waves):
        text = t("School days: without weekends and school holidays.")
    else:
        text = t(
            "School days: without weekends and school holidays. After {day} the holidays were not known "
            "yet; from then on weekends alone are left out."
        ).format(day=words.day(until))
    if words.design.project.region is not None:
        return text
    common = t(
        "The project names no region: only holidays that all regions share are left out (region)."
    )
    return f"{text} {common}"


def _moments(words: Words) -> Table:
    t, design = words.t, words.design
    counted = any(wave.school_days is not None for wave in design.waves)
    rows = []
    for number, wave in enumerate(design.waves, start=1):
        entries = design.entries(wave.id)
        who = dict.fromkeys(entry.respondent.label.to(words.lang) for entry in entries)
        row = [
            str(number),
            wave.label.to(words.lang),
            words.day(wave.opens),
            words.day(wave.closes),
            *([words.number(wave.school_days)] if counted else []),
            str(len(words.asked(wave))),
            ", ".join(who) or None,
        ]
        rows.append(tuple(row))
    return Table(
        columns=(
            Column(t("No."), width=0.4),
            Column(t("Moment"), width=1.5),
            Column(t("Opens")),
            Column(t("Deadline")),
            *([Column(t("School days"), "right", 0.7)] if counted else []),
            Column(t("Measures"), "right", 0.8),
            Column(t("From whom"), width=1.6),
        ),
        rows=tuple(rows),
        caption=t("Measurement moments"),
        note=" ".join(_moment_notes(words, counted)),
    )


def _moment_notes(words: Words, counted: bool) -> Iterator[str]:
    """What school days are, and which measures are not counted."""
    if counted:
        yield _known(words)
    if any(entry.computed or entry.covered_by for entry in words.design.schedule):
        yield words.t("Measures that are computed or covered by others are not counted.")


def _asked(who: Respondent, words: Words) -> Iterator[Table]:
    """What one respondent group is asked; more than eight moments take a table more."""
    design, t = words.design, words.t
    entries = [entry for entry in design.schedule if entry.respondent is who]
    measured = {entry.wave for entry in entries}
    numbered = iter([(n, w) for n, w in enumerate(design.waves, 1) if w.id in measured])
    while waves := list(islice(numbered, _MOST_WAVES)):
        yield Table(
            columns=(
                Column(t("Measure"), width=2.4),
                Column(t("Groups"), width=1.55),
                Column(t("Asked by"), width=1.2),
                *(Column(str(number), "right", 0.42) for number, _ in waves),
            ),
            rows=(*_rows(entries, waves, words), _total(who, waves, words)),
            caption=_caption(who, waves, words),
            note=_note(entries, words),
        )


def _caption(who: Respondent, waves: Sequence[tuple[int, PlannedWave]], words: Words) -> str:
    moments = ", ".join(f"{n} {wave.label.to(words.lang)}" for n, wave in waves)
    return f"{capital(who.label.to(words.lang))}: {moments}"


def _rows(
    entries: Sequence[ScheduleEntry], waves: Sequence[tuple[int, PlannedWave]], words: Words
) -> Iterator[tuple[str | None, ...]]:
    for measure in dict.fromkeys(entry.measure for entry in entries):
        found = {entry.wave: entry for entry in entries if entry.measure == measure}
        if not any(wave.id in found for _, wave in waves):
            continue
        first = next(iter(found.values()))
        cells = (found.get(wave.id) for _, wave in waves)
        yield (
            _name(first, words),
            _groups(first, words),
            _asked_by(first, words),
            *(_minutes(entry, words) if entry else None for entry in cells),
        )


def _asked_by(entry: ScheduleEntry, words: Words) -> str:
    """Who asks it, by name: the basisset, the scheme, the project type, or a scheme below it."""
    design = words.design
    if entry.measure in design.core:
        return words.t("basisset")
    names = {design.protocol: design.protocol_title, design.type.id: design.type.label}
    owner = names.get(entry.required_by)
    return owner.to(words.lang) if owner else entry.required_by


def _total(
    who: Respondent, waves: Sequence[tuple[int, PlannedWave]], words: Words
) -> tuple[str | None, ...]:
    minutes = {part.wave: part.minutes for part in words.design.burden if part.respondent is who}
    cells = (words.number(minutes.get(wave.id)) for _, wave in waves)
    return (words.t("Minutes per person, at most"), None, None, *cells)


def _name(entry: ScheduleEntry, words: Words) -> str:
    name = words.measure(entry.measure)
    if entry.covered_by:
        cases = words.measures(entry.covered_by)
        return words.t("{name} (through {cases})").format(name=name, cases=cases)
    return words.t("{name} (computed)").format(name=name) if entry.computed else name


def _groups(entry: ScheduleEntry, words: Words) -> str:
    if len(entry.arms) == len(words.design.project.arms):
        return words.t("all")
    return ", ".join(role.label.to(words.lang) for role in entry.arms)


def _minutes(entry: ScheduleEntry, words: Words) -> str | None:
    return f"{words.number(entry.minutes)}{'' if entry.mandatory else '*'}"


def _note(entries: Sequence[ScheduleEntry], words: Words) -> str:
    """What the signs in a table mean, where it has them."""
    voluntary = any(not entry.mandatory for entry in entries)
    return words.t("\\* is voluntary.") if voluntary else ""


def _reference_dates(words: Words) -> Iterator[Table]:
    """On which day the school administration is counted."""
    design, t = words.design, words.t
    days = sorted({e.reference_date for e in design.schedule if e.reference_date})
    if days:
        yield Table(
            columns=(
                Column(t("Reference date")),
                Column(t("Moment"), width=1.2),
                Column(t("Measures"), width=3.4),
            ),
            rows=tuple(
                (
                    words.day(date),
                    wave.label.to(words.lang),
                    words.measures(dict.fromkeys(e.measure for e in found)),
                )
                for date in days
                for wave in design.waves
                if (found := [e for e in design.entries(wave.id) if e.reference_date == date])
            ),
            caption=t("Counted in the school administration on"),
        )
