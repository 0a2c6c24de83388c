"""A registered design: frozen, with its date, so that nobody can plan afterwards."""

from __future__ import annotations

import datetime as dt
from typing import Self

from pydantic import Field, model_validator

from evalkit.model.base import Identifier, MeasureId, Model, Version
from evalkit.model.invalid import InvalidError
from evalkit.model.text import Text
from evalkit.model.vocabulary import Term


class Registration(Model):
    """One version of what a project said it would do. Versions are added, never changed."""

    project: Identifier = Field(description="Id of the project.")
    version: int = Field(ge=1, description="1 for the first, 2 for its first amendment.")
    design_hash: str = Field(description="Hash of the design.")
    date: dt.date = Field(description="Day it was registered.")
    reason: str | None = Field(
        None, min_length=1, description="Why the design changed; none for the first version."
    )
    registered_by: str | None = Field(
        None, min_length=1, description="Role of who registered it; no name."
    )
    plugins: dict[str, str] = Field(description="Plugins in use, name to version.")

    @model_validator(mode="after")
    def _amendment_has_a_reason(self) -> Self:
        if self.version > 1 and not self.reason:
            raise InvalidError("model.registration_reason", version=self.version)
        return self

    @property
    def name(self) -> str:
        """Project and version: ``rekenteam@1``."""
        return f"{self.project}@{self.version}"


class Reported(Term):
    """What became of something that was registered, or came without being so."""

    reported = "reported", "gemeten zoals vastgelegd", "reported as registered"
    changed = "changed", "gemeten, anders dan vastgelegd", "reported, otherwise than registered"
    added = "added", "toegevoegd, niet vastgelegd", "added, not registered"
    not_measured = "not_measured", "vastgelegd, niet gemeten", "registered, not measured"
    not_due = "not_due", "nog niet aan de beurt", "not due yet"


class RegisteredRow(Model):
    """One measure in one wave of a registered project: what was registered, what was reported."""

    project: Identifier = Field(description="Id of the project.")
    registration: int = Field(
        description="Version of the registration it is held against: the one in force when the "
        "data came in; where none came in, the newest."
    )
    design_hash: str = Field(description="Hash of the design that was registered.")
    registered_on: dt.date = Field(description="Day of that registration.")
    measure: MeasureId = Field(description="Id of the measure.")
    measure_version: Version = Field(description="Version of the measure.")
    wave: Identifier = Field(description="Id of the wave.")
    mandatory: bool = Field(description="Whether the registration makes it mandatory.")
    predicted: bool = Field(
        description="Whether a prediction of the registration names the measure."
    )
    status: Reported = Field(description="What became of it.")
    detail: Text | None = Field(None, description="What differs, or why.")
