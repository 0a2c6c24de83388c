"""A Parquet file, as data scientists and data warehouses export it."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd

from evalkit.collect.files import MOST_MEGABYTES, MOST_ROWS, check_size
from evalkit.collect.reading.csv import MOST_CHARACTERS
from evalkit.collect.reading.table import Table, of_frame
from evalkit.errors import EvalkitError
from evalkit.library.damage import TOO_LONG, damage
from evalkit.model.finding import Place

_FIXED = frozenset(
    [
        "BOOLEAN",
        "TINYINT",
        "SMALLINT",
        "INTEGER",
        "BIGINT",
        "HUGEINT",
        "UTINYINT",
        "USMALLINT",
        "UINTEGER",
        "UBIGINT",
        "FLOAT",
        "DOUBLE",
        "DATE",
        "TIME",
        "TIMESTAMP",
    ]
)
"""Types of which every value takes as much memory."""


def parquet_table(file: str, content: bytes) -> Table:
    """The content of a Parquet file as a table.

    Raises:
        EvalkitError: it cannot be read, or is too large.
    """
    place = Place(file=file)
    try:
        # Without columns only the footer is read: a few kilobytes can hold a billion rows.
        rows = len(pd.read_parquet(BytesIO(content), columns=[]))
        if rows > MOST_ROWS:
            raise EvalkitError("intake.too_many_rows", place, limit=MOST_ROWS)
        _check_size(content, rows, place)
        return of_frame(file, _frame(content))
    except EvalkitError:
        raise
    except Exception as error:
        # A damaged file can fail anywhere inside the reader, also when its text is taken out.
        raise EvalkitError(
            "intake.unreadable", place, kind=".parquet", detail=damage(error)
        ) from error


def _check_size(content: bytes, rows: int, place: Place) -> None:
    """Refuse what takes far more memory than it takes in the file, where equal cells are one.

    Raises:
        EvalkitError: it has too many cells, or too much text.
    """
    from evalkit.collect.columnar import connected

    with TemporaryDirectory(prefix="evalkit-") as folder:
        path = Path(folder) / "rows.parquet"
        path.write_bytes(content)
        with connected(folder) as connection:
            table = connection.read_parquet(str(path))
            check_size(rows, len(table.columns), place)
            lengths = [
                'strlen(CAST("{}" AS VARCHAR))'.format(name.replace('"', '""'))
                for name, kind in zip(table.columns, table.types, strict=True)
                if str(kind) not in _FIXED
            ]
            if not lengths:
                return
            sums = ", ".join(f"max({length}), sum({length})" for length in lengths)
            (found,) = table.aggregate(sums).fetchall()
    longest, total = max(n or 0 for n in found[::2]), sum(n or 0 for n in found[1::2])
    if longest > MOST_CHARACTERS:
        raise EvalkitError("intake.unreadable", place, kind=".parquet", detail=TOO_LONG)
    if total > MOST_MEGABYTES * 1_000_000:
        sizes = {"size": int(total) // 1_000_000, "limit": MOST_MEGABYTES}
        raise EvalkitError("intake.too_large", place, **sizes)


def _frame(content: bytes) -> pd.DataFrame:
    """What it holds, with an index that has a name among the columns, and bytes as text."""
    frame = pd.read_parquet(BytesIO(content))
    if any(name is not None for name in frame.index.names):
        frame = frame.reset_index()
    columns = [frame.iloc[:, i].astype(object).map(_decoded) for i in range(frame.shape[1])]
    return pd.concat(columns, axis=1) if columns else frame


def _decoded(cell: Any) -> Any:
    return cell.decode("utf-8", "replace") if isinstance(cell, bytes) else cell
