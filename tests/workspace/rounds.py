"""A small grant round as its people make it: YAML texts, filled workbooks, CSV and JSON."""

from __future__ import annotations

import datetime as dt
import json
import textwrap
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl

from evalkit.collect.workbook_format import (
    FIRST_ROW,
    NAMES_ROW,
    TAKEN_FROM_MARK,
    TAKEN_TO_MARK,
    WAVE_MARK,
)
from evalkit.model.design import Design
from evalkit.workspace import designs, protocols
from evalkit.workspace.intake import Request, Result, collect
from evalkit.workspace.workspace import Workspace

Rows = Iterable[Mapping[str, Any]]

START, END = dt.date(2025, 9, 1), dt.date(2026, 7, 3)
BEFORE, AFTER = dt.date(2025, 8, 20), dt.date(2026, 6, 10)
TODAY = dt.date(2026, 7, 10)

PROTOCOL = """\
id: fonds-klein
version: "1.0"
extends: basisset
title: {nl: Fonds voor scholen, en: Fund for schools}
description: {nl: Een kleine regeling., en: A small scheme.}
language: nl
variant: large
project_types: [iio.slimfit]
measures:
  - id: fonds.score
    version: "1.0"
    label: {nl: toetsscore, en: test score}
    description: {nl: Score op dezelfde toets., en: Score on the same test.}
    kind: outcome
    level: micro
    respondent: pupil
    source: register
    domain: achievement
    scale: {type: interval, minimum: 0, maximum: 100, better: higher}
    minutes: 40
  - id: fonds.absence
    version: "1.0"
    label: {nl: verzuim, en: absence}
    description: {nl: Gemiddeld verzuim in dagen., en: Mean absence in days.}
    kind: outcome
    level: micro
    respondent: pupil
    source: register
    scale: {type: interval, minimum: 0, maximum: 100, better: lower}
    minutes: 1
  - id: fonds.climate
    version: "1.0"
    label: {nl: schoolklimaat, en: school climate}
    description: {nl: Oordeel van de inspectie., en: The inspectorate's judgement.}
    kind: outcome
    level: meso
    respondent: school
    source: observation
    scale: {type: interval, minimum: 0, maximum: 100, better: higher}
    minutes: 5
requires:
  - {measure: fonds.score, waves: [baseline, post]}
  - {measure: fonds.absence, waves: [baseline, post]}
  - {measure: fonds.climate, waves: [baseline, post], mandatory: false}
"""

PROJECT = """\
id: {id}
title: "Project {id}"
protocol: {protocol}
type: iio.slimfit
sector: po
nature: renewal
start: {start}
end: {end}
description: Grotere groepen met een breed team.
theory: Een breed team verdeelt het werk (onderzoek van 2015).
predictions: [{{text: De scores blijven gelijk., measure: {predicted}}}]
alternatives: [{{text: Een nieuwe methode., check: Wij vragen het elke school.}}]
conditions: {{leadership: De directie leidt., time: Een dagdeel., resources: Uit de subsidie.}}
{arms}
assignment: {assignment}
schools:
{schools}
{more}
"""

TWO_ARMS = """\
arms:
  - {role: intervention, label: units}
  - {role: comparison, label: gewone klassen}
comparison: comparison_group"""

ONE_ARM = """\
arms:
  - {role: intervention, label: units}
comparison: single_group"""

THREE_SCHOOLS = {"05KO": "intervention", "12AB01": "comparison", "27XY": "intervention, comparison"}


def project_text(
    id: str = "units-oost",
    *,
    protocol: str = "fonds-klein",
    start: dt.date = START,
    end: dt.date = END,
    arms: str = TWO_ARMS,
    assignment: str = "pupil",
    schools: Mapping[str, str] = THREE_SCHOOLS,
    predicted: str = "fonds.score",
    more: str = "",
) -> str:
    lines = "\n".join(f"  - {{brin: {brin}, arms: [{roles}]}}" for brin, roles in schools.items())
    return PROJECT.format(
        id=id, protocol=protocol, start=start, end=end, arms=arms, assignment=assignment,
        predicted=predicted, schools=lines, more=textwrap.dedent(more),
    )  # fmt: skip


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def add_protocol(workspace: Workspace, folder: Path, text: str = PROTOCOL) -> None:
    protocols.add_protocol(workspace, written(folder, "protocol.yaml", text))


def designed(workspace: Workspace, folder: Path, text: str | None = None) -> Design:
    """The project of that text, with its design."""
    project, _, _ = designs.add_project(
        workspace, written(folder, "project.yaml", text or project_text())
    )
    return designs.make(workspace, project.id)


