"""The locked core: no protocol drops or weakens what the basisset asks, however it tries."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.library.protocols import (
    Offer,
    ProtocolFile,
    Resolved,
    core_measures,
    resolve_protocol,
    shipped_protocols,
)
from evalkit.model.finding import Finding
from evalkit.model.protocol import Requirement, ResolvedProtocol

KNOWN = shipped_protocols()
NOTHING = Offer({}, ())
TEXT = {"nl": "Regeling", "en": "Scheme"}
WAVE = {
    "kind": "interim",
    "label": {"nl": "tussenmeting", "en": "interim measurement"},
    "opens": {"anchor": "start", "days": 100},
    "closes": {"anchor": "start", "days": 130},
}
MEASURE = {
    "version": "1.0",
    "label": TEXT,
    "description": TEXT,
    "kind": "outcome",
    "level": "micro",
    "respondent": "teacher",
    "source": "register",
    "scale": {"type": "ratio"},
    "minutes": 1,
}


def protocol(id: str = "fund", **keys: Any) -> ProtocolFile:
    head = {"id": id, "version": "1.0", "title": TEXT, "description": TEXT, "extends": "basisset"}
    content = {key: value for key, value in {**head, **keys}.items() if value is not None}
    return ProtocolFile(f"{id}.yaml", json.dumps(content))


def resolve(file: ProtocolFile, *others: ProtocolFile) -> Resolved:
    known = {**KNOWN, **{other.name.removesuffix(".yaml"): other for other in others}}
    return resolve_protocol(file, known, NOTHING)


def basisset() -> ResolvedProtocol:
    resolved, _ = resolve(KNOWN["basisset"])
    assert resolved is not None
    return resolved


def require(measure: str, **keys: Any) -> dict[str, Any]:
    asked = next(r for r in basisset().requires if r.measure == measure)
    return {**asked.model_dump(mode="json"), **keys}


def naming(findings: Iterable[Finding], measure: str) -> list[str]:
    return [
        f.code for f in findings if f.is_error and measure in f.wrong.nl and measure in f.wrong.en
    ]


ATTEMPTS: dict[str, tuple[dict[str, Any], str, str]] = {
    "remove": ({"remove": ["core.workload"]}, "core.workload", "protocol.core_removed"),
    "exclude, as text": ({"exclude": "core.workload"}, "core.workload", "protocol.core_removed"),
    "without, deep": (
        {"without": [{"measure": "core.reach", "why": "too much work"}]},
        "core.reach",
        "protocol.core_removed",
    ),
    "no wave at all": (
        {"requires": [require("core.workload", waves=[])]},
        "core.workload",
        "protocol.core_removed",
    ),
    "waves of nothing": (
        {"requires": [require("core.workload", waves=None)]},
        "core.workload",
        "protocol.core_removed",
    ),
    "optional": (
        {"requires": [require("core.hours", mandatory=False)]},
        "core.hours",
        "protocol.core_optional",
    ),
    "no baseline": (
        {"requires": [require("core.workload", waves=["post"])]},
        "core.workload",
        "protocol.core_fewer_waves",
    ),
    "another wave instead": (
        {"requires": [require("core.support", waves=["follow_up_1"])]},
        "core.support",
        "protocol.core_fewer_waves",
    ),
    "fewer arms": (
        {"requires": [require("core.workload", arms="intervention")]},
        "core.workload",
        "protocol.core_fewer_arms",
    ),
    "only for large projects": (
        {"requires": [require("core.hours", variants=["large"])]},
        "core.hours",
        "protocol.core_fewer_kinds",
    ),
    "only for innovations": (
        {"requires": [require("core.determinants", natures=["innovation"])]},
        "core.determinants",
        "protocol.core_fewer_kinds",
    ),
    "without the last follow-up": (
        {"requires": [require("core.sustainability", waves=["post", "follow_up_1"])]},
        "core.sustainability",
        "protocol.core_fewer_waves",
    ),
    "redefined measure": (
        {"measures": [{**MEASURE, "id": "core.workload"}]},
        "core.workload",
        "protocol.core_redefined",
    ),
    "redefined measure, the same in name only": (
        {"measures": [{**MEASURE, "id": "core.workload", "version": "9.0"}]},
        "core.workload",
        "protocol.core_redefined",
    ),
    "new measure that poses as core": (
        {"measures": [{**MEASURE, "id": "core.extra"}]},
        "core.extra",
        "protocol.measure_namespace",
    ),
    "redefined wave": (
        {"waves": [{**WAVE, "id": "post"}]},
        "core.workload",
        "protocol.wave_redefined",
    ),
    "not on the basisset": (
        {"extends": None},
        "core.workload",
        "protocol.not_on_basisset",
    ),
    "on itself": ({"extends": "fund"}, "core.workload", "protocol.not_on_basisset"),
    "posing as the basisset": (
        {"id": "basisset", "extends": None},
        "core.workload",
        "protocol.core_replaced",
    ),
    "posing as the basisset, on the basisset": (
        {"id": "basisset"},
        "core.workload",
        "protocol.core_replaced",
    ),
}


@pytest.mark.parametrize("name", ATTEMPTS)
def test_weakening_the_core_is_refused_naming_the_measure(name: str) -> None:
    keys, measure, code = ATTEMPTS[name]
    resolved, findings = resolve(protocol(**keys))
    assert resolved is None
    assert code in naming(findings, measure)


@pytest.mark.parametrize("measure", core_measures())
def test_each_measure_of_the_core_is_locked(measure: str) -> None:
    for keys in (
        {"remove": [measure]},
        {"requires": [require(measure, mandatory=False)]},
        {"requires": [require(measure, waves=["follow_up_1"])]},
        {"measures": [{**MEASURE, "id": measure}]},
    ):
        resolved, findings = resolve(protocol(**keys))
        assert resolved is None
        assert naming(findings, measure)


@pytest.mark.parametrize(
    ("keys", "what"),
    [
        ({"privacy": {"suppression_threshold": 4}}, "privacy.suppression_threshold"),
        ({"cadence": {"cycles_per_year": 1}}, "cadence.cycles_per_year"),
    ],
)
def test_a_looser_floor_is_refused_naming_it(keys: dict[str, Any], what: str) -> None:
    resolved, findings = resolve(protocol(**keys))
    assert resolved is None
    assert [(f.code, f.place.key) for f in findings] == [("protocol.core_looser", what)]


def test_all_weakenings_are_said_at_once_each_at_its_line() -> None:
    text = """\
