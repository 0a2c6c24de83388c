"""The steps a team logs in a cycle, held against the procedure of its project type.

A log tells what happened, in the order it happened. Going back is part of the work, as long as
the log says so: the step before it names where the team goes back to.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from evalkit.errors import finding
from evalkit.model.cycle import Conclusion, Cycle
from evalkit.model.finding import Finding, Place
from evalkit.model.project_type import Step


def check_steps(
    cycle: Cycle, procedure: Sequence[Step], type: str, others: Iterable[Cycle] = ()
) -> Iterator[Finding]:
    """What is wrong or remarkable in the steps of a cycle.

    Args:
        cycle: the cycle.
        procedure: the steps of its project type, in order.
        type: id of that project type.
        others: the project's other cycles; where the one before went back to, this one may start.
    """
    if not cycle.steps:
        return
    if not procedure:
        yield finding("cycle.no_procedure", Place(key="steps"), type=type)
        return
    places = {step.id: i for i, step in enumerate(procedure)}
    yield from _unknown(cycle, places, type)
    yield from _order(cycle, places, _start(cycle, places, others))
    yield from _returns(cycle, places)
    for i, (before, after) in enumerate(pairwise(cycle.steps), start=1):
        if after.done_on < before.done_on:
            yield finding(
                "cycle.step_dates",
                Place(key=f"steps[{i}].done_on"),
                step=after.step,
                day=after.done_on,
                before=before.done_on,
            )


def _unknown(cycle: Cycle, places: dict[str, int], type: str) -> Iterator[Finding]:
    known = ", ".join(places)
    for i, logged in enumerate(cycle.steps):
        for key, step in (("step", logged.step), ("back_to", logged.back_to)):
            if step is not None and step not in places:
                place = Place(key=f"steps[{i}].{key}")
                yield finding("cycle.step_unknown", place, step=step, type=type, known=known)


def _start(cycle: Cycle, places: dict[str, int], others: Iterable[Cycle]) -> int:
    """Where the cycle may start: what the cycle before it goes back to, else the first step."""
    for other in others:
        if other.number == cycle.number - 1 and other.steps:
            return places.get(other.steps[-1].back_to or "", 0)
    return 0


def _order(cycle: Cycle, places: dict[str, int], start: int) -> Iterator[Finding]:
    """Steps follow one another, or go back to where the step before says."""
    names = list(places)
    for i, logged in enumerate(cycle.steps):
        here = places.get(logged.step)
        before = cycle.steps[i - 1] if i else None
        if here is None or (before and before.step not in places):
            continue
        place = Place(key=f"steps[{i}].step")
        said = before.back_to if before else None
        if before and said in places:
            if here != places[said]:
                values = {"before": before.step, "back_to": said, "step": logged.step}
                yield finding("cycle.not_gone_back", place, **values)
            continue
        due = places[before.step] + 1 if before else start
        if before and here < due:
            yield finding("cycle.step_order", place, before=before.step, step=logged.step)
        elif here > due:
            skipped = ", ".join(names[due:here])
            yield finding("cycle.step_skipped", place, step=logged.step, skipped=skipped)


def _returns(cycle: Cycle, places: dict[str, int]) -> Iterator[Finding]:
    """Whoever goes back goes to this step or an earlier one; a refuted hypothesis goes back."""
    for i, logged in enumerate(cycle.steps):
        here = places.get(logged.step)
        if here is None:
            continue
        if logged.verdict is Conclusion.refuted and logged.back_to is None:
            known = ", ".join(list(places)[: here + 1])
            place = Place(key=f"steps[{i}].verdict")
            yield finding("cycle.refuted_no_return", place, step=logged.step, known=known)
        if places.get(logged.back_to or "", here) > here:
            place = Place(key=f"steps[{i}].back_to")
            yield finding("cycle.not_back", place, step=logged.step, back_to=logged.back_to)
