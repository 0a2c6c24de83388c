"""The files of a synthesis: its tables in every format, and what describes them."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence

import pandas as pd
from pydantic import BaseModel

from evalkit import __version__
from evalkit.library.shipped import shipped
from evalkit.model.synthesis import Synthesis
from evalkit.synthesis.card_records import project_record
from evalkit.synthesis.card_tables import factor_counts, factor_rows, stated_values
from evalkit.synthesis.goals import pooled_goals
from evalkit.synthesis.ro_crate import METADATA, ro_crate
from evalkit.synthesis.tables import (
    TABLES,
    codebook,
    column_types,
    data_package,
    feature_columns,
    frame,
    to_csv,
)
from evalkit.workspace.files import about


def tables(found: Synthesis) -> dict[str, pd.DataFrame]:
    """The tables of a synthesis, by name."""
    rows: dict[str, Sequence[BaseModel]] = {
        "effects": found.effects,
        "pooled": found.pooled,
        "process": found.process,
        "moederbestand": found.cards,
        **card_rows(found),
        "goals": found.goals,
        "goals-pooled": tuple(pooled_goals(found.goals)),
        "lasting": found.lasting,
        "registered": found.registered,
        "sensitivity": found.programme.sensitivity,
        "multilevel": found.programme.levels,
        "moderators": found.programme.moderators,
        "not_pooled": found.programme.refused,
    }
    return {name: frame(rows[name], model) for name, model in TABLES.items()}


def card_rows(found: Synthesis) -> dict[str, tuple[BaseModel, ...]]:
    """The rows of the tables that are made from the digital cards."""
    records = [project_record(card) for card in found.cards]
    return {
        "moederbestand-long": tuple(stated_values(records)),
        "factors": tuple(factor_rows(records)),
        "factor-counts": tuple(factor_counts(records)),
    }


def stamp(found: Synthesis) -> str:
    """SHA-256 of the tables as CSV: what names a synthesis."""
    made = tables(found)
    return hashlib.sha256(b"".join(to_csv(made[name]) for name in sorted(made))).hexdigest()


def table_files(found: Synthesis) -> dict[str, bytes]:
    """The tables as CSV, Parquet and one workbook; codebook, data package, script and notebook."""
    from evalkit.synthesis.formats import to_parquet, to_xlsx

    features = feature_columns(found.effects)
    made = tables(found)
    types = {name: column_types(TABLES[name], features) for name in made}
    words = codebook(features)
    plain = dict.fromkeys(words.columns, "string")
    sheets = {**{n: (made[n], types[n]) for n in made}, "codebook": (words, plain)}
    return {
        **{f"{name}.csv": to_csv(table) for name, table in made.items()},
        **{f"parquet/{n}.parquet": to_parquet(table, types[n]) for n, table in made.items()},
        "synthesis.xlsx": to_xlsx(sheets),
        "codebook.csv": to_csv(words),
        "datapackage.json": data_package(found.hash, features),
        "analysis.R": shipped("templates", "analysis.R").read_bytes(),
        "analysis.ipynb": shipped("templates", "analysis.ipynb").read_bytes(),
    }


def with_crate(found: Synthesis, files: Mapping[str, bytes], day: dt.date) -> dict[str, bytes]:
    """The files, with the RO-Crate that describes them all."""
    described = {
        name: (about(name).en, hashlib.sha256(content).hexdigest(), len(content))
        for name, content in files.items()
    }
    designs = (*found.designs, *found.earlier)
    crate = ro_crate(described, designs, version=__version__, hash=found.hash, day=day.isoformat())
    return {**files, METADATA: crate}
