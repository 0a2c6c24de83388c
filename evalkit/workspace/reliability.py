"""The internal consistency of the questionnaires of one project."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from evalkit.collect.scoring import turned
from evalkit.model.design import Design, ScheduleEntry
from evalkit.model.effect import ALL, EffectSize
from evalkit.model.measure import Measure
from evalkit.model.synthesis import Reliability
from evalkit.synthesis.publishing import smallest_published
from evalkit.synthesis.reliability import cronbach_alpha
from evalkit.workspace.measurements import Measurements


def reliabilities(data: Measurements, effects: Iterable[EffectSize]) -> Iterator[Reliability]:
    """Cronbach's alpha of each questionnaire in the effect table, over both groups together.

    None of a row whose groups are withheld, or of fewer persons than may be published.
    """
    designs = (data.design, *data.earlier)
    least = smallest_published(designs)
    asked = dict(kv for design in reversed(designs) for kv in _questionnaires(design))
    for row in effects:
        measure, entry = asked.get((row.measure, row.wave), (None, None))
        if measure is None or entry is None or row.suppressed or row.subgroup != ALL:
            continue
        answers = turned(data.answers(measure, row.wave), measure, entry).dropna()
        alpha = cronbach_alpha(answers)
        if alpha is not None and len(answers) >= least:
            yield Reliability(
                project=row.project,
                measure=row.measure,
                wave=row.wave,
                alpha=alpha,
                n=len(answers),
            )


def _questionnaires(
    design: Design,
) -> Iterator[tuple[tuple[str, str], tuple[Measure, ScheduleEntry]]]:
    """The measures of a design that are a mean of items, by measure and wave."""
    measures = {m.id: m for m in design.measures if m.scoring == "mean"}
    for entry in design.schedule:
        if entry.measure in measures:
            yield (entry.measure, entry.wave), (measures[entry.measure], entry)
