"""Deliveries of more rows than fit in memory: read by columns, a part at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import pandas as pd

from evalkit.collect.checks import PartCheck, specs_of
from evalkit.collect.columnar import connected, opened
from evalkit.collect.columns import ColumnSpec
from evalkit.collect.delivery import Part
from evalkit.collect.files import MOST_MEGABYTES, MOST_ROWS
from evalkit.collect.reading.csv import separator_of
from evalkit.collect.reading.kinds import CSV, PARQUET
from evalkit.collect.reading.table import Table, of_frame
from evalkit.errors import EvalkitError
from evalkit.library.damage import UNEVEN
from evalkit.model.design import Design
from evalkit.model.finding import Place

MOST_LARGE_ROWS = 100_000_000
"""Rows of one file, at the very most."""

_HEAD = 200
_SNIFFED = 1 << 20
_AT_ONCE = 25_000
_BLOCK = 1 << 24


class Large(NamedTuple):
    """A large table as Parquet."""

    path: Path
    first_row: int
    """Row number of its first row in the file that came."""


def is_large(path: Path) -> bool:
    """Whether a table holds more rows, or a larger file, than is read into memory."""
    suffix = path.suffix.lower()
    if suffix not in CSV | PARQUET or not path.is_file():
        return False
    if suffix in PARQUET:
        return _parquet_rows(path) > MOST_ROWS
    if path.stat().st_size > MOST_MEGABYTES * 1_000_000:
        return True
    lines = 0
    with path.open("rb") as file:
        while lines <= MOST_ROWS and (block := file.read(_BLOCK)):
            lines += block.count(b"\n")
    return lines > MOST_ROWS


def _parquet_rows(path: Path) -> int:
    """Rows that the footer of a Parquet file states; 0 if it cannot be read."""
    try:
        with opened(path) as rows:
            return rows.stored
    except EvalkitError:
        return 0


@contextmanager
def large_table(path: Path) -> Iterator[Large]:
    """A large file as Parquet; a CSV is turned into one, in a temporary folder.

    Raises:
        EvalkitError: ``intake.unreadable`` or ``intake.too_many_rows``.
    """
    with TemporaryDirectory(prefix="evalkit-") as folder:
        large = Large(path, 1)
        if path.suffix.lower() in CSV:
            large = Large(_from_csv(path, folder), 2)
        with opened(large.path) as rows:
            if rows.stored > MOST_LARGE_ROWS:
                limit = MOST_LARGE_ROWS
                raise EvalkitError("intake.too_many_rows", Place(file=path.name), limit=limit)
        yield large


def _from_csv(path: Path, folder: str) -> Path:
    """The cells of a CSV file as text, in Parquet."""
    import duckdb

    with path.open("rb") as file:
        head = file.read(_SNIFFED)
    text, encoding = _decoded(head)
    separator, skipped = separator_of(text)
    target = Path(folder) / path.with_suffix(".parquet").name.replace("*", "_").replace("[", "_")
    link = Path(folder) / "rows.csv"
    link.symlink_to(path.resolve())
    try:
        with connected(folder) as connection:
            connection.execute("SET preserve_insertion_order = true")
            connection.read_csv(
                str(link),
                header=True,
                sep=separator,
                skiprows=skipped,
                all_varchar=True,
                encoding=encoding,
                quotechar='"',
                escapechar='"',
            ).write_parquet(str(target))
    except duckdb.Error as error:
        place = Place(file=path.name)
        raise EvalkitError("intake.unreadable", place, kind=".csv", detail=UNEVEN) from error
    return target


def _decoded(head: bytes) -> tuple[str, str]:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return head.decode("utf-16", "replace"), "utf-16"
    try:
        # The last character may be cut in two.
        return head[: head.rfind(b"\n") + 1 or None].decode("utf-8-sig"), "utf-8"
    except UnicodeDecodeError:
        return head.decode("cp1252", "replace"), "latin-1"


def head_of(large: Large, file: str) -> Table:
    """The first rows, as a table of its own that tells what the file holds."""
    with opened(large.path) as rows:
        rows.read([])
        return of_frame(file, rows.head(_HEAD))


def typed_frames(large: Large, part: Part, design: Design) -> Iterator[pd.DataFrame]:
    """The rows of a file that passed the checks, typed and scored as ``check_part`` does."""
    with opened(large.path) as rows:
        rows.read(list(rows.columns), large.first_row)
        for frame, numbers in rows.frames(_AT_ONCE):
            origin = replace(part.origin, rows=numbers)
            some = replace(part, frame=frame, origin=origin)
            yield _Passed(some, design, specs_of(part, design), whole=False).run().frame


class _Passed(PartCheck):
    """Rows of a table in which nothing is personal: that is known of the whole."""

    def _personal_kind(self, spec: ColumnSpec) -> str | None:
        return None
