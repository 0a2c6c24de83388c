"""A made-up programme that fills every table of estimates, and tables with numbers changed."""

from __future__ import annotations

import csv
import random
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from evalkit.model.effect import EffectSize
from evalkit.model.goals import GoalRow
from evalkit.model.vocabulary import Domain, Kind, Nature, Verdict, WaveKind
from evalkit.synthesis.goals import pooled_goals
from evalkit.synthesis.pooled import pooled_estimates
from evalkit.synthesis.programme import NOTHING_SHARED, programme
from evalkit.synthesis.shared_schools import InPools, Shared
from evalkit.synthesis.tables import TABLES, column_types, frame, to_csv

from .test_pooled import row

ESTIMATED = ("pooled", "sensitivity", "multilevel", "moderators", "goals-pooled")
"""The tables of estimates over projects."""

DOMAINS = {
    "fonds.score": Domain.achievement,
    "fonds.taal": Domain.achievement,
    "fonds.plezier": Domain.attitude,
    "fonds.rust": Domain.attitude,
    "fonds.druk": Domain.attitude,
}

ASSUMED = ("rho",)
"""Columns of numbers that are an assumption, not an estimate."""


def estimates(
    measure: str, count: int, seed: int, spread: float, **changes: Any
) -> list[EffectSize]:
    rng = random.Random(seed)
    return [
        row(
            f"p{n:02}",
            rng.gauss(0.3, spread),
            rng.uniform(0.02, 0.09),
            measure=measure,
            nature=Nature.renewal if n % 3 else Nature.innovation,
            features={"scale": float(n % 7), "kind": ("a", "b")[n % 2]},
            **{"respondent": "pupil", "metric": "DPPC2" if n % 5 else "SMD", **changes},
        )
        for n in range(count)
    ]


def many() -> list[EffectSize]:
    """A programme as it may be: pools of 12, 11, 3, 2 and 1, some of another family or kind."""
    first = [
        one.model_copy(update={"baseline_verdict": Verdict.fails}) if n % 4 == 0 else one
        for n, one in enumerate(estimates("fonds.score", 12, 5, 0.4))
    ]
    return [
        *first,
        *estimates("fonds.taal", 11, 7, 0.4),
        *estimates("fonds.score", 6, 17, 0.4, wave="later"),
        *estimates("fonds.taal", 5, 12, 0.4, wave="later"),
        *estimates("fonds.plezier", 3, 3, 0.3),
        *estimates("fonds.rust", 2, 4, 0.3),
        *estimates("fonds.rust", 1, 4, 0.3, wave="later"),
        *estimates("fonds.druk", 4, 6, 0.5, kind=Kind.side_effect),
        *estimates("fonds.score", 2, 8, 0.3, metric="SMD_ML_WITHIN"),
        *estimates("fonds.minuten", 4, 9, 0.1, metric="ROM"),
    ]


def equal() -> list[EffectSize]:
    """Four projects whose two outcomes are all the same, so that every variance is 0."""
    return [
        row(f"p{n:02}", yi, vi, measure=measure, respondent="pupil")
        for measure, yi, vi in (
            ("fonds.score", -0.04091739959810331, 0.018255205326835593),
            ("fonds.taal", -0.10286782781968024, 0.014416860240142432),
        )
        for n in range(4)
    ]


def goals() -> list[GoalRow]:
    """Two goals of six projects in two waves; the T-score is that of a project in a wave."""
    rng = random.Random(2)
    waves = (("baseline", WaveKind.baseline, 41.0), ("post", WaveKind.post, 54.0))
    scores = [
        (n, wave, kind, mean + n * rng.random()) for wave, kind, mean in waves for n in range(6)
    ]
    return [
        GoalRow.model_validate({
            "project": f"p{n:02}", "project_type": ("a", "b")[n % 2], "variant": "small",
            "wave": wave, "wave_kind": kind, "goal": goal, "text": "Doel", "weight": 1,
            "schools": 1, "level": 0, "t_score": t_score,
        })
        for n, wave, kind, t_score in scores
        for goal in ("g1", "g2")
    ]  # fmt: skip


