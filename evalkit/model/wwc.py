"""Rows of the tables that the What Works Clearinghouse asks authors of group studies for.

After its Reporting Guide for Study Authors: Group Design Studies (2021), tables 4 to 8. The key of
all of them is project, measure, wave and subgroup: that of the effect table.
"""

from __future__ import annotations

import datetime as dt

from pydantic import Field

from evalkit.model.base import Identifier, MeasureId, Model
from evalkit.model.effect import ALL
from evalkit.model.vocabulary import (
    AssignmentLevel,
    BaselineStatus,
    Comparison,
    Direction,
    Domain,
    Respondent,
    ScaleType,
    Source,
    Term,
    WaveKind,
)


class StudyDesign(Term):
    """What the clearinghouse calls a way to compare groups."""

    rct = "rct", "gerandomiseerd (RCT)", "randomised controlled trial (RCT)"
    qed = "qed", "quasi-experiment (QED)", "quasi-experimental design (QED)"


class AttritionVerdict(Term):
    """Where attrition lies against the boundary of the clearinghouse."""

    low = "low", "laag", "low"
    high = "high", "hoog", "high"
    unknown = "unknown", "onbekend", "unknown"


class EquivalenceVerdict(Term):
    """Whether the groups are equivalent at the baseline, given how the effect was estimated."""

    satisfied = "satisfied", "voldoet", "satisfied"
    adjusted = "adjusted", "voldoet door de correctie", "satisfied through the adjustment"
    needs_adjustment = (
        "needs_adjustment",
        "voldoet niet zonder correctie",
        "not satisfied without an adjustment",
    )
    not_satisfied = "not_satisfied", "voldoet niet", "not satisfied"
    unknown = "unknown", "onbekend", "unknown"


class _Contrast(Model):
    """Which contrast a row is about."""

    project: Identifier = Field(description="Id of the project.")
    measure: MeasureId = Field(description="Id of the measure.")
    wave: Identifier = Field(description="Wave of the outcome.")
    subgroup: str = Field(ALL, description="Whom it is about; all, or a part of all.")
    suppressed: bool = Field(
        False, description="Whether numbers are withheld, as a group is too small to publish."
    )


class WwcSample(_Contrast):
    """How groups were formed, and how many units and clusters are left in the analysis."""

    study_design: StudyDesign = Field(description="RCT, or QED.")
    comparison: Comparison = Field(description="How the groups came about.")
    assignment: AssignmentLevel = Field(description="Unit that was in one arm as a whole.")
    respondent: Respondent | None = Field(description="What a unit of the analysis is.")
    schools_t: int = Field(description="Schools planned with an intervention group.")
    schools_c: int = Field(description="Schools planned with a comparison group.")
    planned_t: int | None = Field(
        description="Units planned in the intervention group; empty if the project does not say."
    )
    planned_c: int | None = Field(description="The same, comparison group.")
    clusters_t: int | None = Field(description="Clusters analysed, intervention group.")
    clusters_c: int | None = Field(description="Clusters analysed, comparison group.")
    n_t: int | None = Field(description="Units analysed, intervention group.")
    n_c: int | None = Field(description="Units analysed, comparison group.")
    attrition: float | None = Field(
        description="Share of the units of the baseline without a value afterwards. The "
        "clearinghouse counts from assignment on: what was lost before the baseline is not in it."
    )
    attrition_t: float | None = Field(description="The same, intervention group.")
    attrition_c: float | None = Field(description="The same, comparison group.")
    differential: float | None = Field(description="Difference between these two.")
    attrition_cautious: AttritionVerdict = Field(
        description="Verdict with the cautious boundary: attrition may be due to the intervention."
    )
    attrition_optimistic: AttritionVerdict = Field(
        description="Verdict with the optimistic boundary: it is not."
    )
    equivalence_needed: bool | None = Field(
        description="Whether equivalence at the baseline must be shown: of every QED, and of an "
        "RCT with high attrition by the cautious boundary; empty if attrition is unknown."
    )
    one_cluster: bool | None = Field(
        description="Whether an arm is a single cluster, whose effect cannot be told from that of "
        "the intervention; empty without clusters."
    )


