"""The checks of a table of millions of rows: the same findings as ``check_part``, in little memory.

SQL finds what may be wrong (``columnar_cells``) and what is so as a whole (``columnar_whole``),
and counts it. Only the rows that a finding can name are then fetched and go through the very
checks that every delivery passes, which word the findings.

Exact, but for shares of columns with very many different values (whether most codes are given
names, or most cells of a column that nobody asked for are dates): those are judged by a sample.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from evalkit.collect.asked import Unasked, tell_unasked, unasked_in
from evalkit.collect.cells import typed
from evalkit.collect.checks import PartCheck, specs_of, with_missing
from evalkit.collect.columnar import Rows, opened
from evalkit.collect.columnar_cells import (
    Cells,
    Found,
    Tally,
    canonical,
    clean_number,
    code_suspects,
    few_values,
    has_blanks,
    holds_values,
    is_plain,
    key_of,
    look_at_codes,
    read_number,
    right_text,
    sample,
    shown,
    suspects,
)
from evalkit.collect.columnar_whole import Said, Span, Typed, Whole, holds_numbers, repeats, without
from evalkit.collect.columns import ColumnSpec, Role
from evalkit.collect.delivery import Checked, Origin, Part, Taken
from evalkit.collect.entities import check_arms, check_duplicates, fill_arms
from evalkit.collect.parsing import texts
from evalkit.collect.plausible import ends_of_tens, without_mixups
from evalkit.collect.privacy import (
    BIRTH_DATES,
    E_MAILS,
    NAMES,
    PERSONAL_NUMBER,
    kind_of_code,
    kind_of_extra,
)
from evalkit.collect.remarks import MOST_PER_COLUMN, Remarks
from evalkit.collect.sizes import check_sizes
from evalkit.errors import finding
from evalkit.model.design import Design
from evalkit.model.finding import Finding
from evalkit.model.submission import Grain
from evalkit.model.vocabulary import Respondent

_LARGE_NUMBER = 10_000_000
"""Numbers under this have too few digits to be somebody's personal number."""

_WITNESSES = 200
_NOTHING = "\x01"
_KINDS = (PERSONAL_NUMBER, E_MAILS, BIRTH_DATES, NAMES)
_MOST_ODD = 500


@dataclass(frozen=True)
class Surveyed:
    """What the checks of a large table say of it. Its rows stay in the file."""

    findings: tuple[Finding, ...]
    measures: tuple[str, ...]
    """Ids of the measures it holds at least one value of, sorted."""
    schools: tuple[str, ...]
    """BRINs it holds rows of, sorted."""
    rows: int

    @property
    def is_acceptable(self) -> bool:
        """Whether no finding is an error."""
        return not any(finding.is_error for finding in self.findings)


@dataclass
class _Facts:
    """What is known of a table before its wrong rows are fetched."""

    found: Found = field(default_factory=Found)
    personal: dict[str, str] = field(default_factory=dict)
    """Code of what is personal, by column of the form."""
    extra: dict[str, str] = field(default_factory=dict)
    """Code of what is personal, by column of the file that nobody asked for."""
    whole: dict[str, pd.Series[Any]] = field(default_factory=dict)
    """Text that stands for a column, by column of the form."""
    masked: dict[str, Span] = field(default_factory=dict)
    held: set[str] = field(default_factory=set)
    groups: Counter[tuple[Any, ...]] = field(default_factory=Counter)
    """Rows by school, class and group."""
    witnesses: set[int] = field(default_factory=set)
    said: list[Said] = field(default_factory=list)
    again: list[int] = field(default_factory=list)
    unasked: Unasked = field(default_factory=dict)


