"""The document model: what a document says, free of how it looks.

A :class:`Document` is a title, an identity (who, which version, which hash) and a row of
blocks. ``to_pdf`` and ``to_html`` show the same blocks in the same order. Every text that a
reader sees comes from the caller: this room holds no translations.

Texts are plain, with a line feed as a line break. Four places take inline markup:
:class:`Paragraph`, the items of :class:`Bullets`, the text of :class:`Callout` and the note of
:class:`Table`. The markup is ``**bold**``, ``*italic*``, ``***both***`` and ```code```; a
backslash makes the next ``*``, ````` or backslash literal, and a marker without a partner is
shown as it stands. Pass text from outside (names, remarks) through :func:`literal` first.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from itertools import groupby
from operator import itemgetter
from typing import Any, Final, Literal, TypeAlias, TypeVar, cast

from evalkit.render.drawing import Drawing

Language: TypeAlias = Literal["nl", "en"]
Align: TypeAlias = Literal["left", "right", "center"]
CalloutKind: TypeAlias = Literal["info", "warning", "success"]
Tone: TypeAlias = Literal["error", "warning", "info"]

MAX_STATS = 4
EMPTY_CELL = "–"


@dataclass(frozen=True, slots=True)
class Labels:
    """The fixed words around the content, in the document's language."""

    contents: str
    """Heading of the table of contents: "Inhoud"."""
    page: str
    """"Pagina", as in "Pagina 2 van 8"."""
    of: str
    """"van", as in "Pagina 2 van 8"."""
    figure: str
    """"Figuur", before a figure's number."""
    table: str
    """"Tabel", before a table's number."""
    skip: str
    """The link that jumps over the table of contents in HTML: "Naar de inhoud"."""
    about: str
    """Name of the identity list for screen readers: "Over dit document"."""


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading; level 1 is a section, 2 and 3 are parts of it."""

    level: Literal[1, 2, 3]
    text: str

    def __post_init__(self) -> None:
        if self.level not in (1, 2, 3):
            raise ValueError(f"heading level must be 1, 2 or 3, not {self.level!r}")


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text, with inline markup."""

    text: str


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list, numbered when ``ordered``; items take inline markup."""

    items: tuple[str, ...]
    ordered: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """One table column; ``width`` is relative to the other columns."""

    label: str
    align: Align = "left"
    width: float = 1.0

    def __post_init__(self) -> None:
        if not self.width > 0:
            raise ValueError(f"column {self.label!r}: width must be above 0, not {self.width!r}")


@dataclass(frozen=True, slots=True)
class Table:
    """A table with a caption; the first column names the row. ``None`` shows as a dash."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[str | None, ...], ...]
    caption: str
    note: str = ""
    tones: tuple[Tone, ...] = ()
    """How serious each row is. In HTML it gets a bar of that colour, columns keep their widths, and
    on a narrow screen the cells of a row stand below each other."""

    def __post_init__(self) -> None:
        if not self.columns:
            raise ValueError(f"table {self.caption!r} has no columns")
        if self.tones and len(self.tones) != len(self.rows):
            count = len(self.rows)
            raise ValueError(f"table {self.caption!r}: {len(self.tones)} tones for {count} rows")
        for number, row in enumerate(self.rows, start=1):
            if len(row) != len(self.columns):
                raise ValueError(
                    f"table {self.caption!r}, row {number}: "
                    f"{len(row)} cells for {len(self.columns)} columns"
                )


@dataclass(frozen=True, slots=True)
class KeyValues:
    """Pairs of a name and a value, one below the other."""

    pairs: tuple[tuple[str, str | None], ...]


