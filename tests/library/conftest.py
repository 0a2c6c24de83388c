"""The source document that vocabularies and factors come from."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def source(seeds_folder: Path) -> str:
    """The text of the meta-analysis."""
    path = seeds_folder / "004_meta_analysis_school_development.txt"
    return path.read_text(encoding="utf-8")
