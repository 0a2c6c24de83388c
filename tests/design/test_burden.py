"""What measuring costs: counted by hand, and against the ceilings of a scheme."""

from __future__ import annotations

from typing import Any

import pytest

from evalkit.design.burden import burden, check_typical_burden, typical_burden
from evalkit.model.design import Design, YearlyBurden
from evalkit.model.protocol import BurdenRules, ResolvedProtocol, TypicalProject
from evalkit.model.vocabulary import Respondent

from . import cases

FUND = """\
id: fonds
version: "1.0"
extends: basisset
title: {nl: Fonds, en: Fund}
description: {nl: Een regeling., en: A scheme.}
variant: large
burden:
  hourly_rate: {teacher: 60, school: 90}
  typical: {schools: 2, years: 2, classes: 4, pupils: 90, teachers: 12, parents: 90}
"""
SIZES = (
    {"classes": 2, "pupils": 60, "teachers": 6},
    {"classes": 2, "pupils": 30, "teachers": 4},
)


def fund(**rules: Any) -> ResolvedProtocol:
    found = cases.protocol(text=FUND)
    return found.model_copy(update={"burden": found.burden.model_copy(update=rules)})


def made(protocol: ResolvedProtocol | None = None, **changes: Any) -> Design:
    """Two intervention schools and one comparison school; from October to July, two years on."""
    arms = [
        {"role": role, "label": role, "size": size}
        for role, size in zip(("intervention", "comparison"), SIZES, strict=True)
    ]
    values = {
        "arms": arms,
        "schools": [
            {"brin": "00XA"}, {"brin": "00XB"}, {"brin": "00XC", "arms": ["comparison"]},
        ],
        "start": "2026-10-01", "end": "2028-07-07", "nature": "innovation",
    }  # fmt: skip
    type = cases.plugins().types["iio.slimfit"].model_copy(update={"requires": ()})
    project = cases.project(**(values | changes))
    return cases.design(project, protocol=protocol or fund(), type=type)


def of(made: Design, year: str, who: Respondent) -> YearlyBurden:
    [found] = [y for y in made.yearly_burden if (y.school_year, y.respondent) == (year, who)]
    return found


def test_no_entries_no_burden() -> None:
    assert burden(()) == ()


def test_the_basisset_by_hand() -> None:
    """docs/basisset.md: pupils 4 minutes, teachers 7 before and 12 after, of which 5 in one arm."""
    design = made()
    before, after = "2026-2027", "2027-2028"
    pupils = of(design, before, Respondent.pupil)
    assert (pupils.minutes, pupils.persons, pupils.hours) == (4, 90, 6)
    assert pupils.hours_per_school == 2  # 30 pupils in each school.
    assert pupils.cost is None  # Their time has no price.
    teachers = of(design, after, Respondent.teacher)
    assert teachers.minutes == 12
    assert teachers.persons == 10
    assert teachers.hours == round((7 * 10 + 5 * 6) / 60, 2)
    assert teachers.spent == ((7, 10), (5, 6))
    assert teachers.hours_per_school == round((7 * 4) / 60 + (5 * 3) / 60, 2)
    assert teachers.cost == pytest.approx(100)
    school = of(design, before, Respondent.school)
    assert school.minutes == 10
    assert school.hours == round((5 * 2 + 5 * 3) / 60, 2)  # Goals in two schools, size in three.


def test_a_wave_counts_in_the_school_year_of_its_middle() -> None:
    design = made(start="2026-08-15", end="2028-08-31")
    years = {y.school_year for y in design.yearly_burden}
    # May to August is the year before; July to September the year after the last.
    assert {"2025-2026", "2028-2029"} <= years
    assert "2026-2027" not in years


def test_all_years_together_are_all_waves_together() -> None:
    design = made()
    for who in Respondent:
        minutes = sum(b.minutes for b in design.burden if b.respondent is who)
        assert sum(y.minutes for y in design.yearly_burden if y.respondent is who) == minutes


def test_a_school_in_both_arms_carries_both() -> None:
    both = [{"brin": "00XA", "arms": ["intervention", "comparison"]}]
    pupils = of(made(schools=both), "2026-2027", Respondent.pupil)
    assert pupils.hours_per_school == pupils.hours == 6
    assert of(made(schools=both), "2026-2027", Respondent.school).persons == 1


