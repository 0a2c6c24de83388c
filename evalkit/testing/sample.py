"""A small design to try a plugin's hooks on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from functools import cache

from evalkit.errors import FindingsError
from evalkit.library.protocols import Offer, resolve_protocol, shipped_protocols
from evalkit.model.design import (
    Burden,
    Design,
    PlannedCycle,
    PlannedWave,
    RuleOutcome,
    RungStep,
    ScheduleEntry,
)
from evalkit.model.measure import Measure, SourceRef
from evalkit.model.project import Arm, Project, School
from evalkit.model.project_type import ProjectType
from evalkit.model.protocol import BASISSET, Requirement, ResolvedProtocol
from evalkit.model.text import Text
from evalkit.model.vocabulary import ArmRole, Comparison, Nature, Sector

_START, _END = dt.date(2026, 8, 1), dt.date(2028, 7, 31)


def sample_design(
    type: ProjectType,
    measures: Iterable[Measure] = (),
    *,
    comparison: bool = True,
    features: bool = True,
) -> Design:
    """A design under the basisset of a two-year project in three schools.

    Args:
        type: the project type.
        measures: measures the type requires beside those of the basisset.
        comparison: whether the project has a comparison group.
        features: whether the project gives values for the type's features and its scenario.
    """
    protocol = basisset()
    known = {m.id: m for m in (*measures, *protocol.measures)}
    asked = {r.measure: r for r in (*protocol.requires, *type.requires) if r.measure in known}
    project = _project(type, comparison, features)
    waves = tuple(
        PlannedWave(
            id=wave.id,
            kind=wave.kind,
            label=wave.label,
            opens=wave.opens.on(_START, _END),
            closes=wave.closes.on(_START, _END),
        )
        for wave in protocol.waves
    )
    schedule = tuple(
        _entry(wave.id, requirement, known[requirement.measure], project)
        for wave in waves
        for requirement in asked.values()
        if wave.id in requirement.waves
    )
    said = Text(nl="voorbeeld", en="example")
    return Design(
        project=project,
        type=type,
        protocol=protocol.id,
        protocol_version=protocol.version,
        protocol_title=protocol.title,
        lineage=protocol.lineage,
        core=protocol.core,
        core_hash=protocol.core_hash,
        plugins={},
        language=protocol.language,
        waves=waves,
        measures=tuple(known[name] for name in asked),
        schedule=schedule,
        cycles=(PlannedCycle(number=1, starts=_START, ends=_END),),
        procedure=type.procedure,
        ladder=tuple(
            RungStep(
                rung=rung,
                rules=(
                    RuleOutcome(
                        id=f"ladder.{rung}.sample",
                        rung=rung,
                        met=rung < 2,
                        reason=said,
                        source="sample",
                    ),
                ),
            )
            for rung in range(6)
        ),
        expected_rung=1,
        checklist=(),
        burden=tuple(
            Burden(wave=entry.wave, respondent=entry.respondent, minutes=entry.minutes)
            for entry in schedule
        ),
        privacy=protocol.privacy,
        analysis=protocol.analysis,
        findings=(),
        hash="0" * 64,
    )


@cache
def basisset() -> ResolvedProtocol:
    """The basisset, resolved."""
    known = shipped_protocols()
    resolved, findings = resolve_protocol(known[BASISSET], known, Offer({}, ()))
    if resolved is None:
        raise FindingsError(findings)
    return resolved


def foreign_type() -> ProjectType:
    """A project type that belongs to no plugin."""
    return ProjectType(
        id="sample.other",
        label=Text(nl="Ander type", en="Other type"),
        description=Text(nl="Een type van niemand.", en="A type of nobody."),
        sectors=(Sector.vo,),
        requires=(),
        comparisons=(Comparison.single_group,),
        origin=SourceRef(document="evalkit.testing", place="sample"),
    )


def _project(type: ProjectType, comparison: bool, features: bool) -> Project:
    roles = (ArmRole.intervention, ArmRole.comparison) if comparison else (ArmRole.intervention,)
    given = type.features if features else ()
    return Project(
        id="sample-project",
        title="Voorbeeldproject",
        protocol="basisset",
        type=type.id,
        sector=type.sectors[0],
        nature=Nature.innovation,
        start=_START,
        end=_END,
        arms=tuple(Arm(role=role, label=role.value) for role in roles),
        comparison=Comparison.comparison_group if comparison else Comparison.single_group,
        schools=tuple(School(brin=brin, arms=roles) for brin in ("00AA", "00AB", "00AC01")),
        scenario=type.scenarios[0].id if features and type.scenarios else None,
        features={feature.id: 1.0 if feature.unit else "ja" for feature in given},
    )


def _entry(
    wave: str, requirement: Requirement, measure: Measure, project: Project
) -> ScheduleEntry:
    everyone = tuple(arm.role for arm in project.arms)
    return ScheduleEntry(
        wave=wave,
        measure=measure.id,
        respondent=measure.respondent,
        arms=everyone if requirement.arms == "all" else (ArmRole.intervention,),
        mandatory=requirement.mandatory,
        required_by="sample",
        scale=measure.scale,
        minutes=measure.minutes,
    )
