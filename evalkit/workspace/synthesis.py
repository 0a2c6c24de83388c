"""From everything that came in to the tables, figures and report of a whole programme."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from pathlib import Path

from evalkit.collect.columns import has_numbers
from evalkit.design.ladder import reached_rung
from evalkit.errors import EvalkitError
from evalkit.model.card import Card
from evalkit.model.design import Design
from evalkit.model.effect import EffectSize
from evalkit.model.synthesis import ProcessRow, Synthesis
from evalkit.model.text import Lang
from evalkit.model.vocabulary import Kind, WaveKind
from evalkit.synthesis.cards import project_card
from evalkit.synthesis.effects import effect_size
from evalkit.synthesis.pooled import pooled_estimates
from evalkit.synthesis.process import describe_process
from evalkit.synthesis.tables import TABLES, codebook, data_package, frame, to_csv
from evalkit.workspace.cycles import cycles
from evalkit.workspace.files import Written, write_all
from evalkit.workspace.measurements import Measurements
from evalkit.workspace.workspace import Workspace

Progress = Callable[[str], None]


def synthesize(workspace: Workspace, progress: Progress = lambda _: None) -> Synthesis:
    """Effect table, pooled estimates, cards and process data of all projects.

    Args:
        workspace: the workspace.
        progress: called with the id of each project when it is done.

    Raises:
        EvalkitError: no results came in yet.
    """
    designs, effects, cards, process = [], [], [], []
    projects = workspace.store.projects()
    for project in projects:
        design = workspace.store.current_design(project.id)
        data = Measurements(workspace, design) if design else None
        if data and data.submissions:
            rows = _effects(workspace, data)
            designs.append(data.design)
            effects += rows
            cards.append(project_card(data.design, rows, workspace.store.card(project.id)))
            process += _process(data)
        progress(project.id)
    if not designs:
        raise EvalkitError("synthesis.nothing")
    found = Synthesis(
        designs=tuple(designs),
        effects=tuple(effects),
        pooled=pooled_estimates(effects, poolable_versions(designs, effects)),
        cards=tuple(cards),
        process=tuple(process),
        cycles=cycles(workspace),
        awarded=len(projects),
        hash="",
    )
    tables = _tables(found)
    stamp = hashlib.sha256(b"".join(tables[name] for name in sorted(tables))).hexdigest()
    return found.model_copy(update={"hash": stamp})


def card(workspace: Workspace, project: str) -> Card:
    """The digital card of a project, filled as far as is known.

    Raises:
        EvalkitError: there is no such project, or it has no design yet.
    """
    data = Measurements(workspace, workspace.current_design(project))
    return project_card(data.design, _effects(workspace, data), workspace.store.card(project))


def _effects(workspace: Workspace, data: Measurements) -> list[EffectSize]:
    """One row for each outcome and side effect in each post-measurement and follow-up."""
    rows = []
    owner = workspace.plugins.owner(data.design.type.id)
    for wave in data.design.waves:
        if wave.kind not in (WaveKind.post, WaveKind.follow_up):
            continue
        for entry in data.design.entries(wave.id):
            kind = data.design.measure(entry.measure).kind
            post = data.values(entry.measure, wave.id)
            if kind not in (Kind.outcome, Kind.side_effect) or not has_numbers(entry):
                continue
            if post is None:
                continue
            under = workspace.store.design(post.design_hash.split()[-1]) or data.design
            as_asked = {e.measure: e for e in under.entries(wave.id)}.get(entry.measure, entry)
            pre, baseline = data.baseline(entry.measure)
            plugin = f"{owner.name} {under.plugins.get(owner.name, '')}".strip() if owner else None
            rows.append(effect_size(under, as_asked, post, pre, baseline, plugin, reached_rung))
    return rows


def _process(data: Measurements) -> list[ProcessRow]:
    rows: list[ProcessRow] = []
    for entry in data.design.schedule:
        measure = data.design.measure(entry.measure)
        if measure.kind not in (Kind.process, Kind.condition) or not has_numbers(entry):
            continue
        values = data.values(entry.measure, entry.wave)
        if values is not None:
            rows += describe_process(data.design, measure, entry.wave, values)
    return rows


def poolable_versions(
    designs: Iterable[Design], effects: Iterable[EffectSize] = ()
) -> dict[str, str]:
    """For each measure as ``id@version``, the newest version that declares it compatible.

    Args:
        designs: current designs, with the measures as they are now.
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


def _tables(found: Synthesis) -> dict[str, bytes]:
    rows = {
        "effects": found.effects,
        "pooled": found.pooled,
        "process": found.process,
        "moederbestand": found.cards,
    }
    return {f"{name}.csv": to_csv(frame(rows[name], model)) for name, model in TABLES.items()}


def write(
    workspace: Workspace,
    out: Path,
    lang: Lang,
    progress: Progress = lambda _: None,
    notice: str | None = None,
) -> tuple[Synthesis, tuple[Written, ...]]:
    """Synthesise and write everything into ``out``: tables, figures, report, R script.

    Args:
        workspace: the workspace.
        out: the folder.
        lang: language of the report and figures.
        progress: called with the id of each project when it is done.
        notice: a remark that must stand first in the report.

    Raises:
        EvalkitError: no results came in yet.
    """
    from evalkit.library.shipped import shipped
    from evalkit.render.forests import forest_figures
    from evalkit.render.html import to_html
    from evalkit.render.pdf import to_pdf
    from evalkit.render.report import synthesis_report

    found = synthesize(workspace, progress)
    figures = forest_figures(found, lang)
    report = synthesis_report(found, figures, lang, notice)
    files = {
        **_tables(found),
        "codebook.csv": to_csv(codebook()),
        "datapackage.json": data_package(found.hash),
        **{f"figures/forest-{name}.svg": figure for name, figure in figures.items()},
        "analysis.R": shipped("templates", "analysis.R").read_bytes(),
        "report.pdf": to_pdf(report),
        "report.html": to_html(report).encode("utf-8"),
    }
    return found, write_all(out, files)
