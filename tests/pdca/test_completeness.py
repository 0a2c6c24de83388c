"""The five key features of a PDCA cycle, and what may still change once it is logged."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.model.cycle import Cycle
from evalkit.model.project import Project
from evalkit.pdca.completeness import changed_parts, check_cycle, first_data, verdict

repeatable = settings(derandomize=True, database=None, deadline=None)

FEATURES = ["documentation", "iteration", "prediction", "small_scale", "data_over_time"]

PLAN = {"made_on": "2026-09-01", "aim": "Meer rust.", "prediction": "Zes van de acht keer.",
        "small_scale": True}  # fmt: skip
DO = {"starts": "2026-09-02", "ends": "2026-10-30", "done": "Elke dinsdag overleg."}
DATA = [{"date": f"2026-{day}", "value": 2} for day in ("09-15", "09-29", "10-13")]
CHECK = {"data": DATA, "findings": "Het ging door."}
ACT = {"decision": "adopt", "reason": "Het werkt."}


def cycle(number: int = 1, *, plan: dict | None = None, **parts: Any) -> Cycle:
    values = {"do": DO, "check": CHECK, "act": ACT} | parts
    return Cycle.model_validate(
        {"project": "noord", "number": number, "title": "Overleg", "plan": PLAN | (plan or {})}
        | values
    )


def met(one: Cycle, *others: Cycle) -> dict[str, bool]:
    return {v.feature: v.met for v in verdict(one, others)}


def test_a_sound_cycle_in_a_series_shows_every_feature() -> None:
    found = verdict(cycle(1), [cycle(1), cycle(2)])
    assert [v.feature for v in found] == FEATURES
    assert all(v.met and v.remedy is None for v in found)


def test_a_bare_plan_shows_none_and_says_what_would() -> None:
    bare = cycle(plan={"prediction": None, "small_scale": None}, do=None, check=None, act=None)
    found = verdict(bare, [bare])
    assert not any(v.met for v in found)
    assert all(v.remedy for v in found)


@pytest.mark.parametrize(
    ("changes", "lost"),
    [
        ({"act": None}, "documentation"),
        ({"plan": {"prediction": None}}, "prediction"),
        ({"plan": {"prediction": ""}}, "prediction"),
        ({"plan": {"made_on": "2026-09-16"}}, "prediction"),
        ({"plan": {"small_scale": False}}, "small_scale"),
        ({"check": CHECK | {"data": DATA[:2]}}, "data_over_time"),
        ({"check": CHECK | {"data": [DATA[0], DATA[0], DATA[0]]}}, "data_over_time"),
    ],
)
def test_each_feature_is_lost_by_itself(changes: dict[str, Any], lost: str) -> None:
    found = met(cycle(1, **changes), cycle(2))
    assert [feature for feature, shown in found.items() if not shown] == [lost]


@pytest.mark.parametrize(
    ("others", "follows"),
    [((), False), ((2,), False), ((1,), True), ((3,), True), ((4,), False), ((1, 3), True)],
)
def test_a_cycle_beside_another_is_part_of_a_series(others: tuple[int, ...], follows: bool) -> None:
    assert met(cycle(2), *(cycle(n) for n in others))["iteration"] is follows


@repeatable
@given(st.dates(dt.date(2026, 8, 20), dt.date(2026, 10, 20)))
def test_a_prediction_counts_if_it_was_made_before_the_data_or_on_their_first_day(
    made_on: dt.date,
) -> None:
    one = cycle(plan={"made_on": made_on})
    assert met(one)["prediction"] is (made_on <= dt.date(2026, 9, 15))
    late = [f.code for f in check_cycle(one, project())]
    assert late == ([] if made_on <= dt.date(2026, 9, 15) else ["cycle.prediction_after_data"])


@repeatable
@given(st.permutations(DATA))
def test_the_first_observation_is_the_earliest_whatever_the_order(data: list) -> None:
    one = cycle(check=CHECK | {"data": data})
    assert first_data(one) == "2026-09-15"
    assert met(one)["data_over_time"]


def test_a_prediction_without_data_yet_was_made_in_time() -> None:
    assert met(cycle(do=None, check=None, act=None))["prediction"]
    assert met(cycle(check={"findings": "Nog niets."}, act=None))["prediction"]
    assert first_data(cycle(check=None, act=None)) is None


def project() -> Project:
    return Project.model_validate(
        {"id": "noord", "title": "Noord", "protocol": "basisset", "type": "iio.slimfit",
         "sector": "po", "nature": "renewal", "start": "2026-08-01", "end": "2027-07-31",
         "arms": [{"role": "intervention", "label": "units"}], "comparison": "single_group",
         "schools": [{"brin": "05KO"}]}
    )  # fmt: skip


@pytest.mark.parametrize(
    ("starts", "ends", "outside"),
    [
        ("2026-08-01", "2027-07-31", False),
        ("2026-07-31", "2026-09-01", True),
        ("2027-07-01", "2027-08-01", True),
    ],
)
def test_a_cycle_outside_the_project_is_remarked_on(starts: str, ends: str, outside: bool) -> None:
    one = cycle(do=DO | {"starts": starts, "ends": ends}, check=None, act=None)
    found = [(f.code, f.severity, f.place.key) for f in check_cycle(one, project())]
    assert found == ([("cycle.outside_project", "warning", "do")] if outside else [])


# What is logged stays

REWRITTEN = {
    "title": {"title": "Anders"},
    "plan": {"plan": PLAN | {"aim": "Minder rust."}},
    "do": {"do": DO | {"done": "Iets anders."}},
    "check": {"check": CHECK | {"findings": "Toch niet."}},
    "act": {"act": ACT | {"reason": "Om iets anders."}},
}


@pytest.mark.parametrize("part", list(REWRITTEN))
def test_a_part_that_is_logged_may_not_change(part: str) -> None:
    new = Cycle.model_validate(cycle().model_dump(mode="json") | REWRITTEN[part])
    assert changed_parts(cycle(), new) == (part,)


def test_what_is_logged_may_not_be_left_out_and_what_is_not_may_be_added() -> None:
    plan_only = cycle(do=None, check=None, act=None)
    assert changed_parts(plan_only, cycle()) == ()
    assert changed_parts(cycle(), cycle()) == ()
    assert changed_parts(cycle(), plan_only) == ("do", "check", "act")
