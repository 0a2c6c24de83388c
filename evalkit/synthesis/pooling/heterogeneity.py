"""How much estimates differ: Q, I2, H2 and the interval of tau2."""

from __future__ import annotations

from dataclasses import dataclass

from scipy import stats

from evalkit.synthesis.pooling.linear import Linear, weighted
from evalkit.synthesis.pooling.tau2 import Method, solve_q, traces


@dataclass(frozen=True)
class Heterogeneity:
    """Q with its degrees of freedom and p; I2 in per cent and H2, None where there is no Q."""

    q: float
    q_df: int
    q_p: float
    i2: float | None
    h2: float | None


def heterogeneity(line: Linear, tau2: float, method: Method) -> Heterogeneity:
    """Cochran's Q of what the moderators leave, with I2 and H2 (Higgins & Thompson 2002).

    I2 and H2 compare tau2 with the typical sampling variance (k - p)/tr(P) (their eq. 9; with
    moderators as metafor); for FE they are (Q - df)/Q and Q/df. Stat. Med. 21.
    """
    df = line.k - line.p
    if df == 0:
        return Heterogeneity(0.0, 0, 1.0, None, None)
    q = weighted(line, 1 / line.v).rss
    p = float(stats.chi2.sf(q, df))
    if method == "FE":
        return Heterogeneity(q, df, p, max(0.0, 100 * (q - df) / q) if q > 0 else 0.0, q / df)
    typical = df / traces(line, 0.0)[0]
    return Heterogeneity(q, df, p, 100 * tau2 / (typical + tau2), tau2 / typical + 1)


def tau2_interval(line: Linear, level: float) -> tuple[float, float] | None:
    """The Q-profile interval of tau2 in the units of the estimates (Viechtbauer 2007, Stat. Med.
    26): the tau2 at which the generalised Q is a quantile of chi-square with k - p df.

    None where even tau2 = 0 makes Q smaller than chance would: then no tau2 fits.
    """
    df = line.k - line.p
    if df == 0:
        return None
    tail = (1 - level) / 2
    largest, smallest = float(stats.chi2.isf(tail, df)), float(stats.chi2.ppf(tail, df))
    if weighted(line, 1 / line.v).rss < smallest:
        return None
    scale = line.unit**2
    return solve_q(line, largest) * scale, solve_q(line, smallest) * scale
