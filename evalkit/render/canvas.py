"""A drawing surface for figures: matplotlib without its global state, measured in points.

The origin is the top left corner; x runs right and y down. The same calls give the same bytes:
the typeface is a file of matplotlib, user settings are left out, and nothing is dated.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from io import BytesIO
from threading import Lock
from typing import Any, Literal, TypeAlias

from matplotlib import style
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.patches import Polygon, Rectangle
from matplotlib.textpath import text_to_path

from evalkit.render import palette
from evalkit.render.blocks import clean
from evalkit.render.fonts import Face, drawable, font_path

Format: TypeAlias = Literal["svg", "pdf", "png"]
Point: TypeAlias = tuple[float, float]

PNG_DPI = 200
_DRAWING = Lock()
_SETTINGS = {"svg.fonttype": "path", "svg.hashsalt": "evalkit", "pdf.fonttype": 3}
_METADATA: dict[Format, dict[str, Any]] = {
    "svg": {"Date": None, "Creator": "evalkit"},
    "pdf": {"CreationDate": None, "Creator": "evalkit", "Producer": "evalkit"},
    "png": {"Software": None},
}

_BACKENDS: dict[Format, tuple[str, str]] = {
    "svg": ("backend_svg", "FigureCanvasSVG"),
    "pdf": ("backend_pdf", "FigureCanvasPdf"),
    "png": ("backend_agg", "FigureCanvasAgg"),
}


def _surface(file_format: Format) -> Any:
    """What draws a format; imported when first used, for each takes time to load."""
    module, name = _BACKENDS[file_format]
    return getattr(import_module(f"matplotlib.backends.{module}"), name)


@contextmanager
def _own_settings() -> Iterator[None]:
    """Matplotlib's defaults and ours, whatever the user's settings; one figure at a time."""
    with _DRAWING, style.context(["default", _SETTINGS]):
        yield


@cache
def _font(size: float, face: Face) -> FontProperties:
    return FontProperties(fname=str(font_path(face)), size=size)


@cache
def text_width(text: str, size: float, face: Face = "regular") -> float:
    """Width in points of the text on one line."""
    text = " ".join(drawable_lines(text))
    width, _, _ = text_to_path.get_text_width_height_descent(text, _font(size, face), False)
    return float(width)


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
    """Collects marks; :meth:`encode` draws them on a surface of the height then known."""

    def __init__(self, width: float) -> None:
        self.width = width
        self._texts: list[dict[str, Any]] = []
        self._marks: list[Any] = []

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
        """One line of text; ``at`` is its anchor on the base line."""
        self._texts.append(
            {
                "x": at[0],
                "y": at[1],
                "s": drawable(text),
                "fontproperties": _font(size, face),
                "color": color,
                "ha": align,
                "va": "baseline",
                "parse_math": False,
            }
        )

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
        """A line through points; ``dashes`` are the lengths of dash and gap.

        ``behind`` puts it below all marks made so far.
        """
        xs, ys = zip(*points, strict=True)
        line = Line2D(xs, ys, color=color, linewidth=width, solid_capstyle="butt")
        if dashes:
            line.set_dashes(dashes)
        self._marks.insert(0 if behind else len(self._marks), line)

    def box(
        self, left: float, top: float, right: float, bottom: float, fill: str, edge: str = "none"
    ) -> None:
        """A rectangle."""
        size = (right - left, bottom - top)
        self._marks.append(
            Rectangle((left, top), *size, facecolor=fill, edgecolor=edge, linewidth=0.8)
        )

    def shape(self, points: Sequence[Point], fill: str, edge: str = "none") -> None:
        """A closed polygon."""
        self._marks.append(
            Polygon(list(points), closed=True, facecolor=fill, edgecolor=edge, linewidth=0.8)
        )

    def encode(self, height: float, file_format: Format) -> bytes:
        """The picture, ``height`` points high, as bytes of the format."""
        with _own_settings():
            figure = Figure(figsize=(self.width / 72, height / 72), dpi=72, facecolor="none")
            axes = figure.add_axes((0, 0, 1, 1))
            axes.set_axis_off()
            axes.set_xlim(0, self.width)
            axes.set_ylim(height, 0)
            for order, mark in enumerate(self._marks):
                mark.set_zorder(1 + order / (1 + len(self._marks)))
                mark.set_clip_on(False)
                axes.add_artist(mark)
            for text in self._texts:
                axes.text(**text).set_zorder(3)
            if file_format == "png":
                figure.set_facecolor(palette.PAPER)
            dpi = PNG_DPI if file_format == "png" else 72
            _surface(file_format)(figure)
            out = BytesIO()
            figure.savefig(out, format=file_format, dpi=dpi, metadata=_METADATA[file_format])
            return out.getvalue()
