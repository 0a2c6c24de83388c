"""The effect ladder: each rule by itself, and what a result reaches of it."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.design.ladder import FOUND, PLANNED, expected_rung, reached_rung, withheld_rung
from evalkit.design.ladder.attrition import BOUNDARIES, highest_difference, is_low
from evalkit.model.design import Design, RuleOutcome, RungStep
from evalkit.model.result import Attrition, ResultFacts
from evalkit.model.text import Text
from evalkit.model.vocabulary import BaselineStatus, Verdict

from . import cases

repeatable = settings(derandomize=True, database=None, deadline=None)

ONE_SCHOOL = {"schools": [{"brin": "05KO"}]}
ALONE: dict[str, Any] = {"arms": cases.ONE_ARM, "comparison": "single_group"} | ONE_SCHOOL
SMALL: dict[str, Any] = {"protocol": "basisset", "grant": 50_000}
ONE_BOTH = {"schools": [{"brin": "05KO", "arms": cases.BOTH}]}
APART = [{"brin": "05KO"}, {"brin": "12AB", "arms": ["comparison"]}]
FOUR = [*APART, {"brin": "27XY"}, {"brin": "27XZ", "arms": ["comparison"]}]
TWO_BOTH = [{"brin": "05KO", "arms": ["intervention", "comparison"]}, {"brin": "12AB"}]


def outcomes(made: Design) -> dict[str, RuleOutcome]:
    return {rule.id: rule for step in made.ladder for rule in step.rules}


def unmet(made: Design) -> tuple[str, ...]:
    """The rules that do not hold, apart from those that wait for another."""
    return tuple(id for id, rule in outcomes(made).items() if not rule.met and not rule.after)


def sized(**size: int) -> dict[str, Any]:
    return {"arms": [arm | {"size": size} for arm in cases.TWO_ARMS]}


@pytest.mark.parametrize(
    ("changes", "failed", "rung"),
    [
        ({}, (), 5),
        ({"description": None}, ("ladder.1.description",), 0),
        ({"description": "  "}, ("ladder.1.description",), 0),
        ({"description": "Units met een breed team."}, ("ladder.1.description",), 0),
        ({"theory": None, "nature": "innovation"}, ("ladder.2.theory",), 1),
        ({"theory": None}, ("ladder.2.theory", "ladder.2.evidence"), 1),
        ({"theory": "Een breed team werkt."}, ("ladder.2.evidence",), 1),
        ({"theory": "Een breed team werkt.", "nature": "innovation"}, (), 5),
        ({"predictions": []}, ("ladder.4.prediction",), 3),
        ({"predictions": ["Gelijk."]}, ("ladder.4.measured",), 3),
        ({"alternatives": []}, ("ladder.4.alternatives",), 3),
        (ALONE, ("ladder.5.comparison",), 4),
        ({"comparison": "rejected_applicants"}, ("ladder.5.design",), 4),
        ({"comparison": "randomised", "assignment": "school", "schools": APART},
         ("ladder.5.size",), 4),
        ({"comparison": "randomised", "schools": FOUR},
         ("ladder.5.assignment", "ladder.5.detectable"), 4),
        ({"schools": APART}, ("ladder.5.size",), 4),
        ({"schools": APART, "assignment": "teacher"}, ("ladder.5.size",), 4),
        ({"schools": FOUR}, ("ladder.5.detectable",), 4),
        ({"assignment": "school", "schools": TWO_BOTH},
         ("ladder.5.assignment", "ladder.5.size"), 4),
        ({"assignment": "subject"} | ONE_BOTH, ("ladder.5.assignment", "ladder.5.size"), 4),
        (sized(classes=1) | ONE_BOTH, ("ladder.5.size",), 4),
        (sized(pupils=50) | ONE_BOTH, ("ladder.5.size",), 4),
        (sized(classes=2), (), 5),
        (sized(pupils=1, classes=1) | ONE_BOTH, ("ladder.4.testable", "ladder.5.size"), 3),
        ({"conditions": {}}, ("ladder.1.conditions",), 0),
        ({"conditions": {"time": "n.v.t.", "leadership": "-"}}, ("ladder.1.conditions",), 0),
        ({"conditions": {"time": "Een dagdeel."}}, (), 5),
        ({"alternatives": [{"text": "n.v.t.", "check": "n.v.t."}]}, ("ladder.4.alternatives",), 3),
        ({"theory": "Geen."}, ("ladder.2.theory", "ladder.2.evidence"), 1),
    ],
)  # fmt: skip
def test_each_rule_counts_by_itself(
    changes: dict[str, Any], failed: tuple[str, ...], rung: int
) -> None:
    made = cases.design(cases.project(**changes))
    assert unmet(made) == failed
    assert made.expected_rung == rung
    for rule in outcomes(made).values():  # What is not met says what would lift it, and only that.
        assert (rule.lift is None) == (rule.met or rule.after is not None)
        assert rule.source


def test_a_small_project_is_measured_by_its_own_goals() -> None:
    used = cases.protocol("basisset")
    same = cases.GOAL | {"id": "meer", "levels": ["meer", "Meer", "c", "d", "e"]}
    for goals, rung in (([cases.GOAL], 3), ([same], 2), ([same, cases.GOAL], 3), ([], 2)):
        small = cases.project(**SMALL, goals=goals, predictions=[])
        made = cases.design(small, protocol=used)
        assert (made.variant, made.expected_rung) == ("small", rung), goals


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Uit onderzoek blijkt dat het werkt.", False), ("Hattie (2009).", True),
        ("A review of 2019 found it works.", True), ("Dit is bewezen.", False),
        ("Zie https://example.nl/rapport", True),
        ("Het werkt op onze school.", False), (None, False),
        ("In 20 lessen.", False), ("In 2015 begonnen wij.", False), ("Sinds 2015 zo.", False),
        ("Na een studiedag.", False), ("Zie Hattie & Yates, 2014.", True),
        ("Marzano et al. 2001 vond dat.", True), ("Uit een studie van 2020 bleek het.", True),
    ],
)  # fmt: skip
def test_evidence_is_a_pointer_to_research(text: str | None, names: bool) -> None:
    made = cases.design(cases.project(theory=text))
    assert outcomes(made)["ladder.2.evidence"].met == names


def test_what_would_lift_it_says_how_many_rungs_that_brings_by_itself() -> None:
    one = outcomes(cases.design(cases.project(alternatives=[])))["ladder.4.alternatives"]
    assert one.lift is not None
    assert one.lift.en.startswith("+2: name what else")
    assert one.lift.nl.startswith("+2: noem")
    alone = outcomes(cases.design(cases.project(**ALONE)))["ladder.5.comparison"]
    assert alone.lift is not None
    assert alone.lift.en.startswith("+1: add a comparison group")
    waiting = outcomes(cases.design(cases.project(**ALONE)))["ladder.5.detectable"]
    assert (waiting.met, waiting.lift, waiting.after) == (False, None, "ladder.5.size")
    small = outcomes(cases.design(cases.project(**sized(classes=1), **ONE_BOTH)))["ladder.5.size"]
    assert small.lift is not None
    assert small.lift.en.startswith("+1: ")


def test_an_outcome_measured_only_afterwards_is_not_measured_twice() -> None:
    protocol = cases.protocol()
    once = tuple(
        r.model_copy(update={"waves": tuple(w for w in r.waves if w != "baseline") or ("post",)})
        for r in protocol.requires
    )
    type = cases.plugins().types["iio.slimfit"].model_copy(update={"requires": ()})
    made = cases.design(protocol=protocol.model_copy(update={"requires": once}), type=type)
    assert unmet(made) == ("ladder.3.outcome", "ladder.4.measured", "ladder.5.measured")
    assert made.expected_rung == 2


def test_a_condition_measured_twice_is_no_outcome_measured_twice() -> None:
    protocol = cases.protocol()
    only = tuple(r for r in protocol.requires if r.measure == "core.class_size")
    assert only[0].waves == ("baseline", "post")
    type = cases.plugins().types["iio.slimfit"].model_copy(update={"requires": ()})
    made = cases.design(protocol=protocol.model_copy(update={"requires": only}), type=type)
    assert made.expected_rung == 2


def test_a_comparison_group_that_is_not_measured_shows_no_cause() -> None:
    protocol = cases.protocol()
    alone = tuple(r.model_copy(update={"arms": "intervention"}) for r in protocol.requires)
    type = cases.plugins().types["iio.slimfit"].model_copy(update={"requires": ()})
    made = cases.design(protocol=protocol.model_copy(update={"requires": alone}), type=type)
    assert unmet(made) == ("ladder.5.measured",)
    assert made.expected_rung == 4


WITHOUT: dict[str, Any] = {
    "description": None, "theory": None, "goals": [], "predictions": [], "alternatives": [],
    "conditions": {},
}  # fmt: skip
COMPARED = {"arms": cases.TWO_ARMS, "comparison": "matched", "schools": [
    {"brin": "05KO"}, {"brin": "12AB", "arms": ["comparison"]},
]}  # fmt: skip


@repeatable
@given(
    st.sets(st.sampled_from(sorted(WITHOUT))),
    st.sampled_from([*sorted(WITHOUT), "comparison"]),
    st.booleans(),
    st.booleans(),
)
def test_adding_something_never_lowers_the_rung(
    lacking: set[str], added: str, alone: bool, small: bool
) -> None:
    used = cases.protocol("basisset" if small else "iio-slimfit-large")
    values: dict[str, Any] = {name: WITHOUT[name] for name in lacking | ({added} & set(WITHOUT))}
    values |= {"protocol": used.id} | (ALONE if alone or added == "comparison" else {})
    less = cases.design(cases.project(**values), protocol=used)
    richer = {k: v for k, v in values.items() if k != added}
    more = cases.project(**(richer | (COMPARED if added == "comparison" else {})))
    assert cases.design(more, protocol=used).expected_rung >= less.expected_rung


WHY = Text(nl="x", en="x")


def step(rung: int, met: bool) -> RungStep:
    rule = RuleOutcome(id=f"ladder.{rung}.x", rung=rung, met=met, reason=WHY, source="x")
    return RungStep(rung=rung, rules=(rule,))


@repeatable
@given(st.lists(st.booleans(), min_size=5, max_size=5), st.randoms(use_true_random=False))
def test_a_rung_is_reached_if_all_below_it_are(met: list[bool], random: Any) -> None:
    steps = [step(i, m) for i, m in enumerate([True, *met])]
    random.shuffle(steps)
    expected = next((i for i, m in enumerate(met) if not m), 5)
    assert expected_rung(steps) == expected


def test_rules_name_their_rung_and_source() -> None:
    assert [rule.rung for rule in PLANNED] == sorted(rule.rung for rule in PLANNED)
    for rule in (*PLANNED, *FOUND):
        assert rule.id.split(".")[1] == str(rule.rung)
        assert rule.source
        assert rule.lift.nl[0].islower()


# After the data

PROVEN = BaselineStatus.proven


def designed(rung: int) -> Design:
    steps = tuple(step(i, i <= rung) for i in range(6))
    return cases.design().model_copy(update={"expected_rung": rung, "ladder": steps})


def facts(
    baseline: BaselineStatus = PROVEN,
    verdict: Verdict = Verdict.fine,
    estimated: bool = True,
    **more: Any,
) -> ResultFacts:
    return ResultFacts(baseline=baseline, verdict=verdict, estimated=estimated, **more)


@pytest.mark.parametrize(
    ("expected", "baseline", "verdict", "estimate", "rung"),
    [
        (5, PROVEN, Verdict.fine, True, 5),
        (5, PROVEN, Verdict.adjust, True, 5),
        (5, PROVEN, Verdict.fails, True, 3),
        (5, PROVEN, Verdict.fine, False, 3),
        (5, PROVEN, Verdict.unknown, True, 4),
        (4, PROVEN, Verdict.unknown, True, 4),
        (5, BaselineStatus.late, Verdict.unknown, True, 3),
        (5, BaselineStatus.late, Verdict.fine, True, 3),
        (5, BaselineStatus.absent, Verdict.unknown, True, 3),
        (4, BaselineStatus.absent, Verdict.unknown, True, 3),
        (2, BaselineStatus.late, Verdict.unknown, True, 2),
        (0, PROVEN, Verdict.fine, True, 0),
    ],
)
def test_what_a_result_reaches(
    expected: int, baseline: BaselineStatus, verdict: Verdict, estimate: bool, rung: int
) -> None:
    assert reached_rung(designed(expected), facts(baseline, verdict, estimate)).rung == rung


def lost(t: float, c: float) -> Attrition:
    return Attrition(overall=(t + c) / 2, intervention=t, comparison=c)


@pytest.mark.parametrize(
    ("more", "limits"),
    [
        ({}, ()),
        ({"verdict": Verdict.adjust, "adjusted": False}, ("reached.5.adjusted",)),
        ({"verdict": Verdict.fine, "adjusted": False}, ()),
        ({"fewest_clusters": 1}, ("reached.5.size",)),
        ({"fewest_clusters": 2}, ()),
        ({"attrition": lost(0.10, 0.10)}, ()),
        ({"attrition": lost(0.14, 0.06)}, ()),  # Beyond cautious, and the arms are alike.
        ({"attrition": lost(0.20, 0.02)}, ("reached.5.attrition",)),
        ({"attrition": lost(0.70, 0.70)}, ("reached.5.attrition",)),
        ({"attrition": Attrition(overall=0.5, intervention=0.5, comparison=None)}, ()),
        ({"registered": True}, ()),
        ({"response": 0.80}, ()),
        ({"response": 0.79}, ("reached.5.response",)),
        ({"in_window": False}, ("reached.5.window",)),
        ({"in_window": False, "response": 0.1}, ("reached.5.response", "reached.5.window")),
    ],
)
def test_each_rule_for_a_result_counts_by_itself(
    more: dict[str, Any], limits: tuple[str, ...]
) -> None:
    reached = reached_rung(designed(5), facts(**more))
    assert reached.limits == limits
    assert reached.rung == (4 if limits else 5)


def test_predictions_registered_after_the_data_test_nothing() -> None:
    reached = reached_rung(designed(5), facts(registered=False))
    assert (reached.rung, reached.limits) == (3, ("reached.4.registered",))


def test_what_nobody_predicted_tests_nothing() -> None:
    reached = reached_rung(designed(5), facts(predicted=False))
    assert (reached.rung, reached.limits) == (3, ("reached.4.predicted",))


def test_attrition_between_the_boundaries_asks_for_arms_that_were_compared() -> None:
    unknown = facts(verdict=Verdict.unknown, attrition=lost(0.14, 0.06))
    limits = reached_rung(designed(5), unknown).limits
    assert limits == ("reached.5.compared", "reached.5.attrition")


def test_the_limits_of_the_design_come_first() -> None:
    reached = reached_rung(designed(3), facts(estimated=False))
    assert reached.rung == 3
    assert reached.limits == ("ladder.4.x", "ladder.5.x", "reached.4.estimate")


def test_a_withheld_result_is_as_one_without_an_estimate_whatever_its_values_are() -> None:
    for expected, baseline, window, predicted in product(
        range(6), BaselineStatus, (True, False), (True, False)
    ):
        known = facts(baseline, in_window=window, predicted=predicted)
        without = reached_rung(designed(expected), known._replace(estimated=False))
        for verdict, estimated, response, attrition in product(
            Verdict, (True, False), (None, 0.1), (None, lost(0.6, 0.3))
        ):
            found = known._replace(
                verdict=verdict, estimated=estimated, response=response, attrition=attrition
            )
            limits = reached_rung(designed(expected), found).limits
            assert withheld_rung(limits) == without


def test_a_result_never_reaches_more_than_its_design_can() -> None:
    for expected, *rest in product(range(6), BaselineStatus, Verdict, (True, False)):
        assert 0 <= reached_rung(designed(expected), facts(*rest)).rung <= expected


# Attrition (WWC Standards Handbook 4.1, table II.1)


@pytest.mark.parametrize(
    ("overall", "cautious", "optimistic"),
    [(0, 5.7, 10.0), (0.10, 6.3, 10.9), (0.20, 5.4, 10.0), (0.304, 4.1, 8.2), (0.50, 1.0, 3.7),
     (0.57, 0.0, 2.1), (0.58, None, 1.9), (0.65, None, 0.3), (0.66, None, None)],
)  # fmt: skip
def test_the_boundary_is_the_published_one(
    overall: float, cautious: float | None, optimistic: float | None
) -> None:
    for assumption, percent in (("cautious", cautious), ("optimistic", optimistic)):
        highest = highest_difference(overall, assumption)  # type: ignore[arg-type]
        assert highest == (None if percent is None else pytest.approx(percent / 100))


@repeatable
@given(st.floats(0, 1), st.floats(0, 1))
def test_what_the_cautious_boundary_bears_the_optimistic_bears(overall: float, d: float) -> None:
    assert is_low(overall, d, "optimistic") or not is_low(overall, d, "cautious")


def test_the_boundaries_run_on_to_where_none_is_low() -> None:
    assert [len(BOUNDARIES[name]) for name in ("cautious", "optimistic")] == [58, 66]
