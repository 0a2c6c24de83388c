"""A fresh workspace of a fund with a protocol of its own."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from evalkit.model.design import Design
from evalkit.plugin.registry import Registry, load_plugins
from evalkit.workspace.workspace import Workspace

from . import rounds


@pytest.fixture(scope="session")
def plugins() -> Registry:
    return load_plugins()


@pytest.fixture(scope="session")
def first_day(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The workspace as it is copied for each test: made once, with the protocol in it."""
    folder = tmp_path_factory.mktemp("eerste dag")
    with Workspace.create(folder / "werk map", today=rounds.TODAY) as made:
        rounds.add_protocol(made, folder)
    return folder / "werk map"


@pytest.fixture
def workspace(tmp_path: Path, first_day: Path, plugins: Registry) -> Iterator[Workspace]:
    shutil.copytree(first_day, tmp_path / "werk map")
    with Workspace.open(tmp_path / "werk map", today=rounds.TODAY) as opened:
        vars(opened)["plugins"] = plugins  # Loaded once for all tests.
        yield opened


@pytest.fixture
def design(workspace: Workspace, tmp_path: Path) -> Design:
    return rounds.designed(workspace, tmp_path)
