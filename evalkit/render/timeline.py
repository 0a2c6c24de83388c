"""A timeline: lanes of date windows under a calendar, with milestones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import NamedTuple

from babel.dates import format_date

from evalkit.render import palette
from evalkit.render.blocks import Language
from evalkit.render.canvas import Canvas, text_width, wrapped
from evalkit.render.drawing import Drawing

_WIDTH = 470.0
_SIZE, _SMALL = 7.6, 7.2
_LEADING = 9.6
_BAR = 10.0
_GAP = 5.0
_LANE_PADDING = 5.0
_TONES = (palette.ACCENT, palette.ACCENT_MID, palette.MUTED)
_MIN_TICK = 25.0


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One window in a lane; ``start`` and ``end`` are its first and last day."""

    lane: str
    label: str
    start: date
    end: date

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise ValueError(f"{self.label!r} ends ({self.end}) before it starts ({self.start})")


@dataclass(frozen=True, slots=True)
class Milestone:
    """A day that matters to all lanes: the project's start or end."""

    label: str
    day: date


@dataclass(frozen=True, slots=True)
class Band:
    """Days that are shaded in all lanes, from the first to the last: a holiday."""

    start: date
    end: date


class _Item(NamedTuple):
    """A mark from ``left`` to ``right`` and its label, which spans to ``low`` and ``high``."""

    left: float
    right: float
    low: float
    high: float
    lines: tuple[str, ...]
    side: str  # inside, left or right of the mark


class _Calendar:
    """Whole months from the first to the last date, and their place on the x axis."""

    def __init__(self, days: Sequence[date], left: float, right: float) -> None:
        self.start = min(days).replace(day=1)
        self.end = _next_month(max(days))
        self.left, self.right = left, right

    def x(self, day: date) -> float:
        share = (day - self.start).days / (self.end - self.start).days
        return self.left + share * (self.right - self.left)

    def ticks(self) -> list[date]:
        """First days of months, so many that their names do not touch."""
        months = [self.start]
        while (following := _next_month(months[-1])) < self.end:
            months.append(following)
        width = (self.right - self.left) / len(months)
        step = next((s for s in (1, 2, 3, 6) if s * width >= _MIN_TICK), 12)
        return [month for month in months if (month.month - 1) % step == 0]

    def years(self) -> list[tuple[int, float, float]]:
        """(year, left, right) of each year in sight."""
        starts = [date(y, 1, 1) for y in range(self.start.year + 1, self.end.year + 1)]
        edges = [self.start, *(day for day in starts if day < self.end), self.end]
        return [(a.year, self.x(a), self.x(b)) for a, b in pairwise(edges)]


def _next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def timeline(
    entries: Sequence[TimelineEntry],
    milestones: Sequence[Milestone] = (),
    bands: Sequence[Band] = (),
    *,
    language: Language,
    band_label: str = "",
) -> Drawing:
    """The picture of ``entries``, lanes in order of first appearance, 470 points wide.

    Month names follow ``language``. Windows that would touch are drawn below each other. What the
    bands are stands below the picture; those beyond its days are left out.
    Raises ValueError without entries.
    """
    if not entries:
        raise ValueError("a timeline needs at least one entry")
    canvas = Canvas(_WIDTH)
    lanes = list(dict.fromkeys(entry.lane for entry in entries))
    room = max(max(text_width(lane, _SIZE, "bold") for lane in lanes), 40)
    left = min(room, 100.0) + 12
    days = [day for e in entries for day in (e.start, e.end)] + [m.day for m in milestones]
    calendar = _Calendar(days, left, _WIDTH - 1)
    top = _draw_milestone_labels(canvas, milestones, calendar)
    bottom = _draw_calendar(canvas, calendar, top, language)
    tops = [bottom]
    plans = []
    for index, lane in enumerate(lanes):
        names = wrapped(lane, left - 12, _SIZE, "bold")
        rows = _rows([_item(entry, calendar) for entry in entries if entry.lane == lane])
        height = max(sum(map(_row_height, rows)), len(names) * _LEADING) + 2 * _LANE_PADDING
        plans.append((names, rows, _TONES[index % len(_TONES)]))
        tops.append(tops[-1] + height)
    for index, (low, high) in enumerate(pairwise(tops)):
        if index % 2 == 0:
            canvas.box(0, low, _WIDTH, high, palette.BAND)
    shaded = _draw_bands(canvas, bands, calendar, bottom, tops[-1])
    for tick in calendar.ticks():
        x = calendar.x(tick)
        canvas.line([(x, bottom), (x, tops[-1])], color=palette.RULE, width=0.5)
    for milestone in milestones:
        x = calendar.x(milestone.day)
        points = [(x, bottom), (x, tops[-1])]
        canvas.line(points, color=palette.WARNING, width=1.1, dashes=(3, 2))
    for index, (names, rows, tone) in enumerate(plans):
        ground = palette.BAND if index % 2 == 0 else palette.PAPER
        y = tops[index] + _LANE_PADDING
        canvas.lines((4, y + 9.2), names, _SIZE, _LEADING, face="bold")
        for row in rows:
            for item in row:
                _draw_item(canvas, item, y, tone, ground)
            y += _row_height(row)
    canvas.line([(0, tops[-1]), (_WIDTH, tops[-1])], color=palette.RULE, width=0.8)
    low = tops[-1] + 1
    if shaded and band_label:
        canvas.box(left, low + 5, left + 14, low + 13, palette.SHADE)
        canvas.text((left + 18, low + 12), band_label, _SMALL, color=palette.MUTED)
        low += 16
    return canvas.drawing(low)


