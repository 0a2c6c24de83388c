"""The tables as one workbook, for people."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from io import BytesIO

import xlsxwriter

from evalkit.model.safe_text import neutral
from evalkit.synthesis.tables import Cells

MADE = dt.datetime(2000, 1, 1)
"""The day that workbooks say they were made, so that the same tables give the same bytes."""

MOST_ROWS = 20_000
"""Rows of a table above which it has no sheet: a workbook is for reading."""

_WIDEST = 40
_A4 = 9  # as Excel numbers paper


Sheet = tuple[Cells | int, Mapping[str, str]]
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
        sheet.set_landscape()
        sheet.set_paper(_A4)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)
        rows = 0
        for column, (header, kind) in enumerate(types.items()):
            cells = table.get(header, [])
            rows = len(cells)
            sheet.write_string(0, column, neutral(header), head)
            sheet.set_column(column, column, _width(header, cells))
            for row, cell in enumerate(cells, start=1):
                if cell is None or cell == "":
                    continue
                if kind in ("integer", "number"):
                    sheet.write_number(row, column, cell)
                elif kind == "boolean":
                    sheet.write_boolean(row, column, cell)
                else:
                    sheet.write_string(row, column, neutral(str(cell)))
        if rows:
            sheet.autofilter(0, 0, rows, len(types) - 1)
    book.close()
    return buffer.getvalue()


def _width(header: str, cells: list[object]) -> int:
    longest = max((len(str(cell)) for cell in cells[:200] if cell is not None), default=0)
    return min(_WIDEST, max(len(header), longest) + 2)
