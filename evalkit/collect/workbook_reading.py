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

from evalkit.collect.delivery import Delivery, Origin, Part, Taken, shortened
from evalkit.collect.files import MOST_ROWS, read_bounded
from evalkit.collect.parsing import cell_text
from evalkit.collect.timing import taken_of
from evalkit.collect.workbook_format import (
    FINDINGS_MARK,
    FORMAT_VERSION,
    META_MARK,
    TAKEN_FROM_MARK,
    TAKEN_TO_MARK,
    WAVE_MARK,
    parse_machine_name,
)
from evalkit.collect.workbook_package import MOST_WORKBOOK_MEGABYTES, plain_workbook
from evalkit.collect.workbook_scan import Area, Scan, scan
from evalkit.errors import EvalkitError, finding
from evalkit.library.damage import damage
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

_REPEATED = frozenset({"school", "class", "arm", "measure"})
"""Columns in which one merged cell stands for all rows it spans, as people mean it."""

_MOST_OPEN = 50
"""Formulas without a result that are named one by one, on one sheet."""

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
    hidden: bool
    """Whether the whole sheet is."""
    top: int
    """Row of the hidden names: what was filled in is below it."""
    seen: Scan

    def place(self, file: str, row: int | None = None, position: int | None = None) -> Place:
        """The sheet, or a cell of it."""
        column = None
        if position is not None:
            letter, header = get_column_letter(position + 1), self.headers.get(position)
            column = f"{letter} ({shortened(header)})" if header else letter
        return Place(file=file, sheet=self.name, row=row, column=column)


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
        plain = plain_workbook(read_bounded(path, MOST_WORKBOOK_MEGABYTES), place)
        contents = _read(plain.content, path.name)
        contents.findings.extend(plain.findings)
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
            book = openpyxl.load_workbook(
                BytesIO(content), read_only=True, data_only=True, keep_links=False
            )
            try:
                for sheet in book.worksheets:
                    _read_sheet(sheet, contents, file)
            finally:
                book.close()
        except Exception as error:
            # A damaged file can fail anywhere inside the reader, in any way.
            place = Place(file=file)
            raise EvalkitError(
                "intake.unreadable", place, kind=".xlsx", detail=damage(error)
            ) from error
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
        if row[0] == FINDINGS_MARK:
            return
        if WAVE_MARK in row:
            _read_taken(sheet, row, rows, contents, file)
            return
        names = {i: name for i, cell in enumerate(row) if (name := parse_machine_name(cell))}
        if names:
            _read_data(sheet, number, names, head, rows, contents, file)
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


def _scanned(sheet: Any) -> Scan:
    # openpyxl reads values alone and has no public way to the sheet's own XML.
    with sheet._get_source() as source:
        return scan(source.read())


def _read_taken(
    sheet: Any, marks: tuple[Any, ...], rows: Iterator[_Row], contents: _Contents, file: str
) -> None:
    """The dates on the start sheet, by wave."""
    title = sheet.title
    waiting = set(_scanned(sheet).open_formulas)
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
        for mark in (TAKEN_FROM_MARK, TAKEN_TO_MARK):
            if mark in at and (number, at[mark] + 1) in waiting:
                contents.findings.append(finding("intake.formula_open", places[mark]))
        contents.taken[wave] = taken_of(
            (cells.get(TAKEN_FROM_MARK), places.get(TAKEN_FROM_MARK, Place(file=file))),
            (cells.get(TAKEN_TO_MARK), places.get(TAKEN_TO_MARK, Place(file=file))),
        )


def _read_data(
    sheet: Any,
    top: int,
    names: dict[int, tuple[_FormKey, str]],
    head: Sequence[_Row],
    rows: Iterator[_Row],
    contents: _Contents,
    file: str,
) -> None:
    title = sheet.title
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
    hidden, seen = sheet.sheet_state != "visible", _scanned(sheet)
    data = _with_merged(data, columns.names, seen.merged)
    read = _Sheet(title, key, columns.names, headers, data, hidden, top, seen)
    contents.findings.extend(_about_merged(read, file))
    contents.findings.extend(_about_formulas(read, file))
    contents.sheets.append(read)


