"""The project: what it does, why it should work, what is expected; and remarks on it."""

from __future__ import annotations

from collections.abc import Iterator

from evalkit.model.finding import Finding
from evalkit.model.project import Prediction
from evalkit.model.vocabulary import Direction
from evalkit.render.blocks import (
    Block,
    Column,
    Heading,
    KeyValues,
    Paragraph,
    Table,
    literal,
)
from evalkit.render.design_document.words import Words
from evalkit.render.palette import CALLOUTS


def remarks(words: Words) -> Iterator[Block]:
    """What was remarked when the design was made."""
    found = words.design.findings
    if found:
        t = words.t
        yield Heading(1, t("Remarks on this design"))
        yield Table(
            columns=(
                Column(t("Remark"), width=1.5),
                Column(t("How to mend it"), width=1.5),
                Column(t("Code"), width=0.8),
            ),
            rows=tuple(_remark(remark, words) for remark in found),
            caption=t("What was remarked when the design was made"),
            note=t("⚠ is a warning, the other a hint. The design holds as it is."),
        )


def _remark(remark: Finding, words: Words) -> tuple[str, ...]:
    sign = CALLOUTS["info" if remark.severity == "info" else "warning"][2]
    wrong = f"{sign} {words.dated(remark.wrong)}"
    return (wrong, words.dated(remark.remedy), remark.code)


def project(words: Words) -> Iterator[Block]:
    """Facts, conditions, predictions and own goals."""
    project, t, lang = words.design.project, words.t, words.lang
    yield Heading(1, t("The project"))
    yield Paragraph(literal(project.description or words.design.type.description.to(lang)))
    facts = (
        (t("Project type"), words.design.type.label.to(lang)),
        (t("Variant"), words.design.variant.label.to(lang)),
        (t("Sector"), project.sector.label.to(lang)),
        (t("Nature"), project.nature.label.to(lang)),
        (t("Board"), project.board),
        (t("Number of schools"), str(len(project.schools))),
        (t("Grant"), words.euros(project.grant)),
        (t("Scenario"), _scenario(words)),
        (t("Why it should work"), project.theory),
        (t("Leadership"), project.conditions.leadership),
        (t("Time"), project.conditions.time),
        (t("Means"), project.conditions.resources),
    )
    yield KeyValues(tuple((name, value) for name, value in facts if value))
    if project.predictions:
        yield Heading(2, t("What is expected, said beforehand"))
        yield Table(
            columns=(
                Column(t("Prediction"), width=2.6),
                Column(t("Shows in"), width=1.6),
                Column(t("Which way"), width=0.9),
            ),
            rows=tuple(_prediction(prediction, words) for prediction in project.predictions),
            caption=t("Predictions"),
            note=t("The check at the end sets each of these against the data."),
        )
    if project.goals:
        yield Heading(2, t("Goals of your own"))
        yield Table(
            columns=(
                Column(t("Goal"), width=2),
                *(Column(level) for level in ("−2", "−1", "0", "+1", "+2")),
            ),
            rows=tuple((goal.text, *goal.levels) for goal in project.goals),
            caption=t("Own goals on an attainment scale; 0 is what you expect"),
        )


def _prediction(prediction: Prediction, words: Words) -> tuple[str | None, ...]:
    t = words.t
    ways = {
        Direction.higher: t("goes up"),
        Direction.lower_: t("goes down"),
        Direction.neutral: t("stays the same"),
    }
    return (
        prediction.text,
        _shows_in(prediction, words),
        ways[prediction.direction] if prediction.direction else None,
    )


def _shows_in(prediction: Prediction, words: Words) -> str | None:
    if prediction.measure is None:
        return None
    one = words.measure(prediction.measure)
    if prediction.goes_with is None:
        return one
    other = words.measure(prediction.goes_with)
    return words.t("{one}, together with {other}").format(one=one, other=other)


def _scenario(words: Words) -> str | None:
    scenarios = {s.id: s.label.to(words.lang) for s in words.design.type.scenarios}
    return scenarios.get(words.design.project.scenario or "")
