"""CSV in the dialects in which schools export it."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from io import StringIO
from itertools import islice

from evalkit.collect.files import MOST_CELLS, MOST_COLUMNS, MOST_ROWS, check_size
from evalkit.collect.reading.table import Table, headed
from evalkit.collect.spelling import clean
from evalkit.errors import EvalkitError
from evalkit.library.damage import TOO_LONG
from evalkit.model.finding import Place
from evalkit.model.safe_text import restored

_SEPARATORS = (";", "\t", ",")
_SNIFFED = 20

MOST_CHARACTERS = 131_072
"""Characters in one cell of a CSV file."""

_MOST_IN_RECORD = 4_000_000
"""Characters in one row."""


def csv_table(file: str, content: bytes) -> Table:
    """The content of a CSV file as a table.

    Semicolons, commas or tabs; UTF-8 (with or without mark), UTF-16 with mark, or Windows-1252.

    Raises:
        EvalkitError: it cannot be read as a table, or is too large.
    """
    place = Place(file=file)
    text = _decoded(content)
    separator, skipped = separator_of(text)
    try:
        lines = list(islice(_records(text, separator, place), MOST_ROWS + 100))
    except csv.Error as error:
        raise EvalkitError("intake.unreadable", place, kind=".csv", detail=TOO_LONG) from error
    if len(lines) > MOST_ROWS:
        raise EvalkitError("intake.too_many_rows", place, limit=MOST_ROWS)
    numbered = [(n, line) for n, line in enumerate(lines, start=1) if any(map(clean, line))]
    numbered = [pair for pair in numbered if pair[0] > skipped]
    if not numbered:
        raise EvalkitError("intake.empty", place)
    return headed(file, numbered)


class _Lines:
    """The lines of a text, until one record has taken too many characters of them.

    The reader asks for lines as long as a quote is open, and puts all cells of a line in memory.
    """

    def __init__(self, text: str) -> None:
        self.lines = StringIO(text, newline="")
        self.taken = 0

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = next(self.lines)
        self.taken += len(line)
        if self.taken > _MOST_IN_RECORD:
            raise csv.Error(f"a row holds more than {_MOST_IN_RECORD} characters")
        return line


def _records(text: str, separator: str, place: Place) -> Iterator[list[str]]:
    """The records of a text, without empty cells past the last column there can be."""
    lines, cells = _Lines(text), 0
    for record in csv.reader(lines, delimiter=separator):
        lines.taken = 0
        while len(record) > MOST_COLUMNS and not record[-1]:
            record.pop()
        check_size(1, len(record), place)
        cells += len(record)
        if cells > MOST_CELLS:
            raise EvalkitError("intake.too_many_cells", place, limit=MOST_CELLS)
        # csv has a limit of its own, but any other package in the process may have lifted it.
        if max(map(len, record), default=0) > MOST_CHARACTERS:
            raise csv.Error(f"a cell holds more than {MOST_CHARACTERS} characters")
        yield [restored(cell) for cell in record]


def _decoded(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace").replace("\x00", "")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", "replace")
    return text.replace("\x00", "")


def separator_of(text: str) -> tuple[str, int]:
    """The separator, and how many lines at the top only name it (Excel's ``sep=;``)."""
    first = text.split("\n", 1)[0].strip().lower()
    if first.startswith("sep=") and len(first) == 5:
        return first[4], 1
    top = text[:_MOST_IN_RECORD]
    lines = list(islice((line for line in top.splitlines() if line.strip()), _SNIFFED))

    def cells(separator: str) -> int:
        try:
            return len(next(csv.reader(lines, delimiter=separator), []))
        except csv.Error:
            return 0

    return max(_SEPARATORS, key=cells), 0
