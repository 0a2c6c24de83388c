"""A project type: what a plugin contributes for one kind of innovation."""

from __future__ import annotations

from pydantic import Field

from evalkit.model.base import Identifier, MeasureId, Model, Version
from evalkit.model.measure import SourceRef
from evalkit.model.protocol import Requirement
from evalkit.model.text import Text
from evalkit.model.vocabulary import (
    Comparison,
    CyclePhase,
    Level,
    ResultKind,
    Sector,
    Side,
    Variant,
    YieldLevel,
)


class DesignFeature(Model):
    """A feature in which projects of one type differ and that may explain their results."""

    id: Identifier = Field(description="Id within the type.")
    label: Text = Field(description="Name.")
    unit: Text | None = Field(None, description="Unit, if it is a number.")


class Scenario(Model):
    """A way of carrying out the type, of which a project chooses one."""

    id: Identifier = Field(description="Id within the type.")
    label: Text = Field(description="Name.")
    description: Text = Field(description="What it comes to.")


class ReferenceResult(Model):
    """What was expected or found before, to hold a project's own result against."""

    measure: MeasureId = Field(description="The measure it is about.")
    kind: ResultKind = Field(ResultKind.found, description="Expected, found or possible.")
    percent_low: float | None = Field(
        None, description="Change in per cent, the lower figure; below zero is a decrease."
    )
    percent_high: float | None = Field(None, description="The higher figure, if a range is given.")
    result: Text = Field(description="The result in words.")
    condition: Text | None = Field(None, description="Under which condition it holds.")
    source: SourceRef = Field(description="Where it was published.")


class Period(Model):
    """A phase in which projects of this type were carried out."""

    label: Text = Field(description="Name.")
    description: Text = Field(description="What happened in it.")


class TypeFactor(Model):
    """A factor that those involved named for this type."""

    side: Side = Field(description="Promoting or hindering.")
    rank: int = Field(ge=1, description="Rank in the source's list.")
    factor: Identifier = Field(description="Code in the factor list.")
    text: Text = Field(description="What was named.")
    source: SourceRef = Field(description="Where it was published.")


class Yield(Model):
    """What projects of this type yielded, at one level."""

    level: YieldLevel = Field(description="Operational, formal or ideational.")
    text: Text = Field(description="What it yielded.")
    source: SourceRef = Field(description="Where it was published.")


class TypeGoal(Model):
    """A goal of this type, at one level of the school organisation."""

    level: Level = Field(description="Micro, meso or macro.")
    text: Text = Field(description="The goal.")
    source: SourceRef = Field(description="Where it was published.")


class Step(Model):
    """One step of a PDCA procedure."""

    id: Identifier = Field(description="Id within the procedure.")
    label: Text = Field(description="Name.")
    phase: CyclePhase = Field(description="The part of the PDCA cycle it belongs to.")


class CardDefaults(Model):
    """What the digital card of every project of this type starts with."""

    aspects: tuple[Identifier, ...] = Field((), description="Aspects of school development.")
    target_groups: tuple[Identifier, ...] = Field((), description="Target groups.")
    levels: tuple[Level, ...] = Field((), description="Levels.")
    core_activities: Text | None = Field(None, description="Features and core activities.")


class ProjectType(Model):
    """One kind of innovation project, with what it adds to the basisset."""

    id: Identifier = Field(description="Id, owner first: iio.slimfit.")
    version: Version = Field("1.0", description="Version.")
    label: Text = Field(description="Name.")
    description: Text = Field(description="What it is.")
    sectors: tuple[Sector, ...] = Field(min_length=1, description="Sectors it is meant for.")
    requires: tuple[Requirement, ...] = Field(description="Measures every project of it takes.")
    features: tuple[DesignFeature, ...] = Field((), description="Features studied as moderators.")
    scenarios: tuple[Scenario, ...] = Field((), description="Ways of carrying it out.")
    comparisons: tuple[Comparison, ...] = Field(
        min_length=1, description="Comparison designs that fit it, best first."
    )
    procedure: tuple[Step, ...] = Field((), description="Own PDCA steps, in order, if it has.")
    variant: Variant | None = Field(
        None, description="Variant its projects take, where the protocol leaves that open."
    )
    goals: tuple[TypeGoal, ...] = Field((), description="Goals, per level.")
    periods: tuple[Period, ...] = Field((), description="Phases in which it was carried out.")
    factors: tuple[TypeFactor, ...] = Field((), description="Success and failure factors named.")
    yields: tuple[Yield, ...] = Field((), description="What it yielded, per level.")
    reference_results: tuple[ReferenceResult, ...] = Field((), description="Published results.")
    card: CardDefaults = Field(CardDefaults(), description="What its cards start with.")
    origin: SourceRef = Field(description="Where it is described.")
