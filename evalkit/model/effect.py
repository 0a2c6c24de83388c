"""An effect size: one contrast of one measure in one project."""

from __future__ import annotations

from pydantic import Field

from evalkit.model.base import Identifier, MeasureId, Model, Version
from evalkit.model.vocabulary import (
    AssignmentLevel,
    BaselineStatus,
    Comparison,
    Direction,
    Nature,
    NotPooled,
    Sector,
    Verdict,
)


class EffectSize(Model):
    """One row of the effect table. Positive is better, whatever the measure's direction."""

    project: Identifier = Field(description="Id of the project.")
    project_type: Identifier = Field(description="Id of the project type.")
    protocol: Identifier = Field(description="Id of the protocol.")
    protocol_version: Version = Field(description="Version of the protocol.")
    design_hash: str = Field(description="Hash of the design the data were collected under.")
    plugin: str | None = Field(description="Plugin of the project type, name and version.")
    measure: MeasureId = Field(description="Id of the measure.")
    measure_version: Version = Field(description="Version of the measure.")
    wave: Identifier = Field(description="Wave of the outcome.")
    comparison: Comparison = Field(description="Comparison design.")
    assignment: AssignmentLevel = Field(description="Unit that was in one arm as a whole.")
    sector: Sector = Field(description="Sector.")
    nature: Nature = Field(description="Innovation or renewal.")
    scenario: Identifier | None = Field(description="Chosen scenario of the type.")
    baseline: BaselineStatus = Field(description="Whether the first measurement is a nulmeting.")
    metric: str | None = Field(description="Metric of yi.")
    yi: float | None = Field(description="Estimate; positive is better.")
    vi: float | None = Field(description="Sampling variance of yi.")
    df: float | None = Field(description="Degrees of freedom.")
    better: Direction = Field(description="Direction in which the raw measure is better.")
    n_t: int | None = Field(description="Units in the intervention group.")
    n_c: int | None = Field(description="Units in the comparison group.")
    clusters_t: int | None = Field(description="Clusters in the intervention group.")
    clusters_c: int | None = Field(description="Clusters in the comparison group.")
    mean_t: float | None = Field(description="Mean after, intervention group, raw scale.")
    sd_t: float | None = Field(description="Standard deviation after, intervention group.")
    mean_c: float | None = Field(description="Mean after, comparison group, raw scale.")
    sd_c: float | None = Field(description="Standard deviation after, comparison group.")
    pre_mean_t: float | None = Field(description="Mean before, intervention group.")
    pre_sd_t: float | None = Field(description="Standard deviation before, intervention group.")
    pre_mean_c: float | None = Field(description="Mean before, comparison group.")
    pre_sd_c: float | None = Field(description="Standard deviation before, comparison group.")
    r: float | None = Field(description="Pretest-posttest correlation used.")
    r_source: str | None = Field(description="Where the correlation comes from: rows, default.")
    r_squared: float | None = Field(description="Share of variance the pretest explains.")
    icc: float | None = Field(description="Intra-class correlation of the outcome.")
    icc_residual: float | None = Field(description="Intra-class correlation after the pretest.")
    icc_source: str | None = Field(description="Where the ICC comes from: rows, default.")
    baseline_difference: float | None = Field(description="Baseline difference, Hedges' g.")
    baseline_verdict: Verdict = Field(description="Verdict on it (What Works Clearinghouse).")
    ladder_rung: int = Field(ge=0, le=5, description="Rung of the effect ladder reached.")
    pooled: bool = Field(description="Whether it counts in the pooled estimate.")
    not_pooled_because: NotPooled | None = Field(description="If not: why.")
    formula: str | None = Field(description="Formula used, with its source.")


class PooledEstimate(Model):
    """The pooled estimate of one measure over projects."""

    measure: MeasureId = Field(description="Id of the measure.")
    measure_version: Version = Field(description="Version of the measure.")
    wave: Identifier = Field(description="Wave of the outcome.")
    family: str = Field(description="g (standardised differences) or lnRR (log response ratios).")
    selection: str = Field(
        description="all: every contrast that has an estimate; equivalent: of these, those with a "
        "proven nulmeting and a baseline difference of at most 0.25 SD."
    )
    k: int = Field(description="Number of projects.")
    projects: tuple[str, ...] = Field(description="Their ids.")
    method: str = Field(description="Estimator of the variance between projects.")
    test: str = Field(description="knha: Knapp-Hartung t interval; z: normal interval.")
    estimate: float = Field(description="Pooled estimate; positive is better.")
    se: float = Field(description="Standard error.")
    ci_low: float = Field(description="Lower bound of the 95% confidence interval.")
    ci_high: float = Field(description="Upper bound of the 95% confidence interval.")
    p: float = Field(description="p-value of no effect.")
    df: int | None = Field(description="Degrees of freedom of the test.")
    tau2: float | None = Field(description="Variance between projects.")
    i2: float | None = Field(description="Share of variation due to heterogeneity, in per cent.")
    q: float = Field(description="Cochran's Q.")
    q_p: float = Field(description="p-value of Q.")
    pi_low: float | None = Field(description="Lower bound of the 95% prediction interval.")
    pi_high: float | None = Field(description="Upper bound of the 95% prediction interval.")
