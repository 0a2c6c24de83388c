"""How an export is laid out: moments side by side, or a row for each moment or measure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Protocol

import pandas as pd

from evalkit.collect.columns import ColumnSpec
from evalkit.collect.parsing import numbers
from evalkit.collect.spelling import option_key
from evalkit.collect.suggestion.names import (
    LISTED,
    Words,
    likeness,
    moment_in,
    role_likeness,
    words,
)
from evalkit.model.design import Design
from evalkit.model.text import Text

_MOST_MOMENTS = 8
_MOST_MEASURES = 80
_ALIKE = 0.8


@dataclass(frozen=True)
class Long:
    """What a long table tells in its cells."""

    waves: Mapping[str, str] = field(default_factory=dict)
    """Text in the cells to wave; only where the file's word is another than the design's."""
    measures: Mapping[str, str] = field(default_factory=dict)
    columns: Mapping[str, tuple[str, float, Text]] = field(default_factory=dict)
    """Column to the key of the mapping it is, with confidence and reason."""
    worth: float = 0.0


class Readable(Protocol):
    """A table being read for one respondent."""

    frame: pd.DataFrame
    columns: list[str]
    personal: dict[str, str]
    design: Design
    respondent: Any


def moments_of(
    columns: Iterable[str], design: Design, waves: Iterable[str]
) -> dict[str, tuple[str, Words]]:
    """Columns of which the header tells the wave, with that wave and the other words."""
    told = {column: moment_in(words(column)) for column in columns}
    numbered = sorted({number for _, number, _ in told.values() if number is not None})
    has_zero = any(pair == ("t", "0") for c in told for pair in pairwise(words(c)))
    wanted, found = set(waves), {}
    for column, (kind, number, rest) in told.items():
        wave = None
        if kind is not None:
            same = [w.id for w in design.waves if w.kind is kind]
            wave = same[0] if len(same) == 1 else None
        elif number is not None and len(numbered) + has_zero <= len(design.waves):
            place = numbered.index(number) + has_zero
            wave = design.waves[place].id if len(numbered) + has_zero > 1 else None
        else:
            wave, rest = _by_instrument(words(column), design) or (None, rest)
        if wave in wanted and rest:
            found[column] = (str(wave), rest)
    return found


def _by_instrument(header: Words, design: Design) -> tuple[str, Words] | None:
    """The wave in which alone a test of that name is taken."""
    tests = {(e.wave, words(e.instrument)) for e in design.schedule if e.instrument}
    waves = {wave for wave, test in tests if test == header}
    return (waves.pop(), header) if len(waves) == 1 else None


def long_of(
    reading: Readable,
    specs: Iterable[ColumnSpec],
    by_wave: Mapping[str, tuple[ColumnSpec, ...]],
) -> Long:
    """The columns that tell in their cells which moment or measure a row is of."""
    columns: dict[str, tuple[str, float, Text]] = {}
    waves: dict[str, str] = {}
    measures: dict[str, str] = {}
    open_ones = [c for c in reading.columns if c not in reading.personal]
    for column in open_ones:
        found = _waves_in(reading.frame[column], words(column), reading.design)
        if found is not None:
            why = Text(nl="de waarden zijn meetmomenten", en="its values are moments")
            columns[column], waves = ("wave_column", 0.9, why), found
            break
    listed = [spec for spec in specs if spec.measure is not None]
    for column in open_ones:
        if column in columns or not listed:
            continue
        named = role_likeness(words(column), "measure") >= LISTED
        found = _measures_in(reading.frame[column], listed, reading.respondent, alone=named)
        value = _value_column(reading, open_ones, {column, *columns}) if found else None
        if found and value is not None:
            why = Text(nl="de waarden zijn namen van metingen", en="its values name measures")
            said = Text(nl="getallen, en een gewone naam ervoor", en="numbers, and a usual name")
            columns[column] = ("measure_column", 0.9, why)
            columns[value], measures = ("value_column", 0.9, said), found
            break
    return Long(waves, measures, columns, float(len(set(measures.values()))))


def _waves_in(cells: pd.Series[Any], header: Words, design: Design) -> dict[str, str] | None:
    """What the cells of a column say to wave, if all of them tell one."""
    values = list(dict.fromkeys(cells.dropna()))
    if not values or len(values) > _MOST_MOMENTS:
        return None
    known: dict[str, str] = {}
    for wave in design.waves:
        known |= {option_key(text): wave.id for text in (wave.label.nl, wave.label.en, wave.id)}
    found: dict[str, str] = {}
    said: set[str] = set()
    for value in values:
        if option_key(value) in known:
            said.add(known[option_key(value)])
            continue
        kind, number, rest = moment_in(words(value))
        same = [w.id for w in design.waves if w.kind is kind]
        if kind is None or number is not None or len(same) != 1 or len(rest) > 1:
            return None
        found[value] = same[0]
    if len(set(found.values())) < len(found):
        return None
    named = role_likeness(header, "wave") >= LISTED
    several = len(said | set(found.values())) > 1
    return found if named or several else None


def _measures_in(
    cells: pd.Series[Any], specs: Iterable[ColumnSpec], respondent: Any, *, alone: bool
) -> dict[str, str] | None:
    """What the cells of a column say to measure or item, if at least two name one.

    What names none is left out: an export holds other subjects as well. With ``alone`` one is
    enough: the column is called as one that says what the values are of.
    """
    values = list(dict.fromkeys(cells.dropna()))
    listed, least = list(specs), 1 if alone else 2
    if not least <= len(values) <= _MOST_MEASURES:
        return None
    own: dict[str, str] = {}
    for spec in listed:
        if spec.measure is not None:
            own |= {option_key(n): spec.name for n in (spec.name, spec.label, spec.measure.id)}
    found: dict[str, str] = {}
    direct = {own[option_key(v)] for v in values if option_key(v) in own}
    for value in values:
        if option_key(value) in own:
            continue
        scored = sorted(
            ((_alike(words(value), spec, respondent), spec.name) for spec in listed), reverse=True
        )
        best = scored[0]
        clear = len(scored) < 2 or best[0] - scored[1][0] > 0.05 or best[1] == scored[1][1]
        free = best[1] not in direct and best[1] not in found.values()
        found[value] = best[1] if best[0] >= _ALIKE and clear and free else ""
    meant = len(direct) + sum(1 for target in found.values() if target)
    return found if meant >= least else None


def _alike(said: Words, spec: ColumnSpec, respondent: Any) -> float:
    measure = spec.measure
    if measure is None:
        return 0.0
    names = [spec.label]
    if spec.name == measure.id:
        names += [measure.label.nl, measure.label.en, measure.id.split(".", 1)[-1]]
        names += [spec.entry.instrument] if spec.entry and spec.entry.instrument else []
    return max(likeness(said, words(name), respondent) for name in names)


def _value_column(reading: Readable, columns: Iterable[str], taken: set[str]) -> str | None:
    for column in columns:
        cells = reading.frame[column].dropna()
        if column in taken or not len(cells) or role_likeness(words(column), "value") < LISTED:
            continue
        values, _ = numbers(cells)
        if values.notna().mean() > 0.7:
            return column
    return None
