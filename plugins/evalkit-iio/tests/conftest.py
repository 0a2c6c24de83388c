"""What the tests share: the content of the plugin, and designs to try its hooks on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from evalkit_iio import crossover

from evalkit import Design, Project, ProjectType
from evalkit.plugin import Content, load_content
from evalkit.testing import sample_design

Subjects = Mapping[str, Mapping[str, str]]
"""Per BRIN: subject to arm, ``i`` for intervention and ``c`` for comparison."""

CrossOver = Callable[..., Design]


@pytest.fixture(scope="session")
def content() -> Content:
    return load_content("evalkit_iio")


@pytest.fixture(scope="session")
def types(content: Content) -> dict[str, ProjectType]:
    return {type.id: type for type in content.project_types}


@pytest.fixture(scope="session")
def cross_over(types: dict[str, ProjectType], content: Content) -> CrossOver:
    """Make a cross-over design of schools with subjects, paired as evalkit would."""
    samples = {id: sample_design(type, content.measures) for id, type in types.items()}

    def make(subjects: Subjects, type: str = "iio.eklas_pal", **changes: Any) -> Design:
        names = {"i": "intervention", "c": "comparison"}
        schools = []
        for brin, given in subjects.items():
            arms = {subject: names[arm] for subject, arm in given.items()}
            own = sorted(set(arms.values())) or ["intervention"]
            schools.append({"brin": brin, "subjects": arms, "arms": own})
        design = samples[type]
        fields = {"schools": schools, "comparison": "cross_over", "assignment": "subject"}
        project = Project.model_validate({**design.project.model_dump(), **fields, **changes})
        design = design.model_copy(update={"project": project})
        return design.model_copy(update={"pairs": crossover.comparison_pairs(design)})

    return make
