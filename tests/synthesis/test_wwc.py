"""The tables for the What Works Clearinghouse: their numbers, and when they stay empty."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.design.ladder import withheld_rung
from evalkit.design.ladder.attrition import is_low
from evalkit.model.effect import EffectSize
from evalkit.model.project import Arm, GroupSize, Project, School
from evalkit.model.vocabulary import Note
from evalkit.synthesis.publishing import published_effects
from evalkit.synthesis.reliability import cronbach_alpha
from evalkit.synthesis.wwc import (
    baseline_rows,
    contrasts,
    finding_rows,
    improvement_index,
    sample_rows,
    two_sided,
)

from .frames import repeatable
from .test_reconstruction import ROW, smd


def row(**changes: Any) -> EffectSize:
    return EffectSize.model_validate(ROW.model_dump() | changes)


PROJECT = Project(
    id="een",
    title="Een",
    protocol="p",
    type="iio.slimfit",
    sector="po",
    nature="renewal",
    start="2025-09-01",
    end="2026-07-03",
    arms=(
        Arm(role="intervention", label="units", size=GroupSize(pupils=120, teachers=9)),
        Arm(role="comparison", label="gewoon"),
    ),
    comparison="randomised",
    schools=(
        School(brin="00AA"),
        School(brin="00AB", arms=("intervention", "comparison")),
        School(brin="00AC", arms=("comparison",)),
    ),
)


# Samples


def sample_of(effect: EffectSize) -> Any:
    (found,) = sample_rows([effect], {"een": PROJECT}, is_low)
    return found


def sample(**changes: Any) -> Any:
    return sample_of(row(comparison="randomised", **changes))


def test_how_groups_were_formed_and_how_many_were_planned() -> None:
    found = sample(respondent="pupil", n_t=100, n_c=90)
    assert (found.study_design, found.schools_t, found.schools_c) == ("rct", 2, 2)
    assert (found.planned_t, found.planned_c, found.n_t, found.n_c) == (120, None, 100, 90)
    assert sample(respondent="teacher").planned_t == 9
    assert sample(respondent="school").planned_c == 2
    assert sample_of(row(comparison="matched")).study_design == "qed"


@pytest.mark.parametrize(
    ("overall", "arms", "cautious", "optimistic"),
    [
        # Standards Handbook 4.1, table II.1: at 10% overall 6.3 and 10.9 points are the limits.
        (0.10, (0.07, 0.13), "low", "low"),
        (0.10, (0.06, 0.14), "high", "low"),
        (0.10, (0.04, 0.16), "high", "high"),
        (0.60, (0.60, 0.60), "high", "low"),
        (None, (None, None), "unknown", "unknown"),
    ],
)
def test_attrition_against_the_boundaries(
    overall: float | None, arms: tuple[Any, Any], cautious: str, optimistic: str
) -> None:
    found = sample(attrition=overall, attrition_t=arms[0], attrition_c=arms[1])
    assert (found.attrition_cautious, found.attrition_optimistic) == (cautious, optimistic)
    needed = {"low": False, "high": True, "unknown": None}[cautious]
    assert found.equivalence_needed is needed
    quasi = row(attrition=overall, attrition_t=arms[0], attrition_c=arms[1], comparison="matched")
    assert sample_of(quasi).equivalence_needed is True


@pytest.mark.parametrize(
    ("clusters", "one"), [((1, 4), True), ((3, 4), False), ((None, None), None)]
)
def test_an_arm_of_one_cluster_is_told(clusters: tuple[Any, Any], one: bool | None) -> None:
    assert sample(clusters_t=clusters[0], clusters_c=clusters[1]).one_cluster is one


# Baseline


@pytest.mark.parametrize(
    ("verdict", "changes", "equivalence"),
    [
        ("fine", {"baseline": "proven"}, "satisfied"),
        ("adjust", {"baseline": "proven"}, "adjusted"),
        ("adjust", {"baseline": "proven", "notes": (Note.pretest_unused,)}, "needs_adjustment"),
        ("fails", {"baseline": "proven"}, "not_satisfied"),
        ("unknown", {"baseline": "absent"}, "unknown"),
        ("adjust", {"baseline": "proven", "yi": None}, "unknown"),
    ],
)
def test_equivalence_depends_on_the_adjustment(
    verdict: str, changes: dict[str, Any], equivalence: str
) -> None:
    (found,) = baseline_rows([row(baseline_verdict=verdict, **changes)])
    assert found.equivalence == equivalence


# Findings


def test_a_finding_has_its_test() -> None:
    (found,) = finding_rows([row(yi=0.5, vi=0.04, df=30.0, metric="SMD")])
    assert (found.se, found.t) == (0.2, 2.5)
    assert found.p == pytest.approx(0.0181156490681)  # R: 2 * pt(-2.5, 30)
    assert found.improvement_index == pytest.approx(19.146246)  # R: 100 * pnorm(0.5) - 50


def test_p_values_are_those_of_the_tables() -> None:
    assert two_sided(2.2281389, 10) == pytest.approx(0.05, abs=1e-7)
    assert two_sided(-1.959963985, None) == pytest.approx(0.05, abs=1e-9)


@repeatable
@given(st.floats(-4, 4))
def test_the_improvement_index_keeps_its_sign_and_bounds(g: float) -> None:
    index = improvement_index(g)
    assert -50 <= index <= 50
    assert improvement_index(-g) == pytest.approx(-index)
    assert (index > 0) == (g > 0) or abs(g) < 1e-12


@pytest.mark.parametrize(("better", "adjusted"), [("higher", 52.0), ("lower", 48.0)])
def test_the_adjusted_mean_is_in_points_of_the_measure(better: str, adjusted: float) -> None:
    changes = {"yi": 0.25, "mean_c": 50.0, "sd_pooled": 8.0, "better": better}
    (found,) = finding_rows([row(metric="SMD_ADJUSTED", **changes)])
    assert found.adjusted_mean_t == adjusted
    (plain,) = finding_rows([row(metric="SMD", **changes)])
    assert plain.adjusted_mean_t is None


def test_a_ratio_has_no_percentiles() -> None:
    (found,) = finding_rows([row(metric="ROM")])
    assert found.p is not None
    assert found.improvement_index is None


def test_only_contrasts_of_two_groups_are_there() -> None:
    rows = [row(contrast=name) for name in ("arms", "pairs", "before_after", "relation")]
    assert [one["contrast"] for one in contrasts(rows)] == [["arms", "pairs"]]


@repeatable
@given(st.integers(2, 4), st.integers(5, 40))
def test_what_is_withheld_there_is_withheld_here(few: int, many: int) -> None:
    whole = smd(ROW, few, many, mean_t=3.0, sd_t=1.0, mean_c=2.0, sd_c=1.0, pre_mean_t=2.0,
                attrition=0.1, attrition_t=0.1, attrition_c=0.1, r=0.6, icc=0.1)  # fmt: skip
    (shown,) = published_effects([whole], 5, withheld_rung)
    (found,), (before,) = finding_rows([shown]), baseline_rows([shown])
    for one in (found, before, sample_of(shown)):
        assert one.suppressed
        planned = {"schools_t", "schools_c", "planned_t", "planned_c"}
        numbers = {n: v for n, v in one.model_dump().items() if type(v) in (int, float)}
        assert not numbers.keys() - planned


# Reliability


@repeatable
@given(st.integers(2, 6), st.integers(5, 40), st.integers(0, 1000))
def test_alpha_follows_from_the_covariances(items: int, persons: int, seed: int) -> None:
    """alpha = k² times the mean covariance between items / variance of the sum."""
    random = np.random.default_rng(seed)
    answers = pd.DataFrame(random.normal(size=(persons, 1)) + random.normal(size=(persons, items)))
    matrix = answers.cov().to_numpy()
    between = (matrix.sum() - np.trace(matrix)) / (items * (items - 1))
    assert cronbach_alpha(answers) == pytest.approx(items**2 * between / matrix.sum())


def test_alpha_of_equal_items_is_one_and_of_none_is_none() -> None:
    same = pd.DataFrame({"a": [1.0, 2, 3, 4], "b": [1.0, 2, 3, 4]})
    assert cronbach_alpha(same) == pytest.approx(1)
    assert cronbach_alpha(same[["a"]]) is None
    assert cronbach_alpha(same.assign(b=[4.0, 3, 2, 1])) is None
    assert cronbach_alpha(same.head(2)) is None
    assert cronbach_alpha(same.assign(b=[1.0, 2, None, None])) is None
