"""How many rows there are: against the group sizes of the project, and parts against wholes.

These look at a part as a whole; rows of it alone say nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pandas as pd

from evalkit.collect.delivery import Part
from evalkit.collect.plausible import ROUNDED, rounded
from evalkit.collect.remarks import Remarks
from evalkit.collect.wording import number_text
from evalkit.model.design import Design
from evalkit.model.measure import Measure
from evalkit.model.project import GroupSize
from evalkit.model.submission import Grain
from evalkit.model.text import Text
from evalkit.model.vocabulary import ArmRole, Respondent, ScaleType

FEW = 0.5
"""Share of the planned number below which a group is remarked on."""

_CLASSES = Text(nl="klassen", en="classes")
_PLANNED = {
    Respondent.pupil: ("pupils", Text(nl="leerlingen", en="pupils")),
    Respondent.teacher: ("teachers", Text(nl="leraren", en="teachers")),
    Respondent.parent: ("parents", Text(nl="ouders", en="parents")),
}


def check_sizes(frame: pd.DataFrame, design: Design, remarks: Remarks) -> None:
    """Report groups larger than planned, or much smaller where all their schools are there.

    Args:
        frame: A checked part: unit rows or totals. With a column ``rows`` each unit row stands for
            as many.
    """
    part = remarks.part
    for arm in design.project.arms:
        if arm.size is None:
            continue
        own = frame[frame["arm"] == arm.role.value]
        # Rows that cannot be read are missed for another reason.
        read = not any(found.is_error for found in remarks.found)
        complete = read and _schools(design, arm.role) <= set(own["school"].dropna())
        for what, planned, there in _counted(own, part, arm.size):
            values = {"what": what, "arm": arm.label, "planned": planned, "there": there}
            if there > planned:
                remarks.whole("intake.more_than_planned", **values)
            elif complete and what is not _CLASSES and there < FEW * planned:
                remarks.whole("intake.fewer_than_planned", **values)


def _schools(design: Design, role: ArmRole) -> set[str]:
    return {school.brin for school in design.project.schools if role in school.arms}


def _counted(own: pd.DataFrame, part: Part, size: GroupSize) -> Iterable[tuple[Text, int, int]]:
    """What is counted, how many were planned, and how many there are."""
    if part.respondent in _PLANNED:
        field, what = _PLANNED[part.respondent]
        planned: int | None = getattr(size, field)
        if planned is not None and len(own):
            yield what, planned, _persons(own, part.grain)
    if part.grain is Grain.unit and size.classes is not None and "class" in own:
        named = own.dropna(subset=["school", "class"])
        if len(named) and named["class"].nunique() > 0:
            yield _CLASSES, size.classes, len(named[["school", "class"]].drop_duplicates())


def _persons(own: pd.DataFrame, grain: Grain) -> int:
    """Rows, or persons where they have one per subject; of totals the n that most have."""
    if grain is Grain.unit:
        if "rows" in own:
            return int(own["rows"].sum())
        return len(own.drop_duplicates(["school", "unit"]) if "subject" in own else own)
    counts = own.groupby("measure")["n"].sum()
    return int(counts.max()) if len(counts) else 0


def check_against_rows(totals: pd.DataFrame, units: pd.DataFrame, remarks: Remarks) -> None:
    """Report totals that are not those of the rows of the same school and group.

    Over more persons than there are rows for; or, of a measure that the rows hold too, another
    number of values or another mean than a rounded one.
    """
    rows = units.groupby(["school", "arm"], dropna=False).size().rename("rows").reset_index()
    known = totals[["school", "arm"]].merge(rows, how="left", on=["school", "arm"])["rows"]
    there = known.set_axis(totals.index)
    wrong = totals["n"].astype(float) > there
    remarks.cells(
        "intake.more_than_rows",
        "n",
        wrong.fillna(False),
        n=totals["n"],
        there=there.astype("Int64"),
    )

    _check_same(totals, units, ~wrong.fillna(False), remarks)


def _check_same(
    totals: pd.DataFrame, units: pd.DataFrame, where: pd.Series[bool], remarks: Remarks
) -> None:
    """Report totals beside rows that say otherwise of the same measure."""
    keys = ["school", "arm", "measure"]
    held = [m for m in totals["measure"].dropna().unique() if m in units]
    held = [m for m in held if pd.api.types.is_numeric_dtype(units[m])]
    if not held:
        return
    long = units.melt(["school", "arm"], held, "measure").dropna(subset=["value"])
    own = long.groupby(keys)["value"].agg(count="count", average="mean").reset_index()
    beside = totals[keys].merge(own, how="left", on=keys).set_axis(totals.index)
    known = where & beside["count"].notna()
    fewer = totals["n"].notna() & (totals["n"].astype(float) != beside["count"])
    apart = (totals["mean"].astype(float) - beside["average"]).abs() > ROUNDED
    remarks.cells(
        "intake.totals_apart",
        "mean",
        known & (fewer | apart),
        n=totals["n"],
        mean=_shown(totals["mean"]),
        there=beside["count"].astype("Int64"),
        average=beside["average"].map(rounded, na_action="ignore"),
    )


def check_wholes(frame: pd.DataFrame, measures: Iterable[Measure], remarks: Remarks) -> None:
    """Report counts of a school as a whole that its groups do not add up to.

    Args:
        frame: Rows about schools: some for the whole school (no arm), some for one of its groups.
        measures: What the rows hold; of these the counts are looked at.
    """
    whole = frame[frame["arm"].isna()]
    groups = frame[frame["arm"].notna()].groupby("school")
    if whole.empty or not len(groups):
        return
    for measure in measures:
        if measure.scale.type is not ScaleType.count_ or measure.id not in frame:
            continue
        values, name = whole[measure.id], measure.id
        largest = whole["school"].map(groups[name].max())
        total = whole["school"].map(groups[name].sum(min_count=2))
        over = largest > values
        apart = total.notna() & values.notna() & (total != values) & ~over
        for code, wrong, other in (
            ("intake.part_over_whole", over, largest),
            ("intake.parts_apart", apart, total),
        ):
            remarks.cells(
                code,
                name,
                wrong.reindex(frame.index, fill_value=False),
                whole=_shown(frame[name]),
                parts=_shown(other.reindex(frame.index)),
            )


def _shown(values: pd.Series[float]) -> pd.Series[Any]:
    return values.map(number_text, na_action="ignore")
