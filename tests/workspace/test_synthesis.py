"""From what came in to effects, pooled estimates and tables."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from evalkit.errors import EvalkitError
from evalkit.model.design import Design
from evalkit.model.effect import EffectSize
from evalkit.model.synthesis import Synthesis
from evalkit.model.vocabulary import BaselineStatus, Verdict
from evalkit.workspace.synthesis import poolable_versions, synthesize, write
from evalkit.workspace.workspace import Workspace

from . import rounds
from .rounds import BASELINE, POST, START

SCORE, ABSENCE, CLIMATE = "fonds.score", "fonds.absence", "fonds.climate"


def effect(found: Synthesis, project: str = "units-oost", measure: str = SCORE) -> EffectSize:
    (row,) = (r for r in found.effects if (r.project, r.measure) == (project, measure))
    return row


def three_projects(workspace: Workspace, folder: Path) -> None:
    """Two projects with two arms, and one with a single group."""
    for number, name in enumerate(("een", "twee")):
        made = rounds.designed(workspace, folder, rounds.project_text(name))
        rows = rounds.both_waves(seed=number, effect=4 + number)
        rounds.deliver(workspace, made, rows, folder)
    schools = {"00AA": "intervention", "00AB": "intervention"}
    text = rounds.project_text("drie", arms=rounds.ONE_ARM, schools=schools)
    made = rounds.designed(workspace, folder, text)
    rounds.deliver(workspace, made, rounds.both_waves(schools=schools), folder)


# What there must be


def test_without_results_there_is_nothing_to_synthesise(
    workspace: Workspace, tmp_path: Path
) -> None:
    for prepare in (lambda: None, lambda: rounds.designed(workspace, tmp_path)):
        prepare()
        with pytest.raises(EvalkitError) as caught:
            write(workspace, tmp_path / "uit", "nl")
        assert caught.value.finding.code == "synthesis.nothing"
        assert not (tmp_path / "uit").exists()


def test_two_arms_are_pooled_and_a_single_group_stays_out_with_the_reason(
    workspace: Workspace, tmp_path: Path
) -> None:
    three_projects(workspace, tmp_path)
    seen: list[str] = []
    found = synthesize(workspace, seen.append)
    assert seen == ["drie", "een", "twee"]
    assert found.awarded == 3
    assert [(r.project, r.measure) for r in found.effects] == [
        (project, measure) for project in ("drie", "een", "twee") for measure in (SCORE, ABSENCE)
    ]
    for row in found.effects:
        alone = row.project == "drie"
        assert row.comparison == ("single_group" if alone else "comparison_group")
        assert row.pooled is not alone
        assert row.not_pooled_because == ("single_group" if alone else None)
        assert (row.n_t, row.n_c) == ((24, 0) if alone else (24, 24))
        assert row.ladder_rung <= (4 if alone else 5)
        assert row.yi is not None
        assert row.metric == ("SMCR" if alone else "DPPC2")
    for pooled in found.pooled:
        assert (pooled.k, pooled.projects, pooled.family) == (2, ("een", "twee"), "g")
        values = [effect(found, name, pooled.measure).yi or 0 for name in ("een", "twee")]
        assert min(values) <= pooled.estimate <= max(values)
    assert {p.measure for p in found.pooled} == {SCORE, ABSENCE}


def test_a_better_intervention_has_a_positive_effect_whichever_way_the_measure_runs(
    workspace: Workspace, design: Design, tmp_path: Path
) -> None:
    rounds.deliver(workspace, design, rounds.both_waves(effect=6), tmp_path)
    found = synthesize(workspace)
    higher, lower = effect(found), effect(found, measure=ABSENCE)
    assert (higher.better, lower.better) == ("higher", "lower")
    for row in (higher, lower):
        assert row.yi is not None
        assert row.yi > 0.3
    # On the raw scale one rose and the other fell, against the comparison group.
    gain = {
        row.measure: (row.mean_t - row.pre_mean_t) - (row.mean_c - row.pre_mean_c)  # type: ignore[operator]
        for row in (higher, lower)
    }
    assert gain[SCORE] > 0 > gain[ABSENCE]


def test_a_worse_intervention_has_a_negative_effect(
    workspace: Workspace, design: Design, tmp_path: Path
) -> None:
    rounds.deliver(workspace, design, rounds.both_waves(effect=-6), tmp_path)
    assert all((row.yi or 0) < -0.3 for row in synthesize(workspace).effects)


def test_the_figures_of_a_row_are_those_of_the_data(
    workspace: Workspace, design: Design, tmp_path: Path
) -> None:
    rows = rounds.both_waves()
    rounds.deliver(workspace, design, rows, tmp_path)
    row = effect(synthesize(workspace))
    for frame, prefix in ((pd.DataFrame(rows[POST]), ""), (pd.DataFrame(rows[BASELINE]), "pre_")):
        for arm, letter in (("intervention", "t"), ("comparison", "c")):
            scores = frame.loc[frame["arm"] == arm, SCORE]
            assert getattr(row, f"{prefix}mean_{letter}") == pytest.approx(scores.mean(), abs=1e-9)
            assert getattr(row, f"{prefix}sd_{letter}") == pytest.approx(scores.std(), abs=1e-9)
    assert row.design_hash == design.hash
    assert row.plugin == f"iio {design.plugins['iio']}"
    assert (row.protocol, row.protocol_version) == ("fonds-klein", "1.0")
    assert row.formula
    assert row.r_source == "rows"


# Baselines


def test_a_late_baseline_is_not_used_and_says_so(
    workspace: Workspace, design: Design, tmp_path: Path
) -> None:
    rounds.deliver(workspace, design, rounds.both_waves(), tmp_path, {"baseline": START})
    found = synthesize(workspace)
    row = effect(found)
    assert row.baseline is BaselineStatus.late
    assert row.metric == "SMD"
    assert (row.pre_mean_t, row.pre_sd_c, row.r, row.baseline_difference) == (None,) * 4
    assert row.baseline_verdict is Verdict.unknown
    assert (design.expected_rung, row.ladder_rung) == (5, 3)
    # It counts among all contrasts, and not among those with a proven nulmeting.
    assert {(p.selection, p.k) for p in found.pooled} == {("all", 1)}
    assert found.cards[0].ladder_rung == 3
    assert ", trede 3" in (found.cards[0].outcomes or "")


def test_a_corrected_date_makes_a_baseline_one_again(
    workspace: Workspace, design: Design, tmp_path: Path
) -> None:
    rounds.deliver(workspace, design, rounds.both_waves(), tmp_path, {"baseline": START})
    rows = {BASELINE: rounds.pupils("baseline")}
    rounds.deliver(workspace, design, rows, tmp_path, reason="Verkeerde datum ingevuld")
    row = effect(synthesize(workspace))
    assert (row.baseline, row.metric) == (BaselineStatus.proven, "DPPC2")
    assert (row.n_t, row.n_c) == (24, 24)


def test_without_a_baseline_there_is_none(
    workspace: Workspace, design: Design, tmp_path: Path
) -> None:
    rounds.deliver(workspace, design, {POST: rounds.pupils("post")}, tmp_path)
    row = effect(synthesize(workspace))
    assert (row.baseline, row.baseline_verdict) == (BaselineStatus.absent, Verdict.unknown)
    assert (row.metric, row.ladder_rung, row.pooled) == ("SMD", 3, True)


def test_arms_that_differed_at_the_start_are_left_out_of_the_sound_selection(
    workspace: Workspace, tmp_path: Path
) -> None:
    for name, shift in (("gelijk", 0.0), ("ongelijk", 15.0)):
        made = rounds.designed(workspace, tmp_path, rounds.project_text(name))
        rows = rounds.both_waves(measures=(SCORE,), per_arm=30)
        for row in (*rows[BASELINE], *rows[POST]):
            row[SCORE] += shift * (row["arm"] == "intervention")
        rounds.deliver(workspace, made, rows, tmp_path)
    found = synthesize(workspace)
    assert effect(found, "ongelijk").baseline_verdict is Verdict.fails
    assert (effect(found, "ongelijk").baseline_difference or 0) > 0.25
    assert effect(found, "ongelijk").ladder_rung == 3
    selections = {p.selection: p.projects for p in found.pooled}
    assert selections == {"all": ("gelijk", "ongelijk"), "equivalent": ("gelijk",)}


# Data that come in parts


def test_schools_and_measures_that_came_separately_all_count(
    workspace: Workspace, design: Design, tmp_path: Path
) -> None:
    whole = synthesized_whole(workspace, tmp_path)
    for school in rounds.THREE_SCHOOLS.items():
        rows = rounds.both_waves(schools=dict([school]), measures=(SCORE,))
        rounds.deliver(workspace, design, rows, tmp_path)
    rounds.deliver(workspace, design, rounds.both_waves(measures=(ABSENCE,)), tmp_path)
    found = synthesize(workspace)
    for measure in (SCORE, ABSENCE):
        assert (effect(found, measure=measure).n_t, effect(found, measure=measure).n_c) == (24, 24)
    absence = effect(found, measure=ABSENCE)
    assert absence.yi == pytest.approx(effect(whole, "geheel", ABSENCE).yi, abs=1e-12)


def synthesized_whole(workspace: Workspace, folder: Path) -> Synthesis:
    made = rounds.designed(workspace, folder, rounds.project_text("geheel"))
    rounds.deliver(workspace, made, rounds.both_waves(), folder)
    return synthesize(workspace)


def test_superseded_data_do_not_count(workspace: Workspace, design: Design, tmp_path: Path) -> None:
    rounds.deliver(workspace, design, rounds.both_waves(effect=9), tmp_path)
    rounds.deliver(workspace, design, rounds.both_waves(effect=-9), tmp_path, reason="Verwisseld")
    row = effect(synthesize(workspace))
    assert (row.n_t, row.n_c) == (24, 24)
    assert (row.yi or 0) < 0


def test_totals_per_school_give_an_effect_too(workspace: Workspace, tmp_path: Path) -> None:
    schools = {f"{i:02}AA": ("intervention", "comparison")[i % 2] for i in range(1, 13)}
    made = rounds.designed(workspace, tmp_path, rounds.project_text(schools=schools))
    parts = {}
    for wave, gain in (("baseline", 0), ("post", 6)):
        parts[f"{wave}|pupil|aggregate"] = [
            {"school": brin, "arm": role, "measure": SCORE, "n": 20,
             "mean": 50 + i % 3 + gain * (role == "intervention"), "sd": 8}
            for i, (brin, role) in enumerate(schools.items())
        ]  # fmt: skip
    rounds.deliver(workspace, made, parts, tmp_path)
    row = effect(synthesize(workspace))
    assert (row.n_t, row.n_c, row.metric, row.r_source) == (120, 120, "DPPC2", "default")
    assert (row.yi or 0) > 0


def test_schools_are_matched_to_themselves(workspace: Workspace, tmp_path: Path) -> None:
    """Rows about schools have no code of a person; the school itself is the unit."""
    schools = {f"{i:02}AA": ("intervention", "comparison")[i % 2] for i in range(1, 13)}
    made = rounds.designed(
        workspace, tmp_path, rounds.project_text(schools=schools, assignment="school")
    )
    pre = [{"school": brin, CLIMATE: 40 + i} for i, brin in enumerate(schools)]
    post = [
        {"school": brin, CLIMATE: 45 + i + i % 3 + 3 * (role == "intervention")}
        for i, (brin, role) in enumerate(schools.items())
    ]
    rows = {"baseline|school|unit": pre, "post|school|unit": post}
    rounds.deliver(workspace, made, rows, tmp_path)
    row = effect(synthesize(workspace), measure=CLIMATE)
    assert (row.n_t, row.n_c, row.metric, row.r_source) == (6, 6, "DPPC2", "rows")
    assert (row.r or 0) > 0.9


@pytest.mark.parametrize(
    ("rows", "reason", "sizes"),
    [
        (lambda wave: rounds.pupils(wave)[:1], "small_group", (None, None)),
        (lambda wave: rounds.pupils(wave, schools={"05KO": "intervention"}), "single_group",
         (12, 0)),
        (lambda wave: rounds.pupils(wave, schools={"12AB01": "comparison"}), None, (0, 12)),
        (lambda wave: [row | {SCORE: 50} for row in rounds.pupils(wave)], "no_variance", (24, 24)),
    ],
    ids=["one pupil", "one arm", "the other arm", "all the same"],
)  # fmt: skip
def test_too_little_data_give_a_row_that_says_why(
    workspace: Workspace, design: Design, tmp_path: Path,
    rows: Any, reason: str | None, sizes: tuple[int | None, int | None],
) -> None:  # fmt: skip
    parts = {BASELINE: rows("baseline"), POST: rows("post")}
    rounds.deliver(workspace, design, parts, tmp_path)
    found, _ = write(workspace, tmp_path / "uit", "nl")
    row = effect(found)
    assert not row.pooled
    assert row.not_pooled_because
    assert reason in (None, row.not_pooled_because)
    assert (row.n_t, row.n_c) == sizes
    assert row.ladder_rung <= 4
    assert not [p for p in found.pooled if p.measure == SCORE]


def test_results_without_any_value_make_no_row(
    workspace: Workspace, design: Design, tmp_path: Path
) -> None:
    rows = {POST: rounds.pupils("post", measures=())}
    rounds.deliver(workspace, design, rows, tmp_path)
    found, _ = write(workspace, tmp_path / "uit", "nl")
    assert found.effects == found.pooled == ()
    assert [card.project for card in found.cards] == ["units-oost"]


WORDS = """\
  - id: fonds.remark
    label: {nl: opmerking, en: remark}
    description: {nl: Wat opviel., en: What was noticed.}
    kind: side_effect
    level: micro
    respondent: pupil
    source: log
    scale: {type: text, better: neutral}
    minutes: 1
  - id: fonds.sort
    label: {nl: soort, en: sort}
    description: {nl: Soort hulp., en: Sort of help.}
    kind: outcome
    level: micro
    respondent: pupil
    source: log
    scale: &sorts
      type: nominal
      better: neutral
      choices: [{value: a, label: {nl: A, en: A}}, {value: b, label: {nl: B, en: B}}]
    minutes: 1
  - id: fonds.stage
    label: {nl: fase, en: stage}
    description: {nl: Fase., en: Stage.}
    kind: process
    level: micro
    respondent: pupil
    source: log
    scale: {<<: *sorts, type: ordinal}
    minutes: 1
