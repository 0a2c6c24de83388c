"""From persons to totals."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

_KEYS = ["school", "class", "arm"]


def summarise(frame: pd.DataFrame, measures: Sequence[str]) -> pd.DataFrame:
    """n, mean and standard deviation (n − 1) per school, class, group and measure.

    Args:
        frame: Unit rows of ``check_part``.
        measures: Names of float columns; those the frame lacks are left out.

    Returns:
        Long: school, class, arm, measure, n, mean, sd; sorted, without cells where n is 0. Sd is
        empty where n is 1.
    """
    present = [measure for measure in measures if measure in frame]
    columns = [*_KEYS, "measure", "n", "mean", "sd"]
    if not present:
        return pd.DataFrame({column: [] for column in columns})
    groups = frame.groupby(_KEYS, dropna=False, sort=True, observed=True)
    totals = pd.concat(
        [
            groups[measure]
            .agg(n="count", mean="mean", sd="std")
            .reset_index()
            .assign(measure=measure)
            for measure in present
        ],
        ignore_index=True,
    )
    totals = totals[totals["n"] > 0].sort_values([*_KEYS, "measure"], kind="stable")
    return totals[columns].reset_index(drop=True)
