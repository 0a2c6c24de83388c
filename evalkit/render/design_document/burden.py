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
            minutes_of(part.minutes, words),
            " + ".join(f"{n} × {p}" for n, p in _terms(part, words)) or None,
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
            Column(t("Minutes per person, at most"), "right", 1.1),
            Column(t("Minutes × persons"), "right", 1.3),
            Column(t("Hours together"), "right"),
            Column(t("Hours per school, at most"), "right", 1.1),
            *([Column(t("Euros"), "right")] if priced else []),
        ),
        rows=tuple(rows),
        caption=t("What measuring costs per school year"),
        note=" ".join(_notes(words, priced)),
    )


def _notes(words: Words, priced: bool) -> Iterator[str]:
    t = words.t
    if any(len(part.spent) > 1 for part in words.design.yearly_burden):
        yield t("What only one of the groups is asked is added after the plus sign.")
    if priced:
        yield t("Euros at the hourly rates the scheme assumes.")


def minutes_of(value: float, words: Words) -> str:
    """Minutes as they are: half a minute is not rounded away."""
    return words.number(value, 0 if value == round(value) else 1) or ""


def _terms(part: YearlyBurden, words: Words) -> tuple[tuple[str, str], ...]:
    """Minutes and persons whose products are the hours; none where that is not known."""
    spent = part.spent
    if not spent and part.hours is not None and part.persons is not None:
        # Of a design that was made before it said what its hours are the sum of.
        whole = abs(part.minutes * part.persons / 60 - part.hours) < 0.01
        spent = ((part.minutes, part.persons),) if whole else ()
    return tuple((minutes_of(n, words), words.number(persons) or "") for n, persons in spent)


def cell(part: YearlyBurden | None, words: Words) -> str | None:
    """One group in one year: ``37 min × 24 = 15 h``, ``8 min × 13 + 4 min × 6 = 2.1 h``."""
    if part is None or not part.minutes:
        return None
    t, minutes = words.t, minutes_of(part.minutes, words)
    if part.hours is None or part.persons is None:
        return t("{minutes} min each").format(minutes=minutes)
    terms, hours = _terms(part, words), words.hours(part.hours)
    if not terms:
        return t("{hours} h").format(hours=hours)
    product = t("{minutes} min × {persons}")
    together = " + ".join(product.format(minutes=n, persons=persons) for n, persons in terms)
    return t("{sum} = {hours} h").format(sum=together, hours=hours)
