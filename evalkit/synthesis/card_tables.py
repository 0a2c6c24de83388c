"""Tables of digital cards: the moederbestand, wide and long, and factors with their counts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import pandas as pd

from evalkit.library.card_words import label
from evalkit.library.factors import factors
from evalkit.model.card_tables import FactorCount, FactorRow, StatedValue
from evalkit.model.text import Text
from evalkit.model.vocabulary import Side
from evalkit.synthesis.card_records import CODED, SINGLE, VARIABLES, Record
from evalkit.synthesis.tables import LIST_SEPARATOR

UNKNOWN, ALL = "unknown", "all"
COUNTED_BY = ("phase", "level", "ladder_rung", "goal_reached")
"""What factors are counted by, besides over all cards."""


def wide(records: Iterable[Record]) -> pd.DataFrame:
    """The moederbestand with one row per card: codes, lists and possible values by ``; ``."""
    rows = [
        {"project": record.id, **{name: _cell(record, name) for name in VARIABLES}}
        for record in records
    ]
    return pd.DataFrame(rows, columns=["project", *VARIABLES], dtype=object)


def _cell(record: Record, name: str) -> Any:
    parts = []
    for value in record.values[name]:
        remark = _remark(record, name, value)
        parts.append(f"{value}: {remark}" if remark else _english(value))
    if name == "ladder_rung" and len(parts) == 1:
        return record.values[name][0]
    parts += map(_english, record.remarks.get((name, ""), ()))
    return LIST_SEPARATOR.join(filter(None, parts)) or None


def _english(value: Any) -> str:
    return "" if value is None else value.en if isinstance(value, Text) else str(value)


def _remark(record: Record, name: str, code: Any) -> str | None:
    found = record.remarks.get((name, code), ()) if isinstance(code, str) else ()
    return LIST_SEPARATOR.join(map(_english, found)) or None


def stated_values(records: Iterable[Record]) -> Iterator[StatedValue]:
    """The moederbestand with one row per value that a card states."""
    for record in records:
        for name in VARIABLES:
            values = record.values[name]
            for value in values:
                coded = name in CODED and value is not None
                yield StatedValue(
                    project=record.id,
                    variable=name,
                    code=str(value) if coded else None,
                    value=label(name, value).en,
                    remark=_remark(record, name, value),
                    certain=name not in SINGLE or len(values) == 1,
                )
            for text in record.remarks.get((name, ""), ()):
                yield StatedValue(project=record.id, variable=name, value=_english(text))


def factor_rows(records: Iterable[Record]) -> Iterator[FactorRow]:
    """One row per factor that a card names, on the side that it names it."""
    words = factors()
    known = {factor.id: factor for factor in words.factors}
    categories = {category.id: category.label for category in words.categories}
    for record in records:
        for side in Side:
            for code in record.values[f"{side.value}_factors"]:
                factor = known[code]
                yield FactorRow(
                    project=record.id,
                    factor=code,
                    label=factor.label,
                    side=side,
                    category=factor.category(side),
                    category_label=categories[factor.category(side)],
                    remark=_remark(record, f"{side.value}_factors", code),
                    phase=_certain(record, "phase"),
                    levels=record.values["levels"],
                    ladder_rung=_certain(record, "ladder_rung"),
                    goal_reached=_certain(record, "goal_reached"),
                )


def _certain(record: Record, name: str) -> Any:
    values = record.values[name]
    return values[0] if len(values) == 1 else None


def _groups(record: Record) -> Iterator[tuple[str, str]]:
    """What a card is counted under; a card on several levels under each of them."""
    yield ALL, ALL
    for by in COUNTED_BY:
        if by == "level":
            found = tuple(str(value) for value in record.values["levels"])
        else:
            value = _certain(record, by)
            found = () if value is None else (str(value),)
        for value in found or (UNKNOWN,):
            yield by, value


def factor_counts(records: Sequence[Record]) -> Iterator[FactorCount]:
    """In how many projects each factor and each category promoted or hindered.

    Only what at least one project names has rows; a value under which no project names it has a
    row with zero, so that the table is complete.
    """
    groups = {record.id: set(_groups(record)) for record in records}
    out_of: dict[tuple[str, str], set[str]] = {}
    for id, found in groups.items():
        for group in found:
            out_of.setdefault(group, set()).add(id)
    named: dict[tuple[Side, str, str | None], set[str]] = {}
    category_of = {(f.id, side): f.category(side) for f in factors().factors for side in Side}
    for record in records:
        for side in Side:
            for code in record.values[f"{side.value}_factors"]:
                for factor in (None, code):
                    key = (side, category_of[code, side], factor)
                    named.setdefault(key, set()).add(record.id)
    by_order = {by: i for i, by in enumerate((ALL, *COUNTED_BY))}
    for (side, category, factor), projects in sorted(
        named.items(), key=lambda pair: (pair[0][0], pair[0][1], pair[0][2] or "")
    ):
        for by, value in sorted(out_of, key=lambda group: (by_order[group[0]], group[1])):
            having = out_of[by, value]
            yield FactorCount(
                side=side,
                category=category,
                factor=factor,
                by=by,
                value=value,
                projects=len(projects & having),
                out_of=len(having),
            )
