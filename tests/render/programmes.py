"""A made-up programme of any number of projects, as the figures of a synthesis take it."""

from __future__ import annotations

import random
from types import SimpleNamespace

import pytest

from evalkit.model.card import Card
from evalkit.model.effect import EffectSize
from evalkit.model.synthesis import GroupChange, Synthesis
from evalkit.model.text import Text
from evalkit.model.vocabulary import ArmRole, Comparison, Direction, Domain, Nature, Sector
from evalkit.render.canvas import Canvas, text_width
from evalkit.synthesis.pooled import pooled_estimates
from evalkit.synthesis.programme import programme

MEASURE = "core.workload"
LONG = "Een project met een naam die veel langer is dan een mens zou willen, namelijk nummer "


def made(k: int, *, compared: bool = True, named: str = "Project ", seed: int = 5) -> Synthesis:
    """``k`` projects; without ``compared``, none has an estimate."""
    chance = random.Random(seed)
    effects = [_effect(n, chance, compared) for n in range(k)]
    versions = {f"{MEASURE}@1.0": "1.0"}
    measure = SimpleNamespace(
        id=MEASURE,
        version_parts=(1, 0),
        label=Text(nl="werkdruk van leraren", en="workload of teachers"),
        scale=SimpleNamespace(better=Direction.lower_),
    )
    designs = [
        SimpleNamespace(
            project=SimpleNamespace(id=row.project, title=f"{named}{n + 1}"),
            type=SimpleNamespace(label=Text(nl=row.project_type, en=row.project_type)),
            measures=(measure,),
        )
        for n, row in enumerate(effects)
    ]
    years = {row.project: 2015 + n % 6 for n, row in enumerate(effects)}
    aspects = ("leadership", "time", "culture", "hrm", "support")
    cards = [
        Card(
            project=row.project,
            aspects=tuple(chance.sample(aspects, 2)),
            promoting_factors=dict.fromkeys(chance.sample(("time", "leadership"), 1), ""),
            hindering_factors=dict.fromkeys(chance.sample(("time", "workload"), 1), ""),
        )
        for row in effects
    ]
    changes = [
        GroupChange(
            project=row.project, measure=MEASURE, wave="post", school=f"00A{chr(65 + n % 26)}",
            arm=arm, before=chance.gauss(3, 0.4), after=chance.gauss(3.2, 0.4),
        )
        for n, row in enumerate(effects)
        for arm in ArmRole
    ]  # fmt: skip
    return Synthesis.model_construct(
        designs=tuple(designs),
        effects=tuple(effects),
        pooled=pooled_estimates(effects, versions),
        programme=programme(effects, versions, {MEASURE: Domain.attitude}, years),
        cards=tuple(cards),
        changes=tuple(changes) if compared else (),
    )


def _effect(n: int, chance: random.Random, compared: bool) -> EffectSize:
    se = chance.uniform(0.08, 0.4)
    # Small projects find more, so that trim and fill has something to add.
    yi, vi = chance.gauss(0.1 + 0.9 * se, 0.6 * se), se**2
    blank = {name: None for name, field in EffectSize.model_fields.items() if field.is_required()}
    said = {
        "project": f"project-{n:03}", "project_type": f"type-{n % 2}", "measure": MEASURE,
        "measure_version": "1.0", "wave": "post", "metric": "SMD" if compared else None,
        "yi": yi if compared else None, "vi": vi if compared else None, "n_t": 40 + n, "n_c": 50,
        "ladder_rung": n % 6, "pooled": compared, "nature": Nature.renewal, "sector": Sector.po,
        "comparison": Comparison.comparison_group,
    }  # fmt: skip
    return EffectSize.model_construct(**{**blank, **said})


Drawn = list[tuple[str, float, float, float, float]]


def recorded(monkeypatch: pytest.MonkeyPatch) -> Drawn:
    """Every text drawn from now on: text, left, top, right, bottom."""
    texts: Drawn = []
    original = Canvas.text

    def text(self, at, text, size, *, face="regular", align="left", **look):  # type: ignore[no-untyped-def]
        width = text_width(text, size, face)
        left = at[0] - {"left": 0, "center": width / 2, "right": width}[align]
        texts.append((text, left, at[1] - 0.72 * size, left + width, at[1] + 0.2 * size))
        original(self, at, text, size, face=face, align=align, **look)

    monkeypatch.setattr(Canvas, "text", text)
    return texts
