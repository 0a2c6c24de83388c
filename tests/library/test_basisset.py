"""The basisset: complete, cheap, well asked; and what a small and a large project get of it."""

from __future__ import annotations

import datetime as dt
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from evalkit.design.making import make_design
from evalkit.library.protocols import Offer, resolve_protocol, shipped_protocols
from evalkit.library.vocabularies import vocabularies
from evalkit.model.design import Design
from evalkit.model.measure import Item, Measure
from evalkit.model.project import Project
from evalkit.model.protocol import Requirement, ResolvedProtocol
from evalkit.model.vocabulary import Direction, Kind, Nature, Respondent, ScaleType, Variant
from evalkit.plugin.registry import Registry, load_plugins
from evalkit.testing.conformance import check_measure, check_texts

PAGE = Path(__file__).parents[2] / "docs" / "basisset.md"
FOLLOW_UPS = ("follow_up_1", "follow_up_3", "follow_up_5", "follow_up_7")
WAVES = ("baseline", "post", *FOLLOW_UPS)
TWICE = ("baseline", "post")

TOPICS = {
    "attainment and pupil satisfaction": ("core.attainment", "core.pupil_satisfaction"),
    "teachers' workload and job satisfaction": ("core.workload", "core.job_satisfaction"),
    "professional development and collaboration": (
        "core.professional_development",
        "core.collaboration",
    ),
    "goals and expectations, embedding, support, knowledge, motivation": (
        "core.goals_expectations",
        "core.embedding",
        "core.support",
        "core.knowledge",
        "core.motivation",
    ),
    "fidelity, dosage, adaptation, reach": (
        "core.fidelity",
        "core.dosage",
        "core.adaptation",
        "core.reach",
    ),
    "determinants": ("core.determinants",),
    "sustainability indicators": ("core.sustainability",),
    "soft outcomes": ("core.soft_outcomes_pupils", "core.soft_outcomes_team"),
    "unwanted effects": ("core.unwanted_effects",),
    "costs and hours": ("core.costs", "core.hours"),
    "condition": ("core.class_size",),
    "small variant: own goals, reflection": (
        "core.own_goals",
        "core.reflection",
        "core.reflection_surprises",
        "core.reflection_next",
    ),
    "innovation or renewal": ("core.evidence_at_start", "core.evidence_gathered"),
    "shortcomings named at the end": ("core.shortcomings",),
}
"""What issue 3 asks of the basisset, and the measures that answer it."""

ONE_WAY = (
    "core.determinants",
    "core.sustainability",
    "core.job_satisfaction",
    "core.support",
)
"""Questionnaires for adults without reverse items: lists of which each item counts by itself, and
two of version 1.0 that stay as they are."""

NOUNS_JOINED = {
    ("core.support", "i2"),
    ("core.determinants", "communication_across_layers"),
}
"""Items in which 'and' joins those who act, not two claims."""


@cache
def plugins() -> Registry:
    return load_plugins()


@cache
def protocol(id: str = "basisset") -> ResolvedProtocol:
    known = shipped_protocols()
    offer = Offer(plugins().measures, tuple(plugins().types))
    resolved, findings = resolve_protocol(known[id], known, offer)
    assert resolved is not None
    assert findings == ()
    return resolved


def measures() -> dict[str, Measure]:
    return {measure.id: measure for measure in protocol().measures}


def asked() -> dict[str, Requirement]:
    return {requirement.measure: requirement for requirement in protocol().requires}


GOAL = {
    "id": "helping",
    "text": "Leerlingen helpen elkaar bij rekenen.",
    "levels": ("nooit", "soms", "elke week", "elke les", "elke les, uit zichzelf"),
}


