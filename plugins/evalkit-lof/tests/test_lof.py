"""The LOF plugin conforms, says what the source says, and remarks on comparisons."""

from collections import Counter

import pytest
from evalkit_lof.plugin import evalkit_check_design

from evalkit import (
    Arm,
    ArmRole,
    Comparison,
    Design,
    Finding,
    Kind,
    Level,
    Measure,
    Prediction,
    ProjectType,
)
from evalkit.plugin import load_content
from evalkit.testing import check_plugin, sample_design


@pytest.fixture(scope="module")
def measures() -> dict[str, Measure]:
    return {measure.id: measure for measure in load_content("evalkit_lof").measures}


@pytest.fixture(scope="module")
def project() -> ProjectType:
    (type,) = load_content("evalkit_lof").project_types
    return type


def test_plugin_conforms() -> None:
    assert check_plugin("lof") == []


def test_what_there_is(measures: dict[str, Measure], project: ProjectType) -> None:
    assert Counter(m.kind for m in measures.values()) == {Kind.outcome: 6, Kind.process: 2}
    assert {r.measure for r in project.requires} == set(measures)
    assert [sector.value for sector in project.sectors] == ["po", "so", "vo", "mbo"]
    assert project.variant == "small"
    assert project.comparisons == (Comparison.rejected_applicants, Comparison.single_group)


def test_every_level_has_goals_that_are_measured(
    measures: dict[str, Measure], project: ProjectType
) -> None:
    assert Counter(goal.level for goal in project.goals) == {
        Level.micro: 3, Level.meso: 2, Level.macro: 1
    }  # fmt: skip
    outcomes = Counter(m.level for m in measures.values() if m.kind is Kind.outcome)
    assert outcomes == Counter(goal.level for goal in project.goals)


def test_spread_was_not_shown(project: ProjectType) -> None:
    [goal] = [goal for goal in project.goals if goal.level is Level.macro]
    [found] = [r for r in project.reference_results if r.measure == "lof.spread"]
    assert "niet aangetoond" in goal.text.nl
    assert "not been shown" in goal.text.en
    assert found.result.nl.startswith("Niet aangetoond")


def test_published_outcomes_say_that_they_are_self_reported(
    measures: dict[str, Measure], project: ProjectType
) -> None:
    assert {r.measure for r in project.reference_results} == set(measures) - {"lof.hours_freed"}
    for result in project.reference_results:
        measure = measures[result.measure]
        asked = measure.kind is Kind.outcome and measure.respondent == "teacher"
        assert bool(result.condition) == asked, result.measure
        assert (result.percent_low, result.source.year) == (None, 2019)


def test_only_participants_are_asked_about_their_grant(project: ProjectType) -> None:
    arms = {r.measure: r.arms for r in project.requires}
    about_the_grant = {"lof.hours_freed", "lof.support_satisfaction", "lof.spread"}
    assert {measure for measure, which in arms.items() if which == "intervention"} == (
        about_the_grant
    )
    for requirement in project.requires:
        before = requirement.measure not in about_the_grant
        assert ("baseline" in requirement.waves) == before


def test_every_form_of_support_is_asked(measures: dict[str, Measure]) -> None:
    texts = [item.text.nl for item in measures["lof.support_satisfaction"].items]
    assert len(texts) == 8
    for form in (
        "budget", "aanvraag", "eerste jaar", "bezoek", "verplichte Lerarenlabs",
        "vrijwillige Lerarenlabs", "expeditieteam", "tweede jaar",
    ):  # fmt: skip
        assert sum(form in text for text in texts) == 1, form


def test_it_costs_a_teacher_little(measures: dict[str, Measure], project: ProjectType) -> None:
    minutes = {
        wave: sum(
            measures[r.measure].minutes
            for r in project.requires
            if wave in r.waves and measures[r.measure].respondent == "teacher"
        )
        for wave in ("baseline", "post")
    }
    assert minutes == {"baseline": 5, "post": 10}


def test_a_version_says_what_it_may_be_pooled_with(measures: dict[str, Measure]) -> None:
    assert measures["lof.knowledge_sharing"].compatible_with == ("1.0",)
    assert measures["lof.support_satisfaction"].compatible_with == ()


# Remarks on designs


def remarks(design: Design) -> list[tuple[str, str, str | None]]:
    found: list[Finding] = list(evalkit_check_design(design))
    return [(f.code, f.severity, f.place.key) for f in found]


def compared(
    project: ProjectType, measures: dict[str, Measure], label: str, *predictions: str
) -> Design:
    """A design that compares with rejected applicants, with that label for them."""
    design = sample_design(project, measures.values())
    arms = (
        Arm(role=ArmRole.intervention, label="deelnemers"),
        Arm(role=ArmRole.comparison, label=label),
    )
    update = {
        "comparison": Comparison.rejected_applicants,
        "arms": arms,
        "predictions": tuple(Prediction(text=text) for text in predictions),
    }
    return design.model_copy(update={"project": design.project.model_copy(update=update)})


def test_without_comparison_it_says_what_can_be_shown(
    project: ProjectType, measures: dict[str, Measure]
) -> None:
    design = sample_design(project, measures.values(), comparison=False)
    assert remarks(design) == [("lof.no_comparison", "info", "arms")]


def test_with_another_comparison_there_is_nothing_to_say(
    project: ProjectType, measures: dict[str, Measure]
) -> None:
    assert remarks(sample_design(project, measures.values())) == []


@pytest.mark.parametrize(
    ("label", "predictions"),
    [
        ("leraren met een afgewezen aanvraag", ()),
        ("teachers whose application was rejected", ()),
        ("afgewezen aanvragers", ("De score voor kennisdeling stijgt.",)),
        ("afgewezen aanvragers", ("Afgewezen aanvragers veranderen minder.",)),
    ],
)
def test_how_applicants_were_selected_must_be_said(
    project: ProjectType, measures: dict[str, Measure], label: str, predictions: tuple[str, ...]
) -> None:
    design = compared(project, measures, label, *predictions)
    assert remarks(design) == [("lof.selection_unsaid", "warning", "arms[1].label")]


@pytest.mark.parametrize(
    ("label", "predictions"),
    [
        ("afgewezen bij loting", ()),
        ("uitgeloot; er is geloot onder alle aanvragers", ()),
        ("afgewezen: te laat in de volgorde van binnenkomst", ()),
        ("rejected by lottery", ()),
        ("below the committee's threshold", ()),
        ("afgewezen aanvragers", ("Een commissie beoordeelde de aanvragen.",)),
        ("rejected applicants", ("Applications were ranked by a panel.",)),
    ],
)
def test_it_may_be_said_in_the_label_or_in_a_prediction(
    project: ProjectType, measures: dict[str, Measure], label: str, predictions: tuple[str, ...]
) -> None:
    assert remarks(compared(project, measures, label, *predictions)) == []


def test_designs_of_other_types_are_left_alone(
    project: ProjectType, measures: dict[str, Measure]
) -> None:
    other = project.model_copy(update={"id": "iio.slimfit"})
    assert remarks(sample_design(other, measures.values(), comparison=False)) == []
    assert remarks(compared(other, measures, "afgewezen")) == []
