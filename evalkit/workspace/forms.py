"""Forms for survey tools, made from a project's design."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from evalkit.errors import EvalkitError
from evalkit.model.text import Lang
from evalkit.workspace.files import Written, write_all
from evalkit.workspace.workspace import Workspace

Tool = Literal["xlsform", "redcap"]


def write_forms(
    workspace: Workspace,
    project: str,
    out: Path,
    wave: str | None = None,
    tools: tuple[Tool, ...] = ("xlsform", "redcap"),
    lang: Lang | None = None,
) -> tuple[Written, ...]:
    """Write a form per wave and respondent group of the current design into ``out``.

    Args:
        workspace: the workspace.
        project: id of the project.
        out: the folder.
        wave: only this wave.
        tools: for which tools.
        lang: language of REDCap's dictionaries; the design's own if not given. XLSForms hold both.

    Raises:
        EvalkitError: no such project or wave, or the project has no design yet.
    """
    from evalkit.collect.redcap import write_redcap
    from evalkit.collect.survey import survey_forms
    from evalkit.collect.xlsform import write_xlsform

    design = workspace.current_design(project)
    known = [w.id for w in design.waves]
    if wave is not None and wave not in known:
        names = ", ".join(known)
        raise EvalkitError("intake.wave_unknown", wave=wave, project=project, known=names)
    files: dict[str, bytes] = {}
    for form in survey_forms(design, wave):
        stem = f"{form.form.wave}-{form.form.respondent.value}"
        if "xlsform" in tools:
            files[f"xlsform/{stem}.xlsx"] = write_xlsform(form)
        if "redcap" in tools:
            files[f"redcap/{stem}.csv"] = write_redcap(form, lang)
    return write_all(out, files)
