"""The factors hold every row of overview 14 and 15 once, with the count the source prints."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from pydantic import ValidationError

from evalkit.library.factors import Factors, factors
from evalkit.library.vocabularies import vocabularies
from evalkit.model.factor import Factor, PublishedCount
from evalkit.model.vocabulary import Side
from evalkit.testing.conformance import check_texts

FACTORS = factors()
CODES = (
    "leadership time resources workload staffing technology physical_space expertise openness "
    "assistance guidance pupil_competence plan_design problem_analysis fit_with_school vision "
    "policy_room anchoring flexibility innovation_quality tailoring commitment added_value "
    "surroundings_alignment support involvement communication collaboration motivation "
    "pupil_motivation atmosphere appreciation choice ownership role_clarity feedback monitoring "
    "evaluation knowledge_sharing school_competition school_size field_involvement"
)
CATEGORIES = {
    Side.hindering: "lack_of_means unclear_plans weak_innovation lack_of_backing "
    "lack_of_evaluation government",
    Side.promoting: "cooperation means_and_help ownership_and_leadership sharing_and_monitoring "
    "anchoring_and_policy",
}
ROWS = {Side.hindering: 33, Side.promoting: 44}
SUMS = {Side.hindering: 104, Side.promoting: 157}

Row = tuple[str, int]


def printed(source: str) -> dict[Side, list[Row]]:
    """The rows of both overviews as the source prints them: term and count, in order."""
    hindering = source.partition("Overzicht 14:")[2].partition("Overzicht 15:")[0]
    promoting = source.partition("Overzicht 15:")[2].partition("Concluderend")[0]
    tables = {
        Side.hindering: (hindering, r"^▪ (.+?) +\((\d+)\) *$"),
        Side.promoting: (promoting, r"^▪ (.+?) +(\d+) *$"),
    }
    rows: dict[Side, list[Row]] = {}
    for side, (text, shape) in tables.items():
        found = re.findall(shape, text, re.MULTILINE)
        assert len(found) == text.count("▪")
        rows[side] = [(term, int(count)) for term, count in found]
    return rows


def listed(side: Side) -> list[PublishedCount]:
    return [row for factor in FACTORS.factors for row in factor.rows(side)]


# Codes and categories


def test_codes_never_change() -> None:
    assert " ".join(FACTORS.codes()) == CODES


def test_categories_are_those_of_the_source() -> None:
    for side, ids in CATEGORIES.items():
        mine = [category for category in FACTORS.categories if category.side is side]
        assert " ".join(category.id for category in mine) == ids
        reports = [category.reports for category in mine]
        assert reports == ([18, 12, 12, 11, 6, 2] if side is Side.hindering else [None] * 5)


def test_every_factor_is_in_one_category_on_each_side() -> None:
    for ids in CATEGORIES.values():
        together = [f.id for category in ids.split() for f in FACTORS.of_category(category)]
        assert sorted(together) == sorted(FACTORS.codes())
        assert all(FACTORS.of_category(category) for category in ids.split())


def test_leadership_time_and_resources_must_be_addressed() -> None:
    assert [factor.id for factor in FACTORS.must_address()] == ["leadership", "time", "resources"]
    for factor in FACTORS.must_address():
        assert factor.reason
        assert factor.reason_source
        assert "aanbeveling I" in factor.reason_source.place


# Rows and counts


@pytest.mark.parametrize("side", Side)
def test_every_row_stands_under_exactly_one_factor(side: Side) -> None:
    assert sorted(row.row for row in listed(side)) == list(range(1, ROWS[side] + 1))


@pytest.mark.parametrize("side", Side)
def test_totals_add_up(side: Side) -> None:
    assert sum(factor.total(side) for factor in FACTORS.factors) == SUMS[side]
    vision = FACTORS.factor("vision")
    assert vision.total(side) == {Side.hindering: 1, Side.promoting: 7}[side]


def test_a_total_is_the_sum_over_rows_and_zero_without_rows() -> None:
    leadership = FACTORS.factor("leadership")
    assert [row.count for row in leadership.rows(Side.hindering)] == [3, 2, 1]
    assert leadership.total(Side.hindering) == 6
    assert leadership.total(Side.promoting) == 4 + 3 + 3 + 2
    assert FACTORS.factor("technology").total(Side.promoting) == 0


@pytest.mark.parametrize("side", Side)
def test_counts_are_those_the_source_prints(side: Side, source: str) -> None:
    rows = printed(source)[side]
    assert len(rows) == ROWS[side]
    assert sum(count for _, count in rows) == SUMS[side]
    mine = {row.row: row.count for row in listed(side)}
    assert mine == {i: count for i, (_, count) in enumerate(rows, start=1)}


@pytest.mark.parametrize("side", Side)
def test_every_term_is_that_of_its_own_row(side: Side, source: str) -> None:
    terms = [set(re.findall(r"\w+", term.lower())) for term, _ in printed(source)[side]]
    for row in listed(side):
        mine = set(re.findall(r"\w+", row.term.nl))
        shared = [len(mine & term) / len(mine) for term in terms]
        assert shared[row.row - 1] == max(shared) >= 0.6, row.term.nl


def test_reports_of_the_categories_are_those_of_the_source(source: str) -> None:
    text = source.partition("Gebrek aan tijd, middelen, competenties")[2]
    text = text.partition("Figuur 2: Belemmerende factoren")[0]
    said = "achttien van de|twaalf van de|in twaalf rapporten|elf van de rapporten|in zes rapporten"
    order = re.findall(rf"{said}|in twee rapporten", " ".join(text.lower().split()))
    assert len(order) == 6
    numbers = {"achttien": 18, "twaalf": 12, "elf": 11, "zes": 6, "twee": 2}
    found = [next(n for word, n in numbers.items() if word in words.split()) for words in order]
    assert found == [c.reports for c in FACTORS.categories if c.side is Side.hindering]


# Fit to be read


@pytest.mark.parametrize("factor", FACTORS.factors, ids=lambda factor: factor.id)
def test_every_factor_reads_well_in_two_languages(factor: Factor) -> None:
    assert list(check_texts(factor, factor.id)) == []
    for side in Side:
        phrase = FACTORS.label(factor.id, side)
        assert phrase == factor.phrase(side)
        assert phrase.nl.endswith(".")
        assert phrase.en.endswith(".")
    assert factor.promoting != factor.hindering
    assert FACTORS.label(factor.id) == factor.label


@pytest.mark.parametrize("lang", ["nl", "en"])
@pytest.mark.parametrize("part", ["label", "promoting", "hindering"])
def test_no_two_factors_read_the_same(part: str, lang: str) -> None:
    said = Counter(getattr(getattr(factor, part), lang) for factor in FACTORS.factors)
    assert [text for text, n in said.items() if n > 1] == []


def test_every_source_is_a_listed_document() -> None:
    documents = {document.id for document in vocabularies().documents}
    sources = [category.source for category in FACTORS.categories]
    for factor in FACTORS.factors:
        sources += [row.source for row in factor.counts]
        sources += [factor.reason_source] if factor.reason_source else []
        for row in factor.counts:
            assert ("14" if row.side is Side.hindering else "15") in row.source.place
    assert {source.document for source in sources} <= documents


def test_phrases_are_not_sentences_of_the_source(source: str) -> None:
    words = " ".join(re.findall(r"\w+", source.lower()))
    for factor in FACTORS.factors:
        texts = [factor.promoting, factor.hindering, factor.note, factor.reason]
        for text in texts:
            mine = re.findall(r"\w+", text.nl.lower()) if text else []
            for start in range(len(mine) - 5):
                assert " ".join(mine[start : start + 6]) not in words, factor.id


# What is refused


def test_a_row_under_two_factors_is_refused() -> None:
    content = FACTORS.model_dump()
    content["factors"][0]["counts"] += content["factors"][1]["counts"][:1]
    with pytest.raises(ValidationError, match="hindering 1 twice"):
        Factors.model_validate(content)


def test_a_code_twice_is_refused() -> None:
    content = FACTORS.model_dump()
    content["factors"][1]["id"] = "leadership"
    with pytest.raises(ValidationError, match="leadership twice"):
        Factors.model_validate(content)


def test_a_category_of_the_other_side_is_refused() -> None:
    content = FACTORS.model_dump()
    content["factors"][0]["promoting_category"] = "government"
    with pytest.raises(ValidationError, match="no promoting category government"):
        Factors.model_validate(content)


@pytest.mark.parametrize("left_out", ["reason", "reason_source", "must_address"])
def test_an_obligation_needs_its_reason(left_out: str) -> None:
    content = FACTORS.factor("time").model_dump(exclude={left_out})
    with pytest.raises(ValidationError, match="go together"):
        Factor.model_validate(content)


def test_unknown_codes_and_categories_are_key_errors() -> None:
    with pytest.raises(KeyError):
        FACTORS.label("weather")
    with pytest.raises(KeyError):
        FACTORS.of_category("weather")
