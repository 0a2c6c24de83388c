"""A small but rich design, made by hand: what the design pillar would make of a real project."""

from __future__ import annotations

import datetime as dt

from evalkit.model.design import Burden, Design, PlannedWave, ScheduleEntry
from evalkit.model.measure import Choice, Item, Measure, Scale, SourceRef
from evalkit.model.project import Arm, Project, School
from evalkit.model.project_type import ProjectType
from evalkit.model.protocol import Analysis, Privacy
from evalkit.model.text import Lang, Text
from evalkit.model.vocabulary import (
    ArmRole,
    AssignmentLevel,
    Comparison,
    Direction,
    Kind,
    Level,
    Nature,
    Respondent,
    ScaleType,
    Sector,
    Source,
    WaveKind,
)

BOTH = (ArmRole.intervention, ArmRole.comparison)
START = dt.date(2026, 9, 1)


def text(nl: str, en: str | None = None) -> Text:
    return Text(nl=nl, en=en or nl)


AGREEMENT = tuple(
    Choice(value=value, label=label)
    for value, label in (
        (1, text("helemaal mee oneens", "strongly disagree")),
        (2, text("mee oneens", "disagree")),
        (3, text("niet mee eens, niet mee oneens", "neither agree nor disagree")),
        (4, text("mee eens", "agree")),
        (5, text("helemaal mee eens", "strongly agree")),
    )
)


def measure(id: str, label: Text, about: Text, respondent: Respondent, scale: Scale,
            **more: object) -> Measure:  # fmt: skip
    fields: dict[str, object] = {
        "kind": Kind.outcome, "level": Level.micro, "source": Source.register, "minutes": 10,
    }  # fmt: skip
    return Measure(
        id=id, label=label, description=about, respondent=respondent, scale=scale,
        **(fields | more),
    )  # fmt: skip


MEASURES = (
    measure(
        "core.language",
        text("Taal", "Language"),
        text("Ruwe score op de taaltoets van dit meetmoment.", "Raw score on the language test."),
        Respondent.pupil,
        Scale(type=ScaleType.interval, minimum=0, maximum=58, unit=text("punten", "points"),
              shared_across_waves=False),
    ),
    measure(
        "core.absence",
        text("Verzuim", "Absence"),
        text("Dagen afwezig in de vier weken voor de meting.", "Days absent in four weeks."),
        Respondent.pupil,
        Scale(type=ScaleType.count_, maximum=20, unit=text("dagen", "days"),
              better=Direction.lower_),
    ),
    measure(
        "core.feedback",
        text("Leerlingtevredenheid", "Pupil satisfaction"),
        text("Hoe graag de leerling naar school gaat.", "How gladly the pupil goes to school."),
        Respondent.pupil,
        Scale(type=ScaleType.ordinal, choices=AGREEMENT),
    ),
    measure(
        "core.support",
        text("Soort begeleiding", "Kind of support"),
        text("De begeleiding die de leerling krijgt.", "The support the pupil gets."),
        Respondent.pupil,
        Scale(type=ScaleType.nominal, better=Direction.neutral, choices=(
            Choice(value="none", label=text("geen", "none")),
            Choice(value="in_class", label=text("in de klas, bij de les", "in class")),
            Choice(value="outside", label=text("buiten de klas", "outside class")),
        )),
    ),
    measure(
        "core.workload",
        text("Werkdruk", "Workload"),
        text("Hoe leraren hun werkdruk ervaren.", "How teachers see their workload."),
        Respondent.teacher,
        Scale(type=ScaleType.ordinal, minimum=1, maximum=5, choices=AGREEMENT,
              better=Direction.lower_),
        scoring="mean",
        source=Source.survey,
        items=(
            Item(id="i1", text=text("Ik kom meestal niet toe aan alles wat ik op een dag wil doen.",
                                    "Most days I do not get round to all I want to do.")),
            Item(id="i2", text=text("Ik heb na schooltijd genoeg energie over.",
                                    "I have enough energy left after school."), reverse=True),
            Item(id="i3", text=text("Het werk stapelt zich op.", "Work piles up.")),
            Item(id="i4", text=text("Administratie kost mij te veel tijd.",
                                    "Paperwork takes me too much time.")),
        ),
    ),
    measure(
        "core.remark",
        text("Opmerking", "Remark"),
        text("Wat er verder opviel.", "What else was noticed."),
        Respondent.teacher,
        Scale(type=ScaleType.text, better=Direction.neutral),
        source=Source.log,
    ),
    measure(
        "core.pupils_per_fte",
        text("Leerlingen per fte leraar", "Pupils per fte teacher"),
        text("Aantal leerlingen gedeeld door het aantal fte leraren op 1 oktober.",
             "Number of pupils over the fte of teachers on 1 October."),
        Respondent.school,
        Scale(type=ScaleType.ratio, minimum=1, maximum=40),
    ),
    measure(
        "fund.meetings",
        text("Teambijeenkomsten", "Team meetings"),
        text("Bijeenkomsten van het team over de vernieuwing, dit schooljaar.",
             "Team meetings about the renewal, this school year."),
        Respondent.school,
        Scale(type=ScaleType.count_, better=Direction.neutral),
    ),
)  # fmt: skip


