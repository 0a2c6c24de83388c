"""Remarks on a design that hold for any comparison."""

from __future__ import annotations

from evalkit_iio.plugin import evalkit_check_design

from evalkit import ProjectType
from evalkit.plugin import Content
from evalkit.testing import sample_design


def test_a_design_without_comparison_gets_a_warning(
    types: dict[str, ProjectType], content: Content
) -> None:
    for type in types.values():
        found = list(evalkit_check_design(sample_design(type, content.measures, comparison=False)))
        assert [(f.code, f.severity, f.place.key) for f in found] == [
            ("iio.no_comparison", "warning", "arms")
        ]
        assert type.label.nl in found[0].wrong.nl


def test_a_design_with_comparison_gets_none(
    types: dict[str, ProjectType], content: Content
) -> None:
    for type in types.values():
        assert list(evalkit_check_design(sample_design(type, content.measures))) == []


def test_a_project_without_scenario_gets_a_warning(
    types: dict[str, ProjectType], content: Content
) -> None:
    for id, type in types.items():
        found = list(evalkit_check_design(sample_design(type, content.measures, features=False)))
        expected = [("iio.scenario_missing", "warning")] if id == "iio.lvl" else []
        assert [(f.code, f.severity) for f in found] == expected


def test_designs_of_other_types_are_left_alone(
    types: dict[str, ProjectType], content: Content
) -> None:
    other = types["iio.slimfit"].model_copy(update={"id": "lof.project"})
    assert (
        list(evalkit_check_design(sample_design(other, content.measures, comparison=False))) == []
    )
