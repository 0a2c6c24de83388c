"""How the data of one measure turned out against the plan: attrition and response."""

from __future__ import annotations

from evalkit.model.design import Design, ScheduleEntry
from evalkit.model.result import Attrition
from evalkit.synthesis.units import Values
from evalkit.synthesis.waves import ARMS, MATCHED_SHARE


def attrition(pre: Values, post: Values) -> Attrition | None:
    """Units of the baseline that have no value afterwards; None if an arm's baseline is empty.

    Linked by school and unit where the codes of most units agree; otherwise the units of both
    waves are counted, and an arm that grew lost none.
    """
    by_unit = pre.grain == post.grain == "unit"
    if by_unit:
        pre, post = pre.keyed(), post.keyed()
    before, after = pre.sizes, post.sizes
    present = [arm for arm in ARMS if before[arm] or after[arm]]
    if not min([before[arm] for arm in present], default=0):
        return None
    kept = _linked(pre, post, present) if by_unit else None
    stayed = kept or {arm: min(before[arm], after[arm]) for arm in present}
    overall = 1 - sum(stayed.values()) / sum([before[arm] for arm in present])
    t, c = (1 - stayed[arm] / before[arm] if arm in stayed else None for arm in ARMS)
    return Attrition(overall, t, c)


def _linked(pre: Values, post: Values, present: list[str]) -> dict[str, int] | None:
    """Units found at both waves per arm of the baseline; None where codes do not link.

    They link if, in every arm, at least ``MATCHED_SHARE`` of the units afterwards were there
    before: the rule by which the estimate matches them.
    """
    if "unit" not in pre.table or "unit" not in post.table:
        return None
    arm_of = dict(pre.named)
    late = [(arm, arm_of.get(unit)) for unit, arm in post.named]
    kept = {}
    for arm in present:
        here = [was for now, was in late if now == arm]
        if not here or len(here) - here.count(None) < MATCHED_SHARE * len(here):
            return None
        kept[arm] = sum([was == arm for _, was in late])
    return kept


def response(design: Design, entry: ScheduleEntry, post: Values) -> float | None:
    """Units delivered over units planned, of the arm that delivered the smaller share.

    Of the arms that are asked. None where the project does not say how many it plans; at most 1.
    """
    delivered = post.persons.sizes
    shares = [
        min(1.0, delivered[role] / planned)
        for role in entry.arms
        if (planned := design.project.planned(role, entry.respondent))
    ]
    return min(shares, default=None)
