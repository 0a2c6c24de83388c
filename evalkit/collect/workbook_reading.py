"""Reading a workbook back, whatever happened to it on the way.

Sheets may be renamed or reordered, columns moved, rows sorted or left blank: hidden names say
what is what. Only what was filled in comes back; nothing is judged here.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from openpyxl.utils import get_column_letter

from evalkit.collect.delivery import Delivery, Origin, Part, Taken
from evalkit.collect.files import MOST_ROWS, read_bounded, refuse_zip_bomb
from evalkit.collect.parsing import cell_text
from evalkit.collect.timing import taken_of
from evalkit.collect.workbook_format import (
    FORMAT_VERSION,
    META_MARK,
    TAKEN_FROM_MARK,
    TAKEN_TO_MARK,
    WAVE_MARK,
    parse_machine_name,
)
from evalkit.errors import EvalkitError, finding
from evalkit.model.finding import Finding, Place
from evalkit.model.submission import Grain
from evalkit.model.vocabulary import Respondent

_HEAD_ROWS = 40
"""Rows at the top of a sheet in which its hidden names are looked for."""

_START_ROWS = 400
"""Rows of the start sheet that are read."""

_MOST_COLUMNS = 2_000

_LAST_ROW = 1_048_576
"""Last row a sheet can have; a file can claim more."""

_FormKey = tuple[str, Respondent, Grain]
_Row = tuple[int, tuple[Any, ...]]


@dataclass
class _Sheet:
    """One data sheet as it was read."""

    name: str
    key: _FormKey
    columns: dict[int, str]
    """Position to column name: the machine's, else the header, else the letter."""
    headers: dict[int, str]
    rows: list[_Row]


@dataclass
class _Contents:
    """What a workbook turned out to hold."""

    meta: dict[str, Any] = field(default_factory=dict)
    expected: set[str] = field(default_factory=set)
    taken: dict[str, Taken] = field(default_factory=dict)
    sheets: list[_Sheet] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    nameless: list[str] = field(default_factory=list)
    """Sheets with values but without hidden names."""


def read_workbook(path: Path) -> Delivery:
    """A filled-in workbook as a delivery of raw parts; sheets left empty are skipped.

    Problems with the file come as findings of the delivery: it never raises for what is in it.
    Formulas count as the values they had when the workbook was saved.
    """
    path = Path(path)
    place = Place(file=path.name)
    try:
        content = read_bounded(path)
        refuse_zip_bomb(content, place)
        contents = _read(content, path.name)
    except EvalkitError as error:
        return Delivery(None, None, (), (error.finding,))
    return _delivery(contents, path.name)


def _read(content: bytes, file: str) -> _Contents:
    import openpyxl

    contents = _Contents()
    with warnings.catch_warnings():
        # openpyxl warns of styles and extensions it leaves out; values are all we take.
        warnings.simplefilter("ignore")
        try:
            book = openpyxl.load_workbook(BytesIO(content), read_only=True, data_only=True)
            try:
                for sheet in book.worksheets:
                    _read_sheet(sheet, contents, file)
            finally:
                book.close()
        except Exception as error:
            # A damaged file can fail anywhere inside the reader, in any way.
            detail = str(error).splitlines()[0] if str(error) else type(error).__name__
            place = Place(file=file)
            raise EvalkitError("intake.unreadable", place, kind=".xlsx", detail=detail) from error
    return contents


def _filled(sheet: Any) -> Iterator[_Row]:
    """Rows that hold a value, with their number."""
    # The stated size of a sheet can be anything; rows are counted as they come.
    sheet.reset_dimensions()
    for number, row in enumerate(sheet.iter_rows(values_only=True), start=1):
        if number > _LAST_ROW:
            return
        if any(value is not None and value != "" for value in row):
            yield number, row[:_MOST_COLUMNS]


def _read_sheet(sheet: Any, contents: _Contents, file: str) -> None:
    rows = _filled(sheet)
    head: list[_Row] = []
    for number, row in rows:
        if number == 1 and row[0] == META_MARK:
            _read_meta([(number, row), *rows], contents)
            return
        if WAVE_MARK in row:
            _read_taken(sheet.title, row, rows, contents, file)
            return
        names = {i: name for i, cell in enumerate(row) if (name := parse_machine_name(cell))}
        if names:
            _read_data(sheet.title, names, head, rows, contents, file)
            return
        head.append((number, row))
        if number > _HEAD_ROWS:
            break
    if head and sheet.sheet_state == "visible":
        contents.nameless.append(sheet.title)


def _read_meta(rows: Sequence[_Row], contents: _Contents) -> None:
    for _, row in rows:
        key, value = (*row, None, None)[:2]
        if key == "sheet":
            contents.expected.add(str(value))
        elif isinstance(key, str):
            contents.meta[key] = value


def _read_taken(
    title: str, marks: tuple[Any, ...], rows: Iterator[_Row], contents: _Contents, file: str
) -> None:
    """The dates on the start sheet, by wave."""
    at = {mark: marks.index(mark) for mark in marks if isinstance(mark, str)}
    for number, row in rows:
        if number > _START_ROWS:
            return
        cells = {mark: row[i] if i < len(row) else None for mark, i in at.items()}
        wave = cells.get(WAVE_MARK)
        if not isinstance(wave, str) or wave in contents.taken:
            continue
        places = {
            mark: Place(file=file, sheet=title, row=number, column=get_column_letter(i + 1))
            for mark, i in at.items()
        }
        contents.taken[wave] = taken_of(
            (cells.get(TAKEN_FROM_MARK), places.get(TAKEN_FROM_MARK, Place(file=file))),
            (cells.get(TAKEN_TO_MARK), places.get(TAKEN_TO_MARK, Place(file=file))),
        )


