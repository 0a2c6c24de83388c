"""Measures that plugins compute from what came in."""

from __future__ import annotations

from dataclasses import replace

from evalkit.collect.computed import check_computed
from evalkit.collect.delivery import Checked, Delivery
from evalkit.model.design import Design
from evalkit.model.finding import Finding
from evalkit.model.submission import Grain
from evalkit.workspace.workspace import Workspace


def with_computed(
    workspace: Workspace, design: Design, delivery: Delivery, checked: tuple[Checked, ...]
) -> tuple[tuple[Checked, ...], tuple[Finding, ...]]:
    """The parts with the computed measures that have a value, and plugins that failed."""
    parts: list[Checked] = []
    failed: list[Finding] = []
    for part, result in zip(delivery.parts, checked, strict=True):
        if part.grain is not Grain.unit or not result.is_acceptable:
            parts.append(result)
            continue
        values, wrong = workspace.plugins.computed_measures(design, part.wave, result.frame)
        known = {id: column for id, column in values.items() if column.notna().any()}
        measures = tuple(sorted({*result.measures, *known}))
        frame = result.frame.assign(**known)
        apart = check_computed(part, map(design.measure, known), known)
        findings = (*result.findings, *apart)
        parts.append(replace(result, frame=frame, findings=findings, measures=measures))
        failed += wrong
    return tuple(parts), tuple(failed)
