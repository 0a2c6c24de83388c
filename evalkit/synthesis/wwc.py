"""The tables that the What Works Clearinghouse asks authors of group studies for.

They follow from the designs and the effect table as it may be shown, so what is withheld there is
withheld here. Rows are of contrasts of two groups; the clearinghouse takes no others. They are not
validated: what they hold was when it came into the effect table, and there are many.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import compress, groupby
from operator import itemgetter
from typing import Any, Literal

from scipy.special import ndtr, stdtr

from evalkit.model.design import Design, ScheduleEntry
from evalkit.model.effect import EffectSize
from evalkit.model.project import Project
from evalkit.model.rows import Columns, Portions, by_column, transposed
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

_BOTH = frozenset(ArmRole)
_ADJUSTED = ("SMD_ADJUSTED", "DPPC2")
_BETWEEN_GROUPS = (Contrast.arms, Contrast.pairs)

_PLANNED = ("schools_t", "schools_c", "planned_t", "planned_c")
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


def contrasts(effects: Sequence[EffectSize], names: Sequence[str] = _KEY) -> Iterator[Columns]:
    """These fields of the rows that compare two groups, some rows at a time, by column."""
    for cells in by_column(effects, names):
        wanted = [contrast in _BETWEEN_GROUPS for contrast in cells["contrast"]]
        if all(wanted):
            yield cells
        else:
            yield {name: list(compress(column, wanted)) for name, column in cells.items()}


# Samples


def sample_rows(
    effects: Sequence[EffectSize], projects: Mapping[str, Project], is_low: IsLow
) -> Portions[WwcSample]:
    """How the groups of each contrast were formed, and what is left of them.

    Args:
        effects: rows of the effect table.
        projects: the projects, by id.
        is_low: the attrition boundaries.
    """
    return Portions(WwcSample, _samples, effects, projects, is_low)


def _samples(
    effects: Sequence[EffectSize], projects: Mapping[str, Project], is_low: IsLow
) -> Iterator[Columns]:
    known: dict[tuple[str, Respondent | None], dict[str, Any]] = {}
    for said in contrasts(effects, _OF_SAMPLES):
        planned = []
        for key in zip(said["project"], said["respondent"], strict=True):
            if key not in known:
                known[key] = _plan(projects[key[0]], key[1])
            planned.append(known[key])
        arms = zip(said["attrition_t"], said["attrition_c"], strict=True)
        apart = [None if None in (t, c) else abs(t - c) for t, c in arms]
        cautious, optimistic = (
            [
                _attrition(overall, differential, is_low, assumption)
                for overall, differential in zip(said["attrition"], apart, strict=True)
            ]
            for assumption in ("cautious", "optimistic")
        )
        rct = [comparison is Comparison.randomised for comparison in said["comparison"]]
        clusters = zip(said["clusters_t"], said["clusters_c"], strict=True)
        yield {
            **_key(said),
            "study_design": [StudyDesign.rct if yes else StudyDesign.qed for yes in rct],
            "comparison": said["comparison"],
            "assignment": said["assignment"],
            "respondent": said["respondent"],
            **{name: [plan[name] for plan in planned] for name in _PLANNED},
            "clusters_t": said["clusters_t"],
            "clusters_c": said["clusters_c"],
            "n_t": said["n_t"],
            "n_c": said["n_c"],
            "attrition": said["attrition"],
            "attrition_t": said["attrition_t"],
            "attrition_c": said["attrition_c"],
            "differential": apart,
            "attrition_cautious": cautious,
            "attrition_optimistic": optimistic,
            "equivalence_needed": list(map(_equivalence_needed, rct, cautious)),
            "one_cluster": [_is_one(t, c) for t, c in clusters],
        }


def _is_one(clusters_t: int | None, clusters_c: int | None) -> bool | None:
    """Whether an arm is a single cluster; None where neither arm has any."""
    known = [count for count in (clusters_t, clusters_c) if count is not None]
    return min(known) == 1 if known else None


def _plan(project: Project, respondent: Respondent | None) -> dict[str, Any]:
    """Schools and units that were planned in each arm."""
    roles = (ArmRole.intervention, ArmRole.comparison)
    schools = (project.planned(role, Respondent.school) for role in roles)
    units = (project.planned(role, respondent) for role in roles)
    return dict(zip(_PLANNED, (*schools, *units), strict=True))


def _key(said: Columns) -> Columns:
    return {name: said[name] for name in ("project", "measure", "wave", "subgroup", "suppressed")}


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


# Baseline


def baseline_rows(effects: Sequence[EffectSize]) -> Portions[WwcBaseline]:
    """The baseline of the groups of each contrast, and whether they are equivalent."""
    return Portions(WwcBaseline, _baselines, effects)


def _baselines(effects: Sequence[EffectSize]) -> Iterator[Columns]:
    for said in contrasts(effects, _OF_BASELINES):
        adjusted = list(map(_is_adjusted, said["yi"], said["baseline"], said["notes"]))
        yield {
            **_key(said),
            "baseline": said["baseline"],
            "mean_t": said["pre_mean_t"],
            "sd_t": said["pre_sd_t"],
            "mean_c": said["pre_mean_c"],
            "sd_c": said["pre_sd_c"],
            "difference": said["baseline_difference"],
            "r": said["r"],
            "adjusted": adjusted,
            "equivalence": list(map(_equivalence, said["baseline_verdict"], adjusted)),
        }


def _is_adjusted(
    yi: float | None, baseline: BaselineStatus, notes: tuple[Note, ...]
) -> bool | None:
    """Whether the estimate allows for the baseline; None if none is shown."""
    if yi is None:
        return None
    return baseline is BaselineStatus.proven and Note.pretest_unused not in notes


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
) -> Portions[WwcOutcome]:
    """What each outcome of a contrast is, and when and how it was measured.

    Args:
        effects: rows of the effect table.
        designs: the designs of each project: the current one, then earlier ones with data.
        reliabilities: what is known of the internal consistency.
    """
    known = {(one.project, one.measure, one.wave): one for one in reliabilities}
    return Portions(WwcOutcome, _outcomes, effects, designs, known)


def _outcomes(
    effects: Sequence[EffectSize],
    designs: Mapping[str, Sequence[Design]],
    known: Mapping[tuple[str, str, str], Reliability],
) -> Iterator[Columns]:
    asked = (
        row
        for said in contrasts(effects)
        for row in zip(said["project"], said["measure"], said["wave"], strict=True)
    )

    def rows() -> Iterator[tuple[Any, ...]]:
        for project, its in groupby(asked, key=itemgetter(0)):
            planned = _scheduled(designs[project])
            for _, measure, wave in dict.fromkeys(its):
                yield _outcome(*planned[measure, wave], known.get((project, measure, wave)))

    return transposed(tuple(WwcOutcome.model_fields), rows())


def _scheduled(
    designs: Sequence[Design],
) -> dict[tuple[str, str], tuple[Design, ScheduleEntry]]:
    """By measure and wave the first of some designs that has it, and what that says of it."""
    return {
        (entry.measure, entry.wave): (design, entry)
        for design in reversed(designs)
        for entry in design.schedule
    }


def _outcome(design: Design, entry: ScheduleEntry, found: Reliability | None) -> tuple[Any, ...]:
    """What the fields of ``WwcOutcome`` hold, in their order."""
    measure, wave, scale = design.measure(entry.measure), design.wave(entry.wave), entry.scale
    return (
        design.project.id,
        measure.id,
        wave.id,
        measure.label.nl,
        measure.label.en,
        measure.domain,
        entry.respondent,
        measure.source,
        entry.instrument,
        scale.type,
        scale.minimum,
        scale.maximum,
        scale.better,
        len(measure.items),
        found.alpha if found else None,
        found.n if found else None,
        wave.kind,
        wave.opens,
        wave.closes,
        (wave.opens - design.project.end).days,
        set(entry.arms) >= _BOTH,
    )


# Findings


def finding_rows(effects: Sequence[EffectSize]) -> Portions[WwcFinding]:
    """The result of each contrast, with its test."""
    return Portions(WwcFinding, _findings, effects)


def _findings(effects: Sequence[EffectSize]) -> Iterator[Columns]:
    for said in contrasts(effects, _OF_FINDINGS):
        yi, vi, df, metric = (said[name] for name in ("yi", "vi", "df", "metric"))
        se = [math.sqrt(v) if y is not None and v else None for y, v in zip(yi, vi, strict=True)]
        t = [None if s is None else y / s for y, s in zip(yi, se, strict=True)]
        yield {
            **_key(said),
            "metric": metric,
            "n_t": said["n_t"],
            "mean_t": said["mean_t"],
            "sd_t": said["sd_t"],
            "n_c": said["n_c"],
            "mean_c": said["mean_c"],
            "sd_c": said["sd_c"],
            "adjusted_mean_t": list(
                map(_adjusted_mean, metric, yi, said["sd_pooled"], said["mean_c"], said["better"])
            ),
            "effect": yi,
            "se": se,
            "t": t,
            "df": df,
            "p": [None if one is None else two_sided(one, d) for one, d in zip(t, df, strict=True)],
            "improvement_index": [
                improvement_index(y) if s is not None and FAMILIES.get(m or "") == "g" else None
                for y, s, m in zip(yi, se, metric, strict=True)
            ],
            "clusters_t": said["clusters_t"],
            "clusters_c": said["clusters_c"],
            "icc": said["icc"],
            "icc_source": said["icc_source"],
            "r_squared": said["r_squared"],
        }


def _adjusted_mean(
    metric: str | None,
    yi: float | None,
    sd: float | None,
    mean_c: float | None,
    better: Direction | None,
) -> float | None:
    if metric not in _ADJUSTED or yi is None or sd is None or mean_c is None:
        return None
    return mean_c + (-1 if better is Direction.lower_ else 1) * yi * sd


def two_sided(t: float, df: float | None) -> float:
    """The two-sided p-value of ``t`` with ``df`` degrees of freedom; normal without any."""
    return float(2 * (ndtr(-abs(t)) if df is None else stdtr(df, -abs(t))))


def improvement_index(g: float) -> float:
    """Percentile points gained by the average unit of the comparison group: 100 Φ(g) - 50.

    What Works Clearinghouse, Procedures and Standards Handbook 5.0 (2022), on the improvement
    index.
    """
    return 50 * math.erf(g / math.sqrt(2))
