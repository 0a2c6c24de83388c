"""Things of which every version stays: append what changed, read what is newest."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TypeVar

from pydantic import BaseModel
from sqlalchemy import func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from evalkit.store.tables import Version

V = TypeVar("V", bound=Version)


def canonical(model: BaseModel, *, exclude: set[str] | None = None) -> str:
    """The one JSON text of ``model``, whatever the order of the keys in its mappings."""
    plain = model.model_dump(mode="json", exclude=exclude)
    return json.dumps(plain, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def newest(session: Session, table: type[V], **key: str | int) -> V | None:
    """The newest version of the thing that ``key`` names."""
    versions = select(table).filter_by(**key).order_by(table.seq.desc())
    return session.scalars(versions.limit(1)).first()


def newest_of_each(
    session: Session,
    table: type[V],
    by: InstrumentedAttribute[str] | InstrumentedAttribute[int],
    **key: str,
) -> Sequence[V]:
    """The newest version of every thing that ``by`` tells apart, among those ``key`` names."""
    last = select(func.max(table.seq)).filter_by(**key).group_by(by)
    return session.scalars(select(table).where(table.seq.in_(last))).all()


def append_if_changed(session: Session, version: Version, **key: str | int) -> bool:
    """Add ``version`` unless the newest that ``key`` names says the same; whether it was added."""
    last = newest(session, type(version), **key)
    if last is not None and last.content == version.content:
        return False
    session.add(version)
    return True
