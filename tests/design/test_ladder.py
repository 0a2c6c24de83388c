"""The effect ladder: each condition by itself, and what a result reaches of it."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.design.ladder import expected_rung, reached_rung
from evalkit.model.design import RungStep
from evalkit.model.text import Text
from evalkit.model.vocabulary import BaselineStatus, Verdict

from . import cases

repeatable = settings(derandomize=True, database=None, deadline=None)

ALONE: dict[str, Any] = {
    "arms": cases.ONE_ARM, "comparison": "single_group", "schools": [{"brin": "05KO"}],
}  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "unmet", "rung"),
    [
        ({}, (), 5),
        ({"description": None}, (1,), 0),
        ({"theory": None}, (2,), 1),
        ({"predictions": []}, (4,), 3),
        (ALONE, (5,), 4),
        ({"theory": None, "predictions": []}, (2, 4), 1),
        ({"description": None, "theory": None, "predictions": []} | ALONE, (1, 2, 4, 5), 0),
    ],
)
def test_each_condition_counts_by_itself(
    changes: dict[str, Any], unmet: tuple[int, ...], rung: int
) -> None:
    made = cases.design(cases.project(**changes))
    assert [step.rung for step in made.ladder] == [0, 1, 2, 3, 4, 5]
    assert tuple(step.rung for step in made.ladder if not step.met) == unmet
    assert made.expected_rung == rung
    for step in made.ladder:  # What is not met says what would lift it, and only that.
        assert (step.lift is None) == step.met


def test_an_outcome_measured_only_afterwards_is_not_measured_twice() -> None:
    protocol = cases.protocol()
    once = tuple(
        r.model_copy(update={"waves": tuple(w for w in r.waves if w != "baseline") or ("post",)})
        for r in protocol.requires
    )
    type = cases.plugins().types["iio.slimfit"].model_copy(update={"requires": ()})
    made = cases.design(protocol=protocol.model_copy(update={"requires": once}), type=type)
    assert [step.rung for step in made.ladder if not step.met] == [3]
    assert made.expected_rung == 2


def test_a_condition_measured_twice_is_no_outcome_measured_twice() -> None:
    protocol = cases.protocol()
    only = tuple(r for r in protocol.requires if r.measure == "core.class_size")
    assert only[0].waves == ("baseline", "post")
    type = cases.plugins().types["iio.slimfit"].model_copy(update={"requires": ()})
    made = cases.design(protocol=protocol.model_copy(update={"requires": only}), type=type)
    assert made.expected_rung == 2


WHY = Text(nl="x", en="x")


@repeatable
@given(st.lists(st.booleans(), min_size=5, max_size=5), st.randoms(use_true_random=False))
def test_a_rung_is_reached_if_all_below_it_are(met: list[bool], random: Any) -> None:
    steps = [RungStep(rung=i, met=m, reason=WHY) for i, m in enumerate([True, *met])]
    random.shuffle(steps)
    expected = next((i for i, m in enumerate(met) if not m), 5)
    assert expected_rung(steps) == expected


PROVEN = BaselineStatus.proven


@pytest.mark.parametrize(
    ("expected", "baseline", "verdict", "estimate", "rung"),
    [
        (5, PROVEN, Verdict.fine, True, 5),
        (5, PROVEN, Verdict.adjust, True, 5),
        (5, PROVEN, Verdict.fails, True, 3),
        (5, PROVEN, Verdict.fine, False, 3),
        (5, PROVEN, Verdict.unknown, True, 4),
        (4, PROVEN, Verdict.unknown, True, 4),
        (5, BaselineStatus.late, Verdict.unknown, True, 3),
        (5, BaselineStatus.late, Verdict.fine, True, 3),
        (5, BaselineStatus.absent, Verdict.unknown, True, 3),
        (4, BaselineStatus.absent, Verdict.unknown, True, 3),
        (2, BaselineStatus.late, Verdict.unknown, True, 2),
        (0, PROVEN, Verdict.fine, True, 0),
    ],
)
def test_what_a_result_reaches(
    expected: int, baseline: BaselineStatus, verdict: Verdict, estimate: bool, rung: int
) -> None:
    assert reached_rung(expected, baseline, verdict, estimate) == rung


def test_a_result_never_reaches_more_than_its_design_can() -> None:
    for expected, *rest in product(range(6), BaselineStatus, Verdict, (True, False)):
        assert 0 <= reached_rung(expected, *rest) <= expected
