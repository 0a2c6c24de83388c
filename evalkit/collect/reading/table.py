"""A table as its file has it, whichever kind of file that is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any

import numpy as np
import pandas as pd
from openpyxl.utils import get_column_letter

from evalkit.collect.files import check_size
from evalkit.collect.parsing import cell_text, texts
from evalkit.collect.remarks import MOST_PER_COLUMN
from evalkit.errors import finding
from evalkit.model.finding import Finding, Place

Row = tuple[int, Sequence[Any]]
"""A row's number in its file, from 1, and its cells."""


@dataclass(frozen=True, eq=False)
class Table:
    """A table as its file has it: cells under the file's own headers."""

    file: str
    frame: pd.DataFrame
    """Cells (text or none); headers are unique."""
    rows: np.ndarray[Any, np.dtype[np.int64]]
    """Row number in the file of each row, from 1."""
    findings: tuple[Finding, ...] = field(default=())
    sheet: str | None = None
    """Sheet it stands on, in a workbook."""
    letters: Mapping[str, str] = field(default_factory=dict)
    """Header to the letter of its column, in a workbook."""
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Header to what the codes in its cells mean, where the file says so."""
    titles: Mapping[str, str] = field(default_factory=dict)
    """Header to the question or description that the file gives with it."""


def headed(file: str, numbered: Sequence[Row], sheet: str | None = None) -> Table:
    """The table of rows of which the first holds the headers.

    A header that is there twice is reported and read once; a row with more cells than the
    header is reported.
    """
    (head_row, head), *body = numbered
    headers, findings = _headers(head, Place(file=file, sheet=sheet, row=head_row))
    width = len(head)
    rows = np.array([number for number, _ in body], dtype=np.int64)
    check_size(len(body), width, Place(file=file, sheet=sheet))
    too_long = np.array([any(map(cell_text, line[width:])) for _, line in body], dtype=bool)
    padded = zip(*zip_longest(*(line[:width] for _, line in body)), strict=True)
    cells = pd.DataFrame(list(padded), dtype=object).apply(texts)
    findings.extend(
        finding("intake.row_too_long", Place(file=file, sheet=sheet, row=int(number)))
        for number in rows[too_long][:MOST_PER_COLUMN]
    )
    cells = cells.reindex(columns=range(width))
    keep = [i for i, header in headers.items() if not header.startswith("\0") or cells[i].any()]
    names = [headers[i].lstrip("\0") for i in keep]
    letters = {name: get_column_letter(i + 1) for i, name in zip(keep, names, strict=True)}
    return Table(
        file,
        cells[keep].set_axis(names, axis=1),
        rows,
        tuple(findings),
        sheet,
        letters if sheet is not None else {},
    )


def _headers(head: Sequence[Any], place: Place) -> tuple[dict[int, str], list[Finding]]:
    """Position to header; a header that is there twice is reported and read once.

    A column without a header is named by its number, with a mark before it so that it can be
    left out if it is empty.
    """
    headers: dict[int, str] = {}
    findings: list[Finding] = []
    named = {cell_text(cell) for cell in head}
    for position, cell in enumerate(head):
        header = cell_text(cell)
        if header is None:
            number = str(position + 1)
            while number in named:
                number = f"({number})"
            headers[position] = f"\0{number}"
        elif header in headers.values():
            where = place.model_copy(update={"column": header})
            findings.append(finding("intake.column_double", where, column=header))
        else:
            headers[position] = header
    return headers, findings


def of_frame(
    file: str,
    frame: pd.DataFrame,
    labels: Mapping[str, Mapping[str, str]] | None = None,
    titles: Mapping[str, str] | None = None,
) -> Table:
    """The table of a frame that has its headers already; rows count from 1.

    Rows without any value are left out.
    """
    check_size(*frame.shape, Place(file=file))
    names = [cell_text(name) or str(i + 1) for i, name in enumerate(frame.columns)]
    place = Place(file=file)
    doubles = [i for i, name in enumerate(names) if name in names[:i]]
    findings = tuple(
        finding(
            "intake.column_double", place.model_copy(update={"column": names[i]}), column=names[i]
        )
        for i in doubles
    )
    keep = [i for i in range(len(names)) if i not in doubles]
    cells = pd.DataFrame(
        {names[i]: texts(frame.iloc[:, i].astype(object)) for i in keep}, index=frame.index
    )
    filled = cells.notna().any(axis=1).to_numpy(dtype=bool)
    rows = (np.flatnonzero(filled) + 1).astype(np.int64)
    cells = cells[filled].reset_index(drop=True)
    return Table(file, cells, rows, findings, labels=dict(labels or {}), titles=dict(titles or {}))
