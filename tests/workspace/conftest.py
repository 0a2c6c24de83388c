"""A fresh workspace of a fund with a protocol of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from evalkit.model.design import Design
from evalkit.workspace.workspace import Workspace

from . import rounds


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    with Workspace.create(tmp_path / "werk map", today=rounds.TODAY) as made:
        rounds.add_protocol(made, tmp_path)
        yield made


@pytest.fixture
def design(workspace: Workspace, tmp_path: Path) -> Design:
    return rounds.designed(workspace, tmp_path)
