"""A copy of what a school sent in, with the wrong cells marked and a list of what is wrong.

The school's own contents and looks stay as they are, but for formulas and links that do more than
count. Text is never written as a formula.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from openpyxl.utils import column_index_from_string

from evalkit.collect.delivery import shortened
from evalkit.collect.files import open_zip, read_bounded, refuse_bomb
from evalkit.collect.harmless import make_harmless
from evalkit.collect.parsing import cell_text
from evalkit.collect.spelling import option_key
from evalkit.collect.tables import read_table
from evalkit.collect.workbook_format import (
    FINDINGS_MARK,
    META_MARK,
    META_SHEET,
    parse_machine_name,
)
from evalkit.collect.workbook_package import plain_workbook
from evalkit.collect.workbook_style import ACCENT
from evalkit.errors import EvalkitError
from evalkit.language import Translate, translator
from evalkit.library.damage import CUT_OFF, damage
from evalkit.model.finding import Finding, Place
from evalkit.model.safe_text import printable
from evalkit.model.text import Lang, Text

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.cell.cell import Cell
    from openpyxl.worksheet.worksheet import Worksheet

_FILLS = {"error": "FFC9C4", "warning": "FFE8A3", "info": "D5E8F7"}
_ON_HEADER = {"error": "B3261E", "warning": "8A5A00", "info": "1F5A8A"}
"""For the headers of a workbook, which are white on dark."""

_HEADER = ACCENT.removeprefix("#")
_ORDER = ("error", "warning", "info")
_AUTHOR = "evalkit"
_FONT = "Arial"
_RULE = "– – –"
"""Stands between what was in a comment and what evalkit adds."""

_HEAD_ROWS = 40
_MOST_CELLS = 300_000
"""Cells of a workbook of which a copy is made; each takes memory, also an empty one."""

_MANY_CELLS = Text(nl="het bestand is te groot", en="the file is too large")
_NO_CELLS = Text(nl="dit soort bestand heeft geen cellen", en="files of this kind have no cells")

_LETTER = re.compile(r"([A-Z]{1,3})(?: \(.*)?", re.DOTALL)
_WIDTHS = (4, 14, 32, 26, 58, 64, 26)


class _Mark(NamedTuple):
    """One finding with the cell it is about, if it is about one."""

    finding: Finding
    cell: Cell | None
    sheet: Worksheet | None


def mark(path: Path, findings: Sequence[Finding], lang: Lang) -> bytes:
    """The file as an .xlsx with its findings in it: cells coloured, comments, and a list.

    A workbook stays itself; a table (CSV and the like) becomes a workbook of one sheet. Marks of
    an earlier round are taken out first.

    Args:
        path: What was sent in.
        findings: What was found in it.
        lang: Language of the comments and the list.

    Raises:
        EvalkitError: it cannot be read, is too large, or is of a kind that has no cells.
    """
    book = _workbook(path) if path.suffix.lower() == ".xlsx" else _from_table(path)
    try:
        return _marked(book, findings, lang)
    except Exception as error:
        # What is damaged beside the cells (properties, styles) only shows when it is written.
        raise EvalkitError("intake.not_marked", Place(file=path.name), why=CUT_OFF) from error


def _marked(book: Workbook, findings: Sequence[Finding], lang: Lang) -> bytes:
    for sheet in list(book.worksheets):
        if sheet["A1"].value == FINDINGS_MARK:
            book.remove(sheet)
        else:
            _unmark(sheet)
    worst_first = sorted(findings, key=lambda f: (_ORDER.index(f.severity), _where(f.place)))
    finder = _Finder(book)
    marks = [finder.mark(finding) for finding in worst_first]
    t = translator(lang)
    _comment(marks, finder, lang)
    _list(book, marks, lang, t)
    if book.calculation is not None:
        # Results of formulas are not in the copy: spreadsheet programs are to count again.
        book.calculation.fullCalcOnLoad = True
    target = BytesIO()
    book.save(target)
    return target.getvalue()


def meta_of(path: Path) -> dict[str, str]:
    """What a workbook of evalkit says of itself (project, language, wave); nothing of others."""
    import openpyxl

    if path.suffix.lower() != ".xlsx":
        return {}
    try:
        content = plain_workbook(read_bounded(path), Place(file=path.name)).content
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(BytesIO(content), read_only=True)
        rows = book[META_SHEET].iter_rows(max_row=_HEAD_ROWS, max_col=2, values_only=True)
        known = {str(row[0]): str(row[1]) for row in rows if len(row) == 2 and row[1]}
    except Exception:
        # Whatever is wrong with the file is told by who reads it for its contents.
        return {}
    return known if META_MARK in known else {}


def _where(place: Place) -> tuple[str, int]:
    return (place.sheet or "", place.row or 0)


def _workbook(path: Path) -> Workbook:
    import openpyxl

    place = Place(file=path.name)
    content = read_bounded(path)
    plain_workbook(content, place)
    _refuse_many_cells(content, path)
    with warnings.catch_warnings():
        # openpyxl warns of extensions it leaves out.
        warnings.simplefilter("ignore")
        try:
            book = openpyxl.load_workbook(BytesIO(content), keep_links=False)
            make_harmless(book, content)
            return book
        except Exception as error:
            # A damaged file can fail anywhere inside the reader, in any way.
            raise EvalkitError(
                "intake.unreadable", place, kind=".xlsx", detail=damage(error)
            ) from error


def _refuse_many_cells(content: bytes, path: Path) -> None:
    cells, place = 0, Place(file=path.name)
    with open_zip(content, place, ".xlsx") as package:
        refuse_bomb(package.infolist(), len(content), place)
        for name in package.namelist():
            if name.startswith("xl/worksheets/") and name.endswith(".xml"):
                cells += len(re.findall(rb"<(?:\w+:)?c[ />]", package.read(name)))
    if cells > _MOST_CELLS:
        raise EvalkitError("intake.not_marked", Place(file=path.name), why=_MANY_CELLS)


def _from_table(path: Path) -> Workbook:
    """The table as a workbook: cells as text under their headers, rows where they were."""
    from openpyxl import Workbook
    from openpyxl.styles import Font

    if path.suffix.lower() in (".json", ".zip"):
        raise EvalkitError("intake.not_marked", Place(file=path.name), why=_NO_CELLS)
    table = read_table(path)
    book = Workbook()
    sheet: Any = book.active
    sheet.title = re.sub(r"[\[\]:*?/\\']", " ", printable(path.stem))[:31].strip() or "1"
    first = int(table.rows[0]) if len(table.rows) else 2
    head = max(1, first - 1)
    for column, header in enumerate(table.frame.columns, start=1):
        _write(sheet.cell(head, column), str(header)).font = Font(bold=True)
        sheet.column_dimensions[sheet.cell(head, column).column_letter].width = 18
    cells = table.frame.to_numpy(dtype=object)
    for number, row in zip(table.rows.tolist(), cells, strict=True):
        for column, value in enumerate(row, start=1):
            text = cell_text(value)
            if text is not None:
                _write(sheet.cell(int(number), column), text)
    sheet.freeze_panes = sheet.cell(head + 1, 1)
    return book


def _write(cell: Any, text: str) -> Any:
    """Write text as text, whatever it begins with."""
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    cell.value = ILLEGAL_CHARACTERS_RE.sub("", text)[:32_767]
    cell.data_type = "s"
    if text[:1] in "=+-@":
        cell.quotePrefix = True
    return cell


def _unmark(sheet: Worksheet) -> None:
    """Take out what an earlier round added; a coloured cell gets its colour back."""
    header = _header_of(sheet)
    # To go through the rows would make every empty cell before the last one.
    cells: list[Any] = list(sheet._cells.values())
    for cell in cells:
        comment = getattr(cell, "comment", None)
        if comment is None or _RULE not in comment.text:
            continue
        own = comment.text.split(_RULE)[0].strip()
        cell.comment = _note(own, comment.author) if own else None
        cell.fill = _colour_before(sheet, cell, header)


def _colour_before(sheet: Worksheet, cell: Any, header: _Header) -> Any:
    """The colour a cell had: that of the headers of a workbook, else that of its column."""
    from openpyxl.styles import PatternFill

    if header.ours and cell.row <= header.row:
        return PatternFill("solid", fgColor=_HEADER)
    column: Any = sheet.column_dimensions.get(cell.column_letter)
    return PatternFill() if column is None else copy(column.fill)


class _Finder:
    """Finds the cell a finding is about."""

    def __init__(self, book: Workbook) -> None:
        self.book = book
        self._found: dict[str, _Header] = {}
        self.headers: dict[str, list[str | None]] = {}

    def mark(self, finding: Finding) -> _Mark:
        """The finding with its sheet and cell, as far as it has them."""
        place = finding.place
        sheet = self._sheet(place)
        if sheet is None:
            return _Mark(finding, None, None)
        column = self._column(sheet, place.column)
        row = place.row or (self.header(sheet).row if column else None)
        if row is None or row > 1_048_576 or (column or 1) > 16_384:
            return _Mark(finding, None, sheet)
        cell: Any = sheet.cell(row, column or 1)
        for area in sheet.merged_cells.ranges:
            if cell.coordinate in area:
                cell = sheet.cell(area.min_row, area.min_col)
        return _Mark(finding, cell, sheet)

    def _sheet(self, place: Place) -> Worksheet | None:
        if place.sheet is None:
            # Of a table there is one; without a sheet in a workbook it is about the whole.
            alone = place.row is not None or place.column is not None
            return self.book.worksheets[0] if alone else None
        return next((s for s in self.book.worksheets if s.title == place.sheet), None)

    def header(self, sheet: Worksheet) -> _Header:
        """Where the headers of a sheet are."""
        if sheet.title not in self._found:
            self._found[sheet.title] = _header_of(sheet)
        return self._found[sheet.title]

    def _column(self, sheet: Worksheet, shown: str | None) -> int | None:
        """The number of a column, from how a finding names it: ``E (Taal)``, or its header."""
        if shown is None:
            return None
        if sheet.title not in self.headers:
            row = sheet[self.header(sheet).row]
            self.headers[sheet.title] = [cell_text(cell.value) for cell in row]
        headers = self.headers[sheet.title]
        for number, header in enumerate(headers, start=1):
            if header is not None and shown in (header, shortened(header)):
                return number
        letter = _LETTER.fullmatch(shown)
        if letter:
            return int(column_index_from_string(letter[1]))
        keys = [option_key(header or "") for header in headers]
        return keys.index(option_key(shown)) + 1 if option_key(shown) in keys else None


class _Header(NamedTuple):
    """Where the headers of a sheet are."""

    row: int
    ours: bool
    """Whether they are those of a workbook of evalkit, with hidden names below them."""


def _header_of(sheet: Worksheet) -> _Header:
    """The row of headers: two above the hidden names, else the first that holds something."""
    first = None
    for number, row in enumerate(sheet.iter_rows(max_row=_HEAD_ROWS, values_only=True), start=1):
        if any(parse_machine_name(value) for value in row):
            return _Header(max(1, number - 2), True)
        if first is None and any(value is not None for value in row):
            first = number
    return _Header(first or 1, False)


def _note(text: str, author: str = _AUTHOR) -> Any:
    from openpyxl.comments import Comment

    comment = Comment(text, author)
    lines = sum(1 + len(line) // 46 for line in text.splitlines())
    comment.width, comment.height = 340, min(420, 24 + 17 * lines)
    return comment


def _comment(marks: Iterable[_Mark], finder: _Finder, lang: Lang) -> None:
    """Colour each cell by the worst that is said of it, and say all of it in one comment."""
    from openpyxl.styles import PatternFill

    said: dict[tuple[str, str], list[_Mark]] = {}
    for one in marks:
        if one.cell is not None and one.sheet is not None:
            said.setdefault((one.sheet.title, one.cell.coordinate), []).append(one)
    for here in said.values():
        cell, sheet, found = here[0].cell, here[0].sheet, [one.finding for one in here]
        assert cell is not None
        assert sheet is not None
        texts = [f"{f.wrong.to(lang)}\n→ {f.remedy.to(lang)}" for f in found]
        own = cell.comment.text.strip() if cell.comment else ""
        author = cell.comment.author if cell.comment else _AUTHOR
        text = "\n\n".join([*([own] if own else []), f"{_RULE} evalkit", *texts])
        cell.comment = _note(text, author or _AUTHOR)
        header = finder.header(sheet)
        colours = _ON_HEADER if header.ours and cell.row == header.row else _FILLS
        cell.fill = PatternFill("solid", fgColor=colours[found[0].severity])


def _list(book: Workbook, marks: Sequence[_Mark], lang: Lang, t: Translate) -> None:
    """The first sheet: every finding, with a link to its cell."""
    from openpyxl.styles import Alignment, Font, PatternFill

    sheet: Any = book.create_sheet(_free(book, t("Findings")), 0)
    book.active = 0
    for other in book.worksheets[1:]:
        other.sheet_view.tabSelected = False
    _write(sheet["A1"], FINDINGS_MARK)
    sheet.row_dimensions[1].hidden = True
    for letter, width in zip("ABCDEFG", _WIDTHS, strict=True):
        sheet.column_dimensions[letter].width = width
    title = _write(sheet["B2"], t("What to look at in this workbook"))
    title.font = Font(name=_FONT, bold=True, size=14, color=_HEADER)
    guide = t("Click a cell to go there. This sheet is not read: you may leave it in or delete it.")
    _write(sheet["B3"], guide).font = Font(name=_FONT, size=10)
    headers = (
        "",
        t("Kind"),
        t("Sheet"),
        t("Where"),
        t("What is wrong"),
        t("What to do"),
        t("Code"),
    )
    for column, header in enumerate(headers[1:], start=2):
        cell = _write(sheet.cell(5, column), header)
        cell.font = Font(name=_FONT, size=10, bold=True, color="FFFFFF")
        cell.fill = PatternFill("solid", fgColor=_HEADER)
    kinds = {"error": t("error"), "warning": t("warning"), "info": t("note")}
    wrapped = Alignment(wrap_text=True, vertical="top")
    for row, one in enumerate(marks, start=6):
        found = one.finding
        texts = (
            kinds[found.severity],
            one.sheet.title if one.sheet is not None else found.place.sheet or "",
            _cell_name(one, lang, t),
            found.wrong.to(lang),
            found.remedy.to(lang),
            found.code,
        )
        for column, text in enumerate(texts, start=2):
            cell = _write(sheet.cell(row, column), text)
            cell.alignment, cell.font = wrapped, Font(name=_FONT, size=10)
        sheet.cell(row, 2).fill = PatternFill("solid", fgColor=_FILLS[found.severity])
        _link(sheet.cell(row, 4), one)
        longest = max(len(texts[3]) / 54, len(texts[4]) / 60, len(texts[2]) / 24)
        sheet.row_dimensions[row].height = 15 * (1 + int(longest)) + 3
    sheet.freeze_panes = "A6"
    sheet.sheet_view.showGridLines = False
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", 9
    sheet.page_setup.fitToHeight, sheet.sheet_properties.pageSetUpPr.fitToPage = 0, True


def _cell_name(one: _Mark, lang: Lang, t: Translate) -> str:
    if one.cell is None:
        return t("the whole sheet") if one.sheet is not None else t("the whole file")
    place = one.finding.place.model_copy(update={"file": None, "sheet": None, "key": None})
    return place.to(lang) or one.cell.coordinate


def _link(cell: Any, one: _Mark) -> None:
    from openpyxl.styles import Font
    from openpyxl.worksheet.hyperlink import Hyperlink

    if one.sheet is None or one.sheet.sheet_state != "visible":
        return
    target = one.cell.coordinate if one.cell is not None else "A1"
    title = one.sheet.title.replace("'", "''")
    cell.hyperlink = Hyperlink(ref=cell.coordinate, location=f"'{title}'!{target}")
    cell.font = Font(name=_FONT, size=10, color=_HEADER, underline="single")


def _free(book: Workbook, name: str) -> str:
    taken = {title.casefold() for title in book.sheetnames}
    names: Mapping[int, str] = {n: f"{name} {n}" for n in range(2, len(taken) + 3)}
    return (
        name
        if name.casefold() not in taken
        else next(n for n in names.values() if n.casefold() not in taken)
    )
