"""What can be wrong in a table of summary statistics, all of it at once."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from evalkit.collect.delivery import shortened
from evalkit.collect.parsing import looks_like_date, numbers, without_marks
from evalkit.collect.remarks import MOST_PER_COLUMN
from evalkit.collect.spelling import option_key
from evalkit.collect.tables import Table
from evalkit.errors import finding
from evalkit.library.nearest import nearest_first
from evalkit.model.finding import Place
from evalkit.synthesis.metrics import COLUMNS, EFFECT_COLUMNS, METRICS, WITHIN

KNOWN = ("metric", *COLUMNS, "better")
"""The columns that mean something here; all others are carried through."""

_DIRECTIONS = {"higher": 1.0, "lower": -1.0}


class SummaryTable:
    """A table of summary statistics as it is read, with what is wrong in it.

    Args:
        table: the file.

    Attributes:
        cells: its cells under their own headers, with the known columns under their own names and
            in them numbers where a row's metric takes the figure; none where a cell is empty.
        figures: those numbers, one column per name of ``COLUMNS``; NaN where there is none.
        metrics: the metric of each row, empty where it names none.
        signs: 1 for each row, -1 where lower is better.
        findings: everything that is wrong.
    """

    def __init__(self, table: Table) -> None:
        self.file, self._rows = table.file, table.rows
        self.findings = list(table.findings)
        self._headers: dict[str, str] = {}
        self.cells = self._named(table.frame)
        self.figures = pd.DataFrame(np.nan, index=self.cells.index, columns=list(COLUMNS))
        self.metrics = self._metrics()
        self.signs = self._signs()
        self._read_figures()
        self._compare()

    def remark(
        self, code: str, column: str | None, wrong: pd.Series[bool], /, **values: Any
    ) -> None:
        """One finding for each row where ``wrong`` is true, bounded in number.

        Values that are series are taken at the row; others are the same for all.
        """
        header = None if column is None else self._headers.get(column, column)
        positions = np.flatnonzero(wrong.to_numpy(dtype=bool))
        for position in positions[:MOST_PER_COLUMN].tolist():
            here = {
                name: _said(value.iloc[position]) if isinstance(value, pd.Series) else value
                for name, value in values.items()
            }
            place = Place(file=self.file, row=int(self._rows[position]), column=header)
            self.findings.append(finding(code, place, **here))
        if (more := len(positions) - MOST_PER_COLUMN) > 0:
            place = Place(file=self.file, column=header)
            column = header or "–"
            self.findings.append(
                finding("intake.more", place, column=column, count=more, problem=code)
            )

    def _named(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The frame with known columns under their names, and without effects that it held."""
        keep: dict[str, str] = {}
        for header in map(str, frame.columns):
            key = option_key(header)
            place = Place(file=self.file, column=header)
            if key in EFFECT_COLUMNS:
                self.findings.append(finding("effects.column_replaced", place, column=header))
            elif key in self._headers:
                self.findings.append(finding("intake.column_double", place, column=header))
            else:
                if key in KNOWN:
                    self._headers[key] = header
                keep[header] = key if key in KNOWN else header
        cells = frame[list(keep)].set_axis(list(keep.values()), axis=1).astype(object)
        return cells.where(cells.notna(), None)

    def _metrics(self) -> pd.Series[str]:
        blank = pd.Series("", index=self.cells.index, dtype=object)
        known = ", ".join(METRICS)
        if "metric" not in self.cells:
            self.findings.append(
                finding("effects.no_metric_column", Place(file=self.file), known=known)
            )
            return blank
        text = without_marks(self.cells["metric"])
        self.remark("effects.no_metric", "metric", text.isna(), known=known)
        asked = text.map(lambda cell: option_key(cell).upper(), na_action="ignore")
        unknown = text.notna() & ~asked.isin(list(METRICS))
        told = asked[unknown].head(MOST_PER_COLUMN)
        near = told.map(lambda name: nearest_first(name[:40], METRICS)).reindex(asked.index)
        self.remark("effects.metric_unknown", "metric", unknown, value=text, known=near)
        self.cells["metric"] = asked
        return asked.where(text.notna() & ~unknown, "")

    def _signs(self) -> pd.Series[float]:
        if "better" not in self.cells:
            return pd.Series(1.0, index=self.cells.index)
        text = without_marks(self.cells["better"])
        asked = text.map(option_key, na_action="ignore")
        wrong = text.notna() & ~asked.isin(list(_DIRECTIONS))
        self.remark("effects.better_unknown", "better", wrong, value=text)
        self.cells["better"] = asked.astype(object).where(asked.notna(), None)
        return asked.map(_DIRECTIONS).astype(float).fillna(1.0)

    def _read_figures(self) -> None:
        """Read each figure that a row's metric takes, and report what it cannot be."""
        for column in COLUMNS:
            takers = [id for id, metric in METRICS.items() if column in metric.needs]
            needed = self.metrics.isin(takers)
            if not needed.any():
                continue
            if column not in self.cells:
                self._report_missing_column(column, takers)
                continue
            self._read(column, needed)

    def _report_missing_column(self, column: str, takers: list[str]) -> None:
        place = Place(file=self.file)
        asking = ", ".join(id for id in takers if (self.metrics == id).any())
        there = ", ".join(shortened(str(name)) for name in list(self.cells.columns)[:30])
        values = {"column": column, "metrics": asking, "known": there or "–"}
        self.findings.append(finding("effects.column_missing", place, **values))

    def _read(self, column: str, needed: pd.Series[bool]) -> None:
        text = without_marks(self.cells[column]).where(needed, None).astype(object)
        values, bad = numbers(text)
        dates = bad & looks_like_date(text)
        self.remark("effects.no_value", column, needed & text.isna(), metric=self.metrics)
        self.remark("intake.became_date", column, dates, value=text)
        self.remark("effects.not_a_number", column, bad & ~dates, value=text)
        if COLUMNS[column].whole:
            broken = values.notna() & (values % 1 != 0)
            self.remark("intake.not_whole", column, broken, value=text)
            values = values.mask(broken)
        outside = pd.Series(False, index=values.index)
        for id, metric in METRICS.items():
            if column in metric.needs:
                range = metric.range(column)
                wrong = (self.metrics == id) & values.notna() & ~range.holds(values)
                limits = {"metric": id, "name": column, "range": range.words}
                self.remark("effects.out_of_range", column, wrong, value=text, **limits)
                outside |= wrong
        values = values.mask(outside)
        self.figures[column] = values
        kind = int if COLUMNS[column].whole else float
        plain = [
            cell if np.isnan(value) else kind(value)
            for cell, value in zip(self.cells[column].tolist(), values.tolist(), strict=True)
        ]
        self.cells[column] = pd.Series(plain, index=values.index, dtype=object)

    def _compare(self) -> None:
        """Report figures that cannot be together."""
        for part, whole in WITHIN:
            more = self.figures[part] > self.figures[whole]
            if more.any():
                values = {"part": part, "name": whole}
                counts = {"value": self.cells[part], "limit": self.cells[whole]}
                self.remark("effects.more_than", part, more, **values, **counts)
        events = self.figures[["events_t", "events_c"]].sum(axis=1, min_count=2)
        units = self.figures[["n_t", "n_c"]].sum(axis=1, min_count=2)
        self.remark("effects.same_everywhere", "events_t", (events == 0) | (events == units))
        for arm in ("t", "c"):
            alone = (self.figures[f"clusters_{arm}"] == 1) & (self.figures[f"n_{arm}"] > 1)
            self.remark("effects.one_cluster", f"clusters_{arm}", alone)


def _said(value: Any) -> Any:
    return shortened(value) if isinstance(value, str) else value
