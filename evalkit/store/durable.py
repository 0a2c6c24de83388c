"""Files that are complete or absent, whatever dies in between."""

from __future__ import annotations

import os
import uuid
from pathlib import Path

from evalkit.errors import PortableError

TEMPORARY = ".tmp"
"""How the name of a half-written file ends."""


class DamagedError(PortableError, ValueError):
    """A file of the workspace does not hold what it should: ``path``, and ``detail`` why."""

    def __init__(self, path: Path, detail: str) -> None:
        self.path = path
        self.detail = detail
        super().__init__(f"{path} is damaged: {detail}")


class MissingError(PortableError, ValueError):
    """A file the workspace refers to is gone: ``path``."""

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(f"{path} is missing")


def sync_folder(folder: Path) -> None:
    """Make what was created or renamed in ``folder`` survive a power cut."""
    if os.name == "nt":  # Windows has no handle on a folder to sync.
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def make_folder(folder: Path) -> None:
    """Create ``folder`` and what lies above it, durably; already there is fine."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    sync_folder(folder.parent)


def write_file(path: Path, data: bytes) -> None:
    """Put ``data`` at ``path``, replacing what is there: wholly or not at all, and durably."""
    make_folder(path.parent)
    temporary = path.with_name(f".{path.stem}.{uuid.uuid4().hex}{TEMPORARY}")
    try:
        with temporary.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
    sync_folder(path.parent)


def place_new(temporary: Path, path: Path) -> None:
    """Give a file that is on the disk its name, unless that is taken. Sync the folder after it.

    Raises:
        FileExistsError: it is taken.
    """
    try:
        os.link(temporary, path)
    except FileExistsError:
        raise
    except OSError:  # A disk that knows no links, such as an USB stick.
        if path.exists():
            raise FileExistsError(path) from None
        os.rename(temporary, path)
    else:
        temporary.unlink()


def sync_tree(folder: Path) -> None:
    """Make a folder and all folders in it survive a power cut; their files are synced already."""
    for inner, _, _ in os.walk(folder):
        sync_folder(Path(inner))
