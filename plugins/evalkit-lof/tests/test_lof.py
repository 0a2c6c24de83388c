"""The LOF plugin conforms, and asks of each group what it can tell."""

from evalkit.plugin import load_content
from evalkit.testing import check_plugin


def test_plugin_conforms() -> None:
    assert check_plugin("lof") == []


def test_only_participants_are_asked_about_their_grant() -> None:
    (project,) = load_content("evalkit_lof").project_types
    arms = {r.measure: r.arms for r in project.requires}
    assert arms == {
        "lof.knowledge_sharing": "all",
        "lof.hours_freed": "intervention",
        "lof.support_satisfaction": "intervention",
    }


def test_every_form_of_support_is_asked() -> None:
    measures = {m.id: m for m in load_content("evalkit_lof").measures}
    assert len(measures["lof.support_satisfaction"].items) == 7


def test_the_comparison_is_described() -> None:
    (project,) = load_content("evalkit_lof").project_types
    assert [c.value for c in project.comparisons] == ["comparison_group", "single_group"]
    assert "afgewezen" in project.description.nl
    assert "rejected" in project.description.en
