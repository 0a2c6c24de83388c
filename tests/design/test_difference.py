"""What differs between two designs: nothing unless something does, and in a reader's words."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from enum import Enum
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.design.difference import difference, measurement_difference
from evalkit.design.making import design_hash
from evalkit.model.change import Change
from evalkit.model.design import Design
from evalkit.model.text import Lang, Text

from . import cases

PREDICTED = [{"text": "De score stijgt.", "measure": cases.LANGUAGE, "direction": "higher"}]
A_DAY = dt.date(2026, 8, 1)


def hashed(design: Design, **changes: Any) -> Design:
    """The design with other content, under the hash of that content."""
    changed = design.model_copy(update=changes)
    return changed.model_copy(update={"hash": design_hash(changed)})


def lines(
    changes: tuple[Change, ...], lang: Lang = "nl"
) -> dict[str, tuple[str | None, str | None]]:
    def side(text: Text | None) -> str | None:
        return text.to(lang) if text else None

    return {c.what.to(lang): (side(c.before), side(c.after)) for c in changes}


def turned(change: Change) -> Change:
    kinds = {"added": "removed", "removed": "added", "changed": "changed"}
    return change.model_copy(
        update={"kind": kinds[change.kind], "before": change.after, "after": change.before}
    )


projects = st.builds(
    cases.lasting,
    st.integers(0, 40).map(lambda days: A_DAY + dt.timedelta(days=days)),
    st.integers(300, 360),
    predictions=st.sampled_from([(), ["Gelijk."], PREDICTED]),
    instruments=st.sampled_from([(), [cases.named_test("post", "Toets A")]]),
    goals=st.sampled_from([(), [cases.GOAL]]),
    title=st.sampled_from(["Noord", "Zuid"]),
    schools=st.permutations(
        [{"brin": "00XA"}, {"brin": "00XB", "arms": ["comparison"]}, {"brin": "00XC"}]
    ),
)


@settings(max_examples=25, deadline=None)
@given(projects, projects)
def test_it_tells_something_exactly_if_the_content_differs(one: Any, other: Any) -> None:
    before, after = cases.design(one), cases.design(other)
    assert difference(before, before) == ()
    changes = difference(before, after)
    assert bool(changes) is (before.hash != after.hash)
    back = difference(after, before)
    assert Counter(map(turned, back)) == Counter(changes)


def another(value: Any) -> Any:
    """Another value of the same type; None where there is none."""
    if isinstance(value, Enum):
        return next((member for member in type(value) if member is not value), None)
    if isinstance(value, bool):
        return not value
    others = {str: "x", int: 3, float: 0.123, dt.date: dt.date(2031, 1, 1)}
    return others.get(type(value))


def leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Paths to everything in plain data, one element of each list."""
    if isinstance(value, dict):
        return [leaf for k, v in value.items() for leaf in leaves(v, (*path, k))]
    if isinstance(value, list) and value:
        return leaves(value[-1], (*path, len(value) - 1))
    return [path]


def test_whatever_changes_the_hash_is_told() -> None:
    """Each value in a design, changed alone: also what the words know nothing of."""
    design = cases.design(cases.project(predictions=PREDICTED))
    plain = design.model_dump(exclude={"findings", "hash"})
    told = 0
    for path in leaves(design.model_dump(mode="json", exclude={"findings", "hash"})):
        value: Any = plain
        for part in path:
            value = value[part]
        new = another(value)
        if new is None or new == value:
            continue
        changed = hashed(design, **{path[0]: replaced(getattr(design, path[0]), path[1:], new)})
        assert changed.hash != design.hash, path
        assert difference(design, changed), path
        told += 1
    assert told > 100


