"""Attrition and response in the effect table, and the rules that keep a result from a rung."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.design.ladder import reached_rung
from evalkit.model.result import Conduct
from evalkit.model.vocabulary import ArmRole, BaselineStatus
from evalkit.synthesis.conduct import attrition
from evalkit.synthesis.effects import Delivered, effect_rows
from evalkit.synthesis.units import Values
from tests.design import cases

from .test_effects import ANY_EFFECT, PROJECT, made, pupils, totals

AFTER = st.sets(st.sampled_from("abcdefgh"))
BEFORE = AFTER.filter(bool)
T, C = ArmRole.intervention, ArmRole.comparison


def units(t: list[str], c: list[str]) -> pd.DataFrame:
    rows = [("05KO", unit, T.value) for unit in t] + [("12AB", unit, C.value) for unit in c]
    return pd.DataFrame(rows, columns=["school", "unit", "arm"]).assign(value=1.0)


def seen(frame: pd.DataFrame) -> Values:
    return Values("aggregate" if "n" in frame else "unit", frame, "")


def lost(pre: pd.DataFrame, post: pd.DataFrame) -> tuple[float, float | None, float | None]:
    found = attrition(seen(pre), seen(post))
    assert found is not None
    return found.overall, found.intervention, found.comparison


def test_who_was_there_before_and_is_not_there_after_is_lost() -> None:
    pre = units(list("abcd"), list("abcdef"))
    post = units(list("abc"), list("abcde"))
    assert lost(pre, post) == pytest.approx((0.2, 0.25, 1 / 6))
    assert lost(pre, pre) == (0, 0, 0)


def test_who_came_in_later_makes_up_for_nobody() -> None:
    pre, post = units(list("abcd"), list("abcd")), units(list("abxy"), list("abcd"))
    assert lost(pre, post) == pytest.approx((0.25, 0.5, 0))


def test_a_unit_without_a_value_is_not_there() -> None:
    pre = units(list("abcd"), list("abcd"))
    post = pre.assign(value=[np.nan, *[1.0] * 7])
    assert lost(pre, post) == pytest.approx((0.125, 0.25, 0))


def test_codes_that_do_not_link_are_counted() -> None:
    pre, post = units(list("abcd"), list("abcd")), units(list("wxy"), list("wxyz"))
    assert lost(pre, post) == pytest.approx((0.125, 0.25, 0))


def test_totals_are_counted_and_an_arm_that_grew_lost_nobody() -> None:
    pre = pd.DataFrame({"school": ["a", "b"], "arm": [T.value, C.value], "n": [20, 10]})
    post = pre.assign(n=[15, 12])
    assert seen(post).sizes == {T.value: 15, C.value: 12}
    assert lost(pre, post) == pytest.approx((5 / 30, 0.25, 0))


def test_without_a_baseline_of_an_arm_attrition_is_unknown() -> None:
    assert attrition(seen(units(["a"], [])), seen(units(["a"], ["b"]))) is None
    single = attrition(seen(units(["a", "b"], [])), seen(units(["a"], [])))
    assert single is not None
    assert (single.overall, single.comparison, single.differential) == (0.5, None, None)


@settings(derandomize=True, database=None, deadline=None)
@given(BEFORE, BEFORE, AFTER, AFTER)
def test_attrition_is_a_share(t: set[str], c: set[str], t2: set[str], c2: set[str]) -> None:
    found = attrition(seen(units(sorted(t), sorted(c))), seen(units(sorted(t2), sorted(c2))))
    assert found is not None
    low, high = sorted((found.intervention or 0, found.comparison or 0))
    assert low - 1e-9 <= found.overall <= high + 1e-9
    assert found.differential == pytest.approx(high - low)


# In the effect table


def test_a_row_without_losses_has_no_limits() -> None:
    row = made(pupils(5, seed=4), even(pupils()))
    assert (row.attrition, row.attrition_t, row.attrition_c) == (0, 0, 0)
    assert (row.response, row.mandatory_missing) == (1, 0)
    assert (row.ladder_rung, row.rung_limits) == (5, ())


def even(pre: pd.DataFrame) -> pd.DataFrame:
    """The baseline with arms that are alike."""
    means = pre.groupby("arm")["value"].transform("mean")
    return pre.assign(value=pre["value"] - means + 30)


def without(frame: pd.DataFrame, arm: str, units: int) -> pd.DataFrame:
    gone = frame[(frame["arm"] == arm) & frame["unit"].isin([f"p{i}" for i in range(units)])]
    return frame.drop(gone.index)


def test_losing_one_arm_keeps_a_result_from_the_top() -> None:
    row = made(without(pupils(5, seed=4), "intervention", 2), even(pupils()))
    assert row.attrition_t == pytest.approx(1 / 6)
    assert (row.attrition_c, row.attrition) == (0, pytest.approx(1 / 12))
    assert row.response == pytest.approx(5 / 6)
    assert (row.ladder_rung, row.rung_limits) == (4, ("reached.5.attrition",))


def test_losing_as_much_in_both_arms_is_borne() -> None:
    post = without(without(pupils(5, seed=4), "intervention", 2), "comparison", 2)
    row = made(post, even(pupils()))
    assert row.attrition == pytest.approx(1 / 6)
    assert row.rung_limits == ()


def test_fewer_than_planned_is_told_apart_from_attrition() -> None:
    few = [without(without(f, "intervention", 3), "comparison", 3)
           for f in (pupils(5, seed=4), pupils())]  # fmt: skip
    row = made(few[0], even(few[1]))
    assert (row.attrition, row.response) == (0, 0.75)
    assert (row.ladder_rung, row.rung_limits) == (4, ("reached.5.response",))


def test_totals_give_attrition_too() -> None:
    post = totals(without(pupils(5, seed=4), "intervention", 2))
    row = made(post, totals(even(pupils())), grain="aggregate")
    assert row.attrition_t == pytest.approx(1 / 6)
    assert "reached.5.attrition" in row.rung_limits


def test_without_a_plan_there_is_no_response() -> None:
    bare = cases.project(arms=[{k: v for k, v in a.items() if k != "size"} for a in cases.TWO_ARMS])
    row = made(pupils(5, seed=4), even(pupils()), arms=bare.arms)
    assert row.response is None


@pytest.mark.parametrize(
    ("conduct", "limits", "missing"),
    [(Conduct(in_window=False), ("reached.5.window",), 0), (Conduct(missing=3), (), 3)],
)
def test_how_the_wave_was_carried_out_is_in_the_row(
    conduct: Conduct, limits: tuple[str, ...], missing: int
) -> None:
    design = cases.design(PROJECT, protocol=ANY_EFFECT)
    entry = next(e for e in design.entries("post") if e.measure == cases.LANGUAGE)
    after, before = (
        Values("unit", frame, design.hash) for frame in (pupils(5, seed=4), even(pupils()))
    )
    data = Delivered(design, entry, after, before, BaselineStatus.proven, conduct=conduct)
    (row,) = effect_rows(data, reached_rung)
    assert (row.rung_limits, row.mandatory_missing) == (limits, missing)
