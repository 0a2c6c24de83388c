"""The whole runs in ``examples/`` do what their pages say, command by command."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
import pytest

from tests.conftest import ROOT
from tests.docs.pages import blocks
from tests.docs.playing import Player, evalkit

CASES = {"lof-small": "leeskringen", "datateam": "economie-havo"}


class Run(NamedTuple):
    """An example that was played in a folder of its own."""

    folder: Path
    project: str

    def table(self, name: str) -> pd.DataFrame:
        return pd.read_csv(self.folder / "synthesis" / f"{name}.csv")

    def shown(self, *words: str) -> Any:
        code, printed = evalkit(["-w", str(self.folder / "work"), *words, "--json"])
        assert code == 0, printed
        return json.loads(printed)


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    """All examples, each played once from its own page."""
    played = {}
    for case, project in CASES.items():
        source = ROOT / "examples" / case
        folder = tmp_path_factory.mktemp(case) / "copy"
        shutil.copytree(source, folder)
        with pytest.MonkeyPatch.context() as patch:
            for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "EVALKIT_WORKSPACE"):
                patch.delenv(name, raising=False)
            Player(source / "README.md", folder, patch).play()
        played[case] = Run(folder, project)
    return played


@pytest.fixture
def lof(runs: dict[str, Run]) -> Run:
    return runs["lof-small"]


@pytest.fixture
def team(runs: dict[str, Run]) -> Run:
    return runs["datateam"]


@pytest.mark.parametrize("case", CASES)
def test_the_page_tells_the_whole_run(case: str) -> None:
    text = "\n".join(
        block.text for block in blocks(ROOT / "examples" / case / "README.md")
    )  # fmt: skip
    for command in ("init", "project add", "design", "collect", "cycle add", "card", "status",
                    "synthesize"):  # fmt: skip
        assert f"evalkit {command}" in text or f"evalkit -w work {command}" in text, command


@pytest.mark.parametrize("case", CASES)
def test_it_says_that_everything_is_made_up(case: str) -> None:
    folder = ROOT / "examples" / case
    assert "Everything here is made up" in (folder / "README.md").read_text(encoding="utf-8")
    for path in folder.rglob("*.yaml"):
        assert "ade up" in path.read_text(encoding="utf-8").splitlines()[0], path
    for path in folder.glob("results/*.csv"):
        schools = pd.read_csv(path)["school"]
        assert schools.str.fullmatch(r"00X[A-Z]").all(), path


@pytest.mark.parametrize("case", CASES)
def test_nothing_that_was_due_is_missing(case: str, runs: dict[str, Run]) -> None:
    run = runs[case]
    design = json.loads((run.folder / "design" / "design.json").read_text(encoding="utf-8"))
    assert design["variant"] == "small"
    assert {f["severity"] for f in design["findings"]} <= {"info"}
    status = run.shown("status", "--as-of", "2028-07-10")
    waves = {row["wave"]: row for row in status["waves"]}
    for wave in ("baseline", "post"):
        assert (waves[wave]["status"], waves[wave]["missing"]) == ("complete", [])
    assert waves["baseline"]["baseline"] == "proven"


@pytest.mark.parametrize("case", CASES)
def test_the_report_is_there_in_every_form(case: str, runs: dict[str, Run]) -> None:
    folder = runs[case].folder / "synthesis"
    for name in ("report.pdf", "report.html", "effects.csv", "moederbestand.csv", "analysis.R"):
        assert (folder / name).stat().st_size > 0, name


# A LOF project


def test_every_goal_of_the_fund_has_an_effect(lof: Run) -> None:
    effects = lof.table("effects").set_index(["measure", "wave"])
    for measure in ("lesson_renewal", "teaching_strength", "profession_appeal", "school_renewal",
                    "knowledge_sharing"):  # fmt: skip
        row = effects.loc[(f"lof.{measure}", "post")]
        assert (row["comparison"], row["pooled"]) == ("rejected_applicants", True)
        assert (row["n_t"], row["n_c"]) == (6, 7)


def test_own_goals_are_scored_and_not_compared(lof: Run) -> None:
    effects = lof.table("effects").set_index(["measure", "wave"])
    row = effects.loc[("core.own_goals", "post")]
    # T = 50 + 10 (2·1 + 1·1) / √(0.7·(4 + 1) + 0.3·9) = 62.05 (Kiresuk & Sherman 1968)
    assert row["mean_t"] == pytest.approx(62.05, abs=0.01)
    assert not row["pooled"]


# A data team


def test_the_team_went_back_twice(team: Run) -> None:
    shown = team.shown("cycle", "show", team.project, "1")
    steps = shown["cycle"]["steps"]
    assert [s["back_to"] for s in steps if s["back_to"]] == ["collection", "hypothesis"]
    verdicts = [s["verdict"] for s in steps if s["verdict"]]
    assert verdicts == ["refuted", "confirmed"]
    post = pd.read_csv(team.folder / "results" / "post-school.csv").iloc[0]
    assert post["datateams.hypotheses_tested"] == len(verdicts)
    assert post["datateams.hypotheses_confirmed"] == verdicts.count("confirmed")


def test_grades_are_compared_class_by_class(team: Run) -> None:
    row = team.table("effects").set_index(["measure", "wave"]).loc["datateams.exam_results", "post"]
    assert (row["clusters_t"], row["clusters_c"]) == (3, 3)
    assert (row["n_t"], row["n_c"], row["baseline"]) == (24, 24, "proven")


def test_a_log_that_is_refused_leaves_no_trace(team: Run, tmp_path: Path) -> None:
    text = (team.folder / "cycles" / "1.yaml").read_text(encoding="utf-8")
    wrong = tmp_path / "2.yaml"
    wrong.write_text(
        text.replace("number: 1", "number: 2").replace("    back_to: hypothesis\n", ""),
        encoding="utf-8",
    )
    code, printed = evalkit(["-w", str(team.folder / "work"), "--lang", "en", "cycle", "add",
                             str(wrong)])  # fmt: skip
    assert code == 2
    assert "cycle.refuted_no_return" in printed
    assert "cycle.step_order" in printed
    assert "2.yaml · line" in printed
    listed = team.shown("cycle", "list")
    assert len(listed) == 1


def test_what_is_logged_may_be_added_to_but_not_changed(team: Run, tmp_path: Path) -> None:
    text = (team.folder / "cycles" / "1.yaml").read_text(encoding="utf-8")
    changed = tmp_path / "1.yaml"
    changed.write_text(text.replace("verdict: refuted", "verdict: confirmed"), encoding="utf-8")
    code, printed = evalkit(["-w", str(team.folder / "work"), "--lang", "en", "cycle", "add",
                             str(changed)])  # fmt: skip
    assert code == 1
    assert "steps" in printed
