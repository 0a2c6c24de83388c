"""The word lists of the digital card, from the shipped ``vocabularies.yaml``."""

from __future__ import annotations

from functools import cache
from typing import Self

from pydantic import Field, model_validator

from evalkit.library.protocols import VOCABULARIES
from evalkit.library.shipped import shipped
from evalkit.library.yaml_file import read_model
from evalkit.model.base import Identifier, Model
from evalkit.model.measure import SourceRef
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
    description: Text | None = Field(None, description="What it covers.")
    source: SourceRef = Field(description="Where it comes from.")


class Determinant(Entry):
    """A condition that makes it likelier that a change lasts."""

    group: Identifier = Field(description="Group of determinants it belongs to.")


class Indicator(Entry):
    """A sign that a change has come to stay."""

    part_of: Identifier | None = Field(None, description="The indicator it details.")


class Vocabularies(Model):
    """All word lists of the digital card, and the documents content refers to."""

    documents: tuple[SourceDocument, ...] = Field(description="Source documents.")
    aspects: tuple[Entry, ...] = Field(description="Aspects of school development.")
    target_groups: tuple[Entry, ...] = Field(description="Target groups.")
    determinant_groups: tuple[Entry, ...] = Field(description="Groups of determinants.")
    determinants: tuple[Determinant, ...] = Field(description="Determinants of lasting change.")
    indicators: tuple[Indicator, ...] = Field(description="Indicators of lasting introduction.")

    @model_validator(mode="after")
    def _references_exist(self) -> Self:
        groups = {group.id for group in self.determinant_groups}
        indicators = {indicator.id for indicator in self.indicators}
        strange = {d.group for d in self.determinants} - groups
        strange |= {i.part_of for i in self.indicators if i.part_of} - indicators
        if strange:
            raise ValueError(f"no such entry: {', '.join(sorted(strange))}")
        return self

    def entries(self, key: str) -> tuple[Entry, ...]:
        """The list a key of the card takes its values from.

        Raises:
            KeyError: the key has no list.
        """
        lists: dict[str, tuple[Entry, ...]] = {
            "aspects": self.aspects,
            "target_groups": self.target_groups,
            "determinants": self.determinants,
            "indicators": self.indicators,
        }
        return lists[key]

    def codes(self, key: str) -> tuple[str, ...]:
        """The codes a key of the card can hold.

        Raises:
            KeyError: the key has no list.
        """
        return tuple(entry.id for entry in self.entries(key))

    def label(self, key: str, code: str) -> Text:
        """What people read for a code.

        Raises:
            KeyError: the key has no list, or the list no such code.
        """
        return {entry.id: entry.label for entry in self.entries(key)}[code]


@cache
def vocabularies() -> Vocabularies:
    """The shipped word lists."""
    return read_model(shipped("protocols", f"{VOCABULARIES}.yaml"), Vocabularies)
