"""Means before and after of the schools of a project."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from evalkit.model.effect import EffectSize
from evalkit.model.synthesis import GroupChange
from evalkit.synthesis.changes import published_changes
from evalkit.synthesis.publishing import smallest_published
from evalkit.workspace.measurements import Measurements


def school_changes(data: Measurements, rows: Iterable[EffectSize]) -> Iterator[GroupChange]:
    """From baseline to each later wave, for every row of the effect table of one project.

    Attainment of own goals has no baseline to compare with, and where waves use different scales
    a mean before says nothing beside one after: these are left out.
    """
    threshold = smallest_published((data.design, *data.earlier))
    measures = {m.id: m for d in (*data.earlier, data.design) for m in d.measures}
    for row in rows:
        measure = measures[row.measure]
        post = data.values(row.measure, row.wave)
        comparable = measure.scoring != "attainment" and measure.scale.shared_across_waves
        if post is None or not comparable:
            continue
        pre, _ = data.baseline(row.measure)
        yield from published_changes(row, measure.scale.type, pre, post, threshold)
