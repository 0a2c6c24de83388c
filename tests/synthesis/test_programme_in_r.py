"""The script that ships with a synthesis, run by R on a programme that fills every table."""

from __future__ import annotations

import random
import subprocess
from pathlib import Path

import pytest

from evalkit.library.shipped import shipped
from evalkit.model.vocabulary import Nature
from evalkit.synthesis.pooled import pooled_estimates
from evalkit.synthesis.programme import programme
from evalkit.synthesis.tables import TABLES, frame, to_csv

from .test_programme import DOMAINS, effects


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Twenty-four projects with a score, eighteen of them with a second one of the same domain."""
    rng = random.Random(5)
    scores = [
        row.model_copy(
            update={
                "nature": Nature.renewal if n % 3 else Nature.innovation,
                "features": {"scale": float(n % 7)},
            }
        )
        for n, row in enumerate(effects(24))
    ]
    others = [
        row.model_copy(update={"measure": "fonds.taal", "yi": rng.gauss(0.2, 0.4)})
        for row in scores[:18]
    ]
    rows = scores + others
    years = {row.project: 2026 + int(row.project[1:]) % 3 for row in rows}
    found = programme(rows, {}, DOMAINS, years)
    tables = {
        "effects": rows, "pooled": pooled_estimates(rows, {}), "sensitivity": found.sensitivity,
        "multilevel": found.levels, "moderators": found.moderators,
    }  # fmt: skip
    for name, content in tables.items():
        assert content, name
        (tmp_path / f"{name}.csv").write_bytes(to_csv(frame(content, TABLES[name])))
    return tmp_path


def run(rscript: str, folder: Path) -> subprocess.CompletedProcess[str]:
    script = folder / "analysis.R"
    script.write_bytes(shipped("templates", "analysis.R").read_bytes())
    return subprocess.run(
        [rscript, script.name], cwd=folder, capture_output=True, text=True, check=False
    )


def test_metafor_agrees_with_every_table(rscript: str, folder: Path) -> None:
    done = run(rscript, folder)
    assert done.returncode == 0, done.stderr
    assert "62 checks, 2 levels and 8 coefficients agree too" in done.stdout


@pytest.mark.parametrize(
    ("table", "column"),
    [("pooled", "estimate"), ("sensitivity", "estimate"), ("multilevel", "se_model"),
     ("multilevel", "estimate"), ("moderators", "se")],
)  # fmt: skip
def test_it_notices_a_number_that_was_changed(
    rscript: str, folder: Path, table: str, column: str
) -> None:
    path = folder / f"{table}.csv"
    head, first, *rest = path.read_text("utf-8").splitlines()
    cells = first.split(",")
    at = head.split(",").index(column)
    cells[at] = str(float(cells[at]) + 0.01)
    path.write_text("\n".join([head, ",".join(cells), *rest]) + "\n", "utf-8")
    done = run(rscript, folder)
    assert done.returncode != 0
    assert f"differ in {table}.csv" in done.stderr
