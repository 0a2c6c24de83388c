"""A protocol: what a funder requires. It can add to the basisset, never remove from it."""

from __future__ import annotations

import datetime as dt
from typing import Literal, Self

from pydantic import Field, model_validator

from evalkit.model.base import Identifier, MeasureId, Model, Version
from evalkit.model.invalid import InvalidError
from evalkit.model.measure import Measure
from evalkit.model.text import Lang, Text
from evalkit.model.vocabulary import Nature, Respondent, Variant, WaveKind

BASISSET = "basisset"
"""Id of the protocol every other protocol extends."""


class Moment(Model):
    """A day counted from the start or end of a project."""

    anchor: Literal["start", "end"] = Field(description="Counted from the start or the end.")
    days: int = Field(ge=-10_000, le=10_000, description="Days after it; negative for before.")

    def on(self, start: dt.date, end: dt.date) -> dt.date:
        """The calendar day for a project that runs from ``start`` to ``end``."""
        return (start if self.anchor == "start" else end) + dt.timedelta(days=self.days)


class Wave(Model):
    """A measurement moment and the window in which it is taken."""

    id: Identifier = Field(description="Id: baseline, post, follow_up_1.")
    kind: WaveKind = Field(description="Baseline, interim, post or follow-up.")
    label: Text = Field(description="Name on forms and in documents.")
    opens: Moment = Field(description="First day of the window.")
    closes: Moment = Field(description="Last day of the window.")

    @model_validator(mode="after")
    def _baseline_before_start(self) -> Self:
        if self.kind is WaveKind.baseline and not (
            self.closes.anchor == "start" and self.closes.days < 0
        ):
            raise InvalidError("model.baseline_after_start", wave=self.id)
        if self.opens.anchor == self.closes.anchor and self.opens.days > self.closes.days:
            raise InvalidError("model.window", wave=self.id)
        return self


class Requirement(Model):
    """That a measure is taken, when, and in which arms."""

    measure: MeasureId = Field(description="Id of the measure.")
    waves: tuple[Identifier, ...] = Field(min_length=1, description="Waves in which it is taken.")
    arms: Literal["all", "intervention"] = Field(
        "all", description="In all arms, or in the intervention group alone."
    )
    mandatory: bool = Field(True, description="Whether it must be delivered.")
    variants: tuple[Variant, ...] = Field(
        tuple(Variant), min_length=1, description="Variants in which it is required."
    )
    natures: tuple[Nature, ...] = Field(
        tuple(Nature), min_length=1, description="For innovations, renewals, or both."
    )
    why: Text | None = Field(None, description="Why it is asked, for who has to deliver it.")

    def applies_to(self, variant: Variant, nature: Nature) -> bool:
        """Whether a project of that variant and nature is held to it."""
        return variant in self.variants and nature in self.natures


class SmallProjects(Model):
    """Up to which size a project takes the small variant. It must meet all limits given."""

    max_schools: int | None = Field(None, ge=1, description="Schools, at most.")
    max_grant: int | None = Field(None, ge=1, description="Grant in euros, at most.")

    def includes(self, schools: int, grant: int | None) -> bool:
        """Whether a project of that size is small; without a known grant, size alone decides."""
        within_grant = self.max_grant is None or grant is None or grant <= self.max_grant
        return within_grant and (self.max_schools is None or schools <= self.max_schools)


class Cadence(Model):
    """The rhythm of PDCA cycles."""

    cycles_per_year: int = Field(2, ge=1, le=12, description="PDCA cycles a year, at least.")


class Privacy(Model):
    """What may be published."""

    suppression_threshold: int = Field(
        5, ge=2, le=50, description="Cells with fewer units than this are not published."
    )


class Analysis(Model):
    """Values assumed where the data cannot tell. Each use is marked in the effect table."""

    icc_achievement: float = Field(
        0.20, ge=0, lt=1, description="ICC of achievement (What Works Clearinghouse)."
    )
    icc_attitude: float = Field(
        0.10, ge=0, lt=1, description="ICC of behaviour and attitudes (What Works Clearinghouse)."
    )
    pretest_correlation: float = Field(
        0.50, ge=0, lt=1, description="Pretest-posttest correlation where no rows tell it."
    )
    target_effect: float | None = Field(
        None, gt=0, le=3, description="Effect the scheme expects, in standard deviations."
    )
    target_for: tuple[Respondent, ...] = Field(
        (Respondent.pupil,), min_length=1, description="Whose outcomes that effect is expected in."
    )
    alpha: float = Field(0.05, gt=0, lt=0.5, description="Two-sided significance level.")
    power: float = Field(0.80, gt=0.5, lt=1, description="Chance of finding the target effect.")


class Deadline(Model):
    """A day on which a project reports to its funder."""

    id: Identifier = Field(description="Id: interim_report, final_report.")
    label: Text = Field(description="What is due.")
    due: Moment = Field(description="The day; while schools are closed, the first one after.")


