"""The design on one page, for everyone at the school."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

from evalkit.model.design import PlannedWave, Power
from evalkit.model.hashing import short
from evalkit.model.vocabulary import RUNG_LABELS, Respondent, WaveKind
from evalkit.render.blocks import (
    Block,
    Bullets,
    Callout,
    Column,
    Heading,
    Paragraph,
    Table,
    literal,
)
from evalkit.render.design_document.burden import cell
from evalkit.render.design_document.ladder import HIGHEST, lifts
from evalkit.render.design_document.power import in_words
from evalkit.render.design_document.words import Words
from evalkit.render.wording import capital

_Row: TypeAlias = tuple[str | None, ...]
_MOST_YEARS = 3
_MOST_REPORTS = 2
_MOST_LIFTS = 2
_MOST_POWERS = 2


def summary(words: Words) -> Iterator[Block]:
    """What do we do when, what does it cost, what do we get, what can we show, whom do we ask."""
    t = words.t
    yield Heading(1, t("On one page, for the school"))
    yield Heading(2, t("What do we do, and when?"))
    yield Table(
        columns=(
            Column(t("When"), width=1.4),
            Column(t("What"), width=2.8),
            Column(t("Who"), width=1.5),
        ),
        rows=tuple(_agenda(words)),
        caption=t("Moments and days"),
    )
    yield from _costs(words)
    yield Heading(2, t("What do we get?"))
    yield Bullets(tuple(_gains(words)))
    yield Heading(2, t("What can we show with it?"))
    yield Paragraph(_shown(words))
    yield _stronger(words)
    yield Heading(2, t("Whom do we ask?"))
    yield Paragraph(
        t(
            "Filling in and planning: the project leader at school. The rules of the scheme: the funder ({scheme}). Name the design in your question: `{hash}`."
        ).format(scheme=words.said(words.design.protocol_title), hash=short(words.design.hash))
    )


def _agenda(words: Words) -> list[_Row]:
    """Three to about eight lines, in order of time; what repeats takes one."""
    t, design = words.t, words.design
    dated = []
    for kind in WaveKind:
        waves = [wave for wave in design.waves if wave.kind is kind]
        for alike in _alike(waves, words):
            dated.append((alike[0].opens, _wave_row(alike, words)))
    if design.cycles:
        first, last = design.cycles[0], design.cycles[-1]
        what = t("{n} short PDCA cycles: plan, do, check, act").format(n=len(design.cycles))
        if len(design.cycles) == 1:
            what = t("one short PDCA cycle: plan, do, check, act")
        dated.append((first.starts, (words.days(first.starts, last.ends), what, t("the team"))))
    reports = sorted(design.deadlines, key=lambda deadline: deadline.due)
    for report in reports[: _MOST_REPORTS - 1]:
        row = (words.day(report.due), capital(report.label.to(words.lang)), t("the project leader"))
        dated.append((report.due, row))
    rest = reports[_MOST_REPORTS - 1 :]
    if rest:
        when = words.some((words.day(report.due) for report in rest), 2)
        what = capital(words.some(dict.fromkeys(r.label.to(words.lang) for r in rest), 2))
        dated.append((rest[0].due, (when, what, t("the project leader"))))
    return [row for _, row in sorted(dated, key=lambda pair: pair[0])]


def _whom(wave: PlannedWave, words: Words) -> list[Respondent]:
    asked = {e.respondent for e in words.design.entries(wave.id) if not e.computed}
    return [who for who in Respondent if who in asked]


def _alike(waves: Sequence[PlannedWave], words: Words) -> list[list[PlannedWave]]:
    """The waves of one kind, those together that ask the same of the same groups."""
    found: dict[object, list[PlannedWave]] = {}
    for wave in waves:
        asked = frozenset(words.asked(wave)), tuple(_whom(wave, words))
        found.setdefault(asked, []).append(wave)
    return list(found.values())


def _wave_row(waves: Sequence[PlannedWave], words: Words) -> _Row:
    t, design = words.t, words.design
    first = waves[0]
    measures = words.asked(first)
    who = [who.label.to(words.lang) for who in _whom(first, words)]
    if len(waves) == 1:
        when, what = words.window(first), capital(first.label.to(words.lang))
    else:
        when = words.some((str(wave.opens.year) for wave in waves), 6)
        kind = first.kind.label.to(words.lang)
        what = t("{n} times: {moment}").format(n=len(waves), moment=kind)
    what += " (" + t("measures: {n}").format(n=len(measures)) + ")"
    if first.kind is WaveKind.baseline:
        what += "; " + t("before the start on {day}").format(day=words.day(design.project.start))
    return (when, what, ", ".join(who) or None)


def _costs(words: Words) -> Iterator[Block]:
    """Hours per group and school year, and euros where the scheme has rates."""
    t, parts = words.t, words.design.yearly_burden
    if not parts:
        return
    years = sorted({part.school_year for part in parts})
    shown = years if len(years) <= _MOST_YEARS + 1 else years[:_MOST_YEARS]
    later = [year for year in years if year not in shown]
    known = {(part.respondent, part.school_year): part for part in parts}
    rows: list[_Row] = []
    for who in Respondent:
        if any(part.respondent is who for part in parts):
            cells = [cell(known.get((who, year)), words) for year in shown]
            rest = [part for part in parts if part.respondent is who and part.school_year in later]
            if later:
                cells.append(_sum([part.hours for part in rest], words))
            rows.append((capital(who.label.to(words.lang)), *cells))
    if any(part.hours is not None for part in parts):
        whole = all(part.hours is not None for part in parts)
        name = t("Together") if whole else t("Together, as far as known")
        rows.append((name, *_totals(shown, later, words)))
    yield Heading(2, t("What does it cost us?"))
    yield Table(
        columns=(
            Column(t("Who"), width=0.9),
            *(Column(year, width=1.3) for year in shown),
            *([Column(t("later, together"), width=0.8)] if later else []),
        ),
        rows=tuple(rows),
        caption=t("Hours per school year"),
        note=t(
            "Minutes per person × persons = hours in a school year, over all schools together. What only some are asked is added after the plus sign."
        ),
    )


def _totals(shown: Sequence[str], later: Sequence[str], words: Words) -> list[str | None]:
    parts = words.design.yearly_burden
    cells = []
    for years in [*([year] for year in shown), *([later] if later else [])]:
        found = [part for part in parts if part.school_year in years]
        hours = _sum([part.hours for part in found if part.hours is not None], words)
        costs = [part.cost for part in found if part.cost is not None]
        cells.append(f"{hours} · {words.euros(sum(costs))}" if hours and costs else hours)
    return cells


def _sum(hours: Sequence[float | None], words: Words) -> str | None:
    known = [value for value in hours if value is not None]
    if not known or len(known) < len(hours):
        return None
    return words.t("{hours} h").format(hours=words.hours(sum(known)))


def _gains(words: Words) -> Iterator[str]:
    t, project = words.t, words.design.project
    yield t("**Our own results at once,** after each delivery.")
    if project.has_comparison:
        yield t("**A comparison** with those who do not take part, and with similar projects.")
    else:
        yield t("**A comparison over time,** beside similar projects.")
    yield t(
        "**An evaluation that counts:** a place on the effect ladder and in the joint evaluation of all projects."
    )


def _shown(words: Words) -> str:
    """The rung, and the smallest effect in plain words."""
    t, design = words.t, words.design
    rung = design.expected_rung
    said = t("Rung **{rung}** of {highest} on the effect ladder: {meaning}.").format(
        rung=rung, highest=HIGHEST, meaning=literal(RUNG_LABELS[rung].to(words.lang))
    )
    return "\n".join((said, *(in_words(part, words) for part in _first(words)[:_MOST_POWERS])))


def _first(words: Words) -> list[Power]:
    """What can be shown, of what the project predicts first."""
    predicted = {prediction.measure for prediction in words.design.project.predictions}
    return sorted(words.design.power, key=lambda part: not predicted & set(part.measures))


def _stronger(words: Words) -> Callout:
    t, missing = words.t, lifts(words)
    title = t("What would make it stronger")
    dull = not all(part.shows_enough for part in words.design.power)
    if not missing and dull:
        text = t(
            "The plan reaches the highest rung, but only a large effect would stand out from chance. More classes or persons in both groups make it sharper."
        )
        return Callout("info", title, text)
    if not missing:
        text = t(
            "The plan reaches the highest rung. What counts now: take every measurement on time, in both groups."
        )
        return Callout("success", title, text)
    said = " ".join(words.plainly(rule.lift or rule.reason) for rule in missing[:_MOST_LIFTS])
    return Callout("info", title, said)
