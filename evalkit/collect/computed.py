"""Columns of computed measures that a file holds anyhow: do they follow from their parts?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from evalkit.collect.delivery import Part
from evalkit.collect.parsing import numbers, texts
from evalkit.collect.plausible import rounded
from evalkit.collect.remarks import Remarks
from evalkit.collect.spelling import option_key
from evalkit.model.finding import Finding
from evalkit.model.measure import Measure

_OFF = 0.01
"""Room for rounding in what was given, as a share of what was computed; and half a tenth."""


def check_computed(
    part: Part, measures: Iterable[Measure], computed: Mapping[str, pd.Series[Any]]
) -> tuple[Finding, ...]:
    """Findings on values of computed measures that do not follow from their parts.

    Args:
        part: As it came in. A column of a computed measure is not read, but may be there.
        measures: The computed measures.
        computed: Their values by id, one for each row of the part.
    """
    remarks = Remarks(part)
    by_key = {option_key(part.origin.header(str(c))): str(c) for c in part.frame}
    for measure in measures:
        values = computed[measure.id].reset_index(drop=True)
        names = map(option_key, (measure.id, measure.label.nl, measure.label.en))
        column = next((by_key[name] for name in names if name in by_key), None)
        if column is None or not pd.api.types.is_numeric_dtype(values):
            continue
        text = texts(part.frame[column]).reset_index(drop=True)
        given, _ = numbers(text)
        apart = (given - values).abs() > 0.05 + _OFF * values.abs()
        right = values.map(rounded, na_action="ignore")
        said = {"measure": measure.label, "given": text, "right": right}
        remarks.cells("intake.computed_apart", column, apart, **said)
    return tuple(remarks.found)
