"""The life of a submission after it came in: list, show, submit, accept, return, export."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from evalkit.collect.files import MOST_ROWS
from evalkit.collect.wording import date_text
from evalkit.errors import EvalkitError, FindingsError, finding, refuse_errors
from evalkit.model.finding import Finding, Place
from evalkit.model.hashing import short
from evalkit.model.safe_text import printable
from evalkit.model.submission import ReturnedFile, Submission, SubmissionEvent
from evalkit.model.vocabulary import SubmissionStatus
from evalkit.store.vault import Kept
from evalkit.workspace.files import Written, about, write_whole
from evalkit.workspace.keys import kept_rows
from evalkit.workspace.storing import (
    is_same,
    needs_review,
    overlapping_with,
    signed,
    superseded,
    undisturbed,
)
from evalkit.workspace.workspace import Workspace

if TYPE_CHECKING:
    import pandas as pd


class Entry(NamedTuple):
    """One line of the list: a submission, or a file that was refused."""

    id: str
    status: SubmissionStatus
    project: str | None
    wave: str | None
    respondent: str | None
    grain: str | None
    rows: int
    errors: int
    warnings: int
    received: dt.date
    at: dt.datetime
    by: str | None
    file_name: str
    file_hash: str
    design_hash: str | None


class Life(NamedTuple):
    """A submission with all that happened to it; or a refused file, with what was wrong."""

    submission: Submission | None
    events: tuple[SubmissionEvent, ...] = ()
    returned: ReturnedFile | None = None


class Submitted(NamedTuple):
    """What a draft became, and what is said of it."""

    submission: Submission
    findings: tuple[Finding, ...]


def listed(
    workspace: Workspace,
    *,
    project: str | None = None,
    wave: str | None = None,
    state: SubmissionStatus | None = None,
) -> tuple[Entry, ...]:
    """All that came in of a project and wave, refused files too, in the order it came.

    Raises:
        EvalkitError: there is no such project.
    """
    if project is not None:
        workspace.project(project)
    store = workspace.store
    starts = store.submission_starts(project)
    entries = [_entry(s, starts[s.id]) for s in store.submissions(project, wave)]
    entries += [_refused(file) for file in store.returned_files(project)]
    wanted = [
        entry
        for entry in entries
        if (wave is None or entry.wave == wave) and (state is None or entry.status is state)
    ]
    return tuple(sorted(wanted, key=lambda entry: entry.at))


def _entry(submission: Submission, first: SubmissionEvent) -> Entry:
    return Entry(
        id=submission.id,
        status=submission.status,
        project=submission.project,
        wave=submission.wave,
        respondent=submission.respondent,
        grain=submission.grain,
        rows=submission.rows,
        errors=0,
        warnings=len(submission.findings),
        received=submission.received,
        at=first.at,
        by=first.by,
        file_name=submission.file_name,
        file_hash=submission.file_hash,
        design_hash=submission.design_hash,
    )


def _refused(file: ReturnedFile) -> Entry:
    return Entry(
        id=file.id,
        status=SubmissionStatus.returned,
        project=file.project,
        wave=file.wave,
        respondent=None,
        grain=None,
        rows=0,
        errors=file.errors,
        warnings=sum(f.severity == "warning" for f in file.findings),
        received=file.received,
        at=file.at,
        by=file.by,
        file_name=file.file_name,
        file_hash=file.file_hash,
        design_hash=file.design_hash,
    )


def show(workspace: Workspace, id: str) -> Life:
    """A submission or refused file with all that is known of it.

    Raises:
        EvalkitError: there is none.
    """
    submission = workspace.store.submission(id)
    if submission is not None:
        return Life(submission, workspace.store.submission_events(id))
    file = _returned(workspace, id)
    if file is None:
        raise EvalkitError("submission.unknown", id=id)
    return Life(None, returned=file)


def found(workspace: Workspace, id: str) -> Submission:
    """The submission with that id, the data of which were kept.

    Raises:
        EvalkitError: there is none, or it is a refused file.
    """
    submission = workspace.store.submission(id)
    if submission is None:
        refused = _returned(workspace, id)
        raise EvalkitError("submission.returned_file" if refused else "submission.unknown", id=id)
    return submission


def _returned(workspace: Workspace, id: str) -> ReturnedFile | None:
    return next((file for file in workspace.store.returned_files() if file.id == id), None)


def submit(
    workspace: Workspace,
    id: str,
    *,
    reason: str | None = None,
    by: str | None = None,
    received_on: dt.date | None = None,
) -> Submitted:
    """Submit a draft: it came in now, and counts as far as its scheme lets it at once.

    Its rows passed the checks when it was kept and cannot have changed; what is checked again is
    what others delivered in the meantime.

    Raises:
        EvalkitError: there is no such draft, or the same data were accepted already.
        FindingsError: it replaces what was accepted, without a reason or without covering it, or
            its data are of a later day.
    """
    draft = found(workspace, id)
    reason = printable(reason or "").strip() or None
    store = workspace.store
    design = store.design(draft.design_hash)
    assert design is not None  # the store keeps no submission without its design
    reviewed = needs_review(workspace, design.protocol)
    status = SubmissionStatus.submitted if reviewed else SubmissionStatus.accepted
    received = received_on or workspace.today
    new = draft.model_copy(update={"reason": reason, "received": received, "status": status})
    place = Place(file=draft.file_name)

    current = store.current_design(draft.project)
    older = current is not None and current.hash != design.hash
    remarks = [finding("intake.design_older", place, hash=short(design.hash))] if older else []

    def once() -> Submission:
        if draft.status is not SubmissionStatus.draft:
            return store.submit(new, by=signed(by))  # Which says that it is none.
        if received < draft.taken_to:
            values = {"taken": date_text(draft.taken_to), "received": date_text(received)}
            raise FindingsError([finding("intake.taken_future", place, **values)])
        overlapping = overlapping_with(workspace, new)
        for old in overlapping:
            if is_same(workspace, old, new, _rows_of(workspace, draft)):
                raise EvalkitError("submission.nothing_new", submission=id, other=old.id)
        ids, wrong = superseded(design, overlapping, new, place)
        refuse_errors([*wrong, *remarks])
        update = {"supersedes": ids, "reason": reason if ids else None}
        return store.submit(new.model_copy(update=update), by=signed(by))

    kept = undisturbed(once)
    waits = kept.status is SubmissionStatus.submitted
    said = [finding("submission.waits", place, submission=id)] if waits else []
    return Submitted(kept, (*said, *remarks))


def _rows_of(workspace: Workspace, draft: Submission) -> pd.DataFrame | Kept:
    """The rows of a draft; of more than fit in memory where they are."""
    large = draft.rows > MOST_ROWS
    return Kept(draft.blob, draft.rows) if large else kept_rows(workspace, draft)


def accept(workspace: Workspace, id: str, *, by: str | None = None) -> Submission:
    """Accept what waits for the funder.

    Raises:
        EvalkitError: there is none, it does not wait, or others were accepted in the meantime.
    """
    found(workspace, id)
    return workspace.store.accept(id, by=signed(by))


def send_back(workspace: Workspace, id: str, reason: str, *, by: str | None = None) -> Submission:
    """Return what waits for the funder to the school, which is told why.

    Raises:
        EvalkitError: there is none, it does not wait, or there is no reason.
    """
    found(workspace, id)
    said = printable(reason).strip()
    if not said:
        raise EvalkitError("submission.reason_needed", submission=id)
    return workspace.store.send_back(id, said, by=signed(by))


def export(
    workspace: Workspace, id: str, out: Path, *, by: str | None = None
) -> tuple[Written, ...]:
    """Write a submission into ``out``: its rows as a data package, and what is known of it.

    Codes of persons and classes are pseudonyms. That it was exported, and by whom, is recorded.

    Raises:
        EvalkitError: there is none.
    """
    import numpy as np

    from evalkit.collect.data_package import write_data_package
    from evalkit.collect.delivery import Origin, Part, Taken

    submission = found(workspace, id)
    design = workspace.store.design(submission.design_hash)
    assert design is not None  # the store keeps no submission without its design
    rows = kept_rows(workspace, submission)
    part = Part(
        submission.wave,
        submission.respondent,
        submission.grain,
        rows,
        Origin(submission.file_name, np.arange(1, len(rows) + 1)),
        Taken(submission.taken_from, submission.taken_to),
    )
    workspace.store.note_export(id, by=signed(by))
    life = show(workspace, id)
    known = {
        "submission": submission.model_dump(mode="json"),
        "events": [event.model_dump(mode="json") for event in life.events],
    }
    text = json.dumps(known, indent=2, ensure_ascii=False) + "\n"
    files = write_data_package(design, [part], submission=id)
    files["submission.json"] = text.encode("utf-8")
    out.mkdir(parents=True, exist_ok=True)
    written = []
    for name, content in files.items():
        write_whole(out / name, content)
        written.append(Written(out / name, about("rows" if name.endswith(".csv") else name)))
    return tuple(written)
