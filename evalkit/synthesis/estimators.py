"""The formulas, applied to waves: one function per metric, from two arms to an estimate."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from evalkit.model.vocabulary import Note
from evalkit.synthesis import clusters, prepost
from evalkit.synthesis.clusters import Layout
from evalkit.synthesis.difference import md as difference_of_means
from evalkit.synthesis.estimate import (
    Better,
    Effect,
    Estimate,
    Metric,
    NotEstimable,
    Source,
)
from evalkit.synthesis.hedges import is_flat, pooled_sd
from evalkit.synthesis.hedges import smd as hedges_g
from evalkit.synthesis.ratio import rom as ratio_of_means
from evalkit.synthesis.waves import NO_WAVE, Arm, Baseline, Wave

GAS_SD = 10.0
"""Standard deviation that T-scores of goal attainment are scaled for (Kiresuk & Sherman 1968)."""


@dataclass(frozen=True)
class Options:
    """What a measure says of itself, and what is assumed.

    ``shared_scale``: both waves are on one scale. ``ratio``: it has a true zero and its ratio is
    wanted; ``true_zero``: its ratio may be asked for. ``binary``: values are 0 and 1.
    ``attainment``: T-scores of own goals. ``own_test``: the project chose the test, so that raw
    points compare with no other project. ``metric``: one of ``choices.ON_REQUEST``, wanted instead
    of what the rule would choose.
    """

    shared_scale: bool
    ratio: bool
    clustered: bool
    better: Better
    default_icc: float
    default_r: float
    true_zero: bool = False
    binary: bool = False
    attainment: bool = False
    own_test: bool = False
    metric: str | None = None

    def __post_init__(self) -> None:
        if self.better not in ("higher", "lower"):
            raise ValueError(f"better must be 'higher' or 'lower', got {self.better!r}")
        if not 0 <= self.default_icc < 1:
            raise ValueError(f"default_icc must lie between 0 and 1, got {self.default_icc}")
        if not -1 <= self.default_r <= 1:
            raise ValueError(f"default_r must lie between -1 and 1, got {self.default_r}")

    def icc(self, estimated: float | None) -> tuple[float, Source]:
        """The intraclass correlation to use, and where it comes from."""
        return (self.default_icc, "default") if estimated is None else (estimated, "rows")

    def layout(self, wave: Wave) -> Layout | None:
        """How the units of a wave sit in clusters; None if they were not assigned so."""
        return wave.layout if self.clustered else None


def says_nothing(pre: Wave) -> bool:
    """Whether a pretest has no variance, or too few values in an arm."""
    sd = pooled(pre)
    return math.isnan(sd) or is_flat(sd, pre.t.mean, pre.c.mean)


def pooled(wave: Wave) -> float:
    """Return the pooled SD, that of the intervention arm when it is alone, NaN when unknown."""
    if wave.c.n == 0:
        return wave.t.sd
    if math.isnan(wave.t.sd + wave.c.sd):
        return math.nan
    return pooled_sd(wave.t.sd, wave.t.n, wave.c.sd, wave.c.n)


def estimate(
    effect: Effect,
    metric: Metric,
    formula: str,
    post: Wave,
    pre: Wave | None = None,
    **known: Any,
) -> Estimate:
    """Return the estimate with the figures of its waves.

    Args:
        effect: what the formula gave.
        metric: the metric.
        formula: key of the formula.
        post: the wave of the outcome.
        pre: the wave before, where it is used.
        known: what else is known: of the correlation, and of the clusters (``in_clusters``).
    """
    t, c = post.t, post.c
    n_t, n_c = t.n, c.n
    before = NO_WAVE
    if pre is not None:
        before, n_t, n_c = pre, min(n_t, pre.t.n), min(n_c, pre.c.n)
    return Estimate(
        yi=effect.yi,
        vi=effect.vi,
        metric=metric,
        formula=formula,
        df=effect.df,
        n_t=n_t,
        n_c=n_c,
        sd_pooled=effect.sd,
        post_mean_t=_known(t.mean),
        post_sd_t=_known(t.sd),
        post_mean_c=_known(c.mean),
        post_sd_c=_known(c.sd),
        pre_mean_t=_known(before.t.mean),
        pre_sd_t=_known(before.t.sd),
        pre_mean_c=_known(before.c.mean),
        pre_sd_c=_known(before.c.sd),
        **known,
    )


def _known(figure: float) -> float | None:
    return figure if figure == figure else None


def smd(post: Wave, options: Options) -> Estimate | NotEstimable:
    """The standardised difference of the posttest, corrected for clusters where there are."""
    t, c, sd = post.t, post.c, pooled(post)
    if math.isnan(sd):
        return NotEstimable("no_sd")
    if is_flat(sd, t.mean, c.mean):
        return NotEstimable("no_variance")
    where = options.layout(post)
    if where is None:
        effect = hedges_g(t.mean, t.sd, t.n, c.mean, c.sd, c.n)
        return estimate(effect, "SMD", "smd", post)
    corrected = _corrected((t.mean - c.mean) / sd, 1 / t.n + 1 / c.n, sd, where, post, options)
    if corrected is None:
        return NotEstimable("too_few_clusters")
    known = in_clusters(where, post, options)
    return estimate(corrected, "SMD_CLUSTER", _key("smd_cluster", where), post, **known)


def adjusted(baseline: Baseline, options: Options) -> Estimate | NotEstimable:
    """The posttest difference adjusted for the pretest, by regression where units are matched."""
    pairs = baseline.pairs
    if pairs is None:
        return did(baseline, options)
    post = baseline.post
    if is_flat(pooled(post), post.t.mean, post.c.mean):
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
    known = {"r": fit.r, "r_source": "rows", "r_squared": fit.r_squared}
    known |= in_clusters(where, post, options, left)
    return estimate(effect, "SMD_ADJUSTED", key, post, baseline.pre, **known)


def did(baseline: Baseline, options: Options) -> Estimate | NotEstimable:
    """The standardised posttest difference minus that of the pretest."""
    post, pre, r = baseline.post, baseline.pre, options.default_r
    g_post, g_pre = smd(post, options), smd(pre, options)
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
    known = in_clusters(where, post, options)
    return estimate(effect, "SMD_ADJUSTED", key, post, pre, r=r, r_source="default", **known)


def dppc2(baseline: Baseline, options: Options) -> Estimate | NotEstimable:
    """The difference of gains over the pretest SD."""
    post, pre = baseline.post, baseline.pre
    r, source = correlation(baseline, options)
    effect = prepost.dppc2(
        post.t.mean - pre.t.mean,
        pre.t.sd,
        min(post.t.n, pre.t.n),
        post.c.mean - pre.c.mean,
        pre.c.sd,
        min(post.c.n, pre.c.n),
        r,
    )
    return change(effect, "DPPC2", "dppc2", baseline, options, (r, source))


def smcr(baseline: Baseline, options: Options) -> Estimate | NotEstimable:
    """The change of one group over its pretest SD."""
    post, pre = baseline.post.t, baseline.pre.t
    n = min(post.n, pre.n)
    reason = _no_change(baseline, pre.sd)
    if reason is not None:
        return reason
    r, source = correlation(baseline, options)
    effect = prepost.smcr(pre.mean, pre.sd, post.mean, n, r)
    return change(effect, "SMCR", "smcr", baseline, options, (r, source))


def smcc(baseline: Baseline, options: Options) -> Estimate | NotEstimable:
    """The change of one group over the SD of its changes."""
    post, pre = baseline.post.t, baseline.pre.t
    r, source = correlation(baseline, options)
    reason = _no_change(baseline, _sd_of_gain(pre, post, r))
    if reason is not None:
        return reason
    effect = prepost.smcc(pre.mean, pre.sd, post.mean, post.sd, min(post.n, pre.n), r)
    return change(effect, "SMCC", "smcc", baseline, options, (r, source))


def _no_change(baseline: Baseline, sd: float) -> NotEstimable | None:
    """Why the change of one group has no estimate over ``sd``."""
    post, pre = baseline.post.t, baseline.pre.t
    if math.isnan(sd):
        return NotEstimable("no_sd")
    if is_flat(sd, pre.mean, post.mean):
        return NotEstimable("no_variance")
    return NotEstimable("too_few") if min(post.n, pre.n) < 3 else None


def _sd_of_gain(pre: Arm, post: Arm, r: float) -> float:
    return math.sqrt(max(0.0, pre.sd**2 + post.sd**2 - 2 * r * pre.sd * post.sd))


def gas(post: Wave, options: Options) -> Estimate:
    """How far the mean T-score of goal attainment is above 50, which is what was expected."""
    found = Effect(post.t.mean - 50, GAS_SD**2 / post.t.n, None, GAS_SD)
    return estimate(found, "GAS", "gas", post).noted(Note.sd_assumed)


def md(post: Wave, options: Options) -> Estimate | NotEstimable:
    """The difference of the posttest means, in points of the measure."""
    t, c = post.t, post.c
    if math.isnan(pooled(post)):
        return NotEstimable("no_sd")
    where = options.layout(post)
    in_t, in_c = inflations(post, where, options)
    effect = difference_of_means(
        t.mean, t.sd, t.n, c.mean, c.sd, c.n, inflation_t=in_t, inflation_c=in_c
    )
    key = "md" if where is None else "md_cluster"
    return estimate(effect, "MD", key, post, **in_clusters(where, post, options))


def md_of_gains(baseline: Baseline, options: Options) -> Estimate | NotEstimable:
    """The difference of the mean gains, in points of the measure."""
    post, pre = baseline.post, baseline.pre
    if math.isnan(pooled(post)) or math.isnan(pooled(pre)):
        return NotEstimable("no_sd")
    r, source = correlation(baseline, options)
    where, left = options.layout(post), icc_of_gains(baseline, options)
    in_t, in_c = inflations(post, where, options, left)
    effect = difference_of_means(
        post.t.mean - pre.t.mean,
        _sd_of_gain(pre.t, post.t, r),
        min(post.t.n, pre.t.n),
        post.c.mean - pre.c.mean,
        _sd_of_gain(pre.c, post.c, r),
        min(post.c.n, pre.c.n),
        inflation_t=in_t,
        inflation_c=in_c,
    )
    key = "md_gain" if where is None else "md_gain_cluster"
    known = in_clusters(where, post, options, left)
    return estimate(effect, "MD", key, post, pre, r=r, r_source=source, **known)


def inflations(
    post: Wave, where: Layout | None, options: Options, left: float | None = None
) -> tuple[float, float]:
    """The design effect of each arm: 1 without clusters."""
    if where is None:
        return 1.0, 1.0
    icc = options.icc(post.icc)[0] if left is None else left
    of_t, of_c = (
        clusters.design_effect(clusters.weighted_size(arm.sizes), icc) for arm in (post.t, post.c)
    )
    return of_t, of_c


def icc_of_gains(baseline: Baseline, options: Options) -> float | None:
    """The ICC of the gains, None without clusters or where units are not matched."""
    pairs = baseline.pairs
    if pairs is None or options.layout(baseline.post) is None:
        return None
    return options.icc(pairs.icc(pairs.post - pairs.pre))[0]


def change(
    effect: Effect,
    metric: Metric,
    key: str,
    baseline: Baseline,
    options: Options,
    correlated: tuple[float, Source],
) -> Estimate:
    """The estimate of an effect on gains, its variance inflated by the design effect."""
    post = baseline.post
    where, left = options.layout(post), icc_of_gains(baseline, options)
    if where is not None:
        key = f"{key}_cluster"
        icc = options.icc(post.icc)[0] if left is None else left
        effect = effect._replace(vi=effect.vi * clusters.design_effect(post.cluster_size, icc))
    known = in_clusters(where, post, options, left)
    r, source = correlated
    return estimate(effect, metric, key, post, baseline.pre, r=r, r_source=source, **known)


def rom(post: Wave, options: Options) -> Estimate | NotEstimable:
    """The log ratio of the posttest means."""
    t, c = post.t, post.c
    if math.isnan(pooled(post)):
        return NotEstimable("no_sd")
    if not (t.mean > 0 and c.mean > 0):
        return NotEstimable("nonpositive_mean")
    where = options.layout(post)
    in_t, in_c = inflations(post, where, options)
    effect = ratio_of_means(
        t.mean, t.sd, t.n, c.mean, c.sd, c.n, inflation_t=in_t, inflation_c=in_c
    )
    key = "rom" if where is None else "rom_cluster"
    return estimate(effect, "ROM", key, post, **in_clusters(where, post, options))


def correlation(baseline: Baseline, options: Options) -> tuple[float, Source]:
    """Return r from the pairs, or the default without pairs or without variance to correlate."""
    pairs, post = baseline.pairs, baseline.post
    means = [arm.mean for arm in (post.t, post.c) if arm.n]
    if pairs is None or is_flat(pooled(post), *means):
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
    options: Options,
    left: float | None = None,
) -> Effect | None:
    """Return the difference corrected for clusters, None when they leave too few df."""
    icc, _ = options.icc(post.icc)
    if clusters.degrees_of_freedom(where, icc) <= 1:
        return None
    return clusters.clustered_smd(d, v1, sd, where, icc, left)


def in_clusters(
    where: Layout | None, post: Wave, options: Options, left: float | None = None
) -> dict[str, Any]:
    """What an estimate says of its clusters; nothing without clusters.

    Args:
        where: how the units sit in clusters.
        post: the wave of the outcome.
        options: what is assumed.
        left: the ICC of what the pretest leaves over.
    """
    if where is None:
        return {}
    icc, source = options.icc(post.icc)
    return {
        "clusters_t": where.clusters_t,
        "clusters_c": where.clusters_c,
        "icc": icc,
        "icc_source": source,
        "icc_residual": left,
    }
