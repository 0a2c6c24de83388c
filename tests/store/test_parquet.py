"""Rows that come column by column, as one Parquet file."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.store import parquet

TYPES = {"n": "integer", "x": "number", "yes": "boolean", "word": "string"}
DTYPES = {"n": "Int64", "x": "float64", "yes": "boolean", "word": "string"}

rows = st.lists(
    st.tuples(
        st.none() | st.integers(-(2**62), 2**62),
        st.none() | st.floats(allow_nan=False),
        st.none() | st.booleans(),
        st.none() | st.text(st.characters(exclude_categories=["Cs"])),
    ),
    max_size=6,
)


def cells_of(some: list[tuple[Any, ...]]) -> dict[str, list[Any]]:
    return {name: [row[at] for row in some] for at, name in enumerate(TYPES)}


@given(first=rows, then=rows)
def test_what_is_written_by_column_comes_back(
    tmp_path_factory: pytest.TempPathFactory, first: list[Any], then: list[Any]
) -> None:
    path = tmp_path_factory.getbasetemp() / "cells.parquet"
    count = parquet.write_cells([cells_of(first), cells_of(then)], TYPES, path)
    assert count == len(first) + len(then)
    found = pd.read_parquet(path)
    assert found.dtypes.astype(str).to_dict() == DTYPES
    for name, wanted in cells_of([*first, *then]).items():
        told = [None if pd.isna(cell) else cell for cell in found[name].tolist()]
        assert told == wanted


def test_a_table_without_rows_has_its_columns(tmp_path: Path) -> None:
    path = tmp_path / "empty.parquet"
    assert parquet.write_cells([], TYPES, path) == 0
    found = pd.read_parquet(path)
    assert found.dtypes.astype(str).to_dict() == DTYPES
    assert found.empty


def test_the_same_rows_are_the_same_bytes(tmp_path: Path) -> None:
    cells = {"n": [1, None], "x": [0.1, math.pi], "yes": [True, None], "word": ["a", "é"]}
    for name in ("one", "other"):
        parquet.write_cells([cells], TYPES, tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "other").read_bytes()


def test_a_number_in_a_column_of_words_is_a_word(tmp_path: Path) -> None:
    path = tmp_path / "words.parquet"
    parquet.write_cells([{"word": [1.5, "a", None]}], {"word": "string"}, path)
    found = pd.read_parquet(path)["word"]
    assert found.iloc[:2].tolist() == ["1.5", "a"]
    assert found.isna().tolist() == [False, False, True]


def test_what_no_number_can_be_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="cannot be kept"):
        parquet.write_cells([{"x": ["many"]}], {"x": "number"}, tmp_path / "x.parquet")
