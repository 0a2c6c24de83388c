"""What the meta-analysis derived from its moederbestand, derived again from ours.

A published number that our cards cannot support is not forced: the check says how far the
stated values go and how many cards leave the variable unknown.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any, NamedTuple

from evalkit.model.factor import Factor
from evalkit.model.measure import SourceRef
from evalkit.model.reference import (
    NamedSelection,
    PublishedNumber,
    ReferenceBase,
    ReferenceCard,
    Selected,
)
from evalkit.model.text import Text
from evalkit.model.vocabulary import Side, Term


class CountVerdict(Term):
    """How a published number stands to what the sources state card by card."""

    same = "same", "zelfde aantal", "same number"
    possible = "possible", "kan kloppen", "possible"
    short = "short", "niet na te tellen", "cannot be recounted"
    over = "over", "kaarten noemen er meer", "cards state more"


class CountCheck(NamedTuple):
    """A published number beside the number of cards that state it."""

    variable: str
    codes: tuple[Any, ...]
    rule: str
    published: tuple[int, ...]
    """The number; for a factor that has several published rows, one number per row."""
    out_of: int
    supported: int
    by_our_code: int
    """Of those, the cards whose code is ours: the source says it in words of its own."""
    unknown: int
    """Cards that state nothing for the variable."""
    verdict: CountVerdict
    source: SourceRef
    note: Text | None


class Reproduction(NamedTuple):
    """A published selection beside the one that our cards give."""

    selection: NamedSelection
    found: Selected
    missing: tuple[str, ...]
    extra: tuple[str, ...]
    rungs_agree: bool
    """Whether all are on a rung the selection says, by the summaries: an independent check."""
    aspects: dict[str, int]
    """Per aspect, how many of the interventions it belongs to."""
    aspects_agree: bool | None
    """Whether the aspects of all and of two are the published ones; none if not published."""

    @property
    def agrees(self) -> bool:
        """Whether all that was published comes out of the cards."""
        same = not self.missing and not self.extra
        return same and self.rungs_agree and self.aspects_agree is not False


def overlaps(cards: Iterable[ReferenceCard]) -> dict[str, int]:
    """Per aspect, how many of the cards state it; most often first."""
    found = Counter(str(code) for card in cards for code in card.codes("aspects"))
    return dict(sorted(found.items(), key=lambda pair: (-pair[1], pair[0])))


def reproduce(base: ReferenceBase, selection: NamedSelection) -> Reproduction:
    """A selection of the meta-analysis, made again from the cards."""
    found = base.select(selection.criteria)
    ids = tuple(card.id for card in found.meets)
    shared = overlaps(found.meets)
    agree = None
    if selection.aspects_source:
        all_of_them = {code for code, count in shared.items() if count == len(ids)}
        two = {code for code, count in shared.items() if count == 2}
        agree = (all_of_them, two) == (set(selection.in_all), set(selection.in_two))
    return Reproduction(
        selection,
        found,
        tuple(id for id in selection.cards if id not in ids),
        tuple(id for id in ids if id not in selection.cards),
        all(card.rungs and card.codes("rungs") <= set(selection.rungs) for card in found.meets),
        shared,
        agree,
    )


def supports(card: ReferenceCard, number: PublishedNumber) -> bool:
    """Whether what a card states makes it count."""
    codes, stated = set(number.codes), card.codes(number.variable)
    if number.rule == "all":
        return codes <= stated
    if number.rule == "only" or number.variable in ("goal_reached", "phase", "rungs"):
        return bool(stated) and stated <= codes
    return bool(codes & stated)


def _named(card: ReferenceCard, variable: str) -> ReferenceCard:
    """The card with only the values of a variable that the source itself names."""
    left = tuple(item for item in card.stated(variable) if not item.coded)
    several = isinstance(getattr(card, variable), tuple)
    return card.model_copy(update={variable: left if several else next(iter(left), None)})


def check_counts(base: ReferenceBase, factors: Iterable[Factor] = ()) -> tuple[CountCheck, ...]:
    """Every published number beside what the cards support.

    Args:
        base: the reference moederbestand.
        factors: factors with their published rows, to check as well.
    """
    checks = []
    for number in base.published.counts:
        counted = [card for card in base.cards if supports(card, number)]
        ours = [card for card in counted if not supports(_named(card, number.variable), number)]
        checks.append(
            CountCheck(
                number.variable,
                number.codes,
                number.rule,
                (number.number,),
                number.out_of,
                len(counted),
                len(ours),
                len(base.unknown(number.variable)),
                _verdict((number.number,), len(counted)),
                number.source,
                number.note,
            )
        )
    return (*checks, *_check_factors(base, tuple(factors)))


def _check_factors(base: ReferenceBase, factors: tuple[Factor, ...]) -> list[CountCheck]:
    checks = []
    for side in Side:
        variable = f"{side}_factors"
        found = base.counts(variable)
        for factor in factors:
            rows = factor.rows(side)
            if rows:
                published = tuple(row.count for row in rows)
                supported = found.get(factor.id, 0)
                checks.append(
                    CountCheck(
                        variable,
                        (factor.id,),
                        "any",
                        published,
                        len(base.cards),
                        supported,
                        supported,
                        len(base.unknown(variable)),
                        _verdict(published, supported),
                        rows[0].source,
                        None,
                    )
                )
    return checks


def _verdict(published: tuple[int, ...], supported: int) -> CountVerdict:
    """How a count stands to the rows, one intervention being possibly in several of them."""
    if supported < max(published):
        return CountVerdict.short
    if supported > sum(published):
        return CountVerdict.over
    return CountVerdict.same if len(published) == 1 else CountVerdict.possible
