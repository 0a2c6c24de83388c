"""The effect table of a workspace: waves, subgroups, features, yes-or-no measures, requests."""

from __future__ import annotations

import datetime as dt
import io
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from evalkit.errors import FindingsError
from evalkit.model.design import Design
from evalkit.model.effect import EffectSize
from evalkit.model.vocabulary import ChosenBy, Contrast, Note, NotPooled, WaveKind
from evalkit.synthesis.tables import codebook, feature_columns, frame, to_csv
from evalkit.workspace import designs
from evalkit.workspace.synthesis import synthesize, write
from evalkit.workspace.workspace import Workspace
from tests.conftest import ROOT

from . import rounds

SCORE, PASSED = "fonds.score", "fonds.passed"
INTERIM = "interim|pupil|unit"
BINARY = """\
measures:
  - id: fonds.passed
    version: "1.0"
    label: {nl: geslaagd, en: passed}
    description: {nl: Of de leerling slaagde., en: Whether the pupil passed.}
    kind: outcome
    level: micro
    respondent: pupil
    source: register
    domain: achievement
    scale: {type: binary, better: higher}
    minutes: 0
"""
WAVES = """\
waves:
  - id: interim
    kind: interim
    label: {nl: tussenmeting, en: interim}
    opens: {anchor: start, days: 100}
    closes: {anchor: start, days: 160}
"""
REQUIRED = """\
requires:
  - {measure: fonds.passed, waves: [baseline, interim, post]}
"""


def fund(workspace: Workspace, folder: Path) -> None:
    """A scheme with a yes-or-no measure and an interim measurement."""
    text = rounds.PROTOCOL.replace("id: fonds-klein", "id: fonds-tussen")
    text = text.replace("measures:\n", WAVES + BINARY, 1).replace("requires:\n", REQUIRED, 1)
    score = "{measure: fonds.score, waves: [baseline, "
    text = text.replace(f"{score}post]", f"{score}interim, post]")
    rounds.add_protocol(workspace, folder, text)


def rows_of(workspace: Workspace, measure: str, **options: Any) -> dict[str, EffectSize]:
    found = synthesize(workspace, **options)
    return {row.wave: row for row in found.effects if row.measure == measure}


@pytest.fixture
def project(workspace: Workspace, tmp_path: Path) -> Design:
    """A project of two years with three waves of a score and of passing."""
    fund(workspace, tmp_path)
    workspace.today = dt.date(2028, 7, 1)
    text = rounds.project_text(
        protocol="fonds-tussen",
        end=dt.date(2027, 7, 2),
        more="features: {ict_use: 12, unit_size: groot}\n",
    )
    design = rounds.designed(workspace, tmp_path, text)
    kinds = {wave.kind: wave for wave in design.waves}
    taken, parts = {}, {}
    for kind, name in ((WaveKind.baseline, "baseline"), (WaveKind.interim, "interim"),
                       (WaveKind.post, "post")):  # fmt: skip
        wave = kinds[kind]
        taken[wave.id] = wave.opens
        pupils = rounds.pupils(name, measures=(SCORE,), per_arm=30)
        parts[f"{wave.id}|pupil|unit"] = [
            row | {PASSED: "ja" if row[SCORE] > 54 else "nee"} for row in pupils
        ]
    rounds.deliver(workspace, design, parts, tmp_path, taken)
    return design


def test_an_interim_measurement_has_a_row_that_is_not_pooled(
    workspace: Workspace, project: Design
) -> None:
    rows = rows_of(workspace, SCORE)
    kinds = {row.wave_kind: row for row in rows.values()}
    assert set(kinds) == {WaveKind.interim, WaveKind.post}
    interim, post = kinds[WaveKind.interim], kinds[WaveKind.post]
    assert (interim.pooled, interim.not_pooled_because) == (False, NotPooled.interim)
    assert (post.pooled, post.metric, interim.metric) == (True, "DPPC2", "DPPC2")
    assert interim.yi is not None
    assert interim.contrast is post.contrast is Contrast.arms
    assert {p.wave for p in synthesize(workspace).pooled if p.measure == SCORE} == {post.wave}


def test_a_yes_or_no_measure_is_a_cox_index_with_its_events(
    workspace: Workspace, project: Design
) -> None:
    row = rows_of(workspace, PASSED)["post"]
    assert (row.metric, row.pooled, row.n_t, row.n_c) == ("COX", True, 60, 60)
    assert row.events_t is not None
    assert row.events_c is not None
    assert row.mean_t == pytest.approx(row.events_t / 60)
    assert row.pre_mean_t is not None
    assert row.baseline_difference is not None
    assert "cox_did" in (row.formula or "")
    (pooled,) = (p for p in synthesize(workspace).pooled if p.measure == PASSED)
    assert (pooled.family, pooled.estimate) == ("g", pytest.approx(row.yi))


