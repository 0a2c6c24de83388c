"""Who still owes what."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

from evalkit.model.design import Design, PlannedWave
from evalkit.model.finding import Finding
from evalkit.model.project import Project
from evalkit.model.status import CycleStatus, Portfolio, ReportStatus, StatusRow, WaveStatus
from evalkit.model.submission import ReturnedFile, Submission
from evalkit.model.text import Lang
from evalkit.model.vocabulary import BaselineStatus, DeliveryStatus, SubmissionStatus
from evalkit.workspace.amendments import plugin_findings
from evalkit.workspace.files import write_whole
from evalkit.workspace.workspace import Workspace


def portfolio(
    workspace: Workspace, as_of: dt.date | None = None, project: str | None = None
) -> Portfolio:
    """Where all projects, or one, stand on a day (by default today).

    Raises:
        EvalkitError: there is no such project.
    """
    day = as_of or workspace.today
    found = _designed(workspace, project)
    return Portfolio(
        as_of=day,
        waves=status(workspace, day, project),
        reports=tuple(_reports(found, day)),
        cycles=tuple(_cycles(workspace, found, day)),
        without_design=without_design(workspace, project),
    )


def status(
    workspace: Workspace, as_of: dt.date | None = None, project: str | None = None
) -> tuple[WaveStatus, ...]:
    """Where each wave of each project with a design stands on a day (by default today).

    Raises:
        EvalkitError: there is no such project.
    """
    day = as_of or workspace.today
    rows = []
    for design in _designed(workspace, project):
        id = design.project.id
        ever = workspace.store.submissions(id)
        received = [s for s in ever if s.counted and s.received <= day]
        drafts = [s for s in ever if s.status is SubmissionStatus.draft and s.received <= day]
        refused = [f for f in workspace.store.returned_files(id) if f.received <= day]
        for wave in design.waves:
            inside = [s for s in received if s.wave == wave.id]
            returned = _returned(refused, wave, design.waves, inside)
            waiting = tuple(s.id for s in drafts if s.wave == wave.id)
            row = _wave_status(design, wave, inside, returned, day)
            rows.append(row.model_copy(update={"drafts": waiting}))
    return tuple(rows)


def without_design(workspace: Workspace, project: str | None = None) -> tuple[str, ...]:
    """Projects, or the one, that have no design yet, by id."""
    return tuple(
        one.id
        for one in _projects(workspace, project)
        if workspace.store.current_design(one.id) is None
    )


def plugin_remarks(workspace: Workspace, project: str | None = None) -> tuple[Finding, ...]:
    """Remarks on designs whose plugins are not installed here, or only in an older version."""
    designs = _designed(workspace, project)
    return tuple(remark for d in designs for remark in plugin_findings(workspace, d))


def deadlines(found: Portfolio, lang: Lang) -> bytes:
    """The calendar (iCalendar) of what is still to come: waves that are not complete, reports."""
    from evalkit.design.deadlines import Deadline, deadlines_calendar

    waves = (
        Deadline(
            f"{row.project}/wave/{row.wave}",
            row.closes,
            row.title,
            row.label,
            dt.timedelta(weeks=1),
            row.missing_labels,
        )
        for row in found.waves
        if row.closes >= found.as_of and not row.is_complete
    )
    reports = (
        Deadline(
            f"{row.project}/deadline/{row.id}", row.due, row.title, row.label, dt.timedelta(weeks=2)
        )
        for row in found.reports
    )
    return deadlines_calendar((*waves, *reports), found.as_of, lang)


def table(found: Portfolio, lang: Lang, states: Collection[str] = ()) -> bytes:
    """The waves as CSV in UTF-8: one row per project and wave, lists joined by ``; ``.

    Args:
        found: where everything stands.
        lang: language of the names of waves.
        states: only waves in these states; all if there are none.
    """
    from evalkit.synthesis.tables import frame, to_csv

    counted = {"mandatory", "delivered", "basisset", "basisset_delivered", "as_of", "label"}
    same = StatusRow.model_fields.keys() - counted
    rows = [
        StatusRow(
            as_of=found.as_of,
            label=row.label.to(lang),
            mandatory=row.mandatory,
            delivered=len(row.delivered),
            basisset=row.core,
            basisset_delivered=len(row.delivered_core),
            **{name: getattr(row, name) for name in same},
        )
        for row in in_states(found.waves, states)
    ]
    return to_csv(frame(rows, StatusRow))


def in_states(rows: Iterable[WaveStatus], states: Collection[str]) -> list[WaveStatus]:
    """The waves in these states; all if there are none."""
    return [row for row in rows if not states or row.status.value in states]


def write(path: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, content)


def _projects(workspace: Workspace, project: str | None) -> tuple[Project, ...]:
    return workspace.store.projects() if project is None else (workspace.project(project),)


def _designed(workspace: Workspace, project: str | None) -> list[Design]:
    found = (workspace.store.current_design(one.id) for one in _projects(workspace, project))
    return [design for design in found if design]


def _reports(designs: Iterable[Design], day: dt.date) -> Iterable[ReportStatus]:
    for design in designs:
        for deadline in design.deadlines:
            if deadline.due >= day:
                yield ReportStatus(
                    project=design.project.id,
                    title=design.project.title,
                    id=deadline.id,
                    label=deadline.label,
                    due=deadline.due,
                )


def _cycles(workspace: Workspace, designs: Iterable[Design], day: dt.date) -> Iterable[CycleStatus]:
    for design in designs:
        planned = sum(cycle.ends < day for cycle in design.cycles)
        logged = len(workspace.store.cycles(design.project.id)) if planned else 0
        if logged < planned:
            yield CycleStatus(project=design.project.id, planned=planned, logged=logged)


def _returned(
    refused: Sequence[ReturnedFile],
    wave: PlannedWave,
    waves: Sequence[PlannedWave],
    inside: Sequence[Submission],
) -> dt.date | None:
    """The day the last file for a wave was refused, unless something came in on it or since.

    A file that did not say for which wave it is counts for the last that had opened by then.
    """

    def meant(file: ReturnedFile) -> str | None:
        opened = [w for w in waves if w.opens <= file.received]
        newest = max(opened, key=lambda w: w.opens).id if opened else None
        return file.wave or newest

    last = max((file.received for file in refused if meant(file) == wave.id), default=None)
    if last is None or any(submission.received >= last for submission in inside):
        return None
    return last


def _wave_status(
    design: Design,
    wave: PlannedWave,
    ever: list[Submission],
    returned: dt.date | None,
    day: dt.date,
) -> WaveStatus:
    """Where a wave stands, from all that was received for it by that day."""
    superseded = {id for submission in ever for id in submission.supersedes}
    received = [submission for submission in ever if submission.id not in superseded]
    mandatory = [entry.measure for entry in design.entries(wave.id) if entry.mandatory]
    inside = {measure for submission in received for measure in submission.measures}
    inside |= {e.measure for e in design.entries(wave.id) if inside & set(e.covered_by)}
    delivered = tuple(m for m in mandatory if m in inside)
    missing = tuple(m for m in mandatory if m not in inside)
    arms = {arm for entry in design.entries(wave.id) for arm in entry.arms}
    asked = [school.brin for school in design.project.schools if arms & set(school.arms)]
    seen = {brin for submission in received for brin in submission.schools}
    silent = tuple(brin for brin in asked if brin not in seen)
    baselines = {s.baseline for s in received if s.baseline}
    late = BaselineStatus.late in baselines
    owed = bool(missing or (mandatory and silent))
    return WaveStatus(
        project=design.project.id,
        title=design.project.title,
        wave=wave.id,
        label=wave.label,
        opens=wave.opens,
        closes=wave.closes,
        status=_delivery(wave, ever, owed, returned, day),
        delivered=delivered,
        delivered_core=tuple(m for m in delivered if m in design.core),
        missing=missing,
        missing_labels=tuple(design.measure(m).label for m in missing),
        missing_core=tuple(m for m in missing if m in design.core),
        schools_missing=len(silent),
        missing_schools=silent,
        schools=len(asked),
        returned=returned if owed else None,
        baseline=BaselineStatus.late if late else next(iter(baselines), None),
        warnings=sum(len(s.findings) for s in received),
    )


def _delivery(
    wave: PlannedWave,
    ever: list[Submission],
    owed: bool,
    returned: dt.date | None,
    day: dt.date,
) -> DeliveryStatus:
    if not owed and (ever or day > wave.closes):
        # A correction covers what it replaces; that it came later makes nothing late.
        on_time = all(s.received <= wave.closes for s in ever if not s.supersedes)
        return DeliveryStatus.complete if on_time else DeliveryStatus.complete_late
    if day > wave.closes:
        return DeliveryStatus.late
    if owed and returned:
        return DeliveryStatus.returned
    if ever:
        return DeliveryStatus.partial
    return DeliveryStatus.due if day >= wave.opens else DeliveryStatus.not_open
