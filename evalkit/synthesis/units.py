"""The data of one measure in one wave, as contrasts take them: units, clusters, groups."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import pandas as pd

from evalkit.model.design import Design
from evalkit.model.measure import Measure
from evalkit.model.vocabulary import AssignmentLevel, Respondent, ScaleType
from evalkit.synthesis.contrast import of_proportions

Grain = Literal["unit", "aggregate"]


@dataclass(frozen=True)
class Values:
    """The data of one measure in one wave.

    ``frame`` has, per unit: school, class, unit, arm, value, and subject in a cross-over of
    subjects; or, per school and arm: school, arm, n, mean, sd.
    """

    grain: Grain
    frame: pd.DataFrame
    design_hash: str

    def as_totals(self) -> Values:
        """The same data as n, mean and SD per school and arm."""
        if self.grain == "aggregate":
            return self
        groups = self.frame.dropna(subset=["value"]).groupby(["school", "arm"], sort=True)
        totals = groups["value"].agg(n="count", mean="mean", sd="std").reset_index()
        return Values("aggregate", totals, self.design_hash)

    @property
    def has_subjects(self) -> bool:
        """Whether rows say which subject they are about."""
        return "subject" in self.frame and bool(self.frame["subject"].notna().any())

    @property
    def persons(self) -> pd.DataFrame:
        """The rows with a value, a person in an arm once."""
        if not self.has_subjects or "unit" not in self.frame:
            return self.frame
        return self.frame.dropna(subset=["value"]).drop_duplicates(["school", "unit", "arm"])

    def keyed(self) -> Values:
        """The same with units told apart by subject too: one person may have several."""
        if not self.has_subjects or "unit" not in self.frame:
            return self
        unit = self.frame["unit"] + "/" + self.frame["subject"].fillna("")
        return replace(self, frame=self.frame.assign(unit=unit))


def is_clustered(design: Design, measure: Measure) -> bool:
    """Whether units of the measure were assigned in clusters.

    Teachers who were assigned one by one are not; their pupils are, and the parents of these.
    """
    if measure.respondent is Respondent.school:
        return False
    level = design.project.assignment
    if level is AssignmentLevel.teacher:
        return measure.respondent is not Respondent.teacher
    return level is not AssignmentLevel.pupil


def cluster_of(design: Design, measure: Measure, frame: pd.DataFrame) -> pd.Series[str]:
    """The cluster of each unit: its subject or class within its school, or its school.

    The class of pupils where classes were assigned, or teachers, whose class stands for them; the
    subject, or else the class, where subjects were.
    """
    school, level = frame["school"], design.project.assignment
    if level is AssignmentLevel.subject and "subject" in frame and frame["subject"].notna().any():
        return school + "/" + frame["subject"].fillna("")
    below = (AssignmentLevel.class_, AssignmentLevel.subject, AssignmentLevel.teacher)
    if level in below and measure.respondent is Respondent.pupil and "class" in frame:
        return school + "/" + frame["class"].fillna("")
    return school


def contrast_rows(design: Design, measure: Measure, values: Values) -> pd.DataFrame:
    """Unit rows as ``contrast_from_rows`` takes them; totals as they are."""
    if values.grain == "aggregate":
        binary = measure.scale.type is ScaleType.binary
        return of_proportions(values.frame) if binary else values.frame
    frame = values.keyed().frame
    unit = frame["school"] + "/" + (frame["unit"] if "unit" in frame else frame["arm"])
    return pd.DataFrame(
        {
            "unit": unit,
            "cluster": cluster_of(design, measure, frame),
            "arm": frame["arm"],
            "value": frame["value"],
        }
    )