def project(**changes: Any) -> Project:
    values: dict[str, Any] = {
        "id": "tiny", "title": "Klein", "protocol": "basisset", "type": "datateams.team",
        "sector": "po", "nature": "innovation", "grant": 40_000,
        "start": "2026-08-01", "end": "2028-07-31",
        "description": "Leerlingen leggen elkaar uit hoe zij rekenen.",
        "theory": "Uitleggen leert (onderzoek van 2015).",
        "predictions": [{"text": "Meer.", "measure": "core.own_goals"}],
        "alternatives": [{"text": "Een nieuwe methode.", "check": "Wij vragen ernaar."}],
        "conditions": {"time": "Een dagdeel per week."},
        "arms": [{"role": "intervention", "label": "groep 6"}], "comparison": "single_group",
        "schools": [{"brin": "05KO"}], "goals": [GOAL],
    }  # fmt: skip
    return Project.model_validate(values | changes)


def design(of: Project, core_alone: bool = False) -> Design:
    type = plugins().types[of.type]
    if core_alone:
        type = type.model_copy(update={"requires": ()})
    return make_design(of, protocol(of.protocol), type, plugins().measures, {})


def schools(count: int) -> list[dict[str, str]]:
    return [{"brin": f"{number:02d}AB"} for number in range(count)]


def asked_of(of: Design, wave: str, respondent: Respondent) -> set[str]:
    return {entry.measure for entry in of.asked(wave, respondent)}


def minutes(variant: Variant, nature: Nature) -> dict[tuple[str, Respondent], float]:
    """What the basisset alone costs one respondent, per wave."""
    size = 1 if variant is Variant.small else 3
    made = design(project(schools=schools(size), nature=nature), core_alone=True)
    assert made.variant is variant
    return {(burden.wave, burden.respondent): burden.minutes for burden in made.burden}


# Completeness


def test_every_topic_has_its_measures_and_every_measure_a_topic() -> None:
    named = [id for ids in TOPICS.values() for id in ids]
    assert len(set(named)) == len(named)
    assert set(named) == set(measures()) == set(asked())


def test_everything_asked_is_mandatory() -> None:
    assert all(requirement.mandatory for requirement in asked().values())


def test_both_variants_share_results_process_and_what_lasts() -> None:
    shared = {id for id, r in asked().items() if set(r.variants) == set(Variant)}
    assert shared == {
        "core.own_goals",
        "core.fidelity",
        "core.reach",
        "core.hours",
        "core.costs",
        "core.unwanted_effects",
        "core.determinants",
        "core.sustainability",
        "core.shortcomings",
        "core.evidence_at_start",
        "core.evidence_gathered",
    }


def test_only_reflection_is_for_the_small_variant_alone() -> None:
    only_small = {id for id, r in asked().items() if r.variants == (Variant.small,)}
    assert only_small == {id for id in asked() if id.startswith("core.reflection")}


def test_outcomes_are_taken_before_and_after() -> None:
    for id, measure in measures().items():
        if measure.kind is Kind.outcome or id == "core.class_size":
            assert asked()[id].waves[:2] == TWICE
            assert asked()[id].arms == ("intervention" if id == "core.own_goals" else "all")
        else:
            assert asked()[id].arms == "intervention"


def test_what_is_followed_for_seven_years() -> None:
    later = {id: r.waves for id, r in asked().items() if set(r.waves) - set(TWICE)}
    assert later == {
        "core.own_goals": WAVES,
        "core.sustainability": ("post", *FOLLOW_UPS),
    }


@pytest.mark.parametrize(
    ("wave", "years"), [(f"follow_up_{years}", years) for years in (1, 3, 5, 7)]
)
def test_a_follow_up_opens_a_month_before_its_anniversary(wave: str, years: int) -> None:
    [found] = [w for w in protocol().waves if w.id == wave]
    start, end = dt.date(2026, 8, 1), dt.date(2028, 7, 31)
    anniversary = end.replace(year=end.year + years)
    assert abs((anniversary - found.opens.on(start, end)).days - 30) <= 2
    assert abs((found.closes.on(start, end) - anniversary).days - 30) <= 2
    assert str(years) in wave


def test_the_waves_and_the_floors() -> None:
    assert tuple(wave.id for wave in protocol().waves) == WAVES
    assert protocol().privacy.suppression_threshold == 5
    assert protocol().cadence.cycles_per_year == 2
    assert not protocol().comparison_required


