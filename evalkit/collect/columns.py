"""What a design asks for, as forms (one per wave, respondent and grain) with their columns.

Workbook, checks and, later, survey forms and JSON Schemas are all made from these.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from evalkit.collect.spelling import option_key
from evalkit.collect.wording import legend, number_in, range_sentence
from evalkit.language import Translate, translator
from evalkit.model.design import Design, ScheduleEntry
from evalkit.model.measure import Item, Measure, Scale
from evalkit.model.submission import Grain
from evalkit.model.text import Lang, Text
from evalkit.model.vocabulary import ArmRole, AssignmentLevel, Respondent, ScaleType


class Role(StrEnum):
    """What a column is for."""

    school = "school"
    class_ = "class"
    subject = "subject"
    unit = "unit"
    arm = "arm"
    value = "value"
    item = "item"
    score = "score"
    measure = "measure"
    n = "n"
    mean = "mean"
    sd = "sd"


IDENTITY = frozenset({Role.school, Role.class_, Role.subject, Role.unit, Role.arm, Role.measure})
"""Roles of columns that say what a row is about."""

ENTITY_COLUMNS = ("school", "class", "unit", "arm")
"""Identity columns of every unit frame, in order; ``subject`` comes after the class if asked."""


@dataclass(frozen=True, slots=True)
class Option:
    """One value a cell may take."""

    value: str | float
    """What is stored."""
    label: Text
    """What it means."""
    shown: str
    """What a drop-down offers."""
    spellings: frozenset[str] = frozenset()
    """What is read as this value besides ``shown``."""


@dataclass(frozen=True, slots=True)
class ColumnSpec:
    """One column of a form."""

    name: str
    """Machine name, stable over languages and versions."""
    role: Role
    kind: Literal["text", "number", "choice"]
    label: str
    """Header, in the language asked for."""
    hint: str = ""
    """What a cell takes, in one short sentence."""
    explanation: str = ""
    """What the column is, with the hint."""
    required: bool = False
    """Whether a row cannot be read without it."""
    measure: Measure | None = None
    entry: ScheduleEntry | None = None
    minimum: float | None = None
    maximum: float | None = None
    whole: bool = False
    options: tuple[Option, ...] = field(default=())

    @property
    def is_identity(self) -> bool:
        """Whether it says what a row is about."""
        return self.role in IDENTITY

    @property
    def lookup(self) -> dict[str, str | float]:
        """Every spelling of an option that means one option only, to its value."""
        found: dict[str, set[str | float]] = {}
        for option in self.options:
            names = {option.shown, option.label.nl, option.label.en, *option.spellings}
            for name in names:
                found.setdefault(option_key(name), set()).add(option.value)
        lookup = {name: values.pop() for name, values in found.items() if len(values) == 1}
        # What a drop-down offers and what is stored come first, whatever else is spelled so.
        lookup |= {option_key(str(option.value)): option.value for option in self.options}
        return lookup | {option_key(option.shown): option.value for option in self.options}


@dataclass(frozen=True, slots=True)
class Form:
    """What is asked of one respondent group in one wave, at one grain."""

    wave: str
    respondent: Respondent
    grain: Grain
    columns: tuple[ColumnSpec, ...]

    @property
    def key(self) -> str:
        """Identity in files: ``baseline|pupil|unit``."""
        return f"{self.wave}|{self.respondent.value}|{self.grain.value}"


def scale_bounds(scale: Scale) -> tuple[float | None, float | None]:
    """Lowest and highest value of a scale: stated, else of its answers; a count starts at 0."""
    values = [c.value for c in scale.choices if not isinstance(c.value, str)]
    complete = bool(values) and len(values) == len(scale.choices)
    low = scale.minimum if scale.minimum is not None else min(values) if complete else None
    high = scale.maximum if scale.maximum is not None else max(values) if complete else None
    if low is None and scale.type is ScaleType.count_:
        low = 0.0
    return low, high


def has_numbers(entry: ScheduleEntry) -> bool:
    """Whether the values of an entry have a mean."""
    return entry.scale.has_numbers


def forms_of(design: Design, lang: Lang | None = None) -> tuple[Form, ...]:
    """All forms a design asks for, wave by wave, person rows before totals."""
    wanted = (
        (wave.id, respondent, grain)
        for wave in design.waves
        for grain in Grain
        for respondent in Respondent
        if grain in grains_of(design, wave.id, respondent)
    )
    return tuple(Form(*key, columns_for(design, *key, lang)) for key in wanted)


def grains_of(design: Design, wave: str, respondent: Respondent) -> tuple[Grain, ...]:
    """The grains in which a respondent group's data can come: none if nothing is asked."""
    entries = design.asked(wave, respondent)
    if not entries:
        return ()
    if respondent is Respondent.school or not any(has_numbers(entry) for entry in entries):
        return (Grain.unit,)
    return (Grain.unit, Grain.aggregate)


