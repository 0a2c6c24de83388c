"""What figures with axes have in common: a scale, ticks, round marks and a key."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from evalkit.model.text import Lang
from evalkit.render import palette
from evalkit.render.canvas import Canvas, wrapped
from evalkit.render.drawing import Point
from evalkit.render.wording import number

WIDTH = 470.0
"""Width of every figure, in points: 16.6 cm."""

SIZE, SMALL = 7.8, 6.8
LEADING, SMALL_LEADING = 10.2, 9.0
_SIDES = 40


@dataclass(frozen=True, slots=True)
class Scale:
    """From values to places along an axis, in points."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        """The place of a value, held within the axis."""
        share = (value - self.low) / (self.high - self.low)
        return self.start + min(max(share, 0.0), 1.0) * (self.end - self.start)


def padded(low: float, high: float, share: float = 0.06) -> tuple[float, float]:
    """The range with room at both ends; one value alone gets a range around it."""
    span = high - low or abs(high) or 1.0
    return low - share * span, high + share * span


def ticks(low: float, high: float, count: int = 6, *, whole: bool = False) -> list[float]:
    """Round values within the range, at most ``count`` steps from its low to its high end.

    The steps are 1, 2, 2.5 or 5 times a power of ten; smaller where fewer than two would show.
    """
    power = math.floor(math.log10((high - low) / count))
    steps = [part * 10.0**n for n in (power - 1, power, power + 1) for part in (1, 2, 2.5, 5)]
    if whole:
        steps = [step for step in steps if step >= 1 and step == round(step)] or [1.0]
    wide = next((n for n, step in enumerate(steps) if step * count >= high - low))
    for step in reversed(steps[: wide + 1]):
        first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
        if last > first:
            break
    return [n * step for n in range(first, last + 1)]


def tick_labels(values: Sequence[float], lang: Lang) -> list[str]:
    """The values with as many decimals as tell them apart."""
    digits = next((d for d in range(6) if all(abs(v - round(v, d)) < 1e-9 for v in values)), 6)
    return [number(value, lang, digits) for value in values]


def axis_below(canvas: Canvas, scale: Scale, y: float, name: str, lang: Lang) -> float:
    """An axis with its ticks and its name below it; returns the y below those."""
    canvas.line([(scale.start, y), (scale.end, y)], color=palette.INK, width=0.9)
    values = ticks(scale.low, scale.high)
    for value, label in zip(values, tick_labels(values, lang), strict=True):
        x = scale.at(value)
        canvas.line([(x, y), (x, y + 3)], color=palette.INK, width=0.9)
        canvas.text((x, y + 11.5), label, SMALL, align="center")
    middle = (scale.start + scale.end) / 2
    lines = wrapped(name, scale.end - scale.start, SMALL, "bold")
    canvas.lines((middle, y + 23), lines, SMALL, SMALL_LEADING, face="bold", align="center")
    return y + 23 + len(lines) * SMALL_LEADING


def disc(x: float, y: float, radius: float) -> list[Point]:
    """A circle as a polygon."""
    turn = [2 * math.pi * n / _SIDES for n in range(_SIDES)]
    return [(x + radius * math.cos(a), y + radius * math.sin(a)) for a in turn]


def arc(x: float, y: float, inner: float, outer: float, start: float, end: float) -> list[Point]:
    """A part of a ring as a polygon, between two shares (0-1) of a turn clockwise from the top."""
    angles = [2 * math.pi * (start + (end - start) * n / 10) - math.pi / 2 for n in range(11)]
    out = [(x + outer * math.cos(a), y + outer * math.sin(a)) for a in angles]
    back = [(x + inner * math.cos(a), y + inner * math.sin(a)) for a in reversed(angles)]
    return out + back


def diamond(x: float, y: float, half: float) -> list[Point]:
    """A square on its corner."""
    return [(x - half, y), (x, y - half), (x + half, y), (x, y + half)]


Sign = Callable[[Canvas, float, float], None]
"""Draws the sign of an entry of the key, with its middle at a point."""


def key(canvas: Canvas, y: float, entries: Sequence[tuple[Sign, str]], left: float = 0) -> float:
    """What the signs mean, one below the other; returns the y below it."""
    for sign, text in entries:
        lines = wrapped(text, WIDTH - left - 26, SMALL)
        sign(canvas, left + 10, y + 6)
        canvas.lines((left + 26, y + 8.4), lines, SMALL, SMALL_LEADING)
        y += max(12.5, len(lines) * SMALL_LEADING + 3.5)
    return y + 1
