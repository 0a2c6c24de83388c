"""In a cross-over every treated subject has one control, and no control is treated."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Mapping
from random import Random

import pytest
from evalkit_iio.crossover import SIMILAR_SUBJECTS, Choices, Group, assign, same_school
from evalkit_iio.plugin import evalkit_check_design, evalkit_comparison_pairs
from hypothesis import given
from hypothesis import strategies as st

from evalkit import ArmRole, ComparisonPair, Design

CrossOver = Callable[..., Design]
BRINS = ("00AA", "00AA01", "00AB", "00AB01", "00AB02", "00AC", "00AD")
SUBJECTS = ("wiskunde_d", "nlt", "informatica", "wiskunde_b", "natuurkunde", "biologie")

projects = st.dictionaries(
    st.sampled_from(BRINS),
    st.dictionaries(st.sampled_from(SUBJECTS), st.sampled_from("ic"), max_size=6),
    min_size=1,
)
types = st.sampled_from(["iio.videolessen", "iio.eklas_pal"])


def codes(design: Design) -> list[tuple[str, str, str | None]]:
    return [(f.code, f.severity, f.place.key) for f in evalkit_check_design(design)]


def names(design: Design) -> dict[str, str]:
    """Each treated group with its control, in short."""
    return {
        f"{p.school} {p.subject}": f"{p.control_school} {p.control_subject}" for p in design.pairs
    }


def treated(design: Design) -> set[tuple[str, str]]:
    return {
        (school.brin, subject)
        for school in design.project.schools
        for subject, arm in school.subjects.items()
        if arm is ArmRole.intervention
    }


# How it works out


def test_schools_serve_each_other(cross_over: CrossOver) -> None:
    design = cross_over(
        {
            "00AA": {"biologie": "i", "natuurkunde": "c"},
            "00AB": {"biologie": "c", "natuurkunde": "i"},
        }
    )
    assert names(design) == {
        "00AA biologie": "00AB biologie",
        "00AB natuurkunde": "00AA natuurkunde",
    }
    assert codes(design) == []


def test_controls_are_used_evenly(cross_over: CrossOver) -> None:
    design = cross_over(
        {
            "00AA": {"biologie": "i"},
            "00AB": {"biologie": "i"},
            "00AC": {"biologie": "c", "natuurkunde": "i"},
            "00AD": {"biologie": "c", "natuurkunde": "c", "scheikunde": "i"},
            "00AE": {"scheikunde": "c"},
        }
    )
    assert names(design) == {
        "00AA biologie": "00AC biologie",
        "00AB biologie": "00AD biologie",
        "00AC natuurkunde": "00AD natuurkunde",
        "00AD scheikunde": "00AE scheikunde",
    }
    assert codes(design) == []


def test_an_experiment_school_is_preferred_to_one_that_does_not_take_part(
    cross_over: CrossOver,
) -> None:
    schools = {
        "00AA": {"biologie": "i"},
        "00AB": {"biologie": "c"},
        "00AC": {"biologie": "c", "nlt": "i"},
        "00AD": {"nlt": "c"},
    }
    assert names(cross_over(schools)) == {"00AA biologie": "00AC biologie", "00AC nlt": "00AD nlt"}


def test_video_lessons_take_a_subject_that_is_like_it(cross_over: CrossOver) -> None:
    design = cross_over(
        {
            "00AA": {"wiskunde_d": "i", "nlt": "i"},
            "00AB": {"wiskunde_b": "c", "natuurkunde": "c", "nlt": "i"},
            "00AC": {"nlt": "c"},
        },
        "iio.videolessen",
    )
    assert names(design) == {
        "00AA nlt": "00AC nlt",  # The same subject comes first, also when it serves twice.
        "00AA wiskunde_d": "00AB wiskunde_b",
        "00AB nlt": "00AC nlt",
    }
    assert [code for code, _, _ in codes(design)] == ["iio.control_similar", "iio.control_shared"]


def test_other_concepts_take_the_same_subject_only(cross_over: CrossOver) -> None:
    schools = {"00AA": {"wiskunde_d": "i"}, "00AB": {"wiskunde_b": "c"}}
    assert len(cross_over(schools, "iio.videolessen").pairs) == 1
    assert cross_over(schools, "iio.lvl").pairs == ()


def test_other_comparisons_and_types_are_not_paired(cross_over: CrossOver) -> None:
    schools = {"00AA": {"nlt": "i"}, "00AB": {"nlt": "c"}}
    assert cross_over(schools, comparison="matched").pairs == ()
    design = cross_over(schools)
    other = design.type.model_copy(update={"id": "lof.project"})
    assert list(evalkit_comparison_pairs(design.model_copy(update={"type": other}))) == []


# What is refused


def test_a_control_that_is_treated_is_refused(cross_over: CrossOver) -> None:
    design = cross_over(
        {"00AA": {"nlt": "i"}, "00AA01": {"nlt": "c", "biologie": "i"}, "00AB": {"nlt": "c"}}
    )
    assert ("iio.control_treated", "error", "schools[1].subjects.nlt") in codes(design)
    assert names(design) == {"00AA nlt": "00AB nlt"}


def test_a_pair_whose_control_is_treated_is_refused(cross_over: CrossOver) -> None:
    design = cross_over({"00AA": {"nlt": "i"}, "00AB": {"nlt": "i"}, "00AC": {"nlt": "c"}})
    wrong = ComparisonPair(
        school="00AA", subject="nlt", control_school="00AB", control_subject="nlt"
    )
    changed = design.model_copy(update={"pairs": (wrong,)})
    assert ("iio.control_treated", "error", "schools[1].subjects.nlt") in codes(changed)


def test_no_control_is_refused(cross_over: CrossOver) -> None:
    schools = {"00AA": {"nlt": "i", "biologie": "c"}, "00AB": {"nlt": "i", "biologie": "i"}}
    design = cross_over(schools)
    assert names(design) == {"00AB biologie": "00AA biologie"}
    assert codes(design) == [
        ("iio.no_control", "error", "schools[0].subjects.nlt"),
        ("iio.no_control", "error", "schools[1].subjects.nlt"),
    ]


def test_a_subject_in_the_same_school_is_no_control(cross_over: CrossOver) -> None:
    schools = {"00AA": {"wiskunde_d": "i", "wiskunde_b": "c"}, "00AA01": {"wiskunde_b": "c"}}
    found = codes(cross_over(schools, "iio.videolessen"))
    assert found == [("iio.no_control", "error", "schools[0].subjects.wiskunde_d")]


def test_a_school_without_subjects_is_refused(cross_over: CrossOver) -> None:
    design = cross_over({"00AA": {"nlt": "i"}, "00AB": {"nlt": "c"}, "00AC": {}})
    assert codes(design) == [("iio.crossover_no_subjects", "error", "schools[2]")]


def test_many_schools_without_subjects_are_one_error_that_counts_them(
    cross_over: CrossOver,
) -> None:
    bare = {f"00{chr(65 + n // 26)}{chr(65 + n % 26)}": {} for n in range(78)}
    design = cross_over({"01AA": {"nlt": "i"}, "01AB": {"nlt": "c"}, **bare})
    [found] = [f for f in evalkit_check_design(design) if f.code == "iio.crossover_no_subjects"]
    assert found.place.key == "schools[2]"
    assert found.wrong.en.startswith("78 schools name no subjects (00AA, 00AB, ")
    assert "and 70 more" in found.wrong.en
    assert "en nog 70" in found.wrong.nl


@pytest.mark.parametrize("arms", [["intervention"], ["comparison"]])
def test_subjects_that_contradict_the_arms_are_refused(
    cross_over: CrossOver, arms: list[str]
) -> None:
    schools = [
        {"brin": "00AA", "arms": arms, "subjects": {"nlt": "intervention", "nina": "comparison"}},
        {"brin": "00AB", "arms": ["comparison"], "subjects": {"nlt": "comparison"}},
    ]
    found = codes(cross_over({}, schools=schools))
    assert found == [("iio.crossover_arms", "error", "schools[0].subjects")]


def test_a_concept_of_the_whole_school_has_no_cross_over(cross_over: CrossOver) -> None:
    design = cross_over({"00AA": {"taal": "i"}, "00AB": {"taal": "c"}}, "iio.slimfit")
    assert design.pairs == ()
    assert codes(design) == [("iio.crossover_type", "error", "comparison")]


def test_another_assignment_than_by_subject_is_remarked_on(cross_over: CrossOver) -> None:
    schools = {"00AA": {"nlt": "i"}, "00AB": {"nlt": "c"}}
    found = codes(cross_over(schools, assignment="class"))
    assert found == [("iio.crossover_assignment", "warning", "assignment")]


# What always holds


@given(projects, types)
def test_no_control_is_treated_and_every_treated_group_has_one(
    cross_over: CrossOver, schools: Mapping[str, Mapping[str, str]], type: str
) -> None:
    design = cross_over(schools, type)
    groups = treated(design)
    paired = [(pair.school, pair.subject) for pair in design.pairs]
    assert len(set(paired)) == len(paired)
    refused = {key for code, _, key in codes(design) if code == "iio.no_control"}
    assert len(paired) + len(refused) == len(groups)
    assert set(paired) <= groups
    for pair in design.pairs:
        assert not any(
            subject == pair.control_subject and same_school(school, pair.control_school)
            for school, subject in groups
        )
        assert not same_school(pair.school, pair.control_school)
        alike = SIMILAR_SUBJECTS.get(type, {}).get(pair.subject, ())
        assert pair.control_subject in (pair.subject, *alike)


@given(projects, types, st.randoms())
def test_the_order_of_schools_and_subjects_does_not_matter(
    cross_over: CrossOver,
    schools: Mapping[str, Mapping[str, str]],
    type: str,
    random: Random,
) -> None:
    shuffled = {
        brin: dict(sorted(schools[brin].items(), key=lambda _: random.random()))
        for brin in sorted(schools, key=lambda _: random.random())
    }
    assert cross_over(shuffled, type).pairs == cross_over(schools, type).pairs


controls = st.integers(0, 3).map(lambda number: Group("00ZZ", f"c{number}"))
possible = st.lists(st.sets(controls, max_size=4), max_size=5).map(
    lambda sets: {Group("00AA", f"t{i}"): tuple(found) for i, found in enumerate(sets)}
)


@given(possible)
def test_no_assignment_uses_the_controls_more_evenly(choices: Choices) -> None:
    assigned = assign(choices)
    open_choices = {group: found for group, found in choices.items() if found}
    assert set(assigned) == set(open_choices)
    assert all(control in open_choices[group] for group, control in assigned.items())

    def unevenness(used: tuple[Group, ...]) -> int:
        return sum(count**2 for count in Counter(used).values())

    best = min(unevenness(used) for used in itertools.product(*open_choices.values()))
    assert unevenness(tuple(assigned.values())) == best
