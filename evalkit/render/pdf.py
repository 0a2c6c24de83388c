"""A document as PDF: cover, linked table of contents, numbered pages, bookmarks."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.platypus import (
    BaseDocTemplate,
    Frame,
    HRFlowable,
    NextPageTemplate,
    PageBreak,
    PageTemplate,
    Spacer,
    TableStyle,
)
from reportlab.platypus.tableofcontents import TableOfContents

from evalkit.render import palette
from evalkit.render.blocks import Document, Heading, prepared
from evalkit.render.flowables import Anchor, Story
from evalkit.render.flowing import Para
from evalkit.render.grids import paddings, pairs_grid
from evalkit.render.typography import BOLD, SANS, plain, register_fonts, style

_SIDE, _TOP, _BOTTOM = 22 * mm, 26 * mm, 24 * mm
_WIDTH = A4[0] - 2 * _SIDE
_HEIGHT = A4[1] - _TOP - _BOTTOM
_SMALL = 7.4
_DEEPEST_CONTENTS = 2


def to_pdf(document: Document) -> bytes:
    """The document as PDF (A4, fonts embedded); the same document gives the same bytes."""
    register_fonts()
    document = prepared(document)
    out = BytesIO()
    template = _Template(out, document)
    drawn = Story(document.labels, _WIDTH, _HEIGHT)
    pages: list[list[Any]] = [_cover(document)]
    if document.summary:
        pages.append(drawn.page(document.summary))
    body = drawn.flowables(document.blocks)
    if _listed(document):
        body = [*_contents(document), *body]
    if body:
        pages.append(body)
    story = [*pages[0], NextPageTemplate("body")]
    for page in pages[1:]:
        story += [PageBreak(), *page]
    template.multiBuild(story)
    return out.getvalue()


class _Template(BaseDocTemplate):  # type: ignore[misc]  # reportlab has no types
    """Page layouts, running header and footer; builds until the page count is known."""

    def __init__(self, out: BytesIO, document: Document) -> None:
        self.document = document
        self.total = 0
        super().__init__(
            out,
            pagesize=A4,
            title=document.full_title,
            author=document.author,
            subject=document.subtitle,
            keywords=list(document.keywords),
            creator="evalkit",
            lang=document.language,
            displayDocTitle=True,
            invariant=1,
            initialFontName=SANS,
        )
        frame = {"leftPadding": 0, "rightPadding": 0, "topPadding": 0, "bottomPadding": 0}
        area = (_SIDE, _BOTTOM, _WIDTH, _HEIGHT)
        self.addPageTemplates(
            [
                PageTemplate("cover", [Frame(*area, **frame)]),
                PageTemplate("body", [Frame(*area, **frame)], onPage=self._furniture),
            ]
        )

    def afterFlowable(self, flowable: Any) -> None:  # noqa: N802  # reportlab's name
        if isinstance(flowable, Anchor) and flowable.level <= _DEEPEST_CONTENTS:
            self.notify(
                "TOCEntry", (flowable.level - 1, plain(flowable.text), self.page, flowable.key)
            )

    def _allSatisfied(self) -> bool:  # noqa: N802  # reportlab's name
        known = self.page == self.total
        self.total = self.page
        return known and bool(super()._allSatisfied())

    def _furniture(self, canvas: Any, _: Any) -> None:
        document, labels = self.document, self.document.labels
        right = A4[0] - _SIDE
        canvas.saveState()
        canvas.setFillColor(HexColor(palette.MUTED))
        canvas.setStrokeColor(HexColor(palette.RULE))
        canvas.setLineWidth(0.5)
        canvas.setFont(SANS, _SMALL)
        top = A4[1] - 15 * mm
        canvas.drawString(_SIDE, top, _elided(document.title, _WIDTH))
        canvas.line(_SIDE, top - 6, right, top - 6)
        bottom = 13 * mm
        number = _elided(f"{labels.page} {self.page} {labels.of} {self.total}", _WIDTH / 2)
        canvas.drawRightString(right, bottom, number)
        room = _WIDTH - stringWidth(number, SANS, _SMALL) - 20
        canvas.drawString(_SIDE, bottom, _elided(document.footer or document.author, room))
        canvas.restoreState()


def _elided(text: str, width: float) -> str:
    """One line of at most ``width`` points; what is left out stands on the cover in full."""
    line = " ".join(text.split())
    if stringWidth(line, SANS, _SMALL) <= width:
        return line
    line = line[:400]
    while line and stringWidth(line + "…", SANS, _SMALL) > width:
        line = line[:-1]
    return line.rstrip() + "…"


def _cover(document: Document) -> list[Any]:
    large = len(document.title) <= 90
    size, leading = (25, 32) if large else (18, 24)
    title = {"size": size, "leading": leading, "font": BOLD, "color": palette.ACCENT}
    subtitle = {"size": 13, "leading": 19, "color": palette.MUTED}
    story = [
        Spacer(0, 0.2 * _HEIGHT),
        HRFlowable(width=52, thickness=3, color=HexColor(palette.ACCENT), hAlign="LEFT"),
        Spacer(0, 16),
        _balanced(document.title, spaceAfter=8, **title),
    ]
    if document.subtitle.strip():
        story.append(_balanced(document.subtitle, spaceAfter=6, **subtitle))
    if document.author.strip():
        story.append(Para(plain(document.author), style(9.6, 14, BOLD, spaceBefore=8)))
    if document.identity:
        story += [Spacer(0, 34), pairs_grid(document.identity, _WIDTH)]
    return story


def _balanced(text: str, **look: Any) -> Any:
    """A paragraph whose lines are about equally long, in no more lines than needed."""
    markup = plain(text)
    indent = 0.0
    lines = Para(markup, style(**look)).wrap(_WIDTH, _HEIGHT)[1]
    while indent < 0.5 * _WIDTH:
        wider = Para(markup, style(**look, rightIndent=indent + 10))
        if wider.wrap(_WIDTH, _HEIGHT)[1] > lines:
            break
        indent += 10
    return Para(markup, style(**look, rightIndent=indent))


def _listed(document: Document) -> list[tuple[int, str, str]]:
    """Level, text and key of each heading in the table of contents.

    Of the summary only the first heading: it is one page.
    """
    headings = [
        (block, number == 0 or number >= len(document.summary))
        for number, block in enumerate((*document.summary, *document.blocks))
        if isinstance(block, Heading)
    ]
    return [
        (block.level - 1, plain(" ".join(block.text.split())), f"section-{number}")
        for number, (block, shown) in enumerate(headings, start=1)
        if shown and block.level <= _DEEPEST_CONTENTS
    ]


def _contents(document: Document) -> list[Any]:
    room: dict[str, Any] = {"rightIndent": 36, "embeddedHyphenation": 0}
    contents = TableOfContents()
    for level, text, key in _listed(document):
        # As long as it will be, so that the first pass finds the right page numbers.
        contents.addEntry(level, text, 0, key)
    contents.dotsMinLevel = 1
    contents.tableStyle = TableStyle(paddings((0, 0), (-1, -1), left=0, right=0, top=0, bottom=0))
    contents.levelStyles = [
        style(9.4, 13, BOLD, spaceBefore=7, **room),
        style(8.8, 13, color=palette.INK, leftIndent=14, spaceBefore=2, **room),
    ]
    heading = style(15.5, 20, BOLD, color=palette.ACCENT, spaceAfter=8)
    return [Para(plain(document.labels.contents), heading), contents]
