"""How long a synthesis of many projects takes, and how much memory.

    python benchmarks/synthesis.py                  50, 200, 1,000 and 5,000 projects
    python benchmarks/synthesis.py --projects 200
    python benchmarks/synthesis.py --keep DIR       keeps the workspaces there for a next run

Makes seeded workspaces of a made-up programme (see ``synthesis_data``): 25 measures in 4 waves, of
each project. Looks first whether what it stored of two projects is what ``evalkit collect`` stores
of the same data. Then synthesises each workspace in a process of its own, as ``evalkit synthesize``
does: reading everything, effect table, pools, cards and all tables as CSV, Parquet and workbook, on
the disk; and apart from that the figures and the report. Prints seconds, the most memory, how the
time grows, and how long a plain loop takes before and after, as a shared machine is not always as
fast. Memory is that of all processes together; what these share counts once
(proportional set size), where the system tells. Ends with 1 if at the largest size a limit is
broken.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import math
import multiprocessing
import os
import resource
import shutil
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any, NamedTuple

import synthesis_data as made
from pandas.testing import assert_frame_equal

from evalkit.workspace.intake import Request, collect
from evalkit.workspace.keys import key_path, place_key
from evalkit.workspace.workspace import Workspace

SIZES = (50, 200, 1_000, 5_000)
LARGEST = 5_000
SECONDS, MEGABYTES = 60.0, 1_000.0
MOST_GROWTH = 1.3
"""Seconds per project at the largest size, beside those at the size before."""


def workspace_of(projects: int, folder: Path) -> Path:
    """The workspace of so many projects; made unless it is there."""
    path = folder / f"programme-{projects}"
    if not path.exists():
        half = folder / f"half-made-{projects}"
        shutil.rmtree(half, ignore_errors=True)
        with made.create(half) as workspace:
            made.fill(workspace, 0, projects)
        half.rename(path)
    return path


# Is it what collect stores?


def same_as_collected(folder: Path) -> None:
    """Whether two projects, collected the ordinary way, are stored as those of the benchmark.

    Raises:
        AssertionError: they are not.
    """
    with made.create(folder / "bulk") as bulk, made.create(folder / "plain") as plain:
        made.fill(bulk, made.PERSONS, made.PERSONS + 2)
        for number, design in made.designs(plain, made.PERSONS, made.PERSONS + 2):
            assert design == made.design_of(plain, design.project), "another design"
            plain.store.save_project(design.project)
            plain.store.save_design(design)
            key = key_path(bulk, design.project.id)
            if key.exists():  # The same pseudonyms.
                place_key(plain, design.project.id, bytes.fromhex(key.read_text().strip()))
            for wave, respondent, rows in made.deliveries(design, number):
                file = folder / "delivery.json"
                file.write_text(json.dumps(_package(design, wave, respondent, rows)))
                collect(plain, Request(file, received_on=made.taken_on(design, wave)))
        ours, theirs = (one.store.submissions() for one in (bulk, plain))
        assert len(ours) == len(theirs) == 16
        for one, other in zip(ours, theirs, strict=True):
            unlike = {"file_name": "", "file_hash": "", "findings": ()}
            assert_frame_equal(bulk.store.rows(one), plain.store.rows(other))
            assert one.model_copy(update=unlike) == other.model_copy(update=unlike), one.id


def _package(design: Any, wave: str, respondent: Any, rows: Any) -> dict[str, Any]:
    day = made.taken_on(design, wave).isoformat()
    part = {
        "wave": wave,
        "respondent": respondent.value,
        "grain": "aggregate" if "measure" in rows else "unit",
        "taken_from": day,
        "taken_to": day,
        "rows": rows.to_dict("records"),
    }
    return {"project": design.project.id, "design_hash": design.hash, "parts": [part]}


# What is timed


class Run(NamedTuple):
    """What one synthesis took."""

    projects: int
    rows: int
    read: float
    """Seconds until all that came in is read, with its effects."""
    tables: float
    """Seconds from there until all is pooled and all tables are on the disk."""
    cpu: float
    """Seconds of processor for both."""
    megabytes: float
    """Most memory up to there, of all processes together."""
    report: float | None
    """Seconds for all figures and the report."""

    @property
    def seconds(self) -> float:
        """Of what the limit is for."""
        return self.read + self.tables


def run(path: Path, with_report: bool) -> Run:
    """One synthesis in a process of its own."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=_timed, args=(path, with_report, there))
    process.start()
    there.close()
    try:
        return Run(*json.loads(here.recv()))
    finally:
        process.join()


