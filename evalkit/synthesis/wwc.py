"""The tables that the What Works Clearinghouse asks authors of group studies for.

They follow from the designs and the effect table as it may be shown, so what is withheld there is
withheld here. Rows are of contrasts of two groups; the clearinghouse takes no others. They are not
validated: what they hold was when it came into the effect table, and there are many.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any, Literal

from scipy.special import ndtr, stdtr

from evalkit.model.base import computed
from evalkit.model.design import Design, ScheduleEntry
from evalkit.model.effect import EffectSize
from evalkit.model.project import Project
from evalkit.model.rows import picked
from evalkit.model.synthesis import Reliability
from evalkit.model.vocabulary import (
    ArmRole,
    BaselineStatus,
    Comparison,
    Contrast,
    Direction,
    Note,
    Respondent,
    Verdict,
)
from evalkit.model.wwc import (
    AttritionVerdict,
    EquivalenceVerdict,
    StudyDesign,
    WwcBaseline,
    WwcFinding,
    WwcOutcome,
    WwcSample,
)
from evalkit.synthesis.choices import FAMILIES

IsLow = Callable[[float, float, Literal["cautious", "optimistic"]], bool]
"""Whether attrition, overall and the difference between the arms, is within a boundary."""

_ADJUSTED = ("SMD_ADJUSTED", "DPPC2")
_BETWEEN_GROUPS = (Contrast.arms, Contrast.pairs)


_KEY = ("project", "measure", "wave", "subgroup", "suppressed", "contrast")
_OF_SAMPLES = (
    *_KEY, "respondent", "comparison", "assignment", "clusters_t", "clusters_c", "n_t", "n_c",
    "attrition", "attrition_t", "attrition_c",
)  # fmt: skip
_OF_BASELINES = (
    *_KEY, "yi", "baseline", "notes", "pre_mean_t", "pre_sd_t", "pre_mean_c", "pre_sd_c",
    "baseline_difference", "baseline_verdict", "r",
)  # fmt: skip
_OF_FINDINGS = (
    *_KEY, "yi", "vi", "df", "metric", "n_t", "mean_t", "sd_t", "n_c", "mean_c", "sd_c",
    "clusters_t", "clusters_c", "icc", "icc_source", "r_squared", "sd_pooled", "better",
)  # fmt: skip


def contrasts(effects: Sequence[EffectSize], names: Sequence[str] = _KEY) -> Iterator[EffectSize]:
    """The rows that compare two groups, each with these fields alone."""
    return (row for row in picked(effects, names) if row.contrast in _BETWEEN_GROUPS)


# Samples


def sample_rows(
    effects: Sequence[EffectSize], projects: Mapping[str, Project], is_low: IsLow
) -> Iterator[WwcSample]:
    """How the groups of each contrast were formed, and what is left of them.

    Args:
        effects: rows of the effect table.
        projects: the projects, by id.
        is_low: the attrition boundaries.
    """
    planned: dict[tuple[str, Respondent | None], dict[str, Any]] = {}
    for row in contrasts(effects, _OF_SAMPLES):
        key = (row.project, row.respondent)
        if key not in planned:
            planned[key] = _plan(projects[row.project], row.respondent)
        yield _sample(row, planned[key], is_low)


def _plan(project: Project, respondent: Respondent | None) -> dict[str, Any]:
    """Schools and units that were planned in each arm."""
    arms = (("t", ArmRole.intervention), ("c", ArmRole.comparison))
    return {
        **{f"schools_{arm}": _schools(project, role) for arm, role in arms},
        **{f"planned_{arm}": _planned(project, role, respondent) for arm, role in arms},
    }


def _sample(row: EffectSize, planned: Mapping[str, Any], is_low: IsLow) -> WwcSample:
    differential = None
    if row.attrition_t is not None and row.attrition_c is not None:
        differential = abs(row.attrition_t - row.attrition_c)
    cautious, optimistic = (
        _attrition(row.attrition, differential, is_low, assumption)
        for assumption in ("cautious", "optimistic")
    )
    rct = row.comparison is Comparison.randomised
    clusters = [count for count in (row.clusters_t, row.clusters_c) if count is not None]
    return computed(
        WwcSample,
        {
            **_key(row),
            "study_design": StudyDesign.rct if rct else StudyDesign.qed,
            "comparison": row.comparison,
            "assignment": row.assignment,
            "respondent": row.respondent,
            **planned,
            "clusters_t": row.clusters_t,
            "clusters_c": row.clusters_c,
            "n_t": row.n_t,
            "n_c": row.n_c,
            "attrition": row.attrition,
            "attrition_t": row.attrition_t,
            "attrition_c": row.attrition_c,
            "differential": differential,
            "attrition_cautious": cautious,
            "attrition_optimistic": optimistic,
            "equivalence_needed": _equivalence_needed(rct, cautious),
            "one_cluster": min(clusters) == 1 if clusters else None,
        },
    )


def _key(row: EffectSize) -> dict[str, Any]:
    return {
        "project": row.project,
        "measure": row.measure,
        "wave": row.wave,
        "subgroup": row.subgroup,
        "suppressed": row.suppressed,
    }


def _attrition(
    overall: float | None,
    differential: float | None,
    is_low: IsLow,
    assumption: Literal["cautious", "optimistic"],
) -> AttritionVerdict:
    if overall is None or differential is None:
        return AttritionVerdict.unknown
    low = is_low(overall, differential, assumption)
    return AttritionVerdict.low if low else AttritionVerdict.high


def _equivalence_needed(rct: bool, attrition: AttritionVerdict) -> bool | None:
    if not rct:
        return True
    return None if attrition is AttritionVerdict.unknown else attrition is AttritionVerdict.high


def _schools(project: Project, role: ArmRole) -> int:
    return sum(role in school.arms for school in project.schools)


def _planned(project: Project, role: ArmRole, respondent: Respondent | None) -> int | None:
    if respondent is Respondent.school:
        return _schools(project, role)
    size = next((arm.size for arm in project.arms if arm.role is role), None)
    if size is None:
        return None
    planned = {
        Respondent.pupil: size.pupils,
        Respondent.teacher: size.teachers,
        Respondent.parent: size.parents,
    }
    return planned.get(respondent) if respondent else None


# Baseline


def baseline_rows(effects: Sequence[EffectSize]) -> Iterator[WwcBaseline]:
    """The baseline of the groups of each contrast, and whether they are equivalent."""
    for row in contrasts(effects, _OF_BASELINES):
        adjusted = _is_adjusted(row)
        yield computed(
            WwcBaseline,
            {
                **_key(row),
                "baseline": row.baseline,
                "mean_t": row.pre_mean_t,
                "sd_t": row.pre_sd_t,
                "mean_c": row.pre_mean_c,
                "sd_c": row.pre_sd_c,
                "difference": row.baseline_difference,
                "r": row.r,
                "adjusted": adjusted,
                "equivalence": _equivalence(row.baseline_verdict, adjusted),
            },
        )


def _is_adjusted(row: EffectSize) -> bool | None:
    """Whether the estimate allows for the baseline; None if none is shown."""
    if row.yi is None:
        return None
    return row.baseline is BaselineStatus.proven and Note.pretest_unused not in row.notes


def _equivalence(verdict: Verdict, adjusted: bool | None) -> EquivalenceVerdict:
    if verdict is Verdict.fine:
        return EquivalenceVerdict.satisfied
    if verdict is Verdict.fails:
        return EquivalenceVerdict.not_satisfied
    if verdict is Verdict.unknown or adjusted is None:
        return EquivalenceVerdict.unknown
    return EquivalenceVerdict.adjusted if adjusted else EquivalenceVerdict.needs_adjustment


# Outcomes


def outcome_rows(
    effects: Sequence[EffectSize],
    designs: Mapping[str, Sequence[Design]],
    reliabilities: Iterable[Reliability] = (),
) -> Iterator[WwcOutcome]:
    """What each outcome of a contrast is, and when and how it was measured.

    Args:
        effects: rows of the effect table.
        designs: the designs of each project: the current one, then earlier ones with data.
        reliabilities: what is known of the internal consistency.
    """
    known = {(one.project, one.measure, one.wave): one for one in reliabilities}
    asked = ((row.project, (row.measure, row.wave)) for row in contrasts(effects))
    for project, rows in groupby(asked, key=itemgetter(0)):
        planned = _scheduled(designs[project])
        for _, outcome in dict.fromkeys(rows):
            yield _outcome(*planned[outcome], known.get((project, *outcome)))


def _scheduled(
    designs: Sequence[Design],
) -> dict[tuple[str, str], tuple[Design, ScheduleEntry]]:
    """By measure and wave the first of some designs that has it, and what that says of it."""
    return {
        (entry.measure, entry.wave): (design, entry)
        for design in reversed(designs)
        for entry in design.schedule
    }


def _outcome(design: Design, entry: ScheduleEntry, found: Reliability | None) -> WwcOutcome:
    measure, wave = design.measure(entry.measure), design.wave(entry.wave)
    return computed(
        WwcOutcome,
        {
            "project": design.project.id,
            "measure": measure.id,
            "wave": wave.id,
            "label_nl": measure.label.nl,
            "label_en": measure.label.en,
            "domain": measure.domain,
            "respondent": entry.respondent,
            "source": measure.source,
            "instrument": entry.instrument,
            "scale": entry.scale.type,
            "minimum": entry.scale.minimum,
            "maximum": entry.scale.maximum,
            "better": entry.scale.better,
            "items": len(measure.items),
            "alpha": found.alpha if found else None,
            "alpha_n": found.n if found else None,
            "wave_kind": wave.kind,
            "opens": wave.opens,
            "closes": wave.closes,
            "days_after_end": (wave.opens - design.project.end).days,
            "same_in_arms": set(ArmRole) <= set(entry.arms),
        },
    )


# Findings


def finding_rows(effects: Sequence[EffectSize]) -> Iterator[WwcFinding]:
    """The result of each contrast, with its test."""
    return map(_finding, contrasts(effects, _OF_FINDINGS))


def _finding(row: EffectSize) -> WwcFinding:
    se = t = p = index = None
    if row.yi is not None and row.vi:
        se = math.sqrt(row.vi)
        t = row.yi / se
        p = two_sided(t, row.df)
        index = improvement_index(row.yi) if FAMILIES.get(row.metric or "") == "g" else None
    return computed(
        WwcFinding,
        {
            **_key(row),
            "metric": row.metric,
            "n_t": row.n_t,
            "mean_t": row.mean_t,
            "sd_t": row.sd_t,
            "n_c": row.n_c,
            "mean_c": row.mean_c,
            "sd_c": row.sd_c,
            "adjusted_mean_t": _adjusted_mean(row),
            "effect": row.yi,
            "se": se,
            "t": t,
            "df": row.df,
            "p": p,
            "improvement_index": index,
            "clusters_t": row.clusters_t,
            "clusters_c": row.clusters_c,
            "icc": row.icc,
            "icc_source": row.icc_source,
            "r_squared": row.r_squared,
        },
    )


def _adjusted_mean(row: EffectSize) -> float | None:
    if row.metric not in _ADJUSTED or None in (row.yi, row.sd_pooled, row.mean_c):
        return None
    sign = -1 if row.better is Direction.lower_ else 1
    return (row.mean_c or 0) + sign * (row.yi or 0) * (row.sd_pooled or 0)


def two_sided(t: float, df: float | None) -> float:
    """The two-sided p-value of ``t`` with ``df`` degrees of freedom; normal without any."""
    return float(2 * (ndtr(-abs(t)) if df is None else stdtr(df, -abs(t))))


def improvement_index(g: float) -> float:
    """Percentile points gained by the average unit of the comparison group: 100 Φ(g) - 50.

    What Works Clearinghouse, Procedures and Standards Handbook 5.0 (2022), on the improvement
    index.
    """
    return 50 * math.erf(g / math.sqrt(2))
