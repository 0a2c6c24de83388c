"""What promoted and what hindered, side by side: the two sides of each factor."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from evalkit.language import translator
from evalkit.library.factors import factors
from evalkit.model.card import Card
from evalkit.model.reference import ReferenceCard
from evalkit.model.synthesis import Synthesis
from evalkit.model.text import Lang
from evalkit.model.vocabulary import Side
from evalkit.render import palette
from evalkit.render.canvas import Canvas, wrapped
from evalkit.render.drawing import Drawing
from evalkit.render.picture import Picture
from evalkit.render.plotting import LEADING, SIZE, SMALL, WIDTH, Scale, ticks
from evalkit.render.wording import number

_LABELS, _NUMBERS = 176.0, 18.0
_BAR = 4.6
MOST_ROWS = 30
"""Factors that a diagram shows at most: those that were named most."""


@dataclass(frozen=True, slots=True)
class FactorBar:
    """One factor: in how many projects it hindered and promoted. ``group`` is its category."""

    label: str
    group: str
    hindering: int
    promoting: int

    @property
    def total(self) -> int:
        """How often it was named."""
        return self.hindering + self.promoting


def factor_diagram(
    bars: Sequence[FactorBar],
    hindering: str,
    promoting: str,
    *,
    language: Lang,
) -> Drawing:
    """The picture: bars to the left where a factor hindered, to the right where it promoted.

    Bars with the same group stand under its name. The left bars are open, the right ones filled.
    Raises ValueError without a factor that was named.
    """
    shown = [bar for bar in bars if bar.total > 0]
    if not shown:
        raise ValueError("a factor diagram needs at least one factor that was named")
    canvas = Canvas(WIDTH)
    left, right = (max(getattr(b, s) for b in shown) for s in ("hindering", "promoting"))
    start, end = _LABELS + _NUMBERS, WIDTH - _NUMBERS
    # Room for the names of the sides, however lopsided the numbers are.
    reach = max(left, right)
    x = Scale(-max(left, 0.35 * reach), max(right, 0.35 * reach), start, end)
    y = _sides(canvas, x, hindering, promoting)
    top = y
    for group in dict.fromkeys(bar.group for bar in shown):
        lines = wrapped(group, WIDTH, SIZE, "bold")
        canvas.box(0, y + 2, WIDTH, y + 6 + len(lines) * LEADING, palette.BAND)
        canvas.lines((2, y + 11.5), lines, SIZE, LEADING, face="bold")
        y += len(lines) * LEADING + 9
        for bar in (bar for bar in shown if bar.group == group):
            y = _row(canvas, x, y, bar, language)
    zero = x.at(0)
    canvas.line([(zero, top), (zero, y + 2)], color=palette.INK, width=0.9)
    y += 4
    canvas.line([(start, y), (end, y)], color=palette.INK, width=0.9)
    for tick in ticks(x.low, x.high, 6, whole=True):
        canvas.line([(x.at(tick), y), (x.at(tick), y + 3)], width=0.9)
        label = number(abs(tick), language, 0)
        canvas.text((x.at(tick), y + 11.5), label, SMALL, align="center")
    return canvas.drawing(y + 15)


def _sides(canvas: Canvas, x: Scale, hindering: str, promoting: str) -> float:
    zero, look = x.at(0), {"face": "bold", "color": palette.ACCENT}
    left = wrapped(f"← {hindering}", zero - 8, SIZE, "bold")
    right = wrapped(f"{promoting} →", WIDTH - zero - 8, SIZE, "bold")
    canvas.lines((zero - 6, 9), left, SIZE, LEADING, align="right", **look)
    canvas.lines((zero + 6, 9), right, SIZE, LEADING, **look)
    y = max(len(left), len(right)) * LEADING + 4
    canvas.line([(0, y), (WIDTH, y)], color=palette.ACCENT, width=1)
    return y


def _row(canvas: Canvas, x: Scale, y: float, bar: FactorBar, language: Lang) -> float:
    lines = wrapped(bar.label, _LABELS - 12, SIZE)
    height = len(lines) * LEADING + 5
    canvas.lines((8, y + 9.5), lines, SIZE, LEADING)
    middle, zero = y + height / 2 - 0.5, x.at(0)
    if bar.hindering:
        end = x.at(-bar.hindering)
        canvas.box(end, middle - _BAR, zero, middle + _BAR, palette.PAPER, palette.VERMILLION)
        text = number(bar.hindering, language, 0)
        canvas.text((end - 3, middle + 2.6), text, SMALL, align="right")
    if bar.promoting:
        end = x.at(bar.promoting)
        canvas.box(zero, middle - _BAR, end, middle + _BAR, palette.BLUE, palette.BLUE)
        canvas.text((end + 3, middle + 2.6), number(bar.promoting, language, 0), SMALL)
    return y + height


# --- what is drawn -----------------------------------------------------------------------------


def factor_pictures(found: Synthesis, lang: Lang) -> Iterator[Picture]:
    """What the cards of the projects say; none where they name no factor."""
    yield from _picture(_of_cards(found.cards), lang)


def reference_factors(cards: Sequence[ReferenceCard], lang: Lang) -> Iterator[Picture]:
    """What the cards of published interventions say."""
    yield from _picture({side: _codes(cards, side) for side in Side}, lang)


def published_factors(lang: Lang) -> Iterator[Picture]:
    """What overviews 14 and 15 of the meta-analysis count, summed over the rows of a factor."""
    counts = {side: Counter[str]() for side in Side}
    for factor in factors().factors:
        for row in factor.counts:
            counts[row.side][factor.id] += row.count
    yield from _picture(counts, lang)


def _of_cards(cards: Sequence[Card]) -> dict[Side, Counter[str]]:
    return {
        Side.promoting: Counter(code for card in cards for code in card.promoting_factors),
        Side.hindering: Counter(code for card in cards for code in card.hindering_factors),
    }


def _codes(cards: Sequence[ReferenceCard], side: Side) -> Counter[str]:
    return Counter(code for card in cards for code in card.codes(f"{side.value}_factors"))


def _picture(counts: Mapping[Side, Counter[str]], lang: Lang) -> Iterator[Picture]:
    t = translator(lang)
    bars = _bars(counts, lang)
    if not bars:
        return
    shown = sorted(bars, key=lambda bar: -bar.total)[:MOST_ROWS]
    kept = [bar for bar in bars if bar in shown]
    caption = t("What promoted and what hindered; number of projects")
    if len(kept) < len(bars):
        said = t("The {n} factors named most, of {all}.")
        caption = f"{caption}. {said.format(n=len(kept), all=len(bars))}"
    said = t("{label}: hindering {hindering}, promoting {promoting}")
    alt = t("Bars to the left and right. Named most: {factors}.").format(
        factors="; ".join(
            said.format(label=b.label, hindering=b.hindering, promoting=b.promoting)
            for b in shown[:5]
        )
    )

    def draw() -> Drawing:
        sides = t("hindering"), t("promoting")
        return factor_diagram(kept, *sides, language=lang)

    yield Picture("factors", "factors", caption, alt, draw)


def _bars(counts: Mapping[Side, Counter[str]], lang: Lang) -> list[FactorBar]:
    """The factors that were named, by promoting category and then by how often."""
    known = factors()
    order = {category.id: place for place, category in enumerate(known.categories)}
    names = {category.id: category.label.to(lang) for category in known.categories}
    found = []
    for factor in known.factors:
        hindering, promoting = (counts[s][factor.id] for s in (Side.hindering, Side.promoting))
        if hindering or promoting:
            category = factor.promoting_category
            bar = FactorBar(factor.label.to(lang), names[category], hindering, promoting)
            found.append((order[category], -bar.total, factor.id, bar))
    return [bar for *_, bar in sorted(found, key=lambda entry: entry[:3])]
