"""A workbook without all that is not read, before a spreadsheet library sees it.

An .xlsx file is a zip with XML files. Of a hostile one the zip may unpack without end, the XML may
define entities, and a sheet may hold millions of rows without a value. What is passed on holds the
sheets' cells with values, their texts, and the formats that tell dates from numbers: nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from io import BytesIO
from typing import IO, NamedTuple
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from evalkit.collect.files import (
    ZIP_ERRORS,
    open_zip,
    refuse_bomb,
    unsafe,
)
from evalkit.errors import EvalkitError, finding
from evalkit.library.damage import damage
from evalkit.model.finding import Finding, Place

MOST_WORKBOOK_MEGABYTES = 60
"""Size of the file itself."""

MOST_WORKBOOK_CELLS = 1_000_000
"""Cells with a value in one workbook."""

MOST_SHEETS = 100

_MOST_TAGS = 8
"""XML tags per cell: a cell, its value and formula, and their ends."""

_MOST_TEXTS = 200_000
"""Different texts in one workbook."""

_MOST_DESCRIBING = 60_000
"""XML tags in what describes a workbook: styles, names, list of sheets."""

_MOST_AREA = 10_000_000
"""Cells with a value and empty ones before them in their rows, which readers make too."""

_MOST_LAST_ROWS = 3_000_000
"""Last row with a value, added up over sheets: readers count through the empty rows before it."""

_MOST_MERGED = 1_000

_CHUNK = 1 << 20
_SNIFFED = 4_096

_OLE = b"\xd0\xcf\x11\xe0"
"""First bytes of an old .xls, and of an .xlsx with a password."""

_MACROS = re.compile(r"vbaproject[^/]*\.bin$|/(?:macrosheets|dialogsheets)/", re.IGNORECASE)
_LINKED = re.compile(
    r"^xl/(?:externallinks|embeddings|activex|ctrlprops|connections)", re.IGNORECASE
)

_DECLARED = re.compile(rb"<\?xml[^>]*?encoding\s*=\s*[\"']([^\"']*)")
_DEFINES = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_ROOT = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?.*?\?>\s*|<!--.*?-->\s*)*<((?:[A-Za-z_][\w.-]*:)?([A-Za-z_]\w*))[\s/>]",
    re.DOTALL,
)
_RELATIONS = re.compile(r"(?:^|/)_rels/(?:workbook\w*\.xml)?\.rels$", re.IGNORECASE)
_KEPT = frozenset({b"Types", b"Relationships", b"workbook", b"styleSheet", b"sst", b"worksheet"})

_TEXT = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?si[\s/>]")
_MERGED = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?mergeCell\s[^<>]*/>")
_LAST_ROW = 1_048_576
_LAST_COLUMN = 16_384


class _Patterns(NamedTuple):
    """How the tags of one sheet look, with the prefix of its namespace."""

    prefix: bytes
    begin: re.Pattern[bytes]
    end: re.Pattern[bytes]
    empty_cells: re.Pattern[bytes]
    """Cells without a value, where what comes next says itself which place it has."""
    empty_rows: re.Pattern[bytes]
    row_number: re.Pattern[bytes]
    column: re.Pattern[bytes]


@cache
def _patterns(prefix: bytes) -> _Patterns:
    p = re.escape(prefix)
    numbered = rb"\s(?:[^<>]*\s)?r=[^<>]*>"
    cell = rb"<%bc(?:\s[^<>]*)?(?:/>|>(?:<%bv\s*(?:/>|></%bv>))?</%bc>)\s*" % (p, p, p, p)
    row = rb"<%brow(?:\s[^<>]*)?(?:/>|>\s*(?:%b)*</%brow>)\s*" % (p, cell, p)
    return _Patterns(
        prefix,
        begin=re.compile(rb"<%bsheetData(?:\s[^<>]*)?>" % p),
        end=re.compile(rb"</%bsheetData\s*>" % p),
        empty_cells=re.compile(rb"(?:%b)+(?=<%bc%b|</%brow>)" % (cell, p, numbered, p)),
        empty_rows=re.compile(rb"(?:%b)+(?=<%brow%b|</%bsheetData)" % (row, p, numbered, p)),
        row_number=re.compile(rb"<%brow\s(?:[^<>]*\s)?r\s*=\s*[\"']\s*([0-9]+)" % p),
        column=re.compile(rb"<%bc\s(?:[^<>]*\s)?r\s*=\s*[\"']([A-Za-z]{1,3})[0-9]" % p),
    )


@cache
def _column(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


class PlainWorkbook(NamedTuple):
    """What is left of a workbook, as an .xlsx file again, and what is to be said of the rest."""

    content: bytes
    findings: tuple[Finding, ...]


def plain_workbook(content: bytes, place: Place) -> PlainWorkbook:
    """The workbook with the cells that have a value, and nothing that can do harm.

    Takes memory for a few megabytes at a time, whatever it unpacks to. Links, pictures, embedded
    files, comments and data of other programs are left out. Empty cells and rows are left out
    where the rest keeps its place.

    Raises:
        EvalkitError: it is no workbook, is damaged, locked, too large, holds macros, or is made as
            no spreadsheet program makes it.
    """
    if content.startswith(_OLE):
        raise EvalkitError("intake.encrypted", place)
    target = BytesIO()
    with (
        open_zip(content, place, ".xlsx") as package,
        ZipFile(target, "w", ZIP_DEFLATED, compresslevel=1) as plain,
    ):
        names = [entry.filename for entry in package.infolist()]
        if any(_MACROS.search(name) for name in names):
            raise EvalkitError("intake.macros", place)
        try:
            _Filter(package, plain, len(content), place).run()
        except ZIP_ERRORS as error:
            raise EvalkitError(
                "intake.unreadable", place, kind=".xlsx", detail=damage(error)
            ) from error
    linked = sorted({name.split("/")[1] for name in names if _LINKED.match(name)})
    remarks = [finding("intake.linked", place, what=", ".join(linked))] if linked else []
    return PlainWorkbook(target.getvalue(), tuple(remarks))


class _Filter:
    """Copies the parts of a package that are read, and counts what they hold."""

    def __init__(self, source: ZipFile, target: ZipFile, size: int, place: Place) -> None:
        self.source, self.target, self.size, self.place = source, target, size, place
        self.cells = self.area = self.tags = self.texts = 0
        self.describing = self.sheets = self.last_rows = 0

    def run(self) -> None:
        """Copy what is read.

        Raises:
            EvalkitError: it is more than can be read, or not safe to read.
        """
        kept = [(entry, kind) for entry in self.source.infolist() if (kind := self._kind(entry))]
        refuse_bomb([entry for entry, _ in kept], self.size, self.place)
        for entry, kind in kept:
            name = entry.filename
            with self.source.open(entry) as source, self.target.open(name, "w") as target:
                if kind == b"worksheet":
                    self._sheet(source, target)
                else:
                    self._whole(source, target, is_texts=kind == b"sst")

    def _kind(self, entry: ZipInfo) -> bytes | None:
        """The root of a part that is read; none of any other part, which is not even unpacked."""
        name = entry.filename
        if not name.lower().endswith(".xml") and not _RELATIONS.search(name):
            return None
        with self.source.open(entry) as source:
            head = self._checked(source.read(_SNIFFED))
        if name.lower().startswith("xl/"):
            self._check_encoding(head)
        root = _ROOT.match(head)
        return root[2] if root and root[2] in _KEPT else None

    def _check_encoding(self, head: bytes) -> None:
        declared = _DECLARED.search(head)
        encoding = declared[1].decode("ascii", "replace") if declared else "UTF-8"
        if b"\0" in head or encoding.upper() not in ("UTF-8", "UTF8", "US-ASCII", "ASCII"):
            raise unsafe(
                self.place,
                "de tekst erin is anders gecodeerd dan rekenprogramma's doen",
                "the text in it is encoded as no spreadsheet program does",
            )

    def _chunks(self, source: IO[bytes]) -> Iterator[bytes]:
        """The content in pieces that end where a row ends, or else where a tag begins."""
        rest = b""
        while piece := source.read(_CHUNK):
            data = rest + piece
            cut = data.rfind(b"row>") + 4
            cut = cut if cut >= 4 else data.rfind(b"<")
            if cut <= 0 and len(data) > 2 * _CHUNK:
                self._too_long()
            rest = data[cut:] if cut > 0 else data
            if len(rest) > 4 * _CHUNK:
                self._too_long()
            if cut > 0:
                yield self._checked(data[:cut])
        if rest:
            yield self._checked(rest)

    def _too_long(self) -> None:
        raise unsafe(
            self.place,
            "één cel of rij erin is groter dan een rekenprogramma toelaat",
            "one cell or row in it is larger than a spreadsheet program allows",
        )

    def _checked(self, data: bytes) -> bytes:
        if _DEFINES.search(data):
            raise unsafe(
                self.place,
                "de XML erin heeft een eigen documenttype",
                "the XML in it has a document type of its own",
            )
        return data

    def _whole(self, source: IO[bytes], target: IO[bytes], *, is_texts: bool) -> None:
        """A part that stays as it is; texts count as cells, the rest is bounded by its tags."""
        for data in self._chunks(source):
            (self._count_texts if is_texts else self._count_describing)(data)
            target.write(data)

    def _count_texts(self, data: bytes) -> None:
        self.texts += len(_TEXT.findall(data))
        self.tags += data.count(b"<")
        if self.texts > _MOST_TEXTS or self.tags > MOST_WORKBOOK_CELLS * _MOST_TAGS:
            raise EvalkitError("intake.too_many_texts", self.place, limit=_MOST_TEXTS)

    def _count_describing(self, data: bytes) -> None:
        self.describing += data.count(b"<")
        if self.describing > _MOST_DESCRIBING:
            raise unsafe(
                self.place,
                "er staan meer opmaakstijlen of namen in dan een werkboek nodig heeft",
                "it holds more styles or names than a workbook needs",
            )

    def _sheet(self, source: IO[bytes], target: IO[bytes]) -> None:
        """The rows of a sheet with a value, and its merged cells."""
        self.sheets += 1
        if self.sheets > MOST_SHEETS:
            raise unsafe(
                self.place,
                f"er zitten meer dan {MOST_SHEETS} bladen in",
                f"there are more than {MOST_SHEETS} sheets in it",
            )
        form: _Patterns | None = None
        inside = ended = False
        merged: list[bytes] = []
        last = 0
        for data in self._chunks(source):
            if form is None:
                root = _ROOT.match(data)
                form = _patterns(root[1].removesuffix(b"worksheet") if root else b"")
            if not inside and not ended:
                begin = form.begin.search(data)
                at = begin.end() if begin else len(data)
                self._count_describing(data[:at])
                target.write(data[:at])
                ended = begin is not None and begin[0].endswith(b"/>")
                inside = begin is not None and not ended
                data = data[at:]
            if inside:
                end = form.end.search(data)
                at = end.end() if end else len(data)
                last = max(last, self._rows(data[:at], form, target))
                inside, ended = end is None, end is not None
                data = data[at:]
            if ended:
                merged += _MERGED.findall(data)[: _MOST_MERGED - len(merged)]
        self._count_last_row(last)
        if form and ended:
            cells = b"".join(merged)
            if cells:
                target.write(b"<%bmergeCells>%b</%bmergeCells>" % (form.prefix, cells, form.prefix))
            target.write(b"</%bworksheet>" % form.prefix)

    def _rows(self, data: bytes, form: _Patterns, target: IO[bytes]) -> int:
        """Write the rows with a value; gives the last row's number, or 0."""
        data = form.empty_cells.sub(b"", form.empty_rows.sub(b"", data))
        data = form.empty_rows.sub(b"", data)
        self.tags += data.count(b"<")
        self.cells += data.count(b"<%bc " % form.prefix) + data.count(b"<%bc>" % form.prefix)
        self.area += sum(_width(row, form) for row in data.split(b"</%brow>" % form.prefix))
        for count, most in (
            (self.cells, MOST_WORKBOOK_CELLS),
            (self.tags, MOST_WORKBOOK_CELLS * _MOST_TAGS),
        ):
            if count > most:
                raise EvalkitError("intake.too_many_cells", self.place, limit=MOST_WORKBOOK_CELLS)
        if self.area > _MOST_AREA:
            raise unsafe(
                self.place,
                "de rijen lopen door tot in kolommen ver voorbij de gevraagde",
                "the rows go on into columns far past those that are asked",
            )
        target.write(data)
        return max((int(number[:9]) for number in form.row_number.findall(data)), default=0)

    def _count_last_row(self, last: int) -> None:
        self.last_rows += min(last, _LAST_ROW)
        if self.last_rows > _MOST_LAST_ROWS:
            raise EvalkitError("intake.too_many_rows", self.place, limit=_MOST_LAST_ROWS)


def _width(row: bytes, form: _Patterns) -> int:
    """The cells of a row up to its last one, which is the last column if that cannot be told."""
    start = b"<%bc" % form.prefix
    at = max(row.rfind(start + b" "), row.rfind(start + b">"))
    if at < 0:
        return 0
    place = form.column.match(row, at)
    if place:
        return _column(place[1])
    return _LAST_COLUMN if b"&" in row[at : row.find(b">", at)] else row.count(start)
