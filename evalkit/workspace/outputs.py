"""The files of a synthesis: its tables in every format, and what describes them."""

from __future__ import annotations

import datetime as dt
import hashlib
import types
from collections.abc import Callable, Iterator, Mapping, Sequence

import pandas as pd
from pydantic import BaseModel

from evalkit import __version__
from evalkit.design.ladder.attrition import is_low
from evalkit.library.shipped import shipped
from evalkit.model.synthesis import Synthesis
from evalkit.synthesis.card_records import project_record
from evalkit.synthesis.card_tables import factor_counts, factor_rows, stated_values
from evalkit.synthesis.ro_crate import METADATA, ro_crate
from evalkit.synthesis.tables import (
    TABLES,
    Tables,
    codebook,
    column_types,
    data_package,
    feature_columns,
    frame,
    to_csv,
)
from evalkit.synthesis.wwc import baseline_rows, finding_rows, outcome_rows, sample_rows
from evalkit.workspace.files import about

NONE: Tables = {}


def tables(found: Synthesis, models: Tables = TABLES) -> Iterator[tuple[str, pd.DataFrame]]:
    """The tables of a synthesis with their names, one at a time: all, or those of ``models``."""
    rows: dict[str, Sequence[BaseModel]] = {
        "effects": (*found.effects, *found.relations),
        "pooled": found.pooled,
        "process": found.process,
        "moederbestand": found.cards,
        **card_rows(found),
        "goals": found.goals,
        "goals-pooled": found.goals_pooled,
        "lasting": found.lasting,
        "registered": found.registered,
        "sensitivity": found.programme.sensitivity,
        "multilevel": found.programme.levels,
        "moderators": found.programme.moderators,
        "not_pooled": found.programme.refused,
    }
    later = wwc_rows(found)
    for name, model in models.items():
        yield name, frame(later[name]() if name in later else rows[name], model)


def card_rows(found: Synthesis) -> dict[str, tuple[BaseModel, ...]]:
    """The rows of the tables that are made from the digital cards."""
    records = [project_record(card) for card in found.cards]
    return {
        "moederbestand-long": tuple(stated_values(records)),
        "factors": tuple(factor_rows(records)),
        "factor-counts": tuple(factor_counts(records)),
    }


def wwc_rows(found: Synthesis) -> dict[str, Callable[[], Sequence[BaseModel]]]:
    """What makes the rows of the tables that the What Works Clearinghouse asks for.

    As many rows as the effect table has, of each: so of one table at a time.
    """
    projects = {design.project.id: design.project for design in found.designs}
    designs = {design.project.id: [design] for design in found.designs}
    for design in found.earlier:
        designs.setdefault(design.project.id, []).append(design)
    return {
        "wwc-samples": lambda: tuple(sample_rows(found.effects, projects, is_low)),
        "wwc-baseline": lambda: tuple(baseline_rows(found.effects)),
        "wwc-outcomes": lambda: tuple(outcome_rows(found.effects, designs, found.reliabilities)),
        "wwc-findings": lambda: tuple(finding_rows(found.effects)),
    }


def stamp(found: Synthesis) -> str:
    """SHA-256 of the tables as CSV: what names a synthesis."""
    hash = hashlib.sha256()
    for _, table in tables(found, {name: TABLES[name] for name in sorted(TABLES)}):
        hash.update(to_csv(table))
    return hash.hexdigest()


def table_files(
    found: Synthesis, models: Tables = TABLES, *, beside: Tables = NONE, note: str = ""
) -> dict[str, bytes]:
    """The tables as CSV, Parquet and one workbook; codebook, data package, script and notebook.

    Args:
        found: the synthesis.
        models: the tables, and the models of their rows.
        beside: tables that are written elsewhere and described here.
        note: what the data package says besides.
    """
    from evalkit.synthesis.formats import MOST_ROWS, Sheet, to_parquet, to_xlsx

    features = feature_columns(found.effects)
    described = {**models, **beside}
    words = codebook(features, described)
    files: dict[str, bytes] = {}
    parquet: dict[str, bytes] = {}
    sheets: dict[str, Sheet] = {}
    for name, table in tables(found, models):
        kinds = column_types(models[name], features)
        files[f"{name}.csv"] = to_csv(table)
        parquet[f"parquet/{name}.parquet"] = to_parquet(table, kinds)
        sheets[name] = (table if len(table) <= MOST_ROWS else len(table), kinds)
    sheets["codebook"] = (words, dict.fromkeys(words.columns, "string"))
    return {
        **files,
        **parquet,
        "synthesis.xlsx": to_xlsx(sheets),
        "codebook.csv": to_csv(words),
        "datapackage.json": data_package(found.hash, features, described, note),
        "analysis.R": shipped("templates", "analysis.R").read_bytes(),
        "analysis.ipynb": shipped("templates", "analysis.ipynb").read_bytes(),
    }


def with_crate(
    found: Synthesis,
    files: Mapping[str, bytes],
    day: dt.date,
    beside: Mapping[str, tuple[str, int]] = types.MappingProxyType({}),
) -> dict[str, bytes]:
    """The files, with the RO-Crate that describes them all.

    Args:
        found: the synthesis.
        files: the files.
        day: the day the tables are as of.
        beside: files that are written elsewhere: SHA-256 and size in bytes.
    """
    described = {name: (about(name).en, *one) for name, one in beside.items()}
    described |= {
        name: (about(name).en, hashlib.sha256(content).hexdigest(), len(content))
        for name, content in files.items()
    }
    designs = (*found.designs, *found.earlier)
    crate = ro_crate(described, designs, version=__version__, hash=found.hash, day=day.isoformat())
    return {**files, METADATA: crate}