def test_a_renewal_starts_from_evidence_and_an_innovation_gathers_it() -> None:
    start, gathered = asked()["core.evidence_at_start"], asked()["core.evidence_gathered"]
    assert (start.natures, start.waves) == ((Nature.renewal,), ("baseline",))
    assert (gathered.natures, gathered.waves) == ((Nature.innovation,), ("post",))
    scale = measures()["core.evidence_at_start"].scale
    assert scale == measures()["core.evidence_gathered"].scale
    assert [choice.value for choice in scale.choices] == [r.rung for r in vocabularies().rungs]


def test_every_determinant_is_one_item() -> None:
    items = [item.id for item in measures()["core.determinants"].items]
    assert items == list(vocabularies().codes("determinants"))
    assert len(items) == 18


def test_every_indicator_of_lasting_introduction_is_asked_in_all_its_parts() -> None:
    words = vocabularies().indicators
    whole = {indicator.part_of for indicator in words}
    single = [indicator.id for indicator in words if indicator.id not in whole]
    items = [item.id for item in measures()["core.sustainability"].items]
    assert [id for id in items if id in single] == single
    assert all(any(id.startswith(code) for code in single) for id in items)


def test_different_tests_at_different_moments_give_no_raw_gain() -> None:
    attainment = measures()["core.attainment"]
    assert not attainment.scale.shared_across_waves
    assert attainment.domain == "achievement"
    assert all(m.scale.shared_across_waves for m in measures().values() if m != attainment)


# Burden

LIMITS = {Respondent.pupil: 5, Respondent.teacher: 12, Respondent.parent: 0, Respondent.school: 60}


@pytest.mark.parametrize("variant", Variant)
@pytest.mark.parametrize("nature", Nature)
def test_the_basisset_costs_little(variant: Variant, nature: Nature) -> None:
    for (wave, respondent), cost in minutes(variant, nature).items():
        assert cost <= LIMITS[respondent]
        if wave in FOLLOW_UPS:
            assert cost <= 15
            assert respondent is Respondent.school
        if variant is Variant.small:
            assert respondent is Respondent.school


def rows(heading: str) -> list[list[str]]:
    """Cells of the first table below a heading of the page, without its head."""
    text = PAGE.read_text(encoding="utf-8").split(f"## {heading}\n", 1)[1].split("\n## ")[0]
    lines = re.findall(r"^\|(.+)\|$", text, flags=re.M)
    return [[cell.strip() for cell in line.split("|")] for line in lines[2:]]


def test_the_page_states_the_burden() -> None:
    stated = {(row[0], row[1]): [float(cell) for cell in row[2:]] for row in rows("What it costs")}
    expected = {}
    for variant in Variant:
        new, known = (minutes(variant, nature) for nature in (Nature.innovation, Nature.renewal))
        costs = {
            wave: [
                *(new.get((wave, who), 0) for who in Respondent),
                known.get((wave, Respondent.school), 0),
            ]
            for wave in WAVES
        }
        assert all(costs[wave] == costs["follow_up_1"] for wave in FOLLOW_UPS)
        for wave, name in (*zip(TWICE, TWICE, strict=True), ("follow_up_1", "each follow-up")):
            expected[variant.value, name] = costs[wave]
    assert stated == expected


def test_the_page_lists_every_measure_with_its_minutes() -> None:
    said = {row[0].strip("`"): (row[1], float(row[-1])) for row in rows("What is measured")}
    assert said == {m.id: (m.respondent.value, m.minutes) for m in measures().values()}


def test_every_measure_is_accounted_for_on_the_page() -> None:
    text = PAGE.read_text(encoding="utf-8").split("## Measure by measure\n", 1)[1]
    reasons = text.split("## What was left out")[0]
    assert [id for id in measures() if f"`{id}`" not in reasons] == []


