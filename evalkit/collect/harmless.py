"""A workbook that goes back to a school, without what could do something when it is opened.

A formula may call a program (DDE), fetch a page or open a link, whoever typed it. In the copy only
formulas stay that count within the workbook itself, as those of the start sheet do; of others the
value stays that they had, as text or number.
"""

from __future__ import annotations

import re
import warnings
from io import BytesIO
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

_COUNTING = frozenset(
    {"ABS", "AND", "AVERAGE", "COUNT", "COUNTA", "COUNTBLANK", "COUNTIF", "COUNTIFS", "IF",
     "IFERROR", "INT", "ISBLANK", "ISNUMBER", "LEN", "MAX", "MEDIAN", "MIN", "MOD", "NOT", "OR",
     "ROUND", "STDEV", "STDEV.S", "SUM", "SUMIF", "SUMPRODUCT"}
)  # fmt: skip
"""Functions that only count."""

_QUOTED = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*\"""")
_CALL = re.compile(r"([\w.]+)\s*\(")
_ELSEWHERE = ("[", "|", "\\", "//")
"""Signs of another file, another program or an address."""


def only_counts(formula: str) -> bool:
    """Whether a formula does nothing but count within its own workbook.

    Without quoted texts nothing in it may point elsewhere, and it may only call functions that
    count; the name of a sheet may hold no file.
    """
    sheets = [quoted for quoted in _QUOTED.findall(formula) if quoted.startswith("'")]
    bare = _QUOTED.sub(" ", formula)
    if any(sign in bare for sign in _ELSEWHERE) or any("[" in sheet for sheet in sheets):
        return False
    called = {name.upper().removeprefix("_XLFN.") for name in _CALL.findall(bare)}
    return called <= _COUNTING


def make_harmless(book: Workbook, content: bytes) -> None:
    """Take out of a workbook what does more than count: formulas, links, rules and names.

    Args:
        book: The workbook, read with its formulas.
        content: The file that it was read from.
    """
    doubtful = [
        (sheet.title, cell)
        for sheet in book.worksheets
        # To go through the rows would make every empty cell before the last one.
        for cell in list(sheet._cells.values())
        if getattr(cell, "data_type", None) == "f" and not only_counts(_formula_of(cell.value))
    ]
    if doubtful:
        values = _values(content)
        for title, cell in doubtful:
            _write_value(cell, values[title][cell.coordinate].value)
    for sheet in book.worksheets:
        _drop_links(sheet)
        _drop_rules(sheet)
    for names in (book.defined_names, *(sheet.defined_names for sheet in book.worksheets)):
        for name in [n for n, named in names.items() if not only_counts(str(named.attr_text))]:
            del names[name]


def _formula_of(value: Any) -> str:
    """The text of a formula, of an array too; of a data table its cells, which only count."""
    return str(getattr(value, "text", None) or value) if value is not None else ""


def _values(content: bytes) -> Workbook:
    import openpyxl

    with warnings.catch_warnings():
        # openpyxl warns of extensions it leaves out.
        warnings.simplefilter("ignore")
        return openpyxl.load_workbook(BytesIO(content), data_only=True, keep_links=False)


def _write_value(cell: Any, value: Any) -> None:
    """Write what a formula had counted; of one that had not, what it said, as text."""
    shown = _formula_of(cell.value) if value is None else value
    cell.value = shown
    if isinstance(shown, str):
        cell.data_type, cell.quotePrefix = "s", True


def _drop_links(sheet: Any) -> None:
    for cell in list(sheet._cells.values()):
        link = getattr(cell, "hyperlink", None)
        if link is not None and link.target:
            cell.hyperlink = None
    sheet._hyperlinks = [link for link in sheet._hyperlinks if not link.target]


def _drop_rules(sheet: Worksheet) -> None:
    """Leave out drop-downs and colours whose formula points elsewhere."""
    from openpyxl.formatting.formatting import ConditionalFormattingList

    sheet.data_validations.dataValidation = [
        rule
        for rule in sheet.data_validations.dataValidation
        if all(only_counts(str(f)) for f in (rule.formula1, rule.formula2) if f is not None)
    ]
    kept = ConditionalFormattingList()
    for area in sheet.conditional_formatting:
        for rule in area.rules:
            if all(only_counts(str(formula)) for formula in rule.formula):
                kept.add(str(area.sqref), rule)
    sheet.conditional_formatting = kept
