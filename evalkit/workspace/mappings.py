"""A mapping proposed for a school's own export, and written as a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from evalkit.collect.suggestion.proposal import Suggestion
from evalkit.collect.suggestion.suggest import suggest
from evalkit.collect.suggestion.writing import mapping_file
from evalkit.collect.tables import read_table
from evalkit.errors import EvalkitError, FindingsError, finding, refuse_errors
from evalkit.model.finding import Place
from evalkit.model.text import Lang
from evalkit.model.vocabulary import Respondent
from evalkit.workspace.workspace import Workspace


def suggest_mapping(
    workspace: Workspace,
    path: Path,
    project: str,
    *,
    wave: str | None = None,
    respondent: Respondent | None = None,
    sheet: str | None = None,
) -> Suggestion:
    """What the columns of an export probably mean, under the project's design.

    Args:
        workspace: The workspace.
        path: The export: CSV, xlsx, sav or Parquet.
        project: Id of the project.
        wave: The one wave it is of, if that is known.
        respondent: From or about whom its rows are, if that is known.
        sheet: Sheet of a workbook.

    Raises:
        EvalkitError: no such file, project or wave, or the file cannot be read as a table.
        FindingsError: the table is damaged: cells have shifted, a header is there twice.
    """
    place = Place(file=path.name)
    if not path.is_file():
        raise EvalkitError("file.missing", path=path)
    design = workspace.current_design(workspace.project(project).id)
    known = [w.id for w in design.waves]
    if wave is not None and wave not in known:
        values = {"wave": wave, "project": design.project.id, "known": ", ".join(known)}
        raise EvalkitError("intake.wave_unknown", place, **values)
    suffix = path.suffix.lower()
    if suffix in (".json", ".zip"):
        raise EvalkitError("intake.unknown_kind", place, suffix=suffix)
    table = read_table(path, sheet)
    refuse_errors(table.findings)
    if table.frame.empty:
        raise FindingsError([finding("intake.empty", place)])
    return suggest(table, design, wave=wave, respondent=respondent)


def written_mapping(suggestion: Suggestion, lang: Lang, out: Path | None = None) -> str:
    """The mapping file of a suggestion; written to ``out`` if that is given.

    Raises:
        EvalkitError: no column is certain, or there is a file under that name already.
    """
    if suggestion.mapping() is None:
        columns = ", ".join(p.column for p in suggestion.unsure) or "—"
        raise EvalkitError("mapping.nothing_certain", Place(file=suggestion.file), columns=columns)
    text = mapping_file(suggestion, lang, out.name if out else "mapping.yaml")
    if out is not None:
        out.parent.mkdir(parents=True, exist_ok=True)
        try:
            with out.open("x", encoding="utf-8") as file:
                file.write(text)
        except FileExistsError:
            raise EvalkitError("file.exists", path=out) from None
    return text


def as_data(suggestion: Suggestion) -> dict[str, Any]:
    """A suggestion as plain data, with the mapping that it amounts to."""
    mapping = suggestion.mapping()
    return {
        "project": suggestion.project,
        "wave": suggestion.wave,
        "respondent": suggestion.respondent.value,
        "grain": suggestion.grain.value,
        "columns": [
            {
                "column": p.column,
                "target": p.target.name if p.target else None,
                "wave": p.target.wave if p.target else None,
                "confidence": p.confidence,
                "certain": p.is_certain,
                "why": list(p.why),
                "values": dict(p.values),
                "open": list(p.open),
                "personal": p.personal,
                "others": [
                    {"target": target.name, "wave": target.wave, "confidence": confidence}
                    for target, confidence in p.others
                ],
            }
            for p in suggestion.proposals
        ],
        "mapping": mapping.model_dump(mode="json", exclude_defaults=True) if mapping else None,
    }
