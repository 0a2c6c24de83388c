"""The tables that go out: described, readable by other software, and the same every time."""

from __future__ import annotations

import hashlib
import io
import json
import logging
import re
import shutil
import warnings
from pathlib import Path

import pandas as pd
import pytest

from evalkit.model.card import Card
from evalkit.model.synthesis import Synthesis
from evalkit.plugin.registry import Registry
from evalkit.synthesis.tables import TABLES
from evalkit.workspace.cycles import add_card
from evalkit.workspace.registrations import register
from evalkit.workspace.synthesis import write
from evalkit.workspace.workspace import Workspace

from . import rounds

AWKWARD = """\
project: een
goal_reached: somewhat
phase: sustaining
aspects: [time, culture]
support_structure: 'Drie bezoeken; "goed", zei men — niet ''NA'' maar é.'
promoting_factors: {time: "", leadership: "leiding, betrokken"}
hindering_factors:
  workload: |
    Twee
    regels
summary: NA
"""


@pytest.fixture(scope="module")
def written(
    first_day: Path, plugins: Registry, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Synthesis, Path]:
    """Two projects with two arms, one of them registered, and one project with one arm; a late
    baseline and an awkward card.
    """
    folder = tmp_path_factory.mktemp("uit")
    shutil.copytree(first_day, folder / "werk map")
    schools = {"00AA": "intervention", "00AB": "intervention"}
    texts = {
        "een": rounds.project_text("een"),
        "twee": rounds.project_text("twee", assignment="school"),
        "drie": rounds.project_text("drie", arms=rounds.ONE_ARM, schools=schools),
    }
    with Workspace.open(folder / "werk map", today=rounds.TODAY) as workspace:
        vars(workspace)["plugins"] = plugins
        for name, text in texts.items():
            made = rounds.designed(workspace, folder, text)
            if name == "een":
                register(workspace, name)
            options = {"schools": schools} if name == "drie" else {}
            rows = rounds.both_waves(**options)
            rows["post|school|unit"] = [
                {"school": school.brin, "arm": school.arms[0].value, "core.class_size": 25}
                for school in made.project.schools
            ]
            taken = {"baseline": rounds.START} if name == "twee" else {}
            rounds.deliver(workspace, made, rows, folder, taken)
        add_card(workspace, rounds.written(folder, "kaart.yaml", AWKWARD))
        found, _ = write(workspace, folder / "uit", "nl")
    return found, folder / "uit"


def read(folder: Path, table: str) -> pd.DataFrame:
    """The table as a researcher reads it, with missing for empty cells alone."""
    return pd.read_csv(folder / f"{table}.csv", keep_default_na=False, na_values=[""])


def test_everything_is_there(written: tuple[Synthesis, Path]) -> None:
    _, folder = written
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert names >= {
        "effects.csv", "pooled.csv", "process.csv", "moederbestand.csv", "codebook.csv",
        "datapackage.json", "analysis.R", "report.pdf", "report.html",
    }  # fmt: skip
    figures = {Path(name).stem for name in names if name.startswith("figures/")}
    for kind in ("forest-", "change-", "evidence-map", "factors"):
        assert any(name.startswith(kind) for name in figures)
    kinds = ("svg", "pdf", "png")
    assert names >= {f"figures/{name}.{kind}" for name in figures for kind in kinds}
    assert not [name for name in names if Path(name).name.startswith(".")]


def test_the_data_package_is_valid_and_every_value_conforms(
    written: tuple[Synthesis, Path],
) -> None:
    from frictionless import Package, system, validate

    _, folder = written
    logging.getLogger("frictionless").setLevel(logging.ERROR)
    with system.use_context(trusted=True):
        report = validate(str(folder / "datapackage.json"))
        assert report.valid, report.flatten(["type", "title", "note"])
        package = Package(str(folder / "datapackage.json"))
        assert {resource.name for resource in package.resources} >= set(TABLES)
        sizes = {task.name: task.stats.get("rows", 0) for task in report.tasks}
    assert (sizes["effects"], sizes["moederbestand"]) == (6, 3)
    assert sizes["registered"] == len(written[0].registered) > 40


