"""What the planned numbers can show."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import NormalDist

from evalkit.model.design import Power
from evalkit.model.vocabulary import AssignmentLevel
from evalkit.render.blocks import Block, Bullets, Column, Figure, Heading, Paragraph, Table, literal
from evalkit.render.design_document.words import Words
from evalkit.render.power_curve import power_curve
from evalkit.render.wording import capital

_BEYOND = 97
"""A place of 100 that no effect of a project moves the average up to (some 1.9 SD)."""


def power(words: Words) -> Iterator[Block]:
    """In words, as a table and as a figure, for each group of outcomes."""
    design, t = words.design, words.t
    if not design.power:
        return
    yield Heading(2, t("How small an effect can be seen"))
    yield Paragraph(
        t(
            "Every group of people differs from the next by chance. The more take part, the smaller the effect that stands out from it. An effect is given in standard deviations (SD)."
        )
    )
    yield Bullets(
        tuple(
            f"{in_words(part, words)} {against_target(part, words)}".strip()
            for part in design.power
        )
    )
    yield _table(words)
    for part in design.power:
        if len(part.curve) > 1:
            yield Figure(
                power_curve(part, language=words.lang),
                caption=t("Power: {who}").format(who=_whose(part, words)),
                alt=_as_text(part, words),
                width=0.9,
            )


def in_words(part: Power, words: Words) -> str:
    """The smallest effect that shows, in plain words with inline markup."""
    t, who = words.t, literal(_whose(part, words))
    if part.mdes is None:
        return t("**{who}:** so few take part that no effect can be tested.").format(who=who)
    if place(part.mdes) > _BEYOND:
        text = t(
            "**{who}:** so few take part that only an effect of {mdes} SD or more would show. No project does that much: this plan alone cannot show an effect."
        )
        return text.format(who=who, mdes=words.number(part.smallest, 2))
    return t(
        "**{who}:** an effect of {mdes} SD or more shows in {chance} of 100 evaluations like this. That is as if number 50 of 100 moved up to place {place}."
    ).format(
        who=who,
        mdes=words.number(part.smallest, 2),
        chance=words.number(100 * words.design.analysis.power),
        place=place(part.mdes),
    )


def _whose(part: Power, words: Words) -> str:
    """Whose outcomes; which, where the same people have others with other numbers."""
    who = capital(part.respondent.label.to(words.lang))
    if sum(other.respondent is part.respondent for other in words.design.power) < 2:
        return who
    return f"{who} ({words.some(map(words.measure, part.measures), 2)})"


def place(effect: float) -> int:
    """Where the average of 100 would stand after an effect in SD, from 1 low to 100 high.

    Cohen (1988), U3: the share of a standard normal distribution below the effect.
    """
    return min(round(100 * NormalDist().cdf(effect)), 100)


def against_target(part: Power, words: Words) -> str:
    """Whether that is small enough for what the scheme expects; empty if it says nothing."""
    t = words.t
    if part.target is None:
        return ""
    target = _target(part, words)
    if part.mdes is not None and part.mdes <= part.target:
        return t("The scheme expects {target} SD: this plan can show that.").format(target=target)
    if not (part.needed_clusters or part.needed_units):
        return t("The scheme expects {target} SD: less than this plan can show.").format(
            target=target
        )
    if part.units[1]:
        asks = t(
            "The scheme expects {target} SD: less than this plan can show. That would ask {n} in each group."
        )
    else:
        asks = t(
            "The scheme expects {target} SD: less than this plan can show. That would ask {n} in the group."
        )
    return asks.format(target=target, n=_needed(part, words))


def _target(part: Power, words: Words) -> str | None:
    """The effect expected, in as many decimals as the scheme gives, two at least."""
    if part.target is None:
        return None
    return words.number(part.target, 2 if round(part.target, 2) == part.target else 3)


def _needed(part: Power, words: Words) -> str:
    """How many the target asks: of what persons hang together in, or of persons."""
    t = words.t
    if not part.needed_clusters:
        who = part.respondent.label.to(words.lang)
        return f"{words.number(part.needed_units)} {who}"
    text = {
        AssignmentLevel.class_: t("{n} classes"),
        AssignmentLevel.subject: t("{n} subjects of a school"),
    }.get(part.cluster or AssignmentLevel.school, t("{n} schools"))
    return text.format(n=words.number(part.needed_clusters))


def _table(words: Words) -> Table:
    t, analysis = words.t, words.design.analysis
    formulas = " · ".join(dict.fromkeys(words.said(part.formula) for part in words.design.power))
    note = t("Two-sided, alpha {alpha}, power {power}. Numbers: intervention and comparison.")
    return Table(
        columns=(
            Column(t("Outcomes of"), width=1.5),
            Column(t("Schools"), "right", 0.8),
            Column(t("Classes, subjects or schools as a whole"), "right", 1.1),
            Column(t("Persons"), "right", 0.9),
            Column(t("ICC"), "right", 0.6),
            Column(t("Correlation with the baseline"), "right", 1.0),
            Column(t("Smallest effect (SD)"), "right", 0.9),
            Column(t("Expected (SD)"), "right", 0.9),
        ),
        rows=tuple(_row(part, words) for part in words.design.power),
        caption=t("What the planned numbers can show"),
        note=note.format(
            alpha=words.number(analysis.alpha, 2), power=words.number(analysis.power, 2)
        )
        + f" {formulas}",
    )


def _row(part: Power, words: Words) -> tuple[str | None, ...]:
    return (
        _whose(part, words),
        _both(part.schools, words),
        _both(part.clusters, words),
        _both(part.units, words),
        words.number(part.icc, 2),
        words.number(part.pretest_correlation, 2),
        words.number(part.smallest, 2),
        _target(part, words),
    )


def _both(numbers: tuple[int, int] | None, words: Words) -> str | None:
    if numbers is None:
        return None
    return " + ".join(words.number(n) or "" for n in numbers if n) or None


def _as_text(part: Power, words: Words) -> str:
    """The curve for who cannot see it: its first and last point, and the plan."""
    t = words.t
    first, last = part.curve[0], part.curve[-1]
    said = (
        t(
            "Power curve: the smallest effect falls from {high} SD with {few} to {low} SD with {many} in each group."
        )
        if part.units[1]
        else t(
            "Power curve: the smallest effect falls from {high} SD with {few} to {low} SD with {many} in the group."
        )
    ).format(
        high=words.number(first[1], 2),
        few=first[0],
        low=words.number(last[1], 2),
        many=last[0],
    )
    if part.mdes is None:
        return said
    return said + " " + t("This plan: {mdes} SD.").format(mdes=words.number(part.smallest, 2))
