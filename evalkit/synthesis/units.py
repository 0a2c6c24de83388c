"""The data of one measure in one wave, as contrasts take them: units, clusters, groups."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import compress
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evalkit.model.design import Design
from evalkit.model.measure import Measure
from evalkit.model.vocabulary import AssignmentLevel, Respondent
from evalkit.synthesis.totals import Columns, Totals, plain, totals_of
from evalkit.synthesis.waves import (
    ARMS,
    Units,
    is_complete,
    missing,
    numbers,
    objects,
    units_of,
)

Grain = Literal["unit", "aggregate"]
_NUMBERS = {"unit": ("arm", "value"), "aggregate": ("arm", "n", "mean")}


@dataclass(frozen=True, eq=False)
class Values:
    """The data of one measure in one wave.

    ``table`` has, per unit: school, class, unit, arm, value, and subject in a cross-over of
    subjects; or, per school and arm: school, arm, n, mean, sd. Totals may come as plain columns.
    """

    grain: Grain
    table: pd.DataFrame | Columns
    design_hash: str
    _totals: dict[bool, Totals] = field(init=False, repr=False, default_factory=dict)

    @cached_property
    def frame(self) -> pd.DataFrame:
        """The rows."""
        if isinstance(self.table, pd.DataFrame):
            return self.table
        return pd.DataFrame(dict(self.table))

    def totals(self, binary: bool) -> Totals:
        """What is usable of totals; ``binary`` says whether values are 0 and 1."""
        found = self._totals.get(binary)
        if found is None:
            found = self._totals[binary] = totals_of(self.table, binary=binary)
        return found

    @cached_property
    def units(self) -> dict[tuple[str, str], Units]:
        """As a contrast takes them, per design and measure, once worked out."""
        return {}

    @cached_property
    def known(self) -> dict[str, NDArray[np.float64]]:
        """Of rows per person: the values of each arm, missing ones left out."""
        values, arms = numbers(self.table["value"]), objects(self.table["arm"])
        here = ~np.isnan(values)
        return {arm: values[here & (arms == arm)] for arm in ARMS}

    @cached_property
    def sizes(self) -> dict[str, int]:
        """The units of each arm that have a value."""
        if self.grain == "unit":
            return {arm: len(values) for arm, values in self.known.items()}
        found = dict.fromkeys(ARMS, 0)
        for arm, n in zip(plain(self.table["arm"]), plain(self.table["n"]), strict=True):
            if arm in found and (type(n) is int or not missing(n)):
                found[arm] += int(n)
        return found

    @cached_property
    def named(self) -> list[tuple[tuple[Any, Any], Any]]:
        """Of rows per person that have a name and a value: school and name, and the arm."""
        school, unit, arm, value = (
            plain(self.table[name]) for name in ("school", "unit", "arm", "value")
        )
        rows = zip(zip(school, unit, strict=True), arm, strict=True)
        if is_complete(unit) and not np.isnan(numbers(value)).any():
            return list(rows)
        known = zip(unit, value, strict=True)
        return list(compress(rows, (not missing(u) and not missing(v) for u, v in known)))

    @cached_property
    def by_school(self) -> dict[tuple[str, str], Values]:
        """The data of each school and arm."""
        keys = list(zip(plain(self.table["school"]), plain(self.table["arm"]), strict=True))
        rows: dict[tuple[str, str], list[int]] = {}
        for at, key in enumerate(keys):
            if not any(missing(part) for part in key):
                rows.setdefault(key, []).append(at)
        cells = {name: plain(self.table[name]) for name in _NUMBERS[self.grain]}
        return {
            key: replace(self, table={name: [c[i] for i in at] for name, c in cells.items()})
            for key, at in sorted(rows.items())
        }

    @property
    def mean(self) -> float | None:
        """The mean of all units that have a value."""
        if self.grain == "unit":
            known = [value for value in plain(self.table["value"]) if not missing(value)]
            return math.fsum(known) / len(known) if known else None
        totals = [
            (n, mean)
            for n, mean in zip(plain(self.table["n"]), plain(self.table["mean"]), strict=True)
            if not missing(n) and not missing(mean)
        ]
        size = sum(n for n, _ in totals)
        return math.fsum(n * mean for n, mean in totals) / size if size else None

    def as_totals(self) -> Values:
        """The same data as n, mean and SD per school and arm."""
        if self.grain == "aggregate":
            return self
        groups = self.frame.dropna(subset=["value"]).groupby(["school", "arm"], sort=True)
        totals = groups["value"].agg(n="count", mean="mean", sd="std").reset_index()
        return Values("aggregate", totals, self.design_hash)

    @cached_property
    def has_subjects(self) -> bool:
        """Whether rows say which subject they are about."""
        if self.grain == "aggregate" or "subject" not in self.table:
            return False
        return not all(missing(subject) for subject in plain(self.table["subject"]))

    @property
    def persons(self) -> Values:
        """The same with a person in an arm once; of totals, and without subjects, as they are."""
        if not self.has_subjects or "unit" not in self.table:
            return self
        known = self.frame.dropna(subset=["value"])
        return replace(self, table=known.drop_duplicates(["school", "unit", "arm"]))

    def keyed(self) -> Values:
        """The same with units told apart by subject too: one person may have several."""
        if not self.has_subjects or "unit" not in self.table:
            return self
        unit = self.frame["unit"] + "/" + self.frame["subject"].fillna("")
        return replace(self, table=self.frame.assign(unit=unit))


def is_clustered(design: Design, measure: Measure) -> bool:
    """Whether units of the measure were assigned in clusters.

    Teachers who were assigned one by one are not; their pupils are, and the parents of these.
    """
    if measure.respondent is Respondent.school:
        return False
    level = design.project.effective_assignment
    if level is AssignmentLevel.teacher:
        return measure.respondent is not Respondent.teacher
    return level is not AssignmentLevel.pupil


def cluster_of(design: Design, measure: Measure, values: Values) -> list[str | None]:
    """The cluster of each unit: its subject or class within its school, or its school.

    The class of pupils where classes were assigned, or teachers, whose class stands for them; the
    subject, or else the class, where subjects were. The school, whatever was assigned on paper,
    where no school is in both arms: then whole schools are compared.
    """
    level = design.project.effective_assignment
    if level is AssignmentLevel.subject and values.has_subjects:
        return _joined(values.table["school"], values.table["subject"], "")
    below = (AssignmentLevel.class_, AssignmentLevel.subject, AssignmentLevel.teacher)
    if level in below and measure.respondent is Respondent.pupil and "class" in values.table:
        return _joined(values.table["school"], values.table["class"], "")
    schools = plain(values.table["school"])
    if is_complete(schools):
        return list(schools)
    return [None if missing(school) else school for school in schools]


def _joined(first: Any, second: Any, instead: str | None = None) -> list[str | None]:
    """Two columns of words as one; ``instead`` stands for what is missing in the second."""
    ones, others = plain(first), plain(second)
    if is_complete(ones) and is_complete(others):
        return [f"{one}/{other}" for one, other in zip(ones, others, strict=True)]
    found: list[str | None] = []
    for one, other in zip(ones, others, strict=True):
        then = instead if missing(other) else other
        found.append(None if missing(one) or then is None else f"{one}/{then}")
    return found


def units_in(design: Design, measure: Measure, values: Values) -> Units:
    """The unit rows that a contrast takes."""
    key = (design.hash, measure.id)
    if key not in values.units:
        values.units[key] = _units_in(design, measure, values.keyed())
    return values.units[key]


def _units_in(design: Design, measure: Measure, values: Values) -> Units:
    table = values.table
    unit = _joined(table["school"], table["unit" if "unit" in table else "arm"])
    cluster = cluster_of(design, measure, values)
    return units_of(
        {"unit": unit, "cluster": cluster, "arm": table["arm"], "value": table["value"]}
    )
