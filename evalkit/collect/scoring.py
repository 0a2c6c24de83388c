"""Scores of questionnaires, from their items; and of own goals.

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


GOAL_CORRELATION = 0.3
"""Correlation assumed between goals (Kiresuk & Sherman 1968)."""


def attainment(answers: pd.DataFrame, measure: Measure) -> pd.Series[float]:
    """T-score of goal attainment over the goals that were rated.

    T = 50 + 10 Σwx / √((1−ρ)Σw² + ρ(Σw)²), x from −2 to +2, ρ = 0.3 (Kiresuk & Sherman 1968,
    Community Ment. Health J. 4, 443-453). 50 is what was expected; empty without a rated goal.
    """
    weights = pd.Series(
        {n: i.weight for n, i in zip(measure.columns, measure.items, strict=True) if n in answers}
    )
    rated = answers.notna()[weights.index]
    total = answers[weights.index].mul(weights).sum(axis=1)
    squares, sums = rated.mul(weights**2).sum(axis=1), rated.mul(weights).sum(axis=1)
    spread = ((1 - GOAL_CORRELATION) * squares + GOAL_CORRELATION * sums**2) ** 0.5
    return (50 + 10 * total / spread).where(rated.any(axis=1))


def score(answers: pd.DataFrame, measure: Measure, entry: ScheduleEntry) -> pd.Series[float]:
    """The score of each row.

    Args:
        answers: Float columns named as ``measure.columns``; those not delivered are left out.
    """
    if measure.scoring == "attainment":
        return attainment(answers, measure)
    scored = turned(answers, measure, entry)
    enough = 2 * answers.notna().sum(axis=1) >= len(measure.items)
    return scored.mean(axis=1).where(enough)
