"""Own goals and what makes change last, from what projects deliver to the tables."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from evalkit.model.synthesis import Synthesis
from evalkit.synthesis.goals import pooled_goals
from evalkit.workspace.cycles import add_card
from evalkit.workspace.outputs import table_files
from evalkit.workspace.synthesis import synthesize
from evalkit.workspace.workspace import Workspace

from . import rounds

GOALS = """\
goals:
  - {id: lezen, text: Elke dag lezen., weight: 3, levels: [nooit, soms, vaak, meestal, altijd]}
  - {id: praten, text: Samen praten., levels: [nooit, soms, vaak, meestal, altijd]}
"""
CARD = "project: {id}\ndeterminants: [clear_goals]\n"
MANY = {f"00{a}{b}": "intervention" for a in "ABC" for b in "KLMN"}
FEW = {"00AK": "intervention", "00AL": "intervention"}


def delivered(workspace: Workspace, folder: Path, id: str, schools: dict[str, str]) -> None:
    text = rounds.project_text(id, arms=rounds.ONE_ARM, schools=schools, more=GOALS)
    design = rounds.designed(workspace, folder, text)
    conditions = design.measure("core.determinants").columns
    parts = {}
    for wave, level in (("baseline", -1), ("post", 1)):
        parts[f"{wave}|school|unit"] = [
            {
                "school": brin, "arm": "intervention", "core.own_goals.lezen": level,
                "core.own_goals.praten": 0,
                **({} if wave == "baseline" else dict.fromkeys(conditions, 2 + i % 2)),
            }
            for i, brin in enumerate(schools)
        ]  # fmt: skip
    result = rounds.deliver(workspace, design, parts, folder)
    assert result.stored, rounds.codes(result.findings)
    add_card(workspace, rounds.written(folder, "kaart.yaml", CARD.format(id=id)))


@pytest.fixture
def found(workspace: Workspace, tmp_path: Path) -> Synthesis:
    delivered(workspace, tmp_path, "groot", MANY)
    delivered(workspace, tmp_path, "klein", FEW)
    return synthesize(workspace)


def test_own_goals_and_conditions_are_followed_over_time(found: Synthesis, tmp_path: Path) -> None:
    small = [(r.wave, r.goal, r.level, r.schools) for r in found.goals if r.project == "klein"]
    assert small == [
        ("baseline", "lezen", -1, 2), ("baseline", "praten", 0, 2),
        ("post", "lezen", 1, 2), ("post", "praten", 0, 2),
    ]  # fmt: skip
    # T = 50 + 10 · 3 / √(0.7 · (9 + 1) + 0.3 · 4²), Kiresuk & Sherman (1968).
    expected = 50 + 30 / 11.8**0.5
    scores = {r.t_score for r in found.goals if r.wave == "post"}
    assert {round(score, 9) for score in scores} == {round(expected, 9)}
    pools = {(p.wave, p.by, p.about): p for p in pooled_goals(found.goals)}
    assert pools["post", "all", "level"].k == 2
    assert pools["post", "all", "change"].mean_t == pytest.approx(60 / 11.8**0.5)
    assert "kwamen de eigen doelen dichterbij" in pools["post", "all", "change"].text_nl

    large = {r.code: r for r in found.lasting if r.project == "groot"}
    assert len(large) == 18
    assert (large["clear_goals"].n, large["clear_goals"].mean) == (12, 2.5)
    assert [code for code, r in large.items() if r.on_card] == ["clear_goals"]
    few = [r for r in found.lasting if r.project == "klein"]
    assert {(r.n, r.mean, r.suppressed) for r in few} == {(None, None, True)}

    files = table_files(found, tmp_path).files
    for name in ("goals", "goals-pooled", "lasting", "factors", "moederbestand-long"):
        assert f"{name}.csv" in files
        assert f"parquet/{name}.parquet" in files
    assert len(pd.read_csv(tmp_path / "goals.csv")) == 8
    assert len(pd.DataFrame([r.model_dump() for r in found.goals])) == 8
