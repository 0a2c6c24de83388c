"""The effect ladder: which rung a design can reach, and which a result has reached.

The rungs are those of the meta-analysis of 25 years of support for school development (2021),
overview 8. A rung is reached if all its rules hold and all those below. A low rung means little
evidence, not a bad intervention.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from evalkit.design.ladder.found import BY_VALUES, FOUND, NO_ESTIMATE
from evalkit.design.ladder.planned import PLANNED, Plan, fits_type
from evalkit.design.ladder.rule import rung_of
from evalkit.model.design import Design, RuleOutcome, RungStep
from evalkit.model.result import ReachedRung, ResultFacts
from evalkit.model.text import Text

__all__ = [
    "FOUND",
    "PLANNED",
    "Plan",
    "expected_rung",
    "fits_type",
    "ladder",
    "reached_rung",
    "withheld_rung",
]

TOP = 5
NOT_YET = Text(
    nl="Nog niet te zeggen: eerst moet een regel hierboven kloppen.",
    en="Cannot be told yet: a rule above must hold first.",
)


def ladder(plan: Plan) -> tuple[RungStep, ...]:
    """Each rung with its rules: whether each holds, why, and what would lift the design.

    A rule that comes after one that does not hold is not looked at: it has no lift of its own.
    """
    failed: dict[str, int] = {}
    waits: dict[str, str] = {}
    for rule in PLANNED:
        if rule.after in failed or rule.after in waits:
            waits[rule.id] = rule.after or ""
        elif not rule.holds(plan):
            failed[rule.id] = rule.rung
    reached = _highest(failed.values())
    outcomes = []
    for rule in PLANNED:
        lift = None
        if rule.id in failed:
            others = [rung for id, rung in failed.items() if id != rule.id]
            lift = _lift(rule.lift, _highest(others) - reached)
        outcomes.append(
            RuleOutcome(
                id=rule.id,
                rung=rule.rung,
                met=rule.id not in failed and rule.id not in waits,
                after=waits.get(rule.id),
                reason=NOT_YET if rule.id in waits else rule.reason(plan),
                lift=lift,
                source=rule.source,
            )
        )
    return tuple(
        RungStep(rung=rung, rules=tuple(o for o in outcomes if o.rung == rung))
        for rung in range(TOP + 1)
    )


def _lift(text: Text, gain: int) -> Text:
    """What would make a rule hold, with the rungs it brings by itself if it brings any."""
    if gain:
        return Text(nl=f"+{gain}: {text.nl}.", en=f"+{gain}: {text.en}.")
    return Text(nl=f"Ook nodig: {text.nl}.", en=f"Needed as well: {text.en}.")


def _highest(unmet: Iterable[int]) -> int:
    """The highest rung below all rungs that have a rule that does not hold."""
    return min((rung - 1 for rung in unmet), default=TOP)


def expected_rung(steps: Iterable[RungStep]) -> int:
    """The highest rung of which all rules hold, with all those below."""
    return max(0, _highest(step.rung for step in steps if not step.met))


def reached_rung(design: Design, facts: ResultFacts) -> ReachedRung:
    """The rung one result reaches, given its design and how the measurement turned out."""
    highest, failed = _failed(facts)
    return ReachedRung(min(design.expected_rung, highest), (*design.unmet, *failed))


@lru_cache(maxsize=1_000)
def _failed(facts: ResultFacts) -> tuple[int, tuple[str, ...]]:
    """The highest rung below the rules for a result that do not hold, and their ids.

    The results of one respondent in one wave mostly have the same facts.
    """
    failed = [rule for rule in FOUND if not rule.holds(facts)]
    return _highest(rule.rung for rule in failed), tuple(rule.id for rule in failed)


def withheld_rung(limits: Iterable[str]) -> ReachedRung:
    """The rung of a result whose numbers are withheld: as if there were no estimate.

    Whatever the values decide, or how many there are, is left out: it would tell of them.

    Args:
        limits: ids of the rules that its design or the result do not meet, as ``reached_rung``
            gives them.
    """
    kept = [id for id in limits if id not in BY_VALUES]
    after = [rule.id for rule in FOUND][::-1]
    after = after[: after.index(NO_ESTIMATE)]
    at = next((place for place, id in enumerate(kept) if id in after), len(kept))
    kept.insert(at, NO_ESTIMATE)
    return ReachedRung(_highest(map(rung_of, kept)), tuple(kept))
