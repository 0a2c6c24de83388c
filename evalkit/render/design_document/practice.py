"""What a school does along the way: checklist, PDCA plan, privacy."""

from __future__ import annotations

from collections.abc import Iterator

from evalkit.render.blocks import (
    Block,
    Bullets,
    Column,
    Heading,
    Paragraph,
    Question,
    Questions,
    Table,
    literal,
)
from evalkit.render.design_document.words import Words


def checklist(words: Words) -> Iterator[Block]:
    """The questions, answered or with space to write."""
    t, items = words.t, words.design.checklist
    if not items:
        return
    open_ones = sum(item.answer is None for item in items)
    yield Heading(1, t("Checklist"))
    yield Paragraph(
        t(
            "{n} questions: {answered} are answered by this design, {open} are for the school. Write your answer below the question, or put it in the project file under `answers`, by the word in brackets; then the design has it too."
        ).format(n=len(items), answered=len(items) - open_ones, open=open_ones)
    )
    yield Questions(
        items=tuple(
            Question(
                item.question.to(words.lang) + (f" [{item.id}]" if item.id else ""),
                words.dated(item.answer) if item.answer else None,
            )
            for item in items
        ),
        answered=t("Answered"),
        open=t("For the school"),
    )


def cycles(words: Words) -> Iterator[Block]:
    """The PDCA plan."""
    design, t, lang = words.design, words.t, words.lang
    yield Heading(1, t("PDCA plan"))
    yield Paragraph(
        t(
            "Log each cycle in four short parts: plan (with a prediction, before there are data), do, check, act."
        )
    )
    yield Table(
        columns=(
            Column(t("Cycle"), width=0.5),
            Column(t("From")),
            Column(t("To")),
            Column(t("Plan"), width=0.8),
            Column(t("Do"), width=0.8),
            Column(t("Check"), width=0.8),
            Column(t("Act"), width=0.8),
        ),
        rows=tuple(
            (str(c.number), words.day(c.starts), words.day(c.ends), *("☐" for _ in range(4)))
            for c in design.cycles
        ),
        caption=t("Planned cycles"),
        note=t("Tick what is logged."),
    )
    if design.procedure:
        yield Heading(2, t("Steps of this project type"))
        yield Bullets(
            tuple(
                f"{literal(step.label.to(lang))} ({step.phase.label.to(lang)})"
                for step in design.procedure
            ),
            ordered=True,
        )


def privacy(words: Words) -> Iterator[Block]:
    """What is never asked, and what is never published."""
    t = words.t
    yield Heading(1, t("Privacy"))
    yield Bullets(
        (
            t(
                "Pupils and teachers appear under a code that the school makes itself; the school keeps the list."
            ),
            t("BSN, onderwijsnummer and names as codes are refused; birth dates are never asked."),
            t("Results of fewer than {n} persons or schools are not published.").format(
                n=words.design.privacy.suppression_threshold
            ),
        )
    )
