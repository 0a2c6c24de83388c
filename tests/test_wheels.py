"""The wheels, installed without the checkout: what ships works, and the plugins' tests pass."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from tests.conftest import ROOT

PLUGINS = ("evalkit-iio", "evalkit-lof", "evalkit-datateams")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python with the wheels of evalkit and its plugins, and this one's dependencies."""
    folder = tmp_path_factory.mktemp("wheels")
    for source in (ROOT, *(ROOT / "plugins" / name for name in PLUGINS)):
        build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder]
        subprocess.run([*build, source], check=True, capture_output=True)
    subprocess.run([sys.executable, "-m", "venv", folder / "env"], check=True)
    python = folder / "env" / "bin" / "python"
    wheels = sorted(folder.glob("*.whl"))
    install = [python, "-m", "pip", "install", "-q", "--no-deps", "--no-index"]
    subprocess.run([*install, *wheels], check=True, capture_output=True)
    site = next((folder / "env" / "lib").glob("python*/site-packages"))
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return python


def run(python: Path, *words: str | Path, cwd: Path) -> str:
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "PYTEST"))}
    done = subprocess.run(
        [python, *words], cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_it_is_the_wheel_that_runs(installed: Path, tmp_path: Path) -> None:
    where = run(installed, "-c", "import evalkit; print(evalkit.__file__)", cwd=tmp_path)
    assert Path(where.strip()).is_relative_to(installed.parents[1])


def test_protocols_and_plugins_ship(installed: Path, tmp_path: Path) -> None:
    found = json.loads(run(installed, "-m", "evalkit", "plugins", "--json", cwd=tmp_path))
    assert [plugin["name"] for plugin in found["plugins"]] == ["datateams", "iio", "lof"]
    assert found["findings"] == []
    listed = json.loads(run(installed, "-m", "evalkit", "protocol", "list", "--json", cwd=tmp_path))
    assert listed[0]["id"] == "basisset"


def test_the_demo_runs_from_the_wheel(installed: Path, tmp_path: Path) -> None:
    printed = run(installed, "-m", "evalkit", "--lang", "en", "demo", "--out", "d", cwd=tmp_path)
    assert "d/synthesis/report.pdf" in printed


@pytest.mark.parametrize("name", PLUGINS)
def test_the_plugins_own_tests_pass(installed: Path, tmp_path: Path, name: str) -> None:
    tests = ROOT / "plugins" / name / "tests"
    options = ("-q", "-p", "no:cacheprovider", "--rootdir", tmp_path, "-c", "/dev/null")
    assert "passed" in run(installed, "-m", "pytest", *options, tests, cwd=tmp_path)
