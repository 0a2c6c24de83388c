"""Shortcomings of the synthesis, computed from what is in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from evalkit.model.rows import values
from evalkit.model.vocabulary import BaselineStatus, ChosenBy, Comparison, Note, NotPooled
from evalkit.render.blocks import Block, Bullets, Heading, Paragraph, literal
from evalkit.render.pools import scale_name
from evalkit.render.report.context import Context
from evalkit.render.report.quality import OF_ATTRITION, attrition_of
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
    missing = context.found.awarded - len(context.usable)
    if missing > 0:
        yield t(
            "Awarded projects that are in no pooled estimate: {n} of {all}. If these went otherwise than the rest, the picture is off."
        ).format(n=missing, all=context.found.awarded)
    named = sum(bool(d.project.alternatives) for d in designs)
    yield t("Other explanations were named beforehand by {n} of {all} projects.").format(
        n=named, all=len(designs)
    )
    cards = context.found.cards
    unknown = sum(card.goal_reached is None for card in cards)
    if unknown:
        yield t("Cards that do not say how far the goals were reached: {n} of {all}.").format(
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
    if not context.finals:
        return ""
    rows = context.each("baseline", final=True)
    proven = sum(row.baseline is BaselineStatus.proven for row in rows)
    text = context.t("Of {all} contrasts {n} have a baseline from before the start.")
    return text.format(n=proven, all=context.finals)


def _of_results(context: Context) -> Iterator[str]:
    t = context.t
    if context.finals:
        yield proven_baselines(context)
        lost = unknown = 0
        for row in context.each("attrition", *OF_ATTRITION, final=True):
            high = attrition_of(row) == "high"
            lost += high
            unknown += row.attrition is None and not high
        if lost:
            yield t("In {n} contrasts attrition is too high, or differs too much.").format(n=lost)
        if unknown:
            yield t("Of {n} contrasts attrition is not known or not published.").format(n=unknown)
    why = context.each("not_pooled_because", final=True)
    single = sum(row.not_pooled_because is NotPooled.single_group for row in why)
    if single:
        yield t(
            "Results of one group without a comparison are left out of the pooled estimates: {n}."
        ).format(n=single)
    hidden = sum(values(context.found.effects, "suppressed"))
    hidden_process = sum(values(context.found.process, "suppressed"))
    if hidden or hidden_process:
        yield t(
            "Withheld because a group is small: {effects} results and {process} process measures. What small schools found counts less for it."
        ).format(effects=hidden, process=hidden_process)


def _sharing(context: Context) -> str:
    """The sets of projects that share schools."""
    rows = (r for r in context.found.programme.sensitivity if r.check == "shared_schools")
    sets = dict.fromkeys(one for row in rows for one in row.about.split("; "))
    return "; ".join(literal(one.replace("+", " + ")) for one in sets) or "–"


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
        ).format(scale=scale_name(families[0], lang, {m for p in pools for m in p.metrics}))
    mixed = sum(len(p.metrics) > 1 for p in pools)
    if mixed:
        yield t(
            "Pooled estimates in which estimates of different metrics are taken together: {n} of {all}. They are on one scale, made in different ways."
        ).format(n=mixed, all=len(pools))
    used = chosen = assumed = shared = 0
    for row in context.each("pooled", "chosen_by", "icc_source", "r_source", "notes"):
        if row.pooled:
            used += 1
            shared += Note.shared_schools in row.notes
            chosen += row.chosen_by is ChosenBy.asked
            assumed += "default" in (row.icc_source, row.r_source)
    if shared:
        yield t(
            "In {n} of {all} pooled results another project in the same estimate has the same schools: {projects}. They are not independent, and the interval of that estimate may be too narrow. The estimate with such projects as one stands under it, and in sensitivity.csv."
        ).format(n=shared, all=used, projects=_sharing(context))
    if chosen:
        yield t(
            "A researcher chose the metric of {n} results instead of the documented rule. Ask why, and what the rule gives."
        ).format(n=chosen)
    if assumed:
        yield t(
            "In {n} of {all} pooled results a correlation is assumed, not measured (ICC, or pretest with posttest)."
        ).format(n=assumed, all=used)
    if len(pools) > 1:
        yield t(
            "There are {n} pooled estimates, each with its own 95 per cent interval. Of every twenty intervals about one misses the truth by chance; nothing is corrected for that."
        ).format(n=len(pools))
