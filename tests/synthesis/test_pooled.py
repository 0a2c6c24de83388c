"""What may be pooled with what, and which selections come of it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.model.effect import EffectSize, PooledEstimate
from evalkit.model.vocabulary import BaselineStatus, Verdict
from evalkit.synthesis.choices import FAMILIES
from evalkit.synthesis.pooled import is_equivalent, pooled_estimates, pooling_key
from evalkit.synthesis.pooling import pool

from .frames import repeatable

BLANK = {name: None for name, field in EffectSize.model_fields.items() if field.is_required()}


def row(project: str, yi: float = 0.2, vi: float = 0.04, **changes: Any) -> EffectSize:
    values = BLANK | {
        "project": project, "project_type": "iio.slimfit", "protocol": "fonds",
        "protocol_version": "1.0", "design_hash": "d", "measure": "fonds.score",
        "measure_version": "1.0", "wave": "post", "comparison": "matched", "assignment": "class",
        "sector": "po", "nature": "renewal", "baseline": "proven", "baseline_verdict": "fine",
        "better": "higher", "metric": "SMD", "yi": yi, "vi": vi, "ladder_rung": 5, "pooled": True,
    }  # fmt: skip
    return EffectSize.model_validate(values | changes)


def summary(found: tuple[PooledEstimate, ...]) -> list[tuple[str, tuple[str, ...]]]:
    return [(p.selection, p.projects) for p in found]


def test_the_numbers_are_those_of_the_estimator() -> None:
    effects = [row("a", 0.1, 0.02), row("b", 0.5, 0.05), row("c", -0.2, 0.03)]
    (found,) = pooled_estimates(effects, {})
    expected = pool([0.1, 0.5, -0.2], [0.02, 0.05, 0.03])
    for name in ("k", "estimate", "se", "ci_low", "ci_high", "p", "df", "tau2", "i2", "q", "q_p",
                 "pi_low", "pi_high", "method", "test"):  # fmt: skip
        assert getattr(found, name) == getattr(expected, name), name
    assert (found.measure, found.wave, found.family) == ("fonds.score", "post", "g")


@repeatable
@given(st.permutations(range(5)))
def test_the_order_of_the_rows_does_not_matter(order: list[int]) -> None:
    effects = [row(name, i / 7, 0.02 + i / 50) for i, name in enumerate("abcde")]
    effects[3] = effects[3].model_copy(update={"baseline_verdict": Verdict.fails})
    assert pooled_estimates([effects[i] for i in order], {}) == pooled_estimates(effects, {})


def test_rows_that_may_not_count_do_not() -> None:
    out = row("b", pooled=False, not_pooled_because="single_group", metric="SMCR")
    assert summary(pooled_estimates([row("a"), out], {})) == [("all", ("a",))]
    assert pooled_estimates([out], {}) == ()
    assert pooled_estimates([], {}) == ()


@pytest.mark.parametrize(
    "changes",
    [{"measure": "fonds.other"}, {"wave": "follow_up_1"}, {"metric": "ROM"},
     {"measure_version": "1.1"}],
    ids=str,
)  # fmt: skip
def test_what_is_not_the_same_is_not_pooled(changes: dict[str, str]) -> None:
    found = pooled_estimates([row("a"), row("b", **changes)], {})
    assert sorted(p.k for p in found) == [1, 1]


def test_standardised_differences_are_one_family() -> None:
    metrics = [metric for metric, family in FAMILIES.items() if family == "g"]
    assert set(metrics) == {"SMD", "SMD_CLUSTER", "SMD_ADJUSTED", "DPPC2", "SMD_ML", "COX"}
    effects = [row(f"p{i}", metric=metric) for i, metric in enumerate(metrics)]
    assert [p.k for p in pooled_estimates(effects, {})] == [6]
    assert not {"SMCR", "SMCC", "RD_CHANGE", "GAS"} & set(FAMILIES)


def test_compatible_versions_are_pooled_under_the_version_that_says_so() -> None:
    versions = {"fonds.score@1.0": "1.1", "fonds.score@1.1": "1.1"}
    effects = [row("a"), row("b", measure_version="1.1"), row("c", measure_version="2.0")]
    found = pooled_estimates(effects, versions)
    assert [(p.measure_version, p.projects) for p in found] == [
        ("1.1", ("a", "b")),
        ("2.0", ("c",)),
    ]
    key = pooling_key("fonds.score", "1.0", "post", "SMD", versions)
    assert key == ("fonds.score", "1.1", "post", "g")
    assert pooling_key("fonds.score", "1.0", "post", "SMD", {})[1] == "1.0"


@pytest.mark.parametrize(
    ("baseline", "verdict", "sound"),
    [
        (BaselineStatus.proven, Verdict.fine, True),
        (BaselineStatus.proven, Verdict.adjust, True),
        (BaselineStatus.proven, Verdict.fails, False),
        (BaselineStatus.proven, Verdict.unknown, False),
        (BaselineStatus.late, Verdict.fine, False),
        (BaselineStatus.absent, Verdict.unknown, False),
    ],
)
def test_which_effects_rest_on_comparable_groups(
    baseline: BaselineStatus, verdict: Verdict, sound: bool
) -> None:
    doubtful = row("b", baseline=baseline, baseline_verdict=verdict)
    assert is_equivalent(doubtful) is sound
    selections = summary(pooled_estimates([row("a"), doubtful], {}))
    assert selections == [("all", ("a", "b")), *([] if sound else [("equivalent", ("a",))])]


def test_a_selection_without_anything_left_is_not_there() -> None:
    late = [row(name, baseline="late") for name in "ab"]
    assert summary(pooled_estimates(late, {})) == [("all", ("a", "b"))]
