"""Every moment at which the store touches the disk, to die there or to find the disk full."""

from __future__ import annotations

import io
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

ON_DISK = (
    "fsync", "replace", "link", "rename", "mkdir", "unlink", "rmdir", "open", "chmod",
)  # fmt: skip
"""Functions of ``os`` that change what is on the disk or make it stay."""

STATEMENTS = ("before_cursor_execute", "after_cursor_execute", "commit", "rollback")


class Points:
    """Counts the moments, and does something at one of them."""

    def __init__(self, at: int | None = None, action: Callable[[], None] | None = None) -> None:
        self.count = 0
        self._at = at
        self._action = action

    def pass_by(self, *_: object, **__: object) -> None:
        self.count += 1
        if self.count == self._at and self._action is not None:
            self._action()

    @contextmanager
    def watching(
        self, *, after: bool = True, database: bool = True, only: tuple[str, ...] = ()
    ) -> Iterator[Points]:
        """Count every call before it is made and, if ``after``, when it is done.

        Args:
            after: also when it is done.
            database: also statements to the database.
            only: names of functions of ``os``; all if none are given.
        """
        undo: list[Callable[[], None]] = []
        functions = [(os, name) for name in only or ON_DISK]
        others = [] if only else [(io, "open"), (sqlite3, "connect")]
        for owner, name in (*functions, *others):
            undo.append(self._watch(owner, name, after))
        if database:
            for name in STATEMENTS:
                event.listen(Engine, name, self.pass_by)
            event.listen(Session, "after_commit", self.pass_by)
        try:
            yield self
        finally:
            for back in undo:
                back()
            if database:
                for name in STATEMENTS:
                    event.remove(Engine, name, self.pass_by)
                event.remove(Session, "after_commit", self.pass_by)

    def _watch(self, owner: Any, name: str, after: bool) -> Callable[[], None]:
        plain = getattr(owner, name)

        def watched(*arguments: Any, **options: Any) -> Any:
            if owner is os and name == "open" and not arguments[1] & os.O_CREAT:
                return plain(*arguments, **options)
            self.pass_by()
            made = plain(*arguments, **options)
            if after:
                self.pass_by()
            return made

        setattr(owner, name, watched)
        return lambda: setattr(owner, name, plain)
