"""``evalkit reference`` as a person and a program see it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import CliRunner

from evalkit.cli.main import cli
from evalkit.errors import EvalkitError
from evalkit.library.reference import reference_base


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


def test_selections_are_those_of_the_report_and_of_the_query() -> None:
    lasting, opposite = as_json("selections")
    assert lasting["agrees"] is opposite["agrees"] is True
    assert set(lasting["meets"]) == set(lasting["selection"]["cards"])
    assert set(lasting["stated_by_selection"]) == set(lasting["meets"])
    assert "lof" in lasting["undecided"]
    for made, query in ((lasting, "lasting_success"), (opposite, "opposite")):
        arguments = ["cards", "select", "--source", "reference", "--query", query, "--json"]
        asked = json.loads(CliRunner().invoke(cli, arguments).stdout)
        assert [card["project"] for card in asked["meets"]] == made["meets"]


def test_selections_are_shown() -> None:
    printed = run("selections", "--lang", "en")
    assert printed.count("The interventions are those of the report.") == 2
    assert "Known only because the report lists them in a selection" in printed


def test_counts_show_published_beside_stated() -> None:
    printed = run("counts", "--lang", "en")
    assert "cannot be recounted" in printed
    assert "overview" not in printed.splitlines()[0]
    assert "Promoting factors" not in printed
    assert "Promoting factors" in run("counts", "--all", "--lang", "en")
    content = as_json("counts")
    first = content["counts"][0]
    assert (first["published"], first["supported"], first["verdict"]) == ([20], 11, "short")