def test_unknown_numbers_leave_minutes_and_what_costs_most_of_them() -> None:
    arms = [{"role": role, "label": "x"} for role in ("intervention", "comparison")]
    design = made(arms=arms)
    pupils = of(design, "2026-2027", Respondent.pupil)
    assert pupils.minutes == 4
    assert (pupils.persons, pupils.hours, pupils.hours_per_school, pupils.cost) == (None,) * 4
    assert len(design.costly) == 5
    minutes = [one.minutes for one in design.costly]
    assert minutes == sorted(minutes, reverse=True)


def test_the_five_measures_that_cost_most() -> None:
    costly = made().costly
    assert [one.measure for one in costly][:2] == [
        "core.pupil_satisfaction", "core.soft_outcomes_pupils",
    ]  # fmt: skip
    assert [one.hours for one in costly] == sorted((one.hours for one in costly), reverse=True)
    assert (len(costly), costly[0].hours, costly[0].minutes) == (5, 6, 4)


def ceilings(design: Design) -> list[str]:
    return [f.wrong.en for f in design.findings if f.code == "design.burden_ceiling"]


def test_a_ceiling_is_gone_over_by_more_not_by_as_much() -> None:
    design = made()
    hours = {
        year: sum(y.hours_per_school or 0 for y in design.yearly_burden if y.school_year == year)
        for year in {y.school_year for y in design.yearly_burden}
    }
    most = max(hours.values())
    assert ceilings(made(fund(max_hours=most + 0.02))) == []
    [over] = ceilings(made(fund(max_hours=most - 0.02)))
    assert "2027-2028" in over
    assert ceilings(made(fund(max_minutes={Respondent.teacher: 12}))) == []
    design = made(fund(max_minutes={Respondent.teacher: 11}))
    [over] = ceilings(design)
    assert "12 minutes" in over
    assert "11 minutes" in over
    [said] = [f for f in design.findings if f.code == "design.burden_ceiling"]
    assert "werkdruk van leraren" in said.remedy.nl
    assert "leerlingen" not in said.remedy.nl  # Pupils cost the school more, but not its teachers.


def test_each_ceiling_and_year_is_said_at_once() -> None:
    tight = {Respondent.pupil: 1.0, Respondent.school: 5.0}
    assert len(ceilings(made(fund(max_hours=0.1, max_minutes=tight)))) > 6


# --- a typical project -----------------------------------------------------------------------


def test_a_typical_project_by_hand() -> None:
    found = typical_burden(fund())
    assert [y.school_year for y in found.yearly if y.respondent is Respondent.pupil] == ["0", "2"]
    assert found.minutes_per_person_max == {
        Respondent.pupil: 4, Respondent.teacher: 12, Respondent.school: 57,
    }  # fmt: skip
    expected = (4 * 45 + 12 * 6 + 57) / 60
    assert found.hours_per_school_year == pytest.approx(expected, abs=0.01)
    teachers = (7 + 12) * 12 / 60 * 60
    schools = (10 + 57 + 4 * 9) * 2 / 60 * 90
    # Renewal and innovation cost the same here: a question more before, one less after.
    assert found.cost == pytest.approx(teachers + schools, abs=0.1)
    assert found.costly[0].measure == "core.pupil_satisfaction"
    assert len(found.costly) == 5


def test_a_protocol_that_goes_over_its_own_ceiling_is_told() -> None:
    assert list(check_typical_burden(fund())) == []
    found = list(check_typical_burden(fund(max_minutes={Respondent.teacher: 10})))
    assert [f.code for f in found] == ["protocol.burden_ceiling"]
    assert "teachers' workload" in found[0].remedy.en


@pytest.mark.parametrize("id", ["basisset", "iio", "iio-slimfit-large", "lof", "datateams"])
def test_the_shipped_schemes_keep_to_their_ceilings(id: str) -> None:
    protocol = cases.protocol(id)
    assert list(check_typical_burden(protocol)) == []
    assert typical_burden(protocol).hours_per_school_year > 0


def test_typical_projects_of_any_size_can_be_counted() -> None:
    for typical in (TypicalProject(schools=3000, pupils=10**6), TypicalProject(years=0.1)):
        rules = BurdenRules(typical=typical)
        assert typical_burden(fund(**{"typical": rules.typical})).hours_per_school_year > 0


@pytest.mark.parametrize(
    "schools", [None, [{"brin": "00XA", "arms": ["intervention", "comparison"]}]]
)
def test_hours_are_the_sum_that_is_said(schools: list[dict[str, Any]] | None) -> None:
    design = made(**({"schools": schools} if schools else {}))
    assert any(len(part.spent) > 1 for part in design.yearly_burden)
    for part in design.yearly_burden:
        assert part.hours is not None
        assert sum(n * persons for n, persons in part.spent) / 60 == pytest.approx(
            part.hours, abs=0.01
        )
