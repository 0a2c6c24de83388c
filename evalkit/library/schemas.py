"""JSON Schemas for editors, made from the models."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from evalkit.model.card import Card
from evalkit.model.cycle import Cycle
from evalkit.model.project import Project
from evalkit.model.protocol import Protocol

FILE_MODELS: dict[str, type[BaseModel]] = {
    "protocol": Protocol,
    "project": Project,
    "cycle": Cycle,
    "card": Card,
}
"""The kinds of file a person writes, and their models."""


def file_schema(kind: str) -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of one kind of file.

    Raises:
        KeyError: there is no such kind of file.
    """
    schema = FILE_MODELS[kind].model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
