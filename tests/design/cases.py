"""Projects, protocols and types to design for: the shipped ones, and small ones of our own."""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import Any

from evalkit.design.making import make_design
from evalkit.library.factors import factors
from evalkit.library.protocols import Offer, ProtocolFile, resolve_protocol, shipped_protocols
from evalkit.model.design import Design
from evalkit.model.project import Project
from evalkit.model.protocol import ResolvedProtocol
from evalkit.plugin.registry import Registry, load_plugins

SIZE = {"classes": 20, "pupils": 200, "teachers": 20}
TWO_ARMS = (
    {"role": "intervention", "label": "units", "size": SIZE},
    {"role": "comparison", "label": "klassen", "size": SIZE},
)
BOTH = ("intervention", "comparison")
ONE_ARM = TWO_ARMS[:1]
LANGUAGE = "iio.language"
THEORY = "Een breed team; zie het onderzoek van 2015."
DESCRIPTION = "Units in plaats van jaarklassen, voor rust in alle groepen."
PREDICTION = {"text": "Gelijk.", "measure": LANGUAGE, "direction": "neutral"}
ALTERNATIVE = {"text": "Een nieuwe methode.", "check": "Wij vragen er elke school naar."}
CONDITIONS = {
    "leadership": "De directie leidt.", "time": "Een dagdeel.", "resources": "Uit de subsidie.",
}  # fmt: skip
LEVELS = ["bijna nooit", "een uur per dag", "de ochtend", "de meeste uren", "de hele dag"]
GOAL = {"id": "rust", "text": "Meer rust in de klas.", "levels": LEVELS}


@cache
def plugins() -> Registry:
    return load_plugins()


@cache
def protocol(id: str = "iio-slimfit-large", text: str | None = None) -> ResolvedProtocol:
    known = shipped_protocols()
    file = ProtocolFile(f"{id}.yaml", text) if text else known[id]
    offer = Offer(plugins().measures, tuple(plugins().types))
    resolved, findings = resolve_protocol(file, known, offer)
    assert resolved is not None, findings
    return resolved


def project(**changes: Any) -> Project:
    values: dict[str, Any] = {
        "id": "noord", "title": "Noord", "protocol": "iio-slimfit-large", "type": "iio.slimfit",
        "sector": "po", "nature": "renewal", "start": "2026-08-01", "end": "2027-07-31",
        "description": DESCRIPTION, "theory": THEORY, "predictions": [PREDICTION],
        "alternatives": [ALTERNATIVE], "conditions": CONDITIONS,
        "arms": TWO_ARMS, "comparison": "matched", "assignment": "class", "goals": [GOAL],
        "schools": [{"brin": "05KO", "arms": BOTH}, {"brin": "12AB", "arms": BOTH}],
    }  # fmt: skip
    return Project.model_validate(values | changes)


def lasting(start: dt.date, days: int, **changes: Any) -> Project:
    return project(start=start, end=start + dt.timedelta(days=days), **changes)


def named_test(
    wave: str, name: str, maximum: float = 50, measure: str = LANGUAGE
) -> dict[str, Any]:
    return {"measure": measure, "wave": wave, "name": name, "minimum": 0, "maximum": maximum}


def design(of: Project | None = None, **changes: Any) -> Design:
    of = of or project()
    used = changes.pop("protocol", protocol())
    type = changes.pop("type", plugins().types[of.type])
    versions = changes.pop("plugins", {"iio": "0.1.0"})
    return make_design(
        of, used, type, changes.pop("measures", plugins().measures), versions,
        must_address=factors().must_address(),
    )  # fmt: skip
