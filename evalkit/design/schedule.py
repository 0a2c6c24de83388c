"""What is measured in which wave, from whom, in which arms, on which scale."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping

from evalkit.errors import finding
from evalkit.model.design import PlannedWave, ScheduleEntry
from evalkit.model.finding import Finding, Place
from evalkit.model.measure import Measure, Scale
from evalkit.model.project import Instrument, Project
from evalkit.model.project_type import ProjectType
from evalkit.model.protocol import Requirement, ResolvedProtocol
from evalkit.model.school_year import last_reference_date
from evalkit.model.vocabulary import ArmRole, Nature, Variant


def variant_of(project: Project, protocol: ResolvedProtocol, type: ProjectType) -> Variant:
    """The variant of a project: the protocol's; else small by its size; else the type's."""
    if protocol.variant is not None:
        return protocol.variant
    limits = protocol.small_projects
    if limits is not None and limits.includes(len(project.schools), project.grant):
        return Variant.small
    return type.variant or Variant.large


def merge_requirements(
    protocol: ResolvedProtocol, type: ProjectType
) -> tuple[tuple[Requirement, str], ...]:
    """All requirements with who asks them. The type adds to the protocol and weakens nothing."""
    merged = {r.measure: (r, protocol.owners[r.measure]) for r in protocol.requires}
    for own in type.requires:
        if own.measure not in merged:
            merged[own.measure] = (own, type.id)
            continue
        asked, owner = merged[own.measure]
        both = Requirement(
            measure=own.measure,
            waves=(*asked.waves, *(w for w in own.waves if w not in asked.waves)),
            arms="all" if "all" in (asked.arms, own.arms) else "intervention",
            mandatory=asked.mandatory or own.mandatory,
            variants=tuple(v for v in Variant if v in (*asked.variants, *own.variants)),
            natures=tuple(n for n in Nature if n in (*asked.natures, *own.natures)),
        )
        merged[own.measure] = (both, owner)
    return tuple(merged.values())


def plan_schedule(
    project: Project,
    waves: Iterable[PlannedWave],
    requirements: Iterable[tuple[Requirement, str]],
    measures: Mapping[str, Measure],
) -> tuple[ScheduleEntry, ...]:
    """One entry per wave and measure, in the order of the waves and of the requirements."""
    asked = tuple(requirements)
    roles = tuple(arm.role for arm in project.arms)
    instruments = {(i.measure, i.wave): i for i in project.instruments}
    entries = []
    for wave in waves:
        for requirement, owner in asked:
            if wave.id not in requirement.waves:
                continue
            measure = measures[requirement.measure]
            instrument = instruments.get((measure.id, wave.id))
            covering = _covering(requirement, wave.id, asked, measures)
            entries.append(
                ScheduleEntry(
                    wave=wave.id,
                    measure=measure.id,
                    respondent=measure.respondent,
                    arms=roles if requirement.arms == "all" else (ArmRole.intervention,),
                    mandatory=requirement.mandatory,
                    required_by=owner,
                    scale=_scale(measure, instrument, project),
                    instrument=instrument.name if instrument else None,
                    minutes=0 if covering or measure.computed_from else measure.minutes,
                    reference_date=_counted(measure, wave),
                    computed=bool(measure.computed_from),
                    covered_by=covering,
                )
            )
    return tuple(entries)


def _covering(
    requirement: Requirement,
    wave: str,
    asked: tuple[tuple[Requirement, str], ...],
    measures: Mapping[str, Measure],
) -> tuple[str, ...]:
    """Measures taken in the same wave, as strictly, that are special cases of the required one."""
    return tuple(
        other.measure
        for other, _ in asked
        if measures[other.measure].specialises == requirement.measure
        and wave in other.waves
        and other.mandatory >= requirement.mandatory
        and other.arms in ("all", requirement.arms)
    )


def _counted(measure: Measure, wave: PlannedWave) -> dt.date | None:
    """The last reference date by the end of the window, for what is counted on one."""
    return last_reference_date(wave.closes) if measure.on_reference_date else None


def _scale(measure: Measure, instrument: Instrument | None, project: Project) -> Scale:
    """The measure's scale with the range of the test used.

    Waves share a scale if the measure says so, and if they use one and the same test.
    """
    own = [i for i in project.instruments if i.measure == measure.id]
    shared = measure.scale.shared_across_waves
    if own:
        tests = {(i.name, i.minimum, i.maximum) for i in own}
        shared = len(tests) == 1 and (shared or len(own) > 1)
    bounds = {"minimum": instrument.minimum, "maximum": instrument.maximum} if instrument else {}
    return measure.scale.model_copy(update={**bounds, "shared_across_waves": shared})


def check_instruments(project: Project, entries: Iterable[ScheduleEntry]) -> Iterator[Finding]:
    """A finding for each test the project names for something that is not measured then."""
    measured = {(entry.measure, entry.wave) for entry in entries}
    known = ", ".join(f"{measure} ({wave})" for measure, wave in sorted(measured))
    for i, instrument in enumerate(project.instruments):
        if (instrument.measure, instrument.wave) not in measured:
            yield finding(
                "project.instrument_unknown",
                Place(key=f"instruments[{i}]"),
                measure=instrument.measure,
                wave=instrument.wave,
                known=known,
            )
