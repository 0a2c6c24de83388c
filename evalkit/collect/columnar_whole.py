"""What is remarked on a large table as a whole: the checks of ``plausible``, in SQL."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from evalkit.collect.cells import typed
from evalkit.collect.columnar import Column, Rows
from evalkit.collect.columnar_cells import (
    Cells,
    Tally,
    canonical,
    cast_number,
    clean_number,
    has_blanks,
    key_of,
    read_number,
    right_text,
)
from evalkit.collect.columns import ColumnSpec, Role, scale_bounds
from evalkit.collect.parsing import THOUSANDS, numbers, texts
from evalkit.collect.plausible import (
    AGAINST,
    ALIKE,
    ENOUGH,
    FAR,
    ITEMS,
    NORMAL,
    PERSONS,
    ROUNDED,
    TELLING,
    THROUGHOUT,
    is_high_of_schools,
    on_one_scale,
    rounded,
    takes_thousands,
    worth,
)
from evalkit.collect.remarks import MOST_PER_COLUMN, Remarks
from evalkit.collect.scoring import GOAL_CORRELATION

Span = tuple[float, float]
"""Numbers above the first, up to and with the second."""

_MOST_CASES = 500
"""Different values that an expression spells out."""

_AT_ONCE = 12_000_000
"""Rows whose keys are compared in one go: 8 bytes each."""

_BINS = 1_000
_PICKED = 100_000


@dataclass(frozen=True)
class Said:
    """A remark on a column: on some of its rows, or on the whole."""

    code: str
    column: str
    values: Mapping[str, Any]
    rows: Sequence[int] | None = None


class Typed:
    """Expressions for the value of a cell, as the checks of single cells leave it.

    Args:
        cells: The columns.
        personal: Columns that are refused: empty.
        masked: Numbers that a mixed-up scale takes out, by column.
        few: All values of the columns that have few, by column.
        odd: Numbers in text that SQL does not read, by column.
        right: Columns of numbers in which nothing is wrong.
    """

    def __init__(
        self,
        cells: Cells,
        personal: frozenset[str],
        masked: Mapping[str, Span],
        few: Mapping[str, Mapping[Any, int]],
        odd: Mapping[str, Mapping[Any, Any]],
        right: Collection[str],
    ) -> None:
        self.cells, self.rows = cells, cells.rows
        self.personal, self.masked, self.few, self.odd = personal, masked, few, odd
        self.right = right
        self._known: dict[str, str] = {}

    def of(self, spec: ColumnSpec) -> str:
        """The value: a number for numbers and ratings, else text; empty where it is wrong."""
        if spec.name not in self._known:
            self._known[spec.name] = f"({self._made(spec)})"
        return self._known[spec.name]

    def _made(self, spec: ColumnSpec) -> str:
        if spec.name in self.personal or spec.name not in self.cells.sources:
            return "NULL::DOUBLE" if holds_numbers(spec) else "NULL::VARCHAR"
        column = self.cells.column(spec.name)
        if column.is_number and spec.name in self.right:
            return column.sql
        if spec.name in self.right:
            return cast_number(column)
        if column.is_number:
            right = clean_number(self.rows, column, spec)
            out = self._masks(spec, column.sql)
            return f"CASE WHEN {column.present} AND {right}{out} THEN {column.sql}::DOUBLE END"
        values = self.few.get(spec.name)
        if holds_numbers(spec):
            return self._read(spec, column)
        if values is not None:
            return self._spelled(spec, column, list(values))
        return canonical(self.rows, column) if has_blanks(self.rows, column) else column.sql

    def _read(self, spec: ColumnSpec, column: Column) -> str:
        """Numbers from text: those that are plainly written, and the odd ones one by one."""
        number = read_number(self.rows, column)
        right = right_text(self.rows, column, spec) + self._masks(spec, f"({number})")
        cases = [
            f"WHEN {column.sql} = {self.rows.bind(value)} THEN {self.rows.bind(meant)}::DOUBLE"
            for value, meant in self.odd.get(spec.name, {}).items()
        ]
        return f"CASE {' '.join(cases)} WHEN {right} THEN {number} END"

    def _masks(self, spec: ColumnSpec, value: str) -> str:
        if spec.name not in self.masked:
            return ""
        low, high = map(self.rows.bind, self.masked[spec.name])
        return f" AND NOT ({value} > {low} AND {value} <= {high})"

    def _spelled(self, spec: ColumnSpec, column: Column, values: list[Any]) -> str:
        text = texts(pd.Series(values, dtype=object))
        read = typed(spec, text, Tally(self.cells.part, self.cells.sources))
        kept = read.astype(object).where(read.notna(), None).tolist()
        other = [(v, k) for v, k in zip(values, kept, strict=True) if v != k and k is not None]
        wrong = [v for v, k in zip(values, kept, strict=True) if k is None]
        if len(other) > _MOST_CASES:
            return canonical(self.rows, column)
        bind, sql = self.rows.bind, column.sql
        cases = [f"WHEN {sql} = {bind(v)} THEN {bind(k)}" for v, k in other]
        if wrong:
            cases.insert(0, f"WHEN {self.rows.among(sql, wrong)} THEN NULL")
        return f"CASE {' '.join(cases)} ELSE {sql} END" if cases else sql


def holds_numbers(spec: ColumnSpec) -> bool:
    """Whether the values of a column are numbers once they are read."""
    rated = bool(spec.options) and isinstance(spec.options[0].value, float)
    return spec.kind == "number" or (spec.kind == "choice" and rated)


def without(text: pd.Series[Any], span: Span | None) -> pd.Series[Any]:
    """Text without the numbers that a mixed-up scale takes out."""
    if span is None:
        return text
    read, _ = numbers(text)
    return text.mask((read > span[0]) & (read <= span[1]), None)


# Rows that are there again


def repeats(rows: Rows, key: str, where: str) -> tuple[int, list[int], list[int]]:
    """How many rows have a key that was there before; the first of them, and what they repeat.

    Args:
        rows: The table.
        key: Expression for the hash of what is compared.
        where: Condition of the rows that are compared.
    """
    turns = -(-rows.count // _AT_ONCE)
    count, again = 0, np.empty(0, dtype=np.uint64)
    for turn in range(turns):
        part = f" AND ({key}) % {turns} = {turn}" if turns > 1 else ""
        most = rows.count if turns == 1 else rows.count // turns * 2
        hashes = rows.numbers(f"SELECT {key} FROM rows WHERE {where}{part}", most, "uint64")
        hashes.sort()
        more = hashes[1:][hashes[1:] == hashes[:-1]]
        count += len(more)
        again = np.unique(np.concatenate([again, more]))
        del hashes
    if not count:
        return 0, [], []
    if len(again) <= _PICKED:
        where = f"{where} AND {rows.among(key, again.tolist())}"
    limit = 200_000
    while True:
        sql = f"SELECT rn, {key} FROM rows WHERE {where} ORDER BY rn LIMIT {limit}"
        frame = pd.DataFrame(rows.all(sql), columns=["row", "key"])
        repeated = frame["key"].duplicated()
        if repeated.sum() >= MOST_PER_COLUMN or len(frame) < limit:
            break
        limit *= 4
    found = frame[repeated].head(MOST_PER_COLUMN)
    firsts = frame[frame["key"].isin(found["key"])].groupby("key")["row"].min()
    return count, found["row"].tolist(), firsts.tolist()


# What hardly can be


class Whole:
    """Remarks on a table as a whole, from the values of its cells."""

    def __init__(self, typed: Typed, specs: Sequence[ColumnSpec], remarks: Remarks) -> None:
        self.typed, self.rows, self.remarks = typed, typed.rows, remarks
        self.found = typed.cells.found
        self.here = [s for s in specs if s.name in typed.cells.sources and s.measure is not None]
        self.by_name = {spec.name: spec for spec in specs}

    def said(self) -> list[Said]:
        """All remarks, in the order of ``check_plausible``."""
        said: list[Said] = []
        for spec in self.here:
            if spec.kind == "number":
                said += self._thousands(spec)
                said += self._fractions(spec)
                said += self._outliers(spec)
        asked: dict[str, list[ColumnSpec]] = {}
        for spec in self.here:
            if spec.role is Role.item and spec.measure:
                asked.setdefault(spec.measure.id, []).append(spec)
        thoughtless = ""
        for group in on_one_scale(self.here):
            told, same = self._throughout(group)
            said += told
            thoughtless += f" AND ({same}) IS NOT TRUE"
        for columns in asked.values():
            said += self._straight(columns, thoughtless)
            said += self._turned(columns)
        said += self._alike([s for s in self.here if s.role in (Role.item, Role.value)])
        self._scores()
        return said

    def _shared(
        self, code: str, column: str, where: str, count: int | None = None, /, **values: Any
    ) -> list[Said]:
        if count is None:
            (count,) = self.rows.one(f"SELECT count(*) FILTER ({where}) FROM rows")
        if not count:
            return []
        # Hidden from the optimizer, which takes too long over many like conditions.
        rows = self.rows.first_rows(f"CASE WHEN {where} THEN true END", MOST_PER_COLUMN)
        self.found.add(key_of(code, column, values), count, rows)
        return [Said(code, column, values, rows)]

    def _thousands(self, spec: ColumnSpec) -> list[Said]:
        column = self.typed.cells.column(spec.name)
        if column.is_number or spec.name in self.typed.personal or not takes_thousands(spec):
            return []
        text = canonical(self.rows, column)
        whole = f"regexp_full_match({text}, {self.rows.bind(THOUSANDS)})"
        pointed = f"contains({text}, '.') AND NOT {whole}"
        found = f"count(*) FILTER ({whole}), count(*) FILTER ({pointed})"
        count, others = self.rows.one(f"SELECT {found} FROM rows")
        header = self.remarks.header(spec.name)
        if others:
            return []
        return self._shared("intake.thousands", spec.name, whole, count, column=header)

    def _fractions(self, spec: ColumnSpec) -> list[Said]:
        if (spec.minimum, spec.maximum) != (0.0, 100.0):
            return []
        value = self.typed.of(spec)
        broken = f"count(*) FILTER ({value} <> floor({value}))"
        ends = f"min({value}), max({value})"
        n, low, high, parts = self.rows.one(f"SELECT count({value}), {ends}, {broken} FROM rows")
        many = n >= ENOUGH and high <= 1 and parts * 2 >= n
        if not many and not (n and is_high_of_schools(spec) and low > 0 and high < 1):
            return []
        return [Said("intake.fractions", spec.name, {"column": self.remarks.header(spec.name)})]

    def _outliers(self, spec: ColumnSpec) -> list[Said]:
        if spec.maximum is not None:
            return []
        value = self.typed.of(spec)
        middle = median(self.rows, value, ENOUGH)
        if middle is None:
            return []
        centre = f"{self.rows.bind(middle)}::DOUBLE"
        spread = NORMAL * (median(self.rows, f"abs({value} - {centre})", ENOUGH) or 0.0)
        if spread <= 0:
            return []
        far = f"abs({value} - {centre}) > {self.rows.bind(FAR * spread)}::DOUBLE"
        named: dict[str, Any] = {"column": self.remarks.header(spec.name)}
        named["median"] = rounded(middle)
        return self._shared("intake.outliers", spec.name, far, **named)

    def _throughout(self, group: Sequence[ColumnSpec]) -> tuple[list[Said], str]:
        """Persons with one answer to all questions of a form, and the expression for them."""
        values = [self.typed.of(spec) for spec in group]
        listed = ", ".join(values)
        count = " + ".join(f"({value} IS NOT NULL)::INTEGER" for value in values)
        enough = f"({count}) >= {THROUGHOUT}"
        same = f"{enough} AND least({listed}) = greatest({listed})"
        sql = f"SELECT count(*) FILTER ({enough}), count(*) FILTER ({same}) FROM rows"
        able, alike = self.rows.one(sql)
        about: dict[str, Any] = {"share": f"{alike / max(able, 1):.0%}", "questions": len(group)}
        about |= {"first": group[0].label, "last": group[-1].label}
        return self._shared("intake.throughout", group[0].name, same, alike, **about), same

    def _straight(self, specs: Sequence[ColumnSpec], others: str) -> list[Said]:
        measure, entry = specs[0].measure, specs[0].entry
        assert measure is not None
        assert entry is not None
        names = [spec.name for spec in specs]
        pairs = zip(measure.columns, measure.items, strict=True)
        reverse = {item.reverse for name, item in pairs if name in names}
        if len(names) < ITEMS or len(reverse) < 2:
            return []
        values = [self.typed.of(spec) for spec in specs]
        whole = " AND ".join(f"{value} IS NOT NULL" for value in values)
        listed = ", ".join(values)
        same = f"{whole} AND least({listed}) = greatest({listed})"
        low, high = scale_bounds(entry.scale)
        if low is not None and high is not None:
            same += f" AND {values[0]} <> {self.rows.bind((low + high) / 2)}"
        same += others
        sql = f"SELECT count(*) FILTER ({whole}), count(*) FILTER ({same}) FROM rows"
        complete, alike = self.rows.one(sql)
        share = f"{alike / complete if complete else 0.0:.0%}"
        about: dict[str, Any] = {"measure": measure.label, "share": share}
        about["questions"] = len(names)
        return self._shared("intake.straight", names[0], same, alike, **about)

    def _turned(self, specs: Sequence[ColumnSpec]) -> list[Said]:
        measure, entry = specs[0].measure, specs[0].entry
        assert measure is not None
        assert entry is not None
        if len(specs) < 3 or measure.scoring != "mean":
            return []
        answers = self._answers(specs)
        if answers is None:
            return []
        complete = " AND ".join(f"{value} IS NOT NULL" for value in answers)
        total = f"({' + '.join(answers)})"
        sums = [f"sum({v}), sum({v} * {v}), sum({v} * {total})" for v in answers]
        asked = f"count(*), sum({total}), sum({total} * {total}), {', '.join(sums)}"
        n, *found = self.rows.one(f"SELECT {asked} FROM rows WHERE {complete}")
        if n < PERSONS:
            return []
        correlations = with_the_rest(n, [float(value) for value in found])
        pairs = zip(specs, correlations, strict=True)
        against = [(spec, r) for spec, r in pairs if r is not None and r < AGAINST]
        if None in correlations:
            return []
        if 2 * len(against) >= len(specs):
            return []
        return [
            Said("intake.turned", spec.name, {"question": spec.label, "r": rounded(r)})
            for spec, r in against
        ]

    def _answers(self, specs: Sequence[ColumnSpec]) -> list[str] | None:
        """Answers with the reverse ones turned; none if they cannot be."""
        measure, entry = specs[0].measure, specs[0].entry
        assert measure is not None
        assert entry is not None
        low, high = scale_bounds(entry.scale)
        reverse = {
            n for n, item in zip(measure.columns, measure.items, strict=True) if item.reverse
        }
        if reverse & {spec.name for spec in specs} and (low is None or high is None):
            return None
        return [
            f"({self.rows.bind((low or 0.0) + (high or 0.0))}::DOUBLE - {self.typed.of(spec)})"
            if spec.name in reverse
            else f"{self.typed.of(spec)}::DOUBLE"
            for spec in specs
        ]

    def _alike(self, specs: Sequence[ColumnSpec]) -> list[Said]:
        numeric = [self.typed.of(spec) for spec in specs if holds_numbers(spec)]
        if len(specs) < ALIKE or "unit" not in self.typed.cells.sources or not numeric:
            return []
        values = [self.typed.of(spec) for spec in specs]
        school = self.typed.of(self.by_name["school"])
        answered = " + ".join(f"({value} IS NOT NULL)::INTEGER" for value in values)
        listed = ", ".join(numeric)
        able = f"{school} IS NOT NULL AND least({listed}) < greatest({listed})"
        able += f" AND {answered} >= {ALIKE}"
        pairs = zip(values, specs, strict=True)
        told = " + ".join(f"({value} IS NOT NULL)::INTEGER * {worth(s)}" for value, s in pairs)
        able += f" AND {told} >= {TELLING}"
        key = f"hash({school}, {', '.join(values)})"
        count, rows, _ = repeats(self.rows, key, able)
        if not count:
            return []
        about = {"values": ALIKE}
        self.found.add(key_of("intake.alike", "unit", about), count, rows)
        return [Said("intake.alike", "unit", about, rows)]

    def _scores(self) -> None:
        """Count scores that are not those of the items beside them; they are named row by row."""
        for spec in self.here:
            if spec.role is not Role.score or spec.measure is None:
                continue
            items = [s for s in self.here if s.name in spec.measure.columns and s is not spec]
            scored = self._score(spec, items) if items else None
            if scored is not None:
                apart = f"abs({self.typed.of(spec)} - ({scored})) > {ROUNDED}"
                self._shared("intake.score_apart", spec.name, apart, measure=spec.label)

    def _score(self, spec: ColumnSpec, items: Sequence[ColumnSpec]) -> str | None:
        """Expression for ``score``; none where it is empty throughout."""
        assert spec.measure is not None
        count = " + ".join(f"({self.typed.of(item)} IS NOT NULL)::INTEGER" for item in items)
        if spec.measure.scoring == "attainment":
            return self._attainment(spec, items)
        answers = self._answers(items)
        if answers is None:
            return None
        total = " + ".join(f"coalesce({value}, 0)" for value in answers)
        enough = f"2 * ({count}) >= {len(spec.measure.items)}"
        return f"CASE WHEN {enough} THEN ({total}) / nullif({count}, 0) END"

    def _attainment(self, spec: ColumnSpec, items: Sequence[ColumnSpec]) -> str:
        assert spec.measure is not None
        pairs = zip(spec.measure.columns, spec.measure.items, strict=True)
        weights = {name: float(item.weight) for name, item in pairs}
        terms = [(self.typed.of(item), self.rows.bind(weights[item.name])) for item in items]
        total = " + ".join(f"coalesce({value}, 0) * {weight}" for value, weight in terms)
        there = [f"({value} IS NOT NULL)::INTEGER * {weight}" for value, weight in terms]
        sums, squares = (
            " + ".join(there),
            " + ".join(
                f"{part} * {weight}" for part, (_, weight) in zip(there, terms, strict=True)
            ),
        )
        rho = GOAL_CORRELATION
        spread = f"sqrt({1 - rho} * ({squares}) + {rho} * ({sums}) * ({sums}))"
        return f"50 + 10 * ({total}) / nullif({spread}, 0)"


def with_the_rest(n: int, sums: Sequence[float]) -> list[float | None]:
    """The correlation of each answer with the total of the others; none without spread.

    Args:
        n: Persons.
        sums: Of the total and its square; then of each answer, its square, and it times the total.
    """
    total, total_squares, *rest = sums
    spread_total = total_squares - total * total / n
    found: list[float | None] = []
    for one, squares, product in zip(rest[::3], rest[1::3], rest[2::3], strict=True):
        spread = squares - one * one / n
        shared = product - one * total / n
        others = spread_total + spread - 2 * shared
        whole = spread > 1e-12 * squares
        if not whole:
            found.append(None)
        else:
            found.append((shared - spread) / (spread * others) ** 0.5 if others > 0 else 0.0)
    return found


def median(rows: Rows, value: str, least: int) -> float | None:
    """The median of an expression, exactly, in as little memory as one bin of its values.

    None where there are fewer than ``least`` values.
    """
    ends = f"SELECT count({value}), min({value}), max({value}) FROM rows"
    n, low, high = rows.one(ends)
    if n < least:
        return None
    first, second, below = (n - 1) // 2, n // 2, 0
    there = n
    while low < high and there > _PICKED:
        start, width = rows.bind(low), rows.bind(float(high - low))
        number = f"least(floor(({value} - {start}) / {width} * {_BINS}), {_BINS - 1})"
        within = f"{value} >= {start} AND {value} <= {rows.bind(high)}"
        bins = rows.all(
            f"SELECT {number} AS bin, count(*), min({value}), max({value}) FROM rows "
            f"WHERE {within} GROUP BY ALL ORDER BY bin"
        )
        ends_at = below + np.cumsum([count for _, count, _, _ in bins])
        one, other = (int(np.searchsorted(ends_at, k, side="right")) for k in (first, second))
        if one != other:
            return float(bins[one][3] + bins[other][2]) / 2
        _, there, low, high = bins[one]
        below = int(ends_at[one]) - there
    if low == high:
        return float(low)
    within = f"{value} >= {rows.bind(low)} AND {value} <= {rows.bind(high)}"
    found = np.sort(rows.numbers(f"SELECT {value} FROM rows WHERE {within}", there, "float64"))
    return float(found[first - below] + found[second - below]) / 2
