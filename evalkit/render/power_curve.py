"""A power curve: which effect can be shown with how many clusters or persons in each arm.

``power_curve(power, *, language) -> Drawing``, as :func:`timeline`: the points of
the curve are in ``power.curve``. Test ``if power.curve`` before drawing.
"""

from __future__ import annotations

from statistics import harmonic_mean

from evalkit.language import translator
from evalkit.model.design import Power
from evalkit.model.vocabulary import AssignmentLevel
from evalkit.render import palette
from evalkit.render.blocks import Language
from evalkit.render.canvas import Canvas, wrapped
from evalkit.render.drawing import Drawing, Point
from evalkit.render.plotting import diamond, ticks
from evalkit.render.wording import number

_WIDTH = 470.0
_SIZE, _SMALL = 7.8, 6.8
_LEADING = 9.4
_TOP, _BOTTOM = 18.0, 178.0
_LEFT, _RIGHT = 34.0, _WIDTH - 16.0
_BAND = 12.0


def power_curve(power: Power, *, language: Language) -> Drawing:
    """The picture, 470 points wide: the curve, the plan as a dot, the target as a dashed line.

    Across runs the number of clusters (or persons, where they stand alone) in each arm; upwards the
    smallest effect that can be shown, in standard deviations. Arms of unequal size stand at their
    harmonic mean, which is as good as that many in each arm. Raises ValueError without a curve.
    """
    if len(power.curve) < 2:
        raise ValueError("a power curve needs at least two points")
    return _Plot(power, language).draw()


class _Plot:
    def __init__(self, power: Power, language: Language) -> None:
        self.power, self.language = power, language
        self.t = translator(language)
        self.canvas = Canvas(_WIDTH)
        self.planned = _planned(power)
        points: list[tuple[float, float]] = [*power.curve]
        if self.planned:
            points.append(self.planned)
        self.low = min(n for n, _ in points)
        self.high = max(n for n, _ in points)
        self.top = 1.08 * max(*(effect for _, effect in points), power.target or 0)

    def draw(self) -> Drawing:
        self._axes()
        if self.power.target is not None:
            y = self._y(self.power.target)
            line = [(_LEFT, y), (_RIGHT, y)]
            self.canvas.line(line, color=palette.WARNING, width=1.1, dashes=(4, 2.5))
        curve = [self._at(n, effect) for n, effect in self.power.curve]
        self.canvas.line(curve, color=palette.ACCENT, width=1.8)
        if self.planned:
            x, y = self._at(*self.planned)
            self.canvas.line([(x, y), (x, _BOTTOM)], color=palette.INK, width=0.7, dashes=(1.2, 2))
            self.canvas.shape(diamond(x, y, 5.2), palette.INK, palette.PAPER)
        return self.canvas.drawing(self._key())

    def _at(self, n: float, effect: float) -> Point:
        share = (n - self.low) / (self.high - self.low)
        return _LEFT + share * (_RIGHT - _LEFT), self._y(effect)

    def _y(self, effect: float) -> float:
        return _BOTTOM - effect / self.top * (_BOTTOM - _TOP)

    def _axes(self) -> None:
        canvas, t = self.canvas, self.t
        title = t("Smallest effect that can be shown (SD)")
        canvas.text((0, 8.5), title, _SIZE, face="bold", color=palette.ACCENT)
        values = ticks(0, self.top, 5)
        digits = next((d for d in range(4) if all(abs(v - round(v, d)) < 1e-9 for v in values)), 4)
        for tick in values:
            y = self._y(tick)
            canvas.line([(_LEFT, y), (_RIGHT, y)], color=palette.RULE, width=0.6)
            label = number(tick, self.language, digits)
            canvas.text((_LEFT - 4, y + 2.5), label, _SMALL, align="right")
        canvas.line([(_LEFT, _BOTTOM), (_RIGHT, _BOTTOM)], color=palette.INK, width=0.9)
        for tick in ticks(self.low, self.high, 10, whole=True):
            x, _ = self._at(tick, 0)
            canvas.line([(x, _BOTTOM), (x, _BOTTOM + 3)], color=palette.INK, width=0.9)
            label = number(tick, self.language, 0)
            canvas.text((x, _BOTTOM + 11.5), label, _SMALL, align="center")
        at = ((_LEFT + _RIGHT) / 2, _BOTTOM + 23)
        canvas.text(at, self._across(), _SMALL, face="bold", align="center")

    def _across(self) -> str:
        t, who = self.t, self.power.respondent
        single = self.power.units[1] == 0
        name = who.label.to(self.language)
        if self.power.clusters is not None:
            names = {
                AssignmentLevel.class_: t("classes"),
                AssignmentLevel.subject: t("subjects of a school"),
            }
            name = names.get(self.power.cluster or AssignmentLevel.school, t("schools"))
        said = t("Number of {units}") if single else t("Number of {units} in each arm")
        return said.format(units=name)

    def _key(self) -> float:
        """What the marks mean, below the picture; returns the y below it."""
        y = _BOTTOM + 34
        for mark, text in self._meanings():
            lines = wrapped(text, _WIDTH - _LEFT - 24, _SIZE)
            middle = y + 5
            if mark == "plan":
                self.canvas.shape(diamond(_LEFT + 9, middle, 4.2), palette.INK)
            elif mark:
                target = mark == "target"
                self.canvas.line(
                    [(_LEFT, middle), (_LEFT + 18, middle)],
                    color=palette.WARNING if target else palette.ACCENT,
                    width=1.1 if target else 1.8,
                    dashes=(4, 2.5) if target else None,
                )
            self.canvas.lines((_LEFT + 24, y + 7.8), lines, _SIZE, _LEADING)
            y += max(_BAND, len(lines) * _LEADING + 2.5)
        return y + 1

    def _meanings(self) -> list[tuple[str, str]]:
        t, power = self.t, self.power
        said = [("curve", t("what as many in each arm can show"))]
        if power.units[1] == 0:
            said = [("curve", t("what as many can show"))]
        said.append(("plan" if self.planned else "", self._plan()))
        if power.target is not None:
            effect = number(power.target, self.language)
            needed = power.needed_clusters or power.needed_units
            target = t("the effect the scheme expects: {effect} SD")
            if needed and power.units[1]:
                target = t("the effect the scheme expects: {effect} SD; asks {n} in each arm")
            elif needed:
                target = t("the effect the scheme expects: {effect} SD; asks {n}")
            shown = number(needed or 0, self.language, 0)
            said.append(("target", target.format(effect=effect, n=shown)))
        return said

    def _plan(self) -> str:
        t, power = self.t, self.power
        a, b = (number(n, self.language, 0) for n in power.clusters or power.units)
        if power.mdes is None:
            plan = t("this plan, {a} and {b} (comparison), can show no effect")
            if not power.units[1]:
                plan = t("this plan, {a}, can show no effect")
            return plan.format(a=a, b=b)
        plan = t("this plan: {a} and {b} (comparison), which can show {effect} SD")
        if not power.units[1]:
            plan = t("this plan: {a}, which can show {effect} SD")
        return plan.format(a=a, b=b, effect=number(power.smallest, self.language))


def _planned(power: Power) -> tuple[float, float] | None:
    """The plan as a point: its number per arm, and what it can show."""
    if power.mdes is None:
        return None
    arms = [n for n in power.clusters or power.units if n]
    return float(harmonic_mean(arms)), power.mdes