THREE = Shared(("p00", "p01", "p02"), schools=2, comparison=1, crosswise=0)
TWO = Shared(("p05", "p06"), schools=1, comparison=1, crosswise=0)
SHARED = {
    ("fonds.score", "1.0", "post", "g"): (THREE, TWO),
    ("fonds.plezier", "1.0", "post", "g"): (THREE,),
}


def write(
    folder: Path,
    effects: Sequence[EffectSize],
    rated: Sequence[GoalRow] = (),
    shared: InPools = NOTHING_SHARED,
) -> Path:
    """The tables of a programme with these effects and goals, as CSV, in a folder that is made."""
    folder.mkdir()
    years = {one.project: 2026 + int(one.project[1:]) % 3 for one in effects}
    found = programme(effects, {}, DOMAINS, years, shared)
    tables: Mapping[str, Sequence[BaseModel]] = {
        "effects": effects, "pooled": pooled_estimates(effects, {}),
        "sensitivity": found.sensitivity, "multilevel": found.levels,
        "moderators": found.moderators, "goals": rated, "goals-pooled": tuple(pooled_goals(rated)),
    }  # fmt: skip
    for name, content in tables.items():
        (folder / f"{name}.csv").write_bytes(to_csv(frame(content, TABLES[name])))
    return folder


Changed = set[tuple[int, str]]


def change(path: Path) -> Changed:
    """Change one number of every column, by one in a thousand, for each check or model apart.

    What is counted is raised by one, what is true becomes false. The number changed is the largest
    of its column; k is changed in a row of its own, since a row with another k is not looked at.

    Returns:
        the rows, from 1, and columns.
    """
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    kinds = column_types(TABLES[path.stem], {})
    groups: dict[str, list[int]] = {}
    for place, one in enumerate(rows):
        groups.setdefault(one.get("check") or one.get("model") or "", []).append(place)
    found: Changed = set()
    for places in groups.values():
        # Not the pool that the rows of other tables are about.
        own = min(places, key=lambda i: rows[i].get("selection") == "all")
        rest = [i for i in places if i != own] or [own]
        for name in sorted(numeric(path.stem)):
            known = [i for i in ([own] if name == "k" else rest) if rows[i][name]]
            if kinds[name] == "number":  # a thousandth of 0 is 0
                known = [i for i in known if _size(rows[i][name])]
            if known and not (name == "k" and rest == [own]):
                place = max(known, key=lambda i: _size(rows[i][name]))
                rows[place][name] = _CHANGES[kinds[name]](rows[place][name])
                found.add((place + 1, name))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return found


def changed(folder: Path, tables: Sequence[str]) -> dict[str, Changed]:
    """Change numbers of these tables in a folder; every column of numbers has one at least."""
    found = {table: change(folder / f"{table}.csv") for table in tables}
    for table, places in found.items():
        assert {name for _, name in places} == numeric(table)
    return found


def named(printed: str) -> dict[str, Changed]:
    """The rows and columns, by table, that a script says differ."""
    found: dict[str, Changed] = {}
    for table, place, column in _DIFFERENCE.findall(printed):
        found.setdefault(table, set()).add((int(place), column))
    return found


_DIFFERENCE = re.compile(r"([a-z-]+)\.csv row (\d+)(?: \(.*\))?, (\w+):")

_CHANGES: Mapping[str, Callable[[str], str]] = {
    "number": lambda text: repr(float(text) * 1.001),
    "integer": lambda text: str(int(float(text)) + 1),
    "boolean": lambda text: {"TRUE": "FALSE", "FALSE": "TRUE"}[text],
}


def _size(text: str) -> float:
    return float(text == "TRUE") if text in ("TRUE", "FALSE") else abs(float(text))


def numeric(table: str) -> set[str]:
    """The columns of a table that hold estimates."""
    kinds = column_types(TABLES[table], {})
    return {name for name, kind in kinds.items() if kind != "string" and name not in ASSUMED}
