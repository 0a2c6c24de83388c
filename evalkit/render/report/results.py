"""Results per measure: sentences, figures and tables that say the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from evalkit.model.effect import EffectSize, PooledEstimate
from evalkit.render.blocks import Block, Bullets, Column, Figure, Heading, Paragraph, Table, literal
from evalkit.render.forests import scale_name
from evalkit.render.known_before import published_results
from evalkit.render.report.checks import checks
from evalkit.render.report.context import Context, bounds
from evalkit.render.report.sentences import sentences
from evalkit.render.wording import capital, interval, number


def the_results(context: Context) -> Iterator[Block]:
    """Measure by measure and moment by moment, in the order of the effect table."""
    t = context.t
    yield Heading(1, t("Results per measure"))
    if not context.results:
        yield Paragraph(t("No outcome was delivered after the baseline yet."))
        return
    yield Paragraph(
        t(
            "How to read this: an effect is the difference between the intervention group and its comparison group. Above zero is better, whatever the direction of the measure. Hedges' g gives it in standard deviations (SD): the usual distance of a person from the average. The 95 per cent interval says how precise it is; k is the number of projects."
        )
    )
    if not context.figured:
        yield Paragraph(t("The figures of each measure are in the folder figures."))
    elif context.large:
        yield Paragraph(
            t(
                "Figures with a row for each project are left out here; the folder figures has those that can still be read."
            )
        )
    for (measure, wave), rows in context.results.items():
        yield Heading(2, capital(context.name_at(rows[0])))
        yield from _one(context, measure, wave, rows)


def _one(context: Context, measure: str, wave: str, rows: list[EffectSize]) -> Iterator[Block]:
    t = context.t
    pools = [p for p in context.found.pooled if (p.measure, p.wave) == (measure, wave)]
    main = [p for p in pools if p.selection == "all"]
    if not main:
        yield Paragraph(_why_none(context, rows))
    elif len(main) > 1:
        yield Paragraph(
            t("There are {n} pooled estimates: the scales or versions differ.").format(n=len(main))
        )
    for pooled in main:
        yield Bullets(tuple(sentences(context, pooled, made_of(pooled, rows))))
    yield from _figures(context, ("forest",), measure, wave)
    if pools:
        yield pooled_table(context, pools)
    if context.too_long(len(rows)):
        text = t("The {n} single results are in effects.csv.").format(n=len(rows))
        yield Paragraph(text)
    else:
        yield _effects(context, measure, rows)
    for pooled in main:
        yield from checks(context, pooled)
    yield from _figures(context, ("funnel", "cumulative", "influence"), measure, wave)
    yield from _figures(context, ("change",), measure, wave)
    before = [
        result
        for type in context.types.values()
        for result in type.reference_results
        if result.measure == measure
    ]
    if before:
        yield published_results(before, context.name, context.lang)


_OF_PROJECTS = ("forest", "change")
"""Figures with a row for each project or school."""


def _figures(
    context: Context, kinds: tuple[str, ...], measure: str, wave: str
) -> Iterator[Figure | Paragraph]:
    """The figures of these kinds, as far as they can be read on a page; of several sheets one."""
    for kind in kinds:
        if not context.figured or (context.large and kind in _OF_PROJECTS):
            continue
        shown = list(context.drawn(kind, measure, wave))
        if kind == "change" and len(shown) > 1:
            yield shown[0]
            yield Paragraph(context.t("The other schools are in the folder figures."))
        else:
            yield from shown


def made_of(pooled: PooledEstimate, rows: list[EffectSize]) -> list[EffectSize]:
    """The rows of a measure and moment that a pool is made of."""
    inside = set(pooled.projects)
    return [row for row in rows if row.pooled and row.project in inside]


def _why_none(context: Context, rows: list[EffectSize]) -> str:
    reasons = Counter(r.not_pooled_because for r in rows if r.not_pooled_because)
    listed = "; ".join(f"{reason.label.to(context.lang)} ({n})" for reason, n in reasons.items())
    text = context.t(
        "No result can be taken together here. Why, with the number of projects: {reasons}."
    )
    return text.format(reasons=literal(listed or "–"))


def pooled_table(context: Context, pooled: list[PooledEstimate]) -> Table:
    """Pooled estimates below each other, with their scale where there is more than one."""
    t, lang = context.t, context.lang
    names = {
        "all": t("all contrasts"),
        "equivalent": t("baseline difference at most 0.25 SD"),
    }
    several = len({(p.family, p.measure_version) for p in pooled}) > 1

    def name(p: PooledEstimate) -> str:
        about = f" ({scale_name(p.family, lang)}, {p.measure_version})" if several else ""
        return names[p.selection] + about

    return Table(
        columns=(
            Column(t("Selection"), width=1.8),
            Column("k", "right", 0.4),
            Column(t("Estimate"), "right", 0.9),
            Column(t("95% CI"), "right", 1.4),
            Column(t("Prediction interval"), "right", 1.5),
            Column("τ²", "right", 0.7),
            Column("I²", "right", 0.7),
        ),
        rows=tuple(
            (
                name(p),
                str(p.k),
                number(p.estimate, lang, sign=True),
                interval(p.ci_low, p.ci_high, lang),
                interval(p.pi_low, p.pi_high, lang)
                if p.pi_low is not None and p.pi_high is not None
                else None,
                number(p.tau2, lang, 3),
                f"{number(p.i2, lang, 0)}%" if p.i2 is not None else None,
            )
            for p in pooled
        ),
        caption=t("Pooled estimates"),
        note=t("Random effects: REML, Knapp-Hartung interval; prediction interval with t, k − 2."),
    )


def _effects(context: Context, measure: str, rows: list[EffectSize]) -> Table:
    t = context.t
    withheld = any(row.suppressed for row in rows)
    about = t("n and clusters: intervention / comparison. Positive is better.")
    small = t("<: fewer units than the protocol's threshold; not published.") if withheld else ""
    return Table(
        columns=(
            Column(t("Project"), width=2.2),
            Column(t("Effect"), "right", 0.8),
            Column(t("95% CI"), "right", 1.5),
            Column("n", "right", 1.0),
            Column(t("Clusters"), "right", 1.0),
            Column("ICC", "right", 0.7),
            Column(t("Rung"), "right", 0.7),
        ),
        rows=tuple(_effect(context, row) for row in rows),
        caption=t("Effects on {name}").format(name=context.name(measure)),
        note=" ".join(filter(None, (about, small))),
    )


def _effect(context: Context, row: EffectSize) -> tuple[str | None, ...]:
    lang, ends = context.lang, bounds(row)
    clusters = None
    if row.clusters_t is not None or row.clusters_c is not None:
        clusters = f"{row.clusters_t or 0} / {row.clusters_c or 0}"
    return (
        context.title(row.project),
        number(row.yi, lang, sign=True) if row.yi is not None else None,
        interval(*ends, lang) if ends else None,
        "<" if row.suppressed else f"{row.n_t or 0} / {row.n_c or 0}",
        clusters,
        number(row.icc, lang) if row.icc is not None else None,
        str(row.ladder_rung),
    )
