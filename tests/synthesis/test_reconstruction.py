"""Someone who knows all that is published tries to compute what was withheld.

The attack knows how cells add up, that a hidden count is at least 1, and nothing else. It has a
hidden count if that lies within a range narrower than the threshold. The same attack succeeds
where only the small cells themselves are hidden: else it would prove nothing.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from evalkit.design.ladder import withheld_rung
from evalkit.model.effect import ALL, EffectSize
from evalkit.model.vocabulary import Respondent
from evalkit.synthesis import suppression
from evalkit.synthesis.publishing import published_effects
from evalkit.synthesis.suppression import Structure, primary, suppress

from .frames import repeatable

THRESHOLD = 5
few = settings(repeatable, max_examples=25)
TOTAL = "all"
STRUCTURE = Structure(("school", "arm"), {"school": TOTAL, "arm": TOTAL})


def with_totals(counts: Any, keys: Sequence[str], yes: Any = None) -> pd.DataFrame:
    """Every cell of an array, and every total over any of its axes."""
    counts, rows = np.asarray(counts), []
    for place in itertools.product(*([*range(size), TOTAL] for size in counts.shape)):
        cut = tuple(slice(None) if i == TOTAL else slice(i, i + 1) for i in place)
        row = dict(zip(keys, place, strict=True)) | {"n": int(counts[cut].sum()), "mean": 3.0}
        rows.append(row | ({"yes": int(np.asarray(yes)[cut].sum())} if yes is not None else {}))
    return pd.DataFrame(rows).assign(sd=1.0)


def only_primary(table: pd.DataFrame, structure: Structure) -> pd.DataFrame:
    """What is published if only the small cells themselves are hidden."""
    hidden = primary(table, structure, THRESHOLD)
    return table.assign(n=table["n"].astype(object).where(~hidden, None), suppressed=hidden)


def equations(
    table: pd.DataFrame, structure: Structure, column: str = "n"
) -> tuple[list[int], np.ndarray, np.ndarray]:
    """Hidden cells, and what their sums must be: from what is published alone."""
    hidden = table.index[table["suppressed"]].tolist()
    rows, sums = [], []
    for axis, mark in structure.totals.items():
        others = [key for key in structure.keys if key != axis]
        for _, line in table.groupby(others):
            signs = np.where(line[axis] == mark, -1.0, 1.0)
            unknown = line["suppressed"].to_numpy()
            row = np.zeros(len(hidden))
            for index, sign in zip(line.index[unknown], signs[unknown], strict=True):
                row[hidden.index(index)] = sign
            rows.append(row)
            sums.append(-(signs[~unknown] * line[column][~unknown].astype(float)).sum())
    return hidden, np.array(rows), np.array(sums)


def widths(
    table: pd.DataFrame, structure: Structure, column: str = "n", lowest: int = 1
) -> dict[int, float]:
    """How far apart the smallest and largest possible value of each hidden count are."""
    hidden, rows, sums = equations(table, structure, column)
    found = {}
    for position, index in enumerate(hidden):
        ends = []
        for sign in (1, -1):
            aim = np.zeros(len(hidden))
            aim[position] = sign
            best = linprog(aim, A_eq=rows, b_eq=sums, bounds=(lowest, None), method="highs")
            assert best.status in (0, 3), best.message
            ends.append(sign * float(best.fun or 0) if best.status == 0 else -sign * np.inf)
        found[index] = ends[1] - ends[0]
    return found


def exposed(table: pd.DataFrame, structure: Structure = STRUCTURE) -> list[int]:
    """The hidden cells that the attack has."""
    return [cell for cell, wide in widths(table, structure).items() if wide < THRESHOLD - 1e-6]


@st.composite
def tables(draw: st.DrawFn, axes: int = 2) -> pd.DataFrame:
    shape = draw(st.tuples(*([st.integers(2, 4)] * (axes - 1)), st.integers(2, 3)))
    cells = st.lists(st.integers(0, 14), min_size=int(np.prod(shape)), max_size=int(np.prod(shape)))
    keys = ("school", "arm") if axes == 2 else ("group", "school", "arm")
    return with_totals(np.reshape(draw(cells), shape), keys)


@few
@given(tables())
def test_no_hidden_count_can_be_narrowed_down(table: pd.DataFrame) -> None:
    found = suppress(table, STRUCTURE, THRESHOLD)
    assert exposed(found) == []
    small = primary(table, STRUCTURE, THRESHOLD)
    assert found["suppressed"][small].all()
    shown = ~found["suppressed"]
    assert (found["n"][shown] == table["n"][shown]).all()
    hidden = found[found["suppressed"]]
    assert hidden[["n", "mean", "sd"]].isna().all(axis=None)


@settings(repeatable, max_examples=10)
@given(tables(axes=3))
def test_nor_in_a_table_of_three_axes(table: pd.DataFrame) -> None:
    keys = ("group", "school", "arm")
    structure = Structure(keys, dict.fromkeys(keys, TOTAL))
    assert exposed(suppress(table, structure, THRESHOLD), structure) == []


@few
@given(tables())
def test_no_hidden_mean_follows_from_sums(table: pd.DataFrame) -> None:
    """n times the mean adds up like n; a cell is determined if its unit vector is in the rows."""
    found = suppress(table, STRUCTURE, THRESHOLD)
    hidden, rows, _ = equations(found, STRUCTURE)
    rank = np.linalg.matrix_rank(rows) if hidden else 0
    for unit in np.eye(len(hidden)):
        assert np.linalg.matrix_rank(np.vstack([rows, unit])) > rank


@few
@given(tables(), st.randoms(use_true_random=False))
def test_nor_how_many_said_yes(table: pd.DataFrame, random: Any) -> None:
    counts = table[(table["school"] != TOTAL) & (table["arm"] != TOTAL)]
    shape = (counts["school"].nunique(), counts["arm"].nunique())
    yes = np.reshape([random.randint(0, n) for n in counts["n"]], shape)
    whole = with_totals(counts["n"].to_numpy(dtype=int).reshape(shape), ("school", "arm"), yes)
    structure = Structure(STRUCTURE.keys, STRUCTURE.totals, yes="yes")
    found = suppress(whole, structure, THRESHOLD)
    assert exposed(found, structure) == []
    assert found["yes"][found["suppressed"]].isna().all()
    found["no"] = found["n"] - found["yes"]
    for answer, known in (("yes", whole["yes"]), ("no", whole["n"] - whole["yes"])):
        small = known.between(1, THRESHOLD - 1)
        for cell, wide in widths(found, structure, answer, lowest=0).items():
            assert not small[cell] or wide >= THRESHOLD - 1e-6, (answer, cell)
    shown = found[~found["suppressed"]]
    for part in (shown["yes"], shown["n"] - shown["yes"]):
        assert not ((part > 0) & (part < THRESHOLD)).any()


def test_the_attack_succeeds_where_only_small_cells_are_hidden() -> None:
    table = with_totals([[12, 20], [3, 25], [30, 14]], ("school", "arm"))
    bare = only_primary(table, STRUCTURE)
    assert bare["suppressed"].sum() == 1
    assert set(widths(bare, STRUCTURE).values()) == {0.0}
    assert exposed(suppress(table, STRUCTURE, THRESHOLD)) == []


def test_two_small_cells_do_not_hide_each_other() -> None:
    """A total of 38 beside 35 says that the two together are 3."""
    table = with_totals([[1], [2], [35]], ("school", "arm")).query("arm == 'all'")
    table = table.reset_index(drop=True)
    structure = Structure(("school", "arm"), {"school": TOTAL})
    assert len(exposed(only_primary(table, structure), structure)) == 2
    assert exposed(suppress(table, structure, THRESHOLD), structure) == []


def test_several_lines_together_are_seen_through_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """What no single line tells may follow from all of them: without that check it does."""
    random = np.random.default_rng(4)
    keys = ("group", "school", "arm")
    structure = Structure(keys, dict.fromkeys(keys, TOTAL))
    cases = [with_totals(random.integers(0, 15, (3, 3, 2)), keys) for _ in range(6)]
    assert not any(exposed(suppress(case, structure, THRESHOLD), structure) for case in cases)
    monkeypatch.setattr(suppression._Cells, "_exposed", lambda *_: [])
    assert any(exposed(suppress(case, structure, THRESHOLD), structure) for case in cases)


def test_what_a_table_does_not_list_counts_as_hidden() -> None:
    """Three schools of 40 pupils, listed 12 and 26: the third has 2."""
    table = pd.DataFrame({"school": ["a", "b", TOTAL], "n": [12, 26, 40], "mean": 1.0, "sd": 1.0})
    structure = Structure(("school",), {"school": TOTAL})
    assert suppress(table, structure, THRESHOLD)["suppressed"].tolist() == [True, False, False]


def test_parts_that_exceed_their_total_are_refused() -> None:
    table = pd.DataFrame({"school": ["a", TOTAL], "n": [12, 9], "mean": 1.0, "sd": 1.0})
    with pytest.raises(ValueError, match="more than their total"):
        suppress(table, Structure(("school",), {"school": TOTAL}), THRESHOLD)


# The effect table


def sizes_that_fit(row: EffectSize, largest: int = 40) -> set[tuple[int, int]]:
    """Sizes of the two arms of an SMD that agree with every number of a row."""
    found = set()
    for a, b in itertools.product(range(1, largest + 1), repeat=2):
        if (row.n_t, row.n_c) != (row.n_t and a, row.n_c and b):
            continue
        if row.df is not None and row.df != a + b - 2:
            continue
        if row.vi is not None and row.yi is not None:
            vi = 1 / a + 1 / b + row.yi**2 / (2 * (a + b))
            if abs(vi - row.vi) > 1e-9 * vi:
                continue
        found.add((a, b))
    return found


def smd(row: EffectSize, n_t: int, n_c: int, **changes: Any) -> EffectSize:
    yi, n = 0.3 + 0.01 * n_t, n_t + n_c
    vi = 1 / n_t + 1 / n_c + yi**2 / (2 * n)
    numbers = {"n_t": n_t, "n_c": n_c, "yi": yi, "vi": vi, "df": float(n - 2), "metric": "SMD"}
    return row.model_copy(update={**numbers, "pooled": True, "subgroup": ALL, **changes})


@repeatable
@given(st.integers(2, 40), st.integers(2, 40))
def test_nothing_in_a_row_tells_the_size_of_a_small_arm(n_t: int, n_c: int) -> None:
    row = smd(ROW, n_t, n_c)
    assert sizes_that_fit(row) == {(n_t, n_c)}
    (shown,) = published_effects([row], THRESHOLD, withheld_rung)
    if min(n_t, n_c) >= THRESHOLD:
        assert shown == row
        return
    assert len(sizes_that_fit(shown)) == 40 * 40
    assert (shown.pooled, shown.not_pooled_because) == (False, "small_group")
    # With only the numbers of the small arm hidden, the estimate and the other arm give it away.
    small = {"n_t": None} if n_t < THRESHOLD else {"n_c": None}
    assert sizes_that_fit(row.model_copy(update=small)) == {(n_t, n_c)}


def test_a_small_subgroup_takes_another_with_it() -> None:
    rows = [
        smd(ROW, 60, 60),
        *(smd(ROW, n, 30, subgroup=f"subject:{n}", pooled=False) for n in (3, 12, 45)),
    ]
    shown = published_effects(rows, THRESHOLD, withheld_rung)
    assert [row.n_t for row in shown] == [60, None, None, 45]
    assert [row.yi is None for row in shown] == [False, True, True, False]


def test_of_schools_the_estimate_stays() -> None:
    row = smd(ROW, 3, 4, respondent=Respondent.school, mean_t=20.0, mean_c=21.0)
    (shown,) = published_effects([row], THRESHOLD, withheld_rung)
    assert (shown.yi, shown.vi, shown.pooled) == (row.yi, row.vi, True)
    assert (shown.n_t, shown.mean_t, shown.mean_c, shown.suppressed) == (None, None, None, True)


def test_own_goals_are_shown() -> None:
    row = smd(ROW, 1, 1, measure="core.own_goals", mean_t=55.0)
    assert published_effects([row], THRESHOLD, withheld_rung, {"core.own_goals"}) == [row]


ROW = EffectSize(
    project="een", project_type="iio.slimfit", protocol="p", protocol_version="1.0",
    design_hash="0" * 12, plugin=None, measure="core.workload", measure_version="1.0",
    wave="post", respondent="pupil", comparison="comparison_group", assignment="pupil",
    sector="po", nature="renewal", scenario=None, baseline="absent", metric="SMD", yi=0.3,
    vi=0.1, df=20.0, better="higher", n_t=20, n_c=20, clusters_t=None, clusters_c=None,
    mean_t=None, sd_t=None, mean_c=None, sd_c=None, pre_mean_t=None, pre_sd_t=None,
    pre_mean_c=None, pre_sd_c=None, r=None, r_source=None, r_squared=None, icc=None,
    icc_residual=None, icc_source=None, baseline_difference=None, baseline_verdict="unknown",
    ladder_rung=3, pooled=True, not_pooled_because=None, formula=None,
)  # fmt: skip
