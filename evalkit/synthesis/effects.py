"""From the data of one measure in one project to one row of the effect table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from evalkit.model.design import Design, ScheduleEntry
from evalkit.model.effect import EffectSize
from evalkit.model.measure import Measure
from evalkit.model.vocabulary import (
    ArmRole,
    AssignmentLevel,
    BaselineStatus,
    Direction,
    Domain,
    NotPooled,
    Respondent,
    ScaleType,
    Verdict,
)
from evalkit.synthesis.contrast import contrast_from_aggregates, contrast_from_rows
from evalkit.synthesis.equivalence import baseline_equivalence
from evalkit.synthesis.estimate import FORMULAS, Estimate, NotEstimable
from evalkit.synthesis.waves import (
    clean_aggregates,
    clean_rows,
    wave_from_aggregates,
    wave_from_rows,
)

Grain = Literal["unit", "aggregate"]


@dataclass(frozen=True)
class Values:
    """The data of one measure in one wave.

    ``frame`` has, per unit: school, class, unit, arm, value; or, per school and arm: school, arm,
    n, mean, sd.
    """

    grain: Grain
    frame: pd.DataFrame
    design_hash: str

    def as_totals(self) -> Values:
        """The same data as n, mean and SD per school and arm."""
        if self.grain == "aggregate":
            return self
        groups = self.frame.dropna(subset=["value"]).groupby(["school", "arm"], sort=True)
        totals = groups["value"].agg(n="count", mean="mean", sd="std").reset_index()
        return Values("aggregate", totals, self.design_hash)


def effect_size(
    design: Design,
    entry: ScheduleEntry,
    post: Values,
    pre: Values | None,
    baseline: BaselineStatus,
    plugin: str | None,
    reached: Callable[[int, BaselineStatus, Verdict, bool], int],
) -> EffectSize:
    """One row of the effect table.

    Args:
        design: the design the data were collected under.
        entry: the measure in the wave of the outcome.
        post: the data of that wave.
        pre: the data of the baseline wave, if there are any.
        baseline: whether these prove to be a nulmeting; if not, they are not used.
        plugin: name and version of the plugin of the project type.
        reached: function of (expected rung, baseline status, verdict, whether there is an
            estimate) to the rung reached.
    """
    measure = design.measure(entry.measure)
    before = pre if baseline is BaselineStatus.proven else None
    if before and before.grain != post.grain:
        before, post = before.as_totals(), post.as_totals()
    outcome = _contrast(design, measure, entry, post, before)
    difference, verdict = _difference(outcome, before, design, measure)
    why = _why_not_pooled(design, outcome, measure.scale.better)
    project = design.project
    return EffectSize(
        project=project.id,
        project_type=design.type.id,
        protocol=design.protocol,
        protocol_version=design.protocol_version,
        design_hash=post.design_hash,
        plugin=plugin,
        measure=measure.id,
        measure_version=measure.version,
        wave=entry.wave,
        comparison=project.comparison,
        assignment=project.assignment,
        sector=project.sector,
        nature=project.nature,
        scenario=project.scenario,
        baseline=baseline,
        better=measure.scale.better,
        baseline_difference=difference,
        baseline_verdict=verdict,
        ladder_rung=reached(design.expected_rung, baseline, verdict, isinstance(outcome, Estimate)),
        pooled=why is None,
        not_pooled_because=why,
        **_numbers(outcome, post, before),
    )


def is_clustered(design: Design, measure: Measure) -> bool:
    """Whether units of the measure were assigned in clusters."""
    if measure.respondent is Respondent.school:
        return False
    whole = (AssignmentLevel.subject, AssignmentLevel.class_, AssignmentLevel.school)
    return design.project.assignment in whole


def cluster_of(design: Design, measure: Measure, frame: pd.DataFrame) -> pd.Series:
    """The cluster of each unit: its class within its school, or its school."""
    by_class = (
        design.project.assignment in (AssignmentLevel.class_, AssignmentLevel.subject)
        and measure.respondent is Respondent.pupil
        and "class" in frame
    )
    if not by_class:
        return frame["school"]
    return frame["school"] + "/" + frame["class"].fillna("")


def _contrast(
    design: Design, measure: Measure, entry: ScheduleEntry, post: Values, pre: Values | None
) -> Estimate | NotEstimable:
    analysis = design.analysis
    achievement = measure.domain is Domain.achievement
    better: Literal["higher", "lower"] = (
        "lower" if measure.scale.better is Direction.lower_ else "higher"
    )
    options: dict[str, Any] = {
        "shared_scale": entry.scale.shared_across_waves,
        "ratio": measure.scale.type is ScaleType.ratio,
        "clustered": is_clustered(design, measure),
        "better": better,
        "default_icc": analysis.icc_achievement if achievement else analysis.icc_attitude,
        "default_r": analysis.pretest_correlation,
    }
    if post.grain == "aggregate":
        return contrast_from_aggregates(post.frame, pre.frame if pre else None, **options)
    before = _rows(design, measure, pre.frame) if pre else None
    return contrast_from_rows(_rows(design, measure, post.frame), before, **options)


def _rows(design: Design, measure: Measure, frame: pd.DataFrame) -> pd.DataFrame:
    unit = frame["school"] + "/" + (frame["unit"] if "unit" in frame else frame["arm"])
    return pd.DataFrame(
        {
            "unit": unit,
            "cluster": cluster_of(design, measure, frame),
            "arm": frame["arm"],
            "value": frame["value"],
        }
    )


def _difference(
    outcome: Estimate | NotEstimable, pre: Values | None, design: Design, measure: Measure
) -> tuple[float | None, Verdict]:
    """The baseline difference between the arms as Hedges' g, and the verdict on it.

    Of the units the estimate rests on, where there is one that uses the pretest.
    """
    if pre is None:
        return None, Verdict.unknown
    if isinstance(outcome, Estimate):
        o = outcome
        used = (o.pre_mean_t, o.pre_sd_t, o.pre_mean_c, o.pre_sd_c)
        if None not in used and o.n_c:
            found = baseline_equivalence(
                o.pre_mean_t or 0, o.pre_sd_t or 0, o.n_t, o.pre_mean_c or 0, o.pre_sd_c or 0, o.n_c
            )
            return found.g, Verdict[found.verdict]
    wave = (
        wave_from_aggregates(clean_aggregates(pre.frame))
        if pre.grain == "aggregate"
        else wave_from_rows(clean_rows(_rows(design, measure, pre.frame)))
    )
    t, c = wave.t, wave.c
    if min(t.n, c.n) < 2 or not (t.sd > 0 or c.sd > 0):
        return None, Verdict.unknown
    found = baseline_equivalence(t.mean, t.sd, t.n, c.mean, c.sd, c.n)
    return found.g, Verdict[found.verdict]


def _why_not_pooled(
    design: Design, outcome: Estimate | NotEstimable, better: Direction
) -> NotPooled | None:
    if not design.project.has_comparison:
        return NotPooled.single_group
    if isinstance(outcome, NotEstimable):
        return NotPooled[outcome.reason]
    if better is Direction.neutral:
        return NotPooled.no_direction
    return NotPooled.single_group if outcome.metric == "SMCR" else None


def _numbers(outcome: Estimate | NotEstimable, post: Values, pre: Values | None) -> dict[str, Any]:
    if isinstance(outcome, NotEstimable):
        return _bare_numbers(post, pre)
    formula = FORMULAS[outcome.formula]
    return {
        "metric": outcome.metric,
        "yi": outcome.yi,
        "vi": outcome.vi,
        "df": outcome.df,
        "n_t": outcome.n_t,
        "n_c": outcome.n_c,
        "clusters_t": outcome.clusters_t,
        "clusters_c": outcome.clusters_c,
        "mean_t": outcome.post_mean_t,
        "sd_t": outcome.post_sd_t,
        "mean_c": outcome.post_mean_c,
        "sd_c": outcome.post_sd_c,
        "pre_mean_t": outcome.pre_mean_t,
        "pre_sd_t": outcome.pre_sd_t,
        "pre_mean_c": outcome.pre_mean_c,
        "pre_sd_c": outcome.pre_sd_c,
        "r": outcome.r,
        "r_source": outcome.r_source,
        "r_squared": outcome.r_squared,
        "icc": outcome.icc,
        "icc_residual": outcome.icc_residual,
        "icc_source": outcome.icc_source,
        "formula": f"{formula.key}: {formula.text} [{formula.citation}]",
    }


def _bare_numbers(post: Values, pre: Values | None) -> dict[str, Any]:
    """Sizes, means and SDs of a contrast without an estimate; the rest unknown."""
    names = ("metric", "yi", "vi", "df", "clusters_t", "clusters_c", "r", "r_source", "formula")
    numbers: dict[str, Any] = dict.fromkeys(names)
    numbers |= dict.fromkeys(("r_squared", "icc", "icc_residual", "icc_source"))
    for arm, role in (("t", ArmRole.intervention), ("c", ArmRole.comparison)):
        n, mean, sd = _describe(post, role)
        numbers |= {f"n_{arm}": n, f"mean_{arm}": mean, f"sd_{arm}": sd}
        _, mean, sd = _describe(pre, role) if pre else (0, None, None)
        numbers |= {f"pre_mean_{arm}": mean, f"pre_sd_{arm}": sd}
    return numbers


def _describe(values: Values, role: ArmRole) -> tuple[int, float | None, float | None]:
    frame = values.frame[values.frame["arm"] == role.value]
    if values.grain == "aggregate":
        n = int(frame["n"].sum())
        mean = float(np.average(frame["mean"], weights=frame["n"])) if n else None
        return n, mean, None
    known = frame["value"].dropna()
    n = len(known)
    return n, float(known.mean()) if n else None, float(known.std()) if n > 1 else None
