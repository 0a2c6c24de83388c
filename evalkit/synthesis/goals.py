"""Attainment of own goals over projects, so that small projects count too."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence

from evalkit.model.goals import GoalRow, PooledGoals
from evalkit.model.text import Text
from evalkit.model.vocabulary import WaveKind

EXPECTED = 50.0
"""T-score of goals that were attained exactly as expected (Kiresuk & Sherman 1968)."""


def pooled_goals(rows: Iterable[GoalRow]) -> Iterator[PooledGoals]:
    """The mean T-score of each wave, and its mean change since the baseline.

    Over all projects, per type and per variant. Each project counts once: nobody knows the error
    of a single rating, and weights by numbers of schools would make small projects vanish. The
    interval is that of a mean of k values, M ± t(0.975, k-1) s/√k; what is pooled are attained
    goals, not effects: there is no comparison.
    """
    scores: dict[str, dict[str, GoalRow]] = {}
    for row in rows:
        scores.setdefault(row.wave, {})[row.project] = row
    before = {
        project: row.t_score
        for of_wave in scores.values()
        for project, row in of_wave.items()
        if row.wave_kind is WaveKind.baseline
    }
    for wave, of_wave in scores.items():
        groups: dict[tuple[str, str], list[GoalRow]] = {("all", "all"): list(of_wave.values())}
        for by in ("project_type", "variant"):
            for row in of_wave.values():
                groups.setdefault((by, str(getattr(row, by))), []).append(row)
        for (by, value), group in sorted(groups.items()):
            kind = group[0].wave_kind
            yield _pooled(wave, kind, by, value, "level", [row.t_score for row in group])
            gains = [row.t_score - before[row.project] for row in group if row.project in before]
            if gains and kind is not WaveKind.baseline:
                yield _pooled(wave, kind, by, value, "change", gains)


def _pooled(
    wave: str, kind: WaveKind, by: str, value: str, about: str, scores: Sequence[float]
) -> PooledGoals:
    k, mean = len(scores), math.fsum(scores) / len(scores)
    sd = se = low = high = None
    if k > 1:
        from scipy.stats import t

        sd = math.sqrt(math.fsum((score - mean) ** 2 for score in scores) / (k - 1))
        se = sd / math.sqrt(k)
        half = float(t.ppf(0.975, k - 1)) * se
        low, high = mean - half, mean + half
    said = in_words(about, k, mean, low, high)
    return PooledGoals(
        wave=wave, wave_kind=kind, by=by, value=value, about=about, k=k, mean_t=mean, sd=sd,
        se=se, ci_low=low, ci_high=high, text_nl=said.nl, text_en=said.en,
    )  # fmt: skip


def in_words(about: str, k: int, mean: float, low: float | None, high: float | None) -> Text:
    """What a mean T-score, or a mean change of it, says.

    It is above or below when the whole interval is; of one project only the number is given.
    """
    level = about == "level"
    null = EXPECTED if level else 0.0
    if low is None or high is None:
        return Text(
            nl=f"Eén project: T = {_dutch(mean)}, waarbij 50 precies zoals verwacht is."
            if level
            else f"Eén project: {_dutch(mean, '+')} punten sinds de nulmeting.",
            en=f"One project: T = {mean:.1f}, where 50 is exactly as expected."
            if level
            else f"One project: {mean:+.1f} points since the baseline.",
        )
    side = 1 if low > null else -1 if high < null else 0
    told = _LEVEL[side] if level else _CHANGE[side]
    sign = "" if level else "+"
    return Text(
        nl=f"In {k} projecten samen {told.nl}: gemiddeld {_dutch(mean, sign)} "
        f"(95%-interval {_dutch(low, sign)} tot {_dutch(high, sign)})"
        + (", waarbij 50 precies zoals verwacht is." if level else " sinds de nulmeting."),
        en=f"Over {k} projects {told.en}: {mean:{sign}.1f} on average "
        f"(95% interval {low:{sign}.1f} to {high:{sign}.1f})"
        + (", where 50 is exactly as expected." if level else " since the baseline."),
    )


_LEVEL = {
    1: Text(
        nl="zijn de eigen doelen verder bereikt dan verwacht",
        en="own goals were attained beyond what was expected",
    ),
    0: Text(
        nl="is niet te zeggen of de eigen doelen meer of minder zijn bereikt dan verwacht",
        en="it cannot be told whether own goals were attained more or less than expected",
    ),
    -1: Text(
        nl="zijn de eigen doelen minder ver bereikt dan verwacht",
        en="own goals were attained less than expected",
    ),
}
_CHANGE = {
    1: Text(nl="kwamen de eigen doelen dichterbij", en="own goals came nearer"),
    0: Text(
        nl="is niet te zeggen of de eigen doelen dichterbij kwamen",
        en="it cannot be told whether own goals came nearer",
    ),
    -1: Text(nl="raakten de eigen doelen verder weg", en="own goals moved further away"),
}


def _dutch(number: float, sign: str = "") -> str:
    return f"{number:{sign}.1f}".replace(".", ",")
