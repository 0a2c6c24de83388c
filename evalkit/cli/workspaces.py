"""``evalkit init`` and ``evalkit plugins``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from evalkit.cli.options import FOLDER, Session, common, reading
from evalkit.cli.showing import print_json, say, show_findings, table, translate

if TYPE_CHECKING:
    from evalkit.model.project_type import ProjectType


@click.command()
@click.argument("folder", required=False, type=FOLDER)
@common
def init(session: Session, folder: Path | None) -> None:
    """Make a workspace in FOLDER (default: the workspace of -w, else this folder)."""
    from evalkit.workspace.workspace import Workspace

    t = translate(session.lang)
    with Workspace.create(folder or session.path) as workspace:
        say(t("Made a workspace: {path}").format(path=_shown(workspace.path)))
    say(t("Next: evalkit project add FILE"))


def _counts(type: ProjectType) -> dict[str, str | int]:
    """How much a project type holds of each kind of content."""
    lists = ("requires", "features", "scenarios", "goals", "factors", "yields", "procedure")
    counts = {name: len(getattr(type, name)) for name in (*lists, "reference_results")}
    return {"id": type.id, "version": type.version, **counts}


def _shown(path: Path) -> Path:
    return path if path.name else path.resolve()


@click.command()
@reading
def plugins(session: Session) -> None:
    """List what is installed: plugins, hooks, project types, measures."""
    from evalkit.plugin.registry import load_plugins

    t = translate(session.lang)
    found = load_plugins()
    if session.as_json:
        types = [_counts(type) for type in found.types.values()]
        plugins = list(found.plugins.values())
        print_json({"plugins": plugins, "project_types": types, "findings": found.findings})
        return
    table(
        (t("Plugin"), t("Version"), t("Project types"), t("Measures"), t("Hooks")),
        [
            (p.name, p.version, "\n".join(p.project_types), len(p.measures), "\n".join(p.hooks))
            for p in found.plugins.values()
        ],
    )
    show_findings(found.findings, session.lang)
