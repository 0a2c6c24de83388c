"""The workbook of the tables, as a reader prints it."""

from __future__ import annotations

from io import BytesIO

from openpyxl import load_workbook

from evalkit.synthesis.formats import to_xlsx


def test_a_sheet_prints_one_page_wide_with_its_headers() -> None:
    types = {f"column_{n}": "number" for n in range(60)}
    cells: dict[str, list[object]] = {name: [1.5, None] for name in types}
    book = load_workbook(BytesIO(to_xlsx({"effects": (cells, types), "few": (cells, types)})))
    for sheet in book:
        assert sheet.page_setup.orientation == "landscape"
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert (sheet.page_setup.fitToWidth or 1, sheet.page_setup.fitToHeight) == (1, 0)
        assert sheet.print_title_rows == "$1:$1"
