"""Cells as text, numbers, options and dates: examples and properties."""

from __future__ import annotations

import datetime as dt
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.collect.dates import parse_date
from evalkit.collect.parsing import cell_text, looks_like_date, numbers, texts, without_marks


def number(cell: object) -> float | None:
    """The number in one cell; none if it is no number."""
    values, bad = numbers(texts(pd.Series([cell], dtype=object)))
    return None if bad.iloc[0] else float(values.iloc[0])


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        (7, 7), (7.5, 7.5), ("7,5", 7.5), ("7.5", 7.5), (" 7 ", 7), ("\u00a07,50", 7.5),
        ("-3", -3), ("−3", -3), ("+3", 3), (",5", 0.5), ("5,", 5), ("1.234", 1.234),
        ("1.234,5", 1234.5), ("1,234.5", 1234.5), ("1.234.567", 1234567), ("1 234,5", 1234.5),
        ("1e3", 1000), (np.int64(4), 4), (np.float32(0.5), 0.5), ("0,1", 0.1),
    ],
)  # fmt: skip
def test_numbers(cell: object, value: float) -> None:
    assert number(cell) == value


@pytest.mark.parametrize(
    "cell",
    ["zeven", "7,5,1", "7.5.1", "1e999", "inf", "∞", "12 34", "0x10", "1_000", "٣", True, "6%",
     [1], {"a": 1}, dt.date(2026, 5, 7), 10**400, math.inf, "#DIV/0!"],
)  # fmt: skip
def test_not_numbers(cell: object) -> None:
    assert number(cell) is None


@pytest.mark.parametrize("cell", [None, math.nan, "", "  ", pd.NaT, pd.NA, "\ufeff"])
def test_nothing(cell: object) -> None:
    assert cell_text(cell) is None


@pytest.mark.parametrize("cell", ["-", "NA", "n.v.t.", "nvt", "#N/B", "NaN"])
def test_marks_for_no_value(cell: str) -> None:
    assert without_marks(texts(pd.Series([cell, "7"]))).tolist() == [None, "7"]


@pytest.mark.parametrize("cell", [dt.datetime(2026, 5, 7), "7-5", "7-5-2026", "7 mei", "7/5"])
def test_what_a_spreadsheet_made_a_date(cell: object) -> None:
    assert looks_like_date(texts(pd.Series([cell], dtype=object))).all()


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_any_number_comes_back_exactly(value: float) -> None:
    assert number(value) == value
    assert number(repr(value)) == value
    assert number(repr(value).replace(".", ",")) == value


@given(st.integers(-(10**14), 10**14), st.integers(0, 99))
def test_thousands_in_dutch(whole: int, cents: int) -> None:
    written = f"{whole:,}".replace(",", ".") + f",{cents:02d}"
    assert number(written) == float(f"{whole}.{cents:02d}")


@given(st.lists(st.none() | st.text() | st.floats() | st.integers() | st.booleans()))
def test_any_cells_are_read_without_a_crash(cells: list[object]) -> None:
    text = texts(pd.Series(cells, dtype=object))
    values, bad = numbers(text)
    assert not (values.notna() & bad).any()
    assert (text.notna() == (values.notna() | bad)).all()


@given(st.dates(dt.date(2000, 1, 1), dt.date(2099, 12, 31)))
def test_any_day_as_people_write_it(day: dt.date) -> None:
    months = "januari februari maart april mei juni juli augustus september oktober november"
    month = [*months.split(), "december"][day.month - 1]
    for written in (
        day, dt.datetime.combine(day, dt.time(9)), day.isoformat(), f"{day:%d-%m-%Y}",
        f"{day.day}/{day.month}/{day:%y}", f"{day.day} {month} {day.year}",
        f"za {day.day} {month[:3]}. {day.year}", (day - dt.date(1899, 12, 30)).days,
    ):  # fmt: skip
        if isinstance(written, str) and month == "maart":
            written = written.replace("maa.", "mrt.")
        assert parse_date(written) == day, written


@pytest.mark.parametrize(
    "cell",
    ["", "gisteren", "31-02-2026", "2026", 12, True, None, "13/13/2026", "1 foo 2026", 1e300],
)
def test_not_days(cell: object) -> None:
    assert parse_date(cell) is None


@given(st.text() | st.floats() | st.integers() | st.none())
def test_no_cell_crashes_the_reading_of_dates(cell: object) -> None:
    assert parse_date(cell) is None or isinstance(parse_date(cell), dt.date)
