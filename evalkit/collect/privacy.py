"""Privacy at the door: columns that hold personal numbers are refused."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

from evalkit.model.identifiers import passes_eleven_test

_WRITTEN = r"[0-9]{8,9}|[0-9]{4}[. ][0-9]{2}[. ][0-9]{3}|[0-9]{3}[. ][0-9]{3}[. ][0-9]{3}"


def holds_personal_numbers(text: pd.Series[Any]) -> bool:
    """Whether most values of a text column are a BSN or onderwijsnummer.

    Of arbitrary nine-digit codes 2 in 11 pass the test, so most of a column passing is no
    coincidence; the share is taken over the values that are there.
    """
    present = text.dropna()
    if present.empty:
        return False
    shaped = present[present.str.fullmatch(_WRITTEN).fillna(False).astype(bool)]
    if 2 * len(shaped) <= len(present):
        return False
    digits = shaped.str.replace(r"[. ]", "", regex=True)
    return 2 * int(digits.map(passes_eleven_test).sum()) > len(present)


def personal_columns(columns: Iterable[tuple[str, pd.Series[Any]]]) -> frozenset[str]:
    """The names of the columns that hold personal numbers."""
    return frozenset(name for name, text in columns if holds_personal_numbers(text))
