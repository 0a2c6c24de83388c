"""Effect sizes of a yes-or-no outcome in two arms: how many units had the event.

As metafor's ``escalc`` with its defaults ``add=1/2, to="only0", drop00=FALSE``: where one of the
four cells is 0, 1/2 is added to all four, also for the risk difference. Counts of units;
``inflation_t`` and ``inflation_c`` are the design effects of the arms. Every function raises
ValueError when an arm is empty or events are not between 0 and its units.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from evalkit.synthesis.estimate import Effect
from evalkit.synthesis.hedges import j_factor

COX = 1.65
"""Log odds in one standard deviation: the SD of a logistic variable, in the WWC's rounding."""


class Cells(NamedTuple):
    """Events and non-events in the intervention arm (a, b) and the comparison arm (c, d)."""

    a: float
    b: float
    c: float
    d: float


def cells(events_t: int, n_t: int, events_c: int, n_c: int) -> Cells:
    """Return the four cells, each with 1/2 added when one of them is 0."""
    if not (n_t > 0 and n_c > 0):
        raise ValueError(f"each arm needs at least 1 unit, got {n_t} and {n_c}")
    if not (0 <= events_t <= n_t and 0 <= events_c <= n_c):
        raise ValueError(f"0 to n units have the event, got {events_t} and {events_c}")
    counts = Cells(events_t, n_t - events_t, events_c, n_c - events_c)
    return counts if min(counts) > 0 else Cells(*(count + 0.5 for count in counts))


def log_risk_ratio(
    events_t: int,
    n_t: int,
    events_c: int,
    n_c: int,
    *,
    inflation_t: float = 1.0,
    inflation_c: float = 1.0,
) -> Effect:
    """Return ln((a/nT)/(c/nC)), v = 1/a - 1/nT + 1/c - 1/nC (Fleiss & Berlin 2009)."""
    a, b, c, d = cells(events_t, n_t, events_c, n_c)
    yi = math.log(a / (a + b)) - math.log(c / (c + d))
    in_t, in_c = 1 / a - 1 / (a + b), 1 / c - 1 / (c + d)
    return Effect(yi, inflation_t * in_t + inflation_c * in_c, None, None)


def log_odds_ratio(
    events_t: int,
    n_t: int,
    events_c: int,
    n_c: int,
    *,
    inflation_t: float = 1.0,
    inflation_c: float = 1.0,
) -> Effect:
    """Return ln(ad/(bc)), v = 1/a + 1/b + 1/c + 1/d (Fleiss & Berlin 2009)."""
    a, b, c, d = cells(events_t, n_t, events_c, n_c)
    yi = math.log(a / b) - math.log(c / d)
    in_t, in_c = 1 / a + 1 / b, 1 / c + 1 / d
    return Effect(yi, inflation_t * in_t + inflation_c * in_c, None, None)


def risk_difference(
    events_t: int,
    n_t: int,
    events_c: int,
    n_c: int,
    *,
    inflation_t: float = 1.0,
    inflation_c: float = 1.0,
) -> Effect:
    """Return a/nT - c/nC, v = ab/nT^3 + cd/nC^3 (Fleiss & Berlin 2009)."""
    a, b, c, d = cells(events_t, n_t, events_c, n_c)
    t, u = a + b, c + d
    vi = inflation_t * a * b / t**3 + inflation_c * c * d / u**3
    return Effect(a / t - c / u, vi, None, None)


def cox_index(
    events_t: int,
    n_t: int,
    events_c: int,
    n_c: int,
    *,
    inflation_t: float = 1.0,
    inflation_c: float = 1.0,
) -> Effect:
    """Return the Cox index: the log odds ratio on the scale of a standardised difference.

    d = J(N-2) ln(OR)/1.65 (WWC Handbook 5.0, 2022, appendix E, with the exact J) and its variance
    (J/1.65)^2 (1/a + 1/b + 1/c + 1/d) (Sanchez-Meca, Marin-Martinez & Chacon-Moscoso 2003). Raises
    ValueError, besides what the module says, unless N - 2 is above 1.
    """
    odds = log_odds_ratio(
        events_t, n_t, events_c, n_c, inflation_t=inflation_t, inflation_c=inflation_c
    )
    df = n_t + n_c - 2
    factor = j_factor(df) / COX
    return Effect(factor * odds.yi, factor**2 * odds.vi, df, None)


def change_of_proportion(events_pre: int, events_post: int, n: int, r: float) -> Effect:
    """Return the change of a proportion in one group of the same units, p_post - p_pre.

    v = [p1 q1 + p0 q0 - 2 r sqrt(p1 q1 p0 q0)]/n, which for r the correlation of the two answers is
    McNemar's [b + c - (b - c)^2/n]/n^2 (Agresti 2013, Categorical Data Analysis, 3rd ed., ch. 11).
    """
    if n < 1 or not (0 <= events_pre <= n and 0 <= events_post <= n):
        raise ValueError(f"0 to n of n units have the event, got {events_pre}, {events_post}, {n}")
    before, after = (p / n * (1 - p / n) for p in (events_pre, events_post))
    vi = (before + after - 2 * r * math.sqrt(before * after)) / n
    return Effect((events_post - events_pre) / n, max(vi, 0.0), None, None)
