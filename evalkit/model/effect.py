"""An effect size: one contrast of one measure in one project."""

from __future__ import annotations

from pydantic import Field

from evalkit.model.base import Identifier, MeasureId, Model, Version
from evalkit.model.submission import Grain
from evalkit.model.vocabulary import (
    AssignmentLevel,
    BaselineStatus,
    ChosenBy,
    Comparison,
    Contrast,
    Direction,
    Kind,
    Level,
    Nature,
    Note,
    NotPooled,
    Phase,
    Respondent,
    Sector,
    Verdict,
    WaveKind,
)

ALL = "all"
"""The subgroup of a row about everyone."""


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
    wave_kind: WaveKind = Field(WaveKind.post, description="Kind of that wave.")
    contrast: Contrast = Field(Contrast.arms, description="What is compared with what.")
    subgroup: str = Field(
        ALL,
        description="Whom it is about: all, or in a cross-over one treated subject with its "
        "controls (subject:ID). The rows of subgroups are parts of the row of all.",
    )
    goes_with: MeasureId | None = Field(
        None, description="Of a relation: the measure it was predicted to go with."
    )
    kind: Kind = Field(Kind.outcome, description="Outcome or side effect.")
    respondent: Respondent | None = Field(None, description="About or from whom one value is.")
    level: Level | None = Field(None, description="Level of the school organisation.")
    comparison: Comparison = Field(description="Comparison design.")
    assignment: AssignmentLevel = Field(
        description="Unit that was in one arm as a whole; the school where no school is in both."
    )
    sector: Sector = Field(description="Sector.")
    nature: Nature = Field(description="Innovation or renewal.")
    scenario: Identifier | None = Field(description="Chosen scenario of the type.")
    phase: Phase | None = Field(
        None, description="Phase of the innovation process, as the project's card says."
    )
    features: dict[Identifier, float | str] = Field(
        default_factory=dict,
        description="Features of the project type that may explain results: a column for each, "
        "feature_ID.",
    )
    baseline: BaselineStatus = Field(description="Whether the first measurement is a nulmeting.")
    grain: Grain = Field(Grain.unit, description="Rows per person, or totals per school.")
    metric: str | None = Field(description="Metric of yi.")
    chosen_by: ChosenBy = Field(
        ChosenBy.rule, description="Whether the metric is that of the rule or was asked for."
    )
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
    events_t: int | None = Field(
        None, description="Units with a yes after, intervention group; of yes-or-no measures."
    )
    events_c: int | None = Field(None, description="The same, comparison group.")
    pre_mean_t: float | None = Field(description="Mean before, intervention group.")
    pre_sd_t: float | None = Field(description="Standard deviation before, intervention group.")
    pre_mean_c: float | None = Field(description="Mean before, comparison group.")
    pre_sd_c: float | None = Field(description="Standard deviation before, comparison group.")
    sd_pooled: float | None = Field(
        None, description="Standard deviation that yi is expressed in, raw scale."
    )
    r: float | None = Field(description="Pretest-posttest correlation used.")
    r_source: str | None = Field(description="Where the correlation comes from: rows, default.")
    r_squared: float | None = Field(description="Share of variance the pretest explains.")
    icc: float | None = Field(description="Intra-class correlation of the outcome.")
    icc_residual: float | None = Field(description="Intra-class correlation after the pretest.")
    icc_source: str | None = Field(description="Where the ICC comes from: rows, default.")
    baseline_difference: float | None = Field(
        description="Baseline difference, Hedges' g; the Cox index for yes-or-no measures."
    )
    baseline_verdict: Verdict = Field(description="Verdict on it (What Works Clearinghouse).")
    attrition: float | None = Field(
        None, description="Share of the units of the baseline that have no value afterwards."
    )
    attrition_t: float | None = Field(None, description="The same, intervention group.")
    attrition_c: float | None = Field(None, description="The same, comparison group.")
    response: float | None = Field(
        None,
        description="Units delivered over units planned, of the arm that delivered the smaller "
        "share; empty where the project did not say how many it planned.",
    )
    mandatory_missing: int = Field(
        0, ge=0, description="Mandatory measures of the wave that the project did not deliver."
    )
    ladder_rung: int = Field(ge=0, le=5, description="Rung of the effect ladder reached.")
    rung_limits: tuple[str, ...] = Field(
        (),
        description="Ids of the rules of the effect ladder that do not hold: ladder.* of the "
        "design, reached.* of this result.",
    )
    pooled: bool = Field(description="Whether it counts in the pooled estimate.")
    not_pooled_because: NotPooled | None = Field(description="If not: why.")
    formula: str | None = Field(description="Formula used, with its source.")
    suppressed: bool = Field(
        False, description="Whether numbers are withheld, as a group is too small to publish."
    )
    notes: tuple[Note, ...] = Field((), description="What to know besides the numbers.")


class PooledEstimate(Model):
    """The pooled estimate of one measure over projects."""

    measure: MeasureId = Field(description="Id of the measure.")
    measure_version: Version = Field(description="Version of the measure.")
    wave: Identifier = Field(description="Wave of the outcome.")
    family: str = Field(
        description="Scale that the estimates share: g (standardised differences), g_within (the "
        "same in SDs within clusters), lnRR (log response ratios), lnRisk (log risk ratios), lnOR "
        "(log odds ratios), RD (differences of proportions) or MD (differences in points)."
    )
    metrics: tuple[str, ...] = Field((), description="Metrics of the estimates.")
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
    tau2_low: float | None = Field(
        None, description="Lower bound of its 95% interval (Q-profile); empty where none fits."
    )
    tau2_high: float | None = Field(None, description="Upper bound of that interval.")
    i2: float | None = Field(description="Share of variation due to heterogeneity, in per cent.")
    q: float = Field(description="Cochran's Q.")
    q_p: float = Field(description="p-value of Q.")
    pi_low: float | None = Field(description="Lower bound of the 95% prediction interval.")
    pi_high: float | None = Field(description="Upper bound of the 95% prediction interval.")
    fixed_low: float | None = Field(
        None,
        description="Lower bound of the 95% interval if all projects had one common effect "
        "(inverse variance, normal); empty with one project.",
    )
    fixed_high: float | None = Field(None, description="Upper bound of that interval.")
    narrow: bool = Field(
        False,
        description="Whether the Knapp-Hartung interval is narrower than that of one common "
        "effect: projects agree more than expected by chance, and it says too much (Jackson et al. "
        "2017).",
    )