def check_parquet(
    path: Path,
    design: Design,
    wave: str,
    respondent: Respondent,
    taken: Taken | None = None,
    *,
    first_row: int = 1,
    file: str | None = None,
) -> Surveyed:
    """Check a Parquet file with a row per person, under the design's column names.

    Args:
        path: The file.
        design: The design the data were collected under.
        wave: Id of the wave.
        respondent: About whom the rows are: persons, not schools.
        taken: When the data were taken.
        first_row: Row number of the first row, as a person sees it.
        file: Name of the file that findings give; its own by default.

    Raises:
        EvalkitError: the file is missing or cannot be read.
        ValueError: rows about schools, of which there are never many.
    """
    if respondent is Respondent.school:
        raise ValueError("rows about schools are few: use check_part")
    with opened(path) as rows:
        origin = Origin(file or rows.file, np.empty(0, dtype=np.int64))
        empty = pd.DataFrame(columns=list(rows.columns), dtype=object)
        part = Part(wave, respondent, Grain.unit, empty, origin, taken or Taken())
        if wave not in {w.id for w in design.waves}:
            known = ", ".join(w.id for w in design.waves)
            values = {"wave": wave, "project": design.project.id, "known": known}
            wrong = finding("intake.wave_unknown", origin.place(), **values)
            return Surveyed((wrong,), (), (), 0)
        return _Survey(rows, part, design, first_row).run()


