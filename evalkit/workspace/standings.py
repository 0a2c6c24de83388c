"""Where each awarded project stands, from its design and what came in of it."""

from __future__ import annotations

from evalkit.model.project import Project
from evalkit.model.standing import Owed, ProjectStanding
from evalkit.model.vocabulary import BaselineStatus
from evalkit.workspace.measurements import Measurements


def standing(project: Project, data: Measurements | None) -> ProjectStanding:
    """Where a project stands; without a design there are no ``data``."""
    if data is None:
        return ProjectStanding(
            project=project.id,
            title=project.title,
            designed=False,
            delivered=False,
            baseline=BaselineStatus.absent,
        )
    found = {submission.baseline for submission in data.submissions}
    return ProjectStanding(
        project=project.id,
        title=project.title,
        designed=True,
        delivered=bool(data.submissions),
        baseline=next(
            (one for one in (BaselineStatus.proven, BaselineStatus.late) if one in found),
            BaselineStatus.absent,
        ),
        owed=_owed(data),
    )


def _owed(data: Measurements) -> tuple[Owed, ...]:
    """What is mandatory and did not come in; what follows from other measures is not asked."""
    came = {(s.wave, measure) for s in data.submissions for measure in s.measures}
    waves = {wave.id: wave for wave in data.design.waves}
    labels = {measure.id: measure.label for measure in data.design.measures}
    return tuple(
        Owed(
            measure=entry.measure,
            label=labels[entry.measure],
            wave=entry.wave,
            wave_label=waves[entry.wave].label,
            closes=waves[entry.wave].closes,
        )
        for entry in data.design.schedule
        if entry.mandatory
        and not entry.computed
        and not entry.covered_by
        and (entry.wave, entry.measure) not in came
    )
