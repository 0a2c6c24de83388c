"""From the data of one measure to one estimate, by one rule (``RULE``) or as asked for."""

from __future__ import annotations

from typing import Any

import pandas as pd

from evalkit.model.vocabulary import Note
from evalkit.synthesis import multilevel, yes_no
from evalkit.synthesis.estimate import Estimate, NotEstimable, Reason
from evalkit.synthesis.estimators import (
    Options,
    adjusted,
    dppc2,
    gas,
    md,
    md_of_gains,
    rom,
    says_nothing,
    smcc,
    smcr,
    smd,
)
from evalkit.synthesis.totals import Totals, baseline_from_totals, totals_of
from evalkit.synthesis.waves import (
    Baseline,
    Units,
    Wave,
    baseline_of_units,
    units_of,
)

RULE = """\
1. Missing values are left out; what remains counts. No posttest: no estimate.
2. No comparison arm: no estimate, unless there is a pretest on the same scale. Then the
   standardised mean change of the single group (SMCR), or the change of its proportion for a
   yes-or-no measure (RD_CHANGE). Own goals of a single group: how far the mean T-score of goal
   attainment is above 50, which is what was expected (GAS). None of these is pooled with contrasts.
3. A ratio measure: the log ratio of the posttest means (ROM).
4. A yes-or-no measure: the Cox index of the posttest, less that of a pretest that says something
   (COX). Totals need no standard deviation: it follows from the proportion.
5. A pretest on the same scale: the difference of gains over the pretest SD (DPPC2).
6. A pretest on another scale: the posttest difference adjusted for the pretest by regression, over
   the posttest SD (SMD_ADJUSTED). From aggregates, or where units cannot be matched: the
   standardised posttest difference minus the standardised pretest difference (SMD_ADJUSTED,
   formula smd_did).
7. No pretest, or one that says nothing (no variance, fewer than 2 values in an arm): the
   standardised posttest difference (SMD, or SMD_CLUSTER when corrected for clusters).
8. Units count as matched when at least half of each arm's posttest units have a pretest; then only
   those count. Otherwise the waves are compared as they are, with the default correlation.
   Aggregates are compared over the schools present at both waves, if these hold at least half of
   each arm's posttest units; otherwise the pretest is left out.
9. Where units sit in clusters, every variance is corrected for it, and standardised posttest
   differences are too. The intraclass correlation comes from the data when there are at least 4
   more clusters than arms with clusters, and is the default otherwise. With matched pretests the
   variance takes the intraclass correlation of what the pretest leaves over. A unit without a
   cluster is a cluster of its own; a cluster with units in both arms counts once in each, which
   errs on the side of caution.
10. A cross-over of subjects with the subject in the rows: each treated subject against the control
   the design gives it, by lines 3 and 5 to 7, weighted by treated persons. A subject in a school is
   one cluster. A control that serves several subjects counts once, with the sum of their weights.
   A yes-or-no measure is compared arm by arm.
11. The sign is turned when lower is better: positive always means that the intervention did better.
12. A metric that was asked for (--metric) goes before lines 2 to 7. Where the data do not allow it
   the rule is followed, and the row says so.
13. A prediction that names two measures (goes_with) gives a row of its own per wave: Fisher's z of
   the correlation over persons of the intervention group who have both (ZCOR). Both are turned so
   that more is better. It is never pooled with contrasts.
"""


def contrast_from_rows(
    post: pd.DataFrame, pre: pd.DataFrame | None, **options: Any
) -> Estimate | NotEstimable:
    """Return the estimate of one measure from unit rows, by ``RULE``.

    The frames have a row per unit and the columns unit (the same in both waves), cluster, arm
    ('intervention' or 'comparison') and value; anything may be missing. ``options`` are the fields
    of ``Options``. Raises ValueError for an unknown arm or direction, an infinite value, a unit
    that occurs twice in a wave, and defaults out of range.
    """
    before = None if pre is None else units_of(pre)
    return contrast_of_units(units_of(post), before, Options(**options))


def contrast_of_units(post: Units, pre: Units | None, options: Options) -> Estimate | NotEstimable:
    """Return the estimate of one measure from its usable unit rows, by ``RULE``."""
    baseline = baseline_of_units(post, pre) if pre is not None and post.unit else None
    return _decide(post.wave, baseline, options, post)


def contrast_from_aggregates(
    post: pd.DataFrame, pre: pd.DataFrame | None, **options: Any
) -> Estimate | NotEstimable:
    """Return the estimate of one measure from figures per school, by ``RULE``.

    The frames have the columns school, arm ('intervention' or 'comparison'), n, mean and sd, in
    units of the measure; several rows of one school and arm are brought together. Rows of several
    units without an sd take the pooled sd of the others, or that of their proportion. ``options``
    are the fields of ``Options``. Raises ValueError for an unknown arm or direction, figures that
    cannot be, and defaults out of range.
    """
    wanted = Options(**options)
    after = totals_of(post, binary=wanted.binary)
    before = None if pre is None else totals_of(pre, binary=wanted.binary)
    return contrast_of_totals(after, before, wanted)


