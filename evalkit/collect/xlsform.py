"""XLSForms (xlsform.org) of a design, for KoboToolbox, ODK and other tools that read them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from io import BytesIO
from itertools import groupby

import xlsxwriter

from evalkit.collect.columns import Option, Role, scale_bounds
from evalkit.collect.scoring import GOAL_CORRELATION
from evalkit.collect.survey import (
    PERSONAL_NUMBER,
    SCORE,
    TODAY,
    Question,
    SurveyForm,
    is_measured,
    survey_names,
)
from evalkit.language import translator
from evalkit.model.design import ScheduleEntry
from evalkit.model.hashing import short
from evalkit.model.measure import Measure
from evalkit.model.text import Lang, Text

Row = dict[str, str]

LANGUAGES: dict[Lang, str] = {"nl": "Nederlands (nl)", "en": "English (en)"}
"""Names of the languages, as XLSForm writes them in headers."""

_TRANSLATED = ("label", "hint", "constraint_message", "required_message")
_SURVEY = (
    "type",
    "name",
    *_TRANSLATED,
    "required",
    "constraint",
    "relevant",
    "calculation",
    "appearance",
)
_MADE = dt.datetime(2000, 1, 1)
"""The day that files say they were made, so that the same design gives the same bytes."""


def write_xlsform(form: SurveyForm) -> bytes:
    """The form as an XLSForm in both languages, the same bytes for the same design.

    Names are those of ``survey_names``. Questionnaires compute their score in a field of their
    own; evalkit computes it again from the answers.
    """
    lists: dict[tuple[Option, ...], str] = {}
    survey = list(_survey(form, lists))
    choices = [
        {"list_name": name, "name": _value(option), **_in_both("label", option.label)}
        for options, name in lists.items()
        for option in options
    ]
    settings = {
        "form_title": form.title.to(form.design.language),
        "form_id": form.id,
        "version": short(form.design.hash),
        "default_language": LANGUAGES[form.design.language],
        "style": "pages",
    }
    return _workbook(
        {
            "survey": (_columns(_SURVEY), survey),
            "choices": (("list_name", "name", *_columns(("label",))), choices),
            "settings": (tuple(settings), [settings]),
        }
    )


def _columns(names: Iterable[str]) -> list[str]:
    return [
        header
        for name in names
        for header in (
            [f"{name}::{LANGUAGES[lang]}" for lang in LANGUAGES] if name in _TRANSLATED else [name]
        )
    ]


def _in_both(column: str, text: Text) -> Row:
    return {f"{column}::{LANGUAGES['nl']}": text.nl, f"{column}::{LANGUAGES['en']}": text.en}


def _both(english: str) -> Text:
    return Text(nl=translator("nl")(english), en=english)


def _survey(form: SurveyForm, lists: dict[tuple[Option, ...], str]) -> Iterator[Row]:
    for meta in ("start", "end", TODAY):
        yield {"type": meta, "name": meta}
    for name, value in form.hidden.items():
        yield {"type": "calculate", "name": name, "calculation": _quoted(value)}
    intro = Text(nl=f"{form.title.nl}. {form.privacy.nl}", en=f"{form.title.en}. {form.privacy.en}")
    yield {"type": "note", "name": "intro", **_in_both("label", intro)}
    for question in form.questions:
        if not is_measured(question):
            yield from _identity(form, question, lists)
    measured = [question for question in form.questions if is_measured(question)]
    for _, group in groupby(measured, key=lambda q: q.spec.measure and q.spec.measure.id):
        yield from _measured(form, list(group), lists)


def _identity(
    form: SurveyForm, question: Question, lists: dict[tuple[Option, ...], str]
) -> Iterator[Row]:
    spec = question.spec
    if spec.role is Role.school and len(spec.options) == 1:
        value = _quoted(str(spec.options[0].value))
        yield {"type": "calculate", "name": question.name, "calculation": value}
        return
    row = _question(question, lists)
    if spec.role is Role.arm:
        if not form.split_schools:
            return
        row |= {"relevant": _of_schools(form, form.split_schools), "required": "yes"}
        row |= _in_both("required_message", _both("Required."))
    elif spec.required:
        row |= {"required": "yes", **_in_both("required_message", _both("Required."))}
    if spec.role in (Role.unit, Role.class_):
        row["constraint"] = f"not(regex(., '{PERSONAL_NUMBER}'))"
        row |= _in_both("constraint_message", _both("A code of your own; no name, no BSN."))
    if spec.role is Role.unit:
        row["constraint"] += " and regex(., '^[^ ]+$')"
    yield row


def _measured(
    form: SurveyForm, questions: Sequence[Question], lists: dict[tuple[Option, ...], str]
) -> Iterator[Row]:
    measure, entry = questions[0].spec.measure, questions[0].spec.entry
    assert measure is not None
    assert entry is not None
    relevant = _relevant(form, questions[0])
    if not measure.items:
        for question in questions:
            yield _question(question, lists) | relevant
        return
    name = survey_names([measure.id])[measure.id]
    yield {
        "type": "begin_group",
        "name": f"group__{name}",
        **_in_both("label", measure.label),
        "appearance": "field-list",
        **relevant,
    }
    for question in questions:
        yield _question(question, lists)
    yield {"type": "end_group", "name": f"group__{name}"}
    calculation = _score(measure, entry, questions)
    if calculation:
        yield {"type": "calculate", "name": f"{SCORE}{name}", "calculation": calculation}


def _question(question: Question, lists: dict[tuple[Option, ...], str]) -> Row:
    spec = question.spec
    row = {"name": question.name, **_in_both("label", question.label)}
    if spec.options:
        # An answer legend would repeat the options under every question.
        kind = f"select_one {lists.setdefault(spec.options, f'list{len(lists) + 1}')}"
        return {"type": kind, **row}
    row |= _in_both("hint", question.hint)
    if spec.kind != "number":
        return {"type": "text", **row}
    bounds = ((">=", spec.minimum), ("<=", spec.maximum))
    limits = [f". {sign} {bound:.10g}" for sign, bound in bounds if bound is not None]
    if limits:
        row |= {"constraint": " and ".join(limits), **_in_both("constraint_message", question.hint)}
    return {"type": "integer" if spec.whole else "decimal", **row}


def _value(option: Option) -> str:
    return option.value if isinstance(option.value, str) else f"{option.value:.10g}"


def _quoted(value: str) -> str:
    return f"'{value}'"


def _relevant(form: SurveyForm, question: Question) -> Row:
    """When a measure is asked: in the arms it is for, which follow from school or subject."""
    arms = question.arms
    if arms is None:
        return {}
    sure = form.schools_in(arms)
    parts = [_of_schools(form, sure)] if sure else []
    for brin, subjects in form.subjects_in(arms).items():
        taught = " or ".join(f"${{subject}} = '{name}'" for name in subjects)
        parts.append(f"(${{school}} = '{brin}' and ({taught}))")
    if form.split_schools:
        chosen = " or ".join(f"${{arm}} = '{arm.value}'" for arm in arms)
        parts.append(f"({chosen})")
    return {"relevant": " or ".join(parts) or "false()"}


def _of_schools(form: SurveyForm, brins: Sequence[str]) -> str:
    return "(" + " or ".join(f"${{school}} = '{brin}'" for brin in brins) + ")"


def _score(measure: Measure, entry: ScheduleEntry, questions: Sequence[Question]) -> str | None:
    """The score as an XPath expression; none if items cannot be turned round."""
    by_item = dict(zip(measure.items, questions, strict=True))
    if measure.scoring == "attainment":
        weighted = [(item.weight, f"${{{q.name}}}") for item, q in by_item.items()]
        total = " + ".join(f"{w:.10g} * coalesce({x}, 0)" for w, x in weighted)
        squares = " + ".join(f"{w * w:.10g} * {_is_given(x)}" for w, x in weighted)
        sums = " + ".join(f"{w:.10g} * {_is_given(x)}" for w, x in weighted)
        spread = f"{1 - GOAL_CORRELATION:g} * ({squares}) + {GOAL_CORRELATION:g} * pow({sums}, 2)"
        return f"if(({sums}) > 0, 50 + 10 * ({total}) div sqrt({spread}), '')"
    low, high = scale_bounds(entry.scale)
    if any(item.reverse for item in measure.items) and (low is None or high is None):
        return None
    turned = (low or 0) + (high or 0)
    answers = [
        f"if({_is_given(x)} = 1, {turned:.10g} - {x}, 0)" if item.reverse else f"coalesce({x}, 0)"
        for item, x in ((item, f"${{{q.name}}}") for item, q in by_item.items())
    ]
    given = " + ".join(_is_given(f"${{{q.name}}}") for q in questions)
    return f"if(2 * ({given}) >= {len(questions)}, ({' + '.join(answers)}) div ({given}), '')"


def _is_given(reference: str) -> str:
    return f"if({reference} != '', 1, 0)"


def _workbook(sheets: dict[str, tuple[Sequence[str], list[Row]]]) -> bytes:
    buffer = BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(buffer, options)
    book.set_properties({"author": "evalkit", "created": _MADE})
    head = book.add_format({"bold": True, "bottom": 1})
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    for name, (columns, rows) in sheets.items():
        sheet = book.add_worksheet(name)
        used = [c for c in columns if any(row.get(c) for row in rows)]
        for number, column in enumerate(used):
            sheet.write_string(0, number, column, head)
            sheet.set_column(number, number, 40 if "::" in column else 24, wrapped)
        sheet.freeze_panes(1, 2)
        for line, row in enumerate(rows, start=1):
            for number, column in enumerate(used):
                if row.get(column):
                    sheet.write_string(line, number, row[column])
    book.close()
    return buffer.getvalue()