requires:
  - {measure: fonds.remark, waves: [post]}
  - {measure: fonds.sort, waves: [post]}
  - {measure: fonds.stage, waves: [post]}
"""


def test_words_have_no_effect_size(workspace: Workspace, tmp_path: Path) -> None:
    text = rounds.PROTOCOL.replace("requires:\n", WORDS).replace("fonds-klein", "fonds-woorden")
    rounds.add_protocol(workspace, tmp_path, text)
    made = rounds.designed(workspace, tmp_path, rounds.project_text(protocol="fonds-woorden"))
    said = {"fonds.remark": "Onrust in de gang.", "fonds.sort": "a", "fonds.stage": "b"}
    rounds.deliver(workspace, made, {POST: [r | said for r in rounds.pupils("post")]}, tmp_path)
    found, _ = write(workspace, tmp_path / "uit", "nl")
    assert {row.measure for row in found.effects} == {SCORE, ABSENCE}
    assert {row.measure for row in found.process} & set(said) == set()


# Designs and versions that change


def instruments(after: str) -> str:
    name = "{{measure: fonds.score, wave: {}, name: {}, minimum: 0, maximum: 100}}"
    tests = name.format("baseline", "A"), name.format("post", after)
    return f"instruments: [{', '.join(tests)}]"


def test_data_are_analysed_as_they_were_collected(workspace: Workspace, tmp_path: Path) -> None:
    """A project file changed afterwards does not turn two tests into one."""
    made = rounds.designed(workspace, tmp_path, rounds.project_text(more=instruments("B")))
    rounds.deliver(workspace, made, rounds.both_waves(), tmp_path)
    before = effect(synthesize(workspace))
    assert before.metric == "SMD_ADJUSTED"
    rounds.designed(workspace, tmp_path, rounds.project_text(more=instruments("A")))
    assert effect(synthesize(workspace)) == before


def test_a_row_names_the_designs_its_data_came_under(
    workspace: Workspace, design: Design, tmp_path: Path
) -> None:
    first = rounds.both_waves(schools={"05KO": "intervention"})
    rounds.deliver(workspace, design, first, tmp_path)
    newer = rounds.designed(workspace, tmp_path, rounds.project_text(more="board: '12345'"))
    rounds.deliver(workspace, newer, rounds.both_waves(schools={"12AB01": "comparison"}), tmp_path)
    row = effect(synthesize(workspace))
    assert row.design_hash == f"{design.hash} {newer.hash}"
    assert (row.n_t, row.n_c) == (12, 12)


def versioned(version: str, compatible: str = "") -> str:
    text = rounds.PROTOCOL.replace("fonds-klein", f"fonds-{version.replace('.', '-')}")
    first, score, rest = text.partition('  - id: fonds.score\n    version: "1.0"\n')
    extra = f"    compatible_with: [{compatible}]\n" if compatible else ""
    return f'{first}  - id: fonds.score\n    version: "{version}"\n{extra}{rest}' if score else ""


@pytest.mark.parametrize(
    ("compatible", "pools"),
    [
        ('"1.0"', {("1.10", 2)}),
        ("", {("1.0", 1), ("1.10", 1)}),
        ('"0.9"', {("1.0", 1), ("1.10", 1)}),
    ],
)
def test_versions_are_pooled_only_when_declared_compatible(
    workspace: Workspace, tmp_path: Path, compatible: str, pools: set
) -> None:
    for version, said in (("1.0", ""), ("1.10", compatible)):
        rounds.add_protocol(workspace, tmp_path, versioned(version, said))
        name = f"project-{version.replace('.', '-')}"
        text = rounds.project_text(name, protocol=f"fonds-{version.replace('.', '-')}")
        made = rounds.designed(workspace, tmp_path, text)
        rounds.deliver(workspace, made, rounds.both_waves(), tmp_path)
    found = synthesize(workspace)
    assert {(p.measure_version, p.k) for p in found.pooled if p.measure == SCORE} == pools
    assert [p.k for p in found.pooled if p.measure == ABSENCE] == [2]
    assert found.measures[SCORE].version == "1.10"


def test_data_of_an_earlier_version_are_pooled_with_a_compatible_later_one(
    workspace: Workspace, tmp_path: Path
) -> None:
    """Even if the design of their project has moved on to the later version."""
    rounds.add_protocol(workspace, tmp_path)
    for name in ("een", "twee"):
        made = rounds.designed(workspace, tmp_path, rounds.project_text(name))
        if name == "een":
            rounds.deliver(workspace, made, rounds.both_waves(), tmp_path)
    newer = versioned("1.1", '"1.0"').replace("fonds-1-1", "fonds-klein")
    newer = newer.replace('version: "1.0"', 'version: "1.1"', 1)
    rounds.add_protocol(workspace, tmp_path, newer)
    for name in ("een", "twee"):
        made = rounds.designed(workspace, tmp_path, rounds.project_text(name))
    rounds.deliver(workspace, made, rounds.both_waves(seed=4), tmp_path)
    found = synthesize(workspace)
    assert [effect(found, name).measure_version for name in ("een", "twee")] == ["1.0", "1.1"]
    assert [(p.measure_version, p.k) for p in found.pooled if p.measure == SCORE] == [("1.1", 2)]


def test_each_version_is_poolable_under_the_newest_that_says_so(design: Design) -> None:
    measure = design.measure(SCORE)

    def with_version(version: str, *compatible: str) -> Design:
        changed = measure.model_copy(update={"version": version, "compatible_with": compatible})
        return design.model_copy(update={"measures": (changed,)})

    designs = [with_version("1.0"), with_version("1.9"), with_version("1.10", "1.0", "1.9")]
    assert poolable_versions(designs) == dict.fromkeys(
        (f"{SCORE}@1.0", f"{SCORE}@1.9", f"{SCORE}@1.10"), "1.10"
    )
    assert poolable_versions(designs[:2]) == {f"{SCORE}@1.0": "1.0", f"{SCORE}@1.9": "1.9"}


# Process data


def test_process_data_are_described_per_arm_and_small_cells_are_empty(
    workspace: Workspace, tmp_path: Path
) -> None:
    schools = {f"{i:02}AA": ("intervention" if i <= 5 else "comparison") for i in range(1, 10)}
    made = rounds.designed(workspace, tmp_path, rounds.project_text(schools=schools))
    assert made.privacy.suppression_threshold == 5
    rows = [
        {"school": brin, "core.class_size": 20 + i, "core.reach": 80 if i < 4 else None}
        for i, brin in enumerate(schools)
    ]
    rounds.deliver(workspace, made, {"post|school|unit": rows}, tmp_path)
    found = {(r.measure, r.arm): (r.n, r.mean, r.sd) for r in synthesize(workspace).process}
    n, mean, sd = found["core.class_size", "intervention"]
    assert (n, mean) == (5, pytest.approx(22))
    assert sd == pytest.approx(pd.Series(range(20, 25)).std())
    assert found["core.class_size", "comparison"] == (None, None, None)  # Four schools.
    assert found["core.reach", "intervention"] == (None, None, None)


def test_only_a_project_with_results_is_among_the_designs(
    workspace: Workspace, design: Design, tmp_path: Path
) -> None:
    rounds.designed(workspace, tmp_path, rounds.project_text("leeg"))
    rounds.deliver(workspace, design, rounds.both_waves(), tmp_path)
    found = synthesize(workspace)
    assert ([d.project.id for d in found.designs], found.awarded) == (["units-oost"], 2)
    assert found.design("units-oost") == design
    with pytest.raises(KeyError):
        found.design("leeg")


def test_the_day_does_not_matter(workspace: Workspace, design: Design, tmp_path: Path) -> None:
    rounds.deliver(workspace, design, rounds.both_waves(), tmp_path)
    first = synthesize(workspace)
    workspace.today = dt.date(2031, 1, 1)
    assert synthesize(workspace) == first
