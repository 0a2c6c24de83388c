"""The typeface: DejaVu Sans as shipped inside matplotlib.

It is present wherever evalkit is installed, may be embedded freely, and has the signs a
report needs (tau, superscripts, comparison signs, arrows, Dutch accents).
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal, TypeAlias

import matplotlib
from matplotlib.ft2font import FT2Font

Face: TypeAlias = Literal["regular", "bold", "italic", "bold_italic", "mono"]

_FILES: dict[Face, str] = {
    "regular": "DejaVuSans.ttf",
    "bold": "DejaVuSans-Bold.ttf",
    "italic": "DejaVuSans-Oblique.ttf",
    "bold_italic": "DejaVuSans-BoldOblique.ttf",
    "mono": "DejaVuSansMono.ttf",
}


def font_path(face: Face = "regular") -> Path:
    """The TrueType file of one face."""
    return Path(matplotlib.get_data_path()) / "fonts" / "ttf" / _FILES[face]


@cache
def code_points(face: Face = "regular") -> frozenset[int]:
    """The Unicode code points that a face has a glyph for."""
    return frozenset(FT2Font(font_path(face)).get_charmap())


def drawable(text: str) -> str:
    """``text`` with what no face can draw replaced by U+FFFD (a visible sign)."""
    known = code_points("bold") & code_points("regular")
    return "".join(char if ord(char) in known else "\ufffd" for char in text)
