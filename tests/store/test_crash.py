"""Killed at any moment, a batch is complete or absent and a rerun completes."""

from __future__ import annotations

import datetime as dt
import random
import signal
import time
from pathlib import Path

import pytest
from pandas.testing import assert_frame_equal

from evalkit.errors import EvalkitError
from evalkit.store import Store

from . import builders, crash, scenarios

PATIENCE = 20.0
KILLS = 25
KILLS_EACH = 30
BATCHES = range(KILLS * 20)


def check(store: Store, first: int = 0) -> int:
    """That all is whole; gives the number of batches that are there.

    The rows are looked at from batch ``first``.
    """
    whole: dict[str, list[str]] = {}
    for kept in store.submissions():
        number = int(kept.wave.removeprefix("w"))
        if number >= first:
            made = crash.batch(number)
            expected = {(item.grain, item.respondent): frame for item, frame in made}
            assert_frame_equal(store.rows(kept), expected[kept.grain, kept.respondent])
        whole.setdefault(kept.wave, []).append(kept.id)
    assert all(len(ids) == crash.BATCH for ids in whole.values())
    return len(whole)


def leftovers(folder: Path) -> list[Path]:
    return list(folder.rglob("*.tmp"))


@pytest.mark.parametrize("name", scenarios.SCENARIOS)
def test_killed_at_every_touch_of_the_disk(store: Store, folder: Path, name: str) -> None:
    """Some three hundred kills over all scenarios: whole before, or whole after."""
    store.close()
    process, line = crash.start(
        scenarios.kill_many_times, folder, name, KILLS_EACH, 20260914 + len(name)
    )
    assert line.poll(PATIENCE * 10)
    points, undone, done = line.recv()
    process.join(PATIENCE)
    assert undone + done == KILLS_EACH
    assert points > 5
    assert undone > 0
    assert done > 0


def test_killed_at_random_moments(store: Store, folder: Path) -> None:
    moments = random.Random(20260914)
    start = time.perf_counter()
    crash.collect(store, range(3))
    each = (time.perf_counter() - start) / 3
    store.close()
    reached = 3
    for _ in range(KILLS):
        process, line = crash.start(crash.write_until_killed, folder, BATCHES)
        assert line.poll(PATIENCE)
        assert line.recv() == "ready"
        time.sleep(moments.uniform(0, 4 * each))
        process.kill()
        process.join(PATIENCE)
        assert process.exitcode == -signal.SIGKILL
        line.close()
        with Store.open(folder) as reopened:
            found = check(reopened, first=reached)
        assert found >= reached, "what was recorded stays"
        reached = found
    assert 3 < reached < len(BATCHES)
    with Store.open(folder) as reopened:
        crash.collect(reopened, range(reached + 3))
        assert check(reopened) == reached + 3


def test_killed_before_each_sync_and_rename(store: Store, folder: Path) -> None:
    store.close()
    for moment in range(1, 100):
        number = 1000 + moment
        process, line = crash.start(crash.write_and_die, folder, number, moment)
        process.join(PATIENCE)
        survived = process.exitcode == 0
        assert survived or process.exitcode == -signal.SIGKILL
        line.close()
        with Store.open(folder) as reopened:
            assert len(reopened.find_file(f"file{number}")) == (crash.BATCH if survived else 0)
            if survived:
                break
            crash.collect(reopened, range(number, number + 1))
            assert check(reopened) == moment
    assert moment > 3 * crash.BATCH, "a file takes a sync, a rename and a sync of its folder"
    assert leftovers(folder), "some died between writing and renaming"
    with Store.open(folder) as reopened:
        assert check(reopened) == moment
        assert reopened.vault.sweep() == 0
        left = len(leftovers(folder))
        assert reopened.vault.sweep(older_than=dt.timedelta(0)) == left
        assert leftovers(folder) == []
        assert check(reopened) == moment


@pytest.mark.parametrize(
    ("moment", "there"), [("after_flush", 0), ("before_commit", 0), ("after_commit", crash.BATCH)]
)
def test_killed_around_the_commit(store: Store, folder: Path, moment: str, there: int) -> None:
    store.close()
    process, _ = crash.start(crash.write_and_die, folder, 7, moment)
    process.join(PATIENCE)
    assert process.exitcode == -signal.SIGKILL
    with Store.open(folder) as reopened:
        assert len(reopened.find_file("file7")) == there
        crash.collect(reopened, range(7, 8))
        assert check(reopened) == 1


def test_killed_while_creating(tmp_path: Path) -> None:
    deaths = 0
    for moment in range(1, 100, 3):
        folder = tmp_path / str(moment)
        process, _ = crash.start(crash.create_and_die, folder, moment)
        process.join(PATIENCE)
        if process.exitcode == 0:
            break
        assert process.exitcode == -signal.SIGKILL
        deaths += 1
        with pytest.raises(EvalkitError) as caught:
            Store.open(folder)
        assert caught.value.finding.code == "workspace.none"
        with Store.create(folder) as store:
            assert store.save_project(builders.project())
    assert process.exitcode == 0
    assert deaths > 5


@pytest.mark.parametrize("round", range(3))
@pytest.mark.parametrize("correction", [False, True])
def test_of_writers_at_once_one_wins(
    store: Store, folder: Path, correction: bool, round: int
) -> None:
    supersedes: tuple[str, ...] = ()
    if correction:
        (first,) = store.add_submissions([(builders.submission(), builders.frame())])
        supersedes = (first.id,)
    writers = [crash.start(crash.write_at_once, folder, supersedes) for _ in range(2)]
    said = at_once(writers)
    assert said == ["intake.already_there", f"north/baseline/pupil/{len(supersedes) + 1}"]
    (accepted,) = store.submissions(accepted_only=True)
    assert len(store.rows(accepted)) == 5


def test_of_creators_at_once_one_wins(folder: Path) -> None:
    assert at_once([crash.start(crash.create_at_once, folder) for _ in range(2)]) == [
        "created",
        "workspace.exists",
    ]
    Store.open(folder).close()


def at_once(writers: list[tuple[crash.BaseProcess, crash.Connection]]) -> list[str]:
    """Give all the word together; what they say, sorted."""
    for _, line in writers:
        assert line.poll(PATIENCE)
        assert line.recv() == "ready"
    for _, line in writers:
        line.send("go")
    said = []
    for process, line in writers:
        assert line.poll(PATIENCE)
        said.append(line.recv())
        process.join(PATIENCE)
    return sorted(said)
