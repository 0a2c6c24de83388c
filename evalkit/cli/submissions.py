"""``evalkit submission``."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from evalkit.cli.options import BY, FOLDER, Day, Session, common, reading
from evalkit.cli.showing import print_json, say, show_files, show_findings, table, translate

if TYPE_CHECKING:
    from evalkit.model.submission import ReturnedFile, SubmissionEvent
    from evalkit.workspace.submission_difference import Difference, Key
    from evalkit.workspace.submissions import Life

STATES = ("draft", "submitted", "returned", "accepted", "superseded", "lapsed")
MOST = 40
"""Cells of a difference that are shown; all are in the JSON."""


@click.group()
def submission() -> None:
    """What came in, and what became of it."""


@submission.command("list")
@click.option("--project", metavar="ID", help="Only of this project.")
@click.option("--wave", metavar="ID", help="Only of this moment.")
@click.option("--state", type=click.Choice(STATES), help="Only in this state.")
@reading
def list_(session: Session, project: str | None, wave: str | None, state: str | None) -> None:
    """List all that came in, refused files too, in the order it came."""
    from evalkit.model.vocabulary import SubmissionStatus
    from evalkit.workspace import submissions

    t, lang = translate(session.lang), session.lang
    wanted = SubmissionStatus[state] if state else None
    with session.open() as workspace:
        found = submissions.listed(workspace, project=project, wave=wave, state=wanted)
    if session.as_json:
        print_json(found)
        return
    if not found:
        say(t("Nothing came in."))
        return
    headers = (
        t("Submission"),
        t("Status"),
        t("Rows"),
        t("Errors"),
        t("Warnings"),
        t("Received"),
        t("By"),
        t("File"),
    )
    table(
        headers,
        [
            (
                entry.id,
                entry.status.label.to(lang),
                entry.rows or None,
                entry.errors or None,
                entry.warnings or None,
                entry.received,
                entry.by or "–",
                entry.file_name,
            )
            for entry in found
        ],
    )


@submission.command()
@click.argument("id")
@reading
def show(session: Session, id: str) -> None:
    """Show a submission or refused file: what happened to it, hashes and findings."""
    from evalkit.workspace import submissions

    with session.open() as workspace:
        life = submissions.show(workspace, id)
    if session.as_json:
        print_json(life)
    elif life.returned is not None:
        _show_returned(session, life.returned)
    else:
        _show_submission(session, life)


def _show_submission(session: Session, life: Life) -> None:
    t, lang = translate(session.lang), session.lang
    found = life.submission
    assert found is not None
    say(f"{found.id} · {found.status.label.to(lang)}")
    days = " – ".join(dict.fromkeys((str(found.taken_from), str(found.taken_to))))
    lines = [
        (t("From whom"), f"{found.respondent.label.to(lang)}, {found.grain.label.to(lang)}"),
        (t("Rows"), str(found.rows)),
        (t("Schools"), ", ".join(found.schools)),
        (t("Measures"), ", ".join(found.measures)),
        (t("Taken"), days),
        (t("Received"), str(found.received)),
        (t("Replaces"), ", ".join(found.supersedes)),
        (t("Reason"), found.reason or ""),
        (t("File"), found.file_name),
        (t("SHA-256 of the file"), found.file_hash),
        (t("SHA-256 of the rows"), found.blob),
        (t("Design"), found.design_hash),
    ]
    for name, value in lines:
        if value:
            say(f"  {name}: {value}")
    _show_events(session, life.events)
    show_findings(found.findings, lang)


def _show_events(session: Session, events: tuple[SubmissionEvent, ...]) -> None:
    t, lang = translate(session.lang), session.lang
    table(
        (t("When (UTC)"), t("What happened"), t("By"), t("Reason"), t("By which")),
        [
            (
                f"{event.at:%Y-%m-%d %H:%M:%S}",
                event.step.label.to(lang),
                event.by or "–",
                event.reason,
                event.other,
            )
            for event in events
        ],
    )


def _show_returned(session: Session, file: ReturnedFile) -> None:
    t, lang = translate(session.lang), session.lang
    refused = t("refused; its data were not kept")
    say(f"{file.id} · {refused}")
    lines = [
        (t("Moment"), file.wave),
        (t("Received"), f"{file.received} ({file.at:%Y-%m-%d %H:%M:%S} UTC)"),
        (t("By"), file.by or "–"),
        (t("File"), file.file_name),
        (t("SHA-256 of the file"), file.file_hash),
        (t("Design"), file.design_hash),
    ]
    for name, value in lines:
        if value:
            say(f"  {name}: {value}")
    show_findings(file.findings, lang)


@submission.command()
@click.argument("before")
@click.argument("after")
@reading
def diff(session: Session, before: str, after: str) -> None:
    """Tell what differs between two submissions: rows, and cells per measure.

    Persons and classes are shown by their pseudonyms.
    """
    from evalkit.workspace.submission_difference import difference

    with session.open() as workspace:
        found = difference(workspace, before, after)
    if session.as_json:
        print_json(_plain(found))
        return
    _show_difference(session, found)


def _plain(found: Difference) -> dict[str, Any]:
    return found._asdict() | {
        "measures": [measure._asdict() for measure in found.measures],
        "changed": [cell._asdict() for cell in found.changed],
    }


def _show_difference(session: Session, found: Difference) -> None:
    t = translate(session.lang)
    if found.is_empty:
        say(t("They hold the same: {count} rows.").format(count=found.rows_after))
        return
    text = t("Rows: {before} → {after}; {added} added, {removed} removed.")
    counts = {"added": len(found.added), "removed": len(found.removed)}
    say(text.format(before=found.rows_before, after=found.rows_after, **counts))
    for title, keys in ((t("Added"), found.added), (t("Removed"), found.removed)):
        if keys:
            shown = ", ".join(_row(key) for key in keys[:MOST])
            say(f"  {title}: {shown}{' …' if len(keys) > MOST else ''}")
    if not found.changed:
        return
    table(
        (t("Measure"), t("Cells changed"), t("Filled"), t("Emptied")),
        [(m.measure, m.changed or None, m.filled or None, m.emptied or None)
         for m in found.measures],
    )  # fmt: skip
    table(
        (t("Row"), t("Column"), t("Before"), t("After")),
        [(_row(c.row), c.column, c.before, c.after) for c in found.changed[:MOST]],
    )
    if len(found.changed) > MOST:
        text = t("{count} more cells: --json gives all.")
        say(text.format(count=len(found.changed) - MOST))


def _row(key: Key) -> str:
    return " ".join(str(value) for value in key.values() if value is not None)


@submission.command()
@click.argument("id")
@click.option("--out", required=True, type=FOLDER, help="The folder to write to.")
@BY
@common
def export(session: Session, id: str, out: Path, by: str | None) -> None:
    """Write a submission to a folder: its rows as a data package, and what happened to it.

    Persons and classes have pseudonyms. That it was exported, and by whom, is recorded.
    """
    from evalkit.workspace import submissions

    with session.open() as workspace:
        written = submissions.export(workspace, id, out, by=by)
    show_files(written, session.lang)


@submission.command()
@click.argument("id")
@click.option("--reason", help="Why this replaces what was accepted before.")
@click.option("--received-on", type=Day(), help="Day it is submitted. Default: today.")
@BY
@common
def submit(
    session: Session, id: str, reason: str | None, received_on: dt.date | None, by: str | None
) -> None:
    """Submit a draft."""
    from evalkit.workspace import submissions

    with session.open() as workspace:
        done = submissions.submit(workspace, id, reason=reason, by=by, received_on=received_on)
    show_findings(done.findings, session.lang)
    say(f"{done.submission.id} · {done.submission.status.label.to(session.lang)}")


@submission.command()
@click.argument("id")
@BY
@common
def accept(session: Session, id: str, by: str | None) -> None:
    """Accept what was submitted under a scheme that looks at deliveries first."""
    from evalkit.workspace import submissions

    with session.open() as workspace:
        done = submissions.accept(workspace, id, by=by)
    say(f"{done.id} · {done.status.label.to(session.lang)}")


@submission.command("return")
@click.argument("id")
@click.option("--reason", required=True, help="What the school has to do.")
@BY
@common
def return_(session: Session, id: str, reason: str, by: str | None) -> None:
    """Return what was submitted to its school, with a reason."""
    from evalkit.workspace import submissions

    with session.open() as workspace:
        done = submissions.send_back(workspace, id, reason, by=by)
    say(f"{done.id} · {done.status.label.to(session.lang)}")
