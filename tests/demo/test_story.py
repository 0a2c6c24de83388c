"""The demo as a user meets it."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from frictionless import Package

from evalkit.cli.main import cli
from tests.conftest import Played, play


def test_every_file_is_listed_with_what_it_is_for(played: Played) -> None:
    """By itself, or, in a full folder, by the folder's line, which says how many there are."""
    listed = dict(re.findall(r"^  (\S+/round/\S+)  +(\S.*)$", played.printed, re.M))
    made = {
        str(path)
        for folder in ("designs", "synthesis")
        for path in (played.folder / folder).rglob("*")
        if path.is_file()
    }
    full = [path for path in listed if path.endswith("/")]
    for folder in full:
        inside = [path for path in made if path.startswith(folder)]
        assert listed.pop(folder).startswith(f"{len(inside)} files: ")
        made.difference_update(inside)
    assert made == set(listed)
    assert {Path(folder).name for folder in full} == {"figures", "parquet"}
    for name in ("design.pdf", "design.html", "design.json", "workbook.xlsx"):
        assert sum(path.endswith(name) for path in made) == 4
    for name in ("effects.csv", "moederbestand.csv", "codebook.csv", "datapackage.json"):
        assert any(path.endswith(name) for path in made)


def test_it_says_that_the_round_is_an_illustration(played: Played) -> None:
    assert "It says nothing about SlimFit." in played.printed
    assert "says nothing about SlimFit" in (played.folder / "synthesis/report.html").read_text()


def test_it_speaks_dutch(tmp_path: Path) -> None:
    printed = play(tmp_path / "ronde", "nl").printed
    assert "De uitkomst zegt niets over SlimFit." in printed
    assert "verwachte trede 5" in printed


def test_the_commands_it_shows_do_the_same(played: Played, tmp_path: Path) -> None:
    """Typing the shown commands by hand, in a copy of the input, gives the same tables."""
    by_hand = tmp_path / "by-hand"
    by_hand.mkdir()
    subprocess.run(["cp", "-r", str(played.folder / "input"), str(by_hand)], check=True)
    commands = re.findall(r"^  \$ evalkit (.*)$", played.printed, re.M)
    assert len(commands) == 2 + 8 + 6 + 3 + 1 + 1
    for command in commands:
        words = shlex.split(command.replace(str(played.folder), str(by_hand)))
        cli.main(["--lang", "en", *words], standalone_mode=False)
    for path in sorted((played.folder / "synthesis").glob("*.csv")):
        assert path.read_bytes() == (by_hand / "synthesis" / path.name).read_bytes(), path.name


def test_a_second_run_replaces_the_first_and_is_the_same(played: Played, own_copy: Path) -> None:
    play(own_copy, "en")
    for folder in ("designs", "synthesis"):
        for path in (played.folder / folder).rglob("*"):
            if path.is_file():
                again = own_copy / path.relative_to(played.folder)
                assert path.read_bytes() == again.read_bytes(), path


def test_it_never_replaces_somebody_elses_folder(tmp_path: Path) -> None:
    (tmp_path / "thesis.docx").write_text("mine")
    run = subprocess.run(
        [sys.executable, "-m", "evalkit", "--lang", "en", "demo", "--out", tmp_path],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 1
    assert len(run.stderr.splitlines()) == 1
    assert (tmp_path / "thesis.docx").read_text() == "mine"


def test_the_data_package_is_valid_and_its_rows_conform(played: Played) -> None:
    report = Package(str(played.folder / "synthesis" / "datapackage.json")).validate()
    assert report.valid, report.flatten(["title", "note"])


def test_the_codebook_describes_every_column(played: Played) -> None:
    codebook = played.table("codebook")
    for name, columns in codebook.groupby("table")["column"]:
        table = pd.read_csv(played.folder / "synthesis" / f"{name}.csv")
        assert list(table.columns) == list(columns)
    assert codebook["description"].str.len().min() > 3


def test_cards_carry_what_project_and_card_file_say(played: Played) -> None:
    cards = played.table("moederbestand").set_index("project")
    assert len(cards) == 4
    public = cards.loc["slimfit-public"]
    assert public["school_type"] == "po"
    assert public["goal_reached"] == "somewhat"
    assert "labour_productivity" in public["aspects"]
    assert public["ladder_rung"] == 5
    assert pd.isna(cards.loc["slimfit-catholic", "goal_reached"])
    assert cards.loc["slimfit-independent", "ladder_rung"] == 3


def test_metafor_agrees(own_copy: Path, rscript: str) -> None:
    folder = own_copy / "synthesis"
    run = subprocess.run(
        [rscript, "analysis.R"], cwd=folder, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    again = pd.read_csv(folder / "pooled_R.csv")
    ours = pd.read_csv(folder / "pooled.csv")
    for column in ("estimate", "se", "ci_low", "ci_high", "p", "tau2", "pi_low", "pi_high"):
        assert again[column].tolist() == pytest.approx(
            ours[column].tolist(), abs=1e-6, nan_ok=True
        ), column


def test_metafor_notices_a_changed_number(own_copy: Path, rscript: str) -> None:
    folder = own_copy / "synthesis"
    pooled = pd.read_csv(folder / "pooled.csv")
    pooled.loc[0, "estimate"] += 1e-5
    pooled.to_csv(folder / "pooled.csv", index=False)
    run = subprocess.run([rscript, "analysis.R"], cwd=folder, capture_output=True, check=False)
    assert run.returncode != 0
