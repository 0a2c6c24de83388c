"""The school year: from 1 August, counted on 1 October."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.model.identifiers import normalise_school_year
from evalkit.model.school_year import (
    first_day,
    last_day,
    last_reference_date,
    reference_date,
    school_year,
)

repeatable = settings(derandomize=True, database=None)
days = st.dates(dt.date(1950, 1, 1), dt.date(2160, 12, 31))


@pytest.mark.parametrize(
    ("day", "year"),
    [("2026-07-31", "2025-2026"), ("2026-08-01", "2026-2027"), ("2027-01-01", "2026-2027")],
)
def test_a_school_year_starts_on_1_august(day: str, year: str) -> None:
    assert school_year(dt.date.fromisoformat(day)) == year


@repeatable
@given(days)
def test_each_day_is_in_one_school_year(day: dt.date) -> None:
    year = school_year(day)
    assert normalise_school_year(year.replace("-", "/")) == year
    assert first_day(year) <= day <= last_day(year)
    assert first_day(year) <= reference_date(year) <= last_day(year)
    assert school_year(last_day(year) + dt.timedelta(days=1)) == f"{int(year[:4]) + 1}-" + str(
        int(year[5:]) + 1
    )


@repeatable
@given(days)
def test_the_reference_date_is_the_nearest_1_october_that_is_not_ahead(day: dt.date) -> None:
    counted = last_reference_date(day)
    assert (counted.month, counted.day) == (10, 1)
    assert counted <= day < counted.replace(year=counted.year + 1)
