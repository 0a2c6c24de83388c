"""The keys that codes of persons are hashed with: one file per project, beside the database.

A key is made when the first rows of a project are stored, and never again: with another one the
waves of a project could not be linked. It is in no table, export or document.
"""

from __future__ import annotations

import os
import re
import secrets
import uuid
from pathlib import Path

import pandas as pd

from evalkit.collect.pseudonyms import KEY_BYTES, fingerprint, pseudonymised
from evalkit.errors import EvalkitError
from evalkit.model.submission import Grain, Submission
from evalkit.model.vocabulary import Respondent
from evalkit.store.durable import TEMPORARY, make_folder, sync_folder
from evalkit.workspace.workspace import Workspace

KEYS = "keys"
"""Folder of the keys within a workspace."""

_WRITTEN = re.compile(rf"[0-9a-f]{{{2 * KEY_BYTES}}}\s*")


def key_path(workspace: Workspace, project: str) -> Path:
    """Where the key of a project is."""
    return workspace.path / KEYS / f"{project}.key"


def has_codes(submission: Submission) -> bool:
    """Whether its rows are of persons, each with a code."""
    return submission.grain is Grain.unit and submission.respondent is not Respondent.school


def known_key(workspace: Workspace, project: str) -> bytes | None:
    """The key of a project; none if it never had one.

    Raises:
        EvalkitError: the key is lost, damaged, or another than earlier data were kept with.
    """
    path = key_path(workspace, project)
    used = {s.key for s in workspace.store.submissions(project) if s.key is not None}
    try:
        text = path.read_text(encoding="ascii")
    except FileNotFoundError:
        if used:
            raise EvalkitError("workspace.key_lost", project=project, path=path) from None
        return None
    except UnicodeDecodeError:
        text = ""
    if not _WRITTEN.fullmatch(text):
        raise EvalkitError("workspace.key_damaged", project=project, path=path)
    key = bytes.fromhex(text.strip())
    if used - {fingerprint(key)}:
        raise EvalkitError("workspace.key_other", project=project, path=path)
    return key


def project_key(workspace: Workspace, project: str) -> bytes:
    """The key of a project, made now if it never had one.

    Raises:
        EvalkitError: as ``known_key``.
    """
    key = known_key(workspace, project)
    if key is None:
        place_key(workspace, project, secrets.token_bytes(KEY_BYTES))
        key = known_key(workspace, project)
        assert key is not None
    return key


def place_key(workspace: Workspace, project: str, key: bytes) -> None:
    """Keep the key of a project, unless there is one; of two at once the first stays."""
    path = key_path(workspace, project)
    make_folder(path.parent)
    path.parent.chmod(0o700)
    temporary = path.with_name(f".{project}.{uuid.uuid4().hex}{TEMPORARY}")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(key.hex() + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(temporary, path)
        except FileExistsError:
            return
    finally:
        temporary.unlink(missing_ok=True)
    sync_folder(path.parent)


def with_pseudonyms(
    workspace: Workspace, submission: Submission, rows: pd.DataFrame
) -> tuple[Submission, pd.DataFrame]:
    """A new submission and its rows as they may be kept: with pseudonyms for their codes.

    Raises:
        EvalkitError: as ``known_key``.
    """
    if not has_codes(submission):
        return submission, rows
    key = project_key(workspace, submission.project)
    hidden = pseudonymised(rows, key, submission.respondent)
    return submission.model_copy(update={"key": fingerprint(key)}), hidden


def kept_rows(workspace: Workspace, submission: Submission) -> pd.DataFrame:
    """The rows of a submission, with pseudonyms also where an older evalkit kept the codes.

    As long as a project has no key all its rows are under their codes, and so comparable.

    Raises:
        EvalkitError: as ``known_key``, where codes have to be hashed.
    """
    rows = workspace.store.rows(submission)
    if submission.key is not None or not has_codes(submission):
        return rows
    key = known_key(workspace, submission.project)
    return rows if key is None else pseudonymised(rows, key, submission.respondent)
