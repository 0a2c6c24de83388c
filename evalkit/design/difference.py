"""What differs between two designs, in words a reader knows."""

from __future__ import annotations

from collections import Counter
from typing import Any, Literal

from evalkit.design.difference_wording import (
    HOURS_IN_ALL,
    MINOR,
    UNTOLD,
    Words,
    field_name,
    joined,
    key,
    plain,
    spent,
)
from evalkit.model.base import Model
from evalkit.model.change import Change
from evalkit.model.design import Design, PlannedWave, ScheduleEntry, YearlyBurden
from evalkit.model.hashing import short
from evalkit.model.text import Text
from evalkit.model.vocabulary import Term

Names = tuple[Text, ...]

_ASIDE = {"findings", "hash"}
_ORDER = Text(nl="volgorde", en="order")
_UNNAMED = ("project",)
"""Fields whose content is told without them: it is the project's own design."""

_BY_NAME_ALONE = (PlannedWave, ScheduleEntry)
"""Elements that are told by their name, without that of their list."""


def difference(before: Design, after: Design) -> tuple[Change, ...]:
    """Every difference in content, in the order of the design; the important ones first.

    None for two designs with one content, whatever the remarks on them. The other way round it
    gives the same changes with before and after exchanged. Any change of the hash gives at least
    one change.
    """
    found = _Comparison(before, after).changes
    if not found and before.hash != after.hash:
        found = [
            Change(
                kind="changed",
                what=Text(nl="ontwerp", en="design"),
                before=plain(short(before.hash)),
                after=plain(short(after.hash)),
                weight="minor",
            )
        ]
    return tuple(sorted(found, key=lambda change: change.weight != "important"))


def measurement_difference(
    before: Design, after: Design, measure: str, wave: str
) -> tuple[Change, ...]:
    """What differs in one measure in one wave that both designs take: when, how, on what scale."""
    comparison = _Comparison(before, after, started=False)
    comparison.models((), before.wave(wave), after.wave(wave), "important")
    comparison.models((), before.measure(measure), after.measure(measure), "important")
    entries = _entry(before, measure, wave), _entry(after, measure, wave)
    comparison.models((), *entries, "important")
    changes = dict.fromkeys(comparison.changes)  # A scale stands in the measure and the entry.
    return tuple(change for change in changes if change.weight == "important")


def _entry(design: Design, measure: str, wave: str) -> ScheduleEntry:
    return next(e for e in design.schedule if (e.measure, e.wave) == (measure, wave))


