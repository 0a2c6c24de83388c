"""A forest plot: one row for each study, the pooled estimate below them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from evalkit.render import palette
from evalkit.render.blocks import Language
from evalkit.render.canvas import Canvas, text_width, wrapped
from evalkit.render.drawing import Drawing, Face, Point
from evalkit.render.plotting import ticks
from evalkit.render.wording import number

_WIDTH = 470.0
_SIZE, _SMALL = 7.8, 6.8
_LEADING, _SMALL_LEADING = 10.2, 9.0
_ROW_PADDING = 8.0
_GUTTER = 12.0
_INDENT = 8.0
_END = 110.0
"""Room for the pooled estimate with its prediction interval, and for the axis below it."""


@dataclass(frozen=True, slots=True)
class ForestRow:
    """One study: an interval, or the reason why it has none.

    ``weight`` is its share of the pooled estimate (0-1). ``note`` stands small below the label
    (the ladder rung, the sample). Rows with the same ``group`` stand under its name. A row with
    ``excluded`` (the reason) is shown in grey without an interval; one that is ``marked`` has a
    diamond in another colour.
    """

    label: str
    estimate: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    weight: float | None = None
    note: str = ""
    group: str = ""
    excluded: str = ""
    marked: bool = False

    def __post_init__(self) -> None:
        if not self.excluded:
            _check(self.label, self.estimate, self.ci_low, self.ci_high)
        if self.weight is not None and not 0 <= self.weight <= 1:
            raise ValueError(f"{self.label!r}: a weight is a share from 0 to 1, not {self.weight}")


@dataclass(frozen=True, slots=True)
class ForestPooled:
    """The pooled estimate; ``i2`` is a share (0-1); the prediction interval may be absent."""

    label: str
    estimate: float
    ci_low: float
    ci_high: float
    k: int
    tau2: float
    i2: float
    pi_low: float | None = None
    pi_high: float | None = None

    def __post_init__(self) -> None:
        _check(self.label, self.estimate, self.ci_low, self.ci_high)
        if self.pi_low is not None or self.pi_high is not None:
            _check(self.label, self.estimate, self.pi_low, self.pi_high)


@dataclass(frozen=True, slots=True)
class ForestLabels:
    """The words of the picture, in the document's language."""

    study: str
    estimate: str
    """Above the numbers: "Hedges' g [95%-BI]"."""
    weight: str
    axis: str
    """Below the axis: what is measured, with its unit."""
    favours_left: str
    favours_right: str
    prediction: str
    """"Voorspellingsinterval"."""


