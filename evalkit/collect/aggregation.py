"""From persons to totals, over files of millions of rows."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from evalkit.collect.columnar import connected, quoted

KEYS = ("wave", "school", "arm")


class WaveFile(NamedTuple):
    """Checked unit rows of one wave: a Parquet file with a column per measure."""

    wave: str
    path: Path


def aggregate(
    files: Iterable[WaveFile], measures: Sequence[str], persons: bool = False
) -> pd.DataFrame:
    """n, mean and standard deviation (n − 1) per wave, school, group and measure.

    One pass of DuckDB over the files, in bounded memory; several files of one wave count as one.
    The standard deviation is computed as by Welford (1962, Technometrics 4, 419-420), so that a
    large mean costs no digits.

    Args:
        files: The files, with ``school``, ``arm`` and columns of numbers.
        measures: Names of columns; a file that lacks one has no values of it.
        persons: Whether to count the different persons of each cell too: where they have a row
            per subject there are fewer than n.

    Returns:
        Long: wave, school, arm, measure, n, mean, sd, and persons if asked; sorted, without cells
        where n is 0. Sd is empty where n is 1.
    """
    files = list(files)
    columns = [*KEYS, "measure", "n", "mean", "sd", *(("persons",) if persons else ())]
    if not files or not measures:
        return pd.DataFrame({column: [] for column in columns})
    values = {f"m{number}": measure for number, measure in enumerate(measures)}
    with tempfile.TemporaryDirectory(prefix="evalkit-") as folder, connected(folder) as connection:
        parts, waves = [], {}
        for number, file in enumerate(files):
            # Under a name of our own: one with a * or [ in it would stand for several files.
            link = Path(folder) / f"{number}.parquet"
            os.symlink(Path(file.path).resolve(), link)
            found = connection.read_parquet(str(link))
            shown = [
                quoted(measure) if measure in found.columns else "NULL::DOUBLE"
                for measure in values.values()
            ]
            listed = ", ".join(f"{sql} AS {name}" for sql, name in zip(shown, values, strict=True))
            unit = "unit" if "unit" in found.columns else "NULL AS unit"
            found.project(f"school, arm, {unit}, {listed}").create_view(f"f{number}")
            parts.append(f"SELECT $w{number} AS wave, * FROM f{number}")
            waves[f"w{number}"] = file.wave
        told = "count({m}), avg({m}), stddev_samp({m})"
        if persons:  # One without a code is one by itself.
            told += ", count(DISTINCT unit) FILTER ({m} IS NOT NULL)"
            told += " + count({m}) FILTER (unit IS NULL)"
        asked = ", ".join(told.format(m=m) for m in values)
        source = " UNION ALL ".join(parts)
        sql = f"SELECT wave, school, arm, {asked} FROM ({source}) GROUP BY ALL"
        rows = connection.execute(sql, waves).fetchall()
    width = len(columns) - len(KEYS) - 1
    long = [
        (*row[:3], measure, *row[start : start + width])
        for row in rows
        for start, measure in zip(range(3, len(row), width), values.values(), strict=True)
        if row[start]
    ]
    totals = pd.DataFrame(long, columns=columns)
    totals = totals.astype({"n": "int64", "mean": float, "sd": float})
    return totals.sort_values([*KEYS, "measure"], kind="stable").reset_index(drop=True)
