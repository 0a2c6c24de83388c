"""Registrations are kept in order and never changed; a workspace of before them is migrated."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import inspect, select, update
from sqlalchemy.orm import Session

from evalkit.model.registration import Registration
from evalkit.store import Store
from evalkit.store.engine import sqlite_engine, writer
from evalkit.store.tables import DesignRecord

from . import builders


def registration(version: int = 1, **changes: Any) -> Registration:
    values: dict[str, Any] = {
        "project": "north", "version": version, "design_hash": f"d{version}",
        "date": builders.DAY, "reason": "Later begonnen." if version > 1 else None, "plugins": {},
    }  # fmt: skip
    return Registration(**(values | changes))


def test_versions_follow_each_other(store: Store) -> None:
    assert store.registrations("north") == ()
    first = store.add_registration(registration())
    store.save_design(builders.design(hash="d2"))
    second = store.add_registration(registration(2))
    assert store.registrations("north") == (first, second)
    assert store.registrations("south") == ()
    with Store.open(store.folder) as again:
        assert again.registrations("north") == (first, second)


def test_a_design_that_is_registered_is_not_registered_twice(store: Store) -> None:
    first = store.add_registration(registration())
    other = registration(2, design_hash="d1", date=builders.DAY + dt.timedelta(days=9))
    assert store.add_registration(other) == first
    assert store.registrations("north") == (first,)


@pytest.mark.parametrize(
    "wrong", [registration(2, design_hash="d1"), registration(design_hash="d9")]
)
def test_a_gap_and_an_unknown_design_are_refused(store: Store, wrong: Registration) -> None:
    with pytest.raises(ValueError, match=r"d9|next"):
        store.add_registration(wrong)
    assert store.registrations("north") == ()


def test_designs_are_found_by_the_start_of_their_hash(store: Store) -> None:
    store.save_design(builders.design(hash="d2"))
    assert store.find_designs("d") == ("d1", "d2")
    assert store.find_designs("d2") == ("d2",)
    assert store.find_designs("d", "south") == ()
    assert store.find_designs("%") == ()
    assert store.design_days("north") == {"d1": builders.NOW.date(), "d2": builders.NOW.date()}


def in_the_old_form(content: str) -> str:
    """A design as it was stored before rungs had rules and predictions a measure."""
    plain = json.loads(content)
    text = {"nl": "Er is een nulmeting.", "en": "There is a baseline."}
    plain["ladder"] = [{"rung": 3, "met": True, "reason": text, "lift": None}]
    plain["project"]["predictions"] = ["De scores blijven gelijk."]
    for field in ("deadlines", "yearly_burden", "costly", "power"):
        plain.pop(field, None)
    return json.dumps(plain)


def test_a_workspace_of_the_first_schema_keeps_its_data(folder: Path) -> None:
    with builders.of_revision("0001", folder) as old:
        old.save_project(builders.project())
        old.save_design(builders.design())
        kept = builders.recorded_before_events(old, 1)
    engine = sqlite_engine(folder / "evalkit.sqlite")
    with Session(writer(engine)) as session, session.begin():
        content = session.scalars(select(DesignRecord.content)).one()
        session.execute(update(DesignRecord).values(content=in_the_old_form(content)))
        assert not inspect(session.connection()).has_table("registration")
    engine.dispose()

    with Store.open(folder, clock=lambda: builders.NOW) as store:
        assert store.submissions() == (kept,)
        assert store.rows(kept).equals(builders.frame())
        design = store.current_design("north")
        assert design is not None
        (rung,) = design.ladder
        assert (rung.rung, rung.met, len(rung.rules)) == (3, True, 1)
        assert [p.text for p in design.project.predictions] == ["De scores blijven gelijk."]
        assert store.registrations("north") == ()
        store.add_registration(registration())
    with Store.open(folder) as again:
        assert len(again.registrations("north")) == 1
