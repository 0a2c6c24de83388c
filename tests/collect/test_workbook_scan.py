"""What a sheet holds besides values, however the program that wrote it puts it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.collect.workbook_scan import Area, scan

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def sheet(rows: str, after: str = "", prefix: str = "") -> bytes:
    name = f"{prefix}:" if prefix else ""
    space = f"xmlns:{prefix}" if prefix else "xmlns"
    text = f'<worksheet {space}="{MAIN}"><sheetData>{rows}</sheetData>{after}</worksheet>'
    for tag in ("worksheet ", "sheetData", "row", "c ", "c>", "f>", "v>", "v/", "mergeCell"):
        text = text.replace(f"<{tag}", f"<{name}{tag}").replace(f"</{tag}", f"</{name}{tag}")
    return text.replace("</worksheet", f"</{name}worksheet").encode()


@pytest.mark.parametrize("prefix", ["", "x"])
def test_formulas_merges_and_hidden_rows(prefix: str) -> None:
    rows = (
        '<row r="3"><c r="B3"><f>1+1</f><v>2</v></c><c r="C3"><f>1+1</f><v></v></c></row>'
        '<row r="7" hidden="true"><c r="AA7"><f>A1</f></c><c r="AB7"><v>1</v></c></row>'
        '<row r="9" hidden="1"/><row r="10" hidden="0"/>'
    )
    seen = scan(sheet(rows, '<mergeCell ref="$B$3:C5"/><mergeCell ref="onzin"/>', prefix))
    assert seen.open_formulas == [(3, 3), (7, 27)]
    assert seen.merged == [Area(3, 2, 5, 3)]
    assert seen.hidden == {7, 9}


def test_an_empty_text_is_a_result() -> None:
    rows = '<row r="1"><c r="A1" t="str"><f>""</f><v></v></c></row>'
    assert scan(sheet(rows)).open_formulas == []


def test_cells_without_a_place_are_counted() -> None:
    rows = '<row><c><v>1</v></c></row><row hidden="1"><c><v>1</v></c><c><f>A1</f></c></row>'
    seen = scan(sheet(rows.replace("<c>", "<c >")))
    assert (seen.open_formulas, seen.hidden) == ([(2, 2)], {2})


@given(st.lists(st.tuples(st.integers(1, 500), st.integers(1, 80)), unique=True))
def test_every_open_formula_is_found_where_it_is(places: list[tuple[int, int]]) -> None:
    from openpyxl.utils import get_column_letter

    rows = "".join(
        f'<row r="{row}"><c r="{get_column_letter(column)}{row}"><f>1</f><v/></c></row>'
        for row, column in places
    )
    assert scan(sheet(rows)).open_formulas == places
