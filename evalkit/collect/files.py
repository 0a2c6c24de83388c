"""Bounds on what is read, before it is opened."""

from __future__ import annotations

import json
import re
import stat
import struct
import zlib
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from evalkit.errors import EvalkitError
from evalkit.library.damage import damage
from evalkit.library.file_faults import fault
from evalkit.model.finding import Place
from evalkit.model.text import Text

MOST_ROWS = 200_000
"""Rows with values on one sheet, or in one file."""

MOST_CELLS = 10_000_000
"""Cells of one table, empty ones included."""

MOST_COLUMNS = 2_000
"""Columns of one table."""

MOST_MEGABYTES = 200
"""Size of a file, and of a zip once unpacked."""

MOST_PARTS = 2_000
"""Files in a zip."""

_MEGABYTE = 1_000_000

_MOST_TIMES = 250
"""How many times larger than the file a zip may unpack, once it is more than ``_HARMLESS``.

Real workbooks unpack to 5 to 50 times their size; what deflate can reach is about 1,030.
"""
_HARMLESS = 20 * _MEGABYTE

ZIP_ERRORS = (
    BadZipFile,
    ValueError,
    RuntimeError,
    NotImplementedError,
    OSError,
    EOFError,
    KeyError,
    zlib.error,
    struct.error,
)
"""What Python's ``zipfile`` raises on a damaged or foreign file."""


_NO_FILE = Text(nl="het is geen gewoon bestand", en="it is no ordinary file")
_NO_NAME = Text(nl="zo kan een bestand niet heten", en="no file can have that name")


def read_bounded(path: Path, most: int = MOST_MEGABYTES) -> bytes:
    """The content of a file that is not too large.

    Args:
        path: The file.
        most: Its largest size, in megabytes.

    Raises:
        EvalkitError: ``file.missing``, ``file.unreadable`` or ``intake.too_large``.
    """
    place = Place(file=path.name)
    try:
        found = path.stat()
        if found.st_size > most * _MEGABYTE:
            raise _too_large(place, found.st_size, most)
        if not (stat.S_ISREG(found.st_mode) or stat.S_ISDIR(found.st_mode)):
            # A pipe or device may never end.
            raise EvalkitError("file.unreadable", place, path=path.name, detail=_NO_FILE)
        with path.open("rb") as file:
            content = file.read(most * _MEGABYTE + 1)
    except FileNotFoundError:
        raise EvalkitError("file.missing", place, path=path.name) from None
    except (OSError, ValueError) as error:
        detail = fault(error) if isinstance(error, OSError) else _NO_NAME
        raise EvalkitError("file.unreadable", place, path=path.name, detail=detail) from error
    if len(content) > most * _MEGABYTE:
        raise _too_large(place, len(content), most)
    return content


