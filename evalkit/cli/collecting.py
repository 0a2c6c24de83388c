"""``evalkit workbook`` and ``evalkit collect``."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

import click

from evalkit.cli.options import BY, FILE, Day, Session, common, reading
from evalkit.cli.showing import print_json, say, show_files, show_findings, table, translate

if TYPE_CHECKING:
    from evalkit.workspace.intake import Result
    from evalkit.workspace.returning import Returned


@click.command()
@click.argument("project")
@click.option("--wave", metavar="ID", help="The one moment it is for. Default: all of them.")
@click.option("--out", required=True, type=FILE, help="The .xlsx file to write.")
@common
def workbook(session: Session, project: str, wave: str | None, out: Path) -> None:
    """Make the workbook of PROJECT, as its design stands: for one moment or for all.

    evalkit design makes the workbook of all moments too.
    """
    from evalkit.workspace.workbooks import write

    with session.open() as workspace:
        written = write(workspace, project, out, wave)
    show_files([written], session.lang)


@click.command()
@click.argument("file", type=FILE)
@click.option("--project", metavar="ID", help="The project, if the file does not say.")
@click.option("--wave", metavar="ID", help="The measurement moment, if the file does not say.")
@click.option("--mapping", type=FILE, help="What the file's own columns mean (YAML).")
@click.option("--taken-on", type=Day(), help="Day the data were taken, if the file does not say.")
@click.option("--received-on", type=Day(), help="Day the file came in. Default: today.")
@click.option("--reason", help="Why this replaces what was accepted before.")
@click.option("--report", type=FILE, help="Write the findings as a page (HTML) for the school.")
@click.option("--marked", type=FILE, help="Write a copy of FILE (xlsx) with its cells marked.")
@click.option(
    "--draft", is_flag=True, help="Only keep it: evalkit submission submit makes it count."
)
@BY
@reading
def collect(
    session: Session,
    file: Path,
    project: str | None,
    wave: str | None,
    mapping: Path | None,
    taken_on: dt.date | None,
    received_on: dt.date | None,
    reason: str | None,
    report: Path | None,
    marked: Path | None,
    draft: bool,
    by: str | None,
) -> None:
    """Check FILE (workbook, export or package) and store its results.

    With one error in it, nothing is stored but that it came; all errors are shown at once.
    Warnings are stored beside the data. A draft does not count, and a newer one takes its place.
    The page and the marked copy are made in both cases, in the language of the workbook unless
    --lang says otherwise.
    """
    from evalkit.errors import FindingsError
    from evalkit.workspace.intake import Request, Result, collect
    from evalkit.workspace.returning import Wanted, give_back

    for path in (report, marked):
        if path is not None and path.resolve() == file.resolve():
            raise click.UsageError("--report and --marked need a file of their own, not FILE.")
    if draft and reason:
        raise click.UsageError(
            "A draft replaces nothing: give --reason to evalkit submission submit."
        )
    request = Request(file, project, wave, mapping, taken_on, received_on, reason, draft, by)
    wanted = Wanted(report, marked, session.asked_lang)
    with session.open() as workspace:
        try:
            result = collect(workspace, request)
        except FindingsError as error:
            refused = Result((), error.findings)
            _show_returned(session, give_back(workspace, request, refused, wanted))
            raise
        returned = give_back(workspace, request, result, wanted)
    _show_returned(session, returned)
    if session.as_json:
        print_json(result)
        return
    _show_stored(session, result)


def _show_stored(session: Session, result: Result) -> None:
    t, lang = translate(session.lang), session.lang
    show_findings(result.findings, lang)
    if result.stored:
        status = result.stored[0].status
        title = t("Stored")
        if status != "accepted":
            title += f": {status.label.to(lang)}"
        table(
            (t("Submission"), t("Schools"), t("Measures"), t("Rows"), t("Baseline")),
            [
                (
                    s.id,
                    len(s.schools),
                    len(s.measures),
                    s.rows,
                    s.baseline.label.to(lang) if s.baseline else None,
                )
                for s in result.stored
            ],
            title=title,
        )
        if status == "draft":
            for submission in result.stored:
                say(t("Next: evalkit submission submit {id}").format(id=submission.id))
    else:
        say(t("Nothing new to store."))


def _show_returned(session: Session, returned: Returned) -> None:
    if returned.files and not session.as_json:
        show_files(returned.files, session.lang)
    show_findings(returned.failed, session.lang, stderr=True)
