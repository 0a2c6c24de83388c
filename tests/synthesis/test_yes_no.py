"""Yes-or-no measures, and metrics that are asked for."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from evalkit.model.vocabulary import Note
from evalkit.synthesis import binary
from evalkit.synthesis.clusters import design_effect
from evalkit.synthesis.contrast import contrast_from_aggregates, contrast_from_rows
from evalkit.synthesis.difference import md
from evalkit.synthesis.estimate import FORMULAS, Estimate, NotEstimable
from evalkit.synthesis.prepost import smcc
from evalkit.synthesis.totals import totals_of

from .frames import DEFAULTS, aggregates, pretest, rows

YES_NO = DEFAULTS | {"binary": True, "shared_scale": True}


def answers(post: pd.DataFrame, share: float = 0.5) -> pd.DataFrame:
    """The same units with a yes above a quantile."""
    return post.assign(value=(post["value"] > post["value"].quantile(1 - share)).astype(float))


def counts(frame: pd.DataFrame) -> tuple[int, int, int, int]:
    arms = [frame.loc[frame["arm"] == arm, "value"] for arm in ("intervention", "comparison")]
    return (int(arms[0].sum()), len(arms[0]), int(arms[1].sum()), len(arms[1]))


@pytest.mark.parametrize(
    ("metric", "formula", "function"),
    [
        (None, "cox", binary.cox_index),
        ("OR", "log_or", binary.log_odds_ratio),
        ("RR", "log_rr", binary.log_risk_ratio),
        ("RD", "rd", binary.risk_difference),
    ],
)
def test_events_give_what_the_formula_gives(metric, formula, function) -> None:
    post = answers(rows(per_arm=60))
    found = contrast_from_rows(post, None, **YES_NO, metric=metric)
    expected = function(*counts(post))
    assert (found.yi, found.vi) == pytest.approx((expected.yi, expected.vi), rel=1e-12)
    assert (found.formula, found.asked) == (formula, metric is not None)
    assert (found.events_t, found.n_t, found.events_c, found.n_c) == counts(post)
    assert found.post_mean_t == pytest.approx(found.events_t / found.n_t)
    assert formula in FORMULAS


def test_totals_without_sd_give_the_same() -> None:
    post = answers(rows(per_arm=60, clusters=12))
    schools = aggregates(post).assign(sd=np.nan)
    for clustered in (False, True):
        options = YES_NO | {"clustered": clustered}
        by_school = contrast_from_aggregates(schools, None, **options)
        by_unit = contrast_from_rows(post, None, **options)
        assert (by_school.yi, by_school.vi, by_school.icc) == pytest.approx(
            (by_unit.yi, by_unit.vi, by_unit.icc)
        )
        assert by_school.events_t == by_unit.events_t
    assert [row.ss for row in totals_of(schools, binary=True).rows] == pytest.approx(
        [row.ss for row in totals_of(aggregates(post)).rows]
    )


def test_clusters_inflate_the_variance_of_each_arm() -> None:
    post = answers(rows(per_arm=60, clusters=12))
    found = contrast_from_rows(post, None, **YES_NO | {"clustered": True})
    bare = contrast_from_rows(post, None, **YES_NO)
    assert found.formula == "cox_cluster"
    assert found.vi == pytest.approx(bare.vi * design_effect(5, found.icc))
    assert (found.clusters_t, found.yi) == (12, pytest.approx(bare.yi))


def test_a_pretest_is_subtracted() -> None:
    score = rows(per_arm=80)
    post, pre = answers(score), answers(pretest(score))
    found = contrast_from_rows(post, pre, **YES_NO)
    after, before = (binary.cox_index(*counts(f)) for f in (post, pre))
    assert found.formula == "cox_did"
    assert found.yi == pytest.approx(after.yi - before.yi)
    middle = 2 * found.r * math.sqrt(after.vi * before.vi)
    assert found.vi == pytest.approx(after.vi + before.vi - middle)
    assert found.r_source == "rows"
    assert found.r == pytest.approx(
        np.corrcoef(
            post["value"] - post.groupby("arm")["value"].transform("mean"),
            pre["value"] - pre.groupby("arm")["value"].transform("mean"),
        )[0, 1]
    )  # fmt: skip
    flat = contrast_from_rows(post, pre.assign(value=0.0), **YES_NO)
    assert flat == contrast_from_rows(post, None, **YES_NO)
    clustered = contrast_from_rows(post, pre, **YES_NO | {"clustered": True})
    assert (clustered.formula, clustered.yi) == ("cox_did_cluster", pytest.approx(found.yi))


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_where_all_answer_alike_there_is_nothing_to_compare(share: float) -> None:
    post = rows().assign(value=share)
    for metric in (None, "OR", "RR", "RD"):
        found = contrast_from_rows(post, None, **YES_NO, metric=metric)
        assert found == NotEstimable("no_variance")


def test_a_cell_of_zero_is_said() -> None:
    post = answers(rows())
    post.loc[post["arm"] == "comparison", "value"] = 0.0
    found = contrast_from_rows(post, None, **YES_NO)
    assert found.notes == (Note.half_added,)
    assert found.events_c == 0


def test_the_sign_turns_where_a_yes_is_bad() -> None:
    post = answers(rows(effect=1.5))
    higher, lower = (
        contrast_from_rows(post, None, **YES_NO | {"better": better})
        for better in ("higher", "lower")
    )
    assert lower.yi == -higher.yi
    assert lower.events_t == higher.events_t


def test_one_group_has_a_change_of_its_proportion() -> None:
    score = rows(arms=("intervention",), per_arm=50)
    post, pre = answers(score, 0.6), answers(pretest(score), 0.4)
    found = contrast_from_rows(post, pre, **YES_NO)
    assert (found.metric, found.n_c) == ("RD_CHANGE", 0)
    change = post["value"].to_numpy() - pre["value"].to_numpy()
    assert found.yi == pytest.approx(change.mean())
    assert found.vi == pytest.approx(change.var() / 50)  # McNemar
    assert contrast_from_rows(post, None, **YES_NO) == NotEstimable("single_group")


def test_the_cox_index_is_on_the_scale_of_g() -> None:
    """Dichotomised logistic scores: the index is the difference in SDs, within its rounding."""
    rng = np.random.default_rng(3)
    arm = np.repeat(["intervention", "comparison"], 200_000)
    score = rng.logistic(0, math.sqrt(3) / math.pi, len(arm)) + 0.3 * (arm == "intervention")
    post = pd.DataFrame({"unit": np.arange(len(arm)), "cluster": "a", "arm": arm})
    found = contrast_from_rows(post.assign(value=(score > 0.5).astype(float)), None, **YES_NO)
    # 1.65 is less than pi/sqrt(3) = 1.81 on purpose (Sanchez-Meca et al. 2003)
    assert found.yi == pytest.approx(0.3 * math.pi / math.sqrt(3) / 1.65, abs=0.02)


# Metrics that are asked for


@pytest.mark.parametrize(
    ("metric", "options", "with_pretest", "formula"),
    [
        ("SMD", {"shared_scale": True}, True, "smd"),
        ("SMD", {"ratio": True}, False, "smd"),
        ("SMD_ADJUSTED", {"shared_scale": True}, True, "smd_adjusted"),
        ("DPPC2", {"ratio": True, "shared_scale": True}, True, "dppc2"),
        ("ROM", {"true_zero": True}, True, "rom"),
        ("MD", {}, True, "md"),
        ("MD", {"shared_scale": True}, True, "md_gain"),
        ("MD", {"clustered": True}, False, "md_cluster"),
        ("MD", {"shared_scale": True, "clustered": True}, True, "md_gain_cluster"),
    ],
)
def test_what_is_asked_for_goes_before_the_rule(metric, options, with_pretest, formula) -> None:
    post = rows()
    found = contrast_from_rows(
        post, pretest(post) if with_pretest else None, **DEFAULTS | options | {"metric": metric}
    )
    assert (found.formula, found.asked, found.notes) == (formula, True, ())
    assert found.vi > 0
    assert formula in FORMULAS


@pytest.mark.parametrize(
    ("metric", "options", "with_pretest"),
    [
        ("SMD_ADJUSTED", {}, False),
        ("DPPC2", {}, True),
        ("ROM", {}, True),
        ("MD", {"own_test": True}, False),
        ("OR", {}, False),
        ("SMCR", {"shared_scale": True}, True),
        ("SMD_ML", {}, True),
    ],
)
def test_what_the_data_do_not_allow_is_left_to_the_rule_and_said(
    metric, options, with_pretest
) -> None:
    post = rows()
    pre = pretest(post) if with_pretest else None
    found = contrast_from_rows(post, pre, **DEFAULTS | options | {"metric": metric})
    rule = contrast_from_rows(post, pre, **DEFAULTS | options)
    assert found == rule.noted(Note.asked_impossible)
    assert not found.asked


def test_a_difference_in_points_is_that_of_the_means_or_the_gains() -> None:
    post = rows()
    pre = pretest(post)
    arms = [post["arm"] == arm for arm in ("intervention", "comparison")]
    gain = post["value"] - pre["value"]
    plain = contrast_from_rows(post, None, **DEFAULTS, metric="MD")
    gains = contrast_from_rows(post, pre, **DEFAULTS | {"shared_scale": True}, metric="MD")
    for found, value in ((plain, post["value"]), (gains, gain)):
        figures = [f for arm in arms for f in (value[arm].mean(), value[arm].std(), arm.sum())]
        assert found.yi == pytest.approx(md(*figures).yi)
    assert plain.vi == pytest.approx(post.groupby("arm")["value"].var().sum() / 30)
    # one correlation for both arms makes the variance of the gains nearly that of the data
    assert gains.vi == pytest.approx(gain.groupby(post["arm"]).var().sum() / 30, rel=0.1)


def test_a_single_group_over_the_sd_of_its_changes() -> None:
    post = rows(arms=("intervention",))
    pre = pretest(post)
    options = DEFAULTS | {"shared_scale": True}
    found = contrast_from_rows(post, pre, **options, metric="SMCC")
    a, b = pre["value"], post["value"]
    expected = smcc(a.mean(), a.std(), b.mean(), b.std(), 30, float(np.corrcoef(a, b)[0, 1]))
    assert (found.yi, found.vi) == pytest.approx((expected.yi, expected.vi))
    assert (found.metric, found.n_c, found.asked) == ("SMCC", 0, True)
    assert contrast_from_rows(post, None, **options, metric="SMCC") == NotEstimable("single_group")


def test_goal_attainment_of_one_group_is_held_against_what_was_expected() -> None:
    options = DEFAULTS | {"attainment": True, "shared_scale": True, "clustered": True}
    one = pd.DataFrame({"unit": ["a"], "cluster": "a", "arm": "intervention", "value": [57.3]})
    found = contrast_from_rows(one, None, **options)
    assert isinstance(found, Estimate)
    assert (found.metric, found.yi, found.vi) == ("GAS", pytest.approx(7.3), pytest.approx(100))
    assert (found.post_mean_t, found.notes) == (57.3, (Note.sd_assumed,))
    three = pd.concat([one] * 3).assign(unit=list("abc"), value=[40.0, 60.0, 65.0])
    assert contrast_from_rows(three, None, **options).vi == pytest.approx(100 / 3)
    both = rows()
    assert contrast_from_rows(both, None, **options).metric == "SMD_CLUSTER"
