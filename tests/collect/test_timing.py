"""Dates of taking against the window, the day of receipt and the project's start."""

from __future__ import annotations

import datetime as dt

import pytest

from evalkit.collect.delivery import Taken
from evalkit.collect.timing import baseline_status, check_dates, taken_of
from evalkit.model.design import Design
from evalkit.model.finding import Place
from evalkit.model.vocabulary import BaselineStatus

from .designs import START
from .filling import codes, part_of, pupil

DAY = dt.timedelta(days=1)
RECEIVED = dt.date(2026, 10, 1)
PLACE = Place(file="w.xlsx", sheet="Start", row=13, column="E")


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (dt.date(2026, 6, 10), None, []),
        (dt.date(2026, 6, 1), dt.date(2026, 8, 31), []),
        (None, None, ["intake.taken_missing"]),
        ("vorige week", None, ["intake.taken_invalid"]),
        ("x", "y", ["intake.taken_invalid", "intake.taken_invalid"]),
        ("2026-06-12", "2026-06-11", ["intake.taken_reversed"]),
        (RECEIVED + DAY, None, ["intake.taken_future"]),
        (dt.date(2026, 5, 31), None, ["intake.taken_outside"]),
        (START - DAY, START, ["intake.baseline_late"]),
        (START, None, ["intake.baseline_late"]),
    ],
)
def test_dates(design: Design, first: object, last: object, expected: list[str]) -> None:
    taken = taken_of((first, PLACE), (last, PLACE))
    found = check_dates(part_of([pupil()], taken=taken), design, RECEIVED)
    assert codes(found) == expected
    assert {finding.place for finding in found} <= {PLACE}


def test_a_day_outside_the_window_of_another_wave(design: Design) -> None:
    part = part_of([pupil()], wave="post", taken=Taken(RECEIVED, RECEIVED))
    assert codes(check_dates(part, design, RECEIVED)) == ["intake.taken_outside"]


@pytest.mark.parametrize(
    ("first", "last", "status"),
    [
        (None, None, BaselineStatus.absent),
        (START - DAY, START - DAY, BaselineStatus.proven),
        (START - DAY, None, BaselineStatus.proven),
        (START - DAY, START, BaselineStatus.late),
        (START, START + DAY, BaselineStatus.late),
    ],
)
def test_baseline_status(
    design: Design, first: dt.date | None, last: dt.date | None, status: BaselineStatus
) -> None:
    assert baseline_status(design, "baseline", first, last) is status
    assert baseline_status(design, "post", first, last) is None