def test_a_broken_value_would_not_conform(written: tuple[Synthesis, Path], tmp_path: Path) -> None:
    from frictionless import system, validate

    folder = shutil.copytree(written[1], tmp_path / "kopie")
    path = folder / "effects.csv"
    for old, new in ((",TRUE,", ",yes,"), (",proven,", ",proved,")):
        content = path.read_text("utf-8")
        assert old in content
        path.write_text(content.replace(old, new, 1), "utf-8")
        with system.use_context(trusted=True):
            assert not validate(str(folder / "datapackage.json")).valid
        path.write_text(content, "utf-8")


def test_pandas_reads_the_effects_as_they_are(written: tuple[Synthesis, Path]) -> None:
    found, folder = written
    table = read(folder, "effects")
    assert len(table) == len(found.effects)
    for (_, row), effect in zip(table.iterrows(), found.effects, strict=True):
        for name in ("yi", "vi", "df", "mean_t", "sd_c", "r", "icc", "baseline_difference"):
            exact = getattr(effect, name)
            assert (exact is None and pd.isna(row[name])) or row[name] == exact
        assert row["pooled"] == effect.pooled
        assert row["project"] == effect.project
    assert table["pooled"].dtype == bool
    raw = (folder / "effects.csv").read_text("utf-8")
    assert not {"nan", "None", "inf", "True", "False"} & set(raw.replace("\n", ",").split(","))
    assert raw.count("\n") == len(table) + 1
    assert "\r" not in raw


def test_the_cards_come_back_whole(written: tuple[Synthesis, Path]) -> None:
    found, folder = written
    table = read(folder, "moederbestand").set_index("project")
    assert list(table.index) == ["drie", "een", "twee"]
    card = next(card for card in found.cards if card.project == "een")
    row = table.loc["een"]
    assert row["support_structure"] == card.support_structure
    assert row["aspects"].split("; ") == ["time", "culture"]
    assert set(row["promoting_factors"].split("; ")) == {"time", "leadership: leiding, betrokken"}
    assert row["hindering_factors"].splitlines() == ["workload: Twee", "regels"]
    assert row["summary"] == "NA"
    assert list(pd.read_csv(folder / "moederbestand.csv").columns) == list(Card.model_fields)


def test_the_codebook_covers_every_column_and_every_code(written: tuple[Synthesis, Path]) -> None:
    _, folder = written
    codebook = read(folder, "codebook")
    assert not codebook[["table", "column", "type", "description"]].isna().any(axis=None)
    for table in TABLES:
        about = codebook[codebook["table"] == table].set_index("column")
        content = read(folder, table)
        assert list(content.columns) == list(about.index)
        for column in about.index[about["codes"].notna()]:
            listed = {part.split(" = ")[0] for part in about.loc[column, "codes"].split("; ")}
            used = {code for cell in content[column].dropna() for code in str(cell).split("; ")}
            assert used <= listed, column
            english, dutch = (about.loc[column, name] for name in ("codes", "codes_nl"))
            in_words = re.compile(r"(?:^|; )(\w+) = ")
            assert in_words.findall(dutch) == in_words.findall(english), column
            assert set(in_words.findall(dutch)) <= listed


def test_the_package_names_its_content(written: tuple[Synthesis, Path]) -> None:
    found, folder = written
    package = json.loads((folder / "datapackage.json").read_text("utf-8"))
    assert package["version"] == found.hash
    for resource in package["resources"]:
        content = pd.read_csv(io.BytesIO((folder / resource["path"]).read_bytes()))
        assert [field["name"] for field in resource["schema"]["fields"]] == list(content.columns)


def test_the_same_workspace_gives_the_same_bytes(
    written: tuple[Synthesis, Path], tmp_path: Path
) -> None:
    def hashes(folder: Path) -> dict[str, str]:
        return {
            path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in folder.rglob("*")
            if path.is_file()
        }

    _, folder = written
    day = rounds.TODAY  # What is due depends on it.
    with Workspace.open(folder.parent / "werk map") as later:
        write(later, tmp_path / "weer", "nl", as_of=day)
        write(later, tmp_path / "engels", "en", as_of=day)
    assert hashes(tmp_path / "weer") == hashes(folder)
    english, dutch = hashes(tmp_path / "engels"), hashes(folder)
    same = {name for name in dutch if dutch[name] == english.get(name)}
    assert {f"{table}.csv" for table in TABLES} | {"codebook.csv", "datapackage.json"} <= same
    assert "report.pdf" not in same


