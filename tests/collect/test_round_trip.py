"""What is filled in comes back, whatever happens to the workbook on the way."""

from __future__ import annotations

import datetime as dt
import random
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evalkit.collect.checks import check_delivery, check_part
from evalkit.collect.delivery import Delivery, Part
from evalkit.collect.workbook import write_workbook
from evalkit.collect.workbook_format import FIRST_ROW, HEADER_ROW, META_SHEET
from evalkit.collect.workbook_reading import read_workbook
from evalkit.model.design import Design
from evalkit.model.submission import Grain
from evalkit.model.vocabulary import Respondent

from .filling import (
    PUPILS,
    SCHOOLS,
    TAKEN,
    TEACHERS,
    TOTALS,
    codes,
    columns_of,
    date_taken,
    fill,
    opened,
    pupil,
    saved,
)
from .office import Office

UNITS, ORDINARY = "Units met een breed team", "Gewone klassen"

PUPIL_ROWS = [
    pupil(unit="p1", arm=UNITS, core__language=41.5),
    pupil(unit="p2", arm=ORDINARY, core__absence=None, core__support="buiten de klas"),
    pupil(school="12AB01", unit="007", arm=None, core__feedback=None, core__support=None),
    pupil(school="27XY", unit="007", **{"class": "7/8"}, arm=ORDINARY, core__language=0),
]
TEACHER_ROWS = [
    {"school": "05KO", "unit": "t1", "arm": UNITS, "core.workload.i1": 5,
     "core.workload.i2": 1, "core.workload.i3": 4, "core.workload.i4": None},
]  # fmt: skip
SCHOOL_ROWS = [{"core.pupils_per_fte": 17.25}, {}, {"core.pupils_per_fte": 15}]
TOTAL_ROWS = [{"n": 25, "mean": 33.5, "sd": 7.25}, {"n": 24, "mean": 1.5, "sd": None}]


@pytest.fixture
def book(workbook: bytes) -> openpyxl.Workbook:
    filled = opened(workbook)
    date_taken(filled, "baseline", TAKEN)
    fill(filled[PUPILS], PUPIL_ROWS)
    return filled


def by_sheet(delivery: Delivery) -> dict[str | None, Part]:
    return {part.origin.sheet: part for part in delivery.parts}


def typed_pupils(path: Path, design: Design) -> pd.DataFrame:
    delivery = read_workbook(path)
    assert not delivery.findings
    (part,) = delivery.parts
    checked = check_part(part, design)
    assert not [f for f in checked.findings if f.is_error]
    return checked.frame


def expected_pupils() -> pd.DataFrame:
    frame = pd.DataFrame(PUPIL_ROWS).astype(dict.fromkeys(("school", "class", "unit"), "str"))
    arms = ["intervention", "comparison", "intervention", "comparison"]
    support = ["none", "outside", None, "none"]
    frame = frame.assign(
        **{"arm": pd.Series(arms, dtype="str"), "core.support": pd.Series(support, dtype="str")}
    )
    return frame.astype(dict.fromkeys(("core.language", "core.absence", "core.feedback"), float))


def test_an_empty_workbook_is_said_to_be_empty(workbook: bytes, tmp_path: Path) -> None:
    delivery = read_workbook(saved(opened(workbook), tmp_path))
    assert delivery.parts == ()
    assert codes(delivery.findings) == ["intake.empty"]


def test_every_sheet_comes_back(book: openpyxl.Workbook, design: Design, tmp_path: Path) -> None:
    fill(book[TEACHERS], TEACHER_ROWS)
    fill(book[SCHOOLS], SCHOOL_ROWS)
    fill(book[TOTALS], TOTAL_ROWS)
    delivery = read_workbook(saved(book, tmp_path))
    assert (delivery.project, delivery.design_hash) == ("slimfit-oost", "sha256-0f1e2d")
    assert [(p.wave, p.respondent, p.grain) for p in delivery.parts] == [
        ("baseline", Respondent.pupil, Grain.unit),
        ("baseline", Respondent.teacher, Grain.unit),
        ("baseline", Respondent.school, Grain.unit),
        ("baseline", Respondent.pupil, Grain.aggregate),
    ]
    assert {(p.taken_from, p.taken_to) for p in delivery.parts} == {(TAKEN, TAKEN)}
    pupils, teachers, schools, totals = (c.frame for c in check_delivery(delivery, design))
    pd.testing.assert_frame_equal(pupils, expected_pupils())
    # (5 + (6 - 1) + 4) / 3, the second item being reversed and the fourth not answered.
    assert teachers["core.workload"].tolist() == [pytest.approx(14 / 3)]
    assert schools["core.pupils_per_fte"].tolist() == [17.25, 15]
    assert schools["school"].tolist() == ["05KO", "12AB01"]
    assert totals["n"].tolist() == [25, 24]
    assert totals["measure"].tolist() == ["core.language", "core.absence"]
    assert check_delivery(delivery, design)[0].is_acceptable


