"""What every test shares: where the reference data are, and what a machine may lack."""

from __future__ import annotations

import gc
import io
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import pandas as pd
    from playwright.sync_api import Browser

ROOT = Path(__file__).parents[1]

# As the command does: looking for rubbish takes a fifth of the time.
gc.set_threshold(100_000, 50, 100)


@pytest.fixture(autouse=True)
def _plain_surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test depends on the terminal's language or on a workspace of the person who runs it."""
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "EVALKIT_WORKSPACE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "C.UTF-8")


@pytest.fixture(scope="session")
def reference_folder() -> Path:
    """The folder of reference data and numbers; the test is skipped where it is absent."""
    folder = ROOT.parent / "shared" / "reference"
    if not folder.is_dir():
        pytest.skip("reference data")
    return folder


@pytest.fixture(scope="session")
def seeds_folder() -> Path:
    """The folder of source documents; the test is skipped where it is absent."""
    folder = ROOT.parent / "shared" / "seeds"
    if not folder.is_dir():
        pytest.skip("source documents")
    return folder


@pytest.fixture(scope="session")
def rscript() -> str:
    """The R interpreter with metafor; the test is skipped where one is absent."""
    program = shutil.which("Rscript")
    if program is None:
        pytest.skip("R")
    probe = subprocess.run(
        [program, "-e", "library(metafor)"], capture_output=True, check=False, text=True
    )
    if probe.returncode:
        pytest.skip("R package metafor")
    return program


@pytest.fixture(scope="session")
def pdftoppm() -> str:
    """The program that turns PDF pages into pictures; the test is skipped where it is absent."""
    program = shutil.which("pdftoppm")
    if program is None:
        pytest.skip("poppler")
    return program


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium without a window; the test is skipped where it is absent."""
    program = shutil.which("chromium")
    if program is None:
        pytest.skip("Chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield opened
        opened.close()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name what this machine lacks."""
    skipped = terminalreporter.stats.get("skipped", [])
    reasons = sorted({str(report.longrepr[2]).removeprefix("Skipped: ") for report in skipped})
    if reasons:
        terminalreporter.write_line("")
        terminalreporter.write_line(
            f"{len(skipped)} tests skipped: this machine lacks {', '.join(reasons)}.", yellow=True
        )


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Where everything must be there, a skipped test is a failure."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    strict = os.environ.get("EVALKIT_SKIP_IS_FAILURE")
    if strict and reporter is not None and reporter.stats.get("skipped") and not session.exitstatus:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@dataclass(frozen=True)
class Played:
    """A demo that was played: its folder and what it printed."""

    folder: Path
    printed: str

    def table(self, name: str) -> pd.DataFrame:
        import pandas as pd

        return pd.read_csv(self.folder / "synthesis" / f"{name}.csv")


def play(folder: Path, lang: str) -> Played:
    """Play the demo in a language."""
    from evalkit.cli.main import cli

    out = io.StringIO()
    with redirect_stdout(out):
        cli.main(["--lang", lang, "demo", "--out", str(folder)], standalone_mode=False)
    return Played(folder, out.getvalue())


@pytest.fixture(scope="session")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    """The demo, played once in English."""
    return play(tmp_path_factory.mktemp("demo") / "round", "en")
