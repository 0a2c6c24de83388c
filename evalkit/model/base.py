"""What every model shares: immutable, and strict about unknown keys."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, StringConstraints, model_validator

from evalkit.model.safe_text import without_controls


def _plain(value: Any) -> Any:
    if type(value) is str:
        return without_controls(value)
    if type(value) in (list, tuple):
        return type(value)(map(_plain, value))
    if type(value) is dict:
        return {key: _plain(part) for key, part in value.items()}
    return value


class Model(BaseModel):
    """Base of all evalkit models: frozen, and no key it does not know."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", str_strip_whitespace=True, allow_inf_nan=False
    )

    @model_validator(mode="before")
    @classmethod
    def _without_controls(cls, data: Any) -> Any:
        """No text holds control characters: not every file that is made of it could."""
        return _plain(data)


M = TypeVar("M", bound=BaseModel)


def slim(row: M) -> M:
    """The same row, with the note of which fields were given shared by all rows of its kind.

    For rows that are computed by the thousand: a note of its own takes more room than the values.
    """
    object.__setattr__(row, "__pydantic_fields_set__", _all_fields(type(row)))
    return row


@cache
def _all_fields(model: type[BaseModel]) -> set[str]:
    return set(model.model_fields)


ID_PATTERN = r"^[a-z][a-z0-9_]*([.-][a-z0-9_]+)*$"
MEASURE_PATTERN = r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+$"
VERSION_PATTERN = r"^\d+\.\d+(\.\d+)?$"

Identifier = Annotated[str, StringConstraints(pattern=ID_PATTERN, max_length=80)]
"""A stable id: lower case, digits, underscores; parts joined by dots or hyphens."""

MeasureId = Annotated[str, StringConstraints(pattern=MEASURE_PATTERN, max_length=80)]
"""A measure's id, with its owner first: ``core.workload``, ``iio.language``."""

Version = Annotated[str, StringConstraints(pattern=VERSION_PATTERN)]
"""A version: ``1.0`` or ``1.0.2``."""
