"""The steps of a cycle, held against the procedure of a project type."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.model.cycle import Cycle, LoggedStep
from evalkit.model.project import Project
from evalkit.model.project_type import Step
from evalkit.pdca.completeness import changed_parts, check_cycle
from evalkit.pdca.steps import check_steps

repeatable = settings(derandomize=True, database=None, deadline=None)

NAMES = ("problem", "hypothesis", "collection", "conclusion", "evaluation")
PHASES = ("plan", "plan", "do", "check", "act")
PROCEDURE = tuple(
    Step.model_validate({"id": id, "label": {"nl": id, "en": id}, "phase": phase})
    for id, phase in zip(NAMES, PHASES, strict=True)
)
PLAN = {"made_on": "2026-09-01", "aim": "Weten waarom de cijfers dalen."}


def log(*steps: str | dict[str, Any], number: int = 1) -> Cycle:
    """A cycle with these steps, each a day after the one before unless it says otherwise."""
    logged = [
        {"done_on": f"2026-09-{day:02}", "outcome": "Gedaan."}
        | ({"step": step} if isinstance(step, str) else step)
        for day, step in enumerate(steps, start=1)
    ]
    values = {"project": "team", "number": number, "title": "Cijfers", "plan": PLAN}
    return Cycle.model_validate(values | {"steps": logged})


def refuted(step: str, back_to: str | None = None) -> dict[str, Any]:
    return {"step": step, "verdict": "refuted"} | ({"back_to": back_to} if back_to else {})


def back(step: str, back_to: str) -> dict[str, Any]:
    return {"step": step, "back_to": back_to}


def found(cycle: Cycle, *others: Cycle) -> list[tuple[str, str | None]]:
    return [
        (f.code.removeprefix("cycle."), f.place.key)
        for f in check_steps(cycle, PROCEDURE, "datateams.team", others)
    ]


def test_a_whole_round_in_order_is_fine() -> None:
    confirmed = {"step": "conclusion", "verdict": "confirmed"}
    assert found(log("problem", "hypothesis", "collection", confirmed, "evaluation")) == []


def test_a_cycle_without_steps_is_fine_for_every_type() -> None:
    assert found(log()) == []
    assert list(check_steps(log(), (), "lof.project")) == []


@repeatable
@given(st.integers(0, len(NAMES)))
def test_a_round_may_be_logged_as_far_as_it_came(done: int) -> None:
    assert found(log(*NAMES[:done])) == []


# Unknown steps


def test_an_unknown_step_is_refused() -> None:
    assert found(log("problem", "guess")) == [("step_unknown", "steps[1].step")]


def test_so_is_an_unknown_step_to_go_back_to() -> None:
    cycle = log("problem", back("hypothesis", "guess"))
    assert found(cycle) == [("step_unknown", "steps[1].back_to")]


def test_an_unknown_step_names_those_that_are_known() -> None:
    [wrong] = check_steps(log("guess"), PROCEDURE, "datateams.team")
    assert wrong.is_error
    assert all(name in wrong.remedy.nl for name in NAMES)


def test_a_type_without_a_procedure_takes_no_steps() -> None:
    [wrong] = check_steps(log("problem"), (), "lof.project")
    assert (wrong.code, wrong.severity, wrong.place.key) == ("cycle.no_procedure", "error", "steps")


# Order


@pytest.mark.parametrize(
    ("steps", "place"),
    [
        (("problem", "hypothesis", "problem"), "steps[2].step"),
        (("problem", "hypothesis", "collection", "hypothesis"), "steps[3].step"),
        (("problem", "problem"), "steps[1].step"),
        ((*NAMES, "problem"), "steps[5].step"),
    ],
)
def test_going_back_without_saying_so_is_refused(steps: tuple[str, ...], place: str) -> None:
    assert found(log(*steps)) == [("step_order", place)]


def test_going_back_is_fine_where_the_log_says_so() -> None:
    again = ("hypothesis", "collection", "conclusion", "evaluation")
    redone = back("collection", "collection")
    assert found(log("problem", "hypothesis", redone, *again[1:])) == []
    assert found(log("problem", "hypothesis", back("collection", "hypothesis"), *again)) == []
    assert found(log(*NAMES[:-1], back("evaluation", "problem"), *NAMES)) == []


def test_going_back_further_than_said_is_refused() -> None:
    cycle = log("problem", "hypothesis", back("collection", "hypothesis"), "problem")
    assert found(cycle) == [("not_gone_back", "steps[3].step")]


@pytest.mark.parametrize("target", ["conclusion", "evaluation"])
def test_one_cannot_go_back_to_what_is_still_to_come(target: str) -> None:
    cycle = log("problem", "hypothesis", back("collection", target))
    assert found(cycle) == [("not_back", "steps[2].back_to")]


def test_a_skipped_step_is_remarked_on_and_kept() -> None:
    cycle = log("problem", "collection", "evaluation")
    remarks = list(check_steps(cycle, PROCEDURE, "datateams.team"))
    assert [(f.code, f.severity, f.place.key) for f in remarks] == [
        ("cycle.step_skipped", "warning", "steps[1].step"),
        ("cycle.step_skipped", "warning", "steps[2].step"),
    ]
    assert "hypothesis" in remarks[0].wrong.nl


def test_a_cycle_starts_at_the_first_step() -> None:
    assert found(log("hypothesis")) == [("step_skipped", "steps[0].step")]


def test_or_where_the_cycle_before_it_goes_back_to() -> None:
    before = log("problem", "hypothesis", "collection", refuted("conclusion", "hypothesis"))
    assert found(log("hypothesis", "collection", number=2), before) == []
    assert found(log("problem", "hypothesis", number=2), before) == []
    assert found(log("collection", number=2), before) == [("step_skipped", "steps[0].step")]
    assert found(log("hypothesis", number=3), before) == [("step_skipped", "steps[0].step")]


# Hypotheses


def test_a_refuted_hypothesis_names_where_it_goes_back_to() -> None:
    steps = ("problem", "hypothesis", "collection")
    assert found(log(*steps, refuted("conclusion"))) == [("refuted_no_return", "steps[3].verdict")]
    assert found(log(*steps, refuted("conclusion", "hypothesis"))) == []
    assert found(log(*steps, refuted("conclusion", "hypothesis"), "hypothesis")) == []


def test_after_a_refuted_hypothesis_one_does_go_back() -> None:
    cycle = log("problem", "hypothesis", "collection", refuted("conclusion", "hypothesis"),
                "evaluation")  # fmt: skip
    assert found(cycle) == [("not_gone_back", "steps[4].step")]


def test_a_confirmed_hypothesis_goes_on() -> None:
    cycle = log(*NAMES[:3], {"step": "conclusion", "verdict": "confirmed"}, "evaluation")
    assert found(cycle) == []


# Days


def test_steps_are_in_the_order_they_were_done() -> None:
    late = {"step": "hypothesis", "done_on": "2026-08-31"}
    assert found(log("problem", late)) == [("step_dates", "steps[1].done_on")]
    same_day = {"step": "hypothesis", "done_on": "2026-09-01"}
    assert found(log("problem", same_day)) == []


def test_everything_that_is_wrong_is_said_at_once() -> None:
    cycle = log("guess", refuted("conclusion"), {"step": "problem", "done_on": "2026-08-01"})
    assert found(cycle) == [
        ("step_unknown", "steps[0].step"),
        ("step_order", "steps[2].step"),
        ("refuted_no_return", "steps[1].verdict"),
        ("step_dates", "steps[2].done_on"),
    ]


def test_steps_outside_the_project_are_remarked_on() -> None:
    project = Project.model_validate(
        {"id": "team", "title": "Team", "protocol": "basisset", "type": "datateams.team",
         "sector": "vo", "nature": "renewal", "start": "2026-09-02", "end": "2027-07-31",
         "arms": [{"role": "intervention", "label": "team"}], "comparison": "single_group",
         "schools": [{"brin": "00XA"}]}
    )  # fmt: skip
    remarks = [(f.code, f.place.key) for f in check_cycle(log("problem", "hypothesis"), project)]
    assert remarks == [("cycle.outside_project", "steps[0].done_on")]


# What is logged stays


def test_steps_may_be_added_and_those_that_are_logged_stay() -> None:
    first, whole = log("problem"), log("problem", "hypothesis")
    assert changed_parts(first, whole) == ()
    assert changed_parts(log(), first) == ()
    assert changed_parts(whole, first) == ("steps",)
    assert changed_parts(first, log("hypothesis")) == ("steps",)


@pytest.mark.parametrize(
    ("key", "value"), [("verdict", "maybe"), ("outcome", ""), ("back_to", "Not an id")]
)
def test_a_step_that_makes_no_sense_is_refused(key: str, value: str) -> None:
    values = {"step": "problem", "done_on": "2026-09-01", "outcome": "Gedaan.", key: value}
    with pytest.raises(ValueError, match=key):
        LoggedStep.model_validate(values)
