"""Tables written as CSV, Parquet and sheets: some by another process, while this one goes on."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pydantic import BaseModel

from evalkit.model.effect import EffectSize
from evalkit.model.registration import RegisteredRow
from evalkit.model.rows import Rows, Table
from evalkit.model.synthesis import ProcessRow
from evalkit.store import parquet
from evalkit.synthesis.tables import (
    TABLES,
    Cells,
    Tables,
    column_types,
    csv_head,
    csv_lines,
    feature_columns,
    portions,
)
from evalkit.synthesis.wwc import finding_rows
from evalkit.workspace.sharing import several

if TYPE_CHECKING:
    from evalkit.synthesis.formats import Sheet

ENOUGH = 50_000
"""Rows of the effect table from which a second process is worth its start."""

Written = tuple[str, Iterable[BaseModel], type[BaseModel]]
"""A table: name, rows and their model."""


class ByColumn(NamedTuple):
    """What is kept by column: the longest tables, which are known before what is pooled."""

    effects: Table[EffectSize]
    relations: Table[EffectSize]
    process: Table[ProcessRow]
    registered: Table[RegisteredRow]

    def tables(self) -> dict[str, Callable[[], Iterable[BaseModel]]]:
        """What makes the rows of each table that follows from them alone, by its name."""
        return {
            "effects": self._all_effects,
            "process": lambda: self.process,
            "registered": lambda: self.registered,
            "wwc-findings": lambda: finding_rows(self.effects),
        }

    def _all_effects(self) -> Table[EffectSize]:
        if not self.relations:
            return self.effects
        whole = Rows(EffectSize, () if isinstance(self.effects, Rows) else self.effects)
        if isinstance(self.effects, Rows):
            whole.join(self.effects)
        whole.extend(self.relations)
        return whole


class Ahead(NamedTuple):
    """Tables that another process is writing."""

    names: frozenset[str]
    sheets: Callable[[], dict[str, Sheet]]
    """Waits until they are there."""


NOTHING_AHEAD = Ahead(frozenset(), dict)


@contextmanager
def written_ahead(
    rows: ByColumn, folder: Path, processes: int, models: Tables = TABLES
) -> Iterator[Ahead]:
    """Let another process write the longest tables meanwhile, if there is enough of them.

    If that process is killed, this one writes them when they are asked for.

    Args:
        rows: what they are made of.
        folder: where the files come.
        processes: how many may share the work.
        models: the tables that are wanted, and the models of their rows.
    """
    if processes == 1 or len(rows.effects) < ENOUGH:
        yield NOTHING_AHEAD
        return
    features = feature_columns(rows.effects)
    theirs = [
        (name, make(), models[name]) for name, make in rows.tables().items() if name in models
    ]
    (folder / "parquet").mkdir(exist_ok=True)
    handed = folder / "handed-over"
    with handed.open("wb") as file:  # Piece by piece: as one message they would be there thrice.
        pickle.dump(theirs, file, pickle.HIGHEST_PROTOCOL)
    with several(1) as pool:
        other = pool.submit(_write_handed, handed, features, folder)

        def sheets() -> dict[str, Sheet]:
            try:
                return other.result()
            except BrokenProcessPool:
                return write_each(theirs, features, folder)
            finally:
                handed.unlink()

        yield Ahead(frozenset(name for name, _, _ in theirs), sheets)


def _write_handed(path: Path, features: Mapping[str, str], folder: Path) -> dict[str, Sheet]:
    with path.open("rb") as file:
        return write_each(pickle.load(file), features, folder)


def write_each(
    tables: Iterable[Written], features: Mapping[str, str], folder: Path
) -> dict[str, Sheet]:
    """Write tables as CSV and Parquet, and give their sheets, by name.

    Args:
        tables: the tables.
        features: the columns of features, as ``feature_columns`` gives them.
        folder: where the files come; it has a folder ``parquet``.
    """
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
