"""What persons add up to: n, mean and standard deviation, from rows that stay in the vault."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import pandas as pd

from evalkit.collect.aggregation import KEYS, WaveFile, aggregate
from evalkit.collect.columns import has_numbers
from evalkit.errors import EvalkitError
from evalkit.model.submission import Grain
from evalkit.model.text import Text
from evalkit.model.vocabulary import ArmRole, Respondent, ScaleType
from evalkit.store.durable import write_file
from evalkit.synthesis.publishing import smallest_published
from evalkit.synthesis.suppression import SUPPRESSED, Structure, suppress
from evalkit.synthesis.tables import to_csv
from evalkit.workspace.workspace import Workspace

_ALL = "all"
"""Stands for all schools together, which no BRIN can be."""
_WHOLE = [key for key in KEYS if key != "school"]


def totals(workspace: Workspace, project: str, wave: str | None = None) -> pd.DataFrame:
    """n, mean and standard deviation per wave, school, group and measure of a project's persons.

    Of its accepted submissions with a row per person. Groups below the threshold of the scheme
    are emptied, and others that these could be computed from with what a synthesis publishes of
    each group as a whole.

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
    by_subject = any(s.subjects for d in designs for s in d.project.schools)
    found = aggregate(files, measures, persons=by_subject)
    order = found["wave"].map({id: place for place, id in enumerate(known)})
    found = found.iloc[order.argsort(kind="stable")].reset_index(drop=True)
    if found.empty:
        return found.assign(**{SUPPRESSED: []})
    yes_or_no = {m.id for d in designs for m in d.measures if m.scale.type is ScaleType.binary}
    others = _sent_as_totals(workspace, design.project.id, wave, set(measures))
    return _published(found, others, yes_or_no, smallest_published(designs))


def labels(workspace: Workspace, project: str) -> dict[str, Text]:
    """What people call the waves, groups and measures of a project, by their codes."""
    design = workspace.current_design(workspace.project(project).id)
    hashes = {s.design_hash for s in workspace.store.submissions(design.project.id)}
    designs = [*map(workspace.store.design, hashes), design]
    return {
        **{role.value: role.label for role in ArmRole},
        **{wave.id: wave.label for d in designs if d for wave in d.waves},
        **{measure.id: measure.label for d in designs if d for measure in d.measures},
    }


_COLUMNS = [*KEYS, "measure", "n", "mean"]


def _sent_as_totals(
    workspace: Workspace, project: str, wave: str | None, measures: Collection[str]
) -> pd.DataFrame:
    """What schools sent as totals: not listed, but part of the groups that are published."""
    parts = [
        pd.DataFrame(workspace.store.vault.columns(s.blob)).assign(wave=s.wave)
        for s in workspace.store.submissions(project, wave, accepted_only=True)
        if s.grain is Grain.aggregate and set(s.measures) & set(measures)
    ]
    if not parts:
        return pd.DataFrame({column: [] for column in _COLUMNS})
    rows = pd.concat(parts, ignore_index=True)
    return rows.loc[rows["measure"].isin(measures) & (rows["n"] > 0), _COLUMNS]


def _published(
    cells: pd.DataFrame, others: pd.DataFrame, yes_or_no: Collection[str], threshold: int
) -> pd.DataFrame:
    """The cells as they may be shown beside the numbers of whole groups.

    The effect table, that of process measures and the figures tell n and mean of each group of
    all schools together: without other cells, a hidden one would be what the rest leaves.
    """
    whole = [*_WHOLE, "measure"]
    cells = cells.assign(persons=cells["persons"] if "persons" in cells else cells["n"])
    # Of a school with rows of its own these count: what it sent as totals besides does not.
    own = pd.MultiIndex.from_frame(cells[["wave", "school", "measure"]])
    others = others[~pd.MultiIndex.from_frame(others[["wave", "school", "measure"]]).isin(own)]
    every = pd.concat([cells, others.assign(persons=others["n"])], ignore_index=True)
    every["yes"] = (every["mean"].astype(float) * every["n"].astype(float)).round()
    every["yes"] = every["yes"].clip(0, every["persons"].astype(float))
    sums = every.groupby(whole, as_index=False, sort=False)[["persons", "yes"]].sum()
    cells = cells.assign(yes=every["yes"].iloc[: len(cells)], listed=True)
    table = pd.concat([cells, sums.assign(school=_ALL, listed=False)], ignore_index=True)
    table[["persons", "yes"]] = table[["persons", "yes"]].astype("int64")
    values = ("n", "mean", "sd")
    parts = [
        suppress(
            table[table["measure"].isin(yes_or_no) == binary],
            Structure(
                (*KEYS, "measure"),
                {"school": _ALL},
                count="persons",
                yes="yes" if binary else None,
                values=values,
            ),
            threshold,
        )
        for binary in (False, True)
        if (table["measure"].isin(yes_or_no) == binary).any()
    ]
    found = pd.concat(parts).sort_index(kind="stable")
    found = found[found["listed"]]
    return found[[*KEYS, "measure", *values, SUPPRESSED]].reset_index(drop=True)


def write_totals(table: pd.DataFrame, path: Path) -> None:
    """Write the table as CSV, whole or not at all."""
    write_file(path.resolve(), to_csv(table))
