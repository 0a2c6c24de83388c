from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import CreateTable, column, create_mock_engine, inspect, table, update
from sqlalchemy.dialects import postgresql

from evalkit.errors import EvalkitError
from evalkit.store import DamagedError, Store, schema
from evalkit.store.engine import sqlite_engine, writer
from evalkit.store.tables import Base

from . import builders

NEXT = '''
"""A later revision, which rebuilds a table that others refer to."""
import sqlalchemy as sa
from alembic import op

revision = "9000"
down_revision = "{head}"


def upgrade() -> None:
    with op.batch_alter_table("submission", recreate="always") as batch:
        batch.add_column(sa.Column("note", sa.String(), nullable=True))
'''


def code_of(caught: pytest.ExceptionInfo[EvalkitError]) -> str:
    return caught.value.finding.code


def test_migrations_make_what_the_tables_say(store: Store, folder: Path) -> None:
    engine = sqlite_engine(folder / "evalkit.sqlite")
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        assert compare_metadata(context, Base.metadata) == []
        for made in Base.metadata.sorted_tables:
            found = inspect(connection)
            assert found.get_pk_constraint(made.name)["name"] == made.primary_key.name
            assert {key["name"] for key in found.get_foreign_keys(made.name)} == {
                key.name for key in made.foreign_key_constraints
            }
    engine.dispose()


def test_head_is_the_last_migration() -> None:
    assert ScriptDirectory(schema.MIGRATIONS).get_heads() == [schema.HEAD]


def test_tables_are_possible_in_postgresql() -> None:
    made: list[str] = []
    engine = create_mock_engine(
        "postgresql+psycopg://", lambda sql, *_: made.append(str(sql.compile(dialect=dialect)))
    )
    dialect = postgresql.dialect()
    Base.metadata.create_all(engine, checkfirst=False)
    assert sum("CREATE TABLE" in sql for sql in made) == len(Base.metadata.tables)
    assert "TIMESTAMP WITH TIME ZONE" in str(
        CreateTable(Base.metadata.tables["submission"]).compile(dialect=dialect)
    )


def test_the_database_is_set_to_keep_what_it_is_given(store: Store) -> None:
    engine = sqlite_engine(store.folder / "evalkit.sqlite")
    with engine.connect() as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    engine.dispose()
    assert found == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "busy_timeout": 30_000,
    }


def test_creating_twice_is_refused_and_harms_nothing(store: Store, folder: Path) -> None:
    with pytest.raises(EvalkitError) as caught:
        Store.create(folder)
    assert code_of(caught) == "workspace.exists"
    assert store.project("north") == builders.project()


def test_files_already_in_the_folder_stay(folder: Path) -> None:
    folder.mkdir()
    (folder / "project.yaml").write_text("id: north\n")
    Store.create(folder).close()
    assert sorted(path.name for path in folder.iterdir()) == [
        "evalkit.sqlite",
        "project.yaml",
        "vault",
    ]


@pytest.mark.parametrize("there", ["nothing", "folder", "empty file"])
def test_no_workspace_is_said_and_none_is_made(folder: Path, there: str) -> None:
    if there != "nothing":
        folder.mkdir()
    if there == "empty file":
        (folder / "evalkit.sqlite").touch()
    with pytest.raises(EvalkitError) as caught:
        Store.open(folder)
    assert code_of(caught) == "workspace.none"
    assert folder.exists() == (there != "nothing")


def test_half_a_creation_is_no_workspace_and_can_be_completed(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    upgrade = schema.upgrade

    def broken(connection: object) -> None:
        upgrade(connection)  # type: ignore[arg-type]
        raise KeyboardInterrupt

    monkeypatch.setattr(schema, "upgrade", broken)
    with pytest.raises(KeyboardInterrupt):
        Store.create(folder)
    monkeypatch.undo()
    with pytest.raises(EvalkitError) as caught:
        Store.open(folder)
    assert code_of(caught) == "workspace.none"
    Store.create(folder).close()
    Store.open(folder).close()


def test_an_older_workspace_is_brought_up_to_date(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (first,) = store.add_submissions([(builders.submission(), builders.frame())])
    (second,) = store.add_submissions(
        [(builders.submission(supersedes=(first.id,), reason="Fout."), builders.frame())]
    )
    later = tmp_path / "100% later"
    shutil.copytree(schema.MIGRATIONS, later)
    (later / "versions" / "9000_later.py").write_text(NEXT.format(head=schema.HEAD))
    monkeypatch.setattr(schema, "MIGRATIONS", later)
    monkeypatch.setattr(schema, "HEAD", "9000")
    with Store.open(store.folder) as newer:
        assert newer.submissions(accepted_only=True) == (second,)
        assert newer.submissions()[0].id == first.id
    engine = sqlite_engine(store.folder / "evalkit.sqlite")
    with engine.connect() as connection:
        assert schema.revision(connection) == "9000"
        assert "note" in {c["name"] for c in inspect(connection).get_columns("submission")}
        assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []
    engine.dispose()


def test_a_newer_workspace_is_refused_untouched(store: Store) -> None:
    path = store.folder / "evalkit.sqlite"
    engine = sqlite_engine(path)
    with writer(engine).begin() as connection:
        stamped = table("alembic_version", column("version_num"))
        connection.execute(update(stamped).values(version_num="9999"))
    with pytest.raises(EvalkitError) as caught:
        Store.open(store.folder)
    assert code_of(caught) == "workspace.newer"
    assert str(store.folder) in caught.value.finding.wrong.en
    with engine.connect() as connection:
        assert schema.revision(connection) == "9999"
    engine.dispose()


def test_a_database_that_is_none_is_called_damaged(folder: Path) -> None:
    folder.mkdir()
    (folder / "evalkit.sqlite").write_bytes(b"not a database at all" * 100)
    with pytest.raises(DamagedError) as caught:
        Store.open(folder)
    assert caught.value.path == folder / "evalkit.sqlite"
    with pytest.raises(DamagedError):
        Store.create(folder)


def test_opening_does_without_alembic_and_pandas(store: Store) -> None:
    code = (
        "import sys; from pathlib import Path; from evalkit.store import Store;"
        "Store.open(Path(sys.argv[1])).close();"
        "print([m for m in ('alembic', 'pandas', 'pyarrow') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code, str(store.folder)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"
