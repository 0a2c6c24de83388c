"""What a changed design means for what was registered and for what came in already."""

from __future__ import annotations

from collections.abc import Iterator

from evalkit.collect.wording import date_text, dates_text
from evalkit.errors import finding
from evalkit.model.design import Design, PlannedWave
from evalkit.model.finding import Finding, Place
from evalkit.model.submission import Submission
from evalkit.model.text import Text
from evalkit.model.vocabulary import WaveKind
from evalkit.workspace.workspace import Workspace


def amendment_findings(workspace: Workspace, design: Design) -> tuple[Finding, ...]:
    """Remarks on a new design that comes after a registration or after accepted data.

    It is held against the design that was registered last; if none was, against the current one.
    """
    project = design.project.id
    accepted = workspace.store.submissions(project, accepted_only=True)
    registered = workspace.store.registrations(project)
    if not registered and not accepted:
        return ()
    earlier = (
        workspace.store.design(registered[-1].design_hash)
        if registered
        else workspace.store.current_design(project)
    )
    if earlier is None or earlier.hash == design.hash:
        return ()
    return (
        *_baseline_moved(earlier, design, accepted),
        *_predictions_after_data(workspace, earlier, design, accepted),
        *_measures_dropped(earlier, design),
    )


def _baseline_moved(
    earlier: Design, design: Design, accepted: tuple[Submission, ...]
) -> Iterator[Finding]:
    """A start that moved to the other side of a baseline that was accepted."""
    before, after = earlier.project.start, design.project.start
    waves = {wave.id for wave in design.waves}
    from evalkit.collect.timing import baseline_status

    for submission in accepted:
        if before == after or submission.baseline is None or submission.wave not in waves:
            continue
        taken = submission.taken_from, submission.taken_to
        if baseline_status(design, submission.wave, *taken) is not submission.baseline:
            yield finding(
                "design.baseline_moved",
                Place(key="start"),
                before=date_text(before),
                after=date_text(after),
                submission=submission.id,
                taken=dates_text(*taken),
                status=submission.baseline.label,
            )


def _predictions_after_data(
    workspace: Workspace, earlier: Design, design: Design, accepted: tuple[Submission, ...]
) -> Iterator[Finding]:
    if earlier.project.predictions == design.project.predictions:
        return
    waves = [_wave(workspace, earlier, submission) for submission in accepted]
    found = sorted(
        zip(accepted, waves, strict=True), key=lambda pair: pair[1].kind is WaveKind.baseline
    )
    for submission, wave in found[:1]:
        baseline = wave.kind is WaveKind.baseline
        yield finding(
            "design.predictions_after_baseline" if baseline else "design.predictions_after_data",
            Place(key="predictions"),
            wave=wave.label,
            received=date_text(submission.received),
            submission=submission.id,
        )


def _wave(workspace: Workspace, earlier: Design, submission: Submission) -> PlannedWave:
    """The wave of a submission, as the design it came in under has it."""
    under = workspace.store.design(submission.design_hash) or earlier
    return under.wave(submission.wave)


def _measures_dropped(earlier: Design, design: Design) -> Iterator[Finding]:
    kept = {(entry.measure, entry.wave) for entry in design.schedule}
    dropped: dict[str, list[Text]] = {}
    for entry in earlier.schedule:
        if (entry.measure, entry.wave) not in kept:
            dropped.setdefault(entry.measure, []).append(earlier.wave(entry.wave).label)
    for measure, waves in dropped.items():
        listed = Text(
            nl=", ".join(wave.nl for wave in waves), en=", ".join(wave.en for wave in waves)
        )
        yield finding(
            "design.measure_dropped",
            Place(key=measure),
            measure=earlier.measure(measure).label,
            waves=listed,
        )


def plugin_findings(workspace: Workspace, design: Design) -> tuple[Finding, ...]:
    """A remark for each plugin of a design that is not installed, or only in an older version."""
    installed = workspace.plugins.plugins
    found = []
    for name, made in sorted(design.plugins.items()):
        values = {"plugin": name, "made": made, "project": design.project.id}
        if name not in installed:
            found.append(finding("design.plugin_missing", Place(key=name), **values))
        elif _is_older(installed[name].version, made):
            values["installed"] = installed[name].version
            found.append(finding("design.plugin_older", Place(key=name), **values))
    return tuple(found)


def _is_older(version: str, than: str) -> bool:
    """Whether a version comes before another: ``1.9`` before ``1.10``, ``2.0rc1`` before ``2.0``.

    One that is no version is not compared.
    """
    from packaging.version import InvalidVersion, Version

    try:
        return Version(version) < Version(than)
    except InvalidVersion:
        return False
