"""Over projects: checks on each pool, domains over measures, moderators, and what is refused."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from statistics import NormalDist

from evalkit.model.effect import EffectSize
from evalkit.model.programme import (
    LevelsEstimate,
    ModeratorRow,
    Programme,
    SensitivityRow,
)
from evalkit.model.rows import picked, values
from evalkit.model.vocabulary import Domain, Kind, Respondent
from evalkit.synthesis.choices import FAMILIES
from evalkit.synthesis.pooled import pools
from evalkit.synthesis.pooling import (
    METHODS,
    Pooled,
    cumulative,
    egger,
    follows,
    influence,
    pool,
    pool_levels,
    regress,
    trim_and_fill,
)
from evalkit.synthesis.pooling.moderators import Moderator, factor, model_matrix, number
from evalkit.synthesis.refusals import refusals
from evalkit.synthesis.shared_schools import InPools, Shared, named

EFFECT_CORRELATION = 0.6
"""Correlation of the sampling errors of two outcomes of one project, as is commonly assumed
(Pustejovsky & Tipton 2022, Prev. Sci. 23); the model without correlation stands beside it."""

ENOUGH_FOR_ASYMMETRY = 10
"""Estimates below which a funnel tells chance from bias too badly (Sterne et al. 2011, BMJ 343)."""

ENOUGH_PER_TERM = 10
"""Estimates that each coefficient of a moderator asks (Cochrane Handbook 6, section 10.11.5.1)."""

MODERATORS = ("project_type", "nature", "sector", "scenario", "phase", "comparison", "ladder_rung")
"""Columns of the effect table that are tried as moderators, beside the features of the types."""

MOST_LEFT_OUT = 500
"""Estimates above which projects are no longer left out one by one."""

MOST_AS_ONE = 500
"""Projects that share schools above which their robust test takes too long to wait for."""

_NORMAL = NormalDist()
_Z = _NORMAL.inv_cdf(0.975)
NOTHING_SHARED: InPools = {}

Rows = Sequence[EffectSize]

_OF_POOLS = ("project", "yi", "vi", "metric", "features", *MODERATORS)
_OF_LEVELS = ("project", "yi", "vi", "metric", "measure")


def programme(
    effects: Rows,
    versions: Mapping[str, str],
    domains: Mapping[str, Domain],
    years: Mapping[str, int],
    shared: InPools = NOTHING_SHARED,
) -> Programme:
    """Everything that is estimated over projects beside the pool of each measure.

    Args:
        effects: rows of the effect table.
        versions: for measures by ``id@version``, the version they may be pooled under.
        domains: domain of each measure.
        years: year in which each project ended.
        shared: of each pool the sets of projects that share schools.
    """
    sensitivity: list[SensitivityRow] = []
    moderators: list[ModeratorRow] = []
    keys = []
    for key, rows in pools(effects, versions, _OF_POOLS):
        keys.append(key)
        names = dict(zip(("measure", "measure_version", "wave", "family"), key, strict=True))
        sensitivity += _sensitivity(names, rows, years)
        if key in shared:
            sensitivity += _as_one(names, rows, shared[key])
        moderators += _moderators(names, rows)
    return Programme(
        sensitivity=tuple(sensitivity),
        levels=tuple(_levels(effects, domains)),
        moderators=tuple(moderators),
        refused=refusals(effects, keys),
    )


def _numbers(rows: Rows) -> tuple[list[float], list[float]]:
    return [float(r.yi or 0.0) for r in rows], [float(r.vi or 0.0) for r in rows]


def _metrics(rows: Rows) -> tuple[str, ...]:
    return tuple(sorted({row.metric or "" for row in rows}))


# -- sensitivity ----------------------------------------------------------------------------------


def _sensitivity(
    key: Mapping[str, str], rows: Rows, years: Mapping[str, int]
) -> Iterator[SensitivityRow]:
    if len(rows) < 2:
        return
    y, v = _numbers(rows)
    for method in METHODS:
        yield _from_pool(
            key, "method", method, pool(y, v, method, "z" if method == "FE" else "knha")
        )
    if 3 <= len(rows) <= MOST_LEFT_OUT:
        for row, one in zip(rows, influence(y, v), strict=True):
            found = _from_pool(key, "without", row.project, one.without)
            yield found.model_copy(update={"cook": one.cook, "influential": one.influential})
    if len(rows) >= ENOUGH_FOR_ASYMMETRY:
        yield from _asymmetry(key, y, v)
    if len({years[row.project] for row in rows}) > 1:
        for upto in cumulative(y, v, [years[row.project] for row in rows]):
            found = _from_pool(key, "cumulative", f"{upto.year:.0f}", upto.pooled)
            so_far = tuple(row.project for row in rows if years[row.project] <= upto.year)
            yield found.model_copy(update={"projects": so_far})


def _as_one(key: Mapping[str, str], rows: Rows, sets: Sequence[Shared]) -> Iterator[SensitivityRow]:
    """The pool with projects that share schools as one cluster, with its robust test (CR2).

    Where all hang together there are no clusters to compare. Then the errors are taken to be the
    same error, the safe side: the mean by inverse variances with standard error Σ w √v / Σ w
    (Borenstein et al. 2009, Introduction to Meta-Analysis, ch. 24, with r = 1).
    """
    y, v = _numbers(rows)
    lead = {project: one.projects[0] for one in sets for project in one.projects}
    clusters = [lead.get(row.project, row.project) for row in rows]
    sizes = Counter(clusters)
    about = {"check": "shared_schools", "about": named(sets), "k": len(rows)}
    if len(sizes) == 1:
        weights = [1 / one for one in v]
        mean = math.fsum(w * one for w, one in zip(weights, y, strict=True)) / math.fsum(weights)
        se = math.fsum(map(math.sqrt, weights)) / math.fsum(weights)
        yield SensitivityRow(
            **key,
            **about,
            estimate=mean,
            se=se,
            ci_low=mean - _Z * se,
            ci_high=mean + _Z * se,
            p=2 * _NORMAL.cdf(-abs(mean) / se),
        )
    elif max(sizes.values()) <= MOST_AS_ONE:
        found = pool_levels(y, v, clusters)
        robust = found.robust[0]
        names = ("estimate", "se", "ci_low", "ci_high", "p")
        values = {name: getattr(robust, name) for name in names}
        yield SensitivityRow(**key, **about, **values, tau2=sum(found.sigma2), i2=found.i2)


def _asymmetry(key: Mapping[str, str], y: list[float], v: list[float]) -> Iterator[SensitivityRow]:
    try:
        slope, filled = egger(y, v), trim_and_fill(y, v)
    except ValueError:  # All of one precision: there is no funnel.
        return
    yield SensitivityRow(
        **key,
        check="egger",
        about="se",
        k=len(y),
        estimate=slope.estimate,
        se=slope.se,
        ci_low=slope.ci_low,
        ci_high=slope.ci_high,
        p=slope.p,
    )
    found = _from_pool(key, "trim_and_fill", filled.side, filled.filled)
    yield found.model_copy(update={"missing": filled.missing})


def _from_pool(key: Mapping[str, str], check: str, about: str, found: Pooled) -> SensitivityRow:
    names = ("k", "estimate", "se", "ci_low", "ci_high", "p", "tau2", "i2")
    values = {name: getattr(found, name) for name in names}
    return SensitivityRow(**key, check=check, about=about, **values)


# -- domains --------------------------------------------------------------------------------------


def _levels(effects: Rows, domains: Mapping[str, Domain]) -> Iterator[LevelsEstimate]:
    """Effects in projects: outcomes that differ are not pooled as one, they are averaged.

    Side effects apart from outcomes: an average of both would let a gain hide what it cost.
    """
    names = ("pooled", "measure", "respondent", "kind", "wave", "metric")
    places: dict[tuple[str, str, str, str, str], list[int]] = {}
    columns = zip(*(values(effects, name) for name in names), strict=True)
    for place, (counts, measure, respondent, kind, wave, metric) in enumerate(columns):
        if counts and measure in domains and respondent:
            family = FAMILIES[metric or ""]
            key = (domains[measure].value, respondent.value, kind.value, wave, family)
            places.setdefault(key, []).append(place)
    for (_, respondent, kind, wave, family), at in sorted(places.items()):
        rows = list(picked(effects, _OF_LEVELS, at))
        rows.sort(key=lambda row: (row.project, row.measure))
        projects = [row.project for row in rows]
        # Two levels need two projects, of which one has two effects.
        if len(set(projects)) < 2 or len(set(projects)) == len(rows):
            continue
        for model, rho in (("levels", 0.0), ("correlated", EFFECT_CORRELATION)):
            y, v = _numbers(rows)
            found = pool_levels(y, v, projects, rho=rho)
            robust, own = found.robust[0], found.coefficients[0]
            yield LevelsEstimate(
                domain=domains[rows[0].measure],
                respondent=Respondent[respondent],
                kind=Kind[kind],
                wave=wave,
                family=family,
                model=model,
                rho=rho,
                measures=tuple(sorted({row.measure for row in rows})),
                metrics=_metrics(rows),
                k=len(rows),
                projects=len(set(projects)),
                estimate=robust.estimate,
                se=robust.se,
                df=robust.df,
                ci_low=robust.ci_low,
                ci_high=robust.ci_high,
                p=robust.p,
                se_model=own.se,
                sigma2_project=found.sigma2[0],
                sigma2_effect=found.sigma2[1],
                q=found.q,
                q_p=found.q_p,
            )


# -- moderators -----------------------------------------------------------------------------------


def _moderators(key: Mapping[str, str], rows: Rows) -> Iterator[ModeratorRow]:
    features = sorted({f"feature_{id}" for row in rows for id in row.features})
    for name in (*MODERATORS, *features):
        known = [(row, value) for row in rows if (value := _value(row, name)) is not None]
        moderator = _moderator(name, [value for _, value in known])
        if moderator is None or len(known) < ENOUGH_PER_TERM * len(moderator.terms):
            continue
        x, terms = model_matrix(len(known), [moderator])
        if len(known) <= len(terms) or follows(x):
            continue
        y, v = _numbers([row for row, _ in known])
        found = regress(y, v, x, terms)
        assert found.moderators is not None
        for one in found.coefficients:
            yield ModeratorRow(
                **key,
                moderator=name,
                term=one.term,
                reference=moderator.reference,
                metrics=_metrics([row for row, _ in known]),
                k=found.k,
                estimate=one.estimate,
                se=one.se,
                df=one.df,
                ci_low=one.ci_low,
                ci_high=one.ci_high,
                p=one.p,
                moderator_p=found.moderators.p,
                tau2=found.tau2,
                r2=found.r2,
            )


def _value(row: EffectSize, name: str) -> float | str | None:
    if name.startswith("feature_"):
        return row.features.get(name.removeprefix("feature_"))
    value = getattr(row, name)
    return value if isinstance(value, int | float) or value is None else str(value)


def _moderator(name: str, values: Sequence[float | str]) -> Moderator | None:
    """The values as a moderator: a factor if any is a word; none if all are the same."""
    if len(set(values)) < 2:
        return None
    if all(not isinstance(value, str) for value in values):
        return number(name, [float(value) for value in values])
    labels = [str(value) for value in values]
    return factor(name, labels, sorted(set(labels)))
