"""One row of the effect table, from the data of one measure in one project."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from evalkit.design.ladder import reached_rung
from evalkit.design.power import clusters_are
from evalkit.model.design import Design
from evalkit.model.effect import EffectSize
from evalkit.model.measure import Measure
from evalkit.model.project import School
from evalkit.model.vocabulary import (
    AssignmentLevel,
    BaselineStatus,
    Direction,
    Respondent,
    ScaleType,
    Verdict,
)
from evalkit.synthesis.effects import Delivered, effect_rows
from evalkit.synthesis.units import Values, cluster_of, is_clustered
from tests.design import cases

SCHOOLS = [f"{i:02}AA" for i in range(1, 13)]
PROJECT = cases.project(
    arms=[arm | {"size": {"classes": 12, "pupils": 72}} for arm in cases.TWO_ARMS],
    schools=[
        {"brin": brin, "arms": ["intervention" if i % 2 else "comparison"]}
        for i, brin in enumerate(SCHOOLS)
    ],
)
SPLIT = [{"brin": brin, "arms": cases.BOTH} for brin in SCHOOLS]
ANY_EFFECT = cases.protocol().model_copy(
    update={
        "analysis": cases.protocol().analysis.model_copy(
            update={"target_effect": None, "power": 0.75}
        )
    }
)
"""A scheme that expects no effect of a size, so that twelve schools are enough for the ladder."""


def pupils(effect: float = 0.0, *, seed: int = 3, per_school: int = 12) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    level = np.random.default_rng(1).normal(30, 6, (len(SCHOOLS), per_school))
    rows = [
        {"school": brin, "class": f"{j % 2}", "unit": f"p{j}",
         "arm": "intervention" if i % 2 else "comparison",
         "value": level[i, j] + rng.normal(0, 2) + effect * (i % 2)}
        for i, brin in enumerate(SCHOOLS) for j in range(per_school)
    ]  # fmt: skip
    return pd.DataFrame(rows)


def totals(frame: pd.DataFrame) -> pd.DataFrame:
    grouped = frame.groupby(["school", "arm"])["value"].agg(["size", "mean", "std"])
    return grouped.reset_index().set_axis(["school", "arm", "n", "mean", "sd"], axis=1)


def made(
    post: pd.DataFrame,
    pre: pd.DataFrame | None = None,
    baseline: BaselineStatus = BaselineStatus.proven,
    *,
    measure: dict[str, Any] | None = None,
    scale: dict[str, Any] | None = None,
    grain: Any = "unit",
    pre_grain: Any = None,
    metric: str | None = None,
    **project: Any,
) -> EffectSize:
    """The row for language, with what the measure, scale and project say changed."""
    design = cases.design(PROJECT.model_copy(update=project), protocol=ANY_EFFECT)
    language = design.measure(cases.LANGUAGE)
    changed = language.scale.model_copy(update=scale or {})
    language = language.model_copy(update={"scale": changed} | (measure or {}))
    others = tuple(m for m in design.measures if m.id != language.id)
    design = design.model_copy(update={"measures": (language, *others)})
    entry = next(e for e in design.entries("post") if e.measure == language.id)
    entry = entry.model_copy(update={"scale": changed})
    before = None if pre is None else Values(pre_grain or grain, pre, design.hash)
    after = Values(grain, post, design.hash)
    data = Delivered(design, entry, after, before, baseline, "iio 0.1.0")
    (row,) = effect_rows(data, reached_rung, metric)
    return row


def test_a_pretest_on_another_scale_adjusts_by_regression() -> None:
    row = made(pupils(5, seed=4), pupils())
    assert (row.metric, row.pooled, row.not_pooled_because) == ("SMD_ADJUSTED", True, None)
    assert (row.r_source, row.icc_source) == ("rows", "rows")
    assert (row.n_t, row.n_c, row.clusters_t, row.clusters_c) == (72, 72, 6, 6)
    assert (row.yi or 0) > 0.4
    assert row.baseline_verdict is not Verdict.unknown
    assert row.wave == "post"


def test_a_shared_scale_compares_gains() -> None:
    row = made(pupils(5, seed=4), pupils(), scale={"shared_across_waves": True})
    assert row.metric == "DPPC2"


def test_a_ratio_compares_means() -> None:
    row = made(pupils(5, seed=4), pupils(), scale={"type": ScaleType.ratio})
    assert row.metric == "ROM"
    assert row.yi == pytest.approx(np.log((row.mean_t or 0) / (row.mean_c or 1)), abs=1e-12)


def test_the_sign_turns_and_the_raw_means_stay_where_lower_is_better() -> None:
    higher = made(pupils(5, seed=4), pupils())
    lower = made(pupils(5, seed=4), pupils(), scale={"better": Direction.lower_})
    assert lower.yi == pytest.approx(-(higher.yi or 0), abs=1e-12)
    assert lower.vi == pytest.approx(higher.vi, abs=1e-12)
    assert (lower.mean_t, lower.pre_mean_c) == (higher.mean_t, higher.pre_mean_c)
    assert (lower.better, higher.better) == ("lower", "higher")


@pytest.mark.parametrize("baseline", [BaselineStatus.late, BaselineStatus.absent])
def test_what_does_not_prove_to_be_a_baseline_is_not_used(baseline: BaselineStatus) -> None:
    row = made(pupils(5, seed=4), pupils(), baseline)
    bare = made(pupils(5, seed=4), None, baseline)
    assert row == bare
    assert row.metric == "SMD_CLUSTER"
    assert (row.baseline, row.baseline_verdict) == (baseline, Verdict.unknown)
    assert (row.baseline_difference, row.pre_mean_t, row.r) == (None, None, None)
    assert row.ladder_rung == 3


@pytest.mark.parametrize(
    ("shift", "verdict", "rung"),
    [(0, {Verdict.fine, Verdict.adjust}, 5), (12, {Verdict.fails}, 3)],
)
def test_the_verdict_on_the_arms_at_the_start(
    shift: float, verdict: set[Verdict], rung: int
) -> None:
    pre = pupils()
    balanced = pre.assign(
        value=pre["value"] - pre.groupby("arm")["value"].transform("mean")
        + 30 + 0.5 * (pre["arm"] == "intervention")
        + shift * (pre["arm"] == "intervention")
    )  # fmt: skip
    row = made(pupils(5, seed=4), balanced)
    assert row.baseline_verdict in verdict
    assert (row.baseline_difference or 0) > 0
    assert row.ladder_rung == rung


def test_a_single_group_is_called_that_and_stays_out() -> None:
    alone = cases.project(arms=cases.ONE_ARM, comparison="single_group", schools=[{"brin": "01AA"}])
    post, pre = (f[f["arm"] == "intervention"] for f in (pupils(5, seed=4), pupils()))
    changes = {name: getattr(alone, name) for name in ("arms", "comparison", "schools")}
    for shared, metric in ((True, "SMCR"), (False, None)):
        row = made(post, pre, scale={"shared_across_waves": shared}, **changes)
        assert (row.comparison, row.pooled) == ("single_group", False)
        assert row.not_pooled_because == "single_group"
        assert (row.metric, row.n_t, row.n_c) == (metric, 72, 0)
        assert row.mean_t == pytest.approx(post["value"].mean())
        assert row.sd_t == pytest.approx(post["value"].std())
        assert (row.mean_c, row.sd_c) == (None, None)
        assert row.pre_mean_t == pytest.approx(pre["value"].mean())
        assert row.ladder_rung <= 4


def test_without_an_estimate_the_row_still_describes() -> None:
    few = pupils().groupby("arm").head(1)
    row = made(few)
    assert (row.metric, row.yi, row.vi, row.pooled) == (None, None, None, False)
    assert row.not_pooled_because == "too_few"
    assert (row.n_t, row.n_c, row.sd_t, row.sd_c) == (1, 1, None, None)
    nobody = made(few.assign(value=np.nan))
    assert (nobody.n_t, nobody.n_c, nobody.mean_t, nobody.yi) == (0, 0, None, None)
    assert nobody.not_pooled_because


def test_missing_values_are_left_out() -> None:
    post = pupils(5, seed=4)
    post.loc[post["unit"] == "p0", "value"] = np.nan
    row = made(post, pupils())
    assert (row.n_t, row.n_c) == (66, 66)


def test_totals_per_school_are_read_as_such() -> None:
    whole = made(pupils(5, seed=4), None, BaselineStatus.absent, assignment=AssignmentLevel.school)
    row = made(
        totals(pupils(5, seed=4)), None, BaselineStatus.absent,
        grain="aggregate", assignment=AssignmentLevel.school,
    )  # fmt: skip
    assert (row.n_t, row.n_c) == (72, 72)
    assert row.yi == pytest.approx(whole.yi, abs=1e-9)
    assert row.mean_t == pytest.approx(whole.mean_t, abs=1e-9)


def test_rows_beside_totals_are_compared_as_totals() -> None:
    mixed = made(pupils(5, seed=4), totals(pupils()), pre_grain="aggregate")
    both = made(totals(pupils(5, seed=4)), totals(pupils()), grain="aggregate")
    assert mixed == both
    assert (mixed.metric, mixed.r_source) == ("SMD_ADJUSTED", "default")
    assert mixed.baseline_verdict is not Verdict.unknown


def clusters_in(design: Design, measure: Measure, frame: pd.DataFrame) -> int:
    return len(set(cluster_of(design, measure, Values("unit", frame, ""))))


@pytest.mark.parametrize(
    ("assignment", "respondent", "clustered", "clusters"),
    [
        (AssignmentLevel.class_, Respondent.pupil, True, 24),
        (AssignmentLevel.subject, Respondent.pupil, True, 24),
        (AssignmentLevel.school, Respondent.pupil, True, 12),
        (AssignmentLevel.class_, Respondent.teacher, True, 12),
        (AssignmentLevel.pupil, Respondent.pupil, False, 12),
        (AssignmentLevel.teacher, Respondent.teacher, False, 12),
        (AssignmentLevel.teacher, Respondent.pupil, True, 24),
        (AssignmentLevel.teacher, Respondent.parent, True, 12),
        (AssignmentLevel.school, Respondent.school, False, 12),
    ],
)
def test_clusters_are_what_was_assigned_as_a_whole(
    assignment: AssignmentLevel, respondent: Respondent, clustered: bool, clusters: int
) -> None:
    design = cases.design(cases.project(schools=SPLIT, assignment=assignment))
    language = design.measure(cases.LANGUAGE).model_copy(update={"respondent": respondent})
    assert is_clustered(design, language) is clustered
    assert clusters_in(design, language, pupils()) == clusters


@pytest.mark.parametrize("assignment", list(AssignmentLevel))
def test_whole_schools_are_the_clusters_where_none_is_in_both_arms(
    assignment: AssignmentLevel,
) -> None:
    """Whatever was assigned on paper; so the variance fits what the row says was assigned."""
    row = made(pupils(5, seed=4), pupils(), assignment=assignment)
    assert row.assignment is AssignmentLevel.school
    assert (row.clusters_t, row.clusters_c) == (6, 6)
    split = [School.model_validate(school) for school in SPLIT]
    classes = made(pupils(5, seed=4), pupils(), schools=tuple(split))
    assert (classes.assignment, classes.clusters_t) == (AssignmentLevel.class_, 12)


def test_a_class_of_the_same_name_in_two_schools_is_two_classes() -> None:
    design = cases.design(cases.project(schools=SPLIT, assignment=AssignmentLevel.class_))
    frame = pupils().assign(**{"class": "5a"})
    language = design.measure(cases.LANGUAGE)
    assert clusters_in(design, language, frame) == len(SCHOOLS)
    assert clusters_in(design, language, frame.drop(columns="class")) == len(SCHOOLS)
    frame.loc[0, "class"] = None
    assert None not in cluster_of(design, language, Values("unit", frame, ""))


def test_pupils_with_the_same_code_in_two_schools_are_two_pupils() -> None:
    """Codes are unique within a school alone; matching must not mix schools up."""
    row = made(pupils(5, seed=4), pupils())
    assert (row.n_t, row.n_c) == (72, 72)
    assert (row.r or 0) > 0.8


def test_a_class_with_both_arms_counts_in_both() -> None:
    post = pupils(5, seed=4)
    mixed = post.assign(arm=["intervention", "comparison"] * (len(post) // 2))
    row = made(mixed)
    assert (row.clusters_t, row.clusters_c) == (12, 12)
    assert row.pooled


@pytest.mark.parametrize("level", list(AssignmentLevel))
@pytest.mark.parametrize("respondent", [r for r in Respondent if r is not Respondent.school])
def test_who_is_in_clusters_is_as_the_power_of_the_design_takes_it(
    level: AssignmentLevel, respondent: Respondent
) -> None:
    design = cases.design(cases.project(schools=SPLIT, assignment=level))
    measure = design.measure(cases.LANGUAGE).model_copy(update={"respondent": respondent})
    assert is_clustered(design, measure) is (clusters_are(design.project, respondent) is not None)


def test_a_subject_in_a_school_is_a_cluster_where_rows_name_it() -> None:
    design = cases.design(cases.project(schools=SPLIT, assignment=AssignmentLevel.subject))
    frame = pupils().assign(subject=["nlt", "biologie", "nlt"] * 48)
    assert clusters_in(design, design.measure(cases.LANGUAGE), frame) == 24