class WwcBaseline(_Contrast):
    """The baseline of the two groups: descriptives and equivalence."""

    baseline: BaselineStatus = Field(description="Whether the first measurement is a nulmeting.")
    mean_t: float | None = Field(description="Mean before, intervention group, raw scale.")
    sd_t: float | None = Field(description="Standard deviation before, intervention group.")
    mean_c: float | None = Field(description="Mean before, comparison group.")
    sd_c: float | None = Field(description="Standard deviation before, comparison group.")
    difference: float | None = Field(
        description="Difference in standard deviations (g; Cox index for yes-or-no measures), "
        "intervention less comparison, raw direction."
    )
    r: float | None = Field(description="Correlation of before and after.")
    adjusted: bool | None = Field(
        description="Whether the estimate allows for the baseline; empty without one shown."
    )
    equivalence: EquivalenceVerdict = Field(
        description="Up to 0.05 SD satisfied; up to 0.25 with an adjustment; above that not."
    )


class WwcOutcome(Model):
    """One outcome of one project at one wave: what it is and how it was measured."""

    project: Identifier = Field(description="Id of the project.")
    measure: MeasureId = Field(description="Id of the measure.")
    wave: Identifier = Field(description="Id of the wave.")
    label_nl: str = Field(description="Name of the measure, in Dutch.")
    label_en: str = Field(description="Name of the measure, in English.")
    domain: Domain = Field(description="Outcome domain.")
    respondent: Respondent = Field(description="About or from whom one value is.")
    source: Source = Field(description="Where the data come from.")
    instrument: str | None = Field(description="Test or form, where the project uses its own.")
    scale: ScaleType = Field(description="Measurement level.")
    minimum: float | None = Field(description="Lowest possible value.")
    maximum: float | None = Field(description="Highest possible value.")
    better: Direction = Field(description="Direction in which it is better.")
    items: int = Field(description="Items of a questionnaire; 0 for a single value.")
    alpha: float | None = Field(
        description="Internal consistency of the items, Cronbach's alpha (1951), of the persons "
        "who answered all; empty if there are no items, no rows per person, or a small group."
    )
    alpha_n: int | None = Field(description="Persons that alpha is computed from.")
    wave_kind: WaveKind = Field(description="Kind of the wave.")
    opens: dt.date = Field(description="First day of the wave's window.")
    closes: dt.date = Field(description="Last day of the wave's window.")
    days_after_end: int = Field(
        description="Days from the end of the project to the first day of the window; below zero "
        "if it opens before the end."
    )
    same_in_arms: bool = Field(
        description="Whether both arms are asked it in this wave; FALSE if only one is."
    )


class WwcFinding(_Contrast):
    """The result of one contrast."""

    metric: str | None = Field(description="Metric of the effect.")
    n_t: int | None = Field(description="Units analysed, intervention group.")
    mean_t: float | None = Field(description="Mean after, intervention group, raw scale.")
    sd_t: float | None = Field(description="Standard deviation after, intervention group.")
    n_c: int | None = Field(description="Units analysed, comparison group.")
    mean_c: float | None = Field(description="Mean after, comparison group.")
    sd_c: float | None = Field(description="Standard deviation after, comparison group.")
    adjusted_mean_t: float | None = Field(
        description="Mean of the intervention group as the estimate has it: mean_c and the effect "
        "in points of the measure; empty where the effect is not in standard deviations."
    )
    effect: float | None = Field(description="Effect; positive is better, whatever the measure.")
    se: float | None = Field(description="Its standard error, corrected for clusters.")
    t: float | None = Field(description="effect / se.")
    df: float | None = Field(description="Degrees of freedom; empty for a normal test.")
    p: float | None = Field(description="Two-sided p-value of no effect.")
    improvement_index: float | None = Field(
        description="Percentile points that the average unit of the comparison group would gain: "
        "100 times the normal distribution function at the effect, less 50. Of effects in SDs."
    )
    clusters_t: int | None = Field(description="Clusters analysed, intervention group.")
    clusters_c: int | None = Field(description="Clusters analysed, comparison group.")
    icc: float | None = Field(description="Intra-class correlation.")
    icc_source: str | None = Field(description="Where the ICC comes from: rows, default.")
    r_squared: float | None = Field(description="Share of variance the pretest explains.")
