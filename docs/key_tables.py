"""Tables of the keys of a model, as the pages show them."""

from __future__ import annotations

import datetime as dt
import types
import typing
from collections.abc import Iterable, Iterator
from enum import Enum
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from evalkit.collect.mapping import CellText
from evalkit.model.base import Identifier, MeasureId, Version
from evalkit.model.identifiers import BoardNumber, Brin
from evalkit.model.text import Text

ModelType = type[BaseModel]


def cell(text: object) -> str:
    """A text as it can stand in a cell of a Markdown table."""
    return " ".join(str(text).split()).replace("|", "\\|").replace("<", "&lt;")


def table(headers: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """A Markdown table."""
    names = list(headers)
    lines = ["| " + " | ".join(names) + " |", "|" + " --- |" * len(names)]
    lines += ["| " + " | ".join(cell(value) for value in row) + " |" for row in rows]
    return "\n".join(lines)


def code(value: object) -> str:
    """Something a person types or reads literally."""
    return f"`{value}`"


# What a value looks like


def form(hint: Any) -> str:
    """What a value of that type looks like, for a person who writes a file."""
    for known, words in _NAMED:
        if hint == known:
            return words
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Annotated:
        return form(arguments[0])
    if origin in (typing.Union, types.UnionType):
        return " or ".join(dict.fromkeys(form(a) for a in arguments if a is not types.NoneType))
    if origin is typing.Literal:
        return " or ".join(map(code, arguments))
    if origin is tuple:
        if arguments[-1] is Ellipsis:
            return f"list of {_plural(form(arguments[0]))}"
        return f"list of {len(arguments)} {_plural(form(arguments[0]))}"
    if origin is dict:
        return f"keys with values: {form(arguments[0])} to {form(arguments[1])}"
    if isinstance(hint, type) and issubclass(hint, Enum):
        return ", ".join(code(member.value) for member in hint)
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        return f"[{hint.__name__}](#{hint.__name__.lower()})"
    raise TypeError(f"no words for {hint!r}; add them to _NAMED")


_NAMED: tuple[tuple[Any, str], ...] = (
    (Identifier, "id"),
    (MeasureId, "measure id"),
    (Version, "version"),
    (Brin, "BRIN"),
    (BoardNumber, "five digits"),
    (CellText, "text"),
    (Text, "text in `nl` and `en`"),
    (str, "text"),
    (bool, "`true` or `false`"),
    (int, "whole number"),
    (float, "number"),
    (dt.date, "date"),
    (Any, "value"),
)


def _plural(words: str) -> str:
    simple = ("id", "measure id", "version", "text", "number", "whole number")
    return f"{words}s" if words in simple else words


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "yes"
    value = field.get_default(call_default_factory=True, validated_data={})
    if value is None or value in ((), {}) or isinstance(value, BaseModel):
        return "no"
    if isinstance(value, tuple):
        value = ", ".join(str(getattr(part, "value", part)) for part in value)
    if isinstance(value, bool):
        value = str(value).lower()
    return f"no; else {code(getattr(value, 'value', value))}"


def _inner(hint: Any) -> Iterator[ModelType]:
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        yield hint
    for argument in typing.get_args(hint):
        yield from _inner(argument)


def type_hints(model: ModelType) -> dict[str, Any]:
    """The type of each field of a model, in order."""
    hints = typing.get_type_hints(model, include_extras=True)
    return {name: hints[name] for name in model.model_fields}


def _parts(model: ModelType, skip: tuple[str, ...]) -> list[ModelType]:
    """The models inside a model, in the order a reader meets them, without the skipped."""
    found: list[ModelType] = []
    for hint in type_hints(model).values():
        for inner in _inner(hint):
            if inner is Text or inner.__name__ in skip or inner in found:
                continue
            found.append(inner)
            found += [deep for deep in _parts(inner, skip) if deep not in found]
    return found


def keys_table(model: ModelType) -> str:
    """The keys of a model: needed or not, form, meaning."""
    hints = type_hints(model)
    rows = (
        (code(name), _default(field), form(hints[name]), field.description)
        for name, field in model.model_fields.items()
    )
    return table(("Key", "Needed", "Form", "Meaning"), rows)


def keys(model: ModelType, skip: tuple[str, ...] = ()) -> str:
    """The keys of a file, and of every part in it under a heading of its own."""
    parts = [keys_table(model)]
    for part in _parts(model, skip):
        said = (part.__doc__ or "").strip().splitlines()[0].replace("``", "`")
        parts.append(f"#### {part.__name__}\n\n{said}\n\n{keys_table(part)}")
    return "\n\n".join(parts)


# Sections
