"""Process and conditions: how it was carried out, next to what came out of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from evalkit.model.rows import picked
from evalkit.model.synthesis import ProcessRow
from evalkit.model.vocabulary import ArmRole
from evalkit.render.blocks import Block, Column, Heading, Paragraph, Table, literal
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
    if context.too_long(len(rows)):
        yield _over_projects(context)
    else:
        yield _per_project(
            context, sorted(rows, key=lambda r: (r.measure, r.project, r.wave, r.arm))
        )


def _per_project(context: Context, rows: list[ProcessRow]) -> Table:
    t, lang = context.t, context.lang
    withheld = any(row.n is None for row in rows)
    small = t("<: fewer units than the protocol's threshold; not published.") if withheld else ""
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
        note=" ".join(filter(None, (_scales(context, (row.measure for row in rows)), small))),
    )


def _scales(context: Context, measures: Iterable[str]) -> str:
    """The units of measures or, of those without one, the ends of their scale."""
    said = []
    for id in sorted(set(measures)):
        scale = context.measures[id].scale
        if scale.unit:
            said.append(f"{context.name(id)}: {scale.unit.to(context.lang)}")
        elif scale.minimum is not None and scale.maximum is not None:
            low, high = (number(end, context.lang, 0) for end in (scale.minimum, scale.maximum))
            ends = context.t("from {low} to {high}").format(low=low, high=high)
            said.append(f"{context.name(id)}: {ends}")
    return literal("; ".join(said) + ".") if said else ""


def _over_projects(context: Context) -> Table:
    t, lang = context.t, context.lang
    names = ("measure", "wave", "arm", "mean", "suppressed")
    means: dict[tuple[str, str, ArmRole], list[float]] = {}
    counts: dict[tuple[str, str, ArmRole], Counter[bool]] = {}
    for row in picked(context.found.process, names):
        key = (row.measure, row.wave, row.arm)
        counts.setdefault(key, Counter())[row.suppressed] += 1
        known = means.setdefault(key, [])
        if row.mean is not None:
            known[:] = [min(*known, row.mean), max(*known, row.mean)] if known else [row.mean] * 2
    waves = list(context.moments)
    withheld = t("Withheld: fewer units than the protocol's threshold. Per project: process.csv.")
    shown = []
    for key in sorted(
        means, key=lambda k: (k[0], waves.index(k[1]) if k[1] in waves else -1, k[2])
    ):
        measure, wave, arm = key
        shown.append(
            (
                context.name(measure),
                context.moments.get(wave, wave),
                arm.label.to(lang),
                str(counts[key].total()),
                str(counts[key][True]),
                number(min(means[key], default=None), lang),
                number(max(means[key], default=None), lang),
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
        note=" ".join(
            filter(None, (_scales(context, (measure for measure, *_ in means)), withheld))
        ),
    )
