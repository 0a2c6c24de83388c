"""Forms for survey tools: pyxform takes them, their scores are evalkit's, their names lead back."""

from __future__ import annotations

import csv
import io
import math
import re
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from openpyxl import load_workbook
from pyxform.xls2xform import convert

from evalkit.collect.columns import Role
from evalkit.collect.redcap import COLUMNS, write_redcap
from evalkit.collect.scoring import score
from evalkit.collect.survey import SCORE, SurveyForm, survey_forms, survey_names
from evalkit.collect.xlsform import LANGUAGES, write_xlsform
from evalkit.model.design import Design
from evalkit.model.measure import Item
from evalkit.model.project import School
from evalkit.model.vocabulary import ArmRole, Respondent

from .designs import build_design, text

DESIGN = build_design()
FORMS = {form.id: form for form in survey_forms(DESIGN)}
XF = "{http://www.w3.org/2002/xforms}"

repeatable = settings(derandomize=True, database=None, deadline=None)
every_form = pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())


def sheet(form: SurveyForm, name: str) -> list[dict[str, str]]:
    rows = load_workbook(io.BytesIO(write_xlsform(form)))[name].iter_rows(values_only=True)
    head = next(rows)
    return [
        {str(h): str(v) for h, v in zip(head, row, strict=True) if v is not None} for row in rows
    ]


def xform(form: SurveyForm) -> Any:
    warnings: list[str] = []
    made = convert(io.BytesIO(write_xlsform(form)), warnings=warnings, file_type=".xlsx")
    assert warnings == []
    return etree.fromstring(made.xform.encode("utf-8"))


@every_form
def test_pyxform_takes_it_and_every_question_is_there_in_both_languages(form: SurveyForm) -> None:
    tree = xform(form)
    nodes = {str(bind.get("nodeset")).rsplit("/", 1)[1] for bind in tree.iter(f"{XF}bind")}
    asked = {q.name for q in form.questions if q.spec.role is not Role.arm or form.split_schools}
    assert asked <= nodes
    texts = {}
    for translation in tree.iter(f"{XF}translation"):
        texts[translation.get("lang")] = {
            node.get("id"): "".join(node.itertext()).strip() for node in translation
        }
    assert set(texts) == set(LANGUAGES.values())
    dutch, english = (texts[LANGUAGES[lang]] for lang in ("nl", "en"))
    assert set(dutch) == set(english)
    assert all(value not in ("", "-") for value in (*dutch.values(), *english.values()))


@every_form
def test_the_same_design_gives_the_same_bytes(form: SurveyForm) -> None:
    assert write_xlsform(form) == write_xlsform(form)
    assert write_redcap(form) == write_redcap(form)


@every_form
def test_a_person_is_asked_for_a_code_and_never_for_a_personal_number(form: SurveyForm) -> None:
    rows = {row.get("name"): row for row in sheet(form, "survey")}
    if form.form.respondent is Respondent.school:
        assert "unit" not in rows
        return
    assert rows["unit"]["required"] == "yes"
    assert "regex(., '^[0-9]{8,9}$')" in rows["unit"]["constraint"]


@every_form
def test_bounds_are_constraints(form: SurveyForm) -> None:
    rows = {row.get("name"): row for row in sheet(form, "survey")}
    for question in form.questions:
        spec = question.spec
        if spec.kind == "number" and spec.minimum is not None:
            assert f". >= {spec.minimum:.10g}" in rows[question.name]["constraint"]
        if spec.kind == "number" and spec.maximum is not None:
            assert f". <= {spec.maximum:.10g}" in rows[question.name]["constraint"]


ids = st.from_regex(r"[a-z][a-z0-9_]{0,8}([.-][a-z0-9_]{1,8}){0,3}", fullmatch=True)


@repeatable
@given(st.lists(ids, unique=True, max_size=30))
def test_names_fit_redcap_and_lead_back(columns: list[str]) -> None:
    names = survey_names(columns)
    assert len(set(names.values())) == len(columns)
    assert all(re.fullmatch(r"[a-z][a-z0-9_]{0,99}", name) for name in names.values())


# -- scores -------------------------------------------------------------------------------------


def computed(expression: str, answers: dict[str, float | None]) -> float:
    """What an XForms engine makes of a calculation: ``if``, ``coalesce``, ``pow``, ``sqrt``."""

    def text_of(value: Any) -> str:
        if isinstance(value, list):
            return "".join(node.text or "" for node in value)
        return str(value)

    def number(value: Any) -> float:
        shown = text_of(value)
        return float(shown) if shown else math.nan

    functions = etree.FunctionNamespace(None)
    functions["if"] = lambda _, condition, yes, no: yes if condition else no
    functions["coalesce"] = lambda _, first, second: first if text_of(first) else second
    functions["pow"] = lambda _, base, exponent: number(base) ** number(exponent)
    functions["sqrt"] = lambda _, value: math.sqrt(number(value))
    root = etree.Element("form")
    for name, value in answers.items():
        etree.SubElement(root, name).text = "" if value is None else f"{value:g}"
    # An XForms engine calls these functions by their bare names; XPath 1.0 keeps none of them.
    found = root.xpath(re.sub(r"\$\{(\w+)\}", r"\1", expression))
    return number(found)


def scored_forms() -> list[tuple[SurveyForm, str]]:
    return [
        (form, str(row["name"]))
        for form in survey_forms(with_reverse(DESIGN))
        for row in sheet(form, "survey")
        if str(row.get("name")).startswith(SCORE)
    ]


def with_reverse(design: Design) -> Design:
    """The design with the second item of each questionnaire turned round."""

    def turned(items: tuple[Item, ...]) -> tuple[Item, ...]:
        return tuple(i.model_copy(update={"reverse": n == 1}) for n, i in enumerate(items))

    measures = tuple(m.model_copy(update={"items": turned(m.items)}) for m in design.measures)
    return design.model_copy(update={"measures": measures})


