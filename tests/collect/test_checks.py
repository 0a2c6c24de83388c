"""Every check: its code, its place, and that one mistake does not hide another."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from evalkit.collect.checks import check_delivery, check_part
from evalkit.collect.delivery import Delivery
from evalkit.errors import catalogue
from evalkit.model.design import Design
from evalkit.model.submission import Grain
from evalkit.model.vocabulary import AssignmentLevel, Respondent

from .designs import build_design
from .filling import codes, part_of, pupil


def found(design: Design, *rows: dict[str, Any], **more: Any) -> list[tuple[str, Any, Any]]:
    findings = check_part(part_of(rows, **more), design).findings
    return [(f.code, f.place.row, f.place.column) for f in findings]


def test_good_rows_give_a_typed_frame_and_no_findings(design: Design) -> None:
    checked = check_part(part_of([pupil()]), design)
    assert checked.findings == ()
    assert checked.is_acceptable
    assert list(checked.frame) == [
        "school", "class", "unit", "arm",
        "core.language", "core.absence", "core.feedback", "core.support",
    ]  # fmt: skip
    assert [str(t) for t in checked.frame.dtypes] == ["str"] * 4 + ["float64"] * 3 + ["str"]
    assert checked.frame["core.support"].tolist() == ["none"]
    assert checked.schools == ("05KO",)
    assert checked.measures == ("core.absence", "core.feedback", "core.language", "core.support")


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ({"school": None}, "intake.required"),
        ({"unit": " "}, "intake.required"),
        ({"class": None}, "intake.required"),
        ({"arm": None}, "intake.required"),
        ({"school": "99ZZ"}, "intake.school_unknown"),
        ({"school": "de Vlinder"}, "intake.school_unknown"),
        ({"arm": "groep 1"}, "intake.not_a_choice"),
        ({"class": "2026-08-07"}, "intake.became_date"),
        ({"core.language": "veel"}, "intake.not_a_number"),
        ({"core.language": "7-5-2026"}, "intake.became_date"),
        ({"core.language": 58.5}, "intake.out_of_bounds"),
        ({"core.language": -1}, "intake.out_of_bounds"),
        ({"core.absence": 1.5}, "intake.not_whole"),
        ({"core.absence": 21}, "intake.out_of_bounds"),
        ({"core.feedback": 6}, "intake.not_a_choice"),
        ({"core.feedback": 3.5}, "intake.not_whole"),
        ({"core.feedback": "best wel"}, "intake.not_a_choice"),
        ({"core.support": "soms"}, "intake.not_a_choice"),
    ],
)
def test_a_wrong_cell(design: Design, cell: dict[str, Any], code: str) -> None:
    rows = [pupil(), pupil(unit="p2") | cell, pupil(unit="p3")]
    assert found(design, *rows) == [(code, 2, next(iter(cell)))]


@pytest.mark.parametrize(
    "cell",
    [
        {"core.language": None}, {"core.language": "n.v.t."}, {"core.absence": ""},
        {"core.feedback": None}, {"core.support": "-"}, {"core.feedback": "Helemaal mee eens"},
        {"core.feedback": "5,0"}, {"core.support": "in_class"}, {"core.support": "In class"},
        {"school": "05 ko"}, {"arm": "Vergelijkingsgroep"}, {"arm": "gewone klassen"},
        {"arm": "comparison group"}, {"unit": 12}, {"class": "7/8"}, {"core.language": "0,0"},
    ],
)  # fmt: skip
def test_a_cell_that_is_fine(design: Design, cell: dict[str, Any]) -> None:
    assert found(design, pupil(), pupil(unit="p2") | cell) == []


def test_all_mistakes_at_once(design: Design) -> None:
    rows = [
        pupil(school="99ZZ", core__language="x"),
        pupil(unit=None, core__absence=99),
        pupil(school="27XY", unit="p3", core__feedback=9),
    ]
    assert sorted(found(design, *rows)) == [
        ("intake.arm_unexpected", 3, "arm"),
        ("intake.not_a_choice", 3, "core.feedback"),
        ("intake.not_a_number", 1, "core.language"),
        ("intake.out_of_bounds", 2, "core.absence"),
        ("intake.required", 2, "unit"),
        ("intake.school_unknown", 1, "school"),
    ]


def test_a_wrong_cell_is_empty_in_the_frame(design: Design) -> None:
    frame = check_part(part_of([pupil(core__language=99), pupil(unit="p2")]), design).frame
    assert frame["core.language"].isna().tolist() == [True, False]


def test_bounds_are_those_of_the_wave(design: Design) -> None:
    row = {key: value for key, value in pupil(core__language=80).items() if "support" not in key}
    assert found(design, row, wave="post") == []
    assert codes(check_part(part_of([row]), design).findings) == ["intake.out_of_bounds"]


def test_the_group_follows_from_a_school_with_one(design: Design) -> None:
    rows = [pupil(school="12AB01", arm=None), pupil(school="27XY", unit="p2", arm=None)]
    checked = check_part(part_of(rows), design)
    assert checked.frame["arm"].tolist() == ["intervention", "comparison"]
    assert checked.findings == ()
    without = [{k: v for k, v in row.items() if k != "arm"} for row in rows]
    assert check_part(part_of(without), design).frame["arm"].tolist() == [
        "intervention", "comparison",
    ]  # fmt: skip


def test_a_design_with_one_group_needs_none() -> None:
    row = {key: value for key, value in pupil().items() if key != "arm"}
    checked = check_part(part_of([row]), build_design(single=True))
    assert checked.frame["arm"].tolist() == ["intervention"]
    assert checked.findings == ()


def test_a_missing_group_column_where_a_school_has_two(design: Design) -> None:
    row = {key: value for key, value in pupil().items() if key != "arm"}
    assert found(design, row) == [("intake.column_missing", None, None)]


def test_a_group_the_school_does_not_have(design: Design) -> None:
    assert found(design, pupil(school="12AB01", arm="comparison")) == [
        ("intake.arm_unexpected", 1, "arm")
    ]


def test_the_class_is_needed_only_where_classes_were_assigned(design: Design) -> None:
    project = design.project.model_copy(update={"assignment": AssignmentLevel.school})
    by_school = design.model_copy(update={"project": project})
    assert found(by_school, pupil(**{"class": None})) == []


def test_duplicates_point_at_the_first(design: Design) -> None:
    rows = [pupil(), pupil(unit="p2"), pupil(), pupil(school="27XY", arm=None)]
    (finding,) = check_part(part_of(rows), design).findings
    assert (finding.code, finding.place.row, finding.place.column) == (
        "intake.duplicate_unit", 3, "unit",
    )  # fmt: skip
    assert "1" in finding.wrong.nl


def test_missing_columns(design: Design) -> None:
    row = {"class": "5a", "unit": "p1", "arm": "intervention", "core.language": 3}
    assert sorted(codes(check_part(part_of([row]), design).findings)) == [
        "intake.column_missing", "intake.measure_missing", "intake.measure_missing",
    ]  # fmt: skip


def test_a_missing_mandatory_measure_warns_and_blocks_nothing(design: Design) -> None:
    checked = check_part(part_of([pupil(core__absence=None, core__support=None)]), design)
    assert codes(checked.findings) == ["intake.measure_missing"]
    assert checked.is_acceptable
    assert "Verzuim" in checked.findings[0].wrong.nl


def test_a_measure_of_one_arm_is_not_missed_in_the_other(design: Design) -> None:
    row = {"school": "27XY", "core.pupils_per_fte": 20}
    part = part_of([row], Respondent.school, wave="post")
    assert check_part(part, design).findings == ()
    part = part_of([row | {"school": "12AB01"}], Respondent.school, wave="post")
    assert codes(check_part(part, design).findings) == ["intake.measure_missing"]


def test_a_measure_in_totals_is_not_missed_among_persons(design: Design) -> None:
    units = part_of([pupil(core__absence=None)])
    row = {"school": "05KO", "arm": "comparison", "measure": "Verzuim", "n": 20, "mean": 2, "sd": 1}
    totals = part_of([row], grain=Grain.aggregate)
    results = check_delivery(Delivery("p", "h", (units, totals)), design)
    assert [codes(result.findings) for result in results] == [[], []]


def test_unknown_columns_warn(design: Design) -> None:
    assert found(design, pupil(leerkracht="x")) == [("intake.column_unknown", None, "leerkracht")]


def test_labels_and_names_in_any_case_are_understood(design: Design) -> None:
    row = {"SCHOOL": "05KO", "Klas": "5", "leerlingcode": "a", "Groep": "intervention",
           "Taal": 3, "Core.Absence": 1, "leerling tevredenheid": 4}  # fmt: skip
    assert found(design, row) == []


def test_a_label_beside_its_name_is_double(design: Design) -> None:
    assert found(design, pupil(Taal=3)) == [("intake.column_double", None, "Taal")]


def test_a_wave_the_design_does_not_have(design: Design) -> None:
    assert found(design, pupil(), wave="interim") == [("intake.wave_unknown", None, None)]


def test_many_of_one_mistake_are_summed_up(design: Design) -> None:
    rows = [pupil(unit=f"p{n}", core__language=99, core__absence=n) for n in range(70)]
    findings = check_part(part_of(rows), design).findings
    counts = pd.Series(codes(findings)).value_counts()
    assert counts["intake.out_of_bounds"] == 50 + 49
    more = next(f for f in findings if f.code == "intake.more")
    assert more.place.column == "core.language"
    assert "20" in more.wrong.nl


def test_school_rows(design: Design) -> None:
    rows = [
        {"school": "05KO", "arm": "intervention", "core.pupils_per_fte": 17},
        {"school": "05KO", "arm": None, "core.pupils_per_fte": 17},
        {"school": "05KO", "arm": "Gewone klassen", "core.pupils_per_fte": 41},
        {"school": "12AB01", "arm": None, "core.pupils_per_fte": 17},
        {"school": "12AB01", "arm": "intervention", "core.pupils_per_fte": 17},
    ]
    assert found(design, *rows, respondent=Respondent.school) == [
        ("intake.out_of_bounds", 3, "core.pupils_per_fte"),
        ("intake.duplicate_row", 5, "school"),
    ]


def test_a_count_without_bounds_is_not_negative(design: Design) -> None:
    row = {"school": "12AB01", "core.pupils_per_fte": 9, "fund.meetings": -1}
    findings = check_part(part_of([row], Respondent.school, wave="post"), design).findings
    assert codes(findings) == ["intake.too_low"]


def teacher(**items: Any) -> dict[str, Any]:
    row = {"school": "12AB01", "unit": "t1"}
    return row | {f"core.workload.{name}": value for name, value in items.items()}


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({"i1": 5, "i2": 1, "i3": 5, "i4": 5}, 5.0),
        ({"i1": 1, "i2": 1, "i3": 1, "i4": 1}, 2.0),
        ({"i1": 4, "i2": None, "i3": None, "i4": 2}, 3.0),
        ({"i1": 4, "i2": None, "i3": None, "i4": None}, None),
        ({"i1": None, "i2": 2, "i3": 3, "i4": None}, 3.5),
    ],
)
def test_scores(design: Design, answers: dict[str, Any], expected: float | None) -> None:
    checked = check_part(part_of([teacher(**answers)], Respondent.teacher), design)
    score = checked.frame["core.workload"].iloc[0]
    assert score == expected if expected is not None else pd.isna(score)
    assert list(checked.frame)[4:] == ["core.workload"] + [
        f"core.workload.i{n}" for n in range(1, 5)
    ]
    kept = checked.frame["core.workload.i2"].iloc[0]
    assert kept == answers["i2"] if answers["i2"] is not None else pd.isna(kept)


def test_a_questionnaire_without_all_its_items(design: Design) -> None:
    part = part_of([teacher(i1=4, i3=2)], Respondent.teacher)
    checked = check_part(part, design)
    assert codes(checked.findings) == ["intake.item_missing"] * 2
    assert checked.frame["core.workload"].tolist() == [3.0]
    assert checked.is_acceptable


def test_a_questionnaire_as_a_score(design: Design) -> None:
    rows = [{"school": "12AB01", "unit": f"t{n}", "core.workload": v} for n, v in
            enumerate((3.25, 6))]  # fmt: skip
    checked = check_part(part_of(rows, Respondent.teacher), design)
    assert codes(checked.findings) == ["intake.out_of_bounds"]
    assert checked.frame["core.workload"].iloc[0] == 3.25
    assert checked.measures == ("core.workload",)


def totals(**values: Any) -> dict[str, Any]:
    return {"school": "12AB01", "arm": None, "measure": "core.language", "n": 20, "mean": 30,
            "sd": 7} | values  # fmt: skip


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, []),
        ({"measure": "Taal"}, []),
        ({"sd": None}, []),
        ({"n": 1, "sd": None}, []),
        ({"n": 0, "mean": None, "sd": None}, []),
        ({"n": 2, "mean": 29, "sd": 41.01}, []),
        ({"n": 1}, [("intake.aggregate_counts", "sd")]),
        ({"n": 0}, [("intake.aggregate_counts", "mean"), ("intake.aggregate_counts", "sd")]),
        ({"n": -1, "sd": None}, [("intake.too_low", "n")]),
        ({"n": 3.5}, [("intake.not_whole", "n")]),
        ({"n": None}, [("intake.required", "n")]),
        ({"mean": 59}, [("intake.out_of_bounds", "mean")]),
        ({"mean": "laag"}, [("intake.not_a_number", "mean")]),
        ({"sd": -1}, [("intake.too_low", "sd")]),
        ({"sd": 31}, [("intake.aggregate_counts", "sd")]),
        ({"measure": "core.pupils_per_fte"}, [("intake.not_a_choice", "measure")]),
        ({"measure": None}, [("intake.required", "measure")]),
    ],
)
def test_totals(design: Design, values: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    part = part_of([totals(**values)], grain=Grain.aggregate)
    findings = [f for f in check_part(part, design).findings if f.is_error]
    assert [(f.code, f.place.column) for f in findings] == expected


def test_totals_are_typed_and_there_once(design: Design) -> None:
    rows = [totals(), totals(measure="core.absence", mean=3, sd=2), totals(measure="Taal")]
    checked = check_part(part_of(rows, grain=Grain.aggregate), design)
    assert [f.code for f in checked.findings if f.is_error] == ["intake.duplicate_row"]
    assert list(checked.frame) == ["school", "arm", "measure", "n", "mean", "sd"]
    assert [str(t) for t in checked.frame.dtypes] == ["str"] * 3 + ["Int64", "float64", "float64"]
    assert checked.measures == ("core.absence", "core.language")


def test_every_code_of_intake_has_both_languages_filled() -> None:
    for code, entry in catalogue().items():
        if code.startswith("intake."):
            for text in (entry.wrong, entry.remedy):
                names = {part.split("}")[0] for part in text.nl.split("{")[1:]}
                assert names == {part.split("}")[0] for part in text.en.split("{")[1:]}, code
