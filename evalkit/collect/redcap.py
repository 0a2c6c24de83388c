"""REDCap data dictionaries of a design: one instrument per wave and respondent group."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from io import StringIO

from evalkit.collect.columns import Option, Role
from evalkit.collect.survey import TODAY, Question, SurveyForm, is_measured
from evalkit.model.safe_text import neutral
from evalkit.model.text import Lang
from evalkit.model.vocabulary import ArmRole

COLUMNS = (
    "Variable / Field Name",
    "Form Name",
    "Section Header",
    "Field Type",
    "Field Label",
    "Choices, Calculations, OR Slider Labels",
    "Field Note",
    "Text Validation Type OR Show Slider Number",
    "Text Validation Min",
    "Text Validation Max",
    "Identifier?",
    "Branching Logic (Show field only if...)",
    "Required Field?",
    "Custom Alignment",
    "Question Number (surveys only)",
    "Matrix Group Name",
    "Matrix Ranking?",
    "Field Annotation",
)
"""The eighteen columns of a data dictionary, in REDCap's words and order."""

Row = dict[str, str]


def write_redcap(form: SurveyForm, lang: Lang | None = None) -> bytes:
    """The form as a REDCap data dictionary (CSV, UTF-8).

    A dictionary has one language: ``lang``, or the design's own. Names are those of
    ``survey_names``. Scores are left to evalkit, which computes them from the answers.
    """
    rows = list(_rows(form, lang or form.design.language))
    text = StringIO(newline="")
    writer = csv.DictWriter(text, COLUMNS, restval="", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows({"Form Name": form.id, **row} for row in rows)
    return text.getvalue().encode("utf-8")


def _rows(form: SurveyForm, lang: Lang) -> Iterator[Row]:
    yield _row("record_id", "text", "Record")
    for name, value in form.hidden.items():
        yield _row(name, "text", name) | {"Field Annotation": f"@HIDDEN @DEFAULT='{value}'"}
    yield _row(TODAY, "text", TODAY) | {
        "Text Validation Type OR Show Slider Number": "date_ymd",
        "Field Annotation": "@HIDDEN @TODAY",
    }
    intro = f"{form.title.to(lang)}. {form.privacy.to(lang)}"
    yield _row("intro", "descriptive", intro)
    section = None
    for question in form.questions:
        row = _question(form, question, lang)
        if row is None:
            continue
        measure = question.spec.measure
        if measure and measure.items and measure.id != section:
            section = measure.id
            row["Section Header"] = neutral(measure.label.to(lang))
        yield row


def _row(name: str, kind: str, label: str) -> Row:
    return {"Variable / Field Name": name, "Field Type": kind, "Field Label": neutral(label)}


def _question(form: SurveyForm, question: Question, lang: Lang) -> Row | None:
    spec = question.spec
    if spec.role is Role.school and len(spec.options) == 1:
        hidden = {"Field Annotation": f"@HIDDEN @DEFAULT='{spec.options[0].value}'"}
        return _row(question.name, "text", question.label.to(lang)) | hidden
    if spec.role is Role.arm and not form.split_schools:
        return None
    row = _row(question.name, "text", question.label.to(lang))
    if spec.options:
        row |= {
            "Field Type": "radio",
            "Choices, Calculations, OR Slider Labels": _choices(question, lang),
        }
    else:
        row |= {"Field Note": neutral(question.hint.to(lang))} | _validation(question)
    if spec.required:
        row["Required Field?"] = "y"
    if spec.role is Role.arm:
        row |= {"Branching Logic (Show field only if...)": _of_schools(form.split_schools)}
        row["Required Field?"] = "y"
    if is_measured(question) and question.arms is not None:
        row["Branching Logic (Show field only if...)"] = _in_arms(form, question.arms)
    return row


def _choices(question: Question, lang: Lang) -> str:
    def shown(option: Option) -> str:
        return option.label.to(lang).replace("|", "/")

    return " | ".join(f"{_code(o)}, {shown(o)}" for o in question.spec.options)


def _code(option: Option) -> str:
    return option.value if isinstance(option.value, str) else f"{option.value:.10g}"


def _validation(question: Question) -> Row:
    spec = question.spec
    if spec.kind != "number":
        return {"Field Type": "notes"} if is_measured(question) else {}
    bounds = {"Text Validation Min": spec.minimum, "Text Validation Max": spec.maximum}
    return {
        "Text Validation Type OR Show Slider Number": "integer" if spec.whole else "number",
        **{name: f"{bound:.10g}" for name, bound in bounds.items() if bound is not None},
    }


def _of_schools(brins: tuple[str, ...]) -> str:
    return " or ".join(f"[school] = '{brin}'" for brin in brins)


def _in_arms(form: SurveyForm, arms: tuple[ArmRole, ...]) -> str:
    sure = form.schools_in(arms)
    parts = [_of_schools(sure)] if sure else []
    for brin, subjects in form.subjects_in(arms).items():
        taught = " or ".join(f"[subject] = '{name}'" for name in subjects)
        parts.append(f"([school] = '{brin}' and ({taught}))")
    parts += [f"[arm] = '{arm.value}'" for arm in arms] if form.split_schools else []
    return " or ".join(parts)
