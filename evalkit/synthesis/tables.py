"""The tables that go out: tidy CSV, a codebook, and a data package that describes them."""

from __future__ import annotations

import csv
import datetime as dt
import json
import re
import types
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import Enum
from functools import partial
from io import StringIO
from itertools import islice
from operator import attrgetter
from typing import Any

import pandas as pd
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from evalkit.model.card import Card
from evalkit.model.card_tables import FactorCount, FactorRow, StatedValue
from evalkit.model.effect import EffectSize, PooledEstimate
from evalkit.model.goals import GoalRow, LastingRow, PooledGoals
from evalkit.model.programme import LevelsEstimate, ModeratorRow, Refusal, SensitivityRow
from evalkit.model.registration import RegisteredRow
from evalkit.model.rows import AT_ONCE, Columns, Portions, Rows
from evalkit.model.safe_text import neutral
from evalkit.model.synthesis import ProcessRow
from evalkit.model.text import Text
from evalkit.model.wwc import WwcBaseline, WwcFinding, WwcOutcome, WwcSample

Tables = Mapping[str, type[BaseModel]]
"""Tables by name, and the models of their rows."""

TABLES: Tables = {
    "effects": EffectSize,
    "pooled": PooledEstimate,
    "process": ProcessRow,
    "moederbestand": Card,
    "moederbestand-long": StatedValue,
    "factors": FactorRow,
    "factor-counts": FactorCount,
    "goals": GoalRow,
    "goals-pooled": PooledGoals,
    "lasting": LastingRow,
    "registered": RegisteredRow,
    "sensitivity": SensitivityRow,
    "multilevel": LevelsEstimate,
    "moderators": ModeratorRow,
    "not_pooled": Refusal,
    "wwc-samples": WwcSample,
    "wwc-baseline": WwcBaseline,
    "wwc-outcomes": WwcOutcome,
    "wwc-findings": WwcFinding,
}
"""The tables and the models of their rows; a model's fields are the columns, in order."""

LIST_SEPARATOR = "; "
NO_FEATURES: Mapping[str, str] = types.MappingProxyType({})


FEATURE = "feature_"
"""What the name of the column of a feature of a project type starts with."""


def _features(rows: Iterable[BaseModel]) -> Iterable[Mapping[str, float | str]]:
    if isinstance(rows, Rows):
        return rows.column("features") if "features" in rows.model.model_fields else ()
    return (getattr(row, "features", {}) for row in rows)


Cells = Columns
"""Rows column by column: texts, numbers, truth values, and None for what is missing."""


def portions(
    rows: Iterable[BaseModel], model: type[BaseModel], features: Mapping[str, str] = NO_FEATURES
) -> Iterator[Cells]:
    """The cells of a table, ``AT_ONCE`` rows at a time: lists joined by ``; ``, terms as codes.

    Args:
        rows: the rows, which are instances of the model or have more fields than it.
        model: what the columns are; in the place of ``features`` come those of the features.
        features: the columns of features, as ``feature_columns`` gives them.
    """
    for values in _parts(rows):
        said = values("features") if "features" in model.model_fields else []
        yield {
            name: _cells(
                [one.get(name.removeprefix(FEATURE)) for one in said]
                if name in features
                else values(name)
            )
            for name in columns(model, features)
        }


def _parts(rows: Iterable[BaseModel]) -> Iterator[Callable[[str], list[Any]]]:
    """For each so many rows what gives the values of a field."""
    if isinstance(rows, Rows):
        for start in range(0, len(rows), AT_ONCE):
            stop = min(start + AT_ONCE, len(rows))
            yield partial(rows.column, start=start, stop=stop)
        return
    if isinstance(rows, Portions):
        yield from (cells.__getitem__ for cells in rows.parts())
        return
    left = iter(rows)
    while some := list(islice(left, AT_ONCE)):
        yield partial(_of_each, some)


def columns(model: type[BaseModel], features: Mapping[str, str]) -> dict[str, FieldInfo]:
    """The columns of a table by name, features in the place of ``features``."""
    found: dict[str, FieldInfo] = {}
    for name, field in model.model_fields.items():
        if name != "features":
            found[field.alias or name] = field
            continue
        for column, type in features.items():
            told = f"Feature of the project type: {column.removeprefix(FEATURE)}."
            found[column] = FieldInfo(annotation=_TYPES[type], description=told)
    return found


