"""Dates as people write them: real dates, spreadsheet day numbers, Dutch and English text."""

from __future__ import annotations

import datetime as dt
import re
from functools import cache

_ISO = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?:[T ].*)?")
_DAY_FIRST = re.compile(r"([0-9]{1,2})\s*[-/. ]\s*([0-9]{1,2})\s*[-/. ]\s*([0-9]{4}|[0-9]{2})")
_WITH_MONTH = re.compile(
    r"(?:[a-z]+\.?,?\s+)?([0-9]{1,2})[\s-]+([a-z]{3,})\.?[\s-]+([0-9]{4}|[0-9]{2})"
)
_EPOCH = dt.date(1899, 12, 30)
_DAY_NUMBERS = range(20_000, 80_000)
"""Spreadsheet day numbers that can be meant as a date: 1954 to 2119."""


@cache
def _months() -> dict[str, int]:
    from babel.dates import get_month_names

    return {
        str(name).lower().rstrip("."): number
        for locale in ("nl", "en")
        for width in ("wide", "abbreviated")
        for number, name in get_month_names(width, locale=locale).items()
    }


def _month(word: str) -> int | None:
    months = _months()
    if word in months:
        return months[word]
    found = {number for name, number in months.items() if name.startswith(word)}
    return found.pop() if len(found) == 1 else None


def _date(year: str, month: int | None, day: str) -> dt.date | None:
    full_year = int(year) + (2000 if len(year) == 2 else 0)
    try:
        return dt.date(full_year, month or 0, int(day))
    except ValueError:
        return None


def _from_text(text: str) -> dt.date | None:
    text = text.strip().lower()
    if match := _ISO.fullmatch(text):
        return _date(match[1], int(match[2]), match[3])
    if match := _DAY_FIRST.fullmatch(text):
        return _date(match[3], int(match[2]), match[1])
    if match := _WITH_MONTH.fullmatch(text):
        return _date(match[3], _month(match[2]), match[1])
    return None


def parse_date(value: object) -> dt.date | None:
    """The day a cell means, or none if it means no day.

    Text is read day first (``14-9-2026``, ``14/09/26``, ``14 september 2026``, ``ma 14 sep.
    2026``) or as ISO (``2026-09-14``); numbers as spreadsheet day numbers.
    """
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        known = _DAY_NUMBERS.start <= value < _DAY_NUMBERS.stop
        return _EPOCH + dt.timedelta(days=int(value)) if known else None
    return _from_text(value) if isinstance(value, str) else None