def workbook_of(design: Design, folder: Path) -> Path:
    from evalkit.collect.workbook import write_workbook

    path = folder / f"{design.project.id}-{design.hash[:6]}.xlsx"
    path.write_bytes(write_workbook(design))
    return path


def fill(
    workbook: Path,
    parts: Mapping[str, Rows],
    taken: Mapping[str, dt.date | tuple[dt.date, dt.date] | None],
    name: str = "ingevuld.xlsx",
) -> Path:
    """The workbook with rows typed into the sheets named ``wave|respondent|grain``."""
    book = openpyxl.load_workbook(workbook)
    start = book.worksheets[0]
    marks = {cell.value: cell.column for row in start.iter_rows() for cell in row if cell.value}
    for row in start.iter_rows():
        wave = row[marks[WAVE_MARK] - 1].value
        if taken.get(wave):
            days = taken[wave]
            first, last = days if isinstance(days, tuple) else (days, None)
            start.cell(row[0].row, marks[TAKEN_FROM_MARK], first)
            start.cell(row[0].row, marks[TAKEN_TO_MARK], last)
    for sheet in book.worksheets[1:]:
        names = {
            str(cell.value).rsplit("|", 1)[1]: (cell.column, str(cell.value).rsplit("|", 1)[0])
            for cell in sheet[NAMES_ROW + 1]
            if cell.value and str(cell.value).count("|") == 3
        }
        key = next(iter(names.values()))[1] if names else None
        for number, values in enumerate(parts.get(key or "", ()), start=FIRST_ROW + 1):
            for column, value in values.items():
                sheet.cell(number, names[column][0], value)
    path = workbook.with_name(name)
    book.save(path)
    return path


def pupils(
    wave: str,
    *,
    per_arm: int = 12,
    schools: Mapping[str, str] = THREE_SCHOOLS,
    effect: float = 5.0,
    seed: int = 1,
    measures: tuple[str, ...] = ("fonds.score", "fonds.absence"),
) -> list[dict[str, Any]]:
    """Pupils of each school and arm; the intervention does better on every measure after."""
    rng = np.random.default_rng(seed)
    rows = []
    for brin, roles in schools.items():
        for role in roles.split(", "):
            for i in range(per_arm):
                level, noise = rng.normal(0, 8), rng.normal(0, 4)
                gain = effect if wave != "baseline" and role == "intervention" else 0.0
                gain += 3 if wave != "baseline" else 0
                scores = {
                    "fonds.score": round(50 + level + (noise if gain else 0) + gain, 3),
                    "fonds.absence": round(60 + level + (noise if gain else 0) - gain, 3),
                }
                row = {
                    "school": brin, "class": f"{brin}-{role[:1]}{i % 3}",
                    "unit": f"{role[:1]}{i}", "arm": role,
                }  # fmt: skip
                rows.append(row | {name: scores[name] for name in measures})
    return rows


def csv_of(rows: Rows, folder: Path, name: str = "data.csv", *, sep: str = ",") -> Path:
    listed = list(rows)
    columns = list(dict.fromkeys(column for row in listed for column in row))
    lines = [sep.join(columns)]
    for row in listed:
        cells = (row.get(column) for column in columns)
        lines.append(sep.join("" if cell is None else str(cell) for cell in cells))
    return written(folder, name, "\n".join(lines) + "\n")


def package_of(
    design: Design, parts: Mapping[str, Rows], taken: Mapping[str, dt.date], folder: Path,
    name: str = "package.json",
) -> Path:  # fmt: skip
    listed = []
    for key, rows in parts.items():
        wave, respondent, grain = key.split("|")
        day = taken[wave].isoformat()
        listed.append(
            {"wave": wave, "respondent": respondent, "grain": grain, "taken_from": day,
             "taken_to": day, "rows": list(rows)}
        )  # fmt: skip
    package = {"project": design.project.id, "design_hash": design.hash, "parts": listed}
    return written(folder, name, json.dumps(package))


BASELINE, POST = "baseline|pupil|unit", "post|pupil|unit"


def both_waves(**options: Any) -> dict[str, Rows]:
    return {BASELINE: pupils("baseline", **options), POST: pupils("post", **options)}


def deliver(
    workspace: Workspace, design: Design, parts: Mapping[str, Rows], folder: Path,
    taken: Mapping[str, dt.date] | None = None, **request: Any,
) -> Result:  # fmt: skip
    """The parts as a JSON package, received on the workspace's day."""
    days = {"baseline": BEFORE, "post": AFTER} | dict(taken or {})
    return collect(workspace, Request(package_of(design, parts, days, folder), **request))


def codes(findings: Iterable[Any]) -> list[str]:
    return [finding.code for finding in findings]
