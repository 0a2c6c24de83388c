"""The digital cards, as an appendix."""

from __future__ import annotations

from collections.abc import Iterator

from evalkit.language import translator
from evalkit.library.factors import factors
from evalkit.library.vocabularies import vocabularies
from evalkit.model.card import Card
from evalkit.model.text import Lang
from evalkit.model.vocabulary import RUNG_LABELS
from evalkit.render.blocks import Block, Heading, KeyValues, Paragraph, literal
from evalkit.render.report.context import Context


def the_cards(context: Context) -> Iterator[Block]:
    """One card per project; of many projects only where they are."""
    t, cards = context.t, context.found.cards
    if not cards:
        return
    yield Heading(1, t("Digital cards"))
    yield Paragraph(
        t(
            "What is known of each project; the moederbestand holds all cards in one table. The position on the effect ladder says how well it was measured, not what came out of it."
        )
    )
    names = card_labels(context.lang)
    for name in context.found.withheld:
        del names[name]
    if context.large:
        text = t("The {n} cards are in moederbestand.csv, one row for each project.")
        yield Paragraph(text.format(n=len(cards)))
        return
    for card in cards:
        yield Heading(2, context.title(card.project))
        values = {name: card_value(card, name, context.lang) for name in names}
        yield KeyValues(tuple((names[n], v) for n, v in values.items() if v))
        unknown = [names[name].lower() for name, value in values.items() if not value]
        if unknown:
            text = t("Not known yet: {names}.").format(names=", ".join(unknown))
            yield Paragraph(f"*{literal(text)}*")


def card_value(card: Card, name: str, lang: Lang) -> str:
    """One variable of a card in words, codes by their labels; empty if unknown."""
    value = getattr(card, name)
    if name == "ladder_rung" and value is not None:
        return f"{value}: {RUNG_LABELS[value].to(lang)}"
    if isinstance(value, dict):
        said = ((factors().label(code).to(lang), text) for code, text in value.items())
        return "; ".join(f"{label}: {text}" if text else label for label, text in said)
    listed = name in ("aspects", "target_groups", "determinants", "indicators")
    shown = []
    for part in value if isinstance(value, tuple) else (value,):
        label = vocabularies().label(name, part) if listed else getattr(part, "label", None)
        shown.append(label.to(lang) if label else str(part or ""))
    return "; ".join(shown)


def card_labels(lang: Lang) -> dict[str, str]:
    """Names of the variables of the digital card."""
    t = translator(lang)
    return {
        "school_type": t("Type of school"),
        "intervention": t("Intervention"),
        "aspects": t("Aspects"),
        "core_activities": t("Features and core activities"),
        "target_groups": t("Target groups"),
        "levels": t("Levels"),
        "outcome_measures": t("Outcome measures"),
        "outcomes": t("Outcomes"),
        "goal_reached": t("Goal reached"),
        "phase": t("Phase of the innovation process"),
        "determinants": t("Determinants of lasting change"),
        "indicators": t("Indicators of lasting introduction"),
        "sustained_results": t("What remained afterwards"),
        "support_structure": t("Support structure"),
        "promoting_factors": t("Promoting factors"),
        "hindering_factors": t("Hindering factors"),
        "positive_side_effects": t("Positive side effects"),
        "unwanted_side_effects": t("Unwanted side effects"),
        "ladder_rung": t("Position on the effect ladder"),
        "summary": t("Summary"),
    }
