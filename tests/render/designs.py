"""Designs to look at: those of the example projects, and one with every part filled."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from evalkit.model.design import (
    CostlyMeasure,
    Design,
    PlannedDeadline,
    Power,
    RuleOutcome,
    RungStep,
    YearlyBurden,
)
from evalkit.model.project import Alternative, Arm, Conditions, GroupSize, Prediction
from evalkit.model.text import Lang, Text
from evalkit.model.vocabulary import ArmRole, Direction, Respondent
from evalkit.workspace import designs
from evalkit.workspace.workspace import Workspace
from tests.conftest import ROOT

EXAMPLES = {
    "leeskringen": "lof-small/project.yaml",
    "economie-havo": "datateam/project.yaml",
    "slimfit-public": "grant-round/projects/slimfit-public.yaml",
}
LANGUAGES: tuple[Lang, ...] = ("nl", "en")


def example_designs(folder: Path) -> dict[str, Design]:
    """The designs of the example projects, each as its file says."""
    made = {}
    with Workspace.create(folder / "werk") as workspace:
        for project, path in EXAMPLES.items():
            designs.add_project(workspace, ROOT / "examples" / path)
            made[project] = designs.make(workspace, project)
    return made


def told_in(design: Design, language: Lang) -> Design:
    """The same design for readers of a language."""
    return design.model_copy(update={"language": language})


def both(text: str) -> Text:
    return Text(nl=text, en=text)


def filled(design: Design, **changes: Any) -> Design:
    """The design with every optional part there, and texts as long as people write them."""
    measure = next(m.id for m in design.measures)
    size = GroupSize(classes=24, pupils=600, teachers=36, parents=900)
    project = design.project.model_copy(
        update={
            "arms": tuple(
                Arm(role=role, label=f"groep {role.value}", size=size) for role in ArmRole
            ),
            "conditions": Conditions(leadership="De directie doet mee.", time="Een dagdeel."),
            "predictions": (
                Prediction(text="De scores stijgen.", measure=measure, direction=Direction.higher),
                Prediction(text="De rest blijft gelijk."),
            ),
            "alternatives": (Alternative(text="Een nieuwe methode.", check="Gelijk in beide."),),
        }
    )
    waves = tuple(
        wave.model_copy(update={"school_days": 13 + n}) for n, wave in enumerate(design.waves)
    )
    values: dict[str, Any] = {
        "project": project,
        "waves": waves,
        "yearly_burden": tuple(_burden()),
        "costly": (CostlyMeasure(measure=measure, minutes=24, hours=36.5),),
        "power": (power(Respondent.pupil), power(Respondent.teacher, mdes=0.52)),
        "deadlines": tuple(
            PlannedDeadline(
                id=f"report_{n}", label=both(f"Rapport {n}"), due=dt.date(2027 + n, 9, 1)
            )
            for n in range(4)
        ),
        "ladder": rungs(),
        "expected_rung": 3,
    }
    return design.model_copy(update=values | changes)


def _burden() -> list[YearlyBurden]:
    return [
        YearlyBurden(
            school_year=f"{year}-{year + 1}",
            respondent=who,
            minutes=37,
            persons=persons,
            hours=37 * persons / 60,
            hours_per_school=37 * persons / 120,
            cost=1234.5 if who is Respondent.teacher else None,
        )
        for year in range(2026, 2034)
        for who, persons in zip(Respondent, (1200, 72, 900, 12), strict=False)
    ]


def power(who: Respondent, **changes: Any) -> Power:
    """A plan with 24 classes in each arm."""
    values: Mapping[str, Any] = {
        "measures": ("core.attainment",),
        "respondent": who,
        "schools": (6, 6),
        "clusters": (24, 24),
        "units": (600, 600),
        "icc": 0.2,
        "pretest_correlation": 0.5,
        "mdes": 0.35,
        "target": 0.2,
        "needed_clusters": 71,
        "curve": tuple((n, round(1.7 / n**0.5, 3)) for n in range(4, 80, 4)),
        "formula": "Bloom (1995), vergelijking 1",
    }
    return Power(**{**values, **changes})


def rungs() -> tuple[RungStep, ...]:
    """Rung 3 reached; two rules of rung 4 and one of rung 5 do not hold."""
    unmet = {4: ("voorspelling", "verklaring"), 5: ("loting",)}
    return tuple(
        RungStep(
            rung=rung,
            rules=tuple(
                RuleOutcome(
                    id=f"regel.{name}",
                    rung=rung,
                    met=rung not in unmet,
                    reason=both(f"Reden van {name}."),
                    lift=both(f"+1: doe iets aan {name}.") if rung in unmet else None,
                    source=f"bron {rung % 2}",
                )
                for name in unmet.get(rung, (f"grond {rung}",))
            ),
        )
        for rung in range(6)
    )
