"""Funnel plots: the estimates of a pool against their standard errors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from evalkit.language import translator
from evalkit.model.effect import PooledEstimate
from evalkit.model.programme import SensitivityRow
from evalkit.model.synthesis import Synthesis
from evalkit.model.text import Lang
from evalkit.render import palette
from evalkit.render.canvas import Canvas, wrapped
from evalkit.render.drawing import Drawing
from evalkit.render.forests import MOST_CONTRASTS, in_forest
from evalkit.render.picture import Picture
from evalkit.render.plotting import (
    LEADING,
    SIZE,
    SMALL,
    WIDTH,
    Scale,
    axis_below,
    disc,
    key,
    padded,
    tick_labels,
    ticks,
)
from evalkit.render.pools import pool_name, pool_title, pooled_rows, pools, scale_name
from evalkit.render.wording import number

_Z = 1.959963984540054  # 97.5% quantile of the standard normal
_LEFT, _HEIGHT = 40.0, 210.0
_FEWEST, _ENOUGH = 3, 10


@dataclass(frozen=True, slots=True)
class FunnelPoint:
    """One estimate; ``added`` for a mirror image that trim and fill adds."""

    estimate: float
    se: float
    added: bool = False


def funnel(
    points: Sequence[FunnelPoint],
    centre: float,
    axis: str,
    *,
    language: Lang,
) -> Drawing:
    """The picture: precise estimates at the top, and the funnel in which 95% of them would lie.

    The sides lie 1.96 standard errors from ``centre``, the pooled estimate: a pseudo-interval,
    that leaves out differences between projects (Sterne et al. 2011, BMJ 343). Raises ValueError
    without points, or without any that has a standard error.
    """
    widest = max((point.se for point in points), default=0.0)
    if not widest > 0:
        raise ValueError("a funnel needs at least one estimate with a standard error")
    t, canvas = translator(language), Canvas(WIDTH)
    deepest = 1.06 * widest
    ends = [centre - _Z * deepest, centre + _Z * deepest, *(p.estimate for p in points)]
    x = Scale(*padded(min(ends), max(ends), 0.03), _LEFT, WIDTH - 8)
    title = wrapped(t("Standard error (precise estimates at the top)"), WIDTH, SIZE, "bold")
    canvas.lines((0, 8.5), title, SIZE, LEADING, face="bold", color=palette.ACCENT)
    top = len(title) * LEADING + 8
    y = Scale(0, deepest, top, top + _HEIGHT)
    base = y.end
    feet = x.at(centre - _Z * deepest), x.at(centre + _Z * deepest)
    canvas.box(_LEFT, top, x.end, base, palette.BAND)
    canvas.shape([(x.at(centre), top), (feet[0], base), (feet[1], base)], palette.PAPER)
    for foot in feet:
        side = [(x.at(centre), top), (foot, base)]
        canvas.line(side, color=palette.MUTED, width=0.9, dashes=(4, 2.5))
    canvas.line([(x.at(centre), top), (x.at(centre), base)], color=palette.INK, width=1)
    if x.low < 0 < x.high:
        zero = [(x.at(0), top), (x.at(0), base)]
        canvas.line(zero, color=palette.FAINT, width=0.9, dashes=(1.2, 2))
    depths = ticks(0, deepest, 5)
    for depth, label in zip(depths, tick_labels(depths, language), strict=True):
        canvas.line([(_LEFT - 3, y.at(depth)), (_LEFT, y.at(depth))], width=0.9)
        canvas.text((_LEFT - 5, y.at(depth) + 2.5), label, SMALL, align="right")
    canvas.line([(_LEFT, top), (_LEFT, base)], width=0.9)
    for point in sorted(points, key=lambda p: p.added):
        (_added if point.added else _own)(canvas, x.at(point.estimate), y.at(point.se))
    below = axis_below(canvas, x, base, axis, language) + 3
    entries = [(_own, t("project"))]
    if any(point.added for point in points):
        entries.append((_added, t("mirror image that trim and fill adds")))
    entries.append((_centre, t("pooled estimate")))
    within = t("95 per cent of the projects would lie within, if chance alone were at work")
    entries.append((_side, within))
    return canvas.drawing(key(canvas, below, entries, _LEFT))


def _own(canvas: Canvas, x: float, y: float) -> None:
    canvas.shape(disc(x, y, 3.4), palette.ACCENT, palette.PAPER)


def _added(canvas: Canvas, x: float, y: float) -> None:
    canvas.shape(disc(x, y, 3.2), palette.PAPER, palette.WARNING)


def _centre(canvas: Canvas, x: float, y: float) -> None:
    canvas.line([(x, y - 5), (x, y + 5)], width=1)


def _side(canvas: Canvas, x: float, y: float) -> None:
    canvas.line([(x - 9, y), (x + 9, y)], color=palette.MUTED, width=0.9, dashes=(4, 2.5))


def funnel_pictures(found: Synthesis, lang: Lang) -> Iterator[Picture]:
    """A funnel for each pool of three estimates or more; with fewer there is none to see."""
    t = translator(lang)
    for pooled in pools(found):
        if pooled.k < _FEWEST:
            continue
        rows = pooled_rows(found, pooled, "yi", "vi")
        own = [FunnelPoint(row.yi, row.vi**0.5) for row in rows if row.yi is not None and row.vi]
        if len(own) < _FEWEST:
            continue
        checks = {row.check: row for row in found.programme.sensitivity if _is_of(row, pooled)}
        added = mirrored(own, checks.get("trim_and_fill"))
        name = found.measures[pooled.measure].label.to(lang)
        title = pool_title(found, pooled, lang)
        caption = t("{name}: are small projects different?").format(name=title)
        if pooled.k < _ENOUGH:
            few = t("With fewer than ten projects a funnel cannot tell chance from bias.")
            caption = f"{caption} {few}"
        if sum(in_forest(found, pooled)) > MOST_CONTRASTS:
            many = t("A forest plot of so many projects cannot be read; effects.csv lists them.")
            caption = f"{caption} {many}"
        alt = t("Funnel plot around {estimate}. Projects: {k}; added by trim and fill: {added}.")
        alt = alt.format(k=len(own), estimate=number(pooled.estimate, lang), added=len(added))
        slope = checks.get("egger")
        if slope:
            p = (
                f"p = {number(slope.p, lang, 3)}"
                if slope.p >= 0.0005
                else f"p < {number(0.001, lang, 3)}"
            )
            test = t("Egger's test of asymmetry: {p}.").format(p=p)
            alt, caption = f"{alt} {test}", f"{caption} {test}"
        axis = f"{name}: {scale_name(pooled.family, lang, pooled.metrics)}"

        def draw(
            points: Sequence[FunnelPoint] = (*own, *added),
            centre: float = pooled.estimate,
            axis: str = axis,
        ) -> Drawing:
            return funnel(points, centre, axis, language=lang)

        file = f"funnel-{pool_name(found, pooled)}"
        yield Picture("funnel", file, caption, alt, draw, pooled.measure, pooled.wave)


def _is_of(row: SensitivityRow, pooled: PooledEstimate) -> bool:
    names = ("measure", "measure_version", "wave", "family")
    return all(getattr(row, name) == getattr(pooled, name) for name in names)


def mirrored(points: Sequence[FunnelPoint], filled: SensitivityRow | None) -> list[FunnelPoint]:
    """The points that trim and fill added, from the pool with them.

    They are the mirror images of the most extreme points on the other side. The centre c of the
    mirror follows from the pool: E ΣW = Σ w y + Σ w (2c - y), the second sum over those mirrored,
    with w = 1/(v + τ²).
    """
    if filled is None or not filled.missing:
        return []
    sign = 1 if filled.about == "left" else -1
    extreme = sorted(points, key=lambda p: sign * p.estimate)[-filled.missing :]

    def weight(point: FunnelPoint) -> float:
        return 1 / (point.se**2 + (filled.tau2 or 0.0))

    both = [*points, *extreme]
    rest = sum(weight(p) * p.estimate for p in points) - sum(
        weight(p) * p.estimate for p in extreme
    )
    total = filled.estimate * sum(weight(p) for p in both)
    centre = (total - rest) / (2 * sum(weight(p) for p in extreme))
    return [FunnelPoint(2 * centre - p.estimate, p.se, True) for p in extreme]
