"""The rules for what one result reaches, once the data are in.

They come on top of those for the design: a result never reaches more than its design can.
"""

from __future__ import annotations

from evalkit.design.ladder.attrition import is_low
from evalkit.design.ladder.planned import CONFOUND
from evalkit.design.ladder.rule import Rules
from evalkit.model.result import ResultFacts
from evalkit.model.vocabulary import BaselineStatus, Verdict

EQUIVALENCE = "WWC Handbook 5.0 (2022), baseline equivalence"
ATTRITION = "WWC Standards Handbook 4.1 (2020), table II.1"
RESPONSE = "OMB, Standards and Guidelines for Statistical Surveys (2006), guideline 3.2.9"
LOWEST_RESPONSE = 0.8
"""Below this share of what was planned, those who answered may differ from the others."""

NO_ESTIMATE = "reached.4.estimate"
BY_VALUES = frozenset(
    {
        NO_ESTIMATE,
        "reached.4.equivalent",
        "reached.5.compared",
        "reached.5.adjusted",
        "reached.5.size",
        "reached.5.attrition",
        "reached.5.response",
    }
)
"""The rules of which the values decide, or how many there are, whether they hold."""

FOUND: Rules[ResultFacts] = Rules()
"""The rules for a result, lowest rung first."""


@FOUND.rule(
    "reached.4.baseline",
    "004, aanbeveling III (nulmeting)",
    met=("Er is een nulmeting van vóór de start.", "There is a baseline from before the start."),
    unmet=("Een nulmeting van vóór de start ontbreekt.", "There is no baseline before the start."),
    lift=("meet de volgende keer vóór de start", "measure before the start next time"),
)
def _baseline(facts: ResultFacts) -> bool:
    return facts.baseline is BaselineStatus.proven


@FOUND.rule(
    "reached.4.predicted",
    "004, overzicht 8, trede 4 (vooraf voorspelde verbanden)",
    met=("Een voorspelling noemt deze maat.", "A prediction names this measure."),
    unmet=(
        "Geen voorspelling noemt deze maat: wat er uitkomt, is niet vooraf voorspeld.",
        "No prediction names this measure: what comes out was not predicted beforehand.",
    ),
    lift=(
        "noem de volgende keer de maat bij een voorspelling, voordat er gegevens zijn",
        "name the measure in a prediction next time, before there are data",
    ),
)
def _predicted(facts: ResultFacts) -> bool:
    return facts.predicted


@FOUND.rule(
    "reached.4.registered",
    "004, overzicht 8, trede 4 (vooraf voorspeld)",
    met=(
        "Geen voorspelling is pas na de gegevens vastgelegd. Van een project dat niets vastlegt, "
        "is dat niet te zien.",
        "No prediction was registered after the data only. Of a project that registers nothing "
        "this cannot be seen.",
    ),
    unmet=(
        "De voorspellingen zijn pas vastgelegd nadat de gegevens binnenkwamen.",
        "The predictions were registered only after the data came in.",
    ),
    lift=(
        "leg het ontwerp vast voordat er gegevens zijn (--register)",
        "register the design before there are data (--register)",
    ),
)
def _registered(facts: ResultFacts) -> bool:
    return facts.registered is not False


@FOUND.rule(
    NO_ESTIMATE,
    "004, overzicht 8, trede 4",
    met=("Er is een schatting.", "There is an estimate."),
    unmet=(
        "Er is geen schatting, dus niets getoetst.",
        "There is no estimate: nothing was tested.",
    ),
    lift=("lever genoeg waarden in elke groep", "deliver enough values in each arm"),
)
def _estimate(facts: ResultFacts) -> bool:
    return facts.estimated


@FOUND.rule(
    "reached.4.equivalent",
    EQUIVALENCE,
    met=(
        "Bij de nulmeting verschilden de groepen hooguit 0,25 SD.",
        "At the baseline the arms differed 0.25 SD at most.",
    ),
    unmet=(
        "Bij de nulmeting verschilden de groepen meer dan 0,25 SD.",
        "At the baseline the arms differed more than 0.25 SD.",
    ),
    lift=("kies groepen die meer op elkaar lijken", "choose arms that are more alike"),
)
def _equivalent(facts: ResultFacts) -> bool:
    return facts.verdict is not Verdict.fails


