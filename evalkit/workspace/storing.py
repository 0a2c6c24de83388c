"""What passed the checks is stored: once, frozen, and in the state that its scheme asks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import pandas as pd

from evalkit.errors import EvalkitError, FindingsError, finding
from evalkit.library.yaml_file import YamlSource
from evalkit.model.design import Design
from evalkit.model.finding import Finding, Place
from evalkit.model.protocol import BASISSET
from evalkit.model.safe_text import printable
from evalkit.model.submission import LONGEST_BY, Submission
from evalkit.model.vocabulary import SubmissionStatus
from evalkit.store.vault import Kept
from evalkit.workspace.keys import kept_rows
from evalkit.workspace.workspace import Workspace

T = TypeVar("T")

_ABOUT = ("school", "arm", "class", "subject", "unit", "measure")
"""Columns that say what a row is about."""

_TRIES = 5
"""Times that what others stored at the same moment is looked at again."""


class Arrival(NamedTuple):
    """One part of a delivery as it may be stored, and what is said of it."""

    submission: Submission
    rows: pd.DataFrame | Kept
    place: Place
    findings: tuple[Finding, ...]


class Stored(NamedTuple):
    """What was stored of the arrivals, and what is said of each."""

    submissions: tuple[Submission, ...]
    findings: tuple[Finding, ...]


def store_arrivals(
    workspace: Workspace,
    design: Design,
    arrivals: list[Arrival],
    remarks: tuple[Finding, ...],
    by: str | None,
    read: tuple[Finding, ...] = (),
) -> Stored:
    """Store all arrivals or none. What is there already is recognised, not stored twice.

    Each keeps the state it comes in: a draft, or accepted; the latter waits as submitted where
    the scheme has deliveries looked at first.

    Args:
        workspace: the workspace.
        design: what they were collected under.
        arrivals: the parts of one file.
        remarks: what is said of the file; it is stored beside each part, and not given back.
        by: role of who sends it.
        read: what was found in reading the file; told if it is refused.

    Raises:
        FindingsError: other data were accepted already, and there is no reason or the new ones
            do not cover them; with all that is said of the file.
    """
    looked_at = needs_review(workspace, design.protocol)

    def once() -> Stored:
        batch: list[tuple[Submission, pd.DataFrame | Kept]] = []
        shown: list[Finding] = []
        recognised: list[str] = []
        wrong: list[Finding] = []
        for arrival in arrivals:
            same = _same(workspace, arrival)
            if same is not None:
                recognised.append(same.id)
                shown.append(_recognised(same, arrival.place))
                continue
            new, replaces = _settled(workspace, design, arrival, looked_at)
            wrong += [f for f in replaces if f.is_error]
            kept_beside = (*remarks, *arrival.findings)
            batch.append((new.model_copy(update={"findings": kept_beside}), arrival.rows))
            shown += [*arrival.findings, *(f for f in replaces if not f.is_error)]
        if wrong:
            raise FindingsError(dict.fromkeys([*wrong, *remarks, *read, *shown]))
        kept = workspace.store.add_submissions(batch, by=by, recognised=recognised)
        waiting = [s for s in kept if s.status is SubmissionStatus.submitted]
        shown += [finding("submission.waits", submission=s.id) for s in waiting]
        return Stored(kept, tuple(shown))

    return undisturbed(once)


def undisturbed(action: Callable[[], T]) -> T:
    """Do ``action``, again if someone else stored the same at the same moment."""
    for _ in range(_TRIES - 1):
        try:
            return action()
        except EvalkitError as error:
            if error.finding.code != "intake.already_there":
                raise
    return action()


def needs_review(workspace: Workspace, protocol: str) -> bool:
    """Whether a scheme, or one that it builds on, has deliveries looked at before they count."""
    files = workspace.protocol_files()
    seen: set[str] = set()
    while protocol in files and protocol != BASISSET and protocol not in seen:
        seen.add(protocol)
        source, _ = YamlSource.parse(files[protocol].text, files[protocol].name)
        if source is None:  # It was in order when the design was made.
            return True
        if source.data.get("review") is True:
            return True
        protocol = str(source.data.get("extends"))
    return False


def signed(by: str | None) -> str | None:
    """Who does something, in one line.

    Raises:
        EvalkitError: it is too long for a role.
    """
    text = " ".join(printable(by or "").split())
    if len(text) > LONGEST_BY:
        raise EvalkitError("submission.by_long", longest=LONGEST_BY)
    return text or None


def _settled(
    workspace: Workspace, design: Design, arrival: Arrival, looked_at: bool
) -> tuple[Submission, tuple[Finding, ...]]:
    """The submission as it is stored, and what is said of that."""
    new, place = arrival.submission, arrival.place
    overlapping = overlapping_with(workspace, new)
    update: dict[str, Any] = {}
    remarks: tuple[Finding, ...] = ()
    if new.status is SubmissionStatus.draft:
        ids = [old.id for old in overlapping]
        remarks = tuple(finding("submission.draft_replaces", place, submission=id) for id in ids)
    else:
        update["supersedes"], remarks = superseded(design, overlapping, new, place)
        if looked_at:
            update["status"] = SubmissionStatus.submitted
    if not update.get("supersedes"):
        update["reason"] = None
    return new.model_copy(update=update), remarks


def _same(workspace: Workspace, arrival: Arrival) -> Submission | None:
    """What holds the very same: accepted, or waiting; a draft only if the new one is a draft."""
    new = arrival.submission
    live = [SubmissionStatus.accepted, SubmissionStatus.submitted]
    if new.status is SubmissionStatus.draft:
        live.append(SubmissionStatus.draft)
    there = [old for old in _of_same_schools(workspace, new) if old.status in live]
    there.sort(key=lambda old: live.index(old.status))
    return next((old for old in there if is_same(workspace, old, new, arrival.rows)), None)


def _recognised(old: Submission, place: Place) -> Finding:
    if old.status is SubmissionStatus.accepted:
        return finding("intake.same_data", place, submission=old.id)
    status = old.status.label
    return finding("submission.same_waiting", place, submission=old.id, status=status)


def overlapping_with(workspace: Workspace, new: Submission) -> list[Submission]:
    """Accepted submissions of the same kind that hold a measure of a school of the new one."""
    return [
        old
        for old in _of_same_schools(workspace, new)
        if old.status is SubmissionStatus.accepted and set(old.measures) & set(new.measures)
    ]


def _of_same_schools(workspace: Workspace, new: Submission) -> list[Submission]:
    """Submissions of the same kind that hold a school that the new one holds too."""
    return [
        old
        for old in workspace.store.submissions(new.project, new.wave)
        if (old.respondent, old.grain) == (new.respondent, new.grain)
        and set(old.schools) & set(new.schools)
    ]


def is_same(
    workspace: Workspace, old: Submission, new: Submission, rows: pd.DataFrame | Kept
) -> bool:
    """Whether the new one says exactly what the old one says, in whatever order of rows."""
    same_dates = (old.taken_from, old.taken_to) == (new.taken_from, new.taken_to)
    if isinstance(rows, Kept):
        return same_dates and old.blob == rows.blob
    if old.rows != len(rows):
        return False
    return same_dates and _sorted(kept_rows(workspace, old)).equals(_sorted(rows))


def _sorted(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows by what they are about, which no two of them share."""
    about = [name for name in _ABOUT if name in rows]
    return rows.sort_values(about, kind="stable", ignore_index=True)


def superseded(
    design: Design, overlapping: list[Submission], new: Submission, place: Place
) -> tuple[tuple[str, ...], tuple[Finding, ...]]:
    """Ids of what the new submission replaces, and errors if it may not do so.

    It needs a reason, and must cover all of it.
    """
    wrong = []
    for old in overlapping:
        missing = [
            *(s for s in old.schools if s not in new.schools),
            *(m for m in old.measures if m not in new.measures),
        ]
        if not new.reason:
            wave, respondent = design.wave(new.wave).label, new.respondent.label
            values: dict[str, Any] = {"wave": wave, "respondent": respondent}
            wrong.append(finding("intake.already_there", place, submission=old.id, **values))
        elif missing:
            listed = ", ".join(missing)
            wrong.append(
                finding("intake.correction_incomplete", place, submission=old.id, missing=listed)
            )
    return tuple(old.id for old in overlapping), tuple(wrong)
