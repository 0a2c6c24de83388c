"""What people read for the codes of a digital card."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from evalkit.library.factors import factors
from evalkit.library.vocabularies import vocabularies
from evalkit.model.query import CardSource
from evalkit.model.text import Text
from evalkit.model.vocabulary import RUNG_LABELS, GoalReached, Level, Phase, Sector, Term

_TERMS: dict[str, type[Term]] = {
    "school_type": Sector,
    "levels": Level,
    "goal_reached": GoalReached,
    "phase": Phase,
    "source": CardSource,
}
_LISTED = ("aspects", "target_groups", "determinants", "indicators")
_FACTORS = ("promoting_factors", "hindering_factors")
_NOT_APPLICABLE = Text(nl="niet van toepassing", en="not applicable")


@cache
def labels(name: str) -> Mapping[str, Text]:
    """The codes of a variable with what people read; none if it has no codes."""
    if name in _TERMS:
        return {term.value: term.label for term in _TERMS[name]}
    if name in _FACTORS:
        return {factor.id: factor.label for factor in factors().factors}
    if name in _LISTED:
        return {entry.id: entry.label for entry in vocabularies().entries(name)}
    return {}


def label(name: str, value: Any) -> Text:
    """What people read for a value of a variable; None is a value that does not apply."""
    if value is None:
        return _NOT_APPLICABLE
    if isinstance(value, Text):
        return value
    if name == "ladder_rung":
        text = RUNG_LABELS[value]
        return Text(nl=f"{value}: {text.nl}", en=f"{value}: {text.en}")
    return labels(name).get(value) or Text(nl=str(value), en=str(value))
