"""The data of one project, measure by measure, from all its accepted submissions."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any, TypeVar

import pandas as pd

from evalkit.model.design import Design, PlannedWave, ScheduleEntry
from evalkit.model.measure import Measure
from evalkit.model.result import Conduct
from evalkit.model.submission import Grain, Submission
from evalkit.model.vocabulary import BaselineStatus, WaveKind
from evalkit.store import Holdings
from evalkit.synthesis.totals import COLUMNS as TOTALS
from evalkit.synthesis.totals import Columns
from evalkit.synthesis.units import Values
from evalkit.synthesis.waves import missing
from evalkit.workspace.keys import has_codes, kept_rows
from evalkit.workspace.workspace import Workspace

T = TypeVar("T")
_UNIT_COLUMNS = ["school", "class", "subject", "unit", "arm"]
_MAY_BE_BLANK = ("class", "subject", "unit")
_NOTHING: Columns = dict.fromkeys(TOTALS, ())
NOTHING_READ: Mapping[str, Columns] = {}


def totals_read(workspace: Workspace, held: Iterable[Holdings]) -> dict[str, Columns]:
    """The totals of some projects, by the hash of their rows."""
    blobs = (s.blob for one in held for s in one.submissions if s.grain is Grain.aggregate)
    return {blob: workspace.store.vault.columns(blob) for blob in blobs}


def _is_asked(entry: ScheduleEntry) -> bool:
    return not entry.computed and not entry.covered_by


class Measurements:
    """What came in of one project."""

    def __init__(
        self,
        workspace: Workspace,
        design: Design,
        held: Holdings | None = None,
        read: Mapping[str, Columns] = NOTHING_READ,
    ) -> None:
        self._read_before = read
        self._workspace = workspace
        self.design = design
        self.held = held or workspace.store.holdings([design.project.id])[design.project.id]
        self.submissions = self.held.submissions
        self._known: dict[tuple[Any, ...], Any] = {}
        self._sent: dict[tuple[str, str], list[Submission]] = {}
        for submission in self.submissions:
            for measure in submission.measures:
                self._sent.setdefault((measure, submission.wave), []).append(submission)
        hashes = dict.fromkeys(s.design_hash for s in reversed(self.submissions))
        others = (self.held.designs.get(hash) for hash in hashes if hash != design.hash)
        self.earlier: tuple[Design, ...] = tuple(d for d in others if d)
        """Other designs that data came in under, the latest first."""

    def measured(self) -> Iterator[tuple[Design, PlannedWave, ScheduleEntry, Measure]]:
        """Each measure in each wave: of the current design, then what came in under another.

        What a newer design dropped stays as it was when the data came in.
        """
        return iter(self._all)

    @cached_property
    def _all(self) -> list[tuple[Design, PlannedWave, ScheduleEntry, Measure]]:
        seen: set[tuple[str, str]] = set()
        found = []
        for design in (self.design, *self.earlier):
            waves = {wave.id: wave for wave in design.waves}
            measures = {measure.id: measure for measure in design.measures}
            for entry in design.schedule:
                key = (entry.measure, entry.wave)
                if key not in seen and (design is self.design or self._of(*key)):
                    seen.add(key)
                    found.append((design, waves[entry.wave], entry, measures[entry.measure]))
        return found

    def _once(self, make: Callable[..., T], *of: str) -> T:
        """What a method makes of some words, made once.

        A cache of the method itself would keep this object, with all its data, until the next
        collection of garbage.
        """
        key = (make.__name__, *of)
        if key not in self._known:
            self._known[key] = make(*of)
        found: T = self._known[key]
        return found

    def _rows(self, id: str) -> pd.DataFrame:
        return self._once(self._read, id)

    def _units(self, id: str) -> Columns:
        return self._once(self._read_units, id)

    def _read(self, id: str) -> pd.DataFrame:
        return kept_rows(self._workspace, next(s for s in self.submissions if s.id == id))

    def _read_totals(self, id: str) -> dict[str, Columns]:
        """The totals of a submission, per measure."""
        submission = next(s for s in self.submissions if s.id == id)
        columns = self._read_before.get(submission.blob)
        if columns is None:
            columns = self._workspace.store.vault.columns(submission.blob)
        wanted = [(name, columns[name]) for name in TOTALS]
        places: dict[str, list[int]] = {}
        for at, measure in enumerate(columns["measure"]):
            places.setdefault(measure, []).append(at)
        found: dict[str, Columns] = {}
        for measure, its in places.items():
            first, last = its[0], its[-1] + 1
            if last - first == len(its):  # As they stand, mostly.
                found[measure] = {name: cells[first:last] for name, cells in wanted}
            else:
                found[measure] = {name: [cells[i] for i in its] for name, cells in wanted}
        return found

    def _of(self, measure: str, wave: str) -> list[Submission]:
        return self._sent.get((measure, wave), [])

    def entry(self, hash: str, measure: str, wave: str) -> ScheduleEntry | None:
        """What a design that data came in under says of a measure in a wave."""
        return self._once(self._entries_of, hash).get((measure, wave))

    def _entries_of(self, hash: str) -> dict[tuple[str, str], ScheduleEntry]:
        return {(e.measure, e.wave): e for e in self.held.designs[hash].schedule}

    def values(self, measure: str, wave: str) -> Values | None:
        """The data of a measure in a wave.

        Rows per person where there are any. If other schools delivered totals, all become totals.
        """
        return self._once(self._joined_values, measure, wave)

    def _joined_values(self, measure: str, wave: str) -> Values | None:
        found = self._of(measure, wave)
        if not found:
            return None
        if len(found) == 1 and found[0].grain is Grain.aggregate:
            return self._totalled(found, measure)
        units = self._joined([s for s in found if s.grain is Grain.unit], measure)
        totals = self._totalled([s for s in found if s.grain is Grain.aggregate], measure)
        if units is None or totals is None:
            return units or totals
        others = totals.frame[~totals.frame["school"].isin(units.frame["school"])]
        if others.empty:
            return units
        hashes = dict.fromkeys(s.design_hash for s in found)  # oldest first
        frame = pd.concat([units.as_totals().frame, others], ignore_index=True)
        return Values("aggregate", frame, " ".join(hashes))

    def item_values(self, measure: str, item: str, wave: str) -> Values | None:
        """The answers to one item of a measure in a wave; totals have none."""
        column = f"{measure}.{item}"
        units = [s for s in self._of(measure, wave) if s.grain is Grain.unit]
        return self._joined([s for s in units if column in self._units(s.id)], column)

    def answers(self, measure: Measure, wave: str) -> pd.DataFrame:
        """The answers to the items of a measure in a wave: a row per person, a column per item."""
        columns = list(measure.columns)
        found = [self._rows(s.id) for s in self._of(measure.id, wave) if s.grain is Grain.unit]
        parts = [rows[columns] for rows in found if set(columns) <= set(rows.columns)]
        return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)

    def _totalled(self, parts: list[Submission], measure: str) -> Values | None:
        if not parts:
            return None
        tables = [self._once(self._read_totals, s.id).get(measure, _NOTHING) for s in parts]
        if len(tables) == 1:
            return Values("aggregate", tables[0], parts[0].design_hash)
        hashes = dict.fromkeys(s.design_hash for s in parts)  # oldest first
        joined = {name: [cell for table in tables for cell in table[name]] for name in TOTALS}
        return Values("aggregate", joined, " ".join(hashes))

    def _joined(self, parts: list[Submission], measure: str) -> Values | None:
        if not parts:
            return None
        hashes = dict.fromkeys(s.design_hash for s in parts)  # oldest first
        tables = [self._part(s, measure) for s in parts]
        names = dict.fromkeys(name for table in tables for name in table)
        joined = {
            name: [
                cell
                for table in tables
                for cell in table.get(name, itertools.repeat(None, len(table["value"])))
            ]
            for name in names
        }
        return Values("unit", joined if len(tables) > 1 else tables[0], " ".join(hashes))

    def _part(self, submission: Submission, measure: str) -> Columns:
        columns = self._units(submission.id)
        known = {name: columns[name] for name in _UNIT_COLUMNS if name in columns}
        return {**known, "value": columns[measure]}

    def _read_units(self, id: str) -> Columns:
        """The rows per person of a submission, column by column.

        Rows about schools have no unit or class: where such a column is empty, it is left out.
        """
        submission = next(s for s in self.submissions if s.id == id)
        if submission.key is None and has_codes(submission):
            columns = {str(name): cells.tolist() for name, cells in self._rows(id).items()}
        else:
            columns = self._workspace.store.vault.columns(submission.blob)
        blank = [name for name in _MAY_BE_BLANK if all(map(missing, columns.get(name, ())))]
        return {name: cells for name, cells in columns.items() if name not in blank}

    def conduct(self, measure: str, wave: PlannedWave) -> Conduct:
        """How a wave was carried out: in its window for this measure, and what did not come in."""
        taken = self._of(measure, wave.id)
        return Conduct(
            in_window=all(wave.opens <= s.taken_from and s.taken_to <= wave.closes for s in taken),
            missing=self._once(self._missing, wave.id),
        )

    def _missing(self, wave: str) -> int:
        asked = {e.measure for e in self.design.entries(wave) if e.mandatory and _is_asked(e)}
        came = {m for s in self.submissions if s.wave == wave for m in s.measures}
        return len(asked - came)

    def baseline(self, measure: str) -> tuple[Values | None, BaselineStatus]:
        """The data of a measure in the baseline wave, and whether they prove to be a nulmeting."""
        return self._once(self._baseline_values, measure)

    def _baseline_values(self, measure: str) -> tuple[Values | None, BaselineStatus]:
        waves = {w.id: w for d in (self.design, *self.earlier) for w in d.waves}
        for wave in waves.values():
            if wave.kind is WaveKind.baseline:
                values = self.values(measure, wave.id)
                if values is not None:
                    late = any(
                        s.baseline is not BaselineStatus.proven for s in self._of(measure, wave.id)
                    )
                    return values, BaselineStatus.late if late else BaselineStatus.proven
        return None, BaselineStatus.absent
