"""The log of what was handed to researchers: one row per export, added and never changed."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from evalkit.model.export import Export
from evalkit.model.vocabulary import SubmissionStep
from evalkit.store import submissions
from evalkit.store.history import canonical
from evalkit.store.tables import ExportRecord, SubmissionRecord

_AT_ONCE = 500
"""Submissions that one statement names; a database allows only so many."""


def record(session: Session, export: Export) -> Export:
    """Log an export, there and with each of its submissions, and give it with its number.

    Raises:
        ValueError: one of its submissions is not stored.
    """
    for start in range(0, len(export.submissions), _AT_ONCE):
        ids = export.submissions[start : start + _AT_ONCE]
        there = select(func.count()).where(SubmissionRecord.id.in_(ids))
        if session.scalar(there) != len(set(ids)):
            raise ValueError("an export names a submission that is not stored")
        submissions.note(session, ids, SubmissionStep.exported, export.at, export.by)
    content = canonical(export, exclude={"number"})
    row = ExportRecord(hash=export.hash, content=content, recorded_at=export.at)
    session.add(row)
    session.flush()
    return export.model_copy(update={"number": row.seq})


def logged(session: Session) -> tuple[Export, ...]:
    """All exports, in the order they were logged."""
    rows = session.scalars(select(ExportRecord).order_by(ExportRecord.seq))
    return tuple(
        Export.model_validate_json(row.content).model_copy(update={"number": row.seq})
        for row in rows
    )
