"""What the planned numbers can show: against R, PowerUpR, statsmodels and a simulation."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.power import TTestIndPower, TTestPower

from evalkit.design.power import Sample, check_typical_power, clusters_are, multiplier
from evalkit.model.design import Design, Power, rounded_up
from evalkit.model.vocabulary import AssignmentLevel, Respondent

from . import cases

repeatable = settings(derandomize=True, database=None, deadline=None, max_examples=60)
some = st.integers(4, 200)
sizes = st.integers(1, 40)
shares = st.floats(0, 0.9)


def found(sample: Sample) -> float:
    mdes = sample.mdes()
    assert mdes is not None
    return mdes


# --- formulas --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("n", "alpha", "power", "delta"),
    [(5, 0.05, 0.8, 2.024438), (20, 0.05, 0.8, 0.9091306), (100, 0.01, 0.9, 0.5501361)],
)
def test_the_multiplier_is_that_of_power_t_test(
    n: int, alpha: float, power: float, delta: float
) -> None:
    """R 4.2.2: power.t.test(n, sig.level = alpha, power = power)$delta."""
    assert multiplier(2 * n - 2, alpha, power) * math.sqrt(2 / n) == pytest.approx(delta, abs=1e-5)


@pytest.mark.parametrize(("n", "delta"), [(5, 1.681999), (20, 0.6604409), (100, 0.2829125)])
def test_a_single_group_is_a_paired_t_test(n: int, delta: float) -> None:
    """R 4.2.2: power.t.test(n, power = .8, type = "paired"); at r = 0.5 changes have SD 1."""
    assert found(Sample((n,), None, 0, 0.5)) == pytest.approx(delta, abs=2e-6)
    ours = found(Sample((n,), None, 0, 0.8)) / math.sqrt(2 * (1 - 0.8))
    theirs = TTestPower().solve_power(nobs=n, alpha=0.05, power=0.8)
    assert ours == pytest.approx(theirs, rel=1e-4)


@pytest.mark.parametrize(("n", "ratio"), [(30, 1), (60, 2), (400, 0.5)])
def test_persons_who_stand_alone_are_as_in_statsmodels(n: int, ratio: float) -> None:
    """But for the one degree of freedom that the pretest takes."""
    total = n + round(ratio * n)
    theirs = TTestIndPower().solve_power(nobs1=n, alpha=0.05, power=0.8, ratio=ratio)
    one_more = multiplier(total - 3, 0.05, 0.8) / multiplier(total - 2, 0.05, 0.8)
    ours = found(Sample((n, total - n), None, 0, 0))
    assert ours == pytest.approx(theirs * one_more, rel=1e-4)


def test_the_examples_of_powerupr_come_out() -> None:
    """PowerUpR 1.1.0, examples of ``mdes.cra2`` (0.629) and ``mdes.ira`` (0.356).

    They take no covariate, so one degree of freedom more; and the sum of two central t's, which is
    within 0.0005 of the exact value here.
    """
    clusters = math.sqrt(0.17 / (0.25 * 20) + (1 - 0.17) / (0.25 * 20 * 15))
    assert multiplier(18, 0.05, 0.8) * clusters == pytest.approx(0.629, abs=5e-4)
    ours = found(Sample((150, 150), (10, 10), 0.17, 0)) * multiplier(18, 0.05, 0.8)
    assert ours / multiplier(17, 0.05, 0.8) == pytest.approx(0.629, abs=5e-4)
    assert found(Sample((125, 125), None, 0, 0)) == pytest.approx(0.356, abs=5e-4)


@pytest.mark.parametrize(
    ("sample", "exact"),
    [
        (Sample((400, 400), (20, 20), 0.2, 0.5), 0.3859869),
        (Sample((240, 480), (20, 40), 0.1, 0.7), 0.2331659),
    ],
)
def test_clusters_with_a_covariate_and_unequal_arms(sample: Sample, exact: float) -> None:
    """R 4.2.2: the standard error of PowerUpR's cra2 with g2 = 1, r21 = r22 = r^2, times the root
    of pt(qt(.975, df), df, ncp, lower = FALSE) = .8.
    """
    assert found(sample) == pytest.approx(exact, abs=2e-6)


def test_an_effect_of_that_size_is_found_as_often_as_asked() -> None:
    """Simulated: pupils in classes, before and after; the class means compared by ANCOVA."""
    rng, rounds = np.random.default_rng(4), 4000
    sample = Sample((160, 320), (16, 16), 0.2, 0.6)
    effect, hits = found(sample), 0
    treated = np.repeat([1.0, 0.0], 16)
    sizes = np.repeat([10, 20], 16)
    cov = np.array([[1, 0.6], [0.6, 1]])
    for _ in range(rounds):
        means = rng.multivariate_normal([0, 0], 0.2 * cov, 32)
        means += rng.multivariate_normal([0, 0], 0.8 * cov, 32) / np.sqrt(sizes)[:, None]
        pre, post = means[:, 0], means[:, 1] + effect * treated
        x = np.column_stack([np.ones(32), treated, pre])
        inverse = np.linalg.inv(x.T @ x)
        b = inverse @ x.T @ post
        se = math.sqrt(((post - x @ b) ** 2).sum() / 29 * inverse[1, 1])
        hits += abs(b[1] / se) > stats.t.ppf(0.975, 29)
    assert hits / rounds == pytest.approx(0.80, abs=0.03)


def test_clusters_of_one_without_likeness_are_persons() -> None:
    assert found(Sample((40, 50), (40, 50), 0, 0.3)) == found(Sample((40, 50), None, 0, 0.3))


@pytest.mark.parametrize(
    "sample",
    [
        Sample((30, 30), (1, 1), 0.2, 0.5),
        Sample((30, 90), (1, 3), 0.2, 0.5),
        Sample((1, 5), None, 0, 0.5),
        Sample((20,), (1,), 0.2, 0.5),
    ],
)
def test_where_nothing_can_be_tested_there_is_no_number(sample: Sample) -> None:
    assert sample.mdes() is None


@repeatable
@given(some, some, sizes, shares, shares)
def test_more_of_anything_shows_smaller_effects(
    a: int, b: int, size: int, icc: float, r: float
) -> None:
    base = found(Sample((a * size, b * size), (a, b), icc, r))
    assert found(Sample(((a + 1) * size, b * size), (a + 1, b), icc, r)) < base
    assert found(Sample((a * size, (b + 1) * size), (a, b + 1), icc, r)) < base
    assert found(Sample((a * (size + 1), b * (size + 1)), (a, b), icc, r)) <= base
    assert found(Sample((a * size, b * size), (a, b), icc, r + 0.05)) < base
    assert found(Sample((a * size, b * size), (a, b), icc + 0.05, r)) >= base
    assert found(Sample((a * size,), (a,), icc, r + 0.05)) < found(
        Sample((a * size,), (a,), icc, r)
    )


@repeatable
@given(some, sizes, shares, shares, st.floats(0.05, 1.5), st.booleans(), st.booleans())
def test_what_is_needed_is_enough_and_one_fewer_is_not(
    count: int, size: int, icc: float, r: float, target: float, single: bool, alone: bool
) -> None:
    arms = 1 if single else 2
    persons, clusters = (count * size,) * arms, None if alone else (count,) * arms
    sample = Sample(persons, clusters, 0 if alone else icc, r)
    needed = sample.needed(target)
    assert needed is not None
    enough = sample.equal(needed)
    assert enough is not None
    assert enough <= target
    fewer = sample.equal(needed - 1)
    assert fewer is None or fewer > target


def test_what_no_number_can_show_asks_no_number() -> None:
    assert Sample((40, 40), (4, 4), 0.2, 0.5).needed(0.001) is None


@repeatable
@given(some, some, sizes, shares, st.one_of(st.none(), st.floats(0.05, 1)))
def test_the_curve_falls_and_passes_plan_and_target(
    a: int, b: int, size: int, icc: float, target: float | None
) -> None:
    sample = Sample((a * size, b * size), (a, b), icc, 0.5)
    curve = sample.curve(target)
    counts, effects = [n for n, _ in curve], [effect for _, effect in curve]
    assert counts == sorted(set(counts))
    assert effects == sorted(effects, reverse=True)
    assert counts[-1] > max(a, b)
    needed = sample.needed(target) if target else None
    if needed and needed <= counts[-1] and needed >= counts[0]:
        assert needed in counts


# --- of a design -----------------------------------------------------------------------------


def scheme(**analysis: Any) -> Any:
    used = cases.protocol()
    return used.model_copy(update={"analysis": used.analysis.model_copy(update=analysis)})


def sized(treated: dict[str, int] | None, other: dict[str, int] | None) -> list[dict[str, Any]]:
    return [
        {"role": "intervention", "label": "units", "size": treated},
        {"role": "comparison", "label": "klassen", "size": other},
    ]


def powers(made: Design) -> dict[tuple[Respondent, float], Power]:
    return {(p.respondent, p.icc): p for p in made.power}


def codes(made: Design) -> list[str]:
    return [f.code for f in made.findings if f.code.startswith(("design.siz", "design.und"))]


ONE_SCHOOL = [{"brin": "05KO", "arms": cases.BOTH}]
EVERYONE = {"classes": 10, "pupils": 240, "teachers": 24, "parents": 200}


def test_one_entry_for_each_group_and_icc() -> None:
    made = cases.design(cases.project(arms=sized(EVERYONE, EVERYONE)))
    by_group = powers(made)
    pupil, school = Respondent.pupil, Respondent.school
    assert set(by_group) == {
        (pupil, 0.2), (pupil, 0.1), (Respondent.teacher, 0.1), (Respondent.parent, 0.1),
    }  # fmt: skip
    tests = by_group[pupil, 0.2]
    assert tests.measures == ("iio.language", "iio.arithmetic")
    assert (tests.schools, tests.clusters, tests.units) == ((2, 2), (10, 10), (240, 240))
    assert tests.cluster is AssignmentLevel.class_
    assert tests.mdes == round(found(Sample((240, 240), (10, 10), 0.2, 0.5)), 3)
    teachers = by_group[Respondent.teacher, 0.1]
    assert teachers.clusters == (2, 2)  # Teachers of one school hang together.
    alone = cases.project(arms=sized(EVERYONE, EVERYONE), schools=ONE_SCHOOL)
    assert powers(cases.design(alone))[Respondent.teacher, 0.1].mdes is None
    assert all(made.measure(id).respondent is not school for p in made.power for id in p.measures)


def test_what_is_covered_or_taken_once_or_in_one_arm_has_no_power() -> None:
    made = cases.design(cases.project(arms=sized(EVERYONE, EVERYONE)))
    named = {id for power in made.power for id in power.measures}
    assert "core.attainment" not in named  # Language and arithmetic stand for it.
    assert "core.support" not in named
    assert "core.own_goals" not in named


@pytest.mark.parametrize(
    ("level", "clusters"),
    [("class", (10, 10)), ("school", (2, 2)), ("teacher", (10, 10)), ("pupil", None)],
)
def test_pupils_hang_together_in_what_was_assigned(
    level: str, clusters: tuple[int, int] | None
) -> None:
    project = cases.project(assignment=level, arms=sized(EVERYONE, EVERYONE))
    pupils = [p for p in cases.design(project).power if p.respondent is Respondent.pupil]
    assert {p.clusters for p in pupils} == {clusters}
    alone = clusters is None
    assert {p.icc for p in pupils} == ({0.0} if alone else {0.1, 0.2})
    assert (clusters_are(project, Respondent.pupil) is None) == alone


def test_teachers_who_were_assigned_stand_alone() -> None:
    project = cases.project(assignment="teacher", arms=sized(EVERYONE, EVERYONE))
    [teachers] = [p for p in cases.design(project).power if p.respondent is Respondent.teacher]
    assert (teachers.clusters, teachers.icc) == (None, 0)
    assert teachers.units == (24, 24)


def test_in_a_cross_over_each_subject_of_a_school_is_a_group() -> None:
    subjects = {"biologie": "intervention", "scheikunde": "comparison", "natuurkunde": "comparison"}
    both = ["intervention", "comparison"]
    schools = [{"brin": f"00X{c}", "arms": both, "subjects": subjects} for c in "ABC"]
    size = {"pupils": 200, "classes": 40}  # Classes do not count: subjects were assigned.
    project = cases.project(
        comparison="cross_over", assignment="subject", schools=schools, arms=sized(size, size)
    )
    pupils = [p for p in cases.design(project).power if p.respondent is Respondent.pupil]
    assert {(p.clusters, p.cluster) for p in pupils} == {((3, 6), AssignmentLevel.subject)}


@pytest.mark.parametrize("level", ["class", "teacher", "pupil"])
def test_where_no_school_is_in_both_arms_schools_were_assigned(level: str) -> None:
    schools = [{"brin": f"00X{c}", "arms": ["intervention"]} for c in "ABC"]
    schools += [{"brin": f"00Y{c}", "arms": ["comparison"]} for c in "AB"]
    project = cases.project(assignment=level, schools=schools, arms=sized(EVERYONE, EVERYONE))
    found = cases.design(project).power
    assert {(p.clusters, p.cluster) for p in found} == {((3, 2), AssignmentLevel.school)}
    assert 0 not in {p.icc for p in found}


def test_a_single_group_is_compared_with_itself_on_one_scale() -> None:
    one = [{"role": "intervention", "label": "units", "size": EVERYONE}]
    schools = [{"brin": "00XA"}, {"brin": "00XB"}]
    alone = cases.project(arms=one, comparison="single_group", schools=schools)
    found = powers(cases.design(alone))
    pupils = found[Respondent.pupil, 0.1]
    assert pupils.units == (240, 0)
    assert "paired" in pupils.formula.en
    assert "gepaarde t-toets" in pupils.formula.nl
    assert (Respondent.pupil, 0.2) not in found  # Its tests differ before and after.


def test_without_a_target_nothing_is_said() -> None:
    made = cases.design(cases.project(arms=sized(None, None)), protocol=scheme(target_effect=None))
    assert made.power == ()
    assert codes(made) == []


def test_unknown_numbers_are_asked_for_where_an_effect_is_expected() -> None:
    half = sized({"pupils": 240}, EVERYONE)
    made = cases.design(cases.project(arms=half), protocol=scheme(target_effect=0.3))
    assert codes(made) == ["design.sizes_unknown"]
    [said] = [f for f in made.findings if f.code == "design.sizes_unknown"]
    assert "classes, pupils" in said.remedy.en
    assert said.place.key == "arms"
    known = cases.design(
        cases.project(arms=sized({"pupils": 900, "classes": 90}, {"pupils": 900, "classes": 90})),
        protocol=scheme(target_effect=0.3),
    )
    assert codes(known) == []  # Of teachers nothing is expected.


def test_what_is_too_small_says_what_it_can_show_and_what_it_takes() -> None:
    small = scheme(target_effect=0.2, target_for=(Respondent.pupil, Respondent.teacher))
    project = cases.project(arms=sized(EVERYONE, EVERYONE), schools=ONE_SCHOOL)
    made = cases.design(project, protocol=small)
    assert codes(made) == ["design.underpowered"]
    [said] = [f for f in made.findings if f.code == "design.underpowered"]
    tests = powers(made)[Respondent.pupil, 0.2]
    assert tests.needed_clusters is not None
    assert said.severity == "warning"
    assert f"{tests.smallest:.2f}".replace(".", ",") in said.wrong.nl
    assert f"{tests.needed_clusters} klassen met samen {tests.needed_units} leerlingen" in (
        said.wrong.nl
    )
    assert "geen enkel effect" in said.wrong.nl  # One school of teachers in each arm.
    enough = tests.needed_clusters
    large = {"classes": enough, "pupils": 24 * enough}
    able = cases.design(cases.project(arms=sized(large, large)), protocol=scheme(target_effect=0.2))
    assert codes(able) == []


def test_the_numbers_are_part_of_the_design_and_its_hash() -> None:
    one = cases.design(cases.project(arms=sized(EVERYONE, EVERYONE)))
    more = EVERYONE | {"pupils": 241}
    other = cases.design(cases.project(arms=sized(EVERYONE, more)))
    assert one.hash != other.hash
    assert Design.model_validate_json(one.model_dump_json()).power == one.power


def test_a_scheme_hears_that_its_typical_project_cannot_show_what_it_expects() -> None:
    used = cases.protocol("iio")
    [said] = check_typical_power(used)
    assert (said.code, said.severity, said.place.key) == (
        "protocol.target_unseen", "info", "analysis",
    )  # fmt: skip
    typical = used.burden.typical
    shown = found(Sample((typical.pupils,) * 2, (typical.classes,) * 2, 0.2, 0.5))
    assert f"{rounded_up(shown):.2f}" in said.wrong.en
    burden = used.burden.model_copy(
        update={"typical": typical.model_copy(update={"classes": 90, "pupils": 2250})}
    )
    assert list(check_typical_power(used.model_copy(update={"burden": burden}))) == []
    silent = used.analysis.model_copy(update={"target_effect": None})
    assert list(check_typical_power(used.model_copy(update={"analysis": silent}))) == []


def test_a_scheme_hears_it_of_teachers_too_where_it_expects_an_effect_of_them() -> None:
    used = cases.protocol("iio")
    of_teachers = used.analysis.model_copy(update={"target_for": (Respondent.teacher,)})
    [said] = check_typical_power(used.model_copy(update={"analysis": of_teachers}))
    typical = used.burden.typical
    assert f"{typical.schools} schools with {typical.teachers} teachers" in said.wrong.en
    both = used.analysis.model_copy(update={"target_for": (Respondent.pupil, Respondent.teacher)})
    assert len(list(check_typical_power(used.model_copy(update={"analysis": both})))) == 2


@given(st.floats(0.001, 5), st.floats(0.001, 5))
def test_what_cannot_be_shown_never_looks_like_what_can(target: float, mdes: float) -> None:
    target, mdes = round(target, 2), round(mdes, 3)
    assert mdes - 1e-9 <= rounded_up(mdes) < mdes + 0.01
    if mdes > target:
        assert f"{rounded_up(mdes):.2f}" != f"{target:.2f}"
    else:
        assert rounded_up(mdes) <= target + 1e-9
