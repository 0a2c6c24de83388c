"""Tables for reportlab: data tables, pairs of name and value; lengths are in points."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any, TypeAlias

from reportlab.lib.colors import HexColor
from reportlab.platypus import Spacer

from evalkit.render import palette
from evalkit.render.blocks import EMPTY_CELL, Question, Questions, Table
from evalkit.render.flowing import Grid, Para
from evalkit.render.typography import (
    BOLD,
    SANS,
    breakable,
    longest_word,
    plain,
    style,
    text_width,
)

_PADDING = 4.0
_HEAD: dict[str, Any] = {"size": 7.6, "leading": 10.2, "font": BOLD, "color": palette.ACCENT}
_CELL: dict[str, Any] = {"size": 7.9, "leading": 11.0, "font": SANS, "color": palette.INK}
_ALIGN = {"left": 0, "center": 1, "right": 2}
_UNBOUNDED = 1e6
_WRITING_LINES = 2
_WRITING_SPACE = 17.0
TALLEST_ROW = 150.0
"""A row taller than this (points) is cut; a page is more than four times as high."""

Command: TypeAlias = tuple[Any, ...]
Cell: TypeAlias = tuple[int, int]


def rule(first: Cell, last: Cell, width: float, color: str) -> Command:
    """The table command for a line below a range of cells (column, row)."""
    return ("LINEBELOW", first, last, width, HexColor(color), "butt")


def paddings(
    first: Cell, last: Cell, *, left: float, right: float, top: float, bottom: float
) -> list[Command]:
    """The table commands for the white space in a range of cells."""
    sides = {"LEFT": left, "RIGHT": right, "TOP": top, "BOTTOM": bottom}
    return [(f"{side}PADDING", first, last, length) for side, length in sides.items()]


def cut_rows(
    rows: Iterable[Sequence[Any]], widths: Sequence[float], tallest: float
) -> tuple[list[list[Any]], list[bool]]:
    """Rows of paragraphs, those over ``tallest`` cut into rows that continue each other.

    ``widths`` are the widths within the cells. The second list says for each row whether it
    is continued in the next. Reportlab breaks a page between rows only: a row within a page
    stays whole, and a row longer than a page still fits.
    """
    cut: list[list[Any]] = []
    continued: list[bool] = []
    for row in rows:
        rest = list(row)
        while rest:
            pieces = [_cut(cell, w, tallest) for cell, w in zip(rest, widths, strict=True)]
            cut.append([first for first, _ in pieces])
            rest = [following for _, following in pieces]
            if all(following == "" for following in rest):
                rest = []
            continued.append(bool(rest))
    return cut, continued


def _cut(cell: Any, width: float, tallest: float) -> tuple[Any, Any]:
    """What fits of a cell, and the rest; an empty string is an empty cell."""
    if cell == "" or cell.wrap(width, _UNBOUNDED)[1] <= tallest:
        return cell, ""
    pieces = cell.split(width, tallest)
    return (pieces[0], pieces[1]) if len(pieces) == 2 else (cell, "")


def seams(continued: Sequence[bool], start: int = 0) -> list[Command]:
    """The table commands that close the white space between rows that continue each other."""
    commands: list[Command] = []
    for index, goes_on in enumerate(continued, start):
        if goes_on:
            commands.append(("BOTTOMPADDING", (0, index), (-1, index), 0))
            commands.append(("TOPPADDING", (0, index + 1), (-1, index + 1), 0))
    return commands


def _rules(continued: Sequence[bool], start: int, width: float, color: str) -> list[Command]:
    """Lines below the rows from ``start`` on, but not between rows that continue each other."""
    commands = []
    for goes_on, group in groupby(enumerate(continued, start), key=lambda pair: pair[1]):
        numbers = [number for number, _ in group]
        if not goes_on:
            commands.append(rule((0, numbers[0]), (-1, numbers[-1]), width, color))
    return commands


def pairs_grid(pairs: Sequence[tuple[str, str | None]], width: float, **space: float) -> Any:
    """Names and values as two columns between thin rules; ``space`` is reportlab's."""
    name = style(8.6, 12, color=palette.MUTED)
    value = style(8.6, 12)
    widest = max(text_width(key, SANS, 8.6) for key, _ in pairs)
    first = min(max(widest + 18, 0.22 * width), 0.38 * width)
    inner = (first - _PADDING, width - first - 2 * _PADDING)
    rows = []
    for key, text in pairs:
        shown = breakable(EMPTY_CELL if text is None else text, inner[1], SANS, 8.6)
        rows.append((Para(plain(key), name), Para(plain(shown), value)))
    cells, continued = cut_rows(rows, inner, TALLEST_ROW)
    commands = [
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        *paddings((0, 0), (0, -1), left=0, right=_PADDING, top=4, bottom=4.5),
        *paddings((1, 0), (1, -1), left=_PADDING, right=_PADDING, top=4, bottom=4.5),
        *seams(continued),
        *_rules(continued, 0, 0.5, palette.RULE),
    ]
    return Grid(cells, colWidths=[first, width - first], style=commands, **space)


