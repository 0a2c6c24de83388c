"""The closed word lists of the field. Each term carries its Dutch and English label."""

from __future__ import annotations

from enum import StrEnum
from typing import Self

from evalkit.model.text import Text


class Term(StrEnum):
    """A word from a closed list: its code is the value, its label is a ``Text``."""

    label: Text

    def __new__(cls, code: str, nl: str, en: str) -> Self:  # noqa: D102 - only Enum calls it
        member = str.__new__(cls, code)
        member._value_ = code
        member.label = Text(nl=nl, en=en)
        return member


class Kind(Term):
    """What sort of thing a measure measures."""

    outcome = "outcome", "uitkomstmaat", "outcome"
    process = "process", "procesmaat", "process measure"
    condition = "condition", "randvoorwaarde", "condition"
    side_effect = "side_effect", "neveneffect", "side effect"


class Level(Term):
    """The level of the school organisation (source: meta-analysis, appendix 3)."""

    micro = "micro", "micro (leraar, klas, curriculum)", "micro (teacher, class, curriculum)"
    meso = "meso", "meso (school, team, bestuur)", "meso (school, team, board)"
    macro = "macro", "macro (school en omgeving)", "macro (school and surroundings)"


class Respondent(Term):
    """About or from whom one row of data is."""

    pupil = "pupil", "leerlingen", "pupils"
    teacher = "teacher", "leraren", "teachers"
    parent = "parent", "ouders", "parents"
    school = "school", "school", "school"


class Source(Term):
    """Where the data come from."""

    register = "register", "schooladministratie", "school administration"
    survey = "survey", "vragenlijst", "questionnaire"
    observation = "observation", "observatie", "observation"
    log = "log", "logboek", "log"


class Direction(Term):
    """Which direction of a measure is better."""

    higher = "higher", "hoger is beter", "higher is better"
    lower_ = "lower", "lager is beter", "lower is better"
    neutral = "neutral", "geen richting", "no direction"


class ScaleType(Term):
    """Measurement level of a scale."""

    interval = "interval", "getal", "number"
    ratio = "ratio", "verhoudingsgetal", "ratio number"
    count_ = "count", "aantal", "count"
    binary = "binary", "ja of nee", "yes or no"
    ordinal = "ordinal", "antwoordschaal", "rating scale"
    nominal = "nominal", "keuze", "choice"
    text = "text", "tekst", "text"


class Domain(Term):
    """Domain of a measure; sets the intra-class correlation assumed when it is unknown."""

    achievement = "achievement", "leerresultaten", "achievement"
    attitude = "attitude", "gedrag en beleving", "behaviour and attitudes"


class WaveKind(Term):
    """The kind of a measurement moment."""

    baseline = "baseline", "nulmeting", "baseline"
    interim = "interim", "tussenmeting", "interim measurement"
    post = "post", "nameting", "post-measurement"
    follow_up = "follow_up", "vervolgmeting", "follow-up"


class Variant(Term):
    """The two variants of the protocol (source: meta-analysis, recommendation III)."""

    small = "small", "klein, vooral kwalitatief", "small, mainly qualitative"
    large = "large", "groot, vooral kwantitatief", "large, mainly quantitative"


class Sector(Term):
    """Sector of Dutch education."""

    po = "po", "primair onderwijs", "primary education"
    sbo = "sbo", "speciaal basisonderwijs", "special primary education"
    so = "so", "speciaal onderwijs", "special education"
    vso = "vso", "voortgezet speciaal onderwijs", "secondary special education"
    vo = "vo", "voortgezet onderwijs", "secondary education"
    pro = "pro", "praktijkonderwijs", "practical secondary education"
    mbo = "mbo", "middelbaar beroepsonderwijs", "vocational education"
    ho = "ho", "hoger onderwijs", "higher education"


class Region(Term):
    """Region of the school holidays in the Netherlands."""

    north = "north", "Noord", "North"
    central = "central", "Midden", "Central"
    south = "south", "Zuid", "South"


class Nature(Term):
    """New development, or introduction of an existing practice."""

    innovation = "innovation", "innovatie (iets nieuws ontwikkelen)", "innovation (develop anew)"
    renewal = (
        "renewal",
        "vernieuwing (bestaande praktijk invoeren)",
        "renewal (introduce an existing practice)",
    )


class ArmRole(Term):
    """The role of a group in the comparison."""

    intervention = "intervention", "interventiegroep", "intervention group"
    comparison = "comparison", "vergelijkingsgroep", "comparison group"


class Comparison(Term):
    """How the effect of the intervention is told from what happens anyway."""

    single_group = "single_group", "één groep, voor en na", "single group, before and after"
    comparison_group = "comparison_group", "vergelijkingsgroep", "comparison group"
    matched = "matched", "gematchte vergelijkingsgroep", "matched comparison group"
    randomised = "randomised", "loting", "randomised"
    cross_over = (
        "cross_over",
        "kruisopzet van vakken",
        "cross-over of subjects",
    )
    rejected_applicants = (
        "rejected_applicants",
        "afgewezen aanvragers",
        "rejected applicants",
    )


