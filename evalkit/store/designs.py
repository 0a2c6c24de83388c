"""Designs in the database: one, many, the current one, and what their hashes are."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from evalkit.store.tables import DesignChoice, DesignRecord

AT_ONCE = 500
"""Rows that one query asks for by name: databases bound how many."""


def one(session: Session, hash: str) -> DesignRecord | None:
    """The design with that hash."""
    return session.scalars(select(DesignRecord).where(DesignRecord.hash == hash)).first()


def many(session: Session, hashes: Iterable[str]) -> Iterator[DesignRecord]:
    """The designs with these hashes."""
    wanted = list(dict.fromkeys(hashes))
    for start in range(0, len(wanted), AT_ONCE):
        some = DesignRecord.hash.in_(wanted[start : start + AT_ONCE])
        for row in session.scalars(select(DesignRecord).where(some)):
            yield row
            session.expunge(row)


def current(session: Session, project: str) -> str | None:
    """The hash of the design of that project that was chosen last."""
    choices = select(DesignChoice.hash).where(DesignChoice.project == project)
    return session.scalars(choices.order_by(DesignChoice.seq.desc()).limit(1)).first()


def hashes(session: Session, prefix: str, project: str | None) -> tuple[str, ...]:
    """The hashes that start with ``prefix``, of one project or of all, oldest first."""
    found = select(DesignRecord.hash).where(DesignRecord.hash.startswith(prefix, autoescape=True))
    if project is not None:
        found = found.where(DesignRecord.project == project)
    return tuple(session.scalars(found.order_by(DesignRecord.seq)))


def days(session: Session, project: str) -> dict[str, dt.date]:
    """The hash of each design of that project with the day it was made, oldest first."""
    made = select(DesignRecord.hash, DesignRecord.recorded_at)
    found = made.where(DesignRecord.project == project).order_by(DesignRecord.seq)
    return {hash: moment.date() for hash, moment in session.execute(found)}
