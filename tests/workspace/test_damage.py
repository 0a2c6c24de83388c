"""A workspace that something happened to is told of in one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from evalkit.model.design import Design
from evalkit.workspace.synthesis import synthesize
from evalkit.workspace.workspace import Workspace, damage_of

from . import rounds


def harmed(workspace: Workspace) -> tuple[str, str]:
    """Code of the problem and the path it names."""
    with pytest.raises(Exception) as caught:  # noqa: PT011 - which one is what is asked
        synthesize(workspace)
    problem = damage_of(caught.value)
    assert problem is not None, caught.value
    return problem.finding.code, problem.finding.wrong.nl


@pytest.fixture
def file(workspace: Workspace, design: Design, tmp_path: Path) -> Path:
    rows = {rounds.POST: rounds.pupils("post")}
    rounds.deliver(workspace, design, rows, tmp_path)
    (path,) = (p for p in (workspace.path / "vault").rglob("*") if p.is_file())
    return path


@pytest.mark.parametrize("damage", [lambda b: b[:-1], lambda b: b"", lambda b: b"x" + b[1:]])
def test_a_damaged_file_of_the_vault_is_named(workspace: Workspace, file: Path, damage) -> None:
    whole = file.read_bytes()
    file.chmod(0o644)
    file.write_bytes(damage(whole))
    code, wrong = harmed(workspace)
    assert code == "workspace.damaged"
    assert file.name in wrong
    file.write_bytes(whole)
    assert synthesize(workspace).effects


def test_a_file_that_is_gone_is_named(workspace: Workspace, file: Path) -> None:
    file.unlink()
    code, wrong = harmed(workspace)
    assert code == "workspace.file_missing"
    assert file.name in wrong


def test_a_damaged_database_is_named(tmp_path: Path) -> None:
    Workspace.create(tmp_path / "map").close()
    (tmp_path / "map" / "evalkit.sqlite").write_bytes(b"geen database" * 100)
    with pytest.raises(Exception) as caught:  # noqa: PT011
        Workspace.open(tmp_path / "map")
    problem = damage_of(caught.value)
    assert problem is not None
    assert problem.finding.code == "workspace.damaged"


def test_another_mistake_is_no_damage() -> None:
    assert damage_of(ValueError("iets anders")) is None
