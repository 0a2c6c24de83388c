"""What the disk or the database refuses, told as a problem that a person can mend."""

from __future__ import annotations

import errno
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.exc import DatabaseError, OperationalError

from evalkit.errors import EvalkitError
from evalkit.store.durable import DamagedError

NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""Numbers of errors that say that no more can be written."""

_LEAST = 1 << 16
"""Bytes free below which a fault of the database is taken to be a full disk."""


@contextmanager
def faults_told(path: Path) -> Iterator[None]:
    """Tell what goes wrong with files below ``path``.

    Raises:
        EvalkitError: ``store.disk_full``, ``store.busy``, ``store.unusable``.
        DamagedError: a database is none.
    """
    try:
        yield
    except OSError as error:
        if error.errno in NO_ROOM:
            raise EvalkitError("store.disk_full", path=path) from error
        raise
    except (OperationalError, sqlite3.OperationalError) as error:
        raise _problem(error, path) from error
    except DatabaseError as error:
        raise DamagedError(path, str(error.orig)) from error
    except sqlite3.DatabaseError as error:
        raise DamagedError(path, str(error)) from error


def _problem(error: OperationalError | sqlite3.OperationalError, path: Path) -> EvalkitError:
    cause = error.orig if isinstance(error, OperationalError) else error
    number = getattr(cause, "sqlite_errorcode", 0) & 0xFF  # the rest tells the kind of kind
    folder = path if path.is_dir() else path.parent
    if number == sqlite3.SQLITE_FULL:
        return EvalkitError("store.disk_full", path=path)
    if number in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return EvalkitError("store.busy", path=path)
    if number in (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN) and _is_full(folder):
        return EvalkitError("store.disk_full", path=path)
    return EvalkitError("store.unusable", path=path, detail=str(cause))


def _is_full(folder: Path) -> bool:
    try:
        return shutil.disk_usage(folder).free < _LEAST
    except OSError:
        return False
