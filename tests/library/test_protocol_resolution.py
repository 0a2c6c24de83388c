"""What a protocol inherits, adds and is refused for, beside the locked core."""

from __future__ import annotations

import json
from typing import Any

import pytest

from evalkit.library.protocols import (
    Offer,
    ProtocolFile,
    resolve_protocol,
    shipped_protocols,
)
from evalkit.model.measure import Measure, Scale
from evalkit.model.protocol import ResolvedProtocol
from evalkit.model.text import Text

KNOWN = shipped_protocols()
TEXT = {"nl": "Regeling", "en": "Scheme"}
SAID = Text(nl="toets", en="test")
LANGUAGE = Measure(
    id="iio.language",
    label=SAID,
    description=SAID,
    kind="outcome",
    level="micro",
    respondent="pupil",
    source="register",
    scale=Scale(type="interval"),
    minutes=0,
)
OFFER = Offer({LANGUAGE.id: LANGUAGE}, ("iio.slimfit",))
OWN = {**LANGUAGE.model_dump(mode="json"), "id": "fund.costs"}
HALFWAY = {
    "id": "halfway",
    "kind": "interim",
    "label": TEXT,
    "opens": {"anchor": "start", "days": 100},
    "closes": {"anchor": "start", "days": 130},
}
REPORT = {"id": "final", "label": TEXT, "due": {"anchor": "end", "days": 60}}


def file(id: str = "fund", **keys: Any) -> ProtocolFile:
    head = {"id": id, "version": "1.0", "title": TEXT, "description": TEXT, "extends": "basisset"}
    return ProtocolFile(f"{id}.yaml", json.dumps({**head, **keys}))


def resolved(*files: ProtocolFile) -> ResolvedProtocol:
    known = {**KNOWN, **{f.name.removesuffix(".yaml"): f for f in files[:-1]}}
    protocol, findings = resolve_protocol(files[-1], known, OFFER)
    assert findings == ()
    assert protocol is not None
    return protocol


def codes(*files: ProtocolFile) -> list[tuple[str, str | None]]:
    known = {**KNOWN, **{f.name.removesuffix(".yaml"): f for f in files[:-1]}}
    protocol, findings = resolve_protocol(files[-1], known, OFFER)
    assert protocol is None
    return [(f.code, f.place.key) for f in findings]


def test_a_protocol_that_adds_nothing_asks_what_the_basisset_asks() -> None:
    base, child = resolved(KNOWN["basisset"]), resolved(file())
    assert child.requires == base.requires
    assert child.waves == base.waves
    assert child.lineage == ("basisset@2.0", "fund@1.0")
    assert child.core_hash == base.core_hash
    assert set(child.owners.values()) == {"basisset"}


def test_what_a_protocol_adds_comes_after_and_is_its_own() -> None:
    child = resolved(
        file(
            waves=[HALFWAY],
            measures=[OWN],
            requires=[
                {"measure": "iio.language", "waves": ["baseline", "halfway", "post"]},
                {"measure": "fund.costs", "waves": ["post"], "mandatory": False},
            ],
        )
    )
    assert child.owners["iio.language"] == "fund"
    assert child.owners["core.workload"] == "basisset"
    assert [m.id for m in child.measures][-2:] == ["iio.language", "fund.costs"]
    assert child.waves[-1].id == "halfway"
    assert "iio.language" not in child.core


def test_a_protocol_can_strengthen_the_core() -> None:
    child = resolved(
        file(
            requires=[{"measure": "core.support", "waves": ["post", "follow_up_1"]}],
            privacy={"suppression_threshold": 10},
            cadence={"cycles_per_year": 4},
        )
    )
    asked = next(r for r in child.requires if r.measure == "core.support")
    assert asked.waves == ("post", "follow_up_1")
    assert asked.arms == "all"
    assert child.owners["core.support"] == "basisset"
    assert child.privacy.suppression_threshold == 10
    assert child.cadence.cycles_per_year == 4


