"""The word lists of the digital card and the checklist, from the shipped ``vocabularies.yaml``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import Self

from pydantic import Field, model_validator

from evalkit.library.shipped import shipped
from evalkit.library.yaml_file import read_model
from evalkit.model.base import Identifier, Model
from evalkit.model.measure import Choice, SourceRef
from evalkit.model.text import Text


class SourceDocument(Model):
    """A document that content refers to as its source."""

    id: str = Field(min_length=1, description="Id, as a ``SourceRef`` names it.")
    title: str = Field(min_length=1, description="Title, in its own language.")
    author: str = Field(min_length=1, description="Who wrote or issued it.")
    year: int | None = Field(None, description="Year of publication, if known.")


class Entry(Model):
    """One word of a list: what files store, and what people read."""

    id: Identifier = Field(description="Code that is stored; it never changes.")
    label: Text = Field(description="What people read.")
    description: Text = Field(description="What it covers.")
    source: SourceRef = Field(description="Where it comes from.")


class Determinant(Entry):
    """A condition that makes it likelier that a change lasts."""

    group: Identifier = Field(description="Group of determinants it belongs to.")


class Indicator(Entry):
    """A sign that a change has come to stay."""

    part_of: Identifier | None = Field(None, description="The indicator it details.")
    on_card: bool = Field(False, description="Whether appendix 3 lists it for the card.")


class Rung(Entry):
    """A rung of the effect ladder; the description is the condition for standing on it."""

    rung: int = Field(ge=0, le=5, description="Its number.")
    effectiveness: Text | None = Field(None, description="How sure the effect is; none on rung 0.")
    outcome: Text | None = Field(None, description="Word for the outcome; none on rung 0.")


class ChecklistPart(Entry):
    """A part of the quality checklist."""

    elements: tuple[Entry, ...] = Field(min_length=1, description="What is scored in it.")


class Scoring(Model):
    """How an element of the checklist is scored."""

    minimum: int = Field(description="Lowest score.")
    maximum: int = Field(description="Highest score.")
    choices: tuple[Choice, ...] = Field(description="The scores in words.")
    note: Text = Field(description="What the source leaves open.")
    source: SourceRef = Field(description="Where it comes from.")


class Checklist(Model):
    """The quality checklist for a study: what lets it in, and what is scored."""

    inclusion: tuple[Entry, ...] = Field(description="Criteria a report must meet to be read.")
    parts: tuple[ChecklistPart, ...] = Field(description="Parts, each with its elements.")
    scoring: Scoring = Field(description="How each element is scored.")


class Vocabularies(Model):
    """All word lists of the digital card, and the documents content refers to."""

    documents: tuple[SourceDocument, ...] = Field(description="Source documents.")
    aspects: tuple[Entry, ...] = Field(description="Aspects of school development.")
    target_groups: tuple[Entry, ...] = Field(description="Target groups.")
    determinant_groups: tuple[Entry, ...] = Field(description="Groups of determinants.")
    determinants: tuple[Determinant, ...] = Field(description="Determinants of lasting change.")
    indicators: tuple[Indicator, ...] = Field(description="Indicators of lasting introduction.")
    phases: tuple[Entry, ...] = Field(description="Phases of the innovation process.")
    levels: tuple[Entry, ...] = Field(description="Levels of the school organisation.")
    goal_reached: tuple[Entry, ...] = Field(description="How far goals were reached.")
    checklist: Checklist = Field(description="Quality checklist for a study.")
    rungs: tuple[Rung, ...] = Field(description="Rungs of the effect ladder, lowest first.")
    support_structures: tuple[Entry, ...] = Field(description="Forms of support for a school.")

    @model_validator(mode="after")
    def _hang_together(self) -> Self:
        groups = {group.id for group in self.determinant_groups}
        indicators = {indicator.id for indicator in self.indicators}
        strange = {d.group for d in self.determinants} - groups
        strange |= {i.part_of for i in self.indicators if i.part_of} - indicators
        if strange:
            raise ValueError(f"no such entry: {', '.join(sorted(strange))}")
        lists = [self.entries(key) for key in LISTS]
        lists.append(tuple(self.checked()))
        for entries in lists:
            double = [id for id, n in Counter(entry.id for entry in entries).items() if n > 1]
            if double:
                raise ValueError(f"twice in one list: {', '.join(double)}")
        return self

    def entries(self, key: str) -> tuple[Entry, ...]:
        """A list by its name; a key of the card takes its values from the list of that name.

        Raises:
            KeyError: there is no such list.
        """
        if key not in LISTS:
            raise KeyError(key)
        entries: tuple[Entry, ...] = getattr(self, key)
        return entries

    def checked(self) -> Iterator[Entry]:
        """All of the quality checklist: criteria, parts and elements."""
        yield from self.checklist.inclusion
        for part in self.checklist.parts:
            yield part
            yield from part.elements

    def codes(self, key: str) -> tuple[str, ...]:
        """The codes of a list.

        Raises:
            KeyError: there is no such list.
        """
        return tuple(entry.id for entry in self.entries(key))

    def label(self, key: str, code: str) -> Text:
        """What people read for a code.

        Raises:
            KeyError: there is no such list, or no such code in it.
        """
        return {entry.id: entry.label for entry in self.entries(key)}[code]


LISTS = (
    "aspects",
    "target_groups",
    "determinant_groups",
    "determinants",
    "indicators",
    "phases",
    "levels",
    "goal_reached",
    "rungs",
    "support_structures",
)
"""Names of the flat lists; the checklist has parts."""


@cache
def vocabularies() -> Vocabularies:
    """The shipped word lists."""
    return read_model(shipped("protocols", "content", "vocabularies.yaml"), Vocabularies)
