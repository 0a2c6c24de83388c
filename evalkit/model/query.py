"""Named questions to the digital cards: a condition that a card meets or not."""

from __future__ import annotations

from pydantic import Field

from evalkit.model.base import Identifier, Model
from evalkit.model.measure import SourceRef
from evalkit.model.text import Text
from evalkit.model.vocabulary import Term


class CardSource(Term):
    """Where a card comes from."""

    workspace = "workspace", "projecten", "projects"
    reference = "reference", "meta-analyse", "meta-analysis"


class Query(Model):
    """A selection of cards that has a name."""

    id: Identifier = Field(description="Name of the query.")
    where: str = Field(min_length=1, description="The condition, as for cards select --where.")
    label: Text | None = Field(None, description="What it selects.")
    source: SourceRef | None = Field(None, description="Where it was published.")


class Queries(Model):
    """A file of named queries."""

    queries: tuple[Query, ...] = Field((), description="The queries.")
