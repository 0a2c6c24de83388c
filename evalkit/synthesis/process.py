"""Process measures and conditions, described per arm."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from evalkit.model.base import computed
from evalkit.model.design import Design
from evalkit.model.measure import Measure
from evalkit.model.synthesis import ProcessRow
from evalkit.model.vocabulary import ArmRole, Respondent, ScaleType
from evalkit.synthesis.suppression import is_dominated
from evalkit.synthesis.totals import plain
from evalkit.synthesis.units import Values
from evalkit.synthesis.waves import missing

_ROLES = {role.value: role for role in ArmRole}
_AMOUNTS = (ScaleType.ratio, ScaleType.count_)


class Described(NamedTuple):
    """A row with all its numbers, and what decides whether they may be shown."""

    row: ProcessRow
    threshold: int
    """The smallest number of units that may be shown."""
    yes: int | None
    """Where all values are 0 or 1: how many are 1."""
    dominated: bool
    """Whether one school makes up nearly all of the arm."""


def describe_process(
    design: Design, measure: Measure, wave: str, values: Values
) -> tuple[Described, ...]:
    """n, mean and SD of one measure per arm.

    Totals per school have no SD over units.

    Args:
        design: the project's design.
        measure: the measure.
        wave: id of the wave.
        values: its data.
    """
    by_unit = values.grain == "unit"
    amounts = measure.respondent is Respondent.school and measure.scale.type in _AMOUNTS
    arms = _values_per_arm(values) if by_unit else _totals_per_arm(values)
    least = design.privacy.suppression_threshold
    found = []
    for arm, (n, mean, sd, yes) in sorted(arms.items()):
        row = {
            "project": design.project.id,
            "measure": measure.id,
            "kind": measure.kind,
            "wave": wave,
            "arm": _ROLES[arm],
            "n": n,
            "mean": mean,
            "sd": sd,
        }
        dominated = by_unit and amounts and is_dominated(values.known[arm])
        found.append(Described(computed(ProcessRow, row), least, yes, dominated))
    return tuple(found)


Numbers = tuple[int, float | None, float | None, int | None]
"""Units, mean, SD, and how many said yes where all said yes or no."""


def _values_per_arm(values: Values) -> dict[str, Numbers]:
    return {
        arm: (
            len(known),
            float(known.mean()),
            float(known.std(ddof=1)) if len(known) > 1 else None,
            int(known.sum()) if np.isin(known, (0, 1)).all() else None,
        )
        for arm, known in values.known.items()
        if len(known)
    }


def _totals_per_arm(values: Values) -> dict[str, Numbers]:
    sums: dict[str, tuple[int, float]] = {}
    columns = (plain(values.table[name]) for name in ("arm", "n", "mean"))
    for arm, n, mean in zip(*columns, strict=True):
        known = type(arm) is str and type(n) is int and type(mean) is float and mean == mean
        if known or not (missing(arm) or missing(mean)):  # Known, as nearly all are.
            size = n if known else 0 if missing(n) else int(n)
            units, total = sums.get(arm, (0, 0.0))
            sums[arm] = (units + size, total + size * mean)
    return {arm: (n, total / n if n else None, None, None) for arm, (n, total) in sums.items()}
