from __future__ import annotations

import shutil
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.conftest import Played


class Demo(NamedTuple):
    """The demo as it was played: where it lies, and what it said."""

    folder: Path
    said: str


@pytest.fixture(scope="session")
def demo(played: Played, tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """A copy of the demo as ``make demo`` leaves it: the pages go on in it."""
    folder = tmp_path_factory.mktemp("demo") / "evalkit-demo"
    shutil.copytree(played.folder, folder)
    return Demo(folder, played.printed.replace(str(played.folder), "evalkit-demo"))
