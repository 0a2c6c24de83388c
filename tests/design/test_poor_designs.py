"""Designs with one fault each get the findings and the rung a methodologist would name.

The files in ``poor/`` begin with the fault. Beside each stands what must be said of it: codes with
their places, the rung the design can reach, and the rules that keep it there.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from evalkit.model.design import Design
from tests.conftest import ROOT

from .projects import designed

POOR = Path(__file__).parent / "poor"


class Said(NamedTuple):
    """What a methodologist would say."""

    rung: int
    findings: tuple[tuple[str, str], ...] = ()
    rules: tuple[str, ...] = ()


TOO_FEW = ("ladder.5.detectable",)

SAID = {
    "sound-scheme": Said(5),
    "sound-teachers": Said(4, (), TOO_FEW),
    "sound-team": Said(4, (), TOO_FEW),
    "no-description": Said(
        0, (("project.no_description", "description"),), ("ladder.1.description", *TOO_FEW)
    ),
    "description-in-a-word": Said(
        0, (("project.no_description", "description"),), ("ladder.1.description", *TOO_FEW)
    ),
    "no-theory": Said(1, (("project.no_theory", "theory"),), ("ladder.2.theory", *TOO_FEW)),
    "renewal-without-evidence": Said(
        1, (("project.renewal_without_evidence", "theory"),), ("ladder.2.evidence",)
    ),
    "year-without-research": Said(
        1, (("project.renewal_without_evidence", "theory"),), ("ladder.2.evidence", *TOO_FEW)
    ),
    "no-goals": Said(2, (("project.no_goals", "goals"),), ("ladder.3.goals", *TOO_FEW)),
    "goals-alike": Said(
        2, (("project.goal_levels", "goals[0].levels"),), ("ladder.3.goals", *TOO_FEW)
    ),
    "no-predictions": Said(
        3,
        (("project.no_predictions", "predictions"),),
        ("ladder.4.prediction",),
    ),
    "predictions-vague": Said(
        3, (("project.predictions_unmeasured", "predictions"),), ("ladder.4.measured",)
    ),
    "prediction-not-taken": Said(
        3, (("project.prediction_not_taken", "predictions[0].measure"),), ("ladder.4.measured",)
    ),
    "no-alternatives": Said(
        3, (("project.no_alternatives", "alternatives"),), ("ladder.4.alternatives",)
    ),
    "conditions-empty": Said(
        0,
        tuple(
            ("project.condition_unsaid", f"conditions.{name}")
            for name in ("leadership", "time", "resources")
        ),
        ("ladder.1.conditions",),
    ),
    "no-comparison": Said(
        4,
        (("iio.no_comparison", "arms"),),
        ("ladder.5.comparison",),
    ),
    "comparison-unfit": Said(
        4, (("project.comparison_unfit", "comparison"),), ("ladder.5.design",)
    ),
    "one-class-per-arm": Said(4, (("project.one_per_arm", "arms"),), ("ladder.5.size",)),
    "one-school-per-arm": Said(4, (("project.one_per_arm", "arms"),), ("ladder.5.size",)),
    "classes-of-two-schools": Said(4, (("project.one_per_arm", "arms"),), ("ladder.5.size",)),
    "teachers-of-one-school": Said(4, (("project.one_per_arm", "arms"),), ("ladder.5.size",)),
    "crossover-of-few-subjects": Said(5, (("design.underpowered", "arms"),)),
    "sizes-impossible": Said(4, (("project.sizes_odd", "arms[0].size"),), TOO_FEW),
    "drawn-but-not-within": Said(
        4, (("project.assignment_draw", "assignment"),), ("ladder.5.assignment",)
    ),
    "school-in-both-arms": Said(
        4, (("project.assignment_arms", "assignment"),), ("ladder.5.assignment",)
    ),
    "test-outside-waves": Said(5, (("project.instrument_unknown", "instruments[0]"),)),
    "too-short": Said(4, (("design.project_short", "end"),), TOO_FEW),
    "two-months": Said(4, (("design.project_short", "end"),), TOO_FEW),
    "underpowered": Said(4, (("design.underpowered", "arms"),), TOO_FEW),
}


def findings(made: Design) -> tuple[tuple[str, str | None], ...]:
    return tuple((found.code, found.place.key) for found in made.findings)


def unmet(made: Design) -> tuple[str, ...]:
    return tuple(rule.id for step in made.ladder for rule in step.rules if rule.lift)


def test_every_file_is_judged_and_says_its_fault() -> None:
    files = sorted(POOR.glob("*.yaml"))
    assert {path.stem for path in files} == set(SAID)
    for path in files:
        assert path.read_text(encoding="utf-8").startswith("# "), path.name


@pytest.mark.parametrize("name", SAID)
def test_a_design_gets_the_findings_and_the_rung_it_deserves(name: str) -> None:
    made = designed(POOR / f"{name}.yaml")
    said = SAID[name]
    assert findings(made) == said.findings
    assert (made.expected_rung, unmet(made)) == (said.rung, said.rules)


@pytest.mark.parametrize(
    ("case", "rung", "rules"),
    [("lof-small", 4, TOO_FEW), ("datateam", 4, TOO_FEW), ("iio-crossover", 5, ())],
)
def test_the_examples_are_sound(case: str, rung: int, rules: tuple[str, ...]) -> None:
    """Small ones cannot prove anything, which their schemes do not ask of them."""
    made = designed(ROOT / "examples" / case / "project.yaml")
    assert findings(made) == ()
    assert (made.expected_rung, unmet(made)) == (rung, rules)


def test_each_treated_subject_of_the_crossover_has_a_control_of_its_own() -> None:
    made = designed(ROOT / "examples" / "iio-crossover" / "project.yaml")
    controls = {(pair.control_school, pair.control_subject) for pair in made.pairs}
    assert len(made.pairs) == len(controls) == 42
    assert all(pair.subject == pair.control_subject for pair in made.pairs)
    assert all(pair.school != pair.control_school for pair in made.pairs)


@pytest.mark.parametrize(
    ("name", "rung"),
    [("public", 5), ("protestant", 5), ("catholic", 5), ("independent", 4)],
)
def test_the_grant_round_keeps_its_rungs(name: str, rung: int) -> None:
    folder = ROOT / "examples" / "grant-round" / "projects"
    assert designed(folder / f"slimfit-{name}.yaml").expected_rung == rung
