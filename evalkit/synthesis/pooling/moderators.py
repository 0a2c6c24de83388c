"""Moderators as columns of the model matrix."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evalkit.synthesis.pooling.linear import Floats
from evalkit.synthesis.pooling.regression import INTERCEPT


@dataclass(frozen=True)
class Moderator:
    """One moderator: ``terms`` names its columns of ``x`` (k, terms) as metafor does.

    A factor has a column for each level but the first, ``reference``, in order; a number one.
    """

    name: str
    terms: tuple[str, ...]
    x: Floats
    levels: tuple[str, ...] = ()

    @property
    def reference(self) -> str | None:
        """The level the others are compared with; None for a number."""
        return self.levels[0] if self.levels else None


def number(name: str, values: Sequence[float] | Floats) -> Moderator:
    """A moderator that is a number, of k estimates."""
    return Moderator(name, (name,), np.asarray(values, dtype=float)[:, None])


def factor(name: str, labels: Sequence[str], levels: Sequence[str]) -> Moderator:
    """A moderator of k labels, with treatment contrasts against the first of ``levels``."""
    x = np.array([[label == level for level in levels[1:]] for label in labels], dtype=float)
    terms = tuple(f"{name}{level}" for level in levels[1:])
    return Moderator(name, terms, x.reshape(len(labels), len(terms)), tuple(levels))


def model_matrix(k: int, moderators: Sequence[Moderator]) -> tuple[Floats, tuple[str, ...]]:
    """The intercept and all moderators, (k, p), with the names of the columns."""
    x = np.column_stack([np.ones(k), *(moderator.x for moderator in moderators)])
    return x, (INTERCEPT, *(term for moderator in moderators for term in moderator.terms))
