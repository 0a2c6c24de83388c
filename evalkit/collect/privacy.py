"""Privacy at the door: columns that hold personal numbers are refused."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

from evalkit.model.identifiers import passes_eleven_test

_WRITTEN = r"[0-9]{8,9}|[0-9]{4}[. ][0-9]{2}[. ][0-9]{3}|[0-9]{3}[. ][0-9]{3}[. ][0-9]{3}"
_NAME = r"(?=\D*$)(?=.*\S[ ,]+\S)(?=.*[^\W\d_]{3}).+"


def holds_personal_numbers(text: pd.Series[Any]) -> bool:
    """Whether most values of a text column are a BSN or onderwijsnummer.

    Of arbitrary nine-digit codes 2 in 11 pass the test, so most of a column passing is no
    coincidence; the share is taken over the values that are there.
    """
    return 2 * _count_personal(text) > text.notna().sum()


def holds_any_personal_number(text: pd.Series[Any]) -> bool:
    """Whether any code of persons or classes is shaped like a BSN or onderwijsnummer and passes.

    Codes are the school's own to choose, so here one that passes is one too many.
    """
    return _count_personal(text) > 0


def holds_names(text: pd.Series[Any]) -> bool:
    """Whether any code of persons looks like a name: several words, letters, no digit."""
    return bool(text.dropna().str.fullmatch(_NAME).fillna(False).astype(bool).any())


def _count_personal(text: pd.Series[Any]) -> int:
    present = text.dropna()
    shaped = present[present.str.fullmatch(_WRITTEN).fillna(False).astype(bool)]
    digits = shaped.str.replace(r"[. ]", "", regex=True)
    return int(digits.map(passes_eleven_test).sum()) if len(digits) else 0


def personal_columns(columns: Iterable[tuple[str, pd.Series[Any]]]) -> frozenset[str]:
    """The names of the columns that hold personal numbers."""
    return frozenset(name for name, text in columns if holds_personal_numbers(text))
