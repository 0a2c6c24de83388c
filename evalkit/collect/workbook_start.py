"""The start sheet: what to do, when, and on which sheet."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from evalkit.collect.columns import Form
from evalkit.collect.wording import date_in, number_in, respondent_name
from evalkit.collect.workbook_format import (
    MOST_PREPARED,
    TAKEN_FROM_MARK,
    TAKEN_TO_MARK,
    WAVE_MARK,
)
from evalkit.collect.workbook_progress import (
    Mandatory,
    filled_cells,
    filled_rows,
    mandatory_columns,
    rows_asked,
    rows_of_arms,
    still_empty,
)
from evalkit.collect.workbook_style import Styles, height_of
from evalkit.language import Translate, translator
from evalkit.model.design import Design
from evalkit.model.submission import Grain
from evalkit.model.text import Lang
from evalkit.model.vocabulary import WaveKind

_WIDTHS = (4, 38, 17, 17, 21, 21)
_TEXT_WIDTH = float(sum(_WIDTHS[1:]))
_MARKS_COLUMN = 6
_FIRST_DAY, _LAST_DAY = dt.date(2000, 1, 1), dt.date(2100, 12, 31)


class StartSheet:
    """Writes the start sheet from top to bottom."""

    def __init__(
        self, sheet: Any, styles: Styles, design: Design, lang: Lang, wave: str | None = None
    ) -> None:
        self.sheet, self.styles, self.design, self.lang = sheet, styles, design, lang
        self.waves = tuple(w for w in design.waves if wave in (None, w.id))
        self.one_wave = wave is not None
        self.t: Translate = translator(lang)
        self.row = 0
        self.counts: dict[str, str] = {}
        """Cell with the number of rows filled in, by the form's key."""

    def write(
        self, forms: Sequence[Form], names: Mapping[str, str], contact: str | None = None
    ) -> None:
        """Write the whole sheet.

        Args:
            forms: What is asked.
            names: Sheet name of each form, by its key.
            contact: Whom a school asks, as the funder wrote it; by default the funder itself.
        """
        for column, width in enumerate(_WIDTHS):
            self.sheet.set_column(column, column, width, self.styles["plain"])
        self.sheet.set_column(_MARKS_COLUMN, _MARKS_COLUMN, 12, None, {"hidden": True})
        self.sheet.hide_gridlines(2)
        self._title()
        self._facts(contact)
        self._steps()
        self._dates()
        self._contents(forms, names)
        self._progress(forms, names)
        self._print()

    def _title(self) -> None:
        for column in range(len(_WIDTHS)):
            self.sheet.write_blank(0, column, None, self.styles["title"])
            self.sheet.write_blank(1, column, None, self.styles["band"])
        self.sheet.set_row(0, 34)
        self.sheet.set_row(1, 22)
        self.sheet.write_string(0, 1, self.t("Workbook for the evaluation"), self.styles["title"])
        project = f"{self.design.project.title} · {self.design.protocol_title.to(self.lang)}"
        self.sheet.write_string(1, 1, project, self.styles["band"])
        self.row = 3

    def _facts(self, contact: str | None) -> None:
        """The moment with its deadline, where it is one; and whom to ask."""
        t, facts = self.t, []
        if self.one_wave:
            (wave,) = self.waves
            facts.append((t("Measurement"), wave.label.to(self.lang)))
            facts.append((t("Send it in by"), date_in(wave.closes, self.lang)))
        scheme = self.design.protocol_title.to(self.lang)
        general = t("Ask the funder of the scheme: {scheme}.").format(scheme=scheme)
        facts.append((t("Questions?"), contact or general))
        for name, value in facts:
            self.sheet.write_string(self.row, 1, name, self.styles["fact"])
            last = len(_WIDTHS) - 1
            self.sheet.merge_range(self.row, 2, self.row, last, value, self.styles["paragraph"])
            height = height_of([(value, _TEXT_WIDTH - _WIDTHS[1])], 10) + 2
            self.sheet.set_row(self.row, height)
            self.row += 1
        self.row += bool(facts)

    def _heading(self, text: str) -> None:
        for column in range(1, len(_WIDTHS)):
            self.sheet.write_blank(self.row, column, None, self.styles["heading"])
        self.sheet.write_string(self.row, 1, text, self.styles["heading"])
        self.sheet.set_row(self.row, 24)
        self.row += 1

    def _paragraph(self, text: str, style: str = "paragraph", points: float = 10) -> None:
        last = len(_WIDTHS) - 1
        self.sheet.merge_range(self.row, 1, self.row, last, text, self.styles[style])
        air = 2 if style == "paragraph" else 6
        self.sheet.set_row(self.row, height_of([(text, _TEXT_WIDTH)], points) + air)
        self.row += 1

    def _steps(self) -> None:
        t = self.t
        self._heading(t("What to do"))
        for number, text in enumerate(
            (
                t("Below, click the sheet you want to fill in.")
                if self.one_wave
                else t("Below, click the sheet of the measurement that is due now."),
                t("Fill in one row per person or school. What to fill in is above each column."),
                t("Leave a cell empty if you do not know the value: no 0, no 999."),
                t("Use codes for persons: no names, no birth dates, no BSN or onderwijsnummer."),
                t("Fill in on this sheet when it was taken, save the file and send it in."),
            ),
            start=1,
        ):
            self.sheet.write_string(self.row, 0, f"{number}.", self.styles["step"])
            self._paragraph(text)
        self._paragraph(
            t("Sheets you leave empty are skipped. You may sort and add rows as you like.")
            + " "
            + t("Do you copy from another file? Then paste the values only."),
            "note",
            9,
        )
        self.row += 1

    def _dates(self) -> None:
        t, sheet = self.t, self.sheet
        self._heading(t("When was it taken?"))
        for column, mark in ((4, TAKEN_FROM_MARK), (5, TAKEN_TO_MARK), (6, WAVE_MARK)):
            sheet.write_string(self.row, column, mark, self.styles["names"])
        sheet.set_row(self.row, None, None, {"hidden": True})
        self.row += 1
        self._header(
            t("Measurement"),
            t("Take it from"),
            t("Send in by"),
            t("Taken from (fill in)"),
            t("Taken to (fill in)"),
        )
        first = self.row
        for wave in self.waves:
            sheet.write_string(self.row, 1, wave.label.to(self.lang), self.styles["cell"])
            sheet.write_datetime(self.row, 2, wave.opens, self.styles["day"])
            sheet.write_datetime(self.row, 3, wave.closes, self.styles["day"])
            sheet.write_blank(self.row, 4, None, self.styles["input_day"])
            sheet.write_blank(self.row, 5, None, self.styles["input_day"])
            sheet.write_string(self.row, 6, wave.id, self.styles["names"])
            sheet.set_row(self.row, 20)
            self.row += 1
        self._date_limits(first, self.row - 1)
        self._baseline_note()
        self.row += 1

    def _date_limits(self, first: int, last: int) -> None:
        t = self.t
        self.sheet.data_validation(
            first,
            4,
            last,
            5,
            {
                "validate": "date",
                "criteria": "between",
                "minimum": _FIRST_DAY,
                "maximum": _LAST_DAY,
                "input_title": t("Date taken"),
                "input_message": t(
                    "A date, such as {example}. One day? Then the first cell is enough."
                ).format(example=date_in(self.design.project.start, self.lang)),
                "error_title": t("This is not a date"),
                "error_message": t("Fill in a date, such as {example}.").format(
                    example=date_in(self.design.project.start, self.lang)
                ),
            },
        )

    def _baseline_note(self) -> None:
        if any(wave.kind is WaveKind.baseline for wave in self.waves):
            start = date_in(self.design.project.start, self.lang)
            note = self.t(
                "A baseline counts only if it was taken before the project starts: {start}."
            )
            self._paragraph(note.format(start=start), "note", 9)

    def _header(self, *labels: str) -> None:
        for column, label in enumerate(labels, start=1):
            self.sheet.write_string(self.row, column, label, self.styles["header"])
        self.sheet.set_row(self.row, 20)
        self.row += 1

    def _contents(self, forms: Sequence[Form], names: Mapping[str, str]) -> None:
        t = self.t
        self._heading(t("The sheets"))
        self._header(t("Sheet (click to open)"))
        top = self.row - 1
        self.sheet.merge_range(top, 2, top, 4, t("What you fill in"), self.styles["header"])
        self.sheet.write_string(top, 5, t("Rows filled in"), self.styles["header"])
        for form in forms:
            name = names[form.key]
            self._link(1, name, "link")
            what = ", ".join(filter(None, (self._what(form), self._time(form))))
            self.sheet.merge_range(self.row, 2, self.row, 4, what, self.styles["cell"])
            # Excel counts again when it opens the file; until then the cell shows what is true.
            formula = filled_rows(form, name)
            self.sheet.write_formula(self.row, 5, formula, self.styles["count"], 0)
            self.counts[form.key] = f"$F${self.row + 1}"
            lines = height_of([(name, _WIDTHS[1] - 2), (what, sum(_WIDTHS[2:5]) + 8)], 10)
            self.sheet.set_row(self.row, max(20, lines))
            self.row += 1
        if any(form.grain is Grain.aggregate for form in forms):
            text = t("The sheets with totals are for schools that cannot give a row per person.")
            self._paragraph(text, "note", 9)

    def _link(self, column: int, name: str, style: str) -> None:
        link = "internal:'" + name.replace("'", "''") + "'!A1"
        self.sheet.write_url(self.row, column, link, self.styles[style], name)

    def _progress(self, forms: Sequence[Form], names: Mapping[str, str]) -> None:
        """How many rows have each mandatory value, sheet by sheet."""
        t = self.t
        asked = [(form, mandatory_columns(form, self.design, t)) for form in forms]
        asked = [(form, columns) for form, columns in asked if columns]
        if not asked:
            return
        self.row += 1
        self._heading(t("How far are you?"))
        self._paragraph(t("This is counted while you fill in. A ✓ means: no gaps."), "note", 9)
        self._header(t("Mandatory"), "", "", t("Filled in"), t("Still empty"))
        self.sheet.merge_range(
            self.row - 1, 1, self.row - 1, 3, t("Mandatory"), self.styles["header"]
        )
        for form, columns in asked:
            name = names[form.key]
            self.sheet.merge_range(self.row, 1, self.row, 5, "", self.styles["group"])
            self._link(1, name, "group")
            self.sheet.set_row(self.row, 20)
            self.row += 1
            for column in columns:
                self._count(form, name, column)

    def _count(self, form: Form, name: str, column: Mandatory) -> None:
        sheet, rows = self.sheet, rows_asked(form, name)
        sheet.merge_range(self.row, 1, self.row, 3, column.label, self.styles["cell"])
        sheet.write_formula(self.row, 4, filled_cells(column, name), self.styles["count"], 0)
        if column.arms is None:
            asked: str | None = f"({rows[1:]})" if rows else self.counts[form.key]
        else:
            asked = rows_of_arms(form, self.design, column.arms, name)
        if asked is None:
            sheet.write_blank(self.row, 5, None, self.styles["count"])
        else:
            formula = still_empty(asked, f"E{self.row + 1}")
            # Until it is counted: all rows written beforehand lack it, others are not there yet.
            wanted = [a for s in self.design.project.schools for a in s.arms]
            prepared = sum(column.arms is None or arm in column.arms for arm in wanted)
            now = prepared if rows and len(wanted) <= MOST_PREPARED and prepared else ""
            sheet.write_formula(self.row, 5, formula, self.styles["count"], now)
        width = sum(_WIDTHS[1:4]) - 4
        sheet.set_row(self.row, max(20, height_of([(column.label, width)], 10)))
        self.row += 1

    def _what(self, form: Form) -> str:
        return respondent_name(self.t, form.respondent, form.grain)

    def _time(self, form: Form) -> str:
        if form.grain is Grain.aggregate:
            return self.t("only if there is no row per person")
        minutes = sum(
            burden.minutes
            for burden in self.design.burden
            if (burden.wave, burden.respondent) == (form.wave, form.respondent)
        )
        if not minutes:
            return ""
        return self.t("about {minutes} minutes each").format(minutes=number_in(minutes, self.lang))

    def _print(self) -> None:
        self.sheet.set_paper(9)
        self.sheet.set_portrait()
        self.sheet.fit_to_pages(1, 0)
        self.sheet.set_margins(0.5, 0.5, 0.6, 0.6)
