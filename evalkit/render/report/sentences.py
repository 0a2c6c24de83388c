"""Plain sentences beside the numbers of a pooled estimate. Each is computed from the numbers."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Literal

from evalkit.language import translator
from evalkit.model.effect import EffectSize, PooledEstimate
from evalkit.model.text import Lang
from evalkit.model.vocabulary import (
    BaselineStatus,
    Comparison,
    Direction,
    Domain,
    Respondent,
    Verdict,
)
from evalkit.render.blocks import literal
from evalkit.render.pools import scale_name
from evalkit.render.report.context import Context
from evalkit.render.wording import capital, interval, number

Side = Literal["better", "worse", "unclear"]

FEW = 5
"""Projects below which an average is a first indication."""

_ALIKE = (Verdict.fine, Verdict.adjust)
_KRAFT = (0.05, 0.20)
"""Kraft (2020), Interpreting effect sizes of education interventions, Educational Researcher 49(4),
241-253: below the first small, from the second on large. For pupils' achievement in causal studies.
"""


def side(low: float, high: float) -> Side:
    """On which side of zero a 95% interval lies; unclear where it holds zero."""
    return "better" if low > 0 else "worse" if high < 0 else "unclear"


def verdict(low: float, high: float, lang: Lang) -> str:
    """What that means."""
    t = translator(lang)
    return {
        "better": t("the intervention group did better"),
        "worse": t("the intervention group did worse"),
        "unclear": t("the data do not tell whether the intervention helped or harmed"),
    }[side(low, high)]


# --- what may be relied on -----------------------------------------------------------------------


def widened(p: PooledEstimate, estimate: float, low: float, high: float) -> tuple[float, float]:
    """An interval of this pool, or of part of it, at least as wide as that of one common effect."""
    if not p.narrow or p.fixed_low is None or p.fixed_high is None:
        return low, high
    half = (p.fixed_high - p.fixed_low) / 2
    return min(low, estimate - half), max(high, estimate + half)


def reliable(p: PooledEstimate) -> tuple[float, float]:
    """The interval that words go by: that of Knapp and Hartung, unless it is too narrow."""
    return widened(p, p.estimate, p.ci_low, p.ci_high)


def identical(p: PooledEstimate) -> bool:
    """Whether all estimates are the same, so that their spread says nothing."""
    low, high = reliable(p)
    return p.narrow and p.ci_high - p.ci_low <= 1e-6 * (high - low)


def side_of(p: PooledEstimate) -> Side:
    """On which side of zero a pool lies; unclear where no interval can be trusted."""
    return "unclear" if identical(p) else side(*reliable(p))


def verdict_of(p: PooledEstimate, lang: Lang) -> str:
    """What that means."""
    return verdict(0, 0, lang) if identical(p) else verdict(*reliable(p), lang)


def too_narrow(p: PooledEstimate, lang: Lang) -> str:
    """That the interval of a pool says too much, and which one counts here."""
    t = translator(lang)
    wide = interval(*reliable(p), lang)
    if identical(p):
        text = t(
            "**Caution**: all estimates are the same. From that no interval can be trusted, and nothing is concluded from it: ask whether these are different projects. By the uncertainty of each project alone it would be {wide}."
        )
    else:
        text = t(
            "**Caution**: that interval is too narrow. The projects agree more than expected by chance, and the method of Knapp and Hartung then claims more than they can carry (Röver, Knapp & Friede 2015; Jackson et al. 2017). With the uncertainty of the projects themselves (one common effect) it is {wide}; the words go by that one."
        )
    return text.format(wide=wide)


def short_numbers(context: Context, p: PooledEstimate) -> str:
    """Scale, estimate and interval; of a ratio also in per cent."""
    scale = scale_name(p.family, context.lang, p.metrics)
    numbers = f"{scale} {context.numbers(p.estimate, p.ci_low, p.ci_high)}"
    if p.family not in _RATIOS:
        return numbers
    value, low, high = per_cent(context, p)
    digits = _digits(value)
    way = context.t("higher") if value >= 0 else context.t("lower")
    ends = interval(low, high, context.lang, digits)
    return f"{numbers}; {number(abs(value), context.lang, digits)}% {way} {ends}"


def result(p: PooledEstimate, name: str, lang: Lang, numbers: str) -> str:
    """The answer of one pool in one line, as the summary gives it."""
    t = translator(lang)
    text = t("**{name}**: {verdict} ({numbers}, k = {k}).")
    line = text.format(
        name=literal(capital(name)), verdict=verdict_of(p, lang), numbers=numbers, k=p.k
    )
    if identical(p):
        said = t("All estimates are the same: no interval can be trusted.")
        return f"{line} {said}"
    if p.narrow:
        text = t("That interval is too narrow; with one common effect it is {wide}.")
        return f"{line} {text.format(wide=interval(*reliable(p), lang))}"
    alone = t("One project only.")
    return f"{line} {alone}" if p.k == 1 else line


def sentences(context: Context, p: PooledEstimate, rows: Sequence[EffectSize]) -> Iterator[str]:
    """What one pool says, one sentence after the other.

    Args:
        context: the report.
        p: the pool.
        rows: the rows of the effect table that it is made of.
    """
    t, lang = context.t, context.lang
    said = t("**{verdict}**: {numbers} ({scale}, k = {k}).").format(
        verdict=capital(verdict_of(p, lang)),
        numbers=context.numbers(p.estimate, p.ci_low, p.ci_high),
        scale=scale_name(p.family, lang, p.metrics),
        k=p.k,
    )
    if context.measures[p.measure].scale.better is Direction.lower_:
        lower = t("Of this measure lower is better, so an effect above zero means lower values.")
        said = f"{said} {lower}"
    yield said
    if p.narrow:
        yield too_narrow(p, lang)
    if not identical(p):
        yield interval_in_words(p, lang)
    if p.family in _RATIOS:
        yield in_per_cent(context, p)
    yield how_sure(p, rows, lang)
    if p.family == "RD" and all(row.metric == "RD" for row in rows):
        yield of_a_hundred(p, lang)
    yield from yardsticks(context, p, rows)
    yield differences(p, lang)


def interval_in_words(p: PooledEstimate, lang: Lang) -> str:
    """Where the average effect lies, and whether zero is among it."""
    t = translator(lang)
    text = {
        "better": t(
            "With 95 per cent confidence the average effect lies between {low} and {high}: all of it is in favour of the intervention."
        ),
        "worse": t(
            "With 95 per cent confidence the average effect lies between {low} and {high}: all of it is in favour of the comparison group."
        ),
        "unclear": t(
            "With 95 per cent confidence the average effect lies between {low} and {high}. Zero lies within: no effect at all fits the data too. That is not the same as proof of no effect."
        ),
    }[side_of(p)]
    low, high = (number(end, lang, sign=True) for end in reliable(p))
    return text.format(low=low, high=high)


def how_sure(p: PooledEstimate, rows: Sequence[EffectSize], lang: Lang) -> str:
    """On what the pool rests, with a warning where that is little."""
    t = translator(lang)
    proven = [row for row in rows if row.baseline is BaselineStatus.proven]
    rungs = sorted({row.ladder_rung for row in rows})
    ends = [str(rung) for rung in dict.fromkeys((*rungs[:1], *rungs[-1:]))]
    text = t(
        "How sure: projects {k}; with a baseline from before the start {proven}; of these with comparable groups {alike}; with groups drawn by lot {lots}; rung of the effect ladder {rungs}."
    ).format(
        k=p.k,
        proven=len(proven),
        alike=sum(row.baseline_verdict in _ALIKE for row in proven),
        lots=sum(row.comparison is Comparison.randomised for row in rows),
        rungs="–".join(ends) or "–",
    )
    if p.k == 1:
        more = t("**Caution**: with one project nothing is taken together.")
    elif p.k < FEW:
        more = t(
            "**Caution**: with fewer than five projects an average is a first indication; one more project can turn it."
        )
    else:
        return text
    return f"{text} {more}"


def of_a_hundred(p: PooledEstimate, lang: Lang) -> str:
    """A difference of proportions as a number of every hundred."""
    t = translator(lang)
    whole = round(100 * p.estimate)
    if whole > 0:
        text = t("Of every 100, {n} more had the better answer than in the comparison group")
    elif whole < 0:
        text = t("Of every 100, {n} fewer had the better answer than in the comparison group")
    else:
        text = t("Of every 100, as many had the better answer as in the comparison group")
    low, high = (number(100 * bound, lang, 0, sign=True) for bound in reliable(p))
    within = t("(95 per cent interval: {low} to {high}).").format(low=low, high=high)
    return f"{text.format(n=abs(whole))} {within}"


_RATIOS = ("lnRR", "lnRisk")
"""Families of logarithms of ratios that read as per cent: of means, and of shares."""


def per_cent(context: Context, p: PooledEstimate) -> tuple[float, float, float]:
    """A ratio and its interval as per cent more or less than the comparison group.

    Of the measure as it is, 100 (exp(y) - 1): of one of which lower is better the sign is turned
    back first.
    """
    turned = context.measures[p.measure].scale.better is Direction.lower_
    values = [-end if turned else end for end in (p.estimate, *reliable(p))]
    value, *ends = (100 * math.expm1(end) for end in values)
    return value, min(ends), max(ends)


def _digits(value: float) -> int:
    return 0 if abs(value) >= 9.5 else 1


def in_per_cent(context: Context, p: PooledEstimate) -> str:
    """A ratio as per cent more or less than the comparison group."""
    t, lang = context.t, context.lang
    value, low, high = per_cent(context, p)
    digits = _digits(value)
    shown = number(abs(value), lang, digits)
    if p.family == "lnRisk":
        text = t(
            "In per cent: the share that said yes was {n} per cent {way} in the intervention group than in the comparison group (95 per cent interval: {low}% to {high}%). These are per cent of that share, no percentage points."
        )
    else:
        text = t(
            "In per cent: the average was {n} per cent {way} in the intervention group than in the comparison group (95 per cent interval: {low}% to {high}%)."
        )
    low_said, high_said = (number(end, lang, digits, sign=True) for end in (low, high))
    way = t("higher") if value >= 0 else t("lower")
    return text.format(n=shown, way=way, low=low_said, high=high_said)


# --- yardsticks --------------------------------------------------------------------------------


def yardsticks(context: Context, p: PooledEstimate, rows: Sequence[EffectSize]) -> Iterator[str]:
    """How the size relates to what was stated before: by the scheme, or for pupils' achievement."""
    if p.family != "g" or identical(p):
        return
    measure = context.measures[p.measure]
    t, lang = context.t, context.lang
    inside = [context.designs[row.project] for row in rows]
    targets = {
        (d.analysis.target_effect, d.protocol_title.to(lang))
        for d in inside
        if d.analysis.target_effect and measure.respondent in d.analysis.target_for
    }
    for target, scheme in sorted(targets, key=str):
        if target:
            yield _against_target(p, target, scheme, lang)
    if measure.domain is Domain.achievement and measure.respondent is Respondent.pupil:
        if p.estimate > 0:
            yield kraft(p, lang)
    elif not targets:
        yield t(
            "No general yardstick of size is applied: those that are published are for learning results of pupils."
        )


