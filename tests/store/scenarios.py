"""What may be going on when evalkit is killed, and how one sees that all is whole after it."""

from __future__ import annotations

import datetime as dt
import os
import random
import signal
from abc import ABC, abstractmethod
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from evalkit.model.submission import Submission
from evalkit.model.vocabulary import SubmissionStatus, SubmissionStep
from evalkit.store import Store
from evalkit.store.backup import check_backup, make_backup, restore_backup

from . import builders, crash
from .points import Points

STATUS = SubmissionStatus


class Scenario(ABC):
    """One thing that is done again and again, each time under another number."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.elsewhere = folder.parent
        """Where backups go and come back."""

    def prepare(self, store: Store, number: int) -> None:  # noqa: B027  # most need nothing
        """What has happened before."""

    @abstractmethod
    def act(self, number: int) -> None:
        """What is going on when evalkit is killed."""

    @abstractmethod
    def happened(self, store: Store, number: int) -> bool:
        """Whether it happened wholly; asserts that otherwise nothing did."""


def rows_are(store: Store, submission: Submission, shift: float) -> None:
    assert store.rows(submission).equals(builders.frame(7, shift))


def steps(store: Store, id: str) -> list[str]:
    return [event.step.value for event in store.submission_events(id)]


class InStore(Scenario):
    """Something that is done with the open store of the workspace."""

    def act(self, number: int) -> None:
        with Store.open(self.folder) as store:
            self.do(store, number)

    @abstractmethod
    def do(self, store: Store, number: int) -> None:
        """What is going on in the open store when evalkit is killed."""

    def add(self, store: Store, number: int, shift: float = 0.0, **changes: Any) -> Submission:
        new = builders.submission(wave=self.wave(number), **changes)
        (kept,) = store.add_submissions([(new, builders.frame(7, shift))], by="school")
        return kept

    def wave(self, number: int) -> str:
        return f"{type(self).__name__.lower()}{number}"

    def id(self, number: int, which: int = 1) -> str:
        return f"north/{self.wave(number)}/pupil/{which}"

    def there(self, store: Store, number: int) -> tuple[Submission, ...]:
        return store.submissions(wave=self.wave(number))


class Collect(InStore):
    def do(self, store: Store, number: int) -> None:
        store.add_submissions(crash.batch(number), by="school")

    def happened(self, store: Store, number: int) -> bool:
        kept = store.find_file(f"file{number}")
        expected = {(s.grain, s.respondent): frame for s, frame in crash.batch(number)}
        assert len(kept) in (0, crash.BATCH)
        for submission in kept:
            assert store.rows(submission).equals(expected[submission.grain, submission.respondent])
            assert steps(store, submission.id) == ["accepted"]
        return bool(kept)


class Correct(InStore):
    def prepare(self, store: Store, number: int) -> None:
        self.add(store, number)

    def do(self, store: Store, number: int) -> None:
        self.add(store, number, 1.0, supersedes=(self.id(number),), reason="Verwisseld.")

    def happened(self, store: Store, number: int) -> bool:
        kept = self.there(store, number)
        done = len(kept) == 2
        assert [s.status for s in kept] == (
            [STATUS.superseded, STATUS.accepted] if done else [STATUS.accepted]
        )
        for i, submission in enumerate(kept):
            rows_are(store, submission, i)
        assert steps(store, self.id(number)) == ["accepted", *(["superseded"] if done else [])]
        return done


class Draft(InStore):
    def do(self, store: Store, number: int) -> None:
        self.add(store, number, 1.0, status=STATUS.draft)

    def happened(self, store: Store, number: int) -> bool:
        kept = self.there(store, number)
        assert [s.status for s in kept] in ([], [STATUS.draft])
        for submission in kept:
            rows_are(store, submission, 1.0)
            assert steps(store, submission.id) == ["draft"]
        return bool(kept)


class Submit(InStore):
    def prepare(self, store: Store, number: int) -> None:
        self.add(store, number)
        self.add(store, number, 1.0, status=STATUS.draft)

    def do(self, store: Store, number: int) -> None:
        draft = store.submission(self.id(number, 2))
        assert draft is not None
        changes = {
            "status": STATUS.accepted, "supersedes": (self.id(number),), "reason": "Fout.",
            "received": builders.DAY + dt.timedelta(days=3),
        }  # fmt: skip
        store.submit(draft.model_copy(update=changes), by="school")

    def happened(self, store: Store, number: int) -> bool:
        old, new = self.there(store, number)
        done = new.status is STATUS.accepted
        assert (old.status, new.status) in (
            (STATUS.accepted, STATUS.draft), (STATUS.superseded, STATUS.accepted),
        )  # fmt: skip
        assert new.supersedes == ((old.id,) if done else ())
        assert new.received == builders.DAY + dt.timedelta(days=3 if done else 0)
        rows_are(store, new, 1.0)
        return done


class Accept(InStore):
    def prepare(self, store: Store, number: int) -> None:
        self.add(store, number)
        changes = {"supersedes": (self.id(number),), "reason": "Fout."}
        self.add(store, number, 1.0, status=STATUS.submitted, **changes)

    def do(self, store: Store, number: int) -> None:
        store.accept(self.id(number, 2), by="funder")

    def happened(self, store: Store, number: int) -> bool:
        old, new = self.there(store, number)
        assert (old.status, new.status) in (
            (STATUS.accepted, STATUS.submitted), (STATUS.superseded, STATUS.accepted),
        )  # fmt: skip
        return new.status is STATUS.accepted


class SendBack(InStore):
    def prepare(self, store: Store, number: int) -> None:
        self.add(store, number, status=STATUS.submitted)

    def do(self, store: Store, number: int) -> None:
        store.send_back(self.id(number), "De tweede groep ontbreekt.", by="funder")

    def happened(self, store: Store, number: int) -> bool:
        (kept,) = self.there(store, number)
        last = store.submission_events(kept.id)[-1]
        done = kept.status is STATUS.returned
        assert last.step is (SubmissionStep.returned if done else SubmissionStep.submitted)
        return done


class Refuse(InStore):
    def do(self, store: Store, number: int) -> None:
        store.add_returned(builders.returned_file(file_hash=f"geweigerd{number}"))

    def happened(self, store: Store, number: int) -> bool:
        named = [f for f in store.returned_files() if f.file_hash == f"geweigerd{number}"]
        assert len(named) <= 1
        ids = [f.id for f in store.returned_files()]
        assert len(set(ids)) == len(ids)
        return bool(named)


class BackUp(Scenario):
    suffix = ".zip"

    def out(self, number: int) -> Path:
        return self.elsewhere / "kopie" / f"{type(self).__name__}{number}{self.suffix}"

    def act(self, number: int) -> None:
        with Store.open(self.folder) as store:
            make_backup(store, self.out(number), made_at=builders.NOW, evalkit="0", with_keys=True)

    def happened(self, store: Store, number: int) -> bool:
        if not self.out(number).exists():
            return False
        backup, findings = check_backup(self.out(number))
        assert findings == ()
        assert backup is not None
        assert backup.manifest.submissions == len(store.submissions())
        return True


class BackUpFolder(BackUp):
    suffix = ""


class Restore(Scenario):
    def target(self, number: int) -> Path:
        return self.elsewhere / "terug" / str(number)

    def prepare(self, store: Store, number: int) -> None:
        self.backup = self.folder.parent / "bron.zip"
        if not self.backup.exists():
            store.add_submissions(crash.batch(0))
            make_backup(store, self.backup, made_at=builders.NOW, evalkit="0", with_keys=True)
        if number % 2:  # Into a folder that is there, or one that is made.
            self.target(number).mkdir(parents=True)

    def act(self, number: int) -> None:
        restore_backup(self.backup, self.target(number))

    def happened(self, store: Store, number: int) -> bool:
        if not (self.target(number) / "evalkit.sqlite").exists():
            return False
        with Store.open(self.target(number)) as restored:
            assert restored.submissions() == store.submissions()
            for kept in restored.submissions():
                assert restored.rows(kept).equals(store.rows(kept))
        return True


SCENARIOS: dict[str, type[Scenario]] = {
    kind.__name__: kind
    for kind in (
        Collect, Correct, Draft, Submit, Accept, SendBack, Refuse, BackUp, BackUpFolder, Restore,
    )
}  # fmt: skip


def kill_many_times(line: Connection, folder: Path, name: str, kills: int, seed: int) -> None:
    """Do a scenario ``kills`` times, each time killed at another touch of the disk.

    After each it must have happened wholly or not at all; then it is done again if need be.
    Tells how often it had not happened, and how often it had.
    """
    scenario = SCENARIOS[name](folder)
    chance = random.Random(seed)
    points = _count(scenario, folder)
    others = list(range(1, points))
    chance.shuffle(others)
    moments = ([points, *others] * (kills // points + 1))[:kills]
    undone = done = 0
    for number, moment in enumerate(moments, start=1):
        child = os.fork()
        if child == 0:
            try:
                with Points(moment, _die).watching():
                    scenario.act(number)
                os._exit(0)
            finally:
                os._exit(1)
        _, status = os.waitpid(child, 0)
        # A run may come to a touch less than the first, as where a folder is there already.
        assert os.WIFSIGNALED(status) or (moment > points - 20 and status == 0), status
        with Store.open(folder) as store:
            happened = scenario.happened(store, number)
            done, undone = done + happened, undone + (not happened)
            if not happened:
                scenario.act(number)
                assert scenario.happened(store, number)
            scenario.prepare(store, number + 1)
    line.send((points, undone, done))


def _count(scenario: Scenario, folder: Path) -> int:
    """Touches of the disk in one run, which is done as number 0."""
    with Store.open(folder) as store:
        scenario.prepare(store, 0)
    with Points().watching() as points:
        scenario.act(0)
    with Store.open(folder) as store:
        assert scenario.happened(store, 0)
        scenario.prepare(store, 1)
    return points.count


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
