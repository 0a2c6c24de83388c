"""``evalkit status``."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import click

from evalkit.cli.options import FILE, Day, Session, reading
from evalkit.cli.showing import console, print_json, say, show_findings, table, translate

if TYPE_CHECKING:
    from evalkit.language import Translate
    from evalkit.model.status import Portfolio, WaveStatus
    from evalkit.model.text import Lang

STATES = ("not_open", "due", "partial", "returned", "late", "complete", "complete_late")
OVERDUE = 3
"""Exit code where something mandatory is overdue; 1 and 2 are problems and findings."""


@click.command()
@click.option("--as-of", type=Day(), help="The day it is taken to be. Default: today.")
@click.option("--project", metavar="ID", help="This project alone.")
@click.option(
    "--state", "states", multiple=True, type=click.Choice(STATES), help="Moments in this state."
)
@click.option("--missing", is_flag=True, help="Name every measure and school that is missing.")
@click.option("--csv", "csv_file", type=FILE, help="Write the table to this file, as CSV.")
@click.option("--ics", "ics_file", type=FILE, help="Write the deadlines to come, as a calendar.")
@reading
def status(
    session: Session,
    as_of: dt.date | None,
    project: str | None,
    states: tuple[str, ...],
    missing: bool,
    csv_file: Path | None,
    ics_file: Path | None,
) -> int:
    """Show per project and moment what is due, returned, late or complete, and what is missing.

    The exit code is 3 if anything mandatory is overdue, and 0 if nothing is.
    """
    from evalkit.workspace import portfolio

    lang = session.lang
    with session.open() as workspace:
        found = portfolio.portfolio(workspace, as_of, project)
        remarks = portfolio.plugin_remarks(workspace, project)
    if csv_file:
        portfolio.write(csv_file, portfolio.table(found, lang, states))
    if ics_file:
        portfolio.write(ics_file, portfolio.deadlines(found, lang))
    if session.as_json:
        shown = found.model_copy(update={"waves": tuple(portfolio.in_states(found.waves, states))})
        print_json(
            {
                **shown.model_dump(mode="json"),
                "summary": found.summary,
                "overdue": found.is_overdue,
                "findings": remarks,
            }
        )
    else:
        _show(found, portfolio.in_states(found.waves, states), missing, lang)
        show_findings(remarks, lang)
    return OVERDUE if found.is_overdue else 0


def _show(found: Portfolio, rows: list[WaveStatus], missing: bool, lang: Lang) -> None:
    t = translate(lang)
    if rows:
        heads = (t("Moment"), t("Deadline"), t("Status"), t("In"), t("Basisset"))
        table(heads, _lines(rows, lang), whole=heads[1:2])
    for row in rows:
        _show_missing(row, missing, t, lang)
        for draft in row.drafts:
            text = t("{project}, {wave}: a draft waits: evalkit submission submit {id}")
            say(text.format(project=row.project, wave=row.label.to(lang), id=draft))
    _show_rest(found, t, lang)


def _lines(rows: list[WaveStatus], lang: Lang) -> Iterator[tuple[object, ...]]:
    """A line for each project, and under it one for each of its waves."""
    for project, waves in groupby(rows, key=lambda row: row.project):
        yield project, None, None, None, None
        for row in waves:
            yield (
                f"  {row.label.to(lang)}",
                row.closes,
                row.status.label.to(lang),
                f"{len(row.delivered)}/{row.mandatory}",
                f"{len(row.delivered_core)}/{row.core}" if row.core else None,
            )


def _show_missing(row: WaveStatus, everything: bool, t: Translate, lang: Lang) -> None:
    """What a wave misses: of the basisset by name, the rest by name only if asked."""
    from evalkit.model.status import ASKED_NOW

    if row.status not in ASKED_NOW or not (row.missing or row.missing_schools):
        return
    labels = dict(zip(row.missing, (label.to(lang) for label in row.missing_labels), strict=True))
    core = [labels[measure] for measure in row.missing_core]
    others = [label for measure, label in labels.items() if measure not in row.missing_core]
    said = [t("{project}, {wave}").format(project=row.project, wave=row.label.to(lang))]
    if row.returned:
        said.append(t("a file was returned on {day}").format(day=row.returned))
    if core:
        said.append(t("missing of the basisset: {names}").format(names=", ".join(core)))
    if others and everything:
        said.append(t("missing besides: {names}").format(names=", ".join(others)))
    elif others:
        said.append(t("other measures missing: {count}").format(count=len(others)))
    if row.missing_schools and everything:
        names = ", ".join(row.missing_schools)
        said.append(t("schools of which nothing came in: {names}").format(names=names))
    elif row.missing_schools and row.delivered:
        count = f"{row.schools_missing}/{row.schools}"
        said.append(t("schools of which nothing came in: {names}").format(names=count))
    if row.warnings and everything:
        said.append(t("warnings: {count}").format(count=row.warnings))
    console().print("; ".join(said).replace("; ", ": ", 1) + ".", markup=False)


def _show_rest(found: Portfolio, t: Translate, lang: Lang) -> None:
    for project in dict.fromkeys(report.project for report in found.reports):
        report = next(r for r in found.reports if r.project == project)
        text = t("{project}: next report to the funder on {day}: {label}.")
        say(text.format(project=project, day=report.due, label=report.label.to(lang)))
    for behind in found.cycles:
        text = t("{project}: PDCA cycles logged {logged}, by the plan {planned}.")
        say(text.format(**behind.model_dump()))
    for project in found.without_design:
        text = t("{project} has no design yet: evalkit design {project} --out DIR")
        say(text.format(project=project))
    counts = found.summary
    if counts.projects:
        text = t(
            "{complete} of {projects} projects complete so far; late: {late}, returned: "
            "{returned}, due now: {due}, not asked yet: {waiting}."
        )
        say(text.format(**counts.model_dump()))
