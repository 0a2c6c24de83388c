"""The reference moederbestand: list, show, and hold against what was published."""

from __future__ import annotations

from typing import Any

from evalkit.errors import EvalkitError
from evalkit.library.factors import factors
from evalkit.library.reference import FACTORS, LISTED, reference_base
from evalkit.library.vocabularies import vocabularies
from evalkit.model.reference import (
    VARIABLES,
    ReferenceBase,
    ReferenceCard,
    ReferenceReport,
    Sourced,
    StatedFactor,
)
from evalkit.model.text import Lang, Text
from evalkit.model.vocabulary import RUNG_LABELS, GoalReached, Level, Phase, Sector, Term
from evalkit.synthesis.selections import CountCheck, Reproduction, check_counts, reproduce

__all__ = ["VARIABLES", "base", "code_label", "counts", "find", "selections", "value_text"]

TERMS: dict[str, type[Term]] = {
    "school_types": Sector,
    "levels": Level,
    "goal_reached": GoalReached,
    "phase": Phase,
}
"""Variables whose codes are terms of the field."""

YES_NO = {True: Text(nl="ja", en="yes"), False: Text(nl="nee", en="no")}
OR = Text(nl="of", en="or")


def base() -> ReferenceBase:
    """The reference moederbestand that ships with evalkit."""
    return reference_base()


def find(id: str) -> tuple[ReferenceCard, ReferenceReport]:
    """The card of an intervention, and the report it comes from.

    Raises:
        EvalkitError: there is no such intervention.
    """
    cards = {card.id: card for card in base().cards}
    if id not in cards:
        raise EvalkitError("card.vocabulary", key="reference", value=id, known=", ".join(cards))
    return cards[id], base().report(id)


def selections() -> tuple[Reproduction, ...]:
    """The selections that the meta-analysis made, made again from the cards."""
    return tuple(reproduce(base(), selection) for selection in base().published.selections)


def counts() -> tuple[CountCheck, ...]:
    """Every published number beside what the cards support."""
    return check_counts(base(), factors().factors)


def code_label(variable: str, code: object) -> Text:
    """What people read for a code of a variable of a card."""
    if variable in LISTED:
        return vocabularies().label(variable, str(code))
    if variable in FACTORS:
        return factors().label(str(code))
    if variable == "rungs" and isinstance(code, int):
        label = RUNG_LABELS[code]
        return Text(nl=f"{code}: {label.nl}", en=f"{code}: {label.en}")
    if variable in TERMS:
        return next(term.label for term in TERMS[variable] if term == code)
    return YES_NO[code] if isinstance(code, bool) else Text(nl=str(code), en=str(code))


def value_text(variable: str, item: Sourced[Any], lang: Lang) -> str:
    """One stated value in words; of a set, all that is possible."""
    value = item.value
    if isinstance(value, StatedFactor):
        return value.text.to(lang)
    if isinstance(value, Text):
        return value.to(lang)
    if isinstance(value, Term):
        return value.label.to(lang)
    codes = value if isinstance(value, tuple) else (value,)
    either = f" {OR.to(lang)} "
    return either.join(code_label(variable, code).to(lang) for code in codes)
