"""Make a design from protocol, project type and project."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from evalkit.design.burden import burden, check_burden, costly, yearly_burden
from evalkit.design.checklist import check_answers, checklist
from evalkit.design.ladder import Plan, expected_rung, ladder
from evalkit.design.power import check_power, outcomes, power_of
from evalkit.design.project_checks import (
    check_comparison,
    check_conditions,
    check_project,
    check_reasoning,
    check_sizes,
)
from evalkit.design.schedule import (
    check_instruments,
    merge_requirements,
    plan_schedule,
    variant_of,
)
from evalkit.design.windows import (
    check_reference_dates,
    check_start,
    check_windows,
    holidays_within,
    plan_cycles,
    plan_deadlines,
    plan_waves,
)
from evalkit.errors import finding
from evalkit.model.design import ComparisonPair, Design
from evalkit.model.factor import Factor
from evalkit.model.finding import Finding, Place
from evalkit.model.hashing import content_hash
from evalkit.model.holidays import WEEKENDS, Holidays
from evalkit.model.measure import Item, Measure
from evalkit.model.project import Project
from evalkit.model.project_type import ProjectType
from evalkit.model.protocol import ResolvedProtocol
from evalkit.model.text import Text
from evalkit.model.vocabulary import Variant, WaveKind


def make_design(
    project: Project,
    protocol: ResolvedProtocol,
    type: ProjectType,
    measures: Mapping[str, Measure],
    plugins: Mapping[str, str],
    holidays: Holidays = WEEKENDS,
    must_address: Iterable[Factor] = (),
) -> Design:
    """The design, with the core's findings on it. It may carry errors: look before use.

    Args:
        project: the project.
        protocol: the protocol it is held to, with everything that inherits.
        type: its project type.
        measures: measures of the plugins, by id.
        plugins: versions of the plugins in use, by name.
        holidays: school holidays; by default weekends alone are free.
        must_address: factors that every design must see to, with their published counts.
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
    planned = plan_waves(project, protocol, holidays)
    entries = plan_schedule(project, planned, requirements, known)
    measured = {entry.wave for entry in entries}
    waves = tuple(wave for wave in planned if wave.id in measured)
    used = tuple(known[requirement.measure] for requirement, _ in requirements)
    before = frozenset(w.id for w in waves if w.kind is WaveKind.baseline)
    after = frozenset(w.id for w in waves if w.kind in (WaveKind.post, WaveKind.follow_up))
    compared = outcomes(project, entries, used, before, after)
    powers = power_of(project, compared, protocol.analysis)
    plan = Plan(
        project=project,
        type=type,
        variant=variant,
        entries=entries,
        measures=known,
        before=before,
        after=after,
        powers=powers,
    )
    steps = ladder(plan)
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
        cycles=plan_cycles(project, protocol.cadence.cycles_per_year, holidays),
        deadlines=plan_deadlines(project, protocol, holidays),
        holidays=holidays_within(project, waves, holidays),
        holidays_until=holidays.until,
        procedure=type.procedure,
        ladder=steps,
        expected_rung=expected_rung(steps),
        checklist=(),
        burden=burden(entries),
        yearly_burden=yearly_burden(project, waves, entries, protocol.burden),
        costly=costly(project, waves, entries),
        power=powers,
        privacy=protocol.privacy,
        analysis=protocol.analysis,
        findings=(
            *check_project(project, protocol, type),
            *check_comparison(project, type),
            *check_sizes(project),
            *check_answers(project),
            *check_reasoning(plan),
            *check_conditions(project, must_address),
            *check_start(project, protocol),
            *check_windows(project, protocol, waves),
            *check_reference_dates(project, waves, entries),
            *check_instruments(project, entries),
            *check_power(project, compared, entries, powers, protocol.analysis),
            *check_burden(project, waves, entries, used, protocol.burden),
            *_without_goals(variant, goalless),
        ),
        hash="",
    )
    design = design.model_copy(update={"checklist": checklist(design)})
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
