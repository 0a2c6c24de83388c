"""The data of one project, measure by measure, from all its accepted submissions."""

from __future__ import annotations

from functools import cache
from typing import Literal

import pandas as pd

from evalkit.model.design import Design
from evalkit.model.submission import Grain, Submission
from evalkit.model.vocabulary import BaselineStatus, WaveKind
from evalkit.synthesis.effects import Values
from evalkit.workspace.workspace import Workspace

_UNIT_COLUMNS = ["school", "class", "unit", "arm"]
_AGGREGATE_COLUMNS = ["school", "arm", "n", "mean", "sd"]


class Measurements:
    """What came in of one project."""

    def __init__(self, workspace: Workspace, design: Design) -> None:
        self._store = workspace.store
        self.design = design
        self.submissions = workspace.store.submissions(
            project=design.project.id, accepted_only=True
        )
        self._rows = cache(self._read)

    def _read(self, id: str) -> pd.DataFrame:
        return self._store.rows(next(s for s in self.submissions if s.id == id))

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
        blank = [c for c in ("class", "unit") if c in rows and rows[c].isna().all()]
        columns = [c for c in _UNIT_COLUMNS if c in rows and c not in blank]
        return rows[[*columns, measure]].rename(columns={measure: "value"})

    def baseline(self, measure: str) -> tuple[Values | None, BaselineStatus]:
        """The data of a measure in the baseline wave, and whether they prove to be a nulmeting."""
        for wave in self.design.waves:
            if wave.kind is WaveKind.baseline:
                values = self.values(measure, wave.id)
                if values is not None:
                    late = any(
                        s.baseline is not BaselineStatus.proven for s in self._of(measure, wave.id)
                    )
                    return values, BaselineStatus.late if late else BaselineStatus.proven
        return None, BaselineStatus.absent
