"""Pooled estimates per measure: what may be pooled, and what comes of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby

from evalkit.model.effect import EffectSize, PooledEstimate
from evalkit.model.vocabulary import BaselineStatus, Verdict
from evalkit.synthesis.choices import FAMILIES
from evalkit.synthesis.pooling import pool, profile_tau2

Key = tuple[str, str, str, str]


def pooling_key(row: EffectSize, versions: Mapping[str, str]) -> Key:
    """What must be the same for two effects to be pooled: measure, version, wave, family.

    Args:
        row: a row of the effect table with an estimate.
        versions: for measures by ``id@version``, the version they may be pooled under.
    """
    name = f"{row.measure}@{row.measure_version}"
    version = versions.get(name, row.measure_version)
    return (row.measure, version, row.wave, FAMILIES[row.metric or ""])


def pooled_estimates(
    effects: Iterable[EffectSize], versions: Mapping[str, str]
) -> tuple[PooledEstimate, ...]:
    """REML with Knapp-Hartung intervals for each set of effects that may be pooled.

    Each set comes as ``all`` and, where that leaves out some, as ``equivalent``: those with a
    proven nulmeting and a baseline difference of at most 0.25 SD.
    """
    usable = sorted(
        (row for row in effects if row.pooled), key=lambda r: (pooling_key(r, versions), r.project)
    )
    found = []
    for key, group in groupby(usable, key=lambda row: pooling_key(row, versions)):
        rows = list(group)
        found.append(_pooled(key, "all", rows))
        sound = [row for row in rows if is_equivalent(row)]
        if sound and len(sound) < len(rows):
            found.append(_pooled(key, "equivalent", sound))
    return tuple(found)


def is_equivalent(row: EffectSize) -> bool:
    """Whether the arms were comparable at a proven nulmeting (WWC: at most 0.25 SD apart)."""
    good = (Verdict.fine, Verdict.adjust)
    return row.baseline is BaselineStatus.proven and row.baseline_verdict in good


def _pooled(key: Key, selection: str, rows: Sequence[EffectSize]) -> PooledEstimate:
    y = [row.yi for row in rows if row.yi is not None]
    v = [row.vi for row in rows if row.vi is not None]
    result = pool(y, v)
    low, high = profile_tau2(y, v) or (None, None)
    measure, version, wave, family = key
    return PooledEstimate(
        measure=measure,
        measure_version=version,
        wave=wave,
        family=family,
        selection=selection,
        projects=tuple(row.project for row in rows),
        k=result.k,
        method=result.method,
        test=result.test,
        estimate=result.estimate,
        se=result.se,
        ci_low=result.ci_low,
        ci_high=result.ci_high,
        p=result.p,
        df=result.df,
        tau2=result.tau2,
        tau2_low=low,
        tau2_high=high,
        i2=result.i2,
        q=result.q,
        q_p=result.q_p,
        pi_low=result.pi_low,
        pi_high=result.pi_high,
    )
