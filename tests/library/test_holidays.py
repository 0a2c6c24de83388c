"""The shipped school holidays: complete, and as the ministry has them."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from itertools import pairwise

import pytest

from evalkit.library.holidays import shipped_holidays
from evalkit.model.holidays import Status
from evalkit.model.vocabulary import Region

HOLIDAYS = shipped_holidays()
SPELL = {
    "herfstvakantie": 9, "kerstvakantie": 16, "voorjaarsvakantie": 9, "meivakantie": 9,
    "zomervakantie": 44,
}  # fmt: skip


def test_school_years_follow_each_other_without_a_gap() -> None:
    years = [year.school_year for year in HOLIDAYS.years]
    assert (years[0], years[-1]) == ("2023-2024", "2029-2030")
    assert all(one[5:] == other[:4] for one, other in pairwise(years))


@pytest.mark.parametrize("year", HOLIDAYS.years, ids=lambda year: year.school_year)
def test_each_region_has_each_holiday_once_a_year_in_whole_weeks(year) -> None:
    counted: Counter[tuple[str, Region]] = Counter()
    for holiday in year.holidays:
        if holiday.status is Status.public:
            assert holiday.starts == holiday.ends
            assert set(holiday.regions) == set(Region)
            continue
        assert holiday.starts.strftime("%A") == "Saturday"
        assert (holiday.ends - holiday.starts).days + 1 == SPELL[holiday.name.nl]
        counted.update((holiday.name.nl, region) for region in holiday.regions)
    assert counted == Counter({(name, region): 1 for name in SPELL for region in Region})


@pytest.mark.parametrize("year", HOLIDAYS.years, ids=lambda year: year.school_year)
def test_public_holidays_follow_easter(year) -> None:
    """Easter by the rule of Meeus (1991), Astronomical Algorithms, chapter 8."""
    y = int(year.school_year[5:])
    a, b, c = y % 19, y // 100, y % 100
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 19 * m) // 433
    month = (h + m - 7 * n + 90) // 25
    easter = dt.date(y, month, (h + m - 7 * n + 33 * month + 19) % 32)
    found = {h.name.en: h.starts for h in year.holidays if h.status is Status.public}
    assert found["Easter Monday"] == easter + dt.timedelta(days=1)
    assert found["Ascension Day"] == easter + dt.timedelta(days=39)
    assert found["Whit Monday"] == easter + dt.timedelta(days=50)
    king = dt.date(y, 4, 27)
    assert found["King's Day"] == (king if king.isoweekday() < 7 else dt.date(y, 4, 26))


# As the ministry's own overview of 2028-2029 has them.
@pytest.mark.parametrize(
    ("name", "region", "first", "last"),
    [
        ("herfstvakantie", "north", "2028-10-14", "2028-10-22"),
        ("herfstvakantie", "central", "2028-10-21", "2028-10-29"),
        ("herfstvakantie", "south", "2028-10-21", "2028-10-29"),
        ("kerstvakantie", "south", "2028-12-23", "2029-01-07"),
        ("voorjaarsvakantie", "north", "2029-02-17", "2029-02-25"),
        ("voorjaarsvakantie", "south", "2029-02-10", "2029-02-18"),
        ("meivakantie", "central", "2029-04-28", "2029-05-06"),
        ("zomervakantie", "north", "2029-07-21", "2029-09-02"),
        ("zomervakantie", "central", "2029-07-07", "2029-08-19"),
        ("zomervakantie", "south", "2029-07-14", "2029-08-26"),
    ],
)
def test_2028_2029_is_that_of_the_ministry(name: str, region: str, first: str, last: str) -> None:
    [year] = [year for year in HOLIDAYS.years if year.school_year == "2028-2029"]
    [found] = [h for h in year.holidays if h.name.nl == name and Region(region) in h.regions]
    assert (found.starts.isoformat(), found.ends.isoformat()) == (first, last)
