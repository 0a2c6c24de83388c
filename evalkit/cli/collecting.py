"""``evalkit collect``."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from evalkit.cli.options import FILE, Day, Session, reading
from evalkit.cli.showing import print_json, say, show_findings, table, translate


@click.command()
@click.argument("file", type=FILE)
@click.option("--project", metavar="ID", help="The project, if the file does not say.")
@click.option("--wave", metavar="ID", help="The measurement moment, if the file does not say.")
@click.option("--mapping", type=FILE, help="What the file's own columns mean (YAML).")
@click.option("--taken-on", type=Day(), help="Day the data were taken, if the file does not say.")
@click.option("--received-on", type=Day(), help="Day the file came in. Default: today.")
@click.option("--reason", help="Why this replaces what was accepted before.")
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
) -> None:
    """Check FILE (workbook, CSV or JSON) and store its results.

    With one error in it, nothing is stored; all errors are shown at once. Warnings are stored
    beside the data.
    """
    from evalkit.workspace.intake import Request, collect

    t, lang = translate(session.lang), session.lang
    request = Request(file, project, wave, mapping, taken_on, received_on, reason)
    with session.open() as workspace:
        result = collect(workspace, request)
    if session.as_json:
        print_json(result)
        return
    show_findings(result.findings, lang)
    if result.stored:
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
            title=t("Stored"),
        )
    else:
        say(t("Nothing new to store."))
