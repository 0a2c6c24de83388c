"""A cross-over of subjects: each treated group against the control that the design gives it.

A group is a subject in a school. What is compared is one linear combination of group means,
D = sum a_g z_g: a treated group has the weight of its share of all treated persons, a control minus
the sum of the weights of the groups it serves. So a control that serves several groups is counted
once, and what they share is in the variance.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from evalkit.model.vocabulary import Note
from evalkit.synthesis.clusters import (
    MIN_CLUSTER_DF,
    degrees_in_strata,
    gamma_in_strata,
    icc_from_rows,
)
from evalkit.synthesis.contrast import turned
from evalkit.synthesis.estimate import Effect, Estimate, Metric, NotEstimable
from evalkit.synthesis.estimators import Options
from evalkit.synthesis.hedges import is_flat, j_factor
from evalkit.synthesis.waves import MATCHED_SHARE, clean_rows

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Group(NamedTuple):
    """A subject in a school."""

    school: str
    subject: str


@dataclass(frozen=True, eq=False)
class _Units:
    """Units of the groups that are compared: values, and codes of their group and stratum."""

    post: Floats
    pre: Floats | None
    group: Ints
    stratum: Ints
    weights: Floats
    """Weight of each group, by its code: above 0 for a treated one."""

    def means(self, values: Floats) -> Floats:
        """The mean of each group."""
        return np.bincount(self.group, weights=values) / np.bincount(self.group)

    def within(self, values: Floats) -> Floats:
        """Values less the mean of their stratum."""
        mean = np.bincount(self.stratum, weights=values) / np.bincount(self.stratum)
        return np.asarray(values - mean[self.stratum], dtype=np.float64)

    @property
    def free(self) -> int:
        """Degrees of freedom within strata."""
        return len(self.post) - len(np.unique(self.stratum))

    @property
    def sizes(self) -> tuple[list[int], ...]:
        """Units per group, for each stratum."""
        each = (self.stratum == code for code in np.unique(self.stratum))
        return tuple(np.unique(self.group[at], return_counts=True)[1].tolist() for at in each)

    def icc(self, values: Floats) -> float | None:
        """The intraclass correlation of groups within strata; None where they are too few."""
        return icc_from_rows(values, self.group, self.stratum, MIN_CLUSTER_DF)


def contrast_of_pairs(
    post: pd.DataFrame,
    pre: pd.DataFrame | None,
    controls: Mapping[Group, Group],
    options: Options,
) -> Estimate | NotEstimable:
    """Return the estimate of one measure over pairs of groups, by line 10 of ``RULE``.

    The frames have a row per person and subject, with the columns school, subject, unit, arm and
    value, where units have the same code in both waves. ``controls`` gives for each treated group
    its control. Raises ValueError as ``contrast_from_rows`` does.
    """
    options, pre, possible = _as_asked(options, pre)
    after, notes = _prepared(post)
    if not possible:
        notes.append(Note.asked_impossible)
    before = None if pre is None else _prepared(pre)[0]
    after, matched = _matched(after, before)
    present = set(after["group"])
    used = {t: c for t, c in controls.items() if t in present and c in present}
    if not used:
        treated = any(group in present for group in controls)
        return NotEstimable("single_group" if treated else "no_intervention")
    if len(used) < len({group for group in controls if group in present}):
        notes.append(Note.control_missing)
    if len(set(used.values())) < len(used):
        notes.append(Note.shared_controls)
    units = _units(after, used, matched)
    if units.free < 2:
        return NotEstimable("too_few")
    outcome = _estimate(units, options)
    if isinstance(outcome, NotEstimable):
        return outcome
    if _twice(after, used):
        notes.append(Note.persons_twice)
    metric = "SMD" if outcome.metric == "SMD_CLUSTER" else outcome.metric
    outcome = outcome._replace(asked=metric == options.metric)
    return turned(outcome.noted(*notes), options)


def _as_asked(
    options: Options, pre: pd.DataFrame | None
) -> tuple[Options, pd.DataFrame | None, bool]:
    """Options and pretest by which the rule gives what was asked; whether that can be."""
    plain = replace(options, ratio=False)
    if options.metric in (None, "SMD"):
        return (options, pre, True) if options.metric is None else (plain, None, True)
    if options.metric == "SMD_ADJUSTED" and pre is not None:
        return replace(plain, shared_scale=False), pre, True
    if options.metric == "DPPC2" and pre is not None and options.shared_scale:
        return plain, pre, True
    if options.metric == "ROM" and (options.ratio or options.true_zero):
        return replace(options, ratio=True), pre, True
    return options, pre, False


def subjects_of(controls: Mapping[Group, Group]) -> tuple[str, ...]:
    """The treated subjects, each once."""
    return tuple(sorted({group.subject for group in controls}))


def _prepared(frame: pd.DataFrame) -> tuple[pd.DataFrame, list[Note]]:
    """Usable rows with their group; a note if some have no subject."""
    known = frame[frame["subject"].notna()]
    notes = [Note.subject_unknown] if len(known) < len(frame.dropna(subset=["value"])) else []
    group = pd.Series(
        [Group(*pair) for pair in zip(known["school"], known["subject"], strict=True)],
        index=known.index,
        dtype=object,
    )
    unit = known["school"] + "/" + known["subject"] + "/" + known["unit"]
    rows = clean_rows(known.assign(unit=unit, cluster=known["school"] + "/" + known["subject"]))
    kept = known["value"].notna() & known["arm"].notna()
    person = (known["school"] + "/" + known["unit"])[kept]
    return rows.assign(group=group[kept].to_numpy(), person=person.to_numpy()), notes


def _matched(after: pd.DataFrame, before: pd.DataFrame | None) -> tuple[pd.DataFrame, bool]:
    """Rows with their pretest where most units of both sides have one; else all, without."""
    if before is None:
        return after, False
    known = before[before["unit"].notna()].set_index("unit")["value"]
    pre = after["unit"].map(known)
    sides = [pre[after["treated"] == side].notna() for side in (True, False)]
    if any(len(side) and side.mean() < MATCHED_SHARE for side in sides):
        return after, False
    both = pre.notna()
    return after[both].assign(pre=pre[both]), True


def _units(after: pd.DataFrame, used: Mapping[Group, Group], matched: bool) -> _Units:
    rows = after[after["group"].isin([*used, *used.values()])]
    names = sorted(set(rows["group"]))
    code = {name: number for number, name in enumerate(names)}
    group = rows["group"].map(code).to_numpy(dtype=np.int64)
    sides = [f"{name.subject}/{name in used}" for name in names]
    stratum = np.unique(np.asarray(sides), return_inverse=True)[1].astype(np.int64)
    size = np.bincount(group)
    weights = np.zeros(len(names))
    total = sum(size[code[name]] for name in used)
    for treated, control in used.items():
        share = size[code[treated]] / total
        weights[code[treated]] += share
        weights[code[control]] -= share
    return _Units(
        rows["value"].to_numpy(dtype=float),
        rows["pre"].to_numpy(dtype=float) if matched else None,
        group,
        stratum[group],
        weights,
    )


def _twice(after: pd.DataFrame, used: Mapping[Group, Group]) -> bool:
    """Whether a person is in a treated group and in a control."""
    persons = [set(after.loc[after["group"].isin(list(side)), "person"].dropna())
               for side in (used, used.values())]  # fmt: skip
    return bool(persons[0] & persons[1])


def _estimate(units: _Units, options: Options) -> Estimate | NotEstimable:
    sd = _sd(units, units.post)
    if is_flat(sd, *units.means(units.post)):
        return NotEstimable("no_variance")
    if options.ratio:
        return _ratio(units, sd, options)
    pre = units.pre
    if pre is None or is_flat(_sd(units, pre), *units.means(pre)):
        bare = replace(units, pre=None)
        metric: Metric = "SMD_CLUSTER"
        return _standardised(bare, units.post, sd, metric, "smd_pairs", 0.0, options)
    if options.shared_scale:
        gains = units.post - pre
        return _standardised(units, gains, _sd(units, pre), "DPPC2", "dppc2_pairs", 0.0, options)
    inside, outside = units.within(pre), units.within(units.post)
    squares = float(inside @ inside)
    slope = float(inside @ outside) / squares
    left = units.post - slope * pre
    gap = float(units.weights @ units.means(pre)) ** 2 / squares
    return _standardised(units, left, sd, "SMD_ADJUSTED", "smd_adjusted_pairs", gap, options)


def _standardised(
    units: _Units, z: Floats, sd: float, metric: Metric, key: str, gap: float, options: Options
) -> Estimate | NotEstimable:
    icc, source = options.icc(units.icc(units.post))
    icc_z = options.icc(units.icc(z))[0]
    df = degrees_in_strata(units.sizes, icc)
    if df <= 1:
        return NotEstimable("too_few_clusters")
    size = np.bincount(units.group)
    spread = float(np.sum(units.weights**2 * (1 + (size - 1) * icc_z) / size))
    inside = units.within(z)
    free = units.free - (metric == "SMD_ADJUSTED")
    v1 = float(inside @ inside) / free / sd**2 * (spread + gap)
    share = max(gamma_in_strata(units.sizes, icc), 0.0)
    g = j_factor(df) * math.sqrt(share) * float(units.weights @ units.means(z)) / sd
    effect = Effect(g, v1 + g**2 / (2 * df), df, sd)
    found = _recorded(effect, metric, key, units)
    left = None if units.pre is None else icc_z
    return found._replace(icc=icc, icc_source=source, icc_residual=left)


def _ratio(units: _Units, sd: float, options: Options) -> Estimate | NotEstimable:
    means = units.means(units.post)
    if not (means > 0).all():
        return NotEstimable("nonpositive_mean")
    icc, source = options.icc(units.icc(units.post))
    size = np.bincount(units.group)
    each = (sd / means) ** 2 * (1 + (size - 1) * icc) / size
    effect = Effect(
        float(units.weights @ np.log(means)), float(np.sum(units.weights**2 * each)), None, None
    )
    found = _recorded(effect, "ROM", "rom_pairs", replace(units, pre=None))
    return found._replace(icc=icc, icc_source=source)


def _recorded(effect: Effect, metric: Metric, key: str, units: _Units) -> Estimate:
    treated = units.weights[units.group] > 0
    post_t, post_c = _side_means(units, units.post)
    found = Estimate(
        yi=effect.yi,
        vi=effect.vi,
        metric=metric,
        formula=key,
        df=effect.df,
        n_t=int(treated.sum()),
        n_c=int((~treated).sum()),
        clusters_t=int((units.weights > 0).sum()),
        clusters_c=int((units.weights <= 0).sum()),
        sd_pooled=effect.sd,
        post_mean_t=post_t,
        post_mean_c=post_c,
        post_sd_t=_sd_of(units, units.post, treated),
        post_sd_c=_sd_of(units, units.post, ~treated),
    )
    if units.pre is None:
        return found
    pre_t, pre_c = _side_means(units, units.pre)
    inside, outside = units.within(units.pre), units.within(units.post)
    squares = math.sqrt(float(inside @ inside) * float(outside @ outside))
    r = float(inside @ outside) / squares if squares > 0 else math.nan
    known = math.isfinite(r)
    return found._replace(
        pre_mean_t=pre_t,
        pre_mean_c=pre_c,
        pre_sd_t=_sd_of(units, units.pre, treated),
        pre_sd_c=_sd_of(units, units.pre, ~treated),
        r=r if known else None,
        r_source="rows" if known else None,
        r_squared=r**2 if known and metric == "SMD_ADJUSTED" else None,
    )


def _side_means(units: _Units, values: Floats) -> tuple[float, float]:
    """Means of both sides, weighted as they are compared; their difference is D."""
    means = units.means(values)
    return (
        float(units.weights.clip(min=0) @ means),
        float((-units.weights).clip(min=0) @ means),
    )


def _sd(units: _Units, values: Floats) -> float:
    """The SD pooled within strata."""
    inside = units.within(values)
    return math.sqrt(float(inside @ inside) / units.free)


def _sd_of(units: _Units, values: Floats, side: NDArray[np.bool_]) -> float | None:
    """The SD pooled within the strata of one side."""
    inside = units.within(values)[side]
    free = len(inside) - len(np.unique(units.stratum[side]))
    return math.sqrt(float(inside @ inside) / free) if free > 0 else None


def only(controls: Mapping[Group, Group], subject: str) -> dict[Group, Group]:
    """The pairs of one treated subject."""
    return {t: c for t, c in controls.items() if t.subject == subject}


def controls_of(pairs: Sequence[tuple[str, str, str, str]]) -> dict[Group, Group]:
    """From (school, subject, school of the control, its subject) to a control for each group."""
    return {Group(p[0], p[1]): Group(p[2], p[3]) for p in pairs}
