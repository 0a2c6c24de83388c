"""A data file of SPSS, through pyreadstat."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from evalkit.collect.files import MOST_ROWS
from evalkit.collect.parsing import cell_text
from evalkit.collect.reading.table import Table, of_frame
from evalkit.errors import EvalkitError
from evalkit.model.finding import Place


def sav_table(file: str, content: bytes) -> Table:
    """The content of a ``.sav`` or ``.zsav`` file as a table.

    Cells are codes, dates are ISO, and what SPSS calls missing (by itself or by its user) is
    empty. The labels of codes and variables come along.

    Raises:
        EvalkitError: it cannot be read, or is too large.
    """
    place = Place(file=file)
    try:
        frame, meta = _read(content)
    except Exception as error:
        # A damaged file can fail in the parser, in the decoding of text and in that of dates.
        detail = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise EvalkitError("intake.unreadable", place, kind=".sav", detail=detail) from error
    if len(frame) > MOST_ROWS:
        raise EvalkitError("intake.too_many_rows", place, limit=MOST_ROWS)
    titles = {name: text for name, title in meta.column_names_to_labels.items()
              if (text := cell_text(title))}  # fmt: skip
    labels = {
        name: {
            code: label
            for value, text in named.items()
            if (code := cell_text(value)) and (label := cell_text(text))
        }
        for name, named in meta.variable_value_labels.items()
    }
    return of_frame(file, frame, labels, titles)


def _read(content: bytes) -> tuple[Any, Any]:
    import pyreadstat

    try:
        return pyreadstat.read_sav(BytesIO(content), row_limit=MOST_ROWS + 1)
    except (pyreadstat.ReadstatError, UnicodeDecodeError):
        # Old versions of SPSS do not say in which encoding they wrote: it was that of Windows.
        try:
            return pyreadstat.read_sav(
                BytesIO(content), row_limit=MOST_ROWS + 1, encoding="WINDOWS-1252"
            )
        except (pyreadstat.ReadstatError, UnicodeDecodeError):
            pass
        raise
