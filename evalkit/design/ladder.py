"""The effect ladder: which rung a design can reach, and which it has reached.

Conditions after the meta-analysis of 25 years of support for school development (2021),
overview 8. A low rung means little evidence, not a bad intervention.
"""

from __future__ import annotations

from collections.abc import Iterable

from evalkit.model.design import RungStep, ScheduleEntry
from evalkit.model.measure import Measure
from evalkit.model.project import Project
from evalkit.model.text import Text
from evalkit.model.vocabulary import BaselineStatus, Kind, Verdict


def ladder(
    project: Project,
    entries: Iterable[ScheduleEntry],
    measures: Iterable[Measure],
    baseline_waves: Iterable[str],
    later_waves: Iterable[str],
) -> tuple[RungStep, ...]:
    """Each rung with its condition: met or not, why, and what would lift the design to it."""
    outcomes = {m.id for m in measures if m.kind is Kind.outcome}
    before, after = set(baseline_waves), set(later_waves)
    seen = [e for e in entries if e.measure in outcomes]
    twice = {e.measure for e in seen if e.wave in before} & {
        e.measure for e in seen if e.wave in after
    }
    return (
        RungStep(
            rung=0,
            met=True,
            reason=Text(nl="Het project is aangemeld.", en="The project is registered."),
        ),
        _step(
            1,
            bool(project.description),
            Text(
                nl="Doel, doelgroep en aanpak staan op papier.",
                en="Aim, target group and approach are on paper.",
            ),
            Text(
                nl="Doel, doelgroep en aanpak staan niet op papier.",
                en="Aim, target group and approach are not on paper.",
            ),
            Text(nl="Vul 'description' in.", en="Fill in 'description'."),
        ),
        _step(
            2,
            bool(project.theory),
            Text(
                nl="Het project zegt waarom de aanpak zou werken.",
                en="The project says why the approach should work.",
            ),
            Text(
                nl="Het project zegt niet waarom de aanpak zou werken.",
                en="The project does not say why the approach should work.",
            ),
            Text(
                nl="Vul 'theory' in: de aannames, en het onderzoek erachter.",
                en="Fill in 'theory': the assumptions, and the research behind them.",
            ),
        ),
        _step(
            3,
            bool(twice),
            Text(
                nl="Uitkomsten worden gemeten in een nulmeting en daarna.",
                en="Outcomes are measured in a baseline and afterwards.",
            ),
            Text(
                nl="Geen uitkomst wordt zowel in een nulmeting als daarna gemeten.",
                en="No outcome is measured both in a baseline and afterwards.",
            ),
            Text(
                nl="Meet een uitkomst bij de nulmeting en bij de nameting.",
                en="Measure an outcome at the baseline and at the post-measurement.",
            ),
        ),
        _step(
            4,
            bool(project.predictions),
            Text(
                nl="Vooraf staat vast wat er verwacht wordt.",
                en="What is expected is stated beforehand.",
            ),
            Text(
                nl="Vooraf staat niet vast wat er verwacht wordt.",
                en="What is expected is not stated beforehand.",
            ),
            Text(
                nl="Vul 'predictions' in voordat de gegevens er zijn.",
                en="Fill in 'predictions' before there are data.",
            ),
        ),
        _step(
            5,
            project.has_comparison,
            Text(nl="Er is een vergelijkingsgroep.", en="There is a comparison group."),
            Text(nl="Er is geen vergelijkingsgroep.", en="There is no comparison group."),
            Text(
                nl="Voeg een vergelijkingsgroep toe die hetzelfde meet.",
                en="Add a comparison group that measures the same.",
            ),
        ),
    )


def _step(rung: int, met: bool, yes: Text, no: Text, lift: Text) -> RungStep:
    return RungStep(rung=rung, met=met, reason=yes if met else no, lift=None if met else lift)


def expected_rung(steps: Iterable[RungStep]) -> int:
    """The highest rung of which the condition and all conditions below hold."""
    reached = 0
    for step in sorted(steps, key=lambda step: step.rung):
        if not step.met:
            break
        reached = step.rung
    return reached


def reached_rung(
    expected: int, baseline: BaselineStatus, verdict: Verdict, has_estimate: bool
) -> int:
    """The rung one result reaches, given how its baseline turned out.

    Without a proven nulmeting, or with arms that differed more than 0.25 SD at the start,
    other explanations stand open; without an estimate no prediction was tested. Then the result
    is measured (rung 3) and no more. Where the arms could not be compared at the nulmeting, for
    want of data of one of them, it shows no cause (rung 5).
    """
    if baseline is not BaselineStatus.proven or verdict is Verdict.fails or not has_estimate:
        return min(expected, 3)
    return min(expected, 4) if verdict is Verdict.unknown else expected
