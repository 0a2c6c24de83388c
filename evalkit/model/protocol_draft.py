"""What a funder decides before a protocol is written."""

from __future__ import annotations

from pydantic import Field

from evalkit.model.base import Identifier, MeasureId, Model
from evalkit.model.text import Lang, Text
from evalkit.model.vocabulary import Variant


class ProtocolDraft(Model):
    """The choices from which the file of a new protocol is written."""

    id: Identifier = Field(description="Id of the scheme.")
    title: Text = Field(description="Name of the scheme.")
    description: Text = Field(description="What the scheme is for.")
    language: Lang = Field("nl", description="Language of forms, documents and comments.")
    project_types: tuple[Identifier, ...] = Field((), description="Project types; empty for all.")
    variant: Variant | None = Field(None, description="Variant; none lets size decide.")
    comparison_required: bool = Field(False, description="Whether a comparison group is needed.")
    cycles: int = Field(2, ge=1, le=12, description="PDCA cycles a year, at least.")
    threshold: int = Field(5, ge=2, le=50, description="Number below which nothing is published.")
    review: bool = Field(False, description="Whether the funder accepts each delivery.")
    contact: str | None = Field(
        None, min_length=1, max_length=200, description="Whom a school asks: a role, no name."
    )
    measures: tuple[MeasureId, ...] = Field((), description="Measures required of every project.")
