"""The error a model raises on values that do not hang together."""

from __future__ import annotations

from typing import Any


class InvalidError(ValueError):
    """A value error that names its entry in the error catalogue and the values it fills in.

    ``at`` is the key within the model that is to be mended, such as ``end`` or ``schools``.
    """

    def __init__(self, code: str, *, at: tuple[str | int, ...] = (), **values: Any) -> None:
        self.code = code
        self.at = at
        self.values = values
        super().__init__(f"{code}: " + ", ".join(f"{k}={v}" for k, v in values.items()))
