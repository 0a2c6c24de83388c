"""What the disk or the database refuses, told as a problem that a person can mend."""

from __future__ import annotations

import errno
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.exc import DatabaseError

from evalkit.errors import EvalkitError
from evalkit.store.durable import DamagedError

NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""Numbers of errors that say that no more can be written."""

_LEAST = 1 << 16
"""Bytes free below which a fault in reading or writing is taken to be a full disk."""

_FAULTS = {sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN}
_REFUSALS = _FAULTS | {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH}


@contextmanager
def faults_told(path: Path) -> Iterator[None]:
    """Tell what goes wrong with the database ``path``, or with files beside it.

    Raises:
        EvalkitError: ``store.disk_full``, ``store.busy``, ``store.unusable``.
        DamagedError: the database is none.
    """
    try:
        yield
    except OSError as error:
        if error.errno in NO_ROOM:
            raise EvalkitError("store.disk_full", path=path.parent) from error
        raise
    except (DatabaseError, sqlite3.DatabaseError) as error:
        problem = _problem(error, path)
        if problem is None:
            raise
        raise problem from error


def _problem(
    error: DatabaseError | sqlite3.DatabaseError, path: Path
) -> EvalkitError | DamagedError | None:
    """What a person is told; nothing if the mistake is ours."""
    cause = error.orig if isinstance(error, DatabaseError) else error
    kind = getattr(cause, "sqlite_errorcode", 0) & 0xFF  # The higher bits tell more of it.
    if kind in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return DamagedError(path, str(cause))
    if kind == sqlite3.SQLITE_FULL or (kind in _FAULTS and _is_full(path.parent)):
        return EvalkitError("store.disk_full", path=path.parent)
    if kind in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return EvalkitError("store.busy", path=path.parent)
    if kind in _REFUSALS:
        return EvalkitError("store.unusable", path=path, detail=str(cause))
    return None


def _is_full(folder: Path) -> bool:
    try:
        return shutil.disk_usage(folder).free < _LEAST
    except OSError:
        return False
