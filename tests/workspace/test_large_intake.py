"""Files of more rows than fit in memory come in as any other file does."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from evalkit.collect import large
from evalkit.errors import EvalkitError, FindingsError
from evalkit.model.design import Design
from evalkit.model.finding import Finding
from evalkit.model.submission import Submission
from evalkit.workspace import intake
from evalkit.workspace.intake import Request, collect
from evalkit.workspace.workspace import Workspace

from . import rounds
from .rounds import BEFORE, codes


@pytest.fixture
def small_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """From six rows on a file is large, and is kept four rows at a time."""
    monkeypatch.setattr(large, "MOST_ROWS", 5)
    monkeypatch.setattr(large, "_AT_ONCE", 4)


def as_if_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "is_large", lambda path: False)


def parquet(folder: Path, rows: list[dict[str, object]]) -> Path:
    path = folder / "pupils [1].parquet"
    pd.DataFrame(rows).to_parquet(path)
    return path


def request(path: Path, **more: object) -> Request:
    asked = Request(path, project="units-oost", wave="baseline", taken_on=BEFORE)
    return asked._replace(**more)


def refusal(workspace: Workspace, asked: Request) -> tuple[Finding, ...]:
    with pytest.raises(FindingsError) as caught:
        collect(workspace, asked)
    assert workspace.store.submissions() == ()
    return caught.value.findings


@pytest.mark.usefixtures("small_memory")
@pytest.mark.parametrize("kind", ["parquet", "csv", "semicolons"])
def test_what_is_kept_is_what_a_small_file_gives(
    workspace: Workspace,
    design: Design,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
) -> None:
    rows = rounds.pupils("baseline")
    if kind == "parquet":
        path = parquet(tmp_path, rows)
    else:
        path = rounds.csv_of(rows, tmp_path, sep="," if kind == "csv" else ";")
    assert large.is_large(path)
    (stored,) = collect(workspace, request(path)).stored
    assert (stored.rows, stored.schools) == (len(rows), ("05KO", "12AB01", "27XY"))
    assert stored.measures == ("fonds.absence", "fonds.score")
    assert stored.key is not None
    kept = workspace.store.rows(stored)
    assert kept["fonds.score"].tolist() == [row["fonds.score"] for row in rows]
    assert not set(kept["unit"]) & {str(row["unit"]) for row in rows}
    # The same file once more, and once more as a small one: recognised by what it says.
    again = collect(workspace, request(path))
    assert (again.stored, "intake.same_data" in codes(again.findings)) == ((), True)
    as_if_small(monkeypatch)
    small = collect(workspace, request(path))
    assert (small.stored, "intake.same_data" in codes(small.findings)) == ((), True)


@pytest.mark.usefixtures("small_memory", "design")
@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_what_is_wrong_is_told_as_of_a_small_file(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    rows = rounds.pupils("baseline")
    rows[3]["fonds.score"], rows[5]["school"], rows[6]["unit"] = 900.0, "99ZZ", rows[0]["unit"]
    path = parquet(tmp_path, rows) if kind == "parquet" else rounds.csv_of(rows, tmp_path)
    found = refusal(workspace, request(path))
    assert {"intake.out_of_bounds", "intake.school_unknown"} <= set(codes(found))
    as_if_small(monkeypatch)
    assert found == refusal(workspace, request(path))


@pytest.mark.usefixtures("small_memory", "design")
def test_what_a_large_file_needs(workspace: Workspace, tmp_path: Path) -> None:
    path = parquet(tmp_path, rounds.pupils("baseline"))
    mapping = rounds.written(tmp_path, "m.yaml", "respondent: pupil\ncolumns: {school: School}\n")
    assert codes(refusal(workspace, request(path, mapping=mapping))) == ["intake.large_mapping"]
    assert codes(refusal(workspace, request(path, wave=None))) == ["intake.wave_needed"]
    with pytest.raises(EvalkitError) as caught:
        collect(workspace, request(path, project=None))
    assert caught.value.finding.code == "intake.project_needed"


@pytest.mark.usefixtures("small_memory", "design")
def test_a_large_csv_that_breaks_off(workspace: Workspace, tmp_path: Path) -> None:
    path = rounds.csv_of(rounds.pupils("baseline"), tmp_path)
    with path.open("ab") as file:
        file.write(b'"05KO,' + b"x" * 5_000_000)
    with pytest.raises(EvalkitError) as caught:
        collect(workspace, request(path))
    assert caught.value.finding.code == "intake.unreadable"
    assert str(tmp_path) not in caught.value.finding.wrong.nl


def test_small_files_are_no_large_ones(tmp_path: Path) -> None:
    rows = rounds.pupils("baseline")
    assert not large.is_large(parquet(tmp_path, rows))
    assert not large.is_large(rounds.csv_of(rows, tmp_path))
    assert not large.is_large(tmp_path / "absent.parquet")
    broken = tmp_path / "broken.parquet"
    broken.write_bytes(b"PAR1")
    assert not large.is_large(broken)


def totals(workspace: Workspace, stored: Submission) -> pd.DataFrame:
    from evalkit.collect.aggregation import WaveFile, aggregate

    path = workspace.store.vault.path(stored.blob)
    return aggregate([WaveFile(stored.wave, path)], ["fonds.score", "fonds.absence"])


@pytest.mark.usefixtures("small_memory", "design")
def test_totals_of_what_is_kept(workspace: Workspace, tmp_path: Path) -> None:
    rows = rounds.pupils("baseline")
    (stored,) = collect(workspace, request(parquet(tmp_path, rows))).stored
    found = totals(workspace, stored)
    expected = pd.DataFrame(rows).groupby(["school", "arm"])["fonds.score"]
    scores = found[found["measure"] == "fonds.score"].set_index(["school", "arm"])
    for name, function in (("n", "count"), ("mean", "mean"), ("sd", "std")):
        reckoned = expected.agg(function)
        pd.testing.assert_series_equal(
            scores[name], reckoned, check_names=False, check_dtype=False, rtol=1e-12
        )


@pytest.mark.usefixtures("small_memory")
def test_totals_of_a_project_withhold_small_groups(
    workspace: Workspace, design: Design, tmp_path: Path
) -> None:
    from evalkit.workspace.totals import totals

    rows = rounds.pupils("baseline")
    collect(workspace, request(parquet(tmp_path, rows)))
    found = totals(workspace, design.project.id)
    assert set(found["wave"]) == {"baseline"}
    sizes = pd.DataFrame(rows).groupby(["school", "arm"])["fonds.score"].count()
    for row in found[found["measure"] == "fonds.score"].itertuples():
        n = sizes[row.school, row.arm]
        assert row.suppressed or (row.n == n and n >= design.privacy.suppression_threshold)
    assert totals(workspace, design.project.id, "post").empty
    with pytest.raises(EvalkitError) as caught:
        totals(workspace, design.project.id, "nooit")
    assert caught.value.finding.code == "intake.wave_unknown"