def _check(label: str, *numbers: float | None) -> None:
    if any(number is None or not math.isfinite(number) for number in numbers):
        raise ValueError(f"{label!r}: estimate and interval must be finite numbers")
    estimate, low, high = (float(number) for number in numbers if number is not None)
    if not low <= estimate <= high:
        raise ValueError(f"{label!r}: the estimate lies outside its interval")


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where columns end (points) and what the axis shows (data)."""

    left: float
    right: float
    estimate: float
    low: float
    high: float
    weight: float
    axis_low: float
    axis_high: float

    def x(self, value: float) -> float:
        """The place of a value, held within the axis."""
        share = (value - self.axis_low) / (self.axis_high - self.axis_low)
        return self.left + min(max(share, 0.0), 1.0) * (self.right - self.left)


def forest(
    rows: Sequence[ForestRow],
    pooled: ForestPooled | None,
    labels: ForestLabels,
    *,
    language: Language,
    reference: float | None = None,
) -> Drawing:
    """The picture, 470 points wide; numbers are written as ``language`` does.

    An interval wider than the axis ends in an arrow; its numbers stand at the right. A thin line
    stands at ``reference``, if there is one. Raises ValueError without rows.
    """
    (whole,) = forest_parts(rows, pooled, labels, math.inf, language=language, reference=reference)
    return whole


def forest_parts(
    rows: Sequence[ForestRow],
    pooled: ForestPooled | None,
    labels: ForestLabels,
    tallest: float,
    *,
    language: Language,
    reference: float | None = None,
) -> list[Drawing]:
    """The same in parts, each readable by itself.

    Each has the names of the columns and the same axis; the last has the pooled estimate. None is
    taller than ``tallest`` points, unless a single row is. Raises ValueError without rows.
    """
    if not rows:
        raise ValueError("a forest plot needs at least one row")
    return list(_Plot(rows, pooled, labels, language, reference).draw(tallest))


class _Plot:
    """Draws from top to bottom; ``y`` is where the next row starts."""

    def __init__(
        self,
        rows: Sequence[ForestRow],
        pooled: ForestPooled | None,
        labels: ForestLabels,
        language: Language,
        reference: float | None = None,
    ) -> None:
        self.rows, self.pooled, self.labels = rows, pooled, labels
        self.reference = reference
        self.language = language
        self.separator = ";" if language == "nl" else ","
        self.canvas = Canvas(_WIDTH)
        self.layout = self._layout()
        self.y = 0.0

    def draw(self, tallest: float) -> Iterator[Drawing]:
        """Each part, from the first rows to the last."""
        top, group, room = self._begun(), "", tallest - _END
        for row in self.rows:
            height = self._height(row) + (_LEADING + 7 if row.group != group else 0)
            if self.y > top and self.y + height > room:
                self._axis(top, None)
                yield self.canvas.drawing(self.y)
                self.canvas = Canvas(_WIDTH)
                top, group = self._begun(), ""
            if row.group and row.group != group:
                lines = wrapped(row.group, _WIDTH, _SIZE, "bold")
                self.canvas.lines((0, self.y + 12.5), lines, _SIZE, _LEADING, face="bold")
                self.y += len(lines) * _LEADING + 7
            group = row.group
            self._row(row)
        if self.pooled is not None:
            self._pooled(self.pooled)
        self._axis(top, self.pooled)
        yield self.canvas.drawing(self.y)

    def _begun(self) -> float:
        """Where the first row of a part starts, below the names of the columns."""
        self._header()
        return self.y

    # --- layout ---

    def _number(self, value: float, decimals: int = 2) -> str:
        return number(value, self.language, decimals)

    def _texts(self, estimate: float, low: float, high: float) -> tuple[str, str, str]:
        return (
            self._number(estimate),
            f"[{self._number(low)}{self.separator}",
            f"{self._number(high)}]",
        )

    def _layout(self) -> _Layout:
        shown = [row for row in self.rows if not row.excluded]
        texts = [self._texts(*_interval(row)) for row in shown]
        if self.pooled is not None:
            pooled = self.pooled
            texts.append(self._texts(pooled.estimate, pooled.ci_low, pooled.ci_high))
            if pooled.pi_low is not None and pooled.pi_high is not None:
                texts.append(self._texts(pooled.estimate, pooled.pi_low, pooled.pi_high))
        widths = [
            max((text_width(text[i], _SIZE, "bold") for text in texts), default=20.0)
            for i in range(3)
        ]
        weights = [f"{self._number(100 * (r.weight or 0), 1)}%" for r in shown]
        column = max((text_width(text, _SIZE) for text in weights), default=0.0)
        column = max(column, _word(self.labels.weight))
        if all(row.weight is None for row in shown):
            column = -_GUTTER
        names = [row.label for row in self.rows] + ([self.pooled.label] if self.pooled else [])
        names.append(self.labels.prediction)
        natural = max(text_width(name, _SIZE, "bold") for name in names)
        low, high = _axis_range(shown, self.pooled)
        edge = _WIDTH - column - _GUTTER
        return _Layout(
            left=min(natural, 0.27 * _WIDTH) + _GUTTER + 4,
            right=edge - sum(widths) - 9 - _GUTTER,
            estimate=edge - widths[1] - widths[2] - 9.5,
            low=edge - widths[2] - 2.5,
            high=edge,
            weight=_WIDTH,
            axis_low=low,
            axis_high=high,
        )

    # --- rows ---

    def _header(self) -> None:
        layout, labels = self.layout, self.labels
        look = {"face": "bold", "color": palette.ACCENT}
        study = wrapped(labels.study, layout.left - _GUTTER, _SIZE, "bold")
        estimate = wrapped(labels.estimate, layout.high - layout.right, _SIZE, "bold")
        weight = wrapped(labels.weight, max(layout.weight - layout.high - 6, 20), _SIZE, "bold")
        if all(row.weight is None for row in self.rows):
            weight = ()
        height = max(len(study), len(estimate), len(weight)) * _LEADING
        ends = ((0.0, study, "left"), (layout.high, estimate, "right"), (_WIDTH, weight, "right"))
        for x, lines, align in ends:
            at = (x, 9 + height - len(lines) * _LEADING)
            self.canvas.lines(at, lines, _SIZE, _LEADING, align=align, **look)
        self.y = height + 5
        self.canvas.line([(0, self.y), (_WIDTH, self.y)], color=palette.ACCENT, width=1)
        self.y += 3

    def _words(self, row: ForestRow) -> tuple[Sequence[str], Sequence[str], Sequence[str]]:
        """The lines of the label of a row, of its note, and of why it has no interval."""
        room = self.layout.left - _GUTTER - (_INDENT if row.group else 0.0)
        return (
            wrapped(row.label, room, _SIZE),
            wrapped(row.note, room, _SMALL),
            wrapped(row.excluded, _WIDTH - self.layout.left - 4, _SIZE, "italic"),
        )

    def _height(self, row: ForestRow) -> float:
        label, note, reason = self._words(row)
        lines = len(label) * _LEADING + len(note) * _SMALL_LEADING
        return max(lines, len(reason) * _LEADING) + _ROW_PADDING

    def _row(self, row: ForestRow) -> None:
        layout, canvas = self.layout, self.canvas
        indent = _INDENT if row.group else 0.0
        label, note, reason = self._words(row)
        first = self.y + _ROW_PADDING / 2 + 8
        color = palette.MUTED if row.excluded else palette.INK
        canvas.lines((indent, first), label, _SIZE, _LEADING, color=color)
        below = first + len(label) * _LEADING - 0.6
        canvas.lines((indent, below), note, _SMALL, _SMALL_LEADING, color=palette.MUTED)
        if row.excluded:
            look = {"face": "italic", "color": palette.MUTED}
            # The zero line would run through the words.
            bottom = first + (len(reason) - 1) * _LEADING + 3
            canvas.box(layout.left, first - 8.5, _WIDTH, bottom, palette.PAPER)
            canvas.lines((layout.left, first), reason, _SIZE, _LEADING, **look)
        else:
            self._estimate(row, first - 2.9)
            self._numbers(_interval(row), first)
            if row.weight is not None:
                share = f"{self._number(100 * row.weight, 1)}%"
                canvas.text((layout.weight, first), share, _SIZE, align="right")
        self.y += self._height(row)

    def _estimate(self, row: ForestRow, y: float) -> None:
        estimate, low, high = _interval(row)
        self._whisker(low, high, y)
        heaviest = max((r.weight or 0 for r in self.rows), default=0)
        share = (row.weight or 0) / heaviest if heaviest else 0.35
        half = max(1.8, 5 * math.sqrt(share))
        x = self.layout.x(estimate)
        if row.marked:
            size = half + 2.2
            points = [(x - size, y), (x, y - size), (x + size, y), (x, y + size)]
            self.canvas.shape(points, palette.WARNING, palette.PAPER)
            return
        self.canvas.box(x - half, y - half, x + half, y + half, palette.ACCENT)

    def _whisker(self, low: float, high: float, y: float) -> None:
        layout = self.layout
        left, right = layout.x(low), layout.x(high)
        self.canvas.line([(left, y), (right, y)], color=palette.INK, width=1)
        for end, x, outward in ((low, left, -1), (high, right, 1)):
            if layout.axis_low <= end <= layout.axis_high:
                self.canvas.line([(x, y - 2.5), (x, y + 2.5)], color=palette.INK, width=1)
            else:
                self.canvas.shape(_arrow(x, y, outward, 3), palette.INK)

    def _numbers(
        self,
        interval: tuple[float, float, float],
        y: float,
        *,
        face: Face = "regular",
        limits_only: bool = False,
    ) -> None:
        layout = self.layout
        ends = (layout.estimate, layout.low, layout.high)
        for index, (text, x) in enumerate(zip(self._texts(*interval), ends, strict=True)):
            if index or not limits_only:
                self.canvas.text((x, y), text, _SIZE, face=face, align="right")

    def _pooled(self, pooled: ForestPooled) -> None:
        layout, canvas = self.layout, self.canvas
        self.y += 3
        canvas.line([(0, self.y), (_WIDTH, self.y)], color=palette.RULE, width=0.8)
        label = wrapped(pooled.label, layout.left - _GUTTER, _SIZE, "bold")
        first = self.y + _ROW_PADDING / 2 + 9
        canvas.lines((0, first), label, _SIZE, _LEADING, face="bold")
        y, x = first - 2.9, layout.x(pooled.estimate)
        ends = (layout.x(pooled.ci_low), layout.x(pooled.ci_high))
        canvas.shape([(ends[0], y), (x, y - 5), (ends[1], y), (x, y + 5)], palette.ACCENT)
        self._numbers((pooled.estimate, pooled.ci_low, pooled.ci_high), first, face="bold")
        self.y += len(label) * _LEADING + _ROW_PADDING + 1
        if pooled.pi_low is None or pooled.pi_high is None:
            return
        label = wrapped(self.labels.prediction, layout.left - _GUTTER, _SIZE)
        first = self.y + _ROW_PADDING / 2 + 6
        canvas.lines((0, first), label, _SIZE, _LEADING, color=palette.MUTED)
        self._bar(pooled.pi_low, pooled.pi_high, first - 2.9)
        self._numbers((pooled.estimate, pooled.pi_low, pooled.pi_high), first, limits_only=True)
        self.y += len(label) * _LEADING + _ROW_PADDING - 2

    def _bar(self, low: float, high: float, y: float) -> None:
        layout = self.layout
        left, right = layout.x(low), layout.x(high)
        self.canvas.box(left, y - 2.2, right, y + 2.2, palette.ACCENT_SOFT, palette.ACCENT)
        for end, x, outward in ((low, left, -1), (high, right, 1)):
            if not layout.axis_low <= end <= layout.axis_high:
                self.canvas.shape(_arrow(x, y, outward, 4.5), palette.ACCENT)

    # --- axis ---

    def _axis(self, top: float, pooled: ForestPooled | None) -> None:
        layout, canvas = self.layout, self.canvas
        y = self.y + 4
        zero = layout.x(0.0)
        points = [(zero, top), (zero, y)]
        canvas.line(points, color=palette.FAINT, width=0.9, dashes=(2.5, 2), behind=True)
        if self.reference is not None:
            middle = layout.x(self.reference)
            canvas.line([(middle, top), (middle, y)], color=palette.ACCENT, width=0.7, behind=True)
        canvas.line([(layout.left, y), (layout.right, y)], color=palette.INK, width=0.9)
        values = ticks(layout.axis_low, layout.axis_high)
        decimals = next(
            (d for d in range(6) if all(abs(t - round(t, d)) < 1e-9 for t in values)), 6
        )
        for tick in values:
            x = layout.x(tick)
            canvas.line([(x, y), (x, y + 3)], color=palette.INK, width=0.9)
            canvas.text((x, y + 11.5), self._number(tick, decimals), _SMALL, align="center")
        self.y = y + 15
        self._directions(zero)
        middle = (layout.left + layout.right) / 2
        lines = wrapped(self.labels.axis, layout.right - layout.left, _SMALL, "bold")
        look = {"face": "bold", "align": "center"}
        canvas.lines((middle, self.y + 9), lines, _SMALL, _SMALL_LEADING, **look)
        if pooled is not None:
            canvas.lines(
                (0, y + 2),
                self._heterogeneity(pooled),
                _SMALL,
                _SMALL_LEADING,
                color=palette.MUTED,
            )
        self.y += max(len(lines) * _SMALL_LEADING, 9) + 4

    def _heterogeneity(self, pooled: ForestPooled) -> list[str]:
        """k, τ² and I², in as many lines as they take; none is broken."""
        share, tau2 = self._number(100 * pooled.i2, 0), self._number(pooled.tau2, 3)
        lines: list[str] = []
        for part in (f"k = {pooled.k}", f"τ² = {tau2}", f"I² = {share}%"):
            longer = f"{lines[-1]} · {part}" if lines else part
            if lines and text_width(longer, _SMALL) <= self.layout.left - _GUTTER:
                lines[-1] = longer
            else:
                lines.append(part)
        return lines

    def _directions(self, zero: float) -> None:
        """What a value at either side of zero means; the names may reach past the axis."""
        room = (zero - self.layout.left + 45, self.layout.right + 60 - zero)
        texts = (f"← {self.labels.favours_left}", f"{self.labels.favours_right} →")
        sides = [wrapped(text, width, _SMALL) for text, width in zip(texts, room, strict=True)]
        look = {"color": palette.MUTED}
        at = self.y + 9
        self.canvas.lines((zero - 6, at), sides[0], _SMALL, _SMALL_LEADING, align="right", **look)
        self.canvas.lines((zero + 6, at), sides[1], _SMALL, _SMALL_LEADING, **look)
        self.y += max(map(len, sides)) * _SMALL_LEADING + 4


# --- numbers ---------------------------------------------------------------------------------


def _interval(row: ForestRow) -> tuple[float, float, float]:
    if row.estimate is None or row.ci_low is None or row.ci_high is None:
        raise ValueError(f"{row.label!r} has no interval")
    return row.estimate, row.ci_low, row.ci_high


def _word(text: str) -> float:
    """Width of the longest word of a column's name."""
    return max((text_width(word, _SIZE, "bold") for word in text.split()), default=0.0)


