"""How a pool came about and what it hangs on: cumulative and leave-one-out forest plots."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

from evalkit.language import translator
from evalkit.model.effect import PooledEstimate
from evalkit.model.programme import SensitivityRow
from evalkit.model.synthesis import Synthesis
from evalkit.model.text import Lang
from evalkit.render.drawing import Drawing
from evalkit.render.figures import ForestRow, forest_parts
from evalkit.render.forests import forest_labels, pooled_diamond
from evalkit.render.picture import Picture, paged
from evalkit.render.pools import pool_name, pool_title, pools
from evalkit.render.wording import interval, number

MOST_ROWS = 20
"""Projects that a leave-one-out plot shows at most: those that move the pool furthest."""


def cumulative_pictures(found: Synthesis, lang: Lang) -> Iterator[Picture]:
    """The pool up to each year, where projects ended in more years than one."""
    t = translator(lang)
    for pooled in pools(found):
        rows = _checks(found, pooled, "cumulative")
        if len(rows) < 2:
            continue
        shown = [
            ForestRow(row.about, row.estimate, row.ci_low, row.ci_high, note=f"k = {row.k}")
            for row in rows
        ]
        name = pool_title(found, pooled, lang)
        alt = t("Forest plot of the pooled estimate up to each year: {years}.").format(
            years="; ".join(f"{row.about}: {_numbers(row, lang)}" for row in rows)
        )
        caption = t("{name}: the pooled estimate as projects came in").format(name=name)
        whole, pages = paged(_drawing(found, pooled, shown, t("Up to and including"), lang))
        title = f"cumulative-{pool_name(found, pooled)}"
        yield Picture("cumulative", title, caption, alt, whole, pooled.measure, pooled.wave, pages)


def influence_pictures(found: Synthesis, lang: Lang) -> Iterator[Picture]:
    """The pool without each project, the one that moves it furthest first.

    Cook's distance says how far (Viechtbauer & Cheung 2010, Res. Synth. Methods 1).
    """
    t = translator(lang)
    for pooled in pools(found):
        rows = _checks(found, pooled, "without")
        if not rows:
            continue
        rows = sorted(rows, key=lambda row: (-(row.cook or 0.0), row.about))
        shown = [_without(found, row, lang) for row in rows[:MOST_ROWS]]
        name = pool_title(found, pooled, lang)
        caption = t("{name}: the pooled estimate without each project").format(name=name)
        if len(rows) > MOST_ROWS:
            said = t("The {n} that move it furthest, of {all}.")
            caption = f"{caption}. {said.format(n=MOST_ROWS, all=len(rows))}"
        names = [found.design(row.about).project.title for row in rows if row.influential]
        alt = t("Forest plot of the pooled estimate without each project. Projects: {k}.")
        alt = alt.format(k=len(rows))
        said = t("Influential: {names}.").format(names="; ".join(names)) if names else ""
        alt = f"{alt} {said or t('None is influential.')}"
        whole, pages = paged(_drawing(found, pooled, shown, t("Left out"), lang))
        title = f"influence-{pool_name(found, pooled)}"
        yield Picture("influence", title, caption, alt, whole, pooled.measure, pooled.wave, pages)


def _checks(found: Synthesis, pooled: PooledEstimate, check: str) -> list[SensitivityRow]:
    """The rows of one check on a pool that have an interval to draw."""
    names = ("measure", "measure_version", "wave", "family")
    asked = tuple(getattr(pooled, name) for name in names)
    return [
        row
        for row in found.programme.sensitivity
        if row.check == check
        and tuple(getattr(row, name) for name in names) == asked
        and all(math.isfinite(value) for value in (row.estimate, row.ci_low, row.ci_high))
    ]


def _numbers(row: SensitivityRow, lang: Lang) -> str:
    return f"{number(row.estimate, lang, sign=True)} {interval(row.ci_low, row.ci_high, lang)}"


def _without(found: Synthesis, row: SensitivityRow, lang: Lang) -> ForestRow:
    t = translator(lang)
    note = ""
    if row.cook is not None:
        note = t("Cook's distance {d}").format(d=number(row.cook, lang))
    if row.influential:
        told = t("influential")
        note = f"{note} · {told}" if note else told
    label = found.design(row.about).project.title
    marked = bool(row.influential)
    return ForestRow(label, row.estimate, row.ci_low, row.ci_high, note=note, marked=marked)


def _drawing(
    found: Synthesis, pooled: PooledEstimate, rows: Sequence[ForestRow], study: str, lang: Lang
) -> Callable[[float], list[Drawing]]:
    name = found.measures[pooled.measure].label.to(lang)
    labels = forest_labels(name, pooled, study, lang)
    t = translator(lang)
    summary = pooled_diamond(pooled, t("All projects"), prediction=False)

    def made(tallest: float) -> list[Drawing]:
        middle = pooled.estimate
        return forest_parts(rows, summary, labels, tallest, language=lang, reference=middle)

    return made
