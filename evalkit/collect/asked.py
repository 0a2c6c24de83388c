"""Values of a group of the comparison of which they were not asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import pandas as pd

from evalkit.collect.columns import ColumnSpec, Role
from evalkit.collect.entities import fill_arms
from evalkit.collect.remarks import Remarks
from evalkit.model.design import Design
from evalkit.model.vocabulary import ArmRole

if TYPE_CHECKING:
    from evalkit.collect.columnar_whole import Typed

Unasked = Mapping[tuple[str, str], int]
"""Measure and arm to the rows with a value that nobody asked for."""


def _asked_of_some(specs: Iterable[ColumnSpec], design: Design) -> dict[str, list[ColumnSpec]]:
    """The columns of each measure that not all groups are asked."""
    roles = {arm.role for arm in design.project.arms}
    found: dict[str, list[ColumnSpec]] = {}
    for spec in specs:
        if spec.measure and spec.entry and not roles <= set(spec.entry.arms):
            found.setdefault(spec.measure.id, []).append(spec)
    return found


def _counted(arms: pd.Series[str], there: pd.Series[int], spec: ColumnSpec) -> Counter[str]:
    asked = {arm.value for arm in spec.entry.arms} if spec.entry else set()
    found: Counter[str] = Counter()
    for arm, count in there.groupby(arms).sum().items():
        if arm not in asked and count:
            found[str(arm)] = int(count)
    return found


def unasked(frame: pd.DataFrame, specs: Iterable[ColumnSpec], design: Design) -> Unasked:
    """The rows of persons or schools in a checked part with a value that was not asked of them."""
    return {
        (measure, arm): count
        for measure, columns in _asked_of_some(specs, design).items()
        for arm, count in _counted(
            frame["arm"],
            frame[[s.name for s in columns if s.name in frame]].notna().any(axis=1).astype(int),
            columns[0],
        ).items()
    }


def unasked_totals(frame: pd.DataFrame, design: Design, wave: str) -> Unasked:
    """The totals of groups that were not asked for them."""
    asked = {e.measure: {arm.value for arm in e.arms} for e in design.entries(wave)}
    there = frame.dropna(subset=["measure", "arm"])
    pairs = Counter(zip(there["measure"], there["arm"], strict=True))
    return {(m, arm): n for (m, arm), n in pairs.items() if arm not in asked.get(m, {arm})}


def unasked_in(typed: Typed, here: Iterable[ColumnSpec], design: Design) -> Unasked:
    """As ``unasked``, of a large table: ``here`` are the columns it has."""
    there = list(here)
    limited = _asked_of_some(there, design)
    by_role = {spec.role: spec for spec in there}
    if not limited or Role.school not in by_role:
        return {}
    school, arm, given = typed.of(by_role[Role.school]), "NULL::VARCHAR", "false"
    if Role.arm in by_role:
        arm, given = typed.of(by_role[Role.arm]), typed.cells.column("arm").present
    counts = ", ".join(
        "count(*) FILTER ({})".format(" OR ".join(f"{typed.of(s)} IS NOT NULL" for s in columns))
        for columns in limited.values()
    )
    rows = [
        row
        for chunk in typed.rows.chunks(
            f"SELECT {school}, {arm}, {given}, {counts} FROM rows GROUP BY ALL"
        )
        for row in chunk
    ]
    raw = pd.DataFrame(rows, columns=["school", "arm", "given", *limited])
    frame = raw[["school", "arm"]].astype("str")
    frame = frame.where(raw[["school", "arm"]].notna())
    filled = fill_arms(frame, design)["arm"].where(~raw["given"].astype(bool), frame["arm"])
    return {
        (measure, found): count
        for measure, columns in limited.items()
        for found, count in _counted(filled, raw[measure], columns[0]).items()
    }


def tell_unasked(
    found: Unasked, specs: Iterable[ColumnSpec], design: Design, remarks: Remarks
) -> None:
    """A warning for each measure and group."""
    columns = {spec.measure.id: spec.name for spec in reversed(list(specs)) if spec.measure}
    for (measure, arm), count in found.items():
        values = {"measure": design.measure(measure).label, "arm": ArmRole[arm].label}
        remarks.whole("intake.arm_not_asked", columns.get(measure), count=count, **values)