def test_the_way_back_to_the_cells(book: openpyxl.Workbook, tmp_path: Path) -> None:
    part = by_sheet(read_workbook(saved(book, tmp_path)))[PUPILS]
    assert part.origin.rows.tolist() == [7, 8, 9, 10]
    place = part.origin.place(2, "core.language")
    assert (place.file, place.sheet) == ("ingevuld.xlsx", PUPILS)
    assert (place.row, place.column) == (9, "E (Taal)")


def test_renamed_and_reordered_sheets(
    book: openpyxl.Workbook, design: Design, tmp_path: Path
) -> None:
    book[PUPILS].title = "groep 5"
    book.move_sheet("groep 5", offset=-1)
    book.move_sheet(META_SHEET, offset=-9)
    pd.testing.assert_frame_equal(typed_pupils(saved(book, tmp_path), design), expected_pupils())


def test_moved_columns_blank_lines_and_a_row_put_in_above(
    book: openpyxl.Workbook, design: Design, tmp_path: Path
) -> None:
    sheet = book[PUPILS]
    sheet.move_range("A1:H40", cols=2)
    for row in range(1, 41):
        for left, right in ((3, 9), (4, 10)):
            one, other = sheet.cell(row, left), sheet.cell(row, right)
            one.value, other.value = other.value, one.value
    sheet.move_range(f"A{FIRST_ROW + 3}:K40", rows=3)
    sheet.insert_rows(1, amount=2)
    path = saved(book, tmp_path)
    pd.testing.assert_frame_equal(typed_pupils(path, design), expected_pupils())
    part = by_sheet(read_workbook(path))[PUPILS]
    assert part.origin.rows.tolist() == [9, 10, 14, 15]
    assert part.origin.place(0, "school").column == "I (School (BRIN))"


def test_sorted_rows(book: openpyxl.Workbook, design: Design, tmp_path: Path) -> None:
    sheet = book[PUPILS]
    at = columns_of(sheet)
    shuffled = random.Random(1).sample(PUPIL_ROWS, len(PUPIL_ROWS))
    fill(sheet, shuffled)
    for number, row in enumerate(shuffled, start=FIRST_ROW + 1):
        for name in row:
            sheet.cell(number, at[name]).value = row[name]
    order = ["school", "unit", "arm"]
    found = typed_pupils(saved(book, tmp_path), design)
    pd.testing.assert_frame_equal(
        found.sort_values(order, ignore_index=True),
        expected_pupils().sort_values(order, ignore_index=True),
    )


def test_numbers_as_text_decimal_commas_and_spelled_answers(
    book: openpyxl.Workbook, design: Design, tmp_path: Path
) -> None:
    row = {"core.language": " 41,50 ", "core.absence": "2", "core.feedback": "Mee eens",
           "school": "05 ko", "arm": "interventiegroep"}  # fmt: skip
    fill(book[PUPILS], [row])
    pd.testing.assert_frame_equal(typed_pupils(saved(book, tmp_path), design), expected_pupils())


@pytest.mark.parametrize(
    ("written", "last"),
    [
        (dt.datetime(2026, 6, 10), None),
        ("10-06-2026", None),
        ("10 juni 2026", None),
        ("wo 10 jun. 2026", "10/6/26"),
        (None, "2026-06-10"),
        (46183, None),
    ],
)
def test_dates_as_people_write_them(
    book: openpyxl.Workbook, tmp_path: Path, written: object, last: object
) -> None:
    date_taken(book, "baseline", written, last)
    (part,) = read_workbook(saved(book, tmp_path)).parts
    assert (part.taken_from, part.taken_to) == (TAKEN, TAKEN)


