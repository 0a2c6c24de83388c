from __future__ import annotations

import pytest

from evalkit.collect.workbook import write_workbook
from evalkit.model.design import Design

from .designs import build_design
from .office import office

__all__ = ["design", "office", "workbook"]


@pytest.fixture(scope="session")
def design() -> Design:
    return build_design()


@pytest.fixture(scope="session")
def workbook(design: Design) -> bytes:
    return write_workbook(design)