def replaced(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    """The model with one value deep inside it exchanged, unchecked."""
    if not path:
        return new
    if isinstance(value, tuple):
        i = path[0]
        return (*value[:i], replaced(value[i], path[1:], new), *value[i + 1 :])
    if isinstance(value, dict):
        return {**value, path[0]: replaced(value[path[0]], path[1:], new)}
    inner = replaced(getattr(value, path[0]), path[1:], new)
    return value.model_copy(update={path[0]: inner})


def test_a_date_that_moves_is_told_in_both_languages() -> None:
    before = cases.design()
    after = cases.design(cases.project(end="2027-07-10"))
    changes = difference(before, after)
    assert lines(changes)["einde van het project"] == ("31-07-2027", "10-07-2027")
    assert lines(changes, "en")["end of the project"] == ("2027-07-31", "2027-07-10")
    for wave in ("post",):
        old, new = before.wave(wave), after.wave(wave)
        what = f"{old.label.nl}: sluit"
        assert lines(changes)[what] == (f"{old.closes:%d-%m-%Y}", f"{new.closes:%d-%m-%Y}")
    weights = [change.weight for change in changes]
    assert weights == sorted(weights)  # important before minor
    assert "minor" in weights


def test_a_prediction_that_is_reworded_is_dropped_and_added() -> None:
    after = cases.design(cases.project(predictions=["Hoger."]))
    changes = difference(cases.design(), after)
    told = [(c.kind, c.before, c.after) for c in changes if c.what.nl == "voorspelling"]
    assert [kind for kind, _, _ in told] == ["removed", "added"]
    assert told[1] == ("added", None, Text(nl="Hoger.", en="Hoger."))


def test_a_measure_that_is_dropped_is_told_once_with_its_moments() -> None:
    before = cases.design()
    gone = before.measure("core.workload")
    after = hashed(
        before,
        measures=tuple(m for m in before.measures if m is not gone),
        schedule=tuple(e for e in before.schedule if e.measure != gone.id),
    )
    (change,) = difference(before, after)
    assert (change.kind, change.what.nl) == ("removed", "maat")
    assert change.before
    assert change.before.nl == f"{gone.label.nl} (nulmeting, nameting)"
    (back,) = difference(after, before)
    assert (back.kind, back.after) == ("added", change.before)


def test_a_moment_that_is_dropped_for_one_measure_names_both() -> None:
    before = cases.design()
    gone = next(e for e in before.schedule if (e.measure, e.wave) == ("core.workload", "post"))
    after = hashed(before, schedule=tuple(e for e in before.schedule if e is not gone))
    (change,) = difference(before, after)
    assert change.kind == "removed"
    assert change.what == Text(
        nl="werkdruk van leraren, nameting", en="teachers' workload, post-measurement"
    )


def test_plugin_protocol_school_and_rung_are_named() -> None:
    before = cases.design()
    schools = [{"brin": "05KO"}, {"brin": "12AB", "arms": ["comparison"]}, {"brin": "00XC"}]
    after = cases.design(cases.project(schools=schools), plugins={"iio": "0.2.0"})
    after = hashed(after, protocol_version="1.1", expected_rung=0)
    changes = lines(difference(before, after))
    assert changes["plugin: iio"] == ("0.1.0", "0.2.0")
    assert changes["versie van het protocol"] == (before.protocol_version, "1.1")
    assert changes["school"] == (None, "00XC (interventiegroep)")
    assert changes["haalbare trede van de effectladder"] == (str(before.expected_rung), "0")


def test_a_new_order_alone_is_told() -> None:
    schools = [{"brin": "12AB", "arms": cases.BOTH}, {"brin": "05KO", "arms": cases.BOTH}]
    changes = difference(cases.design(), cases.design(cases.project(schools=schools)))
    assert [(c.what.nl, c.weight) for c in changes] == [("school: volgorde", "minor")]


def test_remarks_are_no_difference() -> None:
    design = cases.design()
    assert difference(design, design.model_copy(update={"findings": ()})) == ()


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, []),
        ({"title": "Anders"}, []),
        ({"instruments": [cases.named_test("post", "Toets A")]},
         ["schaal: minimum", "schaal: maximum", "toets"]),
    ],
)  # fmt: skip
def test_one_measurement_alone(changes: Any, told: list[str]) -> None:
    after = cases.design(cases.project(**changes))
    found = measurement_difference(cases.design(), after, cases.LANGUAGE, "post")
    assert [change.what.nl for change in found] == told


def test_one_measurement_whose_window_moves() -> None:
    after = cases.design(cases.project(end="2027-07-10"))
    found = measurement_difference(cases.design(), after, cases.LANGUAGE, "post")
    assert [change.what.nl for change in found] == ["opent", "sluit"]


def test_what_a_funder_rules_on_is_important() -> None:
    """Rung, smallest effect, report days, privacy and the hours in all are never hidden."""
    before = cases.design()
    rung = before.ladder[-1]
    rule = rung.rules[0].model_copy(update={"met": not rung.rules[0].met})
    deadline = before.deadlines[0].model_copy(update={"due": dt.date(2031, 1, 1)})
    after = hashed(
        before,
        ladder=(*before.ladder[:-1], rung.model_copy(update={"rules": (rule, *rung.rules[1:])})),
        privacy=before.privacy.model_copy(update={"suppression_threshold": 9}),
        deadlines=(deadline, *before.deadlines[1:]),
    )
    told = {c.what.nl.split(":")[0] for c in difference(before, after) if c.weight == "important"}
    assert told == {"trede", "publicatie", "verslag"}


MORE = {"parents": 80}


def sized(start: str, end: str, **size: int) -> Design:
    arms = [
        {
            "role": role,
            "label": role,
            "size": {"classes": 4, "pupils": 80, "teachers": 8, **MORE, **size},
        }
        for role in ("intervention", "comparison")
    ]
    return cases.design(cases.project(start=start, end=end, arms=arms))


def test_years_that_move_are_told_as_one_changed_total() -> None:
    before, after = sized("2026-08-01", "2027-07-31"), sized("2027-08-01", "2028-07-31")
    found = [c for c in difference(before, after) if "belasting per schooljaar" in c.what.nl]
    assert found
    assert {c.kind for c in found} == {"changed"}
    assert len(found) == len({part.respondent for part in before.yearly_burden})
    assert not [c for c in difference(before, after) if c.what.nl == "belasting: uren in totaal"]


def test_more_teachers_change_power_and_hours_in_a_few_words() -> None:
    changes = difference(
        sized("2026-08-01", "2027-07-31"), sized("2026-08-01", "2027-07-31", pupils=200)
    )
    important = {c.what.nl for c in changes if c.weight == "important"}
    assert "belasting: uren in totaal" in important
    assert any("kleinste aantoonbare effect" in what for what in important)
    assert not any("kromme" in c.what.nl for c in changes)