def questions_grid(block: Questions, width: float, **space: float) -> Any:
    """Questions with a mark before each; the open ones tinted, with lines to write on."""
    widest = max(text_width(word, BOLD, _HEAD["size"]) for word in (block.answered, block.open))
    first = min(max(widest + 24, 60.0), 0.3 * width)
    inner = (first - 2 * _PADDING - 4, width - first - 2 * _PADDING)
    cells: list[list[Any]] = []
    commands: list[Command] = [
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        *paddings((0, 0), (-1, -1), left=_PADDING, right=_PADDING, top=1, bottom=1),
        ("LEFTPADDING", (0, 0), (0, -1), _PADDING + 4),
    ]
    for item in block.items:
        start = len(cells)
        rows, continued = cut_rows(_question_lines(item, block), inner, TALLEST_ROW)
        cells += rows
        commands += seams(continued, start)
        answered = item.answer is not None
        if not answered:
            lines = range(len(cells), len(cells) + _WRITING_LINES)
            cells += [["", Spacer(0, _WRITING_SPACE)] for _ in lines]
            commands += [rule((1, row), (1, row), 0.5, palette.FAINT) for row in lines]
        last = len(cells)
        cells.append(["", Spacer(0, 3)])
        color, tint = palette.CALLOUTS["success" if answered else "warning"][:2]
        whole = ((0, start), (-1, last))
        if not answered:
            commands.append(("BACKGROUND", *whole, HexColor(tint)))
        commands += [
            ("LINEBEFORE", (0, start), (0, last), 3, HexColor(color), "butt"),
            ("TOPPADDING", (0, start), (-1, start), 5),
            rule((0, last), (-1, last), 0.5, palette.RULE),
            # A question stays with its answer, where that is short, or with its lines.
            ("NOSPLIT", (0, start), (-1, last if last - start < 6 else start + 1)),
        ]
    return Grid(cells, colWidths=[first, width - first], style=commands, **space)


def _question_lines(item: Question, block: Questions) -> list[list[Any]]:
    """The mark and the question; below it the answer."""
    answered = item.answer is not None
    color = palette.CALLOUTS["success" if answered else "warning"][0]
    sign, word = ("✔", block.answered) if answered else ("☐", block.open)
    mark = Para(f"{sign}&nbsp; {plain(word)}", style(**(_HEAD | {"color": color})))
    lines: list[list[Any]] = [[mark, Para(plain(item.text), style(8.6, 12, BOLD))]]
    if item.answer is not None:
        lines.append(["", Para(plain(item.answer), style(8.6, 12))])
    return lines


def table_grid(block: Table, width: float, **space: float) -> Any:
    """A data table: header repeated on each page, thin rules, numbers aligned."""
    widths = column_widths(block, width)
    inner = [column_width - 2 * _PADDING for column_width in widths]
    header = _cells([column.label for column in block.columns], block, inner, _HEAD)
    head, head_continued = cut_rows([header], inner, TALLEST_ROW)
    lines = (_cells(row, block, inner, _CELL) for row in block.rows)
    body, continued = cut_rows(lines, inner, TALLEST_ROW)
    start = len(head)
    commands = [
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("VALIGN", (0, 0), (-1, 0), "BOTTOM" if start == 1 else "TOP"),
        ("BACKGROUND", (0, 0), (-1, start - 1), HexColor(palette.ACCENT_TINT)),
        *paddings((0, 0), (-1, -1), left=_PADDING, right=_PADDING, top=3.2, bottom=4),
        *seams(head_continued),
        *seams(continued, start),
        *_rules(continued, start, 0.4, palette.RULE),
        rule((0, start - 1), (-1, start - 1), 1, palette.ACCENT),
    ]
    if len(body) > 3:
        # One row alone on the last page looks lost.
        commands.append(("NOSPLIT", (0, -2), (-1, -1)))
    # A header that had to be cut leaves too little of the page to be repeated.
    repeat = 1 if start == 1 else 0
    return Grid([*head, *body], colWidths=widths, style=commands, repeatRows=repeat, **space)


def _cells(
    row: Sequence[str | None], block: Table, inner: Sequence[float], look: dict[str, Any]
) -> list[Any]:
    cells = []
    for text, column, width in zip(row, block.columns, inner, strict=True):
        shown = EMPTY_CELL if text is None else text
        shown = breakable(shown, width, look["font"], look["size"])
        cells.append(Para(plain(shown), style(**look, alignment=_ALIGN[column.align])))
    return cells


def column_widths(block: Table, width: float) -> list[float]:
    """Widths that follow the relative widths, but spare the longest words.

    A column narrower than its longest word is widened at the cost of the others. Where the
    longest words do not fit together, the widest columns give way (and their words break).
    """
    total = sum(column.width for column in block.columns)
    wished = [width * column.width / total for column in block.columns]
    needs = [_need(block, index, width) for index in range(len(block.columns))]
    if sum(needs) >= width:
        return _levelled(needs, width)
    fixed: set[int] = set()
    while True:
        free = width - sum(needs[i] for i in fixed)
        share = sum(wished[i] for i in range(len(wished)) if i not in fixed)
        widths = [needs[i] if i in fixed else wished[i] * free / share for i in range(len(wished))]
        short = {i for i, w in enumerate(widths) if i not in fixed and w < needs[i]}
        if not short:
            return widths
        fixed |= short


def _need(block: Table, index: int, width: float) -> float:
    """Room for the longest word of a column; a word over a sixth of the table may break."""
    most = width / 6
    longest = longest_word(block.columns[index].label, BOLD, _HEAD["size"])
    for text in {row[index] for row in block.rows} - {None}:
        word = longest_word(str(text), SANS, _CELL["size"])
        if word > most:
            parts = breakable(str(text), most, SANS, _CELL["size"])
            word = max(most, longest_word(parts, SANS, _CELL["size"]))
        longest = max(longest, word)
    return min(longest + 2 * _PADDING + 0.5, width / 3)


def _levelled(needs: Sequence[float], width: float) -> list[float]:
    """The needs, the largest cut to one level so that they add up to ``width``."""
    left, level = width, width
    for taken, need in enumerate(sorted(needs)):
        level = left / (len(needs) - taken)
        if need > level:
            break
        left -= need
    return [min(need, level) for need in needs]
