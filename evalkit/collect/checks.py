"""The checks that every delivery passes, whichever way it came in.

Nothing stops at the first mistake: all findings on a part come back together. Work is done a
column at a time; only cells with a mistake are visited one by one.

Most checks judge a row by itself, and any rows can be given to them. Those that need the whole
part (duplicates, scales that were mixed up, copies, outliers, numbers of rows) are in
``plausible``, ``sizes`` and ``check_duplicates``, and can be left out.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from evalkit.collect.aggregates import check_totals
from evalkit.collect.asked import tell_unasked, unasked, unasked_totals
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
    check_subjects,
    fill_arms,
    missing_cells,
    missing_columns,
)
from evalkit.collect.parsing import texts, without_marks
from evalkit.collect.plausible import check_plausible, check_scores, without_mixups
from evalkit.collect.privacy import (
    in_free_text,
    kind_of_asked,
    kind_of_class,
    kind_of_code,
    kind_of_extra,
)
from evalkit.collect.remarks import Remarks
from evalkit.collect.scoring import score
from evalkit.collect.sizes import check_against_rows, check_sizes, check_wholes
from evalkit.collect.spelling import option_key
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
    results = []
    for part, result in pairs:
        group = [(p, c) for p, c in pairs if _same_group(p, part)]
        if part is group[0][0]:  # Once for the rows and the totals of one group.
            result = with_missing(part, result, design, [c for _, c in group])
        results.append(_with_rows(part, result, group))
    return tuple(results)


def check_part(part: Part, design: Design, *, whole: bool = True) -> Checked:
    """One part, checked by itself: a typed frame and all findings on it.

    Args:
        part: The part, or some of its rows.
        design: The design it was collected under.
        whole: Whether all rows are there. If not, checks that need them all are left out.
    """
    result = _check(part, design, whole)
    return with_missing(part, result, design, [result]) if whole else result


def _same_group(one: Part, other: Part) -> bool:
    return (one.wave, one.respondent) == (other.wave, other.respondent)


def _check(part: Part, design: Design, whole: bool = True) -> Checked:
    if part.wave not in {wave.id for wave in design.waves}:
        remarks = Remarks(part)
        known = ", ".join(wave.id for wave in design.waves)
        remarks.whole("intake.wave_unknown", wave=part.wave, project=design.project.id, known=known)
        return Checked(pd.DataFrame(), tuple(remarks.found), (), ())
    return PartCheck(part, design, specs_of(part, design), whole).run()


def specs_of(part: Part, design: Design) -> tuple[ColumnSpec, ...]:
    """The columns that a part may have: those of its form, and scores in the place of items."""
    specs = columns_for(design, part.wave, part.respondent, part.grain)
    scores = _score_columns(specs, design) if part.grain is Grain.unit else ()
    return (*specs, *scores)


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


class PartCheck:
    """One part on its way from raw cells to a typed frame."""

    def __init__(
        self, part: Part, design: Design, specs: Sequence[ColumnSpec], whole: bool
    ) -> None:
        self.part, self.design, self.specs, self.whole = part, design, specs, whole
        self.remarks = Remarks(part)
        self.texts: dict[str, pd.Series[Any]] = {}
        self.personal: frozenset[str] = frozenset()
        self.doubles: set[str] = set()

    def run(self) -> Checked:
        """All checks, in the order in which findings are shown."""
        self._resolve()
        missing_columns(self.specs, self.texts, self.remarks)
        missing_cells(self.specs, self.texts, self.remarks)
        # What may never enter is not quoted in findings or kept in a frame either.
        texts = {name: text for name, text in self.texts.items() if name not in self.personal}
        texts = self._unmixed(texts)
        columns = {spec.name: self._typed(spec, texts.get(spec.name)) for spec in self.specs}
        frame = pd.DataFrame(columns, index=self.part.frame.index)
        aggregate = self.part.grain is Grain.aggregate
        frame = self._totals(frame) if aggregate else self._units(frame)
        self._count(frame)
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
        for column in sorted(raw, key=lambda column: column not in names):
            name = column if column in names else by_key.get(option_key(column))
            if name is None:
                continue
            if name in self.texts:
                header = self.part.origin.header(column)
                self.remarks.whole("intake.column_double", column, column=header)
                self.doubles.add(column)
                continue
            self.texts[name] = raw[column]
            self.remarks.sources[name] = column
        read = self.doubles | set(self.remarks.sources.values())
        self._leftovers({column: text for column, text in raw.items() if column not in read})
        self._refuse_personal()

    def _leftovers(self, left: dict[str, pd.Series[Any]]) -> None:
        """Report columns that nobody asked for; what is personal in one refuses the file."""
        person_rows = self.part.grain is Grain.unit
        about = self.part.respondent if person_rows else Respondent.school
        computed = self._computed_names()
        for column, text in left.items():
            header = self.part.origin.header(column)
            code = self._extra_kind(column, text, about)
            if code is None:
                known = option_key(header) in computed
                code = "intake.column_computed" if known else "intake.column_unknown"
            self.remarks.whole(code, column, column=header)

    def _extra_kind(self, column: str, text: pd.Series[Any], about: Respondent) -> str | None:
        """The code of what is personal in a column that nobody asked for."""
        header = self.part.origin.header(column)
        return kind_of_extra(header, text, about, self._day) if self.whole else None

    def _computed_names(self) -> set[str]:
        """What columns of measures may be called that are computed, not asked."""
        entries = self.design.entries(self.part.wave, self.part.respondent)
        measures = [self.design.measure(entry.measure) for entry in entries if entry.computed]
        names = (name for m in measures for name in (m.id, m.label.nl, m.label.en))
        return {option_key(name) for name in names}

    @property
    def _day(self) -> dt.date:
        """The day on which the persons in the rows have their age."""
        return self.part.taken_to or self.design.project.start

    def _refuse_personal(self) -> None:
        kinds = {spec.name: self._personal_kind(spec) for spec in self.specs}
        found = {name: code for name, code in kinds.items() if code is not None}
        for name in sorted(found):
            self.remarks.whole(found[name], name, column=self.remarks.header(name))
        self.personal = frozenset(found)

    def _personal_kind(self, spec: ColumnSpec) -> str | None:
        """The code of what is personal in a column that was asked for."""
        text = self.texts.get(spec.name)
        if text is None or spec.role in (Role.school, Role.arm, Role.measure):
            return None
        respondent = self.part.respondent
        if spec.role is Role.unit:
            return kind_of_code(text, respondent, self._day)
        if spec.role is Role.class_ and self.whole:
            return kind_of_class(text, respondent, self._day)
        if not self.whole:
            return None
        amounts, words = _holds_amounts(spec), spec.kind == "text"
        known = spec.lookup.keys()
        return kind_of_asked(text, respondent, self._day, amounts=amounts, words=words, known=known)

    def _typed(self, spec: ColumnSpec, text: pd.Series[Any] | None) -> pd.Series[Any]:
        if text is None:
            return empty(spec, self.part.frame.index)
        if spec.kind == "text" and not spec.is_identity:
            for what, where in in_free_text(text):
                self.remarks.cells("intake.text_personal", spec.name, where, what=what)
        return typed(spec, text, self.remarks)

    def _units(self, frame: pd.DataFrame) -> pd.DataFrame:
        blank = pd.Series([None] * len(frame), index=frame.index, dtype=object).astype("str")
        entities = {name: frame.get(name, blank) for name in ENTITY_COLUMNS}
        frame = frame.assign(**entities)
        frame = self._arms(frame)
        of_school = self.part.respondent is Respondent.school
        keys: tuple[str, ...] = ("school", "arm") if of_school else ("school", "unit")
        if "subject" in frame:
            keys = (*keys, "subject")
        self._compare(frame, keys)
        return self._scored(frame)[self._unit_columns()]

    # What needs all rows

    def _unmixed(self, texts: dict[str, pd.Series[Any]]) -> dict[str, pd.Series[Any]]:
        return without_mixups(self.specs, texts, self.remarks) if self.whole else texts

    def _compare(self, frame: pd.DataFrame, keys: Sequence[str]) -> None:
        if self.whole:
            check_duplicates(frame, keys, self.remarks)
            check_plausible(frame, self.specs, self.texts, self.remarks)
            if self.part.respondent is Respondent.school:
                check_wholes(frame, self.design.measures, self.remarks)

    def _count(self, frame: pd.DataFrame) -> None:
        if self.whole:
            check_sizes(frame, self.design, self.remarks)
            self._tell_unasked(frame)

    def _tell_unasked(self, frame: pd.DataFrame) -> None:
        if self.part.grain is Grain.aggregate:
            found = unasked_totals(frame, self.design, self.part.wave)
        else:
            found = unasked(frame, self.specs, self.design)
        tell_unasked(found, self._read_specs(), self.design, self.remarks)

    def _read_specs(self) -> list[ColumnSpec]:
        return [spec for spec in self.specs if spec.name in self.remarks.sources]

    # Rows of persons

    def _arms(self, frame: pd.DataFrame) -> pd.DataFrame:
        text = self.texts.get("arm")
        given = pd.Series(False, index=frame.index) if text is None else text.notna()
        filled = fill_arms(frame, self.design)
        filled = filled.assign(arm=filled["arm"].where(~given, frame["arm"]))
        check_arms(filled, given, self.design, self.remarks)
        if "subject" in filled:
            check_subjects(filled, self.design, self.remarks)
        return filled

    def _scored(self, frame: pd.DataFrame) -> pd.DataFrame:
        for spec in self.specs:
            if spec.role is not Role.score or not spec.measure or not spec.entry:
                continue
            answered = [name for name in spec.measure.columns if name in self.texts]
            if answered:
                self._report_items(spec, answered)
                scored = score(frame[answered], spec.measure, spec.entry)
                if spec.name in self.texts:
                    check_scores(frame[spec.name], scored, spec, self.remarks)
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
            if spec.role is Role.subject:
                ordered[spec.name] = None
            if spec.measure is not None:
                if any(s.name == spec.measure.id for s in self.specs):
                    ordered[spec.measure.id] = None
                ordered[spec.name] = None
        return list(ordered)

    def _totals(self, frame: pd.DataFrame) -> pd.DataFrame:
        frame = self._arms(frame)
        if self.whole:
            keys = ("school", "arm", "measure")
            check_duplicates(frame, keys, self.remarks, self.design.measures)
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


def with_missing(part: Part, result: Checked, design: Design, group: Sequence[Checked]) -> Checked:
    """The result with a warning for each mandatory measure that nothing in the group holds."""
    if "arm" not in result.frame:
        return result
    held = {measure for checked in group for measure in checked.measures}
    arms = {arm for checked in group for arm in checked.frame["arm"].dropna().unique()}
    remarks = Remarks(part)
    for entry in design.asked(part.wave, part.respondent):
        asked = not arms or arms & {arm.value for arm in entry.arms}
        if entry.mandatory and entry.measure not in held and asked:
            label = design.measure(entry.measure).label
            remarks.whole("intake.measure_missing", measure=label)
    return replace(result, findings=(*result.findings, *remarks.found))


def _with_rows(part: Part, result: Checked, group: Sequence[tuple[Part, Checked]]) -> Checked:
    """Totals with a warning where they are over more persons than have a row beside them."""
    units = [c.frame for p, c in group if p.grain is Grain.unit and "arm" in c.frame]
    if part.grain is Grain.unit or not units or "n" not in result.frame:
        return result
    remarks = Remarks(part)
    check_against_rows(result.frame, pd.concat(units), remarks)
    return replace(result, findings=(*result.findings, *remarks.found))
