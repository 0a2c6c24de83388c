"""Tables of one wave and respondent: CSV as evalkit names it, or any export with a mapping."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from io import StringIO
from itertools import chain, islice
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from evalkit.collect.columns import ColumnSpec, columns_for, grains_of
from evalkit.collect.delivery import Delivery, Origin, Part, Taken
from evalkit.collect.files import MOST_ROWS, read_bounded
from evalkit.collect.mapping import Mapping
from evalkit.collect.parsing import clean, option_key, texts
from evalkit.collect.privacy import personal_columns
from evalkit.collect.remarks import MOST_PER_COLUMN
from evalkit.errors import EvalkitError, finding
from evalkit.model.design import Design
from evalkit.model.finding import Finding, Place
from evalkit.model.submission import Grain
from evalkit.model.vocabulary import Respondent

_SEPARATORS = (";", "\t", ",")
_SNIFFED = 20


MOST_CHARACTERS = 131_072
"""Characters in one cell of a CSV file."""


@dataclass(frozen=True, eq=False)
class Table:
    """A table as its file has it: cells under the file's own headers."""

    file: str
    frame: pd.DataFrame
    """Cells (text or none); headers are unique."""
    rows: np.ndarray[Any, np.dtype[np.int64]]
    """Row number in the file of each row, from 1."""
    findings: tuple[Finding, ...] = field(default=())


def read_csv(
    path: Path,
    design: Design,
    *,
    wave: str | None = None,
    respondent: Respondent | None = None,
    grain: Grain | None = None,
    taken_from: dt.date | None = None,
    taken_to: dt.date | None = None,
    mapping: Mapping | None = None,
) -> Delivery:
    """A CSV of one wave and respondent as a delivery of one raw part.

    Semicolons, commas or tabs; UTF-8 (with or without mark), UTF-16 with mark, or Windows-1252;
    decimal commas or points. What is given as an argument goes before what the mapping says;
    respondent and grain that neither gives follow from the columns.

    Args:
        path: The file.
        design: The design the data were collected under.
        wave: Id of the wave.
        respondent: From or about whom the rows are.
        grain: Rows per person, or totals.
        taken_from: First day the data were taken.
        taken_to: Last day, if it was more than one.
        mapping: How the file's columns are read; without it they carry the design's names.
    """
    path = Path(path)
    try:
        table = read_table(path)
    except EvalkitError as error:
        return Delivery(design.project.id, design.hash, (), (error.finding,))
    first = taken_from or (mapping.taken_on if mapping else None)
    last = taken_to or (mapping.taken_to if mapping and not taken_from else None)
    taken = Taken(first or last, last or first, place=Place(file=path.name))
    wave = wave or (mapping.wave if mapping else None)
    problem = _wave_problem(wave, design, path.name)
    if wave is None or problem:
        findings = (*table.findings, *([problem] if problem else []))
        return Delivery(design.project.id, design.hash, (), findings)
    if mapping is not None:
        part, findings = _mapped(table, design, wave, mapping, taken)
    else:
        part, findings = _unmapped(table, design, wave, respondent, grain, taken)
    if part is not None and part.frame.empty:
        part, findings = None, (*findings, finding("intake.empty", Place(file=path.name)))
    parts = () if part is None else (part,)
    return Delivery(design.project.id, design.hash, parts, (*table.findings, *findings))


def _wave_problem(wave: str | None, design: Design, file: str) -> Finding | None:
    known = ", ".join(w.id for w in design.waves)
    if wave is None:
        return finding("intake.wave_needed", Place(file=file), known=known)
    if wave not in {w.id for w in design.waves}:
        values = {"wave": wave, "project": design.project.id, "known": known}
        return finding("intake.wave_unknown", Place(file=file), **values)
    return None


