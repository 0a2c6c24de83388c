"""The results on a card, written as the language of the project writes numbers."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from evalkit.model.effect import EffectSize
from evalkit.model.text import Text
from evalkit.model.vocabulary import Kind, Sector, WaveKind
from evalkit.synthesis.cards import project_card

BLANK = {name: None for name, field in EffectSize.model_fields.items() if field.is_required()}


def outcomes(lang: str, **changes: Any) -> str | None:
    score = SimpleNamespace(id="f.score", label=Text(nl="taal", en="language"), kind=Kind.outcome)
    wave = SimpleNamespace(id="post", label=Text(nl="nameting", en="afterwards"))
    design: Any = SimpleNamespace(
        language=lang, measures=(score,),
        schedule=(SimpleNamespace(measure="f.score", wave="post"),),
        project=SimpleNamespace(id="p", sector=Sector.po, description="x"),
        type=SimpleNamespace(
            description=Text(nl="x", en="x"),
            card=SimpleNamespace(aspects=(), core_activities=None, target_groups=(), levels=()),
        ),
        wave=lambda _: wave, measure=lambda _: score,
    )  # fmt: skip
    values = BLANK | {"project": "p", "measure": "f.score", "wave": "post", "metric": "SMD",
                      "yi": -0.306, "vi": 0.0131, "ladder_rung": 3}  # fmt: skip
    row = EffectSize.model_construct(**(values | {"wave_kind": WaveKind.post} | changes))
    return project_card(design, [row], None).outcomes


@pytest.mark.parametrize(
    ("lang", "changes", "said"),
    [
        ("nl", {}, "taal (nameting): g = −0,31 [−0,53; −0,08]"),
        ("en", {}, "language (afterwards): g = −0.31 [−0.53, −0.08]"),
        ("nl", {"yi": -0.224}, "taal (nameting): g = −0,22 [−0,45; 0,00]"),
        ("nl", {"metric": "COX"}, "taal (nameting): Cox = −0,31 [−0,53; −0,08]"),
        ("nl", {"yi": None, "mean_t": 44.72}, "taal (nameting): 44,7"),
        ("nl", {"yi": None, "mean_t": -0.04}, "taal (nameting): 0,0"),
    ],
)
def test_results_on_a_card(lang: str, changes: dict[str, Any], said: str) -> None:
    assert (outcomes(lang, **changes) or "").startswith(said)
