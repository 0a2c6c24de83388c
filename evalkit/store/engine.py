"""The connection to the database of a workspace."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event

BUSY_SECONDS = 30
"""How long a writer waits for another before it gives up."""


def sqlite_engine(path: Path, *, foreign_keys: bool = True) -> Engine:
    """The engine of a SQLite file, which is made if it is not there.

    A transaction of it reads; one of ``writer(engine)`` may write. ``foreign_keys`` is off for
    migrations alone, since those may have to rebuild a table that others refer to.
    """
    engine = create_engine(
        URL.create("sqlite", database=str(path)), connect_args={"timeout": BUSY_SECONDS}
    )

    def on_connect(connection: Any, record: object) -> None:
        # Python's driver would begin transactions late and not for DDL; `on_begin` does.
        connection.isolation_level = None
        for pragma in (
            "journal_mode = WAL",
            "synchronous = FULL",
            f"foreign_keys = {'ON' if foreign_keys else 'OFF'}",
        ):
            connection.execute(f"PRAGMA {pragma}").close()

    def on_begin(connection: Connection) -> None:
        mode = connection.get_execution_options().get("sqlite_begin", "DEFERRED")
        connection.exec_driver_sql(f"BEGIN {mode}")

    event.listen(engine, "connect", on_connect)
    event.listen(engine, "begin", on_begin)
    return engine


def writer(engine: Engine) -> Engine:
    """The same engine, of which a transaction is the only one that writes from its start.

    What such a transaction reads stays true until it commits, so a check and the write that
    rests on it belong together.
    """
    return engine.execution_options(sqlite_begin="IMMEDIATE")
