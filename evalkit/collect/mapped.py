"""A table read through a mapping: wide or long, one wave or several."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from evalkit.collect.columns import ColumnSpec, columns_for
from evalkit.collect.dates import parse_date
from evalkit.collect.delivery import Origin, Part, Taken
from evalkit.collect.long_table import Unfolded, unfolded
from evalkit.collect.mapping import FlatPart, Key, Mapping
from evalkit.collect.meanings import read_values, told
from evalkit.collect.privacy import personal_columns
from evalkit.collect.reading.table import Table
from evalkit.collect.remarks import MOST_PER_COLUMN
from evalkit.collect.spelling import option_key
from evalkit.collect.veil import quoted, veiled
from evalkit.errors import finding
from evalkit.model.design import Design
from evalkit.model.finding import Finding, Place
from evalkit.model.submission import Grain
from evalkit.model.vocabulary import Respondent

PlaceOf = Callable[[Key], Place]
"""The place of a key in the mapping file."""

IDENTITY = ("school", "class", "subject", "unit", "arm", "measure")
"""Targets that say what a row is about."""


@dataclass(frozen=True)
class Said:
    """What the sender says of a file beside its mapping."""

    wave: str | None = None
    taken: Taken = field(default_factory=Taken)


def mapped_parts(
    table: Table, design: Design, mapping: Mapping, said: Said, place: PlaceOf
) -> tuple[tuple[Part, ...], tuple[Finding, ...]]:
    """The parts of a table, under the design's names and values.

    With an error in the mapping there are no parts: all that is wrong comes back together.
    """
    reading = _Reading(table, design, mapping, said, place)
    parts = reading.parts()
    found = tuple(dict.fromkeys(reading.findings))
    return (() if any(f.is_error for f in found) else parts), found


class _Reading:
    def __init__(
        self, table: Table, design: Design, mapping: Mapping, said: Said, place: PlaceOf
    ) -> None:
        self.table, self.design, self.mapping = table, design, mapping
        self.said, self.place = said, place
        self.findings: list[Finding] = []
        self.by_key = {option_key(str(c)): str(c) for c in reversed(table.frame.columns)}
        self.used: set[str] = set()
        self.named: dict[str, str | None] = {}

    # The whole

    def parts(self) -> tuple[Part, ...]:
        flat = tuple(self.mapping.flattened())
        named = ("wave_column", "measure_column", "value_column", "taken_column")
        self.named = {key: self._header(key, getattr(self.mapping, key)) for key in named}
        waves = self._waves_of_rows()
        self._check_days()
        planned = [(part, wave) for part in flat for wave in self._waves(part, waves)]
        sources = [self._sources(part, [w for p, w in planned if p is part]) for part in flat]
        by_part = dict(zip(map(id, flat), sources, strict=True))
        self._refuse_personal(flat[0])
        if any(f.is_error for f in self.findings):
            return ()
        made = []
        for part, wave in planned:
            rows = np.arange(len(self.table.rows))
            if waves is not None:
                rows = rows[(waves == wave).to_numpy(dtype=bool)]
            made.append(self._part(part, wave, by_part[id(part)], rows))
        return tuple(part for part in made if part is not None)

    def _header(self, key: str, named: str | None) -> str | None:
        """The column of the file that a key of the whole mapping names."""
        return None if named is None else self._column(named, (key,))

    def _column(self, named: str, key: Key) -> str | None:
        found = self.by_key.get(option_key(named))
        if found is None:
            known = ", ".join(veiled(str(c)) for c in self.table.frame.columns)
            values = {"column": named, "known": known}
            self.findings.append(finding("intake.mapping_column", self.place(key), **values))
        else:
            self.used.add(found)
        return found

    def _refuse_personal(self, first: FlatPart) -> None:
        left = [str(c) for c in self.table.frame.columns if c not in self.used]
        about = first.respondent or Respondent.school
        if first.grain is Grain.aggregate:
            about = Respondent.school
        on = self._days(first, first.wave or "").last or self.design.project.start
        cells = ((c, self.table.frame[c]) for c in left)
        for column, code in personal_columns(cells, about, on).items():
            place = self._cell(column)
            self.findings.append(finding(code, place, column=veiled(column)))

    def _cell(self, column: str, position: int | None = None) -> Place:
        return self._origin(self.table.rows).place(position, column)

    def _origin(self, rows: np.ndarray[Any, np.dtype[np.int64]], **more: Any) -> Origin:
        letters = more.pop("letters", self.table.letters)
        return Origin(self.table.file, rows, self.table.sheet, letters=letters, **more)

    # Waves and days

    def _waves_of_rows(self) -> pd.Series[Any] | None:
        """The wave of each row, where a column says so; none for rows that are left out."""
        header = self.named["wave_column"]
        if header is None:
            return None
        lookup: dict[str, str] = {}
        for wave in self.design.waves:
            lookup |= {option_key(x): wave.id for x in (wave.label.nl, wave.label.en, wave.id)}
        known = {wave.id for wave in self.design.waves}
        for value, id in self.mapping.waves.items():
            if id and id not in known:
                self._wave_unknown(id, ("waves", value))
            lookup[option_key(value)] = id
        return self._meant(header, lookup, "wave_column", "waves")

    def _meant(
        self, header: str, lookup: dict[str, str], name: str, section: str
    ) -> pd.Series[Any]:
        """What each cell of a column stands for; cells that stand for nothing are reported."""
        cells = self.table.frame[header]
        labels = self.table.labels.get(header, {})
        lookup = {
            option_key(code): lookup[option_key(label)]
            for code, label in labels.items()
            if option_key(label) in lookup
        } | lookup
        keys = cells.map(option_key, na_action="ignore")
        wrong = cells.notna() & ~keys.isin(list(lookup))
        for value, positions in _first_ones(cells[wrong]):
            values = {"value": quoted(value), "column": veiled(header), "key": section}
            place = self._cell(header, positions)
            self.findings.append(finding("intake.mapping_row", place, **values))
        empty = cells.isna() & self.table.frame.notna().any(axis=1)
        if empty.any():
            position = int(np.flatnonzero(empty.to_numpy())[0])
            values = {"column": veiled(header), "key": name}
            self.findings.append(finding("intake.mapping_row_empty", self._cell(header, position),
                                         **values))  # fmt: skip
        return keys.map(lookup).replace("", None)

    def _waves(self, part: FlatPart, of_rows: pd.Series[Any] | None) -> list[str]:
        """The waves that a part holds rows of, as far as they are asked for."""
        if of_rows is not None:
            there = set(of_rows.dropna())
            ids = [wave.id for wave in self.design.waves if wave.id in there]
            return [id for id in ids if self.said.wave in (None, id)]
        if self.mapping.parts and part.wave and self.said.wave not in (None, part.wave):
            return []
        wave = part.wave if self.mapping.parts and part.wave else self.said.wave or part.wave
        if wave is None:
            known = ", ".join(w.id for w in self.design.waves)
            place = Place(file=self.table.file)
            self.findings.append(finding("intake.wave_needed", place, known=known))
        elif wave not in {w.id for w in self.design.waves}:
            key: Key = ("wave",) if part.number is None else ("parts", part.number, "wave")
            self._wave_unknown(wave, key)
        else:
            return [wave]
        return []

    def _wave_unknown(self, wave: str, key: Key) -> None:
        known = ", ".join(w.id for w in self.design.waves)
        values = {"wave": wave, "project": self.design.project.id, "known": known}
        place = Place(file=self.table.file) if wave == self.said.wave else self.place(key)
        self.findings.append(finding("intake.wave_unknown", place, **values))

    def _check_days(self) -> None:
        for wave in self.mapping.days:
            if wave not in {w.id for w in self.design.waves}:
                self._wave_unknown(wave, ("days", wave))

    def _days(self, part: FlatPart, wave: str) -> Taken:
        """When a part was taken, by its sender or its mapping."""
        said, place = self.said.taken, Place(file=self.table.file)
        own = self.mapping.days.get(wave)
        first, last = (own, own) if own else (part.taken_on, part.taken_to)
        goes_before = said.first and (not self.mapping.has_waves or self.said.wave)
        if goes_before or (first is None and last is None):
            return Taken(said.first, said.last, place=place)
        return Taken(first or last, last or first, place=place)

    def _taken(self, part: FlatPart, wave: str, rows: Any) -> Taken:
        taken, column = self._days(part, wave), self.named["taken_column"]
        if column is None or taken.first is not None:
            return taken
        cells = self.table.frame[column].iloc[rows].dropna()
        days = {text: parse_date(text) for text in cells.unique()}
        unread = tuple(
            (text, self._cell(column, position))
            for text, position in _first_ones(cells[cells.map(days).isna()])
        )
        found = sorted(day for day in days.values() if day is not None)
        if not found:
            return Taken(unread=unread, place=self._cell(column))
        return Taken(found[0], found[-1], unread, self._cell(column))

    # Columns

    def _sources(self, part: FlatPart, waves: Iterable[str]) -> dict[str, str]:
        """Target to column of the file; what the design or the file does not know is reported."""
        listed = list(waves)
        specs = self._specs(part, *listed)
        possible = dict.fromkeys(specs)
        possible |= dict.fromkeys(spec.measure.id for spec in specs.values() if spec.measure)
        targets = [("columns", t) for t in part.columns] + [("fixed", t) for t in part.fixed]
        if part.long:
            targets += [("measures", m) for m in self.mapping.measures.values() if m]
        for section, target in targets:
            if listed and target not in possible:
                self._target_unknown(part, section, target, ", ".join(possible))
        columns = {t: self._column(h, part.key("columns", t)) for t, h in part.columns.items()}
        return {target: header for target, header in columns.items() if header is not None}

    def _target_unknown(self, part: FlatPart, section: str, target: str, known: str) -> None:
        about = part.respondent or Respondent.school
        key = part.key(section, target)
        if section == "measures":
            said = next(v for v, m in self.mapping.measures.items() if m == target)
            key = ("measures", said)
        values = {"measure": target, "respondent": about.label, "known": known}
        self.findings.append(finding("intake.mapping_measure", self.place(key), **values))

    def _specs(self, part: FlatPart, *waves: str) -> dict[str, ColumnSpec]:
        about = part.respondent or Respondent.school
        specs = (s for wave in waves for s in columns_for(self.design, wave, about, part.grain))
        return {spec.name: spec for spec in specs}

    # One part

    def _part(self, part: FlatPart, wave: str, sources: dict[str, str], rows: Any) -> Part | None:
        specs = self._specs(part, wave)
        raw = {target: self.table.frame[header].iloc[rows] for target, header in sources.items()}
        frame = pd.DataFrame(raw, dtype=object)
        folded = Unfolded(frame.reset_index(drop=True), self.table.rows[rows], {}, sources)
        if part.long:
            folded = self._unfold(frame, rows, part, sources)
        cells = {}
        for target in folded.frame:
            name = str(target)
            header = folded.headers[name]
            cells[name] = self._values(part, name, folded.frame[name], header, specs.get(name))
        fixed = {target: value or None for target, value in part.fixed.items()}
        frame = pd.DataFrame(cells | fixed, index=folded.frame.index, dtype=object)
        frame = self._asked(frame, specs, part, wave)
        kept = self._kept(frame, part)
        if not kept.any():
            return None
        letters = {t: self.table.letters[h] for t, h in folded.headers.items()
                   if h in self.table.letters}  # fmt: skip
        origin = self._origin(
            folded.rows[kept],
            headers=folded.headers,
            letters=letters,
            cell_rows={name: numbers[kept] for name, numbers in folded.cell_rows.items()},
        )
        frame = frame[kept].reset_index(drop=True)
        about, mapped = part.respondent or Respondent.school, frozenset(part.values)
        days = self._taken(part, wave, rows)
        return Part(wave, about, part.grain, frame, origin, days, mapped, by_mapping=True)

    def _asked(
        self, frame: pd.DataFrame, specs: dict[str, ColumnSpec], part: FlatPart, wave: str
    ) -> pd.DataFrame:
        """Without the empty columns of what other waves of the same rows are asked."""
        asked = {*specs, *(s.measure.id for s in specs.values() if s.measure)}
        empty = [t for t in frame if t not in asked and frame[t].isna().all()]
        return frame.drop(columns=empty) if self.mapping.wave_column else frame

    def _kept(self, frame: pd.DataFrame, part: FlatPart) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Which rows say something: side by side, a person may be missing in one of the waves."""
        measured = [t for t in frame if t not in IDENTITY]
        if len(self.mapping.parts) < 2 or not measured:
            return np.ones(len(frame), dtype=bool)
        return frame[measured].notna().any(axis=1).to_numpy(dtype=bool)

    def _values(
        self,
        part: FlatPart,
        target: str,
        cells: pd.Series[Any],
        header: str,
        spec: ColumnSpec | None,
    ) -> pd.Series[Any]:
        labels = self.table.labels.get(header, {})
        meaning = read_values(cells, part.values.get(target, {}), labels, spec)
        self.findings += told(meaning, self._cell(header), header, target)
        return meaning.cells

    # Long tables

    def _unfold(
        self,
        frame: pd.DataFrame,
        rows: Any,
        part: FlatPart,
        sources: dict[str, str],
    ) -> Unfolded:
        about, value = self.named["measure_column"], self.named["value_column"]
        if about is None or value is None:
            return Unfolded(frame, self.table.rows[rows], {}, sources)
        lookup: dict[str, str] = {}
        for spec in self._specs(part, *(wave.id for wave in self.design.waves)).values():
            if spec.measure:
                names = (spec.name, spec.label, spec.measure.id)
                lookup |= {option_key(name): spec.name for name in names}
        lookup |= {option_key(v): m for v, m in self.mapping.measures.items()}
        names = self._meant(about, lookup, "measure_column", "measures").iloc[rows]
        cells, numbers = self.table.frame[value].iloc[rows], self.table.rows[rows]
        result = unfolded(frame, names, cells, numbers, sources, value)
        for position, other, measure in result.doubles[:MOST_PER_COLUMN]:
            place = self._cell(value, int(rows[position]))
            values = {"measure": measure, "other": int(numbers[other])}
            self.findings.append(finding("intake.long_double", place, **values))
        return result


def _first_ones(cells: pd.Series[Any]) -> list[tuple[str, int]]:
    """The different values, each with the position (in the table) at which it comes first."""
    first = cells[~cells.duplicated()]
    return [(str(v), int(i)) for i, v in first.items()][:MOST_PER_COLUMN]  # type: ignore[call-overload]
