"""Forest plots of the effect table, one per set of effects that was pooled or could be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from evalkit.language import translator
from evalkit.model.effect import ALL, EffectSize, PooledEstimate
from evalkit.model.synthesis import Synthesis
from evalkit.model.text import Lang
from evalkit.model.vocabulary import NotPooled
from evalkit.render.drawing import Drawing
from evalkit.render.figures import ForestLabels, ForestPooled, ForestRow, forest
from evalkit.render.picture import Picture
from evalkit.render.wording import interval, number

_Z = 1.959963984540054  # 97.5% quantile of the standard normal

MOST_CONTRASTS = 60
"""Contrasts above which there is no forest plot: its rows would fill pages that nobody reads."""


def forest_pictures(found: Synthesis, lang: Lang) -> Iterator[Picture]:
    """A forest plot for every measure and wave with a pool that can still be read."""
    t = translator(lang)
    all_pools = pools(found)
    for (measure, wave), effects in found.outcomes.items():
        rows = [row for row in effects if row.subgroup == ALL]
        pooled = [p for p in all_pools if (p.measure, p.wave) == (measure, wave)]
        if not pooled or len(rows) > MOST_CONTRASTS:
            continue
        alt = t("Forest plot. Projects: {k}; together {estimate} {interval}.").format(
            k=pooled[0].k,
            estimate=number(pooled[0].estimate, lang, sign=True),
            interval=interval(pooled[0].ci_low, pooled[0].ci_high, lang),
        )

        def draw(rows: Sequence[EffectSize] = rows, pooled: PooledEstimate = pooled[0]) -> Drawing:
            return _figure(found, rows, pooled, lang)

        name = found.measures[measure].label.to(lang)
        yield Picture(
            "forest",
            f"forest-{measure}-{wave}".replace(".", "-"),
            t("{name}: effect per project").format(name=name),
            alt,
            draw,
            measure,
            wave,
        )


def pools(found: Synthesis) -> list[PooledEstimate]:
    """The pools of every contrast, in the order of the effect table."""
    order = {outcome: place for place, outcome in enumerate(found.outcomes)}
    rows = [pooled for pooled in found.pooled if pooled.selection == "all"]
    return sorted(rows, key=lambda p: order[p.measure, p.wave])


def pooled_rows(found: Synthesis, pooled: PooledEstimate) -> list[EffectSize]:
    """The rows of the effect table that a pool is made of."""
    inside, rows = set(pooled.projects), found.outcomes.get((pooled.measure, pooled.wave), [])
    return [row for row in rows if row.pooled and row.project in inside]


def pool_name(found: Synthesis, pooled: PooledEstimate) -> str:
    """Measure and wave; with version and family where that alone does not tell pools apart."""
    name = f"{pooled.measure}-{pooled.wave}"
    alike = [p for p in pools(found) if (p.measure, p.wave) == (pooled.measure, pooled.wave)]
    if len(alike) > 1:
        name += f"-{pooled.measure_version}-{pooled.family}"
    return name.replace(".", "-")


def scale_name(family: str, lang: Lang) -> str:
    """What a family of metrics is called."""
    t = translator(lang)
    return {
        "g": t("Hedges' g"),
        "g_within": t("g within classes or schools"),
        "lnRR": t("log response ratio"),
        "lnOR": t("log odds ratio"),
        "lnRisk": t("log risk ratio"),
        "RD": t("difference of proportions"),
        "MD": t("difference in points"),
    }[family]


def forest_labels(name: str, family: str, study: str, lang: Lang) -> ForestLabels:
    """The words of a forest plot of a measure; ``study`` is what its rows are."""
    t = translator(lang)
    scale = scale_name(family, lang)
    return ForestLabels(
        study=study,
        estimate=t("{scale} [95% CI]").format(scale=scale),
        weight=t("Weight"),
        axis=f"{name}: {scale}",
        favours_left=t("favours comparison"),
        favours_right=t("favours intervention"),
        prediction=t("Prediction interval"),
    )


def pooled_diamond(pooled: PooledEstimate, label: str, *, prediction: bool = True) -> ForestPooled:
    """The pooled estimate as a forest plot shows it."""
    return ForestPooled(
        label=label,
        estimate=pooled.estimate,
        ci_low=pooled.ci_low,
        ci_high=pooled.ci_high,
        k=pooled.k,
        tau2=pooled.tau2 or 0,
        i2=(pooled.i2 or 0) / 100,
        pi_low=pooled.pi_low if prediction else None,
        pi_high=pooled.pi_high if prediction else None,
    )


def _figure(
    found: Synthesis, rows: Sequence[EffectSize], pooled: PooledEstimate, lang: Lang
) -> Drawing:
    t = translator(lang)
    inside = set(pooled.projects)
    tau2 = pooled.tau2 or 0
    weights = {row.project: 1 / (row.vi + tau2) for row in rows if row.vi and row.project in inside}
    total = sum(weights.values())
    types = {row.project: found.design(row.project).type.label.to(lang) for row in rows}
    grouped = len(set(types.values())) > 1
    if grouped:
        rows = sorted(rows, key=lambda row: types[row.project])
    shown = [
        _row(
            found,
            row,
            weights.get(row.project, 0) / total,
            row.project in inside,
            types[row.project] if grouped else "",
            lang,
        )
        for row in rows
    ]
    labels = forest_labels(
        found.measures[pooled.measure].label.to(lang), pooled.family, t("Project"), lang
    )
    summary = pooled_diamond(pooled, t("Pooled")) if pooled.k > 1 else None
    return forest(shown, summary, labels, language=lang)


def _row(
    found: Synthesis, row: EffectSize, weight: float, inside: bool, group: str, lang: Lang
) -> ForestRow:
    t = translator(lang)
    design = found.design(row.project)
    note = t("rung {rung}").format(rung=row.ladder_rung)
    if not row.suppressed:
        note += f" · n = {row.n_t}" + (f" / {row.n_c}" if row.n_c else "")
    label = design.project.title
    if not inside or row.yi is None or row.vi is None:
        reason = row.not_pooled_because or NotPooled.no_post
        return ForestRow(label, note=note, group=group, excluded=reason.label.to(lang))
    half = _Z * row.vi**0.5
    return ForestRow(label, row.yi, row.yi - half, row.yi + half, weight, note, group)
