"""All that is kept of many projects at once: a few queries, however many projects."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple, TypeVar

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from evalkit.model.card import Card
from evalkit.model.cycle import Cycle
from evalkit.model.design import Design
from evalkit.model.registration import Registration
from evalkit.model.submission import Submission
from evalkit.store import submissions
from evalkit.store.tables import (
    CardVersion,
    CycleVersion,
    DesignChoice,
    DesignRecord,
    RegistrationRecord,
)

M = TypeVar("M", Card, Cycle)


class Holdings(NamedTuple):
    """What is kept of one project: as last saved, and of data what is accepted."""

    design: Design | None
    """Its current design."""
    designs: Mapping[str, Design]
    """By hash: the current one, those that data came in under, those that were registered."""
    submissions: tuple[Submission, ...]
    registrations: tuple[Registration, ...]
    card: Card | None
    cycles: tuple[Cycle, ...]


def find(
    session: Session, projects: Sequence[str], design_of: Callable[[DesignRecord], Design]
) -> dict[str, Holdings]:
    """All that is kept of these projects, by id.

    Args:
        session: a transaction.
        projects: their ids.
        design_of: reads a design, and refuses one that was altered.
    """
    accepted = defaultdict(list)
    for one in submissions.accepted(session, projects):
        accepted[one.project].append(one)
    registered = defaultdict(list)
    query = select(RegistrationRecord.content).where(RegistrationRecord.project.in_(projects))
    for content in session.scalars(query.order_by(RegistrationRecord.version)):
        registration = Registration.model_validate_json(content)
        registered[registration.project].append(registration)
    current = _current(session, projects)
    hashes = {
        *current.values(),
        *(one.design_hash for found in accepted.values() for one in found),
        *(one.design_hash for found in registered.values() for one in found),
    }
    designs: dict[str, dict[str, Design]] = defaultdict(dict)
    for row in session.scalars(select(DesignRecord).where(DesignRecord.hash.in_(hashes))):
        designs[row.project][row.hash] = design_of(row)
        session.expunge(row)
    cards = {card.project: card for card in _newest(session, CardVersion, projects, Card)}
    logged = defaultdict(list)
    for cycle in _newest(session, CycleVersion, projects, Cycle):
        logged[cycle.project].append(cycle)
    return {
        id: Holdings(
            design=designs[id].get(current.get(id, "")),
            designs=designs[id],
            submissions=tuple(accepted[id]),
            registrations=tuple(registered[id]),
            card=cards.get(id),
            cycles=tuple(sorted(logged[id], key=lambda cycle: cycle.number)),
        )
        for id in projects
    }


def registrations(session: Session, project: str) -> tuple[Registration, ...]:
    """The registrations of a project, from version 1 on."""
    query = select(RegistrationRecord.content).where(RegistrationRecord.project == project)
    found = session.scalars(query.order_by(RegistrationRecord.version))
    return tuple(Registration.model_validate_json(content) for content in found)


def _current(session: Session, projects: Sequence[str]) -> dict[str, str]:
    """The hash of the current design of each project that has one."""
    last = select(func.max(DesignChoice.seq)).where(DesignChoice.project.in_(projects))
    query = select(DesignChoice.project, DesignChoice.hash)
    rows = session.execute(query.where(DesignChoice.seq.in_(last.group_by(DesignChoice.project))))
    return {row.project: row.hash for row in rows}


def _newest(
    session: Session,
    table: type[CardVersion] | type[CycleVersion],
    projects: Sequence[str],
    model: type[M],
) -> Iterator[M]:
    """The newest version of each card or cycle of these projects."""
    of_each = [table.project, *([CycleVersion.number] if table is CycleVersion else [])]
    last = select(func.max(table.seq)).where(table.project.in_(projects)).group_by(*of_each)
    for content in session.scalars(select(table.content).where(table.seq.in_(last))):
        yield model.model_validate_json(content)
