"""The cross-over of subjects: which subject in which school serves as whose control.

In secondary education a concept is tried in a few subjects of a school. The subjects of other
experiment schools that do not take part are the controls (summary of the effect study of
InnovatieImpuls Onderwijs, SEO and ResearchNed, 2015, introduction). A control is the same subject
elsewhere; for Videolessen, whose small subjects are often taught nowhere without it, also a subject
that resembles it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from evalkit import ArmRole, Comparison, ComparisonPair, Design, Project

TYPES = ("iio.eklas_pal", "iio.lvl", "iio.onderwijsteams", "iio.videolessen")
"""Project types that can be tried in some subjects of a school and not in others."""

SIMILAR_SUBJECTS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "iio.videolessen": {
        "wiskunde_d": ("wiskunde_b",),
        "nlt": ("biologie", "natuurkunde"),
        "informatica": ("biologie", "natuurkunde", "wiskunde_b"),
    }
}
"""Per project type and subject: subjects that may serve as its control if it is taught nowhere
without the innovation. The source (Videolessen, het innovatieconcept) names wiskunde B, natuurkunde
and biologie as the subjects most like NLT, wiskunde D and informatica; which goes with which is
ours."""


class Group(NamedTuple):
    """A subject in a school."""

    school: str
    subject: str


Choices = Mapping[Group, tuple[Group, ...]]
"""Per treated group the groups that may be its control, in order."""


def is_crossover(design: Design) -> bool:
    """Whether the design compares subjects across schools and this plugin pairs them."""
    return design.type.id in TYPES and design.project.comparison is Comparison.cross_over


def comparison_pairs(design: Design) -> tuple[ComparisonPair, ...]:
    """One control for each treated group that has a possible one, in the order of the groups."""
    if not is_crossover(design):
        return ()
    controls = assign(choices(design.project, design.type.id))
    return tuple(
        ComparisonPair(
            school=treated.school,
            subject=treated.subject,
            control_school=control.school,
            control_subject=control.subject,
        )
        for treated, control in controls.items()
    )


def groups(project: Project, role: ArmRole) -> tuple[Group, ...]:
    """The subjects of a project in one arm, in order."""
    return tuple(
        sorted(
            Group(school.brin, subject)
            for school in project.schools
            for subject, arm in school.subjects.items()
            if arm is role
        )
    )


def same_school(one: str, other: str) -> bool:
    """Whether two BRIN codes are one school: equal, or one the school and the other a location."""
    return one == other or (min(len(one), len(other)) == 4 and one[:4] == other[:4])


def treated_controls(project: Project) -> tuple[Group, ...]:
    """Untreated groups that are treated all the same: the same subject in the same school.

    This happens if a school and a location of it are both in the project.
    """
    treated = groups(project, ArmRole.intervention)
    return tuple(
        group
        for group in groups(project, ArmRole.comparison)
        if any(t.subject == group.subject and same_school(t.school, group.school) for t in treated)
    )


def choices(project: Project, type_id: str) -> Choices:
    """The possible controls of each treated group, the best kind only; none if there are none.

    A control is untreated and in another school. The same subject is better than a similar one,
    and an experiment school is better than a school that does not take part at all.
    """
    treated = groups(project, ArmRole.intervention)
    schools = {group.school for group in treated}
    tainted = set(treated_controls(project))
    untreated = [g for g in groups(project, ArmRole.comparison) if g not in tainted]
    similar = SIMILAR_SUBJECTS.get(type_id, {})
    found: dict[Group, tuple[Group, ...]] = {}
    for group in treated:
        wanted = (group.subject, *similar.get(group.subject, ()))
        ranked = [
            ((control.subject != group.subject, control.school not in schools), control)
            for control in untreated
            if control.subject in wanted and not same_school(control.school, group.school)
        ]
        best = min((rank for rank, _ in ranked), default=None)
        found[group] = tuple(control for rank, control in ranked if rank == best)
    return found


def assign(possible: Choices) -> dict[Group, Group]:
    """A control for each treated group that has a possible one, used as evenly as can be.

    An optimal semi-matching: no other assignment spreads the treated groups more evenly over the
    controls (Harvey, Ladner, Lovász & Tamir 2006, J. Algorithms 59, 53-78, algorithm ASM1). The
    same choices give the same assignment, whatever the order they come in.
    """
    control_of: dict[Group, Group] = {}
    users: dict[Group, set[Group]] = {c: set() for found in possible.values() for c in found}
    for group in sorted(group for group, found in possible.items() if found):
        reached = _reachable(group, possible, users)
        control = min(reached, key=lambda candidate: (len(users[candidate]), candidate))
        taker: Group | None = None
        while taker != group:
            taker = reached[control]
            left = control_of.get(taker)
            control_of[taker] = control
            users[control].add(taker)
            if left is not None:
                users[left].remove(taker)
                control = left
    return dict(sorted(control_of.items()))


def _reachable(
    group: Group, possible: Choices, users: Mapping[Group, set[Group]]
) -> dict[Group, Group]:
    """Controls ``group`` can have if others move on, each with the group that would take it."""
    reached: dict[Group, Group] = {}
    waiting = deque([group])
    while waiting:
        taker = waiting.popleft()
        for control in sorted(possible[taker]):
            if control not in reached:
                reached[control] = taker
                waiting.extend(sorted(users[control]))
    return reached


def shared_controls(design: Design) -> Iterator[tuple[Group, int]]:
    """Controls that serve several treated groups, with how many."""
    used = [Group(pair.control_school, pair.control_subject) for pair in design.pairs]
    for control in sorted(set(used)):
        if used.count(control) > 1:
            yield control, used.count(control)
