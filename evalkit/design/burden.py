"""What measuring costs those who are measured: minutes, hours and euros.

A school year runs from 1 August. What is asked in a wave counts in the school year that holds the
middle of its window.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from evalkit.design.schedule import plan_schedule
from evalkit.design.windows import plan_waves
from evalkit.errors import finding
from evalkit.model.design import (
    Burden,
    CostlyMeasure,
    PlannedWave,
    ScheduleEntry,
    TypicalBurden,
    YearlyBurden,
)
from evalkit.model.finding import Finding, Place
from evalkit.model.holidays import WEEKENDS
from evalkit.model.measure import Measure
from evalkit.model.project import Arm, GroupSize, Project, School
from evalkit.model.protocol import BurdenRules, ResolvedProtocol
from evalkit.model.school_year import school_year
from evalkit.model.text import Text
from evalkit.model.vocabulary import ArmRole, Comparison, Nature, Respondent, Sector, Variant

_SIZES: dict[Respondent, str] = {
    Respondent.pupil: "pupils",
    Respondent.teacher: "teachers",
    Respondent.parent: "parents",
}
_MOST = 5
_START = dt.date(2026, 8, 1)


def burden(entries: Iterable[ScheduleEntry]) -> tuple[Burden, ...]:
    """Minutes for one respondent, per wave and respondent group."""
    minutes: dict[tuple[str, Respondent], float] = {}
    for entry in entries:
        key = (entry.wave, entry.respondent)
        minutes[key] = minutes.get(key, 0) + entry.minutes
    return tuple(Burden(wave=w, respondent=r, minutes=m) for (w, r), m in minutes.items())


def _year(wave: PlannedWave) -> str:
    """The school year that holds the middle of the window."""
    return school_year(wave.opens + (wave.closes - wave.opens) / 2)


@dataclass(frozen=True)
class _Asked:
    """One measure in one wave: whom it costs how much."""

    measure: str
    respondent: Respondent
    year: str
    minutes: float
    arms: tuple[ArmRole, ...]
    persons: int | None
    """Of all arms that are asked; None if the project does not say."""
    per_school: float
    """Minutes of all persons of the school that is asked most; 0 if their number is unknown."""

    @property
    def hours(self) -> float | None:
        return None if self.persons is None else self.minutes * self.persons / 60


def _asked(
    project: Project, waves: Iterable[PlannedWave], entries: Iterable[ScheduleEntry]
) -> tuple[_Asked, ...]:
    years = {wave.id: _year(wave) for wave in waves}
    found = []
    for entry in entries:
        if entry.minutes > 0:
            persons, share = _persons(project, entry.respondent, entry.arms)
            found.append(
                _Asked(
                    measure=entry.measure,
                    respondent=entry.respondent,
                    year=years[entry.wave],
                    minutes=entry.minutes,
                    arms=entry.arms,
                    persons=persons,
                    per_school=entry.minutes * share,
                )
            )
    return tuple(found)


def _persons(
    project: Project, respondent: Respondent, roles: tuple[ArmRole, ...]
) -> tuple[int | None, float]:
    """Persons in those arms, and how many of them the school with most has, on average.

    An arm's persons are spread evenly over its schools. A school fills in one form.
    """
    asked = [school for school in project.schools if set(school.arms) & set(roles)]
    if respondent is Respondent.school:
        return len(asked), 1.0 if asked else 0.0
    sizes = {arm.role: getattr(arm.size or GroupSize(), _SIZES[respondent]) for arm in project.arms}
    if any(sizes.get(role) is None for role in roles):
        return None, 0.0
    schools = {role: sum(role in school.arms for school in project.schools) for role in roles}
    share = {role: sizes[role] / schools[role] if schools[role] else 0.0 for role in roles}
    most = max((sum(share.get(role, 0.0) for role in s.arms) for s in asked), default=0.0)
    return sum(sizes[role] for role in roles), most


def yearly_burden(
    project: Project,
    waves: Iterable[PlannedWave],
    entries: Iterable[ScheduleEntry],
    rules: BurdenRules,
) -> tuple[YearlyBurden, ...]:
    """What each respondent group spends in each school year, where the project gives its numbers.

    ``rules`` holds the hourly rates; without one there is no cost.
    """
    return _yearly(_asked(project, waves, entries), rules)


def _yearly(asked: tuple[_Asked, ...], rules: BurdenRules) -> tuple[YearlyBurden, ...]:
    groups: dict[tuple[str, Respondent], list[_Asked]] = defaultdict(list)
    for one in asked:
        groups[one.year, one.respondent].append(one)
    order = list(Respondent)
    found = []
    for (year, respondent), ones in sorted(
        groups.items(), key=lambda group: (group[0][0], order.index(group[0][1]))
    ):
        known = [one.persons for one in ones if one.persons is not None]
        hours = sum(one.hours or 0 for one in ones) if len(known) == len(ones) else None
        rate = rules.hourly_rate.get(respondent)
        found.append(
            YearlyBurden(
                school_year=year,
                respondent=respondent,
                minutes=_minutes(ones),
                persons=None if hours is None else max(known),
                spent=() if hours is None else _spent(ones),
                hours=None if hours is None else round(hours, 2),
                hours_per_school=None
                if hours is None
                else round(sum(one.per_school for one in ones) / 60, 2),
                cost=None if hours is None or rate is None else round(hours * rate, 2),
            )
        )
    return tuple(found)


def _spent(ones: Iterable[_Asked]) -> tuple[tuple[float, int], ...]:
    """Minutes that the same persons are asked, with how many those are; most persons first."""
    minutes: dict[frozenset[ArmRole], float] = defaultdict(float)
    persons: dict[frozenset[ArmRole], int] = {}
    for one in ones:
        arms = frozenset(one.arms)
        minutes[arms] += one.minutes
        persons[arms] = one.persons or 0
    found = [(round(minutes[arms], 2), persons[arms]) for arms in minutes if persons[arms]]
    return tuple(sorted(found, key=lambda part: (-part[1], -part[0])))


def _minutes(ones: Iterable[_Asked]) -> float:
    """Minutes of one person of the arm that is asked most."""
    each: dict[ArmRole, float] = defaultdict(float)
    for one in ones:
        for role in one.arms:
            each[role] += one.minutes
    return round(max(each.values(), default=0.0), 2)


def costly(
    project: Project, waves: Iterable[PlannedWave], entries: Iterable[ScheduleEntry]
) -> tuple[CostlyMeasure, ...]:
    """The five measures that cost most: in hours, or in minutes each where numbers are unknown."""
    return _costly(_asked(project, waves, entries))


def _costly(asked: Iterable[_Asked]) -> tuple[CostlyMeasure, ...]:
    groups: dict[str, list[_Asked]] = defaultdict(list)
    for one in asked:
        groups[one.measure].append(one)
    found = []
    for measure, ones in groups.items():
        known = all(one.persons is not None for one in ones)
        hours = round(sum(one.hours or 0 for one in ones), 2) if known else None
        minutes = round(sum(one.minutes for one in ones), 2)
        found.append(CostlyMeasure(measure=measure, minutes=minutes, hours=hours))
    if any(one.hours is None for one in found):
        return tuple(sorted(found, key=lambda one: (-one.minutes, one.measure))[:_MOST])
    return tuple(sorted(found, key=lambda one: (-(one.hours or 0), one.measure))[:_MOST])


# --- ceilings --------------------------------------------------------------------------------


def check_burden(
    project: Project,
    waves: Iterable[PlannedWave],
    entries: Iterable[ScheduleEntry],
    measures: Iterable[Measure],
    rules: BurdenRules,
) -> Iterator[Finding]:
    """A remark for each ceiling of the scheme that the design goes over, with what costs most."""
    names = {measure.id: measure.label for measure in measures}
    for over in _over(_asked(project, waves, entries), rules):
        yield finding(
            "design.burden_ceiling",
            Place(key="arms"),
            year=over.year,
            spent=over.spent,
            limit=over.limit,
            measures=_names(over.asked, names),
        )


@dataclass(frozen=True)
class _Over:
    """A ceiling that is gone over in a school year; ``key`` is where the protocol sets it."""

    key: str
    year: str
    spent: Text
    limit: Text
    asked: tuple[_Asked, ...]


def _over(asked: tuple[_Asked, ...], rules: BurdenRules) -> Iterator[_Over]:
    for year in sorted({one.year for one in asked}):
        ones = tuple(one for one in asked if one.year == year)
        hours = sum(one.per_school for one in ones) / 60
        if rules.max_hours is not None and hours > rules.max_hours:
            spent, limit = _number(hours), _number(rules.max_hours)
            yield _Over(
                "burden.max_hours",
                year,
                Text(nl=f"een school {spent.nl} uur", en=f"a school {_hours(spent.en)}"),
                Text(nl=f"{limit.nl} uur", en=_hours(limit.en)),
                ones,
            )
        for respondent, most in rules.max_minutes.items():
            group = tuple(one for one in ones if one.respondent is respondent)
            if _minutes(group) > most:
                spent, limit = _number(_minutes(group)), _number(most)
                who = respondent.label
                yield _Over(
                    f"burden.max_minutes.{respondent.value}",
                    year,
                    Text(
                        nl=f"ieder van de groep '{who.nl}' {_minuten(spent.nl)}",
                        en=f"each of the group '{who.en}' {_minutes_of(spent.en)}",
                    ),
                    Text(
                        nl=_minuten(limit.nl),
                        en=_minutes_of(limit.en),
                    ),
                    group,
                )


def _hours(count: str) -> str:
    return f"{count} {'hour' if count == '1' else 'hours'}"


def _minuten(count: str) -> str:
    return f"{count} {'minuut' if count == '1' else 'minuten'}"


def _minutes_of(count: str) -> str:
    return f"{count} {'minute' if count == '1' else 'minutes'}"


def _names(asked: Iterable[_Asked], names: dict[str, Text]) -> Text:
    most = [names[one.measure] for one in _costly(asked)][:3]
    return Text(nl=", ".join(n.nl for n in most), en=", ".join(n.en for n in most))


def _number(value: float) -> Text:
    text = f"{value:.1f}".removesuffix(".0")
    return Text(nl=text.replace(".", ","), en=text)


# --- a typical project -----------------------------------------------------------------------


def typical_burden(protocol: ResolvedProtocol) -> TypicalBurden:
    """What the protocol costs a project as its funder expects it, before there is any.

    The project has goals of its own, all its schools take part in the intervention, and it is of
    the nature that is asked most. What a project type adds comes on top. School years are numbered:
    0 is the year before the start.
    """
    asked, rules = _typical(protocol), protocol.burden
    yearly = _yearly(asked, rules)
    years = {one.year for one in asked}
    costs = [one.cost for one in yearly if one.cost is not None]
    most: dict[Respondent, float] = {}
    for part in yearly:
        most[part.respondent] = max(most.get(part.respondent, 0), part.minutes)
    return TypicalBurden(
        yearly=yearly,
        hours_per_school_year=round(
            max((sum(o.per_school for o in asked if o.year == y) / 60 for y in years), default=0.0),
            2,
        ),
        minutes_per_person_max={r: most[r] for r in Respondent if r in most},
        cost=round(sum(costs), 2) if costs else None,
        costly=_costly(asked),
    )


def check_typical_burden(protocol: ResolvedProtocol) -> Iterator[Finding]:
    """A remark for each ceiling that the protocol itself goes over in a typical project."""
    names = {measure.id: measure.label for measure in protocol.measures}
    for over in _over(_typical(protocol), protocol.burden):
        yield finding(
            "protocol.burden_ceiling",
            Place(key=over.key),
            when=_when(over.year),
            spent=over.spent,
            limit=over.limit,
            measures=_names(over.asked, names),
        )


def _when(year: str) -> Text:
    """A numbered school year at the head of a sentence."""
    if year == "0":
        return Text(nl="In het jaar vóór de start", en="In the year before the start")
    return Text(nl=f"In schooljaar {year}", en=f"In school year {year}")


def _typical(protocol: ResolvedProtocol) -> tuple[_Asked, ...]:
    """What a typical project is asked, under numbered school years."""
    found = (_typical_of(protocol, nature) for nature in Nature)
    return max(found, key=lambda asked: sum(one.hours or 0 for one in asked))


def _typical_of(protocol: ResolvedProtocol, nature: Nature) -> tuple[_Asked, ...]:
    project = _project(protocol, nature)
    variant = protocol.variant or (
        Variant.small
        if protocol.small_projects and protocol.small_projects.includes(len(project.schools), None)
        else Variant.large
    )
    asked = [
        (requirement, protocol.owners[requirement.measure])
        for requirement in protocol.requires
        if requirement.applies_to(variant, nature)
    ]
    waves = plan_waves(project, protocol, WEEKENDS)
    entries = plan_schedule(project, waves, asked, {m.id: m for m in protocol.measures})
    return tuple(
        _Asked(
            measure=one.measure,
            respondent=one.respondent,
            year=str(int(one.year[:4]) - _START.year + 1),
            minutes=one.minutes,
            arms=one.arms,
            persons=one.persons,
            per_school=one.per_school,
        )
        for one in _asked(project, waves, entries)
    )


def _project(protocol: ResolvedProtocol, nature: Nature) -> Project:
    """A project of the typical size, from the first day of a school year."""
    typical = protocol.burden.typical
    size = GroupSize(
        classes=typical.classes,
        pupils=typical.pupils,
        teachers=typical.teachers,
        parents=typical.parents,
    )
    numbers = range(min(typical.schools, 67_600))  # More codes there are not.
    brins = (f"{n // 676:02d}{chr(65 + n // 26 % 26)}{chr(65 + n % 26)}" for n in numbers)
    return Project(
        id="typical",
        title="typical",
        protocol=protocol.id,
        type="typical",
        sector=Sector.po,
        nature=nature,
        start=_START,
        end=_START + dt.timedelta(days=max(1, round(365.25 * typical.years) - 1)),
        arms=(Arm(role=ArmRole.intervention, label="typical", size=size),),
        comparison=Comparison.single_group,
        schools=tuple(School(brin=brin) for brin in brins),
    )