class AssignmentLevel(Term):
    """The unit that was in one arm or the other as a whole."""

    pupil = "pupil", "leerling", "pupil"
    teacher = "teacher", "leraar", "teacher"
    subject = "subject", "vak", "subject"
    class_ = "class", "klas", "class"
    school = "school", "school", "school"


class Side(Term):
    """The two sides of a factor: the same thing can promote or hinder."""

    promoting = "promoting", "bevorderend", "promoting"
    hindering = "hindering", "belemmerend", "hindering"


class YieldLevel(Term):
    """The level at which an innovation yields something (source: focus groups IIO)."""

    operational = "operational", "operationeel", "operational"
    formal = "formal", "formeel", "formal"
    ideational = "ideational", "ideëel", "ideational"


class ResultKind(Term):
    """What a published figure says."""

    expected = "expected", "vooraf verwacht", "expected beforehand"
    found = "found", "gevonden", "found"
    potential = "potential", "mogelijk", "possible"


class CyclePhase(Term):
    """The four parts of a PDCA cycle."""

    plan = "plan", "plannen", "plan"
    do = "do", "doen", "do"
    check = "check", "nagaan", "check"
    act = "act", "bijstellen", "act"


class Decision(Term):
    """What a team does with what it tried."""

    adopt = "adopt", "invoeren", "adopt"
    adapt = "adapt", "aanpassen", "adapt"
    abandon = "abandon", "stoppen", "abandon"


class Phase(Term):
    """Phase of the innovation process (source: meta-analysis, overview 3)."""

    initiation = "initiation", "initiatie", "initiation"
    implementation = "implementation", "implementatie", "implementation"
    sustaining = "sustaining", "verduurzaming", "sustaining"


class GoalReached(Term):
    """How far the goals were reached (source: meta-analysis, appendix 3)."""

    fully = "fully", "volledig", "fully"
    largely = "largely", "grotendeels", "largely"
    somewhat = "somewhat", "enigszins", "somewhat"
    hardly = "hardly", "nauwelijks", "hardly"
    not_at_all = "not_at_all", "helemaal niet", "not at all"


class Verdict(Term):
    """Baseline difference between arms (What Works Clearinghouse)."""

    fine = "fine", "vergelijkbaar (< 0,05 SD)", "equivalent (< 0.05 SD)"
    adjust = "adjust", "corrigeren (0,05–0,25 SD)", "adjust (0.05–0.25 SD)"
    fails = "fails", "niet vergelijkbaar (> 0,25 SD)", "not equivalent (> 0.25 SD)"
    unknown = "unknown", "onbekend", "unknown"


class BaselineStatus(Term):
    """Whether the first measurement proves to be a nulmeting."""

    proven = "proven", "nulmeting", "baseline"
    late = "late", "eerste meting na de start", "first measurement after the start"
    absent = "absent", "geen eerste meting", "no first measurement"


class NotPooled(Term):
    """Why an effect is not in a pooled estimate."""

    single_group = "single_group", "één groep: geen vergelijking", "single group: no comparison"
    relation = "relation", "een samenhang, geen vergelijking", "a relation, no comparison"
    no_post = "no_post", "geen waarden na afloop", "no values afterwards"
    no_intervention = (
        "no_intervention",
        "geen waarden in de interventiegroep",
        "no values in the intervention group",
    )
    too_few = "too_few", "te weinig eenheden", "too few units"
    too_few_clusters = (
        "too_few_clusters",
        "te weinig klassen of scholen",
        "too few classes or schools",
    )
    no_sd = "no_sd", "geen standaardafwijking bekend", "no standard deviation known"
    no_variance = "no_variance", "geen verschillen tussen de waarden", "no variation in the values"
    no_direction = (
        "no_direction",
        "geen richting die beter is",
        "no direction that is better",
    )
    small_group = (
        "small_group",
        "een groep is te klein om te publiceren",
        "a group is too small to be published",
    )
    nonpositive_mean = (
        "nonpositive_mean",
        "een gemiddelde van nul of minder heeft geen verhouding",
        "a mean of zero or less has no ratio",
    )
    subgroup = "subgroup", "deelgroep: telt mee in het geheel", "subgroup: counts in the whole"
    interim = (
        "interim",
        "tussenmeting: het project liep nog",
        "interim measurement: the project was still running",
    )
    other_version = (
        "other_version",
        "andere versie van de maat, niet als vergelijkbaar aangemerkt",
        "another version of the measure, not declared compatible",
    )
    other_family = (
        "other_family",
        "uitgedrukt op een andere schaal",
        "expressed on another scale",
    )


