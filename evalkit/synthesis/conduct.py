"""How the data of one measure turned out against the plan: attrition and response."""

from __future__ import annotations

from collections.abc import Iterator

from evalkit.model.design import Design, ScheduleEntry
from evalkit.model.project import Project
from evalkit.model.result import Attrition
from evalkit.model.vocabulary import ArmRole, Respondent
from evalkit.synthesis.totals import plain
from evalkit.synthesis.units import Values
from evalkit.synthesis.waves import MATCHED_SHARE, missing

Counts = dict[ArmRole, int]


def attrition(pre: Values, post: Values) -> Attrition | None:
    """Units of the baseline that have no value afterwards; None if an arm's baseline is empty.

    Linked by school and unit where the codes of most units agree; otherwise the units of both
    waves are counted, and an arm that grew lost none.
    """
    pre, post = pre.keyed(), post.keyed()
    before, after = pre.sizes, post.sizes
    present = [role for role in ArmRole if before[role.value] or after[role.value]]
    if not present or any(not before[role.value] for role in present):
        return None
    by_unit = pre.grain == post.grain == "unit"
    kept = _linked(pre, post, present) if by_unit else None
    stayed = kept or {role: min(before[role.value], after[role.value]) for role in present}
    share = {role: 1 - stayed[role] / before[role.value] for role in present}
    total = sum(before[role.value] for role in present)
    return Attrition(
        overall=1 - sum(stayed[role] for role in present) / total,
        intervention=share.get(ArmRole.intervention),
        comparison=share.get(ArmRole.comparison),
    )


def _linked(pre: Values, post: Values, present: list[ArmRole]) -> Counts | None:
    """Units found at both waves per arm of the baseline; None where codes do not link.

    They link if, in every arm, at least ``MATCHED_SHARE`` of the units afterwards were there
    before: the rule by which the estimate matches them.
    """
    if "unit" not in pre.table or "unit" not in post.table:
        return None
    arm_of = dict(_known_units(pre))
    late = [(arm, arm_of.get(unit)) for unit, arm in _known_units(post)]
    kept: Counts = {}
    for role in present:
        here = [was for arm, was in late if arm == role.value]
        if not here or sum(was is not None for was in here) < MATCHED_SHARE * len(here):
            return None
        kept[role] = sum(was == role.value for _, was in late)
    return kept


def _known_units(values: Values) -> Iterator[tuple[tuple[str, str], str]]:
    """School and unit, with its arm, of each unit that has a name and a value."""
    columns = (plain(values.table[name]) for name in ("school", "unit", "arm", "value"))
    for school, unit, arm, value in zip(*columns, strict=True):
        if not missing(unit) and not missing(value):
            yield (school, unit), arm


def response(design: Design, entry: ScheduleEntry, post: Values) -> float | None:
    """Units delivered over units planned, of the arm that delivered the smaller share.

    Of the arms that are asked. None where the project does not say how many it plans; at most 1.
    """
    delivered = post.persons.sizes
    shares = []
    for role in entry.arms:
        planned = _planned(design.project, role, entry.respondent)
        if planned:
            shares.append(min(1.0, delivered[role.value] / planned))
    return min(shares, default=None)


def _planned(project: Project, role: ArmRole, respondent: Respondent) -> int | None:
    if respondent is Respondent.school:
        return sum(role in school.arms for school in project.schools)
    size = next(arm.size for arm in project.arms if arm.role is role)
    if size is None:
        return None
    return {
        Respondent.pupil: size.pupils,
        Respondent.teacher: size.teachers,
        Respondent.parent: size.parents,
    }.get(respondent)
