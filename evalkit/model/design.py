"""A design: protocol, project type and project, resolved into what happens when."""

from __future__ import annotations

import datetime as dt

from pydantic import Field

from evalkit.model.base import Identifier, MeasureId, Model, Version
from evalkit.model.finding import Finding
from evalkit.model.identifiers import Brin
from evalkit.model.measure import Measure, Scale
from evalkit.model.project import Project
from evalkit.model.project_type import ProjectType, Step
from evalkit.model.protocol import Analysis, Privacy
from evalkit.model.text import Lang, Text
from evalkit.model.vocabulary import ArmRole, Respondent, Variant, WaveKind


class PlannedWave(Model):
    """A wave with its calendar days."""

    id: Identifier = Field(description="Id of the wave.")
    kind: WaveKind = Field(description="Baseline, interim, post or follow-up.")
    label: Text = Field(description="Name.")
    opens: dt.date = Field(description="First day of the window.")
    closes: dt.date = Field(description="Last day of the window; the deadline.")


class ScheduleEntry(Model):
    """One measure in one wave: from whom, in which arms, on which scale."""

    wave: Identifier = Field(description="Id of the wave.")
    measure: MeasureId = Field(description="Id of the measure.")
    respondent: Respondent = Field(description="From or about whom.")
    arms: tuple[ArmRole, ...] = Field(description="In which arms.")
    mandatory: bool = Field(description="Whether it must be delivered.")
    required_by: str = Field(description="Which protocol or project type asks it.")
    scale: Scale = Field(description="Scale in this wave.")
    instrument: str | None = Field(None, description="Test or form used in this wave.")
    minutes: float = Field(description="Minutes for one respondent.")
    computed: bool = Field(False, description="Whether it is computed, not asked.")
    covered_by: tuple[MeasureId, ...] = Field(
        (), description="Special cases of it in the same wave; with these it is not asked itself."
    )


class PlannedCycle(Model):
    """A PDCA cycle the plan foresees."""

    number: int = Field(description="Number, from 1.")
    starts: dt.date = Field(description="First day.")
    ends: dt.date = Field(description="Last day.")


class RungStep(Model):
    """One rung of the ladder: whether the design meets its condition, and what would."""

    rung: int = Field(ge=0, le=5, description="The rung.")
    met: bool = Field(description="Whether its condition holds.")
    reason: Text = Field(description="Why it does or does not.")
    lift: Text | None = Field(None, description="What would make it hold.")


class ChecklistItem(Model):
    """One question of the checklist, answered as far as the design can."""

    question: Text = Field(description="What is asked.")
    answer: Text | None = Field(None, description="Answer from the design; none if open.")


class Burden(Model):
    """What measuring costs one respondent in one wave."""

    wave: Identifier = Field(description="Id of the wave.")
    respondent: Respondent = Field(description="Who.")
    minutes: float = Field(description="Minutes for one respondent.")


class ComparisonPair(Model):
    """Which group serves as the control of which, where a plugin assigns them."""

    school: Brin = Field(description="School of the treated group.")
    subject: Identifier = Field(description="Treated subject.")
    control_school: Brin = Field(description="School of the control.")
    control_subject: Identifier = Field(description="Subject that is the control.")


class Design(Model):
    """An evaluation design; its hash names it in every submission and result."""

    project: Project = Field(description="The project, as it was when the design was made.")
    type: ProjectType = Field(description="The project type, likewise.")
    protocol: Identifier = Field(description="Id of the protocol.")
    protocol_version: Version = Field(description="Version of the protocol.")
    protocol_title: Text = Field(description="Name of the scheme.")
    lineage: tuple[str, ...] = Field(description="Protocols it builds on, basisset first.")
    core: tuple[MeasureId, ...] = Field(description="Measures of the locked core.")
    core_hash: str = Field(description="Hash of the locked core.")
    plugins: dict[str, str] = Field(description="Plugins in use, name to version.")
    language: Lang = Field(description="Language of documents and forms.")
    variant: Variant = Field(Variant.large, description="Small/qualitative or large/quantitative.")
    waves: tuple[PlannedWave, ...] = Field(description="Waves with their days, in order.")
    measures: tuple[Measure, ...] = Field(description="Measures in use.")
    schedule: tuple[ScheduleEntry, ...] = Field(description="What is measured when.")
    pairs: tuple[ComparisonPair, ...] = Field((), description="Treated groups and controls.")
    cycles: tuple[PlannedCycle, ...] = Field(description="PDCA plan.")
    procedure: tuple[Step, ...] = Field(description="Own PDCA steps of the type.")
    ladder: tuple[RungStep, ...] = Field(description="Rungs 0–5 with their conditions.")
    expected_rung: int = Field(ge=0, le=5, description="Highest rung the design can reach.")
    checklist: tuple[ChecklistItem, ...] = Field(description="Checklist of the design.")
    burden: tuple[Burden, ...] = Field(description="Minutes per wave and respondent.")
    privacy: Privacy = Field(description="What may be published.")
    analysis: Analysis = Field(description="Assumed values for the analysis.")
    findings: tuple[Finding, ...] = Field(description="Remarks on the design.")
    hash: str = Field(description="Hash of all the above.")

    def measure(self, id: str) -> Measure:
        """The measure with that id.

        Raises:
            KeyError: the design does not take it.
        """
        for measure in self.measures:
            if measure.id == id:
                return measure
        raise KeyError(id)

    def wave(self, id: str) -> PlannedWave:
        """The wave with that id.

        Raises:
            KeyError: the design has no such wave.
        """
        for wave in self.waves:
            if wave.id == id:
                return wave
        raise KeyError(id)

    def asked(self, wave: str, respondent: Respondent) -> tuple[ScheduleEntry, ...]:
        """What ``respondent`` is asked in ``wave``: not what follows from other measures."""
        return tuple(
            entry
            for entry in self.entries(wave, respondent)
            if not entry.computed and not entry.covered_by
        )

    def entries(self, wave: str, respondent: Respondent | None = None) -> tuple[ScheduleEntry, ...]:
        """What is measured in ``wave``, from ``respondent`` alone if given."""
        return tuple(
            entry
            for entry in self.schedule
            if entry.wave == wave and respondent in (None, entry.respondent)
        )
