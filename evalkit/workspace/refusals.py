"""Files that are refused: who tried, when, and what was wrong; the data are not kept."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from evalkit.collect.veil import veiled, veiled_finding
from evalkit.errors import FindingsError
from evalkit.model.design import Design
from evalkit.model.submission import ReturnedFile
from evalkit.workspace.reading import said_project
from evalkit.workspace.workspace import Workspace

if TYPE_CHECKING:
    from evalkit.workspace.intake import Request

MOST = 500
"""Findings that are kept of one file."""

_LONGEST_NAME = 200


class Attempt:
    """What becomes known of a file while it is read."""

    design: Design | None = None


@contextmanager
def refusals_recorded(workspace: Workspace, request: Request, file_hash: str) -> Iterator[Attempt]:
    """Record that a file is refused, where it is; not of a draft, which is nobody's business yet.

    Raises:
        FindingsError: what was wrong.
    """
    attempt = Attempt()
    try:
        yield attempt
    except FindingsError as error:
        if not request.draft:
            _record(workspace, request, file_hash, attempt.design, error)
        raise


def _record(
    workspace: Workspace,
    request: Request,
    file_hash: str,
    design: Design | None,
    error: FindingsError,
) -> None:
    project = design.project.id if design else said_project(request)
    known = project is not None and workspace.store.project(project) is not None
    waves = {wave.id for wave in design.waves} if design else set()
    errors = [finding for finding in error.findings if finding.is_error]
    others = [finding for finding in error.findings if not finding.is_error]
    workspace.store.add_returned(
        ReturnedFile(
            project=project if known else None,
            wave=request.wave if request.wave in waves else None,
            design_hash=design.hash if design else None,
            file_name=veiled(request.path.name)[:_LONGEST_NAME],
            file_hash=file_hash,
            received=request.received_on or workspace.today,
            at=dt.datetime.now(dt.UTC),
            by=request.by,
            errors=len(errors),
            findings=tuple(veiled_finding(f) for f in [*errors, *others][:MOST]),
        )
    )
