"""The files of a synthesis: its tables in every format, and what describes them."""

from __future__ import annotations

import datetime as dt
import hashlib
import pickle
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pydantic import BaseModel

from evalkit import __version__
from evalkit.design.ladder.attrition import is_low
from evalkit.library.shipped import shipped
from evalkit.model.effect import EffectSize
from evalkit.model.rows import Rows
from evalkit.model.synthesis import Synthesis
from evalkit.store import parquet
from evalkit.synthesis.card_records import project_record
from evalkit.synthesis.card_tables import factor_counts, factor_rows, stated_values
from evalkit.synthesis.ro_crate import METADATA, ro_crate
from evalkit.synthesis.tables import (
    TABLES,
    Cells,
    Tables,
    codebook,
    column_types,
    columns,
    csv_head,
    csv_lines,
    data_package,
    feature_columns,
    portions,
    to_csv,
)
from evalkit.synthesis.wwc import baseline_rows, finding_rows, outcome_rows, sample_rows
from evalkit.workspace.files import Content, about, measured
from evalkit.workspace.sharing import several

if TYPE_CHECKING:
    from evalkit.synthesis.formats import Sheet

NONE: Tables = {}
ENOUGH = 50_000
"""Rows of the effect table from which a second process is worth its start."""
_BLOCK = 1 << 20


Table = tuple[str, Iterable[BaseModel], type[BaseModel]]
"""Name, rows and their model."""


def tables(found: Synthesis, models: Tables = TABLES) -> Iterator[Table]:
    """The tables of a synthesis, one at a time."""
    rows: dict[str, Callable[[], Iterable[BaseModel]]] = {
        "effects": lambda: _joined(found.effects, found.relations),
        "pooled": lambda: found.pooled,
        "process": lambda: found.process,
        "moederbestand": lambda: found.cards,
        **card_rows(found),
        "goals": lambda: found.goals,
        "goals-pooled": lambda: found.goals_pooled,
        "lasting": lambda: found.lasting,
        "registered": lambda: found.registered,
        "sensitivity": lambda: found.programme.sensitivity,
        "multilevel": lambda: found.programme.levels,
        "moderators": lambda: found.programme.moderators,
        "not_pooled": lambda: found.programme.refused,
        **wwc_rows(found),
    }
    return ((name, rows[name](), model) for name, model in models.items())


def _joined(first: Sequence[EffectSize], then: Sequence[EffectSize]) -> Sequence[EffectSize]:
    if not then:
        return first
    whole = Rows(EffectSize)
    whole.join(first) if isinstance(first, Rows) else whole.extend(first)
    whole.extend(then)
    return whole


def card_rows(found: Synthesis) -> dict[str, Callable[[], Iterable[BaseModel]]]:
    """What makes the rows of the tables that follow from the digital cards."""
    return {
        "moederbestand-long": lambda: stated_values(map(project_record, found.cards)),
        "factors": lambda: factor_rows(map(project_record, found.cards)),
        "factor-counts": lambda: factor_counts([project_record(card) for card in found.cards]),
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
        "wwc-findings": lambda: finding_rows(found.effects),
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


def table_files(
    found: Synthesis,
    folder: Path,
    models: Tables = TABLES,
    *,
    beside: Tables = NONE,
    note: str = "",
    processes: int = 1,
) -> Published:
    """The tables as CSV, Parquet and one workbook; codebook, data package, script and notebook.

    Args:
        found: the synthesis. If it has no hash yet, it gets that of these tables.
        folder: an empty folder for the files that can be large.
        models: the tables, and the models of their rows.
        beside: tables that are written elsewhere and described here.
        note: what the data package says besides.
        processes: how many may share the work, if there is enough of it.
    """
    from evalkit.synthesis.formats import to_xlsx

    features = feature_columns(found.effects)
    described = {**models, **beside}
    words = codebook(features, described)
    (folder / "parquet").mkdir(exist_ok=True)
    shared = processes if len(found.effects) >= ENOUGH else 1
    sheets = _written(tables(found, models), features, folder, shared)
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


def _written(
    tables: Iterable[Table], features: Mapping[str, str], folder: Path, processes: int
) -> dict[str, Sheet]:
    """Write tables, and give their sheets.

    With more processes than one, another one writes the tables that are kept by column; if it is
    killed, this one does.
    """
    if processes == 1:
        return _write_each(tables, features, folder)
    mine: list[Table] = []
    theirs: list[Table] = []
    for table in tables:
        (theirs if isinstance(table[1], Rows) else mine).append(table)
    handed = folder / "handed-over"
    with handed.open("wb") as file:  # Piece by piece: as one message they would be there thrice.
        pickle.dump(theirs, file, pickle.HIGHEST_PROTOCOL)
    with several(1) as pool:
        other = pool.submit(_write_handed, handed, features, folder)
        sheets = _write_each(mine, features, folder)
        try:
            sheets |= other.result()
        except BrokenProcessPool:
            sheets |= _write_each(theirs, features, folder)
    handed.unlink()
    return sheets


def _write_handed(path: Path, features: Mapping[str, str], folder: Path) -> dict[str, Sheet]:
    with path.open("rb") as file:
        return _write_each(pickle.load(file), features, folder)


def _write_each(
    tables: Iterable[Table], features: Mapping[str, str], folder: Path
) -> dict[str, Sheet]:
    return {
        name: _write(rows, model, features, folder / f"{name}.csv") for name, rows, model in tables
    }


def _write(
    rows: Iterable[BaseModel], model: type[BaseModel], features: Mapping[str, str], path: Path
) -> Sheet:
    """Write a table as CSV and Parquet, and give its sheet."""
    from evalkit.synthesis.formats import MOST_ROWS

    kinds = column_types(model, features)
    shown: list[Cells] = []
    with path.open("wb") as text:

        def written() -> Iterator[Cells]:
            count = 0
            for cells in portions(rows, model, features):
                text.write(csv_lines(cells))
                count += len(next(iter(cells.values())))
                if count <= MOST_ROWS:
                    shown.append(cells)
                else:
                    shown.clear()
                yield cells

        text.write(csv_head(kinds))
        count = parquet.write_cells(
            written(), kinds, path.parent / "parquet" / f"{path.stem}.parquet"
        )
    if count > MOST_ROWS:
        return count, kinds
    return {name: [cell for part in shown for cell in part[name]] for name in kinds}, kinds


def with_crate(found: Synthesis, files: Mapping[str, Content], day: dt.date) -> dict[str, Content]:
    """The files, with the RO-Crate that describes them all; ``day`` is that of the tables."""
    described = {name: (about(name).en, *measured(content)) for name, content in files.items()}
    designs = (*found.designs, *found.earlier)
    crate = ro_crate(described, designs, version=__version__, hash=found.hash, day=day.isoformat())
    return {**files, METADATA: crate}
