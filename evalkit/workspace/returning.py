"""What goes back to a school: the findings on its file as a page, and in a copy of its file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from evalkit.collect.veil import veiled_finding
from evalkit.errors import EvalkitError, finding
from evalkit.model.finding import Finding
from evalkit.model.text import Lang, Text
from evalkit.workspace.files import Written, about, write_whole
from evalkit.workspace.intake import Request, Result
from evalkit.workspace.protocols import Protocols
from evalkit.workspace.reading import said_project
from evalkit.workspace.workspace import Workspace


class Wanted(NamedTuple):
    """What is to be written, and in which language."""

    report: Path | None = None
    """Where the page goes."""
    marked: Path | None = None
    """Where the marked copy goes."""
    lang: Lang | None = None
    """That of the workbook or project if not given."""


class Returned(NamedTuple):
    """What was written, and why something could not be."""

    files: tuple[Written, ...] = ()
    failed: tuple[Finding, ...] = ()


def give_back(workspace: Workspace, request: Request, result: Result, wanted: Wanted) -> Returned:
    """Write what was found in a file for the school that sent it.

    Args:
        workspace: The workspace.
        request: What was sent in.
        result: What came of it: if it was refused, nothing stored and all findings.
        wanted: What is to be written.
    """
    if wanted.report is None and wanted.marked is None:
        return Returned()
    from evalkit.collect.marking import mark, meta_of

    meta = meta_of(request.path)
    stored = [submission.project for submission in result.stored]
    project = next(iter(stored), None) or said_project(request)
    design = workspace.store.current_design(project) if project else None
    said = wanted.lang or meta.get("language") or (design.language if design else None)
    spoken: Lang = "en" if said == "en" else "nl"
    findings = [veiled_finding(finding) for finding in result.findings]
    files: list[Written] = []
    failed: tuple[Finding, ...] = ()
    if wanted.report is not None:
        content = _page(workspace, request, project, findings, spoken)
        files.append(_written(wanted.report, content, "findings.html"))
    if wanted.marked is not None:
        try:
            content = mark(request.path, findings, spoken)
            files.append(_written(wanted.marked, content, "marked.xlsx"))
        except EvalkitError as error:
            failed = (_not_marked(error.finding),)
    return Returned(tuple(files), failed)


def _not_marked(found: Finding) -> Finding:
    """That only the copy failed, and why: what is wrong in a delivery is told by who checks it."""
    if found.code == "intake.not_marked":
        return found
    why = Text(nl=found.wrong.nl.rstrip("."), en=found.wrong.en.rstrip("."))
    return finding("intake.not_marked", found.place, why=why)


def _written(path: Path, content: bytes, name: str) -> Written:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, content)
    return Written(path, about(name))


def _page(
    workspace: Workspace,
    request: Request,
    project: str | None,
    findings: Sequence[Finding],
    lang: Lang,
) -> bytes:
    from evalkit.render.findings_document import Sent, findings_document
    from evalkit.render.html import to_html
    from evalkit.render.wording import day

    known = workspace.store.project(project) if project else None
    contact = None
    if known is not None:
        try:
            protocols = Protocols.of(workspace, workspace.plugins)
            contact = protocols.get(known.protocol).contact
        except EvalkitError:
            # A protocol that is gone or broken is told elsewhere; the findings come first.
            contact = None
    sent = Sent(
        file=request.path.name,
        project=known.title if known else None,
        received=day(request.received_on or workspace.today, lang),
        stored=not any(finding.is_error for finding in findings),
        contact=contact,
    )
    return to_html(findings_document(sent, findings, lang)).encode("utf-8")
