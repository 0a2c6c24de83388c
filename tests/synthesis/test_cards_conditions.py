"""Conditions on cards: what they mean, and what is said of those that cannot be read."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.errors import FindingsError
from evalkit.model.query import CardSource
from evalkit.model.reference import Outcome
from evalkit.synthesis.card_records import VARIABLES, Record, reference_record
from evalkit.synthesis.conditions import DEEPEST, LONGEST, judge, read_condition
from evalkit.workspace.cards import SYNONYMS, select, variables
from evalkit.workspace.reference import base


def record(**values: Any) -> Record:
    given = {k: v if isinstance(v, tuple) else (v,) for k, v in values.items()}
    blank = dict.fromkeys(VARIABLES, ())
    known = {"project": ("west",), "source": ("workspace",)}
    return Record("west", "West", CardSource.workspace, {**blank, **known, **given}, {})


def judged(text: str, **values: Any) -> Outcome:
    return judge(read_condition(text, variables(), SYNONYMS), record(**values))


def wrong(text: str) -> list[str]:
    with pytest.raises(FindingsError) as caught:
        read_condition(text, variables(), SYNONYMS)
    return [finding.code for finding in caught.value.findings]


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("ladder_rung >= 3", "meets"),
        ("rung < 3", "fails"),
        ("rung ≥ 3 AND goal_reached in [full, largely]", "meets"),
        ("goal_reached >= somewhat", "meets"),
        ("goal_reached > largely", "fails"),
        ("goal_reached = grotendeels", "meets"),
        ("goal_reached == 'Grotendeels'", "meets"),
        ("phase < sustaining", "undecided"),
        ("phase is unknown", "meets"),
        ("not phase is known", "meets"),
        ("aspects contains leadership", "meets"),
        ("aspects contains [leadership, time]", "fails"),
        ("aspects in [leadership, time]", "meets"),
        ("aspects not in [vision, time]", "meets"),
        ("leadership in aspects", "meets"),
        ("'leadership' not in aspects", "fails"),
        ("time not in aspects", "meets"),
        ("levels contains micro", "undecided"),
        ("summary contains 'VIJF scholen'", "meets"),
        ("summary not contains (vijf, zes)", "meets"),
        ("project in [oost, west]", "meets"),
        ("project != west", "fails"),
        ("source == projecten", "meets"),
        ("phase == initiation or rung == 4", "meets"),
        ("phase == initiation and rung == 4", "undecided"),
        ("phase == initiation and rung == 3", "fails"),
        ("not (phase == initiation or rung == 3)", "undecided"),
        ("rung == 3 or rung == 4 and goal == fully", "fails"),
        ("(rung == 3 or rung == 4) and not goal == fully", "meets"),
    ],
)
def test_what_a_condition_means(text: str, outcome: str) -> None:
    card = {
        "ladder_rung": 4,
        "goal_reached": "largely",
        "aspects": ("leadership", "culture"),
        "summary": "Op vijf scholen ingevoerd.",
    }
    assert judged(text, **card) == outcome


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("rung >= 4", "meets"),
        ("rung == 4 or rung == 5", "meets"),
        ("rung == 5", "undecided"),
        ("not rung == 5", "undecided"),
        ("rung <= 3", "fails"),
        ("rung is known", "meets"),
    ],
)
def test_a_value_that_the_source_leaves_open_is_neither(text: str, outcome: str) -> None:
    assert judged(text, ladder_rung=(4, 5)) == outcome


def test_what_does_not_apply_meets_no_comparison_and_is_no_unknown() -> None:
    assert judged("rung >= 0", ladder_rung=(None,)) == "fails"
    assert judged("rung is known", ladder_rung=(None,)) == "meets"


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("", ["query.syntax"]),
        ("rung", ["query.syntax"]),
        ("rung >=", ["query.syntax"]),
        ("rung >= 3 and", ["query.syntax"]),
        ("rung >= 3 phase is known", ["query.syntax"]),
        ("(rung >= 3", ["query.syntax"]),
        ("rung in [3, 4", ["query.syntax"]),
        ("rung not >= 3", ["query.syntax"]),
        ("phase is sustaining", ["query.syntax"]),
        ("rung >= 3; import os", ["query.syntax"]),
        ("'unclosed == rung", ["query.syntax"]),
        ("__import__('os')", ["query.syntax"]),
        ("rungs >= 3 and fase == implementation", ["query.column", "query.column"]),
        ("rung >= high", ["query.number"]),
        ("rung == 3.5", ["query.number"]),
        ("goal_reached == partly and aspects contains leader", ["query.value", "query.value"]),
        ("aspects == leadership", ["query.operator"]),
        ("school_type > po", ["query.operator"]),
        ("summary == vijf", ["query.operator"]),
        ("not " * (DEEPEST + 1) + "rung == 1", ["query.long"]),
        ("(" * 900, ["query.long"]),
        ("x" * (LONGEST + 1), ["query.long"]),
    ],
)
def test_what_cannot_be_read_is_said(text: str, codes: list[str]) -> None:
    assert wrong(text) == codes


def test_a_remark_has_the_position_and_what_was_probably_meant() -> None:
    with pytest.raises(FindingsError) as caught:
        read_condition("rung >= 3 and phases == implementation", variables(), SYNONYMS)
    (found,) = caught.value.findings
    assert "15" in found.wrong.en
    assert found.remedy.en.startswith("Choose from: phase (did you mean this?)")


COLUMNS, SIGNS = ("rung", "phase", "aspects"), ("(", ")", "[", "]", ",", "==", ">=", ";")
KEYWORDS = ("and", "or", "not", "in", "contains", "is", "known")
WORDS = st.sampled_from((*COLUMNS, *SIGNS, *KEYWORDS, "3", "leadership", "'x'", "é"))


@given(st.lists(WORDS, max_size=14).map(" ".join) | st.text(max_size=40))
def test_any_text_is_a_condition_or_gets_findings(text: str) -> None:
    try:
        condition = read_condition(text, variables(), SYNONYMS)
    except FindingsError:
        return
    assert all(judge(condition, reference_record(card)) in Outcome for card in base().cards)


@pytest.mark.parametrize(("name", "published"), [("lasting_success", "lasting"),
                                                 ("opposite", "not-realised")])  # fmt: skip
def test_the_named_queries_give_the_interventions_that_were_published(
    name: str, published: str
) -> None:
    selection = base().selection(published)
    found, other = select(None, None, name), base().select(selection.criteria)
    for outcome in Outcome:
        ids = {card.id for card in getattr(other, outcome.value)}
        assert {card.id for card in found.outcomes[outcome]} == ids
    assert {card.id for card in found.outcomes[Outcome.meets]} == set(selection.cards)