def _too_large(place: Place, size: int, most: int = MOST_MEGABYTES) -> EvalkitError:
    return EvalkitError("intake.too_large", place, size=size // _MEGABYTE, limit=most)


def check_size(rows: int, columns: int, place: Place) -> None:
    """Refuse a table that would take more memory than there may be.

    Raises:
        EvalkitError: ``intake.too_many_columns`` or ``intake.too_many_cells``.
    """
    if columns > MOST_COLUMNS:
        raise EvalkitError("intake.too_many_columns", place, limit=MOST_COLUMNS)
    if rows * columns > MOST_CELLS:
        raise EvalkitError("intake.too_many_cells", place, limit=MOST_CELLS)


# Zips

_DIRECTORY_ENTRY = b"PK\x01\x02"
_ENCRYPTED = 0x1
_OUTSIDE = re.compile(r"(?:^|[\\/])\.\.(?:[\\/]|$)|^[\\/]|^[A-Za-z]:|\x00")


def unsafe(place: Place, nl: str, en: str) -> EvalkitError:
    """The error for a file that is made as no ordinary program makes it."""
    return EvalkitError("intake.unsafe", place, detail=Text(nl=nl, en=en))


def open_zip(content: bytes, place: Place, kind: str) -> ZipFile:
    """A zip of which everything that can be known without unpacking is in order.

    Python's ``zipfile`` never unpacks more of a part than the zip states, so stated sizes can be
    trusted as bounds.

    Args:
        content: The file.
        place: Where findings point.
        kind: What it should be: ``.xlsx``, ``.zip``.

    Raises:
        EvalkitError: ``intake.unreadable``, ``intake.unsafe``, ``intake.encrypted`` or
            ``intake.too_large``.
    """
    from io import BytesIO

    # Each entry costs memory as soon as the directory is read.
    if content.count(_DIRECTORY_ENTRY) > MOST_PARTS:
        most = f"{MOST_PARTS}"
        raise unsafe(
            place,
            f"er zitten meer dan {most} bestanden in",
            f"there are more than {most} files in it",
        )
    try:
        package = ZipFile(BytesIO(content))
    except ZIP_ERRORS as error:
        raise EvalkitError("intake.unreadable", place, kind=kind, detail=damage(error)) from error
    _check_entries(package.infolist(), place)
    return package


def _check_entries(entries: list[ZipInfo], place: Place) -> None:
    names = [entry.filename.casefold() for entry in entries]
    outside = next((e.filename for e in entries if _OUTSIDE.search(e.orig_filename)), None)
    if outside is not None:
        shown = outside[:80]
        raise unsafe(
            place,
            f"'{shown}' erin wijst naar een plek erbuiten",
            f"'{shown}' in it points to a place outside it",
        )
    if len(set(names)) < len(names):
        double = next(name for name in names if names.count(name) > 1)[:80]
        raise unsafe(place, f"'{double}' zit er twee keer in", f"'{double}' is in it twice")
    if any(entry.flag_bits & _ENCRYPTED for entry in entries):
        raise EvalkitError("intake.encrypted", place)
    if any(entry.compress_type not in (ZIP_STORED, ZIP_DEFLATED) for entry in entries):
        raise unsafe(
            place,
            "het is ingepakt op een manier die evalkit niet leest",
            "it is packed in a way that evalkit does not read",
        )


def refuse_bomb(entries: list[ZipInfo], size: int, place: Place) -> None:
    """Refuse parts that unpack to more than the bound, or than is likely for a file of ``size``.

    Raises:
        EvalkitError: ``intake.too_large`` or ``intake.unsafe``.
    """
    total = sum(entry.file_size for entry in entries)
    if total > MOST_MEGABYTES * _MEGABYTE:
        raise _too_large(place, total)
    if total > max(_HARMLESS, _MOST_TIMES * size):
        times = total // max(size, 1)
        raise unsafe(
            place,
            f"uitgepakt is het {times} keer zo groot",
            f"unpacked it is {times} times as large",
        )


# JSON

_MOST_VALUES = 5_000_000
_MOST_BRACKETS = 1_000_000
"""Values, and lists and objects, in one JSON text: each takes far more memory than text."""

_LONE_SURROGATE = re.compile(
    r"(\\\\|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})|\\u[dD][89a-fA-F][0-9a-fA-F]{2}"
)


class _DoubleKeyError(Exception):
    """A key that an object has twice."""


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        left = dict(found)
        raise _DoubleKeyError(next(key for key, _ in pairs if left.pop(key, pairs) is pairs))
    return found


def read_json(content: bytes, place: Place) -> Any:
    """What a JSON text holds.

    Raises:
        EvalkitError: ``intake.unreadable``, ``intake.too_many_cells`` or ``file.duplicate_key``.
    """
    brackets = content.count(b"[") + content.count(b"{")
    if content.count(b",") > _MOST_VALUES or brackets > _MOST_BRACKETS:
        raise EvalkitError("intake.too_many_cells", place, limit=_MOST_VALUES)
    try:
        text = content.decode("utf-8-sig")
        if "\\u" in text:
            # Half a character is no text: it could be neither stored nor shown.
            text = _LONE_SURROGATE.sub(lambda m: m[1] or r"\ufffd", text)
        return json.loads(text, object_pairs_hook=_without_doubles)
    except _DoubleKeyError as error:
        raise EvalkitError("file.duplicate_key", place, key=str(error)[:80]) from None
    except (ValueError, RecursionError) as error:
        where = place.model_copy(update={"line": getattr(error, "lineno", None)})
        detail = damage(error)
        raise EvalkitError("intake.unreadable", where, kind=".json", detail=detail) from error
