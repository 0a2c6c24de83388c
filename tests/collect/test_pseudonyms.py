"""Pseudonyms link the waves of a project, and tell nothing to who has no key."""

from __future__ import annotations

import hashlib
import hmac
import re
from base64 import b32encode

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.collect.pseudonyms import fingerprint, pseudonym, pseudonymised
from evalkit.model.vocabulary import Respondent

KEY, OTHER = bytes(range(32)), bytes(range(1, 33))
CODES = st.text(min_size=1, max_size=30)


def rows(*codes: str | None, school: str = "05KO", label: str | None = "5a") -> pd.DataFrame:
    frame = pd.DataFrame({"school": school, "class": label, "unit": list(codes), "arm": None})
    return frame.astype("str").assign(value=[float(n) for n in range(len(codes))])


def test_it_is_the_hash_it_says() -> None:
    made = hmac.new(KEY, b"unit\0pupil\0p1", hashlib.sha256).digest()[:10]
    hidden = pseudonymised(rows("p1"), KEY, Respondent.pupil)
    assert hidden["unit"].tolist() == [b32encode(made).decode().lower()]


@given(CODES, CODES)
def test_one_code_has_one_pseudonym_and_two_have_two(one: str, other: str) -> None:
    first, second = (pseudonym(KEY, "unit", code) for code in (one, other))
    assert re.fullmatch("[a-z2-7]{16}", first)
    assert (first == second) == (one == other)
    assert first != pseudonym(OTHER, "unit", one)
    assert first != pseudonym(KEY, "class", one)


def test_rows_keep_their_order_types_and_values() -> None:
    frame = rows("p2", "p1", None, "p2")
    hidden = pseudonymised(frame, KEY, Respondent.pupil)
    assert hidden.dtypes.tolist() == frame.dtypes.tolist()
    assert list(hidden) == list(frame)
    assert hidden["value"].tolist() == frame["value"].tolist()
    assert hidden["unit"].isna().tolist() == [False, False, True, False]
    assert hidden["unit"][0] == hidden["unit"][3] != hidden["unit"][1]
    assert frame["unit"].tolist()[:2] == ["p2", "p1"]


def test_a_person_is_the_same_in_each_wave_and_another_respondent_is_not() -> None:
    first = pseudonymised(rows("p1", "p2"), KEY, Respondent.pupil)
    later = pseudonymised(rows("p2", "p3", school="12AB01"), KEY, Respondent.pupil)
    teacher = pseudonymised(rows("p1"), KEY, Respondent.teacher)
    assert first["unit"][1] == later["unit"][0]
    assert first["unit"][0] != teacher["unit"][0]


def test_a_class_is_that_of_its_school() -> None:
    both = pd.concat([rows("p1", "p2"), rows("p3", school="12AB01")], ignore_index=True)
    hidden = pseudonymised(both, KEY, Respondent.pupil)["class"]
    assert hidden[0] == hidden[1] != hidden[2]
    assert not hidden.str.contains("5a").any()
    empty = pseudonymised(rows("p1", label=None), KEY, Respondent.pupil)
    assert empty["class"].isna().all()


@pytest.mark.parametrize("frame", [rows("p1").drop(columns=["class"]), rows()])
def test_what_is_not_there_is_not_made(frame: pd.DataFrame) -> None:
    hidden = pseudonymised(frame, KEY, Respondent.teacher)
    assert list(hidden) == list(frame)
    assert len(hidden) == len(frame)


def test_a_fingerprint_tells_keys_apart_and_is_no_part_of_one() -> None:
    assert fingerprint(KEY) != fingerprint(OTHER)
    assert fingerprint(KEY) not in KEY.hex()
