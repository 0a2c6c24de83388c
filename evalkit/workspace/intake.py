"""Results come in: read, checked, and stored whole or not at all."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from evalkit.collect.checks import check_delivery
from evalkit.collect.delivery import Checked, Delivery, Part
from evalkit.collect.mapping import Mapping
from evalkit.collect.package import read_package
from evalkit.collect.tables import read_csv
from evalkit.collect.timing import baseline_status, check_dates
from evalkit.collect.workbook_reading import read_workbook
from evalkit.errors import EvalkitError, FindingsError, finding, refuse_errors
from evalkit.library.yaml_file import read_model
from evalkit.model.design import Design
from evalkit.model.finding import Finding, Place
from evalkit.model.hashing import short
from evalkit.model.submission import Submission
from evalkit.model.vocabulary import SubmissionStatus
from evalkit.workspace.computing import with_computed
from evalkit.workspace.workspace import Workspace


class Request(NamedTuple):
    """A file, and what its sender says of it where the file does not."""

    path: Path
    project: str | None = None
    wave: str | None = None
    mapping: Path | None = None
    taken_on: dt.date | None = None
    received_on: dt.date | None = None
    reason: str | None = None


class Result(NamedTuple):
    """What came of a file: the submissions that were stored, and remarks."""

    stored: tuple[Submission, ...]
    findings: tuple[Finding, ...]


def collect(workspace: Workspace, request: Request) -> Result:
    """Check a file with results and store it.

    The same data again are recognised and not stored twice. What was accepted is frozen: other
    data for the same schools and measures need a reason, supersede them, and both remain. The
    file itself is not kept: it may hold columns that nobody asked for.

    Raises:
        EvalkitError: no such file or project, or the file cannot be read at all.
        FindingsError: all that is wrong in it. Nothing is stored.
    """
    path = request.path
    if not path.is_file():
        raise EvalkitError("file.missing", path=path)
    workspace.store.vault.sweep()
    file_hash = hashlib.sha256(path.read_bytes()).hexdigest()
    delivery, design, remarks = _read(workspace, request)
    refuse_errors(delivery.findings)
    received = request.received_on or workspace.today
    checked, failed = with_computed(workspace, design, delivery, check_delivery(delivery, design))
    remarks = (*remarks, *failed)
    found = [
        (*result.findings, *check_dates(part, design, received))
        for part, result in zip(delivery.parts, checked, strict=True)
    ]
    refuse_errors([*remarks, *delivery.findings, *(f for findings in found for f in findings)])
    batch: list[tuple[Submission, pd.DataFrame]] = []
    shown = [*remarks, *delivery.findings]
    for part, result, findings in zip(delivery.parts, checked, found, strict=True):
        new = _submission(design, request, part, result, file_hash, received)
        there = _of_same_schools(workspace, new)
        overlapping = [old for old in there if set(old.measures) & set(new.measures)]
        same = [old.id for old in there if _is_same(workspace, old, new, result.frame)]
        if same:
            place = Place(file=path.name, sheet=part.origin.sheet)
            shown.append(finding("intake.same_data", place, submission=same[0]))
            continue
        place = Place(file=path.name, sheet=part.origin.sheet)
        superseded = _superseded(design, overlapping, new, place)
        update: dict[str, Any] = {"supersedes": superseded, "findings": (*remarks, *findings)}
        if not superseded:
            update["reason"] = None
        batch.append((new.model_copy(update=update), result.frame))
        shown += findings
    return Result(workspace.store.add_submissions(batch), tuple(shown))


def _of_same_schools(workspace: Workspace, new: Submission) -> list[Submission]:
    """Accepted submissions of the same kind that hold a school that the new one holds too."""
    return [
        old
        for old in workspace.store.submissions(new.project, new.wave, accepted_only=True)
        if (old.respondent, old.grain) == (new.respondent, new.grain)
        and set(old.schools) & set(new.schools)
    ]


def _is_same(workspace: Workspace, old: Submission, new: Submission, rows: pd.DataFrame) -> bool:
    """Whether the new one says exactly what the old one says."""
    same_dates = (old.taken_from, old.taken_to) == (new.taken_from, new.taken_to)
    return same_dates and workspace.store.rows(old).equals(rows)


def _read(workspace: Workspace, request: Request) -> tuple[Delivery, Design, tuple[Finding, ...]]:
    """The delivery, the design it was collected under, and remarks on that design."""
    suffix = request.path.suffix.lower()
    if suffix in (".csv", ".txt", ".tsv"):
        mapping = read_model(request.mapping, Mapping) if request.mapping else None
        project = request.project or (mapping.project if mapping else None)
        design = workspace.current_design(_project(workspace, project))
        delivery = read_csv(
            request.path,
            design,
            wave=request.wave,
            taken_from=request.taken_on,
            taken_to=request.taken_on,
            mapping=mapping,
        )
        return delivery, design, ()
    if suffix not in (".xlsx", ".json"):
        raise EvalkitError("intake.unknown_kind", Place(file=request.path.name), suffix=suffix)
    delivery = read_workbook(request.path) if suffix == ".xlsx" else read_package(request.path)
    if delivery.project is None:
        place = Place(file=request.path.name)
        raise FindingsError(delivery.findings or [finding("intake.not_ours", place)])
    if request.project not in (None, delivery.project):
        raise EvalkitError("intake.other_project", found=delivery.project, project=request.project)
    current = workspace.current_design(_project(workspace, delivery.project))
    design, remarks = _design_of(workspace, delivery, current, request)
    parts = tuple(
        _taken_as_said(p, request) for p in delivery.parts if request.wave in (None, p.wave)
    )
    waves = [wave.id for wave in design.waves]
    if request.wave not in (None, *waves):
        known = ", ".join(waves)
        values = {"wave": request.wave, "project": design.project.id, "known": known}
        raise EvalkitError("intake.wave_unknown", Place(file=request.path.name), **values)
    if not parts:
        refuse_errors(delivery.findings)
        empty = finding("intake.empty", Place(file=request.path.name))
        raise FindingsError([*delivery.findings, empty])
    return (
        Delivery(delivery.project, delivery.design_hash, parts, delivery.findings),
        design,
        remarks,
    )


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
    workspace: Workspace, delivery: Delivery, current: Design, request: Request
) -> tuple[Design, tuple[Finding, ...]]:
    hash = delivery.design_hash or ""
    if hash == current.hash:
        return current, ()
    place = Place(file=request.path.name)
    older = workspace.store.design(hash)
    if older is None or older.project.id != current.project.id:
        raise FindingsError([finding("intake.design_unknown", place, hash=short(hash))])
    return older, (finding("intake.design_older", place, hash=short(hash)),)


def _submission(
    design: Design,
    request: Request,
    part: Part,
    checked: Checked,
    file_hash: str,
    received: dt.date,
) -> Submission:
    first, last = part.taken_from, part.taken_to
    if first is None or last is None:  # check_dates reports this as an error
        raise AssertionError("a part without dates passed the checks")
    return Submission(
        id="",
        project=design.project.id,
        wave=part.wave,
        respondent=part.respondent,
        grain=part.grain,
        design_hash=design.hash,
        taken_from=first,
        taken_to=last,
        received=received,
        baseline=baseline_status(design, part.wave, first, last),
        file_name=request.path.name,
        file_hash=file_hash,
        blob="",
        rows=len(checked.frame),
        schools=checked.schools,
        measures=checked.measures,
        reason=request.reason,
        status=SubmissionStatus.accepted,
    )


def _superseded(
    design: Design, overlapping: list[Submission], new: Submission, place: Place
) -> tuple[str, ...]:
    """Ids of what the new submission replaces; it needs a reason, and must cover all of it."""
    wrong = []
    for old in overlapping:
        missing = [
            *(s for s in old.schools if s not in new.schools),
            *(m for m in old.measures if m not in new.measures),
        ]
        if not new.reason:
            wave, respondent = design.wave(new.wave).label, new.respondent.label
            values: dict[str, Any] = {"wave": wave, "respondent": respondent}
            wrong.append(finding("intake.already_there", place, submission=old.id, **values))
        elif missing:
            listed = ", ".join(missing)
            wrong.append(
                finding("intake.correction_incomplete", place, submission=old.id, missing=listed)
            )
    refuse_errors(wrong)
    return tuple(old.id for old in overlapping)
