"""Process measures and conditions, described per arm; small cells are not shown."""

from __future__ import annotations

from evalkit.model.design import Design
from evalkit.model.measure import Measure
from evalkit.model.synthesis import ProcessRow
from evalkit.model.vocabulary import ArmRole
from evalkit.synthesis.effects import Values


def describe_process(
    design: Design, measure: Measure, wave: str, values: Values
) -> tuple[ProcessRow, ...]:
    """n, mean and SD of one measure per arm.

    Arms with fewer units than the protocol's threshold keep their row without numbers. Totals
    per school have no SD over units.

    Args:
        design: the project's design.
        measure: the measure.
        wave: id of the wave.
        values: its data.
    """
    known = values.frame.dropna(subset=["value" if values.grain == "unit" else "mean"])
    found = []
    for arm, rows in known.groupby("arm", sort=True):
        if values.grain == "unit":
            n, mean, sd = len(rows), rows["value"].mean(), rows["value"].std()
        else:
            n = int(rows["n"].sum())
            mean, sd = (rows["n"] * rows["mean"]).sum() / n if n else float("nan"), float("nan")
        shown = n >= design.privacy.suppression_threshold
        found.append(
            ProcessRow(
                project=design.project.id,
                measure=measure.id,
                kind=measure.kind,
                wave=wave,
                arm=ArmRole[str(arm)],
                n=n if shown else None,
                mean=float(mean) if shown else None,
                sd=float(sd) if shown and sd == sd else None,
            )
        )
    return tuple(found)
