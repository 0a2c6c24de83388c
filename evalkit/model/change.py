"""A difference between two protocols or two designs, in words a reader knows."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from evalkit.model.base import Model
from evalkit.model.text import Text


class Change(Model):
    """One difference: what it is about, how that was and is, and what follows from it."""

    kind: Literal["added", "removed", "changed"] = Field(description="What happened to it.")
    what: Text = Field(description="What differs.")
    before: Text | None = Field(None, description="How it was; empty for what was added.")
    after: Text | None = Field(None, description="How it is; empty for what was removed.")
    consequence: Text | None = Field(None, description="What follows from it, where known.")
    weight: Literal["important", "minor"] = Field(
        "important", description="Whether it bears on what is measured or concluded."
    )