def _against_target(p: PooledEstimate, target: float, scheme: str, lang: Lang) -> str:
    t = translator(lang)
    low, high = reliable(p)
    if low > target:
        text = t("The scheme ({scheme}) expects {target} SD: the whole interval lies above that.")
    elif high < target:
        text = t("The scheme ({scheme}) expects {target} SD: the whole interval lies below that.")
    else:
        text = t(
            "The scheme ({scheme}) expects {target} SD: that lies within the interval, so the data neither confirm it nor rule it out."
        )
    return text.format(scheme=literal(scheme), target=number(target, lang))


def kraft(p: PooledEstimate, lang: Lang) -> str:
    """The size of an effect on pupils' achievement by the benchmarks of Kraft (2020)."""
    t = translator(lang)
    names = (t("small"), t("medium"), t("large"))

    def size(value: float) -> str:
        if value <= 0:
            return t("no gain")
        return names[sum(value >= limit for limit in _KRAFT)]

    text = t(
        "By the benchmarks of Kraft (2020, Educational Researcher 49) this estimate is {size}: below {first} is small, from {second} on large. They are meant for causal studies with standardised tests of achievement."
    ).format(size=size(p.estimate), first=number(_KRAFT[0], lang), second=number(_KRAFT[1], lang))
    ends = tuple(map(size, reliable(p)))
    if ends[0] != ends[1]:
        more = t("The interval runs from {low} to {high}.").format(low=ends[0], high=ends[1])
        text = f"{text} {more}"
    return text


