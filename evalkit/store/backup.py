"""A backup of a workspace: its database, rows and settings, each under its hash; and back."""

from __future__ import annotations

import datetime as dt
import json
import re
import shutil
import sqlite3
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationError

from evalkit.errors import EvalkitError, FindingsError, finding
from evalkit.model.backup import BackupFile, Manifest
from evalkit.model.finding import Finding, Place
from evalkit.store import schema
from evalkit.store.archive import (
    Archive,
    UnreadableError,
    Written,
    copy,
    is_zip,
    open_new,
    scratch_beside,
    writing,
)
from evalkit.store.durable import (
    TEMPORARY,
    DamagedError,
    MissingError,
    make_folder,
    place_new,
    sync_folder,
)
from evalkit.store.engine import BUSY_SECONDS
from evalkit.store.faults import faults_told
from evalkit.store.store import DATABASE, VAULT, Store

MANIFEST = "manifest.json"
VERSION = 1
KEYS, SETTINGS = "keys", ("holidays.yaml", "queries.yaml")

_NAME = re.compile(
    rf"{re.escape(DATABASE)}|{'|'.join(map(re.escape, SETTINGS))}"
    rf"|{KEYS}/[a-z][a-z0-9_.-]{{0,80}}\.key"
    rf"|{VAULT}/(?P<start>[0-9a-f]{{2}})/(?P<hash>(?P=start)[0-9a-f]{{62}})\.(?:parquet|original)"
)
"""The files there may be, and so no path that leads elsewhere."""

_LONGEST_MANIFEST = 1 << 28
_STALE = dt.timedelta(hours=1)
_RESTORING = "restore"


class Backup(NamedTuple):
    """A backup as it was made or found."""

    manifest: Manifest
    fingerprint: str
    """SHA-256 of the manifest, and so of everything."""


# Make


def make_backup(
    store: Store, out: Path, *, made_at: dt.datetime, evalkit: str, with_keys: bool
) -> Backup:
    """Write a backup of a workspace to ``out``: a zip if it is named so, otherwise a folder.

    It is of one moment, also while others write, and there whole or not at all. All rows are
    checked against their hash on the way.

    Raises:
        EvalkitError: something is there already, the disk is full, the workspace is busy.
        DamagedError: a file of the workspace does not hold what it should.
        MissingError: rows are gone.
    """
    if out.exists() and (is_zip(out) or not out.is_dir() or any(out.iterdir())):
        raise EvalkitError("file.exists", path=out)
    folder = out.absolute().parent
    with faults_told(out.absolute()):
        make_folder(folder)
        _remove_stale(folder, out.name)
        with scratch_beside(folder, out.name) as scratch:
            snapshot = scratch / DATABASE
            _snapshot(store.folder / DATABASE, snapshot)
            try:
                with writing(out.absolute(), scratch) as archive:
                    return _write(store, snapshot, archive, made_at, evalkit, with_keys)
            except FileExistsError:
                raise EvalkitError("file.exists", path=out) from None


def _write(
    store: Store,
    snapshot: Path,
    archive: Written,
    made_at: dt.datetime,
    evalkit: str,
    with_keys: bool,
) -> Backup:
    sources = {DATABASE: snapshot} | _beside(store.folder, with_keys)
    blobs = _blobs(snapshot)
    for hash in sorted(set(blobs)):
        name = f"{VAULT}/{hash[:2]}/{hash}.parquet"
        sources[name] = store.folder / name
    files = {}
    for name, path in sources.items():
        try:
            with path.open("rb") as source:
                found, length = archive.add(name, source)
        except FileNotFoundError:
            raise MissingError(path) from None
        match = _NAME.fullmatch(name)
        if match is not None and match["hash"] not in (None, found):
            raise DamagedError(path, f"its content has hash {found}")
        files[name] = BackupFile(sha256=found, bytes=length)
    manifest = Manifest(
        version=VERSION,
        made_at=made_at,
        evalkit=evalkit,
        revision=schema.HEAD,
        submissions=len(blobs),
        with_keys=with_keys,
        files=files,
    )
    text = manifest.model_dump_json(indent=2).encode("utf-8") + b"\n"
    archive.add(MANIFEST, BytesIO(text))
    return Backup(manifest, sha256(text).hexdigest())


def _beside(folder: Path, with_keys: bool) -> dict[str, Path]:
    """Settings and, if asked, keys of a workspace."""
    found = {name: folder / name for name in SETTINGS if (folder / name).is_file()}
    keys = sorted((folder / KEYS).glob("*.key")) if with_keys else []
    return found | {f"{KEYS}/{path.name}": path for path in keys}