def test_a_predicted_relation_has_a_row_beside_the_contrasts(
    workspace: Workspace, tmp_path: Path
) -> None:
    fund(workspace, tmp_path)
    workspace.today = dt.date(2028, 7, 1)
    text = rounds.project_text(protocol="fonds-tussen", end=dt.date(2027, 7, 2))
    text = re.sub(r"(predictions: .*measure: )[^}]+", rf"\1{SCORE}, goes_with: {PASSED}", text)
    design = rounds.designed(workspace, tmp_path, text)
    wave = next(wave for wave in design.waves if wave.kind is WaveKind.post)
    pupils = rounds.pupils("post", measures=(SCORE,), per_arm=30)
    rows = [row | {PASSED: "ja" if row[SCORE] > 54 else "nee"} for row in pupils]
    part = {f"{wave.id}|pupil|unit": rows}
    rounds.deliver(workspace, design, part, tmp_path, {wave.id: wave.opens})
    found = synthesize(workspace)
    (row,) = found.relations
    own = pd.DataFrame(rows).query("arm == 'intervention'")
    r = np.corrcoef(own[SCORE], own[PASSED] == "ja")[0, 1]
    assert (row.measure, row.goes_with, row.wave) == (SCORE, PASSED, wave.id)
    assert row.yi == pytest.approx(np.arctanh(r))
    table = frame((*found.effects, *found.relations), EffectSize)
    assert "relation" not in {r.contrast for r in found.effects}
    assert list(table["metric"]).count("ZCOR") == 1


def test_features_are_columns_of_their_own(
    workspace: Workspace, project: Design, tmp_path: Path
) -> None:
    found, _ = write(workspace, tmp_path / "uit", "nl")
    table = pd.read_csv(tmp_path / "uit" / "effects.csv")
    assert set(table["feature_ict_use"]) == {12.0}
    assert set(table["feature_unit_size"]) == {"groot"}
    assert "features" not in table
    book = pd.read_csv(tmp_path / "uit" / "codebook.csv")
    told = book[book["table"] == "effects"].set_index("column")["type"]
    assert list(told.index) == list(table.columns)
    assert (told["feature_ict_use"], told["feature_unit_size"]) == ("number", "string")
    assert {row.level for row in found.effects} == {"micro"}


def test_a_feature_that_is_a_word_somewhere_is_one_everywhere() -> None:
    blank = {n: None for n, f in EffectSize.model_fields.items() if f.is_required()}
    rows = [EffectSize.model_construct(**blank, features=f) for f in ({"a": 1.0}, {"a": "b"}, {})]
    assert feature_columns(rows) == {"feature_a": "string"}
    assert "feature_a" in set(codebook(feature_columns(rows))["column"])
    back = pd.read_csv(io.BytesIO(to_csv(frame(rows, EffectSize))))
    assert back["feature_a"].fillna("").tolist() == ["1.0", "b", ""]


# Requests


def test_a_researcher_can_ask_for_another_metric(workspace: Workspace, project: Design) -> None:
    asked = synthesize(workspace, metrics=["MD", f"{PASSED}=or"])
    post = {row.measure: row for row in asked.effects if row.wave == "post"}
    assert (post[SCORE].metric, post[PASSED].metric) == ("MD", "OR")
    assert {row.chosen_by for row in post.values()} == {ChosenBy.asked}
    assert {p.measure: p.family for p in asked.pooled} == {SCORE: "MD", PASSED: "lnOR"}
    assert not asked.findings
    assert {r.chosen_by for r in synthesize(workspace).effects} == {ChosenBy.rule}


def test_what_cannot_be_had_is_said_once(
    workspace: Workspace, project: Design, tmp_path: Path
) -> None:
    found, _ = write(workspace, tmp_path / "uit", "nl", metrics=["OR"])
    (remark,) = found.findings
    assert (remark.code, remark.severity) == ("synthesis.metric_impossible", "info")
    by_measure = {row.measure: row for row in found.effects if row.wave == "post"}
    assert by_measure[SCORE].notes == (Note.asked_impossible,)
    assert (by_measure[SCORE].metric, by_measure[PASSED].metric) == ("DPPC2", "OR")
    assert "asked_impossible" in (tmp_path / "uit" / "effects.csv").read_text(encoding="utf-8")


