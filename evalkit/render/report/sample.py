"""The sample: which projects there are, and how many of them can be used."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from evalkit.model.vocabulary import NotPooled
from evalkit.render.blocks import Block, Column, Heading, Paragraph, Table
from evalkit.render.report.context import Context

_PASSING = (None, NotPooled.subgroup, NotPooled.interim)


def the_sample(context: Context) -> Iterator[Block]:
    """The flow of projects, their types, and each of them where they are not too many."""
    t = context.t
    yield Heading(1, t("The sample"))
    figures = list(context.drawn("flow"))
    if figures:
        yield Paragraph(
            t(
                "A project counts once, at the last step it reached. Its baseline is from before the start if that holds for at least one measure."
            )
        )
        yield from figures
    yield _types(context)
    if context.large:
        text = t(
            "With {n} projects the tables of single projects are left out of this report: they are in effects.csv and moederbestand.csv."
        )
        yield Paragraph(text.format(n=len(context.designs)))
        return
    yield _projects(context)
    outside = _outside(context)
    if outside:
        yield outside


def _types(context: Context) -> Table:
    t, lang = context.t, context.lang
    groups: dict[str, list[str]] = {}
    for project, design in context.designs.items():
        groups.setdefault(design.type.label.to(lang), []).append(project)
    rows = []
    for name, projects in groups.items():
        designs = [context.designs[project] for project in projects]
        compared = Counter(d.project.comparison.label.to(lang) for d in designs)
        rows.append(
            (
                name,
                str(len(projects)),
                str(sum(len(d.project.schools) for d in designs)),
                "; ".join(f"{label}: {n}" for label, n in compared.most_common()),
                str(len(context.usable & set(projects))),
            )
        )
    return Table(
        columns=(
            Column(t("Type"), width=2),
            Column(t("Projects"), "right", 0.9),
            Column(t("Schools"), "right", 0.9),
            Column(t("Comparison designs"), width=2.6),
            Column(t("Usable"), "right", 0.9),
        ),
        rows=tuple(rows),
        caption=t("Projects with data, by type"),
        note=t("Usable: at least one result counts in a pooled estimate."),
    )


def _projects(context: Context) -> Table:
    t, lang = context.t, context.lang
    return Table(
        columns=(
            Column(t("Project"), width=2.4),
            Column(t("Type"), width=1.4),
            Column(t("Schools"), "right", 0.9),
            Column(t("Comparison design"), width=2),
            Column(t("Expected rung"), "right", 1),
        ),
        rows=tuple(
            (
                d.project.title,
                d.type.label.to(lang),
                str(len(d.project.schools)),
                d.project.comparison.label.to(lang),
                str(d.expected_rung),
            )
            for d in context.found.designs
        ),
        caption=t("Projects with results"),
    )


def _outside(context: Context) -> Table | None:
    """Projects with a result that counts in no pool, and why; a table, if there are any."""
    t, lang = context.t, context.lang
    reasons: dict[str, dict[NotPooled, list[str]]] = {}
    for row in context.each("project", "measure", "wave", "not_pooled_because"):
        reason = row.not_pooled_because
        if reason is not None and reason not in _PASSING:
            names = reasons.setdefault(row.project, {}).setdefault(reason, [])
            names.append(context.name_at(row))
    if not reasons:
        return None
    return Table(
        columns=(
            Column(t("Project"), width=2),
            Column(t("Reason"), width=2),
            Column(t("Measures"), width=3),
        ),
        rows=tuple(
            (context.title(project), reason.label.to(lang), "; ".join(names))
            for project, own in reasons.items()
            for reason, names in own.items()
        ),
        caption=t("Results that count in no pooled estimate"),
    )
