"""From the data of one measure in one project to rows of the effect table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Literal, NamedTuple

import numpy as np

from evalkit.model.base import computed
from evalkit.model.design import Design, ScheduleEntry
from evalkit.model.effect import ALL, EffectSize
from evalkit.model.measure import Measure
from evalkit.model.result import Attrition, Conduct, ReachedRung, ResultFacts
from evalkit.model.submission import Grain
from evalkit.model.vocabulary import (
    ArmRole,
    BaselineStatus,
    ChosenBy,
    Contrast,
    Direction,
    Domain,
    Note,
    NotPooled,
    Phase,
    ScaleType,
    Verdict,
)
from evalkit.synthesis import crossover, yes_no
from evalkit.synthesis.choices import FAMILIES
from evalkit.synthesis.conduct import attrition, response
from evalkit.synthesis.contrast import contrast_of_totals, contrast_of_units
from evalkit.synthesis.crossover import Group
from evalkit.synthesis.equivalence import baseline_equivalence
from evalkit.synthesis.equivalence import verdict as verdict_on
from evalkit.synthesis.estimate import FORMULAS, Estimate, NotEstimable
from evalkit.synthesis.estimators import Options
from evalkit.synthesis.publishing import fewest_units, never_pooled
from evalkit.synthesis.units import Values, is_clustered, units_in
from evalkit.synthesis.waves import Wave

Reached = Callable[[Design, ResultFacts], ReachedRung]
AS_PLANNED = Conduct()

NUMBERS = (
    "metric", "yi", "vi", "df", "clusters_t", "clusters_c", "formula",
    "n_t", "mean_t", "sd_t", "pre_mean_t", "pre_sd_t",
    "n_c", "mean_c", "sd_c", "pre_mean_c", "pre_sd_c",
    "r", "r_source", "r_squared", "icc", "icc_residual", "icc_source",
)  # fmt: skip
"""The columns of a contrast without an estimate that stay empty unless something is known."""


class Delivered(NamedTuple):
    """What came in of one measure, for one row of the effect table.

    ``design`` is the one the data were collected under, ``entry`` the measure in the wave of the
    outcome, ``post`` the data of that wave, ``pre`` those of the baseline wave if there are any,
    ``baseline`` whether these prove to be a nulmeting (if not, they are not used), ``conduct`` how
    the wave was carried out, ``phase`` that of the project, ``registered`` whether its predictions
    were registered before the data of the outcome came in (None if it registered nothing).
    """

    design: Design
    entry: ScheduleEntry
    post: Values
    pre: Values | None
    baseline: BaselineStatus
    plugin: str | None = None
    conduct: Conduct = AS_PLANNED
    phase: Phase | None = None
    registered: bool | None = None

    @property
    def measure(self) -> Measure:
        """The measure, as the design has it."""
        return self.design.measure(self.entry.measure)

    @property
    def is_predicted(self) -> bool:
        """Whether a prediction of the project names the measure."""
        return self.entry.measure in self.design.project.predicted

    def comparable(self) -> Delivered:
        """The same with only what counts as a baseline, and both waves in one grain."""
        if self.pre is None or self.baseline is not BaselineStatus.proven:
            return self._replace(pre=None)
        if self.pre.grain != self.post.grain:
            return self._replace(pre=self.pre.as_totals(), post=self.post.as_totals())
        return self

    def controls(self) -> dict[Group, Group]:
        """The control of each treated group of a cross-over; none where rows name no subject."""
        usable = self.post.grain == "unit" and self.post.has_subjects
        if not usable or self.measure.scale.type is ScaleType.binary:
            return {}
        return crossover.controls_of(
            [(p.school, p.subject, p.control_school, p.control_subject) for p in self.design.pairs]
        )


def effect_rows(data: Delivered, reached: Reached, metric: str | None = None) -> list[EffectSize]:
    """The row of a measure in a wave, then those of its subgroups.

    Args:
        data: what came in.
        reached: function of the design and what is known of the result to the rung reached.
        metric: the metric asked for, if one was; the rule chooses otherwise.
    """
    data = data.comparable()
    controls = data.controls()
    rows = [_row(data, reached, metric, controls, ALL)]
    subjects = crossover.subjects_of(controls)
    if len(subjects) > 1:
        for subject in subjects:
            part = crossover.only(controls, subject)
            row = _row(_of_groups(data, part), reached, metric, part, f"subject:{subject}")
            if row.n_t:
                rows.append(row)
    return rows


def _of_groups(data: Delivered, controls: dict[Group, Group]) -> Delivered:
    """The rows of some treated groups and their controls."""
    wanted = {*controls, *controls.values()}

    def kept(values: Values) -> Values:
        pairs = zip(values.frame["school"], values.frame["subject"], strict=True)
        return replace(values, table=values.frame[[Group(*pair) in wanted for pair in pairs]])

    pre = kept(data.pre) if data.pre and data.pre.has_subjects else None
    return data._replace(post=kept(data.post), pre=pre)


def _row(
    data: Delivered,
    reached: Reached,
    metric: str | None,
    controls: dict[Group, Group],
    subgroup: str,
) -> EffectSize:
    design = data.design
    outcome = _outcome(data, metric, controls)
    if isinstance(outcome, Estimate) and data.pre and not outcome.allows_for_pretest:
        outcome = outcome.noted(Note.pretest_unused)
    difference, verdict = _difference(outcome, data)
    why = _why_not_pooled(data, outcome, subgroup)
    lost = attrition(data.pre, data.post) if data.pre else None
    share = response(design, data.entry, data.post) if subgroup == ALL else None
    rung = reached(design, _facts(outcome, data, verdict, lost, share))
    return computed(
        EffectSize,
        {
            **identity(data),
            "contrast": _contrast_of(data, outcome, controls),
            "subgroup": subgroup,
            "baseline_difference": difference,
            "baseline_verdict": verdict,
            "attrition": lost and lost.overall,
            "attrition_t": lost and lost.intervention,
            "attrition_c": lost and lost.comparison,
            "response": share,
            "ladder_rung": rung.rung,
            "rung_limits": rung.limits,
            "pooled": why is None,
            "not_pooled_because": why,
            "suppressed": _is_small(data),
            **_numbers(outcome, data.post, data.pre),
        },
    )


def identity(data: Delivered) -> dict[str, Any]:
    """What a row says of its project, measure and wave, whatever came out."""
    design, measure, project = data.design, data.measure, data.design.project
    return {
        "project": project.id,
        "project_type": design.type.id,
        "protocol": design.protocol,
        "protocol_version": design.protocol_version,
        "design_hash": data.post.design_hash,
        "plugin": data.plugin,
        "measure": measure.id,
        "measure_version": measure.version,
        "wave": data.entry.wave,
        "wave_kind": design.wave(data.entry.wave).kind,
        "kind": measure.kind,
        "respondent": measure.respondent,
        "level": measure.level,
        "comparison": project.comparison,
        "assignment": project.effective_assignment,
        "sector": project.sector,
        "nature": project.nature,
        "scenario": project.scenario,
        "phase": data.phase,
        "features": project.features,
        "baseline": data.baseline,
        "grain": Grain[data.post.grain],
        "better": measure.scale.better,
        "mandatory_missing": data.conduct.missing,
    }


def _is_small(data: Delivered) -> bool:
    """Whether a number of the row is about fewer units than may be published."""
    least = fewest_units(data.post, data.pre)
    return least is not None and least < data.design.privacy.suppression_threshold


def _contrast_of(
    data: Delivered, outcome: Estimate | NotEstimable, controls: dict[Group, Group]
) -> Contrast:
    if controls:
        return Contrast.pairs
    alone = isinstance(outcome, Estimate) and not outcome.n_c
    single = alone or not data.design.project.has_comparison
    return Contrast.before_after if single else Contrast.arms


def _facts(
    outcome: Estimate | NotEstimable,
    data: Delivered,
    verdict: Verdict,
    lost: Attrition | None,
    share: float | None,
) -> ResultFacts:
    estimate = outcome if isinstance(outcome, Estimate) else None
    counts = (estimate.clusters_t, estimate.clusters_c) if estimate else ()
    clusters = [n for n in counts if n is not None]
    return ResultFacts(
        baseline=data.baseline,
        verdict=verdict,
        estimated=estimate is not None,
        adjusted=estimate is not None and estimate.allows_for_pretest,
        fewest_clusters=min(clusters, default=None),
        attrition=lost,
        response=share,
        in_window=data.conduct.in_window,
        predicted=data.is_predicted,
        registered=data.registered,
    )


def options_of(
    design: Design, measure: Measure, entry: ScheduleEntry, metric: str | None = None
) -> Options:
    """What a measure says of itself and the protocol assumes, for the estimate."""
    analysis, type = design.analysis, measure.scale.type
    achievement = measure.domain is Domain.achievement
    better: Literal["higher", "lower"] = (
        "lower" if measure.scale.better is Direction.lower_ else "higher"
    )
    return Options(
        shared_scale=entry.scale.shared_across_waves,
        ratio=type is ScaleType.ratio,
        clustered=is_clustered(design, measure),
        better=better,
        default_icc=analysis.icc_achievement if achievement else analysis.icc_attitude,
        default_r=analysis.pretest_correlation,
        true_zero=type in (ScaleType.ratio, ScaleType.count_),
        binary=type is ScaleType.binary,
        attainment=measure.scoring == "attainment",
        own_test=entry.instrument is not None,
        metric=metric,
    )


def _outcome(
    data: Delivered, metric: str | None, controls: dict[Group, Group]
) -> Estimate | NotEstimable:
    options = options_of(data.design, data.measure, data.entry, metric)
    pre = data.pre
    if controls:
        taught = pre.frame if pre and pre.has_subjects else None
        return crossover.contrast_of_pairs(data.post.frame, taught, controls, options)
    if data.post.grain == "aggregate":
        before = None if pre is None else pre.totals(options.binary)
        return contrast_of_totals(data.post.totals(options.binary), before, options)
    after = units_in(data.design, data.measure, data.post)
    taken = None if pre is None else units_in(data.design, data.measure, pre)
    return contrast_of_units(after, taken, options)


def _difference(outcome: Estimate | NotEstimable, data: Delivered) -> tuple[float | None, Verdict]:
    """The baseline difference between the arms as Hedges' g, and the verdict on it.

    Of the units the estimate rests on, where there is one that uses the pretest; as the Cox index
    for a yes-or-no measure.
    """
    if data.pre is None:
        return None, Verdict.unknown
    binary = data.measure.scale.type is ScaleType.binary
    if isinstance(outcome, Estimate) and not binary:
        o = outcome
        used = (o.pre_mean_t, o.pre_sd_t, o.pre_mean_c, o.pre_sd_c)
        if None not in used and o.n_c:
            found = baseline_equivalence(
                o.pre_mean_t or 0, o.pre_sd_t or 0, o.n_t, o.pre_mean_c or 0, o.pre_sd_c or 0, o.n_c
            )
            return found.g, Verdict[found.verdict]
    wave = _wave(data.pre, data)
    t, c = wave.t, wave.c
    if min(t.n, c.n) < 2 or not (t.sd > 0 or c.sd > 0):
        return None, Verdict.unknown
    if binary:
        difference = yes_no.baseline_difference(wave)
        return difference, Verdict[verdict_on(difference)]
    found = baseline_equivalence(t.mean, t.sd, t.n, c.mean, c.sd, c.n)
    return found.g, Verdict[found.verdict]


def _wave(values: Values, data: Delivered) -> Wave:
    if values.grain == "aggregate":
        return values.totals(data.measure.scale.type is ScaleType.binary).wave
    return units_in(data.design, data.measure, values).wave


def _why_not_pooled(
    data: Delivered, outcome: Estimate | NotEstimable, subgroup: str
) -> NotPooled | None:
    if isinstance(outcome, NotEstimable):
        return NotPooled[outcome.reason]
    if outcome.metric not in FAMILIES:
        return NotPooled.single_group
    wave = data.design.wave(data.entry.wave)
    better = data.measure.scale.better
    return never_pooled(data.design.project.comparison, better, subgroup, wave.kind)


def _numbers(outcome: Estimate | NotEstimable, post: Values, pre: Values | None) -> dict[str, Any]:
    if isinstance(outcome, NotEstimable):
        return _bare_numbers(post, pre)
    return {
        "metric": outcome.metric,
        "chosen_by": ChosenBy.asked if outcome.asked else ChosenBy.rule,
        "events_t": outcome.events_t,
        "events_c": outcome.events_c,
        "sd_pooled": outcome.sd_pooled,
        "notes": outcome.notes,
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
        "formula": FORMULAS[outcome.formula].cited,
    }


def _bare_numbers(post: Values, pre: Values | None) -> dict[str, Any]:
    """Sizes, means and SDs of a contrast without an estimate; the rest unknown."""
    numbers: dict[str, Any] = dict.fromkeys(NUMBERS)
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
