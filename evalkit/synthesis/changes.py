"""From baseline to post per school, where each school is large enough to be shown."""

from __future__ import annotations

from collections.abc import Iterator

from evalkit.model.effect import ALL, EffectSize
from evalkit.model.synthesis import GroupChange
from evalkit.model.vocabulary import ArmRole, ScaleType
from evalkit.synthesis.publishing import fewest_units
from evalkit.synthesis.units import Values


def published_changes(
    row: EffectSize, scale: ScaleType, pre: Values | None, post: Values, threshold: int
) -> Iterator[GroupChange]:
    """The means before and after of each school and arm behind a row, as they may be shown.

    Schools are shown all or none: if one were left out, its mean would follow from the others and
    that of the arm. Where a school has fewer units than the threshold in a wave, or of a
    yes-or-no measure fewer that say yes or no, and where rows are about subjects, each arm is
    shown as a whole, as the effect table does. A row that is suppressed shows nothing.

    Args:
        row: the row of the effect table, as it may be shown.
        scale: scale of its measure.
        pre: data of the baseline.
        post: data of the wave of the row.
        threshold: the smallest number of units that may be shown.
    """
    if row.suppressed or row.subgroup != ALL or pre is None:
        return
    schools = list(_per_school(row, pre, post)) if _by_school(scale, pre, post, threshold) else []
    yield from schools or _per_arm(row)


def _per_arm(row: EffectSize) -> Iterator[GroupChange]:
    arms = (
        (ArmRole.intervention, row.pre_mean_t, row.mean_t),
        (ArmRole.comparison, row.pre_mean_c, row.mean_c),
    )
    for arm, before, after in arms:
        if before is not None and after is not None:
            yield GroupChange(
                project=row.project,
                measure=row.measure,
                wave=row.wave,
                arm=arm,
                before=before,
                after=after,
            )


def _per_school(row: EffectSize, pre: Values, post: Values) -> Iterator[GroupChange]:
    for (school, arm), after in post.by_school.items():
        before = pre.by_school.get((school, arm))
        means = (before and before.mean, after.mean)
        if means[0] is not None and means[1] is not None:
            yield GroupChange(
                project=row.project,
                measure=row.measure,
                wave=row.wave,
                school=str(school),
                arm=ArmRole[str(arm)],
                before=means[0],
                after=means[1],
            )


def _by_school(scale: ScaleType, pre: Values, post: Values, threshold: int) -> bool:
    """Whether every school may be shown, in both waves."""
    waves = (pre, post)
    if any(values.has_subjects for values in waves):
        return False
    # Of totals it is not told how many said yes.
    if scale is ScaleType.binary and any(values.grain == "aggregate" for values in waves):
        return False
    fewest = [fewest_units(part) for values in waves for part in values.by_school.values()]
    return all(units is None or units >= threshold for units in fewest)
