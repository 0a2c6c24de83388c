"""The blocks of a document as reportlab flowables; lengths are in points."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import singledispatchmethod
from itertools import pairwise
from typing import Any, NamedTuple

from reportlab.lib.colors import HexColor
from reportlab.lib.styles import ParagraphStyle
from reportlab.platypus import (
    CondPageBreak,
    Flowable,
    KeepInFrame,
    PageBreakIfNotEmpty,
)

from evalkit.render import palette
from evalkit.render.blocks import (
    Block,
    Bullets,
    Callout,
    Figure,
    Heading,
    KeyValues,
    Labels,
    PageBreak,
    Paragraph,
    Questions,
    Stats,
    Table,
)
from evalkit.render.drawing import Drawing
from evalkit.render.flowing import Grid, Para
from evalkit.render.grids import (
    TALLEST_ROW,
    cut_rows,
    paddings,
    pairs_grid,
    questions_grid,
    seams,
    table_grid,
)
from evalkit.render.typography import BOLD, SANS, marked, plain, style, text_width
from evalkit.render.vectors import paint

_TILE_GAP = 10.0
_UNBOUNDED = 1e6
_SHORT = 0.12
"""A list that takes less of a page than this stays whole."""
_SCALES = (1.0, 0.96, 0.92, 0.88, 0.84, 0.8, 0.75, 0.7)
"""How much smaller a page may be drawn to fit."""


_HEADINGS = {
    1: style(15.5, 20, BOLD, color=palette.ACCENT, spaceBefore=24, spaceAfter=7),
    2: style(11.5, 15.5, BOLD, spaceBefore=16, spaceAfter=5),
    3: style(9.4, 13.5, BOLD, color=palette.MUTED, spaceBefore=11, spaceAfter=3),
}
_BODY = style(9.2, 14, spaceAfter=7)
_ITEM = style(9.2, 14, bulletIndent=3, bulletFontName=SANS, bulletFontSize=9.2, spaceAfter=3.5)
_CAPTION = style(8.2, 11.5, color=palette.MUTED)
_NOTE = style(7.4, 10.2, color=palette.MUTED)


class Anchor(Flowable):  # type: ignore[misc]  # reportlab has no types
    """The invisible place that a table-of-contents entry and a bookmark point to."""

    _ZEROSIZE = True
    _SPACETRANSFER = True

    def __init__(self, key: str, level: int, text: str) -> None:
        super().__init__()
        self.key, self.level, self.text = key, level, " ".join(text.split())

    def wrap(self, *_: float) -> tuple[float, float]:
        """No room."""
        return 0, 0

    def draw(self) -> None:
        """Set the bookmark and its entry in the outline."""
        # A heading keeps white space above it; pointing there shows it whole.
        self.canv.bookmarkHorizontal(self.key, 0, 4)
        self.canv.addOutlineEntry(self.text, self.key, self.level - 1, closed=self.level > 1)


class Picture(Flowable):  # type: ignore[misc]  # reportlab has no types
    """A drawing as vectors, ``width`` points wide, or less to stay in ``tallest``."""

    spaceBefore = 6  # noqa: N815  # reportlab's name

    def __init__(self, drawing: Drawing, width: float, tallest: float) -> None:
        super().__init__()
        self.drawing = drawing
        self.factor = min(width / drawing.width, tallest / drawing.height)
        self.width = self.factor * drawing.width
        self.height = self.factor * drawing.height

    def wrap(self, *_: float) -> tuple[float, float]:
        """The room it takes."""
        return self.width, self.height

    def draw(self) -> None:
        """Draw at the left edge of the text."""
        if not self.canv._doctemplate.total:
            return  # The first pass only finds the page numbers.
        self.canv.scale(self.factor, self.factor)
        paint(self.drawing, self.canv)


class Scaled(Flowable):  # type: ignore[misc]  # reportlab has no types
    """A flowable drawn smaller or larger than it is."""

    def __init__(self, flowable: Any, scale: float) -> None:
        super().__init__()
        self.flowable, self.scale = flowable, scale

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        """The room it takes when scaled."""
        size = self.flowable.wrapOn(self.canv, width / self.scale, height / self.scale)
        return size[0] * self.scale, size[1] * self.scale

    def draw(self) -> None:
        """Draw it at that scale."""
        self.canv.scale(self.scale, self.scale)
        self.flowable.drawOn(self.canv, 0, 0)


class Drawn(NamedTuple):
    """Flowables of one block, and the height that must stay on one page with its heading."""

    flowables: list[Any]
    lead: float


class Story:
    """Turns blocks into flowables for a text area of ``width`` by ``height`` points."""

    def __init__(self, labels: Labels, width: float, height: float) -> None:
        self.labels, self.width, self.height = labels, width, height
        self._counts = {"figure": 0, "table": 0}
        self._headings = 0

    def flowables(self, blocks: Iterable[Block]) -> list[Any]:
        """All blocks; headings stay with the beginning of what follows them."""
        story: list[Any] = []
        kept: list[Drawn] = []
        for block, following in pairwise([*blocks, None]):
            if block is None:
                break
            kept.append(self.draw(block))
            if following is None or not self._leads(block, following):
                lead = sum(drawn.lead for drawn in kept)
                # More than a page would leave an empty page behind, and still not fit. A page
                # break needs no room: on a full page it would then break twice.
                if lead:
                    story.append(CondPageBreak(min(lead, 0.92 * self.height)))
                story.extend(flowable for drawn in kept for flowable in drawn.flowables)
                kept = []
        return story

    def page(self, blocks: Sequence[Block]) -> list[Any]:
        """Blocks on one page; all but their heading smaller than usual if they would not fit."""
        count = int(isinstance(blocks[0], Heading))
        first = [flowable for block in blocks[:count] for flowable in self.draw(block).flowables]
        room = self.height - _stacked(first, self.width) - _HEADINGS[1].spaceAfter
        for scale in _SCALES:
            drawn = Story(self.labels, self.width / scale, room / scale)
            drawn._counts, drawn._headings = dict(self._counts), self._headings
            below = drawn.flowables(blocks[count:])
            below = [flowable for flowable in below if not isinstance(flowable, CondPageBreak)]
            if _stacked(below, drawn.width) <= drawn.height:
                break
        self._counts, self._headings = drawn._counts, drawn._headings
        if not below:
            return first
        frame = KeepInFrame(drawn.width, drawn.height, below, mode="shrink")
        return [*first, Scaled(frame, scale)]

    def _leads(self, block: Block, following: Block) -> bool:
        """Whether a block must not end a page: a heading, a line that introduces a picture."""
        if isinstance(block, Paragraph) and isinstance(following, Table | Figure | Bullets):
            return self._height(Para(marked(block.text), _BODY)) <= float(3 * _BODY.leading)
        return isinstance(block, Heading) and not isinstance(following, PageBreak)

    def _height(self, flowable: Any, width: float | None = None) -> float:
        return float(flowable.wrap(width or self.width, _UNBOUNDED)[1])

    def _paragraph(self, markup: str, look: ParagraphStyle) -> Drawn:
        para = Para(markup, look)
        height = self._height(para)
        lines = min(height, 3 * look.leading)
        return Drawn([para], lines + look.spaceBefore + look.spaceAfter)

    def _numbered(self, kind: str, caption: str) -> str:
        self._counts[kind] += 1
        label = plain(getattr(self.labels, kind))
        return f'<b><font color="{palette.ACCENT}">{label} {self._counts[kind]}</font></b>' + (
            f"&nbsp;&nbsp;{plain(caption)}" if caption.strip() else ""
        )

    @singledispatchmethod
    def draw(self, block: Block) -> Drawn:
        """One block."""
        raise TypeError(f"not a block: {block!r}")

    @draw.register
    def _(self, block: PageBreak) -> Drawn:
        return Drawn([PageBreakIfNotEmpty()], 0)

    @draw.register
    def _(self, block: Heading) -> Drawn:
        self._headings += 1
        anchor = Anchor(f"section-{self._headings}", block.level, block.text)
        look = _HEADINGS[block.level]
        para = Para(plain(block.text), look)
        height = self._height(para)
        return Drawn([anchor, para], height + look.spaceBefore + look.spaceAfter)

    @draw.register
    def _(self, block: Paragraph) -> Drawn:
        return self._paragraph(marked(block.text), _BODY)

    @draw.register
    def _(self, block: Bullets) -> Drawn:
        signs = [f"{n}." if block.ordered else "•" for n in range(1, len(block.items) + 1)]
        indent = max(16.0, 9 + text_width(signs[-1], SANS, _ITEM.fontSize))
        look = _ITEM.clone("", leftIndent=indent)
        paras = [
            Para(marked(item), look, bulletText=sign)
            for item, sign in zip(block.items, signs, strict=True)
        ]
        paras[-1].style = look.clone("", spaceAfter=9)
        whole = sum(self._height(para) + look.spaceAfter for para in paras)
        if whole > _SHORT * self.height:
            whole = min(self._height(paras[0]), 3 * look.leading) + look.leading
        return Drawn(paras, whole)

    @draw.register
    def _(self, block: KeyValues) -> Drawn:
        grid = pairs_grid(block.pairs, self.width, spaceBefore=2, spaceAfter=10)
        return self._grid(grid)

    def _grid(self, grid: Any, beginning: int = 3) -> Drawn:
        """A grid that stays whole when short, and else starts with some of its rows."""
        height = self._height(grid)
        if height > 0.3 * self.height:
            height = sum(grid._rowHeights[:beginning])
        return Drawn([grid], grid.getSpaceBefore() + height + 4)

    @draw.register
    def _(self, block: Questions) -> Drawn:
        return self._grid(questions_grid(block, self.width, spaceBefore=4, spaceAfter=12), 2)

    @draw.register
    def _(self, block: Callout) -> Drawn:
        color, tint, sign = palette.CALLOUTS[block.kind]
        title = style(9.2, 13.2, BOLD, color=color)
        text = style(8.8, 13.2)
        heading = f"{sign}&nbsp; {plain(block.title)}".strip()
        lines = [[Para(heading, title)], [Para(marked(block.text), text)]]
        rows, continued = cut_rows(lines, [self.width - 24], TALLEST_ROW)
        commands = [
            ("BACKGROUND", (0, 0), (-1, -1), HexColor(tint)),
            ("LINEBEFORE", (0, 0), (0, -1), 3, HexColor(color), "butt"),
            *paddings((0, 0), (-1, -1), left=12, right=12, top=1, bottom=1),
            *seams(continued),
            ("TOPPADDING", (0, 0), (-1, 0), 8),
            ("BOTTOMPADDING", (0, -1), (-1, -1), 9),
            ("NOSPLIT", (0, 0), (0, 1)),
        ]
        space = {"spaceBefore": 7, "spaceAfter": 12}
        return self._grid(Grid(rows, colWidths=[self.width], style=commands, **space), 2)

    @draw.register
    def _(self, block: Stats) -> Drawn:
        count = len(block.items)
        width = (self.width - _TILE_GAP * (count - 1)) / count
        label = style(7.8, 10.8, color=palette.MUTED)
        size = _fitting_size([item.value for item in block.items], width - 20)
        value = style(size, 1.25 * size, BOLD, color=palette.ACCENT)
        values = [Para(plain(item.value), value) for item in block.items]
        labels = [Para(plain(item.label), label) for item in block.items]
        cells, continued = cut_rows([values, labels], [width - 20] * count, TALLEST_ROW)
        rows = [[cell for tile in row for cell in (tile, "")][:-1] for row in cells]
        commands: list[Any] = [
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            *paddings((0, 0), (-1, -1), left=10, right=10, top=0, bottom=0),
            *seams(continued),
            ("TOPPADDING", (0, 0), (-1, 0), 8),
            ("BOTTOMPADDING", (0, -1), (-1, -1), 9),
        ]
        for column in range(0, 2 * count, 2):
            tile = ((column, 0), (column, -1))
            top = ((column, 0), (column, 0))
            commands.append(("BACKGROUND", *tile, HexColor(palette.BAND)))
            commands.append(("LINEABOVE", *top, 2, HexColor(palette.ACCENT), "butt"))
        widths = ([width, _TILE_GAP] * count)[:-1]
        space = {"spaceBefore": 7, "spaceAfter": 14}
        return self._grid(Grid(rows, colWidths=widths, style=commands, **space), 2)

    @draw.register
    def _(self, block: Figure) -> Drawn:
        look = _CAPTION.clone("", spaceBefore=5, spaceAfter=14)
        caption = self._paragraph(self._numbered("figure", block.caption), look)
        picture = Picture(block.picture, block.width * self.width, 0.82 * self.height)
        return Drawn([picture, *caption.flowables], 8 + picture.height + caption.lead)

    @draw.register
    def _(self, block: Table) -> Drawn:
        look = _CAPTION.clone("", spaceBefore=8, spaceAfter=5)
        caption = self._paragraph(self._numbered("table", block.caption), look)
        note = block.note.strip()
        grid = self._grid(table_grid(block, self.width, spaceAfter=4 if note else 14), 4)
        end = [Para(marked(note), _NOTE.clone("", spaceAfter=14))] if note else []
        # The note of a short table stays with it.
        lead = caption.lead + grid.lead + sum(self._height(one) for one in end)
        return Drawn([*caption.flowables, *grid.flowables, *end], lead)


def _stacked(flowables: Iterable[Any], width: float) -> float:
    """The height of flowables below each other, as a frame stacks them."""
    height = after = 0.0
    for flowable in flowables:
        if not getattr(flowable, "_ZEROSIZE", False):
            before = flowable.getSpaceBefore() if height else 0.0
            height += max(after, before) + float(flowable.wrap(width, _UNBOUNDED)[1])
            after = flowable.getSpaceAfter()
    return height


def _fitting_size(values: Sequence[str], width: float) -> float:
    """The largest type size (points) at which every value stays on one line, or the least."""
    for size in (20.0, 18.0, 16.0, 14.0, 12.0):
        if all(text_width(value, BOLD, size) <= width for value in values):
            return size
    return 10.0