class _Survey:
    """One table on its way from rows to findings."""

    def __init__(self, rows: Rows, part: Part, design: Design, first_row: int) -> None:
        self.rows, self.part, self.design = rows, part, design
        self.specs = specs_of(part, design)
        self.headers = PartCheck(part, design, self.specs, whole=False)
        self.headers._resolve()
        self.sources = self.headers.remarks.sources
        self.remarks = Remarks(part, self.sources)
        self.here = [spec for spec in self.specs if spec.name in self.sources]
        rows.read([self.sources[s.name] for s in self.here if holds_numbers(s)], first_row)
        self.facts = _Facts()
        self.cells = Cells(rows, part, self.sources, self.facts.found)
        self.few: dict[str, Mapping[Any, int]] = {}
        self.odd: dict[str, dict[Any, Any]] = {}
        self.right: set[str] = set()
        self.odd_codes = 0
        """Codes that are not written as most are."""

    def run(self) -> Surveyed:
        self._look()
        self._personal()
        self._mixups()
        for spec in self.here:
            self._wrong_cells(spec)
        self._groups()
        typed = self._typed()
        self._duplicates(typed)
        self.facts.said = Whole(typed, self.specs, self.remarks).said()
        self.facts.unasked = unasked_in(typed, self.here, self.design)
        return self._worded()

    # Columns

    def _look(self) -> None:
        """Take in what each column holds: all its values, or a sample of many."""
        for spec in self.here:
            column = self.cells.column(spec.name)
            if spec.role is Role.unit:
                present, self.odd_codes = look_at_codes(self.rows, column)
                self.facts.whole[spec.name] = shown(sample(self.rows, column, present))
            elif column.is_number:
                self._look_at_numbers(spec)
            elif not (holds_numbers(spec) and self._is_right(spec)):
                values = few_values(self.rows, column)
                if values is not None:
                    self.few[spec.name] = values
                self.facts.whole[spec.name] = shown(
                    sample(self.rows, column) if values is None else values
                )
            if spec.name in self.facts.whole and holds_values(self.facts.whole[spec.name]):
                self.facts.held.add(spec.name)
        for spec in self.here:
            # A scale is mixed up in all questions of a questionnaire or in none.
            alone = spec.measure is None or not holds_numbers(spec) or spec.name in self.right
            siblings = [] if alone else [s for s in self.here if s.measure is spec.measure]
            for other in siblings:
                self._keep_values(other)

    def _look_at_numbers(self, spec: ColumnSpec) -> None:
        column = self.cells.column(spec.name)
        sql = column.sql
        right = clean_number(self.rows, column, spec)
        n, good, low, high = self.rows.one(
            f"SELECT count(*) FILTER ({column.present}), count(*) FILTER ({right}), "
            f"min({sql}), max({sql}) FILTER ({column.present}) FROM rows"
        )
        if good == n:
            self.right.add(spec.name)
        if not n:
            return
        self.facts.held.add(spec.name)
        if max(abs(low), abs(high)) >= _LARGE_NUMBER:
            self._keep_values(spec)

    def _is_right(self, spec: ColumnSpec) -> bool:
        """Whether a column of text holds right numbers alone, all with few digits."""
        column = self.cells.column(spec.name)
        right, number = right_text(self.rows, column, spec), read_number(self.rows, column)
        n, good, largest = self.rows.one(
            f"SELECT count({column.sql}), count(*) FILTER ({right}), max(abs({number})) FROM rows"
        )
        if not n or good < n or largest >= _LARGE_NUMBER:
            return False
        self.right.add(spec.name)
        self.facts.held.add(spec.name)
        return True

    def _keep_values(self, spec: ColumnSpec) -> None:
        column = self.cells.column(spec.name)
        if spec.name in self.facts.whole:
            return
        values = few_values(self.rows, column)
        cells = list(sample(self.rows, column)) if values is None else None
        if cells is not None:
            ends = f"SELECT min({column.sql}), max({column.sql}) FROM rows WHERE {column.present}"
            cells += self.rows.one(ends)
        self.facts.whole[spec.name] = shown(cells if cells is not None else values or {})

    def _personal(self) -> None:
        judge = _Judge(self.part, self.design, self.specs, self.facts, self.sources)
        judge.texts = dict(self.facts.whole)
        for spec in self.here:
            kind = self._kind_of_codes(spec) if spec.role is Role.unit else None
            if spec.role is not Role.unit and spec.name in self.facts.whole:
                kind = judge.kind_as_whole(spec)
            if kind is not None:
                self.facts.personal[spec.name] = kind
        read = set(self.sources.values())
        for header, column in self.rows.columns.items():
            if header in read or header in self.headers.doubles:
                continue
            text = shown(sample(self.rows, column))
            shown_as = self.part.origin.header(header)
            kind = kind_of_extra(shown_as, text, self.part.respondent, self._day)
            if kind is not None:
                self.facts.extra[header] = kind

    @property
    def _day(self) -> dt.date:
        return self.part.taken_to or self.design.project.start

    def _kind_of_codes(self, spec: ColumnSpec) -> str | None:
        """One code that is personal is enough; of single names it takes most of a sample."""
        about = (self.part.respondent, self._day)
        found = {kind_of_code(self.facts.whole[spec.name], *about)}
        for chunk in self._doubtful_codes(spec):
            # Beside as many plain codes: single names among these are no measure of the column.
            text = texts(pd.Series([*chunk, *["0"] * (len(chunk) + 1)], dtype=object))
            found.add(kind_of_code(text, *about))
        return next((kind for kind in _KINDS if kind in found), None)

    def _doubtful_codes(self, spec: ColumnSpec) -> Iterable[dict[Any, int]]:
        if not self.odd_codes:
            return ()
        return code_suspects(self.rows, self.cells.column(spec.name))

    def _mixups(self) -> None:
        """Find the scales that were mixed up as a whole; their cells are not judged one by one."""
        text = {n: t for n, t in self.facts.whole.items() if n not in self.facts.personal}
        kept = without_mixups(self.specs, text, Remarks(self.part, self.sources))
        for spec in self.here:
            if spec.name not in text or kept[spec.name].notna().equals(text[spec.name].notna()):
                continue
            if spec.options:
                low = min(float(option.value) for option in spec.options)
                self.facts.masked[spec.name] = (low - 1.5, low - 1)
            elif (ends := ends_of_tens(spec)) is not None:
                self.facts.masked[spec.name] = (ends[1], 10 * ends[1])
            else:
                self.facts.masked[spec.name] = (1.0, 100.0)

    def _wrong_cells(self, spec: ColumnSpec) -> None:
        column = self.cells.column(spec.name)
        if spec.required:
            few = self.few.get(spec.name)
            plain = spec.role is Role.unit and not self.odd_codes
            self.cells.missing(spec, self.remarks.header(spec.name), few, plain=plain)
        if spec.name in self.facts.personal or spec.name in self.right:
            return
        if spec.role is Role.unit:
            source = iter(self._doubtful_codes(spec))
        elif spec.name in self.few:
            source = iter([dict(self.few[spec.name])])
        else:
            source = suspects(self.rows, column, spec)
        for chunk in source:
            span = self.facts.masked.get(spec.name)
            if span is not None:
                text = texts(pd.Series(list(chunk), dtype=object))
                kept = without(text, span).notna() | text.isna()
                pairs = zip(chunk.items(), kept, strict=True)
                chunk = {value: count for (value, count), keep in pairs if keep}
            if chunk:
                self._judged(spec, chunk)

    def _judged(self, spec: ColumnSpec, chunk: Mapping[Any, int]) -> None:
        kept = self.cells.judge(spec, chunk)
        if holds_values(chunk):
            self.facts.held.add(spec.name)
        odd = self.odd.setdefault(spec.name, {})
        if holds_numbers(spec) and not self.cells.column(spec.name).is_number:
            read = zip(chunk, kept, strict=True)
            pairs = ((v, k) for v, k in read if pd.notna(k) and not is_plain(v))
            odd.update(list(pairs)[: _MOST_ODD - len(odd)])

    # Schools and groups

    def _groups(self) -> None:
        """Judge each combination of school, class and group once."""
        names = [n for n in ("school", "class", "arm") if n in self.sources]
        counts_classes = any(a.size and a.size.classes for a in self.design.project.arms)
        if not counts_classes and "class" in names:
            names.remove("class")
        if not names:
            return
        listed = ", ".join(self.cells.column(name).sql for name in names)
        sql = f"SELECT {listed}, count(*), min(rn) FROM rows GROUP BY ALL"
        for chunk in self.rows.chunks(sql):
            self._judge_groups(names, chunk)

    def _judge_groups(self, names: Sequence[str], chunk: list[tuple[Any, ...]]) -> None:
        raw = pd.DataFrame(chunk, columns=[*names, "rows", "first"], dtype=object)
        tally = Tally(self._of_rows(len(raw)), self.sources)
        scratch = Tally(self._of_rows(len(raw)), self.sources)
        by_name = {spec.name: spec for spec in self.specs}
        given = pd.Series(False, index=raw.index)
        frame = pd.DataFrame(index=raw.index)
        for name in ("school", "class", "arm"):
            text = pd.Series([None] * len(raw), dtype=object)
            if name in names and name not in self.facts.personal:
                text = texts(raw[name])
            frame[name] = typed(by_name[name], text, scratch) if name in by_name else text
        if "arm" in names:
            given = texts(raw["arm"]).notna()
        filled = fill_arms(frame.astype({"school": "str", "arm": "str"}), self.design)
        filled = filled.assign(arm=filled["arm"].where(~given, frame["arm"]))
        check_arms(filled, given, self.design, tally)
        counts = raw["rows"].astype(int)
        for key, positions in tally.hits:
            wrong = raw.iloc[positions]
            rows = self._rows_of(names, wrong)
            self.facts.found.add(key, int(counts.iloc[positions].sum()), rows)
        filled = filled.astype(object).where(filled.notna(), None)
        for group, count in zip(filled.itertuples(index=False), counts, strict=True):
            self.facts.groups[tuple(group)] += count
        self.facts.witnesses.update(raw["first"].head(_WITNESSES).astype(int))

    def _rows_of(self, names: Sequence[str], wrong: pd.DataFrame) -> list[int]:
        columns = [self.cells.column(name).sql for name in names]
        nothing = self.rows.bind(_NOTHING)
        here = ", ".join(f"coalesce({sql}, {nothing})" for sql in columns)
        lists = [wrong[name].map(lambda v: _NOTHING if v is None else v).tolist() for name in names]
        there = ", ".join(f"unnest({self.rows.bind(values)})" for values in lists)
        return self.rows.first_rows(f"({here}) IN (SELECT {there})", MOST_PER_COLUMN)

    def _of_rows(self, count: int) -> Part:
        origin = replace(self.part.origin, rows=np.arange(count))
        return replace(self.part, frame=pd.DataFrame(index=range(count)), origin=origin)

    # The whole

    def _typed(self) -> Typed:
        personal = frozenset(self.facts.personal)
        return Typed(self.cells, personal, self.facts.masked, self.few, self.odd, self.right)

    def _duplicates(self, typed: Typed) -> None:
        if not {"school", "unit"} <= self.sources.keys() or "unit" in self.facts.personal:
            return
        column = self.cells.column("unit")
        blanks = self.odd_codes > 0 and has_blanks(self.rows, column)
        unit = canonical(self.rows, column) if blanks else f"nullif({column.sql}, '')"
        if any(code == "intake.code_became_date" for code, *_ in self.facts.found.counts):
            day = f"regexp_full_match({unit}, '[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}')"
            unit = f"CASE WHEN NOT {day} THEN {unit} END"
        school = typed.of(next(s for s in self.specs if s.name == "school"))
        where = f"{school} IS NOT NULL AND {unit} IS NOT NULL"
        count, rows, firsts = repeats(self.rows, f"hash({school}, {unit})", where)
        if count:
            self.facts.found.add(key_of("intake.duplicate_unit", "unit", {}), count, rows)
            self.facts.again = [*rows, *firsts]

    def _worded(self) -> Surveyed:
        facts = self.facts
        wanted = facts.found.first_rows() | facts.witnesses | set(facts.again)
        frame, numbers = self.rows.frame(sorted(wanted))
        part = replace(self.part, frame=frame, origin=replace(self.part.origin, rows=numbers))
        judge = _Judge(part, self.design, self.specs, facts, self.sources)
        result = with_missing(part, judge.run(), self.design, [judge.held()])
        held = judge.held()
        return Surveyed(result.findings, held.measures, held.schools, self.rows.count)


