"""Files with a table: CSV, a workbook, SPSS or Parquet, each as the same ``Table``."""

from __future__ import annotations

from pathlib import Path

from evalkit.collect.files import read_bounded
from evalkit.collect.reading.csv import csv_table
from evalkit.collect.reading.kinds import PARQUET, SAV, TABLES, refuse_kind, refuse_mismatch
from evalkit.collect.reading.table import Table
from evalkit.model.finding import Place

__all__ = ["TABLES", "Table", "csv_table", "read_table"]


def read_table(path: Path, sheet: str | None = None) -> Table:
    """A file as the table it holds, by its suffix; what has no known one is read as CSV.

    Args:
        path: The file.
        sheet: Sheet of a workbook; by default the first with values.

    Raises:
        EvalkitError: it cannot be read as a table, is of another kind than its name says, or is
            too large.
    """
    suffix, place = path.suffix.lower(), Place(file=path.name)
    refuse_kind(suffix, place)
    content = read_bounded(path)
    refuse_mismatch(content, suffix, place)
    if suffix == ".xlsx":
        from evalkit.collect.reading.xlsx import xlsx_table

        return xlsx_table(path.name, content, sheet)
    if suffix in SAV:
        from evalkit.collect.reading.sav import sav_table

        return sav_table(path.name, content)
    if suffix in PARQUET:
        from evalkit.collect.reading.parquet import parquet_table

        return parquet_table(path.name, content)
    return csv_table(path.name, content)
