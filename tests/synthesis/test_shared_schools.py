"""Projects that rest on the same schools are told, and pooled as one beside the pool."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.model.effect import EffectSize
from evalkit.model.programme import SensitivityRow
from evalkit.model.project import Project
from evalkit.model.rows import Rows
from evalkit.model.vocabulary import Domain, Note
from evalkit.synthesis.pooling import pool_levels
from evalkit.synthesis.programme import programme
from evalkit.synthesis.shared_schools import (
    MOST_NAMED,
    SchoolLinks,
    Shared,
    noted,
    sets_of,
    shared_in_pools,
)
from tests.design import cases

from .frames import repeatable
from .test_pooled import row

T, C = "intervention", "comparison"
ESTIMATES = {"a": (0.3, 0.02), "b": (0.1, 0.03), "c": (0.5, 0.05), "d": (-0.1, 0.04)}


def project(id: str, **schools: str | list[str]) -> Project:
    """A project with these schools, by BRIN, with an ``s`` before it, in these arms."""
    listed = [
        {"brin": brin.removeprefix("s"), "arms": [arms] if isinstance(arms, str) else arms}
        for brin, arms in schools.items()
    ]
    return cases.project(id=id, schools=listed)


def effects(**changes: Any) -> list[EffectSize]:
    return [row(name, *numbers, **changes) for name, numbers in ESTIMATES.items()]


APART = [project(name, **{f"s0{n}AA": T, f"s0{n}AB": C}) for n, name in enumerate(ESTIMATES)]


def sharing(*ids: str) -> list[Project]:
    """The four projects, of which these have a comparison school in common."""
    return [
        project(p.id, **{f"s0{n}AA": T, **({"s09ZZ": C} if p.id in ids else {f"s0{n}AB": C})})
        for n, p in enumerate(APART)
    ]


def checked(projects: list[Project], rows: list[EffectSize]) -> list[SensitivityRow]:
    shared = shared_in_pools(rows, {}, projects)
    found = programme(rows, {}, {"fonds.score": Domain.achievement}, dict.fromkeys("abcd", 2026),
                      shared)  # fmt: skip
    return [one for one in found.sensitivity if one.check == "shared_schools"]


def test_projects_with_schools_of_their_own_have_nothing_to_tell() -> None:
    assert shared_in_pools(effects(), {}, APART) == {}
    assert checked(APART, effects()) == []
    assert noted(effects(), {}, {}) == effects()


def test_how_projects_share_schools_is_counted() -> None:
    links = SchoolLinks(
        [
            project("a", s01AA=T, s02AA=C, s03AA=C),
            project("b", s04AA=T, s02AA=C, s03AA=T),
            project("c", s05AA=T, s06AA=C),
        ]
    )
    assert links.among("abc") == (Shared(("a", "b"), schools=2, comparison=1, crosswise=1),)
    assert links.among("ac") == ()


@pytest.mark.parametrize(
    ("first", "second", "shared"),
    [
        ("s01AA", "s01AA", True),
        ("s01AA01", "s01AA01", True),
        ("s01AA", "s01AA01", True),
        ("s01AA01", "s01AA02", False),
        ("s01AA", "s01AB", False),
    ],
)
def test_a_location_belongs_to_its_school(first: str, second: str, shared: bool) -> None:
    links = SchoolLinks([project("a", **{first: T}, s09ZZ=C), project("b", **{second: T}, s09ZY=C)])
    assert bool(links.among("ab")) is shared
    assert bool(links) is shared


def test_projects_hang_together_through_a_third_only_if_it_is_in_the_pool() -> None:
    links = SchoolLinks(
        [
            project("a", s01AA=T, s02AA=C),
            project("b", s02AA=C, s03AA=T),
            project("c", s03AA=T, s04AA=C),
        ]
    )
    (whole,) = links.among("abc")
    assert (whole.projects, whole.schools) == (("a", "b", "c"), 2)
    assert links.among("ac") == ()


@repeatable
@given(
    st.lists(st.lists(st.sampled_from(["01AA", "01AA01", "01AA02", "02AA", "03AA", "03AA01"]),
                      min_size=1, max_size=3, unique=True), min_size=1, max_size=6),
    st.randoms(use_true_random=False),
)  # fmt: skip
def test_the_sets_are_those_of_a_search_pair_by_pair(schools: Any, rng: Any) -> None:
    named = {f"p{n}": brins for n, brins in enumerate(schools)}
    projects = [project(id, **{f"s{b}": T for b in brins}, s99ZZ=C) for id, brins in named.items()]
    projects = [p.model_copy(update={"schools": p.schools[:-1]}) for p in projects]
    rng.shuffle(projects)

    def same(one: str, other: str) -> bool:
        return one.startswith(other) or other.startswith(one)

    left, expected = set(named), []
    while left:
        group = {min(left)}
        while more := {p for p in left - group for q in group
                       if any(same(x, y) for x in named[p] for y in named[q])}:  # fmt: skip
            group |= more
        left -= group
        if len(group) > 1:
            expected.append(tuple(sorted(group)))
    found = SchoolLinks(projects).among(p.id for p in projects)
    assert [one.projects for one in found] == sorted(expected)
    assert all(1 <= one.schools <= 3 and one.comparison == 0 for one in found)


def test_they_are_pooled_as_one_cluster_beside_the_pool() -> None:
    rows = effects()
    (found,) = checked(sharing("a", "c"), rows)
    y, v = zip(*ESTIMATES.values(), strict=True)
    robust = pool_levels(y, v, ["a", "b", "a", "d"]).robust[0]
    assert (found.about, found.k) == ("a+c", 4)
    for name in ("estimate", "se", "ci_low", "ci_high", "p"):
        assert getattr(found, name) == getattr(robust, name), name


def test_if_all_hang_together_their_errors_are_taken_as_one() -> None:
    """Four years of the same schools say no more than one: the interval does not shrink."""
    same = [row(name, -0.04, 0.135**2) for name in ESTIMATES]
    (found,) = checked(sharing(*ESTIMATES), same)
    assert found.estimate == pytest.approx(-0.04)
    assert found.se == pytest.approx(0.135)
    assert found.ci_high - found.ci_low == pytest.approx(2 * 1.959963985 * 0.135)
    assert found.p == pytest.approx(math.erfc(0.04 / 0.135 / math.sqrt(2)))
    (found,) = checked(sharing(*ESTIMATES), effects())
    weights = {name: 1 / v for name, (_, v) in ESTIMATES.items()}
    total = sum(weights.values())
    assert found.estimate == pytest.approx(
        sum(weights[n] * ESTIMATES[n][0] for n in weights) / total
    )
    # The standard error of a weighted mean of errors that are all the same, by its definition.
    variance = sum(
        weights[a] * weights[b] * math.sqrt(ESTIMATES[a][1] * ESTIMATES[b][1])
        for a in weights for b in weights
    ) / total**2  # fmt: skip
    assert found.se == pytest.approx(math.sqrt(variance))


@pytest.mark.parametrize("kept", [list, lambda rows: Rows(EffectSize, rows)])
def test_their_rows_have_a_note_in_the_pools_where_they_meet(kept: Any) -> None:
    alone = row("a", measure="fonds.taal")
    out = row("c", pooled=False, not_pooled_because="no_sd", yi=None, vi=None, metric=None)
    rows = kept([*effects(), alone, out])
    shared = shared_in_pools(rows, {}, sharing("a", "c"))
    told = list(noted(rows, {}, shared))
    meet = {(r.project, r.measure) for r in told if Note.shared_schools in r.notes}
    assert meet == {("a", "fonds.score"), ("c", "fonds.score")}
    assert told[5].notes == ()
    assert [r.model_copy(update={"notes": ()}) for r in told] == list(rows)
    assert all(Note.shared_schools not in r.notes for r in rows)


def test_each_set_is_told_once() -> None:
    rows = [*effects(), *effects(measure="fonds.taal")[:2], row("a", wave="later")]
    projects = sharing("a", "b", "c")
    shared = shared_in_pools(rows, {}, projects)
    assert [one.projects for sets in shared.values() for one in sets] == [
        ("a", "b", "c"),
        ("a", "b"),
    ]
    assert [one.projects for one in sets_of(shared)] == [("a", "b", "c")]


def test_of_very_many_the_first_are_named() -> None:
    many = Shared(tuple(f"p{n:03}" for n in range(MOST_NAMED + 5)), 1, 1, 0)
    assert many.name.count("+") == MOST_NAMED
    assert many.name.endswith("+…")
