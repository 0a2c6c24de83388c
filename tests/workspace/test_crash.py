"""Killed while a file comes in: it is wholly there or not, and sent again it is there once."""

from __future__ import annotations

import multiprocessing
import os
import random
import shutil
import signal
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from evalkit.model.design import Design
from evalkit.workspace.intake import Request, collect
from evalkit.workspace.keys import known_key
from evalkit.workspace.workspace import Workspace
from tests.store.points import Points

from . import rounds
from .rounds import BEFORE

KILLS = 20

_FORK = multiprocessing.get_context("forkserver")


def kill_while_collecting(line: Connection, start: Path, request: Request, kills: int) -> None:
    """Collect in fresh copies of a workspace, each time killed at another touch of the disk.

    Tells how many touches there are, and how often all was there after the kill.
    """
    with Workspace.open(start, today=rounds.TODAY) as opened:
        plugins = opened.plugins

    def deliver(folder: Path) -> int:
        with Workspace.open(folder, today=rounds.TODAY) as workspace:
            vars(workspace)["plugins"] = plugins
            return len(collect(workspace, request).stored)

    for name in ("eerst", "geteld"):  # The first time more files are read, which are kept.
        with Points().watching() as points:
            assert deliver(shutil.copytree(start, start.with_name(name))) == 1
    moments = [*random.Random(8).sample(range(1, points.count), kills - 1), points.count]
    there = 0
    for number, moment in enumerate(moments, start=1):
        folder = shutil.copytree(start, start.with_name(str(number)))
        child = os.fork()
        if child == 0:
            try:
                with Points(moment, lambda: os.kill(os.getpid(), signal.SIGKILL)).watching():
                    deliver(folder)
                os._exit(0)
            finally:
                os._exit(1)
        _, status = os.waitpid(child, 0)
        assert os.WIFSIGNALED(status) or (status == 0 and moment > points.count - 5), status
        with Workspace.open(folder) as workspace:
            kept = workspace.store.submissions()
            assert len(kept) in (0, 1)
            for submission in kept:
                assert len(workspace.store.rows(submission)) == submission.rows
                assert known_key(workspace, submission.project) is not None
        there += len(kept)
        assert deliver(folder) == 1 - len(kept)
        with Workspace.open(folder) as workspace:
            assert len(workspace.store.submissions(accepted_only=True)) == 1
    line.send((points.count, there))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="a child to kill is forked")
def test_killed_while_a_file_comes_in(workspace: Workspace, design: Design, tmp_path: Path) -> None:
    csv = rounds.csv_of(rounds.pupils("baseline"), tmp_path)
    request = Request(csv, project=design.project.id, wave="baseline", taken_on=BEFORE)
    workspace.close()
    start = shutil.copytree(workspace.path, tmp_path / "kopieën" / "begin")
    ours, theirs = _FORK.Pipe()
    process = _FORK.Process(target=kill_while_collecting, args=(theirs, start, request, KILLS))
    process.start()
    theirs.close()
    assert ours.poll(200)
    touches, there = ours.recv()
    process.join(20)
    assert touches > KILLS
    assert 0 < there < KILLS
