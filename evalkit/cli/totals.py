"""``evalkit totals``."""

from __future__ import annotations

from pathlib import Path

import click

from evalkit.cli.options import FILE, Session, reading
from evalkit.cli.showing import print_json, say, table, translate

MOST = 60
"""Lines that are shown; all are in the file and the JSON."""


@click.command()
@click.argument("project")
@click.option("--wave", metavar="ID", help="This moment alone.")
@click.option("--out", type=FILE, help="Write the table to this file, as CSV.")
@reading
def totals(session: Session, project: str, wave: str | None, out: Path | None) -> None:
    """Show n, mean and standard deviation per moment, school, group and measure.

    Of what was accepted with a row per person, however many rows. Groups that are too small to be
    published are left empty.
    """
    from evalkit.workspace.totals import labels, totals, write_totals

    t = translate(session.lang)
    with session.open() as workspace:
        found = totals(workspace, project, wave)
        called = labels(workspace, project)
    if out:
        write_totals(found, out)
    rows = found.astype(object).where(found.notna(), None)
    if session.as_json:
        print_json(rows.to_dict("records"))
        return
    if found.empty:
        say(t("Nothing came in."))
        return

    def cell(value: str | float | None) -> str:
        if value is None:
            return "–"
        if isinstance(value, float):
            text = f"{value:.2f}"
            return text.replace(".", ",") if session.lang == "nl" else text
        label = called.get(str(value))
        return label.to(session.lang) if label else str(value)

    heads = (t("Moment"), t("School"), t("Group"), t("Measure"), "n", t("Mean"), t("SD"))
    table(
        heads,
        [
            (*map(cell, row[:4]), *(["–"] * 3 if row[7] else map(cell, row[4:7])))
            for row in rows.head(MOST).itertuples(index=False)
        ],
    )
    if len(rows) > MOST:
        say(t("… and {count} more: see --out or --json.").format(count=len(rows) - MOST))
