from __future__ import annotations

from pathlib import Path

import pytest

from evalkit.library.reference import reference_base
from evalkit.model.reference import ReferenceBase

FILES = {
    "000_iio_letter": "000_iio_letter_to_parliament.txt",
    "001_iio_vo_summary": "001_iio_vo_effect_summary.txt",
    "002_iio_principles": "002_iio_five_principles.txt",
    "003_iio_focus_groups": "003_iio_focus_groups.txt",
    "004_meta_analysis": "004_meta_analysis_school_development.txt",
}


@pytest.fixture(scope="session")
def base() -> ReferenceBase:
    return reference_base()


@pytest.fixture(scope="session")
def seeds(seeds_folder: Path) -> dict[str, list[str]]:
    """The lines of each source document."""
    return {
        document: (seeds_folder / name).read_text(encoding="utf-8").splitlines()
        for document, name in FILES.items()
    }