class Contrast(Term):
    """What is compared with what in a row of the effect table."""

    arms = "arms", "interventiegroep met vergelijkingsgroep", "intervention with comparison group"
    pairs = "pairs", "elk vak met zijn eigen controle", "each subject with its own control"
    before_after = "before_after", "één groep, voor en na", "one group, before and after"
    relation = "relation", "twee maten van dezelfde groep", "two measures of the same group"


class ChosenBy(Term):
    """Who chose the metric of a row of the effect table."""

    rule = "rule", "de vaste regel", "the documented rule"
    asked = "asked", "de onderzoeker", "the researcher"


class Note(Term):
    """What a reader of a row of the effect table should know besides its numbers."""

    asked_impossible = (
        "asked_impossible",
        "de gevraagde maat kan hier niet; de vaste regel is gevolgd",
        "the metric asked for cannot be had here; the rule was followed",
    )
    unmatched = (
        "unmatched",
        "voor en na vergeleken per groep, niet per persoon",
        "before and after compared by group, not by person",
    )
    pretest_unused = (
        "pretest_unused",
        "de nulmeting is niet gebruikt",
        "the baseline was not used",
    )
    half_added = (
        "half_added",
        "een half toegevoegd aan elke cel, omdat er een nul was",
        "a half added to each cell, because one was zero",
    )
    sd_assumed = (
        "sd_assumed",
        "standaardafwijking aangenomen (T-score: 10)",
        "standard deviation assumed (T-score: 10)",
    )
    shared_controls = (
        "shared_controls",
        "een controle dient voor meer dan één vak",
        "a control serves more than one subject",
    )
    shared_schools = (
        "shared_schools",
        "een ander project in dezelfde schatting heeft dezelfde scholen: niet onafhankelijk",
        "another project in the same pool has the same schools: not independent",
    )
    control_missing = (
        "control_missing",
        "vakken zonder gegevens van hun controle zijn weggelaten",
        "subjects without data of their control are left out",
    )
    subject_unknown = (
        "subject_unknown",
        "rijen zonder vak zijn weggelaten",
        "rows without a subject are left out",
    )
    persons_twice = (
        "persons_twice",
        "er zijn personen die in beide groepen zitten",
        "some persons are in both groups",
    )
    clusters_ignored = (
        "clusters_ignored",
        "de variantie is die van losse personen, terwijl klassen of scholen zijn ingedeeld",
        "the variance is that of single persons, while classes or schools were assigned",
    )


class SubmissionStatus(Term):
    """Life of a submission. Only what is accepted counts."""

    draft = "draft", "concept", "draft"
    submitted = "submitted", "ingediend", "submitted"
    returned = "returned", "teruggestuurd", "returned"
    accepted = "accepted", "aanvaard", "accepted"
    superseded = "superseded", "vervangen", "superseded"
    lapsed = "lapsed", "vervallen", "lapsed"


class SubmissionStep(Term):
    """What happened to a submission. The first six are the states it can come in."""

    draft = "draft", "als concept bewaard", "kept as a draft"
    submitted = "submitted", "ingediend", "submitted"
    returned = "returned", "teruggestuurd", "returned"
    accepted = "accepted", "aanvaard", "accepted"
    superseded = "superseded", "vervangen door een verbetering", "superseded by a correction"
    lapsed = "lapsed", "vervallen: een nieuwere kwam ervoor", "lapsed: a newer one came instead"
    recognised = "recognised", "opnieuw gestuurd en herkend", "sent again and recognised"
    exported = "exported", "geëxporteerd", "exported"


class DeliveryStatus(Term):
    """Where the delivery of a wave stands."""

    not_open = "not_open", "nog niet aan de beurt", "not open yet"
    due = "due", "nu te leveren", "due now"
    late = "late", "te laat", "late"
    returned = "returned", "teruggestuurd", "returned"
    complete = "complete", "compleet", "complete"
    complete_late = "complete_late", "compleet, na de termijn", "complete, after the deadline"
    partial = "partial", "deels geleverd", "partly delivered"


RUNG_LABELS: dict[int, Text] = {
    0: Text(nl="in de hoofden van de uitvoerders", en="in the heads of those who carry it out"),
    1: Text(nl="beschreven: mogelijk (in)effectief", en="described: possibly (in)effective"),
    2: Text(nl="onderbouwd: potentieel (in)effectief", en="underpinned: potentially (in)effective"),
    3: Text(nl="gemeten: waarschijnlijk (in)effectief", en="measured: probably (in)effective"),
    4: Text(
        nl="voorspelling getoetst: zeer waarschijnlijk (in)effectief",
        en="prediction tested: very probably (in)effective",
    ),
    5: Text(
        nl="oorzakelijk aangetoond: bewezen (in)effectief",
        en="shown causally: proven (in)effective",
    ),
}
"""Rungs of the effect ladder (source: meta-analysis, overview 8); low means little evidence.

A rung says how well it was measured, not what came out of it.
"""
