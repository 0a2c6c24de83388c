"""The pages of the documentation, and what can be read from their Markdown.

A fenced block may be preceded by marks, HTML comments that a reader does not see:

``<!-- file: NAME -->``    the block is written to NAME before what follows
``<!-- exit: CODE -->``    the last command of the block ends with CODE instead of 0
``<!-- day: 2026-09-20 -->``  from here on it is that day
``<!-- output: demo -->``  the block is what the demo says
``<!-- scene: NAME -->``   from here on ``scenes.SCENES[NAME]`` has happened
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = {
    str(path.relative_to(ROOT)): path
    for path in (
        ROOT / "README.md",
        ROOT / "CONTRIBUTING.md",
        ROOT / "examples" / "grant-round" / "README.md",
        *sorted(DOCS.glob("*.md")),
    )
}

_MARK = re.compile(r"<!-- (file|exit|day|scene|output): (.+?) -->")
_FENCE = re.compile(r"^```(\w*)$")


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, its lines, the marks before it, and its first line's number."""

    lang: str
    lines: tuple[str, ...]
    marks: tuple[tuple[str, str], ...]
    line: int

    @property
    def text(self) -> str:
        return "\n".join(self.lines) + "\n"

    def mark(self, name: str) -> str | None:
        return next((value for key, value in self.marks if key == name), None)


def blocks(path: Path) -> list[Block]:
    """All fenced blocks of a page, in order. Marks without a block belong to the next one."""
    found, marks = [], []
    inside: list[str] | None = None
    lang, first = "", 0
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        fence = _FENCE.match(line)
        if inside is not None:
            if line == "```":
                found.append(Block(lang, tuple(inside), tuple(marks), first))
                inside, marks = None, []
            else:
                inside.append(line)
        elif fence:
            inside, lang, first = [], fence[1], number + 1
        else:
            marks += _MARK.findall(line)
    assert inside is None, f"{path.name}: a block is not closed"
    return found


def matches(shown: list[str], printed: str) -> bool:
    """Whether what a page shows is what was printed.

    Blank lines and spaces at the end of a line do not count. A line with only ``…`` or ``[…]``
    stands for any lines; ``…`` inside a line for any text. Hashes (12 or more hexadecimal digits)
    may differ. Everything else must be the same.
    """
    pattern = "".join(_pattern(line) for line in _lines(shown))
    found = "".join(f"{line}\n" for line in _lines(printed.split("\n")))
    return re.fullmatch(pattern, found) is not None


def _lines(lines: list[str]) -> list[str]:
    return [line.rstrip() for line in lines if line.strip()]


def _pattern(line: str) -> str:
    if line.strip() in ("…", "[…]"):
        return r"(?:.*\n)*?"
    escaped = re.escape(line).replace("…", ".*")
    return re.sub(r"\b[0-9a-f]{12,64}\b", lambda m: f"[0-9a-f]{{{len(m[0])}}}", escaped) + r"\n"
