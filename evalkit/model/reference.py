"""The reference moederbestand: the interventions of the meta-analysis, each on a card.

A value is there only where a source states it, with its place; what no source states stays
unknown. Where a source leaves open which of a few values holds ("rung 4 or 5"), all of them are
kept as a set.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any, Generic, NamedTuple, TypeVar

from pydantic import Field

from evalkit.model.base import Identifier, Model
from evalkit.model.measure import SourceRef
from evalkit.model.text import Text
from evalkit.model.vocabulary import GoalReached, Level, Phase, Sector, Term

T = TypeVar("T")

RUNGS = (0, 1, 2, 3, 4, 5)
"""The rungs of the effect ladder."""

GOALS = tuple(GoalReached)
"""How far goals were reached, from fully to not at all."""


class ReportKind(Term):
    """What a report is, if it does not itself evaluate one intervention."""

    advice = "advice", "adviesrapport", "advisory report"
    meta_analysis = "meta_analysis", "meta-analyse", "meta-analysis"


class Outcome(Term):
    """Whether a card meets the criteria of a selection, as far as the sources tell."""

    meets = "meets", "voldoet", "meets"
    undecided = "undecided", "niet te zeggen", "cannot be told"
    fails = "fails", "voldoet niet", "does not meet"


class Sourced(Model, Generic[T]):
    """A value and its place in the source."""

    value: T = Field(description="What the source states.")
    source: SourceRef = Field(description="Where it states it.")
    coded: bool = Field(
        False, description="The source says it in words of its own; the code is ours."
    )
    stated_by_selection: bool = Field(
        False, description="Known only because the source lists the intervention in a selection."
    )
    note: Text | None = Field(None, description="What a reader must know to judge the value.")


class StatedFactor(Model):
    """Something that helped or hindered, in our words; the code is ours too."""

    text: Text = Field(description="The factor.")
    code: Identifier | None = Field(None, description="Its code in the list of factors, if any.")


class ReferenceCard(Model):
    """The digital card of one intervention of the meta-analysis. Unknown stays unknown."""

    id: Identifier = Field(description="Id of the intervention.")
    title: Text = Field(description="Name of the intervention.")
    programme: Sourced[Text] | None = Field(None, description="Programme it is part of.")
    school_types: tuple[Sourced[Sector], ...] = Field((), description="1. Types of school.")
    description: tuple[Sourced[Text], ...] = Field((), description="2. Intervention and goals.")
    aspects: tuple[Sourced[Identifier], ...] = Field((), description="3. Aspects aimed at.")
    core_activities: tuple[Sourced[Text], ...] = Field((), description="4. Core activities.")
    target_groups: tuple[Sourced[Identifier], ...] = Field((), description="5. Target groups.")
    levels: tuple[Sourced[Level], ...] = Field((), description="6. Levels.")
    outcome_measures: tuple[Sourced[Text], ...] = Field((), description="7. Outcome measures.")
    outcomes: tuple[Sourced[Text], ...] = Field((), description="8. Outcomes.")
    goal_reached: Sourced[tuple[GoalReached, ...]] | None = Field(
        None, description="9. How far the goals were reached: the degrees that are possible."
    )
    phase: Sourced[tuple[Phase, ...]] | None = Field(
        None, description="10. Phase of the innovation: the phases that are possible."
    )
    determinants: tuple[Sourced[Identifier], ...] = Field((), description="11. Determinants.")
    indicators: tuple[Sourced[Identifier], ...] = Field((), description="12. Indicators.")
    sustained_results: tuple[Sourced[Text], ...] = Field((), description="13. What remained.")
    support_structure: tuple[Sourced[Text], ...] = Field((), description="14. Support.")
    promoting_factors: tuple[Sourced[StatedFactor], ...] = Field((), description="15. What helped.")
    hindering_factors: tuple[Sourced[StatedFactor], ...] = Field(
        (), description="16. What hindered."
    )
    positive_side_effects: tuple[Sourced[Text], ...] = Field((), description="17. Positive.")
    unwanted_side_effects: tuple[Sourced[Text], ...] = Field((), description="18. Unwanted.")
    rungs: Sourced[tuple[int, ...]] | None = Field(
        None, description="Rungs of the effect ladder that are possible; none: not applicable."
    )
    summary: Sourced[Text] | None = Field(None, description="Summary.")
    baseline: Sourced[bool] | None = Field(None, description="Whether there was a nulmeting.")

    def stated(self, variable: str) -> tuple[Sourced[Any], ...]:
        """The values of one variable, each with its place; none if it is unknown."""
        found = getattr(self, variable)
        return found if isinstance(found, tuple) else () if found is None else (found,)

    def codes(self, variable: str) -> frozenset[Any]:
        """The codes that are stated for one variable; for a set, all that are possible."""
        found: set[Any] = set()
        for item in self.stated(variable):
            if isinstance(item.value, StatedFactor):
                found |= {item.value.code} - {None}
            elif isinstance(item.value, tuple):
                found.update(item.value)
            else:
                found.add(item.value)
        return frozenset(found)


VARIABLES: tuple[str, ...] = tuple(
    name for name in ReferenceCard.model_fields if name not in ("id", "title")
)
"""The variables of a reference card, in the order of the digital card."""


class ReferenceReport(Model):
    """A report that the meta-analysis processed, with the interventions it is about."""

    id: Identifier = Field(description="Id of the report: first author and year.")
    authors: str = Field(min_length=1, description="Authors, as cited.")
    year: int | None = Field(description="Year of publication; empty if the citation has none.")
    title: str = Field(min_length=1, description="Title, as cited.")
    source: SourceRef = Field(description="Where it is listed.")
    summarised: SourceRef = Field(description="Where it is summarised.")
    kind: Sourced[ReportKind] | None = Field(None, description="What it is, if no evaluation.")
    interventions: tuple[ReferenceCard, ...] = Field(min_length=1, description="Its cards.")


class Criteria(Model):
    """What a card must meet. A criterion that is left out does not count."""

    goal_at_least: GoalReached | None = Field(None, description="Goals reached so far or more.")
    goal_at_most: GoalReached | None = Field(None, description="Goals reached so far or less.")
    phases: tuple[Phase, ...] = Field((), description="In one of these phases.")
    rung_at_least: int | None = Field(None, ge=0, le=5, description="On this rung or higher.")

    def required(self) -> dict[str, frozenset[Any]]:
        """For each variable that counts, the values that meet the criteria."""
        required: dict[str, frozenset[Any]] = {}
        if self.goal_at_least or self.goal_at_most:
            first = GOALS.index(self.goal_at_most) if self.goal_at_most else 0
            last = GOALS.index(self.goal_at_least) if self.goal_at_least else len(GOALS) - 1
            required["goal_reached"] = frozenset(GOALS[first : last + 1])
        if self.phases:
            required["phase"] = frozenset(self.phases)
        if self.rung_at_least is not None:
            required["rungs"] = frozenset(RUNGS[self.rung_at_least :])
        return required

    def judge(self, card: ReferenceCard) -> dict[str, Outcome]:
        """For each variable that counts, whether the card meets it.

        A set of possible values meets it if all of them do, and fails if none does.
        """
        return {
            variable: _judge(card.stated(variable), card.codes(variable), wanted)
            for variable, wanted in self.required().items()
        }


def _judge(
    stated: tuple[Sourced[Any], ...], possible: frozenset[Any], wanted: frozenset[Any]
) -> Outcome:
    if not stated:
        return Outcome.undecided
    if not possible & wanted:
        return Outcome.fails
    return Outcome.meets if possible <= wanted else Outcome.undecided


class Selected(NamedTuple):
    """The cards that meet the criteria, that cannot be told, and that do not."""

    criteria: Criteria
    meets: tuple[ReferenceCard, ...]
    undecided: tuple[ReferenceCard, ...]
    fails: tuple[ReferenceCard, ...]

    @property
    def by_selection(self) -> dict[str, tuple[str, ...]]:
        """Per card that meets, the variables known only from a published selection."""
        return {
            card.id: tuple(
                variable
                for variable in self.criteria.required()
                if any(item.stated_by_selection for item in card.stated(variable))
            )
            for card in self.meets
        }


class NamedSelection(Model):
    """A selection that the meta-analysis made, and what it published about it."""

    id: Identifier = Field(description="Name of the selection.")
    label: Text = Field(description="What it selects.")
    criteria: Criteria = Field(description="Its criteria.")
    cards: tuple[Identifier, ...] = Field(description="The interventions it gave.")
    source: SourceRef = Field(description="Where it is published.")
    rungs: tuple[int, ...] = Field(description="The rungs it says its interventions are on.")
    in_all: tuple[Identifier, ...] = Field((), description="Aspects of all of them.")
    in_two: tuple[Identifier, ...] = Field((), description="Aspects of two of them.")
    aspects_source: SourceRef | None = Field(None, description="Where the aspects are published.")


class PublishedNumber(Model):
    """A number of interventions that the meta-analysis published."""

    variable: Identifier = Field(description="The variable that was counted.")
    codes: tuple[str | bool, ...] = Field(min_length=1, description="The codes that count.")
    rule: str = Field(
        "any",
        pattern="^(any|all|only)$",
        description="Cards with any of the codes, with all of them, or with no others.",
    )
    number: int = Field(ge=0, description="The published number of interventions.")
    out_of: int = Field(32, description="The number of interventions that was counted over.")
    source: SourceRef = Field(description="Where it is published.")
    note: Text | None = Field(None, description="What a reader must know to judge it.")


class Published(Model):
    """What the meta-analysis published about its interventions as a whole."""

    interventions: int = Field(description="Number of interventions.")
    reports: tuple[Sourced[int], ...] = Field(description="Numbers of reports it gives.")
    counting: Text = Field(description="Which number of reports we count, and why.")
    selections: tuple[NamedSelection, ...] = Field(description="The selections it made.")
    counts: tuple[PublishedNumber, ...] = Field(description="The numbers it gives.")
    remarks: tuple[Sourced[Text], ...] = Field((), description="Where the source is at odds.")


class ReferenceBase(Model):
    """The reference moederbestand: all reports with their cards, and what was published."""

    reports: tuple[ReferenceReport, ...] = Field(description="The reports, by id.")
    published: Published = Field(description="What the meta-analysis published.")

    @property
    def cards(self) -> tuple[ReferenceCard, ...]:
        """All cards, in the order of the reports."""
        return tuple(card for report in self.reports for card in report.interventions)

    def card(self, id: str) -> ReferenceCard:
        """The card of one intervention.

        Raises:
            KeyError: there is none with that id.
        """
        return {card.id: card for card in self.cards}[id]

    def report(self, card: str) -> ReferenceReport:
        """The report that an intervention's card comes from.

        Raises:
            KeyError: there is no card with that id.
        """
        return {one.id: report for report in self.reports for one in report.interventions}[card]

    def selection(self, id: str) -> NamedSelection:
        """A selection of the meta-analysis.

        Raises:
            KeyError: there is none with that id.
        """
        return {selection.id: selection for selection in self.published.selections}[id]

    def select(
        self,
        criteria: Criteria | None = None,
        *,
        goal_at_least: GoalReached | None = None,
        goal_at_most: GoalReached | None = None,
        phase: Phase | Iterable[Phase] = (),
        rung_at_least: int | None = None,
    ) -> Selected:
        """The cards that meet all criteria, and those of which the sources do not tell.

        Args:
            criteria: the criteria in one; else they are made of the rest.
            goal_at_least: goals reached so far or more.
            goal_at_most: goals reached so far or less.
            phase: in this phase, or one of these.
            rung_at_least: on this rung or higher, whichever of its possible rungs holds.
        """
        asked = criteria or Criteria(
            goal_at_least=goal_at_least,
            goal_at_most=goal_at_most,
            phases=(phase,) if isinstance(phase, Phase) else tuple(phase),
            rung_at_least=rung_at_least,
        )
        groups: dict[Outcome, list[ReferenceCard]] = {outcome: [] for outcome in Outcome}
        for card in self.cards:
            judged = set(asked.judge(card).values())
            worst = (Outcome.fails, Outcome.undecided)
            groups[next((o for o in worst if o in judged), Outcome.meets)].append(card)
        return Selected(asked, *(tuple(groups[outcome]) for outcome in Outcome))

    def counts(self, variable: str) -> dict[Any, int]:
        """Per code of a variable, the number of cards that state it; most often first."""
        found: Counter[Any] = Counter()
        for card in self.cards:
            found.update(card.codes(variable))
        return dict(sorted(found.items(), key=lambda pair: (-pair[1], str(pair[0]))))

    def unknown(self, variable: str) -> tuple[ReferenceCard, ...]:
        """The cards that state nothing for a variable."""
        return tuple(card for card in self.cards if not card.stated(variable))
