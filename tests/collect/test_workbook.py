"""What the workbook looks like, and that the same design gives the same bytes."""

from __future__ import annotations

import re
import time
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import openpyxl
import pypdf
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
from evalkit.model.text import Lang, Text
from evalkit.model.vocabulary import ArmRole

from .designs import build_design
from .filling import PUPILS, SCHOOLS, TEACHERS, TOTALS, columns_of, fill, opened, pupil, saved
from .office import Office


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


def test_no_macros_and_no_outside_links(workbook: bytes) -> None:
    with ZipFile(BytesIO(workbook)) as package:
        names = package.namelist()
        relations = [package.read(n) for n in names if n.endswith(".rels")]
    assert not any("vba" in name or "externalLink" in name for name in names)
    assert not any(b"External" in relation for relation in relations)


def formulas(content: bytes) -> list[Any]:
    book = opened(content)
    return [c for sheet in book for row in sheet.iter_rows() for c in row if c.data_type == "f"]


def test_the_only_formulas_are_counts_on_the_start_sheet(workbook: bytes) -> None:
    found = formulas(workbook)
    assert found
    assert {cell.parent.title for cell in found} == {"Start"}
    words = {word for cell in found for word in re.findall("[A-Z]{2,}(?=[(])", cell.value)}
    assert words == {"MAX", "MIN", "COUNTA", "COUNTIF", "COUNTIFS", "IF", "SUMPRODUCT"}
    # They come with a result, so that a viewer that does not count shows what is true.
    values = openpyxl.load_workbook(BytesIO(workbook), data_only=True)["Start"]
    shown = [values[cell.coordinate].value for cell in found]
    # Of the person rows nothing is missing yet; of the prepared school rows everything is, of two
    # of them what only the intervention group is asked.
    assert set(shown) == {0, None, 2, 4}


def test_a_title_that_looks_like_a_formula_stays_text(workbook: bytes) -> None:
    design = build_design()
    project = design.project.model_copy(update={"title": "=1+1"})
    content = write_workbook(design.model_copy(update={"project": project}), contact="=2+2")
    assert not [cell for cell in formulas(content) if cell.value in ("=1+1", "=2+2")]
    assert len(formulas(content)) == len(formulas(workbook))
    texts = [c.value for row in opened(content)["Start"].iter_rows() for c in row]
    assert "=2+2" in texts


def test_one_wave_has_its_sheets_its_deadline_and_its_contact(design: Design) -> None:
    book = opened(write_workbook(design, "baseline", "Bureau, vragen@regeling.example"))
    visible = [sheet.title for sheet in book if sheet.sheet_state == "visible"]
    assert visible == [
        "Start", PUPILS, TEACHERS, SCHOOLS, TOTALS, "Leraren nulmeting (totalen)",
    ]  # fmt: skip
    texts = {str(c.value) for row in book["Start"]["A1:F9"] for c in row if c.value is not None}
    assert {"nulmeting", "31-08-2026", "Bureau, vragen@regeling.example"} <= texts
    waves = {wave.label.nl for wave in design.waves}
    everything = {c.value for row in book["Start"].iter_rows() for c in row}
    assert waves & everything == {"nulmeting"}
    meta = dict(row[:2] for row in book[META_SHEET].iter_rows(values_only=True))
    assert meta["wave"] == "baseline"


def test_without_a_contact_it_says_whom_to_ask_in_general(design: Design) -> None:
    for contact in (None, "Bureau"):
        book = opened(write_workbook(design, contact=contact))
        cells = {str(c.value) for row in book["Start"].iter_rows() for c in row if c.value}
        general = [text for text in cells if design.protocol_title.to("nl") in text]
        assert any(text.endswith(f": {design.protocol_title.nl}.") for text in general) == (
            contact is None
        )


def test_a_long_contact_stays_whole(design: Design) -> None:
    contact = "Bureau van de regeling, " * 8
    book = opened(write_workbook(design, contact=contact))
    (cell,) = (c for row in book["Start"].iter_rows() for c in row if c.value == contact)
    assert book["Start"].row_dimensions[cell.row].height > 40


def test_people_can_sort_and_add_rows_on_a_protected_sheet(workbook: bytes) -> None:
    protection = opened(workbook)[PUPILS].protection
    # In the file, what is set is what is not allowed.
    assert protection.sheet
    assert not protection.sort
    assert not protection.insertRows
    assert not protection.deleteRows
    assert not protection.password


def test_small_and_fast(workbook: bytes) -> None:
    assert len(workbook) < 60_000


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_opens_without_warnings(lang: str) -> None:
    content = write_workbook(build_design(lang))  # type: ignore[arg-type]
    assert openpyxl.load_workbook(BytesIO(content)).active.title == "Start"


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_every_sheet_shows_whole_in_libreoffice(office: Office, tmp_path: Path, lang: Lang) -> None:
    """As printed: every header, no formula that failed, no number too wide for its cell."""
    design = build_design(lang)
    path = tmp_path / "werkboek.xlsx"
    path.write_bytes(write_workbook(design, "baseline", "Bureau, vragen@regeling.example"))
    printed = pypdf.PdfReader(office.saved_as("pdf", path, tmp_path / "pdf"))
    text = " ".join(" ".join(page.extract_text() for page in printed.pages).split())
    for form in forms_of(design):
        if form.wave == "baseline":
            for spec in form.columns:
                assert " ".join(spec.label.split()) in text
    assert "vragen@regeling.example" in text
    assert not [sign for sign in ("###", "#REF!", "#NAME?", "Err:", "#VALUE!") if sign in text]


def test_the_start_sheet_counts_only_the_group_that_is_asked(
    design: Design, office: Office, tmp_path: Path
) -> None:
    """A school with one group may leave the group empty."""
    schedule = tuple(
        e.model_copy(update={"arms": (ArmRole.intervention,)})
        if e.measure in ("core.absence", "core.pupils_per_fte") else e
        for e in design.schedule
    )  # fmt: skip
    limited = design.model_copy(update={"schedule": schedule})
    book = opened(write_workbook(limited))
    units, plain = (arm.label for arm in design.project.arms)
    rows = [
        pupil(unit="a", school="12AB01", arm=None, core__absence=2),
        pupil(unit="b", school="05KO", arm=units, core__absence=None),
        pupil(unit="c", school="05KO", arm=units, core__absence=None),
        pupil(unit="d", school="05KO", arm=plain, core__absence=None),
        pupil(unit="e", school="27XY", arm=None, core__absence=None),
    ]
    fill(book[PUPILS], rows)
    counted = office.saved_as("xlsx", saved(book, tmp_path), tmp_path / "office")
    start = openpyxl.load_workbook(counted, data_only=True).worksheets[0]
    empty = {row[1].value: row[5].value for row in start.iter_rows(max_col=6) if row[5].value}
    about = next(name for name in empty if str(name).startswith("Verzuim"))
    assert "alleen interventiegroep" in str(about)
    assert empty[about] == 2
    # Of schools the rows are written beforehand: one for each school with that group.
    ratio = next(name for name in empty if str(name).startswith("Leerlingen per fte"))
    assert empty[ratio] == 2
