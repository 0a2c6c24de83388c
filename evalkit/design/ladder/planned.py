"""The rules for what a design can reach, looking at what is planned alone.

The rungs are those of the meta-analysis of 25 years of support for school development (2021),
overview 8; the quality checklist is its overview 7.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from evalkit.design.assignment import assigned_units, contradictions
from evalkit.design.ladder.rule import Rules
from evalkit.design.reasoning import is_described, is_measurable, is_said, names_research
from evalkit.model.design import Power, ScheduleEntry
from evalkit.model.measure import Measure
from evalkit.model.project import Project
from evalkit.model.project_type import ProjectType
from evalkit.model.vocabulary import ArmRole, Comparison, Kind, Nature, Variant

RUNG_1, RUNG_2, RUNG_3, RUNG_4, RUNG_5 = (f"004, overzicht 8, trede {n}" for n in range(1, 6))
CONFOUND = "WWC, Teacher-Intervention Confound (technical guidance, 2006)"


@dataclass(frozen=True)
class Plan:
    """What is planned: the project, what is measured, and which waves come before and after."""

    project: Project
    type: ProjectType
    variant: Variant
    entries: tuple[ScheduleEntry, ...]
    measures: dict[str, Measure]
    before: frozenset[str]
    after: frozenset[str]
    powers: tuple[Power, ...] = ()

    def twice(self, role: ArmRole = ArmRole.intervention) -> frozenset[str]:
        """Measures that are taken in an arm both at a baseline and afterwards."""
        taken = [entry for entry in self.entries if role in entry.arms]
        early = {entry.measure for entry in taken if entry.wave in self.before}
        return frozenset(e.measure for e in taken if e.wave in self.after and e.measure in early)

    def together(self, measure: str) -> frozenset[str]:
        """Other measures taken of the same persons of the intervention group after the baseline."""
        if measure not in self.measures:
            return frozenset()
        taken = [
            entry
            for entry in self.entries
            if ArmRole.intervention in entry.arms
            and self.measures[entry.measure].respondent is self.measures[measure].respondent
        ]
        waves = {e.wave for e in taken if e.measure == measure and e.wave not in self.before}
        found = {entry.measure for entry in taken if entry.wave in waves}
        return frozenset(found - {measure})

    def outcomes(self, role: ArmRole = ArmRole.intervention) -> frozenset[str]:
        """The outcomes among them."""
        return frozenset(m for m in self.twice(role) if self.measures[m].kind is Kind.outcome)

    @property
    def predicted(self) -> frozenset[str]:
        """Measures that a prediction names and that are taken before and after."""
        named = {prediction.measure for prediction in self.project.predictions}
        return frozenset(measure for measure in self.twice() if measure in named)

    def shows(self, enough: Callable[[Power], bool]) -> bool:
        """Whether a predicted outcome has the power asked, or power says nothing of one.

        It says nothing of what a whole school has one number of, and where sizes are unknown.
        """
        told = {measure: power for power in self.powers for measure in power.measures}
        asked = self.predicted & self.outcomes() or self.predicted
        return any(m not in told or enough(told[m]) for m in asked)


PLANNED: Rules[Plan] = Rules()
"""The rules for a design, lowest rung first."""


@PLANNED.rule(
    "ladder.0.registered",
    "004, overzicht 8, trede 0",
    met=("Het project is aangemeld.", "The project is registered."),
    unmet=("Het project is niet aangemeld.", "The project is not registered."),
    lift=("meld het project aan", "register the project"),
)
def _registered(plan: Plan) -> bool:
    return True


@PLANNED.rule(
    "ladder.1.description",
    RUNG_1,
    met=(
        "Er staat een beschrijving op papier. Of doel, doelgroep en aanpak erin staan, ziet een "
        "lezer.",
        "A description is on paper. Whether it holds aim, target group and approach is for a "
        "reader to see.",
    ),
    unmet=(
        "Er staat geen beschrijving van doel, doelgroep en aanpak op papier.",
        "No description of aim, target group and approach is on paper.",
    ),
    lift=(
        "beschrijf doel, doelgroep en aanpak (description)",
        "describe aim, target group and approach (description)",
    ),
)
def _described(plan: Plan) -> bool:
    return is_described(plan.project)


@PLANNED.rule(
    "ladder.1.conditions",
    f"{RUNG_1} (randvoorwaarden)",
    met=(
        "Er is aandacht voor randvoorwaarden: leiding, tijd of middelen.",
        "Conditions are seen to: leadership, time or resources.",
    ),
    unmet=(
        "Van leiding, tijd en middelen staat niets op papier.",
        "Nothing is on paper on leadership, time and resources.",
    ),
    lift=(
        "schrijf op hoe leiding, tijd en middelen geregeld zijn (conditions)",
        "write down how leadership, time and resources are seen to (conditions)",
    ),
)
def _conditions(plan: Plan) -> bool:
    conditions = plan.project.conditions
    return any(map(is_said, (conditions.leadership, conditions.time, conditions.resources)))


@PLANNED.rule(
    "ladder.2.theory",
    f"{RUNG_2}; overzicht 7 (veronderstellingen)",
    met=(
        "Het project zegt waarom de aanpak zou werken.",
        "The project says why the approach should work.",
    ),
    unmet=(
        "Het project zegt niet waarom de aanpak zou werken.",
        "The project does not say why the approach should work.",
    ),
    lift=(
        "schrijf op waarom het zou werken (theory)",
        "write down why it should work (theory)",
    ),
)
def _theory(plan: Plan) -> bool:
    return is_said(plan.project.theory)


@PLANNED.rule(
    "ladder.2.evidence",
    f"{RUNG_2}; aanbeveling III (vernieuwing is vooraf onderbouwd)",
    met=(
        "Een vernieuwing noemt het onderzoek waar zij op steunt; een innovatie verzamelt bewijs "
        "onderweg.",
        "A renewal names the research it rests on; an innovation gathers evidence on the way.",
    ),
    unmet=(
        "Deze vernieuwing noemt geen onderzoek waar de praktijk op steunt.",
        "This renewal names no research the practice rests on.",
    ),
    lift=(
        "noem het onderzoek, met jaar (theory)",
        "name the research, with its year (theory)",
    ),
)
def _evidence(plan: Plan) -> bool:
    return plan.project.nature is not Nature.renewal or names_research(plan.project.theory)


@PLANNED.rule(
    "ladder.3.outcome",
    f"{RUNG_3}; aanbeveling III (nulmeting)",
    met=(
        "Uitkomsten worden gemeten in een nulmeting en daarna.",
        "Outcomes are measured in a baseline and afterwards.",
    ),
    unmet=(
        "Geen uitkomst wordt zowel in een nulmeting als daarna gemeten.",
        "No outcome is measured both in a baseline and afterwards.",
    ),
    lift=(
        "meet een uitkomst bij de nulmeting en bij de nameting",
        "measure an outcome at the baseline and at the post-measurement",
    ),
)
def _outcome(plan: Plan) -> bool:
    return bool(plan.outcomes())


@PLANNED.rule(
    "ladder.3.goals",
    f"{RUNG_3} (worden doelen gerealiseerd)",
    met=(
        "Waaraan te zien is of het lukt, staat vast: eigen doelen op vijf niveaus, of de "
        "uitkomsten van de grote variant.",
        "What shows whether it works is settled: goals of its own on five levels, or the outcomes "
        "of the large variant.",
    ),
    unmet=(
        "Een klein project wordt gemeten aan eigen doelen, en geen doel zegt op vijf niveaus wat "
        "er te zien is.",
        "A small project is measured by goals of its own, and no goal says on five levels what is "
        "seen.",
    ),
    lift=(
        "noem een eigen doel en zeg op vijf niveaus wat er te zien is (goals)",
        "name a goal of your own and say on five levels what is seen (goals)",
    ),
)
def _goals(plan: Plan) -> bool:
    measurable = any(is_measurable(goal) for goal in plan.project.goals)
    return measurable or plan.variant is not Variant.small


@PLANNED.rule(
    "ladder.4.prediction",
    RUNG_4,
    met=("Vooraf staat vast wat er verwacht wordt.", "What is expected is stated beforehand."),
    unmet=(
        "Vooraf staat niet vast wat er verwacht wordt.",
        "What is expected is not stated beforehand.",
    ),
    lift=(
        "schrijf op wat je verwacht, voordat er gegevens zijn (predictions)",
        "write down what you expect, before there are data (predictions)",
    ),
)
def _prediction(plan: Plan) -> bool:
    return bool(plan.project.predictions)


@PLANNED.rule(
    "ladder.4.measured",
    f"{RUNG_4}; overzicht 7 (operationalisatie van effecten)",
    met=(
        "Ten minste één voorspelling noemt een maat die voor en na wordt gemeten.",
        "At least one prediction names a measure that is taken before and after.",
    ),
    unmet=(
        "Geen voorspelling noemt een maat die voor en na wordt gemeten.",
        "No prediction names a measure that is taken before and after.",
    ),
    lift=(
        "noem bij een voorspelling de maat waarin zij te zien is (predictions, measure)",
        "name the measure a prediction shows in (predictions, measure)",
    ),
    after="ladder.4.prediction",
)
def _measured(plan: Plan) -> bool:
    return bool(plan.predicted)


@PLANNED.rule(
    "ladder.4.testable",
    f"{RUNG_4} (toetst vooraf voorspelde verbanden)",
    met=(
        "Wat voorspeld is, wordt bij meer dan één persoon gemeten.",
        "What is predicted is measured of more than one person.",
    ),
    unmet=(
        "Wat voorspeld is, wordt bij één persoon gemeten: daar is niets aan te toetsen.",
        "What is predicted is measured of one person, which leaves nothing to test.",
    ),
    lift=(
        "laat meer personen meedoen (arms, size)",
        "let more persons take part (arms, size)",
    ),
    after="ladder.4.measured",
)
def _testable(plan: Plan) -> bool:
    return plan.shows(lambda power: power.units[0] > 1)


@PLANNED.rule(
    "ladder.4.alternatives",
    f"{RUNG_4} (alternatieve verklaringen)",
    met=(
        "Andere verklaringen zijn genoemd, elk met hoe zij wordt nagegaan.",
        "Other explanations are named, each with how it is examined.",
    ),
    unmet=(
        "Er is geen andere verklaring genoemd die wordt nagegaan.",
        "No other explanation that is examined is named.",
    ),
    lift=(
        "noem wat de uitkomst ook kan verklaren en hoe je dat nagaat (alternatives)",
        "name what else may explain the outcome and how you examine it (alternatives)",
    ),
)
def _alternatives(plan: Plan) -> bool:
    return any(is_said(a.text) and is_said(a.check) for a in plan.project.alternatives)


@PLANNED.rule(
    "ladder.5.comparison",
    RUNG_5,
    met=("Er is een vergelijkingsgroep.", "There is a comparison group."),
    unmet=("Er is geen vergelijkingsgroep.", "There is no comparison group."),
    lift=(
        "voeg een vergelijkingsgroep toe van ten minste twee klassen of scholen, die op dezelfde "
        "momenten wordt gemeten",
        "add a comparison group of two classes or schools at least, measured in the same waves",
    ),
)
def _comparison(plan: Plan) -> bool:
    return plan.project.has_comparison


@PLANNED.rule(
    "ladder.5.design",
    f"{RUNG_5} (pseudo-experimenteel)",
    met=(
        "De vergelijking past bij het projecttype en kan een oorzaak laten zien.",
        "The comparison fits the project type and can show a cause.",
    ),
    unmet=(
        "De vergelijking past niet bij het projecttype, of kan geen oorzaak laten zien.",
        "The comparison does not fit the project type, or cannot show a cause.",
    ),
    lift=(
        "kies een vergelijking die bij het type past, of laat loten (comparison)",
        "choose a comparison that fits the type, or draw lots (comparison)",
    ),
    after="ladder.5.comparison",
)
def _design(plan: Plan) -> bool:
    single = plan.project.comparison is Comparison.single_group
    return not single and fits_type(plan.project, plan.type)


def fits_type(project: Project, type: ProjectType) -> bool:
    """Whether the comparison is one the type names; drawing lots fits every type."""
    return project.comparison in (*type.comparisons, Comparison.randomised)


@PLANNED.rule(
    "ladder.5.assignment",
    f"{RUNG_5}; WWC Standards Handbook 4.1 (2020), II.B (cluster-level assignment)",
    met=(
        "De groepen van de scholen passen bij de eenheid die is toegewezen.",
        "The arms of the schools agree with the unit that was assigned.",
    ),
    unmet=(
        "De groepen van de scholen spreken de eenheid die is toegewezen tegen.",
        "The arms of the schools contradict the unit that was assigned.",
    ),
    lift=(
        "laat 'assignment' kloppen met 'arms' en 'subjects' van de scholen",
        "let 'assignment' agree with the 'arms' and 'subjects' of the schools",
    ),
    after="ladder.5.comparison",
)
def _assignment(plan: Plan) -> bool:
    return not contradictions(plan.project)


@PLANNED.rule(
    "ladder.5.measured",
    f"{RUNG_5} (vergeleken met controlegroepen)",
    met=(
        "Wat voorspeld is, wordt in beide groepen voor en na gemeten.",
        "What is predicted is measured before and after in both arms.",
    ),
    unmet=(
        "De vergelijkingsgroep wordt niet voor en na op de voorspelde uitkomsten gemeten.",
        "The comparison group is not measured on the predicted outcomes before and after.",
    ),
    lift=(
        "meet de voorspelde uitkomst ook in de vergelijkingsgroep, op dezelfde momenten",
        "measure the predicted outcome in the comparison group too, in the same waves",
    ),
    after="ladder.5.comparison",
)
def _same(plan: Plan) -> bool:
    return bool(plan.outcomes(ArmRole.comparison) & (plan.predicted or plan.outcomes()))


@PLANNED.rule(
    "ladder.5.size",
    CONFOUND,
    met=(
        "Elke groep heeft meer dan één eenheid die als geheel is toegewezen.",
        "Each arm has more than one unit that was assigned as a whole.",
    ),
    unmet=(
        "Een groep heeft één eenheid die als geheel is toegewezen, of zegt niet hoeveel. Het "
        "effect is dan niet van die ene klas of school te onderscheiden.",
        "An arm has one unit that was assigned as a whole, or does not say how many. The effect "
        "can then not be told from that one class or school.",
    ),
    lift=(
        "neem in elke groep ten minste twee klassen of scholen en zeg hoeveel (arms, size)",
        "take two classes or schools in each arm at least and say how many (arms, size)",
    ),
    after="ladder.5.comparison",
)
def _size(plan: Plan) -> bool:
    return all(assigned_units(plan.project, role) > 1 for role in ArmRole)


@PLANNED.rule(
    "ladder.5.detectable",
    f"{RUNG_5} (causale verbanden worden aangetoond); Cohen (1988), § 2.2.3 (groot: 0,80)",
    met=(
        "Wat voorspeld is, kan dit plan laten zien als het effect niet groter is dan verwacht, of "
        "dan 0,80 SD.",
        "What is predicted this plan can show if the effect is no larger than expected, or than "
        "0.80 SD.",
    ),
    unmet=(
        "Wat voorspeld is, kan dit plan alleen laten zien als het effect groter is dan verwacht, "
        "of dan 0,80 SD.",
        "What is predicted this plan can only show if the effect is larger than expected, or than "
        "0.80 SD.",
    ),
    lift=(
        "laat meer klassen of scholen meedoen; het hoofdstuk over kracht zegt hoeveel (arms, size)",
        "let more classes or schools take part; the chapter on power says how many (arms, size)",
    ),
    after="ladder.5.size",
)
def _detectable(plan: Plan) -> bool:
    if not plan.predicted:
        return True  # A rule of rung 4 says so.
    return plan.shows(lambda power: power.shows_enough)