def test_parquet_holds_the_same_tables_with_their_types(
    written: tuple[Synthesis, Path],
) -> None:
    _, folder = written
    for name in TABLES:
        table = pd.read_parquet(folder / "parquet" / f"{name}.parquet")
        plain = read(folder, name)
        assert list(table.columns) == list(plain.columns)
        assert len(table) == len(plain)
    effects = pd.read_parquet(folder / "parquet" / "effects.parquet")
    kinds = {name: str(effects[name].dtype) for name in ("yi", "n_t", "pooled", "project")}
    assert kinds == {"yi": "float64", "n_t": "Int64", "pooled": "boolean", "project": "string"}
    assert effects["yi"].tolist() == pytest.approx(
        read(folder, "effects")["yi"].tolist(), nan_ok=True
    )


def test_the_workbook_has_a_sheet_for_each_table_with_numbers_as_numbers(
    written: tuple[Synthesis, Path],
) -> None:
    found, folder = written
    sheets = pd.read_excel(folder / "synthesis.xlsx", sheet_name=None, keep_default_na=False)
    assert list(sheets) == [*TABLES, "codebook"]
    effects = sheets["effects"]
    assert len(effects) == len(found.effects)
    given = [row.yi for row in found.effects if row.yi is not None]
    # Excel keeps fifteen digits.
    assert [cell for cell in effects["yi"] if cell != ""] == pytest.approx(given, rel=1e-14)
    assert set(sheets["codebook"]["table"]) == set(TABLES)


def test_the_crate_names_every_file_by_its_hash(written: tuple[Synthesis, Path]) -> None:
    from rocrate.rocrate import ROCrate

    found, folder = written
    crate = ROCrate(str(folder))
    described = {entity.id: entity for entity in crate.data_entities}
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert set(described) == names - {"ro-crate-metadata.json"}
    for name, entity in described.items():
        content = (folder / name).read_bytes()
        assert entity["sha256"] == hashlib.sha256(content).hexdigest()
        assert entity["encodingFormat"] != "application/octet-stream", name
    assert crate.root_dataset["identifier"] == found.hash
    text = (folder / "ro-crate-metadata.json").read_text("utf-8")
    assert all(design.hash in text for design in found.designs)


def test_the_notebook_computes_every_estimate_again(
    written: tuple[Synthesis, Path], tmp_path: Path
) -> None:
    folder = shutil.copytree(written[1], tmp_path / "kopie")
    found = run_notebook(folder)
    for table in ("pooled", "sensitivity", "multilevel", "moderators", "goals-pooled"):
        rows = len(pd.read_csv(folder / f"{table}.csv"))
        told = re.search(rf"^{table}.csv: (\d+) numbers computed again, 0 differ", found, re.M)
        assert (int(told[1]) >= 6 * rows > 0) if told else rows == 0, table


def test_the_notebook_notices_a_changed_number(
    written: tuple[Synthesis, Path], tmp_path: Path
) -> None:
    folder = shutil.copytree(written[1], tmp_path / "kopie")
    pooled = pd.read_csv(folder / "pooled.csv", dtype=str)
    pooled.loc[0, "estimate"] = str(float(pooled.loc[0, "estimate"]) + 0.01)
    pooled.to_csv(folder / "pooled.csv", index=False)
    with pytest.raises(AssertionError, match=r"pooled.csv row 1, estimate"):
        run_notebook(folder)


def run_notebook(folder: Path) -> str:
    """What the notebook prints; its first error, raised."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Those of Jupyter's own machinery.
        import nbformat
        from nbclient import NotebookClient
        from nbclient.exceptions import CellExecutionError

        notebook = nbformat.read(folder / "analysis.ipynb", as_version=4)
        client = NotebookClient(notebook, resources={"metadata": {"path": str(folder)}})
        try:
            client.execute()
        except CellExecutionError as error:
            raise AssertionError(str(error)) from None
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    return "".join(output.get("text", "") for output in outputs)
