"""What a backup of a workspace says of itself."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from evalkit.model.base import Model

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
"""A SHA-256 in hexadecimal."""


class BackupFile(Model):
    """One file of a backup."""

    sha256: Sha256 = Field(description="SHA-256 of its content.")
    bytes: int = Field(ge=0, description="Its length.")


class Manifest(Model):
    """All files of a backup with their hashes."""

    format: Literal["evalkit-backup"] = Field("evalkit-backup", description="That it is one.")
    version: int = Field(1, ge=1, description="Version of the form of a backup.")
    made_at: dt.datetime = Field(description="When it was made, in UTC.")
    evalkit: str = Field(description="Version of evalkit that made it.")
    revision: str = Field(description="Revision of the tables.")
    submissions: int = Field(ge=0, description="Submissions in it.")
    with_keys: bool = Field(description="Whether the keys of pseudonyms are in it.")
    files: dict[str, BackupFile] = Field(description="Its files, by their path in the workspace.")