def _draw_bands(
    canvas: Canvas, bands: Sequence[Band], calendar: _Calendar, top: float, bottom: float
) -> bool:
    """Shade the bands behind the lanes; whether any is in sight."""
    seen = [b for b in bands if b.start < calendar.end and b.end >= calendar.start]
    for band in seen:
        left = calendar.x(max(band.start, calendar.start))
        right = calendar.x(min(band.end + timedelta(days=1), calendar.end))
        canvas.box(left, top, right, bottom, palette.SHADE)
    return bool(seen)


def _item(entry: TimelineEntry, calendar: _Calendar) -> _Item:
    left, right = calendar.x(entry.start), calendar.x(entry.end + timedelta(days=1))
    if right - left < 4:
        left = min(left, calendar.right - 4)
        right = left + 4
    lines = wrapped(entry.label, right - left - 3, _SMALL)
    if len(lines) == 1 and not _broken(entry.label, lines):
        return _Item(left, right, left, right, lines, "inside")
    after, before = calendar.right - right - 4, left - calendar.left - 4
    lines = wrapped(entry.label, min(max(after, before), 150.0), _SMALL)
    width = max((text_width(line, _SMALL) for line in lines), default=0.0)
    if width <= after:
        return _Item(left, right, left, right + 4 + width, lines, "right")
    return _Item(left, right, left - 4 - width, right, lines, "left")


def _broken(label: str, lines: Sequence[str]) -> bool:
    return len(" ".join(lines).split()) != len(label.split())


def _rows(items: Sequence[_Item]) -> list[list[_Item]]:
    """Items in as few rows as keep them apart, from left to right."""
    rows: list[list[_Item]] = []
    for item in sorted(items, key=lambda item: (item.left, item.right)):
        for row in rows:
            if all(item.low >= other.high + 4 or item.high <= other.low - 4 for other in row):
                row.append(item)
                break
        else:
            rows.append([item])
    return rows


def _row_height(row: Sequence[_Item]) -> float:
    return max(_BAR, *(len(item.lines) * _LEADING for item in row)) + _GAP


def _draw_item(canvas: Canvas, item: _Item, y: float, tone: str, ground: str) -> None:
    y += _GAP / 2
    if item.side != "inside" and item.lines:
        # A milestone's line would run through the label.
        canvas.box(item.low, y, item.high, y + len(item.lines) * _LEADING, ground)
    canvas.box(item.left, y, item.right, y + _BAR, tone)
    at = y + 7.6
    if item.side == "inside":
        middle = (item.left + item.right) / 2
        canvas.lines((middle, at), item.lines, _SMALL, 0, color=palette.PAPER, align="center")
    elif item.side == "right":
        canvas.lines((item.right + 4, at), item.lines, _SMALL, _LEADING)
    else:
        canvas.lines((item.left - 4, at), item.lines, _SMALL, _LEADING, align="right")


def _draw_milestone_labels(
    canvas: Canvas, milestones: Sequence[Milestone], calendar: _Calendar
) -> float:
    """Labels above the calendar, each row clear; returns the y below them."""
    if not milestones:
        return 0.0
    items = []
    for milestone in milestones:
        x = calendar.x(milestone.day)
        after, before = _WIDTH - x - 8, x - 8
        lines = wrapped(milestone.label, min(max(after, before), 160.0), _SMALL, "bold")
        width = max((text_width(line, _SMALL, "bold") for line in lines), default=0.0)
        if width <= after:
            items.append(_Item(x, x, x - 3, x + 11 + width, lines, "right"))
        else:
            items.append(_Item(x, x, x - 6 - width, x + 3, lines, "left"))
    rows = _rows(items)
    y = 0.0
    for row in rows:
        for item in row:
            sign = [(item.left + dx, y + 6.4 + dy) for dx, dy in ((-3, 0), (0, -3), (3, 0), (0, 3))]
            canvas.shape(sign, palette.WARNING)
            at = (item.left + (6 if item.side == "right" else -6), y + 9)
            look = {"face": "bold", "color": palette.WARNING, "align": "left"}
            if item.side == "left":
                look["align"] = "right"
            canvas.lines(at, item.lines, _SMALL, _LEADING, **look)
        y += max(1, *(len(item.lines) for item in row)) * _LEADING + 4
    return y + 2


def _draw_calendar(canvas: Canvas, calendar: _Calendar, top: float, language: Language) -> float:
    """Years and months; returns the y below them."""
    locale = {"nl": "nl_NL", "en": "en_GB"}[language]
    canvas.line([(calendar.left, top), (calendar.right, top)], color=palette.RULE, width=0.8)
    taken = 0.0
    for year, low, high in calendar.years():
        if low > calendar.left:
            canvas.line([(low, top), (low, top + 27)], color=palette.FAINT, width=0.8)
        # The first year has its number however narrow it is; the next one makes room for it.
        at = max(low, taken)
        if low == calendar.left or high - at >= 24:
            canvas.text((at + 3, top + 11), str(year), _SIZE, face="bold", color=palette.ACCENT)
            taken = at + 22
    for tick in calendar.ticks():
        name = format_date(tick, "LLL", locale=locale).rstrip(".")
        x = calendar.x(tick)
        if x + 3 + text_width(name, _SMALL) <= calendar.right:
            canvas.text((x + 3, top + 22), name, _SMALL, color=palette.MUTED)
    return top + 27
