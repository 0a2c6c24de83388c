"""How the workbook looks: one accent colour, readable sizes, no cut text."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from typing import Any

from evalkit.collect.columns import ColumnSpec
from evalkit.model.text import Lang

INK, MUTED, RULE = "#1F2A33", "#55616D", "#D3D9DE"
ACCENT, TINT, PALE = "#0B5A63", "#E8F2F3", "#F6FAFA"
INPUT = "#FFFBEA"
"""Ground of the cells on the start sheet that a person fills in."""

_FONT = {"font_name": "Arial", "font_size": 10, "font_color": INK, "valign": "vcenter"}
_BOX = {"border": 1, "border_color": RULE}
_WIDTHS = (18, 22, 27, 33, 40)
_MOST_LINES = 6
_IDENTITY_WIDTHS = {"school": 15, "class": 17, "unit": 22, "arm": 24, "measure": 32}


class Styles:
    """The cell formats of one workbook, made once each."""

    def __init__(self, book: Any, lang: Lang) -> None:
        self._book = book
        self._made: dict[str, Any] = {}
        self._day = "dd-mm-yyyy" if lang == "nl" else "yyyy-mm-dd"

    def __getitem__(self, name: str) -> Any:
        if name not in self._made:
            self._made[name] = self._book.add_format({**_FONT, **self._properties()[name]})
        return self._made[name]

    def _properties(self) -> dict[str, dict[str, Any]]:
        white: dict[str, Any] = {"font_color": "#FFFFFF", "bg_color": ACCENT, "indent": 1}
        cell: dict[str, Any] = {"text_wrap": True, "indent": 1, **_BOX}
        small: dict[str, Any] = {"font_size": 9, "text_wrap": True, "align": "left", "indent": 1}
        small["valign"] = "top"
        entry: dict[str, Any] = {"locked": False, **_BOX}
        day: dict[str, Any] = {"num_format": self._day, "align": "left", "indent": 1}
        text: dict[str, Any] = {"num_format": "@", "align": "left", "indent": 1}
        line: dict[str, Any] = {"bottom": 2, "bottom_color": ACCENT, "indent": 1}
        return {
            "title": {**white, "bold": True, "font_size": 15},
            "band": white,
            "guide": {"bg_color": TINT, "indent": 1},
            "header": {**white, "bold": True, "text_wrap": True, **_BOX},
            "explanation": {**small, "bg_color": TINT, **_BOX},
            "names": {"font_size": 8, "font_color": MUTED},
            "identity": {**entry, **text, "bg_color": PALE},
            "text": {**entry, **text},
            "number": entry,
            "plain": {},
            "heading": {**line, "bold": True, "font_size": 12, "font_color": ACCENT},
            "paragraph": {"text_wrap": True, "indent": 1},
            "step": {"bold": True, "font_color": ACCENT, "align": "right"},
            "cell": cell,
            "day": {**cell, **day},
            "input_day": {**entry, **day, "bg_color": INPUT},
            "link": {**cell, "font_color": ACCENT, "underline": 1},
            "note": {**small, "font_color": MUTED, "valign": "vcenter"},
            "fact": {"bold": True, "font_color": ACCENT, "indent": 1},
            "group": {**cell, "bg_color": TINT, "font_color": ACCENT, "bold": True},
            "count": {**cell, "align": "left"},
        }


def width_of(spec: ColumnSpec) -> int:
    """Width of a column in characters, so that header and explanation stay a few lines."""
    if spec.name in _IDENTITY_WIDTHS:
        return _IDENTITY_WIDTHS[spec.name]
    for width in _WIDTHS:
        if lines(spec.explanation, width) <= _MOST_LINES and lines(spec.label, width - 2) <= 4:
            return width
    return _WIDTHS[-1]


def lines(text: str, width: float) -> int:
    """How many lines a text takes in a column of that width."""
    return sum(len(textwrap.wrap(line, max(int(width), 4))) or 1 for line in text.splitlines())


def height_of(texts: Iterable[tuple[str, float]], points: float) -> float:
    """Height of a row, in points, that shows every text whole.

    Args:
        texts: Each text with the width of its column in characters of the body size.
        points: Font size.
    """
    most = max((lines(text, width * 11.2 / points) for text, width in texts), default=1)
    return float(min(409, round(most * points * 1.36 + 6)))