def read_table(path: Path) -> Table:
    """A CSV file as it is.

    Raises:
        EvalkitError: it cannot be read as a table, or is too large.
    """
    place = Place(file=path.name)
    text = _decoded(read_bounded(path))
    separator, skipped = _separator(text)
    try:
        lines = list(
            islice(csv.reader(StringIO(text, newline=""), delimiter=separator), MOST_ROWS + 100)
        )
    except csv.Error as error:
        raise EvalkitError("intake.unreadable", place, kind=".csv", detail=str(error)) from error
    # csv has a limit of its own, but any other package in the process may have lifted it.
    if max(map(len, chain.from_iterable(lines)), default=0) > MOST_CHARACTERS:
        detail = f"a cell holds more than {MOST_CHARACTERS} characters"
        raise EvalkitError("intake.unreadable", place, kind=".csv", detail=detail)
    if len(lines) > MOST_ROWS:
        raise EvalkitError("intake.too_many_rows", place, limit=MOST_ROWS)
    numbered = [(n, line) for n, line in enumerate(lines, start=1) if any(map(clean, line))]
    numbered = [pair for pair in numbered if pair[0] > skipped]
    if not numbered:
        raise EvalkitError("intake.empty", place)
    return _table(path.name, numbered)


def _decoded(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace").replace("\x00", "")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", "replace")
    return text.replace("\x00", "")


def _separator(text: str) -> tuple[str, int]:
    """The separator, and how many lines at the top only name it (Excel's ``sep=;``)."""
    first = text.split("\n", 1)[0].strip().lower()
    if first.startswith("sep=") and len(first) == 5:
        return first[4], 1
    lines = list(islice((line for line in text.splitlines() if line.strip()), _SNIFFED))

    def cells(separator: str) -> int:
        try:
            return len(next(csv.reader(lines, delimiter=separator), []))
        except csv.Error:
            return 0

    return max(_SEPARATORS, key=cells), 0


def _table(file: str, numbered: Sequence[tuple[int, list[str]]]) -> Table:
    (head_row, head), *body = numbered
    headers, findings = _headers(head, Place(file=file, row=head_row))
    width = len(head)
    rows = np.array([number for number, _ in body], dtype=np.int64)
    cells = pd.DataFrame([line for _, line in body], dtype=object).apply(texts)
    too_long = cells.iloc[:, width:].notna().any(axis=1).to_numpy(dtype=bool)
    findings.extend(
        finding("intake.row_too_long", Place(file=file, row=int(number)))
        for number in rows[too_long][:MOST_PER_COLUMN]
    )
    cells = cells.reindex(columns=range(width))
    keep = [i for i, header in headers.items() if not header.startswith("\0") or cells[i].any()]
    cells = cells[keep].set_axis([headers[i].lstrip("\0") for i in keep], axis=1)
    return Table(file, cells, rows, tuple(findings))


def _headers(head: list[str], place: Place) -> tuple[dict[int, str], list[Finding]]:
    """Position to header; a header that is there twice is reported and read once.

    A column without a header is named by its number, with a mark before it so that it can be
    left out if it is empty.
    """
    headers: dict[int, str] = {}
    findings: list[Finding] = []
    for position, text in enumerate(head):
        header = clean(text)
        if header is None:
            headers[position] = f"\0{position + 1}"
        elif header in headers.values():
            where = place.model_copy(update={"column": header})
            findings.append(finding("intake.column_double", where, column=header))
        else:
            headers[position] = header
    return headers, findings


def _unmapped(
    table: Table,
    design: Design,
    wave: str,
    respondent: Respondent | None,
    grain: Grain | None,
    taken: Taken,
) -> tuple[Part | None, tuple[Finding, ...]]:
    found = _recognised(table, design, wave, respondent, grain)
    if found is None:
        known = _names(design, wave)
        return None, (finding("intake.respondent_needed", Place(file=table.file), known=known),)
    origin = Origin(table.file, table.rows)
    return Part(wave, *found, table.frame, origin, taken), ()


