"""The tables in other formats: Parquet for software, one workbook for people."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from io import BytesIO
from typing import Any

import pandas as pd
import xlsxwriter

from evalkit.model.safe_text import neutral

MADE = dt.datetime(2000, 1, 1)
"""The day that workbooks say they were made, so that the same tables give the same bytes."""

MOST_ROWS = 20_000
"""Rows of a table above which it has no sheet: a workbook is for reading."""

_WIDEST = 40


def to_parquet(table: pd.DataFrame, types: Mapping[str, str]) -> bytes:
    """A table as Parquet, with the types of its columns.

    Args:
        table: as ``frame`` gives it: numbers and truth values as their text.
        types: Table Schema type of each column: integer, number, boolean or string.
    """
    typed: dict[str, Any] = {}
    for name in table.columns:
        cells = table[name]
        if types[name] == "boolean":
            typed[name] = cells.map({"TRUE": True, "FALSE": False}).astype("boolean")
        elif types[name] == "string":
            typed[name] = cells.astype("string")
        else:
            whole = types[name] == "integer"
            typed[name] = pd.to_numeric(cells).astype("Int64" if whole else "float64")
    buffer = BytesIO()
    pd.DataFrame(typed, columns=list(table.columns)).to_parquet(buffer, index=False)
    return buffer.getvalue()


Sheet = tuple[pd.DataFrame | int, Mapping[str, str]]
"""A table, or its number of rows where these are too many; and the types of its columns."""


def to_xlsx(tables: Mapping[str, Sheet]) -> bytes:
    """All tables as one workbook, a sheet each: numbers as numbers, headers that stay in view.

    Text that looks like a formula or a link stays text. Where there is only the number
    of rows, the sheet says that they are too many, and where the table is.
    """
    buffer = BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(buffer, options)
    book.set_properties({"author": "evalkit", "created": MADE})
    head = book.add_format({"bold": True, "bottom": 1})
    for name, (table, types) in tables.items():
        sheet = book.add_worksheet(name[:31])
        if isinstance(table, int):
            said = (
                f"{table:,} rows: too many for a sheet. See {name}.csv, or parquet/{name}.parquet."
            )
            sheet.write_string(0, 0, said)
            continue
        sheet.freeze_panes(1, 1)
        for column, header in enumerate(table.columns):
            sheet.write_string(0, column, neutral(str(header)), head)
            cells = table[header].tolist()
            sheet.set_column(column, column, _width(str(header), cells))
            for row, cell in enumerate(cells, start=1):
                if cell is None or cell == "" or cell is pd.NA:
                    continue
                if types.get(str(header)) in ("integer", "number"):
                    sheet.write_number(row, column, float(cell))
                elif types.get(str(header)) == "boolean":
                    sheet.write_boolean(row, column, cell == "TRUE")
                else:
                    sheet.write_string(row, column, neutral(str(cell)))
        if len(table):
            sheet.autofilter(0, 0, len(table), len(table.columns) - 1)
    book.close()
    return buffer.getvalue()


def _width(header: str, cells: list[object]) -> int:
    longest = max((len(str(cell)) for cell in cells[:200] if cell is not None), default=0)
    return min(_WIDEST, max(len(header), longest) + 2)
