from __future__ import annotations

import importlib.util
import re
import sys
from types import ModuleType

import pytest

from evalkit.cli.main import _COMMANDS
from evalkit.errors import catalogue

from .pages import DOCS, ROOT


@pytest.fixture(scope="module")
def generate() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_generate", DOCS / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    if str(DOCS) not in sys.path:  # As when it runs as a script, beside the modules it uses.
        sys.path.append(str(DOCS))
    spec.loader.exec_module(module)
    return module


def test_pages_are_up_to_date(generate: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    code = generate.main(["--check"])
    assert code == 0, capsys.readouterr().out


def test_check_names_what_is_stale(
    generate: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(generate.PAGES, "errors.md", lambda: "something else\n")
    assert generate.main(["--check"]) == 1
    assert capsys.readouterr().out == "docs/errors.md is stale: run python docs/generate.py\n"


def test_generating_twice_gives_the_same(generate: ModuleType) -> None:
    assert generate.errors_page() == generate.errors_page()
    assert generate.hooks() == generate.hooks()


def test_every_hook_is_used_by_a_shipped_plugin(generate: ModuleType) -> None:
    assert "Used by: ." not in generate.hooks()


def test_every_section_is_used(generate: ModuleType) -> None:
    used = set()
    for path in DOCS.glob("*.md"):
        found = re.findall(r"<!-- generated: ([a-z ]+) -->", path.read_text(encoding="utf-8"))
        used |= set(found)
    assert used == set(generate.SECTIONS)


def test_every_code_has_a_heading() -> None:
    page = (DOCS / "errors.md").read_text(encoding="utf-8")
    for code in catalogue():
        assert f"### `{code}`\n" in page


def test_readme_names_every_command() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for name in _COMMANDS:
        assert f"| `evalkit {name}" in readme


def test_readme_names_real_targets_of_make() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^\$ make (\w+)", readme, flags=re.M))
    assert targets == {"demo", "test"}
    for target in targets:
        assert re.search(rf"^{target}:", makefile, flags=re.M)
    assert len(readme.splitlines()) <= 150
