"""Answers without thought, copies, points for thousands; and how seldom of honest persons."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from evalkit.collect.checks import check_part
from evalkit.model.design import Design
from evalkit.model.measure import Item, Measure, Scale
from evalkit.model.text import Text
from evalkit.model.vocabulary import Respondent, ScaleType

from .designs import AGREEMENT, entry, measure, text
from .filling import part_of
from .test_checks import scale, with_measures
from .test_columnar import DESIGN, codes, pupils, same

QUESTIONNAIRES = {"work": 4, "joy": 3, "team": 3, "growth": 3, "soft": 4}


def questionnaire(name: str, count: int, respondent: Respondent = Respondent.teacher) -> Measure:
    items = tuple(
        Item(id=f"i{n}", text=Text(nl=f"{name} vraag {n}", en=f"{name} question {n}"))
        for n in range(count)
    )
    asked = Scale(type=ScaleType.ordinal, minimum=1, maximum=5, choices=AGREEMENT)
    about = text(name)
    return measure(f"fund.{name}", about, about, respondent, asked, scoring="mean", items=items)


def teachers_of(design: Design) -> Design:
    return with_measures(design, *(questionnaire(n, k) for n, k in QUESTIONNAIRES.items()))


COLUMNS = [f"fund.{name}.i{n}" for name, count in QUESTIONNAIRES.items() for n in range(count)]


def honest(
    count: int, groups: list[int], rng: np.random.Generator, numbers: int = 0
) -> np.ndarray[Any, Any]:
    """Answers of satisfied persons to questionnaires that hang together, then test scores.

    Traits correlate 0.5; an item loads 0.75 on its trait.
    """
    whole, columns = rng.normal(size=count), []
    for items in groups:
        trait = np.sqrt(0.5) * (whole + rng.normal(size=count))
        for _ in range(items):
            answer = 0.75 * trait + np.sqrt(1 - 0.75**2) * rng.normal(size=count)
            middle = 3.6 + rng.normal(0, 0.3)
            columns.append(np.clip(np.rint(middle + 0.9 * answer), 1, 5))
    for _ in range(numbers):
        score = 0.5 * whole + np.sqrt(0.75) * rng.normal(size=count)
        columns.append(np.clip(np.rint(60 + 12 * score), 0, 100))
    return np.array(columns).T


def rows_of(values: np.ndarray[Any, Any], columns: list[str]) -> list[dict[str, Any]]:
    return [
        {"school": "05KO", "arm": "intervention", "unit": f"t{n}"}
        | dict(zip(columns, row.tolist(), strict=True))
        for n, row in enumerate(values)
    ]


def test_one_answer_to_all_questions_of_a_form(design: Design) -> None:
    """Over questionnaires of three or four questions each, none of them reverse."""
    asked = teachers_of(design)
    values = honest(13, list(QUESTIONNAIRES.values()), np.random.default_rng(3))
    values[3], values[7] = 4, 5
    values[9] = 3
    values[9, 2] = np.nan
    values[11, :9] = 2
    values[11, 9:] = np.nan
    values[12, :7] = 2
    values[12, 7:] = np.nan  # Too few to tell.
    part = part_of(rows_of(values, COLUMNS), respondent=Respondent.teacher)
    findings = check_part(part, asked).findings
    (found,) = (f for f in findings if f.code == "intake.throughout")
    assert found.severity == "warning"
    assert "rows 4, 8, 10 and 12" in found.wrong.en
    assert "17 questions" in found.wrong.en
    assert found.place.column == COLUMNS[0]


def test_of_honest_persons_it_is_seldom_said(design: Design) -> None:
    """At most 1 in 200 persons, and no copies; in teams of 25 that resemble each other."""
    asked, rng = teachers_of(design), np.random.default_rng(11)
    named = copies = 0
    for _ in range(40):
        values = honest(25, list(QUESTIONNAIRES.values()), rng)
        part = part_of(rows_of(values, COLUMNS), respondent=Respondent.teacher)
        findings = check_part(part, asked).findings
        named += sum(f.wrong.en.count(" row") for f in findings if f.code == "intake.throughout")
        copies += sum(f.code == "intake.alike" for f in findings)
    assert named <= 5
    assert copies <= 1


def pupil_form(design: Design) -> tuple[Design, list[str]]:
    """As short as they come: a test score and seven questions."""
    asked = [questionnaire(n, k, Respondent.pupil) for n, k in (("joy", 3), ("soft", 4))]
    score = scale("score", minimum=0, maximum=100)
    columns = [f"fund.joy.i{n}" for n in range(3)] + [f"fund.soft.i{n}" for n in range(4)]
    return with_measures(design, *asked, score), [*columns, "fund.score"]


def test_copies_on_a_short_form(design: Design) -> None:
    asked, columns = pupil_form(design)
    values = honest(30, [3, 4], np.random.default_rng(5), numbers=1)
    values[2, :3] = (1, 5, 2)
    values[20] = values[2]
    rows = [row | {"class": "5a"} for row in rows_of(values, columns)]
    (found,) = (f for f in check_part(part_of(rows), asked).findings if f.code == "intake.alike")
    assert "row 21" in found.wrong.en


def test_of_honest_pupils_copies_are_seldom_seen(design: Design) -> None:
    asked, columns = pupil_form(design)
    rng, said = np.random.default_rng(6), 0
    for _ in range(40):
        values = honest(50, [3, 4], rng, numbers=1)
        rows = [row | {"class": "5a"} for row in rows_of(values, columns)]
        said += any(f.code == "intake.alike" for f in check_part(part_of(rows), asked).findings)
    assert said <= 3


@pytest.fixture(scope="module")
def long_form() -> Design:
    """The design of the large tables, with more questions on the scale of its questionnaire."""
    more = questionnaire("joy", 3, Respondent.pupil)
    return DESIGN.model_copy(
        update={
            "measures": (*DESIGN.measures, more),
            "schedule": (*DESIGN.schedule, entry("baseline", more)),
        }
    )


def test_of_a_large_table_the_same_is_said(long_form: Design) -> None:
    frame = pupils(120)
    rng = np.random.default_rng(2)
    for n in range(3):
        frame[f"fund.joy.i{n}"] = rng.integers(1, 6, 120).astype(float)
    items = [name for name in frame if ".i" in str(name)]
    frame[items] = frame[items].astype(float)
    frame.loc[[5, 30], items] = 4.0
    frame.loc[40, items] = [2.0] * 8 + [np.nan]
    frame.loc[50, items] = 3.0
    frame.loc[60, [name for name in items if "climate" in str(name)]] = 5.0
    frame.loc[70] = frame.loc[4]
    frame.loc[70, "unit"] = "p-copy"
    found = same(frame, long_form)
    assert {"intake.throughout", "intake.straight", "intake.alike"} <= codes(found)
    said = {f.code: f.wrong.en for f in found.findings}
    assert "rows 6, 31, 41 and 51" in said["intake.throughout"]
    assert "row 61" in said["intake.straight"]


@pytest.mark.parametrize(
    ("cells", "rows"),
    [
        (["1.234", "980", "12,5"], "row 1"),
        (["1.234", "2.500"], "rows 1 and 2"),
        (["1.234", "2.5"], None),
        (["0.234", "12"], None),
        ([1.234, 980], None),
        (["1234", "1.234,5"], None),
    ],
)
def test_a_point_for_thousands(design: Design, cells: list[Any], rows: str | None) -> None:
    """``1.234`` hours are read as a little over one, and a Dutch school means many more."""
    asked = with_measures(design, scale("minutes", minimum=0))
    columns = [{"school": "12AB01", "class": "5a", "unit": f"p{n}", "fund.minutes": cell}
               for n, cell in enumerate(cells)]  # fmt: skip
    found = [f for f in check_part(part_of(columns), asked).findings if "thous" in f.code]
    assert [f.severity for f in found] == ([] if rows is None else ["warning"])
    assert all(f"{rows}." in f.wrong.en for f in found)
    bounded = with_measures(design, scale("minutes", minimum=0, maximum=100))
    codes_found = {f.code for f in check_part(part_of(columns), bounded).findings}
    assert "intake.thousands" not in codes_found


def test_of_thousands_in_a_large_table_the_same_is_said() -> None:
    more = scale("minutes", minimum=0)
    design = DESIGN.model_copy(
        update={
            "measures": (*DESIGN.measures, more),
            "schedule": (*DESIGN.schedule, entry("baseline", more)),
        }
    )
    frame = pupils(60)
    for odd in (["1.234", "2.000"], ["1.234", "2.5"]):
        frame["fund.minutes"] = [odd[0], " " + odd[1], *["480"] * 58]
        assert ("intake.thousands" in codes(same(frame, design))) == (odd[1] == "2.000")


def graded(cells: list[Any]) -> list[dict[str, Any]]:
    return [{"school": "12AB01", "class": "5a", "unit": f"p{n}", "fund.grade": cell}
            for n, cell in enumerate(cells)]  # fmt: skip


def test_grades_ten_times_too_high_are_one_finding(design: Design) -> None:
    asked = with_measures(design, scale("grade", minimum=1, maximum=10))
    cells = [60 + n % 30 for n in range(45)]
    found = check_part(part_of(graded([*cells, 10])), asked).findings
    assert [(f.code, f.place.row) for f in found] == [("intake.times_ten", None)]
    mixed = check_part(part_of(graded([*cells[:3], *[7.5] * 9])), asked).findings
    assert [f.code for f in mixed] == ["intake.comma_lost"] * 3
    longer = with_measures(design, scale("grade", minimum=0, maximum=58))
    assert {f.code for f in check_part(part_of(graded(cells)), longer).findings} == {
        "intake.out_of_bounds"
    }


def test_grades_ten_times_too_high_in_a_large_table() -> None:
    frame = pupils(120)
    frame["core.grade"] = (frame["core.grade"] * 10).round()
    assert "intake.times_ten" in codes(same(frame))
    same(frame.astype(str))


@pytest.mark.parametrize(
    ("cells", "better", "said"),
    [
        ([0.92, 0.88], "higher", True),
        ([0.92], "higher", True),
        ([0.92, 88], "higher", False),
        ([0.92, 1], "higher", False),
        ([0, 0.5], "higher", False),
        ([0.4, 0.9], "lower", False),
    ],
)
def test_fractions_of_a_few_schools(
    design: Design, cells: list[float], better: str, said: bool
) -> None:
    asked = scale("reach", Respondent.school, minimum=0, maximum=100, better=better)
    rows = [
        {"school": brin, "arm": None, "fund.reach": cell}
        for brin, cell in zip(("05KO", "12AB01"), cells, strict=False)
    ]
    part = part_of(rows, Respondent.school)
    found = check_part(part, with_measures(design, asked)).findings
    assert ("intake.fractions" in {f.code for f in found}) == said
