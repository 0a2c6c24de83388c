"""A delivery as a data package: ``datapackage.json`` with a CSV file per form, loose or zipped."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any, TypeVar

import pandas as pd

from evalkit.collect.columns import ColumnSpec, columns_for
from evalkit.collect.delivery import Delivery, Origin, Part
from evalkit.collect.files import (
    MOST_MEGABYTES,
    ZIP_ERRORS,
    open_zip,
    read_bounded,
    read_json,
    refuse_bomb,
)
from evalkit.collect.tables import csv_table
from evalkit.collect.timing import taken_of
from evalkit.errors import EvalkitError, finding
from evalkit.library.damage import damage
from evalkit.model.design import Design
from evalkit.model.finding import Finding, Place
from evalkit.model.safe_text import neutral
from evalkit.model.submission import Grain
from evalkit.model.text import Text
from evalkit.model.vocabulary import Respondent, Term

DESCRIPTOR = "datapackage.json"
MOST_RESOURCES = 500
"""CSV files in one package."""

Reader = Callable[[str], bytes]
TermT = TypeVar("TermT", bound=Term)


def read_data_package(path: Path) -> Delivery:
    """A data package as a delivery of raw parts.

    The descriptor names the project and the design (``project``, ``design_hash``), and of each
    resource what it is (``wave``, ``respondent``, ``grain``) and when it was taken
    (``taken_from``, ``taken_to``). Resources are CSV files inside the package; nothing outside
    its folder is read. Problems come as findings of the delivery.

    Args:
        path: ``datapackage.json``, or a zip that holds it.
    """
    path = Path(path)
    try:
        content, read = _opened(path)
        package = _descriptor(content, path.name)
    except EvalkitError as error:
        return Delivery(None, None, (), (error.finding,))
    findings = list(_missing(package, ("project", "design_hash"), Place(file=path.name, key="/")))
    resources = package.get("resources")
    if not isinstance(resources, list) or not 0 < len(resources) <= MOST_RESOURCES:
        place = Place(file=path.name, key="/resources")
        expected = f"1–{MOST_RESOURCES} CSV"
        values = {"key": "resources", "value": _shown(resources), "expected": expected}
        return Delivery(None, None, (), (*findings, finding("file.value_type", place, **values)))
    parts, paths = [], set[str]()
    for number, resource in enumerate(resources):
        place = Place(file=path.name, key=f"/resources/{number}")
        name = str(resource.get("path")) if isinstance(resource, dict) else ""
        if name and name in paths:
            findings.append(finding("file.duplicate_key", place, key=name[:200]))
            continue
        paths.add(name)
        part, remarks = _part(resource, place, read)
        findings += remarks
        if part is not None:
            parts.append(part)
    if not parts and not findings:
        findings.append(finding("intake.empty", Place(file=path.name)))
    hash = package.get("design_hash")
    return Delivery(_shown(package.get("project")), _shown(hash), tuple(parts), tuple(findings))


def _bounded(read: Reader) -> Reader:
    """A reader of files that are not too large together."""
    taken = 0

    def reading(name: str) -> bytes:
        nonlocal taken
        content = read(name)
        taken += len(content)
        if taken > MOST_MEGABYTES * 1_000_000:
            size = taken // 1_000_000
            raise EvalkitError(
                "intake.too_large", Place(file=name), size=size, limit=MOST_MEGABYTES
            )
        return content

    return reading


def _opened(path: Path) -> tuple[bytes, Reader]:
    content = read_bounded(path)
    if path.suffix.lower() != ".zip":
        folder = path.parent
        return content, _bounded(lambda name: read_bounded(_inside(folder, name)))
    place = Place(file=path.name)
    archive = open_zip(content, place, ".zip")
    refuse_bomb(archive.infolist(), len(content), place)
    names = archive.namelist()
    found = [name for name in names if PurePosixPath(name).name == DESCRIPTOR]
    if len(found) != 1:
        count = len(found)
        detail = Text(
            nl=f"er hoort één {DESCRIPTOR} in te zitten, en het zijn er {count}",
            en=f"there should be one {DESCRIPTOR} in it, and there are {count}",
        )
        raise EvalkitError("intake.unreadable", place, kind=".zip", detail=detail)
    root = PurePosixPath(found[0]).parent

    def read(name: str) -> bytes:
        try:
            return archive.read(str(root / name))
        except KeyError:
            raise EvalkitError("file.missing", place, path=name) from None
        except ZIP_ERRORS as error:
            raise EvalkitError(
                "intake.unreadable", place, kind=".zip", detail=damage(error)
            ) from error

    return read(DESCRIPTOR), read


def _inside(folder: Path, name: str) -> Path:
    """The file of that name in ``folder``; a link that leads out of it is no file of it."""
    try:
        found = (folder / name).resolve()
    except (OSError, ValueError, RuntimeError):
        raise EvalkitError("file.missing", Place(file=name), path=name) from None
    if not found.is_relative_to(folder.resolve()):
        raise EvalkitError("intake.resource_outside", Place(file=name), path=name)
    return found


def _descriptor(content: bytes, file: str) -> dict[str, Any]:
    package = read_json(content, Place(file=file))
    if not isinstance(package, dict):
        place = Place(file=file, key="/")
        values = {"key": DESCRIPTOR, "value": _shown(package), "expected": "{…}"}
        raise EvalkitError("file.value_type", place, **values)
    return package


_MEANINGS = {
    "project": "Id of the project.",
    "design_hash": "Hash of the design it was collected under.",
    "path": "CSV file inside the package.",
    "wave": "Id of the wave.",
    "respondent": "From or about whom one row is.",
}


def _missing(found: Mapping[str, Any], keys: Iterable[str], place: Place) -> Iterator[Finding]:
    for key in keys:
        if not isinstance(found.get(key), str) or not found[key]:
            yield finding("file.key_missing", place, key=key, meaning=_MEANINGS[key])


def _part(resource: object, place: Place, read: Reader) -> tuple[Part | None, list[Finding]]:
    if not isinstance(resource, dict):
        values = {"key": "resources", "value": _shown(resource), "expected": "{…}"}
        return None, [finding("file.value_type", place, **values)]
    findings = list(_missing(resource, ("path", "wave", "respondent"), place))
    respondent, wrong = _term(Respondent, "respondent", resource, place)
    grain, coarse = _term(Grain, "grain", {"grain": Grain.unit.value} | resource, place)
    findings += [*wrong, *coarse]
    if findings or respondent is None or grain is None:
        return None, findings
    name = resource["path"]
    relative = PurePosixPath(name)
    if relative.is_absolute() or ".." in relative.parts or ":" in name or "\\" in name:
        return None, [finding("intake.resource_outside", place, path=name)]
    try:
        table = csv_table(name, read(name))
    except EvalkitError as error:
        return None, [error.finding]
    taken = taken_of(
        *(
            (_shown(resource.get(key)), Place(file=place.file, key=f"{place.key}/{key}"))
            for key in ("taken_from", "taken_to")
        )
    )
    origin = Origin(table.file, table.rows)
    part = Part(resource["wave"], respondent, grain, table.frame, origin, taken)
    return (None if table.frame.empty else part), list(table.findings)


def _term(
    terms: type[TermT], key: str, found: Mapping[str, Any], place: Place
) -> tuple[TermT | None, list[Finding]]:
    value = found.get(key)
    named = next((term for term in terms if term.value == value), None)
    if named is not None or value is None:
        return named, []
    known = ", ".join(term.value for term in terms)
    values = {"key": key, "value": _shown(value), "known": known}
    return None, [finding("file.value_choice", place, **values)]


def _shown(value: object) -> str | None:
    return None if value is None else str(value)[:200]


def write_data_package(
    design: Design, parts: Iterable[Part], **properties: str
) -> dict[str, bytes]:
    """A data package of parts: file names to content, ``datapackage.json`` first.

    Args:
        design: the design they were collected under.
        parts: their rows, under machine names.
        properties: more properties of the package.
    """
    files: dict[str, bytes] = {}
    resources = []
    for part in parts:
        specs = columns_for(design, part.wave, part.respondent, part.grain)
        stem = f"{part.wave}-{part.respondent.value}-{part.grain.value}"
        name = stem if f"{stem}.csv" not in files else f"{stem}-{len(files) + 1}"
        fields = {spec.name: _field(spec) for spec in specs}
        frame = part.frame.apply(_neutral)
        files[f"{name}.csv"] = frame.to_csv(index=False, lineterminator="\n").encode("utf-8")
        resources.append(
            {
                "name": name.lower().replace("_", "-"),
                "path": f"{name}.csv",
                "profile": "tabular-data-resource",
                "format": "csv",
                "mediatype": "text/csv",
                "encoding": "utf-8",
                "wave": part.wave,
                "respondent": part.respondent.value,
                "grain": part.grain.value,
                **_days(part),
                "schema": {
                    "fields": [fields.get(c, _computed(frame[c], c)) for c in map(str, frame)],
                    "missingValues": [""],
                },
            }
        )
    package = {
        "profile": "tabular-data-package",
        "name": design.project.id.lower(),
        "title": design.project.title,
        "project": design.project.id,
        "design_hash": design.hash,
        **properties,
        "resources": resources,
    }
    text = json.dumps(package, indent=2, ensure_ascii=False) + "\n"
    return {DESCRIPTOR: text.encode("utf-8"), **files}


def _neutral(cells: pd.Series[Any]) -> pd.Series[Any]:
    """A column without text that a spreadsheet takes for a formula."""
    if cells.dtype.kind in "biufM":
        return cells
    plain = [neutral(cell) if isinstance(cell, str) else cell for cell in cells]
    return pd.Series(plain, index=cells.index, dtype=object)


def _days(part: Part) -> dict[str, str]:
    days = {"taken_from": part.taken_from, "taken_to": part.taken_to}
    return {key: day.isoformat() for key, day in days.items() if day}


def _field(spec: ColumnSpec) -> dict[str, Any]:
    numeric = spec.kind == "number" or any(isinstance(o.value, float) for o in spec.options)
    constraints: dict[str, Any] = {"required": True} if spec.required else {}
    bounds = {"minimum": spec.minimum, "maximum": spec.maximum} if numeric else {}
    constraints |= {key: value for key, value in bounds.items() if value is not None}
    if spec.options and not numeric:
        constraints["enum"] = [str(option.value) for option in spec.options]
    described = {
        "name": spec.name,
        "title": spec.label,
        "type": "number" if numeric else "string",
        "description": spec.explanation or spec.hint,
    }
    return described | ({"constraints": constraints} if constraints else {})


def _computed(cells: pd.Series[Any], name: str) -> dict[str, Any]:
    """A column that the form does not ask: a score that was computed from it."""
    return {"name": name, "type": "number" if cells.dtype.kind in "iuf" else "string"}
