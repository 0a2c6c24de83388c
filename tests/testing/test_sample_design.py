"""The sample design is one a plugin may meet."""

from __future__ import annotations

import pytest

from evalkit.model.design import Design
from evalkit.plugin.registry import load_plugins
from evalkit.testing import sample_design


@pytest.mark.parametrize("comparison", [True, False])
def test_sample_design_plans_all_the_type_asks(comparison: bool) -> None:
    registry = load_plugins()
    for type in registry.types.values():
        design = sample_design(type, registry.measures.values(), comparison=comparison)
        assert design.project.has_comparison is comparison
        assert {r.measure for r in type.requires} <= {entry.measure for entry in design.schedule}
        assert {entry.measure for entry in design.schedule} == {m.id for m in design.measures}
        assert Design.model_validate_json(design.model_dump_json()) == design
