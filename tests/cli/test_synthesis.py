"""What ``evalkit synthesize`` prints of the pooled estimates."""

from __future__ import annotations

from typing import Any

import pytest

from evalkit.cli.synthesis import show_pools
from evalkit.model.effect import PooledEstimate


def pooled(measure: str, wave: str = "post", **changes: Any) -> PooledEstimate:
    values: dict[str, Any] = {
        "measure": measure, "measure_version": "1.0", "wave": wave, "family": "g",
        "selection": "all", "k": 4, "projects": ("a", "b", "c", "d"), "method": "REML",
        "test": "knha", "estimate": 0.1, "se": 0.05, "ci_low": -0.0001, "ci_high": 0.2, "p": 0.05,
        "df": 3, "tau2": 0.01, "i2": 20.0, "q": 5.0, "q_p": 0.4, "pi_low": -0.1, "pi_high": 0.3,
    }  # fmt: skip
    return PooledEstimate(**(values | changes))


def lines(printed: str) -> list[list[str]]:
    """The cells of each row of the table."""
    return [
        [cell.strip() for cell in line.strip().split("  ") if cell.strip()]
        for line in printed.splitlines()
        if line.strip().startswith("fonds.")
    ]


def test_rows_can_be_told_apart_and_stand_in_order(capsys: pytest.CaptureFixture[str]) -> None:
    show_pools(
        [
            pooled("fonds.b", "post"),
            pooled("fonds.a", "post", family="lnRR", metrics=("ROM",)),
            pooled("fonds.a", "follow_up_1", family="lnRR", metrics=("ROM",)),
            pooled("fonds.a", "post", metrics=("COX",)),
            pooled("fonds.a", "post", selection="equivalent", metrics=("COX",)),
        ],
        "en",
    )
    rows = lines(capsys.readouterr().out)
    assert [row[:4] for row in rows] == [
        ["fonds.a", "follow_up_1", "log response ratio", "all"],
        ["fonds.a", "post", "Cox index", "all"],
        ["fonds.a", "post", "Cox index", "equivalent"],
        ["fonds.a", "post", "log response ratio", "all"],
        ["fonds.b", "post", "Hedges' g", "all"],
    ]
    assert rows[0][4:] == ["4", "+0.100", "0.000 … +0.200"]


def test_versions_are_named_where_there_are_more(capsys: pytest.CaptureFixture[str]) -> None:
    show_pools([pooled("fonds.a"), pooled("fonds.a", measure_version="2.0")], "nl")
    rows = lines(capsys.readouterr().out)
    assert [row[0] for row in rows] == ["fonds.a 1.0", "fonds.a 2.0"]
    assert rows[0][5] == "+0,100"


def test_an_interval_that_is_too_narrow_is_marked(capsys: pytest.CaptureFixture[str]) -> None:
    show_pools([pooled("fonds.a"), pooled("fonds.b", narrow=True)], "en")
    printed = capsys.readouterr().out
    assert [row[-1].endswith("*") for row in lines(printed)] == [False, True]
    assert "fixed_low" in printed
    show_pools([pooled("fonds.a")], "en")
    assert "fixed_low" not in capsys.readouterr().out