def entry(wave: str, measure: Measure, *, arms: tuple[ArmRole, ...] = BOTH,
          mandatory: bool = True, **scale: object) -> ScheduleEntry:  # fmt: skip
    instrument = scale.pop("instrument", None)
    return ScheduleEntry(
        wave=wave, measure=measure.id, respondent=measure.respondent, arms=arms,
        mandatory=mandatory, required_by="basisset", minutes=measure.minutes,
        scale=measure.scale.model_copy(update=scale), instrument=instrument,
    )  # fmt: skip


def _schedule() -> tuple[ScheduleEntry, ...]:
    language, absence, feedback, support, workload, remark, ratio, meetings = MEASURES
    return (
        entry("baseline", language, instrument="Taal E7", maximum=58.0),
        entry("baseline", absence),
        entry("baseline", feedback),
        entry("baseline", support, mandatory=False),
        entry("baseline", workload),
        entry("baseline", ratio),
        entry("post", language, instrument="Taal M8", maximum=100.0),
        entry("post", absence),
        entry("post", feedback),
        entry("post", workload),
        entry("post", remark, mandatory=False),
        entry("post", ratio),
        entry("post", meetings, arms=(ArmRole.intervention,)),
        entry("follow_up_1", language, instrument="Taal E8", maximum=100.0),
    )


def _project(single: bool) -> Project:
    arms = [Arm(role=ArmRole.intervention, label="Units met een breed team")]
    schools = [School(brin="05KO"), School(brin="12AB01")]
    if not single:
        arms.append(Arm(role=ArmRole.comparison, label="Gewone klassen"))
        schools = [
            School(brin="05KO", arms=BOTH),
            School(brin="12AB01"),
            School(brin="27XY", arms=(ArmRole.comparison,)),
        ]
    return Project(
        id="slimfit-oost",
        title="SlimFit in Oost",
        protocol="large",
        type="iio.slimfit",
        sector=Sector.po,
        nature=Nature.innovation,
        start=START,
        end=dt.date(2028, 7, 31),
        arms=tuple(arms),
        comparison=Comparison.single_group if single else Comparison.comparison_group,
        assignment=AssignmentLevel.class_,
        schools=tuple(schools),
    )


def build_design(lang: Lang = "nl", *, single: bool = False) -> Design:
    """Three waves, three respondents; one school with both arms, one with each."""
    return Design(
        project=_project(single),
        type=ProjectType(
            id="iio.slimfit", label=text("SlimFit"), description=text("Units."),
            sectors=(Sector.po,), requires=(), comparisons=(Comparison.comparison_group,),
            origin=SourceRef(document="004_meta_analysis", place="bijlage 2"),
        ),
        protocol="large",
        protocol_version="1.0",
        protocol_title=text("Regeling Lerende Scholen", "Learning Schools scheme"),
        lineage=("basisset@1.0",),
        core=("core.language",),
        core_hash="c0",
        plugins={"evalkit-iio": "0.1.0"},
        language=lang,
        waves=(
            PlannedWave(id="baseline", kind=WaveKind.baseline, label=text("nulmeting", "baseline"),
                        opens=dt.date(2026, 6, 1), closes=dt.date(2026, 8, 31)),
            PlannedWave(id="post", kind=WaveKind.post, label=text("nameting", "post-measurement"),
                        opens=dt.date(2028, 5, 1), closes=dt.date(2028, 7, 31)),
            PlannedWave(id="follow_up_1", kind=WaveKind.follow_up,
                        label=text("vervolgmeting na 1 jaar", "follow-up after 1 year"),
                        opens=dt.date(2029, 5, 1), closes=dt.date(2029, 7, 31)),
        ),
        measures=MEASURES,
        schedule=_schedule(),
        cycles=(),
        procedure=(),
        ladder=(),
        expected_rung=4,
        checklist=(),
        burden=(
            Burden(wave="baseline", respondent=Respondent.pupil, minutes=40),
            Burden(wave="baseline", respondent=Respondent.teacher, minutes=7.5),
        ),
        privacy=Privacy(),
        analysis=Analysis(),
        findings=(),
        hash="sha256-0f1e2d",
    )  # fmt: skip
