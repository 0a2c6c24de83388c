"""What every model shares: immutable, and strict about unknown keys."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints


class Model(BaseModel):
    """Base of all evalkit models: frozen, and no key it does not know."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", str_strip_whitespace=True, allow_inf_nan=False
    )


ID_PATTERN = r"^[a-z][a-z0-9_]*([.-][a-z0-9_]+)*$"
MEASURE_PATTERN = r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+$"
VERSION_PATTERN = r"^\d+\.\d+(\.\d+)?$"

Identifier = Annotated[str, StringConstraints(pattern=ID_PATTERN, max_length=80)]
"""A stable id: lower case, digits, underscores; parts joined by dots or hyphens."""

MeasureId = Annotated[str, StringConstraints(pattern=MEASURE_PATTERN, max_length=80)]
"""A measure's id, with its owner first: ``core.workload``, ``iio.language``."""

Version = Annotated[str, StringConstraints(pattern=VERSION_PATTERN)]
"""A version: ``1.0`` or ``1.0.2``."""
