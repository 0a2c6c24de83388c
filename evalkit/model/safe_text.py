"""Text from outside, made harmless where it is shown or opened by another program."""

from __future__ import annotations

import json
import re

_NUMBER = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]+)?(?:[eE][+-]?[0-9]{1,3})?")
_SIGNS = "=+\\-@\uff1d\uff0b\uff0d\uff20"
_FORMULA = re.compile(f"^(?='*[\t\r\n{_SIGNS}])|(?<=[;\t\r\n])(?='*[{_SIGNS}])")
_NEUTRAL = re.compile(f"^'(?='*[\t\r\n{_SIGNS}])|(?<=[;\t\r\n])'(?='*[{_SIGNS}])")
"""Where a spreadsheet may take text for a formula (OWASP, *CSV Injection*): at its start, and after
what separates cells or lines where a comma does not, as in Dutch. The signs are also there in the
full-width forms that some input methods make. Apostrophes count along, so that it can be undone."""

_BREAKS = re.compile("[\t\n\v\f\r\x1c-\x1f\x85\u2028\u2029]+")
_HIDDEN = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e"
    "\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
"""Control characters, terminal escapes among them, and signs without a width that can hide or turn
around what is read. The joiners U+200C and U+200D stay: scripts and emoji need them."""
_CONTROLS = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ufffe\uffff]"
)
_SURROGATES = re.compile("[\ud800-\udfff]")
_IN_JSON = re.compile(f"{_HIDDEN.pattern}|[\x85\u2028\u2029]|{_SURROGATES.pattern}")


def neutral(text: str) -> str:
    """Text for a cell of a CSV file that no spreadsheet takes for a formula: with ``'`` before it.

    A plain number stays as it is. :func:`restored` gives the text back.
    """
    return text if _NUMBER.fullmatch(text) else _FORMULA.sub("'", text)


def restored(text: str) -> str:
    """The text of a cell that :func:`neutral` made, and any other as it is."""
    return _NEUTRAL.sub("", text) if "'" in text else text


def without_controls(text: str) -> str:
    """Text that any format can hold: without control characters that are no blanks, and without
    signs that turn the direction of what follows."""
    return text if text.isprintable() else _SURROGATES.sub("\ufffd", _CONTROLS.sub("", text))


def printable(text: str) -> str:
    """Text for one line of a terminal or document: without control and hidden characters."""
    if text.isascii() and text.isprintable():
        return text
    shown = _HIDDEN.sub("", _BREAKS.sub(" ", text))
    return _SURROGATES.sub("\ufffd", shown)


def escaped(json_text: str) -> str:
    """JSON in which control and hidden characters are escapes, so that it can be shown."""
    return _IN_JSON.sub(lambda sign: json.dumps(sign[0])[1:-1], json_text)
