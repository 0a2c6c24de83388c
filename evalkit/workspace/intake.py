"""Results come in: read, checked, and stored whole or not at all."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from evalkit.collect.checks import check_delivery
from evalkit.collect.delivery import Checked, Delivery, Part
from evalkit.collect.large import is_large, large_table, typed_frames
from evalkit.collect.timing import baseline_status, check_dates
from evalkit.errors import EvalkitError, refuse_errors
from evalkit.model.design import Design
from evalkit.model.finding import Finding, Place
from evalkit.model.submission import Submission
from evalkit.model.vocabulary import SubmissionStatus
from evalkit.workspace.amendments import plugin_findings
from evalkit.workspace.computing import with_computed
from evalkit.workspace.keys import with_pseudonyms
from evalkit.workspace.large_intake import kept, recognised, survey
from evalkit.workspace.linking import link_findings
from evalkit.workspace.reading import read_delivery
from evalkit.workspace.refusals import Attempt, refusals_recorded
from evalkit.workspace.storing import Arrival, signed, store_arrivals
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
    draft: bool = False
    """Whether it is only kept, to be submitted later."""
    by: str | None = None
    """Who sends it: a role, no name."""


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
        FindingsError: all that is wrong in it. Nothing is stored; that it came is recorded.
    """
    path = request.path
    if not path.is_file():
        raise EvalkitError("file.missing", path=path)
    workspace.store.vault.sweep()
    request = request._replace(by=signed(request.by))
    with path.open("rb") as file:
        file_hash = hashlib.file_digest(file, "sha256").hexdigest()
    with refusals_recorded(workspace, request, file_hash) as attempt:
        return _collect(workspace, request, file_hash, attempt)


def _collect(workspace: Workspace, request: Request, file_hash: str, attempt: Attempt) -> Result:
    if is_large(request.path):
        return _collect_large(workspace, request, file_hash, attempt)
    delivery, design, remarks = read_delivery(workspace, request)
    attempt.design = design
    remarks = (*remarks, *plugin_findings(workspace, design))
    if not delivery.parts:
        refuse_errors([*remarks, *delivery.findings])
    received = request.received_on or workspace.today
    checked, failed = with_computed(workspace, design, delivery, check_delivery(delivery, design))
    remarks = (*remarks, *failed)
    found = [
        (*_of_itself(delivery, result.findings), *check_dates(part, design, received))
        for part, result in zip(delivery.parts, checked, strict=True)
    ]
    refuse_errors(
        _once([*remarks, *delivery.findings, *(f for findings in found for f in findings)])
    )
    linked = link_findings(workspace, design, list(zip(delivery.parts, checked, strict=True)))
    found = [(*findings, *more) for findings, more in zip(found, linked, strict=True)]
    arrivals = []
    for part, result, findings in zip(delivery.parts, checked, found, strict=True):
        new = _submission(design, request, part, result, file_hash, received)
        new, rows = with_pseudonyms(workspace, new, result.frame)
        place = Place(file=request.path.name, sheet=part.origin.sheet)
        arrivals.append(Arrival(new, rows, place, findings))
    stored = store_arrivals(
        workspace, design, arrivals, remarks, request.by, read=delivery.findings
    )
    shown = (*remarks, *delivery.findings, *stored.findings)
    return Result(stored.submissions, _once(shown))


def _once(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Each finding once: a date on the start sheet is that of several sheets."""
    return tuple(dict.fromkeys(findings))


def _of_itself(delivery: Delivery, findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """The findings on a part that do not just follow from what could not be read of the file."""
    unread = [f.place for f in delivery.findings if f.is_error]
    cells = {(place.sheet, place.row, place.column) for place in unread if place.row is not None}
    follows = ("intake.measure_missing", "intake.fewer_than_planned") if unread else ()
    return tuple(
        f
        for f in findings
        if f.code not in follows
        and (f.place.sheet, f.place.row, f.place.column) not in cells
        and (f.place.sheet, f.place.row, None) not in cells
    )


def _collect_large(
    workspace: Workspace, request: Request, file_hash: str, attempt: Attempt
) -> Result:
    """As ``_collect``, of more rows than fit in memory."""
    with large_table(request.path) as table:
        part, design = recognised(workspace, request, table)
        attempt.design = design
        remarks = plugin_findings(workspace, design)
        received = request.received_on or workspace.today
        surveyed = survey(table, part, design)
        findings = (*surveyed.findings, *check_dates(part, design, received))
        refuse_errors([*remarks, *findings])
        checked = Checked(pd.DataFrame(), (), surveyed.measures, surveyed.schools)
        new = _submission(design, request, part, checked, file_hash, received)
        new, rows = kept(workspace, new, typed_frames(table, part, design))
    arrival = Arrival(new, rows, Place(file=request.path.name), findings)
    stored = store_arrivals(workspace, design, [arrival], remarks, request.by)
    return Result(stored.submissions, (*remarks, *stored.findings))


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
        status=SubmissionStatus.draft if request.draft else SubmissionStatus.accepted,
    )
