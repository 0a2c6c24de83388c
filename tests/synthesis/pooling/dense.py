"""The three-level model and CR2 with whole matrices, as the formulas stand: slow and plain."""

from __future__ import annotations

import numpy as np
from scipy import linalg


def covariance(v, cluster, within, rho, sigma2):
    """V + sigma1^2 and sigma2^2 where labels agree; (k, k)."""
    same = np.equal.outer(cluster, cluster)
    unit = same & np.equal.outer(within, within)
    root = np.sqrt(v)
    phi = rho * np.outer(root, root) * same + sigma2[0] * same + sigma2[1] * unit
    return phi + np.diag((1 - rho) * v)


def log_likelihood(y, x, phi, restricted):
    """Harville's restricted likelihood, or the plain one."""
    k, p = x.shape
    inverse = np.linalg.inv(phi)
    a = x.T @ inverse @ x
    residual = y - x @ np.linalg.solve(a, x.T @ inverse @ y)
    value = -np.linalg.slogdet(phi)[1] - residual @ inverse @ residual
    n = k
    if restricted:
        value += np.linalg.slogdet(x.T @ x)[1] - np.linalg.slogdet(a)[1]
        n -= p
    return (value - n * np.log(2 * np.pi)) / 2


def cr2(y, x, phi, cluster):
    """Coefficients, robust standard errors, Satterthwaite df."""
    k, p = x.shape
    w = np.linalg.inv(phi)
    m = np.linalg.inv(x.T @ w @ x)
    hat = x @ m @ x.T @ w
    e = y - hat @ y
    left = np.eye(k) - hat
    meat, columns = np.zeros((p, p)), []
    for label in dict.fromkeys(cluster):
        rows = np.flatnonzero(np.asarray(cluster) == label)
        block = phi[np.ix_(rows, rows)]
        d = linalg.cholesky(block)
        g = d @ (left @ phi @ left.T)[np.ix_(rows, rows)] @ d.T
        values, vectors = np.linalg.eigh(g)
        there = values > 1e-12 * values.max()
        root = vectors[:, there] / np.sqrt(values[there]) @ vectors[:, there].T
        own = np.zeros((k, p))
        own[rows] = (d.T @ root @ d) @ w[np.ix_(rows, rows)] @ x[rows] @ m
        meat += np.outer(own.T @ e, own.T @ e)
        columns.append(own)
    df = []
    for c in range(p):
        n = np.column_stack([own[:, c] for own in columns])
        inner = n.T @ left @ phi @ left.T @ n
        df.append(np.trace(inner) ** 2 / np.sum(inner**2))
    return m @ x.T @ w @ y, np.sqrt(np.diag(meat)), df
