"""The IIO plugin conforms, and says what the sources say."""

import pytest
from evalkit_iio.plugin import evalkit_check_design

from evalkit import Direction, ProjectType
from evalkit.plugin import Content, load_content
from evalkit.testing import check_plugin, sample_design


@pytest.fixture(scope="module")
def content() -> Content:
    return load_content("evalkit_iio")


@pytest.fixture(scope="module")
def slimfit(content: Content) -> ProjectType:
    return next(type for type in content.project_types if type.id == "iio.slimfit")


def test_plugin_conforms() -> None:
    assert check_plugin("iio") == []


def test_tests_before_and_after_are_not_on_one_scale(content: Content) -> None:
    for measure in content.measures:
        if measure.id in ("iio.language", "iio.arithmetic"):
            assert not measure.scale.shared_across_waves
            assert measure.scale.minimum is None
            assert measure.domain == "achievement"


def test_productivity_is_pupils_per_fte(content: Content) -> None:
    measure = next(m for m in content.measures if m.id == "iio.pupils_per_fte")
    assert measure.scale.type == "ratio"
    assert measure.scale.better is Direction.higher


def test_slimfit_asks_the_tests_and_leaves_the_rest_free(slimfit: ProjectType) -> None:
    mandatory = {r.measure for r in slimfit.requires if r.mandatory}
    assert mandatory == {
        "iio.language",
        "iio.arithmetic",
        "iio.team_meetings",
        "iio.homework",
    }


def test_sources_that_differ_are_both_kept_with_their_year(slimfit: ProjectType) -> None:
    for measure in ("iio.language", "iio.arithmetic"):
        results = [r for r in slimfit.reference_results if r.measure == measure]
        assert sorted((r.source.year or 0) for r in results) == [2015, 2016]


def test_a_design_without_comparison_gets_a_warning(slimfit: ProjectType, content: Content) -> None:
    found = list(evalkit_check_design(sample_design(slimfit, content.measures, comparison=False)))
    assert [(f.code, f.severity, f.place.key) for f in found] == [
        ("iio.no_comparison", "warning", "arms")
    ]
    assert "SlimFit" in found[0].wrong.nl


def test_a_design_with_comparison_gets_none(slimfit: ProjectType, content: Content) -> None:
    assert list(evalkit_check_design(sample_design(slimfit, content.measures))) == []


def test_designs_of_other_types_are_left_alone(slimfit: ProjectType, content: Content) -> None:
    other = slimfit.model_copy(update={"id": "lof.project"})
    assert (
        list(evalkit_check_design(sample_design(other, content.measures, comparison=False))) == []
    )
