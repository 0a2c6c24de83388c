"""The checks that every delivery passes, whichever way it came in.

Nothing stops at the first mistake: all findings on a part come back together. Work is done a
column at a time; only cells with a mistake are visited one by one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd

from evalkit.collect.aggregates import check_totals
from evalkit.collect.cells import empty, typed
from evalkit.collect.columns import (
    ENTITY_COLUMNS,
    ColumnSpec,
    Role,
    columns_for,
    has_numbers,
    scale_bounds,
)
from evalkit.collect.delivery import Checked, Delivery, Part
from evalkit.collect.entities import (
    check_arms,
    check_duplicates,
    fill_arms,
    missing_cells,
    missing_columns,
)
from evalkit.collect.parsing import option_key, texts, without_marks
from evalkit.collect.privacy import (
    holds_any_personal_number,
    holds_names,
    personal_columns,
)
from evalkit.collect.remarks import Remarks
from evalkit.collect.scoring import score
from evalkit.model.design import Design
from evalkit.model.submission import Grain
from evalkit.model.vocabulary import Respondent

_AMOUNTS = 10_000_000
"""A number column that may hold values over this is not searched for personal numbers."""


def check_delivery(delivery: Delivery, design: Design) -> tuple[Checked, ...]:
    """All parts of a delivery, checked, in its order.

    A mandatory measure is missing only if no part of the same wave and respondent holds it.
    """
    checked = [_check(part, design) for part in delivery.parts]
    pairs = list(zip(delivery.parts, checked, strict=True))
    return tuple(
        _with_missing(part, result, design, [c for p, c in pairs if _same_group(p, part)])
        for part, result in pairs
    )


def check_part(part: Part, design: Design) -> Checked:
    """One part, checked by itself: a typed frame and all findings on it."""
    result = _check(part, design)
    return _with_missing(part, result, design, [result])


def _same_group(one: Part, other: Part) -> bool:
    return (one.wave, one.respondent) == (other.wave, other.respondent)


def _check(part: Part, design: Design) -> Checked:
    if part.wave not in {wave.id for wave in design.waves}:
        remarks = Remarks(part)
        known = ", ".join(wave.id for wave in design.waves)
        remarks.whole("intake.wave_unknown", wave=part.wave, project=design.project.id, known=known)
        return Checked(pd.DataFrame(), tuple(remarks.found), (), ())
    specs = columns_for(design, part.wave, part.respondent, part.grain)
    if part.grain is Grain.unit:
        specs = (*specs, *_score_columns(specs, design))
    return _PartCheck(part, design, specs).run()


def _score_columns(specs: Sequence[ColumnSpec], design: Design) -> Iterable[ColumnSpec]:
    """Columns in which a questionnaire may come as a score, without its items."""
    questionnaires = {s.measure.id: s for s in specs if s.role is Role.item and s.measure}
    for id, spec in questionnaires.items():
        if spec.measure and spec.entry and has_numbers(spec.entry):
            label = spec.measure.label.to(design.language)
            low, high = scale_bounds(spec.entry.scale)
            yield ColumnSpec(
                id,
                Role.score,
                "number",
                label,
                measure=spec.measure,
                entry=spec.entry,
                minimum=low,
                maximum=high,
            )


class _PartCheck:
    """One part on its way from raw cells to a typed frame."""

    def __init__(self, part: Part, design: Design, specs: Sequence[ColumnSpec]) -> None:
        self.part, self.design, self.specs = part, design, specs
        self.remarks = Remarks(part)
        self.texts: dict[str, pd.Series[Any]] = {}
        self.personal: frozenset[str] = frozenset()

    def run(self) -> Checked:
        self._resolve()
        missing_columns(self.specs, self.texts, self.remarks)
        missing_cells(self.specs, self.texts, self.remarks)
        columns = {spec.name: self._typed(spec) for spec in self.specs}
        frame = pd.DataFrame(columns, index=self.part.frame.index)
        aggregate = self.part.grain is Grain.aggregate
        frame = self._totals(frame) if aggregate else self._units(frame)
        return Checked(
            frame.reset_index(drop=True),
            tuple(self.remarks.found),
            self._held(frame),
            tuple(sorted(frame["school"].dropna().unique())),
        )

    def _resolve(self) -> None:
        """Find each column of the form by machine name or label; report what is left over."""
        by_key = {option_key(s.label): s.name for s in reversed(self.specs)}
        by_key |= {option_key(spec.name): spec.name for spec in self.specs}
        names = {spec.name for spec in self.specs}
        raw = {str(name): texts(cells) for name, cells in self.part.frame.items()}
        doubles = set()
        for column in sorted(raw, key=lambda column: column not in names):
            name = column if column in names else by_key.get(option_key(column))
            if name is None:
                continue
            if name in self.texts:
                header = self.part.origin.header(column)
                self.remarks.whole("intake.column_double", column, column=header)
                doubles.add(column)
                continue
            self.texts[name] = raw[column]
            self.remarks.sources[name] = column
        read = doubles | set(self.remarks.sources.values())
        self._leftovers({column: text for column, text in raw.items() if column not in read})
        self._refuse_personal()

    def _leftovers(self, left: dict[str, pd.Series[Any]]) -> None:
        personal = personal_columns(left.items())
        for column in left:
            header = self.part.origin.header(column)
            if column in personal:
                self.remarks.whole("intake.personal_number", column, column=header)
            else:
                self.remarks.whole("intake.column_unknown", column, column=header)

    def _refuse_personal(self) -> None:
        searched = {s.name for s in self.specs if not _holds_amounts(s)}
        found = personal_columns((n, t) for n, t in self.texts.items() if n in searched)
        codes = {n: t for n, t in self.texts.items() if n in ("unit", "class")}
        found |= {name for name, text in codes.items() if holds_any_personal_number(text)}
        for name in sorted(found):
            self.remarks.whole("intake.personal_number", name, column=self.remarks.header(name))
        named = {"unit"} if "unit" in codes and holds_names(codes["unit"]) else set()
        for name in sorted(named - found):
            self.remarks.whole("intake.names", name, column=self.remarks.header(name))
        self.personal = frozenset(found | named)

    def _typed(self, spec: ColumnSpec) -> pd.Series[Any]:
        # What may never enter is not quoted in findings or kept in a frame either.
        if spec.name not in self.texts or spec.name in self.personal:
            return empty(spec, self.part.frame.index)
        return typed(spec, self.texts[spec.name], self.remarks)

    def _units(self, frame: pd.DataFrame) -> pd.DataFrame:
        blank = pd.Series([None] * len(frame), index=frame.index, dtype=object).astype("str")
        entities = {name: frame.get(name, blank) for name in ENTITY_COLUMNS}
        frame = frame.assign(**entities)
        frame = self._arms(frame)
        keys = (
            ("school", "arm") if self.part.respondent is Respondent.school else ("school", "unit")
        )
        check_duplicates(frame, keys, self.remarks)
        return self._scored(frame)[self._unit_columns()]

    def _arms(self, frame: pd.DataFrame) -> pd.DataFrame:
        text = self.texts.get("arm")
        given = pd.Series(False, index=frame.index) if text is None else text.notna()
        filled = fill_arms(frame, self.design)
        filled = filled.assign(arm=filled["arm"].where(~given, frame["arm"]))
        check_arms(filled, given, self.design, self.remarks)
        return filled

    def _scored(self, frame: pd.DataFrame) -> pd.DataFrame:
        for spec in self.specs:
            if spec.role is not Role.score or not spec.measure or not spec.entry:
                continue
            answered = [name for name in spec.measure.columns if name in self.texts]
            if answered:
                self._report_items(spec, answered)
                scored = score(frame[answered], spec.measure, spec.entry)
                frame = frame.assign(**{spec.name: scored.where(scored.notna(), frame[spec.name])})
        return frame

    def _report_items(self, spec: ColumnSpec, answered: Sequence[str]) -> None:
        assert spec.measure is not None
        for name, item in zip(spec.measure.columns, spec.measure.items, strict=True):
            if name not in answered:
                self.remarks.whole(
                    "intake.item_missing", measure=spec.measure.label, item=item.text
                )

    def _unit_columns(self) -> list[str]:
        """Canonical order: who, then per measure its score and its items."""
        ordered = dict.fromkeys(ENTITY_COLUMNS)
        for spec in self.specs:
            if spec.measure is not None:
                if any(s.name == spec.measure.id for s in self.specs):
                    ordered[spec.measure.id] = None
                ordered[spec.name] = None
        return list(ordered)

    def _totals(self, frame: pd.DataFrame) -> pd.DataFrame:
        frame = self._arms(frame)
        check_duplicates(frame, ("school", "arm", "measure"), self.remarks)
        entries = {
            entry.measure: entry
            for entry in self.design.asked(self.part.wave, self.part.respondent)
            if has_numbers(entry)
        }
        frame = check_totals(frame, self.texts, entries, self.remarks)
        return frame.astype({"n": "Int64"})

    def _held(self, frame: pd.DataFrame) -> tuple[str, ...]:
        if self.part.grain is Grain.aggregate:
            return tuple(sorted(frame["measure"].dropna().unique()))
        # Judged by what was given: a value that is wrong is reported as that, not as missing.
        given = {name for name, text in self.texts.items() if without_marks(text).notna().any()}
        return tuple(sorted({s.measure.id for s in self.specs if s.measure and s.name in given}))


def _holds_amounts(spec: ColumnSpec) -> bool:
    unbounded = spec.maximum is None or spec.maximum >= _AMOUNTS
    return spec.kind == "number" and unbounded


def _with_missing(part: Part, result: Checked, design: Design, group: Sequence[Checked]) -> Checked:
    """The result with a warning for each mandatory measure that nothing in the group holds."""
    if "arm" not in result.frame:
        return result
    held = {measure for checked in group for measure in checked.measures}
    arms = set(result.frame["arm"].dropna().unique())
    remarks = Remarks(part)
    for entry in design.asked(part.wave, part.respondent):
        asked = not arms or arms & {arm.value for arm in entry.arms}
        if entry.mandatory and entry.measure not in held and asked:
            label = design.measure(entry.measure).label
            remarks.whole("intake.measure_missing", measure=label)
    found = (*result.findings, *remarks.found)
    return Checked(result.frame, found, result.measures, result.schools)
