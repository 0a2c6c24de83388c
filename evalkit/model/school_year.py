"""The Dutch school year: it starts on 1 August, and schools are counted on 1 October.

A school year is written as ``2026-2027``; ``SchoolYear`` in ``identifiers`` reads other forms.
The first day is that of article 1 of the Wet op het primair onderwijs; on the reference date
schools count their pupils and staff for the administration.
"""

from __future__ import annotations

import datetime as dt

from evalkit.model.identifiers import SchoolYear


def school_year(day: dt.date) -> SchoolYear:
    """The school year a day falls in."""
    first = day.year if day.month >= 8 else day.year - 1
    return f"{first:04d}-{first + 1:04d}"


def first_day(year: SchoolYear) -> dt.date:
    """1 August."""
    return dt.date(int(year[:4]), 8, 1)


def last_day(year: SchoolYear) -> dt.date:
    """31 July."""
    return dt.date(int(year[5:]), 7, 31)


def reference_date(year: SchoolYear) -> dt.date:
    """1 October, the day the school administration is counted on."""
    return dt.date(int(year[:4]), 10, 1)


def last_reference_date(day: dt.date) -> dt.date:
    """The last 1 October on or before a day."""
    return dt.date(day.year if day >= dt.date(day.year, 10, 1) else day.year - 1, 10, 1)
