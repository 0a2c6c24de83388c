"""Options that every command has, and what they resolve to."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from evalkit.model.text import Lang
    from evalkit.plugin.registry import Registry
    from evalkit.workspace.protocols import Protocols
    from evalkit.workspace.workspace import Workspace

Command = TypeVar("Command", bound=Callable[..., Any])


class Session:
    """One call of a command: its language, workspace and form of output."""

    def __init__(self, workspace: str | None, lang: str | None, as_json: bool = False) -> None:
        self._workspace = workspace
        self._lang = lang
        self.as_json = as_json

    @functools.cached_property
    def lang(self) -> Lang:
        """The language: as asked, else that of the locale."""
        from evalkit.language import language_of_locale

        return "nl" if self._lang == "nl" else "en" if self._lang else language_of_locale()

    @property
    def asked_lang(self) -> Lang | None:
        """The language that was asked for, if one was: for what is not for the terminal."""
        return "nl" if self._lang == "nl" else "en" if self._lang else None

    @property
    def path(self) -> Path:
        """The workspace's folder, whether or not there is one."""
        return Path(self._workspace) if self._workspace else Path.cwd()

    def open(self) -> Workspace:
        """The workspace, open."""
        from evalkit.workspace.workspace import Workspace

        return Workspace.open(self.path)

    def open_if_any(self) -> Workspace | None:
        """The workspace if there is one; an explicitly named one must be there."""
        from evalkit.errors import EvalkitError

        try:
            return self.open()
        except EvalkitError as error:
            if error.finding.code == "workspace.none" and self._workspace is None:
                return None
            raise

    def protocols(self, plugins: Registry | None = None) -> Protocols:
        """The protocols within reach: the shipped ones and the workspace's, if there is one."""
        from evalkit.plugin.registry import load_plugins
        from evalkit.workspace.protocols import Protocols

        workspace = self.open_if_any()
        try:
            return Protocols.of(workspace, plugins or load_plugins())
        finally:
            if workspace:
                workspace.close()


def common(command: Command) -> Command:
    """Give a command ``-w`` and ``--lang``, and pass it a :class:`Session` first."""
    return _with_session(command, with_json=False)


def reading(command: Command) -> Command:
    """Like :func:`common`, with ``--json`` as well."""
    return _with_session(command, with_json=True)


def _with_session(command: Command, with_json: bool) -> Command:
    @click.option("-w", "--workspace", "workspace_dir", metavar="DIR", help="The workspace.")
    @click.option("--lang", "language", type=click.Choice(["nl", "en"]), help="Language.")
    @click.pass_context
    @functools.wraps(command)
    def wrapped(
        ctx: click.Context,
        /,
        workspace_dir: str | None,
        language: str | None,
        as_json: bool = False,
        **arguments: Any,
    ) -> Any:
        outer = ctx.find_object(dict) or {}
        session = Session(
            workspace_dir or outer.get("workspace"), language or outer.get("lang"), as_json
        )
        return command(session, **arguments)

    if with_json:
        wrapped = click.option("--json", "as_json", is_flag=True, help="Print JSON.")(wrapped)
    return wrapped  # type: ignore[return-value]


class Day(click.ParamType[dt.date]):
    """A day as YYYY-MM-DD."""

    name = "date"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> dt.date:
        """The day.

        Raises:
            click.BadParameter: it is not one.
        """
        if isinstance(value, dt.date):
            return value
        try:
            return dt.date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not a day: write YYYY-MM-DD", param, ctx)


FILE = click.Path(dir_okay=False, path_type=Path)
FOLDER = click.Path(file_okay=False, path_type=Path)
BY = click.option("--by", envvar="EVALKIT_BY", metavar="ROLE", help="Who does it: a role, no name.")
"""Who does something that is recorded. Nothing is taken from the computer's own user."""
