"""Fills in a workbook the way a person with a spreadsheet program does, and makes parts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
from openpyxl.worksheet.worksheet import Worksheet

from evalkit.collect.delivery import Origin, Part, Taken
from evalkit.collect.workbook_format import (
    FIRST_ROW,
    NAMES_ROW,
    TAKEN_FROM_MARK,
    TAKEN_TO_MARK,
    WAVE_MARK,
)
from evalkit.model.submission import Grain
from evalkit.model.vocabulary import Respondent

TAKEN = dt.date(2026, 6, 10)
PUPILS = "Leerlingen nulmeting"
TEACHERS = "Leraren nulmeting"
SCHOOLS = "School nulmeting"
TOTALS = "Leerlingen nulmeting (totalen)"

Rows = Iterable[Mapping[str, Any]]


def opened(content: bytes) -> openpyxl.Workbook:
    return openpyxl.load_workbook(BytesIO(content))


def columns_of(sheet: Worksheet) -> dict[str, int]:
    """Machine name to column number."""
    cells = sheet[NAMES_ROW + 1]
    return {str(cell.value).rsplit("|", 1)[1]: cell.column for cell in cells if cell.value}


def fill(sheet: Worksheet, rows: Rows, first: int = FIRST_ROW + 1) -> None:
    at = columns_of(sheet)
    for number, row in enumerate(rows, start=first):
        for name, value in row.items():
            sheet.cell(number, at[name], value)


def date_taken(book: openpyxl.Workbook, wave: str, first: Any, last: Any = None) -> tuple[int, str]:
    """Fill in a date on the start sheet; gives the row and the letter of the first cell."""
    sheet = book.worksheets[0]
    marks = {cell.value: cell for row in sheet.iter_rows() for cell in row if cell.value}
    row = next(
        cell.row for row in sheet.iter_rows() for cell in row
        if cell.value == wave and cell.column == marks[WAVE_MARK].column
    )  # fmt: skip
    sheet.cell(row, marks[TAKEN_FROM_MARK].column, first)
    sheet.cell(row, marks[TAKEN_TO_MARK].column, last)
    return row, marks[TAKEN_FROM_MARK].column_letter


def saved(book: openpyxl.Workbook, folder: Path, name: str = "ingevuld.xlsx") -> Path:
    path = folder / name
    book.save(path)
    return path


def part_of(
    rows: Rows,
    respondent: Respondent = Respondent.pupil,
    *,
    wave: str = "baseline",
    grain: Grain = Grain.unit,
    taken: Taken | None = None,
) -> Part:
    """A part as a reader makes it, without a file; rows count from 1."""
    frame = pd.DataFrame(list(rows)).astype(object)
    frame = frame.where(frame.notna(), None)
    origin = Origin("rows", np.arange(1, len(frame) + 1))
    return Part(wave, respondent, grain, frame, origin, taken or Taken(TAKEN, TAKEN))


def pupil(**values: Any) -> dict[str, Any]:
    row: dict[str, Any] = {
        "school": "05KO", "class": "5a", "unit": "p1", "arm": "intervention",
        "core.language": 41, "core.absence": 2, "core.feedback": 4, "core.support": "geen",
    }  # fmt: skip
    return row | {name.replace("__", "."): value for name, value in values.items()}


def codes(findings: Iterable[Any]) -> list[str]:
    return [finding.code for finding in findings]
