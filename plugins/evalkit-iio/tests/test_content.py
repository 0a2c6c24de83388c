"""The content says what the sources say, as completely as they do."""

from __future__ import annotations

from collections import Counter

import pytest

from evalkit import Direction, Measure, ProjectType, Scenario
from evalkit.plugin import Content
from evalkit.testing import check_plugin

TYPES = {"iio.slimfit", "iio.lvl", "iio.videolessen", "iio.eklas_pal", "iio.onderwijsteams"}
SECONDARY = sorted(TYPES - {"iio.slimfit"})
DOCUMENTS = {
    "000_iio_letter",
    "001_iio_vo_summary",
    "002_iio_principles",
    "003_iio_focus_groups",
    "004_meta_analysis",
}


@pytest.fixture(scope="module")
def measures(content: Content) -> dict[str, Measure]:
    return {measure.id: measure for measure in content.measures}


def test_plugin_conforms() -> None:
    assert check_plugin("iio") == []


def test_the_five_concepts_are_there(types: dict[str, ProjectType]) -> None:
    assert set(types) == TYPES
    assert {id for id, type in types.items() if "vo" in type.sectors} == set(SECONDARY)


@pytest.mark.parametrize(
    ("id", "items"),
    [
        ("iio.working_conditions", 30),
        ("iio.job_aspects", 14),
        ("iio.principles", 10),
        ("iio.conditions", 6),
    ],
)
def test_questionnaires_have_as_many_questions_as_the_source_counts(
    measures: dict[str, Measure], id: str, items: int
) -> None:
    measure = measures[id]
    assert len(measure.items) == items
    assert len({item.text.nl for item in measure.items}) == items
    # At most some ten seconds per question, and not less than five.
    assert 5 <= 60 * measure.minutes / items <= 20


def test_each_of_the_five_principles_has_two_questions(measures: dict[str, Measure]) -> None:
    ids = [item.id.rsplit("_", 1)[0] for item in measures["iio.principles"].items]
    assert Counter(ids) == dict.fromkeys(
        ("practice", "levels", "structure", "openness", "flexible"), 2
    )


@pytest.mark.parametrize("id", ["iio.working_conditions", "iio.job_aspects"])
def test_questions_of_our_own_are_said_to_be_ours(measures: dict[str, Measure], id: str) -> None:
    measure = measures[id]
    assert "van evalkit" in measure.description.nl
    assert "evalkit's" in measure.description.en
    assert measure.origin is not None
    assert "alleen het aantal" in measure.origin.place


def test_only_support_counts_the_other_way_round(measures: dict[str, Measure]) -> None:
    conditions = measures["iio.working_conditions"]
    assert conditions.scale.better is Direction.lower_
    turned = [item.id for item in conditions.items if item.reverse]
    assert turned == [f"support_{number}" for number in range(1, 6)]


def test_long_questionnaires_are_asked_in_the_large_variant_alone(
    types: dict[str, ProjectType],
) -> None:
    large = {"iio.working_conditions", "iio.job_aspects", "iio.conditions"}
    for type in types.values():
        asked = {r.measure: r for r in type.requires}
        assert all(asked[id].mandatory for id in large)
        limited = {id for id, requirement in asked.items() if len(requirement.variants) == 1}
        assert limited == large
        assert {str(v) for id in large for v in asked[id].variants} == {"large"}


def test_tests_before_and_after_are_not_on_one_scale(measures: dict[str, Measure]) -> None:
    for id in ("iio.language", "iio.arithmetic"):
        assert not measures[id].scale.shared_across_waves
        assert measures[id].scale.minimum is None
        assert measures[id].domain == "achievement"


def test_grades_are_on_one_scale_from_1_to_10(measures: dict[str, Measure]) -> None:
    scale = measures["iio.grades"].scale
    assert (scale.minimum, scale.maximum, scale.shared_across_waves) == (1, 10, True)


def test_special_cases_of_attainment_say_so(measures: dict[str, Measure]) -> None:
    special = {id for id, measure in measures.items() if measure.specialises}
    assert special == {"iio.language", "iio.arithmetic", "iio.grades"}
    assert {measures[id].specialises for id in special} == {"core.attainment"}


def test_productivity_is_computed_and_may_be_pooled_with_what_schools_gave(
    measures: dict[str, Measure],
) -> None:
    for id in ("iio.pupils_per_fte", "iio.pupils_per_contact_hour"):
        assert set(measures[id].computed_from) <= set(measures)
        assert measures[id].scale.type == "ratio"
        assert measures[id].scale.better is Direction.higher
    assert measures["iio.pupils_per_fte"].compatible_with == ("1.0",)


def test_slimfit_asks_the_tests_and_leaves_productivity_and_parents_free(
    types: dict[str, ProjectType],
) -> None:
    asked = {r.measure: r.mandatory for r in types["iio.slimfit"].requires}
    tests = ("iio.language", "iio.arithmetic", "iio.team_meetings", "iio.homework")
    assert all(asked[id] for id in tests)
    assert not any(asked[id] for id in asked if "pupils_per" in id or "parent" in id)


