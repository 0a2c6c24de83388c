"""``evalkit status``."""

from __future__ import annotations

import datetime as dt

import click

from evalkit.cli.options import Day, Session, reading
from evalkit.cli.showing import print_json, say, table, translate


@click.command()
@click.option("--as-of", type=Day(), help="The day it is taken to be. Default: today.")
@reading
def status(session: Session, as_of: dt.date | None) -> None:
    """Show per project and moment what is due, delivered or late, and what is missing."""
    from evalkit.workspace import portfolio

    t, lang = translate(session.lang), session.lang
    with session.open() as workspace:
        rows = portfolio.status(workspace, as_of)
        waiting = portfolio.without_design(workspace)
    if session.as_json:
        print_json({"waves": rows, "without_design": waiting})
        return
    table(
        (
            t("Project"),
            t("Moment"),
            t("Deadline"),
            t("Status"),
            t("Mandatory measures"),
            t("Still missing"),
            t("Remarks"),
        ),
        [
            (
                row.project,
                row.label.to(lang),
                row.closes,
                row.status.label.to(lang),
                f"{len(row.delivered)}/{len(row.delivered) + len(row.missing)}",
                ", ".join(label.to(lang) for label in row.missing_labels),
                row.warnings or None,
            )
            for row in rows
        ],
    )
    for project in waiting:
        say(
            t("{project} has no design yet: evalkit design {project} --out DIR").format(
                project=project
            )
        )
