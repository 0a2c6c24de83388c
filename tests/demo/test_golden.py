"""The demo against what is expected of it; EVALKIT_UPDATE_GOLDEN=1 writes that anew."""

from __future__ import annotations

import os
from pathlib import Path

import pandas as pd
import pytest

from tests.conftest import ROOT, Played

EXPECTED = ROOT / "examples" / "grant-round" / "expected"
DOCUMENTS = Path(__file__).parent / "golden"
UPDATE = bool(os.environ.get("EVALKIT_UPDATE_GOLDEN"))


def compare_text(made: str, golden: Path) -> None:
    if UPDATE:
        golden.parent.mkdir(parents=True, exist_ok=True)
        golden.write_text(made, encoding="utf-8")
    assert made == golden.read_text(encoding="utf-8")


def test_what_is_printed(played: Played) -> None:
    compare_text(played.printed.replace(str(played.folder), "DEMO"), EXPECTED / "printed.txt")


@pytest.mark.parametrize("name", ["effects", "pooled", "process", "moederbestand", "codebook"])
def test_tables(played: Played, name: str) -> None:
    """Text to the letter, numbers to 1e-9: the last digits differ between processors."""
    golden = EXPECTED / f"{name}.csv"
    made = played.folder / "synthesis" / f"{name}.csv"
    if UPDATE:
        golden.parent.mkdir(parents=True, exist_ok=True)
        golden.write_bytes(made.read_bytes())
    pd.testing.assert_frame_equal(
        pd.read_csv(made), pd.read_csv(golden), check_exact=False, rtol=1e-9, atol=1e-12
    )


@pytest.mark.parametrize("project", ["slimfit-independent"])
def test_designs(played: Played, project: str) -> None:
    made = (played.folder / "designs" / project / "design.html").read_text(encoding="utf-8")
    compare_text(made, DOCUMENTS / f"{project}.html")