def test_a_sheet_of_ones_own_is_left_alone(book: openpyxl.Workbook, tmp_path: Path) -> None:
    book.create_sheet("Notities")["B3"] = "nog bellen"
    delivery = read_workbook(saved(book, tmp_path))
    assert codes(delivery.findings) == ["intake.sheet_unknown"]
    assert delivery.findings[0].place.sheet == "Notities"
    assert len(delivery.parts) == 1


def test_a_copied_sheet_with_data_is_refused(book: openpyxl.Workbook, tmp_path: Path) -> None:
    book.copy_worksheet(book[PUPILS]).title = "klas 5b"
    delivery = read_workbook(saved(book, tmp_path))
    assert codes(delivery.findings) == ["intake.sheet_double"]
    assert delivery.findings[0].place.sheet == "klas 5b"


def test_a_lost_hidden_row_is_said(book: openpyxl.Workbook, tmp_path: Path) -> None:
    book[PUPILS].delete_rows(FIRST_ROW)
    delivery = read_workbook(saved(book, tmp_path))
    assert codes(delivery.findings) == ["intake.header_lost"]
    assert delivery.findings[0].place.sheet == PUPILS


def test_a_copied_column_with_values_is_refused(book: openpyxl.Workbook, tmp_path: Path) -> None:
    sheet = book[PUPILS]
    for row in range(1, 12):
        sheet.cell(row, 9).value = sheet.cell(row, 5).value
    delivery = read_workbook(saved(book, tmp_path))
    assert codes(delivery.findings) == ["intake.column_double"]
    assert delivery.findings[0].place.column == "I"


def test_a_column_of_ones_own_is_a_warning(
    book: openpyxl.Workbook, design: Design, tmp_path: Path
) -> None:
    sheet = book[PUPILS]
    sheet.cell(HEADER_ROW + 1, 9).value = "Juf"
    sheet.cell(FIRST_ROW + 1, 9).value = "x"
    (part,) = read_workbook(saved(book, tmp_path)).parts
    (found,) = check_part(part, design).findings
    assert (found.code, found.place.column) == ("intake.column_unknown", "I (Juf)")


def test_a_header_typed_over(book: openpyxl.Workbook, design: Design, tmp_path: Path) -> None:
    book[PUPILS].cell(HEADER_ROW + 1, 5).value = "Cito"
    path = saved(book, tmp_path)
    pd.testing.assert_frame_equal(typed_pupils(path, design), expected_pupils())
    assert by_sheet(read_workbook(path))[PUPILS].origin.seen("core.language") == "E (Cito)"


def test_a_hidden_name_typed_over_is_found_by_its_header(
    book: openpyxl.Workbook, design: Design, tmp_path: Path
) -> None:
    book[PUPILS].cell(FIRST_ROW, 5).value = "x"
    pd.testing.assert_frame_equal(typed_pupils(saved(book, tmp_path), design), expected_pupils())


def test_a_deleted_optional_column(book: openpyxl.Workbook, design: Design, tmp_path: Path) -> None:
    sheet = book[PUPILS]
    sheet.delete_cols(columns_of(sheet)["core.support"])
    sheet.delete_cols(columns_of(sheet)["arm"])
    (part,) = read_workbook(saved(book, tmp_path)).parts
    found = check_part(part, design)
    # Only in a school with two groups does it matter.
    assert codes(f for f in found.findings if f.is_error) == ["intake.column_missing"]
    assert found.frame["core.language"].tolist() == [41.5, 41, 41, 0]
    assert found.frame["core.support"].isna().all()


def test_merged_schools_and_groups_stand_in_each_row(
    book: openpyxl.Workbook, design: Design, tmp_path: Path
) -> None:
    sheet = book[PUPILS]
    first = FIRST_ROW + 1
    sheet.cell(first + 1, 4).value = UNITS
    for column in ("A", "D"):
        sheet.merge_cells(f"{column}{first}:{column}{first + 1}")
    delivery = read_workbook(saved(book, tmp_path))
    assert not delivery.findings
    frame = check_part(delivery.parts[0], design).frame
    assert frame["school"].tolist() == ["05KO", "05KO", "12AB01", "27XY"]
    assert frame["arm"].tolist() == ["intervention"] * 3 + ["comparison"]


