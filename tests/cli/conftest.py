"""The command as a person types it, and a workspace to read from."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from evalkit.cli.main import main
from evalkit.plugin.registry import Registry, load_plugins
from tests.workspace import rounds
from tests.workspace.test_cycles_and_cards import CARD, WHOLE


class Ran(NamedTuple):
    """What a command did: exit code, and what it printed."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Ran]


@pytest.fixture(scope="session")
def plugins() -> Registry:
    return load_plugins()


@pytest.fixture(autouse=True)
def _loaded_once(plugins: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    """In these tests the installed plugins are read once, not for every command."""
    monkeypatch.setattr("evalkit.plugin.registry.load_plugins", lambda: plugins)
    monkeypatch.setattr("evalkit.workspace.workspace.load_plugins", lambda: plugins)


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command in this process."""

    def running(*words: object) -> Ran:
        capsys.readouterr()
        with pytest.raises(SystemExit) as caught:
            main([str(word) for word in words])
        printed = capsys.readouterr()
        return Ran(int(caught.value.code or 0), printed.out, printed.err)

    return running


def quietly(*words: object) -> None:
    with pytest.raises(SystemExit) as caught:
        main([str(word) for word in words])
    assert not caught.value.code, words


@pytest.fixture(scope="session")
def played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a workspace in which everything happened once. To read, not to write."""
    folder = tmp_path_factory.mktemp("gespeeld")
    work = folder / "werk map"
    files = {
        "protocol.yaml": rounds.PROTOCOL,
        "project.yaml": rounds.project_text(),
        "nieuw.yaml": rounds.project_text("units-nieuw"),
        "cyclus.yaml": WHOLE.replace("{number}", "1"),
        "kaart.yaml": CARD,
        "leerlingen.csv": "llnr;brin;groep;conditie;toetsscore\na1;27XY;7;units;61\n"
        "a2;27XY;7;gewone klassen;58,5\na3;05KO;8;units;70\n",
        "papers.csv": "study;metric;cor;n;better\nEen;ZCOR;0,31;86;\nTwee;ZCOR;0,12;40;lower\n",
        "schattingen.csv": "naam;g;v\nEen;0,31;0,02\nTwee;0,12;0,03\nDrie;0,25;0,04\n",
    }
    for name, text in files.items():
        rounds.written(folder, name, text)
    quietly("init", work)
    quietly("-w", work, "protocol", "add", folder / "protocol.yaml")
    quietly("-w", work, "project", "add", folder / "project.yaml")
    quietly("-w", work, "project", "add", folder / "nieuw.yaml")
    quietly("-w", work, "design", "units-oost", "--out", folder / "ontwerp")
    rounds.fill(
        folder / "ontwerp" / "workbook.xlsx",
        rounds.both_waves(),
        {"baseline": rounds.BEFORE, "post": rounds.AFTER},
    )
    book = folder / "ontwerp" / "ingevuld.xlsx"
    quietly("-w", work, "collect", book, "--received-on", rounds.TODAY)
    quietly("-w", work, "backup", "--out", folder / "kopie.zip")
    quietly("-w", work, "cycle", "add", folder / "cyclus.yaml")
    quietly("-w", work, "card", "add", folder / "kaart.yaml")
    return folder


@pytest.fixture(scope="session")
def work(played: Path) -> Path:
    return played / "werk map"
