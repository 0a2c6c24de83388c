"""Builds small frames of unit rows and aggregates."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from hypothesis import settings

repeatable = settings(derandomize=True, database=None, deadline=None)
"""The same examples in every run, on a slow machine too."""

DEFAULTS: dict[str, Any] = {
    "shared_scale": False,
    "ratio": False,
    "clustered": False,
    "better": "higher",
    "default_icc": 0.2,
    "default_r": 0.5,
}


def rows(
    *,
    per_arm: int = 30,
    clusters: int = 6,
    effect: float = 0.5,
    seed: int = 1,
    arms: tuple[str, ...] = ("intervention", "comparison"),
) -> pd.DataFrame:
    """Units with positive scores, dealt over the clusters of each arm."""
    rng = np.random.default_rng(seed)
    parts = []
    for arm in arms:
        number = np.arange(per_arm)
        level = rng.normal(0, 1, clusters)[number % clusters]
        value = 20 + level + rng.normal(0, 2, per_arm) + effect * (arm == "intervention")
        unit = [f"{arm}-{i}" for i in number]
        cluster = [f"{arm}-school-{i % clusters}" for i in number]
        parts.append(pd.DataFrame({"unit": unit, "cluster": cluster, "arm": arm, "value": value}))
    return pd.concat(parts, ignore_index=True)


def pretest(post: pd.DataFrame, *, seed: int = 2) -> pd.DataFrame:
    """A pretest of the same units, related to their posttest."""
    noise = np.random.default_rng(seed).normal(0, 1, len(post))
    return post.assign(value=0.6 * post["value"] + 5 + noise)


def aggregates(frame: pd.DataFrame) -> pd.DataFrame:
    """The figures per school and arm of unit rows."""
    grouped = frame.groupby(["cluster", "arm"])["value"].agg(["size", "mean", "std"]).reset_index()
    return grouped.set_axis(["school", "arm", "n", "mean", "sd"], axis=1)
