"""Forest plots of the effect table, one per set of effects that was pooled or could be."""

from __future__ import annotations

from collections.abc import Sequence

from evalkit.language import translator
from evalkit.model.effect import ALL, EffectSize, PooledEstimate
from evalkit.model.synthesis import Synthesis
from evalkit.model.text import Lang
from evalkit.model.vocabulary import NotPooled
from evalkit.render.figures import ForestLabels, ForestPooled, ForestRow, forest

_Z = 1.959963984540054  # 97.5% quantile of the standard normal


def forest_figures(found: Synthesis, lang: Lang) -> dict[str, bytes]:
    """SVG forest plots by name (measure and wave), for every measure with an estimate."""
    figures = {}
    for measure, wave in dict.fromkeys((row.measure, row.wave) for row in found.effects):
        rows = [r for r in found.effects if (r.measure, r.wave, r.subgroup) == (measure, wave, ALL)]
        pooled = [
            p for p in found.pooled if (p.measure, p.wave, p.selection) == (measure, wave, "all")
        ]
        if pooled:
            name = f"{measure}-{wave}".replace(".", "-")
            figures[name] = _figure(found, rows, pooled[0], lang)
    return figures


def _figure(
    found: Synthesis, rows: Sequence[EffectSize], pooled: PooledEstimate, lang: Lang
) -> bytes:
    t = translator(lang)
    inside = set(pooled.projects)
    tau2 = pooled.tau2 or 0
    weights = {row.project: 1 / (row.vi + tau2) for row in rows if row.vi and row.project in inside}
    total = sum(weights.values())
    shown = [
        _row(found, row, weights.get(row.project, 0) / total, row.project in inside, lang)
        for row in rows
    ]
    name = found.measures[pooled.measure].label.to(lang)
    scale = {
        "g": t("Hedges' g"),
        "g_within": t("g within classes or schools"),
        "lnRR": t("log response ratio"),
        "lnOR": t("log odds ratio"),
        "lnRisk": t("log risk ratio"),
        "RD": t("difference of proportions"),
        "MD": t("difference in points"),
    }[pooled.family]
    summary = ForestPooled(
        label=t("Pooled"),
        estimate=pooled.estimate,
        ci_low=pooled.ci_low,
        ci_high=pooled.ci_high,
        k=pooled.k,
        tau2=tau2,
        i2=(pooled.i2 or 0) / 100,
        pi_low=pooled.pi_low,
        pi_high=pooled.pi_high,
    )
    labels = ForestLabels(
        study=t("Project"),
        estimate=t("{scale} [95% CI]").format(scale=scale),
        weight=t("Weight"),
        axis=f"{name}: {scale}",
        favours_left=t("favours comparison"),
        favours_right=t("favours intervention"),
        prediction=t("Prediction interval"),
    )
    return forest(shown, summary if pooled.k > 1 else None, labels, language=lang)


def _row(found: Synthesis, row: EffectSize, weight: float, inside: bool, lang: Lang) -> ForestRow:
    t = translator(lang)
    design = found.design(row.project)
    note = t("rung {rung}").format(rung=row.ladder_rung)
    if not row.suppressed:
        note += f" · n = {row.n_t}" + (f" / {row.n_c}" if row.n_c else "")
    label = design.project.title
    if not inside or row.yi is None or row.vi is None:
        reason = row.not_pooled_because or NotPooled.no_post
        return ForestRow(label, note=note, excluded=reason.label.to(lang))
    half = _Z * row.vi**0.5
    return ForestRow(label, row.yi, row.yi - half, row.yi + half, weight=weight, note=note)
