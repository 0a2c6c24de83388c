"""``evalkit cards``: select, save, list and export, as a person types it."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pytest

from evalkit.synthesis.card_records import VARIABLES

from .conftest import Run

OURS = "goal_reached <= somewhat and phase == implementation"


@pytest.fixture
def own(work: Path, tmp_path: Path) -> Path:
    """The workspace, to write in."""
    return Path(shutil.copytree(work, tmp_path / "werk"))


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_projects_and_the_reference_are_selected_together(run: Run, work: Path) -> None:
    asked = ("-w", work, "cards", "select", "--json", "--where")
    found = run(*asked, OURS).json()
    assert ("units-oost", "workspace") in [(r["project"], r["source"]) for r in found["meets"]]
    assert "units-nieuw" not in str(found)  # It has no card yet.
    (only,) = run(*asked, OURS, "--source", "workspace").json()["meets"]
    assert only["values"] == {"goal_reached": ["somewhat"], "phase": ["implementation"]}
    reference = run(*asked, OURS, "--source", "reference").json()
    assert all(r["source"] == "reference" for got in ("meets", "fails") for r in reference[got])


def test_the_reference_needs_no_workspace(run: Run, tmp_path: Path) -> None:
    found = run("cards", "select", "--query", "opposite", "--source", "reference", "--json").json()
    assert [row["project"] for row in found["meets"]] == [
        "slimfit", "videolessen", "samen_leren_innoveren_ict",
    ]  # fmt: skip
    assert found["meets"][0]["by_selection"] == ["goal_reached", "phase"]
    assert {"goal_reached", "phase"} >= set(found["undecided"][0]["open"])
    shown = run("cards", "select", "--query", "opposite", "--lang", "nl").out
    assert "voldoet: 3" in shown
    assert "IIO SlimFit" in shown


def test_all_columns_can_be_shown_of_all_cards(run: Run, work: Path) -> None:
    shown = run("-w", work, "cards", "select", "--where", "project is known", "--columns",
                ",".join(VARIABLES), "--lang", "en")  # fmt: skip
    assert (shown.code, shown.err) == (0, "")
    assert "meets: 33" in shown.out
    rungs = run("cards", "select", "--where", "id = lof", "--columns", "rung", "--lang", "nl").out
    assert "4 of 5" in rungs


def test_a_selection_is_written_as_csv(run: Run, work: Path, tmp_path: Path) -> None:
    out = tmp_path / "uit" / "keuze.csv"
    done = run("-w", work, "cards", "select", "--where", "rung >= 5", "--csv", out,
               "--columns", "rung, hindering_factors")  # fmt: skip
    assert done.code == 0
    written = rows(out)
    assert list(written[0])[3:] == ["outcome", "ladder_rung", "hindering_factors"]
    ours = {r["project"]: r for r in written}["units-oost"]
    assert (ours["outcome"], ours["ladder_rung"]) == ("meets", "5")
    assert ours["hindering_factors"] == "physical_space; staffing"
    assert {r["outcome"] for r in written} == {"meets", "undecided"}


def test_a_condition_is_saved_and_used_again(run: Run, own: Path) -> None:
    saved = run("-w", own, "cards", "select", "--where", OURS, "--save", "onderweg", "--json")
    again = run("-w", own, "cards", "select", "--query", "onderweg", "--json")
    assert saved.code == again.code == 0
    assert saved.json()["meets"] == again.json()["meets"]
    listed = run("-w", own, "cards", "queries", "--json").json()
    assert [q["id"] for q in listed] == ["lasting_success", "opposite", "onderweg"]
    assert run("-w", own, "cards", "select", "--where", OURS, "--save", "onderweg").code == 0
    other = run("-w", own, "cards", "select", "--where", "rung > 1", "--save", "onderweg")
    shipped = run("-w", own, "cards", "select", "--where", "rung > 1", "--save", "opposite")
    name = run("-w", own, "cards", "select", "--where", "rung > 1", "--save", "Mijn keuze")
    assert (other.code, shipped.code, name.code) == (1, 1, 1)
    assert len(run("-w", own, "cards", "queries", "--json").json()) == 3


def test_what_is_wrong_is_said_and_nothing_is_kept(run: Run, own: Path, tmp_path: Path) -> None:
    out = tmp_path / "keuze.csv"
    asked = ("-w", own, "cards", "select", "--json")
    wrong = run(*asked, "--where", "rng > 1 and phase == sustained", "--save", "x", "--csv", out)
    assert wrong.code == 2
    found = wrong.json()["findings"]
    assert [f["code"] for f in found] == ["query.column", "query.value"]
    assert "sustaining (bedoel je deze?)" in found[1]["remedy"]["nl"]
    columns = run(*asked, "--where", "rung > 1", "--columns", "rung,fase,x", "--save", "x")
    assert [f["code"] for f in columns.json()["findings"]] == ["query.column"] * 2
    assert run(*asked, "--query", "laatste").code == 1
    assert run(*asked).code == run(*asked, "--where", "rung > 1", "--query", "opposite").code == 2
    assert not out.exists()
    assert not (own / "queries.yaml").exists()
    (own / "queries.yaml").write_text("queries: [{id: a}]", encoding="utf-8")
    assert run("-w", own, "cards", "queries").code == 2


def test_the_moederbestand_is_written_with_its_factors(
    run: Run, work: Path, tmp_path: Path
) -> None:
    out = tmp_path / "uit"
    assert run("-w", work, "cards", "export", "--out", out).code == 0
    assert sorted(path.name for path in out.iterdir()) == [
        "codebook.csv", "factor-counts.csv", "factors.csv", "moederbestand-long.csv",
        "moederbestand.csv",
    ]  # fmt: skip
    (card,) = rows(out / "moederbestand.csv")
    assert card["hindering_factors"] == "physical_space: te kleine lokalen; staffing: ziekte"
    first, _ = rows(out / "factors.csv")
    assert (first["factor"], first["side"], first["category"], first["ladder_rung"]) == (
        "physical_space", "hindering", "lack_of_means", "5",
    )  # fmt: skip
    counts = rows(out / "factor-counts.csv")
    (total,) = [r for r in counts if r["by"] == "all" and not r["factor"]]
    assert (total["projects"], total["out_of"]) == ("1", "1")
    described = {row["table"] for row in rows(out / "codebook.csv")}
    assert described == {"moederbestand", "moederbestand-long", "factors", "factor-counts"}


def test_the_reference_is_written_without_a_workspace(run: Run, tmp_path: Path) -> None:
    assert run("cards", "export", "--source", "reference", "--out", tmp_path / "uit").code == 0
    assert len(rows(tmp_path / "uit" / "moederbestand.csv")) == 32
    empty = run("init", tmp_path / "leeg")
    assert empty.code == 0
    none = run("-w", tmp_path / "leeg", "cards", "export", "--out", tmp_path / "niets")
    assert (none.code, none.err.count("\n")) == (1, 1)
    assert not (tmp_path / "niets").exists()
