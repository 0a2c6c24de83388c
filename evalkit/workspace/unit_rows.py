"""Rows of persons as researchers get them: long, under pseudonyms made for one export alone."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from evalkit.collect.pseudonyms import pseudonym, pseudonymised
from evalkit.model.design import Design
from evalkit.model.export import UnitRow
from evalkit.model.submission import Grain, Submission
from evalkit.model.vocabulary import ScaleType
from evalkit.store import parquet
from evalkit.synthesis.tables import column_types, to_csv
from evalkit.workspace.keys import kept_rows
from evalkit.workspace.workspace import Workspace

CSV, PARQUET = "units.csv", "parquet/units.parquet"

_TYPES = column_types(UnitRow, {})
_IDS = ("school", "arm", "class", "subject", "unit")
_ORDER = [name for name in _TYPES if name not in ("value", "answer")]


class UnitFiles(NamedTuple):
    """What was written."""

    rows: int
    projects: tuple[str, ...]
    submissions: tuple[str, ...]


def write_units(workspace: Workspace, key: bytes, folder: Path) -> UnitFiles:
    """Write ``units.csv`` and ``parquet/units.parquet`` into a folder, a project at a time.

    The same rows and key give the same bytes. Within a project a person keeps its pseudonym in all
    waves, and a school has one in all projects; rows are in the order of pseudonyms, so that it
    tells nothing either.

    Args:
        workspace: the workspace.
        key: the key of the pseudonyms.
        folder: where the files come.
    """
    projects: list[str] = []
    submissions: list[str] = []

    def frames() -> Iterator[pd.DataFrame]:
        yield _typed(pd.DataFrame())
        for project in workspace.store.projects():
            given = workspace.store.submissions(project.id, accepted_only=True)
            units = [s for s in given if s.grain is Grain.unit]
            parts = [_long(workspace, submission, key) for submission in units]
            if sum(map(len, parts)):
                projects.append(project.id)
                submissions.extend(s.id for s, part in zip(units, parts, strict=True) if len(part))
                whole = pd.concat(parts, ignore_index=True)
                yield whole.sort_values([*_ORDER, "value", "answer"], ignore_index=True)

    (folder / PARQUET).parent.mkdir(exist_ok=True)
    with (folder / CSV).open("wb") as text:

        def written() -> Iterator[pd.DataFrame]:
            for number, frame in enumerate(frames()):
                content = to_csv(frame)
                text.write(content.split(b"\n", 1)[1] if number else content)
                yield frame

        rows = parquet.write(written(), folder / PARQUET)
    return UnitFiles(rows, tuple(projects), tuple(submissions))


def _long(workspace: Workspace, submission: Submission, key: bytes) -> pd.DataFrame:
    """The rows of a submission, one per value, under the pseudonyms of a key."""
    design = workspace.store.design(submission.design_hash)
    assert design is not None  # the store keeps no submission without its design
    rows = kept_rows(workspace, submission)
    of_project = hmac.digest(key, f"project\0{submission.project}".encode(), hashlib.sha256)
    ids = pseudonymised(
        rows[[name for name in _IDS if name in rows]], of_project, submission.respondent
    )
    schools = {brin: pseudonym(key, "school", brin) for brin in rows["school"].unique()}
    ids = ids.assign(
        project=submission.project,
        respondent=submission.respondent.value,
        wave=submission.wave,
        design_hash=submission.design_hash,
        school=ids["school"].map(schools),
    )
    parts = [
        _typed(ids.assign(measure=measure, item=item, value=rows[column]).dropna(subset=["value"]))
        for column, measure, item in _columns(design, submission)
        if column in rows
    ]
    return pd.concat(parts, ignore_index=True) if parts else _typed(pd.DataFrame())


def _columns(design: Design, submission: Submission) -> Iterator[tuple[str, str, str | None]]:
    """Columns that hold values, with their measure and item. What people wrote is not given."""
    for id in submission.measures:
        measure = design.measure(id)
        if measure.scale.type is not ScaleType.text:
            yield id, id, None
            for column, item in zip(measure.columns, measure.items, strict=False):
                yield column, id, item.id


def _typed(frame: pd.DataFrame) -> pd.DataFrame:
    """The columns of ``UnitRow`` in order: a value that is no number becomes an answer."""
    given = frame["value"] if "value" in frame else pd.Series(dtype="float64")
    value = pd.to_numeric(given, errors="coerce")
    found = frame.assign(value=value, answer=given.astype("string").where(value.isna()))
    found = found.reindex(columns=list(_TYPES))
    return found.astype({n: "float64" if t == "number" else "string" for n, t in _TYPES.items()})
