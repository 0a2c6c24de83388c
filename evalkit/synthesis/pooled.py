"""Pooled estimates per measure: what may be pooled, and what comes of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from evalkit.model.effect import EffectSize, PooledEstimate
from evalkit.model.rows import picked, values
from evalkit.model.vocabulary import BaselineStatus, Verdict
from evalkit.synthesis.choices import FAMILIES
from evalkit.synthesis.pooling import Pooled, pool, profile_tau2

Key = tuple[str, str, str, str]


def pooling_key(
    measure: str, version: str, wave: str, metric: str | None, versions: Mapping[str, str]
) -> Key:
    """What must be the same for two effects to be pooled: measure, version, wave, family.

    Args:
        measure: the measure of an effect.
        version: its version.
        wave: the wave.
        metric: the metric of the estimate.
        versions: for measures by ``id@version``, the version they may be pooled under.
    """
    return measure, versions.get(f"{measure}@{version}", version), wave, FAMILIES[metric or ""]


_NEEDED = ("project", "metric", "yi", "vi", "baseline", "baseline_verdict")


def pools(
    effects: Sequence[EffectSize], versions: Mapping[str, str], needed: Sequence[str] = _NEEDED
) -> Iterator[tuple[Key, list[EffectSize]]]:
    """The sets of effects that are pooled, by their key; the rows of each by project.

    One set at a time, of each row what is needed: together they can be too many to hold.

    Args:
        effects: rows of the effect table.
        versions: for measures by ``id@version``, the version they may be pooled under.
        needed: the fields that the rows must have.
    """
    for key, places in pool_places(effects, versions).items():
        yield key, list(picked(effects, needed, [place for _, place in places]))


def pool_places(
    effects: Sequence[EffectSize], versions: Mapping[str, str]
) -> dict[Key, list[tuple[str, int]]]:
    """Of each set of effects that is pooled, by its key: the projects and places of its rows."""
    names = ("pooled", "project", "measure", "measure_version", "wave", "metric")
    places: dict[Key, list[tuple[str, int]]] = {}
    known: dict[tuple[str, ...], Key] = {}
    columns = zip(*(values(effects, name) for name in names), strict=True)
    for place, (counts, project, *outcome) in enumerate(columns):
        if counts:
            named = measure, version, wave, metric = tuple(outcome)
            key = known.get(named)
            if key is None:
                key = known[named] = pooling_key(measure, version, wave, metric, versions)
            places.setdefault(key, []).append((project, place))
    return {key: sorted(places[key]) for key in sorted(places)}


def pooled_estimates(
    effects: Sequence[EffectSize], versions: Mapping[str, str]
) -> tuple[PooledEstimate, ...]:
    """REML with Knapp-Hartung intervals for each set of effects that may be pooled.

    Each set comes as ``all`` and, where that leaves out some, as ``equivalent``: those with a
    proven nulmeting and a baseline difference of at most 0.25 SD.
    """
    found = []
    for key, rows in pools(effects, versions):
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
    common = pool(y, v, "FE", "z") if len(y) > 1 else None
    measure, version, wave, family = key
    return PooledEstimate(
        measure=measure,
        measure_version=version,
        wave=wave,
        family=family,
        metrics=tuple(sorted({row.metric or "" for row in rows})),
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
        fixed_low=common.ci_low if common else None,
        fixed_high=common.ci_high if common else None,
        narrow=common is not None and is_narrow(result, common),
    )


_AS_WIDE = 0.98
"""Share of a width from which a reader sees no difference."""


def is_narrow(random: Pooled, common: Pooled) -> bool:
    """Whether the interval of Knapp and Hartung is narrower than that of one common effect.

    Their variance factor q falls below 1 where estimates agree more than expected by chance; the
    interval then says more than the data can: Röver, Knapp & Friede (2015), BMC Med. Res.
    Methodol. 15:99; Jackson et al. (2017), Stat. Med. 36(25), who compare the two as is done here.
    What is narrower by less than a fiftieth is let go.
    """
    width, least = random.ci_high - random.ci_low, common.ci_high - common.ci_low
    return width < _AS_WIDE * least
