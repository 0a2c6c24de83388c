"""A fresh workspace with one project and its design."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from evalkit.store import Store

from . import builders


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "werk map"


@pytest.fixture
def store(folder: Path) -> Iterator[Store]:
    with Store.create(folder, clock=lambda: builders.NOW) as store:
        store.save_project(builders.project())
        store.save_design(builders.design())
        yield store
