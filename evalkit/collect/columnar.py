"""A table of millions of rows, asked with SQL in bounded memory: Parquet, read by DuckDB.

Columns have names of their own in SQL (``c0``, ``c1``, …; ``rn`` is the row number), so that no
header of a file is ever part of a statement; values are bound as parameters.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from evalkit.errors import EvalkitError
from evalkit.library.damage import CUT_OFF
from evalkit.model.finding import Place

if TYPE_CHECKING:
    import duckdb
    from numpy.typing import NDArray

MEMORY = "250MB"
"""What DuckDB may use; what does not fit goes to a temporary folder."""

CHUNK = 50_000
"""Different values, or rows, that are looked at together outside DuckDB."""

BLANKS = (
    r"[\s\x0b\x1c-\x1f\x{85}\x{a0}\x{1680}\x{2000}-\x{200b}\x{2028}\x{2029}\x{202f}\x{205f}"
    r"\x{3000}\x{feff}]"
)
"""What ``clean`` takes for a blank, as a pattern of RE2."""

HIDDEN = (
    r"[\x00-\x08\x0e-\x1b\x7f-\x{84}\x{86}-\x{9f}\x{ad}\x{61c}\x{180e}\x{200b}\x{200e}\x{200f}"
    r"\x{202a}-\x{202e}\x{2060}-\x{206f}\x{feff}\x{fff9}-\x{fffb}\x{e0000}-\x{e007f}]"
)
"""What ``clean`` leaves out, as a pattern of RE2."""

SHOWN = f"[^{BLANKS[1:-1]}{HIDDEN[1:-1]}]"
"""A sign that ``clean`` keeps; a text without one is empty."""

_LEADING = 250_000
"""Rows at the top of the file that are searched before all are."""

_NAMED = re.compile(r"\$(v[0-9]+)\b")
_FLOATS = ("FLOAT", "DOUBLE")
_WHOLES = (
    *("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT"),
    *("UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT"),
)


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the file, as SQL knows it."""

    header: str
    sql: str
    """Its name in SQL."""
    stored: str
    """Its type in the file."""
    is_number: bool = False
    """Whether it is asked as a number; as text otherwise."""

    @property
    def is_numeric(self) -> bool:
        """Whether the file holds it as numbers."""
        return self.stored in (*_FLOATS, *_WHOLES) or self.stored.startswith("DECIMAL")

    @property
    def is_whole(self) -> bool:
        """Whether the file holds it as whole numbers."""
        return self.stored in _WHOLES

    @property
    def present(self) -> str:
        """Condition: the cell is not empty."""
        has_nan = self.is_number and self.stored in _FLOATS
        return f"({self.sql} IS NOT NULL{f' AND NOT isnan({self.sql})' if has_nan else ''})"

    def read_as(self) -> str:
        """What the column of the file becomes: its numbers, or its text in canonical form."""
        raw = quoted(self.header)
        if self.is_number:
            return raw
        if self.stored in _FLOATS:
            whole = f"{raw} = floor({raw}) AND abs({raw}) < 1e15"
            text = f"CASE WHEN {whole} THEN {raw}::BIGINT::VARCHAR ELSE {raw}::VARCHAR END"
            return f"CASE WHEN NOT isnan({raw}) THEN {text} END"
        if self.stored == "BOOLEAN":
            return f"CASE WHEN {raw} THEN 'True' WHEN NOT {raw} THEN 'False' END"
        if self.stored.startswith("TIMESTAMP"):
            return f"regexp_replace({raw}::VARCHAR, ' 00:00:00$', '')"
        return raw if self.stored == "VARCHAR" else f"{raw}::VARCHAR"


def quoted(name: str) -> str:
    """A name as SQL takes it, whatever is in it."""
    return '"' + name.replace('"', '""') + '"'


