"""Two measures that a project predicted to go together: a row of the effect table."""

from __future__ import annotations

import pandas as pd

from evalkit.model.effect import EffectSize
from evalkit.model.measure import Measure
from evalkit.model.result import ResultFacts
from evalkit.model.vocabulary import (
    ArmRole,
    Contrast,
    Direction,
    Note,
    NotPooled,
    Verdict,
)
from evalkit.synthesis.correlation import zcor
from evalkit.synthesis.effects import NUMBERS, Delivered, Reached, identity
from evalkit.synthesis.estimate import FORMULAS
from evalkit.synthesis.units import Values, is_clustered

_UNIT = ("school", "subject", "unit")
FISHER = FORMULAS["zcor"].cited
FEWEST = 4
"""Units below which Fisher's z has no variance."""


def relation_row(one: Delivered, other: Delivered, reached: Reached) -> EffectSize | None:
    """The row of a predicted relation in a wave, or None where it cannot be computed.

    Of fewer units than may be published there is a row without numbers, whatever their values.

    Of the units of the intervention group that have a value on both measures: Fisher's z of
    Pearson's r, v = 1/(n-3) (Fisher 1921; metafor's ``escalc(measure="ZCOR")``). Both measures are
    turned so that more is better. The row gives no means: beside those of the contrast they would
    tell of the few who have one value only.

    Args:
        one: the measure of the prediction in the wave.
        other: the measure it goes with, in the same wave.
        reached: function of the design and what is known of the result to the rung reached.
    """
    both = _both(one.post, other.post)
    if both is None or both.empty:
        return None
    small = len(both) < one.design.privacy.suppression_threshold
    known = {} if small else _known(both, one.measure, other.measure)
    if known is None:
        return None
    facts = ResultFacts(
        baseline=one.baseline,
        verdict=Verdict.unknown,
        estimated=False,
        in_window=one.conduct.in_window,
        registered=one.registered,
    )
    rung = reached(one.design, facts)
    return EffectSize(
        **identity(one),
        **dict.fromkeys(NUMBERS) | known | {"metric": "ZCOR", "formula": FISHER},
        contrast=Contrast.relation,
        goes_with=other.measure.id,
        baseline_difference=None,
        baseline_verdict=Verdict.unknown,
        ladder_rung=rung.rung,
        rung_limits=rung.limits,
        pooled=False,
        not_pooled_because=NotPooled.relation,
        suppressed=small,
        notes=(Note.clusters_ignored,) if is_clustered(one.design, one.measure) else (),
    )


def _known(both: pd.DataFrame, *measures: Measure) -> dict[str, float] | None:
    """The numbers of the row; None where there is no correlation, or an exact one."""
    if len(both) < FEWEST or (both.nunique() < 2).any():
        return None
    r = float(both["value"].corr(both["other"]))
    for measure in measures:
        r = -r if measure.scale.better is Direction.lower_ else r
    if not abs(r) < 1 - 1e-12:
        return None
    effect = zcor(r, len(both))
    return {"yi": effect.yi, "vi": effect.vi, "n_t": len(both)}


def _both(one: Values, other: Values) -> pd.DataFrame | None:
    """Per unit of the intervention group the values of both measures, where it has both."""
    if one.grain != "unit" or other.grain != "unit":
        return None
    keys = [c for c in _UNIT if c in one.frame and c in other.frame]
    if ("unit" in one.frame) != ("unit" in other.frame):
        return None
    left, right = (
        v.frame[v.frame["arm"] == ArmRole.intervention.value][[*keys, "value"]].dropna(
            subset=["value"]
        )
        for v in (one, other)
    )
    joined = left.merge(right.rename(columns={"value": "other"}), on=keys)
    return joined[["value", "other"]].astype(float)
