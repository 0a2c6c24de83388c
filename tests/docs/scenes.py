"""What happens between the commands of a page: what a person does outside evalkit."""

from __future__ import annotations

import datetime as dt
import importlib
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from evalkit.collect.workbook_format import (
    TAKEN_FROM_MARK,
    TAKEN_TO_MARK,
    WAVE_MARK,
    parse_machine_name,
)
from evalkit.workspace.designs import add_project
from evalkit.workspace.protocols import add_protocol
from evalkit.workspace.workspace import Workspace

from .pages import DOCS, blocks

TAKEN = (dt.date(2026, 9, 14), dt.date(2026, 9, 16))


def files_of(page: str, folder: Path) -> list[Path]:
    """Write the files a page shows, and return them."""
    written = []
    for block in blocks(DOCS / page):
        name = block.mark("file")
        if name:
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, encoding="utf-8")
            written.append(path)
    return written


def office(folder: Path, _: pytest.MonkeyPatch) -> None:
    """The office has the scheme and project of the funder's page."""
    files_of("funder.md", folder)
    with Workspace.create(folder / "office") as workspace:
        add_protocol(workspace, folder / "rekenfonds.yaml")
        add_project(workspace, folder / "rekenteam.yaml")


def in_office(folder: Path, patch: pytest.MonkeyPatch) -> None:
    """As ``office``, and it is where commands look."""
    office(folder, patch)
    patch.setenv("EVALKIT_WORKSPACE", "office")


def third_school(folder: Path, _: pytest.MonkeyPatch) -> None:
    """A school joins the project of the funder's page."""
    path = folder / "rekenteam.yaml"
    last = "  - {brin: 00XB, arms: [comparison]}\n"
    text = path.read_text(encoding="utf-8")
    assert last in text
    more = "  - {brin: 00XC, arms: [intervention]}\n"
    path.write_text(text.replace(last, last + more), encoding="utf-8")


def filled_wrong(folder: Path, _: pytest.MonkeyPatch) -> None:
    """The school filled in its baseline with five mistakes."""
    _fill(
        folder, {(2, "grade"): "zes", (4, "confident"): 7, (5, "code"): "a05", (20, "brin"): "00XC"}
    )


def filled(folder: Path, _: pytest.MonkeyPatch) -> None:
    """The school filled in its baseline."""
    _fill(folder, {}, TAKEN)


def filled_again(folder: Path, _: pytest.MonkeyPatch) -> None:
    """The school corrected one grade."""
    _fill(folder, {(2, "grade"): 7.5}, TAKEN)


_COLUMNS = {
    "brin": "school",
    "code": "unit",
    "confident": "rekenfonds.confidence.i1",
    "grade": "datateams.exam_results",
}


def _fill(
    folder: Path,
    otherwise: dict[tuple[int, str], object],
    taken: tuple[dt.date, dt.date] | None = None,
) -> None:
    book = load_workbook(folder / "rekenteam" / "workbook.xlsx")
    for sheet in book.worksheets:
        for row in range(1, 40):
            names = {cell.value: cell.column for cell in sheet[row] if isinstance(cell.value, str)}
            if WAVE_MARK in names and taken:
                _date(sheet, row, names, taken)
            parsed = {parse_machine_name(n): c for n, c in names.items() if parse_machine_name(n)}
            for key, column in parsed.items():
                assert key is not None
                (wave, respondent, grain), name = key
                if (wave, respondent.value, grain.value) == ("baseline", "pupil", "unit"):
                    _column(sheet, row + 1, column, name, otherwise)
    book.save(folder / "workbook.xlsx")


def _date(
    sheet: Worksheet, row: int, names: dict[str, int], taken: tuple[dt.date, dt.date]
) -> None:
    for below in range(row + 1, row + 8):
        if sheet.cell(below, names[WAVE_MARK]).value == "baseline":
            sheet.cell(below, names[TAKEN_FROM_MARK]).value = taken[0]
            sheet.cell(below, names[TAKEN_TO_MARK]).value = taken[1]


def _column(
    sheet: Worksheet,
    first: int,
    column: int,
    name: str,
    otherwise: dict[tuple[int, str], object],
) -> None:
    """Twelve pupils of each of two schools."""
    asked = {_COLUMNS[key]: (row, value) for (row, key), value in otherwise.items()}
    for row in range(24):
        brin, i = ("00XA", "00XB")[row // 12], row % 12 + 1
        value: object = {
            "school": brin,
            "class": "7",
            "unit": f"{brin[-1].lower()}{i:02d}",
            "arm": None,
            "datateams.exam_results": 5.5 + i * 7 % 40 / 10,
        }.get(name, 2 + (i + len(name)) % 4)
        if name in asked and asked[name][0] == row:
            value = asked[name][1]
        sheet.cell(first + row, column).value = value


def installed(folder: Path, patch: pytest.MonkeyPatch) -> None:
    """The plugin in the folder is installed, as ``pip install -e .`` would."""
    project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    source = folder / "src"
    info = source / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n",
        encoding="utf-8",
    )
    points = project["entry-points"]["evalkit"].items()
    (info / "entry_points.txt").write_text(
        "[evalkit]\n" + "".join(f"{name} = {value}\n" for name, value in points), encoding="utf-8"
    )
    patch.setattr(sys, "path", [str(source), *sys.path])
    importlib.invalidate_caches()


SCENES: dict[str, Callable[[Path, pytest.MonkeyPatch], None]] = {
    "office": office,
    "in the office": in_office,
    "a third school": third_school,
    "filled in with mistakes": filled_wrong,
    "filled in": filled,
    "filled in again": filled_again,
    "installed": installed,
}
