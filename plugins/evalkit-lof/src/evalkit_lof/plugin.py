"""The hooks: what this plugin contributes to evalkit."""

from collections.abc import Iterable

from evalkit import Measure, ProjectType
from evalkit.plugin import hookimpl, load_content


@hookimpl
def evalkit_measures() -> Iterable[Measure]:
    """The measures in the content files."""
    return load_content(__package__).measures


@hookimpl
def evalkit_project_types() -> Iterable[ProjectType]:
    """The project types in the content files."""
    return load_content(__package__).project_types
