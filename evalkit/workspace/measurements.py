"""The data of one project, measure by measure, from all its accepted submissions."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Literal

import pandas as pd

from evalkit.model.design import Design, PlannedWave, ScheduleEntry
from evalkit.model.result import Conduct
from evalkit.model.submission import Grain, Submission
from evalkit.model.vocabulary import BaselineStatus, WaveKind
from evalkit.synthesis.units import Values
from evalkit.workspace.keys import kept_rows
from evalkit.workspace.workspace import Workspace

_UNIT_COLUMNS = ["school", "class", "subject", "unit", "arm"]
_AGGREGATE_COLUMNS = ["school", "arm", "n", "mean", "sd"]


def _is_asked(entry: ScheduleEntry) -> bool:
    return not entry.computed and not entry.covered_by


class Measurements:
    """What came in of one project."""

    def __init__(self, workspace: Workspace, design: Design) -> None:
        self._workspace = workspace
        self.design = design
        self.submissions = workspace.store.submissions(
            project=design.project.id, accepted_only=True
        )
        self._rows = cache(self._read)
        hashes = dict.fromkeys(s.design_hash for s in reversed(self.submissions))
        found = (workspace.store.design(hash) for hash in hashes if hash != design.hash)
        self.earlier: tuple[Design, ...] = tuple(d for d in found if d)
        """Other designs that data came in under, the latest first."""

    def measured(self) -> Iterator[tuple[Design, PlannedWave, ScheduleEntry]]:
        """Each measure in each wave: of the current design, then what came in under another.

        What a newer design dropped stays as it was when the data came in.
        """
        seen: set[tuple[str, str]] = set()
        for design in (self.design, *self.earlier):
            for entry in design.schedule:
                key = (entry.measure, entry.wave)
                if key not in seen and (design is self.design or self._of(*key)):
                    seen.add(key)
                    yield design, design.wave(entry.wave), entry

    def _read(self, id: str) -> pd.DataFrame:
        return kept_rows(self._workspace, next(s for s in self.submissions if s.id == id))

    def _of(self, measure: str, wave: str) -> list[Submission]:
        return [s for s in self.submissions if s.wave == wave and measure in s.measures]

    def values(self, measure: str, wave: str) -> Values | None:
        """The data of a measure in a wave.

        Rows per person where there are any. If other schools delivered totals, all become totals.
        """
        found = self._of(measure, wave)
        units = self._joined([s for s in found if s.grain is Grain.unit], measure, "unit")
        totals = self._joined(
            [s for s in found if s.grain is Grain.aggregate], measure, "aggregate"
        )
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
        return self._joined([s for s in units if column in self._rows(s.id)], column, "unit")

    def _joined(
        self, parts: list[Submission], measure: str, grain: Literal["unit", "aggregate"]
    ) -> Values | None:
        if not parts:
            return None
        frames = [self._part(s, measure) for s in parts]
        hashes = dict.fromkeys(s.design_hash for s in parts)  # oldest first
        return Values(grain, pd.concat(frames, ignore_index=True), " ".join(hashes))

    def _part(self, submission: Submission, measure: str) -> pd.DataFrame:
        rows = self._rows(submission.id)
        if submission.grain is Grain.aggregate:
            return rows.loc[rows["measure"] == measure, _AGGREGATE_COLUMNS]
        # Rows about schools have no unit or class: the column is there, and empty.
        blank = [c for c in ("class", "subject", "unit") if c in rows and rows[c].isna().all()]
        columns = [c for c in _UNIT_COLUMNS if c in rows and c not in blank]
        return rows[[*columns, measure]].rename(columns={measure: "value"})

    def conduct(self, measure: str, wave: PlannedWave) -> Conduct:
        """How a wave was carried out: in its window for this measure, and what did not come in."""
        taken = self._of(measure, wave.id)
        asked = {e.measure for e in self.design.entries(wave.id) if e.mandatory and _is_asked(e)}
        came = {m for s in self.submissions if s.wave == wave.id for m in s.measures}
        return Conduct(
            in_window=all(wave.opens <= s.taken_from and s.taken_to <= wave.closes for s in taken),
            missing=len(asked - came),
        )

    def baseline(self, measure: str) -> tuple[Values | None, BaselineStatus]:
        """The data of a measure in the baseline wave, and whether they prove to be a nulmeting."""
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
