"""The tables that go out: tidy CSV, a codebook, and a data package that describes them."""

from __future__ import annotations

import json
import types
import typing
from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
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
MOST_KNOWN = 1_000
"""Different texts of a column that are remembered while it is written: most columns repeat few."""
NO_FEATURES: Mapping[str, str] = types.MappingProxyType({})


FEATURE = "feature_"
"""What the name of the column of a feature of a project type starts with."""


def frame(rows: Sequence[BaseModel], model: type[BaseModel]) -> pd.DataFrame:
    """One column per field of the model, one row per instance; lists joined by ``; ``.

    In the place of ``features`` comes a column for each feature that occurs.
    """
    names = [name for name in model.model_fields if name != "features"]
    found = {name: [_cell(getattr(row, name)) for row in rows] for name in names}
    features = feature_columns(rows)
    for column in features:
        id = column.removeprefix(FEATURE)
        found[column] = [_cell(getattr(row, "features", {}).get(id)) for row in rows]
    return pd.DataFrame(found, columns=list(columns(model, features)), dtype=object)


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
    for row in rows:
        for id, value in getattr(row, "features", {}).items():
            word = isinstance(value, str) or found.get(f"{FEATURE}{id}") == "string"
            found[f"{FEATURE}{id}"] = "string" if word else "number"
    return dict(sorted(found.items()))


def to_csv(table: pd.DataFrame) -> bytes:
    """CSV in UTF-8: comma, point, full precision, empty for missing, TRUE and FALSE.

    Text that a spreadsheet would take for a formula has ``'`` before it.
    """
    plain = table.apply(_neutral).set_axis([neutral(str(name)) for name in table.columns], axis=1)
    return plain.to_csv(index=False, lineterminator="\n").encode("utf-8", "replace")


def _neutral(cells: pd.Series[Any]) -> pd.Series[Any]:
    if cells.dtype.kind in "biufM":
        return cells
    known: dict[str, str] = {}
    plain = []
    for cell in cells.tolist():
        if isinstance(cell, str):
            found = known.get(cell)
            if found is None:
                found = neutral(cell)
                if len(known) < MOST_KNOWN:
                    known[cell] = found
            cell = found
        plain.append(cell)
    return pd.Series(plain, index=cells.index, dtype=object)


def _cell(value: Any) -> Any:
    kind = type(value)
    if kind is str or kind is int or value is None:
        return value
    if kind is float:
        return repr(value)
    if isinstance(value, tuple):
        return LIST_SEPARATOR.join(str(_cell(part)) for part in value) or None
    if isinstance(value, dict):
        pairs = (f"{key}: {text}" if text else str(key) for key, text in value.items())
        return LIST_SEPARATOR.join(pairs) or None
    if isinstance(value, Text):
        return value.en
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return repr(value)
    return value


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
