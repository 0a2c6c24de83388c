"""Every check: its code, its place, and that one mistake does not hide another."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.collect.checks import check_delivery, check_part
from evalkit.collect.computed import check_computed
from evalkit.collect.delivery import Delivery, Part
from evalkit.errors import catalogue
from evalkit.model.design import Design
from evalkit.model.measure import Item, Measure, Scale
from evalkit.model.project import GroupSize
from evalkit.model.submission import Grain
from evalkit.model.text import Text
from evalkit.model.vocabulary import ArmRole, AssignmentLevel, Respondent, ScaleType

from .designs import AGREEMENT, build_design, entry, measure
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
        ({"class": "2026-08-07"}, "intake.code_became_date"),
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


def test_a_double_row_and_a_mean_of_nobody_are_told_in_words(design: Design) -> None:
    row = {"school": "05KO", "arm": "intervention", "measure": "core.absence", "n": 4, "mean": 2}
    part = part_of([row, row | {"n": 0}], grain=Grain.aggregate)
    said = {f.code: f.wrong for f in check_part(part, design).findings}
    label = design.measure("core.absence").label
    double = said["intake.duplicate_row"]
    assert f"05KO · interventiegroep · {label.nl} " in double.nl
    assert f"05KO · intervention group · {label.en} " in double.en
    assert said["intake.aggregate_counts"].nl == "Bij n = 0 hoort geen gemiddelde van 2."


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
    for code, told in catalogue().items():
        if code.startswith("intake."):
            for text in (told.wrong, told.remedy):
                names = {part.split("}")[0] for part in text.nl.split("{")[1:]}
                assert names == {part.split("}")[0] for part in text.en.split("{")[1:]}, code


# Scales that were mixed up


def with_measures(design: Design, *measures: Measure) -> Design:
    """The design with these measures asked in the baseline, instead of its own of that group."""
    respondents = {measure.respondent for measure in measures}
    kept = [e for e in design.schedule if e.respondent not in respondents]
    asked = [entry("baseline", measure) for measure in measures]
    return design.model_copy(update={"measures": measures, "schedule": (*kept, *asked)})


def scale(id: str, respondent: Respondent = Respondent.pupil, **bounds: Any) -> Measure:
    kind = bounds.pop("type", ScaleType.interval)
    label = Text(nl=f"Maat {id}", en=f"Measure {id}")
    return measure(f"fund.{id}", label, label, respondent, Scale(type=kind, **bounds))


def survey(reverse: tuple[int, ...] = (2,), count: int = 6) -> Measure:
    items = tuple(
        Item(id=f"i{n}", text=Text(nl=f"vraag {n}", en=f"question {n}"), reverse=n in reverse)
        for n in range(count)
    )
    about = Text(nl="Vragenlijst", en="Questionnaire")
    asked = Scale(type=ScaleType.ordinal, minimum=1, maximum=5, choices=AGREEMENT)
    return measure("fund.survey", about, about, Respondent.pupil, asked, scoring="mean",
                   items=items)  # fmt: skip


def rows_of(columns: dict[str, list[Any]], **more: Any) -> list[dict[str, Any]]:
    count = len(next(iter(columns.values())))
    who = {"school": "12AB01", "class": "5a"} | more
    return [
        who | {"unit": f"p{n}"} | {name: cells[n] for name, cells in columns.items()}
        for n in range(count)
    ]


@pytest.mark.parametrize(
    ("cell", "meant"), [("65", "6,5"), (72.0, "7,2"), ("675", "6,75"), (100, "10")]
)
def test_a_lost_comma(design: Design, cell: Any, meant: str) -> None:
    graded = with_measures(design, scale("grade", minimum=1, maximum=10))
    rows = rows_of({"fund.grade": ["7,5", cell, 11.5, 0, 2000]})
    findings = check_part(part_of(rows), graded).findings
    assert [(f.code, f.place.row) for f in findings] == [
        ("intake.comma_lost", 2),
        ("intake.out_of_bounds", 3), ("intake.out_of_bounds", 4), ("intake.out_of_bounds", 5),
    ]  # fmt: skip
    assert f"is {meant} bedoeld" in findings[0].wrong.nl


def test_percentages_where_fractions_are_asked(design: Design) -> None:
    share = with_measures(design, scale("share", minimum=0, maximum=1))
    assert found(share, *rows_of({"fund.share": [45, 60, 0.5, "x"]})) == [
        ("intake.percentages", None, "fund.share"),
        ("intake.not_a_number", 4, "fund.share"),
    ]
    one_wrong = rows_of({"fund.share": [0.4, 0.6, 0.5, 45]})
    assert codes(check_part(part_of(one_wrong), share).findings) == ["intake.comma_lost"]


def test_fractions_where_percentages_are_asked(design: Design) -> None:
    percent = with_measures(design, scale("percent", minimum=0, maximum=100))
    cells = [0.45, 0.6, 1, 0, 0.33, 0.2, 0.15, 0.8, 0.9, 0.55]
    checked = check_part(part_of(rows_of({"fund.percent": cells})), percent)
    assert codes(checked.findings) == ["intake.fractions"]
    assert checked.is_acceptable
    for fine in ([*cells[:-1], 2.5], cells[:9], [0, 1] * 10):
        assert found(percent, *rows_of({"fund.percent": fine})) == []


def test_answers_coded_from_nought_are_one_finding(design: Design) -> None:
    asked = with_measures(design, survey())
    columns = {f"fund.survey.i{n}": [0, 1, 2, 3, 4, n % 5] for n in range(6)}
    findings = check_part(part_of(rows_of(columns)), asked).findings
    assert codes([f for f in findings if f.is_error]) == ["intake.coded_lower"]
    assert "0 to 4" in findings[0].wrong.en
    some = columns | {"fund.survey.i0": [0, 1, 2, 3, 4, 5]}
    assert "intake.not_a_choice" in codes(check_part(part_of(rows_of(some)), asked).findings)
    assert "intake.coded_lower" not in codes(check_part(part_of(rows_of(some)), asked).findings)


# Thoughtless answers, copies, outliers


def answers(count: int, seed: int = 1, items: int = 6) -> dict[str, list[Any]]:
    """Answers that hang together, with question 2 the other way round."""
    draw = np.random.default_rng(seed)
    level = draw.normal(3, 1, count)
    one = [np.clip(np.rint(level + draw.normal(0, 0.7, count)), 1, 5) for _ in range(items)]
    one[2] = 6 - one[2]
    return {f"fund.survey.i{n}": cells.tolist() for n, cells in enumerate(one)}


def test_one_answer_throughout_is_remarked_on_once(design: Design) -> None:
    asked = with_measures(design, survey())
    columns = answers(40)
    for row, answer in ((3, 5), (7, 1), (9, 3)):
        for cells in columns.values():
            cells[row] = answer
    findings = check_part(part_of(rows_of(columns)), asked).findings
    straight = [f for f in findings if f.code == "intake.straight"]
    assert len(straight) == 1
    assert "rows 4 and 8" in straight[0].wrong.en
    assert "5% of the persons" in straight[0].wrong.en
    assert not any(f.is_error for f in findings)


def test_one_answer_throughout_says_nothing_without_reverse_questions(design: Design) -> None:
    asked = with_measures(design, survey(reverse=()))
    columns = {f"fund.survey.i{n}": [5, 5, 4] for n in range(6)}
    assert found(asked, *rows_of(columns)) == []


def test_a_question_that_was_turned_round_already(design: Design) -> None:
    asked = with_measures(design, survey())
    columns = answers(60)
    assert "intake.turned" not in codes(check_part(part_of(rows_of(columns)), asked).findings)
    columns["fund.survey.i2"] = [6 - answer for answer in columns["fund.survey.i2"]]
    findings = check_part(part_of(rows_of(columns)), asked).findings
    turned = [f for f in findings if f.code == "intake.turned"]
    assert [f.place.column for f in turned] == ["fund.survey.i2"]


def test_persons_alike_in_everything(design: Design) -> None:
    many = [scale(f"m{n}", minimum=0, maximum=100) for n in range(10)]
    asked = with_measures(design, *many)
    draw = np.random.default_rng(3)
    columns = {m.id: draw.integers(0, 100, 12).tolist() for m in many}
    rows = rows_of(columns)
    assert found(asked, *rows) == []
    copies = [rows[2] | {"unit": "q1"}, rows[2] | {"unit": "q2"}]
    checked = check_part(part_of([*rows, *copies]), asked)
    assert codes(checked.findings) == ["intake.alike"]
    assert "rows 13 and 14" in checked.findings[0].wrong.en
    elsewhere = rows[2] | {"unit": "q3", "school": "27XY"}
    assert found(asked, *rows, elsewhere) == []
    dropped = ("fund.m7", "fund.m8", "fund.m9")
    seven = [{k: v for k, v in r.items() if k not in dropped} for r in [*rows, *copies]]
    assert "intake.alike" not in codes(check_part(part_of(seven), asked).findings)


def test_outliers_are_for_information(design: Design) -> None:
    minutes = with_measures(design, scale("minutes", minimum=0))
    cells = [30.0 + n % 7 for n in range(40)]
    assert found(minutes, *rows_of({"fund.minutes": cells})) == []
    findings = check_part(part_of(rows_of({"fund.minutes": [*cells, 3000]})), minutes).findings
    assert [(f.code, f.severity, f.place.row) for f in findings] == [
        ("intake.outliers", "info", 41)
    ]
    bounded = with_measures(design, scale("minutes", minimum=0, maximum=5000))
    assert found(bounded, *rows_of({"fund.minutes": [*cells, 3000]})) == []


def test_a_score_beside_its_questions(design: Design) -> None:
    asked = with_measures(design, survey())
    columns = answers(4) | {"fund.survey": [1.0, None, 5.0, None]}
    checked = check_part(part_of(rows_of(columns)), asked)
    assert codes(checked.findings) == ["intake.score_apart"]
    right = check_part(part_of(rows_of(answers(4))), asked).frame["fund.survey"]
    assert checked.frame["fund.survey"].tolist() == right.tolist()
    agreeing = answers(4) | {"fund.survey": [round(score, 1) for score in right]}
    assert codes(check_part(part_of(rows_of(agreeing)), asked).findings) == []


# Numbers of rows


def sized(design: Design, **sizes: int) -> Design:
    arms = tuple(arm.model_copy(update={"size": GroupSize(**sizes)}) for arm in design.project.arms)
    return design.model_copy(update={"project": design.project.model_copy(update={"arms": arms})})


def test_more_and_fewer_than_planned(design: Design) -> None:
    plan = sized(design, pupils=4, classes=1)
    more = [pupil(school="12AB01", unit=f"p{n}", **{"class": f"5{n % 2}"}) for n in range(5)]
    findings = check_part(part_of(more), plan).findings
    assert codes(findings) == ["intake.more_than_planned"] * 2
    assert ": 5, more than the 4" in findings[0].wrong.en
    assert "classes" in findings[1].wrong.en
    one_school = [pupil(school="12AB01")]
    assert found(plan, *one_school) == []  # the other school of the group can still come
    both_schools = [pupil(school="05KO", unit="p9")]
    single = design.project.model_copy(update={"schools": design.project.schools[:1]})
    alone = sized(design.model_copy(update={"project": single}), pupils=4)
    assert codes(check_part(part_of(both_schools), alone).findings) == ["intake.fewer_than_planned"]


def test_totals_over_more_persons_than_planned(design: Design) -> None:
    rows = [totals(n=20), totals(n=21, measure="core.absence", mean=2, sd=1)]
    part = part_of(rows, grain=Grain.aggregate)
    findings = check_part(part, sized(design, pupils=20)).findings
    assert "intake.more_than_planned" in codes(findings)
    assert "intake.more_than_planned" not in codes(
        check_part(part, sized(design, pupils=21)).findings
    )


def test_totals_over_more_persons_than_have_a_row(design: Design) -> None:
    units = part_of([pupil(unit=f"p{n}", core__absence=None) for n in range(3)])
    row = {"school": "05KO", "arm": "intervention", "measure": "Verzuim", "mean": 2, "sd": 1}
    for n, expected in ((3, []), (4, ["intake.more_than_rows"])):
        part = part_of([row | {"n": n}], grain=Grain.aggregate)
        _, result = check_delivery(Delivery("p", "h", (units, part)), design)
        assert codes(result.findings) == expected


@pytest.mark.parametrize(
    ("n", "mean", "expected"),
    [
        (3, 2.0, []), (3, 2, []), (3, "2,03", []), (3, 2.4, ["intake.totals_apart"]),
        (2, 2.0, ["intake.totals_apart"]), (4, 9.0, ["intake.more_than_rows"]), (3, None, []),
    ],
)  # fmt: skip
def test_totals_beside_rows_of_the_same_measure(
    design: Design, n: int, mean: object, expected: list[str]
) -> None:
    units = part_of([pupil(unit=f"p{a}", core__absence=a) for a in (1, 2, 3)])
    row = {"school": "05KO", "arm": "intervention", "measure": "Verzuim", "n": n, "mean": mean}
    part = part_of([row], grain=Grain.aggregate)
    _, result = check_delivery(Delivery("p", "h", (units, part)), design)
    assert codes(result.findings) == expected
    if "intake.totals_apart" in expected:
        assert "(n = 3, gemiddelde 2)" in result.findings[0].wrong.nl


@pytest.mark.parametrize(
    ("whole", "expected"),
    [(5, []), (6, ["intake.parts_apart"]), (2, ["intake.part_over_whole"]), (None, [])],
)
def test_groups_add_up_to_their_school(
    design: Design, whole: int | None, expected: list[str]
) -> None:
    counted = with_measures(design, scale("boys", Respondent.school, type=ScaleType.count_))
    rows = [
        {"school": "05KO", "arm": None, "fund.boys": whole},
        {"school": "05KO", "arm": "intervention", "fund.boys": 2},
        {"school": "05KO", "arm": "comparison", "fund.boys": 3},
    ]
    assert codes(check_part(part_of(rows, Respondent.school), counted).findings) == expected


# Standard deviations that can be


@settings(deadline=None, max_examples=40)
@given(
    st.lists(st.integers(0, 58), min_size=2, max_size=40),
    st.integers(0, 3),
)
def test_what_was_measured_is_never_impossible(values: list[int], digits: int) -> None:
    said = {"n": len(values), "mean": round(float(np.mean(values)), digits),
            "sd": round(float(np.std(values, ddof=1)), max(digits, 1))}  # fmt: skip
    part = part_of([totals(**said)], grain=Grain.aggregate)
    assert not [f for f in check_part(part, build_design()).findings if f.is_error]


@pytest.mark.parametrize(
    ("mean", "sd", "ok"),
    [
        (57, 7.5, True), (57, 10, False), ("57,0", 8.5, False), ("58,0", 2, False),
        (29, 29.5, True),
    ],
)  # fmt: skip
def test_the_spread_must_fit_the_mean(design: Design, mean: Any, sd: float, ok: bool) -> None:
    part = part_of([totals(mean=mean, sd=sd)], grain=Grain.aggregate)
    errors = [f.code for f in check_part(part, design).findings if f.is_error]
    assert errors == ([] if ok else ["intake.aggregate_counts"])


# Rows alone


@settings(deadline=None, max_examples=30)
@given(st.lists(st.tuples(st.integers(-2, 62), st.integers(-1, 25)), min_size=2, max_size=12),
       st.data())  # fmt: skip
def test_rows_are_judged_alike_alone_and_among_others(
    cells: list[tuple[int, int]], data: st.DataObject
) -> None:
    design = build_design()
    rows = [pupil(unit=f"p{n}", core__language=a, core__absence=b)
            for n, (a, b) in enumerate(cells)]  # fmt: skip
    chosen = data.draw(st.lists(st.sampled_from(range(len(rows))), min_size=1, unique=True))
    part = part_of(rows)
    some = replace(part, frame=part.frame.iloc[chosen],
                   origin=replace(part.origin, rows=part.origin.rows[chosen]))  # fmt: skip

    def said(part: Part) -> set[tuple[str, int | None, str | None]]:
        findings = check_part(part, design, whole=False).findings
        return {(f.code, f.place.row, f.place.column) for f in findings}

    rows_chosen = {position + 1 for position in chosen}
    assert said(some) == {found for found in said(part) if found[1] in rows_chosen}


# Groups that are not asked


def test_values_of_a_group_that_is_not_asked_are_told_once(design: Design) -> None:
    schedule = tuple(
        e.model_copy(update={"arms": (ArmRole.intervention,)}) if e.measure == "core.absence" else e
        for e in design.schedule
    )
    limited = design.model_copy(update={"schedule": schedule})
    rows = [
        pupil(unit=f"p{n}", school=school, arm=arm, core__absence=n)
        for n, (school, arm) in enumerate(
            [("12AB01", None), *[("27XY", None)] * 3, ("05KO", "comparison")]
        )
    ]
    (told,) = (
        f for f in check_part(part_of(rows), limited).findings if f.code == "intake.arm_not_asked"
    )
    assert (told.severity, told.place.column) == ("warning", "core.absence")
    assert "(4 keer)" in told.wrong.nl
    assert "vergelijkingsgroep" in told.wrong.nl
    whole = check_part(part_of(rows), design).findings
    assert "intake.arm_not_asked" not in codes(whole)


def test_totals_of_a_group_that_is_not_asked(design: Design) -> None:
    schedule = tuple(
        e.model_copy(update={"arms": (ArmRole.intervention,)}) if e.measure == "core.absence" else e
        for e in design.schedule
    )
    limited = design.model_copy(update={"schedule": schedule})
    rows = [
        {"school": school, "measure": "core.absence", "n": 10, "mean": 2, "sd": 1}
        for school in ("12AB01", "27XY")
    ]
    part = part_of(rows, grain=Grain.aggregate)
    assert codes(check_part(part, limited).findings).count("intake.arm_not_asked") == 1


# Computed measures


def test_a_computed_measure_that_was_delivered_anyhow(design: Design) -> None:
    ratio = scale("per_fte", Respondent.school, minimum=0)
    whole = with_measures(design, scale("fte", Respondent.school, minimum=0), ratio)
    schedule = tuple(
        e.model_copy(update={"computed": e.measure == ratio.id}) for e in whole.schedule
    )
    computing = whole.model_copy(update={"schedule": schedule})
    rows = [
        {"school": brin, "arm": None, "fund.fte": 10, "Maat per_fte": given}
        for brin, given in (("12AB01", "20,1"), ("27XY", 25))
    ]
    part = part_of(rows, Respondent.school)
    assert codes(check_part(part, computing).findings) == ["intake.column_computed"]
    findings = check_computed(part, [ratio], {ratio.id: pd.Series([20.0, 20.0])})
    assert [(f.code, f.place.row) for f in findings] == [("intake.computed_apart", 2)]
    assert "25" in findings[0].wrong.nl
