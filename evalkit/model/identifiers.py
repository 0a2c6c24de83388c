"""Dutch identifiers: BRIN, board number, school year; and personal numbers, to refuse them."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator

from evalkit.model.invalid import InvalidError

_BRIN = re.compile(r"[0-9]{2}[A-Za-z]{2}([0-9]{2})?")
_SCHOOL_YEAR = re.compile(r"([0-9]{4})\s*[-/–]\s*([0-9]{4})")


def normalise_brin(text: str) -> str:
    """The BRIN in upper case without blanks: ``05ko 01`` becomes ``05KO01``.

    Raises:
        InvalidError: not two digits, two letters and, for a location, two more digits.
    """
    brin = re.sub(r"\s", "", text)
    if not _BRIN.fullmatch(brin):
        raise InvalidError("model.brin", value=text)
    return brin.upper()


def normalise_board(text: str) -> str:
    """The five-digit number of a school board (*bevoegd gezag*).

    Raises:
        InvalidError: not five digits.
    """
    if not re.fullmatch(r"[0-9]{5}", text):
        raise InvalidError("model.board", value=text)
    return text


def normalise_school_year(text: str) -> str:
    """``2023/2024`` and ``2023-2024`` both become ``2023-2024``.

    Raises:
        InvalidError: not two consecutive years.
    """
    match = _SCHOOL_YEAR.fullmatch(text.strip())
    if not match or int(match[2]) != int(match[1]) + 1:
        raise InvalidError("model.school_year", value=text)
    return f"{match[1]}-{match[2]}"


def passes_eleven_test(text: str) -> bool:
    """Whether ``text`` is eight or nine digits that satisfy the 11-test of a BSN or
    onderwijsnummer: 9a+8b+7c+6d+5e+4f+3g+2h-i divisible by 11, or leaving 5.

    A BSN leaves 0, an onderwijsnummer leaves 5.
    """
    if not re.fullmatch(r"\d{8,9}", text) or not text.strip("0"):
        return False
    digits = [int(d) for d in text.zfill(9)]
    total = sum(w * d for w, d in zip((9, 8, 7, 6, 5, 4, 3, 2, -1), digits, strict=True))
    return total % 11 in (0, 5)


Brin = Annotated[str, AfterValidator(normalise_brin)]
BoardNumber = Annotated[str, AfterValidator(normalise_board)]
SchoolYear = Annotated[str, AfterValidator(normalise_school_year)]
