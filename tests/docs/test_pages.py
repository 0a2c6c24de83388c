from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import Demo
from .pages import DOCS, PAGES, ROOT, blocks, matches
from .playing import Player

_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)|<img[^>]* src=\"([^\"]+)\"")
ON_THE_DEMO = ("docs/researcher.md", "examples/grant-round/README.md")


@pytest.mark.parametrize("page", [name for name in PAGES if name not in ON_THE_DEMO])
def test_page_does_what_it_says(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = set(sys.modules)
    try:
        Player(PAGES[page], tmp_path, monkeypatch).play()
    finally:
        for name in set(sys.modules) - before:
            if name.startswith("evalkit_"):
                del sys.modules[name]


@pytest.mark.parametrize("page", ON_THE_DEMO)
def test_page_on_the_demo_does_what_it_says(
    page: str, demo: Demo, monkeypatch: pytest.MonkeyPatch
) -> None:
    Player(PAGES[page], demo.folder, monkeypatch).play()


def test_readme_shows_what_the_demo_says(demo: Demo) -> None:
    shown = [block for block in blocks(ROOT / "README.md") if block.mark("output") == "demo"]
    assert len(shown) == 1
    assert matches(list(shown[0].lines), demo.said)


def test_r_on_researchers_page(demo: Demo, rscript: str) -> None:
    parts = blocks(DOCS / "researcher.md")
    code = [block for block in parts if block.lang == "r"]
    script = demo.folder / "page.R"
    script.write_text('cat("@@@\\n")\n'.join(block.text for block in code), encoding="utf-8")
    run = subprocess.run(
        [rscript, script.name], cwd=demo.folder, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    for block, printed in zip(code, run.stdout.split("@@@\n"), strict=True):
        shown = parts[parts.index(block) + 1]
        assert shown.lang == "text"
        assert matches(list(shown.lines), printed), printed


def test_shipped_r_script_agrees(demo: Demo, rscript: str) -> None:
    run = subprocess.run(
        [rscript, "analysis.R"],
        cwd=demo.folder / "synthesis",
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    [shown] = [
        block for block in blocks(DOCS / "researcher.md") if "$ Rscript analysis.R" in block.lines
    ]
    assert matches(list(shown.lines[1:]), run.stdout), run.stdout


def _anchors(path: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    text = re.sub(r"^```.*?^```$", "", path.read_text(encoding="utf-8"), flags=re.M | re.S)
    headings = re.findall(r"^#+ (.+)$", text, flags=re.M)
    return {re.sub(r"[^\w\- ]", "", h.strip().lower()).replace(" ", "-") for h in headings}


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    path = PAGES[page]
    text = re.sub(r"^```.*?^```$", "", path.read_text(encoding="utf-8"), flags=re.M | re.S)
    for link in (one or other for one, other in _LINK.findall(text)):
        if link.startswith("https://"):
            continue
        name, _, anchor = link.partition("#")
        target = path.parent / name if name else path
        assert target.exists(), link
        if anchor:
            assert anchor in _anchors(target), link
