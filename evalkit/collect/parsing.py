"""From raw cells to typed columns, a column at a time.

Every cell first becomes text in one canonical form, so that a workbook, a CSV and a package
with the same content are read the same way.
"""

from __future__ import annotations

import datetime as dt
import json
import math
import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from evalkit.collect.spelling import clean, option_key

NO_VALUE = frozenset(
    {"", "-", "–", "—", ".", "na", "n/a", "n.a.", "nan", "nvt", "n.v.t.", "null", "none", "#n/b"}
    | {"#n/a"}
)
"""What people and programs write in a measure's cell when there is no value (lower case)."""

_PLAIN = r"[+-]?(?:[0-9]+(?:[.,][0-9]*)?|[.,][0-9]+)(?:[eE][+-]?[0-9]{1,4})?"
_DUTCH_GROUPS = r"[+-]?[0-9]{1,3}(?:(?:\.[0-9]{3}){2,}|(?:\.[0-9]{3})+,[0-9]*)"
_ENGLISH_GROUPS = r"[+-]?[0-9]{1,3}(?:(?:,[0-9]{3}){2,}|(?:,[0-9]{3})+\.[0-9]*)"
_SPACE_GROUPS = re.compile(r"[+-]?[0-9]{1,3}(?: [0-9]{3})+(?:[.,][0-9]*)?")
_DATE_LIKE = (
    r"[0-9]{1,2}[-/.][0-9]{1,2}(?:[-/.][0-9]{2,4})?|[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ].*)?"
    r"|[0-9]{1,2}[- ](?:jan|feb|mrt|mar|apr|mei|may|jun|jul|aug|sep|okt|oct|nov|dec)[a-z]*\.?"
)
_ERROR_VALUE = r"#[a-zà-ž0-9/]{2,12}[!?]|err:[0-9]{3}"
_ERROR_MARKS = frozenset({"#n/a", "#n/b"})
_ISO_DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"


def _number_text(value: float) -> str | None:
    if math.isnan(value):
        return None
    if value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return repr(value)


def cell_text(value: object) -> str | None:
    """One cell as canonical text: ``12.0`` is ``12``, a date is ISO; none if it is empty."""
    if value is None or value is pd.NaT or value is pd.NA:
        return None
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, bool | np.bool_):
        return str(bool(value))
    if isinstance(value, int | np.integer):
        # Python refuses to print integers of over 4,300 digits.
        return str(int(value)) if abs(int(value)) < 10**300 else "∞"
    if isinstance(value, float | np.floating):
        return _number_text(float(value))
    if isinstance(value, dt.datetime):
        return value.isoformat(sep=" ").removesuffix(" 00:00:00")
    if isinstance(value, dict | list | tuple):
        return clean(json.dumps(value, ensure_ascii=True, default=str))
    return clean(str(value))


_ALIKE = frozenset({"string", "integer", "floating", "mixed-integer-float"})
"""Columns in which values that are equal have one text; truth values are equal to 1 and 0."""


def texts(raw: pd.Series[Any]) -> pd.Series[Any]:
    """A column of cells as canonical text (object; none where empty)."""
    if pd.api.types.infer_dtype(raw, skipna=True) in _ALIKE:
        # Few values differ, as a rule: each is read once.
        number, values = pd.factorize(raw.to_numpy(dtype=object))
        known = np.array([*(cell_text(value) for value in values), None], dtype=object)
        return pd.Series(known[number], index=raw.index, dtype=object, name=raw.name)
    read = [cell_text(value) for value in raw.tolist()]
    return pd.Series(read, index=raw.index, dtype=object, name=raw.name)


def by_value(
    text: pd.Series[Any], of: Callable[[pd.Series[Any]], pd.Series[Any]], missing: Any
) -> pd.Series[Any]:
    """What ``of`` makes of a text column, computed once for each different text.

    Args:
        text: Canonical text.
        of: From different texts, none missing, to as many values.
        missing: The value of an empty cell.
    """
    number, values = pd.factorize(text.to_numpy(dtype=object))
    found = of(pd.Series(values, dtype=object)).to_numpy()
    known = np.concatenate([found, np.array([missing], dtype=found.dtype)])
    return pd.Series(known[number], index=text.index, dtype=known.dtype)


