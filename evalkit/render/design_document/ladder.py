"""The rung a design can reach, rule by rule, and what would lift it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from evalkit.library.vocabularies import vocabularies
from evalkit.model.design import RuleOutcome
from evalkit.model.vocabulary import RUNG_LABELS
from evalkit.render.blocks import (
    Block,
    Callout,
    Column,
    Heading,
    Paragraph,
    Table,
    literal,
)
from evalkit.render.design_document.words import Words
from evalkit.render.wording import source

HIGHEST = 5


def ladder(words: Words) -> Iterator[Block]:
    """The rung, what lies above it, and every rule with its outcome."""
    design, t, lang = words.design, words.t, words.lang
    yield Heading(1, t("What this evaluation can show"))
    yield Paragraph(
        t(
            "Expected rung on the effect ladder: **{rung}** ({meaning}). A low rung means little evidence, not a bad intervention."
        ).format(
            rung=design.expected_rung, meaning=literal(RUNG_LABELS[design.expected_rung].to(lang))
        )
    )
    missing = lifts(words)
    if missing:
        yield Callout(
            "info",
            t("What would lift it to rung {rung}").format(rung=design.expected_rung + 1),
            "\n".join(words.plainly(rule.lift or rule.reason) for rule in missing),
        )
    yield _rungs(words)
    yield _rules(words)


def lifts(words: Words) -> tuple[RuleOutcome, ...]:
    """The rules that keep the design from the next rung; none on the highest."""
    above = words.design.expected_rung + 1
    return tuple(
        rule
        for step in words.design.ladder
        if step.rung == above
        for rule in step.rules
        if not rule.met and not rule.after
    )


def _rungs(words: Words) -> Table:
    """The ladder itself, the highest rung on top."""
    t, design = words.t, words.design
    rows = []
    for step in sorted(design.ladder, key=lambda step: -step.rung):
        met = sum(rule.met for rule in step.rules)
        reached = step.rung <= design.expected_rung
        rows.append(
            (
                str(step.rung),
                RUNG_LABELS[step.rung].to(words.lang),
                t("{met} of {n}").format(met=met, n=len(step.rules)),
                t("✓ reached") if reached else t("✗ not reached"),
            )
        )
    return Table(
        columns=(
            Column(t("Rung"), width=0.5),
            Column(t("Meaning"), width=3),
            Column(t("Rules met"), width=0.9),
            Column(t("This design"), width=1),
        ),
        rows=tuple(rows),
        caption=t("The effect ladder"),
        note=t("Source: meta-analysis of 25 years of support for school development, overview 8."),
    )


def _rules(words: Words) -> Table:
    """Every rule with its outcome; a column for lifts only where there are any."""
    t, lang = words.t, words.lang
    rules = [rule for step in words.design.ladder for rule in step.rules]
    lifted = any(rule.lift for rule in rules)
    return Table(
        columns=(
            Column(t("Rung"), width=0.45),
            Column(t("Rule"), width=2.4),
            *([Column(t("What would lift it"), width=2)] if lifted else []),
            Column(t("Source"), width=1.7),
        ),
        rows=tuple(
            (
                str(rule.rung),
                _mark(rule) + rule.reason.to(lang),
                *([rule.lift.to(lang) if rule.lift else None] if lifted else []),
                source(rule.source, lang),
            )
            for rule in rules
        ),
        caption=t("The rules, one by one"),
        note=" · ".join((t("✓ holds, ✗ does not, – cannot be told yet."), *_documents(rules))),
    )


def _mark(rule: RuleOutcome) -> str:
    if rule.after:
        return "– "
    return "✓ " if rule.met else "✗ "


def _documents(rules: Iterable[RuleOutcome]) -> Iterator[str]:
    """Author and title of each source document that rules name by its number."""
    for document in vocabularies().documents:
        number = document.id.partition("_")[0]
        if any(rule.source.startswith(f"{number},") for rule in rules):
            yield literal(f"{number}: {document.author}, {document.title}")
