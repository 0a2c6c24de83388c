"""What is measured when: windows from dates, requirements merged, tests and their scales."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.design.burden import burden
from evalkit.design.schedule import merge_requirements
from evalkit.model.protocol import Requirement
from evalkit.model.vocabulary import ArmRole, Respondent

from . import cases

repeatable = settings(derandomize=True, database=None, deadline=None)


MORE_WAVES = """\
id: fonds-jaren
version: "1.0"
extends: basisset
title: {nl: Fonds, en: Fund}
description: {nl: Een regeling., en: A scheme.}
waves:
  - {id: early, kind: baseline, label: {nl: v, en: e},
     opens: {anchor: start, days: -200}, closes: {anchor: start, days: -91}}
  - {id: halfway, kind: interim, label: {nl: t, en: h},
     opens: {anchor: start, days: 100}, closes: {anchor: start, days: 130}}
  - {id: year_2, kind: follow_up, label: {nl: j, en: y},
     opens: {anchor: end, days: 700}, closes: {anchor: end, days: 760}}
requires:
  - {measure: core.workload, waves: [early, baseline, halfway, post, year_2]}
"""


# Requirements

WAVES = ("baseline", "post", "follow_up_1")
ASKED = cases.protocol().requires
requirements = st.builds(
    Requirement,
    measure=st.sampled_from([r.measure for r in ASKED] + ["iio.pupils_per_fte"]),
    waves=st.lists(st.sampled_from(WAVES), min_size=1, max_size=3, unique=True).map(tuple),
    arms=st.sampled_from(["all", "intervention"]),
    mandatory=st.booleans(),
)


@repeatable
@given(st.lists(requirements, max_size=8, unique_by=lambda r: r.measure))
def test_a_type_adds_to_a_protocol_and_weakens_nothing(own: list[Requirement]) -> None:
    type = cases.plugins().types["iio.slimfit"].model_copy(update={"requires": tuple(own)})
    merged = {r.measure: (r, owner) for r, owner in merge_requirements(cases.protocol(), type)}
    for source in (*ASKED, *own):
        found, _ = merged[source.measure]
        assert set(found.waves) >= set(source.waves)
        assert len(set(found.waves)) == len(found.waves)
        assert found.mandatory or not source.mandatory
        assert found.arms == "all" or source.arms == "intervention"
    assert set(merged) == {r.measure for r in (*ASKED, *own)}
    for asked in ASKED:  # What the protocol asks, the protocol is named for.
        assert merged[asked.measure][1] == cases.protocol().owners[asked.measure]


def test_what_only_the_type_asks_is_named_after_the_type() -> None:
    own = Requirement(measure="lof.hours_freed", waves=("post",), arms="intervention")
    type = cases.plugins().types["iio.slimfit"].model_copy(update={"requires": (own,)})
    design = cases.design(type=type)
    entry = next(e for e in design.entries("post") if e.measure == "lof.hours_freed")
    assert (entry.required_by, entry.arms) == ("iio.slimfit", (ArmRole.intervention,))


def test_a_wave_in_which_nothing_is_measured_is_no_part_of_the_design() -> None:
    text = MORE_WAVES.replace("halfway, post, year_2]", "halfway, post]")
    made = cases.design(protocol=cases.protocol("fonds-jaren", text))
    waves = [wave.id for wave in made.waves]
    assert "halfway" in waves
    assert "year_2" not in waves
    assert set(waves) == {entry.wave for entry in made.schedule}


def test_a_single_group_project_is_asked_nothing_of_a_comparison_group() -> None:
    alone = cases.project(arms=cases.ONE_ARM, comparison="single_group", schools=[{"brin": "05KO"}])
    assert {entry.arms for entry in cases.design(alone).schedule} == {(ArmRole.intervention,)}


# Tests and their scales


def scales(*instruments: dict, measure: str = cases.LANGUAGE) -> dict[str, tuple]:
    made = cases.design(cases.project(instruments=instruments))
    return {
        entry.wave: (
            entry.scale.shared_across_waves, entry.scale.minimum, entry.scale.maximum,
            entry.instrument,
        )
        for entry in made.schedule
        if entry.measure == measure
    }  # fmt: skip


def test_without_a_named_test_the_measure_decides() -> None:
    assert scales() == {"baseline": (False, None, None, None), "post": (False, None, None, None)}
    shared = scales(measure="core.workload")
    assert [scale[0] for scale in shared.values()] == [True, True]


def test_one_and_the_same_test_makes_one_scale() -> None:
    found = scales(cases.named_test("baseline", "Taal"), cases.named_test("post", "Taal"))
    assert found == {"baseline": (True, 0, 50, "Taal"), "post": (True, 0, 50, "Taal")}


@pytest.mark.parametrize(("name", "maximum"), [("Taal M8", 50), ("Taal", 60)])
def test_another_test_or_another_range_is_another_scale(name: str, maximum: float) -> None:
    found = scales(cases.named_test("baseline", "Taal"), cases.named_test("post", name, maximum))
    assert found == {"baseline": (False, 0, 50, "Taal"), "post": (False, 0, maximum, name)}


def test_a_test_named_for_one_wave_makes_no_shared_scale_of_its_own() -> None:
    found = scales(cases.named_test("post", "Taal"))
    assert found == {"baseline": (False, None, None, None), "post": (False, 0, 50, "Taal")}


def test_different_tests_undo_a_shared_scale() -> None:
    measure = "core.workload"
    found = scales(
        cases.named_test("baseline", "A", 5, measure), cases.named_test("post", "B", 5, measure),
        measure=measure,
    )  # fmt: skip
    assert [scale[0] for scale in found.values()] == [False, False]


# PDCA plan


def test_the_pace_is_that_of_the_protocol() -> None:
    two_years = cases.project(end="2028-07-31")
    assert len(cases.design(two_years).cycles) == 4


# Burden


def test_burden_adds_up_per_wave_and_respondent() -> None:
    made = cases.design()
    expected: dict[tuple[str, Respondent], float] = {}
    for entry in made.schedule:
        key = (entry.wave, entry.respondent)
        expected[key] = expected.get(key, 0) + entry.minutes
        assert entry.minutes in (0, made.measure(entry.measure).minutes)
    assert {(b.wave, b.respondent): b.minutes for b in made.burden} == expected
    assert burden(()) == ()
