"""The workbooks that schools fill in."""

from __future__ import annotations

from pathlib import Path

from evalkit.errors import EvalkitError
from evalkit.model.design import Design
from evalkit.workspace.files import Written, about, write_whole
from evalkit.workspace.protocols import Protocols
from evalkit.workspace.workspace import Workspace


def workbook_of(workspace: Workspace, design: Design, wave: str | None = None) -> bytes:
    """The workbook of a design, for one wave or for all, with whom the funder says to ask."""
    from evalkit.collect.workbook import write_workbook

    # As the protocol says now: whom to ask is no part of what was agreed.
    protocol = Protocols.of(workspace, workspace.plugins).get(design.protocol)
    return write_workbook(design, wave, protocol.contact)


def write(workspace: Workspace, project: str, out: Path, wave: str | None = None) -> Written:
    """Write the workbook of a project's current design, for one wave or for all.

    Raises:
        EvalkitError: there is no such project, design or wave, or nothing is filled in then.
    """
    from evalkit.collect.columns import forms_of

    design = workspace.current_design(project)
    if wave is not None:
        waves = [w.id for w in design.waves]
        asked = {form.wave for form in forms_of(design)}
        if wave not in waves:
            known = ", ".join(waves)
            raise EvalkitError("intake.wave_unknown", wave=wave, project=project, known=known)
        if wave not in asked:
            known = ", ".join(w for w in waves if w in asked) or "–"
            raise EvalkitError("intake.wave_asks_nothing", wave=wave, known=known)
    content = workbook_of(workspace, design, wave)
    out.parent.mkdir(parents=True, exist_ok=True)
    write_whole(out, content)
    return Written(out, about("workbook.xlsx"))
