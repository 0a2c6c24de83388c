"""The pools of a synthesis: the rows each is made of, and words and names that tell them apart."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from evalkit.language import translator
from evalkit.model.effect import ALL, EffectSize, PooledEstimate
from evalkit.model.synthesis import Synthesis
from evalkit.model.text import Lang


def pools(found: Synthesis) -> list[PooledEstimate]:
    """The pools of every contrast, in the order of the effect table."""
    order = {outcome: place for place, outcome in enumerate(found.outcomes)}
    rows = [pooled for pooled in found.pooled if pooled.selection == "all"]
    return sorted(rows, key=lambda p: order[p.measure, p.wave])


def alike(found: Synthesis, pooled: PooledEstimate) -> list[PooledEstimate]:
    """The pools of every contrast of the same measure and wave, this one among them.

    There is more than one where results are on another scale (a family of metrics), or of a version
    that is not declared compatible.
    """
    return [
        p
        for p in found.pooled
        if (p.measure, p.wave, p.selection) == (pooled.measure, pooled.wave, "all")
    ]


def pooled_rows(found: Synthesis, pooled: PooledEstimate, *names: str) -> Iterator[EffectSize]:
    """The rows of the effect table that a pool is made of, with these fields alone."""
    inside = set(pooled.projects)
    needed = dict.fromkeys(("project", "pooled", "subgroup", *names))
    for row in found.results((pooled.measure, pooled.wave), *needed):
        if row.pooled and row.subgroup == ALL and row.project in inside:
            yield row


def pool_name(found: Synthesis, pooled: PooledEstimate) -> str:
    """Measure and wave; with version and family where that alone does not tell pools apart."""
    name = f"{pooled.measure}-{pooled.wave}"
    if len(alike(found, pooled)) > 1:
        name += f"-{pooled.measure_version}-{pooled.family}"
    return name.replace(".", "-")


def pool_title(found: Synthesis, pooled: PooledEstimate, lang: Lang) -> str:
    """The name of the measure, with what tells this pool from others of the same measure.

    The moment where the measure has results at more than one; and as ``difference`` says.
    """
    name = found.measures[pooled.measure].label.to(lang)
    parts = []
    if sum(measure == pooled.measure for measure, _ in found.outcomes) > 1:
        parts.append(moment(found, pooled.wave, lang))
    parts += differences(found, pooled, lang)
    return f"{name} ({', '.join(parts)})" if parts else name


def differences(found: Synthesis, pooled: PooledEstimate, lang: Lang) -> list[str]:
    """What tells a pool from the others of its measure and wave: scale, version, both or none."""
    t, others = translator(lang), alike(found, pooled)
    parts = []
    if len({p.family for p in others}) > 1:
        parts.append(scale_name(pooled.family, lang, pooled.metrics))
    if len({p.measure_version for p in others}) > 1:
        parts.append(t("version {version}").format(version=pooled.measure_version))
    return parts


def moment(found: Synthesis, wave: str, lang: Lang) -> str:
    """The name of a wave, as the first design that has it calls it."""
    for design in (*found.designs, *found.earlier):
        for one in design.waves:
            if one.id == wave:
                return one.label.to(lang)
    return wave


def scale_name(family: str, lang: Lang, metrics: Collection[str] = ()) -> str:
    """What a family of metrics is called.

    Args:
        family: the family.
        lang: the language.
        metrics: the metrics of the estimates; yes-or-no measures have a Cox index, which is pooled
            with Hedges' g.
    """
    t = translator(lang)
    if family == "g" and "COX" in metrics:
        return t("Cox index") if len(set(metrics)) == 1 else t("Hedges' g and Cox index")
    return {
        "g": t("Hedges' g"),
        "g_within": t("g within classes or schools"),
        "lnRR": t("log response ratio"),
        "lnOR": t("log odds ratio"),
        "lnRisk": t("log risk ratio"),
        "RD": t("difference of proportions"),
        "MD": t("difference in points"),
    }[family]
