"""What the estimates of a programme say together, beside the pool of each measure."""

from __future__ import annotations

from pydantic import Field

from evalkit.model.base import Identifier, MeasureId, Model, Version
from evalkit.model.rows import Table
from evalkit.model.text import Text
from evalkit.model.vocabulary import Domain, Kind, NotPooled, Respondent


class SensitivityRow(Model):
    """The pool of one measure made in another way, or without part of it."""

    measure: MeasureId = Field(description="Id of the measure.")
    measure_version: Version = Field(description="Version of the measure.")
    wave: Identifier = Field(description="Wave of the outcome.")
    family: str = Field(description="g, lnRR or another scale; see pooled.")
    check: str = Field(
        description="method (another estimator), without (leaving out one project), egger, "
        "trim_and_fill, cumulative (up to a year), shared_schools (projects that share schools as "
        "one)."
    )
    about: str = Field(
        description="The estimator, the project left out, the side, the year, or the projects that "
        "share schools: of each set their ids joined by +, sets apart by ;."
    )
    k: int = Field(description="Estimates.")
    estimate: float = Field(description="Pooled estimate; of egger the slope on the SE.")
    se: float = Field(description="Standard error.")
    ci_low: float = Field(description="Lower bound of the 95% interval.")
    ci_high: float = Field(description="Upper bound of the 95% interval.")
    p: float = Field(description="p-value.")
    tau2: float | None = Field(None, description="Variance between projects.")
    i2: float | None = Field(None, description="Heterogeneity, in per cent.")
    cook: float | None = Field(None, description="Cook's distance of the project left out.")
    influential: bool | None = Field(
        None, description="Whether the project left out moves the pool, by metafor's rule."
    )
    missing: int | None = Field(None, description="Projects that trim and fill adds.")
    projects: tuple[str, ...] = Field((), description="Of cumulative: ids of the projects in it.")


class LevelsEstimate(Model):
    """All outcomes, or all side effects, of one domain and respondent: effects in projects."""

    domain: Domain = Field(description="Domain of the measures.")
    respondent: Respondent = Field(description="About or from whom they are.")
    kind: Kind = Field(Kind.outcome, description="Outcomes or side effects; never both in a row.")
    wave: Identifier = Field(description="Wave of the outcomes.")
    family: str = Field(description="g, lnRR or another scale; see pooled.")
    model: str = Field(
        description="levels: effects in projects, sampling errors independent; correlated: the "
        "same with sampling errors that correlate within a project."
    )
    rho: float = Field(description="Correlation of sampling errors assumed within a project.")
    measures: tuple[str, ...] = Field(description="Ids of the measures.")
    metrics: tuple[str, ...] = Field(description="Metrics of the estimates.")
    k: int = Field(description="Estimates.")
    projects: int = Field(description="Projects.")
    estimate: float = Field(description="Average effect; positive is better.")
    se: float = Field(description="Standard error, cluster-robust (CR2).")
    df: float | None = Field(description="Satterthwaite degrees of freedom.")
    ci_low: float = Field(description="Lower bound of the 95% interval, from se and df.")
    ci_high: float = Field(description="Upper bound of the 95% interval.")
    p: float = Field(description="p-value, from se and df.")
    se_model: float = Field(description="Standard error if the working model were true.")
    sigma2_project: float = Field(description="Variance between projects.")
    sigma2_effect: float = Field(description="Variance between effects within a project.")
    q: float = Field(description="Cochran's Q.")
    q_p: float = Field(description="p-value of Q.")


class ModeratorRow(Model):
    """One coefficient of a meta-regression of one measure on one moderator."""

    measure: MeasureId = Field(description="Id of the measure.")
    measure_version: Version = Field(description="Version of the measure.")
    wave: Identifier = Field(description="Wave of the outcome.")
    family: str = Field(description="g, lnRR or another scale; see pooled.")
    moderator: str = Field(description="Column of the effect table, or feature_ID.")
    term: str = Field(description="intrcpt, the moderator, or the moderator with a level.")
    reference: str | None = Field(None, description="Level the others are compared with.")
    metrics: tuple[str, ...] = Field(description="Metrics of the estimates.")
    k: int = Field(description="Estimates.")
    estimate: float = Field(description="Coefficient.")
    se: float = Field(description="Standard error (Knapp-Hartung).")
    df: float | None = Field(description="Degrees of freedom.")
    ci_low: float = Field(description="Lower bound of the 95% interval.")
    ci_high: float = Field(description="Upper bound of the 95% interval.")
    p: float = Field(description="p-value.")
    moderator_p: float = Field(description="p-value of all terms of the moderator together.")
    tau2: float | None = Field(None, description="Variance between projects that is left.")
    r2: float | None = Field(None, description="Share of tau2 it explains, in per cent.")


class Refusal(Model):
    """An effect that counts in no pool, or two sets that were not put together."""

    project: Identifier | None = Field(description="Id of the project; empty for a whole set.")
    measure: MeasureId = Field(description="Id of the measure.")
    measure_version: Version = Field(description="Version of the measure.")
    wave: Identifier = Field(description="Wave of the outcome.")
    subgroup: str = Field(description="Whom it is about.")
    reason: NotPooled = Field(description="Why.")
    remedy: Text = Field(description="What could be done.")


class Programme(Model):
    """All that is estimated over projects beside the pool of each measure."""

    sensitivity: tuple[SensitivityRow, ...] = Field((), description="Checks on each pool.")
    levels: tuple[LevelsEstimate, ...] = Field((), description="Domains, over measures.")
    moderators: tuple[ModeratorRow, ...] = Field((), description="Meta-regressions.")
    refused: Table[Refusal] = Field((), description="What was not pooled, and why.")
