"""How far a school is: formulas on the start sheet that count what is filled in.

Ranges start at the row of hidden names, which nobody can move: a row put in above the first one is
counted too. So each count is one too high, and one is taken off.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from evalkit.collect.columns import ColumnSpec, Form, Role
from evalkit.collect.workbook_format import NAMES_ROW
from evalkit.language import Translate
from evalkit.model.design import Design
from evalkit.model.submission import Grain
from evalkit.model.vocabulary import ArmRole, Respondent

_LAST_COUNTED = 200_000
_LONGEST = 2_000
"""Characters of a number that a formula, of at most 8,192, has four times."""

_MOST_COLUMNS = 150
"""Columns in one formula, which takes at most 255 arguments and 8,192 characters."""


_PLAIN = re.compile(r"\w[\w ,.:;()/&'+–-]{0,200}")
"""A text that a formula compares with as it stands: no wildcard, and no sign to begin with."""


@dataclass(frozen=True, slots=True)
class Mandatory:
    """Something mandatory on a sheet: a column, or all questions of a questionnaire."""

    label: str
    columns: tuple[int, ...]
    """Positions, from 0."""
    arms: tuple[ArmRole, ...] | None = None
    """The groups of the comparison whose rows must have it; none: every row."""


def filled_rows(form: Form, sheet: str) -> str:
    """A formula for the number of rows that were filled in: the most values in one column."""
    columns = [i for i, spec in enumerate(form.columns) if not _is_prepared(form, spec)]
    return f"=MAX({_counts(sheet, columns[:_MOST_COLUMNS])})-1"


def rows_asked(form: Form, sheet: str) -> str | None:
    """A formula for the number of rows that are asked, where they are written beforehand."""
    if form.respondent is not Respondent.school:
        return None
    return f"=COUNTA({_range(sheet, 0)})-1"


def filled_cells(mandatory: Mandatory, sheet: str) -> str:
    """A formula for the number of rows that have it; of a questionnaire, every question."""
    return f"=MIN({_counts(sheet, mandatory.columns[:_MOST_COLUMNS])})-1"


def still_empty(asked: str, filled: str) -> str:
    """A formula for the rows that still lack it: a tick if none does, nothing if there are none.

    Args:
        asked: The cell, or number, of rows asked.
        filled: The cell with the rows that have it.
    """
    return f'=IF({asked}=0,"",IF({filled}>={asked},"✓",{asked}-{filled}))'


def rows_of_arms(form: Form, design: Design, arms: Collection[ArmRole], sheet: str) -> str | None:
    """A formula for the number of rows that are of some groups of the comparison.

    Where a school has one group the cell for the group may stay empty. None where the group
    follows from a subject, the formula would be too long, or the name of a group would mean
    something else in a formula.
    """
    at = {spec.role: position for position, spec in enumerate(form.columns)}
    if Role.subject in at:
        return None
    school, arm = (_range(sheet, at[role]) for role in (Role.school, Role.arm))
    shown = {str(o.value): o.shown for s in form.columns if s.role is Role.arm for o in s.options}
    wanted = set(arms)
    whole = [s.brin for s in design.project.schools if set(s.arms) <= wanted]
    partly = [s for s in design.project.schools if set(s.arms) & wanted and s.brin not in whole]
    counts = [f"COUNTIF({school},{_listed(whole)})"] if whole else []
    named = dict.fromkeys(role for s in partly for role in s.arms if role in wanted)
    if not all(_PLAIN.fullmatch(shown[role.value]) for role in named):
        return None
    for role in named:
        brins = _listed(s.brin for s in partly if role in s.arms)
        counts.append(f"COUNTIFS({school},{brins},{arm},{_text(shown[role.value])})")
    formula = "+".join(f"SUMPRODUCT({count})" for count in counts)
    return f"({formula})" if counts and len(formula) <= _LONGEST else None


def _listed(texts: Iterable[str]) -> str:
    return "{" + ",".join(map(_text, texts)) + "}"


def _text(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def mandatory_columns(form: Form, design: Design, t: Translate) -> tuple[Mandatory, ...]:
    """What is mandatory on a sheet with a row per person or school, in the order of its columns."""
    if form.grain is Grain.aggregate:
        return ()
    return tuple(_mandatory(form, design, t))


def _mandatory(form: Form, design: Design, t: Translate) -> Iterable[Mandatory]:
    questions: dict[str, list[int]] = {}
    for position, spec in enumerate(form.columns):
        if spec.role is Role.item and spec.measure:
            questions.setdefault(spec.measure.id, []).append(position)
    for position, spec in enumerate(form.columns):
        if spec.required and not _is_prepared(form, spec):
            yield Mandatory(spec.label, (position,))
        if spec.measure is None or spec.entry is None or not spec.entry.mandatory:
            continue
        of_all = {arm.role for arm in design.project.arms} <= set(spec.entry.arms)
        items = questions.get(spec.measure.id, [position])
        if position != items[0]:
            continue
        label = spec.label
        if spec.role is Role.item:
            text = t("{measure} (questions: {count})")
            label = text.format(measure=spec.measure.label.to(design.language), count=len(items))
        if not of_all:
            groups = ", ".join(arm.label.to(design.language) for arm in spec.entry.arms)
            label += " · " + t("only {groups}").format(groups=groups)
        yield Mandatory(label, tuple(items), None if of_all else spec.entry.arms)


def _is_prepared(form: Form, spec: ColumnSpec) -> bool:
    """Whether the workbook comes with values in it."""
    if form.grain is Grain.aggregate:
        return spec.role in (Role.school, Role.arm, Role.measure)
    return form.respondent is Respondent.school and spec.role in (Role.school, Role.arm)


def _counts(sheet: str, columns: Iterable[int]) -> str:
    return ",".join(f"COUNTA({_range(sheet, column)})" for column in columns)


def _range(sheet: str, column: int) -> str:
    from xlsxwriter.utility import quote_sheetname, xl_range_abs

    area = xl_range_abs(NAMES_ROW, column, _LAST_COUNTED, column)
    return f"{quote_sheetname(sheet)}!{area}"
