"""School holidays: which days are left, in a region and without one."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.model.holidays import WEEKENDS, Holidays
from evalkit.model.vocabulary import Region

repeatable = settings(derandomize=True, database=None)
NAME = {"nl": "vakantie", "en": "holiday"}


def holidays(*listed: dict[str, Any]) -> Holidays:
    """A file of one school year, 2026-2027."""
    entries = [{"name": NAME, **holiday} for holiday in listed]
    year = {"school_year": "2026-2027", "source": "school guide", "holidays": entries}
    return Holidays.model_validate({"title": NAME, "years": [year]})


def spring(region: str, first: str, last: str) -> dict[str, Any]:
    return {"starts": first, "ends": last, "regions": [region]}


SPREAD = holidays(
    spring("north", "2027-02-20", "2027-02-28"),
    spring("central", "2027-02-20", "2027-02-28"),
    spring("south", "2027-02-13", "2027-02-21"),
    {"starts": "2026-12-19", "ends": "2027-01-03"},
)

entries = st.builds(
    lambda first, days, regions: {
        "starts": first, "ends": first + dt.timedelta(days=days), "regions": sorted(regions),
    },
    st.dates(dt.date(2026, 8, 1), dt.date(2027, 7, 31)),
    st.integers(0, 60),
    st.sets(st.sampled_from([region.value for region in Region]), min_size=1),
)  # fmt: skip
files = st.lists(entries, min_size=1, max_size=6).map(lambda listed: holidays(*listed))
days = st.dates(dt.date(2026, 7, 1), dt.date(2027, 10, 31))
regions = st.sampled_from([None, *Region])


def test_a_holiday_is_that_of_its_region() -> None:
    tuesday = dt.date(2027, 2, 16)
    assert not SPREAD.is_school_day(tuesday, Region.south)
    assert SPREAD.is_school_day(tuesday, Region.north)
    assert SPREAD.is_school_day(tuesday)  # without a region it is one if schools are open anywhere
    assert not SPREAD.is_school_day(dt.date(2026, 12, 22))
    assert not SPREAD.is_school_day(dt.date(2026, 9, 5))  # a Saturday


def test_without_a_region_only_what_all_share_is_listed() -> None:
    assert [(h.starts.isoformat(), h.ends.isoformat()) for h in SPREAD.of(None)] == [
        ("2026-12-19", "2027-01-03")
    ]
    assert len(list(SPREAD.of(Region.south))) == 2
    summers = holidays(
        spring("north", "2027-07-10", "2027-08-22"),
        spring("central", "2027-07-17", "2027-08-29"),
        spring("south", "2027-07-24", "2027-09-05"),
    )
    [shared] = summers.of(None)
    assert (shared.starts.isoformat(), shared.ends.isoformat()) == ("2027-07-24", "2027-08-22")


@repeatable
@given(files, days, regions)
def test_the_nearest_school_days_are_school_days_and_none_lies_between(
    file: Holidays, day: dt.date, region: Region | None
) -> None:
    following, last = file.next_school_day(day, region), file.last_school_day(day, region)
    assert last <= day <= following
    assert file.is_school_day(following, region)
    assert file.is_school_day(last, region)
    between = file.school_days(last, following, region)
    assert between == (1 if last == following else 2)


@repeatable
@given(files, days, days, regions)
def test_school_days_are_counted_as_a_calendar_shows_them(
    file: Holidays, one: dt.date, other: dt.date, region: Region | None
) -> None:
    first, last = min(one, other), max(one, other)
    wanted = [region] if region else list(Region)
    closed = {
        r: {
            holiday.starts + dt.timedelta(days=i)
            for holiday in file.years[0].holidays
            for i in range((holiday.ends - holiday.starts).days + 1)
            if r in holiday.regions
        }
        for r in wanted
    }
    span = [first + dt.timedelta(days=i) for i in range((last - first).days + 1)]
    weekdays = [day for day in span if day.isoweekday() <= 5]
    assert file.school_days(first, last, region) == sum(
        any(day not in closed[r] for r in wanted) for day in weekdays
    )


def test_without_holidays_weekends_are_free() -> None:
    monday = dt.date(2026, 9, 7)
    assert WEEKENDS.school_days(monday, monday + dt.timedelta(days=13)) == 10
    assert WEEKENDS.until is None
    assert SPREAD.until == dt.date(2027, 7, 31)


@pytest.mark.parametrize(
    ("first", "last", "code"),
    [
        ("2026-12-20", "2026-12-19", "model.dates_turned"),
        ("2026-12-19", "2027-11-03", "model.holiday_long"),
        ("2027-08-01", "2027-08-09", "model.holiday_year"),
    ],
)
def test_days_that_cannot_be_right_are_refused(first: str, last: str, code: str) -> None:
    with pytest.raises(ValueError, match=code):
        holidays({"starts": first, "ends": last})


def test_a_school_year_is_there_once() -> None:
    year = SPREAD.model_dump(mode="json")["years"][0]
    with pytest.raises(ValueError, match="holiday_year_double"):
        Holidays.model_validate({"title": NAME, "years": [year, year]})