def _read_data(
    title: str,
    names: dict[int, tuple[_FormKey, str]],
    head: Sequence[_Row],
    rows: Iterator[_Row],
    contents: _Contents,
    file: str,
) -> None:
    key = next(iter(names.values()))[0]
    headers = _headers(head)
    data: list[_Row] = []
    for row in rows:
        if len(data) == MOST_ROWS:
            place = Place(file=file, sheet=title)
            contents.findings.append(finding("intake.too_many_rows", place, limit=MOST_ROWS))
            return
        data.append(row)
    columns = _named_columns({i: name for i, (_, name) in names.items()}, headers, data)
    contents.findings.extend(
        finding("intake.column_double", Place(file=file, sheet=title, column=letter), column=shown)
        for letter, shown in columns.doubles
    )
    contents.sheets.append(_Sheet(title, key, columns.names, headers, data))


class _Columns(NamedTuple):
    names: dict[int, str]
    doubles: list[tuple[str, str]]


def _named_columns(
    names: dict[int, str], headers: dict[int, str], data: Sequence[_Row]
) -> _Columns:
    """What each column with values is called: by its hidden name, else its header or letter."""
    filled = {i for _, row in data for i, cell in enumerate(row) if cell_text(cell) is not None}
    columns: dict[int, str] = {}
    doubles = []
    for position in sorted(filled | set(names)):
        letter = get_column_letter(position + 1)
        name = names.get(position) or headers.get(position) or letter
        if name not in columns.values():
            columns[position] = name
        elif position not in names:
            columns[position] = f"{name} ({letter})"
        elif position in filled:
            doubles.append((letter, headers.get(position) or name))
    return _Columns(columns, doubles)


def _headers(head: Sequence[_Row]) -> dict[int, str]:
    """What stands above each column: the row of labels, two above the hidden names."""
    label_row = head[-2][1] if len(head) > 1 else head[-1][1] if head else ()
    texts = ((position, cell_text(cell)) for position, cell in enumerate(label_row))
    return {position: text for position, text in texts if text}


def _delivery(contents: _Contents, file: str) -> Delivery:
    findings = list(contents.findings)
    for name in contents.nameless:
        if name in contents.expected:
            findings.append(finding("intake.header_lost", Place(file=file, sheet=name)))
        elif contents.meta:
            place = Place(file=file, sheet=name)
            findings.append(finding("intake.sheet_unknown", place, sheet=name))
    findings.extend(_about_meta(contents, file))
    parts: dict[_FormKey, Part] = {}
    for sheet in contents.sheets:
        part = _part(sheet, contents.taken, file)
        if part is None:
            continue
        if sheet.key in parts:
            place = Place(file=file, sheet=sheet.name)
            other = parts[sheet.key].origin.sheet
            findings.append(finding("intake.sheet_double", place, first=other, sheet=sheet.name))
            continue
        parts[sheet.key] = part
    if not parts and not any(f.is_error for f in findings):
        findings.append(finding("intake.empty", Place(file=file)))
    project, design = (cell_text(contents.meta.get(k)) for k in ("project", "design_hash"))
    return Delivery(project, design, tuple(parts.values()), tuple(findings))


def _about_meta(contents: _Contents, file: str) -> Iterator[Finding]:
    if not contents.meta:
        yield finding("intake.not_ours", Place(file=file))
        return
    version = contents.meta.get(META_MARK)
    if not isinstance(version, int | float) or version > FORMAT_VERSION:
        yield finding("intake.workbook_newer", Place(file=file))


def _part(sheet: _Sheet, taken: dict[str, Taken], file: str) -> Part | None:
    wave, respondent, grain = sheet.key
    positions = list(sheet.columns)
    cells = [[row[i] if i < len(row) else None for i in positions] for _, row in sheet.rows]
    frame = pd.DataFrame(cells, columns=list(sheet.columns.values()), dtype=object)
    frame = frame.mask(frame.map(cell_text).isna(), None)
    machine = _prepared_columns(respondent, grain)
    filled = frame.drop(columns=[c for c in machine if c in frame]).notna().any(axis=1)
    if not filled.any():
        return None
    frame = frame[filled].reset_index(drop=True)
    rows = np.array([number for number, _ in sheet.rows], dtype=np.int64)[filled.to_numpy()]
    origin = Origin(
        file=file,
        rows=rows,
        sheet=sheet.name,
        headers={sheet.columns[i]: sheet.headers.get(i, sheet.columns[i]) for i in positions},
        letters={sheet.columns[i]: get_column_letter(i + 1) for i in positions},
    )
    missing = Taken(place=Place(file=file))
    return Part(wave, respondent, grain, frame, origin, taken.get(wave, missing))


def _prepared_columns(respondent: Respondent, grain: Grain) -> tuple[str, ...]:
    """Columns that are written beforehand: a row with nothing else was not filled in."""
    if grain is Grain.aggregate:
        return ("school", "arm", "measure")
    return ("school", "arm") if respondent is Respondent.school else ()
