"""Quality of the evidence: counted over contrasts and projects, then contrast by contrast."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeVar

from evalkit.model.effect import EffectSize
from evalkit.model.vocabulary import (
    RUNG_LABELS,
    BaselineStatus,
    Comparison,
    Verdict,
    WaveKind,
)
from evalkit.render.blocks import Block, Callout, Column, Heading, Paragraph, Table
from evalkit.render.report.context import Context
from evalkit.render.wording import capital, number

ATTRITION = "reached.5.attrition"
"""The rule of the effect ladder that a result with too much attrition does not meet."""


def final(context: Context) -> list[EffectSize]:
    """The contrasts after the projects ended."""
    return [row for row in context.contrasts if row.wave_kind is not WaveKind.interim]


def the_quality(context: Context) -> Iterator[Block]:
    """Rungs, comparison designs, baselines and attrition; then the details."""
    t = context.t
    yield Heading(1, t("Quality of the evidence"))
    rows = final(context)
    if not rows:
        yield Paragraph(t("No outcome was delivered after the baseline yet."))
        return
    yield Paragraph(
        t(
            "A contrast is one measure at one moment in one project. The rung of the effect ladder says how well it was measured, not what came out of it."
        )
    )
    yield from _counted(context, rows)
    if any(r.baseline_verdict is Verdict.fails for r in rows):
        yield Callout(
            "warning",
            t("Groups that differed at the start"),
            t(
                "Where groups differed more than 0.25 SD at the start, a later difference can have another cause. These results stay at rung 3; where others remain, the pooled estimate is also given without them."
            ),
        )
    if context.too_long(len(context.contrasts)):
        text = t("The verdict on each of the {n} contrasts is in effects.csv.")
        yield Paragraph(text.format(n=len(context.contrasts)))
    else:
        yield _details(context)


def _counted(context: Context, rows: list[EffectSize]) -> Iterator[Table]:
    t, lang = context.t, context.lang
    rungs = {rung: f"{rung}: {label.to(lang)}" for rung, label in RUNG_LABELS.items()}
    caption = t("Rung of the effect ladder reached")
    yield _count(context, caption, t("Rung"), rungs, ((r.ladder_rung, r) for r in rows))
    if context.found.limits:
        yield _limits(context, rows)
    designs = {one: one.label.to(lang) for one in Comparison}
    name = t("Comparison design")
    rows_of = ((r.comparison, r) for r in rows)
    yield _count(context, t("Comparison designs"), name, designs, rows_of)
    first = {one: one.label.to(lang) for one in BaselineStatus}
    name = t("First measurement")
    yield _count(context, name, name, first, ((r.baseline, r) for r in rows))
    verdicts = {one: one.label.to(lang) for one in Verdict}
    caption = t("Difference between the groups at the start (What Works Clearinghouse)")
    yield _count(context, caption, t("Verdict"), verdicts, ((r.baseline_verdict, r) for r in rows))
    lost = {
        "low": t("within the boundary of the What Works Clearinghouse"),
        "high": t("too much, or too different between the groups"),
        "unknown": t("not known, not published, or of one group alone"),
    }
    caption = t("Attrition since the first measurement")
    yield _count(context, caption, t("Attrition"), lost, ((attrition_of(r), r) for r in rows))


def _limits(context: Context, rows: list[EffectSize]) -> Table:
    """What keeps results from the next rungs, for how many, and what would lift them."""
    t, lang = context.t, context.lang
    return Table(
        columns=(
            Column(t("Rung"), "right", 0.5),
            Column(t("What is missing"), width=3),
            Column(t("Contrasts"), "right", 0.9),
            Column(t("What would lift it"), width=3),
        ),
        rows=tuple(
            (
                str(limit.rung),
                limit.reason.to(lang),
                str(sum(limit.id in row.rung_limits for row in rows)),
                capital(limit.lift.to(lang)) + ".",
            )
            for limit in context.found.limits
        ),
        caption=t("What keeps results from a higher rung"),
    )


def attrition_of(row: EffectSize) -> str:
    """Whether attrition is low, high or unknown; a group alone has no difference to judge."""
    if ATTRITION in row.rung_limits:
        return "high"
    known = row.attrition_t is not None and row.attrition_c is not None
    return "low" if known else "unknown"


_K = TypeVar("_K")


def _count(
    context: Context,
    caption: str,
    name: str,
    labels: Mapping[_K, str],
    rows: Iterable[tuple[_K, EffectSize]],
) -> Table:
    """How many contrasts and projects there are in each group; empty groups are left out."""
    t = context.t
    groups: dict[_K, list[str]] = {}
    for key, row in rows:
        groups.setdefault(key, []).append(row.project)
    return Table(
        columns=(
            Column(name, width=4),
            Column(t("Contrasts"), "right"),
            Column(t("Projects"), "right"),
        ),
        rows=tuple(
            (label, str(len(groups[key])), str(len(set(groups[key]))))
            for key, label in labels.items()
            if key in groups
        ),
        caption=caption,
    )


def _details(context: Context) -> Table:
    t, lang = context.t, context.lang
    return Table(
        columns=(
            Column(t("Project"), width=2.2),
            Column(t("Measure"), width=1.4),
            Column(t("First measurement"), width=1.5),
            Column(t("Difference at the start"), "right", 1.1),
            Column(t("Verdict"), width=1.9),
            Column(t("Rung"), "right", 0.7),
        ),
        rows=tuple(
            (
                context.title(row.project),
                context.name_at(row),
                row.baseline.label.to(lang),
                number(row.baseline_difference, lang, sign=True)
                if row.baseline_difference is not None
                else None,
                row.baseline_verdict.label.to(lang),
                str(row.ladder_rung),
            )
            for row in context.contrasts
        ),
        caption=t("Baseline equivalence (What Works Clearinghouse)"),
    )
