"""The JSON Schema of a delivery: what it allows passes, and what passes it allows."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker

from evalkit.collect.checks import check_delivery
from evalkit.collect.columns import ColumnSpec, Form, forms_of
from evalkit.collect.package import read_package
from evalkit.collect.submission_schema import submission_schema
from evalkit.model.design import Design
from evalkit.model.submission import Grain

repeatable = settings(
    derandomize=True, database=None, deadline=None, max_examples=30,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip

CELLS = {
    "intake.not_a_number", "intake.not_whole", "intake.out_of_bounds", "intake.too_low",
    "intake.too_high", "intake.not_a_choice", "intake.school_unknown", "intake.became_date",
    "intake.column_missing", "intake.cell_missing", "intake.measure_unknown",
}  # fmt: skip
"""Findings on one cell: what a schema can see as well."""


@cache
def validator_of(schema: str) -> Draft202012Validator:
    Draft202012Validator.check_schema(json.loads(schema))
    return Draft202012Validator(json.loads(schema), format_checker=FormatChecker())


def validator(design: Design) -> Draft202012Validator:
    return validator_of(json.dumps(submission_schema(design)))


def good(spec: ColumnSpec) -> st.SearchStrategy[Any]:
    """Values of a cell that are right."""
    if spec.options:
        return st.sampled_from([option.value for option in spec.options])
    if spec.kind == "number":
        low = spec.minimum if spec.minimum is not None else -1e6
        high = spec.maximum if spec.maximum is not None else 1e6
        if spec.whole:
            return st.integers(int(low), int(high))
        return st.floats(low, high, allow_nan=False)
    return st.from_regex(r"[a-z]{3}[0-9]{2}", fullmatch=True)


def wrong(spec: ColumnSpec) -> st.SearchStrategy[Any] | None:
    """Values of a cell that are wrong, for columns where a value can be."""
    if spec.options:
        return st.just("geen van deze")
    if spec.kind == "number":
        far = [v for v in ((spec.minimum or 0) - 7, (spec.maximum or 0) + 7)
               if (spec.minimum is not None and v < spec.minimum)
               or (spec.maximum is not None and v > spec.maximum)]  # fmt: skip
        return st.sampled_from([*far, "veel"])
    return None


def delivery(design: Design, form: Form, rows: list[dict[str, Any]]) -> dict[str, Any]:
    part = {
        "wave": form.wave, "respondent": form.respondent.value, "grain": form.grain.value,
        "taken_from": "2026-06-10", "taken_to": None, "rows": rows,
    }  # fmt: skip
    return {"project": design.project.id, "design_hash": design.hash, "parts": [part]}


def cell_errors(design: Design, package: dict[str, Any], folder: Path) -> set[str]:
    path = folder / "pakket.json"
    path.write_text(json.dumps(package), "utf-8")
    read = read_package(path)
    found = [*read.findings, *(f for c in check_delivery(read, design) for f in c.findings)]
    return {f.code for f in found if f.is_error} & CELLS


@repeatable
@given(st.data())
def test_schema_and_checks_agree_on_cells(design: Design, tmp_path: Path, data: Any) -> None:
    form = data.draw(st.sampled_from([f for f in forms_of(design) if f.grain is Grain.unit]))
    row = {spec.name: data.draw(good(spec), label=spec.name) for spec in form.columns}
    package = delivery(design, form, [row])
    assert list(validator(design).iter_errors(package)) == []
    assert cell_errors(design, package, tmp_path) == set()
    spoilable = [spec for spec in form.columns if wrong(spec) is not None]
    spec = data.draw(st.sampled_from(spoilable))
    strategy = wrong(spec)
    assert strategy is not None
    package = delivery(design, form, [row | {spec.name: data.draw(strategy)}])
    assert not validator(design).is_valid(package)
    assert cell_errors(design, package, tmp_path)


def first(design: Design, grain: Grain) -> Form:
    return next(form for form in forms_of(design) if form.grain is grain)


def test_totals_have_their_measures_bounds(design: Design) -> None:
    form = first(design, Grain.aggregate)
    measure = next(s for s in form.columns if s.name == "measure").options[0].value
    school = design.project.schools[0].brin
    row = {"school": school, "arm": None, "measure": measure, "n": 12, "mean": 40.5, "sd": 3.0}
    check = validator(design)
    assert check.is_valid(delivery(design, form, [row]))
    for change in ({"mean": 1e9}, {"n": 2.5}, {"n": None}, {"sd": -1}, {"measure": "core.zzz"}):
        assert not check.is_valid(delivery(design, form, [row | change])), change


@pytest.mark.parametrize(
    "change",
    [
        {"project": "een-ander"}, {"design_hash": "0"}, {"parts": []}, {"extra": 1},
    ],
)  # fmt: skip
def test_another_project_or_design_is_not_valid(design: Design, change: dict[str, Any]) -> None:
    form = first(design, Grain.unit)
    package = delivery(design, form, [])
    assert validator(design).is_valid(package)
    assert not validator(design).is_valid(package | change)


def test_a_personal_number_is_no_code(design: Design) -> None:
    form = next(f for f in forms_of(design) if any(s.name == "unit" for s in f.columns))
    check = validator(design)
    row = {"school": design.project.schools[0].brin, "class": "groep 7", "unit": "p1"}
    row = {name: row.get(name) for name in (s.name for s in form.columns) if name in row}
    assert check.is_valid(delivery(design, form, [row]))
    assert not check.is_valid(delivery(design, form, [row | {"unit": "111222333"}]))
    assert not check.is_valid(delivery(design, form, [row | {"unit": "Voornaam Achternaam"}]))


def test_a_part_that_names_no_grain_holds_rows_of_persons(design: Design) -> None:
    form = first(design, Grain.unit)
    package = delivery(design, form, [{"onbekend": 1}])
    del package["parts"][0]["grain"]
    messages = [error.message for error in validator(design).iter_errors(package)]
    assert any("onbekend" in message for message in messages)
