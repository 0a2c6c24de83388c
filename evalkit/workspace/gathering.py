"""What came of each project, as rows of the tables: read many at a time, by several processes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field, fields
from pathlib import Path

from evalkit.collect.columns import has_numbers
from evalkit.model.card import Card
from evalkit.model.effect import EffectSize
from evalkit.model.goals import GoalRow, LastingRow
from evalkit.model.project import Project
from evalkit.model.registration import RegisteredRow
from evalkit.model.rows import Rows
from evalkit.model.standing import ProjectStanding
from evalkit.model.synthesis import GroupChange, LoggedCycle, ProcessRow, Reliability
from evalkit.model.vocabulary import Kind
from evalkit.store import Holdings
from evalkit.synthesis.cards import project_card
from evalkit.synthesis.process import Described, describe_process
from evalkit.synthesis.publishing import published_process
from evalkit.synthesis.totals import Columns
from evalkit.workspace.changes import school_changes
from evalkit.workspace.cycles import judged
from evalkit.workspace.effect_table import Asked, effect_table, relations
from evalkit.workspace.goals import goal_rows, lasting_rows
from evalkit.workspace.measurements import Measurements, totals_read
from evalkit.workspace.registrations import registered_against_reported
from evalkit.workspace.reliability import reliabilities
from evalkit.workspace.sharing import several
from evalkit.workspace.standings import standing
from evalkit.workspace.workspace import Workspace

AT_ONCE = 100
"""Projects that are read from the database together."""
READ_AT_ONCE = 20
"""Projects whose totals are read together: quicker, as the processor then does one thing."""
MOST_CHANGES = 100
"""Projects up to which means before and after are kept, as figures show no more of them."""
ENOUGH = 400
"""Projects from which more processes than one are worth their start."""


@dataclass
class Gathered:
    """What came of some projects."""

    designs: list[str] = field(default_factory=list)
    """Hashes of the current designs of projects with data."""
    earlier: list[str] = field(default_factory=list)
    """Of other designs that data came in under or that were registered."""
    effects: Rows[EffectSize] = field(default_factory=lambda: Rows(EffectSize))
    process: Rows[ProcessRow] = field(default_factory=lambda: Rows(ProcessRow))
    registered: Rows[RegisteredRow] = field(default_factory=lambda: Rows(RegisteredRow))
    relations: list[EffectSize] = field(default_factory=list)
    cards: list[Card] = field(default_factory=list)
    standings: list[ProjectStanding] = field(default_factory=list)
    changes: list[GroupChange] = field(default_factory=list)
    reliabilities: list[Reliability] = field(default_factory=list)
    goals: list[GoalRow] = field(default_factory=list)
    lasting: list[LastingRow] = field(default_factory=list)
    cycles: list[LoggedCycle] = field(default_factory=list)

    def add(
        self,
        workspace: Workspace,
        project: Project,
        held: Holdings,
        asked: Request,
        read: Mapping[str, Columns],
    ) -> None:
        """Add what is kept of one project.

        Args:
            workspace: the workspace.
            project: the project.
            held: what is kept of it.
            asked: what is asked.
            read: totals that were read already, by the hash of their rows.
        """
        data = Measurements(workspace, held.design, held, read) if held.design else None
        self.standings.append(standing(project, data))
        self.cycles += judged(workspace, project.id, held.cycles)
        registered, frozen = registered_against_reported(held, asked.day)
        self.registered.extend(registered)
        self.earlier += (design.hash for design in frozen)
        if data is None or not data.submissions:
            return
        rows = effect_table(data, asked.metrics)
        self.designs.append(data.design.hash)
        self.earlier += (design.hash for design in data.earlier)
        self.effects.extend(rows)
        self.relations += relations(data)
        if asked.changes:
            self.changes += school_changes(data, rows)
        self.reliabilities += reliabilities(data, rows)
        self.cards.append(project_card(data.design, rows, held.card, data.earlier))
        self.process.extend(published_process(_process(data)))
        self.goals += goal_rows(data)
        self.lasting += lasting_rows(data, self.cards[-1])

    def join(self, other: Gathered) -> None:
        """Add what came of other projects."""
        for one in fields(self):
            mine, its = getattr(self, one.name), getattr(other, one.name)
            mine.join(its) if isinstance(mine, Rows) else mine.extend(its)


@dataclass(frozen=True)
class Request:
    """What is asked of each project."""

    metrics: Asked
    """Metrics instead of those of the rule."""
    day: dt.date
    """The day on which what was registered is due or not."""
    changes: bool
    """Whether means before and after are kept."""


def gather(
    workspace: Workspace,
    projects: Sequence[Project],
    asked: Request,
    progress: Callable[[str], None],
    processes: int = 1,
) -> Gathered:
    """What came of these projects, in their order.

    Args:
        workspace: the workspace.
        projects: the projects.
        asked: what is asked of each.
        progress: called with the id of each project when it is done.
        processes: how many may share the work, if there is enough of it.
    """
    whole = Gathered()
    parts = [projects[at : at + AT_ONCE] for at in range(0, len(projects), AT_ONCE)]
    several = processes > 1 and len(projects) >= ENOUGH
    found = (
        _shared(workspace, parts, asked, processes) if several else _alone(workspace, parts, asked)
    )
    for part, came in zip(parts, found, strict=True):
        whole.join(came)
        for project in part:
            progress(project.id)
    return whole


def _alone(
    workspace: Workspace, parts: Sequence[Sequence[Project]], asked: Request
) -> Iterator[Gathered]:
    for projects in parts:
        came = Gathered()
        held = workspace.store.holdings([project.id for project in projects])
        for at in range(0, len(projects), READ_AT_ONCE):
            some = projects[at : at + READ_AT_ONCE]
            read = totals_read(workspace, (held[project.id] for project in some))
            for project in some:
                came.add(workspace, project, held[project.id], asked, read)
        yield came


# By several processes

_opened: list[Workspace] = []
"""In a process that shares the work: the workspace it has open."""


def _shared(
    workspace: Workspace, parts: Sequence[Sequence[Project]], asked: Request, processes: int
) -> Iterator[Gathered]:
    """Each part by one of several processes, which each open the workspace for themselves.

    If one of them is killed, for want of memory say, this process goes on alone.
    """
    done = 0
    try:
        with several(min(processes, len(parts)), _open, workspace.path, workspace.today) as pool:
            for came in pool.map(_one, parts, [asked] * len(parts)):
                done += 1
                yield came
    except BrokenProcessPool:
        yield from _alone(workspace, parts[done:], asked)


def _open(path: Path, today: dt.date) -> None:
    _opened.append(Workspace.open(path, today))


def _one(projects: Sequence[Project], asked: Request) -> Gathered:
    (found,) = _alone(_opened[0], [projects], asked)
    return found


def _process(data: Measurements) -> list[Described]:
    rows: list[Described] = []
    for design, _, entry, measure in data.measured():
        if measure.kind not in (Kind.process, Kind.condition) or not has_numbers(entry):
            continue
        values = data.values(entry.measure, entry.wave)
        if values is not None:
            rows += describe_process(design, measure, entry.wave, values)
    return rows
