"""Estimates in clusters: their covariance, never larger than a cluster.

Within cluster j the covariance of the estimates is

    Phi_j = V_j + sigma1^2 1 1' + sigma2^2 Z_j Z_j'

with Z_j the membership of the inner units (Konstantopoulos 2011, Res. Synth. Methods 2)
and V_j either diagonal or, for a known correlation rho of the sampling errors, with covariances
rho sqrt(v_i v_j) (Pustejovsky & Tipton 2022, Prev. Sci. 23). Both are a diagonal, a constant
for each inner unit, and at most two vectors u = (1, sqrt(v)) a cluster:

    Phi_j = B_j + U_j C U_j',  B_j = D_j + sigma2^2 Z_j Z_j',  C = diag(sigma1^2, rho)

so that inverse and determinant follow from Woodbury's formula (Harville 1997, Matrix Algebra) with
sums over inner units and clusters. Work and memory are linear in k.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evalkit.synthesis.pooling.linear import Floats

Indices = NDArray[np.intp]


@dataclass(frozen=True)
class Blocks:
    """How k estimates, once ``order`` sorted them, fall into clusters and inner units.

    ``starts`` and ``sizes`` are of the J clusters, ``inner_starts`` and ``inner_sizes`` of the G
    inner units, ``cluster_of_inner`` (G,) is the cluster of each of these.
    """

    order: Indices
    starts: Indices
    sizes: Indices
    inner_starts: Indices
    inner_sizes: Indices
    cluster_of_inner: Indices

    @property
    def j(self) -> int:
        """Number of clusters."""
        return len(self.starts)

    @property
    def alone(self) -> NDArray[np.bool_]:
        """Which estimates, in sorted order, are the only one of their inner unit; (k,)."""
        return np.repeat(self.inner_sizes == 1, self.inner_sizes)

    def over_clusters(self, values: Floats) -> Floats:
        """Sums of ``values`` (k, …) over clusters; (J, …)."""
        return np.asarray(np.add.reduceat(values, self.starts, axis=0))

    def over_inner(self, values: Floats) -> Floats:
        """Sums of ``values`` (k, …) over inner units; (G, …)."""
        if len(self.inner_starts) == len(values):
            return values
        return np.asarray(np.add.reduceat(values, self.inner_starts, axis=0))


def blocks(cluster: Sequence[Any] | NDArray[Any], within: Sequence[Any] | None = None) -> Blocks:
    """Blocks of k estimates by labels of their cluster, and of their inner unit in it.

    Inner units are nested: a label in two clusters names two units. Without ``within`` each
    estimate is a unit of its own.

    Raises:
        ValueError: the labels are not as many.
    """
    outer = _codes(cluster)
    k = len(outer)
    inner = np.arange(k) if within is None else _codes(within)
    if len(inner) != k:
        raise ValueError(f"{k} clusters but {len(inner)} inner units")
    order = np.lexsort((inner, outer))
    outer, inner = outer[order], inner[order]
    new_outer = np.ones(k, dtype=bool)
    new_outer[1:] = outer[1:] != outer[:-1]
    new_inner = new_outer.copy()
    new_inner[1:] |= inner[1:] != inner[:-1]
    starts, inner_starts = np.flatnonzero(new_outer), np.flatnonzero(new_inner)
    return Blocks(
        order,
        starts,
        np.diff(starts, append=k),
        inner_starts,
        np.diff(inner_starts, append=k),
        (np.cumsum(new_outer) - 1)[inner_starts],
    )


def _codes(labels: Sequence[Any] | NDArray[Any]) -> Indices:
    known: dict[Any, int] = {}
    return np.array([known.setdefault(label, len(known)) for label in labels], dtype=np.intp)


class Covariance:
    """Phi of all clusters, for estimates in the sorted order of ``blocks``.

    Args:
        blocks: the clusters.
        v: sampling variances, (k,).
        rho: correlation of sampling errors within a cluster.
        outer, inner: sigma1^2 and sigma2^2.
    """

    def __init__(self, blocks: Blocks, v: Floats, rho: float, outer: float, inner: float) -> None:
        self.blocks, self.v, self.rho, self.outer, self.inner = blocks, v, rho, outer, inner
        self._d = (1 - rho) * v + np.where(blocks.alone, inner, 0.0)
        precision = blocks.over_inner(1 / self._d)
        shared = np.where(blocks.inner_sizes == 1, 0.0, inner)
        self._shrink = shared / (1 + shared * precision)
        self._of_inner = precision / (1 + shared * precision)
        self._u = np.column_stack([np.ones(len(v)), np.sqrt(v)] if rho else [np.ones(len(v))])
        c = np.diag([outer, rho] if rho else [outer])
        self._bu = self._within(self._u)
        k = blocks.over_clusters(self._u[:, :, None] * self._bu[:, None, :])
        core = np.eye(len(c)) + c @ k
        self._middle = np.linalg.solve(core, np.broadcast_to(c, core.shape))
        self._logdets = (
            float(np.log(self._d).sum()),
            float(np.log1p(shared * precision).sum()),
            float(np.log(np.linalg.det(core)).sum()),
        )

    def _within(self, f: Floats) -> Floats:
        """B^-1 f for f (k, m), by Sherman-Morrison over inner units."""
        h = f / self._d[:, None]
        if len(self._shrink) == len(h):
            return h
        less = self._shrink[:, None] * self.blocks.over_inner(h)
        return np.asarray(h - np.repeat(less, self.blocks.inner_sizes, axis=0) / self._d[:, None])

    def solve(self, f: Floats) -> Floats:
        """Phi^-1 f for f (k, m)."""
        h = self._within(f)
        along = self.blocks.over_clusters(self._u[:, :, None] * h[:, None, :])
        less = np.repeat(self._middle @ along, self.blocks.sizes, axis=0)
        return np.asarray(h - np.einsum("ki,kim->km", self._bu, less))

    @property
    def logdet(self) -> float:
        """The logarithm of the determinant of Phi."""
        return sum(self._logdets)

    def traces(self) -> Floats:
        """tr(Phi^-1 E) for E the derivative of Phi to sigma1^2 and to sigma2^2; (2,)."""
        ones = np.ones((len(self.v), 1))
        outer = float(self.solve(ones).sum())
        h = self.blocks.over_inner(self._bu)
        middle = self._middle[self.blocks.cluster_of_inner]
        inner = float(self._of_inner.sum() - np.einsum("gi,gij,gj->", h, middle, h))
        return np.array([outer, inner])

    def dense(self, rows: Indices) -> Floats:
        """Phi of clusters of one size: ``rows`` (m, n) are theirs; (m, n, n)."""
        v = self.v[rows]
        root = np.sqrt(v)
        unit = np.repeat(np.arange(len(self.blocks.inner_sizes)), self.blocks.inner_sizes)[rows]
        phi = self.outer + self.inner * (unit[:, :, None] == unit[:, None, :])
        phi = phi + self.rho * root[:, :, None] * root[:, None, :]
        n = rows.shape[1]
        phi[:, np.arange(n), np.arange(n)] += (1 - self.rho) * v
        return np.asarray(phi, dtype=float)
