"""A part against what came in before of the same persons: who is there again, and who moved.

Rows are compared by code, or by pseudonym; both frames under the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from evalkit.collect.columns import ENTITY_COLUMNS
from evalkit.collect.delivery import Part
from evalkit.collect.remarks import Remarks
from evalkit.model.finding import Finding
from evalkit.model.text import Text

FEW = 0.5
"""Share of codes that must be in the baseline; below it codes may have been changed."""

_SAME = 0.9
"""Share of persons with the same values as before above which a file may be the old one."""

_ENOUGH = 10
_REGROUPED = 0.25
"""Share of persons outside the class of their classmates above which classes were made anew."""

_WORDS: Mapping[str, Text] = {
    "school": Text(nl="school", en="school"),
    "class": Text(nl="klas", en="class"),
    "arm": Text(nl="groep", en="group"),
}


def check_earlier(
    part: Part, frame: pd.DataFrame, before: pd.DataFrame, baseline: pd.DataFrame | None
) -> tuple[Finding, ...]:
    """Findings on persons who moved, on codes that match nothing, and on an old file.

    Args:
        part: Where the rows came from.
        frame: Its checked unit rows, one per school and code.
        before: Earlier unit rows of the same respondents, the latest of each person.
        baseline: Those of the baseline, unless the part itself is of the baseline.
    """
    remarks = Remarks(part)
    linked = _linked(frame, before)
    for column in ("arm", "class"):
        remarks.shared("intake.moved", column, _moved(linked, column), what=_WORDS[column])
    elsewhere = _other_school(frame, before)
    remarks.shared("intake.moved", "school", elsewhere, what=_WORDS["school"])
    _check_same(frame, before, linked, remarks)
    if baseline is not None:
        _check_matches(frame, baseline, remarks)
    return tuple(remarks.found)


def _linked(frame: pd.DataFrame, before: pd.DataFrame) -> pd.DataFrame:
    """The rows with what was there of the same person, under ``old_`` names."""
    both = "subject" in frame and "subject" in before
    keys = ["school", "unit", *(["subject"] if both else [])]
    known = before.drop_duplicates(keys, keep="last")
    known = known[known["unit"].notna()].assign(there=True)
    renamed = known.rename(columns={c: f"old_{c}" for c in known if c not in keys})
    return frame.merge(renamed, how="left", on=keys).set_axis(frame.index)


def _moved(linked: pd.DataFrame, column: str) -> pd.Series[bool]:
    """Where somebody has another group or class than before.

    A class may have another name: whoever is where most of the old class is has not moved.
    """
    old = f"old_{column}"
    nowhere = pd.Series(False, index=linked.index)
    if column not in linked or old not in linked:
        return nowhere
    both = linked[linked[column].notna() & linked[old].notna()]
    if both.empty:
        return nowhere
    expected = both[old]
    if column == "class":
        groups = both.groupby(["school", old], sort=False)[column]
        expected = groups.transform(lambda labels: labels.value_counts(sort=True).index[0])
    moved = both[column] != expected
    if column == "class" and moved.mean() > _REGROUPED:
        return nowhere
    return moved.reindex(linked.index, fill_value=False)


def _other_school(frame: pd.DataFrame, before: pd.DataFrame) -> pd.Series[bool]:
    """Where somebody was at another school before, if no two schools share a code."""
    nobody = pd.Series(False, index=frame.index)
    for rows in (frame, before):
        schools = rows[["school", "unit"]].dropna().drop_duplicates()
        if schools["unit"].duplicated().any():
            return nobody
    old = before.dropna(subset=["school", "unit"]).drop_duplicates("unit", keep="last")
    was = frame["unit"].map(old.set_index("unit")["school"])
    moved: pd.Series[bool] = was.notna() & frame["school"].notna() & (was != frame["school"])
    return moved


def _check_same(
    frame: pd.DataFrame, before: pd.DataFrame, linked: pd.DataFrame, remarks: Remarks
) -> None:
    """Report persons whose values are all those of before, if nearly all persons are so."""
    shared = [
        str(name)
        for name in frame
        if name not in ENTITY_COLUMNS
        and name in before
        and pd.api.types.is_numeric_dtype(frame[name])
        and frame[name].notna().any()
    ]
    there = linked["old_there"].notna() if "old_there" in linked else linked["school"].isna()
    if len(shared) < 2 or there.sum() < _ENOUGH:
        return
    same = there & _equal(linked, shared)
    if same.sum() >= _SAME * there.sum():
        remarks.shared("intake.same_as_before", "unit", same)


def _equal(linked: pd.DataFrame, names: Sequence[str]) -> pd.Series[Any]:
    equal = pd.Series(True, index=linked.index)
    for name in names:
        new, old = linked[name], linked[f"old_{name}"]
        equal &= (new == old) | (new.isna() & old.isna())
    return equal & linked[list(names)].notna().any(axis=1)


def _check_matches(frame: pd.DataFrame, baseline: pd.DataFrame, remarks: Remarks) -> None:
    """Report it if few codes of the schools in the baseline are there too."""
    asked = frame[frame["school"].isin(baseline["school"]) & frame["unit"].notna()]
    known = pd.MultiIndex.from_frame(baseline[["school", "unit"]])
    matched = int(pd.MultiIndex.from_frame(asked[["school", "unit"]]).isin(known).sum())
    if len(asked) and matched < FEW * len(asked):
        remarks.whole("intake.few_matches", "unit", matched=matched, total=len(asked))
