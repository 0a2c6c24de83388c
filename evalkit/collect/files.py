"""Bounds on what is read, before it is opened."""

from __future__ import annotations

from pathlib import Path
from zipfile import BadZipFile, ZipFile

from evalkit.errors import EvalkitError
from evalkit.model.finding import Place

MOST_ROWS = 200_000
"""Rows with values on one sheet, or in one file."""

MOST_MEGABYTES = 200
"""Size of a file, and of a workbook once unzipped."""

_MEGABYTE = 1_000_000


def read_bounded(path: Path) -> bytes:
    """The content of a file that is not too large.

    Raises:
        EvalkitError: ``file.missing``, ``file.unreadable`` or ``intake.too_large``.
    """
    place = Place(file=path.name)
    try:
        size = path.stat().st_size
        if size > MOST_MEGABYTES * _MEGABYTE:
            raise EvalkitError("intake.too_large", place, **_sizes(size))
        return path.read_bytes()
    except FileNotFoundError:
        raise EvalkitError("file.missing", place, path=path.name) from None
    except OSError as error:
        detail = error.strerror or type(error).__name__
        raise EvalkitError("file.unreadable", place, path=path.name, detail=detail) from error


def refuse_zip_bomb(content: bytes, place: Place) -> None:
    """Refuse a zip that unpacks to more than the bound.

    The sizes are those the zip states; Python's ``zipfile`` never unpacks more than stated.

    Raises:
        EvalkitError: ``intake.too_large`` or ``intake.unreadable``.
    """
    from io import BytesIO

    try:
        with ZipFile(BytesIO(content)) as package:
            size = sum(info.file_size for info in package.infolist())
    except (BadZipFile, ValueError, NotImplementedError, OSError) as error:
        detail = str(error) or type(error).__name__
        raise EvalkitError("intake.unreadable", place, kind=".xlsx", detail=detail) from error
    if size > MOST_MEGABYTES * _MEGABYTE:
        raise EvalkitError("intake.too_large", place, **_sizes(size))


def _sizes(size: int) -> dict[str, int]:
    return {"size": size // _MEGABYTE, "limit": MOST_MEGABYTES}
