"""Means before and after: per school where every school may be shown, else per arm."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from evalkit.model.effect import ALL, EffectSize
from evalkit.model.vocabulary import ArmRole, ScaleType
from evalkit.synthesis.changes import published_changes
from evalkit.synthesis.units import Values

NUMBER, YES_NO = ScaleType.interval, ScaleType.binary
SIZES = {("00AA", "intervention"): 12, ("00AB", "intervention"): 20, ("00AC", "comparison"): 15}


def row(**changes: Any) -> EffectSize:
    blank = {name: None for name, field in EffectSize.model_fields.items() if field.is_required()}
    said = {
        "project": "een", "measure": "core.workload", "wave": "post", "subgroup": ALL,
        "suppressed": False, "pre_mean_t": 3.0, "mean_t": 3.5, "pre_mean_c": 3.1, "mean_c": 3.0,
    }  # fmt: skip
    return EffectSize.model_construct(**{**blank, **said, **changes})


def units(sizes: dict[tuple[str, str], int], add: float = 0.0, yes: int | None = None) -> Values:
    """School s has values s, s + 1, … plus ``add``; or ``yes`` times a one and further zeroes."""
    rows = [
        (school, arm, float(n < yes) if yes is not None else index + n + add)
        for index, ((school, arm), size) in enumerate(sizes.items())
        for n in range(size)
    ]
    return Values("unit", pd.DataFrame(rows, columns=["school", "arm", "value"]), "x")


def totals(sizes: dict[tuple[str, str], int]) -> Values:
    return units(sizes).as_totals()


def changes(pre: Values | None, post: Values, scale: ScaleType = NUMBER, **said: Any) -> list[Any]:
    found = published_changes(row(**said), scale, pre, post, 10)
    return [(one.school, one.arm, one.before, one.after) for one in found]


ARMS = [(None, ArmRole.intervention, 3.0, 3.5), (None, ArmRole.comparison, 3.1, 3.0)]


@pytest.mark.parametrize("as_totals", [False, True])
def test_schools_large_enough_are_shown_each(as_totals: bool) -> None:
    pre, post = units(SIZES), units(SIZES, 2.0)
    if as_totals:
        pre, post = pre.as_totals(), post.as_totals()
    assert changes(pre, post) == [
        ("00AA", ArmRole.intervention, 5.5, 7.5),
        ("00AB", ArmRole.intervention, 10.5, 12.5),
        ("00AC", ArmRole.comparison, 9.0, 11.0),
    ]


@pytest.mark.parametrize("wave", [0, 1])
def test_one_small_school_hides_all_schools(wave: int) -> None:
    waves = [units(SIZES), units(SIZES)]
    waves[wave] = units({**SIZES, ("00AB", "intervention"): 9})
    assert changes(*waves) == ARMS


def test_a_school_that_all_say_yes_in_hides_all_schools() -> None:
    enough = dict.fromkeys(SIZES, 40)
    assert len(changes(units(enough, yes=20), units(enough, yes=20), YES_NO)) == 3
    assert changes(units(enough, yes=20), units(enough, yes=39), YES_NO) == ARMS
    assert changes(totals(enough), totals(enough), YES_NO) == ARMS


def test_rows_about_subjects_show_arms() -> None:
    post = units(SIZES)
    with_subject = Values("unit", post.frame.assign(subject="taal"), "x")
    assert changes(units(SIZES), with_subject) == ARMS


def test_what_may_not_be_shown_or_has_no_baseline_shows_nothing() -> None:
    pre, post = units(SIZES), units(SIZES)
    assert changes(pre, post, suppressed=True) == []
    assert changes(pre, post, subgroup="subject:taal") == []
    assert changes(None, post) == []
    small = units({("00AA", "intervention"): 3})
    assert changes(small, small, pre_mean_t=None, pre_mean_c=None) == []


def test_a_school_that_was_not_there_before_is_left_out() -> None:
    new = {**SIZES, ("00AD", "comparison"): 30}
    assert [school for school, *_ in changes(units(SIZES), units(new))] == ["00AA", "00AB", "00AC"]
