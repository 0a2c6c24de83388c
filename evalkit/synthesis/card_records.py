"""Digital cards as records of one shape, whether a project's own or those of the meta-analysis."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from evalkit.model.card import Card
from evalkit.model.query import CardSource
from evalkit.model.reference import ReferenceCard, StatedFactor
from evalkit.model.text import Text

LISTS = (
    "school_type",
    "aspects",
    "target_groups",
    "levels",
    "determinants",
    "indicators",
    "promoting_factors",
    "hindering_factors",
)
"""Variables that can have several codes."""

SINGLE = ("goal_reached", "phase", "ladder_rung")
"""Variables that have one; several values of a record are those that are possible."""

CODED = (*LISTS, *SINGLE)

_REFERENCE = {"school_type": "school_types", "intervention": "description", "ladder_rung": "rungs"}
"""Variables that a reference card calls otherwise."""


class Record(NamedTuple):
    """One card. What it does not state has no values."""

    id: str
    title: Text | str
    source: CardSource
    values: Mapping[str, tuple[Any, ...]]
    """Per variable its codes, or its texts; of one that the source leaves open all possible;
    of one that does not apply to it, None."""
    remarks: Mapping[tuple[str, str], tuple[Text | str, ...]]
    """By variable and code what it was here, for factors; under no code what has none."""
    by_selection: frozenset[str] = frozenset()
    """Variables known only because the source lists the card in a selection."""


VARIABLES = tuple(name for name in Card.model_fields if name != "project")
"""The twenty variables of a record, in the order of the digital card."""


def project_record(card: Card, title: str = "") -> Record:
    """The record of a project's card."""
    values: dict[str, tuple[Any, ...]] = {}
    remarks: dict[tuple[str, str], tuple[Text | str, ...]] = {}
    for name in VARIABLES:
        value = getattr(card, name)
        if isinstance(value, dict):
            remarks |= {(name, code): (text,) for code, text in value.items() if text}
        found = tuple(value) if isinstance(value, tuple | dict) else (value,)
        values[name] = tuple(one for one in found if one is not None)
    source = CardSource.workspace
    values |= {"project": (card.project,), "source": (source.value,)}
    return Record(card.project, title or card.project, source, values, remarks)


def reference_record(card: ReferenceCard) -> Record:
    """The record of a card of the meta-analysis."""
    values: dict[str, tuple[Any, ...]] = {}
    remarks: dict[tuple[str, str], tuple[Text | str, ...]] = {}
    named = {name: _REFERENCE.get(name, name) for name in VARIABLES}
    for name, theirs in named.items():
        stated = card.stated(theirs)
        if name in SINGLE:
            values[name] = tuple(stated[0].value) or (None,) if stated else ()
        elif name in LISTS:
            values[name] = tuple(sorted(card.codes(theirs)))
        else:
            values[name] = tuple(item.value for item in stated)
        for item in stated:
            if isinstance(item.value, StatedFactor):
                key = (name, item.value.code or "")
                remarks[key] = (*remarks.get(key, ()), item.value.text)
    listed = (
        n for n, theirs in named.items() for i in card.stated(theirs) if i.stated_by_selection
    )
    source = CardSource.reference
    values |= {"project": (card.id,), "source": (source.value,)}
    return Record(card.id, card.title, source, values, remarks, frozenset(listed))
