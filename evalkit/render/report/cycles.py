"""PDCA cycles: how well they were carried out, and what was decided."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from evalkit.model.synthesis import LoggedCycle
from evalkit.render.blocks import Block, Column, Heading, Paragraph, Table, literal
from evalkit.render.report.context import MOST_PROJECTS, Context


def pdca_cycles(context: Context) -> Iterator[Block]:
    """The key features of each cycle, or counts of them where there are many."""
    t, logged = context.t, context.found.cycles
    if not logged:
        return
    yield Heading(1, t("PDCA cycles"))
    projects = len({one.cycle.project for one in logged})
    done = Counter(one.cycle.act.decision for one in logged if one.cycle.act)
    text = t(
        "Cycles logged: {n}; projects that logged them: {projects}; decided at the end: {decisions}."
    )
    decisions = "; ".join(f"{d.label.to(context.lang)} {n}" for d, n in done.items())
    yield Paragraph(text.format(n=len(logged), projects=projects, decisions=decisions or "–"))
    if len(logged) > MOST_PROJECTS:
        yield _counts(context, logged)
        return
    yield _each(context, logged)
    for one in logged:
        act = one.cycle.act
        if act:
            decision = act.decision.label.to(context.lang)
            title, reason = literal(one.cycle.title), literal(act.reason)
            yield Paragraph(f"**{title}**: {decision}. {reason}")


def _each(context: Context, logged: tuple[LoggedCycle, ...]) -> Table:
    t = context.t
    features = [v.label.to(context.lang) for v in logged[0].verdict]
    return Table(
        columns=(
            Column(t("Project and cycle"), width=2.6),
            *(Column(feature, "center", 1.3) for feature in features),
        ),
        rows=tuple(
            (
                f"{one.cycle.project} {one.cycle.number}: {one.cycle.title}",
                *("✓" if v.met else "–" for v in one.verdict),
            )
            for one in logged
        ),
        caption=t("Key features of the cycles"),
        note=t("Features after Taylor et al. (2014); of 72 published projects 3 met them all."),
    )


def _counts(context: Context, logged: tuple[LoggedCycle, ...]) -> Table:
    t = context.t
    met: dict[str, int] = {}
    for one in logged:
        for verdict in one.verdict:
            label = verdict.label.to(context.lang)
            met[label] = met.get(label, 0) + verdict.met
    every = sum(all(v.met for v in one.verdict) for one in logged)
    return Table(
        columns=(Column(t("Feature"), width=4), Column(t("Cycles that show it"), "right")),
        rows=(*((name, str(n)) for name, n in met.items()), (t("all of them"), str(every))),
        caption=t("Key features of the cycles"),
        note=t("Features after Taylor et al. (2014); of 72 published projects 3 met them all."),
    )