class _Comparison:
    """The changes between two designs, found by walking through both at once."""

    def __init__(self, before: Design, after: Design, started: bool = True) -> None:
        self.words = Words(before, after)
        self.changes: list[Change] = []
        self._whole = _only_in_one(before, after)
        if started:
            self.models((), before, after, "important")

    def models(self, names: Names, before: Model, after: Model, weight: str) -> None:
        """What differs between two models of one kind, field by field."""
        for field in type(after).model_fields:
            old, new = getattr(before, field), getattr(after, field)
            if old == new or (isinstance(after, Design) and field in _ASIDE):
                continue
            if f"{type(after).__name__}.{field}" in UNTOLD:
                continue
            if isinstance(after, Design) and field == "yearly_burden":
                self._burden(old, new)
                continue
            minor = weight == "minor" or f"{type(after).__name__}.{field}" in MINOR
            own = () if field in _UNNAMED else (field_name(type(after), field),)
            self._values((*names, *own), old, new, "minor" if minor else "important")

    def _burden(self, before: tuple[YearlyBurden, ...], after: tuple[YearlyBurden, ...]) -> None:
        """The hours in total, and per group: one line where the school years moved."""
        name = field_name(Design, "yearly_burden")
        was, becomes = _total(before), _total(after)
        if was != becomes:
            self._say((HOURS_IN_ALL,), was, becomes, "important")
        for who in dict.fromkeys(part.respondent for part in (*before, *after)):
            old, new = (tuple(p for p in side if p.respondent is who) for side in (before, after))
            if {p.school_year for p in old} == {p.school_year for p in new}:
                self._lists((name,), old, new, "minor")
            else:
                told = spent(old) if old else None, spent(new) if new else None
                self._say((name, who.label), told[0], told[1], "minor")

    def _values(self, names: Names, before: Any, after: Any, weight: str) -> None:
        if isinstance(before, Model) and type(before) is type(after) and not _is_plain(after):
            self.models(names, before, after, weight)
        elif _is_list(before) and _is_list(after):
            self._lists(names, before, after, weight)
        elif isinstance(before, dict) and isinstance(after, dict):
            for name in dict.fromkeys((*before, *after)):
                old, new = before.get(name), after.get(name)
                if old != new:
                    self._values((*names, plain(name)), old, new, weight)
        else:
            self._say(names, before, after, weight)

    def _lists(
        self, names: Names, before: tuple[Any, ...], after: tuple[Any, ...], weight: str
    ) -> None:
        """Lists of models, element by element; an element is known by its key, not its place."""
        olds, news = _by_key(before), _by_key(after)
        for id in dict.fromkeys((*olds, *news)):
            old, new = olds.get(id), news.get(id)
            if old == new:
                continue
            if old is None or new is None:
                self._element(names, old, new, weight)
                continue
            one, other = self.words.name(old), self.words.name(new)
            name = one if one == other else joined(plain(part) for part in id[0])
            outer = names[:-1] if isinstance(new, _BY_NAME_ALONE) else names
            self.models((*outer, name), old, new, weight)
        if [id for id in olds if id in news] != [id for id in news if id in olds]:
            shown = [joined(self.words.name(e) for e in side) for side in (before, after)]
            self._say((*names, _ORDER), shown[0], shown[1], "minor")

    def _element(self, names: Names, before: Any, after: Any, weight: str) -> None:
        """An element that one of the two designs has alone."""
        element = before if after is None else after
        if isinstance(element, ScheduleEntry):
            if self._whole & {element.measure, element.wave}:
                return  # told with the measure or wave as a whole
            names = (*names[:-1], self.words.name(element))
        self._say(names, before, after, weight)

    def _say(self, names: Names, before: Any, after: Any, weight: str) -> None:
        gone, new = _is_empty(after), _is_empty(before)
        kind: Literal["added", "removed", "changed"] = "changed"
        if gone != new:
            kind = "removed" if gone else "added"
        self.changes.append(
            Change(
                kind=kind,
                what=joined(names, ": "),
                before=None if kind == "added" else self.words.summary(before),
                after=None if kind == "removed" else self.words.summary(after),
                weight="minor" if weight == "minor" else "important",
            )
        )


def _total(parts: tuple[YearlyBurden, ...]) -> float | None:
    """Hours of all groups and years; none where they are not known."""
    hours = [part.hours for part in parts]
    return round(sum(h for h in hours if h), 1) if hours and None not in hours else None


def _only_in_one(before: Design, after: Design) -> set[str]:
    """Ids of the measures and waves that one of the two designs has alone."""
    measures = {m.id for m in before.measures} ^ {m.id for m in after.measures}
    return measures | ({w.id for w in before.waves} ^ {w.id for w in after.waves})


def _is_plain(value: object) -> bool:
    return isinstance(value, Text | Term)


def _is_list(value: object) -> bool:
    """Whether a value is a list of models, or an empty one."""
    return isinstance(value, tuple) and all(
        isinstance(part, Model) and not _is_plain(part) for part in value
    )


def _is_empty(value: object) -> bool:
    return value is None or value == () or value == {}


def _by_key(elements: tuple[Any, ...]) -> dict[tuple[tuple[str, ...], int], Any]:
    """The elements by their key; of several with one key, the first, second, …"""
    seen: Counter[tuple[str, ...]] = Counter()
    found = {}
    for element in elements:
        own = key(element)
        found[own, seen[own]] = element
        seen[own] += 1
    return found