def contrast_of_totals(
    post: Totals, pre: Totals | None, options: Options
) -> Estimate | NotEstimable:
    """Return the estimate of one measure from its usable totals, by ``RULE``."""
    baseline = None
    if pre is not None and post.rows:
        baseline = baseline_from_totals(post, pre)
    return _decide(post.wave, baseline, options, None)


def _decide(
    post: Wave, baseline: Baseline | None, options: Options, rows: Units | None
) -> Estimate | NotEstimable:
    reason = _unusable(post, options)
    if reason is not None:
        return NotEstimable(reason)
    return turned(_chosen(post, baseline, options, rows), options)


def turned(outcome: Estimate | NotEstimable, options: Options) -> Estimate | NotEstimable:
    """The outcome, positive where the intervention did better; none if it has no variance."""
    if isinstance(outcome, NotEstimable):
        return outcome
    # an exact fit leaves a variance of rounding noise, which would outweigh all others in a pool
    if outcome.vi < 1e-12:
        return NotEstimable("no_variance")
    return outcome if options.better == "higher" else outcome._replace(yi=0.0 - outcome.yi)


def _unusable(post: Wave, options: Options) -> Reason | None:
    """Return why no formula can use the posttest, None when one can."""
    if post.t.n == 0:
        return "no_post" if post.c.n == 0 else "no_intervention"
    if options.attainment and post.c.n == 0:
        return None
    return "too_few" if 0 < post.c.n < 2 or post.t.n < 2 else None


def _chosen(
    post: Wave, baseline: Baseline | None, options: Options, rows: Units | None
) -> Estimate | NotEstimable:
    if options.metric is None:
        return _by_rule(post, baseline, options)
    outcome = _as_asked(options.metric, post, baseline, options, rows)
    if isinstance(outcome, Estimate):
        return outcome._replace(asked=True)
    outcome = _by_rule(post, baseline, options)
    if isinstance(outcome, NotEstimable):
        return outcome
    return outcome.noted(Note.asked_impossible)


def _by_rule(post: Wave, baseline: Baseline | None, options: Options) -> Estimate | NotEstimable:
    if post.c.n == 0:
        return _single(post, baseline, options)
    if options.ratio:
        return rom(post, options)
    useless = baseline is None or says_nothing(baseline.pre)
    if options.binary:
        if baseline is None or useless:
            return yes_no.compared("COX", post, options)
        return yes_no.cox_did(baseline, options)
    if baseline is None or useless:
        return smd(post, options)
    return dppc2(baseline, options) if options.shared_scale else adjusted(baseline, options)


def _single(post: Wave, baseline: Baseline | None, options: Options) -> Estimate | NotEstimable:
    if options.attainment:
        return gas(post, options)
    if baseline is None or not options.shared_scale:
        return NotEstimable("single_group")
    if options.binary:
        return yes_no.of_one_group(baseline, options)
    return smcr(baseline, options)


def _as_asked(
    metric: str,
    post: Wave,
    baseline: Baseline | None,
    options: Options,
    rows: Units | None,
) -> Estimate | NotEstimable | None:
    """The metric asked for, None where such data cannot have it."""
    if (metric in ("SMCR", "SMCC")) != (post.c.n == 0):
        return None
    usable = baseline if baseline and not says_nothing(baseline.pre) else None
    if metric in yes_no.COMPARED:
        return _asked_of_events(metric, post, usable, options)
    if metric in ("SMD_ML", "SMD_ML_WITHIN"):
        return multilevel.smd_ml(metric, post, usable, options, rows)
    if metric == "SMD":
        return smd(post, options)
    if metric == "ROM":
        return rom(post, options) if options.ratio or options.true_zero else None
    if metric == "MD":
        if options.own_test:
            return None
        gains = usable is not None and options.shared_scale
        return md_of_gains(usable, options) if usable and gains else md(post, options)
    if usable is None:
        return None
    if metric == "SMD_ADJUSTED":
        return adjusted(usable, options)
    if not options.shared_scale:
        return None
    return {"DPPC2": dppc2, "SMCR": smcr, "SMCC": smcc}[metric](usable, options)


def _asked_of_events(
    metric: str, post: Wave, usable: Baseline | None, options: Options
) -> Estimate | NotEstimable | None:
    if not options.binary:
        return None
    if metric == "COX" and usable is not None:
        return yes_no.cox_did(usable, options)
    return yes_no.compared(metric, post, options)
