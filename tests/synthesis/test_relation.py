"""A row for two measures that were predicted to go together."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from evalkit.design.ladder import reached_rung
from evalkit.model.effect import EffectSize
from evalkit.model.vocabulary import BaselineStatus, Contrast, Direction, Note, NotPooled
from evalkit.synthesis.effects import Delivered
from evalkit.synthesis.relation import relation_row
from evalkit.synthesis.units import Values
from tests.design import cases

ARITHMETIC = "iio.arithmetic"


def frame(values: list[float], arm: str = "intervention", first: int = 0) -> pd.DataFrame:
    rows = [
        {"school": "05KO", "class": "a", "unit": f"p{first + i}", "arm": arm, "value": value}
        for i, value in enumerate(values)
    ]
    return pd.DataFrame(rows)


def row(
    one: pd.DataFrame,
    other: pd.DataFrame,
    *,
    grains: tuple[Any, Any] = ("unit", "unit"),
    better: Direction = Direction.higher,
) -> EffectSize | None:
    design = cases.design(cases.project())
    found = []
    for id, rows, grain in ((cases.LANGUAGE, one, grains[0]), (ARITHMETIC, other, grains[1])):
        measure = design.measure(id)
        if id == ARITHMETIC:
            scale = measure.scale.model_copy(update={"better": better})
            measure = measure.model_copy(update={"scale": scale})
        rest = tuple(m for m in design.measures if m.id != id)
        changed = design.model_copy(update={"measures": (measure, *rest)})
        entry = next(e for e in changed.entries("post") if e.measure == id)
        values = Values(grain, rows, design.hash)
        found.append(Delivered(changed, entry, values, None, BaselineStatus.absent))
    return relation_row(*found, reached_rung)


NUMBERS = st.lists(
    st.tuples(st.floats(0, 100), st.floats(0, 100)).map(lambda p: (round(p[0], 2), round(p[1], 2))),
    min_size=5,
    max_size=30,
)


@given(NUMBERS)
def test_it_is_fishers_z_over_those_with_both_values(pairs: list[tuple[float, float]]) -> None:
    one, other = ([pair[i] for pair in pairs] for i in (0, 1))
    varied = len(set(one)) > 1 and len(set(other)) > 1
    if not varied or abs(stats.pearsonr(one, other).statistic) > 0.999:
        return
    # A pupil with one value only and the comparison group do not count.
    left = pd.concat([frame(one), frame([3.0], first=99), frame([1.0, 9.0], "comparison", 50)])
    right = pd.concat([frame(other), frame([9.0, 1.0], "comparison", 50)])
    found = row(left, right.sample(frac=1, random_state=1))
    assert found is not None
    assert found.yi == pytest.approx(np.arctanh(stats.pearsonr(one, other).statistic), abs=1e-8)
    assert found.vi == pytest.approx(1 / (len(pairs) - 3))
    assert (found.n_t, found.n_c, found.mean_t) == (len(pairs), None, None)
    assert (found.contrast, found.goes_with) == (Contrast.relation, ARITHMETIC)
    assert (found.pooled, found.not_pooled_because) == (False, NotPooled.relation)
    assert found.notes == (Note.clusters_ignored,)  # Classes were assigned.


def test_both_measures_are_turned_so_that_more_is_better() -> None:
    one, other = frame([1, 2, 3, 4, 5.0]), frame([2, 1, 4, 3, 6.0])
    higher, lower = row(one, other), row(one, other, better=Direction.lower_)
    assert higher
    assert lower
    assert higher.yi
    assert lower.yi
    assert lower.yi == pytest.approx(-higher.yi)
    assert higher.yi > 0


def test_few_persons_have_a_row_without_numbers() -> None:
    found = row(frame([1, 2, 3, 4.0]), frame([2, 1, 4, 3.0]))
    assert found
    assert found.suppressed
    assert (found.yi, found.vi, found.n_t) == (None, None, None)


@pytest.mark.parametrize(
    ("one", "other", "grains"),
    [
        ([1, 1, 1, 1, 1], [1, 3, 2, 5, 4], ("unit", "unit")),  # Nothing varies.
        ([1, 2, 3, 4, 5], [2, 4, 6, 8, 10], ("unit", "unit")),  # One is the other.
        ([1, 2, 3, 4, 5], [1, 3, 2, 5, 4], ("unit", "aggregate")),  # Totals say nothing of it.
    ],
)
def test_what_cannot_be_computed_has_no_row(one: Any, other: Any, grains: Any) -> None:
    assert row(frame(one), frame(other), grains=grains) is None


@pytest.mark.parametrize("other", [[1, 3, 2], [1, 1, 1], [1, 2, 3], [1, 2, 4, 3]])
def test_of_few_persons_there_is_a_row_without_numbers_whatever_they_are(other: list[int]) -> None:
    found = row(frame(list(range(1, len(other) + 1))), frame(other))
    assert found is not None
    assert found.suppressed
    assert (found.yi, found.vi, found.n_t, found.metric) == (None, None, None, "ZCOR")
    assert found == row(frame([1, 2, 3]), frame([3, 2, 2]))


def test_a_perfect_relation_is_recognised_in_spite_of_rounding() -> None:
    values = [0.1 * i for i in range(1, 8)]
    found = row(frame(values), frame([3 * v for v in values]))
    assert found is None or (found.yi is not None and math.isfinite(found.yi))
