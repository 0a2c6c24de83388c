"""One delivery, and everything that is wrong with it told in one go, each thing once."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import openpyxl
import pytest

from evalkit.errors import FindingsError
from evalkit.model.design import Design
from evalkit.model.finding import Finding
from evalkit.workspace import designs
from evalkit.workspace.intake import Request, collect
from evalkit.workspace.workspace import Workspace

from . import rounds
from .rounds import AFTER, BASELINE, BEFORE, POST, codes

TOTALS = "baseline|pupil|aggregate"


def refused(workspace: Workspace, request: Request) -> list[Finding]:
    with pytest.raises(FindingsError) as caught:
        collect(workspace, request)
    return list(caught.value.findings)


def mistaken(design: Design, folder: Path) -> Path:
    """A workbook with four wrong cells."""
    rows = rounds.both_waves()
    rows[BASELINE][2]["fonds.score"] = "zestig"
    rows[BASELINE][3]["fonds.absence"] = 101
    rows[POST][4]["fonds.score"] = "n.v.t.?"
    rows[POST][5]["school"] = "99ZZ"
    taken = {"baseline": BEFORE, "post": AFTER}
    return rounds.fill(rounds.workbook_of(design, folder), rows, taken)


WRONG = {"intake.not_a_number", "intake.out_of_bounds", "intake.school_unknown"}


def test_a_formula_without_result_hides_nothing_else(
    workspace: Workspace, design: Design, tmp_path: Path
) -> None:
    path = mistaken(design, tmp_path)
    book = openpyxl.load_workbook(path)
    sheet = next(s for s in book.worksheets if "nulmeting" in s.title)
    first = rounds.FIRST_ROW + 1
    headers = {c.value: c.column for row in sheet.iter_rows(max_row=first - 1) for c in row}
    for name in ("unit", "fonds.score"):
        sheet.cell(first, headers[f"{BASELINE}|{name}"], "=1+1")
    book.save(path)
    found = refused(workspace, Request(path))
    errors = [f for f in found if f.is_error]
    assert {f.code for f in errors} == {*WRONG, "intake.formula_open"}
    # What follows from it is not told on top: the code is not missing, it was not counted.
    assert len(errors) == 6
    assert len(set(found)) == len(found)


def test_a_sheet_that_is_there_twice_hides_nothing_else(
    workspace: Workspace, design: Design, tmp_path: Path
) -> None:
    path = mistaken(design, tmp_path)
    book = openpyxl.load_workbook(path)
    book.copy_worksheet(next(s for s in book.worksheets if "nulmeting" in s.title))
    book.save(path)
    found = refused(workspace, Request(path))
    assert {f.code for f in found if f.is_error} == {*WRONG, "intake.sheet_double"}


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("school,unit,arm,fonds.score,fonds.score", "intake.column_double"),
        ("school,unit,arm,fonds.score", "intake.row_too_long"),
    ],
)
def test_a_damaged_table_hides_nothing_else(
    line: str, code: str, workspace: Workspace, design: Design, tmp_path: Path
) -> None:
    rows = "05KO,a,intervention,999\n99ZZ,b,intervention,5\n12AB01,c,comparison,7,8\n"
    path = rounds.written(tmp_path, "damaged.csv", f"{line}\n{rows}")
    said = {"project": "units-oost", "wave": "baseline", "taken_on": BEFORE}
    found = [f for f in refused(workspace, Request(path, **said)) if f.is_error]
    assert {code, "intake.out_of_bounds", "intake.school_unknown"} == {f.code for f in found}


def test_what_was_accepted_is_named_for_every_sheet_with_the_remarks(
    workspace: Workspace, design: Design, tmp_path: Path
) -> None:
    taken = {"baseline": BEFORE, "post": AFTER}
    book = rounds.workbook_of(design, tmp_path)
    collect(workspace, Request(rounds.fill(book, rounds.both_waves(), taken)))
    rows = rounds.both_waves(seed=2)
    again = rounds.fill(book, rows, taken | {"post": dt.date(2026, 3, 2)}, "later.xlsx")
    text = rounds.project_text(more="grant: 5000\n")
    designs.add_project(workspace, rounds.written(tmp_path, "project.yaml", text))
    designs.make(workspace, design.project.id)
    found = refused(workspace, Request(again))
    there = [f for f in found if f.code == "intake.already_there"]
    assert len({f.place.sheet for f in there}) == 2
    assert {"intake.design_older", "intake.taken_outside"} <= set(codes(found))
    assert codes(found)[0] == "intake.already_there"


def test_rows_in_another_order_are_the_same(
    workspace: Workspace, design: Design, tmp_path: Path
) -> None:
    rows = rounds.pupils("baseline")
    request = {"project": "units-oost", "wave": "baseline", "taken_on": BEFORE}
    (first,) = collect(workspace, Request(rounds.csv_of(rows, tmp_path), **request)).stored
    turned = rounds.csv_of(rows[::-1], tmp_path, "sorted.csv")
    again = collect(workspace, Request(turned, **request))
    assert (again.stored, codes(again.findings)) == ((), ["intake.same_data"])
    other = [*rows[::-1][:-1], rows[0] | {"fonds.score": 1}]
    changed = rounds.csv_of(other, tmp_path, "changed.csv")
    assert "intake.already_there" in codes(refused(workspace, Request(changed, **request)))
    assert workspace.store.submissions() == (first,)


def test_a_date_of_several_sheets_is_told_once(
    workspace: Workspace, design: Design, tmp_path: Path
) -> None:
    totals = [
        {"school": brin, "arm": arm, "measure": "fonds.score", "n": 12, "mean": 50, "sd": 8}
        for brin, arm in (("05KO", "intervention"), ("12AB01", "comparison"))
    ]
    parts = {BASELINE: rounds.pupils("baseline", measures=("fonds.absence",)), TOTALS: totals}
    book = rounds.fill(rounds.workbook_of(design, tmp_path), parts, {"baseline": START_LATE})
    found = collect(workspace, Request(book)).findings
    assert codes(found).count("intake.baseline_late") == 1
    late = rounds.fill(book, {}, {"baseline": rounds.TODAY + dt.timedelta(days=9)}, "b.xlsx")
    assert codes(refused(workspace, Request(late))).count("intake.taken_future") == 1


START_LATE = rounds.START + dt.timedelta(days=20)


def test_what_rows_and_totals_lack_together_is_told_once(
    workspace: Workspace, design: Design, tmp_path: Path
) -> None:
    totals = [{"school": "05KO", "arm": "intervention", "measure": "fonds.score", "n": 12,
               "mean": 50, "sd": 8}]  # fmt: skip
    rows = [row for row in rounds.pupils("baseline") if row["school"] == "05KO"]
    for row in rows:
        del row["fonds.absence"]
    parts = {BASELINE: rows, TOTALS: totals}
    book = rounds.fill(rounds.workbook_of(design, tmp_path), parts, {"baseline": BEFORE})
    missing = [f.wrong.nl for f in collect(workspace, Request(book)).findings
               if f.code == "intake.measure_missing"]  # fmt: skip
    assert any("verzuim" in text for text in missing)
    assert len(missing) == len(set(missing))
