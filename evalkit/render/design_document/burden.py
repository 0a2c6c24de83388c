"""What measuring costs: time and money, per school year and group."""

from __future__ import annotations

from collections.abc import Iterator

from evalkit.model.design import YearlyBurden
from evalkit.render.blocks import Block, Column, Heading, Paragraph, Table
from evalkit.render.design_document.words import Words
from evalkit.render.wording import capital


def burden(words: Words) -> Iterator[Block]:
    """Hours and euros per school year and group, and the measures that cost most."""
    design, t = words.design, words.t
    if not design.yearly_burden:
        return
    yield Heading(1, t("What it costs"))
    yield Paragraph(
        t(
            "Time to answer, not to prepare. Hours are those of all persons together; a dash: the project does not say how many persons there are."
        )
    )
    yield _yearly(words)
    if design.costly:
        yield Table(
            columns=(
                Column(t("Measure"), width=3),
                Column(t("Minutes per person, all moments"), "right", 1.4),
                Column(t("Hours together"), "right"),
            ),
            rows=tuple(
                (
                    words.measure(costly.measure),
                    words.number(costly.minutes),
                    words.hours(costly.hours),
                )
                for costly in design.costly
            ),
            caption=t("The measures that cost most"),
        )


def _yearly(words: Words) -> Table:
    t, parts = words.t, words.design.yearly_burden
    priced = any(part.cost is not None for part in parts)
    rows = [
        (
            part.school_year,
            capital(part.respondent.label.to(words.lang)),
            words.number(part.minutes),
            words.number(part.persons),
            words.hours(part.hours),
            words.hours(part.hours_per_school),
            *([words.euros(part.cost)] if priced else []),
        )
        for part in parts
    ]
    hours = [part.hours for part in parts if part.hours is not None]
    if hours:
        costs = [part.cost for part in parts if part.cost is not None]
        all_hours = words.hours(sum(hours))
        total = (t("Together"), None, None, None, all_hours, None)
        rows.append((*total, *([words.euros(sum(costs))] if priced else [])))
    return Table(
        columns=(
            Column(t("School year"), width=1.2),
            Column(t("Who"), width=1.1),
            Column(t("Minutes per person"), "right"),
            Column(t("Persons"), "right", 0.9),
            Column(t("Hours together"), "right"),
            Column(t("Hours per school, at most"), "right", 1.1),
            *([Column(t("Euros"), "right")] if priced else []),
        ),
        rows=tuple(rows),
        caption=t("What measuring costs per school year"),
        note=t("Euros at the hourly rates the scheme assumes.") if priced else "",
    )


def cell(part: YearlyBurden | None, words: Words) -> str | None:
    """One group in one year: ``37 min × 24 = 15 h``."""
    if part is None or not part.minutes:
        return None
    t, minutes = words.t, words.number(part.minutes)
    if part.hours is None or part.persons is None:
        return t("{minutes} min each").format(minutes=minutes)
    return t("{minutes} min × {persons} = {hours} h").format(
        minutes=minutes, persons=part.persons, hours=words.hours(part.hours)
    )