SCORED = scored_forms()


@pytest.mark.parametrize(("form", "name"), SCORED, ids=[f"{f.id}-{n}" for f, n in SCORED])
@repeatable
@given(data=st.data())
def test_the_form_computes_the_score_that_evalkit_computes(
    form: SurveyForm, name: str, data: Any
) -> None:
    calculation = next(row["calculation"] for row in sheet_of(form) if row.get("name") == name)
    questions = [
        q for q in form.questions
        if q.spec.measure and SCORE + survey_names([q.spec.measure.id])[q.spec.measure.id] == name
    ]  # fmt: skip
    answers = {
        q.name: data.draw(st.none() | st.sampled_from([float(o.value) for o in q.spec.options]))
        for q in questions
    }
    measure, entry = questions[0].spec.measure, questions[0].spec.entry
    assert measure is not None
    assert entry is not None
    row = {q.spec.name: answers[q.name] for q in questions}
    expected = score(pd.DataFrame([row], dtype=float), measure, entry)[0]
    found = computed(calculation, answers)
    assert found == pytest.approx(expected, nan_ok=True)


_SHEETS: dict[int, list[dict[str, str]]] = {}


def sheet_of(form: SurveyForm) -> list[dict[str, str]]:
    return _SHEETS.setdefault(id(form), sheet(form, "survey"))


def test_there_are_scores_to_compare() -> None:
    assert len(SCORED) >= 2


# -- REDCap -------------------------------------------------------------------------------------


@every_form
def test_a_data_dictionary_is_what_redcap_asks(form: SurveyForm) -> None:
    rows = list(csv.DictReader(io.StringIO(write_redcap(form, "nl").decode("utf-8"))))
    assert tuple(rows[0]) == COLUMNS
    assert len(COLUMNS) == 18
    names = [row["Variable / Field Name"] for row in rows]
    assert names[0] == "record_id"
    assert len(set(names)) == len(names)
    kinds = {"text", "notes", "radio", "descriptive"}
    for row in rows:
        assert re.fullmatch(r"[a-z][a-z0-9_]{0,99}", row["Variable / Field Name"])
        assert re.fullmatch(r"[a-z][a-z0-9_]*", row["Form Name"])
        assert row["Field Type"] in kinds
        assert row["Field Label"]
        if row["Field Type"] == "radio":
            options = row["Choices, Calculations, OR Slider Labels"].split(" | ")
            assert all(re.match(r"[-\w]+, .+", option) for option in options)
        for variable in re.findall(r"\[(\w+)\]", row["Branching Logic (Show field only if...)"]):
            assert variable in names


def test_a_label_with_a_bar_does_not_split_an_option() -> None:
    form, question = next(
        (form, question)
        for form in FORMS.values()
        for question in form.questions
        if question.spec.role is Role.item
    )
    barred = text("links | rechts")
    options = tuple(type(o)(o.value, barred, o.shown, o.spellings) for o in question.spec.options)
    spec = replace(question.spec, options=options)
    changed = replace(form, questions=(replace(question, spec=spec),))
    rows = list(csv.DictReader(io.StringIO(write_redcap(changed, "nl").decode("utf-8"))))
    shown = rows[-1]["Choices, Calculations, OR Slider Labels"].split(" | ")
    assert len(shown) == len(options)


def crossover() -> Design:
    """Each school teaches one subject in the new way and the other as before."""
    plain = build_design()
    both = (ArmRole.intervention, ArmRole.comparison)
    schools = tuple(
        School(brin=brin, arms=both, subjects=dict(zip(names, both, strict=True)))
        for brin, names in {"05KO": ("geo", "bio"), "12AB01": ("bio", "geo")}.items()
    )
    project = plain.project.model_copy(update={"schools": schools})
    return plain.model_copy(update={"project": project})


def test_in_a_crossover_of_subjects_nobody_is_asked_for_the_group() -> None:
    """It follows from school and subject, and a slip there would refuse the whole export."""
    forms = [f for f in survey_forms(crossover()) if f.form.respondent is Respondent.pupil]
    assert forms
    for form in forms:
        names = {row.get("name"): row for row in sheet(form, "survey")}
        assert "subject" in names
        assert "arm" not in names
        asked = write_redcap(form).decode()
        assert re.search(r"^subject,", asked, re.MULTILINE)
        assert not re.search(r"^arm,", asked, re.MULTILINE)
        assert "[arm]" not in asked
        assert not any("${arm}" in row.get("relevant", "") for row in names.values())
        assert xform(form) is not None
    # Parents do not say which subject their answers are about: of them it is asked.
    others = [f for f in survey_forms(crossover()) if f.form.respondent is Respondent.school]
    assert all(form.split_schools == ("05KO", "12AB01") for form in others)


def test_what_is_for_one_group_is_asked_by_school_and_subject() -> None:
    design = crossover()
    only = tuple(
        e.model_copy(update={"arms": (ArmRole.intervention,)})
        if e.respondent is Respondent.pupil
        else e
        for e in design.schedule
    )
    design = design.model_copy(update={"schedule": only})
    form = next(f for f in survey_forms(design) if f.form.respondent is Respondent.pupil)
    rows = [row["relevant"] for row in sheet(form, "survey") if row.get("relevant")]
    assert rows
    for relevant in rows:
        assert "${school} = '05KO' and (${subject} = 'geo')" in relevant
        assert "${school} = '12AB01' and (${subject} = 'bio')" in relevant
    assert "([school] = '05KO' and ([subject] = 'geo'))" in write_redcap(form).decode()
    assert xform(form) is not None