def test_merged_values_are_said_to_count_once(book: openpyxl.Workbook, tmp_path: Path) -> None:
    sheet = book[PUPILS]
    sheet.merge_cells(f"E{FIRST_ROW + 1}:E{FIRST_ROW + 3}")
    sheet.merge_cells(f"F{FIRST_ROW + 1}:G{FIRST_ROW + 1}")
    sheet.merge_cells("K30:L40")
    found = read_workbook(saved(book, tmp_path)).findings
    assert [(f.code, f.place.column) for f in found] == [
        ("intake.merged", "E (Taal)"),
        ("intake.merged", "F (Verzuim)"),
    ]
    assert "E7:E9" in found[0].wrong.nl


def test_hidden_rows_and_sheets_are_read_and_that_is_said(
    book: openpyxl.Workbook, design: Design, tmp_path: Path
) -> None:
    sheet = book[PUPILS]
    for row in (FIRST_ROW + 2, FIRST_ROW + 3, FIRST_ROW + 30):
        sheet.row_dimensions[row].hidden = True
    sheet.auto_filter.ref = f"A{FIRST_ROW}:H{FIRST_ROW + 4}"
    delivery = read_workbook(saved(book, tmp_path))
    assert codes(delivery.findings) == ["intake.hidden_rows"]
    assert "2;" in delivery.findings[0].wrong.en
    pd.testing.assert_frame_equal(check_part(delivery.parts[0], design).frame, expected_pupils())
    sheet.sheet_state = "hidden"
    delivery = read_workbook(saved(book, tmp_path))
    assert codes(delivery.findings) == ["intake.hidden_sheet"]
    assert len(delivery.parts[0].frame) == 4


def test_a_formula_for_the_date(book: openpyxl.Workbook, tmp_path: Path) -> None:
    row, letter = date_taken(book, "baseline", "=DATE(2026,6,10)")
    found = read_workbook(saved(book, tmp_path)).findings
    assert [(f.code, f.place.row, f.place.column) for f in found] == [
        ("intake.formula_open", row, letter)
    ]


def test_a_row_of_formulas_alone_is_not_lost(book: openpyxl.Workbook, tmp_path: Path) -> None:
    sheet = book[PUPILS]
    for column in range(1, 9):
        sheet.cell(FIRST_ROW + 20, column).value = "=1+1"
    found = read_workbook(saved(book, tmp_path)).findings
    assert codes(found) == ["intake.formula_open"] * 8
    assert {f.place.row for f in found} == {FIRST_ROW + 20}


def test_the_workbook_of_one_wave_comes_back_too(design: Design, tmp_path: Path) -> None:
    book = opened(write_workbook(design, "baseline"))
    date_taken(book, "baseline", TAKEN)
    fill(book[PUPILS], PUPIL_ROWS)
    pd.testing.assert_frame_equal(typed_pupils(saved(book, tmp_path), design), expected_pupils())


def test_a_foreign_workbook(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.worksheets[0]["A1"] = "leerling"
    assert codes(read_workbook(saved(book, tmp_path)).findings) == ["intake.not_ours"]


def test_a_newer_workbook(book: openpyxl.Workbook, tmp_path: Path) -> None:
    book[META_SHEET]["B1"] = 99
    assert "intake.workbook_newer" in codes(read_workbook(saved(book, tmp_path)).findings)


def test_not_a_workbook_at_all(workbook: bytes, tmp_path: Path) -> None:
    path = tmp_path / "x.xlsx"
    for content in (b"", b"PK\x03\x04 but no zip", workbook[:5000]):
        path.write_bytes(content)
        assert codes(read_workbook(path).findings) == ["intake.unreadable"]
    assert codes(read_workbook(tmp_path / "none.xlsx").findings) == ["file.missing"]


def test_absurd_sizes_are_refused(
    book: openpyxl.Workbook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(book[PUPILS], [pupil(unit=f"p{n}") for n in range(13)])
    path = saved(book, tmp_path)
    monkeypatch.setattr("evalkit.collect.workbook_reading.MOST_ROWS", 12)
    found = read_workbook(path).findings
    assert codes(found) == ["intake.too_many_rows"]
    assert found[0].place.sheet == PUPILS
    monkeypatch.setattr("evalkit.collect.files._MEGABYTE", 200)
    assert codes(read_workbook(path).findings) == ["intake.too_large"]


FINITE = st.floats(min_value=0, max_value=58).map(lambda x: round(x, 6))
CODE = st.text(st.characters(categories=["L", "Nd"], include_characters="-_."), min_size=1)
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "school": st.sampled_from(["12AB01", "27XY"]),
            "class": CODE.filter(lambda c: not c[0].isdigit()),
            "core.language": st.none() | FINITE,
            "core.absence": st.none() | st.integers(0, 20),
            "core.feedback": st.none() | st.integers(1, 5),
        }
    ),
    min_size=1,
    max_size=8,
)


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rows=ROWS)
def test_any_valid_rows_come_back_equal(
    rows: list[dict[str, object]], workbook: bytes, design: Design, tmp_path: Path
) -> None:
    for number, row in enumerate(rows):
        row["unit"] = f"p{number}"
    book = opened(workbook)
    fill(book[PUPILS], rows)
    frame = typed_pupils(saved(book, tmp_path), design)
    for name in ("school", "class", "unit"):
        assert frame[name].tolist() == [row[name] for row in rows]
    for name in ("core.language", "core.absence", "core.feedback"):
        expected = pd.Series([row[name] for row in rows], dtype=float, name=name)
        pd.testing.assert_series_equal(frame[name], expected, check_exact=True)


