"""The evidence map: a grid of bubbles that says where there is evidence, and of what."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from evalkit.language import translator
from evalkit.model.text import Lang
from evalkit.render import palette
from evalkit.render.canvas import Canvas, text_width, wrapped
from evalkit.render.drawing import Drawing
from evalkit.render.plotting import (
    LEADING,
    SIZE,
    SMALL,
    SMALL_LEADING,
    WIDTH,
    Sign,
    arc,
    disc,
    key,
)

Direction = Literal["better", "unclear", "worse", "unknown"]

_FILL: dict[Direction, str] = {
    "better": palette.BLUE,
    "unclear": palette.FAINT,
    "worse": palette.VERMILLION,
    "unknown": palette.PAPER,
}
_DIRECTIONS: tuple[Direction, ...] = ("better", "unclear", "worse", "unknown")
_LABELS = 120.0
_SMALLEST, _LARGEST = 4.0, 11.0
_LEAST, _RING = 5.0, 3.2
"""The least that the largest bubble may measure, and the room for a ring; both as a radius."""
_RUNGS = 5


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one project (or more) found: a bubble, or part of one."""

    row: str
    column: str
    direction: Direction
    rung: int | None = None


def evidence_map(
    evidence: Sequence[Evidence],
    rows: str,
    columns: str,
    *,
    language: Lang,
) -> Drawing:
    """The picture: a bubble for each row, column and direction.

    Its area says how many projects, its colour and sign the direction, and the dark parts of the
    ring around it the highest rung of the effect ladder. ``rows`` and ``columns`` say what they
    are. Raises ValueError without evidence.
    """
    if not evidence:
        raise ValueError("an evidence map needs at least one result")
    return _Map(evidence, rows, columns, language).draw()


