"""Results of millions of persons: recognised, checked and kept without ever being in memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pandas as pd

from evalkit.collect.columnar_checks import Surveyed, check_parquet
from evalkit.collect.delivery import Part
from evalkit.collect.files import MOST_ROWS
from evalkit.collect.large import Large, head_of
from evalkit.collect.pseudonyms import fingerprint, pseudonymised
from evalkit.errors import EvalkitError, FindingsError, refuse_errors
from evalkit.model.design import Design
from evalkit.model.finding import Place
from evalkit.model.submission import Grain, Submission
from evalkit.model.vocabulary import Respondent
from evalkit.store.faults import faults_told
from evalkit.store.vault import Kept
from evalkit.workspace.keys import project_key
from evalkit.workspace.reading import read_head
from evalkit.workspace.workspace import Workspace

if TYPE_CHECKING:
    from evalkit.workspace.intake import Request


def recognised(workspace: Workspace, request: Request, table: Large) -> tuple[Part, Design]:
    """What a large table is, by its headers and first rows; the part holds none of its rows.

    Raises:
        EvalkitError: there is no such project.
        FindingsError: it is not clear what it is, or it holds no rows of persons.
    """
    delivery, design, _ = read_head(workspace, request, head_of(table, request.path.name))
    refuse_errors(delivery.findings)
    (part,) = delivery.parts
    if part.grain is Grain.aggregate or part.respondent is Respondent.school:
        # There are never that many schools; the rest of the file is something else.
        place = Place(file=request.path.name)
        raise FindingsError([EvalkitError("intake.too_many_rows", place, limit=MOST_ROWS).finding])
    return part, design


def survey(table: Large, part: Part, design: Design) -> Surveyed:
    """The checks of a large table."""
    return check_parquet(
        table.path,
        design,
        part.wave,
        part.respondent,
        part.taken,
        first_row=table.first_row,
        file=part.origin.file,
    )


def kept(
    workspace: Workspace, new: Submission, frames: Iterator[pd.DataFrame]
) -> tuple[Submission, Kept]:
    """The rows in the vault, with pseudonyms for their codes, and their submission.

    What is in the vault without a submission that names it is in nobody's way.

    Raises:
        EvalkitError: the project's key is lost, damaged or another; ``store.disk_full``.
    """
    key = project_key(workspace, new.project)
    hidden = (pseudonymised(frame, key, new.respondent) for frame in frames)
    with faults_told(workspace.store.folder / "evalkit.sqlite"):
        rows = workspace.store.vault.put_frames(hidden)
    return new.model_copy(update={"key": fingerprint(key), "rows": rows.rows}), rows
