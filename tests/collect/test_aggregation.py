"""Totals of many files are those of all their rows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from evalkit.collect.aggregation import WaveFile, aggregate


def rows(seed: int, count: int = 50) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "school": rng.choice(["05KO", "12AB01"], count),
            "arm": rng.choice(["intervention", "comparison"], count),
            "a.b": rng.normal(1e9, 1, count),
            "c": rng.integers(1, 6, count).astype(float),
        }
    )
    frame.loc[::7, "c"] = np.nan
    return frame


def test_totals(tmp_path: Path) -> None:
    frames = {"one": ("baseline", rows(1)), "two*": ("baseline", rows(2)), "3": ("post", rows(3))}
    files = []
    for name, (wave, frame) in frames.items():
        path = tmp_path / f"{name}.parquet"
        frame.to_parquet(path)
        files.append(WaveFile(wave, path))
    found = aggregate(files, ["c", "a.b", "absent"])
    joined = pd.concat([frame.assign(wave=wave) for wave, frame in frames.values()])
    long = joined.melt(["wave", "school", "arm"], ["a.b", "c"], "measure").dropna()
    expected = (
        long.groupby(["wave", "school", "arm", "measure"])["value"]
        .agg(n="count", mean="mean", sd="std")
        .reset_index()
    )
    # With a mean of a thousand million a naive sum of squares leaves no digit of the sd.
    pd.testing.assert_frame_equal(found, expected, check_dtype=False, rtol=1e-6)


def test_one_value_has_no_spread(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    pd.DataFrame({"school": ["05KO"], "arm": ["intervention"], "c": [3.0]}).to_parquet(path)
    (row,) = aggregate([WaveFile("post", path)], ["c"]).to_dict("records")
    assert (row["n"], row["mean"]) == (1, 3.0)
    assert np.isnan(row["sd"])


@pytest.mark.parametrize("measures", [[], ["c"]])
def test_nothing(measures: list[str]) -> None:
    assert aggregate([], measures).empty
