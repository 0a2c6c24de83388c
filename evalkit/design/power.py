"""What the planned numbers can show: the minimal detectable effect size of a design.

The pretest is taken as the covariate, at the level of persons and of clusters alike, so that it
leaves 1 − r² of the variance. That schools may have classes in both arms is not counted as a gain.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from evalkit.design.assignment import assigned_subjects
from evalkit.errors import finding
from evalkit.model.design import Power, ScheduleEntry, rounded_up
from evalkit.model.finding import Finding, Place
from evalkit.model.measure import Measure
from evalkit.model.project import Arm, GroupSize, Project
from evalkit.model.protocol import Analysis, ResolvedProtocol, TypicalProject
from evalkit.model.text import Text
from evalkit.model.vocabulary import ArmRole, AssignmentLevel, Domain, Kind, Respondent

_EXACT = Text(
    nl="d(v): de niet-centraliteit waarbij een tweezijdige t-toets met v vrijheidsgraden het "
    "gevraagde onderscheidingsvermogen heeft, zoals power.t.test van R",
    en="d(v): the noncentrality at which a two-sided t test with v degrees of freedom has the "
    "power asked, as R's power.t.test",
)
_SOURCE = "Dong & Maynard (2013), J. Res. Educ. Eff. 6, 24-67"


def _formula(computed: str, nl: str, en: str, unit: Text | None = None) -> Text:
    """A formula with what its d(v) is and its sources; ``unit`` says what it is measured in."""
    units = (f", {unit.nl}", f", {unit.en}") if unit else ("", "")
    return Text(
        nl=f"{computed}{units[0]}; {_EXACT.nl} [{nl}]",
        en=f"{computed}{units[1]}; {_EXACT.en} [{en}]",
    )


_OF_PRETEST = Text(
    nl="in standaarddeviaties van de voormeting", en="in standard deviations of the pretest"
)
_PAIRED = "Cohen (1988), Statistical Power Analysis, 2nd ed."
CLUSTERED = _formula(
    "MDES = d(v) * sqrt((1-r^2) * [(icc + (1-icc)/nT)/JT + (icc + (1-icc)/nC)/JC]), v = JT+JC-3",
    f"{_SOURCE}, model CRA2_2 met één covariaat; Bloom (2005), Learning More from Social "
    "Experiments, hfst. 4",
    f"{_SOURCE}, model CRA2_2 with one covariate; Bloom (2005), Learning More from Social "
    "Experiments, ch. 4",
)
"""J clusters of n persons per arm, the pretest as the covariate."""
PERSONS = _formula(
    "MDES = d(v) * sqrt((1-r^2) * (1/NT + 1/NC)), v = NT+NC-3",
    f"{_SOURCE}, model IRA met één covariaat; Bloom (1995), Eval. Rev. 19, 547-556",
    f"{_SOURCE}, model IRA with one covariate; Bloom (1995), Eval. Rev. 19, 547-556",
)
"""N persons per arm who stand alone, the pretest as the covariate."""
SINGLE = _formula(
    "MDES = d(v) * sqrt(2(1-r)/N), v = N-1",
    f"gepaarde t-toets: {_PAIRED}, hfst. 2",
    f"paired t test: {_PAIRED}, ch. 2",
    _OF_PRETEST,
)
"""One group of N persons, before and after."""
SINGLE_CLUSTERED = _formula(
    "MDES = d(v) * sqrt(2(1-r)/N * (1 + (n-1)icc)), v = J-1",
    f"gepaarde t-toets: {_PAIRED}, hfst. 2; ontwerpeffect: Kish (1965), Survey Sampling",
    f"paired t test: {_PAIRED}, ch. 2; design effect: Kish (1965), Survey Sampling",
    _OF_PRETEST,
)
"""One group of J clusters of n persons, N in all, before and after."""

_MOST = 100_000
_POINTS = 60
_SIZES: dict[Respondent, str] = {
    Respondent.pupil: "pupils",
    Respondent.teacher: "teachers",
    Respondent.parent: "parents",
}
_CLUSTERS = {
    AssignmentLevel.class_: Text(nl="klassen", en="classes"),
    AssignmentLevel.subject: Text(nl="vakken van een school", en="subjects of a school"),
    AssignmentLevel.school: Text(nl="scholen", en="schools"),
}


def multiplier(df: float, alpha: float, power: float) -> float:
    """d(v): how many standard errors an effect must measure to be found.

    The noncentrality of Student's t with ``df`` degrees of freedom at which it exceeds the
    two-sided critical value of ``alpha`` with probability ``power``. The chance of a significant
    result in the wrong direction is left out, as R's power.t.test does.
    """
    from scipy.special import nctdtrinc, stdtrit

    return float(nctdtrinc(df, 1 - power, stdtrit(df, 1 - alpha / 2)))


@dataclass(frozen=True)
class Sample:
    """Numbers and assumptions behind one minimal detectable effect size.

    ``persons`` per arm, one number for a single group; ``clusters`` likewise, None where persons
    stand alone.
    """

    persons: tuple[int, ...]
    clusters: tuple[int, ...] | None
    icc: float
    r: float
    alpha: float = 0.05
    power: float = 0.80

    @property
    def formula(self) -> Text:
        """The formula that :meth:`mdes` applies, with its source."""
        if len(self.persons) == 1:
            return SINGLE_CLUSTERED if self.clusters else SINGLE
        return CLUSTERED if self.clusters else PERSONS

    @property
    def size(self) -> float:
        """Persons per cluster, 1 where they stand alone."""
        return sum(self.persons) / sum(self.clusters) if self.clusters else 1.0

    @property
    def per_arm(self) -> tuple[int, ...]:
        """Clusters per arm, or persons where they stand alone."""
        return self.clusters or self.persons

    def mdes(self) -> float | None:
        """Minimal detectable effect size in standard deviations; None where nothing can be."""
        groups = zip(self.per_arm, self.persons, strict=True)
        return self._mdes([(count, persons / count) for count, persons in groups])

    def equal(self, count: int) -> float | None:
        """The same with ``count`` clusters (or persons) in each arm, as large as planned."""
        return self._mdes([(count, self.size)] * len(self.persons))

    def _mdes(self, groups: list[tuple[int, float]]) -> float | None:
        single = len(groups) == 1
        total = sum(count for count, _ in groups)
        df = total - 1 if single else total - 3
        if df < 1 or min(count for count, _ in groups) < 2:
            return None
        spread = sum((self.icc + (1 - self.icc) / size) / count for count, size in groups)
        left = 2 * (1 - self.r) if single else 1 - self.r**2
        return multiplier(df, self.alpha, self.power) * math.sqrt(left * spread)

    def needed(self, target: float) -> int | None:
        """Fewest clusters (or persons) in each arm that can show ``target``.

        None if 100,000 are too few.
        """

        def enough(count: int) -> bool:
            found = self.equal(count)
            return found is not None and found <= target

        return _fewest(enough)

    def curve(self, target: float | None = None) -> tuple[tuple[int, float], ...]:
        """Points of the curve of :meth:`equal`, from few to well past plan and target."""
        planned, needed = max(self.per_arm), self.needed(target) if target else None
        aim = min(math.ceil(1.15 * (needed or 0)), max(100, 20 * planned))
        last = max(10, math.ceil(1.5 * planned), aim)
        step = (last / 2) ** (1 / (_POINTS - 1))
        counts = {round(2 * step**i) for i in range(_POINTS)} | {min(self.per_arm), planned, last}
        if needed and needed <= last:
            counts.add(needed)
        height = max(1.0, 1.2 * (self.mdes() or 0), 2 * (target or 0))
        points = [(count, self.equal(count)) for count in sorted(counts)]
        return tuple((n, round(e, 3)) for n, e in points if e is not None and e <= height)


def _fewest(enough: Callable[[int], bool]) -> int | None:
    """The smallest count of 2 or more that is enough; None if 100,000 are not."""
    if not enough(_MOST):
        return None
    low, high = 1, _MOST  # Not enough, enough.
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if middle > 1 and enough(middle) else (middle, high)
    return high


# --- of a design -----------------------------------------------------------------------------


def outcomes(
    project: Project,
    entries: Iterable[ScheduleEntry],
    measures: Iterable[Measure],
    before: Iterable[str],
    after: Iterable[str],
) -> tuple[Measure, ...]:
    """Outcomes of pupils, teachers or parents that are compared: before and after, in all arms.

    Of a single group only those whose tests before and after are on one scale. What one whole
    school has one number of is left out: the effect a scheme expects is in standard deviations
    of persons.
    """
    roles = {arm.role for arm in project.arms}
    seen: dict[str, set[str]] = {}
    for entry in entries:
        fits = roles <= set(entry.arms) and not entry.covered_by
        if fits and (project.has_comparison or entry.scale.shared_across_waves):
            seen.setdefault(entry.measure, set()).add(entry.wave)
    baseline, later = set(before), set(after)
    return tuple(
        m
        for m in measures
        if m.kind is Kind.outcome
        and m.respondent in _SIZES
        and m.scale.is_numeric
        and seen.get(m.id, set()) & baseline
        and seen.get(m.id, set()) & later
    )


def power_of(
    project: Project, compared: Iterable[Measure], analysis: Analysis
) -> tuple[Power, ...]:
    """One entry per respondent group and ICC, where the project gives the numbers.

    Args:
        project: the project, with the size of its arms.
        compared: its :func:`outcomes`.
        analysis: the values assumed, and the effect expected.
    """
    groups: dict[tuple[Respondent, float], tuple[Sample, list[Measure]]] = {}
    for measure in compared:
        sample = _sample(project, measure, analysis)
        if sample is not None:
            groups.setdefault((measure.respondent, sample.icc), (sample, []))[1].append(measure)
    return tuple(
        _power(project, respondent, sample, found, analysis)
        for (respondent, _), (sample, found) in groups.items()
    )


def _power(
    project: Project,
    respondent: Respondent,
    sample: Sample,
    found: list[Measure],
    analysis: Analysis,
) -> Power:
    target = analysis.target_effect if respondent in analysis.target_for else None
    mdes = sample.mdes()
    needed = sample.needed(target) if target else None
    return Power(
        measures=tuple(measure.id for measure in found),
        respondent=respondent,
        schools=_pair(tuple(_schools(project, arm.role) for arm in _arms(project))),
        clusters=_pair(sample.clusters) if sample.clusters else None,
        cluster=clusters_are(project, respondent),
        units=_pair(sample.persons),
        icc=sample.icc,
        pretest_correlation=sample.r,
        mdes=None if mdes is None else round(mdes, 3),
        target=target,
        needed_clusters=needed if sample.clusters else None,
        needed_units=math.ceil(needed * sample.size - 1e-9) if needed else None,
        curve=sample.curve(target),
        formula=sample.formula,
    )


def _sample(project: Project, measure: Measure, analysis: Analysis) -> Sample | None:
    """The numbers for one measure; None where the project does not give them."""
    persons, clusters = [], []
    for arm in _arms(project):
        size = arm.size or GroupSize()
        count = getattr(size, _SIZES[measure.respondent])
        whole = _clusters(project, measure.respondent, arm.role, size)
        if count is None or whole is None:
            return None
        persons.append(count)
        clusters.append(min(whole, count))
    achievement = measure.domain is Domain.achievement
    icc = analysis.icc_achievement if achievement else analysis.icc_attitude
    alone = clusters_are(project, measure.respondent) is None
    return Sample(
        persons=tuple(persons),
        clusters=None if alone else tuple(clusters),
        icc=0.0 if alone else icc,
        r=analysis.pretest_correlation,
        alpha=analysis.alpha,
        power=analysis.power,
    )


def clusters_are(project: Project, respondent: Respondent) -> AssignmentLevel | None:
    """What persons of that group hang together in, or None if they stand alone.

    Pupils hang together in their class where classes were assigned, in the subject of their school
    where subjects were, and everyone in a school otherwise. Pupils and parents of an assigned
    teacher are a class. Where no school is in both arms the schools were assigned in fact.
    """
    level = project.effective_assignment
    if level is AssignmentLevel.pupil:
        return None
    if level is AssignmentLevel.teacher:
        return None if respondent is Respondent.teacher else AssignmentLevel.class_
    if level is AssignmentLevel.school or respondent is not Respondent.pupil:
        return AssignmentLevel.school
    return level


def _clusters(
    project: Project, respondent: Respondent, role: ArmRole, size: GroupSize
) -> int | None:
    """Clusters of an arm; None where the project does not say how many there are."""
    level = clusters_are(project, respondent)
    if level is AssignmentLevel.class_:
        return size.classes
    if level is AssignmentLevel.subject:
        return assigned_subjects(project, role) or None
    return _schools(project, role)


def _arms(project: Project) -> list[Arm]:
    """The arms, intervention first."""
    return sorted(project.arms, key=lambda arm: arm.role is not ArmRole.intervention)


def _schools(project: Project, role: ArmRole) -> int:
    return sum(role in school.arms for school in project.schools)


def _pair(numbers: tuple[int, ...]) -> tuple[int, int]:
    return (numbers[0], numbers[1] if len(numbers) > 1 else 0)


# --- remarks ---------------------------------------------------------------------------------


def check_power(
    project: Project,
    compared: Iterable[Measure],
    entries: Iterable[ScheduleEntry],
    powers: Iterable[Power],
    analysis: Analysis,
) -> Iterator[Finding]:
    """What the planned numbers cannot show, where the scheme says what effect it expects."""
    if analysis.target_effect is None:
        return
    known = tuple(powers)
    done = {id for power in known for id in power.measures}
    asked = {entry.measure for entry in entries if entry.mandatory} - done
    unknown = {m.respondent for m in compared if m.id in asked} & set(analysis.target_for)
    if unknown:
        keys = {_SIZES[who] for who in unknown}
        if any(clusters_are(project, who) is AssignmentLevel.class_ for who in unknown):
            keys.add("classes")
        yield finding("design.sizes_unknown", Place(key="arms"), keys=", ".join(sorted(keys)))
    domains = {measure.id: measure.domain.label for measure in compared}
    weak = [p for p in known if p.target and (p.mdes is None or p.mdes > p.target)]
    if weak:
        groups = [_group(power, domains[power.measures[0]]) for power in weak]
        yield finding(
            "design.underpowered",
            Place(key="arms"),
            target=_decimals(analysis.target_effect),
            groups=Text(nl="; ".join(g.nl for g in groups), en="; ".join(g.en for g in groups)),
        )


def check_typical_power(protocol: ResolvedProtocol) -> Iterator[Finding]:
    """A remark for each group of which a typical project cannot show the effect expected.

    At best: pupils in classes that were assigned; teachers or parents by school. With as many in
    a comparison group.
    """
    analysis = protocol.analysis
    target = analysis.target_effect
    if target is None:
        return
    for who in analysis.target_for:
        if who not in _SIZES:
            continue
        groups, persons, cluster = _typical_numbers(protocol.burden.typical, who)
        outcome = who is Respondent.pupil
        sample = Sample(
            persons=(persons,) * 2,
            clusters=(min(groups, persons),) * 2,
            icc=analysis.icc_achievement if outcome else analysis.icc_attitude,
            r=analysis.pretest_correlation,
            alpha=analysis.alpha,
            power=analysis.power,
        )
        mdes, needed = sample.mdes(), sample.needed(target)
        if mdes is not None and round(mdes, 3) <= target:
            continue
        what, none = _CLUSTERS[cluster], Text(nl="geen enkel effect", en="no effect at all")
        many = Text(nl=f"meer {what.nl} dan er zijn", en=f"more {what.en} than there are")
        yield finding(
            "protocol.target_unseen",
            Place(key="analysis"),
            target=_decimals(target),
            groups=_counted(groups, cluster.label if groups == 1 else what),
            persons=_counted(persons, who.label),
            shown=none if mdes is None else _from(mdes),
            needed=many if needed is None else _counted(needed, what),
        )


def _typical_numbers(typical: TypicalProject, who: Respondent) -> tuple[int, int, AssignmentLevel]:
    """Clusters and persons in each group of a typical project, and what the clusters are."""
    if who is Respondent.pupil:
        return typical.classes, typical.pupils, AssignmentLevel.class_
    persons = typical.teachers if who is Respondent.teacher else typical.parents
    return typical.schools, persons, AssignmentLevel.school


def _counted(count: int, what: Text) -> Text:
    return Text(nl=f"{count} {what.nl}", en=f"{count} {what.en}")


def _from(mdes: float) -> Text:
    """From which effect on something shows."""
    said = _decimals(rounded_up(mdes))
    return Text(nl=f"vanaf {said.nl} SD iets", en=f"something from {said.en} SD on")


def _group(power: Power, domain: Text) -> Text:
    """What can be shown of one group of outcomes, and how many that would take."""
    who, needed = power.respondent.label, _needed(power)
    shown = Text(nl="geen enkel effect", en="no effect at all")
    if power.smallest is not None:
        mdes = _decimals(power.smallest)
        shown = Text(nl=f"vanaf {mdes.nl} SD", en=f"from {mdes.en} SD on")
    return Text(
        nl=f"{who.nl}, {domain.nl}: {shown.nl} (nodig: {needed.nl})",
        en=f"{who.en}, {domain.en}: {shown.en} (needed: {needed.en})",
    )


def _needed(power: Power) -> Text:
    who = power.respondent.label
    if power.needed_units is None:
        return Text(nl="meer dan er te vinden zijn", en="more than can be found")
    nl, en = f"{power.needed_units} {who.nl}", f"{power.needed_units} {who.en}"
    if power.needed_clusters is not None:
        what = _CLUSTERS[power.cluster or AssignmentLevel.school]
        nl = f"{power.needed_clusters} {what.nl} met samen {nl}"
        en = f"{power.needed_clusters} {what.en} with {en} together"
    each = power.units[1] > 0
    return Text(
        nl=f"{nl} in elke groep" if each else nl,
        en=f"{en} in each arm" if each else en,
    )


def _decimals(value: float) -> Text:
    """Two decimals, or three where the third says something."""
    text = f"{value:.3f}".removesuffix("0")
    return Text(nl=text.replace(".", ","), en=text)
