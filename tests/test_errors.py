"""The catalogue of everything that can be wrong."""

from __future__ import annotations

import re
import string

import pytest

from evalkit.errors import catalogue, finding
from tests.conftest import ROOT

GROUPS = "|".join(sorted({code.split(".")[0] for code in catalogue()}))
USED = {
    code
    for path in (ROOT / "evalkit").rglob("*.py")
    for code in re.findall(
        rf"\"((?:{GROUPS})\.[a-z_]+)\"",
        path.read_text(encoding="utf-8"),
    )
}


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("code", catalogue())
def test_every_entry_is_used(code: str) -> None:
    assert code in USED


@pytest.mark.parametrize("code", catalogue())
def test_both_languages_fill_in_the_same(code: str) -> None:
    entry = catalogue()[code]
    named = fields(entry.wrong.nl) | fields(entry.remedy.nl)
    assert named == fields(entry.wrong.en) | fields(entry.remedy.en)
    made = finding(code, **dict.fromkeys(named, "x"))
    assert made.code == code


@pytest.mark.parametrize("code", catalogue())
def test_texts_are_sentences(code: str) -> None:
    entry = catalogue()[code]
    for text in (entry.wrong.nl, entry.wrong.en):
        assert text.endswith((".", "?"))