class Meter(threading.Thread):
    """What this process and those it started take together, looked at often."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.most = 0
        """Bytes of memory at most."""
        self._seconds: dict[int, float] = {}
        self._done = threading.Event()

    def run(self) -> None:
        """Look until it is stopped."""
        while not self._done.wait(0.25):
            family = _family(os.getpid())
            self._seconds |= {pid: _seconds(pid) for pid in family[1:]}
            self.most = max(self.most, sum(map(_bytes, family)))

    def stop(self) -> tuple[float, float]:
        """Seconds of processor, and the most memory in MB.

        Where the system does not tell of other processes, only of this one.
        """
        self._done.set()
        self.join()
        unit = 1 if sys.platform == "darwin" else 1024
        own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
        return time.process_time() + sum(self._seconds.values()), max(self.most, own) / 1e6


def _family(pid: int) -> list[int]:
    """A process and those it started, as far as the system tells."""
    found = [pid]
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            found += (one for child in task.read_text().split() for one in _family(int(child)))
    return found


def _seconds(pid: int) -> float:
    """Seconds of processor that a process took; 0 if it is gone."""
    with contextlib.suppress(OSError):
        user, system = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")
    return 0.0


def _bytes(pid: int) -> int:
    """The proportional set size of a process; 0 if it is gone."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0


def _timed(path: Path, with_report: bool, pipe: Any) -> None:
    from evalkit.workspace.files import write_all
    from evalkit.workspace.outputs import with_crate
    from evalkit.workspace.sharing import cores
    from evalkit.workspace.synthesis import brought_together, published, report_files

    with tempfile.TemporaryDirectory() as out, Workspace.open(path, today=made.TODAY) as workspace:
        _ = workspace.plugins
        meter = Meter()
        meter.start()
        start, before = time.perf_counter(), time.process_time()
        together = brought_together(workspace, lambda _: None, None, (), cores())
        read = time.perf_counter() - start
        scratch = Path(out) / "scratch"
        scratch.mkdir()
        found, files = published(together, scratch, cores())
        write_all(Path(out), with_crate(found, files, made.TODAY))
        tables = time.perf_counter() - start - read
        cpu, peak = meter.stop()
        cpu, took = cpu - before, None
        if with_report:
            start = time.perf_counter()
            write_all(Path(out), report_files(found, "en", made.TODAY))
            took = time.perf_counter() - start
        pipe.send(json.dumps([found.awarded, len(found.effects), read, tables, cpu, peak, took]))


def counting() -> float:
    """Seconds that a loop of ten million steps takes: how fast the machine is just now."""
    start, total = time.perf_counter(), 0
    for step in range(10_000_000):
        total += step & 7
    return time.perf_counter() - start


def broken(runs: list[Run]) -> list[str]:
    """The limits that the largest size breaks."""
    last = runs[-1]
    if last.projects < LARGEST:
        return []
    limits = [("seconds", last.seconds, SECONDS), ("megabytes", last.megabytes, MEGABYTES)]
    if len(runs) > 1:
        before = runs[-2].seconds / runs[-2].projects
        growth = last.seconds / last.projects / before
        limits.append(("growth of the time per project", growth, MOST_GROWTH))
    return [f"{name}: {value:.2f} is over {most}" for name, value, most in limits if value > most]


def slope(runs: list[Run]) -> float | None:
    """The power of the number of projects that the time grows with, over the two largest sizes."""
    if len(runs) < 2:
        return None
    one, other = runs[-2:]
    return math.log(other.seconds / one.seconds) / math.log(other.projects / one.projects)


def main() -> int:
    """Print the table; 1 if a limit is broken."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--projects", type=int, action="append", help="these sizes alone")
    parser.add_argument("--keep", type=Path, help="folder in which the workspaces stay")
    parser.add_argument("--no-report", action="store_true", help="without figures and report")
    asked = parser.parse_args()
    runs = []
    with tempfile.TemporaryDirectory() as temporary:
        same_as_collected(Path(temporary))
        print("stored as evalkit collect stores it: yes")
        print(f"a loop of ten million steps takes {counting():.2f} s")
        print(f"{'projects':>9}{'effects':>10}{'read':>12}{'written':>10}{'CPU':>10}", end="")
        print(f"{'a project':>12}{'memory':>10}{'report':>10}", flush=True)
        folder = asked.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        for projects in asked.projects or SIZES:
            found = run(workspace_of(projects, folder), not asked.no_report)
            runs.append(found)
            report = "–" if found.report is None else f"{found.report:.1f} s"
            print(
                f"{found.projects:>9,}{found.rows:>10,}{found.read:>10.1f} s{found.tables:>8.1f} s"
                f"{found.cpu:>8.1f} s{1e3 * found.seconds / found.projects:>9.1f} ms"
                f"{found.megabytes:>7.0f} MB{report:>10}",
                flush=True,
            )
    power = slope(runs)
    print(f"the same loop now takes {counting():.2f} s")
    if power is not None:
        print(f"from the last size but one the time grows as projects^{power:.2f}")
    wrong = broken(runs)
    looked = runs[-1].projects >= LARGEST
    held = "no limit is broken" if looked else f"the limits are for {LARGEST:,} projects"
    print("; ".join(wrong) or held)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
