"""What promoted and what hindered, counted over the digital cards."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from evalkit.library.factors import factors
from evalkit.render.blocks import Block, Column, Heading, Paragraph, Table
from evalkit.render.report.context import Context

_MOST = 15


def the_factors(context: Context) -> Iterator[Block]:
    """How many cards say anything at all, the factors named most, and both figures."""
    t, cards = context.t, context.found.cards
    if not cards:
        return
    yield Heading(1, t("Factors that promoted and hindered"))
    promoting = Counter(code for card in cards for code in card.promoting_factors)
    hindering = Counter(code for card in cards for code in card.hindering_factors)
    text = t(
        "Projects with a card: {all}; of these name any factor: {any}; one that promoted: {promoting}; one that hindered: {hindering}. A factor that is not named may have played a part all the same."
    )
    yield Paragraph(
        text.format(
            all=len(cards),
            any=sum(bool(c.promoting_factors or c.hindering_factors) for c in cards),
            promoting=sum(bool(c.promoting_factors) for c in cards),
            hindering=sum(bool(c.hindering_factors) for c in cards),
        )
    )
    if promoting or hindering:
        yield _table(context, promoting, hindering)
    yield from context.drawn("factors")
    yield from context.drawn("evidence_map")


def _table(context: Context, promoting: Counter[str], hindering: Counter[str]) -> Table:
    t = context.t
    codes = sorted(
        promoting | hindering, key=lambda code: (-promoting[code] - hindering[code], code)
    )
    note = t("Projects that name it. By phase, level, rung and goal reached: factor-counts.csv.")
    if len(codes) > _MOST:
        most = t("The {n} factors named most, of {all}.").format(n=_MOST, all=len(codes))
        note = f"{most} {note}"
    return Table(
        columns=(
            Column(t("Factor"), width=4),
            Column(t("Promoting"), "right"),
            Column(t("Hindering"), "right"),
        ),
        rows=tuple(
            (
                factors().label(code).to(context.lang),
                str(promoting[code]),
                str(hindering[code]),
            )
            for code in codes[:_MOST]
        ),
        caption=t("Factors, by number of projects"),
        note=note,
    )
