"""What of a synthesis anyone may see: results of projects in codes and numbers, and no more.

Nothing that schools wrote themselves, and no means: where an arm is one school, its mean on the raw
scale is the school's. What compares arms stays, with the numbers of units that a pool needs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from pydantic import BaseModel, create_model

from evalkit.model.card import Card
from evalkit.model.design import Design
from evalkit.model.project import Conditions, Project
from evalkit.model.rows import without
from evalkit.model.synthesis import Synthesis
from evalkit.synthesis.card_records import CODED
from evalkit.synthesis.tables import TABLES, Tables

RAW = (
    "mean_t", "sd_t", "mean_c", "sd_c", "events_t", "events_c",
    "pre_mean_t", "pre_sd_t", "pre_mean_c", "pre_sd_c", "sd_pooled",
)  # fmt: skip
"""Columns of the effect table on the raw scale of a measure."""

LEFT_OUT: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "effects": RAW,
        "pooled": (),
        "moederbestand": tuple(
            name for name in Card.model_fields if name not in ("project", *CODED)
        ),
        "moederbestand-long": ("remark",),
        "factors": ("remark",),
        "factor-counts": (),
        "goals-pooled": (),
        "registered": ("detail",),
        "sensitivity": (),
        "multilevel": (),
        "moderators": (),
        "not_pooled": (),
        "wwc-samples": (),
        "wwc-baseline": ("mean_t", "sd_t", "mean_c", "sd_c"),
        "wwc-outcomes": ("instrument",),
        "wwc-findings": ("mean_t", "sd_t", "mean_c", "sd_c", "adjusted_mean_t"),
    }
)
"""The public tables, each with the columns that are left out of it. Other tables are not public."""


_BLANK = "–"
_SAID = ("synthesis.shared_schools", "synthesis.shared_schools_more")
"""Remarks that name projects by their id and nothing else."""


def _without(model: type[BaseModel], left_out: tuple[str, ...]) -> type[BaseModel]:
    """The model of the same rows without some columns."""
    kept = {n: (f.annotation, f) for n, f in model.model_fields.items() if n not in left_out}
    return create_model(model.__name__, **kept)  # type: ignore[call-overload, no-any-return]


PUBLIC: Tables = {name: _without(TABLES[name], columns) for name, columns in LEFT_OUT.items()}
"""The public tables, and the models of their rows."""


def public_view(found: Synthesis) -> Synthesis:
    """The synthesis without what is not public; it keeps the hash of the whole.

    Projects are called by their id, since a title may name a school.
    """
    return found.model_copy(
        update={
            "designs": tuple(map(_design, found.designs)),
            "earlier": tuple(map(_design, found.earlier)),
            "effects": without(found.effects, RAW),
            "relations": without(found.relations, RAW),
            "standings": tuple(
                one.model_copy(update={"title": one.project}) for one in found.standings
            ),
            "cards": tuple(map(_card, found.cards)),
            "withheld": LEFT_OUT["moederbestand"],
            "registered": without(found.registered, ("detail",)),
            **dict.fromkeys(("process", "changes", "goals", "lasting", "cycles"), ()),
            "findings": tuple(f for f in found.findings if f.code in _SAID),
        }
    )


def _card(card: Card) -> Card:
    coded = {name: getattr(card, name) for name in ("project", *CODED)}
    return Card(**{n: dict.fromkeys(v, "") if isinstance(v, dict) else v for n, v in coded.items()})


def _design(design: Design) -> Design:
    measures = (m.model_copy(update={"items": ()}) if m.items else m for m in design.measures)
    entries = (
        e.model_copy(update={"instrument": None}) if e.instrument else e for e in design.schedule
    )
    return design.model_copy(
        update={
            "project": _project(design.project),
            "measures": tuple(measures),
            "schedule": tuple(entries),
            "pairs": (),
            "checklist": (),
            "findings": (),
        }
    )


def _project(project: Project) -> Project:
    """Of the project its form: how many schools, how they were compared, what was foreseen."""
    schools = (school.model_copy(update={"brin": "", "subjects": {}}) for school in project.schools)
    arms = (arm.model_copy(update={"label": arm.role.label.en}) for arm in project.arms)
    said = {name: _BLANK for name, text in project.conditions if text}
    return project.model_copy(
        update={
            **dict.fromkeys(("board", "grant", "description", "theory")),
            "title": project.id,
            "conditions": Conditions(**said),
            "arms": tuple(arms),
            "schools": tuple(schools),
            "predictions": _blank(project.predictions, {"text": _BLANK}),
            "alternatives": _blank(project.alternatives, {"text": _BLANK, "check": _BLANK}),
            "instruments": _blank(project.instruments, {"name": _BLANK}),
            "goals": _blank(project.goals, {"text": _BLANK, "levels": (_BLANK,) * 5}),
        }
    )


def _blank(parts: Iterable[BaseModel], texts: Mapping[str, object]) -> tuple[BaseModel, ...]:
    """As many parts, without their texts."""
    return tuple(part.model_copy(update=texts) for part in parts)
