"""What an IIO design should have, and the remarks if it does not."""

from __future__ import annotations

from collections.abc import Iterator

from evalkit import Design, Finding, Place, Text


def check_comparison(design: Design) -> Iterator[Finding]:
    """A warning if there is no comparison group.

    IIO aims at more pupils per teacher without harm to quality or workload. "Without harm" can
    only be told from schools that went on as before.
    """
    if design.project.has_comparison:
        return
    name = design.type.label
    yield Finding(
        code="iio.no_comparison",
        severity="warning",
        place=Place(key="arms"),
        wrong=Text(
            nl=f"Dit {name.nl}-project heeft geen vergelijkingsgroep. Of de kwaliteit en de "
            "werkdruk gelijk blijven, is dan niet van andere ontwikkelingen te onderscheiden.",
            en=f"This {name.en} project has no comparison group. Whether quality and workload "
            "stay the same can then not be told from other developments.",
        ),
        remedy=Text(
            nl="Zoek groepen of scholen die nog gewoon doorwerken en zet ze als "
            "vergelijkingsgroep onder 'arms'.",
            en="Find classes or schools that go on as before and put them under 'arms' as the "
            "comparison group.",
        ),
    )


def check_scenario(design: Design) -> Iterator[Finding]:
    """A warning if the type has scenarios and the project chooses none: they differ in effect."""
    if not design.type.scenarios or design.project.scenario is not None:
        return
    names = ", ".join(scenario.id for scenario in design.type.scenarios)
    yield Finding(
        code="iio.scenario_missing",
        severity="warning",
        place=Place(key="scenario"),
        wrong=Text(
            nl="Het project kiest geen scenario. De resultaten liepen per scenario uiteen, dus "
            "zonder keuze is dit project daarop niet te vergelijken.",
            en="The project chooses no scenario. Results differed per scenario, so without a "
            "choice this project cannot be compared on it.",
        ),
        remedy=Text(
            nl=f"Zet het scenario onder 'scenario': {names}.",
            en=f"Put the scenario under 'scenario': {names}.",
        ),
    )
