"""What keeps results from a higher rung of the effect ladder, in words."""

from __future__ import annotations

from collections.abc import Sequence

from evalkit.design.ladder import FOUND, PLANNED
from evalkit.model.effect import EffectSize
from evalkit.model.result import RungLimit
from evalkit.model.rows import values


def rung_limits(effects: Sequence[EffectSize]) -> tuple[RungLimit, ...]:
    """The rules that results do not meet, lowest rung first."""
    named = {id for limits in set(values(effects, "rung_limits")) for id in limits}
    rules = sorted((*PLANNED, *FOUND), key=lambda rule: rule.rung)
    return tuple(
        RungLimit(id=rule.id, rung=rule.rung, reason=rule.unmet, lift=rule.lift)
        for rule in rules
        if rule.id in named
    )
