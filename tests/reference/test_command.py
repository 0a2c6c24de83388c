"""``evalkit reference`` as a person and a program see it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import CliRunner

from evalkit.cli.main import cli
from evalkit.cli.reference import GOALS, NAMED, PHASES
from evalkit.errors import EvalkitError
from evalkit.library.reference import reference_base
from evalkit.model.vocabulary import GoalReached, Phase


def run(*arguments: str) -> str:
    result = CliRunner().invoke(cli, ["reference", *arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def as_json(*arguments: str) -> Any:
    return json.loads(run(*arguments, "--json"))


def test_list_has_every_intervention_and_says_what_is_counted() -> None:
    printed = run("list", "--lang", "en")
    assert all(card.id in printed for card in reference_base().cards)
    assert "4 or 5" in printed
    assert "We count 28 reports" in printed
    assert run("--lang", "en") == printed


def test_list_as_json() -> None:
    content = as_json("list")
    rows = {row["id"]: row for row in content["interventions"]}
    assert len(rows) == 32
    assert content["reports"] == 28
    assert rows["lof"]["rungs"] == [4, 5]
    assert rows["functiemix"]["rungs"] is None
    assert rows["samen_ten_dienste"]["rungs"] == []
    assert rows["grassroots"]["year"] is None


@pytest.mark.parametrize("lang", ["nl", "en"])
@pytest.mark.parametrize("id", [card.id for card in reference_base().cards])
def test_show_prints_each_value_with_its_place(id: str, lang: str) -> None:
    printed = run("show", id, "--lang", lang)
    card = reference_base().card(id)
    assert card.title.to("nl" if lang == "nl" else "en") in printed
    for item in card.description:
        assert f"{item.source.document}: {item.source.place}" in printed


def test_show_says_what_rests_on_the_selection_and_what_is_unknown() -> None:
    printed = run("show", "tom_scholen", "--lang", "en")
    assert "fully or largely (known only from the selection)" in printed
    assert "our code" in printed
    assert "Hindering factors" in printed.splitlines()[-1]


def test_show_as_json() -> None:
    content = as_json("show", "slimfit")
    assert content["card"]["goal_reached"]["value"] == ["hardly"]
    assert content["card"]["goal_reached"]["stated_by_selection"] is True
    assert content["report"]["id"] == "heyma-2016"


def test_an_unknown_intervention_is_an_expected_problem() -> None:
    with pytest.raises(EvalkitError) as caught:
        run("show", "nowhere")
    assert caught.value.finding.code == "card.vocabulary"


def test_select_by_criteria() -> None:
    criteria = ("--goal-at-least", "largely", "--phase", "sustaining", "--rung-at-least", "3")
    content = as_json("select", *criteria)
    named = as_json("select", "--named", "lasting")
    assert content["meets"] == named["meets"]
    assert set(content["meets"]) == set(named["selection"]["cards"])
    assert named["agrees"] is True
    assert set(content["stated_by_selection"]) == set(content["meets"])
    assert "lof" in content["undecided"]


@pytest.mark.parametrize("name", NAMED)
def test_named_selections_are_reproduced(name: str) -> None:
    printed = run("select", "--named", name, "--lang", "en")
    assert "The interventions are those of the report." in printed
    assert "Known only because the report lists them in a selection" in printed


@pytest.mark.parametrize("arguments", [(), ("--named", "lasting", "--rung-at-least", "3")])
def test_select_wants_criteria_or_a_name(arguments: tuple[str, ...]) -> None:
    assert CliRunner().invoke(cli, ["reference", "select", *arguments]).exit_code == 2


def test_counts_show_published_beside_stated() -> None:
    printed = run("counts", "--lang", "en")
    assert "cannot be recounted" in printed
    assert "overview" not in printed.splitlines()[0]
    assert "Promoting factors" not in printed
    assert "Promoting factors" in run("counts", "--all", "--lang", "en")
    content = as_json("counts")
    first = content["counts"][0]
    assert (first["published"], first["supported"], first["verdict"]) == ([20], 11, "short")


def test_choices_of_the_command_are_those_of_the_model() -> None:
    assert tuple(GoalReached) == GOALS
    assert tuple(Phase) == PHASES
    assert tuple(s.id for s in reference_base().published.selections) == NAMED
