"""Play a page: write its files, run its commands, and compare what they print."""

from __future__ import annotations

import contextlib
import datetime as dt
import io
import os
import shlex
from pathlib import Path
from types import SimpleNamespace

import pytest

from evalkit.cli.main import main

from .pages import Block, blocks, matches
from .scenes import SCENES

UPDATE = bool(os.environ.get("EVALKIT_UPDATE_GOLDEN"))


def evalkit(arguments: list[str]) -> tuple[int, str]:
    """Exit code and output of the command, as it is where output goes to a file."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        try:
            main(arguments)
        except SystemExit as end:
            return int(end.code or 0), printed.getvalue()
    raise AssertionError("main() did not exit")


def _clock(day: dt.date) -> SimpleNamespace:
    """A ``datetime`` for which it is that day."""

    class Day(dt.date):
        @classmethod
        def today(cls) -> dt.date:
            return day

    return SimpleNamespace(date=Day)


class Player:
    """One page in one folder."""

    def __init__(self, page: Path, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.page, self.folder, self.patch = page, folder, patch
        self.names: dict[str, object] = {}
        self.corrected: dict[tuple[int, int], list[str]] = {}
        patch.chdir(folder)
        patch.setenv("LANG", "nl_NL.UTF-8" if page.name.endswith(".nl.md") else "C.UTF-8")

    def play(self) -> None:
        """Everything on the page, in order."""
        try:
            self._play()
        finally:
            self._update()

    def _play(self) -> None:
        python: tuple[Block, str] | None = None
        for block in blocks(self.page):
            self._marks(block)
            name = block.mark("file")
            if name:
                path = self.folder / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(block.text, encoding="utf-8")
            elif block.lang == "console" and block.lines[0].startswith(("$ evalkit", "$ export")):
                self._console(block)
            elif block.lang == "python" and "..." not in block.text:
                python = (block, self._python(block))
                continue
            elif block.lang == "text" and python:
                self._compare(block, list(block.lines), python[1], "python", 0)
            python = None

    def _marks(self, block: Block) -> None:
        for key, value in block.marks:
            if key == "scene":
                SCENES[value](self.folder, self.patch)
            elif key == "day":
                clock = _clock(dt.date.fromisoformat(value))
                self.patch.setattr("evalkit.workspace.workspace.dt", clock)

    def _console(self, block: Block) -> None:
        commands = list(_commands(block))
        for command, shown, offset in commands:
            words = shlex.split(command)
            if words[0] == "export":
                name, _, value = words[1].partition("=")
                self.patch.setenv(name, value)
                continue
            assert words[0] == "evalkit", f"{self.page.name}: cannot run {command}"
            code, printed = evalkit(words[1:])
            self._compare(block, shown, printed, command, offset)
            last = command == commands[-1][0]
            wanted = int(block.mark("exit") or 0) if last else 0
            assert code == wanted, (
                f"{self.page.name}:{block.line} {command}: exit {code}\n{printed}"
            )

    def _compare(
        self, block: Block, shown: list[str], printed: str, command: str, offset: int
    ) -> None:
        if matches(shown, printed):
            return
        start = block.line - 1 + offset
        if UPDATE and not any("…" in line for line in shown):
            lines = [line.rstrip() for line in printed.split("\n") if line.strip()]
            self.corrected[start, start + len(shown)] = lines
            return
        pytest.fail(
            f"{self.page.name}:{start + 1}, {command}\n--- the page shows\n"
            + "\n".join(shown)
            + f"\n--- it prints\n{printed}"
        )

    def _python(self, block: Block) -> str:
        printed = io.StringIO()
        code = compile("\n" * (block.line - 1) + block.text, str(self.page), "exec")
        with contextlib.redirect_stdout(printed):
            exec(code, self.names)
        return printed.getvalue()

    def _update(self) -> None:
        if not self.corrected:
            return
        lines = self.page.read_text(encoding="utf-8").splitlines()
        for (start, end), new in sorted(self.corrected.items(), reverse=True):
            lines[start:end] = new
        self.page.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _commands(block: Block) -> list[tuple[str, list[str], int]]:
    """Each command of a console block, with the output shown and that output's offset."""
    found: list[tuple[str, list[str], int]] = []
    more = False
    for number, line in enumerate(block.lines):
        if line.startswith("$ "):
            found.append((line[2:].rstrip("\\"), [], number + 1))
        elif more:
            command, _, _ = found.pop()
            found.append((command + line.rstrip("\\"), [], number + 1))
        else:
            found[-1][1].append(line)
        more = (line.startswith("$ ") or more) and line.endswith("\\")
    return found
