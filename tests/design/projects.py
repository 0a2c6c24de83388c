"""Projects from files, designed as the tool designs them: with plugins and factors."""

from __future__ import annotations

from pathlib import Path

from evalkit.design.making import make_design, with_findings, with_pairs
from evalkit.library.factors import factors
from evalkit.library.holidays import shipped_holidays
from evalkit.library.yaml_file import read_model
from evalkit.model.design import Design
from evalkit.model.project import Project

from . import cases


def designed(path: Path) -> Design:
    """The design of a project file, with all findings."""
    project = read_model(path, Project)
    plugins = cases.plugins()
    made = make_design(
        project, cases.protocol(project.protocol), plugins.types[project.type], plugins.measures,
        {}, shipped_holidays(), factors().must_address(),
    )  # fmt: skip
    pairs, failed = plugins.comparison_pairs(made)
    made = with_pairs(made, pairs) if pairs else made
    return with_findings(made, (*failed, *plugins.check_design(made)))
