"""Yes-or-no measures: events of two arms at one or two waves, to an estimate."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import cast

from evalkit.model.vocabulary import Note
from evalkit.synthesis import binary, clusters
from evalkit.synthesis.estimate import Effect, Estimate, Metric, NotEstimable
from evalkit.synthesis.estimators import (
    Options,
    change,
    correlation,
    estimate,
    icc_of_gains,
    in_clusters,
    inflations,
)
from evalkit.synthesis.waves import Arm, Baseline, Wave

COMPARED: Mapping[str, tuple[str, Callable[..., Effect]]] = MappingProxyType(
    {
        "COX": ("cox", binary.cox_index),
        "OR": ("log_or", binary.log_odds_ratio),
        "RR": ("log_rr", binary.log_risk_ratio),
        "RD": ("rd", binary.risk_difference),
    }
)
"""The metrics of two proportions: key of the formula, and the formula."""


def events(arm: Arm) -> int:
    """Units with a yes: n times their mean."""
    return round(arm.n * arm.mean) if arm.n else 0


def compared(metric: str, post: Wave, options: Options) -> Estimate | NotEstimable:
    """A metric of ``COMPARED`` of the posttest; variances inflated where there are clusters."""
    if _all_alike(post):
        return NotEstimable("no_variance")
    key, formula = COMPARED[metric]
    where = options.layout(post)
    in_t, in_c = inflations(post, where, options)
    effect = formula(*_figures(post), inflation_t=in_t, inflation_c=in_c)
    key = key if where is None else f"{key}_cluster"
    known = in_clusters(where, post, options)
    return _noted(_counted(estimate(effect, cast("Metric", metric), key, post, **known)), post)


def cox_did(baseline: Baseline, options: Options) -> Estimate | NotEstimable:
    """The Cox index of the posttest minus that of the pretest."""
    post, pre = baseline.post, baseline.pre
    if _all_alike(post):
        return NotEstimable("no_variance")
    after, before = (binary.cox_index(*_figures(wave)) for wave in (post, pre))
    r, source = correlation(baseline, options)
    vi = after.vi + before.vi - 2 * r * math.sqrt(after.vi * before.vi)
    where, left = options.layout(post), icc_of_gains(baseline, options)
    key = "cox_did"
    if where is not None:
        key = f"{key}_cluster"
        icc = options.icc(post.icc)[0] if left is None else left
        vi *= clusters.design_effect(post.cluster_size, icc)
    effect = Effect(after.yi - before.yi, vi, after.df, None)
    known = in_clusters(where, post, options, left)
    found = estimate(effect, "COX", key, post, pre, r=r, r_source=source, **known)
    return _noted(_counted(found), post, pre)


def of_one_group(baseline: Baseline, options: Options) -> Estimate | NotEstimable:
    """The change of a proportion in one group."""
    post, pre = baseline.post.t, baseline.pre.t
    n = min(post.n, pre.n)
    if n < 3:
        return NotEstimable("too_few")
    correlated = correlation(baseline, options)
    # unmatched waves differ in size: the proportions count, over the smaller of the two
    yes = [round(n * arm.mean) for arm in (pre, post)]
    effect = binary.change_of_proportion(yes[0], yes[1], n, correlated[0])
    effect = effect._replace(yi=post.mean - pre.mean)
    return _counted(change(effect, "RD_CHANGE", "rd_change", baseline, options, correlated))


def baseline_difference(pre: Wave) -> float:
    """The difference of two proportions before, as the Cox index (WWC Handbook 5.0, 2022)."""
    return binary.cox_index(*_figures(pre)).yi


def _figures(wave: Wave) -> tuple[int, int, int, int]:
    return events(wave.t), wave.t.n, events(wave.c), wave.c.n


def _all_alike(wave: Wave) -> bool:
    """Whether everyone says yes, or no one: then nothing can be compared."""
    yes, units = events(wave.t) + events(wave.c), wave.t.n + wave.c.n
    return yes in (0, units)


def _counted(found: Estimate) -> Estimate:
    """The estimate with its events, from the proportions it rests on."""
    t, c = found.post_mean_t, found.post_mean_c
    return found._replace(
        events_t=None if t is None else round(found.n_t * t),
        events_c=None if c is None or not found.n_c else round(found.n_c * c),
    )


def _noted(found: Estimate, *waves: Wave) -> Estimate:
    zero = any(events(arm) in (0, arm.n) for wave in waves for arm in (wave.t, wave.c))
    return found.noted(Note.half_added) if zero else found