class Rows:
    """The rows of one file. Made by ``opened``."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, file: str, path: Path) -> None:
        self.file = file
        self._connection = connection
        self._values: dict[str, Any] = {}
        self._raw = connection.read_parquet(str(path), file_row_number=True)
        pairs = zip(self._raw.columns, self._raw.types, strict=True)
        stored = {name: str(type) for name, type in pairs if name != "file_row_number"}
        self.columns = {
            header: Column(header, f"c{number}", type)
            for number, (header, type) in enumerate(stored.items())
        }
        self.count = 0
        """Rows that are asked, once they are."""
        self.first_row = 1

    @property
    def stored(self) -> int:
        """Rows of the file, empty ones included."""
        return int(self._raw.aggregate("count(*)").fetchall()[0][0])

    def read(self, numbers: Sequence[str], first_row: int = 1) -> None:
        """Make the rows ready to be asked.

        Args:
            numbers: Headers of the columns that are asked as numbers, where the file holds them so.
            first_row: Row number of the first row, as a person sees it.
        """
        self.columns = {
            header: Column(header, c.sql, c.stored, c.is_numeric and header in numbers)
            for header, c in self.columns.items()
        }
        shown = [f"{c.read_as()} AS {c.sql}" for c in self.columns.values()]
        self.first_row = int(first_row)
        shown.append(f"file_row_number + {self.first_row} AS rn")
        cells = self._raw.project(", ".join(shown))
        cells.create_view("rows", replace=True)
        self.count = self.one("SELECT count(*) FROM rows")[0]
        if self._has_empty_rows():
            filled = " OR ".join(f"{c.sql} IS NOT NULL" for c in self.columns.values())
            cells.filter(filled).create_view("rows", replace=True)
            self.count = self.one("SELECT count(*) FROM rows")[0]

    def _has_empty_rows(self) -> bool:
        """Whether there are rows without any value; those are no rows."""
        names = [column.sql for column in self.columns.values()]
        for name in names:
            (filled,) = self.one(f"SELECT count({name}) FROM rows")
            if filled == self.count:
                return False
        empty = " AND ".join(f"{name} IS NULL" for name in names)
        return bool(self.one(f"SELECT count(*) FROM rows WHERE {empty}")[0])

    def head(self, count: int) -> pd.DataFrame:
        """The first rows, under the file's headers."""
        names = ", ".join(column.sql for column in self.columns.values())
        sql = f"SELECT {names} FROM rows ORDER BY rn LIMIT {int(count)}"
        return pd.DataFrame(self.all(sql), columns=list(self.columns), dtype=object)

    def frames(self, size: int) -> Iterator[tuple[pd.DataFrame, NDArray[np.int64]]]:
        """All cells in the order of the file, some rows at a time, and their row numbers."""
        names = ", ".join(["rn", *(column.sql for column in self.columns.values())])
        self._connection.execute("SET preserve_insertion_order = true")
        for found in self.chunks(f"SELECT {names} FROM rows", size):
            cells = pd.DataFrame(found, columns=["rn", *self.columns], dtype=object)
            rows = cells.pop("rn").to_numpy(dtype=np.int64)
            yield cells, rows

    def bind(self, value: Any) -> str:
        """A value as a parameter of the statements of this table."""
        name = f"v{len(self._values)}"
        self._values[name] = value
        return f"${name}"

    def listed(self, values: Sequence[Any]) -> str:
        """Values as a list of parameters, for ``IN``."""
        return "(" + ", ".join(map(self.bind, values)) + ")"

    def _bound(self, sql: str) -> dict[str, Any]:
        return {name: self._values[name] for name in _NAMED.findall(sql)}

    def all(self, sql: str) -> list[tuple[Any, ...]]:
        """All rows of an answer."""
        return self._connection.execute(sql, self._bound(sql)).fetchall()

    def one(self, sql: str) -> tuple[Any, ...]:
        """The only row of an answer."""
        return self.all(sql)[0]

    def chunks(self, sql: str, size: int = CHUNK) -> Iterator[list[tuple[Any, ...]]]:
        """An answer of any length, some rows at a time."""
        cursor = self._connection.cursor()
        try:
            cursor.execute(sql, self._bound(sql))
            while rows := cursor.fetchmany(size):
                yield rows
        finally:
            cursor.close()

    def numbers(self, sql: str, most: int, dtype: str) -> NDArray[Any]:
        """An answer of one column of numbers, packed.

        Args:
            sql: The statement.
            most: Rows of the answer at most.
            dtype: The numpy type of its values.
        """
        found, here = np.empty(most, dtype=dtype), 0
        cursor = self._connection.cursor()
        try:
            cursor.execute(sql, self._bound(sql))
            while len(chunk := cursor.fetch_df_chunk(100)):
                values = chunk.iloc[:, 0].to_numpy(dtype=dtype)
                found[here : here + len(values)] = values
                here += len(values)
        finally:
            cursor.close()
        return found[:here]

    def first_rows(self, condition: str, most: int) -> list[int]:
        """The first row numbers of the rows where a condition holds."""
        order = f"ORDER BY rn LIMIT {int(most)}"
        if self.count > 2 * _LEADING:
            # Where much is wrong, the first rows are soon found.
            leading = f"rn <= {self.first_row + _LEADING} AND ({condition})"
            rows = self.all(f"SELECT rn FROM rows WHERE {leading} {order}")
            if len(rows) == most:
                return [row for (row,) in rows]
        return [row for (row,) in self.all(f"SELECT rn FROM rows WHERE {condition} {order}")]

    def among(self, expression: str, values: Sequence[Any]) -> str:
        """Condition: an expression is one of many values."""
        if len(values) < 20:
            return f"{expression} IN {self.listed(values)}"
        return f"{expression} IN (SELECT unnest({self.bind(list(values))}))"

    def frame(self, numbers: Sequence[int]) -> tuple[pd.DataFrame, NDArray[np.int64]]:
        """The cells of some rows under the file's headers, in order, and their row numbers."""
        names = ", ".join(["rn", *(c.sql for c in self.columns.values())])
        found: list[tuple[Any, ...]] = []
        if numbers:
            wanted = self.among("rn", sorted(set(numbers)))
            found = self.all(f"SELECT {names} FROM rows WHERE {wanted} ORDER BY rn")
        cells = pd.DataFrame(found, columns=["rn", *self.columns], dtype=object)
        rows = cells.pop("rn").to_numpy(dtype=np.int64)
        return cells, rows


