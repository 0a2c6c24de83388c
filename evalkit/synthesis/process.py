"""Process measures and conditions, described per arm; small cells are not shown."""

from __future__ import annotations

import pandas as pd

from evalkit.model.design import Design
from evalkit.model.measure import Measure
from evalkit.model.synthesis import ProcessRow
from evalkit.model.vocabulary import ArmRole


def describe_process(
    design: Design, measure: Measure, wave: str, rows: pd.DataFrame
) -> tuple[ProcessRow, ...]:
    """n, mean and SD of one measure per arm.

    Arms with fewer units than the protocol's threshold keep their row without numbers.

    Args:
        design: the project's design.
        measure: the measure.
        wave: id of the wave.
        rows: columns arm and value, one row per unit.
    """
    known = rows.dropna(subset=["value"])
    table = known.groupby("arm", sort=True)["value"].agg(["count", "mean", "std"])
    found = []
    for arm, (count, mean, sd) in zip(table.index, table.to_numpy(), strict=True):
        shown = count >= design.privacy.suppression_threshold
        found.append(
            ProcessRow(
                project=design.project.id,
                measure=measure.id,
                kind=measure.kind,
                wave=wave,
                arm=ArmRole[str(arm)],
                n=int(count) if shown else None,
                mean=float(mean) if shown else None,
                sd=float(sd) if shown else None,
            )
        )
    return tuple(found)
