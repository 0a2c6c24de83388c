"""Scores of questionnaires, from their items.

The score is the mean of the answered items, if at least half of the items are answered
(the "half rule" for missing items: Fayers & Machin 2016, Quality of Life);
otherwise empty. Items marked ``reverse`` are first turned on the scale of the wave: minimum +
maximum − answer.
"""

from __future__ import annotations

import pandas as pd

from evalkit.collect.columns import scale_bounds
from evalkit.model.design import ScheduleEntry
from evalkit.model.measure import Measure


def turned(answers: pd.DataFrame, measure: Measure, entry: ScheduleEntry) -> pd.DataFrame:
    """Answers with the reverse items turned round on the scale of the wave.

    A reverse item on a scale without both bounds cannot be turned and becomes empty.
    """
    low, high = scale_bounds(entry.scale)
    total = float("nan") if low is None or high is None else low + high
    reverse = [
        name
        for name, item in zip(measure.columns, measure.items, strict=True)
        if item.reverse and name in answers
    ]
    return answers.assign(**{name: total - answers[name] for name in reverse})


def score(answers: pd.DataFrame, measure: Measure, entry: ScheduleEntry) -> pd.Series[float]:
    """The score of each row.

    Args:
        answers: Float columns named as ``measure.columns``; those not delivered are left out.
    """
    scored = turned(answers, measure, entry)
    enough = 2 * answers.notna().sum(axis=1) >= len(measure.items)
    return scored.mean(axis=1).where(enough)
