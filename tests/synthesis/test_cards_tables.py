"""Cards as tables: long is wide turned, and the counts are those of the factors."""

from __future__ import annotations

from collections import Counter

import pytest

from evalkit.model.card import Card
from evalkit.synthesis.card_records import Record, project_record, reference_record
from evalkit.synthesis.card_tables import factor_counts, factor_rows, stated_values, wide
from evalkit.synthesis.tables import frame, to_csv
from evalkit.workspace.reference import base

CARDS = (
    Card(
        project="een", phase="implementation", levels=("micro", "meso"), ladder_rung=3,
        aspects=("time", "culture"), promoting_factors={"leadership": "de directie", "time": ""},
        hindering_factors={"workload": "te vol"},
    ),
    Card(project="twee", phase="implementation", ladder_rung=0, goal_reached="fully",
         promoting_factors={"leadership": ""}, hindering_factors={"leadership": "wissel"}),
    Card(project="drie", summary="Niets bekend."),
)  # fmt: skip


@pytest.fixture
def records() -> list[Record]:
    return [project_record(card) for card in CARDS]


def counted(records: list[Record]) -> dict[tuple[str, ...], tuple[int, int]]:
    return {
        (row.side.value, row.factor or row.category, row.by, row.value): (row.projects, row.out_of)
        for row in factor_counts(records)
    }


def test_the_wide_table_is_the_one_of_the_synthesis(records: list[Record]) -> None:
    assert to_csv(wide(records)) == to_csv(frame(CARDS, Card))


def test_the_long_table_has_a_row_for_each_value_that_is_known(records: list[Record]) -> None:
    rows = [(r.project, r.variable, r.code, r.remark) for r in stated_values(records)]
    assert ("een", "aspects", "culture", None) in rows
    assert ("een", "promoting_factors", "leadership", "de directie") in rows
    assert ("twee", "ladder_rung", "0", None) in rows
    assert [row for row in rows if row[0] == "drie"] == [("drie", "summary", None, None)]


def test_a_project_counts_once_and_under_each_of_its_levels(records: list[Record]) -> None:
    found = counted(records)
    assert found["promoting", "leadership", "all", "all"] == (2, 3)
    assert found["hindering", "leadership", "all", "all"] == (1, 3)
    assert found["promoting", "leadership", "phase", "implementation"] == (2, 2)
    assert found["promoting", "leadership", "phase", "unknown"] == (0, 1)
    assert found["promoting", "leadership", "level", "micro"] == (1, 1)
    assert found["promoting", "leadership", "level", "unknown"] == (1, 2)
    assert found["promoting", "leadership", "ladder_rung", "0"] == (1, 1)
    assert found["promoting", "time", "goal_reached", "fully"] == (0, 1)


@pytest.mark.parametrize("by", ["phase", "ladder_rung", "goal_reached"])
def test_the_counts_of_the_reference_add_up(by: str) -> None:
    records = [reference_record(card) for card in base().cards]
    rows = [row for row in factor_counts(records) if row.factor]
    whole = {(r.side, r.factor): r.projects for r in rows if r.by == "all"}
    parts: Counter[tuple[str, str | None]] = Counter()
    for row in rows:
        if row.by == by:
            parts[row.side, row.factor] += row.projects
    assert {key: n for key, n in parts.items() if n} == whole
    for side in ("promoting", "hindering"):
        ours = {f: n for (s, f), n in whole.items() if s == side}
        theirs = base().counts(f"{side}_factors")
        assert ours == theirs


def test_what_the_source_leaves_open_is_counted_as_unknown() -> None:
    open_one = reference_record(base().card("slimfit"))
    assert open_one.values["phase"] == ("initiation", "implementation")
    assert {row.phase for row in factor_rows([open_one])} == {None}
    phases = [row for row in stated_values([open_one]) if row.variable == "phase"]
    assert [(row.code, row.certain) for row in phases] == [
        ("initiation", False),
        ("implementation", False),
    ]