def _arrow(x: float, y: float, outward: int, size: float) -> list[Point]:
    """A head at ``x`` that points left (-1) or right (1)."""
    back = x - outward * size * 1.6
    return [(x + outward * 1.5, y), (back, y - size), (back, y + size)]


def _axis_range(rows: Sequence[ForestRow], pooled: ForestPooled | None) -> tuple[float, float]:
    """The values the axis shows: every estimate and zero, and intervals of usual width.

    An interval that reaches much further than the others is cut, so that one small study
    does not press the rest together.
    """
    intervals = [_interval(row) for row in rows]
    if pooled is not None:
        intervals.append((pooled.estimate, pooled.ci_low, pooled.ci_high))
    if not intervals:
        return -1.0, 1.0
    reach = 1.6 * median(high - low for _, low, high in intervals)
    low = min(0.0, *(max(lo, e - reach) for e, lo, _ in intervals))
    high = max(0.0, *(min(hi, e + reach) for e, _, hi in intervals))
    span = (high - low) or 1.0
    if pooled is not None and pooled.pi_low is not None and pooled.pi_high is not None:
        low = max(min(low, pooled.pi_low), low - 0.3 * span)
        high = min(max(high, pooled.pi_high), high + 0.3 * span)
    span = (high - low) or 1.0
    low, high = low - 0.04 * span, high + 0.04 * span
    # Zero needs room at both sides for the names of the directions.
    return min(low, -0.25 * high), max(high, -0.25 * low)