class _Counted(Remarks):
    """Findings on some rows that say how many there are in the whole table."""

    def __init__(self, part: Part, sources: Mapping[str, str], found: Found) -> None:
        super().__init__(part, sources)
        self.counts = found.counts

    def _total(self, code: str, column: str, values: Mapping[str, Any], here: int) -> int:
        return self.counts.get(key_of(code, column, values), here)


class _Judge(PartCheck):
    """The checks of a part, given some of its rows and what is known of the others."""

    def __init__(
        self,
        part: Part,
        design: Design,
        specs: Sequence[ColumnSpec],
        facts: _Facts,
        sources: Mapping[str, str],
    ) -> None:
        super().__init__(part, design, specs, whole=False)
        self.facts = facts
        self.remarks = _Counted(part, sources, facts.found)

    def kind_as_whole(self, spec: ColumnSpec) -> str | None:
        """The code of what is personal in a column, judged by what stands for it."""
        self.whole = True
        try:
            return super()._personal_kind(spec)
        finally:
            self.whole = False

    def held(self) -> Checked:
        """Measures and schools of the whole table, and the groups there are."""
        groups = pd.DataFrame(list(self.facts.groups), columns=["school", "class", "arm"])
        measures = {s.measure.id for s in self.specs if s.measure and s.name in self.facts.held}
        schools = sorted(groups["school"].dropna().unique())
        return Checked(groups, (), tuple(sorted(measures)), tuple(schools))

    def _personal_kind(self, spec: ColumnSpec) -> str | None:
        return self.facts.personal.get(spec.name)

    def _extra_kind(self, column: str, text: pd.Series[Any], about: Respondent) -> str | None:
        return self.facts.extra.get(column)

    def _unmixed(self, texts: dict[str, pd.Series[Any]]) -> dict[str, pd.Series[Any]]:
        whole = {n: t for n, t in self.facts.whole.items() if n in texts}
        without_mixups(self.specs, whole, self.remarks)
        return {n: without(text, self.facts.masked.get(n)) for n, text in texts.items()}

    def _compare(self, frame: pd.DataFrame, keys: Sequence[str]) -> None:
        check_duplicates(frame, keys, self.remarks)
        for said in self.facts.said:
            if said.rows is None:
                self.remarks.whole(said.code, said.column, **said.values)
            else:
                there = np.isin(self.part.origin.rows, np.array(said.rows))
                where = pd.Series(there, index=frame.index)
                self.remarks.shared(said.code, said.column, where, **said.values)

    def _count(self, frame: pd.DataFrame) -> None:
        groups = self.held().frame.assign(rows=list(self.facts.groups.values()))
        check_sizes(groups, self.design, self.remarks)
        tell_unasked(self.facts.unasked, self._read_specs(), self.design, self.remarks)
