"""Checks of what rows are about: school, class, person, group; and that each is there once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from evalkit.collect.columns import ColumnSpec, Role
from evalkit.collect.remarks import Remarks
from evalkit.model.design import Design
from evalkit.model.measure import Measure
from evalkit.model.text import Text
from evalkit.model.vocabulary import ArmRole, Respondent


def missing_columns(
    specs: Sequence[ColumnSpec], present: Mapping[str, object], remarks: Remarks
) -> None:
    """Report required columns that are not there at all.

    Files made before there was a column for the subject remain valid, with a warning.
    """
    for spec in specs:
        if spec.role is Role.subject and spec.name not in present:
            remarks.whole("intake.subject_missing")
        elif spec.required and spec.name not in present:
            shown = spec.label if remarks.part.origin.letters else spec.name
            _missing(remarks, spec.name, shown)


def _missing(remarks: Remarks, name: str, shown: str) -> None:
    """Report a required column that is not there; in a mapping it goes by its machine name."""
    if remarks.part.by_mapping:
        remarks.whole("intake.mapping_missing", column=name)
    else:
        remarks.whole("intake.column_missing", column=shown)


def missing_cells(
    specs: Sequence[ColumnSpec], texts: Mapping[str, pd.Series[str]], remarks: Remarks
) -> None:
    """Report empty cells of required columns."""
    for spec in specs:
        if spec.required and spec.name in texts:
            empty = texts[spec.name].isna()
            remarks.cells("intake.required", spec.name, empty, column=remarks.header(spec.name))


def fill_arms(frame: pd.DataFrame, design: Design) -> pd.DataFrame:
    """The frame with empty arms filled in where the design leaves one possibility.

    The school's only arm, or that of the subject in the school.
    """
    single = {s.brin: s.arms[0].value for s in design.project.schools if len(s.arms) == 1}
    derived = frame["school"].map(single).astype("str")
    if "subject" in frame:
        taught = _arms_of_subjects(frame, design)
        derived = taught.where(taught.notna(), derived)
    return frame.assign(arm=frame["arm"].where(frame["arm"].notna(), derived))


def _arms_of_subjects(frame: pd.DataFrame, design: Design) -> pd.Series[Any]:
    """The arm of the subject of each row in its school; empty where the school has none such."""
    arms = {(s.brin, n): arm.value for s in design.project.schools for n, arm in s.subjects.items()}
    found = [arms.get(pair) for pair in zip(frame["school"], frame["subject"], strict=True)]
    return pd.Series(found, index=frame.index, dtype=object).astype("str")


def check_subjects(frame: pd.DataFrame, design: Design, remarks: Remarks) -> None:
    """Report subjects that a school does not have, and arms that are not those of the subject.

    Args:
        frame: Typed, arms filled in.
        design: The design.
        remarks: Where findings go.
    """
    if "subject" not in remarks.sources:
        return
    arms = _arms_of_subjects(frame, design)
    known = frame["school"].notna() & frame["subject"].notna()
    shown = {"subject": frame["subject"], "school": frame["school"]}
    remarks.cells("intake.subject_unexpected", "subject", known & arms.isna(), **shown)
    other = known & arms.notna() & frame["arm"].notna() & (arms != frame["arm"])
    labels = arms.map({role.value: role.label for role in ArmRole})
    where = "arm" if "arm" in remarks.sources else "subject"
    remarks.cells("intake.subject_arm", where, other, arm=labels, **shown)


def check_arms(
    frame: pd.DataFrame, given: pd.Series[bool], design: Design, remarks: Remarks
) -> None:
    """Report groups that a school does not have, and empty groups of a school with two.

    Args:
        frame: Typed, arms filled in.
        given: Where the file names an arm, right or wrong.
    """
    arms = {s.brin: frozenset(a.value for a in s.arms) for s in design.project.schools}
    expected = pd.DataFrame(
        [(brin, role, True) for brin, roles in arms.items() for role in roles],
        columns=["school", "arm", "expected"],
    ).astype({"school": "str", "arm": "str"})
    known = frame[["school", "arm"]].merge(expected, how="left", on=["school", "arm"])
    both = frame["school"].notna() & frame["arm"].notna()
    strange = both & known["expected"].isna().set_axis(frame.index)
    # Of two cells that contradict each other the group is the one that can be mended here.
    labels = frame["arm"].map({role.value: role.label for role in ArmRole})
    remarks.cells("intake.arm_unexpected", "arm", strange, school=frame["school"], arm=labels)
    if remarks.part.respondent is Respondent.school or "subject" in remarks.sources:
        return  # The arm follows from the subject, and what is wrong there is told there.
    open_arm = frame["school"].notna() & frame["arm"].isna() & ~given
    if "arm" in remarks.sources:
        remarks.cells("intake.required", "arm", open_arm, column=remarks.header("arm"))
    elif open_arm.any():
        _missing(remarks, "arm", "arm")


def check_duplicates(
    frame: pd.DataFrame, keys: Sequence[str], remarks: Remarks, measures: Iterable[Measure] = ()
) -> None:
    """Report rows whose keys were there before, pointing at the first.

    Rows with an empty first key are left out: they are reported as empty. Empty other keys are
    a value of their own (the school as a whole, beside its groups).

    Args:
        frame: The rows, typed.
        keys: What makes a row the same as another.
        remarks: Where findings go.
        measures: What the rows may be about, to call them by their labels.
    """
    complete = frame[frame[keys[0]].notna()]
    if "unit" in keys:
        complete = complete[complete["unit"].notna()]
    groups = complete.groupby(list(keys), dropna=False, sort=False)
    again = groups.cumcount() > 0
    if not again.any():
        return
    number = groups.ngroup()
    rows = pd.Series(remarks.part.origin.rows, index=frame.index)[complete.index]
    other = number.map(rows.groupby(number).first()).reindex(frame.index)
    wrong = again.reindex(frame.index, fill_value=False)
    if "unit" in keys:
        # The code is not quoted: findings are kept, and only its pseudonym may be.
        remarks.cells("intake.duplicate_unit", "unit", wrong, other=other.astype("Int64"))
    else:
        labels = {role.value: role.label for role in ArmRole} | {m.id: m.label for m in measures}
        what = _names(frame[wrong], keys, labels).reindex(frame.index)
        remarks.cells(
            "intake.duplicate_row", "school", wrong, what=what, other=other.astype("Int64")
        )


def _names(frame: pd.DataFrame, keys: Sequence[str], labels: Mapping[str, Text]) -> pd.Series[Any]:
    """What rows are about, in words."""

    def named(values: Sequence[Any]) -> Text:
        known = ["–" if pd.isna(value) else str(value) for value in values]
        shown = [labels.get(value, Text(nl=value, en=value)) for value in known]
        return Text(nl=" · ".join(s.nl for s in shown), en=" · ".join(s.en for s in shown))

    rows = frame[list(keys)].itertuples(index=False, name=None)
    return pd.Series([named(row) for row in rows], index=frame.index, dtype=object)
