"""A Parquet file, as data scientists and data warehouses export it."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pandas as pd

from evalkit.collect.files import MOST_ROWS
from evalkit.collect.reading.table import Table, of_frame
from evalkit.errors import EvalkitError
from evalkit.model.finding import Place


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
        return of_frame(file, _frame(content))
    except EvalkitError:
        raise
    except Exception as error:
        # A damaged file can fail anywhere inside the reader, also when its text is taken out.
        detail = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise EvalkitError("intake.unreadable", place, kind=".parquet", detail=detail) from error


def _frame(content: bytes) -> pd.DataFrame:
    """What it holds, with an index that has a name among the columns, and bytes as text."""
    frame = pd.read_parquet(BytesIO(content))
    if any(name is not None for name in frame.index.names):
        frame = frame.reset_index()
    columns = [frame.iloc[:, i].astype(object).map(_decoded) for i in range(frame.shape[1])]
    return pd.concat(columns, axis=1) if columns else frame


def _decoded(cell: Any) -> Any:
    return cell.decode("utf-8", "replace") if isinstance(cell, bytes) else cell
