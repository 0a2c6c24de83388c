"""The checklist: what the design answers by itself, and what stays a question."""

from __future__ import annotations

from typing import Any

import pytest

from evalkit.design.checklist import checklist
from evalkit.model.design import ChecklistItem, Power
from evalkit.model.text import Text
from evalkit.model.vocabulary import Respondent

from . import cases

OPEN = {
    "background", "questions", "method", "generalising", "recommendations",
    "representative", "shortcomings", "conclusions", "purpose", "sharing",
}  # fmt: skip


def items(**changes: Any) -> dict[str, ChecklistItem]:
    made = cases.design(cases.project(**changes))
    found = {item.id: item for item in made.checklist if item.id}
    assert len(found) == len(made.checklist)
    return found


def answer(id: str, **changes: Any) -> Text | None:
    return items(**changes)[id].answer


def test_only_what_people_alone_know_stays_open() -> None:
    unanswered = {id for id, item in items().items() if item.answer is None}
    assert unanswered - {"power"} == OPEN


def test_every_question_says_where_it_comes_from() -> None:
    for item in items().values():
        assert item.source
        assert item.source.startswith("004, ")
        assert item.question.nl.endswith("?")
        assert item.question.en.endswith("?")


def test_it_answers_with_what_the_project_says() -> None:
    found = items()
    said = {
        "theory": cases.THEORY,
        "predictions": "Gelijk.",
        "leadership": "De directie leidt.",
        "time": "Een dagdeel.",
        "resources": "Uit de subsidie.",
    }
    for id, text in said.items():
        assert found[id].answer == Text(nl=text, en=text)
    baseline = found["baseline"].answer
    assert baseline is not None
    assert "2026-08-01" in baseline.en
    assert "01-08-2026" in baseline.nl
    alternatives = found["alternatives"].answer
    assert alternatives is not None
    assert "Wij vragen er elke school naar." in alternatives.nl


def test_it_counts_schools_classes_and_persons_per_arm() -> None:
    counted = answer("population")
    assert counted == Text(
        nl="interventiegroep: 2 scholen, 20 klassen, 200 leerlingen, 20 leraren. "
        "vergelijkingsgroep: 2 scholen, 20 klassen, 200 leerlingen, 20 leraren.",
        en="intervention group: 2 schools, 20 classes, 200 pupils, 20 teachers. "
        "comparison group: 2 schools, 20 classes, 200 pupils, 20 teachers.",
    )
    bare = [{k: v for k, v in arm.items() if k != "size"} for arm in cases.TWO_ARMS]
    assert answer("population", arms=bare) is None


@pytest.mark.parametrize(
    ("changes", "id"),
    [
        ({"theory": None}, "theory"),
        ({"predictions": []}, "predictions"),
        ({"predictions": ["Gelijk."]}, "operationalised"),
        ({"alternatives": []}, "alternatives"),
        ({"goals": []}, "goals"),
        ({"conditions": {"leadership": " "}}, "leadership"),
        ({"conditions": {}}, "time"),
        ({"conditions": {}}, "resources"),
    ],
)
def test_what_the_project_leaves_out_is_asked_of_the_school(
    changes: dict[str, Any], id: str
) -> None:
    assert answer(id) is not None
    assert answer(id, **changes) is None


def test_it_names_what_is_measured() -> None:
    found = items()
    for id, label in (
        ("outcomes", "werkdruk"), ("follow_up", "vervolgmeting na 7 jaar"),
        ("operationalised", "taal"),
    ):  # fmt: skip
        text = found[id].answer
        assert text is not None
        assert label in text.nl, id
    assert found["process"].answer
    assert found["side_effects"].answer


def test_it_names_what_the_design_cannot_show() -> None:
    sound = answer("limits")
    assert sound is not None
    assert sound.en.startswith("That the groups were alike in what was not measured")
    text = answer("limits", alternatives=[])
    assert text == Text(
        nl=f"{sound.nl} Er is geen andere verklaring genoemd die wordt nagegaan.",
        en=f"{sound.en} No other explanation that is examined is named.",
    )


def test_it_says_how_the_groups_came_about() -> None:
    text = answer("comparison")
    assert text is not None
    assert text.nl == (
        "gematchte vergelijkingsgroep: interventiegroep – units; vergelijkingsgroep – klassen. "
        "Als geheel in één groep: klas."
    )
    apart = [{"brin": "00XA"}, {"brin": "00XB", "arms": ["comparison"]}]
    whole = answer("comparison", schools=apart)
    assert whole is not None
    assert whole.en.endswith("In one group as a whole: school.")


def test_it_answers_whether_there_is_more_than_one_source() -> None:
    text = answer("sources")
    assert text is not None
    assert text.en.startswith("Yes: ")
    assert "behaviour and attitudes (" in text.en
    made = cases.design()
    (one, *_) = made.measures
    [item] = [
        item
        for item in checklist(made.model_copy(update={"measures": (one,)}))
        if item.id == "sources"
    ]
    assert item.answer is not None
    assert item.answer.nl.startswith("Nee: ")


def test_it_does_not_claim_that_the_design_was_made_in_time() -> None:
    item = items()["baseline"]
    assert "designed" not in item.question.en
    assert item.answer is not None
    assert item.answer.en.startswith("Yes: the baseline closes on 2026-07-31")
    assert item.answer.en.endswith("its registration says.")


def test_power_is_answered_once_it_is_known() -> None:
    power = Power(
        measures=(cases.LANGUAGE,), respondent=Respondent.pupil, schools=(1, 1), clusters=(8, 8),
        units=(200, 200), icc=0.2, pretest_correlation=0.5, mdes=0.456, formula="x",
    )  # fmt: skip
    made = cases.design().model_copy(update={"power": (power,)})
    [item] = [item for item in checklist(made) if item.id == "power"]
    assert item.answer is not None
    assert item.answer.nl.endswith("leerlingen 0,46.")
    assert item.answer.en.endswith("pupils 0.46.")


def test_what_the_school_answers_in_its_project_file_is_in_the_checklist() -> None:
    found = items(answers={"purpose": "Het bestuur beslist ermee.", "time": "En op vrijdag."})
    assert found["purpose"].answer == Text(
        nl="Het bestuur beslist ermee.", en="Het bestuur beslist ermee."
    )
    assert found["sharing"].answer is None
    beside = found["time"].answer
    assert beside is not None
    assert beside.nl == "Een dagdeel. De school zegt erbij: En op vrijdag."
    assert items(answers={"purpose": " "})["purpose"].answer is None


def test_an_answer_to_no_question_is_refused_with_the_nearest() -> None:
    made = cases.design(cases.project(answers={"purpse": "Voor het bestuur."}))
    [found] = [f for f in made.findings if f.code == "project.answer_unknown"]
    assert (found.severity, found.place.key) == ("error", "answers.purpse")
    assert found.remedy.en.partition(": ")[2].startswith("purpose")