def _recognised(
    table: Table,
    design: Design,
    wave: str,
    respondent: Respondent | None,
    grain: Grain | None,
) -> tuple[Respondent, Grain] | None:
    """The form of which the table has most measures; with totals, by the measures in its rows."""
    headers = {option_key(str(column)) for column in table.frame}
    long = {"measure", "n", "mean"} <= headers
    grain = grain or (Grain.aggregate if long else Grain.unit)
    if respondent is not None:
        return respondent, grain
    if grain is Grain.aggregate:
        named = next((c for c in table.frame if option_key(str(c)) == "measure"), None)
        rows = table.frame[named].dropna().unique() if named is not None else ()
        headers = {option_key(str(value)) for value in rows}
    counts = {
        r: len(headers & set(_measure_keys(columns_for(design, wave, r, grain))))
        for r in Respondent
        if grain in grains_of(design, wave, r)
    }
    best = max(counts, key=lambda r: counts[r], default=None)
    return (best, grain) if best is not None and counts[best] else None


def _measure_keys(specs: Iterable[ColumnSpec]) -> Iterable[str]:
    for spec in specs:
        if spec.measure is not None:
            yield from map(option_key, (spec.name, spec.label, spec.measure.id))
        elif spec.name == "measure":
            yield from spec.lookup


def _names(design: Design, wave: str) -> str:
    names = (
        spec.name
        for respondent in Respondent
        if grains_of(design, wave, respondent)
        for spec in columns_for(design, wave, respondent)
    )
    return ", ".join(dict.fromkeys(names))


def _mapped(
    table: Table, design: Design, wave: str, mapping: Mapping, taken: Taken
) -> tuple[Part | None, tuple[Finding, ...]]:
    """The table under the design's names and values, with what is wrong in the mapping."""
    findings = list(_unknown_targets(design, wave, mapping))
    by_key = {option_key(str(column)): str(column) for column in reversed(table.frame.columns)}
    sources = {target: by_key.get(option_key(s)) for target, s in mapping.columns.items()}
    known = ", ".join(map(str, table.frame.columns))
    for target, source in sources.items():
        if source is None:
            place = Place(file=table.file, key=f"columns.{target}")
            named = mapping.columns[target]
            findings.append(finding("intake.mapping_column", place, column=named, known=known))
    left = [c for c in table.frame.columns if c not in sources.values()]
    for column in sorted(personal_columns((c, table.frame[c]) for c in left)):
        place = Place(file=table.file, column=column)
        findings.append(finding("intake.personal_number", place, column=column))
    if any(f.is_error for f in findings):
        return None, tuple(findings)
    frame = pd.DataFrame(
        {
            target: _translated(table.frame[source], mapping.values.get(target, {}))
            for target, source in sources.items()
        }
        | {target: value or None for target, value in mapping.fixed.items()},
        index=table.frame.index,
        dtype=object,
    )
    headers = {target: str(source) for target, source in sources.items()}
    origin = Origin(table.file, table.rows, headers=headers)
    mapped = frozenset(mapping.values)
    return Part(wave, mapping.respondent, mapping.grain, frame, origin, taken, mapped), ()


def _unknown_targets(design: Design, wave: str, mapping: Mapping) -> Iterable[Finding]:
    specs = columns_for(design, wave, mapping.respondent, mapping.grain)
    possible = dict.fromkeys(spec.name for spec in specs)
    possible |= dict.fromkeys(spec.measure.id for spec in specs if spec.measure)
    for section, targets in (("columns", mapping.columns), ("fixed", mapping.fixed)):
        for target in targets:
            if target not in possible:
                yield finding(
                    "intake.mapping_measure",
                    Place(key=f"{section}.{target}"),
                    measure=target,
                    respondent=mapping.respondent.label,
                    known=", ".join(possible),
                )


def _translated(cells: pd.Series[Any], values: dict[str, str]) -> pd.Series[Any]:
    """Cells with their values replaced by what the mapping says; the rest as it was."""
    if not values:
        return cells
    lookup = {option_key(source): target for source, target in values.items()}
    keys = cells.map(option_key, na_action="ignore")
    named = keys.isin(list(lookup))
    return cells.where(~named, keys.map(lookup).replace("", None))