@FOUND.rule(
    "reached.5.compared",
    EQUIVALENCE,
    met=("De groepen zijn bij de nulmeting vergeleken.", "The arms were compared at the baseline."),
    unmet=(
        "Van een groep ontbreken de gegevens om de nulmeting te vergelijken.",
        "The data to compare the arms at the baseline are missing of one of them.",
    ),
    lift=("lever de nulmeting van beide groepen", "deliver the baseline of both arms"),
)
def _compared(facts: ResultFacts) -> bool:
    return facts.verdict is not Verdict.unknown


@FOUND.rule(
    "reached.5.adjusted",
    EQUIVALENCE,
    met=(
        "Een verschil van 0,05 tot 0,25 SD bij de nulmeting is in de schatting verrekend.",
        "A difference of 0.05 to 0.25 SD at the baseline is allowed for in the estimate.",
    ),
    unmet=(
        "Het verschil bij de nulmeting (0,05 tot 0,25 SD) is niet in de schatting verrekend.",
        "The difference at the baseline (0.05 to 0.25 SD) is not allowed for in the estimate.",
    ),
    lift=(
        "lever voor en na gegevens die aan elkaar te koppelen zijn",
        "deliver data before and after that can be linked",
    ),
)
def _adjusted(facts: ResultFacts) -> bool:
    return facts.verdict is not Verdict.adjust or facts.adjusted


@FOUND.rule(
    "reached.5.size",
    CONFOUND,
    met=(
        "Elke groep leverde meer dan één klas of school.",
        "Each arm delivered more than one class or school.",
    ),
    unmet=(
        "Een groep leverde maar één klas of school.",
        "One arm delivered a single class or school.",
    ),
    lift=("lever meer klassen of scholen", "deliver more classes or schools"),
)
def _size(facts: ResultFacts) -> bool:
    return facts.fewest_clusters is None or facts.fewest_clusters > 1


@FOUND.rule(
    "reached.5.attrition",
    ATTRITION,
    met=(
        "Uitval en het verschil in uitval tussen de groepen zijn klein genoeg.",
        "Attrition and its difference between the arms are small enough.",
    ),
    unmet=(
        "Te veel uitval, of te veel verschil in uitval tussen de groepen.",
        "Too much attrition, or too much difference in it between the arms.",
    ),
    lift=(
        "ga na wie ontbreekt en lever die gegevens alsnog",
        "find out who is missing and deliver those data yet",
    ),
)
def _attrition(facts: ResultFacts) -> bool:
    """Within the cautious boundary; or within the optimistic one, the arms being equivalent."""
    lost = facts.attrition
    if lost is None or lost.differential is None:
        return True
    if is_low(lost.overall, lost.differential, "cautious"):
        return True
    alike = facts.verdict in (Verdict.fine, Verdict.adjust)
    return alike and is_low(lost.overall, lost.differential, "optimistic")


@FOUND.rule(
    "reached.5.response",
    f"004, §1.3.3 (generaliseerbaarheid); {RESPONSE}",
    met=(
        "Ten minste 80% van wie gepland was, is gemeten.",
        "At least 80% of those planned were measured.",
    ),
    unmet=(
        "Minder dan 80% van wie gepland was, is gemeten.",
        "Less than 80% of those planned were measured.",
    ),
    lift=("lever de gegevens van wie ontbreekt", "deliver the data of those missing"),
)
def _response(facts: ResultFacts) -> bool:
    return facts.response is None or facts.response >= LOWEST_RESPONSE


@FOUND.rule(
    "reached.5.window",
    "004, overzicht 7 (verantwoording van de methode)",
    met=("Gemeten is in de geplande periode.", "It was measured in the planned window."),
    unmet=("Gemeten is buiten de geplande periode.", "It was measured outside the planned window."),
    lift=("meet binnen de periode van het ontwerp", "measure within the window of the design"),
)
def _window(facts: ResultFacts) -> bool:
    return facts.in_window
