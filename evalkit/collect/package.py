"""A delivery as one JSON package, for systems that make it themselves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from evalkit.collect.delivery import Delivery, Origin, Part
from evalkit.collect.files import MOST_ROWS, check_size, read_bounded, read_json
from evalkit.collect.parsing import cell_text
from evalkit.collect.timing import taken_of
from evalkit.errors import EvalkitError, finding
from evalkit.model.finding import Finding, Place
from evalkit.model.submission import Grain
from evalkit.model.vocabulary import Respondent


class PackagePart(BaseModel):
    """The rows of one wave, respondent and grain."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    wave: str = Field(description="Id of the wave.")
    respondent: Respondent = Field(description="From or about whom one row is.")
    grain: Grain = Field(Grain.unit, description="Rows per person, or totals per school.")
    taken_from: str | None = Field(None, description="First day the data were taken.")
    taken_to: str | None = Field(None, description="Last day the data were taken.")
    rows: tuple[dict[str, Any], ...] = Field(description="Rows: column to value.")


class Package(BaseModel):
    """A delivery in JSON."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    project: str = Field(description="Id of the project.")
    design_hash: str = Field(description="Hash of the design it was collected under.")
    parts: tuple[PackagePart, ...] = Field(description="The parts.")


def read_package(path: Path) -> Delivery:
    """A JSON package as a delivery of raw parts.

    Problems with the file come as findings of the delivery. Places give the row (from 1) and
    the JSON pointer.
    """
    path = Path(path)
    try:
        package = _package(read_bounded(path), path.name)
    except EvalkitError as error:
        return Delivery(None, None, (), (error.finding,))
    except ValidationError as error:
        return Delivery(None, None, (), tuple(_shape_findings(error, path.name)))
    findings: list[Finding] = []
    parts = []
    for number, raw in enumerate(package.parts):
        place = Place(file=path.name, key=f"/parts/{number}")
        if len(raw.rows) > MOST_ROWS:
            findings.append(finding("intake.too_many_rows", place, limit=MOST_ROWS))
            continue
        try:
            part = _part(raw, number, path.name)
        except EvalkitError as error:
            findings.append(error.finding)
            continue
        if part is not None:
            parts.append(part)
    findings.extend(_doubles(parts, path.name))
    if not parts and not findings:
        findings.append(finding("intake.empty", Place(file=path.name)))
    return Delivery(package.project, package.design_hash, tuple(parts), tuple(findings))


def _package(content: bytes, file: str) -> Package:
    return Package.model_validate(read_json(content, Place(file=file)))


def _shape_findings(error: ValidationError, file: str) -> Iterable[Finding]:
    """What is wrong in the shape of a package, in the words of the catalogue."""
    for problem in error.errors(include_url=False)[:50]:
        location = problem["loc"]
        place = Place(file=file, key="".join(f"/{step}" for step in location) or "/")
        key = str(location[-1]) if location else file
        parent = (
            PackagePart if location and location[0] == "parts" and len(location) > 2 else (Package)
        )
        if problem["type"] == "missing":
            meaning = parent.model_fields[key].description or key
            yield finding("file.key_missing", place, key=key, meaning=meaning)
        elif problem["type"] == "extra_forbidden":
            known = ", ".join(parent.model_fields)
            yield finding("file.key_unknown", place, key=key, known=known)
        elif problem["type"] == "enum":
            values = {"key": key, "value": _shown(problem["input"])}
            known = problem["ctx"]["expected"].replace("'", "").replace(" or ", ", ")
            yield finding("file.value_choice", place, **values, known=known)
        else:
            values = {"key": key, "value": _shown(problem["input"])}
            yield finding("file.value_type", place, **values, expected=problem["msg"])


def _shown(value: object) -> str:
    return (cell_text(value) or "")[:40]


def _part(raw: PackagePart, number: int, file: str) -> Part | None:
    if not raw.rows:
        return None
    columns = len({key for row in raw.rows for key in row})
    check_size(len(raw.rows), columns, Place(file=file, key=f"/parts/{number}"))
    frame = pd.DataFrame.from_records(list(raw.rows)).astype(object)
    frame = frame.map(_plain).set_axis([cell_text(str(c)) or "?" for c in frame], axis=1)
    frame = frame.loc[:, ~frame.columns.duplicated()]
    filled = frame.map(cell_text).notna().any(axis=1)
    if not filled.any():
        return None
    pointer = f"/parts/{number}"
    origin = Origin(
        file=file,
        rows=(np.flatnonzero(filled.to_numpy()) + 1).astype(np.int64),
        pointer=f"{pointer}/rows",
    )
    taken = taken_of(
        (raw.taken_from, Place(file=file, key=f"{pointer}/taken_from")),
        (raw.taken_to, Place(file=file, key=f"{pointer}/taken_to")),
    )
    rows = frame[filled].reset_index(drop=True)
    return Part(raw.wave, raw.respondent, raw.grain, rows, origin, taken)


def _plain(value: object) -> object:
    """A value of a cell; lists and objects, which no cell holds, as their text."""
    return cell_text(value) if isinstance(value, dict | list) else value


def _doubles(parts: Sequence[Part], file: str) -> Iterable[Finding]:
    seen: dict[tuple[str, Respondent, Grain], Part] = {}
    for part in parts:
        first = seen.setdefault((part.wave, part.respondent, part.grain), part)
        if first is not part:
            place = Place(file=file, key=part.origin.pointer)
            values = {"first": first.origin.pointer, "sheet": part.origin.pointer}
            yield finding("intake.sheet_double", place, **values)
