"""The cards are complete, sourced, in two languages, and in our own words."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from pydantic import BaseModel

from evalkit.errors import FindingsError
from evalkit.library.factors import factors
from evalkit.library.reference import FACTORS, LISTED, places, read_reference
from evalkit.library.shipped import shipped
from evalkit.library.vocabularies import vocabularies
from evalkit.model.measure import SourceRef
from evalkit.model.reference import VARIABLES, ReferenceBase, StatedFactor
from evalkit.model.text import Text
from evalkit.testing.conformance import check_texts
from tests.conftest import ROOT

PLACE = re.compile(r".+, r\. (\d+)(?:–(\d+))?")

SELECTED = (
    "leren_verbeteren",
    "leiderschap_als_smaakmaker",
    "tom_scholen",
    "slimfit",
    "videolessen",
    "samen_leren_innoveren_ict",
)


def walk(value: object) -> Iterator[BaseModel]:
    """Every model inside a value."""
    if isinstance(value, BaseModel):
        yield value
        for _, inner in value:
            yield from walk(inner)
    elif isinstance(value, tuple):
        for inner in value:
            yield from walk(inner)


def lines(ref: SourceRef) -> tuple[int, int]:
    match = PLACE.fullmatch(ref.place)
    assert match, ref.place
    return int(match[1]), int(match[2] or match[1])


def words(text: str) -> list[str]:
    return re.findall(r"[0-9a-zà-ÿ]+", text.lower())


def test_thirty_two_interventions_of_twenty_eight_reports(base: ReferenceBase) -> None:
    ids = [card.id for card in base.cards]
    assert len(ids) == len(set(ids)) == base.published.interventions == 32
    assert len({report.id for report in base.reports}) == len(base.reports) == 28
    assert {number.value for number in base.published.reports} == {27, 28}
    sizes = {report.id: len(report.interventions) for report in base.reports}
    assert {id for id, size in sizes.items() if size > 1} == {"heyma-2016"}
    assert sizes["heyma-2016"] == 5


def test_every_card_says_what_the_intervention_is(base: ReferenceBase) -> None:
    assert all(card.description for card in base.cards)


def test_every_value_has_a_place_in_a_known_document(base: ReferenceBase) -> None:
    known = {document.id for document in vocabularies().documents}
    found = [model for model in walk(base) if isinstance(model, SourceRef)]
    assert len(found) > 500
    for ref in found:
        first, last = lines(ref)
        assert ref.document in known
        assert 0 < first <= last


def test_codes_come_from_the_lists(base: ReferenceBase) -> None:
    for card in base.cards:
        for key in LISTED:
            assert card.codes(key) <= set(vocabularies().codes(key)), card.id
        for key in FACTORS:
            assert card.codes(key) <= set(factors().codes()), card.id
        for key in (*LISTED, "school_types", "levels"):
            codes = [item.value for item in card.stated(key)]
            assert len(codes) == len(set(codes)), (card.id, key)


def test_texts_are_in_two_languages(base: ReferenceBase) -> None:
    assert [wrong for card in base.cards for wrong in check_texts(card, card.id)] == []
    assert list(check_texts(base.published, "published")) == []


def test_only_what_the_selections_list_is_marked_as_such(base: ReferenceBase) -> None:
    marked = {
        (card.id, variable)
        for card in base.cards
        for variable in VARIABLES
        for item in card.stated(variable)
        if item.stated_by_selection
    }
    assert marked == {(id, key) for id in SELECTED for key in ("goal_reached", "phase")}
    stated = {card.id for card in base.cards if card.goal_reached}
    assert stated == {*SELECTED, "leerling2020"}
    assert {card.id for card in base.cards if card.phase} == set(SELECTED)


def test_what_the_source_names_is_not_marked_as_our_code(base: ReferenceBase) -> None:
    by_source = {
        card.id for card in base.cards if card.aspects and not any(a.coded for a in card.aspects)
    }
    assert by_source == {"leren_verbeteren", "leiderschap_als_smaakmaker", "tom_scholen"}


def test_results_of_two_years_stand_side_by_side(base: ReferenceBase) -> None:
    for card in base.report("slimfit").interventions:
        assert {2015, 2016} <= {item.source.year for item in card.outcomes}, card.id


def test_factors_of_the_four_vo_concepts_are_the_five_of_the_source(base: ReferenceBase) -> None:
    for id in ("leerlingen_voor_leerlingen", "videolessen", "eklas_pal", "onderwijsteams"):
        for key in FACTORS:
            items = base.card(id).stated(key)
            assert sum(item.source.document == "001_iio_vo_summary" for item in items) == 5
            assert all(isinstance(item.value, StatedFactor) for item in items)


def test_an_unknown_code_and_a_double_id_are_found_at_once(tmp_path: Path) -> None:
    folder = tmp_path / "reference"
    shutil.copytree(shipped("protocols", "content", "reference"), folder)
    file = folder / "reports" / "berg-2019.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("value: education_quality", "value: weather"), encoding="utf-8")
    other = (folder / "reports" / "sligte.yaml").read_text(encoding="utf-8")
    (folder / "reports" / "twice.yaml").write_text(
        other.replace("document: 004_meta_analysis", "document: 999_unknown", 1), encoding="utf-8"
    )
    with pytest.raises(FindingsError) as caught:
        read_reference(folder)
    codes = [(f.code, f.place.file) for f in caught.value.findings]
    assert ("card.vocabulary", "berg-2019.yaml") in codes
    assert ("card.vocabulary", "twice.yaml") in codes
    assert codes.count(("file.duplicate_key", "twice.yaml")) == 2
    assert codes.count(("file.duplicate_key", "sligte.yaml")) == 2


def test_places_are_inside_their_documents(
    base: ReferenceBase, seeds: dict[str, list[str]]
) -> None:
    for report in base.reports:
        for ref in places(report):
            assert lines(ref)[1] <= len(seeds[ref.document]), (report.id, ref.place)


def test_summaries_and_their_rungs_are_those_of_appendix_2(
    base: ReferenceBase, seeds: dict[str, list[str]]
) -> None:
    text = seeds["004_meta_analysis"]
    for report in base.reports:
        first = lines(report.summarised)[0]
        assert text[first - 1].lstrip().startswith(report.authors.split(",")[0]), report.id
        head = " ".join(line.strip() for line in text[first - 1 : first + 4])
        after = head.lower().partition("effectladder ")[2]
        match = re.match(r"trede (\d)(?: of (\d))?|(n\.v\.t)", after)
        for card in report.interventions:
            if match is None:
                assert card.rungs is None, card.id
            else:
                assert card.codes("rungs") == {int(n) for n in match.group(1, 2) if n}, card.id
                assert card.rungs is not None
    covered = sorted(lines(report.summarised) for report in base.reports)
    assert covered[0][0] == 1511
    assert covered[-1][1] == 1933
    assert all(b[0] == a[1] + 1 for a, b in pairwise(covered))


def test_overview_6_lists_these_reports_and_no_others(
    base: ReferenceBase, seeds: dict[str, list[str]]
) -> None:
    text = seeds["004_meta_analysis"]
    listed = sorted(lines(report.source) for report in base.reports)
    assert (listed[0][0], listed[-1][1]) == (425, 481)
    assert all(b[0] == a[1] + 1 for a, b in pairwise(listed))
    for report in base.reports:
        first, last = lines(report.source)
        cited = " ".join(words(" ".join(text[first - 1 : last])))
        assert " ".join(words(report.authors)) in cited
        assert str(report.year or "") in cited


def test_each_place_lies_in_the_section_it_names(
    base: ReferenceBase, seeds: dict[str, list[str]]
) -> None:
    text = seeds["004_meta_analysis"]
    start = {}
    for name in ("bijlage 2", *(f"overzicht {n}" for n in (6, 11, 12, 13, 14, 15))):
        begins = f"{name.capitalize()}:"
        start[name] = next(i for i, line in enumerate(text, 1) if line.strip().startswith(begins))
    for model in walk(base):
        if isinstance(model, SourceRef) and model.document == "004_meta_analysis":
            section = model.place.partition(",")[0]
            if section in start:
                assert lines(model)[0] >= start[section], model.place


def test_our_texts_are_in_our_own_words(base: ReferenceBase, seeds: dict[str, list[str]]) -> None:
    length, copied = 8, []
    source: set[tuple[str, ...]] = set()
    for text in seeds.values():
        whole = "\n".join(text)
        for form in (whole, re.sub(r"-\s*\n\s*", "", whole)):
            found = words(form)
            source.update(tuple(found[i : i + length]) for i in range(len(found) - length + 1))
    for model in walk(base):
        if isinstance(model, Text):
            for said in (words(model.nl), words(model.en)):
                parts = (tuple(said[i : i + length]) for i in range(len(said) - length + 1))
                copied += [" ".join(part) for part in parts if part in source]
    assert copied == []


def test_the_files_lie_where_the_wheel_takes_them() -> None:
    assert shipped("protocols", "content", "reference").is_relative_to(ROOT / "protocols")