def test_requests_that_cannot_be_are_refused_together(
    workspace: Workspace, project: Design, tmp_path: Path
) -> None:
    wanted = ["D", "fonds.weg=SMD", "SMD", "MD", "GAS"]
    with pytest.raises(FindingsError) as caught:
        write(workspace, tmp_path / "uit", "nl", metrics=wanted)
    assert rounds.codes(caught.value.findings) == [
        "synthesis.metric_unknown", "synthesis.metric_measure", "synthesis.metric_twice",
        "synthesis.metric_unknown",
    ]  # fmt: skip
    assert not (tmp_path / "uit").exists()


# A cross-over of subjects

GRADES = "iio.grades"


def graded(design: Design, *, post: bool, subject: bool = True) -> list[dict[str, Any]]:
    rng = np.random.default_rng(5)
    rows = []
    for school in design.project.schools:
        for name, arm in school.subjects.items():
            level = rng.normal(6.5, 0.3)
            for i in range(12):
                grade = level + rng.normal(0, 0.6) + 0.4 * (post and arm == "intervention")
                row = {"school": school.brin, "class": "5a", "subject": name, "unit": f"p{i}",
                       GRADES: round(min(10, max(1, grade)), 1)}  # fmt: skip
                if not subject:
                    del row["subject"]
                    row |= {"arm": arm.value, "unit": f"p{i}-{name}"}
                rows.append(row)
    return rows


@pytest.fixture
def crossed(workspace: Workspace) -> Design:
    project, _, _ = designs.add_project(workspace, ROOT / "examples/iio-crossover/project.yaml")
    return designs.make(workspace, project.id)


def delivered(workspace: Workspace, design: Design, folder: Path, **options: Any) -> list[str]:
    waves = {wave.kind: wave for wave in design.waves}
    before, after = waves[WaveKind.baseline], waves[WaveKind.post]
    workspace.today = after.closes + dt.timedelta(days=1)
    parts = {
        f"{before.id}|pupil|unit": graded(design, post=False, **options),
        f"{after.id}|pupil|unit": graded(design, post=True, **options),
    }
    taken = {before.id: before.opens, after.id: after.opens}
    result = rounds.deliver(workspace, design, parts, folder, taken)
    return [finding.code for stored in result.stored for finding in stored.findings]


def test_each_subject_is_compared_with_its_own_control(
    workspace: Workspace, crossed: Design, tmp_path: Path
) -> None:
    assert "intake.subject_missing" not in delivered(workspace, crossed, tmp_path)
    found, _ = write(workspace, tmp_path / "uit", "nl")
    rows = {row.subgroup: row for row in found.effects if row.measure == GRADES}
    whole = rows.pop("all")
    assert (whole.contrast, whole.pooled) == (Contrast.pairs, True)
    assert (whole.n_t, whole.n_c, whole.clusters_t, whole.clusters_c) == (504, 504, 42, 42)
    assert whole.r_source == "rows"
    assert (whole.attrition, whole.baseline_verdict != "unknown") == (0, True)
    assert set(rows) == {f"subject:{s}" for s in crossed.project.schools[0].subjects}
    for row in rows.values():
        assert (row.pooled, row.not_pooled_because) == (False, NotPooled.subgroup)
        assert (row.n_t, row.clusters_t) == (84, 7)
    assert [p.k for p in found.pooled if p.measure == GRADES] == [1]
    weighted = np.mean([r.mean_t - r.mean_c for r in rows.values()])  # type: ignore[operator]
    assert whole.mean_t - whole.mean_c == pytest.approx(weighted)  # type: ignore[operator]


def test_a_file_without_the_subject_is_still_read_and_compared_by_arm(
    workspace: Workspace, crossed: Design, tmp_path: Path
) -> None:
    assert "intake.subject_missing" in delivered(workspace, crossed, tmp_path, subject=False)
    (row,) = (r for r in synthesize(workspace).effects if r.measure == GRADES)
    assert (row.contrast, row.subgroup, row.n_t, row.n_c) == (Contrast.arms, "all", 504, 504)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"subject": "wiskunde_x"}, "intake.not_a_choice"),
        ({"subject": None}, "intake.required"),
        ({"subject": "biologie", "arm": "intervention"}, "intake.subject_arm"),
    ],
)
def test_subjects_that_cannot_be(
    workspace: Workspace, crossed: Design, tmp_path: Path, change: dict[str, Any], code: str
) -> None:
    wave = next(w for w in crossed.waves if w.kind is WaveKind.baseline)
    rows = graded(crossed, post=False)
    rows[0] |= {"unit": "p99"} | change
    with pytest.raises(FindingsError) as caught:
        rounds.deliver(
            workspace, crossed, {f"{wave.id}|pupil|unit": rows}, tmp_path, {wave.id: wave.opens}
        )
    errors = [finding.code for finding in caught.value.findings if finding.is_error]
    assert errors == [code]
