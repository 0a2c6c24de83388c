"""The workbook a school fills in: made from a design, identical bytes for identical input."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Sequence
from io import BytesIO
from typing import Any

from evalkit.collect.columns import ColumnSpec, Form, Option, Role, forms_of
from evalkit.collect.wording import date_in, respondent_name
from evalkit.collect.workbook_format import (
    EXPLANATION_ROW,
    FIRST_ROW,
    FORMAT_VERSION,
    GUIDE_ROW,
    HEADER_ROW,
    LISTS_SHEET,
    META_MARK,
    META_SHEET,
    MORE_ROW,
    MOST_PREPARED,
    NAMES_ROW,
    TITLE_ROW,
    machine_name,
    sheet_names,
)
from evalkit.collect.workbook_start import StartSheet
from evalkit.collect.workbook_style import ACCENT, RULE, Styles, height_of, width_of
from evalkit.language import Translate, translator
from evalkit.model.design import Design
from evalkit.model.submission import Grain
from evalkit.model.text import Lang
from evalkit.model.vocabulary import Respondent

_CHECKED_ROWS = 10_000
"""Rows with drop-downs and limits. They are ranges, so their number costs no bytes; whole
columns are unlocked, so rows beyond can be filled in and are checked on delivery."""

_BAND_WIDTH = 110
"""Characters of the longest line above the columns."""

# Excel sorts on a protected sheet only where every cell of the range is unlocked: that holds for
# the rows below the headers, whose whole columns are. Cells that can be filled in keep the rest of
# what people do with a sheet (insert, delete, sort, filter, widen, colour); only headers and the
# hidden names are out of reach. No password: who must do more, can.
_PROTECTION = {
    "sort": True,
    "insert_rows": True,
    "delete_rows": True,
    "format_cells": True,
    "format_columns": True,
    "format_rows": True,
    "autofilter": True,
}


def write_workbook(design: Design, wave: str | None = None, contact: str | None = None) -> bytes:
    """The workbook of a design, in its language, as the bytes of an .xlsx file.

    A start sheet, then per wave one sheet for each respondent group and grain. Headers are
    protected (without password), cells to fill in are not.

    Args:
        design: What is asked.
        wave: The one wave it is for; all of them if not given.
        contact: Whom a school asks, as the funder wrote it.
    """
    import xlsxwriter

    target = BytesIO()
    book = xlsxwriter.Workbook(
        target,
        {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False},
    )
    start = dt.datetime.combine(design.project.start, dt.time())
    book.set_properties({"title": design.project.title, "author": "evalkit", "created": start})
    _Book(book, design, wave, contact).write()
    book.close()
    return target.getvalue()


class _Book:
    """Writes the sheets of one workbook."""

    def __init__(self, book: Any, design: Design, wave: str | None, contact: str | None) -> None:
        self.book, self.design, self.wave, self.contact = book, design, wave, contact
        self.lang: Lang = design.language
        self.t: Translate = translator(self.lang)
        self.styles = Styles(book, self.lang)
        self.forms = tuple(form for form in forms_of(design) if wave in (None, form.wave))
        self.names = sheet_names(design, self.forms, self.t, self.lang)
        self.lists: dict[tuple[str | float, ...], str] = {}

    def write(self) -> None:
        sheet = self.book.add_worksheet(self.t("Start"))
        sheet.set_tab_color(ACCENT)
        start = StartSheet(sheet, self.styles, self.design, self.lang, self.wave)
        start.write(self.forms, self.names, self.contact)
        sheet.protect("", {"format_columns": True, "format_rows": True})
        sheet.activate()
        for form in self.forms:
            self._data_sheet(form)
        self._lists_sheet()
        self._meta_sheet()

    def _data_sheet(self, form: Form) -> None:
        sheet = self.book.add_worksheet(self.names[form.key])
        sheet.set_tab_color(ACCENT if form.grain is Grain.unit else RULE)
        sheet.hide_gridlines(2)
        for number, spec in enumerate(form.columns):
            self._column(sheet, form, number, spec)
        self._head(sheet, form)
        self._prepared(sheet, form)
        identity = sum(spec.is_identity for spec in form.columns)
        sheet.freeze_panes(FIRST_ROW, identity)
        sheet.set_selection(FIRST_ROW, 0, FIRST_ROW, 0)
        sheet.protect("", _PROTECTION)
        sheet.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
        self._print(sheet)

    def _column(self, sheet: Any, form: Form, number: int, spec: ColumnSpec) -> None:
        text = "identity" if spec.is_identity else "text"
        style = "number" if _is_numeric(spec) else text
        sheet.set_column(number, number, width_of(spec), self.styles[style])
        sheet.write_string(HEADER_ROW, number, spec.label, self.styles["header"])
        sheet.write_string(EXPLANATION_ROW, number, spec.explanation, self.styles["explanation"])
        sheet.write_string(NAMES_ROW, number, machine_name(form, spec.name), self.styles["names"])
        if rule := self._rule(spec):
            last = FIRST_ROW + _CHECKED_ROWS - 1
            sheet.data_validation(FIRST_ROW, number, last, number, rule)

    def _head(self, sheet: Any, form: Form) -> None:
        t, wave = self.t, self.design.wave(form.wave)
        widths = [(spec, float(width_of(spec))) for spec in form.columns]
        # Bands as wide as their text, also above few columns.
        missing = max(0.0, _BAND_WIDTH - sum(width for _, width in widths))
        bands = len(widths) + math.ceil(missing / 9)
        for row, style in ((TITLE_ROW, "title"), (GUIDE_ROW, "guide"), (MORE_ROW, "guide")):
            for number in range(bands):
                sheet.write_blank(row, number, None, self.styles[style])
        who = form.respondent.label.to(self.lang).capitalize()
        if form.grain is Grain.aggregate:
            who += " " + t("(totals)")
        title = f"{who} · {wave.label.to(self.lang)} · {self.design.project.title}"
        sheet.write_string(TITLE_ROW, 0, title, self.styles["title"])
        guide = t(
            "Fill in {rows}, below the explanation. Take it from {opens} to {closes}."
        ).format(
            rows=respondent_name(t, form.respondent, form.grain),
            opens=date_in(wave.opens, self.lang),
            closes=date_in(wave.closes, self.lang),
        )
        sheet.write_string(GUIDE_ROW, 0, guide, self.styles["guide"])
        sheet.write_string(MORE_ROW, 0, self._advice(form), self.styles["guide"])
        sheet.set_row(TITLE_ROW, 30)
        sheet.set_row(GUIDE_ROW, 19)
        sheet.set_row(MORE_ROW, 19)
        labels = height_of(((spec.label, width - 3) for spec, width in widths), 10)
        explanations = height_of(((spec.explanation, width - 2) for spec, width in widths), 9)
        sheet.set_row(HEADER_ROW, labels)
        sheet.set_row(EXPLANATION_ROW, explanations)
        sheet.set_row(NAMES_ROW, None, None, {"hidden": True})

    def _advice(self, form: Form) -> str:
        t = self.t
        if form.grain is Grain.aggregate:
            return t(
                "Use this sheet only if you have no row per person; then leave that one empty."
            )
        if form.respondent is Respondent.school:
            return t("Leave a cell empty if you do not know the value.")
        return t("Use codes, no names. Leave a cell empty if you do not know the value.")

    def _prepared(self, sheet: Any, form: Form) -> None:
        """Write what is known beforehand, so that only the numbers are left to fill in."""
        if form.respondent is not Respondent.school and form.grain is Grain.unit:
            return
        rows = list(self._prepared_rows(form))
        if len(rows) > MOST_PREPARED:
            return
        for number, row in enumerate(rows, start=FIRST_ROW):
            for column, value in enumerate(row):
                sheet.write_string(number, column, value, self.styles["identity"])

    def _prepared_rows(self, form: Form) -> Iterable[tuple[str, ...]]:
        columns = {spec.role: spec for spec in form.columns}
        arms = {option.value: option.shown for option in columns[Role.arm].options}
        measures = columns[Role.measure].options if Role.measure in columns else ()
        entries = {e.measure: e for e in self.design.asked(form.wave, form.respondent)}
        for school in self.design.project.schools:
            for arm in school.arms:
                who = (school.brin, arms[arm.value])
                if form.grain is Grain.unit:
                    yield who
                for option in measures:
                    if arm in entries[str(option.value)].arms:
                        yield (*who, option.shown)

    def _rule(self, spec: ColumnSpec) -> dict[str, Any] | None:
        """Drop-down or number limits of a column, with what is said beside them."""
        says = {
            "input_title": _cut(spec.label, 32),
            "input_message": _cut(spec.hint, 255),
            "error_title": self.t("This does not fit here"),
            "error_message": _cut(spec.hint, 255),
        }
        if spec.options:
            return {"validate": "list", "source": self._list(spec.options), **says}
        if spec.kind == "text":
            return {
                "validate": "any",
                "input_title": says["input_title"],
                "input_message": says["input_message"],
            }
        limits = {
            "validate": "integer" if spec.whole else "decimal",
            **_limits(spec.minimum, spec.maximum),
        }
        return {**limits, **says}

    def _list(self, options: Sequence[Option]) -> str:
        """Where the values of a drop-down are; equal lists are kept once."""
        values = tuple(
            option.value if isinstance(option.value, float) else option.shown for option in options
        )
        if values not in self.lists:
            letter = _letter(len(self.lists))
            self.lists[values] = f"='{LISTS_SHEET}'!${letter}$1:${letter}${len(values)}"
        return self.lists[values]

    def _lists_sheet(self) -> None:
        sheet = self.book.add_worksheet(LISTS_SHEET)
        for column, values in enumerate(self.lists):
            sheet.write_column(0, column, values)
        sheet.very_hidden()

    def _meta_sheet(self) -> None:
        sheet = self.book.add_worksheet(META_SHEET)
        known = {
            META_MARK: FORMAT_VERSION,
            "project": self.design.project.id,
            "design_hash": self.design.hash,
            "language": self.lang,
            **({"wave": self.wave} if self.wave else {}),
        }
        rows = [*known.items(), *(("sheet", name) for name in self.names.values())]
        for row, (key, value) in enumerate(rows):
            sheet.write_string(row, 0, key)
            sheet.write(row, 1, value)
        sheet.very_hidden()

    def _print(self, sheet: Any) -> None:
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(HEADER_ROW, EXPLANATION_ROW)
        sheet.set_margins(0.4, 0.4, 0.5, 0.6)
        sheet.set_footer("&L&8&A&R&8&P / &N")


def _is_numeric(spec: ColumnSpec) -> bool:
    return spec.kind == "number" or any(isinstance(o.value, float) for o in spec.options)


def _limits(minimum: float | None, maximum: float | None) -> dict[str, Any]:
    low, high = (v if v is None or v % 1 else int(v) for v in (minimum, maximum))
    if low is not None and high is not None:
        return {"criteria": "between", "minimum": low, "maximum": high}
    if low is not None:
        return {"criteria": ">=", "value": low}
    if high is not None:
        return {"criteria": "<=", "value": high}
    return {"criteria": "between", "minimum": -1e15, "maximum": 1e15}


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"


def _letter(number: int) -> str:
    from xlsxwriter.utility import xl_col_to_name

    return str(xl_col_to_name(number))
