"""Who still owes what."""

from __future__ import annotations

import datetime as dt

from evalkit.model.design import Design, PlannedWave
from evalkit.model.status import WaveStatus
from evalkit.model.submission import Submission
from evalkit.model.vocabulary import BaselineStatus, DeliveryStatus
from evalkit.workspace.workspace import Workspace


def status(workspace: Workspace, as_of: dt.date | None = None) -> tuple[WaveStatus, ...]:
    """Where each wave of each project with a design stands on a day (by default today)."""
    day = as_of or workspace.today
    rows = []
    for project in workspace.store.projects():
        design = workspace.store.current_design(project.id)
        if design is None:
            continue
        ever = workspace.store.submissions(project.id)
        received = [s for s in ever if s.counted and s.received <= day]
        for wave in design.waves:
            inside = [s for s in received if s.wave == wave.id]
            rows.append(_wave_status(design, wave, inside, day))
    return tuple(rows)


def without_design(workspace: Workspace) -> tuple[str, ...]:
    """Projects that have no design yet, by id."""
    return tuple(
        project.id
        for project in workspace.store.projects()
        if workspace.store.current_design(project.id) is None
    )


def _wave_status(
    design: Design, wave: PlannedWave, ever: list[Submission], day: dt.date
) -> WaveStatus:
    """Where a wave stands, from all that was received for it by that day."""
    superseded = {id for submission in ever for id in submission.supersedes}
    received = [submission for submission in ever if submission.id not in superseded]
    mandatory = [entry.measure for entry in design.entries(wave.id) if entry.mandatory]
    inside = {measure for submission in received for measure in submission.measures}
    inside |= {e.measure for e in design.entries(wave.id) if inside & set(e.covered_by)}
    missing = tuple(m for m in mandatory if m not in inside)
    arms = {arm for entry in design.entries(wave.id) for arm in entry.arms}
    schools = {school.brin for school in design.project.schools if arms & set(school.arms)}
    seen = {brin for submission in received for brin in submission.schools}
    baselines = {s.baseline for s in received if s.baseline}
    late = BaselineStatus.late in baselines
    return WaveStatus(
        project=design.project.id,
        title=design.project.title,
        wave=wave.id,
        label=wave.label,
        opens=wave.opens,
        closes=wave.closes,
        status=_delivery(wave, ever, bool(missing or (mandatory and schools - seen)), day),
        delivered=tuple(m for m in mandatory if m in inside),
        missing=missing,
        missing_labels=tuple(design.measure(m).label for m in missing),
        missing_core=tuple(m for m in missing if m in design.core),
        schools_missing=len(schools - seen),
        schools=len(schools),
        baseline=BaselineStatus.late if late else next(iter(baselines), None),
        warnings=sum(len(s.findings) for s in received),
    )


def _delivery(
    wave: PlannedWave, ever: list[Submission], owed: bool, day: dt.date
) -> DeliveryStatus:
    if not owed and (ever or day > wave.closes):
        # A correction covers what it replaces; that it came later makes nothing late.
        on_time = all(s.received <= wave.closes for s in ever if not s.supersedes)
        return DeliveryStatus.delivered if on_time else DeliveryStatus.delivered_late
    if day > wave.closes:
        return DeliveryStatus.late
    if ever:
        return DeliveryStatus.partial
    return DeliveryStatus.due if day >= wave.opens else DeliveryStatus.not_open
