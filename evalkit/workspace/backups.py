"""Backups of a workspace: make, check, restore."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from evalkit import __version__
from evalkit.errors import FindingsError
from evalkit.store.backup import Backup, check_backup, make_backup, restore_backup
from evalkit.workspace.workspace import Workspace


def make(workspace: Workspace, out: Path, *, with_keys: bool = False) -> Backup:
    """Write a backup to ``out``: a zip if it is named so, otherwise a folder.

    Raises:
        EvalkitError: something is there already, or the disk is full.
        DamagedError: a file of the workspace does not hold what it should.
        MissingError: a file of the workspace is gone.
    """
    now = dt.datetime.now(dt.UTC).replace(microsecond=0)
    return make_backup(workspace.store, out, made_at=now, evalkit=__version__, with_keys=with_keys)


def check(path: Path) -> Backup:
    """What is in a backup, after every hash in it was checked.

    Raises:
        EvalkitError: there is no such file.
        FindingsError: all that is wrong with it.
    """
    backup, findings = check_backup(path)
    if backup is None or findings:
        raise FindingsError(findings)
    return backup


def restore(path: Path, folder: Path) -> Backup:
    """Make a workspace in ``folder``, which is empty or not there, of a backup.

    Raises:
        EvalkitError: the folder is not empty, there is no such file, or the disk is full.
        FindingsError: all that is wrong with the backup. Nothing is written.
    """
    return restore_backup(path, folder)
