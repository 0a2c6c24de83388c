"""How the data of one measure turned out against the plan: attrition and response."""

from __future__ import annotations

import pandas as pd

from evalkit.model.design import Design, ScheduleEntry
from evalkit.model.project import Project
from evalkit.model.result import Attrition
from evalkit.model.vocabulary import ArmRole, Respondent
from evalkit.synthesis.waves import MATCHED_SHARE

Counts = dict[ArmRole, int]


def units_per_arm(frame: pd.DataFrame) -> Counts:
    """How many units have a value, per arm: rows of units, or the n of totals."""
    known = frame.dropna(subset=["n" if "n" in frame else "value"])
    sizes = known.groupby("arm")["n"].sum() if "n" in known else known.groupby("arm").size()
    return {role: int(sizes.get(role.value, 0)) for role in ArmRole}


def attrition(pre: pd.DataFrame, post: pd.DataFrame) -> Attrition | None:
    """Units of the baseline that have no value afterwards; None if an arm's baseline is empty.

    Linked by school and unit where the codes of most units agree; otherwise the units of both
    waves are counted, and an arm that grew lost none.
    """
    before, after = units_per_arm(pre), units_per_arm(post)
    present = [role for role in ArmRole if before[role] or after[role]]
    if not present or any(not before[role] for role in present):
        return None
    kept = _linked(pre, post, present)
    stayed = kept or {role: min(before[role], after[role]) for role in present}
    share = {role: 1 - stayed[role] / before[role] for role in present}
    total = sum(before[role] for role in present)
    return Attrition(
        overall=1 - sum(stayed[role] for role in present) / total,
        intervention=share.get(ArmRole.intervention),
        comparison=share.get(ArmRole.comparison),
    )


def _linked(pre: pd.DataFrame, post: pd.DataFrame, present: list[ArmRole]) -> Counts | None:
    """Units found at both waves per arm of the baseline; None where codes do not link.

    They link if, in every arm, at least ``MATCHED_SHARE`` of the units afterwards were there
    before: the rule by which the estimate matches them.
    """
    if "unit" not in pre or "unit" not in post:
        return None
    early, late = (frame.dropna(subset=["value", "unit"]) for frame in (pre, post))
    arm_of = dict(zip(zip(early["school"], early["unit"], strict=True), early["arm"], strict=True))
    keys = list(zip(late["school"], late["unit"], strict=True))
    found = [arm_of.get(key) for key in keys]
    kept: Counts = {}
    for role in present:
        here = int((late["arm"] == role.value).sum())
        matched = sum(
            was is not None and arm == role.value
            for was, arm in zip(found, late["arm"], strict=True)
        )
        if matched < MATCHED_SHARE * here or not here:
            return None
        kept[role] = sum(was == role.value for was in found)
    return kept


def response(design: Design, entry: ScheduleEntry, post: pd.DataFrame) -> float | None:
    """Units delivered over units planned, of the arm that delivered the smaller share.

    Of the arms that are asked. None where the project does not say how many it plans; at most 1.
    """
    delivered = units_per_arm(post)
    shares = []
    for role in entry.arms:
        planned = _planned(design.project, role, entry.respondent)
        if planned:
            shares.append(min(1.0, delivered[role] / planned))
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
