"""What every model shares: immutable, and strict about unknown keys."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Annotated, Any, Self, TypeVar

from pydantic import BaseModel, ConfigDict, StringConstraints, model_validator

from evalkit.model.safe_text import without_controls


def _plain(value: Any) -> Any:
    if type(value) is str:
        return without_controls(value)
    if type(value) in (list, tuple):
        return type(value)(map(_plain, value))
    if type(value) is dict:
        return LookedThrough({key: _plain(part) for key, part in value.items()})
    return value


class LookedThrough(dict[Any, Any]):
    """What was looked through as part of something larger, so that it need not be again."""

    __slots__ = ()


class Model(BaseModel):
    """Base of all evalkit models: frozen, and no key it does not know."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", str_strip_whitespace=True, allow_inf_nan=False
    )

    @model_validator(mode="before")
    @classmethod
    def _without_controls(cls, data: Any) -> Any:
        """No text holds control characters: not every file that is made of it could."""
        return data if type(data) is LookedThrough else _plain(data)

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A copy with some fields changed; cached properties are worked out anew."""
        copied = super().model_copy(update=update, deep=deep)
        for name in copied.__dict__.keys() - type(self).model_fields.keys():
            del copied.__dict__[name]
        return copied


M = TypeVar("M", bound=BaseModel)


def computed(model: type[M], values: Mapping[str, Any] | Iterable[tuple[str, Any]]) -> M:
    """A row of what evalkit computed itself, which is not validated: rows come by the thousand.

    Args:
        model: its model.
        values: its fields by name; those that have a default may be left out.
    """
    row = model.__new__(model)
    said, given = _blank(model)
    _set(row, "__dict__", said | values if isinstance(values, dict) else said | dict(values))
    _set(row, "__pydantic_fields_set__", given)
    _set(row, "__pydantic_extra__", None)
    _set(row, "__pydantic_private__", None)
    return row


_set = object.__setattr__


@cache
def _blank(model: type[BaseModel]) -> tuple[dict[str, Any], set[str]]:
    """The defaults of a model, and its fields: one set for all rows, as one each takes room."""
    fields = model.model_fields
    known = {
        name: field.get_default(call_default_factory=True)
        for name, field in fields.items()
        if not field.is_required()
    }
    return known, set(fields)


ID_PATTERN = r"^[a-z][a-z0-9_]*([.-][a-z0-9_]+)*$"
MEASURE_PATTERN = r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+$"
VERSION_PATTERN = r"^\d+\.\d+(\.\d+)?$"

Identifier = Annotated[str, StringConstraints(pattern=ID_PATTERN, max_length=80)]
"""A stable id: lower case, digits, underscores; parts joined by dots or hyphens."""

MeasureId = Annotated[str, StringConstraints(pattern=MEASURE_PATTERN, max_length=80)]
"""A measure's id, with its owner first: ``core.workload``, ``iio.language``."""

Version = Annotated[str, StringConstraints(pattern=VERSION_PATTERN)]
"""A version: ``1.0`` or ``1.0.2``."""
