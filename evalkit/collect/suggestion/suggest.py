"""A mapping for an export, from the names and values of its columns."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from evalkit.collect.columns import ENTITY_COLUMNS, ColumnSpec, Role, columns_for, grains_of
from evalkit.collect.dates import parse_date
from evalkit.collect.privacy import kind_of_code, kind_of_extra
from evalkit.collect.reading.table import Table
from evalkit.collect.spelling import option_key
from evalkit.collect.suggestion.assignment import Candidate, assigned
from evalkit.collect.suggestion.fit import Fit, fit, yes_and_no
from evalkit.collect.suggestion.layout import Long, long_of, moments_of
from evalkit.collect.suggestion.names import (
    LISTED,
    SAME,
    likeness,
    number_in,
    respondents_named,
    role_likeness,
    unit_likeness,
    words,
)
from evalkit.collect.suggestion.proposal import CERTAIN, Proposal, Suggestion, Target
from evalkit.errors import catalogue
from evalkit.model.design import Design
from evalkit.model.submission import Grain
from evalkit.model.text import Text
from evalkit.model.vocabulary import Respondent

_MOST_ROWS = 5_000
"""Rows that are looked at."""

_ABOUT_WHOM = frozenset((*ENTITY_COLUMNS, Role.subject.value))
"""Columns that say what a row is about: the same at every moment."""

_BY_VALUES = frozenset({Role.school, Role.subject, Role.arm, Role.unit})
"""Columns that may be known by their values, whatever they are called."""

_SHOWN = 3
_LONGEST_SHOWN = 20


@dataclass(frozen=True)
class _Outcome:
    respondent: Respondent
    grain: Grain
    proposals: tuple[Proposal, ...]
    worth: float
    labels: Mapping[str, Text]
    options: Mapping[str, tuple[tuple[str, Text], ...]]
    required: tuple[str, ...]
    long: Long


def suggest(
    table: Table,
    design: Design,
    *,
    wave: str | None = None,
    respondent: Respondent | None = None,
) -> Suggestion:
    """What each column of an export probably means, under a design.

    A proposal rests on the column's name (or the description SPSS gives with it) and on its
    values. Columns with names, personal numbers, e-mail addresses or birth dates are never
    proposed.

    Args:
        table: The export.
        design: The design of the project.
        wave: The one wave it is of, if that is known.
        respondent: From or about whom its rows are, if that is known.
    """
    waves = [w.id for w in design.waves if wave in (None, w.id)]
    asked = [r for r in Respondent if any(grains_of(design, w, r) for w in waves)]
    tried = [r for r in asked if respondent in (None, r)] or list(asked)
    outcomes = []
    for one in tried:
        reading = _Reading(table, design, one, waves)
        outcomes.append((reading, reading.outcome(Grain.unit)))
        if any(Grain.aggregate in grains_of(design, w, one) for w in waves):
            outcomes.append((reading, reading.outcome(Grain.aggregate)))
    reading, best = max(outcomes, key=lambda pair: pair[1].worth)
    return reading.suggestion(best, wave)


class _Reading:
    """One table as rows of one respondent."""

    def __init__(
        self, table: Table, design: Design, respondent: Respondent, waves: list[str]
    ) -> None:
        self.table, self.design = table, design
        self.respondent, self.waves = respondent, waves
        self.frame = table.frame.head(_MOST_ROWS)
        self.columns = [str(column) for column in self.frame.columns]
        self.on = max((w.closes for w in design.waves), default=design.project.start)
        self.personal = self._personal()
        self.moments = moments_of(self.columns, design, waves)

    def _personal(self) -> dict[str, str]:
        on = self.design.project.start
        found = {}
        for column in self.columns:
            text, header = self.frame[column], words(column)
            kind = kind_of_extra(column, text, self.respondent, on)
            if kind is None and unit_likeness(header, self.respondent) > CERTAIN:
                kind = kind_of_code(text, self.respondent, on)
            if kind is not None:
                found[column] = kind
        return found

    # Candidates

    def outcome(self, grain: Grain) -> _Outcome:
        """The best assignment of columns to what is asked."""
        by_wave = {
            w: columns_for(self.design, w, self.respondent, grain)
            for w in self.waves
            if grain in grains_of(self.design, w, self.respondent)
        }
        specs = _widest(spec for specs in by_wave.values() for spec in specs)
        labels = self._labels(specs.values())
        required = tuple(spec.name for spec in specs.values() if spec.required)
        options = {spec.name: _options(spec) for spec in specs.values() if spec.options}
        long = long_of(self, specs.values(), by_wave) if grain is Grain.unit else Long()
        if grain is Grain.aggregate:
            long = Long(waves=long_of(self, (), by_wave).waves)
        found: dict[str, list[Candidate]] = {}
        for column in self.columns:
            if column not in self.personal and column not in long.columns:
                found[column] = self._candidates(column, specs, by_wave)
        proposals = assigned(self.columns, found)
        proposals = [self._finished(p, found.get(p.column, ()), long) for p in proposals]
        worth = self._worth(proposals, specs) + long.worth
        return _Outcome(
            self.respondent, grain, tuple(proposals), worth, labels, options, required, long
        )

    def _labels(self, specs: Iterable[ColumnSpec]) -> dict[str, Text]:
        labels = {}
        for spec in specs:
            nl, en = self._spec_in(spec, "nl"), self._spec_in(spec, "en")
            labels[spec.name] = Text(nl=nl, en=en)
        return labels

    def _spec_in(self, spec: ColumnSpec, lang: Any) -> str:
        if spec.measure is None:
            return spec.label
        for item, name in zip(spec.measure.items, spec.measure.columns, strict=False):
            if name == spec.name:
                return str(item.text.to(lang))
        return str(spec.measure.label.to(lang))

    def _candidates(
        self,
        column: str,
        specs: Mapping[str, ColumnSpec],
        by_wave: Mapping[str, tuple[ColumnSpec, ...]],
    ) -> list[Candidate]:
        marked, rest = self.moments.get(column, (None, words(column)))
        found = []
        for spec in specs.values():
            if spec.measure is not None and marked is not None:
                asked = any(s.name == spec.name for s in by_wave.get(marked, ()))
                if asked:
                    mine = next(s for s in by_wave[marked] if s.name == spec.name)
                    found.append(self._candidate(column, rest, mine, marked))
            name = self._candidate(column, words(column), spec, None)
            if marked is not None and spec.measure is not None and not name.exact:
                continue
            found.append(name)
        return sorted(_told_apart(found), key=lambda c: -c.confidence)

    def _candidate(
        self, column: str, header: tuple[str, ...], spec: ColumnSpec, wave: str | None
    ) -> Candidate:
        cells, labels = self.frame[column], self.table.labels.get(column, {})
        target = Target(spec.name, wave)
        if option_key(column) == option_key(spec.name):
            why = Text(nl="heet zoals in het ontwerp", en="named as in the design")
            values = fit(cells, spec, labels)
            return Candidate(target, 1.0, (why,), Fit(1.0, None, {}, values.open), exact=True)
        name, why = self._name(column, header, spec, wave)
        if name < 0.3 and spec.role not in _BY_VALUES:
            return Candidate(target, 0.0, (), Fit(0.0))
        fits = fit(cells, spec, labels)
        if spec.role is Role.arm and name >= LISTED and fits.share < 0.98:
            meant = yes_and_no(cells)
            if meant and set(meant.values()) <= {str(o.value) for o in spec.options}:
                said = Text(nl="ja is de interventiegroep", en="yes is the intervention group")
                fits = Fit(0.8, said, meant)
        base = max(name, self._by_values(spec, fits, cells))
        reasons = tuple(w for w in (why if name >= 0.3 else None, fits.why) if w is not None)
        return Candidate(target, base * _factor(fits.share), reasons, fits)

    def _by_values(self, spec: ColumnSpec, fits: Fit, cells: pd.Series[Any]) -> float:
        """Confidence by the values alone: only what cannot be much else."""
        if spec.role is Role.school and fits.share >= 0.98:
            return 0.93
        if spec.role is Role.subject and fits.share >= 0.98:
            return 0.9
        if spec.role is Role.arm and fits.share >= 0.98 and cells.nunique() == 2:
            return 0.88
        return 0.0

    def _name(
        self, column: str, header: tuple[str, ...], spec: ColumnSpec, wave: str | None
    ) -> tuple[float, Text]:
        title = self.table.titles.get(column)
        headers = [header, *([words(title)] if title else [])]
        found = max(self._one_name(h, column, spec, wave) for h in headers)
        if found >= SAME:
            return found, Text(nl="dezelfde naam", en="the same name")
        if found >= LISTED and spec.measure is None:
            return found, Text(nl="een gewone naam ervoor", en="a usual name for it")
        return found, Text(nl="de naam lijkt erop", en="its name is like it")

    def _one_name(
        self, header: tuple[str, ...], column: str, spec: ColumnSpec, wave: str | None
    ) -> float:
        if spec.measure is None:
            if spec.role is Role.unit:
                return unit_likeness(header, self.respondent)
            label = SAME if header == words(spec.label) else 0.0
            return max(label, role_likeness(header, spec.role.value))
        measure, about = spec.measure, self.respondent
        names = [measure.label.nl, measure.label.en, measure.id, measure.id.split(".", 1)[-1]]
        if spec.role is not Role.item:
            if spec.entry and spec.entry.instrument:
                names.append(spec.entry.instrument)
            return max(likeness(header, words(name), about) for name in names)
        number = measure.columns.index(spec.name) + 1
        item = measure.items[number - 1]
        texts = [item.text.nl, item.text.en]
        best = max(likeness(header, words(text), about) for text in texts)
        if number_in(header) == number:
            stem = header[:-1]
            best = max(best, *(0.95 * likeness(stem, words(name), about) for name in names))
            best = max(best, self._loose_item(spec, header))
        return best

    def _loose_item(self, spec: ColumnSpec, header: tuple[str, ...]) -> float:
        """``vraag 3`` is the third question of the only questionnaire, if all others are there."""
        measure = spec.measure
        if measure is None or role_likeness(header[:-1], "measure") < LISTED:
            return 0.0
        questionnaires = {
            e.measure for w in self.waves for e in self.design.asked(w, self.respondent)
            if self.design.measure(e.measure).items
        }  # fmt: skip
        numbered = {number_in(words(c)) for c in self.columns if words(c)[:-1] == header[:-1]}
        whole = numbered == set(range(1, len(measure.items) + 1))
        return 0.7 if len(questionnaires) == 1 and whole else 0.45

    # From candidates to a suggestion

    def _finished(self, proposal: Proposal, found: Iterable[Candidate], long: Long) -> Proposal:
        cells = self.frame[proposal.column].dropna()
        sample = tuple(str(v)[:_LONGEST_SHOWN] for v in dict.fromkeys(cells.head(200)))[:_SHOWN]
        personal = self.personal.get(proposal.column)
        if personal is not None:
            why = (catalogue()[personal].wrong,)
            return Proposal(proposal.column, why=_filled(why, proposal.column), personal=personal)
        others = tuple(
            (c.target, round(c.confidence, 2))
            for c in found
            if c.target != proposal.target and c.confidence >= 0.2
        )
        if proposal.column in long.columns:
            key, confidence, reason = long.columns[proposal.column]
            return Proposal(proposal.column, Target(key), confidence, (reason,), sample=sample)
        return Proposal(
            proposal.column,
            proposal.target,
            round(proposal.confidence, 2),
            proposal.why,
            proposal.values,
            proposal.open,
            others[:5],
            None,
            sample,
        )

    def _worth(self, proposals: Sequence[Proposal], specs: Mapping[str, ColumnSpec]) -> float:
        """How much of the table is understood: measures count, and words for whom it is about.

        Rows that name a measure are no totals without a number of persons, a mean or a spread.
        """
        worth, likely = 0.0, {p.target.name for p in proposals if p.target and p.is_likely}
        if "n" in specs and not likely & {"n", "mean", "sd"}:
            return 0.0
        for p in proposals:
            if p.target is not None and not p.target.is_key:
                measured = specs[p.target.name].role in (
                    Role.value, Role.item, Role.n, Role.mean, Role.sd, Role.measure
                )  # fmt: skip
                worth += p.confidence * (1.0 if measured else 0.2)
        named = [r for column in self.columns for r in respondents_named(words(column))]
        return (
            worth
            + 0.4 * (self.respondent in named)
            - 0.2 * any(r is not self.respondent for r in named)
        )

    def suggestion(self, best: _Outcome, wave: str | None) -> Suggestion:
        """The outcome as a suggestion, with the wave as far as it can be known."""
        long = best.long
        proposals = list(best.proposals)
        day = self._day_column(proposals)
        if day is not None:
            proposals = [day if p.column == day.column else p for p in proposals]
        marked = {p.target.wave for p in proposals if p.target and p.target.wave and p.is_likely}
        if "wave_column" in {key for key, _, _ in long.columns.values()}:
            wave, marked = None, set()
        elif len(marked) == 1:
            wave, marked = wave or next(iter(marked)), set()
        proposals = [self._with_wave(p, wave, marked) for p in proposals]
        if wave is None and not marked and not long.waves:
            wave = self._only_wave(proposals, day)
        school = [s.brin for s in self.design.project.schools]
        has_school = any(p.target and p.target.name == "school" and p.is_likely for p in proposals)
        fixed = {"school": school[0]} if len(school) == 1 and not has_school else {}
        return Suggestion(
            file=self.table.file,
            project=self.design.project.id,
            respondent=best.respondent,
            grain=best.grain,
            wave=wave,
            proposals=tuple(proposals),
            waves=long.waves,
            measures=long.measures,
            fixed=fixed,
            sheet=self.table.sheet if any(f.code == "intake.sheets_left"
                                          for f in self.table.findings) else None,
            known_waves=tuple(w.id for w in self.design.waves),
            labels=best.labels,
            required=self._required(best),
            options=best.options,
        )  # fmt: skip

    def _required(self, best: _Outcome) -> tuple[str, ...]:
        """Targets without which the rows cannot be read: the design's, and the group if open."""
        needed = [name for name in best.required if name not in ("measure", "n")]
        several = self.respondent is not Respondent.school
        if several and any(len(school.arms) > 1 for school in self.design.project.schools):
            needed.append("arm")
        return tuple(needed)

    def _with_wave(self, p: Proposal, wave: str | None, marked: set[str]) -> Proposal:
        """A measure with its moment, where the file has several side by side."""
        if p.target is None or p.target.is_key or p.target.name in _ABOUT_WHOM:
            return p
        if not marked:
            target = Target(p.target.name)
            return p if p.target == target else _moved(p, target, p.confidence)
        if p.target.wave is not None:
            return p
        asking = [
            w for w in self.waves
            if p.target.name in {s.name for s in columns_for(self.design, w, self.respondent)}
        ]  # fmt: skip
        if len(asking) == 1:
            return _moved(p, Target(p.target.name, asking[0]), p.confidence)
        why = Text(nl="van welk meetmoment is niet duidelijk", en="the moment is not clear")
        first = Target(p.target.name, wave or (asking[0] if asking else None))
        others = tuple((Target(p.target.name, w), 0.4) for w in asking[1:])
        moved = _moved(p, first, min(p.confidence, 0.5))
        return Proposal(moved.column, first, moved.confidence, (*moved.why, why), moved.values,
                        moved.open, (*others, *moved.others)[:5], None, moved.sample)  # fmt: skip

    def _day_column(self, proposals: Iterable[Proposal]) -> Proposal | None:
        """The column with the day of taking, if there is one."""
        for p in proposals:
            name = role_likeness(words(p.column), "day")
            if name < 0.8 or p.personal or p.is_certain:
                continue
            cells = self.frame[p.column].dropna()
            days = cells.map(parse_date).dropna()
            if len(days) and len(days) >= 0.9 * len(cells):
                why = Text(nl="dagen, en een gewone naam ervoor", en="days, and a usual name")
                confidence = round(name * (0.97 if len(days) == len(cells) else 0.85), 2)
                target = Target("taken_column")
                return Proposal(p.column, target, confidence, (why,), sample=p.sample)
        return None

    def _only_wave(self, proposals: Iterable[Proposal], day: Proposal | None) -> str | None:
        """The wave in which alone all of it is asked, or within which the days fall."""
        names = {
            p.target.name for p in proposals if p.target and p.is_certain and not p.target.is_key
        }
        measured = names - _ABOUT_WHOM
        asking = [
            w for w in self.waves
            if measured <= {s.name for s in columns_for(self.design, w, self.respondent)}
        ]  # fmt: skip
        if measured and len(asking) == 1:
            return asking[0]
        if day is None:
            return None
        days: list[dt.date] = list(self.frame[day.column].dropna().map(parse_date).dropna())
        inside = [
            w.id for w in self.design.waves
            if w.id in asking and w.opens <= min(days) and max(days) <= w.closes
        ]  # fmt: skip
        return inside[0] if len(inside) == 1 else None


