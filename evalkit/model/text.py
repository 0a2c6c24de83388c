"""Text that exists in Dutch and English."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from evalkit.model.base import Model

Lang = Literal["nl", "en"]


class Text(Model):
    """One text in both languages; whatever a school or funder reads is a ``Text``."""

    nl: str = Field(min_length=1, description="The text in Dutch.")
    en: str = Field(min_length=1, description="The text in English.")

    def to(self, lang: Lang) -> str:
        """The text in ``lang``."""
        return self.nl if lang == "nl" else self.en
