"""What comes in, read by its kind: workbook, package, survey export or any table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from evalkit.collect.data_package import DESCRIPTOR, read_data_package
from evalkit.collect.delivery import Delivery, Part
from evalkit.collect.exports import read_export
from evalkit.collect.files import MOST_ROWS
from evalkit.collect.mapping import Key, Mapping
from evalkit.collect.package import read_package
from evalkit.collect.reading.kinds import refuse_kind, refuse_mismatch
from evalkit.collect.survey_reading import Survey, read_survey, survey_of
from evalkit.collect.tables import TABLES, Table, read_table
from evalkit.collect.workbook_reading import read_workbook
from evalkit.errors import EvalkitError, FindingsError, finding, refuse_errors
from evalkit.library.yaml_file import YamlSource, read_text
from evalkit.model.design import Design
from evalkit.model.finding import Finding, Place
from evalkit.model.hashing import short
from evalkit.model.text import Text
from evalkit.workspace.workspace import Workspace

if TYPE_CHECKING:
    from evalkit.workspace.intake import Request

_HEAD = 1 << 20
"""Bytes of a workbook that tell whether it is one."""


class Read(NamedTuple):
    """What a file holds, the design it was collected under, and remarks on that design."""

    delivery: Delivery
    design: Design
    remarks: tuple[Finding, ...]


def read_delivery(workspace: Workspace, request: Request) -> Read:
    """The content of a file as a delivery.

    Raises:
        EvalkitError: there is no such project or wave as the sender names.
        FindingsError: nothing in the file can be read, or it is of another project.
    """
    path, suffix = request.path, request.path.suffix.lower()
    place = Place(file=path.name)
    try:
        refuse_kind(suffix, place)
    except EvalkitError as error:
        raise FindingsError([error.finding]) from error
    if suffix not in TABLES | {".json", ".zip"}:
        raise FindingsError([finding("intake.unknown_kind", place, suffix=suffix)])
    if suffix == ".xlsx":
        delivery = _workbook(path)
        if _is_foreign(delivery):
            return _read_table(workspace, request)
        if request.mapping is not None:
            unused = finding("intake.mapping_unused", Place(file=request.mapping.name))
            delivery = replace(delivery, findings=(*delivery.findings, unused))
    elif suffix in TABLES:
        return _read_table(workspace, request)
    elif suffix == ".zip" or path.name == DESCRIPTOR:
        delivery = read_data_package(path)
    else:
        delivery = read_package(path)
    if delivery.project is None:
        raise FindingsError(delivery.findings or [finding("intake.not_ours", place)])
    design, remarks = _design_of(workspace, request, delivery.project, delivery.design_hash)
    return Read(_as_asked(delivery, design, request), design, remarks)


def _workbook(path: Path) -> Delivery:
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
        refuse_mismatch(head, ".xlsx", Place(file=path.name))
    except EvalkitError as error:
        raise FindingsError([error.finding]) from error
    return read_workbook(path)


def _is_foreign(delivery: Delivery) -> bool:
    """Whether it is a workbook without anything of evalkit in it."""
    codes = {f.code for f in delivery.findings if f.is_error}
    return delivery.project is None and not delivery.parts and codes == {"intake.not_ours"}


def _read_table(workspace: Workspace, request: Request) -> Read:
    mapping, place = mapping_of(request.mapping) if request.mapping else (None, None)
    try:
        table = read_table(request.path, mapping.sheet if mapping else None)
    except EvalkitError as error:
        raise FindingsError([error.finding]) from error
    survey = None if mapping else survey_of(table)
    if isinstance(survey, tuple):
        raise FindingsError(survey)
    if survey is not None:
        return _read_survey(workspace, request, survey)
    project = request.project or (mapping.project if mapping else None)
    if project is None and mapping is None and request.path.suffix.lower() == ".xlsx":
        raise FindingsError([finding("intake.not_ours", Place(file=request.path.name))])
    design = workspace.current_design(_project(workspace, project))
    return Read(_export(table, design, request, mapping, place), design, ())


def read_head(workspace: Workspace, request: Request, table: Table) -> Read:
    """The first rows of a large table, read as the whole would be.

    Raises:
        EvalkitError: there is no such project.
        FindingsError: a mapping, which only tables that fit in memory are read with.
    """
    if request.mapping is not None:
        place = Place(file=request.path.name)
        raise FindingsError([finding("intake.large_mapping", place, limit=MOST_ROWS)])
    design = workspace.current_design(_project(workspace, request.project))
    return Read(_export(table, design, request, None, None), design, ())


def _export(
    table: Table,
    design: Design,
    request: Request,
    mapping: Mapping | None,
    place: Callable[[Key], Place] | None,
) -> Delivery:
    return read_export(
        table,
        design,
        wave=request.wave,
        taken_from=request.taken_on,
        taken_to=request.taken_on,
        mapping=mapping,
        place=place,
    )


def _read_survey(workspace: Workspace, request: Request, survey: Survey) -> Read:
    design, remarks = _design_of(workspace, request, survey.project, survey.design_hash)
    return Read(_as_asked(read_survey(survey, design), design, request), design, remarks)


def said_project(request: Request) -> str | None:
    """The project that a sender names, or its mapping or workbook; what is wrong in those is
    told elsewhere.
    """
    from evalkit.collect.marking import meta_of

    if request.project or request.mapping is None:
        return request.project or meta_of(request.path).get("project")
    try:
        return mapping_of(request.mapping)[0].project
    except (EvalkitError, FindingsError):
        return None


def mapping_of(path: Path) -> tuple[Mapping, Callable[[Key], Place]]:
    """The mapping in a YAML file, and where each of its keys stands.

    Raises:
        EvalkitError: the file does not exist or is not text.
        FindingsError: all that is wrong in it, each with its line.
    """
    source, findings = YamlSource.parse(read_text(path), path.name)
    if source is None or findings:
        raise FindingsError(findings)
    mapping, findings = source.read(Mapping)
    if mapping is None:
        raise FindingsError(findings)
    return mapping, source.place


def _as_asked(delivery: Delivery, design: Design, request: Request) -> Delivery:
    """The delivery with the wave that its sender names, if one is named.

    Raises:
        EvalkitError: there is no such wave.
        FindingsError: nothing is left.
    """
    waves = [wave.id for wave in design.waves]
    if request.wave not in (None, *waves):
        known = ", ".join(waves)
        values = {"wave": request.wave, "project": design.project.id, "known": known}
        raise EvalkitError("intake.wave_unknown", Place(file=request.path.name), **values)
    parts = tuple(
        _taken_as_said(p, request) for p in delivery.parts if request.wave in (None, p.wave)
    )
    if not parts:
        refuse_errors([*delivery.findings, *_other_waves(delivery, design, request)])
        empty = finding("intake.empty", Place(file=request.path.name))
        raise FindingsError([*delivery.findings, empty])
    return replace(delivery, parts=parts)


def _other_waves(delivery: Delivery, design: Design, request: Request) -> tuple[Finding, ...]:
    """That a file is for another wave than its sender says, if it is."""
    labels = {wave.id: wave.label for wave in design.waves}
    held = [labels[id] for id in dict.fromkeys(p.wave for p in delivery.parts) if id in labels]
    if request.wave is None or not held:
        return ()
    found = Text(nl=", ".join(w.nl for w in held), en=", ".join(w.en for w in held))
    place = Place(file=request.path.name)
    return (finding("intake.other_wave", place, found=found, wave=labels[request.wave]),)


def _taken_as_said(part: Part, request: Request) -> Part:
    """The part with the day its sender gives, where the file leaves it open."""
    taken = part.taken
    if request.taken_on is None or taken.first is not None or taken.unread:
        return part
    day = request.taken_on
    return replace(part, taken=replace(taken, first=day, last=day))


def _project(workspace: Workspace, id: str | None) -> str:
    if id is None:
        known = ", ".join(p.id for p in workspace.store.projects()) or "—"
        raise EvalkitError("intake.project_needed", known=known)
    return workspace.project(id).id


def _design_of(
    workspace: Workspace, request: Request, project: str, design_hash: str | None
) -> tuple[Design, tuple[Finding, ...]]:
    """The design that a file names, and a remark if the project has a newer one."""
    place = Place(file=request.path.name)
    if request.project not in (None, project):
        values = {"found": project, "project": request.project}
        raise FindingsError([finding("intake.other_project", place, **values)])
    if workspace.store.project(project) is None:
        # Nobody mistyped it: it stands in the file.
        known = ", ".join(p.id for p in workspace.store.projects()) or "—"
        raise FindingsError([finding("intake.project_unknown", place, id=project, known=known)])
    current = workspace.current_design(project)
    hash = design_hash or ""
    if hash == current.hash:
        return current, ()
    older = workspace.store.design(hash)
    if older is None or older.project.id != current.project.id:
        raise FindingsError([finding("intake.design_unknown", place, hash=short(hash))])
    return older, (finding("intake.design_older", place, hash=short(hash)),)
