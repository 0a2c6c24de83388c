"""The typeface: DejaVu Sans as shipped inside matplotlib.

It is present wherever evalkit is installed, may be embedded freely, and has the signs a
report needs (tau, superscripts, comparison signs, arrows, Dutch accents).
"""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from threading import Lock
from typing import Any

from fontTools.pens.svgPathPen import SVGPathPen
from fontTools.ttLib import TTFont

from evalkit.render.drawing import Face

_FILES: dict[Face, str] = {
    "regular": "DejaVuSans.ttf",
    "bold": "DejaVuSans-Bold.ttf",
    "italic": "DejaVuSans-Oblique.ttf",
    "bold_italic": "DejaVuSans-BoldOblique.ttf",
    "mono": "DejaVuSansMono.ttf",
}
_READING = Lock()


@cache
def font_path(face: Face = "regular") -> Path:
    """The TrueType file of one face."""
    # Where matplotlib is can be known without loading it, which takes long.
    found = find_spec("matplotlib")
    assert found is not None
    return Path(str(found.origin)).with_name("mpl-data") / "fonts" / "ttf" / _FILES[face]


class _Font:
    """What is read of one face; ``glyphs`` by name, ``names`` by code point."""

    def __init__(self, face: Face) -> None:
        font = TTFont(BytesIO(font_path(face).read_bytes()), lazy=True)
        self.glyphs: Any = font.getGlyphSet()
        self.names: dict[int, str] = font.getBestCmap()
        self.units = int(font["head"].unitsPerEm)


_font = cache(_Font)


@cache
def _drawable() -> frozenset[int]:
    return frozenset(_font("bold").names) & frozenset(_font("regular").names)


def units_per_em(face: Face) -> int:
    """What the size of the type is in the units of :func:`outline`."""
    return _font(face).units


@cache
def outline(character: str, face: Face) -> str:
    """The shape of a character as an SVG path, y upwards; empty for a space."""
    font = _font(face)
    pen = SVGPathPen(font.glyphs)
    # Glyphs are read from the file when first drawn.
    with _READING:
        font.glyphs[font.names[ord(character)]].draw(pen)
    return str(pen.getCommands())


def drawable(text: str) -> str:
    """``text`` with what no face can draw replaced by U+FFFD (a visible sign)."""
    known = _drawable()
    return "".join(char if ord(char) in known else "\ufffd" for char in text)
