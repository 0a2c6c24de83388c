"""Standard errors that hold whatever the true covariance within clusters is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

import numpy as np

from evalkit.synthesis.pooling.blocks import Blocks, Covariance, Indices
from evalkit.synthesis.pooling.linear import Coefficient, Floats, Linear, tested

Correction = Literal["CR0", "CR1", "CR2"]

LARGEST_CLUSTER = 4_000
"""Estimates in one cluster above which its square root is too much to ask."""

_AT_ONCE = 4_000_000  # cells of blocks in memory at a time
_NOTHING = 1e-12


def robust(
    line: Linear,
    phi: Covariance,
    b: Floats,
    m: Floats,
    weighted_x: Floats,
    terms: Sequence[str],
    level: float,
    correction: Correction = "CR2",
) -> tuple[Coefficient, ...]:
    """Coefficients with cluster-robust errors and Satterthwaite degrees of freedom.

    The covariance is M [sum_j X_j' W_j A_j e_j e_j' A_j' W_j X_j] M with W = Phi^-1 and
    M = (X'WX)^-1. CR0 has A = I (Liang & Zeger 1986, Biometrika 73), CR1 A = sqrt(J/(J-1)) I, CR2
    (Bell & McCaffrey 2002, Surv. Methodol. 28) the A for which the covariance has no bias if Phi is
    right (Pustejovsky & Tipton 2018, J. Bus. Econ. Stat. 36):

        A_j = D_j' G_j^(+1/2-) D_j,  G_j = D_j (Phi_j - X_j M X_j') D_j',  Phi_j = D_j' D_j

    The degrees of freedom of coefficient c are (tr P)^2/tr(P^2) with P_ij = n_i' Cov(e)_ij n_j and
    n_j = A_j' W_j X_j M c; as P is a diagonal less Z M Z', Z_j = n_j' X_j, both
    traces are sums over clusters. As clubSandwich with the model's own inverse weights. Clusters of
    one size are done together; work is cubic in the size of a cluster and linear in their number.

    Args:
        line: the model, in the sorted order of the blocks.
        phi: the working covariance.
        b, m: coefficients of the basis and (q'Phi^-1 q)^-1.
        weighted_x: Phi^-1 q, (k, p).
        terms: names of the coefficients.
        level: level of the intervals.
        correction: which of the three.

    Raises:
        ValueError: a cluster of more than ``LARGEST_CLUSTER`` estimates.
    """
    groups = phi.blocks
    if correction == "CR2" and groups.sizes.max() > LARGEST_CLUSTER:
        raise ValueError(f"a cluster holds more than {LARGEST_CLUSTER} estimates")
    residual = line.y - line.q @ b
    # from coefficients of the basis to those of the model matrix
    weights = weighted_x @ m @ np.linalg.inv(line.r).T
    meat = np.zeros((line.p, line.p))
    trace, squared, joint = np.zeros(line.p), np.zeros(line.p), np.zeros((line.p,) * 3)
    for rows in _batches(groups):
        own, block = weights[rows], phi.dense(rows)
        if correction == "CR2":
            own = _adjusted(block, line.q[rows], m, own)
        elif correction == "CR1":
            own = own * np.sqrt(groups.j / (groups.j - 1))
        scores = np.einsum("mnc,mn->mc", own, residual[rows])
        meat += scores.T @ scores
        g = np.einsum("mnc,mnl,mlc->mc", own, block, own, optimize=True)
        z = np.einsum("mnc,mnp->mcp", own, line.q[rows])
        less = np.einsum("mcp,pq,mcq->mc", z, m, z)
        trace += (g - less).sum(axis=0)
        squared += (g**2 - 2 * g * less).sum(axis=0)
        joint += np.einsum("mcp,mcq->cpq", z, z)
    crossed = m @ joint
    squared += np.einsum("cpq,cqp->c", crossed, crossed)
    df = [float(t**2 / s) for t, s in zip(trace, squared, strict=True)]
    errors = np.sqrt(np.diag(meat)) * line.unit
    return tested(terms, line.coefficients(b), errors, df, level)


def _adjusted(phi: Floats, x: Floats, m: Floats, own: Floats) -> Floats:
    """A_j' own_j of clusters of one size; (m, n, p)."""
    lower = np.linalg.cholesky(phi)
    upper = np.swapaxes(lower, 1, 2)
    left = phi - x @ m @ np.swapaxes(x, 1, 2)
    values, vectors = np.linalg.eigh(upper @ left @ lower)
    # a coefficient that only this cluster tells of leaves nothing of it: the inverse skips that
    there = values > _NOTHING * np.abs(values).max(axis=1, keepdims=True)
    roots = np.where(there, 1 / np.sqrt(np.where(there, values, 1.0)), 0.0)
    turned = np.swapaxes(vectors, 1, 2) @ (upper @ own)
    return np.asarray(lower @ (vectors @ (roots[:, :, None] * turned)))


def _batches(groups: Blocks) -> Iterator[Indices]:
    """Rows of clusters of one size, (m, n), for every size; not too many at a time."""
    for n in np.unique(groups.sizes).tolist():
        starts = groups.starts[groups.sizes == n]
        most = max(1, _AT_ONCE // n**2)
        for i in range(0, len(starts), most):
            yield starts[i : i + most, None] + np.arange(n)
