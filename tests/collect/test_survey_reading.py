"""What survey tools export of evalkit's forms, read back: the answers, under the design's names."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from evalkit.collect.checks import check_delivery
from evalkit.collect.columns import Role
from evalkit.collect.delivery import Checked, Delivery
from evalkit.collect.survey import SurveyForm, survey_forms
from evalkit.collect.survey_reading import Survey, read_survey, survey_of
from evalkit.collect.tables import read_table
from evalkit.model.design import Design
from evalkit.model.text import Lang

from .test_survey_forms import crossover

Row = dict[str, str]


def form_of(design: Design, id: str) -> SurveyForm:
    return next(form for form in survey_forms(design, "baseline") if form.id.endswith(id))


def answered(form: SurveyForm, unit: str, pick: int) -> Row:
    """Answers as codes, by the names of the form: of each question the ``pick``-th."""
    row = dict(form.hidden)
    for question in form.questions:
        spec = question.spec
        if spec.role is Role.unit:
            row[question.name] = unit
        elif spec.role is Role.arm:  # Asked where a school has groups in both arms.
            arms = form.arms_of(row["school"])
            row[question.name] = arms[pick % 2].value if len(arms) > 1 else ""
        elif spec.options:
            option = spec.options[pick % len(spec.options)]
            value = option.value
            row[question.name] = value if isinstance(value, str) else f"{value:g}"
        elif spec.kind == "number":
            low = spec.minimum if spec.minimum is not None else 3
            row[question.name] = f"{low + pick:g}"
        else:
            row[question.name] = f"groep {pick}"
    return row


def kobo(form: SurveyForm, rows: list[Row]) -> list[Row]:
    """KoboToolbox: group names before a slash, its own columns with an underscore."""
    return [
        {"start": "2026-06-10T09:00:00.000+02:00", "end": "2026-06-10T09:10:00.000+02:00",
         "today": f"2026-06-{10 + n}",
         **{in_group(form, name, "/"): value for name, value in row.items()},
         "score__x": "3", "__version__": "v1", "_id": str(n), "_uuid": f"u{n}",
         "_submission_time": "2026-07-01T00:00:00", "_validation_status": "", "_index": str(n)}
        for n, row in enumerate(rows)
    ]  # fmt: skip


def odk(form: SurveyForm, rows: list[Row]) -> list[Row]:
    """ODK Central: group names before a hyphen, KEY and the rest at the end."""
    return [
        {"SubmissionDate": "2026-07-01T00:00:00.000Z", "start": "2026-06-10T09:00:00.000+02:00",
         "today": f"2026-06-{10 + n}",
         **{in_group(form, name, "-"): value for name, value in row.items()},
         "meta-instanceID": f"uuid:{n}", "KEY": f"uuid:{n}", "SubmitterID": "3",
         "SubmitterName": "formulier", "AttachmentsPresent": "0", "AttachmentsExpected": "0",
         "Status": "", "ReviewState": "", "DeviceID": "x", "Edits": "0", "FormVersion": "1"}
        for n, row in enumerate(rows)
    ]  # fmt: skip


def redcap(form: SurveyForm, rows: list[Row]) -> list[Row]:
    """REDCap: a record id, no groups, and whether the instrument is complete."""
    return [
        {"record_id": str(n), "redcap_survey_identifier": "", f"{form.id}_timestamp": "",
         **row, "today": f"2026-06-{10 + n}", f"{form.id}_complete": "2"}
        for n, row in enumerate(rows)
    ]  # fmt: skip


def in_group(form: SurveyForm, name: str, mark: str) -> str:
    items = {q.name: q for q in form.questions if q.spec.role is Role.item}
    if name not in items:
        return name
    measure = items[name].spec.measure
    assert measure is not None
    return f"group__{measure.id.replace('.', '__')}{mark}{name}"


def exported(path: Path, rows: list[Row], separator: str = ",") -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), delimiter=separator)
        writer.writeheader()
        writer.writerows(rows)
    return path


def read(path: Path, design: Design) -> tuple[Delivery, Checked]:
    survey = survey_of(read_table(path))
    assert isinstance(survey, Survey)
    assert (survey.project, survey.design_hash) == (design.project.id, design.hash)
    delivery = read_survey(survey, design)
    return delivery, check_delivery(delivery, design)[0]


Tool = Callable[[SurveyForm, list[Row]], list[Row]]


@pytest.mark.parametrize("separator", [",", ";"])
@pytest.mark.parametrize("tool", [kobo, odk, redcap])
@pytest.mark.parametrize("respondent", ["pupil", "teacher"])
def test_an_export_gives_what_was_answered(
    design: Design, tmp_path: Path, tool: Tool, respondent: str, separator: str
) -> None:
    form = form_of(design, respondent)
    answers = [answered(form, f"p{n}", n) for n in range(4)]
    delivery, checked = read(exported(tmp_path / "e.csv", tool(form, answers), separator), design)
    assert [f.code for f in delivery.findings] == []
    assert "intake.column_unknown" not in {f.code for f in checked.findings}
    assert checked.is_acceptable, checked.findings
    (part,) = delivery.parts
    assert (str(part.taken_from), str(part.taken_to)) == ("2026-06-10", "2026-06-13")
    assert list(checked.frame["unit"]) == ["p0", "p1", "p2", "p3"]
    for question in form.questions:
        spec = question.spec
        if spec.role in (Role.value, Role.item) and spec.kind != "text":
            given = [row[question.name] for row in answers]
            found = [v if isinstance(v, str) else f"{v:g}" for v in checked.frame[spec.name]]
            assert found == given, spec.name


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_labels_do_for_codes_and_for_headers(design: Design, tmp_path: Path, lang: Lang) -> None:
    form = form_of(design, "pupil")
    codes = [answered(form, f"p{n}", n) for n in range(3)]
    labelled = [dict(row) for row in codes]
    headers = {}
    for question in form.questions:
        headers[question.name] = question.label.to(lang)
        values = {
            (o.value if isinstance(o.value, str) else f"{o.value:g}"): o.label.to(lang)
            for o in question.spec.options
        }
        for row in labelled:
            row[question.name] = values.get(row[question.name], row[question.name])
    by_label = [{headers.get(k, k): v for k, v in row.items()} for row in labelled]
    _, first = read(exported(tmp_path / "codes.csv", kobo(form, codes)), design)
    _, second = read(exported(tmp_path / "labels.csv", kobo(form, by_label)), design)
    assert second.frame.equals(first.frame)


def test_a_form_exported_twice_is_read_once_as_it_is_now(design: Design, tmp_path: Path) -> None:
    form = form_of(design, "pupil")
    rows = kobo(form, [answered(form, "p0", 0), answered(form, "p0", 1), answered(form, "p1", 2)])
    rows[1]["_uuid"] = rows[0]["_uuid"]
    delivery, checked = read(exported(tmp_path / "e.csv", rows), design)
    assert [f.code for f in delivery.findings] == ["survey.double"]
    assert list(checked.frame["unit"]) == ["p0", "p1"]
    assert delivery.parts[0].origin.rows.tolist() == [3, 4]


def test_columns_about_a_person_are_not_read(design: Design, tmp_path: Path) -> None:
    form = form_of(design, "pupil")
    rows = [row | {"username": "iemand"} for row in kobo(form, [answered(form, "p0", 0)])]
    delivery, checked = read(exported(tmp_path / "e.csv", rows), design)
    assert [f.code for f in delivery.findings] == ["survey.personal"]
    assert "username" not in delivery.parts[0].frame
    assert "iemand" not in str(checked.findings)


def test_two_forms_in_one_export_are_refused(design: Design, tmp_path: Path) -> None:
    form = form_of(design, "pupil")
    rows = kobo(form, [answered(form, f"p{n}", n) for n in range(2)])
    rows[1]["evalkit_wave"] = "post"
    found: Any = survey_of(read_table(exported(tmp_path / "e.csv", rows)))
    assert [(f.code, f.place.column) for f in found] == [("survey.mixed", "evalkit_wave")]


def test_another_table_is_no_export_of_a_form(tmp_path: Path) -> None:
    path = exported(tmp_path / "e.csv", [{"school": "00XA", "unit": "p1"}])
    assert survey_of(read_table(path)) is None


def test_in_a_crossover_the_group_follows_from_school_and_subject(tmp_path: Path) -> None:
    """Also of forms that were made when they still asked for it, wherever somebody slipped."""
    design = crossover()
    form = form_of(design, "pupil")
    rows = [answered(form, f"p{n}", n) for n in range(4)]
    for without in (False, True):
        given = [{k: v for k, v in r.items() if k != "arm"} for r in rows] if without else rows
        _, checked = read(exported(tmp_path / "e.csv", kobo(form, given)), design)
        assert checked.is_acceptable, checked.findings
        taught = {s.brin: s.subjects for s in design.project.schools}
        found = checked.frame[["school", "subject", "arm"]].itertuples(index=False)
        assert all(taught[school][subject].value == arm for school, subject, arm in found)
        assert checked.frame["arm"].notna().all()
