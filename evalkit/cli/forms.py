"""``evalkit forms``."""

from __future__ import annotations

from pathlib import Path

import click

from evalkit.cli.options import FOLDER, Session, common
from evalkit.cli.showing import say, show_files, translate


@click.command()
@click.argument("project")
@click.option("--out", required=True, type=FOLDER, help="Folder for the forms.")
@click.option("--wave", metavar="ID", help="Only the forms of this measurement moment.")
@click.option(
    "--tool",
    type=click.Choice(["xlsform", "redcap", "all"]),
    default="all",
    show_default=True,
    help="XLSForm (KoboToolbox, ODK), REDCap, or both.",
)
@common
def forms(session: Session, project: str, out: Path, wave: str | None, tool: str) -> None:
    """Make survey forms of the design of PROJECT: one per moment and group.

    XLSForms are in Dutch and English. What the tool exports comes back with
    'evalkit collect FILE'; it says by itself what it is.
    """
    from evalkit.workspace.forms import Tool, write_forms

    tools: tuple[Tool, ...] = ("xlsform", "redcap")
    if tool != "all":
        tools = tuple(name for name in tools if name == tool)
    t = translate(session.lang)
    with session.open() as workspace:
        files = write_forms(workspace, project, out, wave, tools)
    show_files(files, session.lang)
    say(t("Next: put a form in your survey tool; read back its export with: evalkit collect FILE"))
