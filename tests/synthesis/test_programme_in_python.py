"""The notebook that ships with a synthesis, run on programmes that fill every table."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

from evalkit.library.shipped import shipped

from .whole_programme import ESTIMATED, SHARED, changed, equal, goals, many, named, write


def run(folder: Path) -> subprocess.CompletedProcess[str]:
    """The cells of the notebook as one script."""
    cells = json.loads(shipped("templates", "analysis.ipynb").read_text("utf-8"))["cells"]
    script = folder / "analysis.py"
    code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    script.write_text("\n\n".join(code), "utf-8")
    return subprocess.run(
        [sys.executable, script.name],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "MPLBACKEND": "Agg"},
    )


def computed(printed: str) -> dict[str, tuple[int, int]]:
    """By table: numbers computed again, and how many differ."""
    lines = re.findall(r"(\S+)\.csv: (\d+) numbers computed again, (\d+) differ", printed)
    return {table: (int(numbers), int(differ)) for table, numbers, differ in lines}


def test_the_notebook_agrees_with_every_table(tmp_path: Path) -> None:
    done = run(write(tmp_path / "programme", many(), goals(), SHARED))
    assert done.returncode == 0, done.stderr
    found = computed(done.stdout)
    assert set(found) == set(ESTIMATED)
    assert {differ for _, differ in found.values()} == {0}
    assert "row" not in done.stdout  # Nothing that it could not compute.


def test_it_agrees_where_every_variance_is_zero(tmp_path: Path) -> None:
    done = run(write(tmp_path / "programme", equal()))
    assert done.returncode == 0, done.stderr
    assert computed(done.stdout)["multilevel"] == (26, 0)


def test_it_names_every_number_that_was_changed(tmp_path: Path) -> None:
    folder = write(tmp_path / "programme", many(), goals(), SHARED)
    expected = changed(folder, ESTIMATED)
    done = run(folder)
    assert done.returncode != 0
    assert named(done.stderr) == expected
