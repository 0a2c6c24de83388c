"""Three-level models, and correlated and hierarchical effects."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from evalkit.synthesis.pooling.blocks import Blocks, Covariance, blocks
from evalkit.synthesis.pooling.linear import (
    Coefficient,
    Floats,
    Linear,
    check_level,
    linear,
    quantile,
    tested,
)
from evalkit.synthesis.pooling.regression import INTERCEPT, Omnibus, omnibus
from evalkit.synthesis.pooling.robust import Correction, robust

LevelMethod = Literal["REML", "ML", "FE"]
LEVEL_METHODS: tuple[LevelMethod, ...] = ("REML", "ML", "FE")

_MAX_STEPS = 500


@dataclass(frozen=True)
class Multilevel:
    """A model of estimates in clusters, in the units of the estimates.

    ``sigma2`` are the variances between clusters and between inner units within them (0 and 0 for
    FE), ``levels`` how many of each there are. ``q`` is what the moderators leave at the sampling
    variances alone. ``i2`` is the share of both variances in all variation in per cent,
    ``i2_levels`` of each: sigma^2/(sigma1^2 + sigma2^2 + (k - p)/tr(P)) (Nakagawa & Santos 2012,
    Evol. Ecol. 26). For FE ``i2`` is (Q - df)/Q and ``i2_levels`` None. Coefficients have z
    tests; ``robust`` has the cluster-robust ones.
    """

    method: LevelMethod
    level: float
    k: int
    levels: tuple[int, int]
    rho: float
    coefficients: tuple[Coefficient, ...]
    sigma2: tuple[float, float]
    i2: float | None
    i2_levels: tuple[float, float] | None
    q: float
    q_df: int
    q_p: float
    moderators: Omnibus | None
    pi_low: float | None
    pi_high: float | None
    log_likelihood: float
    robust: tuple[Coefficient, ...]


def pool_levels(
    yi: Sequence[float] | Floats,
    vi: Sequence[float] | Floats,
    cluster: Sequence[Any] | NDArray[Any],
    within: Sequence[Any] | None = None,
    *,
    x: Floats | None = None,
    terms: Sequence[str] = (INTERCEPT,),
    rho: float = 0.0,
    method: LevelMethod = "REML",
    level: float = 0.95,
    correction: Correction = "CR2",
) -> Multilevel:
    """Pool estimates in inner units in clusters, such as effects in projects in programmes.

    Random intercepts of clusters and of inner units (Konstantopoulos 2011, Res. Synth. Methods 2);
    without ``within`` every estimate is an inner unit. ``rho`` is the known correlation of sampling
    errors within a cluster (Pustejovsky & Tipton 2022, Prev. Sci. 23: correlated and hierarchical
    effects). FE keeps both variances at 0, which leaves generalised least squares with robust
    errors. The prediction interval, without moderators, is estimate +/- z sqrt(sigma1^2 + sigma2^2
    + se^2), as metafor's for z tests.

    Raises:
        ValueError: see :func:`~evalkit.synthesis.pooling.linear.linear`; fewer than two clusters;
            one inner unit in every cluster, so that the variances cannot be told apart; a rho for
            which the sampling errors have no covariance matrix; an unknown method or level.
    """
    check_level(level)
    if method not in LEVEL_METHODS:
        raise ValueError(f"unknown method {method!r}")
    line = linear(yi, vi, x)
    groups = blocks(cluster, within)
    _check(line, groups, rho, method)
    line = Linear(
        line.y[groups.order],
        line.v[groups.order],
        line.q[groups.order],
        line.r,
        line.start,
        line.unit,
    )
    theta = np.zeros(2) if method == "FE" else _maximum(line, groups, rho, method == "REML")
    return _summary(line, groups, rho, theta, terms, method, level, correction)


def _check(line: Linear, groups: Blocks, rho: float, method: str) -> None:
    if len(groups.order) != line.k:
        raise ValueError(f"{line.k} estimates but {len(groups.order)} clusters")
    if groups.j < 2:
        raise ValueError("there must be at least two clusters")
    if method != "FE" and len(groups.inner_starts) == groups.j:
        raise ValueError("every cluster holds one inner unit: their variances cannot be told apart")
    low = lowest_rho(int(groups.sizes.max()))
    if not low < rho < 1:
        raise ValueError(f"rho must lie between {low:.3g} and 1, got {rho}")


def lowest_rho(largest: int) -> float:
    """What rho must exceed where the largest cluster has that many estimates."""
    return -1 / (largest - 1) if largest > 1 else -1.0


_FARTHEST = 100.0
"""A step takes a variance no farther than this many times what it is and a typical vi together."""


_LEAST = 1e-6
"""Of what is expected of the information, as Cauchy and Schwarz bound that by the trace, the part
that a step counts with at least."""


class _At(NamedTuple):
    """The fit at one pair of variances."""

    likelihood: float
    phi: Covariance
    b: Floats
    m: Floats
    solved: Floats
    """Phi^-1 (y - Xb) and Phi^-1 X; (k, 1 + p)."""
    rss: float


def _at(line: Linear, groups: Blocks, rho: float, theta: Floats, restricted: bool) -> _At:
    phi = Covariance(groups, line.v, rho, float(theta[0]), float(theta[1]))
    solved = phi.solve(np.column_stack([line.y, line.q]))
    a = line.q.T @ solved[:, 1:]
    m = np.asarray(np.linalg.inv(a), dtype=float)
    b = m @ (line.q.T @ solved[:, 0])
    solved[:, 0] -= solved[:, 1:] @ b
    rss = float((line.y - line.q @ b) @ solved[:, 0])
    value = -phi.logdet - rss
    n = line.k
    if restricted:
        value -= float(np.linalg.slogdet(a)[1])
        n -= line.p
    value = value / 2 - n * (math.log(2 * math.pi) / 2 + math.log(line.unit))
    return _At(value, phi, b, m, solved, rss)


def _slope(line: Linear, groups: Blocks, at: _At, restricted: bool) -> tuple[Floats, Floats]:
    """The score of both variances, and the average information.

    With P the projection: (y'PEPy - tr PE)/2 and y'PEPFPy/2 (Gilmour, Thompson & Cullis 1995,
    Biometrics 51); ML takes the trace of Phi^-1 E.
    """
    outer, inner = groups.over_clusters(at.solved), groups.over_inner(at.solved)
    steep = np.array([outer[:, 0] @ outer[:, 0], inner[:, 0] @ inner[:, 0]])
    trace = at.phi.traces()
    if restricted:
        trace = trace - [
            np.einsum("gi,ij,gj->", sums[:, 1:], at.m, sums[:, 1:]) for sums in (outer, inner)
        ]
    f = np.column_stack(
        [np.repeat(outer[:, 0], groups.sizes), np.repeat(inner[:, 0], groups.inner_sizes)]
    )
    along = at.solved[:, 1:].T @ f
    information = (f.T @ at.phi.solve(f) - along.T @ at.m @ along) / 2
    # estimates that are the same in every unit leave none, but they do leave a slope
    many = np.array([groups.j, len(groups.inner_starts)])
    diagonal = np.diag_indices(2)
    information[diagonal] = np.maximum(information[diagonal], _LEAST * trace**2 / (2 * many))
    return (steep - trace) / 2, information


def _maximum(line: Linear, groups: Blocks, rho: float, restricted: bool) -> Floats:
    """The variances, not below 0, that maximise the (restricted) likelihood; (2,).

    Climbs from three places, because there may be more than one top.
    """
    spread = float(line.y @ line.y) / (line.k - line.p)
    tops = []
    for share in ((0.5, 0.5), (0.05, 0.95), (0.95, 0.05)):
        theta = spread * np.array(share)
        tops.append(_climb(line, groups, rho, theta, restricted, 1e-4))
    best = max(tops, key=lambda top: top[1])[0]
    theta = _climb(line, groups, rho, best, restricted, 1e-11)[0]
    # what changes no weight is the boundary
    return np.where(theta < 1e-14 * float(line.v.min()), 0.0, theta)


def _climb(
    line: Linear, groups: Blocks, rho: float, theta: Floats, restricted: bool, close: float
) -> tuple[Floats, float]:
    """Damped scoring with the average information, on the variances that can still move."""
    at = _at(line, groups, rho, theta, restricted)
    damping = 0.0
    typical = line.k / float((1 / line.v).sum())
    for _ in range(_MAX_STEPS):
        slope, information = _slope(line, groups, at, restricted)
        free = (theta > 0) | (slope > 0)
        if not free.any():
            break
        while True:
            matrix = information[np.ix_(free, free)]
            matrix = matrix + np.diag(np.diag(matrix)) * damping
            step = np.zeros(2)
            step[free] = np.linalg.lstsq(matrix, slope[free], rcond=None)[0]
            # where the information is next to nothing a step would go anywhere
            moved = np.clip(theta + step, 0.0, _FARTHEST * (theta + typical))
            there = _at(line, groups, rho, moved, restricted)
            gained = there.likelihood - at.likelihood
            settled = bool((np.abs(moved - theta) <= close * (moved + typical)).all())
            # below this the likelihood is rounding, and the score knows better
            if gained >= -1e-13 * line.k or settled:
                break
            damping = max(10 * damping, 1e-3)
        damping = 0.0 if damping < 1e-3 else damping / 10
        theta, at = moved, there
        if settled:
            break
    return theta, at.likelihood


def _summary(
    line: Linear,
    groups: Blocks,
    rho: float,
    theta: Floats,
    terms: Sequence[str],
    method: LevelMethod,
    level: float,
    correction: Correction,
) -> Multilevel:
    at = _at(line, groups, rho, theta, restricted=method == "REML")
    scale = line.unit**2
    b, covariance = line.coefficients(at.b), line.covariance(at.m)
    found = tested(terms, b, np.sqrt(np.diag(covariance)), [None] * line.p, level)
    q, typical = _sampling(line, groups, rho)
    total = float(theta.sum())
    half = None
    if line.p == 1 and method != "FE":
        between = math.sqrt(total) * line.unit
        half = quantile(level, None) * math.hypot(between, found[0].se)
    shares = None if method == "FE" else 100 * theta / (total + typical)
    df = line.k - line.p
    i2 = 100 * max(0.0, 1 - df / q) if q > 0 else 0.0
    return Multilevel(
        method=method,
        level=level,
        k=line.k,
        levels=(groups.j, len(groups.inner_starts)),
        rho=rho,
        coefficients=found,
        sigma2=(float(theta[0]) * scale, float(theta[1]) * scale),
        i2=i2 if shares is None else float(shares.sum()),
        i2_levels=None if shares is None else (float(shares[0]), float(shares[1])),
        q=q,
        q_df=df,
        q_p=float(stats.chi2.sf(q, df)),
        moderators=omnibus(b, covariance, None),
        pi_low=None if half is None else found[0].estimate - half,
        pi_high=None if half is None else found[0].estimate + half,
        log_likelihood=at.likelihood,
        robust=robust(line, at.phi, at.b, at.m, at.solved[:, 1:], terms, level, correction),
    )


def _sampling(line: Linear, groups: Blocks, rho: float) -> tuple[float, float]:
    """Q at the sampling covariances alone, and the typical sampling variance (k - p)/tr(P)."""
    single = Blocks(
        groups.order,
        groups.starts,
        groups.sizes,
        np.arange(line.k),
        np.ones(line.k, dtype=np.intp),
        np.repeat(np.arange(groups.j), groups.sizes),
    )
    at = _at(line, single, rho, np.zeros(2), restricted=False)
    own = at.solved[:, 1:]
    trace = float(at.phi.traces()[1]) - float(np.einsum("ki,ij,kj->", own, at.m, own))
    return at.rss, (line.k - line.p) / trace