# --- differences between projects --------------------------------------------------------------


def differences(p: PooledEstimate, lang: Lang) -> str:
    """How much projects differ, by the prediction interval and I squared."""
    t = translator(lang)
    if p.k == 1:
        return t("How far projects differ cannot be told from one.")
    if identical(p):
        return t(
            "How far a next project may differ cannot be told from estimates that are the same."
        )
    low, high = p.pi_low, p.pi_high
    if low is not None and high is not None:
        low, high = widened(p, p.estimate, low, high)
    if low is None or high is None:
        text = t(
            "How far a next project may differ cannot be told: a prediction interval asks three projects."
        )
    elif low <= 0 <= high:
        text = t(
            "In a next project the effect may be anything between {low} and {high} (95 per cent prediction interval). Zero lies within: what holds on average need not hold in every project."
        )
    else:
        text = t(
            "In a next project the effect is expected between {low} and {high} (95 per cent prediction interval). Zero lies outside: the direction is expected to be the same."
        )
    if low is not None and high is not None:
        text = text.format(low=number(low, lang, sign=True), high=number(high, lang, sign=True))
    if p.i2 is None or not math.isfinite(p.i2):
        return text
    share = t("Of the variation between the estimates {i2} per cent is more than chance explains.")
    return f"{text} {share.format(i2=number(p.i2, lang, 0))}"