id: fund
version: "1.0"
title: {nl: Regeling, en: Scheme}
description: {nl: Voor scholen, en: For schools}
extends: basisset
privacy:
  suppression_threshold: 2
requires:
  - measure: core.workload
    waves: [post]
    arms: intervention
    mandatory: false
  - {measure: core.hours, waves: [baseline]}
"""
    resolved, findings = resolve(ProtocolFile("fund.yaml", text))
    assert resolved is None
    assert sorted((f.place.line, f.code) for f in findings) == [
        (7, "protocol.core_looser"),
        (10, "protocol.core_fewer_waves"),
        (11, "protocol.core_fewer_arms"),
        (12, "protocol.core_optional"),
        (13, "protocol.core_fewer_waves"),
    ]


def test_a_removal_is_said_beside_whatever_else_is_wrong() -> None:
    _, findings = resolve(protocol(remove=["core.workload"], variant="huge", colour="red"))
    assert sorted(f.code for f in findings) == [
        "file.key_unknown",
        "file.value_choice",
        "protocol.core_removed",
    ]


def test_a_name_that_only_starts_like_a_core_measure_is_not_taken_for_it() -> None:
    _, findings = resolve(protocol(remove=["core.workload_of_parents"]))
    assert [f.code for f in findings] == ["file.key_unknown"]


def test_a_grandchild_is_held_to_the_core_too() -> None:
    parent = protocol("parent")
    child = protocol("child", extends="parent", requires=[require("core.workload", waves=["post"])])
    resolved, findings = resolve(child, parent)
    assert resolved is None
    assert naming(findings, "core.workload") == ["protocol.core_fewer_waves"]


def test_a_grandchild_of_a_weak_parent_is_refused_in_the_parents_file() -> None:
    parent = protocol("parent", requires=[require("core.hours", mandatory=False)])
    resolved, findings = resolve(protocol("child", extends="parent"), parent)
    assert resolved is None
    assert naming(findings, "core.hours") == ["protocol.core_optional"]
    assert findings[0].place.file == "parent.yaml"


def test_what_a_parent_adds_is_locked_for_its_children() -> None:
    own = {**MEASURE, "id": "fund.costs"}
    parent = protocol(
        "parent",
        measures=[own],
        waves=[{**WAVE, "id": "halfway"}],
        requires=[
            {"measure": "fund.costs", "waves": ["post"]},
            require("core.workload", waves=["baseline", "halfway", "post"]),
        ],
        privacy={"suppression_threshold": 10},
        comparison_required=True,
    )
    child = protocol(
        "child",
        extends="parent",
        measures=[{**own, "minutes": 2}],
        requires=[
            {"measure": "fund.costs", "waves": ["post"], "mandatory": False},
            require("core.workload"),
        ],
        privacy={"suppression_threshold": 5},
        comparison_required=False,
    )
    resolved, findings = resolve(child, parent)
    assert resolved is None
    assert sorted((f.code, f.place.key) for f in findings) == [
        ("protocol.core_fewer_waves", "requires[1].waves"),
        ("protocol.core_looser", "comparison_required"),
        ("protocol.core_looser", "privacy.suppression_threshold"),
        ("protocol.core_optional", "requires[0].mandatory"),
        ("protocol.core_redefined", "measures[0]"),
    ]


def test_a_circle_is_refused_and_said_to_lack_the_core() -> None:
    a, b = protocol("a", extends="b"), protocol("b", extends="a")
    resolved, findings = resolve(a, a, b)
    assert resolved is None
    assert [f.code for f in findings] == ["protocol.circular", "protocol.not_on_basisset"]
    assert "a → b → a" in findings[0].wrong.en
    assert naming(findings, "core.workload")


def test_a_circle_behind_a_file_with_another_id_ends_too() -> None:
    liar = ProtocolFile("a.yaml", protocol("c", extends="a").text)
    resolved, findings = resolve(protocol("b", extends="a"), liar)
    assert resolved is None
    assert findings[0].code == "protocol.circular"


def test_a_false_basisset_among_the_known_protocols_helps_nobody() -> None:
    false = ProtocolFile("basisset.yaml", protocol("basisset", extends=None).text)
    resolved, findings = resolve(protocol(), false)
    assert resolved is None
    assert naming(findings, "core.workload") == ["protocol.core_replaced"]
    renamed = ProtocolFile("basisset.yaml", protocol("other", extends=None).text)
    resolved, findings = resolve(protocol(), renamed)
    assert resolved is None
    assert naming(findings, "core.workload") == ["protocol.not_on_basisset"]


def test_the_basisset_with_other_comments_is_still_the_basisset() -> None:
    copy = ProtocolFile("copy.yaml", "# a remark\n" + KNOWN["basisset"].text)
    assert resolve(copy) == (basisset(), ())


def test_a_basisset_with_one_value_changed_is_not() -> None:
    text = KNOWN["basisset"].text.replace("suppression_threshold: 5", "suppression_threshold: 2")
    assert text != KNOWN["basisset"].text
    resolved, findings = resolve(ProtocolFile("basisset.yaml", text))
    assert resolved is None
    assert [f.code for f in findings] == ["protocol.core_replaced"]


def holds(resolved: ResolvedProtocol) -> None:
    """The whole core is there at full strength."""
    base = basisset()
    asked = {r.measure: r for r in resolved.requires}
    measures = {m.id: m for m in resolved.measures}
    for old in base.requires:
        new = asked[old.measure]
        assert set(old.waves) <= set(new.waves)
        assert new.mandatory
        assert new.arms == "all" or old.arms == "intervention"
    for measure in base.measures:
        assert measures[measure.id] == measure
    waves = {w.id: w for w in resolved.waves}
    assert all(waves[wave.id] == wave for wave in base.waves)
    assert resolved.core == base.core
    assert resolved.core_hash == base.core_hash
    assert resolved.privacy.suppression_threshold >= base.privacy.suppression_threshold
    assert resolved.cadence.cycles_per_year >= base.cadence.cycles_per_year
    assert resolved.lineage[0] == base.lineage[0]


def weakens(new: dict[str, Any], old: Requirement) -> bool:
    return (
        not set(old.waves) <= set(new["waves"])
        or not new.get("mandatory", True)
        or (old.arms == "all" and new.get("arms", "all") != "all")
    )


edit = st.fixed_dictionaries(
    {
        "waves": st.lists(
            st.sampled_from(["baseline", "post", "follow_up_1"]), min_size=1, unique=True
        )
    },
    optional={"arms": st.sampled_from(["all", "intervention"]), "mandatory": st.booleans()},
)
edits = st.dictionaries(st.sampled_from(core_measures()), edit, max_size=5)
floors = st.fixed_dictionaries(
    {},
    optional={
        "privacy": st.fixed_dictionaries(
            {}, optional={"suppression_threshold": st.integers(2, 50)}
        ),
        "cadence": st.fixed_dictionaries({}, optional={"cycles_per_year": st.integers(1, 12)}),
        "comparison_required": st.booleans(),
    },
)


def written(id: str, extends: str, asked: dict[str, Any], more: dict[str, Any]) -> ProtocolFile:
    requires = [{"measure": measure, **keys} for measure, keys in asked.items()]
    return protocol(id, extends=extends, requires=requires, **more)


@settings(deadline=None)
@given(asked=edits, more=floors)
def test_any_edit_of_the_requirements_keeps_the_core_or_is_refused(
    asked: dict[str, Any], more: dict[str, Any]
) -> None:
    old = {r.measure: r for r in basisset().requires}
    weak = [measure for measure, new in asked.items() if weakens(new, old[measure])]
    loose = (
        more.get("privacy", {}).get("suppression_threshold", 5) < 5
        or more.get("cadence", {}).get("cycles_per_year", 2) < 2
    )
    resolved, findings = resolve(written("fund", "basisset", asked, more))
    for measure in weak:
        assert naming(findings, measure)
    assert (resolved is None) == bool(weak or loose)
    if resolved is not None:
        holds(resolved)


@settings(deadline=None)
@given(first=edits, second=edits, more=floors, yet_more=floors)
def test_two_layers_of_edits_keep_the_core_or_are_refused(
    first: dict[str, Any],
    second: dict[str, Any],
    more: dict[str, Any],
    yet_more: dict[str, Any],
) -> None:
    parent = written("parent", "basisset", first, more)
    resolved, findings = resolve(written("child", "parent", second, yet_more), parent)
    if resolved is None:
        assert any(f.is_error for f in findings)
    else:
        holds(resolved)


WORDS = st.sampled_from(["basisset", "waves", "measure", "post", "", "ë", *core_measures()])
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 60) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=6,
)
KEYS = st.sampled_from(
    ["id", "extends", "requires", "measures", "waves", "privacy", "cadence", "remove", "core"]
)


@settings(deadline=None)
@given(st.dictionaries(KEYS, ANYTHING, max_size=4))
def test_whatever_is_written_is_refused_or_keeps_the_core(keys: dict[str, Any]) -> None:
    resolved, findings = resolve(protocol(**keys))
    if resolved is None:
        assert any(f.is_error for f in findings)
    else:
        holds(resolved)