def _told_apart(found: Iterable[Candidate]) -> list[Candidate]:
    """The candidates; ``groep`` with the groups of the comparison in it is no class."""
    listed = list(found)
    is_arm = any(c.target.name == "arm" and c.confidence >= CERTAIN for c in listed)
    return [
        replace(c, confidence=c.confidence / 2) if is_arm and c.target.name == "class"
        and not c.exact else c
        for c in listed
    ]  # fmt: skip


def _options(spec: ColumnSpec) -> tuple[tuple[str, Text], ...]:
    return tuple(
        (o.value if isinstance(o.value, str) else f"{o.value:.10g}", o.label) for o in spec.options
    )


def _widest(specs: Iterable[ColumnSpec]) -> dict[str, ColumnSpec]:
    """Each column as the wave has it that lets most through."""
    found: dict[str, ColumnSpec] = {}
    for spec in specs:
        there = found.get(spec.name)
        if there is None or (len(spec.options), spec.maximum or 0) > (
            len(there.options),
            there.maximum or 0,
        ):
            found[spec.name] = spec
    return found


def _moved(p: Proposal, target: Target, confidence: float) -> Proposal:
    return Proposal(p.column, target, confidence, p.why, p.values, p.open, p.others, None, p.sample)


def _filled(texts: Iterable[Text], column: str) -> tuple[Text, ...]:
    return tuple(
        Text(nl=t.nl.replace("{column}", column), en=t.en.replace("{column}", column))
        for t in texts
    )


def _factor(share: float) -> float:
    """How much of the confidence by name is left, by the share of values that fit."""
    steps = ((0.98, 1.0), (0.9, 0.95), (0.7, 0.85), (0.4, 0.6), (0.15, 0.35))
    return next((factor for least, factor in steps if share >= least), 0.15)
