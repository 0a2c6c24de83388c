"""The schedule as a table: one row per wave, measure and arm."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterator

from evalkit.model.design import Design
from evalkit.model.safe_text import neutral

COLUMNS = (
    "wave", "label", "opens", "closes", "school_days", "measure", "name", "respondent", "arm",
    "mandatory", "asked", "reference_date", "minutes",
)  # fmt: skip
"""``asked`` is FALSE where a measure is computed, or follows from a special case of it."""


def schedule_table(design: Design) -> bytes:
    """CSV in UTF-8: comma, point, empty for missing, TRUE and FALSE; names in its language."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([_cell(value) for value in row] for row in _rows(design))
    return text.getvalue().encode("utf-8")


def _rows(design: Design) -> Iterator[tuple[object, ...]]:
    for entry in design.schedule:
        wave = design.wave(entry.wave)
        for arm in entry.arms:
            yield (
                wave.id,
                wave.label.to(design.language),
                wave.opens,
                wave.closes,
                wave.school_days,
                entry.measure,
                design.measure(entry.measure).label.to(design.language),
                entry.respondent.value,
                arm.value,
                entry.mandatory,
                not (entry.computed or entry.covered_by),
                entry.reference_date,
                entry.minutes,
            )


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, dt.date):
        return value.isoformat()
    return f"{value:g}" if isinstance(value, float) else neutral(str(value))
