"""Typefaces, paragraph styles and paragraph markup for reportlab; lengths are in points."""

from __future__ import annotations

import re
from functools import cache
from threading import Lock
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib.colors import HexColor
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

from evalkit.render import palette
from evalkit.render.blocks import inline
from evalkit.render.drawing import Face
from evalkit.render.fonts import font_path

SANS, BOLD, ITALIC, BOLD_ITALIC, MONO = (
    f"Evalkit-{name}" for name in ("Sans", "Bold", "Italic", "BoldItalic", "Mono")
)
_FACES: dict[str, Face] = {
    SANS: "regular",
    BOLD: "bold",
    ITALIC: "italic",
    BOLD_ITALIC: "bold_italic",
    MONO: "mono",
}
_NAMES = {face: name for name, face in _FACES.items()}
_REGISTERING = Lock()
_PARTS = re.compile(r"[^._/:@-]*[._/:@-]+|[^._/:@-]+")


@cache
def register_fonts() -> None:
    """Make the faces known to reportlab, which keeps one register for the whole process."""
    with _REGISTERING:
        for name, face in _FACES.items():
            pdfmetrics.registerFont(TTFont(name, str(font_path(face))))
        pdfmetrics.registerFontFamily(
            SANS, normal=SANS, bold=BOLD, italic=ITALIC, boldItalic=BOLD_ITALIC
        )
        pdfmetrics.registerFontFamily(
            BOLD, normal=BOLD, bold=BOLD, italic=BOLD_ITALIC, boldItalic=BOLD_ITALIC
        )


def style(size: float, leading: float, font: str = SANS, **options: Any) -> ParagraphStyle:
    """A paragraph style; ``color`` is a hex string, the other options are reportlab's."""
    color = options.pop("color", palette.INK)
    options = {"allowWidows": 0, "allowOrphans": 0, "embeddedHyphenation": 1} | options
    return ParagraphStyle(
        "", fontName=font, fontSize=size, leading=leading, textColor=HexColor(color), **options
    )


def plain(text: str) -> str:
    """Text as reportlab's paragraph markup, shown literally."""
    return escape(text).replace("\n", "<br/>")


def marked(text: str) -> str:
    """Text with inline markup as reportlab's paragraph markup."""
    parts = []
    for span in inline(text):
        part = plain(span.text)
        if span.code:
            part = f'<font name="{MONO}" size="-0.4">{part}</font>'
        for on, tag in ((span.italic, "i"), (span.bold, "b")):
            part = f"<{tag}>{part}</{tag}>" if on else part
        parts.append(part)
    return "".join(parts)


def breakable(text: str, width: float, font: str, size: float) -> str:
    """``text`` with line feeds in words wider than ``width`` points, after their separators.

    An id such as ``core.pupils_per_fte`` then breaks at a point or underscore; what still is
    too wide is broken anywhere by reportlab.
    """

    def broken(match: re.Match[str]) -> str:
        lines = [""]
        for part in _PARTS.findall(match.group()):
            if lines[-1] and pdfmetrics.stringWidth(lines[-1] + part, font, size) > width:
                lines.append("")
            lines[-1] += part
        return "\n".join(lines)

    return re.sub(
        r"\S+",
        lambda m: broken(m) if pdfmetrics.stringWidth(m.group(), font, size) > width else m.group(),
        text,
    )


def longest_word(text: str, font: str, size: float) -> float:
    """Width of the widest word."""
    return max((text_width(word, font, size) for word in text.split()), default=0.0)


def text_width(text: str, font: str, size: float) -> float:
    """Width of one line of text."""
    return float(pdfmetrics.stringWidth(text, font, size))


def named(face: Face) -> str:
    """The name that reportlab knows a face by."""
    return _NAMES[face]


def width_in(text: str, face: Face, size: float) -> float:
    """Width of one line of text in a face, wherever it is drawn."""
    register_fonts()
    return text_width(text, named(face), size)
