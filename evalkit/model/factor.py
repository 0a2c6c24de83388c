"""What helps or hinders school development: two sides of one medal.

The same factor promotes where it is present and well filled in, and hinders where it is absent
(meta-analysis, §2.3 and chapter 6). So there is one list of codes, and a side goes with each use.
"""

from __future__ import annotations

from typing import Self

from pydantic import Field, PositiveInt, model_validator

from evalkit.model.base import Identifier, Model
from evalkit.model.measure import SourceRef
from evalkit.model.text import Text
from evalkit.model.vocabulary import Side


class FactorCategory(Model):
    """A group of factors on one side (source: meta-analysis, §2.1 and §2.2)."""

    id: Identifier = Field(description="Code of the category.")
    side: Side = Field(description="Side it groups the factors of.")
    label: Text = Field(description="What people read.")
    reports: PositiveInt | None = Field(
        None, description="Reports in which the source found it; it says so for one side only."
    )
    source: SourceRef = Field(description="Where it comes from.")


class PublishedCount(Model):
    """One row of overview 14 or 15: a term, and how many interventions it was found in."""

    side: Side = Field(description="Hindering (overview 14) or promoting (overview 15).")
    row: PositiveInt = Field(description="Which row of the overview, from 1.")
    count: PositiveInt = Field(description="Number of interventions it was found in.")
    term: Text = Field(description="What the row is about, in short.")
    source: SourceRef = Field(description="The overview.")


class Factor(Model):
    """One thing that can promote or hinder, by what it is called and how often it was found."""

    id: Identifier = Field(description="Code that is stored; it never changes.")
    label: Text = Field(description="What it is about, whichever way it works.")
    promoting: Text = Field(description="What to say when it helps.")
    hindering: Text = Field(description="What to say when it stands in the way.")
    promoting_category: Identifier = Field(description="Category when it helps.")
    hindering_category: Identifier = Field(description="Category when it stands in the way.")
    counts: tuple[PublishedCount, ...] = Field(min_length=1, description="Published counts.")
    must_address: bool = Field(False, description="Whether every design must address it.")
    reason: Text | None = Field(None, description="Why every design must address it.")
    reason_source: SourceRef | None = Field(None, description="Where that reason comes from.")
    note: Text | None = Field(None, description="Why these rows are together, or apart.")

    @model_validator(mode="after")
    def _reason_if_it_must(self) -> Self:
        given = self.reason is not None and self.reason_source is not None
        if given != self.must_address or (self.reason is None) != (self.reason_source is None):
            raise ValueError(f"{self.id}: must_address, reason and reason_source go together")
        return self

    def phrase(self, side: Side) -> Text:
        """What to say when it works this way."""
        return self.promoting if side is Side.promoting else self.hindering

    def category(self, side: Side) -> str:
        """Its category on this side."""
        return self.promoting_category if side is Side.promoting else self.hindering_category

    def rows(self, side: Side) -> tuple[PublishedCount, ...]:
        """The published counts on this side."""
        return tuple(row for row in self.counts if row.side is side)

    def total(self, side: Side) -> int:
        """Sum of the published counts on this side.

        A sum over rows, not a number of interventions: one intervention may be in several rows.
        """
        return sum(row.count for row in self.rows(side))