@pytest.mark.parametrize("id", SECONDARY)
def test_secondary_types_ask_grades_and_productivity(
    types: dict[str, ProjectType], id: str
) -> None:
    asked = {r.measure: r.mandatory for r in types[id].requires}
    assert asked["iio.grades"]
    assert asked["iio.pupils_per_contact_hour"]
    assert types[id].comparisons[0] == "cross_over"
    # In the basisset already.
    assert not any(measure.startswith("core.") for measure in asked)


@pytest.mark.parametrize("id", sorted(TYPES))
def test_what_is_computed_comes_with_its_inputs(
    types: dict[str, ProjectType], measures: dict[str, Measure], id: str
) -> None:
    waves = {r.measure: set(r.waves) for r in types[id].requires}
    for measure in waves:
        for needed in measures[measure].computed_from:
            remote = needed in ("iio.remote_lessons", "iio.supervised_share")
            if not remote or id == "iio.videolessen":
                assert waves[needed] == waves[measure]


@pytest.mark.parametrize(
    ("id", "features", "scenarios"),
    [
        ("iio.slimfit", 3, ()),  # 000: scale, role differentiation, ICT
        ("iio.lvl", 3, ("self_study", "flipping", "e_coaching")),  # 001: six, with the scenarios
        ("iio.videolessen", 1, ()),  # 001: who supervises
        ("iio.eklas_pal", 5, ()),  # 001
        ("iio.onderwijsteams", 5, ()),  # 001
    ],
)
def test_features_studied_are_those_of_the_source(
    types: dict[str, ProjectType], id: str, features: int, scenarios: tuple[str, ...]
) -> None:
    found: tuple[Scenario, ...] = types[id].scenarios
    assert len(types[id].features) == features
    assert tuple(scenario.id for scenario in found) == scenarios


@pytest.mark.parametrize("id", SECONDARY)
def test_a_top_5_of_each_side(types: dict[str, ProjectType], id: str) -> None:
    for side in ("promoting", "hindering"):
        factors = [f for f in types[id].factors if f.side == side]
        assert [f.rank for f in factors] == [1, 2, 3, 4, 5]
        assert {(f.source.document, f.source.year) for f in factors} == {
            ("001_iio_vo_summary", 2015)
        }


def test_the_sources_list_no_top_5_of_slimfit(types: dict[str, ProjectType]) -> None:
    assert types["iio.slimfit"].factors == ()


@pytest.mark.parametrize("id", sorted(TYPES))
def test_yields_and_goals_at_each_level(types: dict[str, ProjectType], id: str) -> None:
    type = types[id]
    assert {y.level.value for y in type.yields} == {"operational", "formal", "ideational"}
    assert {goal.level.value for goal in type.goals} == {"micro", "meso", "macro"}
    assert len(type.periods) == 2


def test_sources_are_known(types: dict[str, ProjectType], content: Content) -> None:
    sources = [measure.origin for measure in content.measures]
    for type in types.values():
        sources.append(type.origin)
        for part in (type.goals, type.factors, type.yields, type.reference_results):
            sources += [entry.source for entry in part]
    assert None not in sources
    assert {source.document for source in sources if source} == DOCUMENTS
    assert all(source.place for source in sources if source)


@pytest.mark.parametrize(
    ("id", "measure", "years"),
    [
        ("iio.slimfit", "iio.language", [2015, 2016]),
        ("iio.slimfit", "iio.arithmetic", [2015, 2016]),
        ("iio.eklas_pal", "core.pupil_satisfaction", [2015, 2016]),
        ("iio.eklas_pal", "iio.grades", [2015, 2016]),
        ("iio.lvl", "core.pupil_satisfaction", [2015, 2016]),
        ("iio.onderwijsteams", "core.pupil_satisfaction", [2015, 2015, 2016]),
        ("iio.onderwijsteams", "iio.grades", [2015, 2015, 2016]),
    ],
)
def test_sources_that_differ_are_both_kept_with_their_year(
    types: dict[str, ProjectType], id: str, measure: str, years: list[int]
) -> None:
    results = [r for r in types[id].reference_results if r.measure == measure]
    assert sorted(r.source.year or 0 for r in results) == years


FIGURES = {
    ("iio.lvl", "iio.pupils_per_contact_hour", "expected", 9, 12),
    ("iio.lvl", "iio.grades", "found", 4, None),
    ("iio.lvl", "iio.grades", "found", -6, -3),
    ("iio.videolessen", "iio.pupils_per_contact_hour", "potential", 50, None),
    ("iio.videolessen", "iio.pupils_per_contact_hour", "expected", 20, None),
    ("iio.videolessen", "iio.pupils_per_contact_hour", "found", 20, None),
    ("iio.videolessen", "iio.pupils_per_contact_hour", "potential", 30, None),
    ("iio.eklas_pal", "iio.pupils_per_contact_hour", "found", 20, 40),
    ("iio.onderwijsteams", "iio.pupils_per_contact_hour", "expected", 40, None),
    ("iio.onderwijsteams", "iio.pupils_per_contact_hour", "found", 23, None),
    ("iio.onderwijsteams", "iio.pupils_per_contact_hour", "found", 35, None),
    ("iio.onderwijsteams", "iio.grades", "found", 2, 3),
}


def test_published_figures(types: dict[str, ProjectType]) -> None:
    found = {
        (id, r.measure, r.kind.value, r.percent_low, r.percent_high)
        for id, type in types.items()
        for r in type.reference_results
        if r.percent_low is not None
    }
    assert found == FIGURES
