"""The files of a synthesis: its tables in every format, and what describes them."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

from pydantic import BaseModel

from evalkit import __version__
from evalkit.design.ladder.attrition import is_low
from evalkit.library.shipped import shipped
from evalkit.model.synthesis import Synthesis
from evalkit.synthesis.card_records import Record, project_record
from evalkit.synthesis.card_tables import factor_counts, factor_rows, stated_values
from evalkit.synthesis.ro_crate import METADATA, ro_crate
from evalkit.synthesis.tables import (
    TABLES,
    Tables,
    codebook,
    columns,
    csv_head,
    csv_lines,
    data_package,
    feature_columns,
    portions,
    to_csv,
)
from evalkit.synthesis.wwc import baseline_rows, outcome_rows, sample_rows
from evalkit.workspace.files import Content, about, measured
from evalkit.workspace.sharing import rarely_collected
from evalkit.workspace.table_writing import (
    NOTHING_AHEAD,
    Ahead,
    ByColumn,
    Written,
    write_each,
)

NONE: Tables = {}
_BLOCK = 1 << 20


def by_column(found: Synthesis) -> ByColumn:
    """What of a synthesis is kept by column."""
    return ByColumn(found.effects, found.relations, found.process, found.registered)


def tables(found: Synthesis, models: Tables = TABLES) -> Iterator[Written]:
    """The tables of a synthesis, one at a time."""
    rows: dict[str, Callable[[], Iterable[BaseModel]]] = {
        "pooled": lambda: found.pooled,
        "moederbestand": lambda: found.cards,
        **card_rows(found),
        "goals": lambda: found.goals,
        "goals-pooled": lambda: found.goals_pooled,
        "lasting": lambda: found.lasting,
        "sensitivity": lambda: found.programme.sensitivity,
        "multilevel": lambda: found.programme.levels,
        "moderators": lambda: found.programme.moderators,
        "not_pooled": lambda: found.programme.refused,
        **wwc_rows(found),
        **by_column(found).tables(),
    }
    return ((name, rows[name](), model) for name, model in models.items())


def card_rows(found: Synthesis) -> dict[str, Callable[[], Iterable[BaseModel]]]:
    """What makes the rows of the tables that follow from the digital cards."""

    @cache
    def records() -> tuple[Record, ...]:
        return tuple(map(project_record, found.cards))

    return {
        "moederbestand-long": lambda: stated_values(records()),
        "factors": lambda: factor_rows(records()),
        "factor-counts": lambda: factor_counts(records()),
    }


def wwc_rows(found: Synthesis) -> dict[str, Callable[[], Iterable[BaseModel]]]:
    """What makes the rows of the tables that the What Works Clearinghouse asks for.

    As many rows as the effect table has, of each: so one at a time.
    """
    projects = {design.project.id: design.project for design in found.designs}
    designs = {design.project.id: [design] for design in found.designs}
    for design in found.earlier:
        designs.setdefault(design.project.id, []).append(design)
    return {
        "wwc-samples": lambda: sample_rows(found.effects, projects, is_low),
        "wwc-baseline": lambda: baseline_rows(found.effects),
        "wwc-outcomes": lambda: outcome_rows(found.effects, designs, found.reliabilities),
    }


def stamp(found: Synthesis) -> str:
    """SHA-256 of the tables as CSV, by name: what names a synthesis."""
    hash, features = hashlib.sha256(), feature_columns(found.effects)
    for _, rows, model in tables(found, dict(sorted(TABLES.items()))):
        hash.update(csv_head(columns(model, features)))
        for cells in portions(rows, model, features):
            hash.update(csv_lines(cells))
    return hash.hexdigest()


class Published(NamedTuple):
    """A synthesis as it was written."""

    found: Synthesis
    """With its hash."""
    files: dict[str, Content]


@rarely_collected()
def table_files(
    found: Synthesis,
    folder: Path,
    models: Tables = TABLES,
    *,
    beside: Tables = NONE,
    note: str = "",
    ahead: Ahead = NOTHING_AHEAD,
) -> Published:
    """The tables as CSV, Parquet and one workbook; codebook, data package, script and notebook.

    Args:
        found: the synthesis. If it has no hash yet, it gets that of these tables.
        folder: an empty folder for the files that can be large.
        models: the tables, and the models of their rows.
        beside: tables that are written elsewhere and described here.
        note: what the data package says besides.
        ahead: tables that another process is writing there.
    """
    from evalkit.synthesis.formats import to_xlsx

    features = feature_columns(found.effects)
    described = {**models, **beside}
    words = codebook(features, described)
    (folder / "parquet").mkdir(exist_ok=True)
    mine = (table for table in tables(found, models) if table[0] not in ahead.names)
    sheets = write_each(mine, features, folder) | ahead.sheets()
    if not found.hash:
        found = found.model_copy(update={"hash": _hash(folder, models)})
    texts = words.astype(object).where(words.notna(), None)
    told = {str(name): cells.tolist() for name, cells in texts.items()}
    book = {name: sheets[name] for name in models}
    book["codebook"] = (told, dict.fromkeys(told, "string"))
    return Published(
        found,
        {
            **{f"{name}.csv": folder / f"{name}.csv" for name in models},
            **{f"parquet/{n}.parquet": folder / "parquet" / f"{n}.parquet" for n in models},
            "synthesis.xlsx": to_xlsx(book),
            "codebook.csv": to_csv(words),
            "datapackage.json": data_package(found.hash, features, described, note),
            "analysis.R": shipped("templates", "analysis.R").read_bytes(),
            "analysis.ipynb": shipped("templates", "analysis.ipynb").read_bytes(),
        },
    )


def _hash(folder: Path, models: Tables) -> str:
    """The hash of tables that are written, as ``stamp`` gives it."""
    hash = hashlib.sha256()
    for name in sorted(models):
        with (folder / f"{name}.csv").open("rb") as file:
            while block := file.read(_BLOCK):
                hash.update(block)
    return hash.hexdigest()


def with_crate(found: Synthesis, files: Mapping[str, Content], day: dt.date) -> dict[str, Content]:
    """The files, with the RO-Crate that describes them all; ``day`` is that of the tables."""
    described = {name: (about(name).en, *measured(content)) for name, content in files.items()}
    designs = (*found.designs, *found.earlier)
    crate = ro_crate(described, designs, version=__version__, hash=found.hash, day=day.isoformat())
    return {**files, METADATA: crate}
