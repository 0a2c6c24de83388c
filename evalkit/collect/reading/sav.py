"""A data file of SPSS, through pyreadstat.

Its parser is written in C and can break down on a damaged file, and the process with it; a file of
a few kilobytes can also make it ask for any memory. So it works in a process of its own, which
hands over text.
"""

from __future__ import annotations

import json
import subprocess
import sys
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd

from evalkit.collect.files import MOST_ROWS, check_size
from evalkit.collect.parsing import cell_text, texts
from evalkit.collect.reading.table import Table, of_frame
from evalkit.errors import EvalkitError
from evalkit.library.damage import CUT_OFF_OR_LARGE
from evalkit.model.finding import Place

_MOST_SECONDS = 120
_MOST_MEMORY = 4 << 30
"""Bytes of address space; libraries take part of it without using it."""


def sav_table(file: str, content: bytes) -> Table:
    """The content of a ``.sav`` or ``.zsav`` file as a table.

    Cells are codes, dates are ISO, and what SPSS calls missing (by itself or by its user) is
    empty. The labels of codes and variables come along.

    Raises:
        EvalkitError: it cannot be read, or is too large.
    """
    place = Place(file=file)
    found = _apart(content)
    if not found:
        raise EvalkitError("intake.unreadable", place, kind=".sav", detail=CUT_OFF_OR_LARGE)
    rows, columns = found["shape"]
    if rows > MOST_ROWS:
        raise EvalkitError("intake.too_many_rows", place, limit=MOST_ROWS)
    check_size(rows, columns, place)
    frame = pd.DataFrame(dict(enumerate(found["cells"])), dtype=object, index=range(rows))
    return of_frame(file, frame.set_axis(found["names"], axis=1), found["labels"], found["titles"])


def _apart(content: bytes) -> dict[str, Any]:
    """What another process makes of the file: ``taken_out``, or nothing."""
    with TemporaryDirectory(prefix="evalkit-") as folder:
        source, target = Path(folder) / "rows.sav", Path(folder) / "rows.json"
        source.write_bytes(content)
        # -P: a folder with files in it is no place to import from.
        command = [sys.executable, "-P", "-m", __name__, str(source), str(target)]
        try:
            subprocess.run(
                command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL, timeout=_MOST_SECONDS,
            )  # fmt: skip
            found: dict[str, Any] = json.loads(target.read_text(encoding="utf-8"))
        except (OSError, ValueError, subprocess.SubprocessError):
            return {}
        return found


def taken_out(content: bytes) -> dict[str, Any]:
    """Shape, names, cells as text, labels and titles; of a table too large only the shape."""
    frame, meta = _read(content)
    rows, columns = frame.shape
    try:
        check_size(rows, columns, Place())
    except EvalkitError:
        return {"shape": [rows, columns]}
    if rows > MOST_ROWS:
        return {"shape": [rows, columns]}
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
    cells = [texts(frame.iloc[:, i].astype(object)).tolist() for i in range(columns)]
    names = [cell_text(name) or str(i + 1) for i, name in enumerate(frame.columns)]
    return {
        "shape": [rows, columns],
        "names": names,
        "cells": cells,
        "labels": labels,
        "titles": titles,
    }


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


def _bounded_memory() -> None:
    try:
        import resource
    except ImportError:  # Windows has no such bound.
        return
    resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _main(source: str, target: str) -> None:
    _bounded_memory()
    found: dict[str, Any]
    try:
        found = taken_out(Path(source).read_bytes())
    except Exception:
        # A damaged file can fail in the parser, in the decoding of text and in that of dates.
        found = {}
    Path(target).write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    _main(*sys.argv[1:])
