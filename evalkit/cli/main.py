"""The ``evalkit`` command. Subcommands are imported only when they are called."""

from __future__ import annotations

import gc
import sys
from importlib import import_module
from typing import Any

import click

from evalkit import __version__

_COMMANDS = {
    "init": ("workspaces", "Make a workspace."),
    "plugins": ("workspaces", "List the installed plugins."),
    "protocol": ("protocols", "Protocols: new, check, diff, document, list, show, add, schema."),
    "type": ("content", "Project types: list, show."),
    "measure": ("content", "Measures: list, show."),
    "reference": ("reference", "The interventions of the meta-analysis, each with its sources."),
    "project": ("projects", "Projects: add, list, show."),
    "calendar": ("calendar", "School holidays: show, import."),
    "design": ("designs", "Evaluation designs: make, register, list, show, diff."),
    "forms": ("forms", "Make survey forms: XLSForm (KoboToolbox, ODK) and REDCap."),
    "workbook": ("collecting", "Make the workbook of a project, for one moment or for all."),
    "mapping": ("mapping", "Mappings for a school's own export: suggest."),
    "collect": ("collecting", "Check a file with results and store it."),
    "submission": (
        "submissions",
        "What came in: list, show, diff, export, submit, accept, return.",
    ),
    "totals": ("totals", "Show n, mean and SD per school, group, moment and measure."),
    "cycle": ("cycles", "PDCA cycles: add, list, show."),
    "card": ("cycles", "Digital cards: add, show."),
    "cards": ("cards", "All digital cards together: select, queries, export."),
    "status": ("portfolio", "Show who still owes what."),
    "synthesize": ("synthesis", "Make the tables, figures and report of all projects."),
    "exports": ("exports", "What was handed to researchers: list."),
    "effects": ("effects", "Effect sizes from the summary statistics of papers."),
    "pool": ("pooling", "Pool the estimates of a CSV file: meta-analysis, also in levels."),
    "backup": ("backups", "Write a whole workspace to one file, or check such a file."),
    "restore": ("backups", "Make a workspace of a backup."),
    "demo": ("synthesis", "Play a whole grant round on real data."),
}


class _LazyGroup(click.Group):
    """A group that imports a command's module when the command is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in _COMMANDS:
            return None
        module = import_module(f"evalkit.cli.{_COMMANDS[name][0]}")
        command: click.Command = getattr(module, name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in _COMMANDS.items()])


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="evalkit")
@click.option(
    "-w",
    "--workspace",
    envvar="EVALKIT_WORKSPACE",
    metavar="DIR",
    help="The workspace. Default: EVALKIT_WORKSPACE, else this folder.",
)
@click.option(
    "--lang", type=click.Choice(["nl", "en"]), help="Language. Default: that of the locale."
)
@click.pass_context
def cli(ctx: click.Context, workspace: str | None, lang: str | None) -> None:
    """Evaluation protocols for school-innovation grants: design, collect, synthesise."""
    ctx.obj = {"workspace": workspace, "lang": lang}


def main(arguments: list[str] | None = None) -> None:
    """Run the command and exit: 0 fine, 1 an expected problem, 2 findings with errors."""
    # A command makes many objects that live until its end: looking for rubbish takes a fifth of it.
    gc.set_threshold(100_000, 50, 100)
    try:
        result: Any = cli.main(arguments, prog_name="evalkit", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.Abort:
        sys.exit(130)
    except Exception as error:
        from evalkit.cli.showing import show_problem

        code = show_problem(error, arguments if arguments is not None else sys.argv[1:])
        if code is None:
            raise
        sys.exit(code)
    sys.exit(result if isinstance(result, int) else 0)