@dataclass(frozen=True, slots=True)
class Callout:
    """A remark that must not be missed; the text takes inline markup."""

    kind: CalloutKind
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture with a caption and a text that replaces it for who cannot see it.

    ``width`` is a share (0-1] of the text width.
    """

    picture: Drawing
    caption: str
    alt: str
    width: float = 1.0

    def __post_init__(self) -> None:
        if not 0 < self.width <= 1:
            raise ValueError(f"figure {self.caption!r}: width must be in (0, 1]")
        if not self.alt.strip():
            raise ValueError(f"figure {self.caption!r} has no alt text")


@dataclass(frozen=True, slots=True)
class Stat:
    """One tile: a number and what it counts."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Stats:
    """A row of one to four tiles."""

    items: tuple[Stat, ...]

    def __post_init__(self) -> None:
        if not 1 <= len(self.items) <= MAX_STATS:
            raise ValueError(f"a row has 1 to {MAX_STATS} tiles, not {len(self.items)}")


@dataclass(frozen=True, slots=True)
class Question:
    """A question with its answer; ``None`` leaves space to write one."""

    text: str
    answer: str | None = None

    def __post_init__(self) -> None:
        if not self.text.strip():
            raise ValueError("a question needs a text")


@dataclass(frozen=True, slots=True)
class Questions:
    """Questions below each other; ``answered`` and ``open`` say in words which is which."""

    items: tuple[Question, ...]
    answered: str
    open: str


@dataclass(frozen=True, slots=True)
class PageBreak:
    """Start on a new page (PDF and print)."""


Block: TypeAlias = (
    Heading
    | Paragraph
    | Bullets
    | Table
    | KeyValues
    | Callout
    | Figure
    | Stats
    | Questions
    | PageBreak
)


@dataclass(frozen=True, slots=True)
class Document:
    """A whole document.

    ``identity`` are the (name, value) pairs on the cover: protocol, version, hash, date.
    ``footer`` is one short line on every page (a name and a hash); empty shows ``author``.
    ``summary`` stands on one page of its own before the table of contents; where its blocks do
    not fit, the PDF shows them smaller. ``keywords`` and ``metadata`` (a JSON-LD object) are for
    machines.
    """

    title: str
    subtitle: str
    language: Language
    author: str
    identity: tuple[tuple[str, str], ...]
    labels: Labels
    blocks: tuple[Block, ...]
    footer: str = ""
    summary: tuple[Block, ...] = ()
    keywords: tuple[str, ...] = ()
    metadata: str = ""

    def __post_init__(self) -> None:
        if not self.title.strip():
            raise ValueError("a document needs a title")

    @property
    def full_title(self) -> str:
        """Title and subtitle on one line, as the tab of a browser shows it."""
        return " ".join(" · ".join(filter(None, (self.title, self.subtitle))).split())


# --- texts -----------------------------------------------------------------------------------


def clean(text: str) -> str:
    """``text`` in NFC, without what no page can show.

    Line ends become a line feed, other white-space controls a space, the remaining control
    characters go, and surrogates and non-characters become U+FFFD.
    """
    unified = re.sub("\r\n?|[\u0085\u2028\u2029\x0b\x0c]", "\n", text).replace("\t", " ")
    if not unified.isascii():
        unified = unicodedata.normalize("NFC", unified)
    if unified.isprintable():
        return unified
    return "".join(_visible(char) for char in unified)


def _visible(char: str) -> str:
    if char == "\n":
        return char
    category = unicodedata.category(char)
    if category == "Cc":
        return ""
    code = ord(char)
    if category == "Cs" or code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF:
        return "\ufffd"
    return char


def literal(text: str) -> str:
    """``text`` escaped so that the inline markup shows it exactly as it is."""
    return re.sub(r"([\\*`])", r"\\\1", text)


@dataclass(frozen=True, slots=True)
class Span:
    """A run of text in one style."""

    text: str
    bold: bool = False
    italic: bool = False
    code: bool = False


_TOKEN = re.compile(r"\\[\\*`]|`[^`\n]+`|\*{1,3}")
_STYLES = {"*": (False, True), "**": (True, False), "***": (True, True)}


def inline(text: str) -> tuple[Span, ...]:
    """The spans of ``text``, its markup resolved; linear in the length of the text."""
    tokens = _tokens(text)
    partners = _partners(tokens)
    runs: list[tuple[tuple[bool, bool, bool], str]] = []
    bold = italic = 0
    for index, (kind, value) in enumerate(tokens):
        if index in partners:
            step = partners[index]
            bold += step * _STYLES[value][0]
            italic += step * _STYLES[value][1]
        else:
            runs.append(((bold > 0, italic > 0, kind == "code"), value))
    return tuple(
        Span("".join(value for _, value in group), *look)
        for look, group in groupby(runs, key=itemgetter(0))
    )


