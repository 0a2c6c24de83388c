"""Titles, labels and remarks written to do harm, and what becomes of them in all that goes out."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from io import StringIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from zipfile import ZipFile

import pytest
import yaml

from evalkit.model.safe_text import restored
from evalkit.workspace import designs, forms, protocols, synthesis
from evalkit.workspace.cycles import add_card, add_cycle
from evalkit.workspace.workspace import Workspace

from . import rounds
from .test_cycles_and_cards import CARD, WHOLE

EVIL = (
    '=HYPERLINK("http://evil.example","x")<b>&"\'><script>alert(1)</script>{{ 7*7 }}%s{x}'
    ";=1+1\x1b[31m\u202e$x$ ]]> ${x}"
)
WORDS = frozenset(
    {"nl", "en", "title", "description", "theory", "text", "check", "leadership", "time", "label"}
    | {"resources", "summary", "aim", "prediction", "done", "findings", "reason", "staffing"}
)
NUMBER = re.compile(r"[+-]?[0-9]+([.,][0-9]+)?([eE][+-]?[0-9]+)?")


def infected(node: Any, key: str = "") -> Any:
    """The data with the text before everything that somebody wrote freely."""
    if isinstance(node, dict):
        return {name: infected(value, name) for name, value in node.items()}
    if isinstance(node, list):
        return [infected(value, key) for value in node]
    return f"{EVIL} {node}" if isinstance(node, str) and key in WORDS else node


def file_of(folder: Path, name: str, text: str) -> Path:
    return rounds.written(folder, name, yaml.safe_dump(infected(yaml.safe_load(text))))


@pytest.fixture
def out(workspace: Workspace, tmp_path: Path) -> Path:
    """Everything that evalkit makes of a scheme, project, cycle and card with that text in it."""
    text = rounds.PROTOCOL.replace("fonds-klein", "fonds-kwaad")
    protocols.add_protocol(workspace, file_of(tmp_path, "protocol.yaml", text))
    project = file_of(tmp_path, "project.yaml", rounds.project_text(protocol="fonds-kwaad"))
    designs.add_project(workspace, project)
    out = tmp_path / "uit"
    design, _ = designs.write(workspace, "units-oost", out / "ontwerp")
    forms.write_forms(workspace, "units-oost", out / "formulieren")
    rounds.deliver(workspace, design, rounds.both_waves(), tmp_path)
    add_cycle(workspace, file_of(tmp_path, "cyclus.yaml", WHOLE.replace("{number}", "1")))
    add_card(workspace, file_of(tmp_path, "kaart.yaml", CARD))
    synthesis.write(workspace, out / "synthese", "nl")
    return out


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.attributes |= {name for name, _ in attrs}


def cells(path: Path, separator: str) -> Iterator[str]:
    text = path.read_text(encoding="utf-8")
    for row in csv.reader(StringIO(text, newline=""), delimiter=separator):
        yield from row


def xml_parts(path: Path) -> Iterator[tuple[str, bytes]]:
    with ZipFile(path) as package:
        for name in package.namelist():
            if name.endswith((".xml", ".rels")):
                yield name, package.read(name)


def test_nothing_that_goes_out_acts_on_what_somebody_wrote(out: Path) -> None:
    files = {suffix: sorted(out.rglob(f"*{suffix}")) for suffix in (".csv", ".xlsx", ".html")}
    assert all(files.values())
    mentioned = set()
    for path in files[".csv"]:
        for separator in ",;":
            for cell in cells(path, separator):
                # REDCap's own marks of a hidden field are the one thing that starts so.
                harmless = NUMBER.fullmatch(cell) or cell.startswith("@HIDDEN")
                assert harmless or not cell.startswith(("=", "+", "-", "@", "\t")), path
                assert "\x1b" not in cell
                mentioned |= {path.name for _ in [0] if "evil.example" in cell}
    assert {"schedule.csv", "moederbestand.csv"} <= mentioned
    for path in files[".xlsx"]:
        for name, xml in xml_parts(path):
            ElementTree.fromstring(xml)
            formulas = re.findall(rb"<f[ >].*?</f>", xml)
            assert not any(b"evil.example" in formula for formula in formulas), (path, name)
            assert not (name.endswith(".rels") and b"evil.example" in xml)
    for path in files[".html"]:
        page = path.read_text(encoding="utf-8")
        tags = _Tags()
        tags.feed(page)
        assert "b" not in tags.seen
        assert "<script>alert" not in page
        assert not any(name.startswith("on") for name in tags.attributes)
        assert not re.search("[\x00-\x08\x0e-\x1f\x7f-\x9f\u202a-\u202e]", page)
    for path in out.rglob("*.svg"):
        ElementTree.fromstring(path.read_bytes())
    assert {path.name for path in out.rglob("*.pdf")} >= {"design.pdf", "report.pdf"}


def test_what_was_written_can_be_had_back(out: Path) -> None:
    path = out / "synthese" / "moederbestand.csv"
    with path.open(encoding="utf-8", newline="") as file:
        (card,) = csv.DictReader(file)
    expected = EVIL.replace("\x1b", "").replace("\u202e", "")
    assert restored(card["summary"]) == f"{expected} Ingevoerd."
    assert card["summary"].startswith("'=")
