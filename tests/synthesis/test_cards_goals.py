"""Own goals over projects: each counts once, and what it says is what the numbers say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from evalkit.model.goals import GoalRow, PooledGoals
from evalkit.synthesis.goals import in_words, pooled_goals


def row(project: str, wave: str, t_score: float, **changes: object) -> GoalRow:
    kind = "baseline" if wave == "baseline" else "post"
    given = {
        "project": project, "project_type": "iio.slimfit", "variant": "small", "wave": wave,
        "wave_kind": kind, "goal": "g1", "text": "Meer lezen.", "weight": 1, "schools": 1,
        "level": 0, "t_score": t_score,
    }  # fmt: skip
    return GoalRow.model_validate({**given, **changes})


def found(rows: list[GoalRow]) -> dict[tuple[str, ...], PooledGoals]:
    return {(one.wave, one.by, one.value, one.about): one for one in pooled_goals(rows)}


def test_each_project_counts_once_however_many_goals_and_schools() -> None:
    rows = [
        row("klein", "post", 60),
        *(row("groot", "post", 50, goal=f"g{i}", schools=40, variant="large") for i in range(3)),
    ]
    pools = found(rows)
    assert pools["post", "all", "all", "level"].mean_t == 55
    assert pools["post", "variant", "small", "level"].k == 1
    assert pools["post", "variant", "small", "level"].se is None
    assert "60,0" in pools["post", "variant", "small", "level"].text_nl


def test_change_is_of_projects_that_have_both() -> None:
    rows = [row("a", "baseline", 35), row("b", "baseline", 40)]
    rows += [row("a", "post", 55), row("b", "post", 52), row("c", "post", 70)]
    pools = found(rows)
    assert pools["post", "all", "all", "level"].k == 3
    change = pools["post", "all", "all", "change"]
    assert (change.k, change.mean_t) == (2, 16)
    assert ("baseline", "all", "all", "change") not in pools


@given(st.lists(st.floats(20, 80), min_size=2, max_size=12))
def test_the_interval_is_that_of_a_mean(scores: list[float]) -> None:
    one = found([row(f"p{i}", "post", t) for i, t in enumerate(scores)])[
        "post", "all", "all", "level"
    ]
    assert one.se == pytest.approx(stats.sem(scores), abs=1e-9)
    if stats.sem(scores) > 1e-6:
        low, high = stats.t.interval(0.95, len(scores) - 1, stats.tmean(scores), stats.sem(scores))
        assert [one.ci_low, one.ci_high] == pytest.approx([low, high])


@pytest.mark.parametrize(
    ("about", "numbers", "said"),
    [
        ("level", (55.0, 51.0, 59.0), "beyond what was expected"),
        ("level", (45.0, 41.0, 49.0), "less than expected"),
        ("level", (52.0, 48.0, 56.0), "cannot be told"),
        ("change", (5.0, 1.0, 9.0), "came nearer"),
        ("change", (-5.0, -9.0, -1.0), "further away"),
        ("change", (5.0, -1.0, 11.0), "cannot be told"),
    ],
)
def test_it_is_above_or_below_only_if_the_whole_interval_is(
    about: str, numbers: tuple[float, float, float], said: str
) -> None:
    assert said in in_words(about, 7, *numbers).en
