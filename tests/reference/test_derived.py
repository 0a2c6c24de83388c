"""What the report derived comes out of the cards, or the check says that it cannot."""

from __future__ import annotations

import pytest

from evalkit.library.factors import factors
from evalkit.model.reference import Criteria, Outcome, ReferenceBase, ReferenceCard
from evalkit.model.text import Text
from evalkit.model.vocabulary import GoalReached, Phase
from evalkit.synthesis.selections import CountVerdict, check_counts, overlaps, reproduce

LASTING = {"leren_verbeteren", "leiderschap_als_smaakmaker", "tom_scholen"}
NOT_REALISED = {"slimfit", "videolessen", "samen_leren_innoveren_ict"}
RUNGS = {
    "lof": {4, 5},
    "onderzoeken_in_school": {4},
    "amsterdamse_beurzen": {3},
    "leren_verbeteren": {4},
    "slimfit": {5},
    "leerlingen_voor_leerlingen": {5},
    "videolessen": {5},
    "eklas_pal": {5},
    "onderwijsteams": {5},
    "school_aan_zet": {4},
    "siof": {2},
    "doorbraakproject": {3},
    "stapsgewijze_verbeteringen": set(),
    "lukt_het_loopt_het": set(),
    "ontwikkeling_en_ondersteuning": {2},
    "samen_ten_dienste": set(),
    "promoverende_leraren": {2},
    "stap2": {3},
    "lerarenbeurs": {3},
    "wet_sloa": {3},
    "leerkracht": {4},
    "onderwijsadvisering": {2},
    "werkplaatsen_po": {2},
    "grassroots": {4},
    "stimuleringsregelingen_ict": {2},
    "samen_leren_innoveren_ict": {4},
    "tom_scholen": {3},
    "leiderschap_als_smaakmaker": {3},
    "strategisch_hrm": {3},
    "leerling2020": {3},
    "collectief_leren": {3},
}
"""Rungs of appendix 2, in its order; it names none for Functiemix."""


def ids(cards: tuple[ReferenceCard, ...]) -> set[str]:
    return {card.id for card in cards}


def test_rungs_of_appendix_2(base: ReferenceBase) -> None:
    assert {card.id: set(card.codes("rungs")) for card in base.cards if card.rungs} == RUNGS
    assert ids(base.unknown("rungs")) == {"functiemix"}


def test_three_interventions_meet_the_three_criteria(base: ReferenceBase) -> None:
    found = base.select(goal_at_least=GoalReached.largely, phase=Phase.sustaining, rung_at_least=3)
    assert ids(found.meets) == LASTING
    assert len(found.meets) + len(found.undecided) + len(found.fails) == 32


def test_goal_and_phase_are_known_from_the_selection_and_the_rung_is_not(
    base: ReferenceBase,
) -> None:
    found = base.select(base.selection("lasting").criteria)
    assert set(found.by_selection) == LASTING
    assert set(found.by_selection.values()) == {("goal_reached", "phase")}


def test_without_the_circular_values_the_rung_alone_does_not_contradict_the_report(
    base: ReferenceBase,
) -> None:
    assert ids(base.select(rung_at_least=3).meets) >= LASTING
    assert ids(base.select(rung_at_least=4).meets) >= NOT_REALISED


def test_aspects_of_overview_12_and_their_overlaps(base: ReferenceBase) -> None:
    made = reproduce(base, base.selection("lasting"))
    assert made.agrees
    assert made.aspects_agree
    assert made.rungs_agree
    assert {code for code, n in made.aspects.items() if n == 3} == {"leadership", "organisation"}
    assert {code for code, n in made.aspects.items() if n == 2} == {
        "anchoring",
        "vision",
        "professionalisation",
        "culture",
        "demand_articulation",
        "in_school_learning",
    }
    assert {code for code, n in made.aspects.items() if n == 1} == {
        "education_quality",
        "time",
        "finance",
        "personalised_learning",
    }


def test_levels_of_the_three_are_those_of_chapter_5(base: ReferenceBase) -> None:
    levels = {id: base.card(id).codes("levels") for id in LASTING}
    assert levels == {
        "leren_verbeteren": {"micro", "meso", "macro"},
        "leiderschap_als_smaakmaker": {"micro", "meso"},
        "tom_scholen": {"micro", "meso"},
    }


def test_the_opposite_selection_of_overview_13(base: ReferenceBase) -> None:
    made = reproduce(base, base.selection("not-realised"))
    assert ids(made.found.meets) == NOT_REALISED
    assert made.agrees
    assert made.aspects_agree is None
    assert {rung for id in NOT_REALISED for rung in base.card(id).codes("rungs")} == {4, 5}


