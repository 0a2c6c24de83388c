"""Projects and their designs."""

from __future__ import annotations

from pathlib import Path

from evalkit.design.making import make_design, with_findings, with_pairs
from evalkit.errors import EvalkitError, FindingsError, finding, refuse_errors
from evalkit.library.yaml_file import YamlSource, read_model, read_text
from evalkit.model.design import Design
from evalkit.model.finding import Finding, Place
from evalkit.model.project import Project
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
        design = _make(workspace, project)
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
    design = _make(workspace, workspace.project(project_id))
    refuse_errors(design.findings)
    # Remarks are no part of a design's hash; of one that is known, those of its first time stay.
    known = workspace.store.design(design.hash)
    workspace.store.save_design(known or design)
    return design


def _make(workspace: Workspace, project: Project) -> Design:
    plugins = workspace.plugins
    protocol = Protocols.of(workspace, plugins).get(project.protocol)
    if project.type not in plugins.types:
        known = ", ".join(plugins.types) or "—"
        raise FindingsError(
            [finding("protocol.type_unknown", Place(key="type"), type=project.type, known=known)]
        )
    type = plugins.types[project.type]
    design = make_design(project, protocol, type, plugins.measures, _versions(workspace, project))
    pairs, failed = plugins.comparison_pairs(design)
    if pairs:
        design = with_pairs(design, pairs)
    return with_findings(design, (*failed, *plugins.check_design(design)))


def _versions(workspace: Workspace, project: Project) -> dict[str, str]:
    """Plugins the design depends on: the type's, and those of the measures it requires."""
    plugins = workspace.plugins
    type = plugins.types[project.type]
    owners = [plugins.owner(id) for id in (type.id, *(r.measure for r in type.requires))]
    return {owner.name: owner.version for owner in owners if owner}


def write(workspace: Workspace, project_id: str, out: Path) -> tuple[Design, tuple[Written, ...]]:
    """Make the design and write its documents into ``out``: PDF, HTML, JSON and workbook.

    Raises:
        EvalkitError: there is no such project.
        FindingsError: the design has errors. Nothing is written.
    """
    from evalkit.collect.workbook import write_workbook
    from evalkit.render.design_document import design_document
    from evalkit.render.html import to_html
    from evalkit.render.pdf import to_pdf

    design = make(workspace, project_id)
    document = design_document(design)
    files = {
        "design.pdf": to_pdf(document),
        "design.html": to_html(document).encode("utf-8"),
        "design.json": (design.model_dump_json(indent=2) + "\n").encode("utf-8"),
        "workbook.xlsx": write_workbook(design),
    }
    return design, write_all(out, files)
