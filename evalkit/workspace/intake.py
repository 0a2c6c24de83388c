"""Results come in: read, checked, and stored whole or not at all."""

from __future__ import annotations

import datetime as dt
import hashlib
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from evalkit.collect.checks import check_delivery
from evalkit.collect.delivery import Checked, Part
from evalkit.collect.timing import baseline_status, check_dates
from evalkit.errors import EvalkitError, finding, refuse_errors
from evalkit.model.design import Design
from evalkit.model.finding import Finding, Place
from evalkit.model.submission import Submission
from evalkit.model.vocabulary import SubmissionStatus
from evalkit.workspace.amendments import plugin_findings
from evalkit.workspace.computing import with_computed
from evalkit.workspace.keys import kept_rows, with_pseudonyms
from evalkit.workspace.linking import link_findings
from evalkit.workspace.reading import read_delivery
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
    delivery, design, remarks = read_delivery(workspace, request)
    remarks = (*remarks, *plugin_findings(workspace, design))
    refuse_errors(delivery.findings)
    received = request.received_on or workspace.today
    checked, failed = with_computed(workspace, design, delivery, check_delivery(delivery, design))
    remarks = (*remarks, *failed)
    found = [
        (*result.findings, *check_dates(part, design, received))
        for part, result in zip(delivery.parts, checked, strict=True)
    ]
    refuse_errors([*remarks, *delivery.findings, *(f for findings in found for f in findings)])
    linked = link_findings(workspace, design, list(zip(delivery.parts, checked, strict=True)))
    found = [(*findings, *more) for findings, more in zip(found, linked, strict=True)]
    batch: list[tuple[Submission, pd.DataFrame]] = []
    shown = [*remarks, *delivery.findings]
    for part, result, findings in zip(delivery.parts, checked, found, strict=True):
        new = _submission(design, request, part, result, file_hash, received)
        new, rows = with_pseudonyms(workspace, new, result.frame)
        there = _of_same_schools(workspace, new)
        overlapping = [old for old in there if set(old.measures) & set(new.measures)]
        same = [old.id for old in there if _is_same(workspace, old, new, rows)]
        if same:
            place = Place(file=path.name, sheet=part.origin.sheet)
            shown.append(finding("intake.same_data", place, submission=same[0]))
            continue
        place = Place(file=path.name, sheet=part.origin.sheet)
        superseded = _superseded(design, overlapping, new, place)
        update: dict[str, Any] = {"supersedes": superseded, "findings": (*remarks, *findings)}
        if not superseded:
            update["reason"] = None
        batch.append((new.model_copy(update=update), rows))
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
    return same_dates and kept_rows(workspace, old).equals(rows)


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
