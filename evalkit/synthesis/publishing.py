"""What of the effect table and the process measures may be shown of small groups."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from evalkit.model.design import Design
from evalkit.model.effect import EffectSize
from evalkit.model.measure import Measure
from evalkit.model.synthesis import ProcessRow
from evalkit.model.vocabulary import NotPooled, Respondent
from evalkit.synthesis.effects import Values
from evalkit.synthesis.process import Described
from evalkit.synthesis.suppression import SUPPRESSED, Structure, suppress
from evalkit.synthesis.tables import frame

SIZES = (
    "n_t", "n_c", "clusters_t", "clusters_c", "mean_t", "sd_t", "mean_c", "sd_c",
    "pre_mean_t", "pre_sd_t", "pre_mean_c", "pre_sd_c", "r", "r_squared", "icc", "icc_residual",
    "baseline_difference", "attrition", "attrition_t", "attrition_c", "response",
)  # fmt: skip
"""What a row says of its groups: of both, as one follows from the other and the estimate."""

ESTIMATE = ("yi", "vi", "df")
"""The estimate. With all digits it gives the sizes: of an SMD, vi is 1/nT + 1/nC + yi²/2N."""


def fewest(*waves: Values | None) -> int | None:
    """The fewest units that a number of a row is about; None if there are none.

    Per wave and group the units with a value and, where all values are 0 or 1, those with each.
    """
    counts: list[int] = []
    for values in waves:
        if values is None:
            continue
        for _, rows in values.frame.groupby("arm"):
            if values.grain == "aggregate":
                counts.append(int(rows["n"].sum()))
                continue
            known = rows["value"].dropna()
            counts.append(len(known))
            if known.isin((0, 1)).all():
                counts += [int((known == answer).sum()) for answer in (0, 1)]
    return min((count for count in counts if count), default=None)


def published_effect(
    row: EffectSize, measure: Measure, fewest: int | None, threshold: int
) -> EffectSize:
    """The row as it may be shown.

    Of persons, a row with a group below the threshold keeps its place and quality, without any
    number, and is left out of the pool: with the pool and the other rows its estimate could be
    recomputed. Of schools, which are no persons and whose number is no secret, the estimate stays
    and what it says of single schools goes. Attainment of own goals is about the project itself.

    Args:
        row: the row with all its numbers.
        measure: its measure.
        fewest: the fewest units that one of its numbers is about.
        threshold: the smallest number that may be shown.
    """
    sizes = (row.n_t, row.n_c, fewest)
    small = any(n is not None and 0 < n < threshold for n in sizes)
    if not small or measure.scoring == "attainment":
        return row
    emptied: dict[str, Any] = dict.fromkeys(SIZES) | {"suppressed": True}
    if measure.respondent is not Respondent.school:
        emptied |= dict.fromkeys(ESTIMATE)
        if row.pooled:
            emptied |= {"pooled": False, "not_pooled_because": NotPooled.small_group}
    return row.model_copy(update=emptied)


def threshold_of(*designs: Design) -> int:
    """The strictest threshold of these designs."""
    return max(design.privacy.suppression_threshold for design in designs)


def published_process(described: Sequence[Described]) -> tuple[ProcessRow, ...]:
    """The rows as they may be shown: small groups without numbers."""
    if not described:
        return ()
    table = frame([d.row for d in described], ProcessRow).assign(
        yes=np.array([d.yes for d in described], dtype=float),
        dominated=[d.dominated for d in described],
        n=[d.row.n for d in described],
    )
    structure = Structure(("project", "measure", "wave", "arm"), yes="yes", dominated="dominated")
    hidden = suppress(table, structure, [d.threshold for d in described])[SUPPRESSED]
    emptied = {"n": None, "mean": None, "sd": None, "suppressed": True}
    return tuple(
        d.row.model_copy(update=emptied) if small else d.row
        for d, small in zip(described, hidden, strict=True)
    )
