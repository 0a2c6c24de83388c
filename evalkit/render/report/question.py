"""The question: which schemes and types of project, which measures, over which years."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from evalkit.model.rows import values
from evalkit.model.vocabulary import Kind
from evalkit.render.blocks import Block, Column, Heading, KeyValues, Paragraph, Table, literal
from evalkit.render.report.context import Context
from evalkit.render.wording import capital


def schemes(context: Context) -> list[str]:
    """The names of the schemes."""
    return list(dict.fromkeys(d.protocol_title.to(context.lang) for d in context.found.designs))


def the_question(context: Context) -> Iterator[Block]:
    """What was asked of whom, and on which measures there are results."""
    t, lang, designs = context.t, context.lang, context.found.designs
    yield Heading(1, t("The question"))
    types = Counter(d.type.label.to(lang) for d in designs)
    protocols = sorted({f"{d.protocol} {d.protocol_version}" for d in designs})
    first = min(d.project.start.year for d in designs)
    last = max(d.project.end.year for d in designs)
    yield KeyValues(
        (
            (t("Schemes"), "; ".join(schemes(context))),
            (t("Protocols"), "; ".join(protocols)),
            (t("Types of project"), "; ".join(f"{name} ({n})" for name, n in types.items())),
            (t("Years"), str(first) if first == last else f"{first}–{last}"),
        )
    )
    if context.outcomes:
        yield _outcomes(context)
    else:
        yield Paragraph(t("No outcome was delivered after the baseline yet."))
    process = list(dict.fromkeys(values(context.found.process, "measure")))
    if process:
        text = t("Beside these, process and conditions were measured: {names}.")
        yield Paragraph(text.format(names=literal("; ".join(map(context.name, process)))))


def _outcomes(context: Context) -> Table:
    t, lang = context.t, context.lang
    moments: dict[str, dict[str, None]] = {}
    projects: dict[str, set[str]] = {}
    for id, wave in filter(context.outcomes.__contains__, context.found.outcomes):
        moments.setdefault(id, {})[context.moments.get(wave, wave)] = None
    for row in context.each("measure", "project"):
        projects.setdefault(row.measure, set()).add(row.project)
    side_effects = False
    shown = []
    for id, waves in moments.items():
        measure = context.measures[id]
        name = capital(measure.label.to(lang))
        if measure.kind is Kind.side_effect:
            name, side_effects = f"{name} *", True
        shown.append(
            (
                name,
                measure.respondent.label.to(lang),
                measure.scale.better.label.to(lang),
                "; ".join(waves),
                str(len(projects[id])),
            )
        )
    return Table(
        columns=(
            Column(t("Measure"), width=2.4),
            Column(t("About"), width=1.2),
            Column(t("Direction"), width=1.4),
            Column(t("Measured at"), width=2),
            Column(t("Projects"), "right", 0.9),
        ),
        rows=tuple(shown),
        caption=t("Measures with results, and projects that delivered them"),
        note=t("With an asterisk: a side effect.") if side_effects else "",
    )
