from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from .playing import evalkit


class Demo(NamedTuple):
    """The demo as it was played: where it lies, and what it said."""

    folder: Path
    said: str


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """The demo, played once, in English, as ``make demo`` does."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LANGUAGE", "en")
        patch.chdir(tmp_path_factory.mktemp("demo"))
        code, said = evalkit(["--lang", "en", "demo", "--out", "evalkit-demo"])
        assert code == 0, said
        return Demo(Path("evalkit-demo").resolve(), said)
