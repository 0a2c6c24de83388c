"""In short: what was asked, and the answer with its numbers."""

from __future__ import annotations

from collections.abc import Iterator

from evalkit.model.vocabulary import BaselineStatus
from evalkit.render.blocks import Block, Bullets, Callout, Heading, Paragraph, Stat, Stats, literal
from evalkit.render.report.context import Context
from evalkit.render.report.question import schemes
from evalkit.render.report.sentences import FEW, result, short_numbers, side_of
from evalkit.render.report.shortcomings import drawn_by_lot, proven_baselines

MOST_ANSWERS = 12


def in_short(context: Context, notice: str | None) -> Iterator[Block]:
    """One line per pooled estimate; of very many only those that point somewhere."""
    t, found = context.t, context.found
    yield Heading(1, t("In short"))
    if notice:
        yield Callout("warning", t("Read this first"), literal(notice))
    asked = t(
        "Asked was whether those who took part did better than a comparison group, on which measures, and how sure that is. Taken together is what projects of these schemes delivered: {schemes}."
    )
    yield Paragraph(asked.format(schemes=literal("; ".join(schemes(context)))))
    yield _tiles(context)
    if not context.pools:
        if found.effects:
            yield Paragraph(
                t("No result can be taken together yet; why is told with each measure.")
            )
        else:
            yield Paragraph(t("No outcome was delivered after the baseline yet."))
        return
    shown = context.pools
    if len(shown) > MOST_ANSWERS:
        # One page: those that point somewhere, of most projects first.
        pointing = [p for p in shown if side_of(p) != "unclear"]
        shown = sorted(pointing, key=lambda p: -p.k)[:MOST_ANSWERS]
    yield Bullets(
        tuple(result(p, context.name_of(p), context.lang, short_numbers(context, p)) for p in shown)
    )
    rest = [p for p in context.pools if p not in shown]
    if rest:
        unclear = sum(side_of(p) == "unclear" for p in rest)
        yield Paragraph(
            t(
                "Not listed here: {n} pooled estimates. Of {unclear} of these the data do not tell whether the intervention helped or harmed."
            ).format(n=len(rest), unclear=unclear)
        )
    yield Paragraph(" ".join(filter(None, _how_sure(context))))


def _how_sure(context: Context) -> Iterator[str]:
    t = context.t
    few = sum(p.k < FEW for p in context.pools)
    if few:
        yield t(
            "Of {all} pooled estimates {few} rest on fewer than five projects: read these as a first indication."
        ).format(all=len(context.pools), few=few)
    yield proven_baselines(context)
    yield drawn_by_lot(context)
    yield t("More under: {part}.").format(part=t("Shortcomings"))


def _tiles(context: Context) -> Stats:
    t, found = context.t, context.found
    if found.standings:
        proven = {s.project for s in found.standings if s.baseline is BaselineStatus.proven}
    else:
        rows = context.each("project", "baseline")
        proven = {row.project for row in rows if row.baseline is BaselineStatus.proven}
    return Stats(
        (
            Stat(str(found.awarded), t("projects awarded")),
            Stat(str(len(context.designs)), t("delivered data")),
            Stat(str(len(proven)), t("with a proven baseline")),
            Stat(str(len(context.usable)), t("in a pooled estimate")),
        )
    )
