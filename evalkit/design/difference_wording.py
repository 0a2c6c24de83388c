"""Words for what differs between two designs: fields, elements and values."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from evalkit.model.base import Model
from evalkit.model.design import (
    Burden,
    ComparisonPair,
    CostlyMeasure,
    Design,
    PlannedWave,
    Power,
    ScheduleEntry,
    YearlyBurden,
)
from evalkit.model.measure import Measure
from evalkit.model.project import Instrument, Prediction, School
from evalkit.model.text import Text
from evalkit.model.vocabulary import Term

HOURS_IN_ALL = Text(nl="belasting: uren in totaal", en="burden: hours in all")

NOTHING = Text(nl="–", en="–")

YES_NO = {True: Text(nl="ja", en="yes"), False: Text(nl="nee", en="no")}

FIELDS: dict[str, tuple[str, str]] = {
    "Design.protocol": ("protocol", "protocol"),
    "Design.protocol_version": ("versie van het protocol", "protocol version"),
    "Design.protocol_title": ("naam van de regeling", "name of the scheme"),
    "Design.lineage": ("protocollen waarop het voortbouwt", "protocols it builds on"),
    "Design.core": ("maten van de vaste kern", "measures of the locked core"),
    "Design.core_hash": ("vaste kern", "locked core"),
    "Design.plugins": ("plugin", "plugin"),
    "Design.language": ("taal", "language"),
    "Design.variant": ("variant", "variant"),
    "Design.waves": ("meetmoment", "wave"),
    "Design.measures": ("maat", "measure"),
    "Design.schedule": ("meting", "measurement"),
    "Design.pairs": ("controle van", "control of"),
    "Design.cycles": ("PDCA-cyclus", "PDCA cycle"),
    "Design.deadlines": ("verslag", "report"),
    "Design.holidays": ("schoolvakantie", "school holiday"),
    "Design.holidays_until": ("vakanties bekend tot en met", "holidays known until"),
    "Design.procedure": ("stap", "step"),
    "Design.ladder": ("trede", "rung"),
    "Design.expected_rung": ("haalbare trede van de effectladder", "expected rung"),
    "Design.checklist": ("controlelijst", "checklist"),
    "Design.burden": ("belasting", "burden"),
    "Design.yearly_burden": ("belasting per schooljaar", "burden per school year"),
    "Design.costly": ("duurste maten", "costliest measures"),
    "Design.power": ("onderscheidend vermogen", "power"),
    "Design.privacy": ("publicatie", "publication"),
    "Design.analysis": ("aannames van de analyse", "assumptions of the analysis"),
    "Design.type": ("projecttype", "project type"),
    "Project.title": ("titel", "title"),
    "Project.type": ("projecttype", "project type"),
    "Project.protocol": ("protocol van het project", "protocol of the project"),
    "Project.sector": ("sector", "sector"),
    "Project.nature": ("aard", "nature"),
    "Project.board": ("bestuursnummer", "board number"),
    "Project.grant": ("subsidie", "grant"),
    "Project.start": ("start van het project", "start of the project"),
    "Project.end": ("einde van het project", "end of the project"),
    "Project.description": ("beschrijving", "description"),
    "Project.theory": ("onderbouwing", "theory"),
    "Project.predictions": ("voorspelling", "prediction"),
    "Project.alternatives": ("andere verklaring", "alternative explanation"),
    "Project.conditions": ("randvoorwaarden", "conditions"),
    "Project.region": ("vakantieregio", "holiday region"),
    "Project.arms": ("groep", "group"),
    "Project.comparison": ("vergelijking", "comparison"),
    "Project.assignment": ("eenheid van toewijzing", "unit of assignment"),
    "Project.schools": ("school", "school"),
    "Project.scenario": ("scenario", "scenario"),
    "Project.features": ("kenmerk", "feature"),
    "Project.instruments": ("toets", "test"),
    "Project.goals": ("doel", "goal"),
    "Project.answers": ("antwoord op de controlelijst", "answer to the checklist"),
    "School.arms": ("groepen", "groups"),
    "School.subjects": ("vakken", "subjects"),
    "Arm.label": ("naam", "name"),
    "Arm.size": ("omvang", "size"),
    "GroupSize.classes": ("klassen", "classes"),
    "GroupSize.pupils": ("leerlingen", "pupils"),
    "GroupSize.teachers": ("leraren", "teachers"),
    "GroupSize.parents": ("ouders", "parents"),
    "Conditions.leadership": ("leiding", "leadership"),
    "Conditions.time": ("tijd", "time"),
    "Conditions.resources": ("middelen", "resources"),
    "Prediction.measure": ("maat", "measure"),
    "Prediction.direction": ("richting", "direction"),
    "Alternative.check": ("hoe nagegaan", "how it is examined"),
    "Instrument.name": ("naam", "name"),
    "Instrument.minimum": ("laagste score", "lowest score"),
    "Instrument.maximum": ("hoogste score", "highest score"),
    "Goal.text": ("omschrijving", "text"),
    "Goal.weight": ("gewicht", "weight"),
    "Goal.levels": ("niveaus", "levels"),
    "PlannedWave.kind": ("soort", "kind"),
    "PlannedWave.label": ("naam", "name"),
    "PlannedWave.opens": ("opent", "opens"),
    "PlannedWave.closes": ("sluit", "closes"),
    "PlannedWave.school_days": ("schooldagen", "school days"),
    "Holiday.name": ("naam", "name"),
    "Holiday.starts": ("van", "from"),
    "Holiday.ends": ("tot en met", "until"),
    "Holiday.status": ("vastgelegd", "days set"),
    "Holiday.regions": ("regio's", "regions"),
    "ScheduleEntry.respondent": ("van wie", "from whom"),
    "ScheduleEntry.arms": ("in welke groepen", "in which groups"),
    "ScheduleEntry.mandatory": ("verplicht", "mandatory"),
    "ScheduleEntry.required_by": ("gevraagd door", "asked by"),
    "ScheduleEntry.scale": ("schaal", "scale"),
    "ScheduleEntry.instrument": ("toets", "test"),
    "ScheduleEntry.minutes": ("minuten", "minutes"),
    "ScheduleEntry.reference_date": ("peildatum", "reference date"),
    "ScheduleEntry.computed": ("wordt berekend", "is computed"),
    "ScheduleEntry.covered_by": ("gedekt door", "covered by"),
    "Scale.type": ("soort", "type"),
    "Scale.minimum": ("minimum", "minimum"),
    "Scale.maximum": ("maximum", "maximum"),
    "Scale.unit": ("eenheid", "unit"),
    "Scale.better": ("wat beter is", "what is better"),
    "Scale.choices": ("antwoord", "answer"),
    "Scale.shared_across_waves": ("dezelfde schaal op elk moment", "one scale in all waves"),
    "Measure.version": ("versie", "version"),
    "Measure.label": ("naam", "name"),
    "Measure.description": ("omschrijving", "description"),
    "Measure.kind": ("soort", "kind"),
    "Measure.level": ("niveau", "level"),
    "Measure.respondent": ("van wie", "from whom"),
    "Measure.source": ("bron", "source"),
    "Measure.scale": ("schaal", "scale"),
    "Measure.domain": ("domein", "domain"),
    "Measure.items": ("vraag", "question"),
    "Measure.scoring": ("scoring", "scoring"),
    "Measure.computed_from": ("berekend uit", "computed from"),
    "Measure.minutes": ("minuten", "minutes"),
    "Measure.specialises": ("bijzonder geval van", "special case of"),
    "Measure.compatible_with": ("versies die samen kunnen", "compatible versions"),
    "Item.text": ("tekst", "text"),
    "Item.reverse": ("omgekeerd geteld", "turned round"),
    "Item.weight": ("gewicht", "weight"),
    "PlannedCycle.starts": ("begint", "starts"),
    "PlannedCycle.ends": ("eindigt", "ends"),
    "PlannedDeadline.due": ("datum", "day"),
    "RuleOutcome.met": ("voldaan", "met"),
    "RuleOutcome.reason": ("waarom", "why"),
    "RuleOutcome.lift": ("wat helpt", "what would lift it"),
    "RungStep.rules": ("voorwaarde", "condition"),
    "ChecklistItem.answer": ("antwoord", "answer"),
    "Burden.minutes": ("minuten", "minutes"),
    "YearlyBurden.minutes": ("minuten per persoon", "minutes per person"),
    "YearlyBurden.persons": ("personen", "persons"),
    "YearlyBurden.hours": ("uren", "hours"),
    "YearlyBurden.cost": ("kosten in euro's", "cost in euros"),
    "CostlyMeasure.hours": ("uren", "hours"),
    "Power.mdes": ("kleinste aantoonbare effect", "minimal detectable effect"),
    "Power.schools": ("scholen", "schools"),
    "Power.clusters": ("klassen of scholen", "clusters"),
    "Power.units": ("personen", "persons"),
    "Privacy.suppression_threshold": ("kleinste groep", "smallest group"),
    "Analysis.target_effect": ("verwacht effect", "target effect"),
    "Analysis.target_for": ("waarvoor dat effect geldt", "what the target is for"),
    "Analysis.icc_achievement": ("ICC van leerresultaten", "ICC of achievement"),
    "Analysis.icc_attitude": ("ICC van gedrag en beleving", "ICC of behaviour and attitudes"),
    "Analysis.pretest_correlation": ("samenhang met de voormeting", "pretest correlation"),
    "Analysis.alpha": ("significantieniveau", "significance level"),
    "Analysis.power": ("kans om het effect te vinden", "power"),
    "ComparisonPair.control_school": ("school", "school"),
    "ComparisonPair.control_subject": ("vak", "subject"),
    "CostlyMeasure.minutes": ("minuten", "minutes"),
    "Measure.on_reference_date": ("op de peildatum", "on the reference date"),
    "Measure.origin": ("herkomst", "origin"),
    "Power.cluster": ("eenheid", "unit"),
    "Power.icc": ("ICC", "ICC"),
    "Power.pretest_correlation": ("samenhang met de voormeting", "pretest correlation"),
    "Power.target": ("verwacht effect", "target effect"),
    "Power.needed_clusters": ("nodige klassen of scholen", "clusters needed"),
    "Power.needed_units": ("nodige personen", "persons needed"),
    "Power.curve": ("kromme", "curve"),
    "Power.formula": ("formule", "formula"),
    "ProjectType.id": ("id", "id"),
    "ProjectType.version": ("versie", "version"),
    "ProjectType.label": ("naam", "name"),
    "ProjectType.description": ("omschrijving", "description"),
    "ProjectType.sectors": ("sectoren", "sectors"),
    "ProjectType.requires": ("eis", "requirement"),
    "ProjectType.features": ("kenmerk", "feature"),
    "ProjectType.scenarios": ("scenario", "scenario"),
    "ProjectType.comparisons": ("passende vergelijkingen", "fitting comparisons"),
    "ProjectType.procedure": ("stap", "step"),
    "ProjectType.goals": ("doel", "goal"),
    "ProjectType.periods": ("periode", "period"),
    "ProjectType.factors": ("factor", "factor"),
    "ProjectType.yields": ("opbrengst", "yield"),
    "ProjectType.reference_results": ("eerder resultaat", "earlier result"),
    "ProjectType.card": ("digitale kaart", "digital card"),
    "ProjectType.origin": ("herkomst", "origin"),
    "YearlyBurden.hours_per_school": ("uren per school", "hours per school"),
}
"""Names of fields in Dutch and English; a field that is not here goes by its own name."""

MINOR = frozenset(
    {
        *(
            f"Design.{name}"
            for name in (
                "protocol_title", "lineage", "core", "core_hash", "language", "cycles",
                "procedure", "checklist", "burden", "yearly_burden", "costly", "type", "holidays",
                "holidays_until",
            )
        ),
        *(
            f"Project.{name}"
            for name in ("title", "description", "board", "grant", "region", "answers")
        ),
        *(f"Measure.{name}" for name in ("label", "description", "minutes", "origin")),
        *(f"RuleOutcome.{name}" for name in ("reason", "lift", "source", "label")),
        *(
            f"Power.{name}"
            for name in (
                "schools", "clusters", "cluster", "units", "icc", "pretest_correlation", "target",
                "needed_clusters", "needed_units", "formula",
            )
        ),
        "PlannedDeadline.label",
        *(f"ScheduleEntry.{name}" for name in ("required_by", "minutes")),
        "Project.conditions", "Measure.compatible_with", "Arm.label", "PlannedWave.label",
        "PlannedWave.school_days",
    }
)  # fmt: skip
"""Fields that follow from others, or that bear on no measurement or conclusion."""


UNTOLD = frozenset({"Power.curve", "YearlyBurden.spent"})
"""Fields that say in many numbers what another one says in a few."""


def field_name(model: type[Model], field: str) -> Text:
    """The name of a field for a reader."""
    nl, en = FIELDS.get(f"{model.__name__}.{field}", (field.replace("_", " "),) * 2)
    return Text(nl=nl, en=en)


def joined(parts: Iterable[Text], mark: str = ", ") -> Text:
    """Texts one after the other; a dash if there are none."""
    given = tuple(parts)
    return Text(
        nl=mark.join(part.nl for part in given) or NOTHING.nl,
        en=mark.join(part.en for part in given) or NOTHING.en,
    )


def spent(parts: Iterable[YearlyBurden]) -> Text:
    """What one group spends in all its school years: in hours, or in minutes for each."""
    given = tuple(parts)
    years = ", ".join(part.school_year for part in given)
    hours = [part.hours for part in given if part.hours is not None]
    if len(hours) == len(given):
        count = plain(round(sum(hours), 1))
        return Text(nl=f"{count.nl} uur ({years})", en=f"hours: {count.en} ({years})")
    count = plain(round(sum(part.minutes for part in given), 1))
    return Text(nl=f"{count.nl} minuten ieder ({years})", en=f"minutes each: {count.en} ({years})")


def plain(value: object) -> Text:
    """A value that is no model, list or mapping, as each language writes it."""
    if value is None or value == "":
        return NOTHING
    if isinstance(value, Text):
        return value
    if isinstance(value, Term):
        return value.label
    if isinstance(value, bool):
        return YES_NO[value]
    if isinstance(value, dt.date):
        return Text(nl=f"{value:%d-%m-%Y}", en=value.isoformat())
    if isinstance(value, float):
        en = f"{value:.10g}"
        return Text(nl=en.replace(".", ","), en=en)
    return Text(nl=str(value), en=str(value))


class Words:
    """Names of the measures and waves of two designs; of what they call differently, the id."""

    def __init__(self, *designs: Design) -> None:
        self._labels: dict[tuple[str, str], Text] = {}
        for design in designs:
            named = [("measure", m.id, m.label) for m in design.measures]
            named += [("wave", w.id, w.label) for w in design.waves]
            for kind, id, label in named:
                known = self._labels.setdefault((kind, id), label)
                if known != label:
                    self._labels[kind, id] = plain(id)
        self._designs = designs

    def measure(self, id: str) -> Text:
        """The name of a measure."""
        return self._labels.get(("measure", id), plain(id))

    def wave(self, id: str) -> Text:
        """The name of a wave."""
        return self._labels.get(("wave", id), plain(id))

    def name(self, element: Any) -> Text:
        """What an element of a list is called."""
        match element:
            case ScheduleEntry() | Instrument():
                return joined((self.measure(element.measure), self.wave(element.wave)))
            case Burden():
                return joined((element.respondent.label, self.wave(element.wave)))
            case YearlyBurden():
                return joined((plain(element.school_year), element.respondent.label))
            case Power():
                return joined(self.measure(id) for id in element.measures)
            case CostlyMeasure() | PlannedWave() | Measure():
                of_wave = isinstance(element, PlannedWave)
                id = element.measure if isinstance(element, CostlyMeasure) else element.id
                return self.wave(id) if of_wave else self.measure(id)
            case ComparisonPair():
                return joined((plain(element.school), plain(element.subject)))
        for attribute in ("label", "title", "question", "text", *KEYS):
            value = getattr(element, attribute, None)
            if value is not None:
                return plain(value)
        return self.summary(element)

    def summary(self, value: Any) -> Text:
        """A whole value in a few words."""
        match value:
            case PlannedWave():
                return _with(value.label, (plain(value.opens), plain(value.closes)), " – ")
            case ScheduleEntry():
                own = plain(value.instrument) if value.instrument else None
                asked = MANDATORY[value.mandatory]
                return joined((asked, value.respondent.label, *((own,) if own else ())))
            case Measure():
                waves = (self.wave(id) for id in self._waves_of(value.id))
                return _with(self.measure(value.id), waves, ", ")
            case School():
                return _with(plain(value.brin), (arm.label for arm in value.arms), ", ")
            case Instrument():
                bounds = joined((plain(value.minimum), plain(value.maximum)), "–")
                return joined((plain(value.name), bounds, self.name(value)))
            case Prediction():
                return plain(value.text)
            case Text() | Term():
                return plain(value)
            case Model():
                inside = {n: getattr(value, n) for n in type(value).model_fields}
                said = {n: v for n, v in inside.items() if v not in (None, (), {})}
                named = (self._said(type(value), n, v) for n, v in said.items())
                return joined(named)
            case tuple():
                return joined(self.summary(part) for part in value)
            case dict():
                parts = ((plain(k), self.summary(v)) for k, v in value.items())
                return joined(Text(nl=f"{k.nl}: {v.nl}", en=f"{k.en}: {v.en}") for k, v in parts)
        return plain(value)

    def _said(self, model: type[Model], field: str, value: object) -> Text:
        name, shown = field_name(model, field), self.summary(value)
        return Text(nl=f"{name.nl} {shown.nl}", en=f"{name.en} {shown.en}")

    def _waves_of(self, measure: str) -> tuple[str, ...]:
        found = (e.wave for d in self._designs for e in d.schedule if e.measure == measure)
        return tuple(dict.fromkeys(found))


MANDATORY = {
    True: Text(nl="verplicht", en="mandatory"),
    False: Text(nl="vrijwillig", en="optional"),
}

KEYS = ("id", "brin", "role", "number", "rung", "value", "text", "question")
"""Attributes that tell the elements of a list apart, the first that an element has."""


def key(element: Any) -> tuple[str, ...]:
    """What tells an element from the others of its list."""
    match element:
        case ScheduleEntry() | Instrument():
            return (element.measure, element.wave)
        case Burden():
            return (element.wave, element.respondent)
        case YearlyBurden():
            return (element.school_year, element.respondent)
        case Power():
            return (element.respondent, *element.measures)
        case CostlyMeasure():
            return (element.measure,)
        case ComparisonPair():
            return (element.school, element.subject)
    for attribute in KEYS:
        value = getattr(element, attribute, None)
        if value is not None:
            return (str(plain(value).en),)
    return ()


def _with(name: Text, parts: Iterable[Text], mark: str) -> Text:
    """A name with what belongs to it between brackets."""
    shown = joined(parts, mark)
    if shown == NOTHING:
        return name
    return Text(nl=f"{name.nl} ({shown.nl})", en=f"{name.en} ({shown.en})")