# What LibreOffice makes of it


def test_saved_again_by_libreoffice(
    book: openpyxl.Workbook, design: Design, office: Office, tmp_path: Path
) -> None:
    path = saved(book, tmp_path)
    again = office.saved_as("xlsx", path, tmp_path / "out")
    pd.testing.assert_frame_equal(typed_pupils(again, design), expected_pupils())
    (part,) = read_workbook(again).parts
    assert (part.taken_from, part.origin.rows.tolist()) == (TAKEN, [7, 8, 9, 10])


def test_through_open_document_and_back(
    book: openpyxl.Workbook, design: Design, office: Office, tmp_path: Path
) -> None:
    book[PUPILS].title = "groep 5"
    between = office.saved_as("ods", saved(book, tmp_path), tmp_path / "ods")
    again = office.saved_as("xlsx", between, tmp_path / "xlsx")
    pd.testing.assert_frame_equal(typed_pupils(again, design), expected_pupils())
    assert read_workbook(again).parts[0].taken_from == TAKEN


def test_libreoffice_counts_what_is_filled_in(
    book: openpyxl.Workbook, office: Office, tmp_path: Path
) -> None:
    again = office.saved_as("xlsx", saved(book, tmp_path), tmp_path / "out")
    start = openpyxl.load_workbook(again, data_only=True)["Start"]
    rows = [[c.value for c in row if c.value is not None] for row in start.iter_rows()]
    counts = {row[0]: row[-1] for row in rows if len(row) == 3}
    assert (counts[PUPILS], counts[TEACHERS]) == (4, 0)
    listed = [row for row in rows if row and row[0] in ("Taal", "Verzuim", "Leerlingtevredenheid")]
    assert listed[:3] == [["Taal", 4, "✓"], ["Verzuim", 3, 1], ["Leerlingtevredenheid", 3, 1]]


def test_a_formula_is_its_result_once_it_was_counted(
    book: openpyxl.Workbook, design: Design, office: Office, tmp_path: Path
) -> None:
    sheet = book[PUPILS]
    sheet.cell(FIRST_ROW + 1, columns_of(sheet)["core.language"]).value = "=40+1.5"
    path = saved(book, tmp_path)
    delivery = read_workbook(path)
    assert codes(delivery.findings) == ["intake.formula_open"]
    place = delivery.findings[0].place
    assert (place.sheet, place.row, place.column) == (PUPILS, FIRST_ROW + 1, "E (Taal)")
    counted = office.saved_as("xlsx", path, tmp_path / "out")
    pd.testing.assert_frame_equal(typed_pupils(counted, design), expected_pupils())


def test_a_workbook_in_english_of_a_dutch_design_comes_back(design: Design, tmp_path: Path) -> None:
    assert design.language == "nl"
    filled = opened(write_workbook(design.model_copy(update={"language": "en"})))
    date_taken(filled, "baseline", TAKEN)
    (sheet,) = (
        filled[name]
        for name in filled.sheetnames
        if name.startswith("Pupils") and name.endswith("baseline")
    )
    words = {"geen": "none", "buiten de klas": "outside class", None: None}
    fill(sheet, [row | {"core.support": words[row["core.support"]]} for row in PUPIL_ROWS])
    frame = typed_pupils(saved(filled, tmp_path), design)
    pd.testing.assert_frame_equal(frame, expected_pupils())
