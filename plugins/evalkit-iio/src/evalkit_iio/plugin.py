"""The hooks: what this plugin contributes to evalkit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from evalkit import ComparisonPair, Design, Finding, Measure, ProjectType
from evalkit.plugin import hookimpl, load_content
from evalkit_iio import crossover, productivity
from evalkit_iio.checks import check_comparison, check_scenario
from evalkit_iio.crossover_checks import check_crossover

if TYPE_CHECKING:
    from pandas import DataFrame, Series


@hookimpl
def evalkit_measures() -> Iterable[Measure]:
    """The measures in the content files."""
    return load_content(__package__).measures


@hookimpl
def evalkit_project_types() -> Iterable[ProjectType]:
    """The project types in the content files."""
    return load_content(__package__).project_types


@hookimpl
def evalkit_comparison_pairs(design: Design) -> Iterable[ComparisonPair]:
    """Which subject in which school serves as whose control, in a cross-over."""
    return crossover.comparison_pairs(design)


@hookimpl
def evalkit_computed_measures(
    design: Design, wave: str, rows: DataFrame
) -> Mapping[str, Series[float]]:
    """Pupils per full-time job and per contact hour."""
    return productivity.computed_measures(design, wave, rows)


@hookimpl
def evalkit_check_design(design: Design) -> Iterable[Finding]:
    """Remarks on designs of an IIO type."""
    if not design.type.id.startswith("iio."):
        return
    yield from check_comparison(design)
    yield from check_scenario(design)
    yield from check_crossover(design)
    yield from productivity.check_inputs(design)
