"""The script that ships with a synthesis, run by R on programmes that fill every table."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from evalkit.library.shipped import shipped
from evalkit.synthesis.choices import FAMILIES

from .whole_programme import ESTIMATED, SHARED, changed, equal, goals, many, named, write


def run(rscript: str, folder: Path) -> subprocess.CompletedProcess[str]:
    script = folder / "analysis.R"
    script.write_bytes(shipped("templates", "analysis.R").read_bytes())
    return subprocess.run(
        [rscript, script.name], cwd=folder, capture_output=True, text=True, check=False
    )


def held(printed: str) -> dict[str, tuple[int, ...]]:
    """By table: rows, numbers held against R, how many differ."""
    lines = re.findall(r"(\S+)\.csv +(\d+) rows: +(\d+) numbers held against R, (\d+)", printed)
    return {table: tuple(map(int, numbers)) for table, *numbers in lines}


def test_metafor_agrees_with_every_table(rscript: str, tmp_path: Path) -> None:
    folder = write(tmp_path / "programme", many(), goals(), SHARED)
    done = run(rscript, folder)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Not checked" not in done.stdout
    found = held(done.stdout)
    assert list(found) == list(ESTIMATED)
    for table, (rows, numbers, differ) in found.items():
        # Of most rows all numbers are there; k and five others of each.
        assert numbers >= 6 * rows, table
        assert differ == 0


def test_it_agrees_where_every_variance_is_zero(rscript: str, tmp_path: Path) -> None:
    done = run(rscript, write(tmp_path / "programme", equal()))
    assert done.returncode == 0, done.stdout + done.stderr
    skipped = re.search(r"^Not checked:\n((?:  .*\n)+)", done.stdout, re.MULTILINE)
    assert skipped
    # Only how much a project moves the pool: that is 0 of an error of 0.
    assert all("cook and influential" in line for line in skipped[1].splitlines())
    assert held(done.stdout)["multilevel"] == (2, 26, 0)


def test_it_agrees_with_a_programme_that_has_next_to_nothing(rscript: str, tmp_path: Path) -> None:
    done = run(rscript, write(tmp_path / "programme", many()[-1:]))
    assert done.returncode == 0, done.stdout + done.stderr
    assert held(done.stdout)["pooled"][0] == 1


# A pool with another k is not looked at further, so the other tables are changed apart from it.
@pytest.mark.parametrize("tables", [ESTIMATED[:1], ESTIMATED[1:]], ids=["pooled", "others"])
def test_it_names_every_number_that_was_changed(
    rscript: str, tmp_path: Path, tables: tuple[str, ...]
) -> None:
    folder = write(tmp_path / "programme", many(), goals(), SHARED)
    expected = changed(folder, tables)
    done = run(rscript, folder)
    assert done.returncode == 1
    found = named(done.stdout)
    assert {table: found[table] for table in tables} == expected


def test_one_number_is_enough_to_fail(rscript: str, tmp_path: Path) -> None:
    folder = write(tmp_path / "programme", many()[-4:])
    path = folder / "pooled.csv"
    head, first = path.read_text("utf-8").splitlines()
    cells = first.split(",")
    at = head.split(",").index("q_p")
    cells[at] = repr(float(cells[at]) * 1.001)
    path.write_text("\n".join([head, ",".join(cells)]) + "\n", "utf-8")
    done = run(rscript, folder)
    assert done.returncode == 1
    assert named(done.stdout) == {"pooled": {(1, "q_p")}}


def test_an_effect_that_was_changed_shows(rscript: str, tmp_path: Path) -> None:
    folder = write(tmp_path / "programme", many()[-4:])
    shutil.move(folder / "effects.csv", folder / "as-it-was.csv")
    lines = (folder / "as-it-was.csv").read_text("utf-8").splitlines()
    (folder / "effects.csv").write_text("\n".join(lines[:-1]) + "\n", "utf-8")
    done = run(rscript, folder)
    assert done.returncode == 1
    assert named(done.stdout)["pooled"] == {(1, "k")}


def test_script_and_notebook_know_what_is_pooled_together() -> None:
    pairs = {f'{metric} = "{family}"' for metric, family in FAMILIES.items()}
    script = shipped("templates", "analysis.R").read_text("utf-8")
    (block,) = re.findall(r"families <- c\((.*?)\)", script, re.DOTALL)
    assert {" ".join(part.split()) for part in block.split(",")} == pairs
    notebook = shipped("templates", "analysis.ipynb").read_text("utf-8").replace('\\"', '"')
    block = notebook[notebook.index("FAMILIES = {") :]
    listed = re.findall(r'"(\w+)": "(\w+)"', block[: block.index("}")])
    assert dict(listed) == dict(FAMILIES)
