"""The verdict on a PDCA cycle: which key features it shows.

Features after Taylor et al., BMJ Quality & Safety 23 (2014): documentation, iterative cycles,
prediction before data, small scale, data over time. Of 72 published projects 3 met them all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from evalkit.errors import finding
from evalkit.model.cycle import Cycle, CycleVerdict
from evalkit.model.finding import Finding, Place
from evalkit.model.project import Project
from evalkit.model.text import Text


def first_data(cycle: Cycle) -> str | None:
    """Day of the first observation, as ISO text, if there is one."""
    days = [point.date for point in cycle.check.data] if cycle.check else []
    return min(days).isoformat() if days else None


def verdict(cycle: Cycle, others: Iterable[Cycle]) -> tuple[CycleVerdict, ...]:
    """The five key features of a cycle, each met or with what would make it so.

    Args:
        cycle: the cycle.
        others: the project's other cycles; one of them makes this one part of a series.
    """
    numbers = {other.number for other in others if other.number != cycle.number}
    follows = cycle.number - 1 in numbers or cycle.number + 1 in numbers
    first = first_data(cycle)
    predicted = bool(cycle.plan.prediction) and (
        first is None or cycle.plan.made_on.isoformat() <= first
    )
    points = len({point.date for point in cycle.check.data}) if cycle.check else 0
    return (
        _feature(
            "documentation",
            Text(nl="volledig vastgelegd", en="fully documented"),
            bool(cycle.do and cycle.check and cycle.act),
            Text(
                nl="Leg ook doen, nagaan en bijstellen vast.", en="Log do, check and act as well."
            ),
        ),
        _feature(
            "iteration",
            Text(nl="deel van een reeks", en="part of a series"),
            follows,
            Text(
                nl="Laat op deze cyclus een volgende volgen.",
                en="Let another cycle follow this one.",
            ),
        ),
        _feature(
            "prediction",
            Text(nl="voorspelling vóór de gegevens", en="prediction before the data"),
            predicted,
            Text(
                nl="Schrijf op wat u verwacht voordat er gegevens zijn.",
                en="Write down what you expect before there are data.",
            ),
        ),
        _feature(
            "small_scale",
            Text(nl="eerst klein geprobeerd", en="tried on a small scale first"),
            bool(cycle.plan.small_scale),
            Text(
                nl="Probeer het eerst met één groep of een paar weken.",
                en="Try it first with one class or a few weeks.",
            ),
        ),
        _feature(
            "data_over_time",
            Text(nl="gegevens over de tijd", en="data over time"),
            points >= 3,
            Text(
                nl="Kijk op ten minste drie momenten naar dezelfde maat.",
                en="Look at the same measure at three moments at least.",
            ),
        ),
    )


def _feature(name: str, label: Text, met: bool, remedy: Text) -> CycleVerdict:
    return CycleVerdict(feature=name, label=label, met=met, remedy=None if met else remedy)


def check_cycle(cycle: Cycle, project: Project) -> Iterator[Finding]:
    """Remarks on a cycle's dates."""
    dated = [("do", day) for day in (cycle.do.starts, cycle.do.ends)] if cycle.do else []
    dated += [(f"steps[{i}].done_on", step.done_on) for i, step in enumerate(cycle.steps)]
    outside = dict.fromkeys(key for key, day in dated if not project.start <= day <= project.end)
    for key in outside:
        yield finding("cycle.outside_project", Place(key=key), start=project.start, end=project.end)
    first = first_data(cycle)
    if first and cycle.plan.made_on.isoformat() > first:
        yield finding(
            "cycle.prediction_after_data",
            Place(key="plan.made_on"),
            made_on=cycle.plan.made_on,
            first=first,
        )


def changed_parts(logged: Cycle, new: Cycle) -> tuple[str, ...]:
    """Parts that are logged already and say something else in ``new``; none may.

    Of the steps, those that are logged stay first; more may follow.
    """
    parts = ("title", "plan", "do", "check", "act")
    changed = tuple(
        part
        for part in parts
        if getattr(logged, part) is not None and getattr(logged, part) != getattr(new, part)
    )
    same = logged.steps == new.steps[: len(logged.steps)]
    return changed if same else (*changed, "steps")
