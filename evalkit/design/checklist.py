"""The checklist of an evaluation design, answered as far as the design can by itself.

Questions after overview 7 (quality of studies) and recommendations I, III and V of the
meta-analysis. What only people know stays open, as a question to the school.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from evalkit.errors import finding
from evalkit.library.nearest import nearest_first
from evalkit.model.claims import CLAIMS
from evalkit.model.design import ChecklistItem, Design
from evalkit.model.finding import Finding, Place
from evalkit.model.project import GroupSize, Project
from evalkit.model.text import Text
from evalkit.model.vocabulary import Domain, Kind, Source, WaveKind

Answer = Callable[[Design], Text | None]

VALIDITY = "004, overzicht 7 (validiteit en betrouwbaarheid)"
METHOD = "004, overzicht 7 (methodologische verantwoording)"
CONCLUSIONS = "004, overzicht 7 (conclusies)"
USE = "004, overzicht 7 (bruikbaarheid)"
FIRST, THIRD, FIFTH = (f"004, aanbeveling {n}" for n in ("I", "III", "V"))

_ITEMS: list[tuple[str, str, Text, Answer]] = []


def checklist(design: Design) -> tuple[ChecklistItem, ...]:
    """The questions in order, with an answer where the design or the project has one."""
    said = design.project.answers
    return tuple(
        ChecklistItem(
            id=id,
            source=source,
            question=question,
            answer=_with_own(answer(design), _said(said.get(id))),
        )
        for id, source, question, answer in _ITEMS
    )


def check_answers(project: Project) -> Iterator[Finding]:
    """A finding for each answer to a question that the checklist does not have."""
    ids = [id for id, *_ in _ITEMS]
    for id in project.answers:
        if id not in ids:
            place, known = Place(key=f"answers.{id}"), nearest_first(id, ids)
            yield finding("project.answer_unknown", place, question=id, known=known)


def _with_own(answer: Text | None, own: Text | None) -> Text | None:
    """What the design answers by itself, and beside it what the school says."""
    if answer is None or own is None:
        return answer or own
    return Text(
        nl=f"{answer.nl} De school zegt erbij: {own.nl}",
        en=f"{answer.en} The school adds: {own.en}",
    )


def _item(id: str, source: str, nl: str, en: str) -> Callable[[Answer], Answer]:
    """Make the function below the answer to a question; questions keep their order."""

    def add(answer: Answer) -> Answer:
        _ITEMS.append((id, source, Text(nl=nl, en=en), answer))
        return answer

    return add


def _open(id: str, source: str, nl: str, en: str) -> None:
    """A question that only the school can answer."""
    _item(id, source, nl, en)(lambda design: None)


def _said(text: str | None) -> Text | None:
    return Text(nl=text, en=text) if text and text.strip() else None


def _labels(design: Design, kind: Kind) -> Text | None:
    """The measures of a kind, by name."""
    labels = [measure.label for measure in design.measures if measure.kind is kind]
    return _listed(labels)


def _listed(texts: Iterable[Text]) -> Text | None:
    found = list(texts)
    if not found:
        return None
    return Text(nl=", ".join(t.nl for t in found) + ".", en=", ".join(t.en for t in found) + ".")


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


_open(
    "background",
    VALIDITY,
    "Op welk beleid sluit het project aan, en wie beslissen of wegen erover mee?",
    "Which policy does the project link up with, and who decide on it or weigh in?",
)
_open(
    "questions",
    VALIDITY,
    "Welk probleem pakt het project aan, en welke onderzoeksvragen volgen daaruit?",
    "Which problem does the project address, and which research questions follow from it?",
)


@_item(
    "baseline",
    THIRD,
    "Is er een nulmeting voordat het project begint?",
    "Is there a baseline before the project starts?",
)
def _baseline(design: Design) -> Text | None:
    wave = next((wave for wave in design.waves if wave.kind is WaveKind.baseline), None)
    if wave is None:
        return None
    start = design.project.start
    yes, ja = ("Yes", "Ja") if wave.closes < start else ("No", "Nee")
    return Text(
        nl=f"{ja}: de nulmeting sluit op {wave.closes:%d-%m-%Y}, de start is op {start:%d-%m-%Y}. "
        "Of ook dit ontwerp er toen al was, staat in de vastlegging.",
        en=f"{yes}: the baseline closes on {wave.closes}, the project starts on {start}. Whether "
        "this design was there by then too, its registration says.",
    )


@_item(
    "theory",
    VALIDITY,
    "Zijn de aannames over oorzaak en gevolg opgeschreven?",
    "Are the assumptions about cause and effect written down?",
)
def _theory(design: Design) -> Text | None:
    return _said(design.project.theory)


@_item(
    "predictions",
    VALIDITY,
    "Staat vooraf vast wat er verwacht wordt?",
    "Is it stated beforehand what is expected?",
)
def _predictions(design: Design) -> Text | None:
    texts = [prediction.text for prediction in design.project.predictions]
    return _said("; ".join([*(text.rstrip(".") for text in texts[:-1]), *texts[-1:]]))


@_item(
    "operationalised",
    VALIDITY,
    "Waaraan is te zien of het uitkomt?",
    "What shows whether it comes true?",
)
def _operationalised(design: Design) -> Text | None:
    named = dict.fromkeys(p.measure for p in design.project.predictions if p.measure)
    return _listed(measure.label for measure in design.measures if measure.id in named)


@_item(
    "goals",
    VALIDITY,
    "Welke eigen doelen zijn er, en zijn die te meten?",
    "Which goals of its own does it have, and can they be measured?",
)
def _goals(design: Design) -> Text | None:
    goals = design.project.goals
    texts = "; ".join(goal.text.rstrip(".") for goal in goals)
    return _said(texts) and Text(
        nl=f"{texts}. Elk met vijf niveaus.", en=f"{texts}. Each with five levels."
    )


_open(
    "method",
    METHOD,
    "Waarom past deze manier van onderzoeken bij die vragen?",
    "Why does this way of doing research fit those questions?",
)


@_item(
    "comparison",
    METHOD,
    "Waarmee wordt vergeleken, en hoe zijn de groepen ontstaan?",
    "What is it compared with, and how did the groups come about?",
)
def _comparison(design: Design) -> Text | None:
    project = design.project
    label, level = project.comparison.label, project.effective_assignment.label
    groups = [f"{arm.role.label.nl} – {arm.label}" for arm in project.arms]
    arms = [f"{arm.role.label.en} – {arm.label}" for arm in project.arms]
    if not project.has_comparison:
        return Text(nl=f"{label.nl}: {groups[0]}.", en=f"{label.en}: {arms[0]}.")
    return Text(
        nl=f"{label.nl}: {'; '.join(groups)}. Als geheel in één groep: {level.nl}.",
        en=f"{label.en}: {'; '.join(arms)}. In one group as a whole: {level.en}.",
    )


@_item(
    "alternatives",
    "004, overzicht 8, trede 4",
    "Wat kan de uitkomst ook verklaren, en hoe wordt dat nagegaan?",
    "What else can explain the outcome, and how is that examined?",
)
def _alternatives(design: Design) -> Text | None:
    return _said(" ".join(f"{a.text} → {a.check}" for a in design.project.alternatives))


@_item(
    "population",
    METHOD,
    "Over hoeveel scholen, klassen en personen gaat het?",
    "How many schools, classes and persons is it about?",
)
def _population(design: Design) -> Text | None:
    project = design.project
    parts = []
    for arm in project.arms:
        schools = sum(arm.role in school.arms for school in project.schools)
        parts.append((arm.role, schools, arm.size))
    if not any(size for _, _, size in parts):
        return None
    return Text(
        nl=" ".join(f"{role.label.nl}: {_count(n, size, 'nl')}." for role, n, size in parts),
        en=" ".join(f"{role.label.en}: {_count(n, size, 'en')}." for role, n, size in parts),
    )


_NAMES = {
    "classes": Text(nl="klassen", en="classes"),
    "pupils": Text(nl="leerlingen", en="pupils"),
    "teachers": Text(nl="leraren", en="teachers"),
    "parents": Text(nl="ouders", en="parents"),
}


def _count(schools: int, size: GroupSize | None, lang: str) -> str:
    given = {name: getattr(size, name, None) for name in _NAMES}
    many = "scholen" if lang == "nl" else "schools"
    word = "school" if schools == 1 else many
    named = (f"{n} {getattr(_NAMES[name], lang)}" for name, n in given.items() if n)
    return ", ".join((f"{schools} {word}", *named))


@_item(
    "power",
    METHOD,
    "Zijn het er genoeg om een effect te kunnen zien?",
    "Are they enough to be able to see an effect?",
)
def _power(design: Design) -> Text | None:
    known = [(p.respondent, p.smallest) for p in design.power if p.smallest is not None]
    if not known:
        return None
    nl = "; ".join(f"{who.label.nl} {mdes:.2f}".replace(".", ",") for who, mdes in known)
    en = "; ".join(f"{who.label.en} {mdes:.2f}" for who, mdes in known)
    return Text(
        nl=f"Kleinste effect dat te zien is, in standaarddeviaties: {nl}.",
        en=f"Smallest effect that can be seen, in standard deviations: {en}.",
    )


_open(
    "representative",
    METHOD,
    "Hoe representatief zijn de deelnemers voor de hele school?",
    "How representative are the participants of the whole school?",
)


@_item(
    "sources",
    METHOD,
    "Wordt hetzelfde uit meer dan één bron gemeten?",
    "Is the same measured from more than one source?",
)
def _sources(design: Design) -> Text | None:
    found: dict[Domain, dict[Source, Text]] = {}
    for measure in design.measures:
        found.setdefault(measure.domain, {})[measure.source] = measure.source.label
    if not found:
        return None
    nl = (f"{d.label.nl} ({', '.join(s.nl for s in by.values())})" for d, by in found.items())
    en = (f"{d.label.en} ({', '.join(s.en for s in by.values())})" for d, by in found.items())
    yes, ja = ("Yes", "Ja") if any(len(by) > 1 for by in found.values()) else ("No", "Nee")
    return Text(nl=f"{ja}: {'; '.join(nl)}.", en=f"{yes}: {'; '.join(en)}.")


@_item(
    "outcomes",
    FIFTH,
    "Welke uitkomsten worden gemeten, ook zachte?",
    "Which outcomes are measured, soft ones too?",
)
def _outcomes(design: Design) -> Text | None:
    return _labels(design, Kind.outcome)


@_item(
    "process",
    THIRD,
    "Wordt ook het proces gevolgd?",
    "Is the process followed too?",
)
def _process(design: Design) -> Text | None:
    return _labels(design, Kind.process)


@_item(
    "side_effects",
    THIRD,
    "Wordt gelet op gevolgen die niet de bedoeling zijn?",
    "Are effects watched that are not intended?",
)
def _side_effects(design: Design) -> Text | None:
    return _labels(design, Kind.side_effect)


@_item(
    "follow_up",
    THIRD,
    "Wordt ook later gemeten, tot het nieuwe gewoon is?",
    "Is it measured later too, until the new is normal?",
)
def _follow_up(design: Design) -> Text | None:
    later = [wave.label for wave in design.waves if wave.kind is WaveKind.follow_up]
    return _listed(later)


@_item(
    "leadership",
    FIRST,
    "Hoe is de schoolleiding betrokken (leiderschap)?",
    "How is the school's leadership involved?",
)
def _leadership(design: Design) -> Text | None:
    return _said(design.project.conditions.leadership)


@_item(
    "time",
    FIRST,
    "Hoeveel tijd is ervoor vrijgemaakt, en voor wie?",
    "How much time is set free for it, and for whom?",
)
def _time(design: Design) -> Text | None:
    return _said(design.project.conditions.time)


@_item(
    "resources",
    FIRST,
    "Welke (financiële) middelen zijn er, ook na afloop?",
    "Which (financial) resources are there, also afterwards?",
)
def _resources(design: Design) -> Text | None:
    return _said(design.project.conditions.resources)


@_item(
    "adjusting",
    FIRST,
    "Wordt onderweg bijgestuurd (PDCA)?",
    "Is it adjusted along the way (PDCA)?",
)
def _adjusting(design: Design) -> Text | None:
    n = len(design.cycles)
    return Text(nl=f"Ja, in {n} PDCA-cycli.", en=f"Yes, in {n} PDCA cycles.") if n else None


@_item(
    "privacy",
    METHOD,
    "Hoe worden deelnemers beschermd?",
    "How are participants protected?",
)
def _privacy(design: Design) -> Text | None:
    n = design.privacy.suppression_threshold
    return Text(
        nl=f"Met codes in plaats van namen; uitkomsten van minder dan {n} worden niet "
        "gepubliceerd.",
        en=f"With codes instead of names; results of fewer than {n} are not published.",
    )


@_item(
    "control",
    METHOD,
    "Hoe worden de gegevens gecontroleerd?",
    "How are the data checked?",
)
def _control(design: Design) -> Text | None:
    return Text(
        nl="Elke levering wordt bij binnenkomst tegen dit ontwerp gehouden; wat niet klopt, komt "
        "met plaats en oplossing terug.",
        en="Each delivery is held against this design when it comes in; what is wrong comes back "
        "with its place and remedy.",
    )


@_item(
    "limits",
    METHOD,
    "Wat kan deze opzet niet laten zien?",
    "What can this set-up not show?",
)
def _limits(design: Design) -> Text | None:
    """What no comparison of this kind can say, and what holds this design back besides."""
    _, cannot = CLAIMS[design.project.comparison]
    held = [rule.reason for step in design.ladder for rule in step.rules if not rule.met]
    return Text(
        nl=" ".join((_sentence(cannot.nl), *(reason.nl for reason in held))),
        en=" ".join((_sentence(cannot.en), *(reason.en for reason in held))),
    )


_open(
    "shortcomings",
    METHOD,
    "Welke andere tekortkomingen heeft deze evaluatie?",
    "Which other shortcomings does this evaluation have?",
)
_open(
    "generalising",
    METHOD,
    "Voor welke scholen, leerlingen of leraren gelden de conclusies niet zonder meer?",
    "For which schools, pupils or teachers do the conclusions not simply hold?",
)
_open(
    "conclusions",
    CONCLUSIONS,
    "Wie gaat na of de conclusies door de uitkomsten worden gedekt?",
    "Who checks that the conclusions are covered by the results?",
)
_open(
    "purpose",
    USE,
    "Waarvoor worden de uitkomsten gebruikt, en door wie?",
    "What will the results be used for, and by whom?",
)
_open(
    "recommendations",
    USE,
    "Hoe worden de aanbevelingen uitvoerbaar voor wie erover beslist?",
    "How will the recommendations be practicable for those who decide on them?",
)
_open(
    "sharing",
    USE,
    "Met wie worden de uitkomsten gedeeld, en wanneer?",
    "With whom are the results shared, and when?",
)
