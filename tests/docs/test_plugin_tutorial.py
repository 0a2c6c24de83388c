from __future__ import annotations

import runpy
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from evalkit.plugin.registry import load_plugins
from evalkit.testing import check_plugin

from . import scenes


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The tutorial's folder with all its files, installed."""
    scenes.files_of("plugins.md", tmp_path)
    scenes.installed(tmp_path, monkeypatch)
    yield tmp_path
    for name in [name for name in sys.modules if name.startswith("evalkit_lesson")]:
        del sys.modules[name]


def test_plugin_of_tutorial_loads(folder: Path) -> None:
    registry = load_plugins()
    assert registry.findings == ()
    assert registry.plugins["lesson"].project_types == ("lesson.study",)
    assert registry.plugins["lesson"].measures == ("lesson.pupil_thinking",)


def test_plugin_of_tutorial_conforms(folder: Path) -> None:
    assert check_plugin("lesson") == []


def test_tests_of_tutorial_pass(folder: Path) -> None:
    tests = runpy.run_path(str(folder / "tests" / "test_plugin.py"))
    called = [name for name in tests if name.startswith("test_")]
    for name in called:
        tests[name]()
    assert called
