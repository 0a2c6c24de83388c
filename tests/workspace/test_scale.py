"""A synthesis of many projects reads everything once, and counts everything."""

from __future__ import annotations

import json
import os
import pickle
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import event

from evalkit.errors import EvalkitError
from evalkit.model.design import Design
from evalkit.store import DamagedError
from evalkit.store.design_reading import DesignReader
from evalkit.store.vault import Vault
from evalkit.synthesis import formats
from evalkit.synthesis.tables import feature_columns
from evalkit.workspace import gathering, table_writing
from evalkit.workspace.outputs import table_files
from evalkit.workspace.synthesis import brought_together, published, synthesize
from evalkit.workspace.workspace import Workspace

PROJECTS = 40


@pytest.fixture(scope="module")
def made() -> Iterator[ModuleType]:
    """The made-up programme of the benchmark."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(Path(__file__).parents[2] / "benchmarks"))
        import synthesis_data

        yield synthesis_data


@pytest.fixture(scope="module")
def programme(made: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    with made.create(tmp_path_factory.mktemp("programme") / "w") as workspace:
        made.fill(workspace, 0, PROJECTS)
        yield workspace


def test_every_project_measure_and_wave_is_there_once(
    programme: Workspace, made: ModuleType
) -> None:
    found = synthesize(programme)
    outcomes = sum(m.kind.value in ("outcome", "side_effect") for m in made.MEASURES)
    process = len(made.MEASURES) - outcomes
    assert len(found.effects) == PROJECTS * outcomes * 3
    assert len({(r.project, r.measure, r.wave) for r in found.effects}) == len(found.effects)
    assert len(found.process) == PROJECTS * process * 4 * 2
    small = {row.project for row in found.effects if row.suppressed}
    assert small == {f"project-{n:05d}" for n in range(PROJECTS) if n % made.SMALL == 3}
    after = [pool for pool in found.pooled if pool.wave == "post" and pool.selection == "all"]
    assert {pool.k for pool in after} == {PROJECTS - len(small)}


def test_the_database_is_asked_as_often_for_many_projects_and_each_file_is_read_once(
    made: ModuleType,
    programme: Workspace,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read: list[str] = []
    plain = Vault._read

    def counted(vault: Vault, hash: str, kind: str) -> bytes:
        read.append(hash)
        return plain(vault, hash, kind)

    monkeypatch.setattr(Vault, "_read", counted)
    with made.create(tmp_path / "few") as few:
        made.fill(few, 0, 3)
        some, files = _asked(few, read)
        assert (some, files) == (_asked(programme, read)[0], 3 * 8)
    assert len(read) == len(set(read)) == PROJECTS * 8


def _asked(workspace: Workspace, read: list[str]) -> tuple[int, int]:
    """How many statements the database got, and how many files were read."""
    statements: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        statements.append(statement)

    read.clear()
    engine = workspace.store._engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        synthesize(workspace)
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return len(statements), len(read)


def test_designs_share_what_they_have_in_common_and_are_what_was_stored(
    programme: Workspace, made: ModuleType
) -> None:
    ids = [made.project(number).id for number in (4, 8)]
    held = programme.store.holdings(ids)
    one, other = (held[id].design for id in ids)
    assert one is not None
    assert other is not None
    assert one != other
    assert one.measures[0] is other.measures[0]
    assert one == made.design_of(programme, made.project(4))


def test_a_design_is_read_in_any_layout_and_never_when_it_was_altered(
    programme: Workspace, made: ModuleType
) -> None:
    design = next(iter(made.designs(programme, 0, 1)))[1]
    content = design.model_dump(mode="json")
    plain = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    for text in (plain, json.dumps(content, indent=2), json.dumps(content, separators=(",", ":"))):
        reader = DesignReader()
        assert reader.read(text, design.hash) == Design.model_validate_json(text) == design
        assert reader.read(text.replace("A new book.", "An old book."), design.hash) is None
        assert reader.read(text, "0" * 64) is None


def test_a_table_too_long_to_read_is_no_sheet_and_the_workbook_says_so(
    programme: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import io

    import openpyxl

    monkeypatch.setattr(formats, "MOST_ROWS", 2_000)
    found = synthesize(programme)
    book_bytes = table_files(found, tmp_path).files["synthesis.xlsx"]
    assert isinstance(book_bytes, bytes)
    book = openpyxl.load_workbook(io.BytesIO(book_bytes))
    assert book["process"]["A1"].value.startswith(f"{len(found.process):,} rows: too many")
    assert book["process"].max_row == 1
    assert book["effects"].max_row == len(found.effects) + 1
    text = (tmp_path / "process.csv").read_bytes()
    assert text.count(b"\n") == len(found.process) + 1


def test_above_so_many_contrasts_the_funnel_says_that_there_is_no_forest_plot(
    programme: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    from evalkit.render import forests, funnel

    found = synthesize(programme)
    shown = list(forests.forest_pictures(found, "en"))
    plain = [one.caption for one in funnel.funnel_pictures(found, "en")]
    assert len(shown) == len({(p.measure, p.wave) for p in found.pooled})
    for module in (forests, funnel):
        monkeypatch.setattr(module, "MOST_CONTRASTS", PROJECTS - 1)
    assert not list(forests.forest_pictures(found, "en"))
    told = [one.caption for one in funnel.funnel_pictures(found, "en")]
    assert len(told) == len(plain) > 0
    assert all("effects.csv lists them" in caption for caption in told)
    assert not any("effects.csv" in caption for caption in plain)


def test_several_processes_give_what_one_gives(
    programme: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gathering, "ENOUGH", 1)
    monkeypatch.setattr(gathering, "AT_ONCE", 15)
    done: list[str] = []
    found = synthesize(programme, done.append, processes=2)
    assert done == [project.id for project in programme.store.projects()]
    assert found == synthesize(programme)


def test_rows_that_were_not_validated_are_valid(programme: Workspace) -> None:
    found = synthesize(programme)
    for rows in (found.effects, found.process, found.programme.refused):
        assert len(rows) > 0
        for row in rows:
            assert type(row).model_validate(row.model_dump()) == row


def test_what_is_wrong_in_another_process_is_told_as_in_this_one(
    made: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gathering, "ENOUGH", 1)
    monkeypatch.setattr(gathering, "AT_ONCE", 1)
    with made.create(tmp_path / "w") as workspace:
        made.fill(workspace, 0, 2)
        (file, *_) = sorted(workspace.store.vault.folder.glob("??/*.parquet"))
        file.write_bytes(b"damaged")
        told = []
        for processes in (1, 2):
            with pytest.raises(DamagedError) as caught:
                synthesize(workspace, processes=processes)
            told.append((caught.value.path, caught.value.detail, str(caught.value)))
    assert told[0] == told[1]
    assert told[0][0] == file


def test_a_finding_comes_out_of_another_process_as_it_was() -> None:
    error = EvalkitError("design.altered", project="noord", hash="abc")
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again), again.finding) == (EvalkitError, str(error), error.finding)


class Deadly(dict[str, str]):
    """As any other; whoever gets this from another process is gone."""

    def __reduce__(self) -> tuple[Any, ...]:
        return os._exit, (1,)


def test_if_other_processes_are_killed_this_one_goes_on_alone(
    programme: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gathering, "ENOUGH", 1)
    projects = programme.store.projects()[:4]
    asked = gathering.Request(Deadly(), programme.today, changes=False)
    done: list[str] = []
    found = gathering.gather(programme, projects, asked, done.append, processes=2)
    assert done == [project.id for project in projects]
    assert found.effects == gathering.gather(programme, projects, asked, done.append).effects


def bytes_of(programme: Workspace, folder: Path, processes: int) -> dict[str, bytes]:
    """The tables of the programme as they are written, by the name of their file."""
    folder.mkdir()
    together = brought_together(programme, lambda _: None, None, (), 1)
    tables = published(together, folder, processes).files
    assert not (folder / "handed-over").exists()
    return {
        name: content if isinstance(content, bytes) else content.read_bytes()
        for name, content in tables.items()
    }


def test_two_processes_write_the_tables_that_one_writes(
    programme: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table_writing, "ENOUGH", 1)
    alone = bytes_of(programme, tmp_path / "alone", 1)
    assert bytes_of(programme, tmp_path / "two", 2) == alone
    monkeypatch.setattr(
        table_writing, "feature_columns", lambda rows: Deadly(feature_columns(rows))
    )
    assert bytes_of(programme, tmp_path / "killed", 2) == alone
