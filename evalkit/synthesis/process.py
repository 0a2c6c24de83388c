"""Process measures and conditions, described per arm."""

from __future__ import annotations

from typing import NamedTuple

from evalkit.model.design import Design
from evalkit.model.measure import Measure
from evalkit.model.synthesis import ProcessRow
from evalkit.model.vocabulary import ArmRole, Respondent, ScaleType
from evalkit.synthesis.suppression import is_dominated
from evalkit.synthesis.units import Values

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
    known = values.frame.dropna(subset=["value" if by_unit else "mean"])
    found = []
    for arm, rows in known.groupby("arm", sort=True):
        yes = None
        if by_unit:
            n, mean, sd = len(rows), rows["value"].mean(), rows["value"].std()
            if rows["value"].isin((0, 1)).all():
                yes = int(rows["value"].sum())
        else:
            n = int(rows["n"].sum())
            mean, sd = (rows["n"] * rows["mean"]).sum() / n if n else float("nan"), float("nan")
        row = ProcessRow(
            project=design.project.id,
            measure=measure.id,
            kind=measure.kind,
            wave=wave,
            arm=ArmRole[str(arm)],
            n=n,
            mean=float(mean) if n else None,
            sd=float(sd) if sd == sd else None,
        )
        dominated = by_unit and amounts and is_dominated(rows["value"])
        found.append(Described(row, design.privacy.suppression_threshold, yes, dominated))
    return tuple(found)