def test_values_that_are_not_given_are_inherited_one_by_one() -> None:
    parent = file(
        "parent",
        language="en",
        variant="small",
        project_types=["iio.slimfit"],
        comparison_required=True,
        review=True,
        analysis={"icc_achievement": 0.15, "icc_attitude": 0.05},
        privacy={"suppression_threshold": 10},
    )
    child = resolved(
        parent, file("child", extends="parent", analysis={"icc_attitude": 0.07}, privacy={})
    )
    assert child.analysis.icc_achievement == 0.15
    assert child.analysis.icc_attitude == 0.07
    assert child.analysis.pretest_correlation == 0.5
    assert child.privacy.suppression_threshold == 10
    assert child.language == "en"
    assert child.variant == "small"
    assert child.project_types == ("iio.slimfit",)
    assert child.comparison_required
    assert child.review


def test_a_measure_a_parent_defines_without_asking_it_is_there_for_its_children() -> None:
    parent = file("parent", measures=[OWN])
    child = file("child", extends="parent", requires=[{"measure": "fund.costs", "waves": ["post"]}])
    assert resolved(parent, child).owners["fund.costs"] == "child"


def test_the_same_wave_written_again_is_no_change() -> None:
    post = next(w for w in resolved(KNOWN["basisset"]).waves if w.id == "post")
    assert resolved(file(waves=[post.model_dump(mode="json")])).waves == resolved(file()).waves


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({"extends": "nothing"}, ("protocol.unknown", "extends")),
        (
            {"requires": [{"measure": "iio.reading", "waves": ["post"]}]},
            ("protocol.measure_unknown", "requires[0].measure"),
        ),
        (
            {"requires": [{"measure": "iio.language", "waves": ["halfway"]}]},
            ("protocol.wave_unknown", "requires[0].waves"),
        ),
        ({"project_types": ["iio.other"]}, ("protocol.type_unknown", "project_types[0]")),
        (
            {"measures": [{**OWN, "id": "iio.own"}]},
            ("protocol.measure_namespace", "measures[0]"),
        ),
        (
            {"measures": [OWN, OWN], "requires": [{"measure": OWN["id"], "waves": ["post"]}]},
            ("protocol.double", "measures[1]"),
        ),
        ({"project_types": ["iio.slimfit"] * 2}, ("protocol.double", "project_types[1]")),
        ({"deadlines": [REPORT, REPORT]}, ("protocol.double", "deadlines[1]")),
        ({"waves": [HALFWAY, HALFWAY]}, ("protocol.double", "waves[1]")),
        (
            {
                "requires": [
                    {"measure": "iio.language", "waves": ["post"]},
                    {"measure": "iio.language", "waves": ["post"], "mandatory": False},
                ]
            },
            ("protocol.double", "requires[1]"),
        ),
    ],
)
def test_what_does_not_fit_is_said_at_its_key(
    keys: dict[str, Any], expected: tuple[str, str]
) -> None:
    assert codes(file(**keys)) == [expected]


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({"measures": [OWN]}, ("protocol.measure_unused", "measures[0]")),
        (
            {"variant": "small", "small_projects": {"max_schools": 3}},
            ("protocol.limits_idle", "small_projects"),
        ),
        (
            {
                "variant": "small",
                "requires": [{"measure": "iio.language", "waves": ["post"], "variants": ["large"]}],
            },
            ("protocol.never_asked", "requires[0].variants"),
        ),
    ],
)
def test_what_changes_nothing_is_a_warning(keys: dict[str, Any], expected: tuple[str, str]) -> None:
    protocol, findings = resolve_protocol(file(**keys), KNOWN, OFFER)
    assert protocol is not None
    assert [(f.code, f.place.key, f.severity) for f in findings] == [(*expected, "warning")]


def test_a_file_that_is_no_protocol_is_held_against_the_basisset_as_well() -> None:
    wrong = file(
        title="Regeling",
        cadence={"cycles_per_year": 1},
        requires=[
            {"measure": "iio.language", "waves": "post"},
            {"measure": "iio.langauge", "waves": ["post"]},
        ],
    )
    assert codes(wrong) == [
        ("file.value_type", "title"),
        ("file.value_type", "requires[0].waves"),
        ("protocol.measure_unknown", "requires[1].measure"),
        ("protocol.core_looser", "cadence.cycles_per_year"),
    ]


def test_a_wrong_parent_is_reported_in_its_own_file() -> None:
    known = {**KNOWN, "parent": ProtocolFile("parent.yaml", "id: parent\n")}
    protocol, findings = resolve_protocol(file(extends="parent"), known, OFFER)
    assert protocol is None
    assert {f.place.file for f in findings} == {"parent.yaml"}
