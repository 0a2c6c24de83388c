"""From baseline to post: the mean before and after of each group, joined by a line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from evalkit.language import translator
from evalkit.model.synthesis import GroupChange, Synthesis
from evalkit.model.text import Lang
from evalkit.model.vocabulary import ArmRole
from evalkit.render import palette
from evalkit.render.canvas import Canvas, text_width, wrapped
from evalkit.render.drawing import Drawing
from evalkit.render.picture import Picture
from evalkit.render.plotting import (
    LEADING,
    SIZE,
    SMALL,
    WIDTH,
    Scale,
    Sign,
    axis_below,
    diamond,
    disc,
    key,
    padded,
)
from evalkit.render.wording import number

_LABELS = 150.0
ON_A_SHEET, MOST_SHEETS = 24, 4
"""Schools or projects that one picture shows at most, and pictures there are at most."""


@dataclass(frozen=True, slots=True)
class Change:
    """The mean of one group before and after; ``label`` is whose it is (a school, a project)."""

    label: str
    arm: ArmRole
    before: float
    after: float


def changes(rows: Sequence[Change], axis: str, *, language: Lang) -> Drawing:
    """The picture: an open mark before, a filled one after, and a line between them.

    Rows with the same label stand together: circles for the intervention group, diamonds for the
    comparison group. Raises ValueError without rows.
    """
    if not rows:
        raise ValueError("a picture of changes needs at least one group")
    t, canvas = translator(language), Canvas(WIDTH)
    values = [value for row in rows for value in (row.before, row.after)]
    digits = _digits(values)
    title = t("before → after")
    column = max(text_width(_numbers(row, digits, language), SMALL) for row in rows)
    column = max(column, text_width(title, SMALL, "bold"))
    x = Scale(*padded(min(values), max(values)), _LABELS, WIDTH - column - 14)
    canvas.text((WIDTH, 8.5), title, SMALL, face="bold", color=palette.ACCENT, align="right")
    canvas.line([(0, 13), (WIDTH, 13)], color=palette.ACCENT, width=1)
    y = 15.0
    for index, label in enumerate(dict.fromkeys(row.label for row in rows)):
        own = [(row, _numbers(row, digits, language)) for row in rows if row.label == label]
        y = _group(canvas, x, y, own, palette.PAPER if index % 2 else palette.BAND)
    y = axis_below(canvas, x, y + 4, axis, language) + 3
    entries = [
        (_sign(arm, bool(after)), said)
        for arm, after, said in (
            (ArmRole.intervention, 0, t("intervention group, before")),
            (ArmRole.intervention, 1, t("intervention group, after")),
            (ArmRole.comparison, 0, t("comparison group, before")),
            (ArmRole.comparison, 1, t("comparison group, after")),
        )
        if any(row.arm is arm for row in rows)
    ]
    return canvas.drawing(key(canvas, y, entries, _LABELS))


def _group(
    canvas: Canvas, x: Scale, y: float, rows: Sequence[tuple[Change, str]], ground: str
) -> float:
    """All rows of one label, each with its numbers; returns the y below them."""
    lines = wrapped(rows[0][0].label, _LABELS - 12, SIZE)
    height = max(len(lines) * LEADING, len(rows) * 13.0) + 6
    canvas.box(0, y, WIDTH, y + height, ground)
    first = y + height / 2 + 3 - (len(lines) - 1) * LEADING / 2
    canvas.lines((2, first), lines, SIZE, LEADING)
    for place, (row, text) in enumerate(rows):
        at = y + height / 2 + (place - (len(rows) - 1) / 2) * 13.0
        before, after, color = x.at(row.before), x.at(row.after), _color(row.arm)
        dashes = None if row.arm is ArmRole.intervention else (3.0, 1.6)
        canvas.line([(before, at), (after, at)], color=color, width=1.6, dashes=dashes)
        _mark(canvas, before, at, row.arm, False)
        _mark(canvas, after, at, row.arm, True)
        canvas.text((WIDTH, at + 2.6), text, SMALL, align="right")
    return y + height


def _color(arm: ArmRole) -> str:
    return palette.BLUE if arm is ArmRole.intervention else palette.MUTED


def _mark(canvas: Canvas, x: float, y: float, arm: ArmRole, after: bool) -> None:
    points = disc(x, y, 3.3) if arm is ArmRole.intervention else diamond(x, y, 4.0)
    canvas.shape(points, _color(arm) if after else palette.PAPER, _color(arm))


def _sign(arm: ArmRole, after: bool) -> Sign:
    return lambda canvas, x, y: _mark(canvas, x, y, arm, after)


def _digits(values: Sequence[float]) -> int:
    """Decimals that show a hundredth of the range."""
    span = max(values) - min(values)
    return 0 if span >= 200 else 1 if span >= 5 else 2


def _numbers(row: Change, digits: int, lang: Lang) -> str:
    return f"{number(row.before, lang, digits)} → {number(row.after, lang, digits)}"


# --- what is drawn -----------------------------------------------------------------------------


def change_pictures(found: Synthesis, lang: Lang) -> Iterator[Picture]:
    """Schools (or whole arms) before and after, for each measure and wave with a baseline.

    What does not fit on one sheet is continued on the next.
    """
    for measure, wave in dict.fromkeys((row.measure, row.wave) for row in found.changes):
        own = [row for row in found.changes if (row.measure, row.wave) == (measure, wave)]
        labels = list(dict.fromkeys(_label(found, row) for row in own))
        starts = range(0, len(labels), ON_A_SHEET)[:MOST_SHEETS]
        for sheet, start in enumerate(starts, 1):
            kept = labels[start : start + ON_A_SHEET]
            shown = [row for row in own if _label(found, row) in kept]
            title = f"change-{measure}-{wave}".replace(".", "-")
            yield _sheet(
                found,
                shown,
                title if len(starts) == 1 else f"{title}-{sheet}",
                (start + 1, start + len(kept), len(labels)),
                lang,
            )


def _sheet(
    found: Synthesis,
    rows: Sequence[GroupChange],
    title: str,
    place: tuple[int, int, int],
    lang: Lang,
) -> Picture:
    """One picture; ``place`` says from which to which of how many it shows."""
    t, measure = translator(lang), rows[0].measure
    name = found.measures[measure].label.to(lang)
    caption = t("{name}: from baseline to later, per school").format(name=name)
    if all(row.school is None for row in rows):
        caption = t("{name}: from baseline to later, per project").format(name=name)
    first, last, everything = place
    if last - first + 1 < everything:
        said = t("{first} to {last} of {all}").format(first=first, last=last, all=everything)
        caption = f"{caption} ({said})"
    treated = [row for row in rows if row.arm is ArmRole.intervention]
    alt = t("Means before and after. Intervention groups: {k}, of which rose: {n}.")
    alt = alt.format(k=len(treated), n=sum(row.after > row.before for row in treated))
    axis = f"{name} ({found.measures[measure].scale.better.label.to(lang)})"
    shown = [Change(_label(found, row), row.arm, row.before, row.after) for row in rows]

    def draw() -> Drawing:
        return changes(shown, axis, language=lang)

    return Picture("change", title, caption, alt, draw, measure, rows[0].wave)


def _label(found: Synthesis, row: GroupChange) -> str:
    title = found.design(row.project).project.title
    return f"{title}: {row.school}" if row.school else title
