"""Registered against reported: what a project said it would measure, and what became of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from evalkit.model.design import Design, ScheduleEntry
from evalkit.model.registration import RegisteredRow, Registration, Reported
from evalkit.model.text import Text

Differs = Callable[[Design, Design, str, str], Text | None]
"""What differs between two designs in a measure (third) in a wave (fourth); None if nothing."""

NO_DATA = Text(nl="nog geen gegevens", en="no data yet")
NOT_CURRENT = Text(nl="niet in het huidige ontwerp", en="not in the current design")
AFTERWARDS = Text(
    nl="vastgelegd nadat de gegevens er waren", en="registered after the data came in"
)


class Frozen(NamedTuple):
    """A registration with its design."""

    registration: Registration
    design: Design


class Collected(NamedTuple):
    """Data of a measure in a wave: the design they came in under, and the first day they did."""

    design: Design
    received: dt.date


Key = tuple[str, str]
"""A measure and a wave."""


def registered_rows(
    frozen: Sequence[Frozen],
    current: Design,
    collected: Mapping[Key, Collected],
    today: dt.date,
    differs: Differs,
) -> tuple[RegisteredRow, ...]:
    """One row for each measure in each wave that was registered, is planned or came in.

    Data are held against the registration that was in force on the day they came in, or the first
    if they came before it; what did not come in against the newest.

    Args:
        frozen: the registrations of one project, oldest first; at least one.
        current: its current design.
        collected: what came in.
        today: the day; before a wave has closed, what is missing is not due.
        differs: what differs between the registered design and that of the data.
    """
    designs = [
        *(f.design for f in reversed(frozen)),
        current,
        *(c.design for c in collected.values()),
    ]
    keys = dict.fromkeys((e.measure, e.wave) for design in designs for e in design.schedule)
    waves = {key[1]: None for key in keys}
    order = sorted(keys, key=lambda key: list(waves).index(key[1]))
    rows = (_row(key, frozen, current, collected, today, differs) for key in order)
    return tuple(row for row in rows if row)


def _row(
    key: Key,
    frozen: Sequence[Frozen],
    current: Design,
    collected: Mapping[Key, Collected],
    today: dt.date,
    differs: Differs,
) -> RegisteredRow | None:
    held = frozen[-1]
    entry = _entry(held.design, key)
    details: list[Text] = []
    came = collected.get(key)
    if came:
        held = _in_force(frozen, came.received)
        entry = _entry(held.design, key)
        status, details = _reported(key, held, entry, came, differs)
    elif entry and (instead := _instead(entry, collected)):
        status, details = Reported.reported, [instead]
    elif entry:
        due = held.design.wave(key[1]).closes < today
        status = Reported.not_measured if due else Reported.not_due
    elif dropped := _dropped(key, frozen):
        entry, text = dropped
        status, details = Reported.not_measured, [text]
    elif _entry(current, key):
        status, details = Reported.added, [NO_DATA]
    else:
        return None  # other measures of a design that data came in under
    if not _entry(current, key):
        details.append(NOT_CURRENT)
    measured_in = (
        came.design
        if came
        else next(
            f.design
            for f in (*reversed(frozen), Frozen(held.registration, current))
            if _entry(f.design, key)
        )
    )
    predictions = held.design.project.predictions
    return RegisteredRow(
        project=current.project.id,
        registration=held.registration.version,
        design_hash=held.registration.design_hash,
        registered_on=held.registration.date,
        measure=key[0],
        measure_version=measured_in.measure(key[0]).version,
        wave=key[1],
        mandatory=entry is not None and entry.mandatory,
        predicted=any(p.measure == key[0] for p in predictions),
        status=status,
        detail=_joined(details),
    )


def _reported(
    key: Key, held: Frozen, entry: ScheduleEntry | None, came: Collected, differs: Differs
) -> tuple[Reported, list[Text]]:
    late = [AFTERWARDS] if came.received < held.registration.date else []
    if entry is None:
        return Reported.added, late
    if came.design.hash == held.design.hash:
        return Reported.reported, late
    difference = differs(held.design, came.design, *key)
    if difference:
        return Reported.changed, [difference, *late]
    return Reported.reported, late


def _in_force(frozen: Sequence[Frozen], day: dt.date) -> Frozen:
    """The registration that held on a day; before the first, the first."""
    return next((f for f in reversed(frozen) if f.registration.date <= day), frozen[0])


def _entry(design: Design, key: Key) -> ScheduleEntry | None:
    return next((e for e in design.schedule if (e.measure, e.wave) == key), None)


def _instead(entry: ScheduleEntry, collected: Mapping[Key, Collected]) -> Text | None:
    """What came in for a measure that special cases of it cover."""
    names = [m for m in entry.covered_by if (m, entry.wave) in collected]
    listed = ", ".join(names)
    return Text(nl=f"door {listed}", en=f"through {listed}") if names else None


def _dropped(key: Key, frozen: Sequence[Frozen]) -> tuple[ScheduleEntry, Text] | None:
    """The entry of the last registration that had it, and which version dropped it and why."""
    for earlier, later in zip(reversed(frozen[:-1]), reversed(frozen[1:]), strict=True):
        entry = _entry(earlier.design, key)
        if entry:
            version, reason = later.registration.version, later.registration.reason
            nl, en = f"vervallen in versie {version}", f"dropped in version {version}"
            return entry, Text(nl=f"{nl}: {reason}", en=f"{en}: {reason}")
    return None


def _joined(parts: Iterable[Text]) -> Text | None:
    given = tuple(parts)
    if not given:
        return None
    return Text(nl="; ".join(p.nl for p in given), en="; ".join(p.en for p in given))
