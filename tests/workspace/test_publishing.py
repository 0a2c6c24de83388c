"""What a synthesis writes says nothing of small groups, in whichever file."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from evalkit.model.effect import EffectSize
from evalkit.workspace import effect_table
from evalkit.workspace.synthesis import synthesize, write
from evalkit.workspace.workspace import Workspace

from . import rounds
from .rounds import POST

Written = dict[str, bytes]
Change = Callable[[list[dict[str, Any]]], list[dict[str, Any]]]

ALIKE = -1.0
"""Instead of how much higher: everybody has the same score."""
SCHOOLS = {"05KO": "intervention", "12AB01": "comparison"}


@pytest.fixture(scope="module")
def writing(
    tmp_path_factory: pytest.TempPathFactory, first_day: Path, plugins: Any
) -> Callable[[int, float], Written]:
    """All files of a programme in which one project has a small comparison group."""

    def writing(persons: int, higher: float) -> Written:
        folder = tmp_path_factory.mktemp(f"{persons}-{higher}")
        shutil.copytree(first_day, folder / "map")
        with Workspace.open(folder / "map", today=rounds.TODAY) as workspace:
            vars(workspace)["plugins"] = plugins
            for number, name in enumerate(("een", "twee", "drie")):
                made = rounds.designed(
                    workspace, folder, rounds.project_text(name, schools=SCHOOLS)
                )
                rows = rounds.pupils("post", schools=SCHOOLS, seed=number)
                if name == "twee":
                    rows = small(rows, persons, higher)
                rounds.deliver(workspace, made, {POST: rows}, folder)
            write(workspace, folder / "uit", "nl")
        files = (path for path in (folder / "uit").rglob("*") if path.is_file())
        return {path.relative_to(folder / "uit").as_posix(): path.read_bytes() for path in files}

    return writing


@pytest.fixture(scope="module")
def written(writing: Callable[[int, float], Written]) -> Callable[[int, float], Written]:
    """The same, each only made once."""
    return cache(writing)


def small(rows: list[dict[str, Any]], persons: int, higher: float) -> list[dict[str, Any]]:
    """Of the comparison group the first few, with higher scores, or all with the same."""
    group = [row for row in rows if row["arm"] == "comparison"][:persons]
    for row in group:
        row["fonds.score"] = row["fonds.score"] + higher if higher != ALIKE else 6.0
    return [*(row for row in rows if row["arm"] == "intervention"), *group]


def test_every_file_is_the_same_whatever_a_small_group_holds(
    written: Callable[[int, float], Written],
) -> None:
    """Nothing can be computed from files that do not depend on it: values, nor their number."""
    first = written(3, 0.0)
    assert "report.pdf" in first
    others = [(3, 9.0), (2, 0.0), (4, 1.5), (1, 0.0), (1, 3.0), (4, ALIKE), (2, ALIKE)]
    for other in (written(*one) for one in others):
        assert [name for name in first if first[name] != other.get(name)] == []
        assert other.keys() == first.keys()
    assert written(5, 0.0)["effects.csv"] != first["effects.csv"]


def test_a_small_group_alone_says_nothing_of_its_values(
    tmp_path: Path, first_day: Path, plugins: Any
) -> None:
    """Where the comparison group delivers nothing, some values have an estimate and others not."""

    def effects_of(persons: int, alike: bool) -> list[EffectSize]:
        folder = tmp_path / f"{persons}-{alike}"
        shutil.copytree(first_day, folder / "map")
        with Workspace.open(folder / "map", today=rounds.TODAY) as workspace:
            vars(workspace)["plugins"] = plugins
            text = rounds.project_text("alleen", schools=SCHOOLS)
            made = rounds.designed(workspace, folder, text)
            parts = {}
            for key, wave in ((rounds.BASELINE, "baseline"), (POST, "post")):
                rows = rounds.pupils(wave, per_arm=persons, schools={"05KO": "intervention"})
                changes = {"fonds.score": 6.0, "fonds.absence": 6.0} if alike else {}
                parts[key] = [row | changes for row in rows]
            rounds.deliver(workspace, made, parts, folder)
            hash = made.hash
            rows = list(synthesize(workspace).effects)
        assert {row.design_hash for row in rows} == {hash}
        return rows

    first = effects_of(4, alike=False)
    assert first
    assert all(row.suppressed for row in first)
    assert effects_of(4, alike=True) == effects_of(1, alike=False) == first
    assert effects_of(8, alike=True) != effects_of(8, alike=False)


def test_without_it_the_files_would_differ(
    writing: Callable[[int, float], Written], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The test above would see the small group if only its own numbers were withheld."""

    def only_primary(rows: list[EffectSize], *_: Any) -> list[EffectSize]:
        own = dict.fromkeys(("n_c", "mean_c", "sd_c", "clusters_c"))
        return [row.model_copy(update=own) if row.suppressed else row for row in rows]

    monkeypatch.setattr(effect_table, "published_effects", only_primary)
    first, other = writing(3, 0.0), writing(4, 0.0)
    differ = {name for name in first if first[name] != other[name]}
    assert differ >= {"effects.csv", "pooled.csv", "moederbestand.csv", "report.html"}


def test_the_pool_stands_on_what_is_shown(
    written: Callable[[int, float], Written], tmp_path: Path
) -> None:
    files = written(3, 0.0)
    (tmp_path / "effects.csv").write_bytes(files["effects.csv"])
    (tmp_path / "pooled.csv").write_bytes(files["pooled.csv"])
    effects, pooled = (pd.read_csv(tmp_path / name) for name in ("effects.csv", "pooled.csv"))
    scores = effects[effects["measure"] == "fonds.score"].set_index("project")
    assert scores["suppressed"].to_dict() == {"drie": False, "een": False, "twee": True}
    assert scores.loc["twee", "not_pooled_because"] == "small_group"
    assert scores["pooled"].to_dict() == {"drie": True, "een": True, "twee": False}
    row = pooled[(pooled["measure"] == "fonds.score") & (pooled["selection"] == "all")].iloc[0]
    assert (row["k"], row["projects"]) == (2, "drie; een")
    html = files["report.html"].decode()
    assert re.search(r"een groep is te klein om te publiceren", html)
    assert "None" not in html
