"""The effect ladder: which rung a design can reach, and which a result has reached.

The rungs are those of the meta-analysis of 25 years of support for school development (2021),
overview 8. A rung is reached if all its rules hold and all those below. A low rung means little
evidence, not a bad intervention.
"""

from __future__ import annotations

from collections.abc import Iterable

from evalkit.design.ladder.found import FOUND
from evalkit.design.ladder.planned import (
    PLANNED,
    Plan,
    fits_type,
    is_described,
    is_measurable,
    names_research,
)
from evalkit.model.design import Design, RuleOutcome, RungStep
from evalkit.model.result import ReachedRung, ResultFacts
from evalkit.model.text import Text

__all__ = [
    "FOUND",
    "PLANNED",
    "Plan",
    "expected_rung",
    "fits_type",
    "is_described",
    "is_measurable",
    "ladder",
    "names_research",
    "reached_rung",
]

TOP = 5


def ladder(plan: Plan) -> tuple[RungStep, ...]:
    """Each rung with its rules: whether each holds, why, and what would lift the design."""
    unmet = {rule.id: rule.rung for rule in PLANNED if not rule.holds(plan)}
    reached = _highest(unmet.values())
    outcomes = []
    for rule in PLANNED:
        lift = None
        if rule.id in unmet:
            others = [rung for id, rung in unmet.items() if id != rule.id]
            lift = _lift(rule.lift, _highest(others) - reached)
        outcomes.append(
            RuleOutcome(
                id=rule.id,
                rung=rule.rung,
                met=rule.id not in unmet,
                reason=rule.reason(plan),
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
    failed = [rule for rule in FOUND if not rule.holds(facts)]
    planned = [rule.id for step in design.ladder for rule in step.rules if not rule.met]
    return ReachedRung(
        rung=min(design.expected_rung, _highest(rule.rung for rule in failed)),
        limits=(*planned, *(rule.id for rule in failed)),
    )
