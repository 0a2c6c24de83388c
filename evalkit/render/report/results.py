"""Results per measure: sentences, figures and tables that say the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from evalkit.model.effect import EffectSize, PooledEstimate
from evalkit.model.vocabulary import WaveKind
from evalkit.render.blocks import Block, Bullets, Column, Figure, Heading, Paragraph, Table, literal
from evalkit.render.known_before import published_results
from evalkit.render.pools import differences
from evalkit.render.report.checks import checks
from evalkit.render.report.context import Context, bounds
from evalkit.render.report.sentences import reliable, sentences
from evalkit.render.wording import capital, interval, number


def the_results(context: Context) -> Iterator[Block]:
    """Measure by measure and moment by moment, in the order of the effect table."""
    t = context.t
    yield Heading(1, t("Results per measure"))
    if not context.outcomes:
        yield Paragraph(t("No outcome was delivered after the baseline yet."))
        return
    yield Paragraph(
        t(
            "How to read this: an effect is the difference between the intervention group and its comparison group. Above zero is better, whatever the direction of the measure. Hedges' g gives it in standard deviations (SD): the usual distance of a person from the average. The 95 per cent interval says how precise it is; k is the number of projects."
        )
    )
    if any("COX" in p.metrics for p in context.pools):
        yield Paragraph(
            t(
                "Yes-or-no measures have no distance from an average. The Cox index puts the difference in odds of a yes on the same scale: it is the log odds ratio divided by 1.65 (What Works Clearinghouse)."
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
    interim = [one for one, kind in context.outcomes.items() if kind is WaveKind.interim]
    for measure, wave in context.outcomes:
        if (measure, wave) not in interim:
            rows = context.rows(measure, wave)
            yield Heading(2, capital(context.name_at(rows[0])))
            yield from _one(context, measure, wave, rows)
    if interim:
        yield from _interim(context, interim)


def _interim(context: Context, outcomes: list[tuple[str, str]]) -> Iterator[Block]:
    """What was measured while projects ran, which counts in no pooled estimate."""
    t = context.t
    yield Heading(2, t("Interim results"))
    yield Paragraph(
        t(
            "Measured while the projects still ran. They count in no pooled estimate: the result is what remains at the end."
        )
    )
    for measure, wave in outcomes:
        rows = context.rows(measure, wave)
        yield Heading(3, capital(context.name_at(rows[0])))
        yield _single(context, rows)
        yield from _figures(context, ("change",), measure, wave)


def _one(context: Context, measure: str, wave: str, rows: list[EffectSize]) -> Iterator[Block]:
    pools = [p for p in context.found.pooled if (p.measure, p.wave) == (measure, wave)]
    main = [p for p in pools if p.selection == "all"]
    if not main:
        yield Paragraph(_why_none(context, rows))
    elif len(main) > 1:
        yield Paragraph(_why_several(context, main))
    for pooled in main:
        apart = differences(context.found, pooled, context.lang)
        if apart:
            yield Paragraph(f"**{literal(', '.join(apart))}**")
        yield Bullets(tuple(sentences(context, pooled, made_of(pooled, rows))))
    yield from _figures(context, ("forest",), measure, wave)
    if pools:
        yield pooled_table(context, pools)
    yield _single(context, rows)
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


def _single(context: Context, rows: list[EffectSize]) -> Block:
    """The results of each project, or where these are."""
    if not context.too_long(len(rows)):
        return _effects(context, rows)
    text = context.t("The {n} single results are in effects.csv.")
    return Paragraph(text.format(n=len(rows)))


def _why_several(context: Context, pools: list[PooledEstimate]) -> str:
    """Why a measure and moment has more than one pooled estimate."""
    t = context.t
    reasons = []
    if len({p.family for p in pools}) > 1:
        reasons.append(
            t(
                "not every project delivered what the same scale takes, and numbers on different scales have no common average"
            )
        )
    if len({p.measure_version for p in pools}) > 1:
        reasons.append(t("the measure has versions that are not declared compatible"))
    text = t("There are {n} pooled estimates here, each with its own figures: {reasons}.")
    return text.format(n=len(pools), reasons="; ".join(reasons))


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

    def name(p: PooledEstimate) -> str:
        apart = differences(context.found, p, lang)
        return f"{names[p.selection]} ({', '.join(apart)})" if apart else names[p.selection]

    narrow = [p for p in pooled if p.narrow]
    note = t("Random effects: REML, Knapp-Hartung interval; prediction interval with t, k − 2.")
    if narrow:
        listed = "; ".join(f"{name(p)} {interval(*reliable(p), lang)}" for p in narrow)
        text = t("*: too narrow; with one common effect {intervals}.")
        note = f"{note} {text.format(intervals=literal(listed))}"
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
                interval(p.ci_low, p.ci_high, lang) + (" *" if p.narrow else ""),
                interval(p.pi_low, p.pi_high, lang) + (" *" if p.narrow else "")
                if p.pi_low is not None and p.pi_high is not None
                else None,
                number(p.tau2, lang, 3),
                f"{number(p.i2, lang, 0)}%" if p.i2 is not None else None,
            )
            for p in pooled
        ),
        caption=t("Pooled estimates"),
        note=note,
    )


def _effects(context: Context, rows: list[EffectSize]) -> Table:
    t = context.t
    withheld = any(row.suppressed for row in rows)
    about = t("n and clusters: intervention / comparison. Positive is better.")
    small = t("<: fewer units than the protocol's threshold; not published.") if withheld else ""
    metrics = len({row.metric for row in rows if row.metric}) > 1
    return Table(
        columns=(
            Column(t("Project"), width=2.2),
            *((Column(t("Metric"), width=1.5),) if metrics else ()),
            Column(t("Effect"), "right", 0.8),
            Column(t("95% CI"), "right", 1.5),
            Column("n", "right", 1.0),
            Column(t("Clusters"), "right", 1.0),
            Column("ICC", "right", 0.7),
            Column(t("Rung"), "right", 0.7),
        ),
        rows=tuple(_effect(context, row, metrics) for row in rows),
        caption=t("Effects on {name}").format(name=context.name_at(rows[0])),
        note=" ".join(filter(None, (about, small))),
    )


def _effect(context: Context, row: EffectSize, metric: bool) -> tuple[str | None, ...]:
    lang, ends = context.lang, bounds(row)
    clusters = None
    if row.clusters_t is not None or row.clusters_c is not None:
        clusters = f"{row.clusters_t or 0} / {row.clusters_c or 0}"
    return (
        context.title(row.project),
        *((row.metric,) if metric else ()),
        number(row.yi, lang, sign=True) if row.yi is not None else None,
        interval(*ends, lang) if ends else None,
        "<" if row.suppressed else f"{row.n_t or 0} / {row.n_c or 0}",
        clusters,
        number(row.icc, lang) if row.icc is not None else None,
        str(row.ladder_rung),
    )