class TypicalProject(Model):
    """The size of a project the funder expects, to say beforehand what measuring costs it."""

    schools: int = Field(1, ge=1, description="Schools.")
    years: float = Field(2, gt=0, le=30, description="Length in years.")
    classes: int = Field(4, ge=1, description="Classes in all schools together.")
    pupils: int = Field(100, ge=1, description="Pupils.")
    teachers: int = Field(10, ge=1, description="Teachers.")
    parents: int = Field(100, ge=1, description="Parents who are asked.")


class BurdenRules(Model):
    """What measuring may cost a school."""

    max_hours: float | None = Field(
        None, gt=0, description="Hours per school and school year, all respondents together."
    )
    max_minutes: dict[Respondent, float] = Field(
        default_factory=dict, description="Minutes per person and school year, by respondent."
    )
    hourly_rate: dict[Respondent, float] = Field(
        default_factory=dict,
        description="Euros per hour, by respondent; an assumption of the scheme, for estimates.",
    )
    typical: TypicalProject = Field(TypicalProject(), description="A project as expected.")


class Protocol(Model):
    """A protocol file as its author wrote it."""

    id: Identifier = Field(description="Id of the protocol.")
    version: Version = Field(description="Version of the protocol.")
    title: Text = Field(description="Name of the scheme.")
    description: Text = Field(description="What the scheme is for.")
    language: Lang = Field("nl", description="Language of forms and documents.")
    extends: Identifier | None = Field(
        None, description="The protocol this one adds to; in the end always the basisset."
    )
    valid_from: dt.date | None = Field(
        None, description="Day the scheme runs from; no project starts before it."
    )
    variant: Variant | None = Field(None, description="Small/qualitative or large/quantitative.")
    small_projects: SmallProjects | None = Field(
        None, description="Where the variant is left open: which projects take the small one."
    )
    project_types: tuple[Identifier, ...] = Field(
        (), description="Project types the scheme is open to; empty for all."
    )
    comparison_required: bool = Field(False, description="Whether projects need a comparison arm.")
    waves: tuple[Wave, ...] = Field((), description="Waves this protocol adds.")
    measures: tuple[Measure, ...] = Field((), description="Measures this protocol defines.")
    requires: tuple[Requirement, ...] = Field((), description="What this protocol requires.")
    cadence: Cadence | None = Field(None, description="PDCA rhythm; never slower than inherited.")
    privacy: Privacy | None = Field(None, description="Publication; never looser than inherited.")
    analysis: Analysis | None = Field(None, description="Assumed values for the analysis.")
    deadlines: tuple[Deadline, ...] = Field((), description="Reports this protocol adds.")
    burden: BurdenRules | None = Field(None, description="What measuring may cost.")
    review: bool = Field(
        False,
        description="Whether a delivery counts only once the funder has accepted it.",
    )
    contact: str | None = Field(
        None,
        min_length=1,
        max_length=200,
        description="Whom a school asks: a role with its e-mail or telephone; no person's name.",
    )


class ResolvedProtocol(Model):
    """A protocol with everything it inherits: what a project is held to."""

    id: Identifier = Field(description="Id of the protocol.")
    version: Version = Field(description="Version of the protocol.")
    lineage: tuple[str, ...] = Field(description="What it extends, id@version, basisset first.")
    title: Text = Field(description="Name of the scheme.")
    description: Text = Field(description="What the scheme is for.")
    language: Lang = Field(description="Language of forms and documents.")
    valid_from: dt.date | None = Field(None, description="Day the scheme runs from.")
    variant: Variant | None = Field(description="Small/qualitative or large/quantitative.")
    small_projects: SmallProjects | None = Field(description="Which projects are small.")
    project_types: tuple[Identifier, ...] = Field(description="Types the scheme is open to.")
    comparison_required: bool = Field(description="Whether projects need a comparison arm.")
    waves: tuple[Wave, ...] = Field(description="All waves, in order.")
    measures: tuple[Measure, ...] = Field(description="All measures required, defined or chosen.")
    requires: tuple[Requirement, ...] = Field(description="All requirements, merged per measure.")
    cadence: Cadence = Field(description="PDCA rhythm.")
    privacy: Privacy = Field(description="Publication.")
    analysis: Analysis = Field(description="Assumed values for the analysis.")
    deadlines: tuple[Deadline, ...] = Field((), description="All reports, in order.")
    burden: BurdenRules = Field(BurdenRules(), description="What measuring may cost.")
    review: bool = Field(False, description="Whether the funder accepts each delivery.")
    contact: str | None = Field(None, description="Whom a school asks.")
    owners: dict[MeasureId, str] = Field(description="Which protocol requires each measure.")
    core: tuple[MeasureId, ...] = Field(description="Measures of the basisset.")
    core_hash: str = Field(description="Hash of the locked core: its measures and requirements.")
