"""What persons add up to: n, mean and standard deviation, from rows that stay in the vault."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from evalkit.collect.aggregation import KEYS, WaveFile, aggregate
from evalkit.collect.columns import has_numbers
from evalkit.errors import EvalkitError
from evalkit.model.submission import Grain
from evalkit.model.vocabulary import Respondent
from evalkit.store.durable import write_file
from evalkit.synthesis.publishing import smallest_published
from evalkit.synthesis.suppression import Structure, suppress
from evalkit.synthesis.tables import to_csv
from evalkit.workspace.workspace import Workspace


def totals(workspace: Workspace, project: str, wave: str | None = None) -> pd.DataFrame:
    """n, mean and standard deviation per wave, school, group and measure of a project's persons.

    Of its accepted submissions with a row per person. Groups below the threshold of the scheme
    are emptied.

    Returns:
        Long: wave, school, arm, measure, n, mean, sd, suppressed; waves in their order.

    Raises:
        EvalkitError: there is no such project or wave, or its data are damaged.
    """
    design = workspace.current_design(workspace.project(project).id)
    known = [w.id for w in design.waves]
    if wave is not None and wave not in known:
        listed = ", ".join(known)
        raise EvalkitError("intake.wave_unknown", wave=wave, project=project, known=listed)
    submissions = [
        s
        for s in workspace.store.submissions(design.project.id, wave, accepted_only=True)
        if s.grain is Grain.unit and s.respondent is not Respondent.school
    ]
    named = {s.design_hash: workspace.store.design(s.design_hash) for s in submissions}
    designs = [design, *(found for found in named.values() if found)]
    counted = {e.measure for d in designs for e in d.schedule if has_numbers(e)}
    measures = sorted({m for s in submissions for m in s.measures} & counted)
    files = [WaveFile(s.wave, workspace.store.vault.path(s.blob)) for s in submissions]
    found = aggregate(files, measures)
    order = found["wave"].map({id: place for place, id in enumerate(known)})
    found = found.iloc[order.argsort(kind="stable")].reset_index(drop=True)
    return suppress(found, Structure((*KEYS, "measure")), smallest_published(designs))


def write_totals(table: pd.DataFrame, path: Path) -> None:
    """Write the table as CSV, whole or not at all."""
    write_file(path.resolve(), to_csv(table))
