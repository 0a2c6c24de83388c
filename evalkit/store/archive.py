"""A folder or a zip with the files of a backup: written whole or not at all, read with distrust."""

from __future__ import annotations

import hashlib
import os
import shutil
import uuid
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, BinaryIO, Protocol, cast
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from evalkit.library.damage import CUT_OFF, OTHERWISE_PACKED, damage
from evalkit.model.text import Text
from evalkit.store.durable import TEMPORARY, place_new, sync_folder, sync_tree

CHUNK = 1 << 20
"""Bytes copied at a time."""

_EPOCH = (1980, 1, 1, 0, 0, 0)
_DAMAGE = (BadZipFile, EOFError, KeyError, NotImplementedError, RuntimeError, zlib.error)
_COMPRESSED = {".sqlite", ".json", ".yaml"}


class UnreadableError(ValueError):
    """A file of an archive cannot be read: what ``said`` says."""

    def __init__(self, said: Text) -> None:
        super().__init__(said.en)
        self.said = said


class Written(Protocol):
    """What a backup is written into."""

    def add(self, name: str, source: BinaryIO) -> tuple[str, int]:
        """Add a file; gives the SHA-256 and length of what was written."""


class _ZipWriter:
    def __init__(self, archive: ZipFile) -> None:
        self._archive = archive

    def add(self, name: str, source: BinaryIO) -> tuple[str, int]:
        info = ZipInfo(name, _EPOCH)
        info.external_attr = 0o600 << 16
        packed = Path(name).suffix in _COMPRESSED
        info.compress_type = ZIP_DEFLATED if packed else ZIP_STORED
        with self._archive.open(info, "w", force_zip64=True) as target:
            return copy(source, target)


class _FolderWriter:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def add(self, name: str, source: BinaryIO) -> tuple[str, int]:
        path = self._folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with open_new(path) as target:
            return copy(source, target)


def copy(source: BinaryIO, target: IO[bytes] | None, most: int | None = None) -> tuple[str, int]:
    """Copy ``source`` into ``target``; gives the SHA-256 and length of what was copied.

    Reads at most one byte more than ``most``, so that what is too long shows.
    """
    hash, length = hashlib.sha256(), 0
    while most is None or length <= most:
        chunk = source.read(CHUNK if most is None else min(CHUNK, most + 1 - length))
        if not chunk:
            break
        hash.update(chunk)
        length += len(chunk)
        if target is not None:
            target.write(chunk)
    return hash.hexdigest(), length


@contextmanager
def open_new(path: Path) -> Iterator[BinaryIO]:
    """A new file that only its owner may read, on the disk when it is closed."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    with os.fdopen(handle, "wb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def writing(out: Path, scratch: Path) -> Iterator[Written]:
    """Write an archive that appears as ``out`` when all went well: a zip if it is named so.

    Args:
        out: where it comes; nothing may be there, but for an empty folder.
        scratch: an empty folder beside it.

    Raises:
        FileExistsError: something came there in the meantime.
    """
    made = scratch / "made"
    if is_zip(out):
        with open_new(made) as file, ZipFile(file, "w", allowZip64=True) as archive:
            yield _ZipWriter(archive)
        place_new(made, out)
    else:
        made.mkdir(mode=0o700)
        yield _FolderWriter(made)
        sync_tree(made)
        if out.is_dir():
            out.rmdir()  # Which refuses if it is not empty.
        os.rename(made, out)
    sync_folder(out.parent)


def is_zip(path: Path) -> bool:
    """Whether a backup of that name is a zip and not a folder."""
    return path.suffix.lower() == ".zip"


@contextmanager
def scratch_beside(path: Path, stem: str) -> Iterator[Path]:
    """An empty folder in ``path``, gone afterwards: ``.STEM.….tmp``."""
    folder = path / f".{stem}.{uuid.uuid4().hex}{TEMPORARY}"
    folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class Archive:
    """A backup to read from: no name in it is followed out of it."""

    def __init__(self, path: Path) -> None:
        """Open it.

        Raises:
            UnreadableError: it is no folder and no zip.
        """
        self.path = path
        self._zip: ZipFile | None = None
        if not path.is_dir():
            try:
                self._zip = ZipFile(path)
            except (BadZipFile, ValueError, NotImplementedError, EOFError) as error:
                raise UnreadableError(damage(error)) from error

    def close(self) -> None:
        """Let go of the file."""
        if self._zip is not None:
            self._zip.close()

    def names(self) -> list[str]:
        """The names of all files in it, as they are, each as often as it is there."""
        if self._zip is not None:
            return [info.filename for info in self._zip.infolist() if not info.is_dir()]
        found = []
        for folder, _, files in os.walk(self.path):
            found += [(Path(folder) / file).relative_to(self.path).as_posix() for file in files]
        return sorted(found)

    @contextmanager
    def open(self, name: str) -> Iterator[BinaryIO]:
        """The content of a file that ``names`` gave.

        Raises:
            UnreadableError: it is damaged, locked, or no plain file.
        """
        try:
            if self._zip is not None:
                if self._zip.getinfo(name).compress_type not in (ZIP_STORED, ZIP_DEFLATED):
                    raise UnreadableError(OTHERWISE_PACKED)
                with self._zip.open(name) as member:
                    yield cast(BinaryIO, member)
            else:
                path = self.path / name
                inside = path.resolve().is_relative_to(self.path.resolve())
                if not inside or path.is_symlink() or not path.is_file():
                    raise UnreadableError(CUT_OFF)
                with path.open("rb") as file:
                    yield file
        except _DAMAGE as error:
            raise UnreadableError(damage(error)) from error
