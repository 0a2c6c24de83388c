"""School holidays by region, and which days are left to work in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from enum import StrEnum
from functools import cached_property
from typing import Self

from pydantic import Field, model_validator

from evalkit.model.base import Model
from evalkit.model.identifiers import SchoolYear
from evalkit.model.invalid import InvalidError
from evalkit.model.school_year import last_day, school_year
from evalkit.model.text import Text
from evalkit.model.vocabulary import Region

_DAY = dt.timedelta(days=1)
_LONGEST = 100
"""Days of the longest holiday; a longer one is a slip of the pen."""


class Status(StrEnum):
    """Who sets the days of a holiday."""

    fixed = "fixed"
    advised = "advised"
    public = "public"


class Holiday(Model):
    """Days on which schools are closed."""

    name: Text = Field(description="Name.")
    starts: dt.date = Field(description="First day.")
    ends: dt.date = Field(description="Last day.")
    status: Status = Field(
        Status.fixed,
        description="Set by the ministry (fixed), advised by it, or a public holiday (public).",
    )
    regions: tuple[Region, ...] = Field(
        tuple(Region), min_length=1, description="Regions it holds for; all if left out."
    )

    @model_validator(mode="after")
    def _days_in_order(self) -> Self:
        if self.ends < self.starts:
            raise InvalidError("model.dates_turned", start=self.starts, end=self.ends)
        if (self.ends - self.starts).days >= _LONGEST:
            raise InvalidError("model.holiday_long", start=self.starts, end=self.ends)
        return self


class HolidayYear(Model):
    """The holidays of one school year; its summer holiday runs on into the next."""

    school_year: SchoolYear = Field(description="School year: 2026-2027.")
    source: str = Field(min_length=1, description="Where the days come from.")
    holidays: tuple[Holiday, ...] = Field(min_length=1, description="The holidays.")

    @model_validator(mode="after")
    def _start_in_the_year(self) -> Self:
        for holiday in self.holidays:
            if school_year(holiday.starts) != self.school_year:
                raise InvalidError(
                    "model.holiday_year", start=holiday.starts, school_year=self.school_year
                )
        return self


class Holidays(Model):
    """A file of school holidays. Without years, weekends alone are free."""

    title: Text = Field(description="What the file holds.")
    years: tuple[HolidayYear, ...] = Field(description="School years, one entry each.")

    @model_validator(mode="after")
    def _years_once(self) -> Self:
        years = [year.school_year for year in self.years]
        double = sorted({year for year in years if years.count(year) > 1})
        if double:
            raise InvalidError("model.holiday_year_double", years=", ".join(double))
        return self

    @property
    def until(self) -> dt.date | None:
        """The last day of the last school year in the file; later holidays are not known."""
        return last_day(max(year.school_year for year in self.years)) if self.years else None

    def of(self, region: Region | None) -> Iterator[Holiday]:
        """The holidays of a region, by day; without a region, those that all regions share."""
        found = [
            holiday
            for year in self.years
            for holiday in year.holidays
            if (region in holiday.regions if region else set(holiday.regions) == set(Region))
        ]
        if region is None:
            found += self._shared()
        yield from sorted(found, key=lambda holiday: (holiday.starts, holiday.ends))

    def _shared(self) -> Iterator[Holiday]:
        """Where each region has a holiday of the same name at its own time: the days in common."""
        for year in self.years:
            own = [h for h in year.holidays if set(h.regions) != set(Region)]
            for name in dict.fromkeys(holiday.name.nl for holiday in own):
                parts = [holiday for holiday in own if holiday.name.nl == name]
                starts, ends = max(h.starts for h in parts), min(h.ends for h in parts)
                everywhere = {region for h in parts for region in h.regions} == set(Region)
                if everywhere and (ends - starts).days >= 2:  # more than a weekend
                    update = {"starts": starts, "ends": ends, "regions": tuple(Region)}
                    yield parts[0].model_copy(update=update)

    def is_school_day(self, day: dt.date, region: Region | None = None) -> bool:
        """Whether schools of the region are open; of no region, whether any region's are."""
        if day.weekday() >= 5:
            return False
        closed = self._closed.get(day, frozenset())
        return region not in closed if region else len(closed) < len(Region)

    @cached_property
    def _closed(self) -> dict[dt.date, frozenset[Region]]:
        """The regions whose schools are closed on a day, of all days in a holiday."""
        closed: dict[dt.date, frozenset[Region]] = {}
        for holiday in (h for year in self.years for h in year.holidays):
            for i in range((holiday.ends - holiday.starts).days + 1):
                day = holiday.starts + i * _DAY
                closed[day] = closed.get(day, frozenset()) | set(holiday.regions)
        return closed

    def school_days(self, first: dt.date, last: dt.date, region: Region | None = None) -> int:
        """Number of school days from ``first`` to ``last``, both included."""
        days = range((last - first).days + 1)
        return sum(self.is_school_day(first + i * _DAY, region) for i in days)

    def next_school_day(self, day: dt.date, region: Region | None = None) -> dt.date:
        """The first school day on or after a day."""
        while not self.is_school_day(day, region):
            day += _DAY
        return day

    def last_school_day(self, day: dt.date, region: Region | None = None) -> dt.date:
        """The last school day on or before a day."""
        while not self.is_school_day(day, region):
            day -= _DAY
        return day


WEEKENDS = Holidays(title=Text(nl="alleen weekenden", en="weekends alone"), years=())
"""No holidays known: weekends alone are free."""
