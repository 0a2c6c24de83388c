"""Across measures: domains, relations, what explains differences, and what was not taken together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from evalkit.model.programme import LevelsEstimate, ModeratorRow
from evalkit.model.rows import picked, values
from evalkit.model.text import Text
from evalkit.model.vocabulary import Comparison, Kind, Nature, NotPooled, Phase, Sector
from evalkit.render.blocks import Block, Bullets, Column, Heading, Paragraph, Table, literal
from evalkit.render.pools import scale_name
from evalkit.render.report.context import Context, bounds
from evalkit.render.report.sentences import verdict
from evalkit.render.wording import capital, interval, number

_FEWEST_DF = 4
"""Degrees of freedom below which the CR2 test is not to be trusted (Tipton 2015, Psychol. Methods
20(3))."""

_MOST_TERMS = 40
_LEVEL = 0.05


def across_measures(context: Context) -> Iterator[Block]:
    """All that is estimated beside the pool of each measure."""
    found = context.found
    if not (found.effects or found.relations):
        return
    yield Heading(1, context.t("Across measures"))
    yield from _domains(context)
    yield from _relations(context)
    yield from _moderators(context)
    yield from _refused(context)


# --- domains -----------------------------------------------------------------------------------


def _domains(context: Context) -> Iterator[Block]:
    t, rows = context.t, context.found.programme.levels
    yield Heading(2, t("Domains"))
    if not rows:
        yield Paragraph(
            t(
                "No domain has two projects of which one delivered two outcomes: outcomes are not averaged over measures."
            )
        )
        return
    yield Paragraph(
        t(
            "Outcomes of one domain are averaged without calling them the same: effects within projects, with a cluster-robust interval (CR2). One project with many outcomes does not weigh as many projects."
        )
    )
    yield Bullets(tuple(_domain(context, row) for row in rows if row.model == "correlated"))
    yield _domain_table(context, rows)


def _about(context: Context, row: LevelsEstimate) -> str:
    parts = [
        capital(row.domain.label.to(context.lang)),
        row.respondent.label.to(context.lang),
        context.moments.get(row.wave, row.wave),
    ]
    if row.kind is Kind.side_effect:
        parts.insert(1, context.t("side effects"))
    return ", ".join(parts)


def _domain(context: Context, row: LevelsEstimate) -> str:
    t, lang = context.t, context.lang
    text = t("**{name}**: {verdict} ({numbers}, {scale}; measures {measures}, projects {k}).")
    said = text.format(
        name=literal(_about(context, row)),
        verdict=verdict(row.ci_low, row.ci_high, lang),
        numbers=context.numbers(row.estimate, row.ci_low, row.ci_high),
        scale=scale_name(row.family, lang, row.metrics),
        measures=len(row.measures),
        k=row.projects,
    )
    if row.df is None or row.df >= _FEWEST_DF:
        return said
    few = t("With {df} degrees of freedom the interval is not to be relied on (Tipton 2015).")
    return f"{said} {few.format(df=number(row.df, lang, 1))}"


def _domain_table(context: Context, rows: tuple[LevelsEstimate, ...]) -> Table:
    t, lang = context.t, context.lang
    apart, together = t("independent errors"), t("errors correlate {rho}")
    return Table(
        columns=(
            Column(t("Domain"), width=2.4),
            Column(t("Model"), width=1.6),
            Column(t("Effects"), "right", 0.8),
            Column(t("Projects"), "right", 0.9),
            Column(t("Estimate"), "right", 0.9),
            Column(t("95% CI"), "right", 1.4),
            Column(t("df"), "right", 0.6),
        ),
        rows=tuple(
            (
                _about(context, row),
                apart if row.model == "levels" else together.format(rho=number(row.rho, lang, 1)),
                str(row.k),
                str(row.projects),
                number(row.estimate, lang, sign=True),
                interval(row.ci_low, row.ci_high, lang),
                number(row.df, lang, 1),
            )
            for row in rows
        ),
        caption=t("Outcomes of one domain together"),
        note=t(
            "The correlation of the sampling errors within a project is an assumption (Pustejovsky & Tipton 2022); without it stands beside."
        ),
    )


# --- relations ---------------------------------------------------------------------------------


def _relations(context: Context) -> Iterator[Block]:
    """Measures that a project predicted to go together; a relation compares no groups."""
    t, lang = context.t, context.lang
    rows = context.found.relations
    if not rows:
        return
    yield Heading(2, t("Measures that were predicted to go together"))
    yield Paragraph(
        t(
            "A relation within the intervention group compares nothing: that two measures go together does not say that one causes the other."
        )
    )
    if context.too_long(len(rows)):
        yield Paragraph(t("The {n} relations are in effects.csv.").format(n=len(rows)))
        return
    shown = []
    for row in rows:
        ends = bounds(row)
        shown.append(
            (
                context.title(row.project),
                context.name_at(row),
                context.name(row.goes_with) if row.goes_with else None,
                number(row.yi, lang, sign=True) if row.yi is not None else None,
                interval(*ends, lang) if ends else None,
            )
        )
    yield Table(
        columns=(
            Column(t("Project"), width=2),
            Column(t("Measure"), width=1.8),
            Column(t("Goes with"), width=1.8),
            Column(t("Fisher's z"), "right", 0.9),
            Column(t("95% CI"), "right", 1.4),
        ),
        rows=tuple(shown),
        caption=t("Relations within the intervention group"),
    )


# --- moderators --------------------------------------------------------------------------------


def _moderators(context: Context) -> Iterator[Block]:
    t, rows = context.t, context.found.programme.moderators
    yield Heading(2, t("What explains differences between projects"))
    if not rows:
        yield Paragraph(
            t(
                "Nothing was tried: a moderator asks ten estimates for each of its coefficients, and projects that differ in it."
            )
        )
        return
    tests = {(r.measure, r.wave, r.family, r.moderator): r.moderator_p for r in rows}
    hits = sum(p < _LEVEL for p in tests.values())
    yield Paragraph(
        t(
            "Tests of a moderator: {n}; with p below 0.05: {hits}. Of every twenty such tests about one is below 0.05 by chance alone, and projects that differ in one thing differ in others: read this as a question for a next round, not as an answer."
        ).format(n=len(tests), hits=hits)
    )
    shown = [row for row in rows if row.term != "intrcpt"]
    if len(shown) > _MOST_TERMS:
        shown = [row for row in shown if row.moderator_p < _LEVEL][:_MOST_TERMS]
    if shown:
        yield _moderator_table(context, shown)


def _moderator_table(context: Context, rows: list[ModeratorRow]) -> Table:
    t, lang = context.t, context.lang
    return Table(
        columns=(
            Column(t("Measure"), width=1.7),
            Column(t("Moderator"), width=1.5),
            Column(t("Level"), width=1.9),
            Column("k", "right", 0.5),
            Column(t("Coefficient"), "right", 1.1),
            Column(t("95% CI"), "right", 1.5),
            Column("p", "right", 0.8),
        ),
        rows=tuple(
            (
                context.name(row.measure),
                moderator_name(context, row.moderator),
                _level(context, row),
                str(row.k),
                number(row.estimate, lang, sign=True),
                interval(row.ci_low, row.ci_high, lang),
                context.p(row.moderator_p).removeprefix("p = ").removeprefix("p "),
            )
            for row in rows
        ),
        caption=t("Differences between projects by what they have in common"),
        note=t("p: of all levels of the moderator together. All are in moderators.csv."),
    )


def moderator_name(context: Context, moderator: str) -> str:
    """What a moderator is called; a feature as its project type calls it."""
    t = context.t
    known = {
        "project_type": t("Type of project"),
        "nature": t("Innovation or renewal"),
        "sector": t("Sector"),
        "scenario": t("Scenario"),
        "phase": t("Phase"),
        "comparison": t("Comparison design"),
        "ladder_rung": t("Rung"),
    }
    feature = moderator.removeprefix("feature_")
    for type in context.types.values():
        for one in type.features:
            if one.id == feature and moderator != feature:
                return one.label.to(context.lang)
    return known.get(moderator, feature)


def _level(context: Context, row: ModeratorRow) -> str:
    level = row.term.removeprefix(row.moderator)
    if not level:
        return context.t("per unit")
    text = context.t("{level}, against {reference}")
    named = (_level_name(context, row.moderator, one or "") for one in (level, row.reference))
    return text.format(**dict(zip(("level", "reference"), named, strict=True)))


def _level_name(context: Context, moderator: str, code: str) -> str:
    terms = {"nature": Nature, "sector": Sector, "phase": Phase, "comparison": Comparison}
    for term in terms.get(moderator, ()):
        if term.value == code:
            return term.label.to(context.lang).partition(" (")[0]
    if moderator == "project_type":
        return context.types[code].label.to(context.lang) if code in context.types else code
    return code


# --- refusals ----------------------------------------------------------------------------------


def _refused(context: Context) -> Iterator[Block]:
    t, rows = context.t, context.found.programme.refused
    yield Heading(2, t("What was not taken together"))
    if not rows:
        yield Paragraph(t("Every result counts in a pooled estimate."))
        return
    results: Counter[NotPooled] = Counter()
    projects: dict[NotPooled, set[str]] = {}
    remedies: dict[NotPooled, Text] = {}
    for row in picked(rows, ("project", "reason", "remedy")):
        results[row.reason] += 1
        remedies.setdefault(row.reason, row.remedy)
        own = projects.setdefault(row.reason, set())
        if row.project is not None:
            own.add(row.project)
    yield Paragraph(
        t(
            "Results are only taken together when they measure the same thing, in the same way, against a comparison group. Left out of the pooled estimates: {n} results."
        ).format(n=sum(project is not None for project in values(rows, "project")))
    )
    order = sorted(results, key=lambda r: (-results[r], list(NotPooled).index(r)))
    yield Table(
        columns=(
            Column(t("Reason"), width=2.2),
            Column(t("Results"), "right", 0.9),
            Column(t("Projects"), "right", 0.9),
            Column(t("What could be done"), width=3.4),
        ),
        rows=tuple(
            (
                reason.label.to(context.lang),
                str(results[reason]),
                str(len(projects[reason])),
                remedies[reason].to(context.lang),
            )
            for reason in order
        ),
        caption=t("What was not taken together, and why"),
        note=t("Without a project: a whole set that stands apart. All are in not_pooled.csv."),
    )
