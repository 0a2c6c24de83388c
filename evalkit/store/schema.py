"""Which revision of the tables a database has, and how to bring it to the newest."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, String, column, inspect, select, table

HEAD = "0004"
"""The newest revision, as the last file in ``migrations/versions`` names it."""

MIGRATIONS = Path(__file__).parent / "migrations"


class NewerError(Exception):
    """The database has a revision this evalkit does not know."""


def revision(connection: Connection) -> str | None:
    """The revision of the database; None if it is not, or not wholly, made by evalkit."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    version = column("version_num", String)
    return connection.scalar(select(version).select_from(table("alembic_version")))


def upgrade(connection: Connection) -> None:
    """Bring an empty or older database to ``HEAD``, within the transaction of ``connection``.

    Raises:
        NewerError: its revision is unknown here.
    """
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    found = revision(connection)
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if found is not None and found not in known:
        raise NewerError(found)
    command.upgrade(config, "head")
