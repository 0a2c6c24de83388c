"""The vault: immutable files under the hash of their content."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import re
import time
import uuid
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from evalkit.store import parquet
from evalkit.store.durable import (
    TEMPORARY,
    DamagedError,
    MissingError,
    make_folder,
    sync_folder,
    write_file,
)

if TYPE_CHECKING:
    import pandas as pd

_HASH = re.compile(r"[0-9a-f]{64}")
_ROWS = "parquet"
_ORIGINAL = "original"


class Kept(NamedTuple):
    """Rows that are in the vault already."""

    blob: str
    """Their hash."""
    rows: int


class Vault:
    """A folder of files named by the SHA-256 of what they hold: ``ab/abcdef….parquet``.

    A file in it is complete and never changes. Several processes may use one vault at once.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, frame: pd.DataFrame) -> str:
        """Keep the rows of ``frame`` (not its index) and give their hash.

        Raises:
            ValueError: not every value would come back as it is.
        """
        return self._keep(parquet.encode(frame), _ROWS)

    def put_frames(self, frames: Iterable[pd.DataFrame]) -> Kept:
        """Keep rows that come some at a time, as one file that is never in memory as a whole.

        Raises:
            ValueError: not every value can be kept.
        """
        folder = self.folder / "00"
        make_folder(folder)
        temporary = folder / f".{uuid.uuid4().hex}{TEMPORARY}"
        try:
            rows = parquet.write(frames, temporary)
            with temporary.open("rb") as file:
                hash = hashlib.file_digest(file, "sha256").hexdigest()
                os.fsync(file.fileno())
            path = self._path(hash, _ROWS)
            make_folder(path.parent)
            os.replace(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)
        sync_folder(path.parent)
        return Kept(hash, rows)

    def path(self, hash: str) -> Path:
        """Where the rows under ``hash`` are, for who reads them a part at a time.

        Raises:
            MissingError: there are none.
            DamagedError: the file does not hold what its name says.
        """
        path = self._path(hash, _ROWS)
        try:
            with path.open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except FileNotFoundError:
            raise MissingError(path) from None
        if found != hash:
            raise DamagedError(path, f"its content has hash {found}")
        return path

    def get(self, hash: str) -> pd.DataFrame:
        """The rows under ``hash``, with a fresh index.

        Raises:
            MissingError: there are none.
            DamagedError: the file does not hold what its name says.
            ValueError: ``hash`` is not a SHA-256 in hexadecimal.
        """
        return parquet.decode(self._read(hash, _ROWS))

    def columns(self, hash: str) -> dict[str, list[Any]]:
        """The same rows column by column, as plain values; None for what is missing.

        Raises:
            MissingError: there are none.
            DamagedError: the file does not hold what its name says.
            ValueError: ``hash`` is not a SHA-256 in hexadecimal.
        """
        return parquet.columns(self._read(hash, _ROWS))

    def put_bytes(self, data: bytes) -> str:
        """Keep a file as it came in and give its hash."""
        return self._keep(data, _ORIGINAL)

    def get_bytes(self, hash: str) -> bytes:
        """The file under ``hash``, as it came in.

        Raises:
            MissingError: there is none.
            DamagedError: the file does not hold what its name says.
            ValueError: ``hash`` is not a SHA-256 in hexadecimal.
        """
        return self._read(hash, _ORIGINAL)

    def sweep(self, older_than: dt.timedelta = dt.timedelta(hours=1)) -> int:
        """Remove what writers that died left half-written, and give the number of files.

        Younger than ``older_than`` stays: it may be of a writer at work.
        """
        limit = time.time() - older_than.total_seconds()
        removed = 0
        for path in self.folder.glob(f"??/.*{TEMPORARY}"):
            try:
                if path.stat().st_mtime <= limit:
                    path.unlink()
                    removed += 1
            except FileNotFoundError:  # Its writer was at work and has renamed it.
                continue
        return removed

    def _path(self, hash: str, kind: str) -> Path:
        if not _HASH.fullmatch(hash):
            raise ValueError(f"{hash!r} is not a SHA-256 in hexadecimal")
        return self.folder / hash[:2] / f"{hash}.{kind}"

    def _keep(self, data: bytes, kind: str) -> str:
        hash = hashlib.sha256(data).hexdigest()
        path = self._path(hash, kind)
        if path.is_file() and path.read_bytes() == data:
            # Another writer may have been killed between its rename and its sync.
            sync_folder(path.parent)
        else:
            write_file(path, data)
        return hash

    def _read(self, hash: str, kind: str) -> bytes:
        path = self._path(hash, kind)
        try:
            with open(path, "rb", buffering=0) as file:
                data = file.read()
        except FileNotFoundError:
            raise MissingError(path) from None
        found = hashlib.sha256(data).hexdigest()
        if found != hash:
            raise DamagedError(path, f"its content has hash {found}")
        return data
