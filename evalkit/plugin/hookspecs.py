"""The contract: what a plugin can contribute. Hooks only add; none changes what is there.

A plugin is a distribution with an entry point in the group ``evalkit``; the entry point's name
is the plugin's name, and every id it brings starts with that name.
"""

from __future__ import annotations

from collections.abc import Iterable

import pluggy

from evalkit.model.design import Design
from evalkit.model.finding import Finding
from evalkit.model.measure import Measure
from evalkit.model.project_type import ProjectType

hookspec = pluggy.HookspecMarker("evalkit")
hookimpl = pluggy.HookimplMarker("evalkit")


@hookspec
def evalkit_measures() -> Iterable[Measure]:  # type: ignore[empty-body]
    """Called once, when plugins are loaded. Return the measures the plugin defines.

    Protocols and project types can then require them by id.
    """


@hookspec
def evalkit_project_types() -> Iterable[ProjectType]:  # type: ignore[empty-body]
    """Called once, after all measures are known. Return the project types the plugin defines."""


@hookspec
def evalkit_check_design(design: Design) -> Iterable[Finding]:  # type: ignore[empty-body]
    """Called for each design that is made, of any type. Return remarks on it.

    Look at ``design.type.id`` first and return nothing for types of other plugins. Findings are
    added to those of the core; an error keeps the design from being used.
    """
