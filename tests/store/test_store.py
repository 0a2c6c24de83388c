from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from evalkit.model.vocabulary import GoalReached
from evalkit.store import Store
from evalkit.store.tables import CardVersion, CycleVersion, ProjectVersion, ProtocolVersion, Version

from . import builders


def versions(store: Store, table: type[Version]) -> int:
    with Session(store._engine) as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_protocols_newest_text_each(store: Store) -> None:
    assert store.protocol_texts() == {}
    assert store.add_protocol("scheme", "1.0", "id: scheme\n")
    assert not store.add_protocol("scheme", "1.0", "id: scheme\n")
    assert store.add_protocol("another", "1.0", "título: één\r\n")
    assert store.add_protocol("scheme", "1.1", "id: scheme # new\n")
    assert store.protocol_texts() == {
        "another": "título: één\r\n",
        "scheme": "id: scheme # new\n",
    }
    assert versions(store, ProtocolVersion) == 3


def test_projects_keep_every_version(store: Store) -> None:
    before = builders.project()
    assert not store.save_project(before)
    turned = builders.project(features={"model": "ruim", "team_size": 4.5})
    assert not store.save_project(turned), "the order of keys is no change"
    changed = builders.project(title="Anders")
    assert store.save_project(changed)
    assert store.save_project(before), "back to an earlier version is a change too"
    assert store.project("north") == before
    assert versions(store, ProjectVersion) == 3


def test_projects_by_id(store: Store) -> None:
    for id in ("south", "east", "north-2"):
        store.save_project(builders.project(id))
    assert [project.id for project in store.projects()] == ["east", "north", "north-2", "south"]
    assert store.project("west") is None


def test_designs_last_saved_is_current(store: Store) -> None:
    first, second = builders.design(hash="d1"), builders.design(hash="d2")
    assert not store.save_design(first)
    assert store.save_design(second)
    assert store.current_design("north") == second
    assert store.save_design(first)
    assert store.current_design("north") == first
    assert store.design("d2") == second
    assert store.design_hashes("north") == ("d1", "d2")
    assert store.design("d3") is None
    assert store.current_design("south") is None
    assert store.design_hashes("south") == ()


def test_one_hash_is_one_design(store: Store) -> None:
    other = builders.design().model_copy(update={"expected_rung": 5})
    with pytest.raises(ValueError, match="another design has the hash d1"):
        store.save_design(other)
    assert store.design("d1") == builders.design()


def test_cycles_grow_and_come_by_number(store: Store) -> None:
    assert store.save_cycle(builders.cycle(2))
    assert store.save_cycle(builders.cycle(1))
    assert not store.save_cycle(builders.cycle(1))
    assert store.save_cycle(builders.cycle(1, complete=True))
    assert store.cycles("north") == (builders.cycle(1, complete=True), builders.cycle(2))
    assert store.cycles("south") == ()
    assert versions(store, CycleVersion) == 3


def test_cards_keep_every_version(store: Store) -> None:
    assert store.card("north") is None
    assert store.save_card(builders.card())
    assert not store.save_card(builders.card())
    full = builders.card(goal_reached=GoalReached.largely, promoting_factors={"time": "rust"})
    assert store.save_card(full)
    assert store.card("north") == full
    assert versions(store, CardVersion) == 2


def test_numbers_come_back_as_they_were(store: Store) -> None:
    odd = builders.project(features={"a": -0.0, "b": 0.1, "c": 1e300})
    store.save_project(odd)
    assert store.project("north") == odd


def test_everything_is_there_after_opening_again(store: Store) -> None:
    store.save_card(builders.card())
    with Store.open(store.folder) as again:
        assert again.projects() == store.projects()
        assert again.current_design("north") == builders.design()
        assert again.card("north") == builders.card()


def test_moments_come_from_the_clock_and_are_kept_in_utc(tmp_path: Path) -> None:
    summer = dt.timezone(dt.timedelta(hours=2))
    noon = dt.datetime(2026, 7, 1, 12, tzinfo=summer)
    with Store.create(tmp_path, clock=lambda: noon) as store:
        store.save_project(builders.project())
        with Session(store._engine) as session:
            recorded = session.scalars(select(ProjectVersion.recorded_at)).one()
    assert recorded == noon
    assert recorded.utcoffset() == dt.timedelta(0)


def test_a_clock_without_a_zone_is_refused(tmp_path: Path) -> None:
    with Store.create(tmp_path, clock=lambda: dt.datetime(2026, 7, 1)) as store:
        with pytest.raises(Exception, match="has no time zone"):
            store.save_project(builders.project())
        assert store.projects() == ()
