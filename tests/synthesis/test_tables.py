"""Tables that go out: one column per field, plain cells, and what describes them."""

from __future__ import annotations

import io
import json
import typing

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from evalkit.model.base import Model
from evalkit.model.card import Card
from evalkit.model.effect import EffectSize
from evalkit.model.safe_text import restored
from evalkit.model.vocabulary import Kind, Level
from evalkit.synthesis.tables import (
    LIST_SEPARATOR,
    TABLES,
    codebook,
    column_type,
    columns,
    csv_head,
    csv_lines,
    data_package,
    frame,
    to_csv,
)

from .frames import repeatable


class Row(Model):
    """A row with one field of each sort."""

    name: str | None = Field(None, description="A text.")
    count: int | None = Field(None, description="A whole number.")
    value: float | None = Field(None, description="A number.")
    shown: bool = Field(True, description="Yes or no.")
    kind: Kind | None = Field(None, description="A term.")
    levels: tuple[Level, ...] = Field((), description="Terms.")


def csv_of(*rows: Row) -> str:
    return to_csv(frame(rows, Row)).decode("utf-8")


def test_cells_are_plain() -> None:
    row = Row(
        name="één", count=3, value=0.1, shown=False, kind=Kind.side_effect,
        levels=(Level.micro, Level.meso),
    )  # fmt: skip
    assert csv_of(row, Row()) == (
        "name,count,value,shown,kind,levels\néén,3,0.1,FALSE,side_effect,micro; meso\n,,,TRUE,,\n"
    )


texts = st.text(st.characters(exclude_categories=["Cc", "Cs"]))
cells = st.none() | st.booleans() | texts | st.sampled_from(("=1+1", 'a "b", c', "x\ny", ""))


@repeatable
@given(
    st.lists(st.tuples(cells, cells, st.none() | st.integers(), st.none() | st.floats(-1e9, 1e9)))
)
def test_lines_are_those_of_the_whole_table(rows: list[tuple[typing.Any, ...]]) -> None:
    whole = pd.DataFrame(rows, columns=list("abcd"), dtype=object)
    head = csv_head("abcd")
    lines = csv_lines({name: whole[name].tolist() for name in whole})
    assert head + lines == to_csv(whole)


def test_a_table_without_rows_still_has_its_columns() -> None:
    assert csv_of() == "name,count,value,shown,kind,levels\n"
    for model in TABLES.values():
        assert list(frame((), model).columns) == list(columns(model, {}))


def test_whole_numbers_stay_whole_beside_missing_ones() -> None:
    assert csv_of(Row(count=1), Row(), Row(count=2)).splitlines()[1:] == [
        ",1,,TRUE,,", ",,,TRUE,,", ",2,,TRUE,,",
    ]  # fmt: skip


@repeatable
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=20))
def test_numbers_come_back_exactly(values: list[float]) -> None:
    csv = to_csv(frame([Row(value=value) for value in values], Row))
    back = [float(cell) for cell in pd.read_csv(io.BytesIO(csv), dtype=str)["value"]]
    assert [value.hex() for value in back] == [value.hex() for value in values]


texts = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\u2028\u2029"), min_size=1
).filter(lambda text: text.strip() == text)


@repeatable
@given(st.lists(texts | st.just('a "b", c\n;'), min_size=1, max_size=8))
def test_texts_come_back_exactly(values: list[str]) -> None:
    rows = [Row(name=value) for value in values]
    csv = to_csv(frame(rows, Row))
    back = pd.read_csv(io.BytesIO(csv), keep_default_na=False, dtype=str)["name"]
    assert [restored(cell) for cell in back] == [row.name for row in rows]


@pytest.mark.parametrize(
    ("annotation", "kind"),
    [
        (str, "string"),
        (str | None, "string"),
        (int, "integer"),
        (int | None, "integer"),
        (typing.Optional[float], "number"),  # noqa: UP045 - models may be written so
        (bool, "boolean"),
        (Kind, "string"),
        (Kind | None, "string"),
        (tuple[Level, ...], "string"),
        (typing.Annotated[str, "an id"], "string"),
    ],
)
def test_types_of_columns(annotation: object, kind: str) -> None:
    assert column_type(annotation) == kind


def test_every_column_has_one_entry_in_the_codebook() -> None:
    book = codebook()
    told = [(table, name) for table, model in TABLES.items() for name in columns(model, {})]
    assert list(zip(book["table"], book["column"], strict=True)) == told
    assert book["description"].str.endswith(".").all()
    kinds = {name: column_type(f.annotation) for name, f in columns(EffectSize, {}).items()}
    effects = book[book["table"] == "effects"].set_index("column")
    assert effects["type"].to_dict() == kinds
    assert (kinds["yi"], kinds["n_t"], kinds["pooled"]) == ("number", "integer", "boolean")


def test_codes_are_explained() -> None:
    book = codebook().set_index(["table", "column"])["codes"]
    sector = book["effects", "sector"].split(LIST_SEPARATOR)
    assert "po = primary education" in sector
    assert len(sector) == 8
    assert "micro = " in book["moederbestand", "levels"]
    assert pd.isna(book["effects", "yi"])


def test_the_package_describes_the_files_as_they_are() -> None:
    package = json.loads(data_package("abc"))
    assert package["version"] == "abc"
    assert package["profile"] == "tabular-data-package"
    described = {resource["name"]: resource for resource in package["resources"]}
    assert set(described) == set(TABLES)
    for table, model in TABLES.items():
        fields = {f["name"]: f for f in described[table]["schema"]["fields"]}
        assert list(fields) == list(columns(model, {}))
        assert described[table]["path"] == f"{table}.csv"
        assert described[table]["schema"]["missingValues"] == [""]
    effects = {f["name"]: f for f in described["effects"]["schema"]["fields"]}
    assert effects["pooled"]["trueValues"] == ["TRUE"]
    assert effects["baseline"]["constraints"]["enum"] == ["proven", "late", "absent"]
    cards = {f["name"]: f for f in described["moederbestand"]["schema"]["fields"]}
    assert "constraints" not in cards["levels"]  # A list of codes is not one of them.
    assert list(Card.model_fields) == list(cards)


def test_the_same_tables_are_the_same_bytes() -> None:
    rows = [Row(name="a", value=1 / 3), Row(count=2)]
    assert to_csv(frame(rows, Row)) == to_csv(frame(rows, Row))
    assert data_package("x") == data_package("x")
