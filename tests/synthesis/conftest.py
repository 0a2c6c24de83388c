"""Reference numbers of metafor and data for the statistics."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest


@pytest.fixture(scope="session")
def reference(reference_folder: Path) -> dict[str, Any]:
    return json.loads((reference_folder / "metafor.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def effect_sizes(reference: dict[str, Any]) -> dict[str, Any]:
    return reference["effect_sizes"]


@pytest.fixture(scope="session")
def morris(reference_folder: Path) -> pd.DataFrame:
    return pd.read_csv(reference_folder / "data" / "morris2008.csv")
