"""A cross-over of subjects: each treated subject against its own control."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

from evalkit.model.vocabulary import Note
from evalkit.synthesis.clusters import (
    degrees_in_strata,
    degrees_of_freedom,
    equal_layout,
    gamma,
    gamma_in_strata,
)
from evalkit.synthesis.contrast import contrast_from_rows
from evalkit.synthesis.crossover import Group, contrast_of_pairs
from evalkit.synthesis.estimate import FORMULAS, Estimate, NotEstimable
from evalkit.synthesis.estimators import Options

from .frames import DEFAULTS

SUBJECTS = {"natuurkunde": 6.2, "scheikunde": 7.0}
PUPILS = 20


def cross_over(
    *,
    schools: int = 6,
    effect: float = 0.5,
    seed: int = 3,
    between: float = 0.3,
    pupils: int = PUPILS,
    shared: bool = False,
    difference: float = 0.0,
) -> tuple[pd.DataFrame, pd.DataFrame, dict[Group, Group]]:
    """Grades before and after; schools of an even number do the first subject, others the second.

    With ``shared`` one school of the other kind is the control of all treated groups of a subject.
    ``difference`` is added to the first subject, treated and control alike.
    """
    rng = np.random.default_rng(seed)
    rows, treated, control = [], [], {}
    for school in range(schools):
        for number, (subject, level) in enumerate(SUBJECTS.items()):
            in_arm = school % 2 == number
            group = Group(f"s{school}", subject)
            if in_arm:
                treated.append(group)
            shift = rng.normal(0, between) + level + difference * (number == 0)
            pre = shift + rng.normal(0, 1, pupils)
            post = 0.7 * (pre - shift) + shift + rng.normal(0, 0.7, pupils) + effect * in_arm
            for i in range(pupils):
                rows.append(
                    {"school": group.school, "subject": subject, "unit": f"p{i}",
                     "arm": "intervention" if in_arm else "comparison",
                     "pre": pre[i], "value": post[i]}
                )  # fmt: skip
    for school, subject in treated:
        others = [s for s in range(schools) if s % 2 != int(school[1:]) % 2]
        index = [g.school for g in treated if g.subject == subject].index(school)
        chosen = others[0] if shared else others[index % len(others)]
        control[Group(school, subject)] = Group(f"s{chosen}", subject)
    frame = pd.DataFrame(rows)
    before = frame.drop(columns="value").rename(columns={"pre": "value"})
    return frame.drop(columns="pre"), before, control


def compared(post, pre, controls, **options: Any) -> Estimate | NotEstimable:
    return contrast_of_pairs(
        post, pre, controls, Options(**DEFAULTS | {"clustered": True} | options)
    )


def one_subject(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[frame["subject"] == "natuurkunde"]


@pytest.mark.parametrize("icc", [0.0, 0.1, 0.4])
def test_two_strata_of_equal_clusters_are_those_of_two_arms(icc: float) -> None:
    where = equal_layout(60, 6, 40, 4)
    assert where is not None
    sizes = (np.full(6, 10), np.full(4, 10))
    assert gamma_in_strata(sizes, icc) == pytest.approx(gamma(where, icc))
    assert degrees_in_strata(sizes, icc) == pytest.approx(degrees_of_freedom(where, icc))


@pytest.mark.parametrize(
    ("before", "options", "metric", "formula"),
    [
        (False, {}, "SMD_CLUSTER", "smd_pairs"),
        (True, {"shared_scale": True}, "DPPC2", "dppc2_pairs"),
        (True, {}, "SMD_ADJUSTED", "smd_adjusted_pairs"),
        (True, {"ratio": True}, "ROM", "rom_pairs"),
    ],
)
def test_the_same_rule_holds_for_pairs(before, options, metric, formula) -> None:
    post, pre, controls = cross_over()
    found = compared(post, pre if before else None, controls, **options)
    assert isinstance(found, Estimate)
    assert (found.metric, found.formula) == (metric, formula)
    assert formula in FORMULAS
    assert (found.n_t, found.n_c, found.clusters_t, found.clusters_c) == (120, 120, 6, 6)
    assert found.vi > 0
    assert (found.r_source, found.icc_source) == (
        "rows" if before and not options.get("ratio") else None, "rows"
    )  # fmt: skip
    assert Note.persons_twice in found.notes  # the pupils of a school have both subjects


def test_one_subject_and_a_control_for_each_group_is_the_contrast_of_two_arms() -> None:
    post, _, controls = cross_over()
    part = {t: c for t, c in controls.items() if t.subject == "natuurkunde"}
    found = compared(one_subject(post), None, part)
    plain = contrast_from_rows(
        one_subject(post).assign(cluster=post["school"], unit=post["school"] + post["unit"]),
        None,
        **DEFAULTS | {"clustered": True},
    )
    for name in ("yi", "vi", "df", "icc", "sd_pooled", "post_mean_t", "post_sd_c"):
        assert getattr(found, name) == pytest.approx(getattr(plain, name)), name


def test_a_harder_subject_does_not_matter() -> None:
    """The levels of subjects drop out, in the estimate and in its standardiser."""
    near, far = (compared(cross_over(difference=d)[0], None, cross_over()[2]) for d in (0, -4))
    assert (far.yi, far.vi, far.sd_pooled) == pytest.approx((near.yi, near.vi, near.sd_pooled))


def test_the_difference_of_the_means_is_what_is_compared() -> None:
    post, pre, controls = cross_over()
    found = compared(post, pre, controls, shared_scale=True)
    means = pd.concat([post, pre.assign(value=-pre["value"])]).groupby(["school", "subject"])
    gain = means["value"].sum() / PUPILS
    expected = np.mean([gain[t] - gain[c] for t, c in controls.items()])
    ours = (found.post_mean_t - found.pre_mean_t) - (found.post_mean_c - found.pre_mean_c)
    assert ours == pytest.approx(expected)


def test_a_control_that_serves_several_groups_counts_once() -> None:
    post, _, own = cross_over(between=0.0)
    _, _, shared = cross_over(shared=True)
    apart, together = compared(post, None, own), compared(post, None, shared)
    assert Note.shared_controls in together.notes
    assert Note.shared_controls not in apart.notes
    assert (together.n_t, together.n_c, together.clusters_c) == (120, 40, 2)
    # six treated groups of weight 1/6, and six controls of 1/6 or two of 1/2
    for found, weights in ((apart, 6 / 36 + 6 / 36), (together, 6 / 36 + 2 / 4)):
        inflation = 1 + (PUPILS - 1) * found.icc
        v1 = found.vi - found.yi**2 / (2 * found.df)
        assert v1 == pytest.approx(weights * inflation / PUPILS)


def test_standard_errors_are_those_of_repeated_samples() -> None:
    """Shared controls and clusters included; a quarter of the variance lies between groups."""
    for shared in (False, True):
        found = [
            compared(*cross_over(schools=16, seed=seed, between=0.5, shared=shared, pupils=8))
            for seed in range(60)
        ]
        assert all(isinstance(e, Estimate) for e in found)
        spread = np.std([e.yi for e in found], ddof=1)
        assert np.mean([math.sqrt(e.vi) for e in found]) / spread == pytest.approx(1, abs=0.15)


@pytest.mark.parametrize("shared_scale", [False, True])
def test_the_effect_comes_back(shared_scale: bool) -> None:
    post, pre, controls = cross_over(schools=40, effect=0.5, between=0.1)
    found = compared(post, pre, controls, shared_scale=shared_scale)
    assert found.yi == pytest.approx(0.5, abs=0.1)
    lower = compared(post, pre, controls, shared_scale=shared_scale, better="lower")
    assert lower.yi == -found.yi


def test_groups_without_data_of_their_control_are_left_out_and_said() -> None:
    post, pre, controls = cross_over()
    gone = controls[Group("s0", "natuurkunde")]
    left = post[(post["school"] != gone.school) | (post["subject"] != gone.subject)]
    found = compared(left, pre, controls)
    assert Note.control_missing in found.notes
    assert (found.n_t, found.clusters_t) == (100, 5)
    treated = post[post["arm"] == "intervention"]
    assert compared(treated, pre, controls) == NotEstimable("single_group")
    assert compared(post[post["arm"] == "comparison"], pre, controls) == NotEstimable(
        "no_intervention"
    )


def test_rows_without_a_subject_are_left_out_and_said() -> None:
    post, pre, controls = cross_over()
    holes = post.assign(subject=post["subject"].where(post["unit"] != "p0"))
    found = compared(holes, pre, controls)
    assert (found.n_t, found.notes[0]) == (114, Note.subject_unknown)


def test_what_says_nothing_has_no_estimate() -> None:
    post, pre, controls = cross_over()
    assert compared(post.assign(value=7.0), pre, controls) == NotEstimable("no_variance")
    one = post.groupby(["school", "subject"]).head(1)
    assert isinstance(compared(one.head(0), pre, controls), NotEstimable)
    negative = compared(post.assign(value=-post["value"]), None, controls, ratio=True)
    assert negative == NotEstimable("nonpositive_mean")
    flat = compared(post, pre.assign(value=5.0), controls)
    assert flat.yi == compared(post, None, controls).yi


def test_other_codes_after_leave_the_baseline_out() -> None:
    post, pre, controls = cross_over()
    found = compared(post, pre.assign(unit="x" + pre["unit"]), controls, shared_scale=True)
    assert (found.metric, found.pre_mean_t) == ("SMD_CLUSTER", None)


@pytest.mark.parametrize(
    ("metric", "options", "expected"),
    [
        ("SMD", {"shared_scale": True}, "SMD_CLUSTER"),
        ("SMD_ADJUSTED", {"shared_scale": True}, "SMD_ADJUSTED"),
        ("DPPC2", {"shared_scale": True, "ratio": True}, "DPPC2"),
        ("ROM", {"true_zero": True}, "ROM"),
        ("MD", {"shared_scale": True}, None),
        ("SMD_ML", {}, None),
    ],
)
def test_a_metric_can_be_asked_for(metric: str, options: dict[str, Any], expected: str | None):
    post, pre, controls = cross_over()
    found = compared(post, pre, controls, metric=metric, **options)
    assert found.asked is (expected is not None)
    assert (Note.asked_impossible in found.notes) is (expected is None)
    if expected:
        assert found.metric == expected
