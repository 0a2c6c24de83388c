"""From the data of one measure to one estimate, by one rule (``RULE``)."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import pandas as pd

from evalkit.synthesis import clusters, prepost
from evalkit.synthesis.clusters import Layout
from evalkit.synthesis.estimate import (
    Better,
    Effect,
    Estimate,
    Metric,
    NotEstimable,
    Reason,
    Source,
)
from evalkit.synthesis.hedges import is_flat, pooled_sd, smd
from evalkit.synthesis.ratio import rom
from evalkit.synthesis.waves import (
    NO_WAVE,
    Baseline,
    Pairs,
    Wave,
    baseline_from_aggregates,
    baseline_from_rows,
    clean_aggregates,
    clean_rows,
    wave_from_aggregates,
    wave_from_rows,
)

RULE = """\
1. Missing values are left out; what remains counts. No posttest: no estimate.
2. No comparison arm: no estimate, unless there is a pretest on the same scale. Then the
   standardised mean change of the single group (SMCR), which is not pooled with contrasts.
3. A ratio measure: the log ratio of the posttest means (ROM).
4. A pretest on the same scale: the difference of gains over the pretest SD (DPPC2).
5. A pretest on another scale: the posttest difference adjusted for the pretest by regression, over
   the posttest SD (SMD_ADJUSTED). From aggregates, or where units cannot be matched: the
   standardised posttest difference minus the standardised pretest difference (SMD_ADJUSTED,
   formula smd_did).
6. No pretest, or one that says nothing (no variance, fewer than 2 values in an arm): the
   standardised posttest difference (SMD, or SMD_CLUSTER when corrected for clusters).
7. Units count as matched when at least half of each arm's posttest units have a pretest; then only
   those count. Otherwise the waves are compared as they are, with the default correlation.
   Aggregates are compared over the schools present at both waves, if these hold at least half of
   each arm's posttest units; otherwise the pretest is left out.
8. Where units sit in clusters, every variance is corrected for it, and standardised posttest
   differences are too. The intraclass correlation comes from the data when there are at least 4
   more clusters than arms with clusters, and is the default otherwise. With matched pretests the
   variance takes the intraclass correlation of what the pretest leaves over. A unit without a
   cluster is a cluster of its own; a cluster with units in both arms counts once in each, which
   errs on the side of caution.
