"""A drawing surface for figures, and the room that texts take in them; lengths are in points."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any, Literal

from evalkit.render import palette
from evalkit.render.blocks import clean
from evalkit.render.drawing import Drawing, Face, Line, Mark, Point, Shape, Words
from evalkit.render.fonts import drawable
from evalkit.render.typography import width_in


@cache
def text_width(text: str, size: float, face: Face = "regular") -> float:
    """Width in points of the text on one line."""
    return width_in(" ".join(drawable_lines(text)), face, size)


def wrapped(text: str, width: float, size: float, face: Face = "regular") -> tuple[str, ...]:
    """The text in lines of at most ``width`` points; a word that is too long is broken."""
    lines: list[str] = []
    for source in drawable_lines(text):
        line = ""
        for word in source.split():
            for piece in _pieces(word, width, size, face):
                longer = f"{line} {piece}" if line else piece
                if line and text_width(longer, size, face) > width:
                    lines.append(line)
                    line = piece
                else:
                    line = longer
        lines.append(line)
    return tuple(line for line in lines if line)


def drawable_lines(text: str) -> list[str]:
    """The lines of a text, free of what cannot be drawn."""
    return [drawable(line) for line in clean(text).split("\n")]


def _pieces(word: str, width: float, size: float, face: Face) -> Iterator[str]:
    while len(word) > 1 and text_width(word, size, face) > width:
        fits, too_long = 1, len(word)
        while too_long - fits > 1:
            middle = (fits + too_long) // 2
            if text_width(word[:middle], size, face) <= width:
                fits = middle
            else:
                too_long = middle
        yield word[:fits]
        word = word[fits:]
    yield word


class Canvas:
    """Collects marks; :meth:`drawing` gives them on a sheet of the height then known."""

    def __init__(self, width: float) -> None:
        self.width = width
        self._texts: list[Mark] = []
        self._marks: list[Mark] = []

    def text(
        self,
        at: Point,
        text: str,
        size: float,
        *,
        face: Face = "regular",
        color: str = palette.INK,
        align: Literal["left", "right", "center"] = "left",
    ) -> None:
        """One line of text, over all other marks; ``at`` is its anchor on the base line."""
        text = " ".join(drawable_lines(text))
        share = {"left": 0.0, "center": 0.5, "right": 1.0}[align]
        left = at[0] - share * width_in(text, face, size)
        self._texts.append(Words(left, at[1], text, size, face, color))

    def lines(
        self, at: Point, lines: Sequence[str], size: float, leading: float, **look: Any
    ) -> None:
        """Lines below each other; ``at`` is the anchor of the first base line."""
        for index, line in enumerate(lines):
            self.text((at[0], at[1] + index * leading), line, size, **look)

    def line(
        self,
        points: Sequence[Point],
        *,
        color: str = palette.INK,
        width: float = 1.0,
        dashes: tuple[float, float] | None = None,
        behind: bool = False,
    ) -> None:
        """A line through points; ``dashes`` are dash and gap, in widths of the line.

        ``behind`` puts it below all marks made so far.
        """
        lengths = (dashes[0] * width, dashes[1] * width) if dashes else None
        line = Line(tuple(points), color, width, lengths)
        self._marks.insert(0 if behind else len(self._marks), line)

    def box(
        self, left: float, top: float, right: float, bottom: float, fill: str, edge: str = ""
    ) -> None:
        """A rectangle."""
        self.shape([(left, top), (right, top), (right, bottom), (left, bottom)], fill, edge)

    def shape(self, points: Sequence[Point], fill: str, edge: str = "") -> None:
        """A closed polygon."""
        self._marks.append(Shape(tuple(points), fill, edge))

    def drawing(self, height: float) -> Drawing:
        """All marks on a sheet that is ``height`` points high."""
        return Drawing(self.width, height, (*self._marks, *self._texts))
