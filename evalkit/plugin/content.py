"""Content of a plugin: measures and project types as YAML files beside its code."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files

from pydantic import Field

from evalkit.errors import FindingsError
from evalkit.library.yaml_file import parse_model
from evalkit.model.base import Model
from evalkit.model.finding import Finding
from evalkit.model.measure import Measure
from evalkit.model.project_type import ProjectType


class Content(Model):
    """A content file of a plugin: measures, project types, or both."""

    measures: tuple[Measure, ...] = Field((), description="Measures.")
    project_types: tuple[ProjectType, ...] = Field((), description="Project types.")


def load_content(package: str) -> Content:
    """All content files (``*.yaml``) in a plugin's package, joined in the order of their names.

    Args:
        package: import name of the package, for example ``evalkit_iio``.

    Raises:
        FindingsError: all that is wrong in the files, each with its line.
    """
    found: list[Finding] = []
    measures: list[Measure] = []
    types: list[ProjectType] = []
    resources = [r for r in files(package).iterdir() if r.name.endswith(".yaml")]
    for resource in sorted(resources, key=lambda r: r.name):
        text = resource.read_text(encoding="utf-8")
        content, findings = _parsed(text, resource.name)
        found += findings
        if content:
            measures += content.measures
            types += content.project_types
    if found:
        raise FindingsError(found)
    return Content(measures=tuple(measures), project_types=tuple(types))


@lru_cache(maxsize=64)
def _parsed(text: str, name: str) -> tuple[Content | None, tuple[Finding, ...]]:
    """The content in a text; the same text is read once in a process."""
    return parse_model(text, Content, name)
