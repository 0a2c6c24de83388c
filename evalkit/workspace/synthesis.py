"""From everything that came in to the tables, figures and report of a whole programme."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from evalkit.errors import EvalkitError
from evalkit.model.card import Card
from evalkit.model.design import Design
from evalkit.model.effect import EffectSize
from evalkit.model.rows import Table, values
from evalkit.model.synthesis import Synthesis
from evalkit.model.text import Lang
from evalkit.store.archive import scratch_beside
from evalkit.synthesis.cards import project_card
from evalkit.synthesis.goals import pooled_goals
from evalkit.synthesis.pooled import pooled_estimates
from evalkit.synthesis.programme import programme
from evalkit.synthesis.shared_schools import InPools, noted, shared_in_pools
from evalkit.workspace.amendments import plugin_findings
from evalkit.workspace.effect_table import (
    BY_RULE,
    Asked,
    asked_metrics,
    effect_table,
    impossible,
)
from evalkit.workspace.files import Written, write_all
from evalkit.workspace.gathering import MOST_CHANGES, Gathered, Request, gather
from evalkit.workspace.measurements import Measurements
from evalkit.workspace.outputs import Published, stamp, table_files, with_crate
from evalkit.workspace.rung_limits import rung_limits
from evalkit.workspace.shared_schools import shared_schools_findings
from evalkit.workspace.sharing import rarely_collected
from evalkit.workspace.table_writing import ByColumn, written_ahead
from evalkit.workspace.workspace import Workspace

Progress = Callable[[str], None]


def synthesize(
    workspace: Workspace,
    progress: Progress = lambda _: None,
    as_of: dt.date | None = None,
    metrics: Sequence[str] = (),
    processes: int = 1,
) -> Synthesis:
    """Effect table, pooled estimates, cards and process data of all projects, with their hash.

    Args:
        workspace: the workspace.
        progress: called with the id of each project when it is done.
        as_of: the day on which what was registered is due or not, by default today; nothing else
            depends on the day.
        metrics: metrics asked for instead of those of the rule: ``METRIC``, ``measure=METRIC``.
        processes: how many may share the work. More than one import the main module again, as
            multiprocessing does.

    Raises:
        EvalkitError: no results came in yet.
        FindingsError: a metric that is asked for is unknown, or its measure.
    """
    found = brought_together(workspace, progress, as_of, metrics, processes).whole()
    return found.model_copy(update={"hash": stamp(found)})


@dataclass(frozen=True)
class Together:
    """What came of all projects, before anything is pooled."""

    workspace: Workspace
    gathered: Gathered
    designs: tuple[Design, ...]
    earlier: tuple[Design, ...]
    effects: Table[EffectSize]
    versions: Mapping[str, str]
    shared: InPools
    asked: Asked
    awarded: int

    @property
    def by_column(self) -> ByColumn:
        """What of it is kept by column."""
        found = self.gathered
        return ByColumn(self.effects, found.relations, found.process, found.registered)

    @rarely_collected()
    def whole(self) -> Synthesis:
        """All of it, with what follows from it together; without the hash that tables give."""
        found, designs = self.gathered, self.designs
        return Synthesis(
            designs=designs,
            earlier=self.earlier,
            effects=self.effects,
            relations=tuple(found.relations),
            limits=rung_limits(found.effects),
            pooled=pooled_estimates(found.effects, self.versions),
            programme=programme(
                found.effects,
                self.versions,
                {m.id: m.domain for design in (*self.earlier, *designs) for m in design.measures},
                {design.project.id: design.project.end.year for design in designs},
                self.shared,
            ),
            cards=tuple(found.cards),
            process=found.process,
            changes=tuple(found.changes),
            reliabilities=tuple(found.reliabilities),
            goals=tuple(found.goals),
            goals_pooled=tuple(pooled_goals(found.goals)),
            lasting=tuple(found.lasting),
            cycles=tuple(found.cycles),
            registered=found.registered,
            findings=(
                *(f for design in designs for f in plugin_findings(self.workspace, design)),
                *impossible(found.effects, self.asked),
                *shared_schools_findings(self.shared),
            ),
            awarded=self.awarded,
            standings=tuple(found.standings),
            hash="",
        )


@rarely_collected()
def brought_together(
    workspace: Workspace,
    progress: Progress,
    as_of: dt.date | None,
    metrics: Sequence[str],
    processes: int,
) -> Together:
    """What came of all projects; the arguments as for ``synthesize``."""
    projects = workspace.store.projects()
    asked = _asked(workspace, metrics)
    request = Request(asked, as_of or workspace.today, len(projects) <= MOST_CHANGES)
    found = gather(workspace, projects, request, progress, processes)
    if not found.designs:
        raise EvalkitError("synthesis.nothing")
    awarded = len(projects)
    del projects  # Of thousands there are the designs now, which hold them too.
    known = workspace.store.designs((*found.earlier, *found.designs))
    designs = tuple(known[hash] for hash in found.designs)
    current = set(found.designs)
    earlier = tuple(known[hash] for hash in dict.fromkeys(found.earlier) if hash not in current)
    versions = poolable_versions((*earlier, *designs), found.effects)
    shared = shared_in_pools(found.effects, versions, [design.project for design in designs])
    effects = noted(found.effects, versions, shared)
    return Together(workspace, found, designs, earlier, effects, versions, shared, asked, awarded)


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


def poolable_versions(
    designs: Iterable[Design], effects: Sequence[EffectSize] = ()
) -> dict[str, str]:
    """For each measure as ``id@version``, the newest version that declares it compatible.

    Args:
        designs: designs with the measures; of two with one version, the last counts.
        effects: rows of the effect table; some may come from an earlier version.
    """
    present = {(m.id, m.version): m for design in designs for m in design.measures}
    newest_first = sorted(present.values(), key=lambda m: m.version_parts, reverse=True)
    measured = zip(values(effects, "measure"), values(effects, "measure_version"), strict=True)
    used = dict.fromkeys((*present, *measured))
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
    processes: int = 1,
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
        processes: as for ``synthesize``.

    Raises:
        EvalkitError: no results came in yet.
        FindingsError: a metric that is asked for is unknown, or its measure.
    """
    together = brought_together(workspace, progress, as_of, metrics, processes)
    day = as_of or workspace.today
    out.mkdir(parents=True, exist_ok=True)
    with scratch_beside(out, "tables") as folder:
        found, tables = published(together, folder, processes)
        files = {**tables, **report_files(found, lang, day, notice)}
        return found, write_all(out, with_crate(found, files, day))


def published(together: Together, folder: Path, processes: int) -> Published:
    """The synthesis of what was brought together, and its tables in an empty folder."""
    with written_ahead(together.by_column, folder, processes) as ahead:
        return table_files(together.whole(), folder, ahead=ahead)


def report_files(
    found: Synthesis, lang: Lang, day: dt.date, notice: str | None = None
) -> dict[str, bytes]:
    """The figures and the report of a synthesis, by name; ``day`` as for ``write``."""
    from evalkit.render.html import to_html
    from evalkit.render.pdf import to_pdf
    from evalkit.render.pictures import picture_files, pictures
    from evalkit.render.report import synthesis_report

    shown = pictures(found, lang)
    report = synthesis_report(found, shown, lang, day=day, notice=notice)
    return {
        **{f"figures/{name}": picture for name, picture in picture_files(shown)},
        "report.pdf": to_pdf(report),
        "report.html": to_html(report).encode("utf-8"),
    }