def _with_merged(data: list[_Row], columns: dict[int, str], merged: Sequence[Area]) -> list[_Row]:
    """The rows, with the school, class, group or measure of a merged cell in each row it spans."""
    values: dict[int, dict[int, Any]] = {}
    by_number = dict(data)
    for area in merged:
        at, top = area.left - 1, by_number.get(area.top)
        if columns.get(at) in _REPEATED and area.left == area.right and top and at < len(top):
            for number in range(area.top + 1, min(area.bottom, area.top + MOST_ROWS) + 1):
                if at in values.get(number, ()):
                    break  # Areas that overlap would be gone through again and again.
                if number in by_number:
                    values.setdefault(number, {})[at] = top[at]
    if not values:
        return data
    return [(number, _with_values(row, values.get(number, {}))) for number, row in data]


def _with_values(row: tuple[Any, ...], values: dict[int, Any]) -> tuple[Any, ...]:
    cells = [*row, *([None] * (max(values, default=-1) + 1 - len(row)))]
    for at, value in values.items():
        cells[at] = value if cells[at] is None else cells[at]
    return tuple(cells)


def _about_merged(sheet: _Sheet, file: str) -> Iterator[Finding]:
    """Merged cells of which only the first counts."""
    by_number = dict(sheet.rows)
    for area in sheet.seen.merged:
        at, row = area.left - 1, by_number.get(area.top)
        if at not in sheet.columns or row is None or at >= len(row) or cell_text(row[at]) is None:
            continue
        if sheet.columns[at] in _REPEATED and area.left == area.right:
            continue
        letter, last = get_column_letter(area.left), get_column_letter(area.right)
        cells = f"{letter}{area.top}:{last}{area.bottom}"
        yield finding("intake.merged", sheet.place(file, area.top, at), cells=cells)


def _about_formulas(sheet: _Sheet, file: str) -> Iterator[Finding]:
    """Formulas in the columns asked whose result the file does not hold."""
    waiting = [
        (row, column - 1)
        for row, column in sheet.seen.open_formulas
        if row > sheet.top and column - 1 in sheet.columns
    ]
    for row, position in waiting[:_MOST_OPEN]:
        yield finding("intake.formula_open", sheet.place(file, row, position))


class _Columns(NamedTuple):
    names: dict[int, str]
    doubles: list[tuple[str, str]]


def _named_columns(
    names: dict[int, str], headers: dict[int, str], data: Sequence[_Row]
) -> _Columns:
    """What each column with values is called: by its hidden name, else its header or letter."""
    filled: set[int] = set()
    for _, row in data:
        for i, cell in enumerate(row):
            if i not in filled and _value(cell) is not None:
                filled.add(i)
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
        findings.extend(_about_hidden(sheet, part, file))
    if not parts and not any(f.is_error for f in findings):
        findings.append(finding("intake.empty", Place(file=file)))
    project, design = (cell_text(contents.meta.get(k)) for k in ("project", "design_hash"))
    return Delivery(project, design, tuple(parts.values()), tuple(findings))


def _about_hidden(sheet: _Sheet, part: Part, file: str) -> Iterator[Finding]:
    """What was read although it does not show: hiding or filtering leaves nothing out."""
    place = sheet.place(file)
    hidden = sheet.seen.hidden & set(part.origin.rows.tolist())
    if sheet.hidden:
        yield finding("intake.hidden_sheet", place)
    elif hidden:
        yield finding("intake.hidden_rows", place, count=len(hidden), first=min(hidden))


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
    cells = [[_value(row[i]) if i < len(row) else None for i in positions] for _, row in sheet.rows]
    frame = pd.DataFrame(cells, columns=list(sheet.columns.values()), dtype=object)
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


def _value(cell: Any) -> Any:
    """A cell as it came; none where there is nothing to see."""
    if isinstance(cell, str):
        return None if cell_text(cell) is None else cell
    return cell if cell == cell else None


def _prepared_columns(respondent: Respondent, grain: Grain) -> tuple[str, ...]:
    """Columns that are written beforehand: a row with nothing else was not filled in."""
    if grain is Grain.aggregate:
        return ("school", "arm", "measure")
    return ("school", "arm") if respondent is Respondent.school else ()
