"""A made-up programme with everything that a synthesis report can tell, of any size."""

from __future__ import annotations

import datetime as dt
import random
from types import SimpleNamespace
from typing import Any

from evalkit.model.base import Identifier
from evalkit.model.card import Card
from evalkit.model.effect import EffectSize
from evalkit.model.goals import GoalRow
from evalkit.model.measure import Measure, Scale
from evalkit.model.standing import Owed, ProjectStanding
from evalkit.model.synthesis import GroupChange, ProcessRow, Synthesis
from evalkit.model.text import Lang, Text
from evalkit.model.vocabulary import (
    ArmRole,
    BaselineStatus,
    Comparison,
    Direction,
    Domain,
    Kind,
    Level,
    Nature,
    NotPooled,
    Respondent,
    ScaleType,
    Sector,
    Source,
    Variant,
    Verdict,
    WaveKind,
)
from evalkit.render.blocks import Document
from evalkit.render.pictures import pictures
from evalkit.render.report import synthesis_report
from evalkit.synthesis.goals import pooled_goals
from evalkit.synthesis.pooled import pooled_estimates
from evalkit.synthesis.programme import programme

DAY = dt.date(2026, 7, 10)
SCORE, WORKLOAD, STAYED, CLIMATE = "fonds.score", "fonds.workload", "fonds.stayed", "fonds.climate"
WAVE = SimpleNamespace(id="post", kind=WaveKind.post, label=Text(nl="nameting", en="afterwards"))


def measure(id: str, nl: str, en: str, **changes: Any) -> Measure:
    values: dict[str, Any] = {
        "id": id, "label": Text(nl=nl, en=en), "description": Text(nl=nl, en=en),
        "kind": Kind.outcome, "level": Level.micro, "respondent": Respondent.pupil,
        "source": Source.register, "scale": Scale(type=ScaleType.interval), "minutes": 1,
    }  # fmt: skip
    return Measure(**(values | changes))


LOWER = Scale(type=ScaleType.interval, better=Direction.lower_)
MEASURES = (
    measure(SCORE, "toetsscore", "test score", domain=Domain.achievement),
    measure(WORKLOAD, "werkdruk", "workload", respondent=Respondent.teacher, scale=LOWER),
    measure(STAYED, "blijft op school", "stays at school", scale=Scale(type=ScaleType.binary)),
    measure(CLIMATE, "overleg", "meetings", kind=Kind.process, respondent=Respondent.teacher),
)
METRICS = {SCORE: "SMD", WORKLOAD: "SMD_ADJUSTED", STAYED: "RD"}


def effect(
    project: str, measure: str, yi: float | None, vi: float | None, **changes: Any
) -> EffectSize:
    """A row of the effect table; what is not said is empty."""
    row: dict[str, Any] = {
        name: None for name, field in EffectSize.model_fields.items() if field.is_required()
    }
    row |= {
        "project": project, "project_type": "type-a", "measure": measure, "measure_version": "1.0",
        "wave": "post", "metric": METRICS[measure], "yi": yi, "vi": vi, "n_t": 40, "n_c": 50,
        "ladder_rung": 3, "pooled": yi is not None, "nature": Nature.renewal, "sector": Sector.po,
        "comparison": Comparison.comparison_group, "baseline": BaselineStatus.proven,
        "baseline_verdict": Verdict.fine, "respondent": Respondent.pupil,
        "formula": "smd: g = J(m) * d [Hedges (1981)]",
    }  # fmt: skip
    return EffectSize.model_construct(**(row | changes))


def design(project: str, number: int, **changes: Any) -> Any:
    """A design with what a report says of it."""
    kind = f"type-{'ab'[number % 2]}"
    values = {
        "project": SimpleNamespace(
            id=project, title=f"Project {number + 1}", schools=(1, 2), alternatives=(),
            comparison=Comparison.comparison_group,
            start=dt.date(2024, 9, 1), end=dt.date(2025 + number % 3, 7, 1),
        ),
        "type": SimpleNamespace(
            id=kind, version="1.0", label=Text(nl=f"Soort {kind[-1]}", en=f"Kind {kind[-1]}"),
            features=(), reference_results=(),
        ),
        "protocol": "fonds-klein", "protocol_version": "1.0",
        "protocol_title": Text(nl="Fonds *voor* scholen", en="Fund *for* schools"),
        "variant": Variant.large, "waves": (WAVE,), "measures": MEASURES, "plugins": {"iio": "1.0"},
        "analysis": SimpleNamespace(target_effect=0.2, target_for=(Respondent.pupil,)),
        "hash": f"{number:064x}", "expected_rung": 4,
    }  # fmt: skip
    return SimpleNamespace(**(values | changes))


