"""Labour productivity of teachers: pupils per full-time job and per contact hour.

Measures after the summary of the effect study of InnovatieImpuls Onderwijs (SEO and ResearchNed,
2015), introduction. All that is divided by zero or less is missing, never infinite.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from evalkit import Design, Finding, Place, Text

if TYPE_CHECKING:
    from pandas import DataFrame, Series

PER_FTE = "iio.pupils_per_fte"
PER_CONTACT_HOUR = "iio.pupils_per_contact_hour"
REMOTE_LESSONS = "iio.remote_lessons"
SUPERVISED_SHARE = "iio.supervised_share"

INPUTS = {
    PER_FTE: ("iio.pupils", "iio.teacher_fte"),
    PER_CONTACT_HOUR: ("iio.pupil_hours", "iio.contact_hours"),
}
"""Numerator and denominator of each computed measure."""


def remote_factors(remote: Series[float], share: Series[float]) -> Series[float]:
    """How many times as many pupils a contact hour reaches with lessons at a distance.

    (1 + v) / (1 + v s). Follows from the figures the source gives (summary, Videolessen, effects
    on labour productivity): a teacher who gives v remote lessons per own lesson to classes as large
    as the own class reaches 1 + v classes, and a share s of the remote lessons takes a second
    subject teacher. With v = 0.5 that is +50% at s = 0, +18% at 0.54 and +33% at 0.25; the source
    rounds the latter two to about 20 and 30.

    Args:
        remote: remote lessons per own lesson (v), 0 or more.
        share: share of the remote lessons a subject teacher supervises (s), from 0 to 1. It may be
            missing where there are no remote lessons.

    Returns:
        The factor; missing where v is missing, or s while there are remote lessons.
    """
    return (1 + remote) / (1 + remote * share.where(remote != 0, 0.0))


def computed_measures(design: Design, wave: str, rows: DataFrame) -> dict[str, Series[float]]:
    """The computed measures of which ``rows`` have the inputs, one value per row."""
    computed = {
        id: _quotient(rows[top].astype(float), rows[bottom].astype(float))
        for id, (top, bottom) in INPUTS.items()
        if top in rows and bottom in rows
    }
    if PER_CONTACT_HOUR in computed and REMOTE_LESSONS in _measured(design, wave):
        given = rows.reindex(columns=[REMOTE_LESSONS, SUPERVISED_SHARE]).astype(float)
        factors = remote_factors(given[REMOTE_LESSONS], given[SUPERVISED_SHARE] / 100)
        computed[PER_CONTACT_HOUR] = computed[PER_CONTACT_HOUR] * factors
    return {id: values.where(values < math.inf) for id, values in computed.items()}


def _quotient(top: Series[float], bottom: Series[float]) -> Series[float]:
    return top / bottom.where(bottom > 0)


def _measured(design: Design, wave: str) -> set[str]:
    return {entry.measure for entry in design.entries(wave)}


def check_inputs(design: Design) -> Iterator[Finding]:
    """A warning for each computed measure the design takes without what it is computed from."""
    missing: dict[str, dict[str, None]] = {}
    for wave in design.waves:
        measured = _measured(design, wave.id)
        for id, inputs in INPUTS.items():
            needed = list(inputs)
            if id == PER_CONTACT_HOUR and measured & {REMOTE_LESSONS, SUPERVISED_SHARE}:
                needed += [REMOTE_LESSONS, SUPERVISED_SHARE]
            if id in measured:
                absent = missing.setdefault(id, {})
                absent.update(dict.fromkeys(name for name in needed if name not in measured))
    for id, absent in missing.items():
        if absent:
            yield _without_inputs(id, ", ".join(absent))


def _without_inputs(id: str, absent: str) -> Finding:
    return Finding(
        code="iio.inputs_missing",
        severity="warning",
        place=Place(key="protocol"),
        wrong=Text(
            nl=f"{id} wordt uitgerekend, maar dit ontwerp vraagt niet overal wat daarvoor nodig "
            f"is: {absent}. De maat blijft dan leeg.",
            en=f"{id} is worked out, but this design does not ask everywhere what that takes: "
            f"{absent}. The measure will then stay empty.",
        ),
        remedy=Text(
            nl=f"Neem in het protocol ook {absent} op, op dezelfde meetmomenten als {id}.",
            en=f"Let the protocol require {absent} too, at the same moments as {id}.",
        ),
    )
