"""A table as a delivery: under the design's own names, or as a mapping says."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import replace

import pandas as pd

from evalkit.collect.columns import ColumnSpec, columns_for, grains_of
from evalkit.collect.delivery import Delivery, Origin, Part, Taken
from evalkit.collect.mapped import PlaceOf, Said, mapped_parts
from evalkit.collect.mapping import Key, Mapping
from evalkit.collect.meanings import read_values, told
from evalkit.collect.reading.table import Table
from evalkit.collect.spelling import option_key
from evalkit.collect.veil import veiled
from evalkit.errors import finding
from evalkit.model.design import Design
from evalkit.model.finding import Finding, Place
from evalkit.model.submission import Grain
from evalkit.model.vocabulary import Respondent


def _at_key(key: Key) -> Place:
    return Place(key=".".join(map(str, key)))


def read_export(
    table: Table,
    design: Design,
    *,
    wave: str | None = None,
    respondent: Respondent | None = None,
    grain: Grain | None = None,
    taken_from: dt.date | None = None,
    taken_to: dt.date | None = None,
    mapping: Mapping | None = None,
    place: PlaceOf | None = None,
) -> Delivery:
    """A table as a delivery of raw parts: one for each wave and respondent in it.

    What is given as an argument goes before what the mapping says; of a mapping with several
    waves the argument chooses one. Respondent and grain that neither gives follow from the
    columns.

    Args:
        table: The table.
        design: The design the data were collected under.
        wave: Id of the wave.
        respondent: From or about whom the rows are, without a mapping.
        grain: Rows per person, or totals, without a mapping.
        taken_from: First day the data were taken.
        taken_to: Last day, if it was more than one.
        mapping: How the columns are read; without it they carry the design's names.
        place: The place of a key in the mapping file.
    """
    taken = Taken(taken_from or taken_to, taken_to or taken_from, place=Place(file=table.file))
    if mapping is not None:
        parts, found = mapped_parts(table, design, mapping, Said(wave, taken), place or _at_key)
    else:
        parts, found = _unmapped(table, design, wave, respondent, grain, taken)
    filled = tuple(part for part in parts if not part.frame.empty)
    findings = (*table.findings, *found)
    if not filled and not any(f.is_error for f in findings):
        findings = (*findings, finding("intake.empty", Place(file=table.file)))
    return Delivery(design.project.id, design.hash, filled, findings)


def _wave_problem(wave: str | None, design: Design, file: str) -> Finding | None:
    known = ", ".join(w.id for w in design.waves)
    if wave is None:
        return finding("intake.wave_needed", Place(file=file), known=known)
    if wave not in {w.id for w in design.waves}:
        values = {"wave": wave, "project": design.project.id, "known": known}
        return finding("intake.wave_unknown", Place(file=file), **values)
    return None


def _unmapped(
    table: Table,
    design: Design,
    wave: str | None,
    respondent: Respondent | None,
    grain: Grain | None,
    taken: Taken,
) -> tuple[tuple[Part, ...], tuple[Finding, ...]]:
    problem = _wave_problem(wave, design, table.file)
    if wave is None or problem:
        return (), ((problem,) if problem else ())
    table, headers = _titled(table, design, wave)
    found = _recognised(table, design, wave, respondent, grain)
    if found is None:
        known = _names(design, wave)
        return (), (finding("intake.respondent_needed", Place(file=table.file), known=known),)
    frame, findings = _labelled(table, columns_for(design, wave, *found), headers)
    origin = Origin(
        table.file, table.rows, table.sheet, headers=headers, letters=dict(table.letters)
    )
    return (Part(wave, *found, frame, origin, taken),), findings


def _titled(table: Table, design: Design, wave: str) -> tuple[Table, dict[str, str]]:
    """The table with the design's names on columns that carry its questions as descriptions.

    Also which column of it has which header in the file.
    """
    by_title: dict[str, str] = {}
    for respondent in Respondent:
        if grains_of(design, wave, respondent):
            specs = columns_for(design, wave, respondent)
            by_title |= {option_key(spec.label): spec.name for spec in reversed(specs)}
    known = {option_key(name) for name in by_title.values()} | set(by_title)
    there = {option_key(str(column)) for column in table.frame}
    renamed: dict[str, str] = {}
    for column, title in table.titles.items():
        name = by_title.get(option_key(title))
        free = name is not None and option_key(name) not in there
        if name and free and option_key(column) not in known and name not in renamed.values():
            renamed[column] = name
    if not renamed:
        return table, {}
    labels = {renamed.get(column, column): named for column, named in table.labels.items()}
    named = replace(table, frame=table.frame.rename(columns=renamed), labels=labels)
    return named, {name: column for column, name in renamed.items()}


def _labelled(
    table: Table, specs: Iterable[ColumnSpec], headers: dict[str, str]
) -> tuple[pd.DataFrame, tuple[Finding, ...]]:
    """The frame with codes of which the file gives the label as the design writes them."""
    by_key: dict[str, ColumnSpec] = {}
    for spec in specs:
        by_key |= {option_key(spec.label): spec, option_key(spec.name): spec}
    frame, findings = table.frame, list[Finding]()
    for column, labels in table.labels.items():
        asked = by_key.get(option_key(column))
        if asked is not None and column in frame:
            meaning = read_values(frame[column], {}, labels, asked)
            frame = frame.assign(**{column: meaning.cells})
            header = headers.get(column, column)
            place = Place(file=table.file, column=veiled(header))
            findings += told(meaning, place, header, asked.name)
    return frame, tuple(findings)


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
