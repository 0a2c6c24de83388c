"""How well the items of a questionnaire hang together."""

from __future__ import annotations

import pandas as pd


def cronbach_alpha(answers: pd.DataFrame) -> float | None:
    """Internal consistency of items, of the persons who answered all of them.

    alpha = k/(k-1) (1 - sum of the item variances / variance of the sum), k items (Cronbach 1951,
    Psychometrika 16, 297-334, eq. 2). None for fewer than 2 items or 3 persons, or without
    differences between persons.

    Args:
        answers: a row per person, a column per item, reverse items turned.
    """
    whole = answers.dropna()
    persons, items = whole.shape
    if items < 2 or persons < 3:
        return None
    total = float(whole.sum(axis=1).var())
    if not total > 1e-12:
        return None
    return items / (items - 1) * (1 - float(whole.var().sum()) / total)
