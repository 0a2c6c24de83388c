"""Totals against a plain recomputation."""

from __future__ import annotations

import statistics

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.collect.checks import check_part
from evalkit.collect.summary import summarise
from evalkit.model.design import Design

from .filling import part_of, pupil


def test_totals_per_school_class_group_and_measure(design: Design) -> None:
    rows = [
        pupil(unit="1", core__language=10), pupil(unit="2", core__language=20),
        pupil(unit="3", arm="comparison", core__language=30, core__absence=None),
        pupil(unit="4", school="12AB01", arm=None, core__language=None, core__absence=4),
    ]  # fmt: skip
    frame = check_part(part_of(rows), design).frame
    totals = summarise(frame, ["core.absence", "core.language", "core.unknown"])
    assert list(totals) == ["school", "class", "arm", "measure", "n", "mean", "sd"]
    assert totals.drop(columns="sd").to_numpy().tolist() == [
        ["05KO", "5a", "comparison", "core.language", 1, 30.0],
        ["05KO", "5a", "intervention", "core.absence", 2, 2.0],
        ["05KO", "5a", "intervention", "core.language", 2, 15.0],
        ["12AB01", "5a", "intervention", "core.absence", 1, 4.0],
    ]
    assert totals["sd"].tolist()[1:3] == [0.0, pytest.approx(50**0.5)]
    assert totals["sd"].isna().tolist() == [True, False, False, True]


def test_rows_without_a_class_are_kept_and_nothing_gives_nothing() -> None:
    frame = pd.DataFrame({"school": ["05KO"], "class": pd.Series([None], dtype="str"),
                          "arm": ["intervention"], "x": [1.0]})  # fmt: skip
    assert summarise(frame, ["x"])["n"].tolist() == [1]
    assert summarise(frame, []).empty
    assert summarise(frame[:0], ["x"]).empty


@given(st.lists(st.tuples(st.sampled_from("AB"), st.none() | st.floats(-99, 99)), min_size=1))
def test_agrees_with_the_statistics_module(rows: list[tuple[str, float | None]]) -> None:
    frame = pd.DataFrame(rows, columns=["class", "x"]).astype({"x": float})
    totals = summarise(frame.assign(school="05KO", arm="intervention"), ["x"])
    for _, total in totals.iterrows():
        values = [x for name, x in rows if name == total["class"] and x is not None]
        assert total["n"] == len(values)
        assert total["mean"] == pytest.approx(statistics.mean(values), abs=1e-9)
        if len(values) > 1:
            assert total["sd"] == pytest.approx(statistics.stdev(values), abs=1e-6)
