"""What keeps results from a higher rung of the effect ladder, in words."""

from __future__ import annotations

from collections.abc import Iterable

from evalkit.design.ladder import FOUND, PLANNED
from evalkit.model.effect import EffectSize
from evalkit.model.result import RungLimit


def rung_limits(effects: Iterable[EffectSize]) -> tuple[RungLimit, ...]:
    """The rules that results do not meet, lowest rung first."""
    named = {id for row in effects for id in row.rung_limits}
    rules = sorted((*PLANNED, *FOUND), key=lambda rule: rule.rung)
    return tuple(
        RungLimit(id=rule.id, rung=rule.rung, reason=rule.unmet, lift=rule.lift)
        for rule in rules
        if rule.id in named
    )
