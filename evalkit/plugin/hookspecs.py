"""The contract: what a plugin can contribute. Hooks only add; none changes what is there.

A plugin is a distribution with an entry point in the group ``evalkit``; the entry point's name
is the plugin's name, and every id it brings starts with that name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import pluggy

from evalkit.model.design import ComparisonPair, Design
from evalkit.model.finding import Finding
from evalkit.model.measure import Measure
from evalkit.model.project_type import ProjectType

if TYPE_CHECKING:
    from pandas import DataFrame, Series

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
def evalkit_comparison_pairs(design: Design) -> Iterable[ComparisonPair]:  # type: ignore[empty-body]
    """Called for each design that is made, before the checks. Return who is whose control.

    Look at ``design.type.id`` and ``design.project.comparison`` first and return nothing for
    designs that are not yours. A design that cannot be paired is refused in
    ``evalkit_check_design``.
    """


@hookspec
def evalkit_computed_measures(  # type: ignore[empty-body]
    design: Design, wave: str, rows: DataFrame
) -> Mapping[str, Series[float]]:
    """Called for each set of rows that came in and passed the checks.

    Return, for each of your measures with ``computed_from`` that the rows have the inputs of, its
    id and its value per row (index as in ``rows``; missing where it cannot be computed). ``rows``
    has a column per measure that was asked, and must not be changed.
    """


@hookspec
def evalkit_check_design(design: Design) -> Iterable[Finding]:  # type: ignore[empty-body]
    """Called for each design that is made, of any type. Return remarks on it.

    Look at ``design.type.id`` first and return nothing for types of other plugins. Findings are
    added to those of the core; an error keeps the design from being used.
    """
