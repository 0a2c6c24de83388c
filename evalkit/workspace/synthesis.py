"""From everything that came in to the tables, figures and report of a whole programme."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from evalkit.collect.columns import has_numbers
from evalkit.errors import EvalkitError
from evalkit.model.card import Card
from evalkit.model.design import Design
from evalkit.model.effect import EffectSize
from evalkit.model.finding import Finding
from evalkit.model.goals import GoalRow, LastingRow
from evalkit.model.project import Project
from evalkit.model.registration import RegisteredRow
from evalkit.model.standing import ProjectStanding
from evalkit.model.synthesis import GroupChange, LoggedCycle, ProcessRow, Reliability, Synthesis
from evalkit.model.text import Lang
from evalkit.model.vocabulary import Kind
from evalkit.store import Holdings
from evalkit.synthesis.cards import project_card
from evalkit.synthesis.goals import pooled_goals
from evalkit.synthesis.pooled import pooled_estimates
from evalkit.synthesis.process import Described, describe_process
from evalkit.synthesis.programme import programme
from evalkit.synthesis.publishing import published_process
from evalkit.workspace.amendments import plugin_findings
from evalkit.workspace.changes import school_changes
from evalkit.workspace.cycles import judged
from evalkit.workspace.effect_table import (
    BY_RULE,
    Asked,
    asked_metrics,
    effect_table,
    impossible,
    relations,
)
from evalkit.workspace.files import Written, write_all
from evalkit.workspace.goals import goal_rows, lasting_rows
from evalkit.workspace.measurements import Measurements
from evalkit.workspace.outputs import stamp, table_files, with_crate
from evalkit.workspace.registrations import registered_against_reported
from evalkit.workspace.reliability import reliabilities
from evalkit.workspace.rung_limits import rung_limits
from evalkit.workspace.standings import standing
from evalkit.workspace.workspace import Workspace

Progress = Callable[[str], None]

AT_ONCE = 100
"""Projects that are read from the database together."""
MOST_CHANGES = 100
"""Projects up to which means before and after are kept, as figures show no more of them."""


def synthesize(
    workspace: Workspace,
    progress: Progress = lambda _: None,
    as_of: dt.date | None = None,
    metrics: Sequence[str] = (),
) -> Synthesis:
    """Effect table, pooled estimates, cards and process data of all projects.

    Args:
        workspace: the workspace.
        progress: called with the id of each project when it is done.
        as_of: the day on which what was registered is due or not, by default today; nothing else
            depends on the day.
        metrics: metrics asked for instead of those of the rule: ``METRIC``, ``measure=METRIC``.

    Raises:
        EvalkitError: no results came in yet.
        FindingsError: a metric that is asked for is unknown, or its measure.
    """
    projects = workspace.store.projects()
    asked = _asked(workspace, metrics)
    gathered = _Gathered(changes_too=len(projects) <= MOST_CHANGES)
    for project, held in _holdings(workspace, projects):
        gathered.add(workspace, project, held, asked)
        told, frozen = registered_against_reported(held, as_of or workspace.today)
        gathered.registered += told
        gathered.earlier += frozen
        progress(project.id)
    if not gathered.designs:
        raise EvalkitError("synthesis.nothing")
    found = gathered.whole(
        findings=(
            *(f for d in gathered.designs for f in plugin_findings(workspace, d)),
            *impossible(gathered.effects, asked),
        ),
        awarded=len(projects),
    )
    return found.model_copy(update={"hash": stamp(found)})


@dataclass
class _Gathered:
    """What came of the projects so far."""

    changes_too: bool
    designs: list[Design] = field(default_factory=list)
    earlier: list[Design] = field(default_factory=list)
    effects: list[EffectSize] = field(default_factory=list)
    relations: list[EffectSize] = field(default_factory=list)
    cards: list[Card] = field(default_factory=list)
    standings: list[ProjectStanding] = field(default_factory=list)
    process: list[ProcessRow] = field(default_factory=list)
    changes: list[GroupChange] = field(default_factory=list)
    reliabilities: list[Reliability] = field(default_factory=list)
    goals: list[GoalRow] = field(default_factory=list)
    lasting: list[LastingRow] = field(default_factory=list)
    cycles: list[LoggedCycle] = field(default_factory=list)
    registered: list[RegisteredRow] = field(default_factory=list)

    def add(self, workspace: Workspace, project: Project, held: Holdings, asked: Asked) -> None:
        """Add what is kept of one project."""
        data = Measurements(workspace, held.design, held) if held.design else None
        self.standings.append(standing(project, data))
        self.cycles += judged(workspace, project.id, held.cycles)
        if data is None or not data.submissions:
            return
        rows = effect_table(data, asked)
        self.designs.append(data.design)
        self.earlier += data.earlier
        self.effects += rows
        self.relations += relations(data)
        if self.changes_too:
            self.changes += school_changes(data, rows)
        self.reliabilities += reliabilities(data, rows)
        self.cards.append(project_card(data.design, rows, held.card, data.earlier))
        self.process += published_process(_process(data))
        self.goals += goal_rows(data)
        self.lasting += lasting_rows(data, self.cards[-1])

    def whole(self, findings: tuple[Finding, ...], awarded: int) -> Synthesis:
        """All of it with what follows from it together; without a hash yet."""
        current = {design.hash for design in self.designs}
        other = {design.hash: design for design in self.earlier if design.hash not in current}
        known = (*other.values(), *self.designs)
        versions = poolable_versions(known, self.effects)
        return Synthesis(
            designs=tuple(self.designs),
            earlier=tuple(other.values()),
            effects=tuple(self.effects),
            relations=tuple(self.relations),
            limits=rung_limits(self.effects),
            pooled=pooled_estimates(self.effects, versions),
            programme=programme(
                self.effects,
                versions,
                {m.id: m.domain for design in known for m in design.measures},
                {design.project.id: design.project.end.year for design in self.designs},
            ),
            cards=tuple(self.cards),
            process=tuple(self.process),
            changes=tuple(self.changes),
            reliabilities=tuple(self.reliabilities),
            goals=tuple(self.goals),
            goals_pooled=tuple(pooled_goals(self.goals)),
            lasting=tuple(self.lasting),
            cycles=tuple(self.cycles),
            registered=tuple(self.registered),
            findings=findings,
            awarded=awarded,
            standings=tuple(self.standings),
            hash="",
        )


def _holdings(
    workspace: Workspace, projects: Sequence[Project]
) -> Iterator[tuple[Project, Holdings]]:
    """Each project with all that is kept of it, read many at a time."""
    for start in range(0, len(projects), AT_ONCE):
        some = projects[start : start + AT_ONCE]
        held = workspace.store.holdings([project.id for project in some])
        yield from ((project, held[project.id]) for project in some)


def _asked(workspace: Workspace, metrics: Sequence[str]) -> Asked:
    if not metrics:
        return BY_RULE
    designs = (workspace.store.current_design(p.id) for p in workspace.store.projects())
    return asked_metrics(metrics, [design for design in designs if design])


def card(workspace: Workspace, project: str) -> Card:
    """The digital card of a project, filled as far as is known.

    Raises:
        EvalkitError: there is no such project, or it has no design yet.
    """
    data = Measurements(workspace, workspace.current_design(project))
    return project_card(data.design, effect_table(data), data.held.card, data.earlier)


def _process(data: Measurements) -> list[Described]:
    rows: list[Described] = []
    for design, _, entry in data.measured():
        measure = design.measure(entry.measure)
        if measure.kind not in (Kind.process, Kind.condition) or not has_numbers(entry):
            continue
        values = data.values(entry.measure, entry.wave)
        if values is not None:
            rows += describe_process(design, measure, entry.wave, values)
    return rows


def poolable_versions(
    designs: Iterable[Design], effects: Iterable[EffectSize] = ()
) -> dict[str, str]:
    """For each measure as ``id@version``, the newest version that declares it compatible.

    Args:
        designs: designs with the measures; of two with one version, the last counts.
        effects: rows of the effect table; some may come from an earlier version.
    """
    present = {(m.id, m.version): m for design in designs for m in design.measures}
    newest_first = sorted(present.values(), key=lambda m: m.version_parts, reverse=True)
    used = dict.fromkeys((*present, *((row.measure, row.measure_version) for row in effects)))
    return {
        f"{id}@{version}": next(
            (
                m.version
                for m in newest_first
                if m.id == id and (m.version == version or version in m.compatible_with)
            ),
            version,
        )
        for id, version in used
    }


def write(
    workspace: Workspace,
    out: Path,
    lang: Lang,
    progress: Progress = lambda _: None,
    notice: str | None = None,
    as_of: dt.date | None = None,
    metrics: Sequence[str] = (),
) -> tuple[Synthesis, tuple[Written, ...]]:
    """Synthesise and write everything into ``out``: tables, figures, report, R script.

    Args:
        workspace: the workspace.
        out: the folder.
        lang: language of the report and figures.
        progress: called with the id of each project when it is done.
        notice: a remark that must stand first in the report.
        as_of: the day on which what was registered is due or not; by default today.
        metrics: metrics asked for instead of those of the rule: ``METRIC``, ``measure=METRIC``.

    Raises:
        EvalkitError: no results came in yet.
        FindingsError: a metric that is asked for is unknown, or its measure.
    """
    found = synthesize(workspace, progress, as_of, metrics)
    day = as_of or workspace.today
    files = {**table_files(found), **report_files(found, lang, day, notice)}
    return found, write_all(out, with_crate(found, files, day))


def report_files(
    found: Synthesis, lang: Lang, day: dt.date, notice: str | None = None
) -> dict[str, bytes]:
    """The figures and the report of a synthesis, by name; ``day`` as for ``write``."""
    from evalkit.render.html import to_html
    from evalkit.render.pdf import to_pdf
    from evalkit.render.pictures import picture_files, pictures
    from evalkit.render.report import synthesis_report

    shown = pictures(found, lang)
    drawn = dict(picture_files(shown))
    figures = [(one, drawn[f"{one.name}.svg"]) for one in shown]
    report = synthesis_report(found, figures, lang, day=day, notice=notice)
    return {
        **{f"figures/{name}": picture for name, picture in drawn.items()},
        "report.pdf": to_pdf(report),
        "report.html": to_html(report).encode("utf-8"),
    }
