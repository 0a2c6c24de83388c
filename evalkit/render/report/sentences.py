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
from evalkit.render.forests import scale_name
from evalkit.render.report.context import Context
from evalkit.render.wording import capital, number

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


def result(p: PooledEstimate, name: str, lang: Lang, numbers: str) -> str:
    """The answer of one pool in one line, as the summary gives it."""
    t = translator(lang)
    text = t("**{name}**: {verdict} ({numbers}, k = {k}).")
    line = text.format(
        name=literal(capital(name)),
        verdict=verdict(p.ci_low, p.ci_high, lang),
        numbers=numbers,
        k=p.k,
    )
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
        verdict=capital(verdict(p.ci_low, p.ci_high, lang)),
        numbers=context.numbers(p.estimate, p.ci_low, p.ci_high),
        scale=scale_name(p.family, lang),
        k=p.k,
    )
    if context.measures[p.measure].scale.better is Direction.lower_:
        lower = t("Of this measure lower is better, so an effect above zero means lower values.")
        said = f"{said} {lower}"
    yield said
    yield interval_in_words(p, lang)
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
    }[side(p.ci_low, p.ci_high)]
    return text.format(
        low=number(p.ci_low, lang, sign=True), high=number(p.ci_high, lang, sign=True)
    )


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
    low, high = (number(100 * bound, lang, 0, sign=True) for bound in (p.ci_low, p.ci_high))
    within = t("(95 per cent interval: {low} to {high}).").format(low=low, high=high)
    return f"{text.format(n=abs(whole))} {within}"


# --- yardsticks --------------------------------------------------------------------------------


def yardsticks(context: Context, p: PooledEstimate, rows: Sequence[EffectSize]) -> Iterator[str]:
    """How the size relates to what was stated before: by the scheme, or for pupils' achievement."""
    if p.family != "g":
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
    if p.ci_low > target:
        text = t("The scheme ({scheme}) expects {target} SD: the whole interval lies above that.")
    elif p.ci_high < target:
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
    ends = size(p.ci_low), size(p.ci_high)
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
    if p.pi_low is None or p.pi_high is None:
        text = t(
            "How far a next project may differ cannot be told: a prediction interval asks three projects."
        )
    elif p.pi_low <= 0 <= p.pi_high:
        text = t(
            "In a next project the effect may be anything between {low} and {high} (95 per cent prediction interval). Zero lies within: what holds on average need not hold in every school."
        )
    else:
        text = t(
            "In a next project the effect is expected between {low} and {high} (95 per cent prediction interval). Zero lies outside: the direction is expected to be the same."
        )
    if p.pi_low is not None and p.pi_high is not None:
        text = text.format(
            low=number(p.pi_low, lang, sign=True), high=number(p.pi_high, lang, sign=True)
        )
    if p.i2 is None or not math.isfinite(p.i2):
        return text
    share = t("Of the variation between the estimates {i2} per cent is more than chance explains.")
    return f"{text} {share.format(i2=number(p.i2, lang, 0))}"
