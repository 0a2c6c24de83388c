"""Cells of a large table that may be wrong: found with SQL, judged by the checks of all files.

SQL lets pass what is certainly right. What is left goes through ``typed``, each different value
once, and counts for all the cells that hold it; so a code means the same here as elsewhere.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from evalkit.collect.cells import typed
from evalkit.collect.columnar import BLANKS, HIDDEN, SHOWN, Column, Rows, spread
from evalkit.collect.columns import ColumnSpec
from evalkit.collect.delivery import Origin, Part
from evalkit.collect.parsing import texts, without_marks
from evalkit.collect.privacy import in_free_text
from evalkit.collect.remarks import MOST_PER_COLUMN, Remarks

FEW_VALUES = 5_000
"""Different values of a column of which all are kept; of more only a sample is."""

SAMPLE = 50_000
"""Cells of a column with many values that its shares are judged by."""

_PLAIN_NUMBER = r"[+-]?([0-9]+([.,][0-9]*)?|[.,][0-9]+)"
_PERSONAL_WORDS = (
    r"(?i)[@0-9]|naam|heet|genaamd|name is|called|groet|juf|meester|mevrouw|meneer|mw|dhr|mrs?|ms"
    r"|miss"
)
"""What every text holds that ``in_free_text`` finds something in."""

Key = tuple[str, str, str]


def key_of(code: str, column: str, values: Mapping[str, Any]) -> Key:
    """What findings have in common that are counted together."""
    same = {name: value for name, value in values.items() if not isinstance(value, pd.Series)}
    return code, column, repr(sorted(same.items(), key=lambda pair: pair[0]))


@dataclass
class Found:
    """What is wrong in the cells of a table: how often, and where first."""

    counts: Counter[Key] = field(default_factory=Counter)
    rows: dict[Key, list[int]] = field(default_factory=dict)

    def add(self, key: Key, count: int, rows: Iterable[int]) -> None:
        """Count cells, and keep the first of their rows."""
        if count:
            self.counts[key] += count
            self.rows[key] = sorted({*self.rows.get(key, ()), *rows})[:MOST_PER_COLUMN]

    def first_rows(self) -> set[int]:
        """Row numbers that a finding may name."""
        return {row for rows in self.rows.values() for row in rows}


class Tally(Remarks):
    """Takes down which values are wrong, without wording it."""

    def __init__(self, part: Part, sources: Mapping[str, str]) -> None:
        super().__init__(part, sources)
        self.hits: list[tuple[Key, np.ndarray[Any, Any]]] = []

    def cells(self, code: str, column: str, wrong: pd.Series[bool], /, **values: Any) -> None:
        """Take down where ``wrong`` is true."""
        positions = np.flatnonzero(wrong.to_numpy(dtype=bool))
        if len(positions):
            self.hits.append((key_of(code, column, values), positions))


class Cells:
    """Looks for wrong cells, one column at a time.

    Args:
        rows: The table.
        part: The part the table is; its frame is not looked at.
        sources: Canonical column to the column of the file.
        found: What is wrong is added to this.
    """

    def __init__(self, rows: Rows, part: Part, sources: Mapping[str, str], found: Found) -> None:
        self.rows, self.part, self.sources, self.found = rows, part, sources, found

    def column(self, name: str) -> Column:
        """The column of the file that a canonical one is read from."""
        return self.rows.columns[self.sources[name]]

    def judge(self, spec: ColumnSpec, values: Mapping[Any, int]) -> pd.Series[Any]:
        """Judge different values, each with its number of cells; gives them typed.

        Args:
            spec: Their column.
            values: As the file has them.
        """
        raw = list(values)
        text = texts(pd.Series(raw, dtype=object))
        tally = Tally(self._of_values(len(raw)), self.sources)
        if spec.kind == "text" and not spec.is_identity:
            for what, where in in_free_text(text):
                tally.cells("intake.text_personal", spec.name, where, what=what)
        kept = typed(spec, text, tally)
        sql = self.column(spec.name).sql
        for key, positions in tally.hits:
            wrong = [raw[position] for position in positions.tolist()]
            count = sum(values[value] for value in wrong)
            condition = self.rows.among(sql, wrong)
            self.found.add(key, count, self.rows.first_rows(condition, MOST_PER_COLUMN))
        return kept

    def missing(
        self,
        spec: ColumnSpec,
        header: str,
        values: Mapping[Any, int] | None = None,
        *,
        plain: bool = False,
    ) -> None:
        """Count the empty cells of a required column.

        Args:
            spec: The column.
            header: Its header in the file.
            values: All that it holds, if that is known.
            plain: Whether it is known to hold no blank text.
        """
        column = self.column(spec.name)
        where = f"{column.sql} IS NULL"
        if values is None and not plain:
            blank = f"NOT regexp_matches({column.sql}, {self.rows.bind(SHOWN)})"
            where += f" OR CASE WHEN {not_fine(self.rows, column)} THEN {blank} ELSE false END"
        elif values is not None:
            text = texts(pd.Series(list(values), dtype=object))
            blanks = [v for v, empty in zip(values, text.isna(), strict=True) if empty]
            where += f" OR {self.rows.among(column.sql, blanks)}" if blanks else ""
        (count,) = self.rows.one(f"SELECT count(*) FILTER ({where}) FROM rows")
        if count:
            key = key_of("intake.required", spec.name, {"column": header})
            self.found.add(key, count, self.rows.first_rows(where, MOST_PER_COLUMN))

    def _of_values(self, count: int) -> Part:
        origin = Origin(self.part.origin.file, np.arange(count), headers=self.part.origin.headers)
        return replace(self.part, frame=pd.DataFrame(index=range(count)), origin=origin)


# Values of a column


def counted(rows: Rows, column: Column, where: str | None = None) -> Iterator[dict[Any, int]]:
    """Different values of a column with their number of cells, some at a time; not the empty."""
    condition = column.present + (f" AND ({where})" if where else "")
    sql = f"SELECT {column.sql}, count(*) FROM rows WHERE {condition} GROUP BY ALL"
    for chunk in rows.chunks(sql):
        yield dict(chunk)


def few_values(rows: Rows, column: Column) -> dict[Any, int] | None:
    """All different values of a column with their number of cells; none if there are many."""
    (about,) = rows.one(f"SELECT approx_count_distinct({column.sql}) FROM rows")
    if about > 2 * FEW_VALUES:
        return None
    found = {value: count for chunk in counted(rows, column) for value, count in chunk.items()}
    return found if len(found) <= FEW_VALUES else None


def sample(rows: Rows, column: Column, present: int | None = None) -> list[Any]:
    """Cells of a column that are not empty: all, or about ``SAMPLE`` of them, drawn by row.

    Args:
        rows: The table.
        column: The column.
        present: How many of its cells are not empty, if that is known.
    """
    if present is None:
        (present,) = rows.one(f"SELECT count(*) FILTER ({column.present}) FROM rows")
    each = max(1, present // SAMPLE)
    drawn = f" AND hash(rn) % {each} = 0" if each > 1 else ""
    sql = f"SELECT {column.sql} FROM rows WHERE {column.present}{drawn}"
    return [value for (value,) in rows.all(sql)]


def shown(values: Mapping[Any, int] | Sequence[Any]) -> pd.Series[Any]:
    """Text of the cells of a column, for what is judged by shares."""
    cells = spread(values, SAMPLE) if isinstance(values, Mapping) else list(values)
    return texts(pd.Series(cells, dtype=object))


def holds_values(values: Iterable[Any]) -> bool:
    """Whether there is more than marks for no value."""
    return bool(without_marks(texts(pd.Series(list(values), dtype=object))).notna().any())


# Conditions


def clean_number(rows: Rows, column: Column, spec: ColumnSpec) -> str:
    """Condition: a number that is certainly right in its column."""
    value = column.sql
    if spec.options:
        allowed = sorted(float(option.value) for option in spec.options)
        if not column.is_whole:
            return f"{value} IN {rows.listed(allowed)}"
        # Compared as whole numbers, which is a good deal faster.
        wholes = [int(number) for number in allowed if number.is_integer()]
        if wholes and wholes == list(range(wholes[0], wholes[-1] + 1)):
            return f"{value} BETWEEN {rows.bind(wholes[0])} AND {rows.bind(wholes[-1])}"
        return f"{value} IN {rows.listed(wholes or [None])}"
    return right_number(rows, spec, value, not column.is_whole)


def right_number(rows: Rows, spec: ColumnSpec, value: str, may_be_broken: bool = True) -> str:
    """Condition: a number is finite, within its bounds, and whole where it must be.

    Args:
        rows: The table.
        spec: The column of the form.
        value: Expression for the number.
        may_be_broken: Whether it can be anything else than whole.
    """
    conditions = [f"isfinite({value})"] if may_be_broken else ["true"]
    for sign, bound in ((">=", spec.minimum), ("<=", spec.maximum)):
        if bound is not None:
            exact = not may_be_broken and float(bound).is_integer()
            conditions.append(f"{value} {sign} {rows.bind(int(bound) if exact else bound)}")
    if spec.whole and may_be_broken:
        conditions.append(f"{value} = floor({value})")
    return " AND ".join(conditions)


def read_number(rows: Rows, column: Column) -> str:
    """Expression: the number in a cell of text that is plainly one; empty otherwise."""
    plain = f"regexp_full_match({column.sql}, {rows.bind(_PLAIN_NUMBER)})"
    return f"CASE WHEN {plain} THEN {cast_number(column)} END"


def cast_number(column: Column) -> str:
    """Expression: the number in a cell of text that is known to hold one."""
    return f"TRY_CAST(replace({column.sql}, ',', '.') AS DOUBLE)"


def right_text(rows: Rows, column: Column, spec: ColumnSpec) -> str:
    """Condition: text that is plainly a number, and a right one."""
    number = f"({read_number(rows, column)})"
    if spec.options:
        allowed = [float(option.value) for option in spec.options]
        return f"coalesce({number} IN {rows.listed(allowed)}, false)"
    return f"coalesce({right_number(rows, spec, number)}, false)"


def is_plain(value: Any) -> bool:
    """Whether ``read_number`` reads it."""
    return isinstance(value, str) and re.fullmatch(_PLAIN_NUMBER, value) is not None


def suspects(rows: Rows, column: Column, spec: ColumnSpec) -> Iterator[dict[Any, int]]:
    """Different values of a column that may be wrong, with their number of cells."""
    if column.is_number:
        return counted(rows, column, f"NOT ({clean_number(rows, column, spec)})")
    if spec.kind == "number":
        return counted(rows, column, f"NOT {right_text(rows, column, spec)}")
    if spec.kind == "text" and not spec.is_identity:
        words = rows.bind(_PERSONAL_WORDS)
        return counted(rows, column, f"regexp_matches({column.sql}, {words})")
    return counted(rows, column)


# Codes of persons

_FINE_CODE = "[A-Za-z_-]*[A-Za-z_-][0-9]{1,12}[A-Za-z]?|[0-9]{1,7}|[0-9]{10,20}"
"""Codes that are no name, date, address or number of a person; most are written so."""

_WEIGHTS = (9, 8, 7, 6, 5, 4, 3, 2, -1)


def canonical(rows: Rows, column: Column) -> str:
    """Expression: text as ``clean`` leaves it; empty if nothing is left."""
    plain = f"regexp_replace({column.sql}, {rows.bind(BLANKS + '+')}, ' ', 'g')"
    seen = f"regexp_replace({plain}, {rows.bind(HIDDEN)}, '', 'g')"
    single = f"regexp_replace({seen}, ' +', ' ', 'g')"
    return f"nullif(trim({single}), '')"


def look_at_codes(rows: Rows, column: Column) -> tuple[int, int]:
    """How many codes there are, and how many of them are not written as most are."""
    odd = f"count(*) FILTER ({not_fine(rows, column)})"
    present, doubtful = rows.one(f"SELECT count({column.sql}), {odd} FROM rows")
    return present, doubtful


def has_blanks(rows: Rows, column: Column) -> bool:
    """Whether any cell holds a blank, or a sign that is left out."""
    blank = f"regexp_matches({column.sql}, {rows.bind(f'{BLANKS}|{HIDDEN}')})"
    where = f"CASE WHEN {not_fine(rows, column)} THEN {blank} END"
    (found,) = rows.one(f"SELECT count(*) FILTER ({where}) FROM rows")
    return bool(found)


def not_fine(rows: Rows, column: Column) -> str:
    """Condition: a code is not written as most are, and has to be looked at."""
    return f"NOT regexp_full_match({column.sql}, {rows.bind(_FINE_CODE)})"


def code_suspects(rows: Rows, column: Column) -> Iterator[dict[Any, int]]:
    """Different codes that may be a name, date, address or number of a person."""
    text = canonical(rows, column)
    digits = f"lpad({text}, 9, '0')"
    total = " + ".join(
        f"{weight} * (ascii(substr({digits}, {place}, 1)) - 48)"
        for place, weight in enumerate(_WEIGHTS, start=1)
    )
    eleven = f"regexp_full_match({text}, '[0-9]{{8,9}}') AND ({total}) % 11 IN (0, 5, -6)"
    words = f"regexp_matches({text}, '[ ,]') AND NOT regexp_matches({text}, '[0-9]')"
    doubtful = (
        f"contains({text}, '@')",
        f"regexp_matches({text}, '^[0-9]{{1,4}} ?[-/. ]')",
        f"({words})",
        f"({eleven})",
    )
    # As a case, for of conditions joined by AND the dear ones may be tried first.
    where = f"CASE WHEN {not_fine(rows, column)} THEN {' OR '.join(doubtful)} ELSE false END"
    return counted(rows, column, where)