_TYPES: dict[str, Any] = {"number": float | None, "string": str | None}


def feature_columns(rows: Iterable[BaseModel]) -> dict[str, str]:
    """The columns of all features that occur, with their type: number, or string if any is not."""
    found: dict[str, str] = {}
    for features in _features(rows):
        for id, value in features.items():
            word = isinstance(value, str) or found.get(f"{FEATURE}{id}") == "string"
            found[f"{FEATURE}{id}"] = "string" if word else "number"
    return dict(sorted(found.items()))


def _of_each(rows: Sequence[BaseModel], name: str) -> list[Any]:
    return list(map(attrgetter(name), rows))


def frame(rows: Iterable[BaseModel], model: type[BaseModel]) -> pd.DataFrame:
    """A small table in one piece, as ``portions`` gives its cells."""
    given = rows if isinstance(rows, Sequence) else tuple(rows)
    features = feature_columns(given)
    parts = [pd.DataFrame(cells, dtype=object) for cells in portions(given, model, features)]
    empty = pd.DataFrame(columns=list(columns(model, features)), dtype=object)
    return pd.concat(parts, ignore_index=True) if parts else empty


def to_csv(table: pd.DataFrame) -> bytes:
    """CSV in UTF-8: comma, point, full precision, empty for missing, TRUE and FALSE.

    Text that a spreadsheet would take for a formula has ``'`` before it.
    """
    plain = table.apply(_neutral).set_axis([neutral(str(name)) for name in table.columns], axis=1)
    return plain.to_csv(index=False, lineterminator="\n").encode("utf-8", "replace")


def _neutral(cells: pd.Series[Any]) -> pd.Series[Any]:
    if cells.dtype.kind in "biufM":
        return cells
    return pd.Series(_words(cells.tolist()), index=cells.index, dtype=object)


def csv_head(names: Iterable[str]) -> bytes:
    """The first line of a table as ``to_csv`` writes it."""
    return _csv([[neutral(name) for name in names]])


def csv_lines(cells: Cells) -> bytes:
    """The lines of some rows as ``to_csv`` writes them."""
    if len(cells) == 1:  # An empty cell alone on its line is written otherwise.
        return _csv(zip(*map(_words, cells.values()), strict=True))
    lines = map(",".join, zip(*map(_texts, cells.values()), strict=True))
    return "".join(f"{line}\n" for line in lines).encode("utf-8", "replace")


def _csv(rows: Iterable[Iterable[Any]]) -> bytes:
    text = StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode("utf-8", "replace")


def _texts(cells: list[Any]) -> list[str]:
    """Cells as they stand in a CSV file, where they are not alone on their line."""
    kinds = set(map(type, cells))
    if kinds <= {int, type(None)} or kinds <= {float, type(None)}:
        return ["" if cell is None else repr(cell) for cell in cells]
    if not kinds <= {str, bool, type(None)}:
        return [_quoted(cell) for cell in _words(cells)]
    known = {cell: _quoted(word) for cell, word in _known_words(cells).items()}
    return list(map(known.__getitem__, cells))


def _quoted(cell: Any) -> str:
    text = "" if cell is None else str(cell)
    return '"' + text.replace('"', '""') + '"' if _SPECIAL.search(text) else text


_SPECIAL = re.compile('[",\r\n]')


def _words(cells: list[Any]) -> list[Any]:
    """Cells as a CSV file shows them; each different one is looked at once."""
    kinds = set(map(type, cells))
    if not kinds & {str, bool}:
        return cells
    if bool in kinds and kinds & {int, float}:  # As keys 1 and True are the same.
        return [_word(neutral(cell) if isinstance(cell, str) else cell) for cell in cells]
    return list(map(_known_words(cells).__getitem__, cells))


def _known_words(cells: list[Any]) -> dict[Any, Any]:
    return {c: neutral(c) if isinstance(c, str) else _word(c) for c in set(cells)}


def _cells(values: list[Any]) -> list[Any]:
    """Values of a field as cells; what is the same object is looked at once."""
    if set(map(type, values)) <= _PLAIN:
        return values
    ids = list(map(id, values))
    known = {id: _cell(value) for id, value in dict(zip(ids, values, strict=True)).items()}
    return list(map(known.__getitem__, ids))


_PLAIN = {str, int, float, bool, type(None)}


