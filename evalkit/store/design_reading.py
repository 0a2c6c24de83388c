"""Designs from their canonical JSON, where what they have in common is parsed once.

Designs under one protocol say mostly the same: measures, schedule, rules, texts. A part that reads
letter for letter as one read before is that same object again: thousands of designs then take
little time and little memory.
"""

from __future__ import annotations

import hashlib
import json
import re
import typing
from collections.abc import Iterator
from functools import cache
from typing import Any

from pydantic import BaseModel, TypeAdapter

from evalkit.model.base import LookedThrough
from evalkit.model.design import Design
from evalkit.model.hashing import UNHASHED, stored_hash

_KEY = re.compile(r'"([a-z_]+)":')
_SHA256 = re.compile("[0-9a-f]{64}")
_decode = json.JSONDecoder().raw_decode

MOST = 16
"""Versions of one part that are remembered."""


class DesignReader:
    """Reads designs, and remembers the parts it read last."""

    def __init__(self) -> None:
        self._known: dict[str, dict[str, Any]] = {}

    def read(self, text: str, hash: str) -> Design | None:
        """The design in ``text``; None if its content is not what its hash was taken of."""
        try:
            parts = dict(self._parts(text))
        except ValueError:  # Laid out otherwise.
            return _read_plain(text, hash)
        if sum(len(key) + len(part) + 4 for key, part in parts.items()) + 1 != len(text):
            return _read_plain(text, hash)
        said = ",".join(f'"{key}":{part}' for key, part in parts.items() if key not in UNHASHED)
        same = parts.get("hash") == f'"{hash}"'
        if not same or (_SHA256.fullmatch(hash) and _sha256(f"{{{said}}}") != hash):
            return _read_plain(text, hash)
        values = {key: self._value(key, part) for key, part in parts.items()}
        return Design.model_validate(LookedThrough(values))

    def _parts(self, text: str) -> Iterator[tuple[str, str]]:
        """Key and text of each part of the object that ``text`` is."""
        at = 1
        while found := _KEY.match(text, at):
            key, at = found[1], found.end()
            part = self._again(key, text, at) or text[at : _decode(text, at)[1]]
            yield key, part
            at += len(part) + 1

    def _again(self, key: str, text: str, at: int) -> str | None:
        """The part read before that stands at a place of the text."""
        for part in self._known.get(key, ()):
            end = at + len(part)
            if text.startswith(part, at) and text[end : end + 1] in (",", "}"):
                return part
        return None

    def _value(self, key: str, part: str) -> Any:
        known = self._known.setdefault(key, {})
        if part not in known:
            while len(known) >= MOST:
                del known[next(iter(known))]
            adapter = _adapters().get(key)
            known[part] = adapter.validate_json(part) if adapter else json.loads(part)
        return known[part]


def _read_plain(text: str, hash: str) -> Design | None:
    """The same, of a text that may be laid out in any way."""
    content = json.loads(text)
    altered = _SHA256.fullmatch(hash) and stored_hash(content) != hash
    if altered or content.get("hash") != hash:
        return None
    return Design.model_validate_json(text)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def _has_models(annotation: Any) -> bool:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return True
    return any(_has_models(part) for part in typing.get_args(annotation))


@cache
def _adapters() -> dict[str, TypeAdapter[Any]]:
    """How to read the parts that are models, or lists of them."""
    hints = typing.get_type_hints(Design, include_extras=True)
    return {
        name: TypeAdapter(annotation)
        for name, annotation in hints.items()
        if name in Design.model_fields and _has_models(annotation)
    }
