"""Productivity is computed as the source does, and is never infinite."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd
import pytest
from evalkit_iio.plugin import evalkit_check_design, evalkit_computed_measures
from evalkit_iio.productivity import remote_factors
from hypothesis import given
from hypothesis import strategies as st

from evalkit import Design, ProjectType
from evalkit.plugin import Content
from evalkit.testing import sample_design

MISSING = float("nan")


@pytest.fixture(scope="module")
def designs(types: dict[str, ProjectType], content: Content) -> dict[str, Design]:
    return {id: sample_design(type, content.measures) for id, type in types.items()}


def computed(design: Design, id: str, **given: object) -> float:
    """The value of a computed measure of one school; inputs by the last part of their ids."""
    rows = pd.DataFrame({f"iio.{name}": [value] for name, value in given.items()})
    before = rows.copy()
    values: Mapping[str, pd.Series] = evalkit_computed_measures(design, "post", rows)
    pd.testing.assert_frame_equal(rows, before)
    return float(values[f"iio.{id}"].iloc[0])


@pytest.mark.parametrize(
    ("share", "percent", "published"), [(0, 50, 50), (0.54, 18, 20), (0.25, 33, 30)]
)
def test_video_lessons_yield_what_the_source_says(
    share: float, percent: int, published: int
) -> None:
    factor = remote_factors(pd.Series([0.5]), pd.Series([share])).iloc[0]
    assert round(100 * (factor - 1)) == percent
    assert round(100 * (factor - 1), -1) == published


def test_pupils_per_fte(designs: dict[str, Design]) -> None:
    for design in designs.values():
        assert computed(design, "pupils_per_fte", pupils=90, teacher_fte=4.5) == 20


def test_pupils_per_contact_hour(designs: dict[str, Design]) -> None:
    # Three groups of 28 with three hours a week; with an E-klas two hours with the teacher.
    design, pupil_hours = designs["iio.eklas_pal"], 3 * 28 * 3
    before = computed(design, "pupils_per_contact_hour", pupil_hours=pupil_hours, contact_hours=9)
    after = computed(design, "pupils_per_contact_hour", pupil_hours=pupil_hours, contact_hours=6)
    assert (before, after) == (28, 42)


@pytest.mark.parametrize(
    ("remote", "share", "expected"),
    [
        (0.5, 0, 30),
        (0.5, 54, 20 * 1.5 / 1.27),
        (0.5, 25, 20 * 1.5 / 1.125),
        (0.5, 100, 20),
        (0, 54, 20),
        (0, MISSING, 20),
        (0.5, MISSING, MISSING),
        (MISSING, 54, MISSING),
    ],
)
def test_lessons_at_a_distance_count(
    designs: dict[str, Design], remote: float, share: float, expected: float
) -> None:
    value = computed(
        designs["iio.videolessen"],
        "pupils_per_contact_hour",
        pupil_hours=400,
        contact_hours=20,
        remote_lessons=remote,
        supervised_share=share,
    )
    assert value == pytest.approx(expected, nan_ok=True)


def test_lessons_at_a_distance_that_were_asked_and_not_given_leave_it_missing(
    designs: dict[str, Design],
) -> None:
    given = {"pupil_hours": 400, "contact_hours": 20}
    assert math.isnan(computed(designs["iio.videolessen"], "pupils_per_contact_hour", **given))
    assert computed(designs["iio.lvl"], "pupils_per_contact_hour", **given) == 20


def test_nothing_is_computed_without_inputs(designs: dict[str, Design]) -> None:
    rows = pd.DataFrame({"iio.pupils": [90], "iio.pupil_hours": [400]})
    assert evalkit_computed_measures(designs["iio.lvl"], "post", rows) == {}


def test_the_index_stays(designs: dict[str, Design]) -> None:
    rows = pd.DataFrame({"iio.pupils": [90, 80], "iio.teacher_fte": [3, 0]}, index=[7, 3])
    values = evalkit_computed_measures(designs["iio.lvl"], "post", rows)["iio.pupils_per_fte"]
    assert values.index.tolist() == [7, 3]
    assert values.iloc[0] == 30
    assert math.isnan(values.iloc[1])


amounts = st.one_of(st.just(0.0), st.just(MISSING), st.floats(0, 1e308))
shares = st.one_of(st.just(MISSING), st.floats(0, 100))


@given(st.lists(st.tuples(*[amounts] * 5, shares), min_size=1, max_size=5))
def test_never_infinite_and_missing_without_denominator(
    designs: dict[str, Design], cells: list[tuple[float, ...]]
) -> None:
    names = ["pupils", "teacher_fte", "pupil_hours", "contact_hours", "remote_lessons"]
    columns = [f"iio.{name}" for name in (*names, "supervised_share")]
    rows = pd.DataFrame(cells, columns=columns)
    values = evalkit_computed_measures(designs["iio.videolessen"], "post", rows)
    for id, bottom in (
        ("pupils_per_fte", "teacher_fte"),
        ("pupils_per_contact_hour", "contact_hours"),
    ):
        found = values[f"iio.{id}"]
        assert not np.isinf(found).any()
        assert found[~(rows[f"iio.{bottom}"] > 0)].isna().all()
        assert (found.dropna() >= 0).all()


def test_a_design_that_asks_no_inputs_is_remarked_on(designs: dict[str, Design]) -> None:
    design = designs["iio.videolessen"]
    assert list(evalkit_check_design(design)) == []
    gone = ("iio.pupils", "iio.supervised_share")
    schedule = tuple(entry for entry in design.schedule if entry.measure not in gone)
    found = list(evalkit_check_design(design.model_copy(update={"schedule": schedule})))
    assert [(f.code, f.severity) for f in found] == [("iio.inputs_missing", "warning")] * 2
    assert [f": {id}." in f.wrong.nl for f, id in zip(found, gone, strict=True)] == [True, True]
