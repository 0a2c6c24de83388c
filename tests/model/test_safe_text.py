"""Text from outside that spreadsheets, terminals and documents must not act on."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.model.safe_text import escaped, neutral, printable, restored, without_controls
from evalkit.model.text import Text
from tests.conftest import ROOT

texts = st.text() | st.text("'=+-@;,\t\r\n \"a1.\uff1d", max_size=12)
NUMBER = re.compile(r"[+-]?[0-9]+([.,][0-9]+)?([eE][+-]?[0-9]+)?")


@given(texts)
def test_what_was_made_neutral_comes_back(text: str) -> None:
    assert restored(neutral(text)) == text


@given(texts)
def test_no_cell_starts_as_a_formula(text: str) -> None:
    cell = neutral(text)
    assert NUMBER.fullmatch(cell) or not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    # Where a comma is a decimal sign, a spreadsheet splits at semicolons and at ends of lines.
    for part in re.split(r"[;\t\r\n]", cell):
        assert NUMBER.fullmatch(cell) or not part.startswith(("=", "+", "-", "@"))


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
        ("\t=1", "'\t'=1"),
        ("goed;=1+1", "goed;'=1+1"),
        ("\uff1d1+1", "'\uff1d1+1"),
        ("'=1", "''=1"),
        ("-0.3", "-0.3"),
        ("-1,5e-05", "-1,5e-05"),
        ("+31612345678", "+31612345678"),
        ("'s middags", "'s middags"),
        ("a = b; c", "a = b; c"),
        ("", ""),
    ],
)
def test_only_what_a_spreadsheet_would_act_on_changes(text: str, cell: str) -> None:
    assert neutral(text) == cell


@given(st.text())
def test_what_is_shown_has_no_hidden_signs(text: str) -> None:
    shown = printable(text)
    assert not re.search("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", shown)
    assert printable(shown) == shown


def test_what_people_write_is_shown_as_it_is() -> None:
    text = "Groep 5b – één brugklas’, 👩\u200d🏫, ﷺ, 50 %"
    assert printable(text) == text
    assert printable("\x1b[31mrood\x1b[0m\u202etxt.exe\nregel") == "[31mrood[0mtxt.exe regel"


@given(st.text())
def test_json_that_is_shown_means_the_same(text: str) -> None:
    shown = escaped(json.dumps({text: [text]}, ensure_ascii=False))
    assert json.loads(shown) == {text: [text]}
    assert not re.search("[\x7f-\x9f\u202a-\u202e\ud800-\udfff]", shown)


def test_no_text_of_a_model_holds_control_characters() -> None:
    text = Text(nl="a\x1b[2Jb\x00\u202ec", en="line\n\tline")
    assert (text.nl, text.en) == ("a[2Jbc", "line\n\tline")
    assert without_controls("so\u00adft") == "so\u00adft"


OWN_NUMBERS = {"demo_data.py"}
"""Modules that write numbers and codes of their own alone."""


@pytest.mark.parametrize(
    "module",
    [
        path.relative_to(ROOT)
        for path in sorted((ROOT / "evalkit").rglob("*.py"))
        if re.search(r"csv\.(?:writer|DictWriter)\(|\.to_csv\(", path.read_text(encoding="utf-8"))
    ],
    ids=str,
)
def test_every_writer_of_csv_makes_its_text_neutral(module: Path) -> None:
    assert module.name in OWN_NUMBERS or "neutral" in (ROOT / module).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "module",
    [
        path.relative_to(ROOT)
        for path in sorted((ROOT / "evalkit").rglob("*.py"))
        if "xlsxwriter.Workbook(" in path.read_text(encoding="utf-8")
    ],
    ids=str,
)
def test_every_writer_of_workbooks_writes_text_as_text(module: Path) -> None:
    source = (ROOT / module).read_text(encoding="utf-8")
    assert '"strings_to_formulas": False' in source
    assert '"strings_to_urls": False' in source