class _Map:
    def __init__(
        self, evidence: Sequence[Evidence], rows: str, columns: str, language: Lang
    ) -> None:
        self.rows_name, self.columns_name = rows, columns
        self.t, self.canvas = translator(language), Canvas(WIDTH)
        self.rows = list(dict.fromkeys(one.row for one in evidence))
        self.columns = list(dict.fromkeys(one.column for one in evidence))
        self.count = Counter((one.row, one.column, one.direction) for one in evidence)
        self.rung: dict[tuple[str, str, str], int] = defaultdict(int)
        for one in evidence:
            cell = (one.row, one.column, one.direction)
            self.rung[cell] = max(self.rung[cell], one.rung or 0)
        most = max(
            sum((row, column, d) in self.count for d in _DIRECTIONS)
            for row in self.rows
            for column in self.columns
        )
        # Bubbles of one cell stand side by side, each with its ring and number.
        room = WIDTH - _LABELS
        self.panel = max(int(room / (2 * most * (_LEAST + _RING))), 1)
        self.width = room / min(self.panel, len(self.columns))
        self.largest = min(_LARGEST, self.width / most / 2 - _RING)
        self.most = max(self.count.values())
        self.used = [d for d in _DIRECTIONS if any(d == cell[2] for cell in self.count)]

    def draw(self) -> Drawing:
        """Columns that do not fit beside each other go below, with all rows again."""
        y = 0.0
        widest = max(text_width(w, SMALL, "bold") for name in self.columns for w in name.split())
        self.letters = widest > self.width - 5
        for start in range(0, len(self.columns), self.panel):
            y = self._panel(y, self.columns[start : start + self.panel], start) + 8
        return self.canvas.drawing(self._key(y))

    def _panel(self, y: float, columns: Sequence[str], start: int) -> float:
        canvas = self.canvas
        y = self._header(y, columns, start)
        height = max(2 * self.largest + 20, 26.0)
        for index, row in enumerate(self.rows):
            label = wrapped(row, _LABELS - 10, SIZE)
            tall = max(height, len(label) * LEADING + 8)
            if index % 2 == 0:
                canvas.box(0, y, WIDTH, y + tall, palette.BAND)
            first = y + tall / 2 + 3 - (len(label) - 1) * LEADING / 2
            canvas.lines((4, first), label, SIZE, LEADING)
            for place, column in enumerate(columns):
                self._cell(row, column, _LABELS + (place + 0.5) * self.width, y + tall / 2)
            y += tall
        canvas.line([(0, y), (WIDTH, y)], color=palette.RULE, width=0.8)
        return y

    def _header(self, y: float, columns: Sequence[str], start: int) -> float:
        """The names of the columns; as letters that a list explains where they do not fit."""
        canvas = self.canvas
        names = [_letter(start + n) if self.letters else name for n, name in enumerate(columns)]
        rows = wrapped(self.rows_name, _LABELS - 10, SIZE, "bold")
        title = wrapped(self.columns_name, WIDTH - _LABELS, SIZE, "bold")
        canvas.lines((_LABELS, y + 8.5), title, SIZE, LEADING, face="bold", color=palette.ACCENT)
        heads = [wrapped(name, self.width - 4, SMALL, "bold") for name in names]
        top = y + len(title) * LEADING + 8
        depth = max(map(len, heads))
        for place, head in enumerate(heads):
            x = _LABELS + (place + 0.5) * self.width
            at = (x, top + (depth - len(head)) * SMALL_LEADING + 3)
            canvas.lines(at, head, SMALL, SMALL_LEADING, face="bold", align="center")
        bottom = max(top + depth * SMALL_LEADING, y + len(rows) * LEADING + 6)
        at = (4, bottom - len(rows) * LEADING + 4)
        canvas.lines(at, rows, SIZE, LEADING, face="bold", color=palette.ACCENT)
        canvas.line([(0, bottom + 1), (WIDTH, bottom + 1)], color=palette.ACCENT, width=1)
        return bottom + 1

    def _cell(self, row: str, column: str, x: float, y: float) -> None:
        here = [d for d in _DIRECTIONS if (row, column, d) in self.count]
        step = 2 * (self.largest + _RING) - 0.2
        for place, direction in enumerate(here):
            middle = x + (place - (len(here) - 1) / 2) * step
            count, rung = self.count[row, column, direction], self.rung[row, column, direction]
            radius = max(min(_SMALLEST, self.largest), self.largest * (count / self.most) ** 0.5)
            _bubble(self.canvas, middle, y - 4, radius, direction)
            _ring(self.canvas, middle, y - 4, radius, rung)
            self.canvas.text((middle, y + self.largest + 7), str(count), 6, align="center")

    def _key(self, y: float) -> float:
        if self.letters:
            for place, name in enumerate(self.columns):
                lines = wrapped(name, WIDTH - 26, SMALL)
                self.canvas.text((10, y + 8.4), _letter(place), SMALL, face="bold", align="center")
                self.canvas.lines((26, y + 8.4), lines, SMALL, SMALL_LEADING)
                y += len(lines) * SMALL_LEADING + 2
            y += 4
        t = self.t
        said: dict[Direction, str] = {
            "better": t("better"),
            "unclear": t("cannot be told: the interval holds zero, or partly reached"),
            "worse": t("worse"),
            "unknown": t("measured, without an estimate or verdict"),
        }
        entries: list[tuple[Sign, str]] = [(_sign(d), said[d]) for d in self.used]
        ring = t("ring: highest rung of the effect ladder, a dark part for each (here 3 of 5)")
        entries.append((lambda canvas, x, y: _ring(canvas, x, y, 2.4, 3), ring))
        size = t("size, and the number below: projects")
        entries.append((_sizes, size))
        return key(self.canvas, y, entries)


def _letter(place: int) -> str:
    return (
        chr(ord("A") + place) if place < 26 else f"{_letter(place // 26 - 1)}{_letter(place % 26)}"
    )


def _bubble(canvas: Canvas, x: float, y: float, radius: float, direction: Direction) -> None:
    """A circle in the colour of the direction, with its sign: + − ? or nothing."""
    edge = palette.INK if direction == "unknown" else ""
    canvas.shape(disc(x, y, radius), _FILL[direction], edge)
    half = min(0.55 * radius, 4.2)
    width = max(min(radius / 4, 1.6), 0.9)
    if direction in ("better", "worse"):
        canvas.line([(x - half, y), (x + half, y)], color=palette.PAPER, width=width)
    if direction == "better":
        canvas.line([(x, y - half), (x, y + half)], color=palette.PAPER, width=width)
    if direction == "unclear":
        canvas.shape(disc(x, y, max(0.28 * radius, 1.1)), palette.PAPER)


def _ring(canvas: Canvas, x: float, y: float, radius: float, rung: int) -> None:
    for part in range(_RUNGS):
        ends = (part + 0.06) / _RUNGS, (part + 0.94) / _RUNGS
        fill = palette.INK if part < rung else palette.RULE
        canvas.shape(arc(x, y, radius + 1.1, radius + 2.8, *ends), fill)


def _sign(direction: Direction) -> Sign:
    return lambda canvas, x, y: _bubble(canvas, x, y, 4.6, direction)


def _sizes(canvas: Canvas, x: float, y: float) -> None:
    canvas.shape(disc(x - 5, y, 2), palette.MUTED)
    canvas.shape(disc(x + 3, y, 4.6), palette.MUTED)
