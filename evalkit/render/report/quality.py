"""Quality of the evidence: counted over contrasts and projects, then contrast by contrast."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeVar

from evalkit.model.effect import EffectSize
from evalkit.model.vocabulary import (
    RUNG_LABELS,
    BaselineStatus,
    Comparison,
    Verdict,
)
from evalkit.render.blocks import Block, Callout, Column, Heading, Paragraph, Table
from evalkit.render.report.context import Context
from evalkit.render.wording import capital, number

ATTRITION = "reached.5.attrition"
"""The rule of the effect ladder that a result with too much attrition does not meet."""


OF_ATTRITION = ("rung_limits", "attrition_t", "attrition_c")
"""The fields that ``attrition_of`` looks at."""


def the_quality(context: Context) -> Iterator[Block]:
    """Rungs, comparison designs, baselines and attrition; then the details."""
    t = context.t
    yield Heading(1, t("Quality of the evidence"))
    if not context.finals:
        yield Paragraph(t("No outcome was delivered after the baseline yet."))
        return
    yield Paragraph(
        t(
            "A contrast is one measure at one moment in one project. The rung of the effect ladder says how well it was measured, not what came out of it."
        )
    )
    if context.contrasts > context.finals:
        text = t(
            "Counted here are the {n} contrasts from after the projects ended; {interim} interim ones are not counted, and stand in no pooled estimate."
        )
        yield Paragraph(text.format(n=context.finals, interim=context.contrasts - context.finals))
    yield from _counted(context)
    verdicts = context.each("baseline_verdict", final=True)
    if any(row.baseline_verdict is Verdict.fails for row in verdicts):
        yield Callout(
            "warning",
            t("Groups that differed at the start"),
            t(
                "Where groups differed more than 0.25 SD at the start, a later difference can have another cause. These results stay at rung 3; where others remain, the pooled estimate is also given without them."
            ),
        )
    if context.too_long(context.contrasts):
        text = t("The verdict on each of the {n} contrasts is in effects.csv.")
        if context.contrasts > context.finals:
            text = t(
                "The verdict on each of the {n} contrasts, interim ones too, is in effects.csv."
            )
        yield Paragraph(text.format(n=context.contrasts))
    else:
        yield _details(context)


def _counted(context: Context) -> Iterator[Table]:
    t, lang = context.t, context.lang

    def pairs(name: str) -> Iterator[tuple[Any, str]]:
        for row in context.each(name, "project", final=True):
            yield getattr(row, name), row.project

    rungs = {rung: f"{rung}: {label.to(lang)}" for rung, label in RUNG_LABELS.items()}
    caption = t("Rung of the effect ladder reached")
    yield _count(context, caption, t("Rung"), rungs, pairs("ladder_rung"))
    if context.found.limits:
        yield _limits(context)
    designs = {one: one.label.to(lang) for one in Comparison}
    name = t("Comparison design")
    yield _count(context, t("Comparison designs"), name, designs, pairs("comparison"))
    first = {one: one.label.to(lang) for one in BaselineStatus}
    name = t("First measurement")
    yield _count(context, name, name, first, pairs("baseline"))
    verdicts = {one: one.label.to(lang) for one in Verdict}
    caption = t("Difference between the groups at the start (What Works Clearinghouse)")
    yield _count(context, caption, t("Verdict"), verdicts, pairs("baseline_verdict"))
    lost = {
        "low": t("within the boundary of the What Works Clearinghouse"),
        "high": t("too much, or too different between the groups"),
        "unknown": t("not known, not published, or of one group alone"),
    }
    caption = t("Attrition since the first measurement")
    rows = context.each("project", *OF_ATTRITION, final=True)
    judged = ((attrition_of(row), row.project) for row in rows)
    yield _count(context, caption, t("Attrition"), lost, judged)


def _limits(context: Context) -> Table:
    """What keeps results from the next rungs, for how many, and what would lift them."""
    t, lang = context.t, context.lang
    kept = Counter(
        limit for row in context.each("rung_limits", final=True) for limit in set(row.rung_limits)
    )
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
                str(kept[limit.id]),
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
    rows: Iterable[tuple[_K, str]],
) -> Table:
    """How many contrasts and projects there are in each group; empty groups are left out.

    Of each contrast ``rows`` give its group and its project.
    """
    t = context.t
    groups: dict[_K, Counter[str]] = {}
    for key, project in rows:
        groups.setdefault(key, Counter())[project] += 1
    return Table(
        columns=(
            Column(name, width=4),
            Column(t("Contrasts"), "right"),
            Column(t("Projects"), "right"),
        ),
        rows=tuple(
            (label, str(groups[key].total()), str(len(groups[key])))
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
            for row in context.each(
                "project",
                "measure",
                "wave",
                "baseline",
                "baseline_difference",
                "baseline_verdict",
                "ladder_rung",
            )
        ),
        caption=t("Baseline equivalence (What Works Clearinghouse)"),
    )
