"""The protocols and word lists that ship with evalkit."""

from __future__ import annotations

from collections import Counter

import pytest
import yaml
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from evalkit.library.protocols import Offer, resolve_protocol, shipped_protocols
from evalkit.library.schemas import FILE_MODELS, file_schema
from evalkit.library.vocabularies import Vocabularies, vocabularies
from evalkit.model.measure import SourceRef
from evalkit.model.protocol import ResolvedProtocol
from evalkit.plugin.registry import load_plugins
from evalkit.testing.conformance import check_texts

KNOWN = shipped_protocols()


def resolve(id: str) -> ResolvedProtocol:
    plugins = load_plugins()
    resolved, findings = resolve_protocol(
        KNOWN[id], KNOWN, Offer(plugins.measures, tuple(plugins.types))
    )
    assert findings == ()
    assert resolved is not None
    return resolved


@pytest.mark.parametrize("id", KNOWN)
def test_shipped_protocols_resolve_without_findings(id: str) -> None:
    assert resolve(id).id == id


@pytest.mark.parametrize("id", KNOWN)
def test_shipped_protocols_fit_the_schema_editors_use(id: str) -> None:
    errors = Draft202012Validator(file_schema("protocol")).iter_errors(
        yaml.safe_load(KNOWN[id].text)
    )
    assert [error.message for error in errors] == []


@pytest.mark.parametrize("kind", FILE_MODELS)
def test_schemas_are_valid_and_describe_every_key(kind: str) -> None:
    schema = file_schema(kind)
    Draft202012Validator.check_schema(schema)
    assert all("description" in key for key in schema["properties"].values())


def test_the_schema_refuses_what_the_model_refuses() -> None:
    content = yaml.safe_load(KNOWN["basisset"].text)
    validator = Draft202012Validator(file_schema("protocol"))
    assert not validator.is_valid({**content, "colour": "red"})
    assert not validator.is_valid({**content, "version": 1.0})
    assert not validator.is_valid({k: v for k, v in content.items() if k != "title"})


def test_an_unknown_kind_of_file_has_no_schema() -> None:
    with pytest.raises(KeyError):
        file_schema("letter")


def test_the_slimfit_scheme_asks_for_the_tests_and_may_do_without_comparison() -> None:
    scheme = resolve("iio-slimfit-large")
    assert scheme.lineage == ("basisset@2.0", "iio-slimfit-large@1.0")
    assert scheme.variant == "large"
    assert not scheme.comparison_required
    assert scheme.project_types == ("iio.slimfit",)
    asked = {r.measure: r for r in scheme.requires if r.measure.startswith("iio.")}
    assert asked["iio.language"].waves == ("baseline", "post")
    assert not asked["iio.pupils_per_fte"].mandatory


def test_the_iio_scheme_is_large_and_compares() -> None:
    scheme = resolve("iio")
    assert (scheme.variant, scheme.comparison_required) == ("large", True)
    assert set(scheme.project_types) == {t for t in load_plugins().types if t.startswith("iio.")}
    asked = {r.measure: r for r in scheme.requires if r.measure.startswith("iio.")}
    assert set(asked) == {"iio.pupils_per_contact_hour", "iio.pupil_hours", "iio.contact_hours"}
    assert all(r.mandatory and r.waves == ("baseline", "post") for r in asked.values())


def test_the_lof_scheme_is_small_and_asks_teachers_something_it_shares() -> None:
    scheme = resolve("lof")
    assert (scheme.variant, scheme.project_types) == ("small", ("lof.project",))
    asked = {r.measure: r for r in scheme.requires}
    assert "small" in asked["core.job_satisfaction"].variants
    assert "small" not in asked["core.workload"].variants


def test_the_data_team_scheme_lets_size_decide() -> None:
    scheme = resolve("datateams")
    assert (scheme.variant, scheme.project_types) == (None, ("datateams.team",))
    assert scheme.small_projects == resolve("basisset").small_projects


def test_all_origins_refer_to_a_listed_document() -> None:
    documents = {document.id for document in vocabularies().documents}
    plugins = load_plugins()
    measures = [*resolve("basisset").measures, *plugins.measures.values()]
    origins: list[SourceRef | None] = [measure.origin for measure in measures]
    for type in plugins.types.values():
        origins += [type.origin, *(result.source for result in type.reference_results)]
    words = vocabularies()
    for key in ("aspects", "target_groups", "determinants", "indicators"):
        origins += [entry.source for entry in words.entries(key)]
    assert None not in origins
    assert {origin.document for origin in origins if origin} <= documents


def test_word_lists_are_complete() -> None:
    words = vocabularies()
    assert len(words.aspects) == 23  # overview 1 (22) and appendix 3 (reflection)
    assert len(words.target_groups) == 8  # appendix 3
    groups = Counter(determinant.group for determinant in words.determinants)
    assert groups == {"innovation": 6, "internal": 4, "external": 3, "process": 5}  # overview 2
    parts = [indicator for indicator in words.indicators if indicator.part_of]
    assert len(words.indicators) - len(parts) == 6  # overview 4
    assert [part.part_of for part in parts] == ["stable_conditions"] * 3


@pytest.mark.parametrize("key", ["aspects", "target_groups", "determinants", "indicators"])
def test_words_are_unique_and_in_two_languages(key: str) -> None:
    words = vocabularies()
    codes = words.codes(key)
    assert len(set(codes)) == len(codes)
    for entry in words.entries(key):
        assert list(check_texts(entry, entry.id)) == []
        assert words.label(key, entry.id) == entry.label


def test_word_lists_refuse_a_reference_to_nothing() -> None:
    content = vocabularies().model_dump()
    content["determinants"][0]["group"] = "weather"
    with pytest.raises(ValidationError, match="weather"):
        Vocabularies.model_validate(content)


def test_unknown_lists_and_codes_are_key_errors() -> None:
    with pytest.raises(KeyError):
        vocabularies().codes("colours")
    with pytest.raises(KeyError):
        vocabularies().label("aspects", "colour")
