"""Someone puts side by side all that one workspace publishes, and computes what was withheld.

The attack takes the lists of `evalkit totals`, the tables of a synthesis, its figures and what is
known anyhow: which schools take part in which group, and that a school that takes part has at least
one person. It is held against the rows that were delivered.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from evalkit.model.synthesis import Synthesis
from evalkit.workspace import totals as totals_module
from evalkit.workspace.synthesis import synthesize
from evalkit.workspace.workspace import Workspace

from . import rounds

THRESHOLD = 5
SCHOOLS = ("05KO", "12AB01", "27XY", "01AA", "02BB", "03CC")
MEASURE, PROCESS = "fonds.score", "core.support"
POST, TEACHERS = "post|pupil|unit", "post|teacher|unit"
SENT_AS_TOTALS = "post|pupil|aggregate"

Sizes = Mapping[str, Mapping[str, int]]

LAYOUTS: dict[str, Sizes] = {
    "one-small": {"intervention": {"05KO": 8, "12AB01": 3}, "comparison": {"27XY": 14}},
    "two-small": {
        "intervention": {"05KO": 8, "12AB01": 2, "27XY": 2, "01AA": 17},
        "comparison": {"02BB": 9, "03CC": 4, "27XY": 6},
    },
    "all-small": {"intervention": {"05KO": 4, "12AB01": 3}, "comparison": {"27XY": 2, "01AA": 4}},
    "arm-small": {"intervention": {"05KO": 20, "12AB01": 9}, "comparison": {"27XY": 3}},
    "none-small": {"intervention": {"05KO": 20, "12AB01": 9}, "comparison": {"27XY": 7}},
}
Cell = tuple[str, str, str, str]
"""Moment, measure, group, school."""


@dataclass
class Published:
    """What is told of one project: of schools, and of groups as a whole."""

    n: dict[Cell, int] = field(default_factory=dict)
    mean: dict[Cell, float] = field(default_factory=dict)
    whole: dict[tuple[str, str, str], tuple[int, float]] = field(default_factory=dict)


def published(table: pd.DataFrame, found: Synthesis, project: str) -> Published:
    told = Published()
    for row in table[~table["suppressed"].astype(bool)].itertuples():
        cell = (row.wave, row.measure, row.arm, row.school)
        told.n[cell], told.mean[cell] = int(row.n), float(row.mean)
    for change in found.changes:
        if change.project == project and change.school is not None:
            for wave, mean in (("baseline", change.before), (change.wave, change.after)):
                told.mean[wave, change.measure, str(change.arm), change.school] = mean
    for effect in found.effects:
        if effect.project != project or effect.subgroup != "all":
            continue
        for arm, n, after, before in (
            ("intervention", effect.n_t, effect.mean_t, effect.pre_mean_t),
            ("comparison", effect.n_c, effect.mean_c, effect.pre_mean_c),
        ):
            for wave, mean in ((effect.wave, after), ("baseline", before)):
                if n is not None and mean is not None:  # Here the same persons in both waves.
                    told.whole[wave, effect.measure, arm] = (n, mean)
    for one in (*found.process, *found.lasting):
        if one.project == project and one.n is not None and one.mean is not None:
            named = getattr(one, "measure", None) or f"item {getattr(one, 'item', '')}"
            told.whole[one.wave, named, str(one.arm)] = (one.n, one.mean)
    return told


def recomputed(told: Published, cells: Mapping[Cell, tuple[int, float]]) -> Iterator[str]:
    """What the attack has of cells that are too small to be told."""
    for cell, (n, _) in cells.items():
        if n < THRESHOLD and (cell in told.n or cell in told.mean):
            yield f"{cell} is told"
    for key, (total, mean) in told.whole.items():
        here = [cell for cell in cells if cell[:3] == key]
        unknown = [cell for cell in here if cell not in told.n]
        if not any(cells[cell][0] < THRESHOLD for cell in unknown):
            continue
        rest = total - sum(told.n[cell] for cell in here if cell in told.n)
        amount = total * mean - sum(told.n[c] * told.mean[c] for c in here if c in told.n)
        assert rest == sum(cells[cell][0] for cell in unknown)
        if len(unknown) == 1:
            assert amount / rest == pytest.approx(cells[unknown[0]][1])
            yield f"{unknown[0]} is {rest} persons with a mean of {amount / rest}"
        elif len(unknown) < len(here) and rest - len(unknown) < THRESHOLD:
            yield f"{unknown} are {rest} persons together"


def rows_of(sizes: Sizes, wave: str, rng: np.random.Generator) -> list[dict[str, Any]]:
    return [
        {"school": school, "class": school, "unit": f"{arm[:1]}{i}", "arm": arm,
         MEASURE: round(rng.normal(50, 8), 3), "fonds.absence": float(rng.integers(0, 9))}
        for arm, counts in sizes.items() for school, n in counts.items() for i in range(n)
    ]  # fmt: skip


def cells_of(rows: list[dict[str, Any]], wave: str, measure: str) -> dict[Cell, tuple[int, float]]:
    groups = pd.DataFrame(rows).groupby(["arm", "school"])[measure]
    return {(wave, measure, *key): (len(v), float(v.mean())) for key, v in groups}


def delivered(workspace: Workspace, folder: Path, name: str) -> dict[Cell, tuple[int, float]]:
    """A project of that layout, with its rows; returns what was delivered of each cell."""
    sizes, rng = LAYOUTS[name], np.random.default_rng(len(name))
    schools = {s: ", ".join(a for a, c in sizes.items() if s in c) for s in SCHOOLS}
    text = rounds.project_text(name, schools={s: arms for s, arms in schools.items() if arms})
    design = rounds.designed(workspace, folder, text)
    pupils = {wave: rows_of(sizes, wave, rng) for wave in ("baseline", "post")}
    teachers = [
        {"school": school, "unit": f"t{i}", "arm": "intervention",
         PROCESS: float(rng.integers(1, 6))}
        for school, n in sizes["intervention"].items() for i in range(n)
    ]  # fmt: skip
    parts = {f"{wave}|pupil|unit": rows for wave, rows in pupils.items()} | {TEACHERS: teachers}
    rounds.deliver(workspace, design, parts, folder)
    cells = cells_of(teachers, "post", PROCESS)
    for wave, rows in pupils.items():
        for measure in (MEASURE, "fonds.absence"):
            cells |= cells_of(rows, wave, measure)
    return cells


@pytest.fixture
def attacked(workspace: Workspace, tmp_path: Path) -> dict[str, list[str]]:
    return attack(workspace, tmp_path)


def attack(workspace: Workspace, folder: Path) -> dict[str, list[str]]:
    cells = {name: delivered(workspace, folder, name) for name in LAYOUTS}
    found = synthesize(workspace)
    assert found.process
    assert found.changes
    had = {}
    for name in LAYOUTS:
        told = published(totals_module.totals(workspace, name), found, name)
        had[name] = list(recomputed(told, cells[name]))
        if name == "none-small":  # Nothing is withheld without need.
            assert told.n == {cell: n for cell, (n, _) in cells[name].items()}
            assert any(cell[0] == "post" and cell[1] == MEASURE for cell in told.mean)
    return had


def test_nothing_withheld_follows_from_all_that_is_published(
    attacked: dict[str, list[str]],
) -> None:
    assert {name: had for name, had in attacked.items() if had} == {}


def test_the_attack_succeeds_where_each_table_is_protected_by_itself(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def alone(cells: pd.DataFrame, *_: Any) -> pd.DataFrame:
        small = cells["n"] < THRESHOLD
        return cells.assign(suppressed=small)

    monkeypatch.setattr(totals_module, "_published", alone)
    had = attack(workspace, tmp_path)
    assert {name for name, found in had.items() if found} == {"one-small", "two-small"}


def test_a_school_that_sent_totals_does_not_follow_from_the_others(
    workspace: Workspace, tmp_path: Path
) -> None:
    """Its own totals are not listed, but they are in the numbers of the group."""
    schools = {"05KO": "intervention", "12AB01": "intervention", "27XY": "comparison"}
    design = rounds.designed(workspace, tmp_path, rounds.project_text(schools=schools))
    sizes = {"intervention": {"05KO": 8}, "comparison": {"27XY": 14}}
    rows = rows_of(sizes, "post", np.random.default_rng(1))
    sent = [
        {"school": "12AB01", "arm": "intervention", "measure": MEASURE, "n": 3, "mean": 51.0,
         "sd": 2.0}
    ]  # fmt: skip
    rounds.deliver(workspace, design, {POST: rows, SENT_AS_TOTALS: sent}, tmp_path)
    (effect,) = (e for e in synthesize(workspace).effects if e.measure == MEASURE)
    assert effect.n_t == 11
    shown = totals_module.totals(workspace, design.project.id)
    scores = shown[shown["measure"] == MEASURE].set_index("school")
    assert scores["suppressed"].to_dict() == {"05KO": True, "27XY": False}
    absence = shown[shown["measure"] == "fonds.absence"].set_index("school")
    assert not absence["suppressed"].any()


def test_one_person_with_several_subjects_is_one_person(
    workspace: Workspace, tmp_path: Path
) -> None:
    """Three pupils with a row for each of two subjects are three persons, not six."""
    from evalkit.collect.aggregation import WaveFile, aggregate

    frame = pd.DataFrame(
        [
            {"school": "05KO", "arm": "intervention", "unit": unit, "subject": subject, "x": 1.0}
            for unit in ("a", "b", "c")
            for subject in ("one", "two")
        ]
        + [{"school": "05KO", "arm": "intervention", "unit": None, "subject": "one", "x": None}]
    )
    path = tmp_path / "rows.parquet"
    frame.to_parquet(path)
    found = aggregate([WaveFile("post", path)], ["x"], persons=True)
    assert found[["n", "persons"]].to_numpy().tolist() == [[6, 3]]
    others = pd.DataFrame({c: [] for c in totals_module._COLUMNS})
    shown = totals_module._published(found, others, {"x"}, THRESHOLD)
    assert shown["suppressed"].tolist() == [True]
    assert shown[["n", "mean", "sd"]].isna().all(axis=None)


def test_people_read_labels_and_programs_codes(
    workspace: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import json

    from evalkit.cli.main import main

    delivered(workspace, tmp_path, "none-small")

    def said(*options: str) -> str:
        folder = str(workspace.path)
        with pytest.raises(SystemExit) as caught:
            main(["totals", "none-small", "--workspace", folder, "--lang", "nl", *options])
        assert not caught.value.code
        return capsys.readouterr().out

    shown = said()
    assert "nulmeting" in shown
    assert "toetsscore" in shown
    assert "interventiegroep" in shown
    assert not {"baseline", "intervention", "fonds.score"} & set(shown.split())
    assert not [line for line in shown.splitlines() if ".0" in line]
    (first, *_) = json.loads(said("--json"))
    assert (first["wave"], first["arm"]) == ("baseline", "intervention")
