"""Effect sizes from summary statistics that were typed by hand or taken from papers."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from evalkit.errors import EvalkitError, refuse_errors
from evalkit.model.finding import Finding, Place
from evalkit.model.text import Text
from evalkit.synthesis.metrics import EFFECT_COLUMNS, summary_effects
from evalkit.synthesis.tables import to_csv
from evalkit.workspace.effect_checks import KNOWN, SummaryTable
from evalkit.workspace.files import Written, write_whole
from evalkit.workspace.pooling_data import table_with_rows

ABOUT = Text(nl="dezelfde rijen met yi, vi en formule", en="the same rows with yi, vi and formula")


class SummaryEffects(NamedTuple):
    """Rows of summary statistics with their effect sizes, and remarks on them."""

    table: pd.DataFrame
    """The columns of the file, then yi, vi and formula; none where a cell is empty."""
    findings: tuple[Finding, ...]

    @property
    def rows(self) -> list[dict[str, Any]]:
        """One object per row."""
        names = [str(name) for name in self.table.columns]
        columns = [self.table[name].tolist() for name in names]
        return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]

    @property
    def carried(self) -> tuple[str, ...]:
        """The columns that say nothing to evalkit, such as the name of a study."""
        return tuple(str(c) for c in self.table.columns if c not in (*KNOWN, *EFFECT_COLUMNS))


def effects_of(path: Path) -> SummaryEffects:
    """The effect size of each row of a file with summary statistics.

    CSV with semicolons, commas or tabs, decimal commas or points, in UTF-8 or Windows-1252; or a
    workbook, of which the first sheet with values counts, SPSS or Parquet. Positive is better:
    where ``better`` says lower the sign is turned.

    Raises:
        EvalkitError: the file cannot be read at all.
        FindingsError: all that is wrong in it.
    """
    read = SummaryTable(table_with_rows(path, "effects.no_rows"))
    refuse_errors(read.findings)
    found = summary_effects(read.figures, read.metrics.tolist())
    read.remark("effects.not_computable", None, found["yi"].isna(), metric=read.metrics)
    refuse_errors(read.findings)
    # 0 minus, so that no effect does not become minus zero
    turned = found["yi"].where(read.signs > 0, 0.0 - found["yi"])
    table = read.cells.assign(yi=turned, vi=found["vi"], formula=found["formula"])
    return SummaryEffects(table.astype(object), tuple(read.findings))


def write_effects(effects: SummaryEffects, source: Path, out: Path) -> Written:
    """Write the rows with their effect sizes as CSV.

    Raises:
        EvalkitError: it would replace the file that they come from.
    """
    if out.exists() and out.samefile(source):
        raise EvalkitError("effects.same_file", Place(file=source.name), file=source.name)
    out.parent.mkdir(parents=True, exist_ok=True)
    write_whole(out, to_csv(effects.table))
    return Written(out, ABOUT)
