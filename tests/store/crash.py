"""What runs in a process of its own, to be killed there.

The processes come from a fork server that has the heavy imports done, so that twenty of them
cost little.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import pandas as pd
from sqlalchemy import event
from sqlalchemy.orm import Session

from evalkit.errors import EvalkitError
from evalkit.model.submission import Grain, Submission
from evalkit.model.vocabulary import Respondent
from evalkit.store import Store

from . import builders

BATCH = 3
"""Submissions in one batch."""

_FORK = multiprocessing.get_context("forkserver")
_FORK.set_forkserver_preload(
    ["evalkit.store", "pandas", "pyarrow.parquet", "sqlalchemy.dialects.sqlite", "alembic.command"]
)


def start(target: Callable[..., None], *arguments: object) -> tuple[BaseProcess, Connection]:
    """Run ``target(connection, *arguments)`` in a process; gives it and our end of the line."""
    ours, theirs = _FORK.Pipe()
    process = _FORK.Process(target=target, args=(theirs, *arguments), daemon=True)
    process.start()
    theirs.close()
    return process, ours


def batch(number: int) -> list[tuple[Submission, pd.DataFrame]]:
    """Batch ``number``: pupils, their totals and teachers, of one file; always the same."""
    common: dict[str, Any] = {"wave": f"w{number}", "file_hash": f"file{number}"}
    return [
        (builders.submission(**common), builders.frame(40, number)),
        (builders.submission(**common, grain=Grain.aggregate), builders.frame(2, number)),
        (builders.submission(**common, respondent=Respondent.teacher), builders.frame(9, number)),
    ]


def collect(store: Store, numbers: range) -> None:
    """Deliver the batches that are not there yet, as a rerun does."""
    for number in numbers:
        if not store.find_file(f"file{number}"):
            store.add_submissions(batch(number))


def write_until_killed(line: Connection, folder: Path, numbers: range) -> None:
    """Deliver batches, saying when it starts."""
    with Store.open(folder) as store:
        line.send("ready")
        collect(store, numbers)
    line.send("done")


def write_and_die(line: Connection, folder: Path, number: int, moment: int | str) -> None:
    """Deliver one batch and die before the ``moment``-th sync or rename, or at the commit."""
    with Store.open(folder) as store:
        _die_at(moment)
        store.add_submissions(batch(number))
    line.send("done")


def create_and_die(line: Connection, folder: Path, moment: int) -> None:
    """Create a workspace and die at the ``moment``-th statement to its database."""
    from evalkit.store import engine

    count = 0

    def tick(*_: object) -> None:
        nonlocal count
        count += 1
        if count == moment:
            os.kill(os.getpid(), signal.SIGKILL)

    plain = engine.create_engine

    def watched(*arguments: Any, **options: Any) -> Any:
        made = plain(*arguments, **options)
        event.listen(made, "before_cursor_execute", tick)
        event.listen(made, "commit", tick)
        return made

    engine.create_engine = watched
    Store.create(folder).close()
    line.send("done")


def write_at_once(line: Connection, folder: Path, supersedes: tuple[str, ...]) -> None:
    """Wait for the word, then deliver what others deliver too; tell the id or the refusal."""
    with Store.open(folder) as store:
        line.send("ready")
        line.recv()
        given = builders.submission(supersedes=supersedes)
        try:
            (kept,) = store.add_submissions([(given, builders.frame(5, os.getpid()))])
            line.send(kept.id)
        except EvalkitError as error:
            line.send(error.finding.code)


def create_at_once(line: Connection, folder: Path) -> None:
    """Wait for the word, then create what others create too."""
    line.send("ready")
    line.recv()
    try:
        Store.create(folder).close()
        line.send("created")
    except EvalkitError as error:
        line.send(error.finding.code)


def _die_at(moment: int | str) -> None:
    count = 0

    def before(call: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*arguments: Any) -> Any:
            nonlocal count
            count += 1
            if count == moment:
                os.kill(os.getpid(), signal.SIGKILL)
            return call(*arguments)

        return counted

    os.fsync, os.replace = before(os.fsync), before(os.replace)
    if isinstance(moment, str):
        event.listen(Session, moment, lambda *_: os.kill(os.getpid(), signal.SIGKILL))
