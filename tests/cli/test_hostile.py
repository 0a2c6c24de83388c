"""Files made to do harm, as a person meets them: one clear message, and an exit code."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from evalkit.model.safe_text import printable
from tests.collect.mutating import mutated_workbook, parts_of, zipped

from .conftest import Run


def shown(text: str) -> bool:
    """Whether nothing in it steers a terminal."""
    return all(printable(line) == line for line in text.split("\n"))


@pytest.mark.parametrize(
    ("name", "part", "code"),
    [
        ("xl/vbaProject.bin", b"\xd0\xcf", "intake.macros"),
        ("../../evil.xml", b"<a/>", "intake.unsafe"),
        ("xl/worksheets/sheet2.xml", b"<!DOCTYPE a><worksheet/>", "intake.unsafe"),
    ],
)
def test_a_hostile_workbook_is_one_finding(
    run: Run, played: Path, work: Path, tmp_path: Path, name: str, part: bytes, code: str
) -> None:
    parts = parts_of((played / "ontwerp" / "ingevuld.xlsx").read_bytes())
    (tmp_path / "boek.xlsx").write_bytes(zipped(parts | {name: part}))
    done = run("-w", work, "collect", tmp_path / "boek.xlsx")
    assert done.code == 2
    assert (done.out, done.err.count("[intake.")) == ("", 1)
    assert f"[{code}]" in done.err
    done = run("-w", work, "collect", tmp_path / "boek.xlsx", "--json")
    assert [f["code"] for f in done.json()["findings"]] == [code]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.json", b'{"project": "\\u001b[31m\\u202e", "design_hash": "x", "parts": []}'),
        ("a.json", b'{"project": "\\ud800", "design_hash": "\\ud800", "parts": []}'),
        ("a.json", b"[" * 90_000),
        ("a.json", b'{"project": ' + b"9" * 9_000 + b"}"),
        ("a\x1b[31m\u202e.csv", b"a;b\n1;2\n"),
        ("a\nb.csv", b"\x1b[31m;\xe2\x80\xae\n1;2\n"),
        ("a.csv", b"=cmd|' /C calc'!A0;@SUM(1)\n1;2\n"),
        ("a.zip", b"PK\x05\x06" + b"\0" * 18),
        ("a.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
        ("datapackage.json", b'{"project": "units-oost", "resources": [{"path": "/etc/passwd"}]}'),
    ],
)
def test_names_and_texts_cannot_steer_the_terminal(
    run: Run, work: Path, tmp_path: Path, name: str, content: bytes
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    done = run("-w", work, "collect", path, "--project", "units-oost", "--wave", "post")
    assert done.code in (1, 2)
    assert done.err
    assert shown(done.out + done.err)


@pytest.mark.parametrize("seed", random.Random(5).sample(range(10**6), 12))
def test_a_damaged_workbook_is_collected_or_told(
    run: Run, played: Path, tmp_path: Path, seed: int
) -> None:
    work = tmp_path / "werk"
    run("init", work)
    for kind in ("protocol", "project"):
        run("-w", work, kind, "add", played / f"{kind}.yaml")
    run("-w", work, "design", "units-oost", "--out", tmp_path / "ontwerp")
    parts = parts_of((played / "ontwerp" / "ingevuld.xlsx").read_bytes())
    path = tmp_path / "boek.xlsx"
    path.write_bytes(mutated_workbook(parts, seed))
    done = run("-w", work, "collect", path, "--received-on", "2026-07-10")
    assert done.code in (0, 1, 2)
    assert shown(done.out + done.err)


@pytest.mark.parametrize("command", ["protocol", "project", "cycle", "card"])
@pytest.mark.parametrize(
    "content",
    [
        b"a: " + b"[" * 3_000,
        b"a: " + b"{a: " * 3_000,
        b"a: !!python/object/apply:os.system [echo]\n",
        b"a: " + b"9" * 9_000 + b"\n",
        b"id: " + b"a" * 100_000 + b"\n",
        b"id: &a [*a]\n",
        b'id: "\\e[31m\\u202e"\ntitle: "\\x9b"\n',
        b"id: ../../evil\n",
        b"\xff\xfe\x00",
        b"id: 2026-02-30\nid: x\n",
        b"? [a, b]\n: c\n",
        b"<<: 5\n",
    ],
)  # fmt: skip
def test_a_hostile_yaml_file_is_told(
    run: Run, work: Path, tmp_path: Path, command: str, content: bytes
) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(content)
    done = run("-w", work, command, "add", path)
    assert done.code in (1, 2)
    assert shown(done.out + done.err)
    assert len(done.err) < 20_000


@pytest.mark.parametrize("merged", [False, True])
def test_a_file_that_grows_by_its_aliases_is_one_finding(
    run: Run, tmp_path: Path, merged: bool
) -> None:
    lines = ["a: &a {x: 1}" if merged else "a: &a [x, x]"]
    for number in range(30):
        name, before = f"n{number}", f"n{number - 1}" if number else "a"
        inside = f"{{l: *{before}, r: *{before}}}" if merged else f"[*{before}, *{before}]"
        lines.append(f"{name}: &{name} {inside}")
    (tmp_path / "bom.yaml").write_text("\n".join(lines), "utf-8")
    done = run("protocol", "check", tmp_path / "bom.yaml")
    assert done.code == 2
    assert "[file.yaml]" in done.out + done.err
