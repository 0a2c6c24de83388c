"""A drawing as PNG, by matplotlib without its global state."""

from __future__ import annotations

from io import BytesIO
from threading import Lock

from matplotlib import style
from matplotlib.artist import Artist
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.patches import Polygon
from matplotlib.text import Text

from evalkit.render import palette
from evalkit.render.drawing import EDGE, Drawing, Line, Mark, Words
from evalkit.render.fonts import font_path

DPI = 200
_DRAWING = Lock()


def to_png(drawing: Drawing) -> bytes:
    """The drawing on white paper, whatever the user's settings; one at a time."""
    with _DRAWING, style.context("default"):
        size = (drawing.width / 72, drawing.height / 72)
        figure = Figure(figsize=size, dpi=DPI, facecolor=palette.PAPER)
        FigureCanvasAgg(figure)
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set_axis_off()
        axes.set_xlim(0, drawing.width)
        axes.set_ylim(drawing.height, 0)
        for order, mark in enumerate(drawing.marks):
            artist = _artist(mark)
            artist.set_zorder(1 + order)
            artist.set_clip_on(False)
            axes.add_artist(artist)
        out = BytesIO()
        figure.savefig(out, format="png", dpi=DPI, metadata={"Software": None})
        return out.getvalue()


def _artist(mark: Mark) -> Artist:
    if isinstance(mark, Words):
        font = FontProperties(fname=str(font_path(mark.face)), size=mark.size)
        text = Text(mark.left, mark.y, mark.text, color=mark.color, fontproperties=font)
        text.set_parse_math(False)
        return text
    if isinstance(mark, Line):
        xs, ys = zip(*mark.points, strict=True)
        line = Line2D(xs, ys, color=mark.color, linewidth=mark.width, solid_capstyle="butt")
        if mark.dashes:
            line.set_dashes([part / mark.width for part in mark.dashes])
        return line
    edge = mark.edge or "none"
    return Polygon(mark.points, closed=True, facecolor=mark.fill, edgecolor=edge, linewidth=EDGE)
