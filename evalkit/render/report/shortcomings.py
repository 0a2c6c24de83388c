"""Shortcomings of the synthesis, computed from what is in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from evalkit.model.effect import PooledEstimate
from evalkit.model.vocabulary import BaselineStatus, ChosenBy, Comparison, NotPooled
from evalkit.render.blocks import Block, Bullets, Heading, Paragraph, literal
from evalkit.render.forests import scale_name
from evalkit.render.report.context import Context
from evalkit.render.report.quality import attrition_of, final
from evalkit.render.report.results import made_of
from evalkit.render.report.sentences import FEW

_MOST_REMARKS = 10


def the_shortcomings(context: Context) -> Iterator[Block]:
    """What this synthesis cannot carry, and what the designs were warned about."""
    t = context.t
    yield Heading(1, t("Shortcomings"))
    yield Paragraph(
        t(
            "Computed from the tables. What projects did not write down, and what nobody measured, is not in it."
        )
    )
    yield Bullets((*_of_designs(context), *_of_results(context), *_of_numbers(context)))
    remarks = Counter(one.wrong.to(context.lang) for one in context.found.findings)
    if remarks:
        yield Heading(2, t("Remarks on the designs"))
        shown = [f"{literal(text)} ({n})" for text, n in remarks.most_common(_MOST_REMARKS)]
        yield Bullets(tuple(shown))


def _of_designs(context: Context) -> Iterator[str]:
    t, designs = context.t, context.found.designs
    yield drawn_by_lot(context)
    missing = context.found.awarded - len({r.project for r in context.found.effects if r.pooled})
    if missing > 0:
        yield t(
            "Of {all} awarded projects {n} are in no pooled estimate. If these went otherwise than the rest, the picture is off."
        ).format(n=missing, all=context.found.awarded)
    named = sum(bool(d.project.alternatives) for d in designs)
    yield t("Other explanations were named beforehand by {n} of {all} projects.").format(
        n=named, all=len(designs)
    )
    cards = context.found.cards
    unknown = sum(card.goal_reached is None for card in cards)
    if unknown:
        yield t("Of {all} cards {n} do not say how far the goals were reached.").format(
            n=unknown, all=len(cards)
        )


def drawn_by_lot(context: Context) -> str:
    """In how many projects chance decided who took part."""
    t, designs = context.t, context.found.designs
    lots = sum(d.project.comparison is Comparison.randomised for d in designs)
    if lots:
        text = t("In {n} of {all} projects the groups were drawn by lot.")
        return text.format(n=lots, all=len(designs))
    return t(
        "In no project were the groups drawn by lot: differences can have other causes than the intervention."
    )


def proven_baselines(context: Context) -> str:
    """How many contrasts have a baseline from before the start; empty without contrasts."""
    rows = final(context)
    if not rows:
        return ""
    proven = sum(row.baseline is BaselineStatus.proven for row in rows)
    text = context.t("Of {all} contrasts {n} have a baseline from before the start.")
    return text.format(n=proven, all=len(rows))


def _of_results(context: Context) -> Iterator[str]:
    t, rows = context.t, final(context)
    if rows:
        yield proven_baselines(context)
        lost = sum(attrition_of(row) == "high" for row in rows)
        if lost:
            yield t("In {n} contrasts attrition is too high, or differs too much.").format(n=lost)
        unknown = sum(row.attrition is None and attrition_of(row) != "high" for row in rows)
        if unknown:
            yield t("Of {n} contrasts attrition is not known or not published.").format(n=unknown)
    single = sum(row.not_pooled_because is NotPooled.single_group for row in rows)
    if single:
        yield t(
            "Results of one group without a comparison are left out of the pooled estimates: {n}."
        ).format(n=single)
    hidden = sum(row.suppressed for row in context.found.effects)
    hidden_process = sum(row.suppressed for row in context.found.process)
    if hidden or hidden_process:
        yield t(
            "Withheld because a group is small: {effects} results and {process} process measures. What small schools found counts less for it."
        ).format(effects=hidden, process=hidden_process)


def _of_numbers(context: Context) -> Iterator[str]:
    t, lang, pools = context.t, context.lang, context.pools
    few = sum(p.k < FEW for p in pools)
    if few:
        yield t("Pooled estimates of fewer than five projects: {n} of {all}.").format(
            n=few, all=len(pools)
        )
    families = list(dict.fromkeys(p.family for p in pools))
    if len(families) == 1:
        yield t(
            "All pooled estimates are on one scale ({scale}): how much that is in points, hours or euros they do not say."
        ).format(scale=scale_name(families[0], lang))
    used = [row for row in context.contrasts if row.pooled]
    mixed = sum(len(_metrics(context, p)) > 1 for p in pools)
    if mixed:
        yield t(
            "Pooled estimates in which estimates of different metrics are taken together: {n} of {all}. They are on one scale, made in different ways."
        ).format(n=mixed, all=len(pools))
    chosen = sum(row.chosen_by is ChosenBy.asked for row in used)
    if chosen:
        yield t(
            "A researcher chose the metric of {n} results instead of the documented rule. Ask why, and what the rule gives."
        ).format(n=chosen)
    assumed = sum("default" in (row.icc_source, row.r_source) for row in used)
    if assumed:
        yield t(
            "In {n} of {all} pooled results a correlation is assumed, not measured (ICC, or pretest with posttest)."
        ).format(n=assumed, all=len(used))
    if len(pools) > 1:
        yield t(
            "There are {n} pooled estimates, each with its own 95 per cent interval. Of every twenty intervals about one misses the truth by chance; nothing is corrected for that."
        ).format(n=len(pools))


def _metrics(context: Context, pooled: PooledEstimate) -> set[str | None]:
    rows = context.results.get((pooled.measure, pooled.wave), [])
    return {row.metric for row in made_of(pooled, rows)}
