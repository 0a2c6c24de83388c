"""How long a design takes, and the documents that go with it.

    python benchmarks/designs.py [--count 1000]

Makes that many different designs of the example projects in one process, then one full set of
documents of each example through the command. Prints a table, and ends with 1 if a limit is
broken: 1,000 designs without documents within 30 s, one set of documents within 3 s, and memory
that does not grow.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from evalkit.library.yaml_file import read_model
from evalkit.model.project import Project
from evalkit.workspace import designs
from evalkit.workspace.workspace import Workspace

EXAMPLES = Path(__file__).parents[1] / "examples"
PROJECTS = ("lof-small", "datateam", "iio-crossover")
DESIGNS_PER_SECOND = 1_000 / 30
DOCUMENTS = 3.0
GROWTH = 1.10


def projects(count: int) -> Iterator[Project]:
    """Projects that differ, in turn of each example."""
    known = [read_model(EXAMPLES / name / "project.yaml", Project) for name in PROJECTS]
    for number in range(count):
        project = known[number % len(known)]
        yield project.model_copy(update={"id": f"{project.id}-{number}"})


def megabytes() -> float:
    """Memory in use now."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * resource.getpagesize() / 1e6


def many(count: int) -> tuple[float, float]:
    """Seconds for ``count`` designs, and by which factor memory grew over the second half."""
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace.create(Path(folder) / "w")
        start, half = time.perf_counter(), 0.0
        for number, project in enumerate(projects(count)):
            designs.of_project(workspace, project)
            if number == count // 2:
                half = megabytes()
        took = time.perf_counter() - start
        workspace.close()
    return took, megabytes() / half


def documents(example: str) -> float:
    """Seconds of ``evalkit design`` with all documents, the best of three, starting included."""
    with tempfile.TemporaryDirectory() as folder:
        evalkit = [sys.executable, "-m", "evalkit", "-w", f"{folder}/w"]
        file = EXAMPLES / example / "project.yaml"
        project = read_model(file, Project).id
        for words in (["init"], ["project", "add", str(file)]):
            subprocess.run([*evalkit, *words], check=True, capture_output=True)
        best = float("inf")
        for number in range(3):
            words = ["design", project, "--out", f"{folder}/{number}"]
            start = time.perf_counter()
            subprocess.run([*evalkit, *words], check=True, capture_output=True)
            best = min(best, time.perf_counter() - start)
    return best


def main() -> int:
    """Run, print, and say whether all limits hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1_000)
    count = parser.parse_args().count
    took, growth = many(count)
    sets = {example: documents(example) for example in PROJECTS}
    print(f"{count} designs without documents  {took:8.2f} s  ({count / took:.0f} a second)")
    print(f"memory, end against half-way     {growth:8.2f} ×")
    for example, seconds in sets.items():
        print(f"one set of documents             {seconds:8.2f} s  ({example})")
    broken = [
        name
        for name, fails in (
            ("designs", count / took < DESIGNS_PER_SECOND),
            ("memory", growth > GROWTH),
            ("documents", max(sets.values()) > DOCUMENTS),
        )
        if fails
    ]
    print(f"broken: {', '.join(broken)}" if broken else "all limits hold")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