9. The sign is turned when lower is better: positive always means that the intervention did better.
"""


@dataclass(frozen=True)
class _Options:
    shared_scale: bool
    ratio: bool
    clustered: bool
    better: Better
    default_icc: float
    default_r: float

    def __post_init__(self) -> None:
        if self.better not in ("higher", "lower"):
            raise ValueError(f"better must be 'higher' or 'lower', got {self.better!r}")
        if not 0 <= self.default_icc < 1:
            raise ValueError(f"default_icc must lie between 0 and 1, got {self.default_icc}")
        if not -1 <= self.default_r <= 1:
            raise ValueError(f"default_r must lie between -1 and 1, got {self.default_r}")

    def icc(self, estimated: float | None) -> tuple[float, Source]:
        return (self.default_icc, "default") if estimated is None else (estimated, "rows")

    def layout(self, wave: Wave) -> Layout | None:
        return clusters.layout(wave.t.sizes, wave.c.sizes) if self.clustered else None


def contrast_from_rows(
    post: pd.DataFrame,
    pre: pd.DataFrame | None,
    *,
    shared_scale: bool,
    ratio: bool,
    clustered: bool,
    better: Better,
    default_icc: float,
    default_r: float,
) -> Estimate | NotEstimable:
    """Return the estimate of one measure from unit rows, by ``RULE``.

    The frames have a row per unit and the columns unit (the same in both waves), cluster, arm
    ('intervention' or 'comparison') and value; anything may be missing. ``shared_scale`` says that
    both waves are on one scale, ``ratio`` that the measure has a true zero and its ratio is
    wanted. Raises ValueError for an unknown arm or direction, an infinite value, a unit that
    occurs twice in a wave, and defaults out of range.
    """
    options = _Options(shared_scale, ratio, clustered, better, default_icc, default_r)
    after = clean_rows(post)
    before = None if pre is None else clean_rows(pre)
    baseline = None if before is None or after.empty else baseline_from_rows(after, before)
    return _decide(wave_from_rows(after), baseline, options)


def contrast_from_aggregates(
    post: pd.DataFrame,
    pre: pd.DataFrame | None,
    *,
    shared_scale: bool,
    ratio: bool,
    clustered: bool,
    better: Better,
    default_icc: float,
    default_r: float,
) -> Estimate | NotEstimable:
    """Return the estimate of one measure from figures per school, by ``RULE``.

    The frames have the columns school, arm ('intervention' or 'comparison'), n, mean and sd, in
    units of the measure; several rows of one school and arm are brought together. Rows of several
    units without an sd take the pooled sd of the others. Raises ValueError for an unknown arm or
    direction, figures that cannot be, and defaults out of range.
    """
    options = _Options(shared_scale, ratio, clustered, better, default_icc, default_r)
    after = clean_aggregates(post)
    before = None if pre is None else clean_aggregates(pre)
    baseline = None if before is None or after.empty else baseline_from_aggregates(after, before)
    return _decide(wave_from_aggregates(after), baseline, options)


def _decide(post: Wave, baseline: Baseline | None, options: _Options) -> Estimate | NotEstimable:
    reason = _unusable(post)
    if reason is not None:
        return NotEstimable(reason)
    outcome = _by_rule(post, baseline, options)
    if isinstance(outcome, NotEstimable):
        return outcome
    # an exact fit leaves a variance of rounding noise, which would outweigh all others in a pool
    if outcome.vi < 1e-12:
        return NotEstimable("no_variance")
    return outcome if options.better == "higher" else replace(outcome, yi=0.0 - outcome.yi)


def _unusable(post: Wave) -> Reason | None:
    """Return why no formula can use the posttest, None when one can."""
    if post.t.n == 0:
        return "no_post" if post.c.n == 0 else "no_intervention"
    return "too_few" if 0 < post.c.n < 2 or post.t.n < 2 else None


def _by_rule(post: Wave, baseline: Baseline | None, options: _Options) -> Estimate | NotEstimable:
    if post.c.n == 0:
        if baseline is None or not options.shared_scale:
            return NotEstimable("single_group")
        return _smcr(baseline, options)
    if options.ratio:
        return _rom(post, options)
    if baseline is None or _says_nothing(baseline.pre):
        return _smd(post, options)
    if options.shared_scale:
        return _dppc2(baseline, options)
    if baseline.pairs is None:
        return _did(baseline, options)
    return _adjusted(baseline.pairs, baseline, options)


def _says_nothing(pre: Wave) -> bool:
    sd = _pooled(pre)
    return math.isnan(sd) or is_flat(sd, pre.t.mean, pre.c.mean)


def _pooled(wave: Wave) -> float:
    """Return the pooled SD, that of the intervention arm when it is alone, NaN when unknown."""
    if wave.c.n == 0:
        return wave.t.sd
    if math.isnan(wave.t.sd + wave.c.sd):
        return math.nan
    return pooled_sd(wave.t.sd, wave.t.n, wave.c.sd, wave.c.n)


def _record(
    effect: Effect, metric: Metric, formula: str, post: Wave, pre: Wave | None = None
) -> Estimate:
    """Return an estimate with the figures of its waves, before clusters and correlation."""
    waves = [post] if pre is None else [post, pre]
    before = pre or NO_WAVE
    return Estimate(
        yi=effect.yi,
        vi=effect.vi,
        metric=metric,
        formula=formula,
        df=effect.df,
        n_t=min(wave.t.n for wave in waves),
        n_c=min(wave.c.n for wave in waves),
        sd_pooled=effect.sd,
        post_mean_t=_known(post.t.mean),
        post_sd_t=_known(post.t.sd),
        post_mean_c=_known(post.c.mean),
        post_sd_c=_known(post.c.sd),
        pre_mean_t=_known(before.t.mean),
        pre_sd_t=_known(before.t.sd),
        pre_mean_c=_known(before.c.mean),
        pre_sd_c=_known(before.c.sd),
    )


def _known(figure: float) -> float | None:
    return None if math.isnan(figure) else figure


def _smd(post: Wave, options: _Options) -> Estimate | NotEstimable:
    t, c, sd = post.t, post.c, _pooled(post)
    if math.isnan(sd):
        return NotEstimable("no_sd")
    if is_flat(sd, t.mean, c.mean):
        return NotEstimable("no_variance")
    where = options.layout(post)
    if where is None:
        effect = smd(t.mean, t.sd, t.n, c.mean, c.sd, c.n)
        return _record(effect, "SMD", "smd", post)
    corrected = _corrected((t.mean - c.mean) / sd, 1 / t.n + 1 / c.n, sd, where, post, options)
    if corrected is None:
        return NotEstimable("too_few_clusters")
    return _with_clusters(
        _record(corrected, "SMD_CLUSTER", _key("smd_cluster", where), post), where, post, options
    )


def _adjusted(pairs: Pairs, baseline: Baseline, options: _Options) -> Estimate | NotEstimable:
    post = baseline.post
    if is_flat(_pooled(post), post.t.mean, post.c.mean):
        return NotEstimable("no_variance")
    fit = prepost.fit_adjusted(*pairs.arms())
    where = options.layout(post)
    left: float | None = None
    if where is None:
        effect: Effect | None = prepost.adjusted_smd(
            fit.b, fit.sd_pooled, fit.v1, post.t.n, post.c.n
        )
        key = "smd_adjusted"
    else:
        left = options.icc(pairs.icc(pairs.post - fit.slope * pairs.pre))[0]
        effect = _corrected(
            fit.b / fit.sd_pooled, fit.v1, fit.sd_pooled, where, post, options, left
        )
        key = _key("smd_adjusted_cluster", where)
    if effect is None:
        return NotEstimable("too_few_clusters")
    record = _record(effect, "SMD_ADJUSTED", key, post, baseline.pre)
    record = replace(record, r=fit.r, r_source="rows", r_squared=fit.r_squared)
    return _with_clusters(record, where, post, options, left)


def _did(baseline: Baseline, options: _Options) -> Estimate | NotEstimable:
    post, pre, r = baseline.post, baseline.pre, options.default_r
    g_post, g_pre = _smd(post, options), _smd(pre, options)
    if isinstance(g_post, NotEstimable):
        return g_post
    if isinstance(g_pre, NotEstimable):
        return g_pre
    g = g_post.yi - g_pre.yi
    n_t, n_c = min(post.t.n, pre.t.n), min(post.c.n, pre.c.n)
    v1 = prepost.did_v1(r, n_t, n_c)
    where = options.layout(post)
    if where is None:
        df: float = n_t + n_c - 2
        key = "smd_did"
    else:
        icc, _ = options.icc(post.icc)
        df = clusters.degrees_of_freedom(where, icc)
        v1 *= clusters.inflation(where, icc)
        key = _key("smd_did_cluster", where)
    effect = Effect(g, v1 + g**2 / (2 * df), df, g_post.sd_pooled)
    record = _record(effect, "SMD_ADJUSTED", key, post, pre)
    record = replace(record, r=r, r_source="default")
    return _with_clusters(record, where, post, options)


def _dppc2(baseline: Baseline, options: _Options) -> Estimate | NotEstimable:
    post, pre = baseline.post, baseline.pre
    r, source = _correlation(baseline, options)
    effect = prepost.dppc2(
        post.t.mean - pre.t.mean,
        pre.t.sd,
        min(post.t.n, pre.t.n),
        post.c.mean - pre.c.mean,
        pre.c.sd,
        min(post.c.n, pre.c.n),
        r,
    )
    return _change(effect, "DPPC2", "dppc2", baseline, options, (r, source))


def _smcr(baseline: Baseline, options: _Options) -> Estimate | NotEstimable:
    post, pre = baseline.post.t, baseline.pre.t
    n = min(post.n, pre.n)
    if math.isnan(pre.sd):
        return NotEstimable("no_sd")
    if is_flat(pre.sd, pre.mean, post.mean):
        return NotEstimable("no_variance")
    if n < 3:
        return NotEstimable("too_few")
    r, source = _correlation(baseline, options)
    effect = prepost.smcr(pre.mean, pre.sd, post.mean, n, r)
    return _change(effect, "SMCR", "smcr", baseline, options, (r, source))


def _change(
    effect: Effect,
    metric: Metric,
    key: str,
    baseline: Baseline,
    options: _Options,
    correlation: tuple[float, Source],
) -> Estimate:
    """Return an effect on gains, its variance inflated by the design effect of the clusters."""
    post, pairs = baseline.post, baseline.pairs
    where = options.layout(post)
    left: float | None = None
    if where is not None:
        key = f"{key}_cluster"
        if pairs is not None:
            left = options.icc(pairs.icc(pairs.post - pairs.pre))[0]
        icc = options.icc(post.icc)[0] if left is None else left
        size = clusters.average_size(post.t.sizes, post.c.sizes)
        effect = replace(effect, vi=effect.vi * clusters.design_effect(size, icc))
    record = _record(effect, metric, key, post, baseline.pre)
    record = replace(record, r=correlation[0], r_source=correlation[1])
    return _with_clusters(record, where, post, options, left)


def _rom(post: Wave, options: _Options) -> Estimate | NotEstimable:
    t, c = post.t, post.c
    if math.isnan(_pooled(post)):
        return NotEstimable("no_sd")
    if not (t.mean > 0 and c.mean > 0):
        return NotEstimable("nonpositive_mean")
    where = options.layout(post)
    icc = 0.0 if where is None else options.icc(post.icc)[0]
    in_t, in_c = (clusters.design_effect(clusters.weighted_size(arm.sizes), icc) for arm in (t, c))
    effect = rom(t.mean, t.sd, t.n, c.mean, c.sd, c.n, inflation_t=in_t, inflation_c=in_c)
    key = "rom" if where is None else "rom_cluster"
    return _with_clusters(_record(effect, "ROM", key, post), where, post, options)


def _correlation(baseline: Baseline, options: _Options) -> tuple[float, Source]:
    """Return r from the pairs, or the default without pairs or without variance to correlate."""
    pairs, post = baseline.pairs, baseline.post
    means = [arm.mean for arm in (post.t, post.c) if arm.n]
    if pairs is None or is_flat(_pooled(post), *means):
        return options.default_r, "default"
    return prepost.pooled_correlation(*pairs.arms()), "rows"


def _key(stem: str, where: Layout) -> str:
    return f"{stem}_{'both' if where.both else 'one'}"


def _corrected(
    d: float,
    v1: float,
    sd: float,
    where: Layout,
    post: Wave,
    options: _Options,
    left: float | None = None,
) -> Effect | None:
    """Return the difference corrected for clusters, None when they leave too few df."""
    icc, _ = options.icc(post.icc)
    if clusters.degrees_of_freedom(where, icc) <= 1:
        return None
    return clusters.clustered_smd(d, v1, sd, where, icc, left)


def _with_clusters(
    record: Estimate,
    where: Layout | None,
    post: Wave,
    options: _Options,
    left: float | None = None,
) -> Estimate:
    """Return the record with what is known of its clusters, unchanged without clusters."""
    if where is None:
        return record
    icc, source = options.icc(post.icc)
    return replace(
        record,
        clusters_t=where.clusters_t,
        clusters_c=where.clusters_c,
        icc=icc,
        icc_source=source,
        icc_residual=left,
    )
