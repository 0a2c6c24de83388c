"""From everything that came in to the tables, figures and report of a whole programme."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from evalkit.collect.columns import has_numbers
from evalkit.errors import EvalkitError
from evalkit.model.card import Card
from evalkit.model.design import Design
from evalkit.model.effect import EffectSize
from evalkit.model.goals import GoalRow, LastingRow
from evalkit.model.synthesis import GroupChange, ProcessRow, Synthesis
from evalkit.model.text import Lang
from evalkit.model.vocabulary import Kind
from evalkit.synthesis.cards import project_card
from evalkit.synthesis.pooled import pooled_estimates
from evalkit.synthesis.process import Described, describe_process
from evalkit.synthesis.programme import programme
from evalkit.synthesis.publishing import published_process
from evalkit.workspace.amendments import plugin_findings
from evalkit.workspace.changes import school_changes
from evalkit.workspace.cycles import cycles
from evalkit.workspace.effect_table import (
    BY_RULE,
    Asked,
    asked_metrics,
    effect_table,
    impossible,
)
from evalkit.workspace.files import Written, write_all
from evalkit.workspace.goals import goal_rows, lasting_rows
from evalkit.workspace.measurements import Measurements
from evalkit.workspace.outputs import stamp, table_files, with_crate
from evalkit.workspace.registrations import registered_against_reported
from evalkit.workspace.workspace import Workspace

Progress = Callable[[str], None]


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
    designs, effects, cards = [], [], []
    process: list[ProcessRow] = []
    changes: list[GroupChange] = []
    goals: list[GoalRow] = []
    lasting: list[LastingRow] = []
    earlier: list[Design] = []
    projects = workspace.store.projects()
    asked = _asked(workspace, metrics)
    for project in projects:
        design = workspace.store.current_design(project.id)
        data = Measurements(workspace, design) if design else None
        if data and data.submissions:
            rows = effect_table(workspace, data, asked)
            designs.append(data.design)
            earlier += data.earlier
            effects += rows
            changes += school_changes(data, rows)
            own = workspace.store.card(project.id)
            cards.append(project_card(data.design, rows, own, data.earlier))
            process += published_process(_process(data))
            goals += goal_rows(data)
            lasting += lasting_rows(data, cards[-1])
        progress(project.id)
    if not designs:
        raise EvalkitError("synthesis.nothing")
    registered, frozen = registered_against_reported(workspace, as_of or workspace.today)
    other = {d.hash: d for d in (*earlier, *frozen) if d not in designs}
    versions = poolable_versions((*other.values(), *designs), effects)
    found = Synthesis(
        designs=tuple(designs),
        earlier=tuple(other.values()),
        effects=tuple(effects),
        pooled=pooled_estimates(effects, versions),
        programme=programme(
            effects,
            versions,
            {m.id: m.domain for d in (*other.values(), *designs) for m in d.measures},
            {design.project.id: design.project.end.year for design in designs},
        ),
        cards=tuple(cards),
        process=tuple(process),
        changes=tuple(changes),
        goals=tuple(goals),
        lasting=tuple(lasting),
        cycles=cycles(workspace),
        registered=registered,
        findings=(
            *(f for d in designs for f in plugin_findings(workspace, d)),
            *impossible(effects, asked),
        ),
        awarded=len(projects),
        hash="",
    )
    return found.model_copy(update={"hash": stamp(found)})


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
    rows, own = effect_table(workspace, data), workspace.store.card(project)
    return project_card(data.design, rows, own, data.earlier)


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
    from evalkit.render.html import to_html
    from evalkit.render.pdf import to_pdf
    from evalkit.render.pictures import picture_files, pictures
    from evalkit.render.report import synthesis_report

    found = synthesize(workspace, progress, as_of, metrics)
    shown = pictures(found, lang)
    drawn = dict(picture_files(shown))
    figures = {
        one.name.removeprefix("forest-"): drawn[f"{one.name}.svg"]
        for one in shown
        if one.kind == "forest"
    }
    report = synthesis_report(found, figures, lang, notice)
    files = {
        **table_files(found),
        **{f"figures/{name}": picture for name, picture in drawn.items()},
        "report.pdf": to_pdf(report),
        "report.html": to_html(report).encode("utf-8"),
    }
    return found, write_all(out, with_crate(found, files, as_of or workspace.today))
