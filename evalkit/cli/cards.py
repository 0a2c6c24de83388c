"""``evalkit cards``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from evalkit.cli.options import FILE, FOLDER, Session, common, reading
from evalkit.cli.showing import print_json, say, show_files, table, translate

if TYPE_CHECKING:
    from evalkit.model.text import Lang
    from evalkit.synthesis.card_records import Record
    from evalkit.workspace.cards import Found
    from evalkit.workspace.workspace import Workspace

SOURCES = ("all", "workspace", "reference")
SOURCE = click.option(
    "--source",
    type=click.Choice(SOURCES),
    default="all",
    help="The cards of the projects, of the meta-analysis, or both.",
)


@click.group()
def cards() -> None:
    """All digital cards together: select from them, and write them as tables."""


def _opened(session: Session, source: str) -> Workspace | None:
    return session.open() if source == "workspace" else session.open_if_any()


@cards.command()
@click.option("--where", metavar="CONDITION", help="For example: rung >= 3 and phase is known.")
@click.option("--query", "name", metavar="NAME", help="A query by its name instead.")
@SOURCE
@click.option("--columns", metavar="NAMES", help="Columns to show, separated by commas.")
@click.option("--save", "save_as", metavar="NAME", help="Keep the condition under a name.")
@click.option("--csv", "csv", type=FILE, help="Write the selection to a CSV file.")
@reading
def select(
    session: Session,
    where: str | None,
    name: str | None,
    source: str,
    columns: str | None,
    save_as: str | None,
    csv: Path | None,
) -> None:
    """Select cards by a condition, and say of which it cannot be told.

    Compare a column by =, !=, <, <=, >, >=; use "in [A, B]", "contains A", "is known" or "is
    unknown"; join by and, or, not and parentheses.
    """
    from evalkit.workspace import cards as at

    if (where is None) == (name is None):
        raise click.UsageError("give either --where or --query")
    if save_as is not None and where is None:
        raise click.UsageError("--save keeps the condition of --where")
    workspace = session.open() if save_as is not None else _opened(session, source)
    try:
        found = at.select(workspace, where, name, source)
        asked = at.chosen_columns(columns, found)
        if workspace is not None and save_as is not None:
            at.save(workspace, save_as, found.where)
    finally:
        if workspace is not None:
            workspace.close()
    if csv:
        from evalkit.workspace.portfolio import write

        write(csv, at.selection_csv(found, asked, session.lang))
    if session.as_json:
        print_json(_as_json(found, asked))
    else:
        _show(found, asked, session.lang)


@cards.command()
@reading
def queries(session: Session) -> None:
    """List the queries that have a name: those of evalkit, and those that were saved."""
    from evalkit.workspace.cards import queries as find

    t, lang = translate(session.lang), session.lang
    workspace = session.open_if_any()
    try:
        found = find(workspace)
    finally:
        if workspace is not None:
            workspace.close()
    if session.as_json:
        print_json(found)
        return
    table(
        (t("Query"), t("Condition"), t("What it selects"), t("Source")),
        [
            (
                query.id,
                query.where,
                query.label.to(lang) if query.label else "",
                query.source.place if query.source else "",
            )
            for query in found
        ],
    )


@cards.command()
@click.option("--out", type=FOLDER, required=True, help="Folder for the files.")
@click.option(
    "--source",
    type=click.Choice(SOURCES[1:]),
    default="workspace",
    help="The cards of the projects, or of the meta-analysis.",
)
@common
def export(session: Session, out: Path, source: str) -> None:
    """Write the moederbestand, wide and long, and what promoted and hindered, as CSV."""
    from evalkit.workspace.cards import export as write

    if source == "reference":
        files = write(None, out, source)
    else:
        with session.open() as workspace:
            files = write(workspace, out, source)
    show_files(files, session.lang)


def _as_json(found: Found, columns: tuple[str, ...]) -> dict[str, Any]:
    def row(record: Record) -> dict[str, Any]:
        return {
            "project": record.id,
            "title": record.title,
            "source": record.source.value,
            "open": found.open(record),
            "by_selection": sorted(record.by_selection & set(found.names)),
            "values": {name: record.values.get(name, ()) for name in columns},
        }

    return {
        "where": found.where,
        "query": found.query,
        **{o.value: [row(record) for record in got] for o, got in found.outcomes.items()},
    }


def _show(found: Found, columns: tuple[str, ...], lang: Lang) -> None:
    from evalkit.model.reference import Outcome
    from evalkit.render.report import card_labels
    from evalkit.workspace.cards import shown

    t, labels = translate(lang), card_labels(lang)
    if found.query and found.query.label:
        say(found.query.label.to(lang))
    say(found.where)
    for outcome, got in found.outcomes.items():
        say(f"{outcome.label.to(lang)}: {len(got)}")
        if got and outcome is Outcome.fails:
            say("  " + ", ".join(record.id for record in got))
        elif got:
            headers = (t("Project"), t("Title"), t("Source"), *(labels[name] for name in columns))
            table(
                headers,
                [
                    (
                        record.id,
                        record.title if isinstance(record.title, str) else record.title.to(lang),
                        record.source.label.to(lang),
                        *(shown(record, name, lang) or t("unknown") for name in columns),
                    )
                    for record in got
                ],
            )
    meets = found.outcomes[Outcome.meets]
    listed = {name for record in meets for name in record.by_selection & set(found.names)}
    if listed:
        text = t("Known only because the report lists them in a selection: {variables}.")
        say(text.format(variables="; ".join(labels[name] for name in labels if name in listed)))