def _cell(value: Any) -> Any:
    if isinstance(value, tuple):
        return LIST_SEPARATOR.join(str(_word(_cell(part))) for part in value) or None
    if isinstance(value, dict):
        pairs = (f"{key}: {text}" if text else str(key) for key, text in value.items())
        return LIST_SEPARATOR.join(pairs) or None
    if isinstance(value, Text):
        return value.en
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, dt.date):
        return value.isoformat()
    return value


def _word(cell: Any) -> Any:
    return ("FALSE", "TRUE")[cell] if isinstance(cell, bool) else cell


def column_type(annotation: Any) -> str:
    """The Table Schema type of a field: string, integer, number or boolean."""
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        parts = [part for part in typing.get_args(annotation) if part is not type(None)]
        return column_type(parts[0])
    for kind, name in ((bool, "boolean"), (int, "integer"), (float, "number")):
        if isinstance(annotation, type) and issubclass(annotation, kind):
            return name
    return "string"


def column_types(model: type[BaseModel], features: Mapping[str, str]) -> dict[str, str]:
    """The Table Schema type of each column of a table."""
    described = columns(model, features).items()
    return {name: column_type(field.annotation) for name, field in described}


def _codes(annotation: Any) -> list[tuple[str, Text]]:
    """Codes and labels of a field that takes its value from a closed list."""
    for part in (annotation, *typing.get_args(annotation)):
        if isinstance(part, type) and issubclass(part, Enum):
            return [(str(member.value), member.label) for member in part]  # type: ignore[attr-defined]
    return []


def codebook(features: Mapping[str, str] = NO_FEATURES, tables: Tables = TABLES) -> pd.DataFrame:
    """Every column of every table: type, meaning, codes.

    Args:
        features: the columns of features, as ``feature_columns`` gives them.
        tables: the tables that it is about; by default all.
    """
    rows = []
    for table, model in tables.items():
        for name, field in columns(model, features).items():
            codes = _codes(field.annotation)
            english = [f"{code} = {label.en}" for code, label in codes]
            dutch = [f"{code} = {label.nl}" for code, label in codes]
            rows.append(
                {
                    "table": table,
                    "column": name,
                    "type": column_type(field.annotation),
                    "description": field.description,
                    "codes": LIST_SEPARATOR.join(english) or None,
                    "codes_nl": LIST_SEPARATOR.join(dutch) or None,
                }
            )
    return pd.DataFrame(rows)


_DESCRIPTION = (
    "Positive effects are better. Empty means unknown. Text that a spreadsheet would take for a "
    "formula has an apostrophe before it. See codebook.csv."
)


def data_package(
    version: str,
    features: Mapping[str, str] = NO_FEATURES,
    tables: Tables = TABLES,
    note: str = "",
) -> bytes:
    """``datapackage.json`` (Data Package v1) of the tables, with the type of each column.

    Args:
        version: hash of the tables.
        features: the columns of features, as ``feature_columns`` gives them.
        tables: the tables that it is about; by default all.
        note: what is said of them besides.
    """
    resources = [
        {
            "name": table,
            "path": f"{table}.csv",
            "profile": "tabular-data-resource",
            "format": "csv",
            "mediatype": "text/csv",
            "encoding": "utf-8",
            "schema": {"fields": _fields(model, features), "missingValues": [""]},
        }
        for table, model in tables.items()
    ]
    package = {
        "profile": "tabular-data-package",
        "name": "evalkit-synthesis",
        "title": "Effect sizes, pooled estimates and digital cards of all projects",
        "description": f"{_DESCRIPTION} {note}".rstrip(),
        "version": version,
        "resources": resources,
    }
    return (json.dumps(package, indent=2, ensure_ascii=False) + "\n").encode("utf-8")


def _fields(model: type[BaseModel], features: Mapping[str, str]) -> list[dict[str, Any]]:
    fields = []
    for name, field in columns(model, features).items():
        kind = column_type(field.annotation)
        described: dict[str, Any] = {
            "name": name,
            "type": kind,
            "description": field.description,
        }
        if kind == "boolean":
            described |= {"trueValues": ["TRUE"], "falseValues": ["FALSE"]}
        codes = [code for code, _ in _codes(field.annotation)]
        listed = typing.get_origin(field.annotation) is tuple
        if codes and not listed:
            described["constraints"] = {"enum": codes}
        fields.append(described)
    return fields
