"""A design as a whole: its hash, its remarks, its checklist."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from evalkit.design.making import design_hash, with_findings
from evalkit.errors import catalogue, finding
from evalkit.model.design import Design
from evalkit.model.text import Text

from . import cases


def test_the_same_input_has_the_same_hash() -> None:
    assert cases.design().hash == cases.design().hash
    assert cases.design() == cases.design()


def test_the_hash_is_the_same_in_another_process() -> None:
    """Whatever the order in which sets and dictionaries come out there."""
    code = "from tests.design import cases; print(cases.design().hash)"
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True,
        cwd=Path(__file__).parents[2], env=os.environ | {"PYTHONHASHSEED": "123"},
    )  # fmt: skip
    assert run.stdout.strip() == cases.design().hash


def test_a_design_keeps_its_hash_through_json() -> None:
    made = cases.design(cases.project(features={"unit_size": 80, "ict_use": "veel"}))
    back = Design.model_validate_json(made.model_dump_json())
    assert back == made
    assert design_hash(back) == made.hash


@pytest.mark.parametrize(
    "changes",
    [
        {"title": "Zuid"},
        {"start": "2026-08-02"},
        {"end": "2027-08-01"},
        {"sector": "sbo"},
        {"nature": "innovation"},
        {"board": "12345"},
        {"description": None},
        {"theory": "Anders."},
        {"predictions": ["Gelijk.", "Meer."]},
        {"alternatives": []},
        {"conditions": {}},
        {"comparison": "randomised"},
        {"assignment": "school"},
        {"schools": [{"brin": "05KO"}, {"brin": "12AB01", "arms": ["comparison"]}]},
        {"arms": [cases.TWO_ARMS[1], cases.TWO_ARMS[0]]},
        {"features": {"unit_size": 80}},
        {"instruments": [cases.named_test("post", "Taal")]},
        {"goals": [cases.GOAL | {"text": "Minder onrust."}]},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_any_change_of_the_project_changes_the_hash(changes: dict[str, Any]) -> None:
    assert cases.design(cases.project(**changes)).hash != cases.design().hash


def updated(model: Any, **changes: Any) -> Any:
    return model.model_copy(update=changes)


OTHER = Text(nl="anders", en="other")


def test_any_change_of_the_protocol_changes_the_hash() -> None:
    protocol, known = cases.protocol(), cases.design().hash
    first, *rest = sorted(protocol.requires, key=lambda r: r.measure != "core.workload")
    measure, *measures = sorted(protocol.measures, key=lambda m: m.id != "core.workload")
    baseline, *waves = sorted(protocol.waves, key=lambda w: w.id != "baseline")
    opens = updated(baseline.opens, days=-60)
    for changed in (
        updated(protocol, version="99.9"),
        updated(protocol, title=OTHER),
        updated(protocol, requires=(*rest, first)),
        updated(protocol, requires=(updated(first, mandatory=False), *rest)),
        updated(protocol, measures=(updated(measure, label=OTHER), *measures)),
        updated(protocol, waves=(updated(baseline, opens=opens), *waves)),
        updated(protocol, cadence=updated(protocol.cadence, cycles_per_year=3)),
        updated(protocol, privacy=updated(protocol.privacy, suppression_threshold=9)),
        updated(protocol, analysis=updated(protocol.analysis, icc_attitude=0.15)),
        updated(protocol, core_hash="another"),
    ):
        assert cases.design(protocol=changed).hash != known


def test_any_change_of_the_type_or_a_plugin_changes_the_hash() -> None:
    type, known = cases.plugins().types["iio.slimfit"], cases.design().hash
    language = cases.plugins().measures[cases.LANGUAGE]
    newer = {**cases.plugins().measures, cases.LANGUAGE: updated(language, version="99.9")}
    protocol = cases.protocol()
    without = updated(
        protocol,
        measures=tuple(m for m in protocol.measures if not m.id.startswith("iio.")),
    )
    for made in (
        cases.design(type=updated(type, version="99.9")),
        cases.design(type=updated(type, label=OTHER)),
        cases.design(plugins={"iio": "0.1.1"}),
        cases.design(plugins={"iio": "0.1.0", "lof": "0.1.0"}),
        cases.design(protocol=without, measures=newer),
    ):
        assert made.hash != known


def test_remarks_do_not_change_the_hash() -> None:
    made = cases.design()
    remarked = with_findings(made, [finding("project.no_theory")])
    assert len(remarked.findings) == len(made.findings) + 1
    assert remarked.hash == design_hash(remarked) == made.hash


def test_a_measure_that_is_not_used_does_not_change_the_hash() -> None:
    kept = {k: v for k, v in cases.plugins().measures.items() if not k.startswith("lof.")}
    assert cases.design(measures=kept).hash == cases.design().hash


# Remarks


def remarks(design: Design) -> list[tuple[str, str | None]]:
    return [(f.code, f.place.key) for f in design.findings]


def test_a_sound_project_has_no_remarks() -> None:
    assert remarks(cases.design()) == []


def test_all_that_is_wrong_is_said_at_once() -> None:
    wrong = cases.project(
        type="lof.project", sector="ho", nature="innovation", scenario="klein", theory=None,
        features={"unit_size": 80}, arms=cases.ONE_ARM, comparison="single_group",
        schools=[{"brin": "05KO"}],
        instruments=[
            cases.named_test("post", "Taal"),
            cases.named_test("follow_up_1", "Taal"),
            cases.named_test("post", "Taal", measure="core.nonsense"),
        ],
    )  # fmt: skip
    assert remarks(cases.design(wrong)) == [
        ("project.type_not_open", "type"),
        ("project.sector_unusual", "sector"),
        ("project.scenario_unknown", "scenario"),
        ("project.feature_unknown", "features.unit_size"),
        ("project.no_theory", "theory"),
        ("project.instrument_unknown", "instruments[1]"),
        ("project.instrument_unknown", "instruments[2]"),
    ]


@pytest.mark.parametrize(
    ("nature", "code"),
    [("innovation", "project.no_theory"), ("renewal", "project.renewal_without_evidence")],
)
def test_a_project_is_asked_why_it_should_work(nature: str, code: str) -> None:
    made = cases.design(cases.project(nature=nature, theory=None))
    assert remarks(made) == [(code, "theory")]


def test_a_relation_takes_two_measures_of_the_same_persons() -> None:
    def remarks(**prediction: str) -> list[str]:
        made = cases.design(cases.project(predictions=[{"text": "Samen.", **prediction}]))
        return [f.place.key or "" for f in made.findings if f.code == "project.relation_not_taken"]

    pupils, teachers = "iio.arithmetic", "core.workload"
    place = ["predictions[0].goes_with"]
    assert remarks(measure=cases.LANGUAGE, goes_with=pupils) == []
    assert remarks(measure=cases.LANGUAGE, goes_with=teachers) == place
    assert remarks(measure=cases.LANGUAGE, goes_with="iio.nothing") == place
    assert remarks(measure=cases.LANGUAGE, goes_with=cases.LANGUAGE) == place
    assert remarks(goes_with=pupils) == place


def test_which_remarks_stop_a_project() -> None:
    severity = {
        "project.type_not_open": "error", "project.scenario_unknown": "error",
        "project.feature_unknown": "error", "project.instrument_unknown": "error",
        "project.comparison_required": "error", "project.sector_unusual": "warning",
        "project.no_theory": "info",
        "project.renewal_without_evidence": "warning",
    }  # fmt: skip
    assert {code: finding_of(code) for code in severity} == severity


def finding_of(code: str) -> str:
    return catalogue()[code].severity


HALFWAY = """\
id: fonds-half
version: "1.0"
extends: basisset
title: {nl: Fonds, en: Fund}
description: {nl: Een regeling., en: A scheme.}
waves:
  - {id: late_half, kind: interim, label: {nl: t, en: h},
     opens: {anchor: start, days: 100}, closes: {anchor: end, days: -100}}
requires:
  - {measure: core.workload, waves: [baseline, late_half, post]}
"""


@pytest.mark.parametrize(("days", "codes"), [(199, ["model.window"]), (200, [])])
def test_a_project_too_short_for_a_wave_is_told_so(days: int, codes: list[str]) -> None:
    short = cases.lasting(dt.date(2026, 8, 1), days)
    made = cases.design(short, protocol=cases.protocol("fonds-half", HALFWAY))
    assert [f.code for f in made.findings if f.is_error] == codes


def test_designs_know_their_parts_by_id() -> None:
    made = cases.design()
    assert made.measure("core.workload").id == "core.workload"
    assert made.wave("post").id == "post"
    for part in (made.measure, made.wave):
        with pytest.raises(KeyError):
            part("nonsense")
    measured = {m.id for m in made.measures}
    assert {entry.measure for entry in made.schedule} <= measured
    assert "core.workload" in set(made.core) & measured