def synthesis(
    k: int, *, silent: int = 2, seed: int = 3, measures: Any = tuple(METRICS)
) -> Synthesis:
    """``k`` projects with data, one in five without an estimate, and ``silent`` without data."""
    chance = random.Random(seed)
    projects = [f"project-{n:03}" for n in range(k)]
    rows = [
        _result(project, id, n, chance) for n, project in enumerate(projects) for id in measures
    ]
    return put_together(rows, [design(p, n) for n, p in enumerate(projects)], silent)


def _result(project: str, id: str, n: int, chance: random.Random) -> EffectSize:
    se = chance.uniform(0.06, 0.3) * (0.3 if id == STAYED else 1)
    made: dict[str, Any] = {
        "project_type": f"type-{'ab'[n % 2]}", "ladder_rung": 3 + n % 3,
        "nature": Nature.renewal if n % 3 else Nature.innovation,
        "baseline": BaselineStatus.late if n % 7 == 6 else BaselineStatus.proven,
        "baseline_verdict": list(Verdict)[n % 4],
    }  # fmt: skip
    if n % 5 == 4:
        why = NotPooled.small_group if n % 2 else NotPooled.single_group
        made |= {
            "not_pooled_because": why,
            "metric": None,
            "suppressed": why is NotPooled.small_group,
        }
        return effect(project, id, None, None, **made)
    scale = 0.3 if id == STAYED else 1
    return effect(project, id, chance.gauss(0.15 * scale, 0.2 * scale), se**2, **made)


def put_together(effects: list[EffectSize], designs: list[Any], silent: int = 0) -> Synthesis:
    """The synthesis of these rows and designs, as the workspace would make it."""
    chance = random.Random(7)
    projects = [d.project.id for d in designs]
    years = {d.project.id: d.project.end.year for d in designs}
    goals = [
        GoalRow(
            project=p, project_type="type-a", variant=Variant.large, wave="post",
            wave_kind=WaveKind.post, goal="g1", text="Een doel.", weight=1, schools=1, level=0.5,
            t_score=50 + 5 * chance.random(),
        )
        for p in projects
    ]  # fmt: skip
    process = [
        ProcessRow(project=p, measure=CLIMATE, kind=Kind.process, wave="post", arm=arm,
                   n=None if n % 6 == 5 else 20, mean=None if n % 6 == 5 else 3.0 + n / 100,
                   sd=None if n % 6 == 5 else 0.5, suppressed=n % 6 == 5)
        for n, p in enumerate(projects)
        for arm in ArmRole
    ]  # fmt: skip
    cards = [
        Card(project=p, aspects=("time",), promoting_factors={"time": ""} if n % 2 else {})
        for n, p in enumerate(projects)
    ]
    return Synthesis.model_construct(
        designs=tuple(designs),
        effects=tuple(effects),
        pooled=pooled_estimates(effects, {}),
        programme=programme(effects, {}, {m.id: m.domain for m in MEASURES}, years),
        cards=tuple(cards),
        process=tuple(process),
        changes=tuple(
            GroupChange(project=p, measure=SCORE, wave="post", arm=arm, before=50, after=52.0 + n)
            for n, p in enumerate(projects)
            for arm in ArmRole
        ),
        goals=tuple(goals),
        goals_pooled=tuple(pooled_goals(goals)),
        cycles=(),
        awarded=len(projects) + silent,
        standings=tuple(standings(projects, silent)),
        hash="3f9a1c7e" * 8,
    )


def standings(projects: list[Identifier], silent: int) -> list[ProjectStanding]:
    """Of projects with data, and of ``silent`` ones without: half of these have no design."""
    found = [
        ProjectStanding(
            project=p, title=p, designed=True, delivered=True,
            baseline=list(BaselineStatus)[min(n % 5, 2)] if n % 5 > 2 else BaselineStatus.proven,
        )
        for n, p in enumerate(projects)
    ]  # fmt: skip
    owed = Owed(measure=SCORE, label=MEASURES[0].label, wave="post", wave_label=WAVE.label,
                closes=dt.date(2026, 7, 3))  # fmt: skip
    for n in range(silent):
        found.append(
            ProjectStanding(
                project=f"stil-{n}", title=f"Stil {n}", designed=bool(n % 2), delivered=False,
                baseline=BaselineStatus.absent, owed=(owed,) if n % 2 else (),
            )
        )  # fmt: skip
    return found


def report(found: Synthesis, lang: Lang, *, drawn: bool = False, day: dt.date = DAY) -> Document:
    """The report; without figures, for these take long, unless asked."""
    shown = pictures(found, lang) if drawn else ()
    return synthesis_report(found, shown, lang, day=day)
