"""What the workbook looks like, and that the same design gives the same bytes."""

from __future__ import annotations

import time
from io import BytesIO
from zipfile import ZipFile

import openpyxl
import pytest

from evalkit.collect.columns import forms_of
from evalkit.collect.workbook import write_workbook
from evalkit.collect.workbook_format import (
    EXPLANATION_ROW,
    FIRST_ROW,
    HEADER_ROW,
    LISTS_SHEET,
    META_SHEET,
    NAMES_ROW,
    sheet_names,
)
from evalkit.language import translator
from evalkit.model.design import Design
from evalkit.model.text import Text

from .designs import build_design
from .filling import PUPILS, SCHOOLS, TEACHERS, TOTALS, columns_of, opened


def test_identical_bytes_for_an_identical_design(workbook: bytes) -> None:
    time.sleep(1.1)
    assert write_workbook(build_design()) == workbook


def test_another_design_gives_another_workbook(workbook: bytes) -> None:
    assert write_workbook(build_design(single=True)) != workbook


def test_one_sheet_per_wave_respondent_and_grain(design: Design, workbook: bytes) -> None:
    names = opened(workbook).sheetnames
    assert names[0] == "Start"
    assert names[1:6] == [
        PUPILS, TEACHERS, SCHOOLS, TOTALS, "Leraren nulmeting (totalen)",
    ]  # fmt: skip
    assert len(names) == 1 + len(forms_of(design)) + 2
    assert all(len(name) <= 31 for name in names)
    assert len({name.casefold() for name in names}) == len(names)


def test_sheet_names_survive_long_and_odd_wave_labels(design: Design) -> None:
    labels = ("vervolgmeting [na: 1/2] jaar", "vervolgmeting [na: 1/2] jaar", "'?*'")
    waves = tuple(
        wave.model_copy(update={"label": Text(nl=label, en=label)})
        for wave, label in zip(design.waves, labels, strict=True)
    )
    odd = design.model_copy(update={"waves": waves})
    names = sheet_names(odd, forms_of(odd), translator("nl"), "nl").values()
    assert len({name.casefold() for name in names}) == len(forms_of(odd))
    assert all(0 < len(name) <= 31 and not set(name) & set("[]:*?/\\") for name in names)
    assert opened(write_workbook(odd)).sheetnames[1] == next(iter(names))


def test_labels_explanation_and_hidden_names(workbook: bytes) -> None:
    sheet = opened(workbook)[PUPILS]
    at = columns_of(sheet)
    assert list(at) == [
        "school", "class", "unit", "arm",
        "core.language", "core.absence", "core.feedback", "core.support",
    ]  # fmt: skip
    assert sheet.cell(HEADER_ROW + 1, at["core.language"]).value == "Taal"
    explanation = str(sheet.cell(EXPLANATION_ROW + 1, at["core.language"]).value)
    assert "Taal E7" in explanation
    assert "Van 0 tot en met 58 (punten)." in explanation
    assert sheet.row_dimensions[NAMES_ROW + 1].hidden
    assert sheet.freeze_panes == f"E{FIRST_ROW + 1}"


def test_english_design_gives_an_english_workbook() -> None:
    book = opened(write_workbook(build_design("en")))
    sheet = book["Pupils baseline"]
    at = columns_of(sheet)
    assert sheet.cell(HEADER_ROW + 1, at["class"]).value == "Class"
    assert book.worksheets[0]["B1"].value == "Workbook for the evaluation"


def test_header_is_protected_and_cells_below_are_not(workbook: bytes) -> None:
    sheet = opened(workbook)[PUPILS]
    assert sheet.protection.sheet
    assert all(cell.protection.locked for row in sheet["A1:H6"] for cell in row)
    assert not sheet.column_dimensions["A"].protection.locked
    assert not sheet.column_dimensions["H"].protection.locked


def test_drop_downs_and_limits(workbook: bytes) -> None:
    sheet = opened(workbook)[PUPILS]
    rules = {str(rule.sqref).split(":")[0]: rule for rule in sheet.data_validations.dataValidation}
    assert rules["A7"].type == "list"
    assert LISTS_SHEET in rules["A7"].formula1
    language = rules["E7"]
    assert (language.type, language.formula1, language.formula2) == ("decimal", "0", "58")
    assert language.error
    assert language.prompt
    assert rules["F7"].type == "whole"
    assert rules["G7"].type == "list"


def test_lists_hold_schools_arms_and_answers(workbook: bytes) -> None:
    lists = opened(workbook)[LISTS_SHEET]
    columns = [[c for c in column if c is not None] for column in lists.iter_cols(values_only=True)]
    assert ["05KO", "12AB01", "27XY"] in columns
    assert ["Units met een breed team", "Gewone klassen"] in columns
    assert [1, 2, 3, 4, 5] in columns
    assert ["geen", "in de klas, bij de les", "buiten de klas"] in columns


def test_hidden_sheets_are_very_hidden(workbook: bytes) -> None:
    book = opened(workbook)
    assert {book[name].sheet_state for name in (META_SHEET, LISTS_SHEET)} == {"veryHidden"}
    meta = dict(row[:2] for row in book[META_SHEET].iter_rows(values_only=True))
    assert meta["project"] == "slimfit-oost"
    assert meta["design_hash"] == "sha256-0f1e2d"


def test_school_and_total_sheets_are_prepared(workbook: bytes) -> None:
    book = opened(workbook)
    rows = list(book[SCHOOLS].iter_rows(min_row=FIRST_ROW + 1, max_col=2, values_only=True))
    assert rows == [
        ("05KO", "Units met een breed team"),
        ("05KO", "Gewone klassen"),
        ("12AB01", "Units met een breed team"),
        ("27XY", "Gewone klassen"),
    ]
    totals = list(book[TOTALS].iter_rows(min_row=FIRST_ROW + 1, max_col=3, values_only=True))
    assert len(totals) == 4 * 3


def test_no_macros_no_formulas_no_outside_links(workbook: bytes) -> None:
    with ZipFile(BytesIO(workbook)) as package:
        names = package.namelist()
        sheets = [package.read(n) for n in names if n.startswith("xl/worksheets/sheet")]
    assert not any("vba" in name or "externalLink" in name for name in names)
    assert not any(b"<f>" in sheet for sheet in sheets)


def test_a_title_that_looks_like_a_formula_stays_text() -> None:
    design = build_design()
    project = design.project.model_copy(update={"title": "=1+1"})
    book = opened(write_workbook(design.model_copy(update={"project": project})))
    assert all(cell.data_type != "f" for sheet in book for row in sheet.iter_rows() for cell in row)


def test_small_and_fast(workbook: bytes) -> None:
    assert len(workbook) < 60_000


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_opens_without_warnings(lang: str) -> None:
    content = write_workbook(build_design(lang))  # type: ignore[arg-type]
    assert openpyxl.load_workbook(BytesIO(content)).active.title == "Start"
