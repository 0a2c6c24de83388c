"""A sheet of a workbook that evalkit did not make."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import replace
from io import BytesIO
from typing import Any

from evalkit.collect.files import MOST_ROWS
from evalkit.collect.reading.table import Row, Table, headed
from evalkit.collect.spelling import option_key
from evalkit.collect.workbook_package import plain_workbook
from evalkit.errors import EvalkitError, finding
from evalkit.library.damage import damage
from evalkit.model.finding import Place

_HEAD_ROWS = 20
"""Rows at the top of a sheet among which the headers are looked for."""

_MOST_COLUMNS = 2_000


def xlsx_table(file: str, content: bytes, sheet: str | None = None) -> Table:
    """A sheet of a workbook as a table.

    The first visible sheet with values, unless ``sheet`` names one; others with values are
    named in a finding. Titles above the headers are skipped. Formulas count as the values they
    had when the workbook was saved.

    Raises:
        EvalkitError: it cannot be read, is empty or too large, or has no such sheet.
    """
    import openpyxl

    place = Place(file=file)
    plain = plain_workbook(content, place)
    with warnings.catch_warnings():
        # openpyxl warns of styles and extensions it leaves out; values are all we take.
        warnings.simplefilter("ignore")
        try:
            book = openpyxl.load_workbook(
                BytesIO(plain.content), read_only=True, data_only=True, keep_links=False
            )
            try:
                table = _chosen(book, file, sheet)
                return replace(table, findings=(*plain.findings, *table.findings))
            finally:
                book.close()
        except EvalkitError:
            raise
        except Exception as error:
            # A damaged file can fail anywhere inside the reader, in any way.
            raise EvalkitError(
                "intake.unreadable", place, kind=".xlsx", detail=damage(error)
            ) from error


def _chosen(book: Any, file: str, sheet: str | None) -> Table:
    place = Place(file=file)
    visible = [s for s in book.worksheets if s.sheet_state == "visible"]
    if sheet is not None:
        named = [s for s in book.worksheets if option_key(s.title) == option_key(sheet)]
        if not named:
            known = ", ".join(s.title for s in book.worksheets)
            raise EvalkitError("intake.mapping_sheet", place, sheet=sheet, known=known)
        return _table(named[0], file)
    filled = [s for s in visible if next(_filled(s), None) is not None]
    if not filled:
        raise EvalkitError("intake.empty", place)
    table = _table(filled[0], file)
    if len(filled) == 1:
        return table
    others = ", ".join(s.title for s in filled[1:])
    read = finding("intake.sheets_left", place, sheet=filled[0].title, others=others)
    return replace(table, findings=(*table.findings, read))


def _filled(sheet: Any) -> Iterator[Row]:
    """Rows that hold a value, with their number, without the empty cells at their end."""
    # The stated size of a sheet can be anything; rows are counted as they come.
    sheet.reset_dimensions()
    for number, row in enumerate(sheet.iter_rows(values_only=True), start=1):
        cells = row[:_MOST_COLUMNS]
        width = max((i for i, cell in enumerate(cells, 1) if _has_value(cell)), default=0)
        if width:
            yield number, cells[:width]


def _has_value(cell: Any) -> bool:
    return cell is not None and not (isinstance(cell, str) and not cell.strip())


def _table(sheet: Any, file: str) -> Table:
    rows: list[Row] = []
    place = Place(file=file, sheet=sheet.title)
    for row in _filled(sheet):
        if len(rows) > MOST_ROWS + _HEAD_ROWS:
            raise EvalkitError("intake.too_many_rows", place, limit=MOST_ROWS)
        rows.append(row)
    if not rows:
        raise EvalkitError("intake.empty", place)
    at = _head(rows)
    # A column with values below the last header is a column without a header.
    width = max(len(cells) for _, cells in rows[at:])
    number, head = rows[at]
    padded = (number, [*head, *[None] * (width - len(head))])
    return headed(file, [padded, *rows[at + 1 :]], sheet.title)


def _head(rows: Sequence[Row]) -> int:
    """Position of the row of headers: the first that fills at least half of the widest's cells."""
    counts = [sum(map(_has_value, cells)) for _, cells in rows[:_HEAD_ROWS]]
    return next(i for i, count in enumerate(counts) if 2 * count >= max(counts))
