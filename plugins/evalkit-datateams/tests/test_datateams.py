"""The data teams plugin conforms, and its eight steps make a PDCA cycle."""

from collections import Counter
from itertools import groupby

import pytest

from evalkit import Kind, Level, Measure, ProjectType, Respondent, ScaleType
from evalkit.plugin import load_content
from evalkit.testing import check_plugin


@pytest.fixture(scope="module")
def measures() -> dict[str, Measure]:
    return {measure.id: measure for measure in load_content("evalkit_datateams").measures}


@pytest.fixture(scope="module")
def team() -> ProjectType:
    (type,) = load_content("evalkit_datateams").project_types
    return type


def test_plugin_conforms() -> None:
    assert check_plugin("datateams") == []


def test_what_there_is(measures: dict[str, Measure], team: ProjectType) -> None:
    assert Counter(m.kind for m in measures.values()) == {Kind.outcome: 2, Kind.process: 8}
    offered = {"datateams.exam_passed"}  # for a scheme that asks it; no team owes it
    assert {r.measure for r in team.requires} == set(measures) - offered
    assert [sector.value for sector in team.sectors] == ["vo", "po"]
    assert Counter(goal.level for goal in team.goals) == {Level.micro: 1, Level.meso: 1}
    assert {r.measure for r in team.reference_results} == {
        "datateams.exam_results",
        "datateams.embedding",
        "datateams.sustainability",
    }


# The procedure


def test_eight_steps_go_once_through_plan_do_check_act(team: ProjectType) -> None:
    assert [step.id for step in team.procedure] == [
        "problem", "hypothesis", "collection", "quality",
        "analysis", "conclusion", "improvement", "evaluation",
    ]  # fmt: skip
    phases = [phase.value for phase, _ in groupby(team.procedure, key=lambda step: step.phase)]
    assert phases == ["plan", "do", "check", "act"]


def test_the_data_are_checked_before_they_are_analysed(team: ProjectType) -> None:
    steps = [step.id for step in team.procedure]
    assert steps.index("quality") < steps.index("analysis") < steps.index("conclusion")


# The measures


def test_exam_grades_share_one_scale(measures: dict[str, Measure]) -> None:
    scale = measures["datateams.exam_results"].scale
    assert (scale.minimum, scale.maximum, scale.shared_across_waves) == (1, 10, True)


def test_special_cases_of_the_basisset(measures: dict[str, Measure]) -> None:
    assert {m.id: m.specialises for m in measures.values() if m.specialises} == {
        "datateams.exam_results": "core.attainment",
        "datateams.embedding": "core.embedding",
    }


@pytest.mark.parametrize(
    ("measure", "items"),
    [
        ("data_use", 4), ("quality_checks", 5), ("coach", 3),
        ("leadership_support", 4), ("embedding", 3), ("sustainability", 4),
    ],
)  # fmt: skip
def test_questionnaires(measures: dict[str, Measure], measure: str, items: int) -> None:
    found = measures[f"datateams.{measure}"]
    assert (len(found.items), found.scoring, found.kind) == (items, "mean", Kind.process)


def test_who_passed_is_yes_or_no(measures: dict[str, Measure]) -> None:
    found = measures["datateams.exam_passed"]
    assert (found.scale.type, found.scale.maximum) == (ScaleType.binary, 1)
    assert [choice.label.nl for choice in found.scale.choices] == ["nee", "ja"]


def test_hypotheses_are_counted_from_the_log(measures: dict[str, Measure]) -> None:
    for name in ("tested", "confirmed"):
        found = measures[f"datateams.hypotheses_{name}"]
        assert (found.scale.type, found.scale.minimum) == (ScaleType.count_, 0)
        assert (found.respondent, found.source) == (Respondent.school, "log")
        assert found.scale.better == "neutral"


def test_what_only_a_team_can_tell_is_asked_of_the_team_alone(team: ProjectType) -> None:
    in_all_arms = {r.measure for r in team.requires if r.arms == "all"}
    assert in_all_arms == {
        "datateams.exam_results",
        "datateams.data_use",
        "datateams.leadership_support",
    }
    for requirement in team.requires:
        assert ("baseline" in requirement.waves) == (requirement.measure in in_all_arms)


def test_a_team_without_a_coach_owes_nothing_about_one(team: ProjectType) -> None:
    assert [r.measure for r in team.requires if not r.mandatory] == ["datateams.coach"]


def test_what_remains_is_asked_a_year_later(team: ProjectType) -> None:
    later = {r.measure for r in team.requires if "follow_up_1" in r.waves}
    assert later == {"datateams.embedding", "datateams.sustainability"}
