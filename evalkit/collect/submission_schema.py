"""A JSON Schema of what a system delivers, made from one design."""

from __future__ import annotations

from typing import Any

from evalkit.collect.columns import ColumnSpec, Form, Role, forms_of, has_numbers, scale_bounds
from evalkit.model.design import Design, ScheduleEntry
from evalkit.model.submission import Grain

Schema = dict[str, Any]

_DAY = {"type": "string", "format": "date", "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}


def submission_schema(design: Design) -> Schema:
    """The JSON Schema (draft 2020-12) of a delivery under ``design``, as ``read_package`` takes it.

    One definition per form (wave, respondent, grain) says what a row holds. What the schema
    allows has no wrong type, bound or option; it cannot see what spans rows (double codes,
    totals that do not add up), which the checks report when the data come in.
    """
    forms = forms_of(design)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:evalkit:submission:{design.project.id}:{design.hash}",
        "title": design.project.title,
        "description": f"{design.protocol_title.to(design.language)} ({design.project.id})",
        "type": "object",
        "required": ["project", "design_hash", "parts"],
        "additionalProperties": False,
        "properties": {
            "project": {"const": design.project.id},
            "design_hash": {"const": design.hash},
            "parts": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/part"}},
        },
        "$defs": {
            "part": _part(forms),
            **{_name(form): _row(form, design) for form in forms},
        },
    }


def _name(form: Form) -> str:
    return form.key.replace("|", ".")


def _part(forms: tuple[Form, ...]) -> Schema:
    return {
        "type": "object",
        "required": ["wave", "respondent", "taken_from", "rows"],
        "additionalProperties": False,
        "properties": {
            "wave": {"enum": list(dict.fromkeys(form.wave for form in forms))},
            "respondent": {"enum": list(dict.fromkeys(form.respondent.value for form in forms))},
            "grain": {"enum": [grain.value for grain in Grain], "default": Grain.unit.value},
            "taken_from": _DAY,
            "taken_to": {"anyOf": [_DAY, {"type": "null"}]},
            "rows": {"type": "array"},
        },
        "anyOf": [_is(form) for form in forms],
        "allOf": [
            {
                "if": _is(form),
                "then": {"properties": {"rows": {"items": {"$ref": f"#/$defs/{_name(form)}"}}}},
            }
            for form in forms
        ],
    }


def _is(form: Form) -> Schema:
    """The condition that a part is of that form; a part that names no grain has unit rows."""
    needed = ["wave", "respondent"]
    return {
        "properties": {
            "wave": {"const": form.wave},
            "respondent": {"const": form.respondent.value},
            "grain": {"const": form.grain.value},
        },
        "required": needed if form.grain is Grain.unit else [*needed, "grain"],
    }


def _row(form: Form, design: Design) -> Schema:
    row: Schema = {
        "type": "object",
        "required": [spec.name for spec in form.columns if spec.required],
        "additionalProperties": False,
        "properties": {spec.name: _cell(spec) for spec in form.columns},
    }
    if form.grain is Grain.aggregate:
        asked = design.asked(form.wave, form.respondent)
        row["allOf"] = [_mean_within(entry) for entry in asked if has_numbers(entry)]
    return row


def _mean_within(entry: ScheduleEntry) -> Schema:
    low, high = scale_bounds(entry.scale)
    return {
        "if": {"properties": {"measure": {"const": entry.measure}}, "required": ["measure"]},
        "then": {"properties": {"mean": _bounds(low, high)}},
    }


def _cell(spec: ColumnSpec) -> Schema:
    return {"title": spec.label, "description": spec.explanation or spec.hint, **_values(spec)}


def _values(spec: ColumnSpec) -> Schema:
    if spec.options:
        values = [option.value for option in spec.options]
        return {"enum": values if spec.required else [*values, None]}
    if spec.kind == "number":
        kind = "integer" if spec.whole else "number"
        bounds = _bounds(spec.minimum, spec.maximum)
        return {"type": kind if spec.required else [kind, "null"], **bounds}
    if spec.role in (Role.unit, Role.class_):
        # Eight or nine digits may be a personal number, and several words without one a name.
        words = r"\S.*" if spec.role is Role.class_ else r"\S+"
        text: Schema = {"type": "string", "pattern": rf"^(?![0-9]{{8,9}}$){words}$"}
        return text if spec.required else {"anyOf": [text, {"type": "null"}]}
    return {"type": ["string", "null"]}


def _bounds(low: float | None, high: float | None) -> Schema:
    bounds = {"minimum": low, "maximum": high}
    return {name: value for name, value in bounds.items() if value is not None}