def _snapshot(database: Path, target: Path) -> None:
    """The database as it is at one moment, in one file without a journal."""
    with (
        faults_told(database),
        closing(sqlite3.connect(f"{database.absolute().as_uri()}?mode=rw", uri=True,
                                timeout=BUSY_SECONDS)) as connection,
    ):  # fmt: skip
        connection.execute("VACUUM INTO ?", (str(target),))


def _remove_stale(folder: Path, stem: str) -> None:
    """Remove what died before it was done, unless it may still be at work."""
    limit = time.time() - _STALE.total_seconds()
    for left in folder.glob(f".*{TEMPORARY}"):
        mine = re.fullmatch(rf"\.{re.escape(stem)}\.[0-9a-f]{{32}}{TEMPORARY}", left.name)
        if mine and left.is_dir() and left.stat().st_mtime <= limit:
            shutil.rmtree(left, ignore_errors=True)


# Check


def check_backup(path: Path) -> tuple[Backup | None, tuple[Finding, ...]]:
    """What a backup says of itself, and all that is wrong with it; nothing is written.

    Raises:
        EvalkitError: there is no such file.
    """
    if not path.exists():
        raise EvalkitError("file.missing", path=path)
    try:
        archive = Archive(path)
    except UnreadableError as error:
        return None, (finding("backup.unreadable", Place(file=path.name), detail=error.said),)
    with closing(archive):
        try:
            backup = _described(archive)
        except EvalkitError as error:
            return None, (error.finding,)
        with _temporary() as folder:
            findings = tuple(_wrong_with(archive, backup.manifest, folder))
    return backup, findings


@contextmanager
def _temporary() -> Iterator[Path]:
    """A folder for what is looked at, gone afterwards."""
    above = Path(tempfile.gettempdir())
    with faults_told(above / DATABASE), tempfile.TemporaryDirectory(prefix="evalkit-") as folder:
        yield Path(folder)


def _described(archive: Archive) -> Backup:
    place = Place(file=archive.path.name)
    names = archive.names()
    if names.count(MANIFEST) != 1:
        raise EvalkitError("backup.not_one", place, name=MANIFEST)
    try:
        with archive.open(MANIFEST) as file:
            text = file.read(_LONGEST_MANIFEST)
        plain = json.loads(text)
        said = plain["version"]
        if isinstance(said, int) and said > VERSION:
            raise EvalkitError("backup.newer", place)
        manifest = Manifest.model_validate(plain)
    except (UnreadableError, ValidationError, ValueError, KeyError, TypeError, RecursionError):
        raise EvalkitError("backup.not_one", place, name=MANIFEST) from None
    if DATABASE not in manifest.files:
        raise EvalkitError("backup.not_one", place, name=DATABASE)
    if manifest.revision > schema.HEAD:
        raise EvalkitError("backup.newer", place)
    return Backup(manifest, sha256(text).hexdigest())


def _wrong_with(archive: Archive, manifest: Manifest, folder: Path) -> Iterator[Finding]:
    """All that does not fit between a backup and its manifest."""
    file = archive.path.name
    names = Counter(archive.names())
    for name in sorted(names.keys() - {MANIFEST} | manifest.files.keys()):
        place = Place(file=file, key=name[:200])
        match = _NAME.fullmatch(name)
        if match is None or (name.startswith(f"{KEYS}/") and not manifest.with_keys):
            yield finding("backup.strange", place)
        elif name not in names:
            yield finding("backup.file_missing", place)
        elif name not in manifest.files or names[name] > 1:
            yield finding("backup.strange", place)
        else:
            said = manifest.files[name]
            target = folder / DATABASE if name == DATABASE else None
            if target is not None:
                _refuse_too_large(said.bytes, folder)
            if not _agrees(archive, name, said, target) or match["hash"] not in (None, said.sha256):
                yield finding("backup.file_changed", place)
            elif target is not None:
                yield from _wrong_with_database(target, manifest, file)


def _agrees(archive: Archive, name: str, said: BackupFile, target: Path | None) -> bool:
    """Whether a file holds what is said of it; it is copied to ``target`` if one is given."""
    try:
        with archive.open(name) as source:
            if target is None:
                found = copy(source, None, said.bytes)
            else:
                with open_new(target) as file:
                    found = copy(source, file, said.bytes)
    except UnreadableError:
        return False
    return found == (said.sha256, said.bytes)