def _tokens(text: str) -> list[tuple[str, str]]:
    """(kind, value): kind is text, code, open, close or both (a marker and what it may do)."""
    tokens: list[tuple[str, str]] = []
    position = 0
    for match in _TOKEN.finditer(text):
        if match.start() > position:
            tokens.append(("text", text[position : match.start()]))
        position = match.end()
        value = match.group()
        if value[0] == "\\":
            tokens.append(("text", value[1]))
        elif value[0] == "`":
            tokens.append(("code", value[1:-1]))
        else:
            opens = not text[position : position + 1].isspace() and position < len(text)
            closes = match.start() > 0 and not text[match.start() - 1].isspace()
            kind = {(1, 1): "both", (1, 0): "open", (0, 1): "close", (0, 0): "text"}
            tokens.append((kind[opens, closes], value))
    if position < len(text):
        tokens.append(("text", text[position:]))
    return tokens


def _partners(tokens: Sequence[tuple[str, str]]) -> dict[int, int]:
    """Index of each marker that has a partner: +1 opens, -1 closes."""
    partners: dict[int, int] = {}
    stack: list[int] = []
    waiting: dict[str, int] = dict.fromkeys(_STYLES, 0)
    for index, (kind, value) in enumerate(tokens):
        if kind in ("close", "both") and waiting[value]:
            while True:
                opened = stack.pop()
                waiting[tokens[opened][1]] -= 1
                if tokens[opened][1] == value:
                    break
            partners[opened], partners[index] = 1, -1
        elif kind in ("open", "both"):
            stack.append(index)
            waiting[value] += 1
    return partners


_LEVELS: Final[tuple[Literal[1], Literal[2], Literal[3]]] = (1, 2, 3)

# --- preparing -------------------------------------------------------------------------------

_T = TypeVar("_T")


def prepared(document: Document) -> Document:
    """The document as both renderers show it.

    Texts are cleaned, blocks without text dropped, headings made to descend one level at a
    time, and page breaks dropped where they would leave an empty page.
    """
    document = _cleaned(document)
    return replace(
        document, blocks=_shown(document.blocks), summary=_shown(document.summary, breaks=False)
    )


def _shown(source: Iterable[Block], breaks: bool = True) -> tuple[Block, ...]:
    blocks: list[Block] = []
    level = 0
    for block in map(_without_blanks, source):
        if block is None:
            continue
        if isinstance(block, PageBreak):
            if not breaks or not blocks or isinstance(blocks[-1], PageBreak):
                continue
        elif isinstance(block, Heading):
            level = min(block.level, level + 1)
            block = Heading(_LEVELS[level - 1], block.text)
        blocks.append(block)
    while blocks and isinstance(blocks[-1], PageBreak):
        blocks.pop()
    return tuple(blocks)


def _without_blanks(block: Block) -> Block | None:
    """The block without empty items, or None when nothing is left to show."""
    if isinstance(block, Heading | Paragraph):
        return block if block.text.strip() else None
    if isinstance(block, Bullets):
        items = tuple(item for item in block.items if item.strip())
        return replace(block, items=items) if items else None
    if isinstance(block, KeyValues):
        return block if block.pairs else None
    if isinstance(block, Questions):
        return block if block.items else None
    if isinstance(block, Callout):
        return block if (block.title + block.text).strip() else None
    return block


def _cleaned(value: _T) -> _T:
    """A copy of ``value`` with every string in it cleaned."""
    result: Any = value
    if isinstance(value, str):
        result = clean(value)
    elif isinstance(value, tuple):
        result = tuple(_cleaned(item) for item in value)
    # Texts of a drawing were cleaned when they were measured.
    elif is_dataclass(value) and not isinstance(value, type | Drawing):
        result = replace(value, **{f.name: _cleaned(getattr(value, f.name)) for f in fields(value)})
    return cast(_T, result)
