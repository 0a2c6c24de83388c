"""Recording and finding submissions, within a transaction of the caller."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from evalkit.errors import EvalkitError
from evalkit.model.submission import Submission
from evalkit.model.vocabulary import SubmissionStatus
from evalkit.store.history import canonical
from evalkit.store.tables import AcceptedCell, DesignRecord, SubmissionRecord


def record(session: Session, submission: Submission, recorded_at: dt.datetime) -> Submission:
    """Record ``submission`` as accepted and give it with its id.

    The transaction must be a writing one from its start, so that what is checked stays true.

    Raises:
        EvalkitError: ``intake.already_there``: an accepted submission that it does not supersede
            holds one of its measures of one of its schools.
        ValueError: its design is not stored, or it supersedes what is not an accepted submission
            of the same project, wave and respondent.
    """
    if not _has_design(session, submission):
        raise ValueError(f"{submission.project}: no design {submission.design_hash} is stored")
    replaced = _replaced(session, submission)
    _refuse_conflict(session, submission)
    if any(old.superseded_by is not None for old in replaced):
        raise ValueError(f"{submission.supersedes} are superseded already")

    number = _next_number(session, submission)
    kept = submission.model_copy(
        update={
            "id": f"{submission.project}/{submission.wave}/{submission.respondent.value}/{number}",
            "status": SubmissionStatus.accepted,
        }
    )
    row = _row(kept, number, recorded_at)
    session.add(row)
    session.flush()
    for old in replaced:
        old.superseded_by = row.seq
    _claim_cells(session, kept, row.seq, [old.seq for old in replaced])
    return kept


def find(
    session: Session,
    *,
    project: str | None = None,
    wave: str | None = None,
    file_hash: str | None = None,
    accepted_only: bool = False,
) -> tuple[Submission, ...]:
    """The submissions that match all that is given, in the order they were recorded."""
    query = select(SubmissionRecord).order_by(SubmissionRecord.seq)
    if project is not None:
        query = query.where(SubmissionRecord.project == project)
    if wave is not None:
        query = query.where(SubmissionRecord.wave == wave)
    if file_hash is not None:
        query = query.where(SubmissionRecord.file_hash == file_hash)
    if accepted_only:
        query = query.where(SubmissionRecord.superseded_by.is_(None))
    return tuple(_submission(row) for row in session.scalars(query))


def by_id(session: Session, id: str) -> Submission | None:
    """The submission with that id."""
    row = session.scalars(select(SubmissionRecord).where(SubmissionRecord.id == id)).first()
    return _submission(row) if row else None


def _has_design(session: Session, submission: Submission) -> bool:
    stored = select(DesignRecord.seq).where(
        DesignRecord.hash == submission.design_hash, DesignRecord.project == submission.project
    )
    return session.scalar(stored) is not None


def _replaced(session: Session, submission: Submission) -> Sequence[SubmissionRecord]:
    named = set(submission.supersedes)
    rows = session.scalars(
        select(SubmissionRecord).where(
            SubmissionRecord.id.in_(named),
            SubmissionRecord.project == submission.project,
            SubmissionRecord.wave == submission.wave,
            SubmissionRecord.respondent == submission.respondent.value,
        )
    ).all()
    strange = named - {row.id for row in rows}
    if strange:
        raise ValueError(f"cannot supersede {', '.join(sorted(strange))}: not of the same delivery")
    return rows


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
        raise EvalkitError(
            "intake.already_there",
            wave=submission.wave,
            respondent=submission.respondent.label,
            submission=other,
        )


def _next_number(session: Session, submission: Submission) -> int:
    last = session.scalar(
        select(func.max(SubmissionRecord.number)).where(
            SubmissionRecord.project == submission.project,
            SubmissionRecord.wave == submission.wave,
            SubmissionRecord.respondent == submission.respondent.value,
        )
    )
    return (last or 0) + 1


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


def _submission(row: SubmissionRecord) -> Submission:
    kept = Submission.model_validate_json(row.content)
    if row.superseded_by is None:
        return kept
    return kept.model_copy(update={"status": SubmissionStatus.superseded})