@contextmanager
def opened(path: Path) -> Iterator[Rows]:
    """The rows of a Parquet file.

    Raises:
        EvalkitError: ``file.missing``, or ``intake.unreadable``: it is no Parquet, or breaks off.
    """
    import duckdb

    place = Place(file=path.name)
    if not path.is_file():
        raise EvalkitError("file.missing", place, path=path.name)
    with tempfile.TemporaryDirectory(prefix="evalkit-") as folder:
        # Under a name of our own: one with a * or [ in it would stand for several files.
        link = Path(folder) / "rows.parquet"
        os.symlink(path.resolve(), link)
        with connected(folder) as connection:
            try:
                yield Rows(connection, path.name, link)
            except (duckdb.IOException, duckdb.InvalidInputException) as error:
                raise EvalkitError(
                    "intake.unreadable", place, kind=".parquet", detail=CUT_OFF
                ) from error


@contextmanager
def connected(folder: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """DuckDB without a database, within ``MEMORY``; what does not fit goes to ``folder``."""
    import duckdb

    settings: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": MEMORY,
        "temp_directory": str(Path(folder) / "spill"),
        "preserve_insertion_order": "false",
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
    }
    connection = duckdb.connect(":memory:", config=settings)
    try:
        yield connection
    finally:
        connection.close()


def spread(values: Mapping[Any, int], most: int) -> list[Any]:
    """Values as often as they are counted, in proportion where that would be more than ``most``."""
    total = sum(values.values())
    part = 1.0 if total <= most else most / total
    counts = [max(1, round(count * part)) for count in values.values() if count]
    found = np.empty(len(counts), dtype=object)
    found[:] = [value for value, count in values.items() if count]
    return list(np.repeat(found, counts))
