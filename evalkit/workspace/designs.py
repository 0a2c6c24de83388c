"""Projects and their designs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from evalkit.design.making import make_design, with_findings, with_pairs
from evalkit.errors import EvalkitError, FindingsError, finding, refuse_errors
from evalkit.library.factors import factors
from evalkit.library.nearest import nearest_first
from evalkit.library.yaml_file import YamlSource, read_model, read_text
from evalkit.model.design import Design
from evalkit.model.finding import Finding, Place
from evalkit.model.project import Project
from evalkit.model.text import Lang
from evalkit.workspace.amendments import amendment_findings, plugin_findings
from evalkit.workspace.files import Written, write_all
from evalkit.workspace.protocols import Protocols
from evalkit.workspace.workspace import Workspace


def add_project(workspace: Workspace, path: Path) -> tuple[Project, bool, tuple[Finding, ...]]:
    """Add a project from its file, or bring it up to date.

    Returns:
        The project, whether anything changed, and remarks on it.

    Raises:
        EvalkitError: the file does not exist or is not text.
        FindingsError: all that is wrong in it, each with its line. Nothing is stored.
    """
    project = read_model(path, Project)
    source, _ = YamlSource.parse(read_text(path), path.name)
    assert source is not None
    try:
        design = of_project(workspace, project)
    except EvalkitError as error:
        wrong = error.finding.model_copy(update={"place": source.place(("protocol",))})
        raise FindingsError([wrong]) from None
    except FindingsError as error:
        raise FindingsError(in_file(source, wrong) for wrong in error.findings) from None
    findings = refuse_errors(in_file(source, remark) for remark in design.findings)
    return project, workspace.store.save_project(project), findings


def in_file(source: YamlSource, remark: Finding) -> Finding:
    """The remark with the line of its key in the file it is about."""
    if remark.place.file or not remark.place.key:
        return remark
    parts = remark.place.key.replace("]", "").replace("[", ".").split(".")
    place = source.place(tuple(int(part) if part.isdigit() else part for part in parts))
    return remark.model_copy(update={"place": place})


def make(workspace: Workspace, project_id: str) -> Design:
    """The project's design as things stand; it becomes the current one.

    Raises:
        EvalkitError: there is no such project.
        FindingsError: the design has errors. Nothing is stored.
    """
    return keep(workspace, draft(workspace, project_id))


def draft(workspace: Workspace, project_id: str) -> Design:
    """The project's design as things stand, with all remarks on it; nothing is stored.

    Raises:
        EvalkitError: there is no such project.
        FindingsError: the design has errors.
    """
    design = of_project(workspace, workspace.project(project_id))
    refuse_errors(design.findings)
    return design


def keep(workspace: Workspace, design: Design) -> Design:
    """Store the design as its project's current one, and give it with all remarks on it."""
    # Remarks are no part of a design's hash; of one that is known, those of its first time stay.
    known = workspace.store.design(design.hash)
    workspace.store.save_design(known or design)
    return design


def of_project(workspace: Workspace, project: Project) -> Design:
    """The design of a project as things stand, with all remarks on it; nothing is stored.

    Raises:
        EvalkitError: its protocol is not known.
        FindingsError: its type or protocol cannot be used.
    """
    plugins = workspace.plugins
    if project.type not in plugins.types:
        known = nearest_first(project.type, sorted(plugins.types))
        raise FindingsError(
            [finding("protocol.type_unknown", Place(key="type"), type=project.type, known=known)]
        )
    protocol = Protocols.of(workspace, plugins).get(project.protocol)
    type = plugins.types[project.type]
    design = make_design(
        project,
        protocol,
        type,
        plugins.measures,
        _versions(workspace, project),
        workspace.holidays,
        factors().must_address(),
    )
    pairs, failed = plugins.comparison_pairs(design)
    if pairs:
        design = with_pairs(design, pairs)
    remarks = (*failed, *plugins.check_design(design), *amendment_findings(workspace, design))
    return with_findings(design, (*remarks, *_older_plugins(workspace, project.id)))


def _older_plugins(workspace: Workspace, project: str) -> tuple[Finding, ...]:
    """Remarks on plugins that are older than those the design was made with so far."""
    current = workspace.store.current_design(project)
    return plugin_findings(workspace, current) if current else ()


def _versions(workspace: Workspace, project: Project) -> dict[str, str]:
    """Plugins the design depends on: the type's, and those of the measures it requires."""
    plugins = workspace.plugins
    type = plugins.types[project.type]
    owners = [plugins.owner(id) for id in (type.id, *(r.measure for r in type.requires))]
    return {owner.name: owner.version for owner in owners if owner}


def write(
    workspace: Workspace, project_id: str, out: Path, language: Lang | None = None
) -> tuple[Design, tuple[Written, ...]]:
    """Make the design and write its documents into ``out``, with its schedule and the workbook.

    Args:
        workspace: the workspace.
        project_id: id of the project.
        out: the folder.
        language: of the documents; by default that of the scheme. The design stays the same.

    Raises:
        EvalkitError: there is no such project.
        FindingsError: the design has errors. Nothing is written.
    """
    design = make(workspace, project_id)
    return design, write_all(out, documents(workspace, design, language))


def documents(
    workspace: Workspace, design: Design, language: Lang | None = None
) -> dict[str, bytes]:
    """All files that go with a design that is stored, by name.

    What people read is in ``language``, by default that of the design; what machines read of it,
    with its hash, is the same in each.
    """
    from evalkit.collect.submission_schema import submission_schema
    from evalkit.design.calendar import calendar
    from evalkit.design.schedule_table import schedule_table
    from evalkit.render.design_document import design_document
    from evalkit.render.html import to_html
    from evalkit.render.pdf import to_pdf
    from evalkit.workspace.workbooks import workbook_of

    versions = workspace.store.design_hashes(design.project.id)
    told = design.model_copy(update={"language": language or design.language})
    known = workspace.store.registrations(design.project.id)
    registered = [one for one in known if one.design_hash == design.hash]
    document = design_document(told, registered[-1] if registered else None)
    return {
        "design.pdf": to_pdf(document),
        "design.html": to_html(document).encode("utf-8"),
        "design.json": (design.model_dump_json(indent=2) + "\n").encode("utf-8"),
        "workbook.xlsx": workbook_of(workspace, told),
        "schedule.csv": schedule_table(told),
        "submission.schema.json": _json(submission_schema(design)),
        "calendar.ics": calendar(told, sequence=versions.index(design.hash)),
    }


def _json(value: dict[str, Any]) -> bytes:
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode("utf-8")
