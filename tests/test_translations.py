"""Every text a person reads exists in Dutch."""

from __future__ import annotations

import ast
import gettext
import subprocess
import sys
from pathlib import Path

from babel.messages.pofile import read_po

from tests.conftest import ROOT

LOCALE = ROOT / "evalkit" / "locale"
CATALOGUE = LOCALE / "nl" / "LC_MESSAGES" / "evalkit"


def messages_in_the_code(folder: Path) -> set[str]:
    template = folder / "evalkit.pot"
    command = ["-m", "babel.messages.frontend", "-q", "extract", "-F", "babel.cfg", "-k", "t"]
    subprocess.run([sys.executable, *command, "-o", template, "evalkit"], cwd=ROOT, check=True)
    with template.open("rb") as file:
        return {str(message.id) for message in read_po(file) if message.id}


def test_every_message_is_translated_and_none_is_left_over(tmp_path: Path) -> None:
    with CATALOGUE.with_suffix(".po").open("rb") as file:
        translated = {str(m.id): str(m.string) for m in read_po(file) if m.id}
    assert {id for id, text in translated.items() if not text} == set()
    assert messages_in_the_code(tmp_path) == set(translated)


def test_the_compiled_catalogue_is_that_of_the_source() -> None:
    with CATALOGUE.with_suffix(".po").open("rb") as file:
        source = {str(m.id): str(m.string) for m in read_po(file) if m.id}
    with CATALOGUE.with_suffix(".mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    assert {id: compiled.gettext(id) for id in source} == source


def test_placeholders_are_the_same_in_both_languages() -> None:
    import string

    def fields(text: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    with CATALOGUE.with_suffix(".po").open("rb") as file:
        for message in read_po(file):
            if message.id:
                assert fields(str(message.id)) == fields(str(message.string)), message.id


def test_no_message_hides_in_an_f_string() -> None:
    """Messages inside f-strings are not found by the extractor."""
    for path in (ROOT / "evalkit").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert "{t(" not in text, path
        assert "{self.t(" not in text, path


def test_every_message_is_given_to_a_function_that_the_extractor_knows() -> None:
    """``translator(lang)("…")`` works, and is not found."""
    for path in (ROOT / "evalkit").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Call):
                literal = any(isinstance(argument, ast.Constant) for argument in node.args)
                named = getattr(node.func.func, "id", "")
                assert not (literal and named in ("translator", "translate")), (path, node.lineno)
