"""Mappings are proposed for every example project, from every kind of export."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pandas as pd
import pyreadstat
import pytest
import yaml

from evalkit.collect.columns import ColumnSpec, columns_for, grains_of
from evalkit.model.design import Design
from evalkit.model.submission import Grain
from evalkit.model.vocabulary import Respondent
from evalkit.workspace import designs
from evalkit.workspace.intake import Request, collect
from evalkit.workspace.mappings import suggest_mapping, written_mapping
from evalkit.workspace.workspace import Workspace

from . import rounds

EXAMPLES = Path(__file__).parents[2] / "examples"
PROJECTS = sorted(
    str(path.relative_to(EXAMPLES))
    # The projects of the grant round are of one scheme and type.
    for path in [*EXAMPLES.glob("*/project.yaml"), *EXAMPLES.glob("*/projects/*-public.yaml")]
)
KINDS = ("csv", "xlsx", "sav", "parquet")

SAID = {"school": "BRIN", "class": "Lesgroep", "subject": "Vaknaam", "unit": "Leerlingnummer",
        "arm": "Conditie"}  # fmt: skip


def cell(spec: ColumnSpec, row: int) -> str:
    if spec.options:
        return spec.options[row % len(spec.options)].shown
    if spec.kind == "number":
        return f"{(spec.minimum or 0) + row:g}"
    return f"{spec.name[:1]}{row}"


def export(design: Design, wave: str, respondent: Respondent) -> pd.DataFrame:
    """Rows as a school has them, under its own words for whom they are about."""
    specs = columns_for(design, wave, respondent, lang="nl")
    headers = {spec.name: SAID.get(spec.name, spec.label) for spec in specs}
    if respondent is not Respondent.pupil:
        headers["unit"] = "Respondentnummer"
    return pd.DataFrame(
        {headers[spec.name]: [cell(spec, row) for row in range(6)] for spec in specs}
    )


def saved(frame: pd.DataFrame, folder: Path, kind: str) -> Path:
    path = folder / f"pupils.{kind}"
    if kind == "csv":
        frame.to_csv(path, sep=";", index=False)
    elif kind == "xlsx":
        frame.to_excel(path, index=False)
    elif kind == "parquet":
        frame.to_parquet(path)
    else:
        short = frame.set_axis([f"v{i}" for i in range(len(frame.columns))], axis=1)
        pyreadstat.write_sav(short, str(path), column_labels=list(frame.columns))
    return path


@pytest.mark.parametrize("project", PROJECTS)
@pytest.mark.parametrize("kind", KINDS)
def test_every_example_and_kind_of_file(
    project: str, kind: str, workspace: Workspace, tmp_path: Path
) -> None:
    added, _, _ = designs.add_project(workspace, EXAMPLES / project)
    design = designs.make(workspace, added.id)
    wave = design.waves[0].id
    about = next(r for r in Respondent if Grain.unit in grains_of(design, wave, r))
    path = saved(export(design, wave, about), tmp_path, kind)
    found = suggest_mapping(workspace, path, added.id, wave=wave, respondent=about)
    mapping = yaml.safe_load(written_mapping(found, "nl"))
    read = set(mapping["columns"]) | set(mapping.get("fixed", ()))
    needed = {spec.name for spec in columns_for(design, wave, about) if spec.required}
    assert needed <= read


def test_the_export_of_a_crossover_is_read_with_its_subjects(
    workspace: Workspace, tmp_path: Path
) -> None:
    added, _, _ = designs.add_project(workspace, EXAMPLES / "iio-crossover" / "project.yaml")
    design = designs.make(workspace, added.id)
    wave = design.waves[0]
    workspace.today = wave.closes + dt.timedelta(days=1)
    schools = {s.brin: next(iter(s.subjects)) for s in design.project.schools}
    rows = [
        {"Leerlingnummer": f"p{i}", "BRIN": brin, "Lesgroep": "4a", "Vaknaam": name, "Cijfer": 6}
        for i, (brin, name) in enumerate(schools.items())
    ]
    path = rounds.csv_of(rows, tmp_path, "pupils.csv", sep=";")
    found = suggest_mapping(workspace, path, added.id, wave=wave.id)
    out = tmp_path / "m.yaml"
    written_mapping(found, "nl", out)
    assert yaml.safe_load(out.read_text(encoding="utf-8"))["columns"]["subject"] == "Vaknaam"
    (stored,) = collect(workspace, Request(path, mapping=out, taken_on=wave.opens)).stored
    assert workspace.store.rows(stored)["subject"].tolist() == list(schools.values())
