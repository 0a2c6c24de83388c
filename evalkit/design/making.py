"""Make a design from protocol, project type and project."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from evalkit.design.checklist import checklist
from evalkit.design.ladder import expected_rung, ladder
from evalkit.design.schedule import (
    burden,
    check_instruments,
    check_windows,
    merge_requirements,
    plan_cycles,
    plan_schedule,
    plan_waves,
    variant_of,
)
from evalkit.errors import finding
from evalkit.model.design import ComparisonPair, Design
from evalkit.model.finding import Finding, Place
from evalkit.model.hashing import content_hash
from evalkit.model.measure import Item, Measure
from evalkit.model.project import Project
from evalkit.model.project_type import ProjectType
from evalkit.model.protocol import ResolvedProtocol
from evalkit.model.text import Text
from evalkit.model.vocabulary import Nature, Variant, WaveKind


def check_project(
    project: Project, protocol: ResolvedProtocol, type: ProjectType
) -> Iterator[Finding]:
    """What is wrong or remarkable in a project, given its protocol and type."""
    if protocol.project_types and type.id not in protocol.project_types:
        known = ", ".join(protocol.project_types)
        yield finding(
            "project.type_not_open",
            Place(key="type"),
            protocol=protocol.id,
            type=type.id,
            known=known,
        )
    large = variant_of(project, protocol, type) is Variant.large
    if protocol.comparison_required and large and not project.has_comparison:
        yield finding("project.comparison_required", Place(key="arms"), protocol=protocol.id)
    if project.sector not in type.sectors:
        yield finding(
            "project.sector_unusual",
            Place(key="sector"),
            type=type.id,
            sectors=", ".join(type.sectors),
            sector=project.sector.value,
        )
    scenarios = [scenario.id for scenario in type.scenarios]
    if project.scenario is not None and project.scenario not in scenarios:
        yield finding(
            "project.scenario_unknown",
            Place(key="scenario"),
            scenario=project.scenario,
            type=type.id,
            known=", ".join(scenarios) or "—",
        )
    features = [feature.id for feature in type.features]
    for name in project.features:
        if name not in features:
            yield finding(
                "project.feature_unknown",
                Place(key=f"features.{name}"),
                feature=name,
                type=type.id,
                known=", ".join(features) or "—",
            )
    if not project.theory:
        renewal = project.nature is Nature.renewal
        code = "project.renewal_without_evidence" if renewal else "project.no_theory"
        yield finding(code, Place(key="theory"))


def make_design(
    project: Project,
    protocol: ResolvedProtocol,
    type: ProjectType,
    measures: Mapping[str, Measure],
    plugins: Mapping[str, str],
) -> Design:
    """The design, with the core's findings on it. It may carry errors: look before use.

    Args:
        project: the project.
        protocol: the protocol it is held to, with everything that inherits.
        type: its project type.
        measures: measures of the plugins, by id.
        plugins: versions of the plugins in use, by name.
    """
    variant = variant_of(project, protocol, type)
    known = {**measures, **{m.id: m for m in protocol.measures}}
    known = {id: with_own_goals(measure, project) for id, measure in known.items()}
    asked = tuple(
        (requirement, owner)
        for requirement, owner in merge_requirements(protocol, type)
        if requirement.applies_to(variant, project.nature)
    )
    goalless = [r.measure for r, _ in asked if known[r.measure].needs_goals]
    requirements = tuple((r, owner) for r, owner in asked if r.measure not in goalless)
    planned = plan_waves(project, protocol)
    entries = plan_schedule(project, planned, requirements, known)
    measured = {entry.wave for entry in entries}
    waves = tuple(wave for wave in planned if wave.id in measured)
    used = tuple(known[requirement.measure] for requirement, _ in requirements)
    steps = ladder(
        project,
        entries,
        used,
        [wave.id for wave in waves if wave.kind is WaveKind.baseline],
        [wave.id for wave in waves if wave.kind in (WaveKind.post, WaveKind.follow_up)],
    )
    design = Design(
        project=project,
        type=type,
        protocol=protocol.id,
        protocol_version=protocol.version,
        protocol_title=protocol.title,
        lineage=protocol.lineage,
        core=protocol.core,
        core_hash=protocol.core_hash,
        plugins=dict(sorted(plugins.items())),
        language=protocol.language,
        variant=variant,
        waves=waves,
        measures=used,
        schedule=entries,
        cycles=plan_cycles(project, protocol.cadence.cycles_per_year),
        procedure=type.procedure,
        ladder=steps,
        expected_rung=expected_rung(steps),
        checklist=checklist(project, waves),
        burden=burden(entries),
        privacy=protocol.privacy,
        analysis=protocol.analysis,
        findings=(
            *check_project(project, protocol, type),
            *check_windows(waves),
            *check_instruments(project, entries),
            *_without_goals(variant, goalless),
        ),
        hash="",
    )
    return design.model_copy(update={"hash": design_hash(design)})


def _without_goals(variant: Variant, goalless: list[str]) -> Iterator[Finding]:
    """A remark if own goals are asked and there are none; in a small project they are the core."""
    if goalless:
        found = finding("project.no_goals", Place(key="goals"))
        severity = "warning" if variant is Variant.small else "info"
        yield found.model_copy(update={"severity": severity})


def with_own_goals(measure: Measure, project: Project) -> Measure:
    """The measure; one of goal attainment with the project's goals as its items."""
    if measure.scoring != "attainment":
        return measure
    items = tuple(
        Item(id=goal.id, text=Text(nl=goal.text, en=goal.text), weight=goal.weight)
        for goal in project.goals
    )
    return measure.model_copy(update={"items": items})


def with_pairs(design: Design, pairs: Iterable[ComparisonPair]) -> Design:
    """The same design with who serves as whose control."""
    paired = design.model_copy(update={"pairs": tuple(pairs)})
    return paired.model_copy(update={"hash": design_hash(paired)})


def design_hash(design: Design) -> str:
    """SHA-256 of the design's content: everything but the remarks on it and the hash itself."""
    return content_hash(design.model_dump(mode="json", exclude={"findings", "hash"}))


def with_findings(design: Design, findings: Iterable[Finding]) -> Design:
    """The same design with more remarks."""
    return design.model_copy(update={"findings": (*design.findings, *findings)})
