"""The disk is full at any moment: it is said in one line, nothing is half there, and once there
is room the same works.
"""

from __future__ import annotations

import errno
import os
import random
import subprocess
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlalchemy.pool import Pool

from evalkit.errors import EvalkitError
from evalkit.store import Store

from . import builders, crash, scenarios
from .points import Points

NEED_ROOM = ("fsync", "mkdir", "open", "link")


def full() -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def leftovers(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if ".tmp" in path.name]


def finds_room(action: Callable[[], object]) -> bool:
    """Whether it succeeds; if not, it must say that the disk is full."""
    try:
        action()
    except EvalkitError as error:
        code = error.finding.code
    else:
        return True
    assert code == "store.disk_full"
    return False


@pytest.mark.parametrize("name", scenarios.SCENARIOS)
def test_no_room_for_a_file(store: Store, folder: Path, tmp_path: Path, name: str) -> None:
    """At every call that may need room, one after the other."""
    scenario = scenarios.SCENARIOS[name](folder)
    for moment in range(1, 200):
        scenario.prepare(store, moment)
        met = Points(moment, full)
        with met.watching(after=False, database=False, only=NEED_ROOM):
            room = finds_room(partial(scenario.act, moment))
        assert leftovers(tmp_path) == []
        if not room:
            happened = scenario.happened(store, moment)
            # What cannot be synced any more after it got its name may be there, and is whole.
            assert not happened or not isinstance(scenario, scenarios.InStore)
            if not happened:
                scenario.act(moment)
        assert scenario.happened(store, moment)
        if met.count < moment:
            break
    assert met.count < moment, "all were tried"


@pytest.mark.parametrize("name", ["Collect", "Accept", "Refuse"])
def test_no_room_in_the_database(store: Store, folder: Path, name: str) -> None:
    """The database may not grow, until somebody makes room."""
    scenario, most = scenarios.SCENARIOS[name](folder), 0
    numbers = range(40)
    for number in numbers:
        scenario.prepare(store, number)
    with store._engine.connect() as connection:
        most = connection.exec_driver_sql("PRAGMA page_count").scalar()

    def limit(connection: object, _: object) -> None:
        connection.execute(f"PRAGMA max_page_count = {most}").close()  # type: ignore[attr-defined]

    event.listen(Pool, "connect", limit)
    try:
        refused = next(n for n in numbers if not finds_room(partial(scenario.act, n)))
        assert not scenario.happened(store, refused)
        most += 100
        scenario.act(refused)
    finally:
        event.remove(Pool, "connect", limit)
    assert all(scenario.happened(store, number) for number in range(refused + 1))


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of two megabytes of its own."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        pytest.skip("only root may mount a small disk")
    disk = tmp_path / "schijf"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(disk)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode != 0:
        pytest.skip("no disk can be mounted here")
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=True)


def fill(disk: Path, leave: int) -> Path:
    """A file that leaves so many bytes free."""
    filler = disk / "vol"
    room = os.statvfs(disk)
    with filler.open("wb") as file:
        file.write(b"\0" * max(room.f_bavail * room.f_frsize - leave, 0))
    return filler


def deliver(folder: Path, number: int) -> None:
    with Store.open(folder) as store:
        store.add_submissions(crash.batch(number))


def test_a_disk_that_is_really_full(small_disk: Path) -> None:
    folder = small_disk / "werk"
    with Store.create(folder, clock=lambda: builders.NOW) as store:
        store.save_project(builders.project())
        store.save_design(builders.design())
    chance = random.Random(3)
    refused = stored = 0
    for number in range(24):
        room = chance.randrange(0, 160_000)
        filler = fill(small_disk, room)
        if finds_room(partial(deliver, folder, number)):
            stored += 1
        else:
            refused += 1
        filler.unlink()
        with Store.open(folder) as store:
            assert len(store.find_file(f"file{number}")) in (0, crash.BATCH)
            crash.collect(store, range(number, number + 1))
            for kept in store.submissions():
                assert len(store.rows(kept)) == kept.rows
            assert len(store.submissions()) == crash.BATCH * (number + 1)
    assert refused > 0
    assert stored > 0
    assert leftovers(folder) == []


@pytest.mark.parametrize("name", ["BackUp", "BackUpFolder", "Restore"])
def test_no_room_for_a_backup_on_a_real_disk(
    small_disk: Path, store: Store, folder: Path, name: str
) -> None:
    crash.collect(store, range(1, 40))
    scenario = scenarios.SCENARIOS[name](folder)
    scenario.prepare(store, 2)
    scenario.elsewhere = small_disk
    refused = 0
    for room in (0, 20_000, 100_000, 200_000, 300_000, 400_000, 1_800_000):
        filler = fill(small_disk, room)
        made = finds_room(lambda: scenario.act(2))
        if not made:
            refused += 1
            assert [path for path in small_disk.rglob("*") if path.is_file()] == [filler]
        filler.unlink()
        if made:
            break
    assert refused > 0
    assert scenario.happened(store, 2)