def test_the_page_states_the_limits_of_a_small_project() -> None:
    limits = protocol().small_projects
    assert limits is not None
    text = " ".join(PAGE.read_text(encoding="utf-8").split())
    assert (limits.max_schools, limits.max_grant) == (2, 100_000)
    assert "at most two schools and a grant of at most €100,000" in text


# How it is asked


@pytest.mark.parametrize("id", measures())
def test_a_measure_is_fit_for_forms_and_analysis(id: str) -> None:
    measure = measures()[id]
    assert [*check_measure(measure), *check_texts(measure, id)] == []
    assert id.startswith("core.")
    for text in (measure.description.nl, measure.description.en):
        assert text.endswith((".", "?"))
    assert measure.scale.is_numeric or measure.scale.better is Direction.neutral
    if measure.scale.type is ScaleType.text:
        assert "zonder namen" in measure.description.nl


def test_rating_scales_offer_as_many_answers_below_the_middle_as_above() -> None:
    for measure in measures().values():
        values = [float(choice.value) for choice in measure.scale.choices]
        if values and measure.scale.minimum != 0:
            assert len(values) == 5
            assert values == [values[0] + step for step in range(5)]


def items() -> list[tuple[Measure, Item]]:
    return [(measure, item) for measure in measures().values() for item in measure.items]


@pytest.mark.parametrize(
    ("measure", "item"), [pytest.param(m, i, id=f"{m.id}.{i.id}") for m, i in items()]
)
def test_an_item_is_short_and_says_one_thing(measure: Measure, item: Item) -> None:
    for text, joined in ((item.text.nl, r"\ben\b"), (item.text.en, r"\band\b")):
        assert text.endswith(".")
        assert len(text.split()) <= 16
        outside = re.sub(r"\(.*?\)", "", text)
        if (measure.id, item.id) not in NOUNS_JOINED:
            assert not re.search(joined, outside)
    if item.reverse:
        assert not re.search(r"\b(niet|geen|nooit)\b", item.text.nl)
        assert not re.search(r"\b(not|no|never)\b", item.text.en)


def test_no_item_is_asked_twice() -> None:
    for lang in ("nl", "en"):
        texts = [getattr(item.text, lang) for _, item in items()]
        assert len(set(texts)) == len(texts)


def test_adults_meet_one_reverse_item_in_each_questionnaire_and_pupils_none() -> None:
    for id, measure in measures().items():
        one_way = measure.respondent is Respondent.pupil or id in ONE_WAY
        if measure.scoring == "mean":
            assert sum(item.reverse for item in measure.items) == (0 if one_way else 1)


@pytest.mark.parametrize("wave", TWICE)
def test_a_teacher_meets_some_reverse_items_and_not_too_many(wave: str) -> None:
    made = design(project(schools=schools(3)), core_alone=True)
    told = [i for e in made.asked(wave, Respondent.teacher) for i in made.measure(e.measure).items]
    assert 0.2 <= sum(item.reverse for item in told) / len(told) <= 0.5


def test_a_questionnaire_gets_at_least_fifteen_seconds_an_item() -> None:
    for measure in measures().values():
        assert measure.minutes * 60 >= len(measure.items) * 15 - 1


def test_more_workload_is_worse() -> None:
    assert measures()["core.workload"].scale.better is Direction.lower_
    assert measures()["core.unwanted_effects"].scale.better is Direction.lower_
    assert measures()["core.adaptation"].scale.better is Direction.neutral


# What projects get


@pytest.mark.parametrize(
    ("count", "grant", "variant"),
    [
        (1, None, "small"),
        (2, 100_000, "small"),
        (2, 100_001, "large"),
        (3, 100_000, "large"),
        (3, None, "large"),
    ],
)
def test_size_and_grant_choose_the_variant(count: int, grant: int | None, variant: str) -> None:
    assert design(project(schools=schools(count), grant=grant)).variant == variant


def test_a_type_may_keep_to_the_small_variant_beyond_the_limits() -> None:
    large = project(type="lof.project", schools=schools(3), grant=200_000)
    assert design(large).variant is Variant.small


