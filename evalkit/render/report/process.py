"""Process and conditions: how it was carried out, next to what came out of it."""

from __future__ import annotations

from collections.abc import Iterator

from evalkit.model.synthesis import ProcessRow
from evalkit.render.blocks import Block, Column, Heading, Paragraph, Table
from evalkit.render.report.context import Context
from evalkit.render.wording import number


def the_process(context: Context) -> Iterator[Block]:
    """Means per project and group, or over projects where there are many."""
    t, rows = context.t, context.found.process
    if not rows:
        return
    yield Heading(1, t("Process and conditions"))
    yield Paragraph(
        t(
            "Process measures and conditions say how the work was done and under which circumstances. They are described, not tested."
        )
    )
    ordered = sorted(rows, key=lambda r: (r.measure, r.project, r.wave, r.arm))
    if context.too_long(len(rows)):
        yield _over_projects(context, ordered)
    else:
        yield _per_project(context, ordered)


def _per_project(context: Context, rows: list[ProcessRow]) -> Table:
    t, lang = context.t, context.lang
    return Table(
        columns=(
            Column(t("Measure"), width=1.9),
            Column(t("Project"), width=2),
            Column(t("Moment"), width=1.2),
            Column(t("Group"), width=1.5),
            Column("n", "right", 0.6),
            Column(t("Mean"), "right", 0.8),
            Column("SD", "right", 0.7),
        ),
        rows=tuple(
            (
                context.name(row.measure),
                context.title(row.project),
                context.moments.get(row.wave, row.wave),
                row.arm.label.to(lang),
                str(row.n) if row.n is not None else "<",
                number(row.mean, lang),
                number(row.sd, lang),
            )
            for row in rows
        ),
        caption=t("Process measures per project and group"),
        note=t("<: fewer units than the protocol's threshold; not published."),
    )


def _over_projects(context: Context, rows: list[ProcessRow]) -> Table:
    t, lang = context.t, context.lang
    sets: dict[tuple[str, str, str], list[ProcessRow]] = {}
    for row in rows:
        sets.setdefault((row.measure, row.wave, row.arm.label.to(lang)), []).append(row)
    shown = []
    for (measure, wave, arm), group in sets.items():
        means = [row.mean for row in group if row.mean is not None]
        shown.append(
            (
                context.name(measure),
                context.moments.get(wave, wave),
                arm,
                str(len(group)),
                str(sum(row.suppressed for row in group)),
                number(min(means, default=None), lang),
                number(max(means, default=None), lang),
            )
        )
    return Table(
        columns=(
            Column(t("Measure"), width=2),
            Column(t("Moment"), width=1.3),
            Column(t("Group"), width=1.6),
            Column(t("Projects"), "right", 0.9),
            Column(t("Withheld"), "right", 0.9),
            Column(t("Lowest mean"), "right", 0.9),
            Column(t("Highest mean"), "right", 0.9),
        ),
        rows=tuple(shown),
        caption=t("Process measures over projects"),
        note=t("Withheld: fewer units than the protocol's threshold. Per project: process.csv."),
    )
