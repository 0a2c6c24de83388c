"""PDCA cycles and digital cards: logged from files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from evalkit.errors import EvalkitError, FindingsError, finding, refuse_errors
from evalkit.library.factors import factors
from evalkit.library.vocabularies import vocabularies
from evalkit.library.yaml_file import YamlSource, read_model, read_text
from evalkit.model.card import Card
from evalkit.model.cycle import Cycle
from evalkit.model.finding import Finding
from evalkit.model.project_type import Step
from evalkit.model.synthesis import LoggedCycle
from evalkit.pdca.completeness import changed_parts, check_cycle, verdict
from evalkit.pdca.steps import check_steps
from evalkit.workspace.designs import in_file
from evalkit.workspace.workspace import Workspace


def add_cycle(workspace: Workspace, path: Path) -> tuple[Cycle, tuple[Finding, ...]]:
    """Log a cycle from its file, or complete one that is logged in part.

    Raises:
        EvalkitError: no such file or project, or the cycle is logged with other content.
        FindingsError: all that is wrong in the file, each with its line.
    """
    cycle = read_model(path, Cycle)
    project = workspace.project(cycle.project)
    there = workspace.store.cycles(project.id)
    for logged in there:
        parts = changed_parts(logged, cycle) if logged.number == cycle.number else ()
        if parts:
            raise EvalkitError(
                "cycle.exists", number=cycle.number, project=project.id, parts=", ".join(parts)
            )
    source, _ = YamlSource.parse(read_text(path), path.name)
    assert source is not None
    procedure = _procedure(workspace, project.id)
    remarks = (
        *check_cycle(cycle, project),
        *check_steps(cycle, procedure, project.type, there),
    )
    findings = refuse_errors(in_file(source, remark) for remark in remarks)
    workspace.store.save_cycle(cycle)
    return cycle, findings


def _procedure(workspace: Workspace, project: str) -> tuple[Step, ...]:
    """The steps a project works by: those of its design, else of its type as it is now."""
    design = workspace.store.current_design(project)
    if design:
        return design.procedure
    type = workspace.plugins.types.get(workspace.project(project).type)
    return type.procedure if type else ()


def cycles(workspace: Workspace, project: str | None = None) -> tuple[LoggedCycle, ...]:
    """All cycles, or those of one project, each with its verdict.

    Raises:
        EvalkitError: there is no such project.
    """
    names = (
        [workspace.project(project).id] if project else [p.id for p in workspace.store.projects()]
    )
    logged = ((name, workspace.store.cycles(name)) for name in names)
    return tuple(one for name, found in logged if found for one in judged(workspace, name, found))


def judged(workspace: Workspace, project: str, logged: Sequence[Cycle]) -> list[LoggedCycle]:
    """The cycles of a project, each with its verdict."""
    procedure = _procedure(workspace, project) if logged else ()
    return [
        LoggedCycle(cycle=one, verdict=verdict(one, logged), procedure=procedure) for one in logged
    ]


def cycle(workspace: Workspace, project: str, number: int) -> LoggedCycle:
    """One cycle of a project, with its verdict.

    Raises:
        EvalkitError: there is no such project or cycle.
    """
    for logged in cycles(workspace, project):
        if logged.cycle.number == number:
            return logged
    raise EvalkitError("cycle.unknown", number=number, project=project)


def add_card(workspace: Workspace, path: Path) -> Card:
    """Store what a project says on its digital card; a later file replaces it.

    Raises:
        EvalkitError: no such file or project.
        FindingsError: all that is wrong in the file, each with its line.
    """
    card = read_model(path, Card)
    workspace.project(card.project)
    source, _ = YamlSource.parse(read_text(path), path.name)
    assert source is not None
    words = vocabularies()
    wrong = []
    for key in ("aspects", "target_groups", "determinants", "indicators"):
        known = words.codes(key)
        for i, value in enumerate(getattr(card, key)):
            if value not in known:
                place = source.place((key, i))
                listed = ", ".join(known)
                wrong.append(finding("card.vocabulary", place, value=value, key=key, known=listed))
    codes = factors().codes()
    for key in ("promoting_factors", "hindering_factors"):
        for value in getattr(card, key):
            if value not in codes:
                place, listed = source.place((key, value)), ", ".join(codes)
                wrong.append(finding("card.vocabulary", place, value=value, key=key, known=listed))
    if wrong:
        raise FindingsError(wrong)
    workspace.store.save_card(card)
    return card