def without_marks(text: pd.Series[Any]) -> pd.Series[Any]:
    """Text in which the marks for "no value" are empty too."""
    marks = by_value(text, lambda values: values.str.lower().isin(NO_VALUE), False)
    return text.mask(marks, None)


def looks_like_date(text: pd.Series[Any]) -> pd.Series[bool]:
    """Where text looks like a day, or like the day a spreadsheet made of a number."""
    return by_value(text, lambda values: _matches(values.str.lower(), _DATE_LIKE), False)


def is_error_value(text: pd.Series[Any]) -> pd.Series[bool]:
    """Where a spreadsheet wrote that a formula failed: ``#DIV/0!``, ``#VERW!``, ``Err:502``."""
    return by_value(text, lambda values: _matches(values.str.lower(), _ERROR_VALUE), False)


def is_error_mark(text: pd.Series[Any]) -> pd.Series[bool]:
    """Where a spreadsheet wrote that a formula found no value: ``#N/A``, in Dutch ``#N/B``."""
    return by_value(text, lambda values: values.str.lower().isin(_ERROR_MARKS), False)


def is_iso_day(text: pd.Series[Any]) -> pd.Series[bool]:
    """Where text is a day in ISO form, as real date cells become."""
    return by_value(text, lambda values: _matches(values, _ISO_DAY), False)


def _matches(text: pd.Series[Any], pattern: str) -> pd.Series[bool]:
    return text.str.fullmatch(pattern).fillna(False).astype(bool)


THOUSANDS = r"[+-]?[1-9][0-9]{0,2}\.[0-9]{3}"
"""What is read as a decimal with a point, and may be meant as thousands: ``1.234``."""


def may_be_thousands(text: pd.Series[Any]) -> pd.Series[bool]:
    """Where ``1.234`` may be meant as 1234: nowhere if other numbers have a decimal point."""
    found = by_value(text, lambda values: _matches(values, THOUSANDS), False)
    pointed = by_value(text, lambda values: values.str.contains(".", regex=False), False)
    return found & bool(not (pointed & ~found).any())


def numbers(text: pd.Series[Any]) -> tuple[pd.Series[float], pd.Series[bool]]:
    """The numbers in a text column, and where there is text that is no finite number.

    Reads ``7,5`` and ``7.5`` alike; ``1.234,5``, ``1,234.5``, ``1.234.567`` and ``1 234`` as
    thousands; ``1.234`` as a decimal, of which ``may_be_thousands`` tells.
    """
    values = by_value(text, _read_numbers, float("nan"))
    return values, text.notna() & values.isna()


def _read_numbers(text: pd.Series[Any]) -> pd.Series[float]:
    plain = text.str.replace("\u2212", "-", regex=False)
    plain = plain.str.replace(_SPACE_GROUPS, lambda m: m[0].replace(" ", ""), regex=True)
    dutch, english = _matches(plain, _DUTCH_GROUPS), _matches(plain, _ENGLISH_GROUPS)
    plain = plain.mask(dutch, plain.str.replace(".", "", regex=False))
    plain = plain.mask(english, plain.str.replace(",", "", regex=False))
    readable = _matches(plain, _PLAIN)
    dotted = plain.str.replace(",", ".", regex=False).where(readable, "nan")
    # Python's own float(): pandas' parser can be off in the last digit.
    values = pd.Series(dotted.to_numpy(dtype=object).astype(float), index=text.index)
    return values.where(np.isfinite(values))


def chosen(
    text: pd.Series[Any], lookup: Mapping[str, Any]
) -> tuple[pd.Series[Any], pd.Series[bool]]:
    """The option each cell names, and where a cell names none.

    Args:
        text: Canonical text.
        lookup: ``option_key`` of every accepted spelling to the value it stands for.
    """

    def named(values: pd.Series[Any]) -> pd.Series[Any]:
        options = [lookup.get(option_key(value)) for value in values]
        return pd.Series(options, index=values.index, dtype=object)

    found = by_value(text, named, None)
    return found, text.notna() & found.isna()
