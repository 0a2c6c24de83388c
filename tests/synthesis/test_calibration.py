"""Whether standard errors of clustered estimates are those of repeated samples.

The pretest has variance between and within clusters and correlates .7 with the posttest; 40
clusters of 18. The posttest ICC is .2 both times, but what the pretest leaves over is clustered
less in one case and more in the other, so that no mixture of the two can be right in both.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

from evalkit.synthesis.clusters import design_effect
from evalkit.synthesis.contrast import contrast_from_rows

from .frames import DEFAULTS

CLUSTERS, SIZE, SAMPLES = 40, 18, 250
CASES = {"less": (0.30, 0.10), "more": (0.05, 0.35)}


@dataclass(frozen=True)
class Calibration:
    mean: float
    honest: float
    posttest_icc: float
    no_clusters: float


def draw(rng, between):
    cluster = np.repeat(np.arange(CLUSTERS), SIZE)
    high = rng.normal(0, np.sqrt(between), CLUSTERS)[cluster]
    return high + rng.normal(0, np.sqrt(1 - between), len(cluster))


def calibrate(case, *, shared_scale):
    rng = np.random.default_rng(20)
    cluster = np.repeat(np.arange(CLUSTERS), SIZE)
    treated = cluster % 2 == 1
    arm = np.where(treated, "intervention", "comparison")
    base = pd.DataFrame({"unit": np.arange(len(cluster)), "cluster": cluster, "arm": arm})
    options = DEFAULTS | {"clustered": True, "shared_scale": shared_scale}
    found = []
    for _ in range(SAMPLES):
        pre = draw(rng, CASES[case][0])
        post = 0.7 * pre + np.sqrt(0.51) * draw(rng, CASES[case][1]) + 0.3 * treated
        frames = (base.assign(value=post), base.assign(value=pre))
        found.append(contrast_from_rows(*frames, **options))
    spread = np.std([e.yi for e in found], ddof=1)
    used = [design_effect(SIZE, e.icc_residual) for e in found]
    other = [design_effect(SIZE, e.icc) for e in found]
    vi = np.array([e.vi for e in found])
    # the term in g^2 is under 1 % of these variances, so the factor can be taken from the whole
    return Calibration(
        mean=float(np.mean([e.yi for e in found])),
        honest=float(np.sqrt(vi).mean() / spread),
        posttest_icc=float(np.sqrt(vi / used * other).mean() / spread),
        no_clusters=float(np.sqrt(vi / used).mean() / spread),
    )


@pytest.mark.parametrize("shared_scale", [False, True], ids=["adjusted", "gains"])
@pytest.mark.parametrize("case", CASES)
def test_only_the_icc_of_what_the_pretest_leaves_over_gives_honest_errors(case, shared_scale):
    found = calibrate(case, shared_scale=shared_scale)
    assert found.mean == pytest.approx(0.3, abs=0.03)
    assert found.honest == pytest.approx(1, abs=0.1)
    assert abs(found.posttest_icc - 1) > 0.1
    assert found.no_clusters < 0.8


def test_unequal_clusters_need_their_size_weighted_mean():
    rng = np.random.default_rng(21)
    sizes = np.maximum(2, np.rint(rng.gamma(2.8, 6.5, CLUSTERS))).astype(int)
    cluster = np.repeat(np.arange(CLUSTERS), sizes)
    treated = cluster % 2 == 1
    arm = np.where(treated, "intervention", "comparison")
    base = pd.DataFrame({"unit": np.arange(len(cluster)), "cluster": cluster, "arm": arm})
    found = []
    for _ in range(300):
        value = rng.normal(0, np.sqrt(0.2), CLUSTERS)[cluster] + 0.3 * treated
        value += rng.normal(0, np.sqrt(0.8), len(cluster))
        frame = base.assign(value=value)
        found.append(contrast_from_rows(frame, None, **DEFAULTS | {"clustered": True}))
    spread = np.std([e.yi for e in found], ddof=1)
    assert np.mean([np.sqrt(e.vi) for e in found]) / spread == pytest.approx(1, abs=0.08)
    mean_size = sizes.mean()
    narrow = [
        np.sqrt((1 / e.n_t + 1 / e.n_c) * design_effect(mean_size, e.icc)) / spread for e in found
    ]
    assert np.mean(narrow) < 0.92