def _wrong_with_database(path: Path, manifest: Manifest, file: str) -> Iterator[Finding]:
    place = Place(file=file, key=DATABASE)
    try:
        with _reading(path) as connection:
            sound = [row[0] for row in connection.execute("PRAGMA integrity_check")] == ["ok"]
            loose = connection.execute("PRAGMA foreign_key_check").fetchone()
            kinds = "SELECT count(*) FROM sqlite_master WHERE type NOT IN ('table', 'index')"
            strange = connection.execute(kinds).fetchone()[0]
            (revision,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        blobs = set(_blobs(path))
    except (sqlite3.Error, TypeError, ValueError):
        sound, loose, strange, revision, blobs = False, None, 0, "", set()
    if not sound or loose or strange:
        yield finding("backup.file_changed", place)
    elif revision != manifest.revision:
        yield finding("backup.newer" if revision > schema.HEAD else "backup.file_changed", place)
    for hash in sorted(blobs):
        name = f"{VAULT}/{hash[:2]}/{hash}.parquet"
        if name not in manifest.files:
            yield finding("backup.file_missing", Place(file=file, key=name))


@contextmanager
def _reading(path: Path) -> Iterator[sqlite3.Connection]:
    uri = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
    with closing(sqlite3.connect(uri, uri=True)) as connection:
        connection.execute("PRAGMA trusted_schema = OFF")
        yield connection


def _blobs(path: Path) -> list[str]:
    """The hashes of the rows of all submissions in a database that nobody writes in."""
    with _reading(path) as connection:
        return [str(row[0]) for row in connection.execute("SELECT blob FROM submission")]


# Restore


def restore_backup(path: Path, folder: Path) -> Backup:
    """Make a workspace in ``folder`` of a backup, after all of it was checked.

    Nothing that is there is overwritten. The database comes last: before it there is no
    workspace, and restoring may be tried again.

    Raises:
        EvalkitError: the folder is not empty, there is no such file, or the disk is full.
        FindingsError: all that is wrong with the backup. Nothing is written.
    """
    _refuse_used(folder)
    backup, findings = check_backup(path)
    if findings or backup is None:
        raise FindingsError(findings)
    made = [part for part in (folder, *folder.absolute().parents) if not part.exists()]
    with faults_told(folder / DATABASE):
        make_folder(folder.absolute())
        try:
            with scratch_beside(folder, _RESTORING) as scratch, closing(Archive(path)) as archive:
                _extract(archive, backup.manifest, scratch)
                _place(backup.manifest, scratch, folder)
            for left in folder.glob(f".{_RESTORING}.*{TEMPORARY}"):
                shutil.rmtree(left, ignore_errors=True)
        except BaseException:
            for part in made:
                with suppress(OSError):
                    part.rmdir()
            raise
    return backup


def _refuse_used(folder: Path) -> None:
    """Refuse a folder with something in it, but for what a restore left that died."""
    if not folder.exists():
        return
    if not folder.is_dir():
        raise EvalkitError("backup.target_used", path=folder)
    names = {entry.name for entry in folder.iterdir()}
    left = {name for name in names if re.fullmatch(rf"\.{_RESTORING}\.\w{{32}}\.tmp", name)}
    if names - left and not (left and names - left <= {VAULT, KEYS, *SETTINGS}):
        raise EvalkitError("backup.target_used", path=folder)


def _refuse_too_large(length: int, folder: Path) -> None:
    if length > shutil.disk_usage(folder).free:
        raise EvalkitError("store.disk_full", path=folder)


def _extract(archive: Archive, manifest: Manifest, scratch: Path) -> None:
    _refuse_too_large(sum(file.bytes for file in manifest.files.values()), scratch)
    for name, said in manifest.files.items():
        target = scratch / name
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not _agrees(archive, name, said, target):
            place = Place(file=archive.path.name, key=name)
            raise FindingsError([finding("backup.file_changed", place)])


def _place(manifest: Manifest, scratch: Path, folder: Path) -> None:
    """Give each file its name, the database last; if one cannot have it, all are taken back."""
    placed: list[Path] = []
    try:
        for name in sorted(manifest.files, key=lambda name: name == DATABASE):
            path = folder / name
            make_folder(path.parent)
            try:
                place_new(scratch / name, path)
                placed.append(path)
            except FileExistsError:
                there = sha256(path.read_bytes()).hexdigest()
                if name == DATABASE or there != manifest.files[name].sha256:
                    raise EvalkitError("backup.target_used", path=folder) from None
            sync_folder(path.parent)
        make_folder(folder / VAULT)
        if manifest.with_keys and (folder / KEYS).is_dir():
            (folder / KEYS).chmod(0o700)
    except BaseException:
        if not (folder / DATABASE).exists():  # Else another restore rests on them.
            for path in placed:
                path.unlink(missing_ok=True)
            for part in {part for name in manifest.files for part in Path(name).parents}:
                _remove_if_empty(folder, part)
        raise


def _remove_if_empty(folder: Path, part: Path) -> None:
    """Remove a folder in ``folder``, and those above it in there, as far as they are empty."""
    while part.name:
        with suppress(OSError):
            (folder / part).rmdir()
        part = part.parent