def columns_for(
    design: Design,
    wave: str,
    respondent: Respondent,
    grain: Grain = Grain.unit,
    lang: Lang | None = None,
) -> tuple[ColumnSpec, ...]:
    """The columns of one form, in order.

    Unit rows: school, class (pupils), unit (not for schools), arm, then one column per measure
    or questionnaire item. Aggregates are long: school, arm, measure, n, mean, sd.

    Args:
        lang: Language of labels and explanations; the design's own if not given.
    """
    return _Columns(design, wave, respondent, lang or design.language).of(grain)


def asks_subject(design: Design, respondent: Respondent) -> bool:
    """Whether rows of that group say which subject they are about: in a cross-over of subjects."""
    about_one = respondent in (Respondent.pupil, Respondent.teacher)
    return about_one and any(school.subjects for school in design.project.schools)


class _Columns:
    """Makes the columns of one wave and respondent, in one language."""

    def __init__(self, design: Design, wave: str, respondent: Respondent, lang: Lang) -> None:
        self.design, self.respondent, self.lang = design, respondent, lang
        self.t: Translate = translator(lang)
        self.entries = {e.measure: e for e in design.asked(wave, respondent)}

    def of(self, grain: Grain) -> tuple[ColumnSpec, ...]:
        if grain is Grain.aggregate:
            return (self._school(), self._arm(), *self._totals())
        identity = [self._school(), self._arm()]
        if self.respondent is not Respondent.school:
            identity.insert(1, self._unit())
        if asks_subject(self.design, self.respondent):
            identity.insert(1, self._subject())
        if self.respondent is Respondent.pupil:
            identity.insert(1, self._class())
        measured = (spec for entry in self.entries.values() for spec in self._measured(entry))
        return (*identity, *measured)

    def _school(self) -> ColumnSpec:
        t = self.t
        hint = t("The BRIN of the school.")
        options = (
            Option(s.brin, Text(nl=s.brin, en=s.brin), s.brin) for s in self.design.project.schools
        )
        return ColumnSpec(
            "school",
            Role.school,
            "choice",
            t("School (BRIN)"),
            hint,
            " ".join((hint, t("Choose from the list."), t("Required."))),
            required=True,
            options=tuple(options),
        )

    def _class(self) -> ColumnSpec:
        t = self.t
        needed = self.design.project.assignment is AssignmentLevel.class_
        hint = t("Name or number of the class.")
        more = t("Required.") if needed else t("May stay empty.")
        return ColumnSpec(
            "class", Role.class_, "text", t("Class"), hint, f"{hint} {more}", required=needed
        )

    def _subject(self) -> ColumnSpec:
        t = self.t
        names = {name for school in self.design.project.schools for name in school.subjects}
        options = (Option(name, Text(nl=name, en=name), name) for name in sorted(names))
        hint = t("The subject that the row is about.")
        more = t("A person with several of these subjects has a row for each. Required.")
        return ColumnSpec(
            "subject",
            Role.subject,
            "choice",
            t("Subject"),
            hint,
            f"{hint} {more}",
            required=True,
            options=tuple(options),
        )

    def _unit(self) -> ColumnSpec:
        t = self.t
        label = t("Pupil code") if self.respondent is Respondent.pupil else t("Code")
        hint = t("A code of your own; no name, no BSN.")
        more = t("Unique within the school and the same at every measurement.")
        text = " ".join((hint, more, t("Required.")))
        return ColumnSpec("unit", Role.unit, "text", label, hint, text, required=True)

    def _arm(self) -> ColumnSpec:
        t, project = self.t, self.design.project
        labels = [arm.label.casefold() for arm in project.arms]
        distinct = len(set(labels)) == len(labels)
        options = tuple(
            Option(
                arm.role.value,
                arm.role.label,
                arm.label if distinct else arm.role.label.to(self.lang),
                frozenset({arm.label} if distinct else ()),
            )
            for arm in project.arms
        )
        if any(len(school.arms) > 1 for school in project.schools):
            more = t("May stay empty for a school with one group.")
        else:
            more = t("May stay empty.")
        hint = t("The group in the comparison.")
        return ColumnSpec(
            "arm", Role.arm, "choice", t("Group"), hint, f"{hint} {more}", options=options
        )

    def _totals(self) -> tuple[ColumnSpec, ...]:
        t = self.t
        counted = [entry for entry in self.entries.values() if has_numbers(entry)]
        options = tuple(self._measure_option(entry) for entry in counted)
        ranges = "\n".join(
            f"{option.shown}: {self._bounds(entry)}"
            for option, entry in zip(options, counted, strict=True)
        )
        which = t("What the numbers in this row are about.")
        count = t("How many persons have a value.")
        mean = t("Mean of those persons.")
        spread = t("Standard deviation (n − 1); empty if n is 1.")
        return (
            ColumnSpec(
                "measure",
                Role.measure,
                "choice",
                t("Measure"),
                which,
                which,
                required=True,
                options=options,
            ),
            ColumnSpec(
                "n",
                Role.n,
                "number",
                t("Number of persons"),
                count,
                count,
                required=True,
                minimum=0.0,
                whole=True,
            ),
            ColumnSpec("mean", Role.mean, "number", t("Mean"), mean, f"{mean}\n{ranges}"),
            ColumnSpec(
                "sd", Role.sd, "number", t("Standard deviation"), spread, spread, minimum=0.0
            ),
        )

    def _measure_option(self, entry: ScheduleEntry) -> Option:
        measure = self.design.measure(entry.measure)
        return Option(measure.id, measure.label, measure.label.to(self.lang))

    def _measured(self, entry: ScheduleEntry) -> Iterable[ColumnSpec]:
        measure = self.design.measure(entry.measure)
        if not measure.items:
            about = [measure.description.to(self.lang), *self._remarks(entry), self._range(entry)]
            yield self._value(entry, measure, measure.id, Role.value, measure.label, about)
        for number, (name, item) in enumerate(
            zip(measure.columns, measure.items, strict=False), start=1
        ):
            about = self._about_item(entry, measure, item, number)
            yield self._value(entry, measure, name, Role.item, item.text, about)

    def _about_item(
        self, entry: ScheduleEntry, measure: Measure, item: Item, number: int
    ) -> list[str]:
        question = self.t("{measure}, question {number} of {total}.").format(
            measure=measure.label.to(self.lang), number=number, total=len(measure.items)
        )
        return [question, *(self._remarks(entry) if number == 1 else ()), self._range(entry)]

    def _value(
        self,
        entry: ScheduleEntry,
        measure: Measure,
        name: str,
        role: Role,
        label: Text,
        about: list[str],
    ) -> ColumnSpec:
        kind, low, high, whole = self._cell(entry)
        return ColumnSpec(
            name,
            role,
            kind,
            label.to(self.lang),
            about[-1],
            "\n".join(filter(None, (" ".join(about[:-1]), about[-1]))),
            measure=measure,
            entry=entry,
            minimum=low,
            maximum=high,
            whole=whole,
            options=tuple(self._options(entry)),
        )

    def _cell(
        self, entry: ScheduleEntry
    ) -> tuple[Literal["text", "number", "choice"], float | None, float | None, bool]:
        scale = entry.scale
        if scale.type is ScaleType.text:
            return "text", None, None, False
        if scale.choices:
            return "choice", *scale_bounds(scale), False
        if scale.type is ScaleType.nominal:
            return "text", None, None, False
        return "number", *scale_bounds(scale), scale.type is ScaleType.count_

    def _options(self, entry: ScheduleEntry) -> Iterable[Option]:
        as_number = has_numbers(entry)
        for choice in entry.scale.choices:
            stored = choice.value
            if as_number:
                number = float(stored)
                yield Option(
                    number,
                    choice.label,
                    f"{number:.10g}",
                    frozenset({str(stored), number_in(number, "nl")}),
                )
            else:
                yield Option(str(stored), choice.label, choice.label.to(self.lang))

    def _range(self, entry: ScheduleEntry) -> str:
        scale, options = entry.scale, tuple(self._options(entry))
        if options and has_numbers(entry):
            shown = (number_in(float(o.value), self.lang) for o in options)
            return legend([(s, o.label.to(self.lang)) for s, o in zip(shown, options, strict=True)])
        if options:
            return self.t("Choose from the list.")
        if not scale.is_numeric:
            return self.t("A short text without names.")
        return self._bounds(entry, whole=scale.type is ScaleType.count_)

    def _bounds(self, entry: ScheduleEntry, whole: bool = False) -> str:
        low, high = scale_bounds(entry.scale)
        unit = entry.scale.unit.to(self.lang) if entry.scale.unit else None
        return range_sentence(self.t, self.lang, low, high, whole=whole, unit=unit)

    def _remarks(self, entry: ScheduleEntry) -> Iterable[str]:
        if entry.instrument:
            yield self.t("Test or form: {name}.").format(name=entry.instrument)
        if tuple(entry.arms) == (ArmRole.intervention,) and self.design.project.has_comparison:
            yield self.t("Only for the intervention group.")
        if not entry.mandatory:
            yield self.t("Voluntary.")
