"""The hooks: what this plugin contributes to evalkit."""

from collections.abc import Iterable

from evalkit import Design, Finding, Measure, ProjectType
from evalkit.plugin import hookimpl, load_content
from evalkit_lof.checks import check_comparison, check_selection


@hookimpl
def evalkit_measures() -> Iterable[Measure]:
    """The measures in the content files."""
    return load_content(__package__).measures


@hookimpl
def evalkit_project_types() -> Iterable[ProjectType]:
    """The project types in the content files."""
    return load_content(__package__).project_types


@hookimpl
def evalkit_check_design(design: Design) -> Iterable[Finding]:
    """Remarks on the comparison of LOF designs."""
    if design.type.id != "lof.project":
        return ()
    return (*check_comparison(design), *check_selection(design))
