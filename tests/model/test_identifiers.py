"""Dutch identifiers: what is read, in which one form, and what is refused."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from evalkit.model.identifiers import (
    normalise_board,
    normalise_brin,
    normalise_school_year,
    passes_eleven_test,
)
from evalkit.model.invalid import InvalidError

repeatable = settings(derandomize=True, database=None, deadline=None)

DIGITS, LETTERS = "0123456789", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
brins = st.from_regex(r"[0-9]{2}[A-Z]{2}([0-9]{2})?", fullmatch=True)
blanks = st.text(" \t\n\u00a0", max_size=2)


@repeatable
@given(brins, st.lists(st.tuples(blanks, st.booleans()), min_size=6, max_size=6))
def test_a_brin_is_read_whatever_its_blanks_and_case(brin: str, noise: list) -> None:
    typed = "".join(
        before + (char.lower() if lower else char)
        for char, (before, lower) in zip(brin, noise, strict=False)
    )
    assert normalise_brin(typed) == brin
    assert normalise_brin(normalise_brin(typed)) == brin


@repeatable
@given(st.text(max_size=9))
def test_what_is_read_as_a_brin_is_one(text: str) -> None:
    try:
        brin = normalise_brin(text)
    except InvalidError:
        return
    assert len(brin) in (4, 6)
    assert set(brin[:2] + brin[4:]) <= set(DIGITS)
    assert set(brin[2:4]) <= set(LETTERS)


@pytest.mark.parametrize(
    "text",
    ["", "5KO", "005KO", "05K", "05KOO", "05KO1", "05KO001", "KO05", "05-KO", "05KO01;",
     "05\u00df",  # becomes SS in upper case
     "\u0660\u0665KO", "05KO\u0660\u0661",  # Arabic digits
     "05\u041a\u041e",  # Cyrillic letters
    ],
)  # fmt: skip
def test_what_is_no_brin_is_refused(text: str) -> None:
    with pytest.raises(InvalidError) as caught:
        normalise_brin(text)
    assert caught.value.code == "model.brin"


@repeatable
@given(st.text(DIGITS, min_size=5, max_size=5))
def test_five_digits_are_a_board(text: str) -> None:
    assert normalise_board(text) == text


@repeatable
@given(st.text(max_size=6))
def test_nothing_else_is_a_board(text: str) -> None:
    assume(not (len(text) == 5 and set(text) <= set(DIGITS)))
    with pytest.raises(InvalidError) as caught:
        normalise_board(text)
    assert caught.value.code == "model.board"


@pytest.mark.parametrize("text", ["\u0660\u0661\u0662\u0663\u0664", "12345\n", " 12345"])
def test_a_board_is_five_plain_digits(text: str) -> None:
    with pytest.raises(InvalidError):
        normalise_board(text)


@repeatable
@given(st.integers(1000, 9998), st.sampled_from(["-", "/", "–", " - ", " / "]), blanks, blanks)
def test_a_school_year_has_one_form(year: int, dash: str, before: str, after: str) -> None:
    typed = f"{before}{year}{dash}{year + 1}{after}"
    assert normalise_school_year(typed) == f"{year}-{year + 1}"


@repeatable
@given(st.integers(1000, 9999), st.integers(1000, 9999))
def test_a_school_year_is_two_consecutive_years(first: int, second: int) -> None:
    assume(second != first + 1)
    with pytest.raises(InvalidError) as caught:
        normalise_school_year(f"{first}-{second}")
    assert caught.value.code == "model.school_year"


@pytest.mark.parametrize(
    "text", ["2025", "2025-26", "25-26", "2025 2026", "\u0662\u0660\u0662\u0663-2024", ""]
)
def test_what_is_no_school_year_is_refused(text: str) -> None:
    with pytest.raises(InvalidError):
        normalise_school_year(text)


# The 11-test. Examples made and checked apart from the product: 111222333 is the government's own
# example of a BSN; weighted sums by hand: 1·9+1·8+1·7+2·6+2·5+2·4+3·3+3·2−3 = 66 = 6·11.

BSNS = ["111222333", "123456782", "999999990", "010000008", "10000008"]
ONDERWIJSNUMMERS = ["100000004", "123456788"]


def check_digit(first_eight: str, remainder: int) -> int | None:
    """The ninth digit that makes the weighted sum leave ``remainder`` modulo 11, if there is."""
    total = 0
    for place, digit in enumerate(first_eight):
        total += (9 - place) * int(digit)
    last = (total - remainder) % 11
    return last if last < 10 else None


def test_the_generator_agrees_with_known_numbers() -> None:
    assert check_digit("11122233", 0) == 3
    assert check_digit("12345678", 0) == 2


@pytest.mark.parametrize("number", BSNS)
def test_known_bsns_pass(number: str) -> None:
    assert passes_eleven_test(number)


eight_digits = st.text(DIGITS, min_size=8, max_size=8).filter(lambda text: text.strip("0"))


@repeatable
@given(eight_digits, st.sampled_from([0, 5]))
def test_every_valid_personal_number_passes_and_no_neighbour_does(
    first: str, remainder: int
) -> None:
    last = check_digit(first, remainder)
    assume(last is not None)
    assert passes_eleven_test(f"{first}{last}")
    for other in range(10):
        # One other last digit can make the other kind of personal number.
        if other not in (last, check_digit(first, 5 - remainder)):
            assert not passes_eleven_test(f"{first}{other}")


@repeatable
@given(eight_digits)
def test_a_leading_zero_may_be_left_out(first: str) -> None:
    assert passes_eleven_test(first) == passes_eleven_test(f"0{first}")


@repeatable
@given(st.text(DIGITS + "-. x", max_size=11))
def test_only_eight_or_nine_digits_can_be_a_personal_number(text: str) -> None:
    if not (text.isdigit() and len(text) in (8, 9)):
        assert not passes_eleven_test(text)


@pytest.mark.parametrize("number", ["000000000", "00000000", "111222334", "123456789"])
def test_what_fails_the_test_is_no_personal_number(number: str) -> None:
    assert not passes_eleven_test(number)


@pytest.mark.parametrize("number", ONDERWIJSNUMMERS)
def test_onderwijsnummers_leave_five(number: str) -> None:
    weighted = sum(
        weight * int(digit)
        for weight, digit in zip((9, 8, 7, 6, 5, 4, 3, 2, -1), number, strict=True)
    )
    assert weighted % 11 == 5
    assert passes_eleven_test(number)
