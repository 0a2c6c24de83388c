"""Projects that rest on the same schools: their results are not independent in a pool."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from evalkit.model.effect import EffectSize
from evalkit.model.project import Project
from evalkit.model.rows import Rows, values
from evalkit.model.vocabulary import ArmRole, Note
from evalkit.synthesis.pooled import Key, pool_places

_SCHOOL = 4
"""Characters of a BRIN that name the school; two digits for a location may follow."""


MOST_NAMED = 20
"""Projects of a set, and sets, that are named."""


class Shared(NamedTuple):
    """Projects that hang together by schools that two or more of them have."""

    projects: tuple[str, ...]
    """Their ids, sorted."""
    schools: int
    """How many schools they share."""
    comparison: int
    """Of these, how many are a comparison school of more than one."""
    crosswise: int
    """And how many are in the intervention group of one and the comparison group of another."""

    @property
    def name(self) -> str:
        """The ids joined, of very many the first."""
        more = ["…"] if len(self.projects) > MOST_NAMED else []
        return "+".join([*self.projects[:MOST_NAMED], *more])


class SchoolLinks:
    """Which projects share schools.

    Two projects share a school if they name the same BRIN, or one names a location of the school
    that the other names as a whole; two locations of one school are two places.

    Args:
        projects: the projects with their schools.
    """

    def __init__(self, projects: Iterable[Project]) -> None:
        schools: dict[str, dict[str, dict[str, set[ArmRole]]]] = {}
        for project in projects:
            for school in project.schools:
                held = schools.setdefault(school.brin[:_SCHOOL], {}).setdefault(project.id, {})
                held.setdefault(school.brin, set()).update(school.arms)
        self._places: dict[str, dict[str, set[ArmRole]]] = {}
        """The arms in which each project has a place, of places that more than one has."""
        self._of: dict[str, list[str]] = {}
        """Those places of each project."""
        for brin, holders in schools.items():
            if len(holders) > 1:
                self._add(brin, holders)

    def _add(self, school: str, holders: Mapping[str, Mapping[str, set[ArmRole]]]) -> None:
        all_places = {place for held in holders.values() for place in held}
        places: dict[str, dict[str, set[ArmRole]]] = {}
        for project, held in holders.items():
            for named, arms in held.items():
                for place in all_places if named == school else (named,):
                    places.setdefault(place, {}).setdefault(project, set()).update(arms)
        for place, projects in places.items():
            if len(projects) > 1:
                self._places[place] = projects
                for project in projects:
                    self._of.setdefault(project, []).append(place)

    def __bool__(self) -> bool:
        return bool(self._places)

    def among(self, projects: Iterable[str]) -> tuple[Shared, ...]:
        """The sets of these projects that hang together, by schools that these alone share."""
        lead: dict[str, str] = {}

        def leader(project: str) -> str:
            while lead[project] != project:
                lead[project] = project = lead[lead[project]]
            return project

        first: dict[str, str] = {}
        for project in projects:
            if project in self._of:
                lead.setdefault(project, project)
                for place in self._of[project]:
                    lead[leader(project)] = leader(first.setdefault(place, project))
        sets: dict[str, list[str]] = {}
        for project in lead:
            sets.setdefault(leader(project), []).append(project)
        found = (self._shared(sorted(members)) for members in sets.values() if len(members) > 1)
        return tuple(sorted(found))

    def _shared(self, projects: Sequence[str]) -> Shared:
        here = set(projects)
        places = {place for project in projects for place in self._of[project]}
        both, comparison, crosswise = set(), set(), set()
        for place in places:
            held = {p: arms for p, arms in self._places[place].items() if p in here}
            if len(held) < 2:
                continue
            treated = {p for p, arms in held.items() if ArmRole.intervention in arms}
            controls = {p for p, arms in held.items() if ArmRole.comparison in arms}
            school = place[:_SCHOOL]
            both.add(school)
            if len(controls) > 1:
                comparison.add(school)
            if treated and controls and len(treated | controls) > 1:
                crosswise.add(school)
        return Shared(tuple(projects), len(both), len(comparison), len(crosswise))


def named(sets: Sequence[Shared]) -> str:
    """Sets as text: the ids of each joined by +, sets apart by a semicolon."""
    more = ["…"] if len(sets) > MOST_NAMED else []
    return "; ".join([*(one.name for one in sets[:MOST_NAMED]), *more])


InPools = Mapping[Key, tuple[Shared, ...]]
"""By the key of a pool, the sets of its projects that share schools; pools without are left out."""


def shared_in_pools(
    effects: Sequence[EffectSize], versions: Mapping[str, str], projects: Iterable[Project]
) -> InPools:
    """Of each pool the sets of projects that share schools.

    Args:
        effects: rows of the effect table.
        versions: for measures by ``id@version``, the version they may be pooled under.
        projects: the projects with their schools.
    """
    links = SchoolLinks(projects)
    if not links:
        return {}
    known: dict[tuple[str, ...], tuple[Shared, ...]] = {}
    found = {}
    for key, places in pool_places(effects, versions).items():
        ids = tuple(project for project, _ in places)
        if ids not in known:
            known[ids] = links.among(ids)
        if known[ids]:
            found[key] = known[ids]
    return found


def sets_of(shared: InPools) -> tuple[Shared, ...]:
    """The sets of all pools, each once; one that lies within another is left out."""
    different = {one for sets in set(shared.values()) for one in sets}
    kept: dict[str, list[frozenset[str]]] = {}
    found = []
    for one in sorted(different, key=lambda one: (-len(one.projects), one)):
        members = frozenset(one.projects)
        if any(members <= other for other in kept.get(one.projects[0], ())):
            continue
        found.append(one)
        for project in members:
            kept.setdefault(project, []).append(members)
    return tuple(sorted(found))


def noted(
    effects: Sequence[EffectSize], versions: Mapping[str, str], shared: InPools
) -> Sequence[EffectSize]:
    """The effects, each with a note if its pool holds another project with the same schools."""
    if not shared:
        return effects
    notes = values(effects, "notes")
    changed: dict[int, tuple[Note, ...]] = {}
    for key, places in pool_places(effects, versions).items():
        dependent = {project for one in shared.get(key, ()) for project in one.projects}
        changed |= {
            place: (*notes[place], Note.shared_schools)
            for project, place in places
            if project in dependent
        }
    if isinstance(effects, Rows):
        return effects.changed("notes", changed)
    return [
        row.model_copy(update={"notes": changed[place]}) if place in changed else row
        for place, row in enumerate(effects)
    ]
