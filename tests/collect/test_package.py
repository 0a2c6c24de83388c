"""The JSON package, and that the three ways in say the same of the same content."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evalkit.collect.checks import check_delivery
from evalkit.collect.delivery import Delivery
from evalkit.collect.exports import read_export
from evalkit.collect.package import read_package
from evalkit.collect.tables import read_table
from evalkit.collect.timing import check_dates
from evalkit.collect.workbook_reading import read_workbook
from evalkit.model.design import Design

from .filling import PUPILS, TAKEN, codes, date_taken, fill, opened, pupil, saved

PACKAGE: dict[str, Any] = {
    "project": "slimfit-oost",
    "design_hash": "sha256-0f1e2d",
    "parts": [
        {"wave": "baseline", "respondent": "pupil", "grain": "unit",
         "taken_from": "2026-06-10", "taken_to": "2026-06-11",
         "rows": [pupil(), {}, pupil(unit="p2", core__language=99)]},
    ],
}  # fmt: skip


def read(folder: Path, content: Any) -> Delivery:
    path = folder / "pakket.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
    return read_package(path)


def changed(**change: Any) -> dict[str, Any]:
    return PACKAGE | {"parts": [PACKAGE["parts"][0] | change]}


def test_a_package(design: Design, tmp_path: Path) -> None:
    delivery = read(tmp_path, PACKAGE)
    assert (delivery.project, delivery.design_hash) == ("slimfit-oost", "sha256-0f1e2d")
    (part,) = delivery.parts
    assert (str(part.taken_from), str(part.taken_to)) == ("2026-06-10", "2026-06-11")
    (finding,) = check_delivery(delivery, design)[0].findings
    assert (finding.code, finding.place.row, finding.place.column, finding.place.key) == (
        "intake.out_of_bounds", 3, "core.language", "/parts/0/rows/2",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("content", "code", "key"),
    [
        ("{", "intake.unreadable", None),
        ("[" * 100_000, "intake.unreadable", None),
        ("[]", "file.value_type", "/"),
        ({"project": "x", "parts": []}, "file.key_missing", "/design_hash"),
        (PACKAGE | {"extra": 1}, "file.key_unknown", "/extra"),
        (PACKAGE | {"parts": []}, "intake.empty", None),
        (changed(rows=[]), "intake.empty", None),
        (changed(respondent="dog"), "file.value_choice", "/parts/0/respondent"),
        (changed(rows=[1]), "file.value_type", "/parts/0/rows/0"),
        (changed(kind=1), "file.key_unknown", "/parts/0/kind"),
        (PACKAGE | {"parts": PACKAGE["parts"] * 2}, "intake.sheet_double", "/parts/1/rows"),
    ],
)
def test_a_package_of_the_wrong_shape(
    tmp_path: Path, content: Any, code: str, key: str | None
) -> None:
    (finding,) = read(tmp_path, content).findings
    assert (finding.code, finding.place.key) == (code, key)


def test_a_date_that_is_none(design: Design, tmp_path: Path) -> None:
    (part,) = read(tmp_path, changed(taken_from="gisteren", taken_to=None)).parts
    (finding,) = check_dates(part, design, TAKEN)
    assert (finding.code, finding.place.key) == ("intake.taken_invalid", "/parts/0/taken_from")


WRONG: list[list[dict[str, Any]]] = [
    [pupil(school="99ZZ")],
    [pupil(arm="geen idee"), pupil()],
    [pupil(unit=None), pupil(core__language="veel")],
    [pupil(core__language="58,5"), pupil(unit="q", core__absence=1.5)],
    [pupil(core__feedback=9, core__support="soms")],
    [pupil(core__language="7-5-2026")],
    [pupil(unit="111222333"), pupil(unit="123456782")],
    [pupil(school="27XY"), pupil(school="27XY", **{"class": None})],
    [pupil(core__absence=None)],
]


@pytest.mark.parametrize("rows", WRONG)
def test_three_ways_in_give_the_same_findings(
    rows: list[dict[str, Any]], design: Design, workbook: bytes, tmp_path: Path
) -> None:
    book = opened(workbook)
    date_taken(book, "baseline", TAKEN)
    fill(book[PUPILS], rows)
    names = list(rows[0])
    lines = [";".join(names)] + [
        ";".join("" if row[name] is None else str(row[name]) for name in names) for row in rows
    ]
    table = tmp_path / "t.csv"
    table.write_text("\n".join(lines), "utf-8")
    ways = (
        read_workbook(saved(book, tmp_path)),
        read_export(read_table(table), design, wave="baseline", taken_from=TAKEN),
        read(tmp_path, changed(rows=rows)),
    )
    said = [codes(check_delivery(delivery, design)[0].findings) for delivery in ways]
    assert said[0]
    assert said[0] == said[1] == said[2]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
CELLS = st.dictionaries(st.sampled_from([*pupil(), "iets"]), JSON, max_size=5)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rows=st.lists(CELLS, max_size=5))
def test_no_cells_crash_it(rows: list[dict[str, Any]], design: Design, tmp_path: Path) -> None:
    delivery = read(tmp_path, changed(rows=rows))
    assert delivery.findings or check_delivery(delivery, design)
