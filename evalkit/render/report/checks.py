"""Whether a pooled estimate stands when it is made in another way, or without a project."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from evalkit.language import translator
from evalkit.model.effect import PooledEstimate
from evalkit.model.programme import SensitivityRow
from evalkit.model.text import Lang
from evalkit.render.blocks import Block, Bullets, Column, Heading, Table
from evalkit.render.pools import differences
from evalkit.render.report.context import Context, pool_key
from evalkit.render.report.sentences import identical, side, side_of, verdict, verdict_of, widened
from evalkit.render.wording import interval, number

ENOUGH_FOR_POWER = 20
"""Estimates below which tests of asymmetry miss much (Sterne, Gavaghan & Egger 2000, J. Clin.
Epidemiol. 53(11))."""


def checks(context: Context, pooled: PooledEstimate) -> Iterator[Block]:
    """What the checks on one pool say, and a small table; nothing where there are none."""
    by_check: dict[str, list[SensitivityRow]] = {}
    for row in context.sensitivity.get(pool_key(pooled), ()):
        by_check.setdefault(row.check, []).append(row)
    said = [*_said(context, pooled, by_check), *_equivalent(context, pooled)]
    if not said:
        return
    apart = differences(context.found, pooled, context.lang)
    title = context.t("Does this stand?")
    yield Heading(3, f"{title} ({', '.join(apart)})" if apart else title)
    yield Bullets(tuple(said))
    shown = _shown(context, by_check)
    if shown:
        yield _table(context, shown)


def _said(
    context: Context, pooled: PooledEstimate, rows: dict[str, list[SensitivityRow]]
) -> Iterator[str]:
    t, lang = context.t, context.lang
    own = side_of(pooled)

    def turns(row: SensitivityRow) -> bool:
        """Whether the conclusion would be another one."""
        return side(*widened(pooled, row.estimate, row.ci_low, row.ci_high)) != own

    methods, without = rows.get("method", []), rows.get("without", [])
    if methods:
        text = t("Other estimators give {low} to {high}.").format(**_range(context, methods))
        other = [estimator(row.about, lang) for row in methods if turns(row)]
        said = "" if identical(pooled) else _conclusion(context, "; ".join(other))
        yield f"{text} {said}".rstrip()
    if without:
        text = t("Without one project at a time it is {low} to {high}.")
        text = text.format(**_range(context, without))
        other = [row.about for row in without if turns(row)]
        said = _conclusion(context, context.titles(other) if other else "")
        said = "" if identical(pooled) else said
        moving = [row.about for row in without if row.influential]
        if moving:
            more = t("Influential: {names}.").format(names=context.titles(moving))
            said = f"{said} {more}"
        yield f"{text} {said}".rstrip()
    for row in rows.get("shared_schools", []):
        text = t(
            "Some of these projects rest on the same schools, so they are not independent. With those as one it is {numbers}: {verdict}."
        )
        yield text.format(
            numbers=context.numbers(row.estimate, row.ci_low, row.ci_high),
            verdict=verdict(row.ci_low, row.ci_high, lang),
        )
    for row in rows.get("egger", []):
        text = t("Egger's test of asymmetry: {p}.").format(p=context.p(row.p))
        unequal = t("Small projects find something else than large ones: results may be missing.")
        equal = t("No sign that small projects find something else than large ones.")
        said = f"{text} {unequal if row.p < 0.1 else equal}"
        if row.k < ENOUGH_FOR_POWER and row.p >= 0.1:
            weak = t(
                "That is no proof of it: with {k} projects the test often misses such a difference (Sterne, Gavaghan & Egger 2000)."
            )
            said = f"{said} {weak.format(k=row.k)}"
        yield said
    for row in rows.get("trim_and_fill", []):
        if row.missing:
            text = t("Trim and fill adds {n} projects; the estimate becomes {numbers}: {verdict}.")
            yield text.format(
                n=row.missing,
                numbers=context.numbers(row.estimate, row.ci_low, row.ci_high),
                verdict=verdict(*widened(pooled, row.estimate, row.ci_low, row.ci_high), lang),
            )


def estimator(name: str, lang: Lang) -> str:
    """What an estimator of the variance between projects is called."""
    t = translator(lang)
    return {
        "ML": t("maximum likelihood (ML)"),
        "REML": t("restricted maximum likelihood (REML)"),
        "DL": "DerSimonian-Laird (DL)",
        "PM": "Paule-Mandel (PM)",
        "FE": t("one common effect (FE)"),
    }.get(name, name)


def _range(context: Context, rows: Sequence[SensitivityRow]) -> dict[str, str]:
    values = [row.estimate for row in rows]
    return {
        "low": number(min(values), context.lang, sign=True),
        "high": number(max(values), context.lang, sign=True),
    }


def _conclusion(context: Context, other: str) -> str:
    """Whether the conclusion stays; ``other`` are those with which it does not."""
    t = context.t
    if not other:
        return t("The conclusion stays the same.")
    return t("**The conclusion changes** with: {names}.").format(names=other)


def _equivalent(context: Context, pooled: PooledEstimate) -> Iterator[str]:
    """The pool of those whose groups were comparable at a proven baseline."""
    for p in context.found.pooled:
        if pool_key(p) == pool_key(pooled) and p.selection == "equivalent":
            text = context.t(
                "Only projects with comparable groups at a proven baseline (k = {k}): {numbers}; {verdict}."
            )
            yield text.format(
                k=p.k,
                numbers=context.numbers(p.estimate, p.ci_low, p.ci_high),
                verdict=verdict_of(p, context.lang),
            )


def _shown(
    context: Context, rows: dict[str, list[SensitivityRow]]
) -> list[tuple[str, SensitivityRow]]:
    """The rows of the table: of leaving out projects the lowest and the highest."""
    t = context.t
    shown = [(estimator(row.about, context.lang), row) for row in rows.get("method", [])]
    without = sorted(rows.get("without", []), key=lambda row: (row.estimate, row.about))
    left_out = t("without {name}")
    for row in dict.fromkeys((*without[:1], *without[-1:])):
        shown.append((left_out.format(name=context.title(row.about)), row))
    shown += [(t("trim and fill"), row) for row in rows.get("trim_and_fill", [])]
    as_one = t("projects with the same schools as one")
    shown += [(as_one, row) for row in rows.get("shared_schools", [])]
    return shown


def _table(context: Context, shown: list[tuple[str, SensitivityRow]]) -> Table:
    t, lang = context.t, context.lang
    return Table(
        columns=(
            Column(t("Made otherwise"), width=3),
            Column("k", "right", 0.5),
            Column(t("Estimate"), "right", 0.9),
            Column(t("95% CI"), "right", 1.4),
            Column("I²", "right", 0.7),
        ),
        rows=tuple(
            (
                name,
                str(row.k),
                number(row.estimate, lang, sign=True),
                interval(row.ci_low, row.ci_high, lang),
                f"{number(row.i2, lang, 0)}%" if row.i2 is not None else None,
            )
            for name, row in shown
        ),
        caption=t("The same estimate, made in other ways"),
        note=t("Of the projects left out the lowest and the highest; all are in sensitivity.csv."),
    )