def test_a_small_lof_project_rates_its_goals_and_looks_back() -> None:
    made = design(project(protocol="lof", type="lof.project"))
    assert made.variant is Variant.small
    core = {w: {m for m in asked_of(made, w, Respondent.school) if m in made.core} for w in WAVES}
    assert core["baseline"] == {"core.own_goals"}
    assert core["post"] == {
        id
        for id, r in asked().items()
        if r.applies_to(Variant.small, Nature.innovation) and "post" in r.waves
    }
    assert core["follow_up_7"] == {"core.own_goals", "core.sustainability"}
    assert {m for w in WAVES for m in asked_of(made, w, Respondent.pupil)} == set()
    teachers = {m for m in asked_of(made, "post", Respondent.teacher) if m in made.core}
    assert teachers == {"core.job_satisfaction"}
    goals = made.measure("core.own_goals")
    assert [item.text.nl for item in goals.items] == [GOAL["text"]]
    assert made.expected_rung == 4
    assert [wave.id for wave in made.waves] == list(WAVES)


def test_a_small_project_without_goals_is_told_so_and_keeps_the_rest() -> None:
    made = design(project(protocol="lof", goals=[]))
    assert "project.no_goals" in [found.code for found in made.findings]
    assert all("core.own_goals" not in asked_of(made, wave, Respondent.school) for wave in WAVES)
    assert asked_of(made, "follow_up_5", Respondent.school) == {"core.sustainability"}


def slimfit(**changes: Any) -> Project:
    values: dict[str, Any] = {
        "protocol": "iio", "type": "iio.slimfit", "nature": "renewal", "comparison": "matched",
        "predictions": [{"text": "Gelijk.", "measure": "core.workload"}],
        "arms": [
            {"role": "intervention", "label": "units"},
            {"role": "comparison", "label": "jaarklassen"},
        ],
        "schools": [
            {"brin": "05KO"}, {"brin": "06KO"},
            {"brin": "12AB", "arms": ["comparison"]}, {"brin": "13AB", "arms": ["comparison"]},
        ],
    }  # fmt: skip
    return project(**(values | changes))


def test_a_large_iio_project_measures_pupils_and_teachers_in_both_arms() -> None:
    made = design(slimfit())
    assert (made.variant, made.expected_rung) == (Variant.large, 5)
    assert not any(found.is_error for found in made.findings)
    every = {e.measure: e for e in made.entries("post") if e.measure in made.core}
    assert set(every) == {
        id
        for id, r in asked().items()
        if r.applies_to(Variant.large, Nature.renewal) and "post" in r.waves
    }
    assert len(every["core.soft_outcomes_team"].arms) == 2
    assert [arm.value for arm in every["core.motivation"].arms] == ["intervention"]
    assert "core.evidence_at_start" in asked_of(made, "baseline", Respondent.school)
    assert not {m for w in WAVES for m in asked_of(made, w, Respondent.school) if "reflection" in m}


def test_a_large_iio_project_is_not_asked_for_attainment_beside_its_own_tests() -> None:
    made = design(slimfit())
    assert "core.attainment" not in asked_of(made, "post", Respondent.pupil)
    [entry] = [e for e in made.entries("post") if e.measure == "core.attainment"]
    assert set(entry.covered_by) >= {"iio.language", "iio.arithmetic"}


def test_a_large_project_keeps_own_goals_beside_the_tests() -> None:
    assert "core.own_goals" in asked_of(design(slimfit()), "post", Respondent.school)
    assert "core.own_goals" not in asked_of(design(slimfit(goals=[])), "post", Respondent.school)


@pytest.mark.parametrize(("count", "variant"), [(2, "small"), (3, "large")])
def test_data_teams_share_collaboration_whatever_their_size(count: int, variant: str) -> None:
    made = design(
        project(protocol="datateams", type="datateams.team", sector="vo", schools=schools(count))
    )
    assert made.variant == variant
    assert {"core.collaboration"} <= asked_of(made, "post", Respondent.teacher)
    assert ("core.workload" in asked_of(made, "post", Respondent.teacher)) == (variant == "large")
