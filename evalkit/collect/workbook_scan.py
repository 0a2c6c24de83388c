"""What reading values alone does not tell of a sheet: merged cells, hidden rows, open formulas.

One pass over the sheet's XML, in bounded memory.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from xml.parsers import expat

MOST_NOTED = 1_000
"""Cells of one kind that are noted; who has more has one problem, not a thousand."""

_CELL = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_TELLING = re.compile(rb"<(?:\w+:)?(?:f|mergeCell)[\s/>]")
_ROW = re.compile(rb"<(?:\w+:)?row[\s/>][^>]*")
_ROW_NUMBER = re.compile(rb"\sr\s*=\s*[\"']([0-9]{1,7})[\"']")
_ROW_HIDDEN = re.compile(rb"\shidden\s*=\s*[\"'](?:1|true)[\"']")


@dataclass(frozen=True, slots=True, order=True)
class Area:
    """A rectangle of cells, counted from 1."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass
class Scan:
    """What was seen on one sheet."""

    open_formulas: list[tuple[int, int]] = field(default_factory=list)
    """Row and column, from 1, of formulas without a result."""
    merged: list[Area] = field(default_factory=list)
    hidden: set[int] = field(default_factory=set)
    """Hidden rows, from 1."""


def scan(xml: bytes) -> Scan:
    """What is to be known of a sheet besides its values.

    Raises:
        expat.ExpatError: it is no XML.
    """
    seen = Scan(hidden=_hidden_rows(xml))
    if _TELLING.search(xml):
        _Scanner(seen).run(xml)
        seen.merged.sort()
    return seen


def _hidden_rows(xml: bytes) -> set[int]:
    hidden, number = set(), 0
    for row in _ROW.finditer(xml):
        said = _ROW_NUMBER.search(row[0])
        number = int(said[1]) if said else number + 1
        if _ROW_HIDDEN.search(row[0]):
            hidden.add(number)
    return hidden


class _Scanner:
    """Follows the cells of one sheet."""

    def __init__(self, seen: Scan) -> None:
        self.seen = seen
        self.row = self.column = 0
        self.has_formula = self.has_value = False
        self.inside = ""

    def run(self, xml: bytes) -> None:
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.Parse(xml, True)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        tag = name.rsplit(" ", 1)[-1]
        if tag == "row":
            self.row = _whole(attributes.get("r")) or self.row + 1
            self.column = 0
        elif tag == "c":
            place = _CELL.fullmatch(attributes.get("r", ""))
            self.column = _number(place[1]) if place else self.column + 1
            self.has_formula = False
            # A result that is an empty text is a result.
            self.has_value = attributes.get("t") == "str"
        elif tag == "f":
            self.has_formula = True
        elif tag == "mergeCell" and len(self.seen.merged) < MOST_NOTED:
            area = _area(attributes.get("ref", ""))
            if area:
                self.seen.merged.append(area)
        self.inside = tag

    def _text(self, text: str) -> None:
        if self.inside in ("v", "t") and text.strip():
            self.has_value = True

    def _end(self, name: str) -> None:
        self.inside = ""
        if self.has_formula and not self.has_value and name.endswith(" c"):
            if len(self.seen.open_formulas) < MOST_NOTED:
                self.seen.open_formulas.append((self.row, self.column))
            self.has_formula = False


def _whole(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 9 else 0


def _number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def _area(reference: str) -> Area | None:
    corners = [_CELL.fullmatch(part) for part in reference.replace("$", "").split(":")]
    if len(corners) != 2 or not all(corners):
        return None
    (left, top), (right, bottom) = ((_number(c[1]), int(c[2])) for c in corners if c)
    return Area(top, left, bottom, right)
