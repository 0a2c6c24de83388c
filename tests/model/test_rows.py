"""Rows kept column by column are the rows that went in."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from functools import cached_property

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from evalkit.model.base import Model, computed
from evalkit.model.rows import (
    Columns,
    Portions,
    Rows,
    by_column,
    picked,
    take,
    transposed,
    values,
)
from evalkit.model.vocabulary import Level

numbers = st.none() | st.floats(allow_nan=False, allow_infinity=False)


class One(Model):
    """A row with one field of each sort."""

    name: str = Field(description="A text.")
    value: float | None = Field(None, description="A number.")
    exact: float = Field(0.0, description="A number that is never missing.")
    count: int | None = Field(None, description="A whole number.")
    shown: bool = Field(True, description="Yes or no.")
    level: Level | None = Field(None, description="A term.")
    levels: tuple[Level, ...] = Field((), description="Terms.")
    features: dict[str, float | str] = Field(default_factory=dict, description="Anything.")


def ones() -> st.SearchStrategy[One]:
    return st.builds(
        One,
        name=st.sampled_from(("a", "b", "c")),
        value=numbers,
        exact=st.floats(allow_nan=False, allow_infinity=False),
        count=st.none() | st.integers(),
        shown=st.booleans(),
        level=st.none() | st.sampled_from(Level),
        levels=st.lists(st.sampled_from(Level), max_size=3).map(tuple),
        features=st.dictionaries(st.sampled_from("xy"), st.just("word") | st.just(1.5)),
    )


@given(st.lists(ones(), max_size=8), st.lists(ones(), max_size=8))
def test_what_comes_out_is_what_went_in(first: list[One], then: list[One]) -> None:
    rows, more = Rows(One, first), Rows(One, then)
    rows.join(pickle.loads(pickle.dumps(more)))
    whole = [*first, *then]
    assert list(rows) == whole
    assert rows == whole
    assert rows == Rows(One, whole)
    assert len(rows) == len(whole)
    assert rows[1:3] == whole[1:3]
    assert [rows[at] for at in range(-len(whole), len(whole))] == [*whole, *whole]
    places = list(range(len(whole)))[::-2]
    assert take(rows, places) == take(whole, places)
    for name in One.model_fields:
        assert values(rows, name) == values(whole, name)
    some = [(row.name, row.value) for row in whole]
    assert list(picked(rows, ("name", "value"))) == list(picked(whole, ("name", "value"))) == some
    assert [One.model_validate(row.model_dump()) for row in rows] == whole


def test_a_row_that_differs_makes_other_rows() -> None:
    assert Rows(One, [One(name="a")]) != Rows(One, [One(name="b")])
    assert Rows(One, [One(name="a")]) != (One(name="a"), One(name="a"))
    with pytest.raises(IndexError):
        Rows(One)[0]


def test_no_number_that_is_none_gets_in() -> None:
    for value in (float("nan"), float("inf")):
        with pytest.raises(ValueError, match="finite"):
            Rows(One, [computed(One, {"name": "a", "value": value})])


def test_a_computed_row_is_as_one_that_was_validated() -> None:
    said = {"name": "a", "count": 3, "levels": (Level.micro,)}
    assert computed(One, said) == One(**said)
    assert computed(One, said).model_dump() == One(**said).model_dump()


@given(st.lists(ones(), min_size=1, max_size=8), st.data())
def test_cells_are_changed_in_a_copy(before: list[One], data: st.DataObject) -> None:
    rows = Rows(One, before)
    places = data.draw(st.sets(st.integers(0, len(before) - 1)))
    new = dict.fromkeys(places, (Level.macro,))
    values_ = dict.fromkeys(places, 7.5)
    after = rows.changed("levels", new).changed("value", values_)
    assert list(rows) == before
    assert list(after) == [
        one.model_copy(update={"levels": (Level.macro,), "value": 7.5}) if at in places else one
        for at, one in enumerate(before)
    ]


@given(st.lists(ones(), min_size=1, max_size=5))
def test_rows_can_be_had_with_other_values(whole: list[One]) -> None:
    rows = Rows(One, whole)
    bare = rows.without(("value", "level"))
    assert list(bare) == [row.model_copy(update={"value": None, "level": None}) for row in whole]
    told = rows.changed("name", {0: "other"})
    assert list(told) == [whole[0].model_copy(update={"name": "other"}), *whole[1:]]
    assert list(rows) == whole


@given(st.lists(ones(), max_size=8), st.integers(1, 3))
def test_rows_made_by_column_are_rows(some: list[One], size: int) -> None:
    names = ("name", "value", "exact", "count", "shown", "level", "levels", "features")

    def made(of: list[One]) -> Iterator[Columns]:
        for start in range(0, len(of), size):
            yield from by_column(of[start : start + size], names)

    rows = Portions(One, made, some)
    assert list(rows) == list(rows) == some
    assert [name for cells in rows.parts() for name in cells["name"]] == [one.name for one in some]
    tuples = (tuple(getattr(one, name) for name in names) for one in some)
    assert list(Portions(One, transposed, names, tuples)) == some


def test_what_was_worked_out_is_worked_out_anew_in_a_copy() -> None:
    class Pair(Model):
        one: int
        other: int

        @cached_property
        def total(self) -> int:
            return self.one + self.other

    pair = Pair(one=1, other=2)
    assert pair.total == 3
    copied = pair.model_copy(update={"other": 5})
    assert copied.total == 6
    assert copied == Pair(one=1, other=5)
    assert copied.model_dump() == {"one": 1, "other": 5}
