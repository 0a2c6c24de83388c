"""Forest plots of the effect table, one per set of effects that was pooled or could be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import compress

from evalkit.language import translator
from evalkit.model.effect import ALL, EffectSize, PooledEstimate
from evalkit.model.synthesis import Synthesis
from evalkit.model.text import Lang
from evalkit.model.vocabulary import NotPooled
from evalkit.render.drawing import Drawing
from evalkit.render.figures import ForestLabels, ForestPooled, ForestRow, forest_parts
from evalkit.render.picture import Picture, paged
from evalkit.render.pools import alike, pool_name, pool_title, pools, scale_name
from evalkit.render.wording import interval, number

_Z = 1.959963984540054  # 97.5% quantile of the standard normal

MOST_CONTRASTS = 60
"""Contrasts above which there is no forest plot: its rows would fill pages that nobody reads."""


def forest_pictures(found: Synthesis, lang: Lang) -> Iterator[Picture]:
    """A forest plot for every pool that can still be read.

    Where a measure and wave has more than one pool, each shows its own results; those that count in
    none stand in that of most projects.
    """
    t = translator(lang)
    for pooled in pools(found):
        others = alike(found, pooled)
        shown = in_forest(found, pooled)
        if sum(shown) > MOST_CONTRASTS:
            continue
        rows = list(compress(found.outcomes[pooled.measure, pooled.wave], shown))
        alt = t("Forest plot. Projects: {k}; together {estimate} {interval}.").format(
            k=pooled.k,
            estimate=number(pooled.estimate, lang, sign=True),
            interval=interval(pooled.ci_low, pooled.ci_high, lang),
        )
        caption = t("{name}: effect per project").format(name=pool_title(found, pooled, lang))
        if pooled.narrow:
            less = t("The interval of the pooled estimate is too narrow to go by: see the text.")
            caption = f"{caption}. {less}"
        if len(others) > 1:
            apart = t("Results on another scale or of another version have a figure of their own.")
            caption = f"{caption.removesuffix('.')}. {apart}"

        def made(
            tallest: float, rows: Sequence[EffectSize] = rows, pooled: PooledEstimate = pooled
        ) -> list[Drawing]:
            return _figure(found, rows, pooled, lang, tallest)

        whole, pages = paged(made)
        name = f"forest-{pool_name(found, pooled)}"
        yield Picture("forest", name, caption, alt, whole, pooled.measure, pooled.wave, pages)


def in_forest(found: Synthesis, pooled: PooledEstimate) -> list[bool]:
    """Of each row of its measure and wave, whether it stands in the forest plot of a pool."""
    inside = set(pooled.projects)
    largest = max(alike(found, pooled), key=lambda p: p.k) is pooled
    names = ("subgroup", "project", "pooled")
    return [
        row.subgroup == ALL and (row.project in inside or (largest and not row.pooled))
        for row in found.results((pooled.measure, pooled.wave), *names)
    ]


def forest_labels(name: str, pooled: PooledEstimate, study: str, lang: Lang) -> ForestLabels:
    """The words of a forest plot of a pool of a measure; ``study`` is what its rows are."""
    t = translator(lang)
    scale = scale_name(pooled.family, lang, pooled.metrics)
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
    found: Synthesis,
    rows: Sequence[EffectSize],
    pooled: PooledEstimate,
    lang: Lang,
    tallest: float,
) -> list[Drawing]:
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
            weights.get(row.project, 0) / total if total else None,
            types[row.project] if grouped else "",
            lang,
        )
        for row in rows
    ]
    labels = forest_labels(
        found.measures[pooled.measure].label.to(lang), pooled, t("Project"), lang
    )
    summary = pooled_diamond(pooled, t("Pooled")) if pooled.k > 1 else None
    if summary and pooled.narrow and pooled.fixed_low is not None and pooled.fixed_high is not None:
        # A prediction interval would be too narrow as well; this one shows how wide it should be.
        ends = min(pooled.fixed_low, pooled.ci_low), max(pooled.fixed_high, pooled.ci_high)
        summary = replace(summary, pi_low=ends[0], pi_high=ends[1])
        labels = replace(labels, prediction=t("With one common effect"))
    return forest_parts(shown, summary, labels, tallest, language=lang)


def _row(
    found: Synthesis, row: EffectSize, weight: float | None, group: str, lang: Lang
) -> ForestRow:
    t = translator(lang)
    design = found.design(row.project)
    note = t("rung {rung}").format(rung=row.ladder_rung)
    if not row.suppressed:
        note += f" · n = {row.n_t}" + (f" / {row.n_c}" if row.n_c else "")
    label = design.project.title
    reason = row.not_pooled_because
    if reason is not None or row.yi is None or row.vi is None:
        reason = reason or (NotPooled.small_group if row.suppressed else NotPooled.no_post)
        return ForestRow(label, note=note, group=group, excluded=reason.label.to(lang))
    half = _Z * row.vi**0.5
    return ForestRow(label, row.yi, row.yi - half, row.yi + half, weight, note, group)
