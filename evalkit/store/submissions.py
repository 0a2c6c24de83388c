"""Recording, moving on and finding submissions, within a transaction of the caller.

The transaction must be a writing one from its start, so that what is checked stays true.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, delete, func, insert, select
from sqlalchemy.orm import Session

from evalkit.errors import EvalkitError
from evalkit.model.submission import ReturnedFile, Submission
from evalkit.model.vocabulary import SubmissionStatus, SubmissionStep
from evalkit.store import events
from evalkit.store.history import canonical
from evalkit.store.tables import AcceptedCell, DesignRecord, ReturnedFileRecord, SubmissionRecord

ACCEPTED, DRAFT = SubmissionStatus.accepted, SubmissionStatus.draft
SUBMITTED, RETURNED = SubmissionStatus.submitted, SubmissionStatus.returned

UNKNOWN = "-"
"""Stands for the project of a refused file that does not say it."""


def record(
    session: Session, submission: Submission, at: dt.datetime, by: str | None = None
) -> Submission:
    """Record ``submission`` in the state it says and give it with its id.

    What waits for a decision and is wholly in the new one lapses.

    Raises:
        EvalkitError: ``intake.already_there``: an accepted submission that it does not supersede
            holds one of its measures of one of its schools, or it is there already and waits.
        ValueError: its design is not stored, it supersedes what is not an accepted submission
            of the same project, wave and respondent, or nothing begins in its state.
    """
    if not _has_design(session, submission):
        raise ValueError(f"{submission.project}: no design {submission.design_hash} is stored")
    if submission.status not in (DRAFT, SUBMITTED, ACCEPTED):
        raise ValueError(f"a submission does not begin as {submission.status}")
    _replaced(session, submission)
    _refuse_twin(session, submission)
    number = _next_number(session, submission)
    id = f"{submission.project}/{submission.wave}/{submission.respondent.value}/{number}"
    kept = submission.model_copy(update={"id": id})
    row = _row(kept, number, at)
    if kept.status is ACCEPTED:
        _refuse_conflict(session, kept)
    session.add(row)
    session.flush()
    events.append(session, [row], kept.status, at, by=by, reason=kept.reason)
    if kept.status is ACCEPTED:
        _take_effect(session, kept, row, at, by)
    _let_lapse(session, kept, row, at, by)
    return kept


def submit(
    session: Session, submission: Submission, at: dt.datetime, by: str | None = None
) -> Submission:
    """Make a draft submitted or accepted, as ``submission`` says; it fixes when it came in,
    what it supersedes and why.

    Raises:
        EvalkitError: ``submission.state`` if it is no draft; else as ``record``.
        ValueError: as ``record``.
    """
    row = _in_state(session, submission.id, DRAFT)
    _replaced(session, submission)
    _refuse_twin(session, submission)
    if submission.status is ACCEPTED:
        _refuse_conflict(session, submission)
    said = submission.model_dump(mode="json", include=set(events.FIXED_LATER))
    reason = submission.reason
    events.append(session, [row], submission.status, at, by=by, reason=reason, content=said)
    if submission.status is ACCEPTED:
        _take_effect(session, submission, row, at, by)
    _let_lapse(session, submission, row, at, by)
    return _found(session, submission.id)


def accept(session: Session, id: str, at: dt.datetime, by: str | None = None) -> Submission:
    """Accept what was submitted.

    Raises:
        EvalkitError: ``submission.state`` if it does not wait for that; ``submission.overtaken``
            or ``intake.already_there`` if others were accepted in the meantime.
    """
    row = _in_state(session, id, SUBMITTED)
    submission = _found(session, id)
    for old in _replaced(session, submission):
        if old.superseded_by is not None:
            raise EvalkitError("submission.overtaken", submission=id, other=old.id)
    _refuse_conflict(session, submission)
    events.append(session, [row], ACCEPTED, at, by=by)
    _take_effect(session, submission, row, at, by)
    return _found(session, id)


def send_back(
    session: Session, id: str, at: dt.datetime, reason: str, by: str | None = None
) -> Submission:
    """Return what was submitted to who sent it.

    Raises:
        EvalkitError: ``submission.state`` if it does not wait for a decision.
    """
    row = _in_state(session, id, SUBMITTED)
    events.append(session, [row], RETURNED, at, by=by, reason=reason)
    return _found(session, id)


def note(
    session: Session,
    ids: Collection[str],
    step: SubmissionStep,
    at: dt.datetime,
    by: str | None = None,
) -> None:
    """Record something that leaves the submissions in their state."""
    rows = session.scalars(select(SubmissionRecord).where(SubmissionRecord.id.in_(ids))).all()
    events.append(session, rows, step, at, by=by)


def find(
    session: Session,
    *,
    project: str | None = None,
    wave: str | None = None,
    file_hash: str | None = None,
    accepted_only: bool = False,
) -> tuple[Submission, ...]:
    """The submissions that match all that is given, in the order they were recorded."""
    wanted: list[ColumnElement[bool]] = []
    if project is not None:
        wanted.append(SubmissionRecord.project == project)
    if wave is not None:
        wanted.append(SubmissionRecord.wave == wave)
    if file_hash is not None:
        wanted.append(SubmissionRecord.file_hash == file_hash)
    if accepted_only:
        wanted.append(events.state() == ACCEPTED.value)
    return _all(session, *wanted)


def accepted(session: Session, projects: Collection[str]) -> tuple[Submission, ...]:
    """The accepted submissions of these projects, in the order they were recorded."""
    of_these = SubmissionRecord.project.in_(projects)
    return _all(session, of_these, events.state() == ACCEPTED.value)


def by_id(session: Session, id: str) -> Submission | None:
    """The submission with that id."""
    return next(iter(_all(session, SubmissionRecord.id == id)), None)


def record_returned(session: Session, file: ReturnedFile) -> ReturnedFile:
    """Record a file that was refused and give it with its id."""
    project = file.project or UNKNOWN
    last = session.scalar(
        select(func.max(ReturnedFileRecord.number)).where(ReturnedFileRecord.project == project)
    )
    number = (last or 0) + 1
    kept = file.model_copy(update={"id": f"{project}/returned/{number}"})
    session.add(
        ReturnedFileRecord(
            project=project, number=number, content=canonical(kept), recorded_at=kept.at
        )
    )
    return kept


def returned(session: Session, project: str | None = None) -> tuple[ReturnedFile, ...]:
    """The files that were refused, of one project or of all, in the order they came."""
    query = select(ReturnedFileRecord.content).order_by(ReturnedFileRecord.seq)
    if project is not None:
        query = query.where(ReturnedFileRecord.project == project)
    return tuple(ReturnedFile.model_validate_json(text) for text in session.scalars(query))


def _all(session: Session, *wanted: ColumnElement[bool]) -> tuple[Submission, ...]:
    query = select(SubmissionRecord.content, events.state(), events.fixed())
    rows = session.execute(query.where(*wanted).order_by(SubmissionRecord.seq))
    return tuple(_submission(*row) for row in rows)


def _submission(content: str, state: str, fixed: str | None) -> Submission:
    kept = Submission.model_validate_json(content)
    if fixed is not None:
        settled = json.loads(content) | json.loads(fixed)
        kept = Submission.model_validate_json(json.dumps(settled))
    return kept.model_copy(update={"status": SubmissionStatus[state]})


def _found(session: Session, id: str) -> Submission:
    found = by_id(session, id)
    if found is None:
        raise EvalkitError("submission.unknown", id=id)
    return found


def _in_state(session: Session, id: str, needed: SubmissionStatus) -> SubmissionRecord:
    """The row of a submission that must be in that state."""
    found = _found(session, id)
    if found.status is not needed:
        raise EvalkitError(
            "submission.state", submission=id, status=found.status.label, needed=needed.label
        )
    return session.scalars(select(SubmissionRecord).where(SubmissionRecord.id == id)).one()


def _has_design(session: Session, submission: Submission) -> bool:
    stored = select(DesignRecord.seq).where(
        DesignRecord.hash == submission.design_hash, DesignRecord.project == submission.project
    )
    return session.scalar(stored) is not None


def _replaced(session: Session, submission: Submission) -> Sequence[SubmissionRecord]:
    """The rows of what a submission supersedes, all of which were accepted once."""
    named = set(submission.supersedes)
    rows = session.scalars(
        select(SubmissionRecord).where(
            SubmissionRecord.id.in_(named),
            events.state().in_([ACCEPTED.value, SubmissionStatus.superseded.value]),
            *_same_kind(submission, any_grain=True),
        )
    ).all()
    strange = named - {row.id for row in rows}
    if strange:
        raise ValueError(f"cannot supersede {', '.join(sorted(strange))}: not of the same delivery")
    return rows


def _same_kind(submission: Submission, any_grain: bool = False) -> list[ColumnElement[bool]]:
    """Conditions on rows of the same project, wave, respondent and grain."""
    same = [
        SubmissionRecord.project == submission.project,
        SubmissionRecord.wave == submission.wave,
        SubmissionRecord.respondent == submission.respondent.value,
    ]
    return same if any_grain else [*same, SubmissionRecord.grain == submission.grain.value]


def _refuse_twin(session: Session, submission: Submission) -> None:
    """Of one thing that two send at the same moment, only one may come to wait."""
    if submission.status is ACCEPTED:  # A conflict of cells, which is refused anyway.
        return
    live = [SUBMITTED, ACCEPTED] + ([DRAFT] if submission.status is DRAFT else [])
    states = [status.value for status in live]
    twins = _all(
        session,
        *_same_kind(submission),
        SubmissionRecord.blob == submission.blob,
        SubmissionRecord.id != submission.id,
        events.state().in_(states),
    )
    days = (submission.taken_from, submission.taken_to)
    for twin in twins:
        if (twin.taken_from, twin.taken_to) == days:
            raise _already_there(submission, twin.id)


def _refuse_conflict(session: Session, submission: Submission) -> None:
    other = session.scalar(
        select(SubmissionRecord.id)
        .join(AcceptedCell, AcceptedCell.submission == SubmissionRecord.seq)
        .where(
            AcceptedCell.project == submission.project,
            AcceptedCell.wave == submission.wave,
            AcceptedCell.respondent == submission.respondent.value,
            AcceptedCell.grain == submission.grain.value,
            AcceptedCell.school.in_(submission.schools),
            AcceptedCell.measure.in_(submission.measures),
            SubmissionRecord.id.not_in(submission.supersedes),
        )
        .order_by(SubmissionRecord.seq)
        .limit(1)
    )
    if other is not None:
        raise _already_there(submission, other)


def _already_there(submission: Submission, other: str) -> EvalkitError:
    return EvalkitError(
        "intake.already_there",
        wave=submission.wave,
        respondent=submission.respondent.label,
        submission=other,
    )


def _next_number(session: Session, submission: Submission) -> int:
    last = session.scalar(
        select(func.max(SubmissionRecord.number)).where(*_same_kind(submission, any_grain=True))
    )
    return (last or 0) + 1


def _take_effect(
    session: Session,
    submission: Submission,
    row: SubmissionRecord,
    at: dt.datetime,
    by: str | None,
) -> None:
    """What follows from a submission being accepted: what it supersedes no longer counts."""
    replaced = _replaced(session, submission)
    if any(old.superseded_by is not None for old in replaced):
        raise ValueError(f"{submission.supersedes} are superseded already")
    for old in replaced:
        old.superseded_by = row.seq
    reason = submission.reason
    events.append(session, replaced, SubmissionStep.superseded, at, by=by, reason=reason)
    _claim_cells(session, submission, row.seq, [old.seq for old in replaced])


def _let_lapse(
    session: Session,
    submission: Submission,
    row: SubmissionRecord,
    at: dt.datetime,
    by: str | None,
) -> None:
    """Let lapse what waits and is wholly in the new one: for a draft, other drafts alone."""
    states = [DRAFT.value] if submission.status is DRAFT else [DRAFT.value, SUBMITTED.value]
    waiting = session.scalars(
        select(SubmissionRecord).where(
            *_same_kind(submission), SubmissionRecord.seq != row.seq, events.state().in_(states)
        )
    ).all()
    schools, measures = set(submission.schools), set(submission.measures)
    covered = []
    for old in waiting:
        held = json.loads(old.content)
        if schools.issuperset(held["schools"]) and measures.issuperset(held["measures"]):
            old.superseded_by = row.seq
            covered.append(old)
    events.append(session, covered, SubmissionStep.lapsed, at, by=by)


def _claim_cells(session: Session, submission: Submission, seq: int, replaced: list[int]) -> None:
    if replaced:
        session.execute(delete(AcceptedCell).where(AcceptedCell.submission.in_(replaced)))
    cells = [
        {
            "project": submission.project,
            "wave": submission.wave,
            "respondent": submission.respondent.value,
            "grain": submission.grain.value,
            "school": school,
            "measure": measure,
            "submission": seq,
        }
        for school in sorted(set(submission.schools))
        for measure in sorted(set(submission.measures))
    ]
    if cells:
        session.execute(insert(AcceptedCell), cells)


def _row(submission: Submission, number: int, recorded_at: dt.datetime) -> SubmissionRecord:
    return SubmissionRecord(
        id=submission.id,
        project=submission.project,
        wave=submission.wave,
        respondent=submission.respondent.value,
        number=number,
        grain=submission.grain.value,
        design_hash=submission.design_hash,
        file_hash=submission.file_hash,
        blob=submission.blob,
        superseded_by=None,
        content=canonical(submission),
        recorded_at=recorded_at,
    )
