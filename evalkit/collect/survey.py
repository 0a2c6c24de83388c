"""What the forms of survey tools share: names, hidden fields, and when a question is asked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from evalkit.collect.columns import ColumnSpec, Form, Role, columns_for, forms_of
from evalkit.language import translator
from evalkit.model.design import Design
from evalkit.model.submission import Grain
from evalkit.model.text import Lang, Text
from evalkit.model.vocabulary import ArmRole

PROJECT, DESIGN, WAVE, RESPONDENT = (
    "evalkit_project",
    "evalkit_design",
    "evalkit_wave",
    "evalkit_respondent",
)
"""Hidden fields: with them an export says by itself what it is."""

TODAY = "today"
"""The day a form was filled in."""

SCORE = "score__"
"""First part of the names of scores that a form computes; evalkit computes its own again."""

PERSONAL_NUMBER = "^[0-9]{8,9}$"
"""Codes that may be a personal number."""


@dataclass(frozen=True)
class Question:
    """One column of a form, as a survey tool asks it."""

    name: str
    """Name in the tool."""
    spec: ColumnSpec
    """The column, in the language of the design."""
    label: Text
    hint: Text
    arms: tuple[ArmRole, ...] | None
    """Only asked in these arms; none: asked of all."""


@dataclass(frozen=True)
class SurveyForm:
    """What one respondent group is asked in one wave, one person at a time."""

    design: Design
    form: Form
    questions: tuple[Question, ...]

    @property
    def id(self) -> str:
        """Project, wave and respondent, as an id that survey tools accept."""
        parts = (self.design.project.id, self.form.wave, self.form.respondent.value)
        return re.sub("[.-]", "_", "_".join(parts))

    @property
    def hidden(self) -> dict[str, str]:
        """Hidden fields with their values."""
        return {
            PROJECT: self.design.project.id,
            DESIGN: self.design.hash,
            WAVE: self.form.wave,
            RESPONDENT: self.form.respondent.value,
        }

    @property
    def title(self) -> Text:
        """Title in both languages."""
        wave = self.design.wave(self.form.wave).label
        who = self.form.respondent.label
        project = self.design.project.title
        return Text(nl=f"{project}: {wave.nl}, {who.nl}", en=f"{project}: {wave.en}, {who.en}")

    @property
    def privacy(self) -> Text:
        """What every form says first."""

        def to(lang: Lang) -> str:
            t = translator(lang)
            return t("Do not write names, birth dates or personal numbers anywhere in this form.")

        return Text(nl=to("nl"), en=to("en"))

    def arms_of(self, brin: str) -> tuple[ArmRole, ...]:
        """The arms in which a school has groups."""
        return next(s.arms for s in self.design.project.schools if s.brin == brin)

    @property
    def split_schools(self) -> tuple[str, ...]:
        """Schools with groups in more than one arm that nothing else in the form tells.

        Only there the arm is asked: elsewhere it follows from the school, or from the subject.
        """
        asked = self._asks_subject
        return tuple(
            s.brin
            for s in self.design.project.schools
            if len(s.arms) > 1 and not (asked and s.subjects)
        )

    def schools_in(self, arms: Sequence[ArmRole]) -> tuple[str, ...]:
        """Schools that are in one arm alone, which is one of these."""
        schools = self.design.project.schools
        return tuple(s.brin for s in schools if len(s.arms) == 1 and set(s.arms) & set(arms))

    def subjects_in(self, arms: Sequence[ArmRole]) -> dict[str, tuple[str, ...]]:
        """Of schools in several arms: the subjects whose arm is one of these."""
        if not self._asks_subject:
            return {}
        found = {
            s.brin: tuple(name for name, arm in s.subjects.items() if arm in arms)
            for s in self.design.project.schools
            if len(s.arms) > 1
        }
        return {brin: names for brin, names in found.items() if names}

    @property
    def _asks_subject(self) -> bool:
        return any(question.spec.role is Role.subject for question in self.questions)


def survey_names(columns: Iterable[str]) -> dict[str, str]:
    """Column to its name in survey tools: ``core.workload.i1`` is ``core__workload__i1``.

    Lower case letters, digits and underscores, as REDCap asks; unique, so that each name leads
    back to one column.
    """
    names: dict[str, str] = {}
    taken: set[str] = set()
    for column in columns:
        name = base = re.sub("[.-]", "__", column)
        number = 2
        while name in taken:
            name, number = f"{base}_{number}", number + 1
        taken.add(name)
        names[column] = name
    return names


def survey_forms(design: Design, wave: str | None = None) -> tuple[SurveyForm, ...]:
    """One form per wave and respondent group, of one wave if given."""
    return tuple(
        _survey_form(design, form)
        for form in forms_of(design)
        if form.grain is Grain.unit and wave in (None, form.wave)
    )


def _survey_form(design: Design, form: Form) -> SurveyForm:
    key = (form.wave, form.respondent, form.grain)
    dutch, english = (columns_for(design, *key, lang) for lang in ("nl", "en"))
    names = survey_names(spec.name for spec in form.columns)
    questions = tuple(
        Question(
            names[spec.name],
            spec,
            Text(nl=nl.label, en=en.label),
            Text(nl=nl.hint, en=en.hint),
            _only_in(spec, design),
        )
        for spec, nl, en in zip(form.columns, dutch, english, strict=True)
    )
    return SurveyForm(design, form, questions)


def _only_in(spec: ColumnSpec, design: Design) -> tuple[ArmRole, ...] | None:
    if spec.entry is None or len(spec.entry.arms) == len(design.project.arms):
        return None
    return spec.entry.arms


def is_measured(question: Question) -> bool:
    """Whether it asks for a value, not who answers."""
    return question.spec.role in (Role.value, Role.item)
