"""What of the effect table and the process measures may be shown of small groups."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from evalkit.model.design import Design
from evalkit.model.effect import ALL, EffectSize
from evalkit.model.result import ReachedRung
from evalkit.model.synthesis import ProcessRow
from evalkit.model.vocabulary import (
    ChosenBy,
    Comparison,
    Contrast,
    Direction,
    Note,
    NotPooled,
    Respondent,
    Verdict,
    WaveKind,
)
from evalkit.synthesis.process import Described
from evalkit.synthesis.suppression import SUPPRESSED, Structure, is_told, suppress
from evalkit.synthesis.units import Values

SIZES = (
    "n_t", "n_c", "clusters_t", "clusters_c", "mean_t", "sd_t", "mean_c", "sd_c",
    "events_t", "events_c", "pre_mean_t", "pre_sd_t", "pre_mean_c", "pre_sd_c", "sd_pooled",
    "r", "r_squared", "icc", "icc_residual",
    "baseline_difference", "attrition", "attrition_t", "attrition_c", "response",
)  # fmt: skip
"""What a row says of its groups: of both, as one follows from the other and the estimate."""

ESTIMATE = ("yi", "vi", "df", "metric", "formula", "r_source", "icc_source")
"""The estimate, and how it was made, which says that there is one: of a single person, or of
persons who all answer the same, there is none. With all digits it gives the sizes: of an SMD, vi is
1/nT + 1/nC + yi²/2N."""

Withheld = Callable[[Iterable[str]], ReachedRung]


def fewest_units(*waves: Values | None) -> int | None:
    """The fewest units that a number of a contrast is about; None if there are none.

    Per wave and group the units with a value and, where all values are 0 or 1, those with each.
    """
    counts: list[int] = []
    for values in waves:
        if values is None:
            continue
        counts += values.sizes.values()
        if values.grain == "unit":
            for known in values.known.values():
                if np.isin(known, (0, 1)).all():
                    counts += [int((known == answer).sum()) for answer in (0, 1)]
    return min(filter(None, counts), default=None)


def smallest_published(designs: Iterable[Design]) -> int:
    """The smallest number of units that all of these designs let publish."""
    return max(design.privacy.suppression_threshold for design in designs)


def published_effects(
    rows: Sequence[EffectSize],
    threshold: int,
    withheld: Withheld,
    own_goals: Collection[str] = (),
) -> list[EffectSize]:
    """The rows of one project as they may be shown.

    Of persons, a row with a group below the threshold keeps its place and what no value decides,
    and is left out of the pool: from the pool and the other rows its estimate could be computed
    again. The same holds for rows of subgroups from which, with the row of all, a small one would
    follow. Of schools, which are no persons and whose number is no secret, the estimate stays, and
    what it says of single schools goes.

    Args:
        rows: with all numbers; ``suppressed`` where one of these is about too few units.
        threshold: the smallest number of units that may be shown.
        withheld: function of the rules that a result does not meet to the rung it has without its
            values, and what keeps it there.
        own_goals: measures of attainment of own goals, which is about the project itself.
    """
    kept = [row for row in rows if row.measure not in own_goals]
    hidden = _hidden(kept, threshold)
    small = {id(row) for row, is_hidden in zip(kept, hidden, strict=True) if is_hidden}
    return [
        _emptied(row, withheld)
        if id(row) in small
        else row.model_copy(update={"suppressed": False})
        if row.suppressed
        else row
        for row in rows
    ]


def _hidden(rows: Sequence[EffectSize], threshold: int) -> Sequence[bool]:
    """Which rows are hidden. Either both groups of a row are, or none."""
    if all(row.subgroup == ALL for row in rows):
        return [row.suppressed or not _is_told(row, threshold) for row in rows]
    cells = pd.DataFrame(
        [
            (index, row.measure, row.wave, arm, row.subgroup, n or 0, yes, row.suppressed)
            for index, row in enumerate(rows)
            for arm, n, yes in (("t", row.n_t, row.events_t), ("c", row.n_c, row.events_c))
        ],
        columns=["row", "measure", "wave", "arm", "subgroup", "n", "yes", "forced"],
    ).assign(mean=None, sd=None)
    cells["yes"] = cells["yes"].astype(float)
    keys = ["measure", "wave", "arm", "subgroup"]
    # Subgroups may share controls: then these do not add up to those of all.
    of_all = cells["subgroup"] == ALL
    parts = cells[~of_all].groupby(keys[:3])[["n", "yes"]].sum(min_count=1)
    whole = cells[of_all].set_index(keys[:3])[["n", "yes"]]
    more = (parts.astype(float) > whole.reindex(parts.index).astype(float)).any(axis=1)
    shared = pd.MultiIndex.from_frame(cells[keys[:3]]).isin(more[more].index)
    cells.loc[shared & of_all, "subgroup"] = "all of shared groups"
    structure = Structure(tuple(keys), {"subgroup": ALL}, yes="yes", dominated="forced")
    while True:
        found = suppress(cells, structure, threshold)[SUPPRESSED]
        forced = found.groupby(cells["row"]).transform("any")
        if (forced == cells["forced"]).all():
            return [bool(hidden) for hidden in forced.groupby(cells["row"]).any()]
        cells["forced"] = forced


def _is_told(row: EffectSize, threshold: int) -> bool:
    """Whether both groups may be shown, where no row is a part of another."""
    return is_told(row.n_t or 0, row.events_t, threshold) and is_told(
        row.n_c or 0, row.events_c, threshold
    )


def _emptied(row: EffectSize, withheld: Withheld) -> EffectSize:
    changes: dict[str, Any] = dict.fromkeys(SIZES) | {"suppressed": True}
    if row.respondent is Respondent.school:
        notes = tuple(note for note in row.notes if note is not Note.half_added)
        return row.model_copy(update=changes | {"notes": notes})
    rung = withheld(row.rung_limits)
    never = never_pooled(row.comparison, row.better, row.subgroup, row.wave_kind)
    changes |= dict.fromkeys(ESTIMATE) | {
        "notes": (),
        "contrast": _planned_contrast(row),
        "chosen_by": ChosenBy.rule,
        "baseline_verdict": Verdict.unknown,
        "ladder_rung": rung.rung,
        "rung_limits": rung.limits,
        "pooled": False,
        "not_pooled_because": never or NotPooled.small_group,
    }
    return row.model_copy(update=changes)


def _planned_contrast(row: EffectSize) -> Contrast:
    """What the design compares: that one group alone has an estimate tells of its values."""
    if row.contrast is not Contrast.before_after or row.comparison is Comparison.single_group:
        return row.contrast
    return Contrast.arms


def never_pooled(
    comparison: Comparison | None, better: Direction | None, subgroup: str, wave: WaveKind
) -> NotPooled | None:
    """Why a row would not be pooled whatever its values are; None if it might.

    Args:
        comparison: how the project compares.
        better: which way the measure is better.
        subgroup: the subgroup of the row.
        wave: the kind of its wave.
    """
    if comparison is Comparison.single_group:
        return NotPooled.single_group
    if better is Direction.neutral:
        return NotPooled.no_direction
    if subgroup != ALL:
        return NotPooled.subgroup
    return NotPooled.interim if wave is WaveKind.interim else None


def published_process(described: Sequence[Described]) -> tuple[ProcessRow, ...]:
    """The rows as they may be shown: small groups without numbers."""
    keys = {(d.row.project, d.row.measure, d.row.wave, d.row.arm) for d in described}
    if len(keys) != len(described):
        raise ValueError("two rows have the same keys")
    changes = {"n": None, "mean": None, "sd": None, "suppressed": True}
    return tuple(
        d.row
        if is_told(d.row.n or 0, d.yes, d.threshold) and not d.dominated
        else d.row.model_copy(update=changes)
        for d in described
    )