def test_a_changed_card_makes_the_reproduction_fail(base: ReferenceBase) -> None:
    """The agreement is not built in: it comes from the cards."""

    def change(card: ReferenceCard) -> ReferenceCard:
        if card.id == "tom_scholen":
            rung = card.rungs and card.rungs.model_copy(update={"value": (2,)})
            return card.model_copy(update={"rungs": rung})
        return card

    reports = tuple(
        report.model_copy(update={"interventions": tuple(map(change, report.interventions))})
        for report in base.reports
    )
    made = reproduce(base.model_copy(update={"reports": reports}), base.selection("lasting"))
    assert made.missing == ("tom_scholen",)
    assert not made.agrees


@pytest.mark.parametrize(
    ("criteria", "card", "outcome"),
    [
        (Criteria(rung_at_least=5), "lof", Outcome.undecided),
        (Criteria(rung_at_least=4), "lof", Outcome.meets),
        (Criteria(rung_at_least=0), "samen_ten_dienste", Outcome.fails),
        (Criteria(rung_at_least=0), "functiemix", Outcome.undecided),
        (Criteria(phases=(Phase.initiation,)), "slimfit", Outcome.undecided),
        (Criteria(goal_at_least=GoalReached.fully), "tom_scholen", Outcome.undecided),
        (Criteria(goal_at_most=GoalReached.somewhat), "tom_scholen", Outcome.fails),
        (Criteria(), "functiemix", Outcome.meets),
    ],
)
def test_a_set_of_possible_values_is_judged_as_a_whole(
    base: ReferenceBase, criteria: Criteria, card: str, outcome: Outcome
) -> None:
    found = base.select(criteria)
    assert card in ids(getattr(found, outcome.value))


def test_a_failed_criterion_outweighs_an_unknown_one(base: ReferenceBase) -> None:
    found = base.select(base.selection("lasting").criteria)
    assert "siof" in ids(found.fails)  # rung 2; goal and phase unknown


def test_published_numbers_are_those_of_the_report(base: ReferenceBase) -> None:
    published = {
        (number.variable, number.codes, number.rule): number.number
        for number in base.published.counts
    }
    assert published["aspects", ("professionalisation",), "any"] == 20
    assert published["aspects", ("in_school_learning",), "any"] == 16
    assert published["aspects", ("ownership",), "any"] == 13
    assert published["school_types", ("po",), "any"] == 21
    assert published["school_types", ("vo",), "any"] == 25
    assert published["school_types", ("po",), "only"] == 6
    assert published["school_types", ("vo",), "only"] == 11
    assert published["target_groups", ("teachers", "teaching_team"), "any"] == 22
    assert published["levels", ("micro", "meso", "macro"), "all"] == 7
    assert published["baseline", (True,), "any"] == 8


def test_no_published_number_of_cards_is_exceeded_and_the_unsupported_are_named(
    base: ReferenceBase,
) -> None:
    checks = check_counts(base, factors().factors)
    assert not [check for check in checks if check.verdict is CountVerdict.over]
    supported = {
        (check.variable, check.codes, check.rule): (check.supported, check.unknown)
        for check in checks
    }
    assert supported["aspects", ("professionalisation",), "any"] == (11, 6)
    assert supported["school_types", ("po",), "any"] == (12, 12)
    assert supported["school_types", ("vo",), "any"] == (15, 12)
    assert supported["school_types", ("po",), "only"] == (4, 12)
    assert supported["school_types", ("vo",), "only"] == (8, 12)
    assert supported["goal_reached", ("hardly",), "any"] == (3, 25)
    assert supported["baseline", (True,), "any"] == (1, 31)


def test_every_published_row_of_factors_is_checked(base: ReferenceBase) -> None:
    checks = [c for c in check_counts(base, factors().factors) if c.variable.endswith("factors")]
    assert sum(len(check.published) for check in checks) == 33 + 44
    assert all(check.by_our_code == check.supported for check in checks)


def test_what_is_by_our_code_is_counted_apart(base: ReferenceBase) -> None:
    checks = {(c.variable, c.codes): c for c in check_counts(base)}
    leadership = checks["aspects", ("leadership",)]
    assert leadership.supported - leadership.by_our_code == 3  # overview 12
    assert all(0 <= check.by_our_code <= check.supported for check in check_counts(base))


def test_counts_and_unknowns_add_up(base: ReferenceBase) -> None:
    counted = base.counts("rungs")
    assert counted == {3: 10, 4: 7, 2: 6, 5: 6}
    lof_is_on_two, not_applicable, unknown = 1, 3, 1
    assert sum(counted.values()) - lof_is_on_two + not_applicable + unknown == 32
    assert overlaps(base.cards) == base.counts("aspects")


def test_texts_of_the_verdicts_are_in_two_languages() -> None:
    for term in (*CountVerdict, *Outcome):
        assert isinstance(term.label, Text)
