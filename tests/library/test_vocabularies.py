"""The word lists hold all the meta-analysis lists, in our own words; ids never change."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

import pytest
from pydantic import ValidationError

from evalkit.library.vocabularies import LISTS, Entry, Vocabularies, vocabularies
from evalkit.model.vocabulary import RUNG_LABELS, GoalReached, Level, Phase, Term
from evalkit.testing.conformance import check_texts

WORDS = vocabularies()

IDS = {
    "aspects": "leadership facilities professionalisation hrm culture vision support "
    "in_school_learning out_of_school_learning time finance pupil_population school_surroundings "
    "motivation ownership organisation anchoring labour_productivity demand_articulation "
    "personalised_learning education_quality work_experience reflection",
    "target_groups": "pupils teachers teaching_team specialists curriculum school_leader board "
    "support_staff",
    "determinant_groups": "innovation internal external process",
    "determinants": "proven_quality perceived_quality fit_with_values clear_change clear_goals "
    "broad_involvement felt_need openness_to_change sufficient_resources "
    "communication_across_layers fit_with_society stable_surroundings external_support "
    "expert_guidance say_in_application encouraged_and_adjusted integrated_in_procedures "
    "shared_goals",
    "indicators": "continuation_negotiated resources_committed became_norm stable_conditions "
    "independent_of_persons embedded_in_procedures efficient_support routine_mastered "
    "refined_and_shared",
    "phases": "initiation implementation sustaining",
    "levels": "micro meso macro",
    "goal_reached": "fully largely somewhat hardly not_at_all",
    "rungs": "rung_0 rung_1 rung_2 rung_3 rung_4 rung_5",
    "support_structures": "external_professional expert coach process_guide advice_bureau "
    "school_support_service regional_coordinator trained_student training analysis_and_review "
    "learning_community network research_partnership peer_consultation meetings "
    "application_help funding short_cycle_help knowledge_broker knowledge_point knowledge_base",
}
CHECKED = (
    "about_school_development factors_identified sector_and_period "
    "validity_reliability policy_context assumptions questions operationalisation "
    "methodological_account population data_handling representativeness methods data_checks "
    "shortcomings quality_control conclusions conclusions_supported usability purpose "
    "main_findings questions_answered recommendations"
)


def between(text: str, start: str, end: str) -> str:
    return text.partition(start)[2].partition(end)[0]


def all_entries() -> Iterator[Entry]:
    for key in LISTS:
        yield from WORDS.entries(key)
    yield from WORDS.checked()


# Nothing lost, nothing renamed


def test_ids_never_change() -> None:
    assert {key: " ".join(WORDS.codes(key)) for key in LISTS} == IDS
    assert " ".join(entry.id for entry in WORDS.checked()) == CHECKED


def test_every_flat_list_is_there_under_its_name() -> None:
    others = {"documents", "checklist"}
    assert set(LISTS) == set(Vocabularies.model_fields) - others


def test_counts_of_the_source() -> None:
    counts = {key: len(WORDS.entries(key)) for key in LISTS}
    assert counts["aspects"] == 23
    assert counts["determinant_groups"] == 4
    assert counts["determinants"] == 18
    assert counts["phases"] == counts["levels"] == 3
    assert counts["target_groups"] == 8
    assert counts["goal_reached"] == 5
    assert counts["rungs"] == 6
    whole = [indicator for indicator in WORDS.indicators if not indicator.part_of]
    assert (len(whole), counts["indicators"] - len(whole)) == (6, 3)


def test_appendix_3_uses_the_first_four_indicators() -> None:
    whole = [indicator for indicator in WORDS.indicators if not indicator.part_of]
    assert [i.on_card for i in whole] == [True] * 4 + [False] * 2
    assert not any(i.on_card for i in WORDS.indicators if i.part_of)


def test_the_checklist_has_its_parts_and_scores() -> None:
    checklist = WORDS.checklist
    assert len(checklist.inclusion) == 3
    assert [len(part.elements) for part in checklist.parts] == [4, 7, 1, 4]
    assert (checklist.scoring.minimum, checklist.scoring.maximum) == (1, 5)
    assert [choice.value for choice in checklist.scoring.choices] == [1, 2, 3, 4, 5]
    assert list(check_texts(checklist.scoring, "scoring")) == []


# The same words as the enums


@pytest.mark.parametrize(
    ("key", "term"), [("phases", Phase), ("levels", Level), ("goal_reached", GoalReached)]
)
def test_lists_agree_with_the_enum(key: str, term: type[Term]) -> None:
    listed = [(entry.id, entry.label) for entry in WORDS.entries(key)]
    assert listed == [(member.value, member.label) for member in term]


def test_rungs_agree_with_the_labels_of_the_ladder() -> None:
    assert {rung.rung: rung.label for rung in WORDS.rungs} == RUNG_LABELS
    assert [rung.id for rung in WORDS.rungs] == [f"rung_{rung.rung}" for rung in WORDS.rungs]
    lowest, *higher = WORDS.rungs
    assert lowest.effectiveness is lowest.outcome is None
    for rung in higher:
        assert rung.effectiveness is not None
        assert rung.outcome is not None
        for lang in ("nl", "en"):
            word = getattr(rung.effectiveness, lang).split(" (")[0]
            assert word in getattr(rung.label, lang).replace("(in)", "")


# Fit to be read


@pytest.mark.parametrize("entry", list(all_entries()), ids=lambda entry: entry.id)
def test_every_entry_says_in_two_languages_what_it_is(entry: Entry) -> None:
    assert list(check_texts(entry, entry.id)) == []
    for lang in ("nl", "en"):
        description = getattr(entry.description, lang)
        assert description[0].isupper()
        assert description.endswith(".")
        assert description.rstrip(".").lower() != getattr(entry.label, lang).lower()


@pytest.mark.parametrize("key", LISTS)
@pytest.mark.parametrize("lang", ["nl", "en"])
def test_no_two_entries_of_a_list_read_the_same(key: str, lang: str) -> None:
    for part in ("label", "description"):
        said = Counter(getattr(getattr(entry, part), lang) for entry in WORDS.entries(key))
        assert [text for text, n in said.items() if n > 1] == []


def test_every_source_is_a_listed_document() -> None:
    listed = {document.id for document in WORDS.documents}
    sources = [entry.source for entry in all_entries()]
    sources.append(WORDS.checklist.scoring.source)
    assert {source.document for source in sources} <= listed
    assert all(source.place for source in sources)


def test_an_id_twice_in_a_list_is_refused() -> None:
    content = WORDS.model_dump()
    content["phases"][1]["id"] = "initiation"
    with pytest.raises(ValidationError, match="initiation"):
        Vocabularies.model_validate(content)


# Held against the source documents


def test_the_source_has_as_many_of_each(source: str) -> None:
    def bullets(text: str) -> int:
        return len(re.findall(r"^▪", text, re.MULTILINE))

    aspects = between(source, "Overzicht 1: Aspecten", "Determinanten en indicatoren")
    assert bullets(aspects) == len(WORDS.aspects) - 1  # reflection is from appendix 3
    table = between(source, "Overzicht 2: Determinanten", "\n21  ")
    groups = re.split(r"^(?:I|II|III|IV)\. ", table, flags=re.MULTILINE)[1:]
    mine = Counter(determinant.group for determinant in WORDS.determinants)
    assert [bullets(group) for group in groups] == [mine[g.id] for g in WORDS.determinant_groups]
    table = between(source, "Overzicht 4: Indicatoren", "1.3.2 Stap 2")
    assert bullets(table) == 6
    assert len(re.findall(r"^- ", table, re.MULTILINE)) == 3


def test_the_source_has_the_elements_of_the_checklist(source: str) -> None:
    table = between(source, "Overzicht 7: Checklist", "Op basis van bovenstaande checklist")
    parts = table.split("AANWEZIG")[1:]
    parts = [re.split(r"\n [A-Z]|\n GEF", part)[0] for part in parts]
    found = [len(re.findall(r"[;.](?=\s|$)", part)) for part in parts]
    listed = [len(part.elements) for part in WORDS.checklist.parts]
    assert found == [len(WORDS.checklist.inclusion), *listed]


def test_the_words_for_outcomes_are_those_of_the_source(source: str) -> None:
    table = between(source, "Overzicht 8: Betekenis", "1.3.4 Stap 4")
    rungs = re.split(r"TREDE \d:", table)[1:]
    assert len(rungs) == len(WORDS.rungs)
    for rung, text in zip(WORDS.rungs, rungs, strict=True):
        if rung.effectiveness and rung.outcome:
            assert f"{rung.effectiveness.nl.split(' effectief')[0]} (in)effectief" in text
            assert rung.outcome.nl.split(" (")[0] in text


def test_descriptions_are_not_sentences_of_the_source(source: str) -> None:
    words = " ".join(re.findall(r"\w+", source.lower()))
    for entry in all_entries():
        mine = re.findall(r"\w+", entry.description.nl.lower())
        for start in range(len(mine) - 5):
            assert " ".join(mine[start : start + 6]) not in words, entry.id
