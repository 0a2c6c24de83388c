"""What happened to submissions: one row per event, added and never changed.

The state of a submission is that of its last event that is a state.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable

from sqlalchemy import ScalarSelect, func, select
from sqlalchemy.orm import Session

from evalkit.model.submission import SubmissionEvent
from evalkit.model.vocabulary import SubmissionStatus, SubmissionStep
from evalkit.store.tables import SubmissionEventRecord, SubmissionRecord

Event = SubmissionEventRecord

FIXED_LATER = ("received", "supersedes", "reason")
"""What of a draft is settled only when it is submitted."""


_GAVE_WAY = {SubmissionStep.superseded.value, SubmissionStep.lapsed.value}


def state() -> ScalarSelect[str]:
    """The state of the submission that the surrounding query is about."""
    states = [status.value for status in SubmissionStatus]
    last = select(Event.step).where(Event.submission == SubmissionRecord.seq)
    return last.where(Event.step.in_(states)).order_by(Event.seq.desc()).limit(1).scalar_subquery()


def fixed() -> ScalarSelect[str | None]:
    """What was settled of the submission that the surrounding query is about, as JSON."""
    last = select(Event.content).where(Event.submission == SubmissionRecord.seq)
    said = last.where(Event.content.is_not(None)).order_by(Event.seq.desc())
    return said.limit(1).scalar_subquery()


def append(
    session: Session,
    rows: Iterable[SubmissionRecord],
    step: SubmissionStep | SubmissionStatus,
    at: dt.datetime,
    *,
    by: str | None = None,
    reason: str | None = None,
    content: dict[str, object] | None = None,
) -> None:
    """Record that something happened to submissions."""
    session.add_all(
        Event(
            submission=row.seq,
            step=step.value,
            recorded_at=at,
            by=by,
            reason=reason,
            content=json.dumps(content, sort_keys=True, ensure_ascii=False) if content else None,
        )
        for row in rows
    )
    session.flush()


def of_submission(session: Session, id: str) -> tuple[SubmissionEvent, ...]:
    """All that happened to a submission, in order."""
    query = select(Event, SubmissionRecord.superseded_by)
    query = query.join(SubmissionRecord, SubmissionRecord.seq == Event.submission)
    found = session.execute(query.where(SubmissionRecord.id == id).order_by(Event.seq)).all()
    took_place = {successor for _, successor in found if successor is not None}
    named = select(SubmissionRecord.id).where(SubmissionRecord.seq.in_(took_place))
    other = session.scalar(named)
    return tuple(
        _event(id, event, other if event.step in _GAVE_WAY else None) for event, _ in found
    )


def starts(session: Session, project: str | None) -> dict[str, SubmissionEvent]:
    """The first event of each submission, by its id."""
    first = select(func.min(Event.seq)).group_by(Event.submission)
    query = select(SubmissionRecord.id, Event)
    query = query.join(SubmissionRecord, SubmissionRecord.seq == Event.submission)
    if project is not None:
        query = query.where(SubmissionRecord.project == project)
    found = session.execute(query.where(Event.seq.in_(first)))
    return {id: _event(id, event) for id, event in found}


def _event(id: str, event: Event, other: str | None = None) -> SubmissionEvent:
    return SubmissionEvent(
        submission=id,
        step=SubmissionStep[event.step],
        at=event.recorded_at,
        by=event.by,
        reason=event.reason,
        other=other,
    )
