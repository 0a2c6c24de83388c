"""Which column is which target, so that together it is as likely as can be."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from evalkit.collect.suggestion.fit import Fit
from evalkit.collect.suggestion.proposal import Proposal, Target
from evalkit.model.text import Text

_MARGIN = 0.07
"""Two proposals closer together than this are a question."""

_AMBIGUOUS = 0.6
"""Most confidence in what may be something else as well."""


@dataclass(frozen=True)
class Candidate:
    """One thing a column may be."""

    target: Target
    confidence: float
    why: tuple[Text, ...]
    fit: Fit
    exact: bool = False


def assigned(columns: Iterable[str], found: Mapping[str, list[Candidate]]) -> list[Proposal]:
    """Each target to at most one column, so that together they are as likely as can be."""
    from scipy.optimize import linear_sum_assignment

    names = [column for column in columns if found.get(column)]
    targets = list(dict.fromkeys(c.target for column in names for c in found[column]))
    chosen: dict[str, Candidate] = {}
    if names and targets:
        at = {target: i for i, target in enumerate(targets)}
        gain = np.zeros((len(names), len(targets)))
        for row, column in enumerate(names):
            for candidate in found[column]:
                # Squared: one sure column is worth more than two vague ones.
                gain[row, at[candidate.target]] = candidate.confidence**2 + candidate.exact
        for row, i in np.transpose(linear_sum_assignment(gain, maximize=True)).tolist():
            best = next((c for c in found[names[row]] if c.target == targets[i]), None)
            if best is not None and best.confidence >= 0.2:
                chosen[names[row]] = best
    by_target: dict[Target, list[float]] = defaultdict(list)
    for column in names:
        for candidate in found[column]:
            by_target[candidate.target].append(candidate.confidence)
    return [
        _proposal(column, chosen.get(column), found.get(column, []), by_target)
        for column in columns
    ]


def _proposal(
    column: str,
    best: Candidate | None,
    found: list[Candidate],
    by_target: Mapping[Target, list[float]],
) -> Proposal:
    if best is None:
        return Proposal(column)
    confidence, why = best.confidence, list(best.why)
    others = [c.confidence for c in found if c.target.name != best.target.name]
    rivals = sorted(by_target[best.target], reverse=True)[1:2]
    if not best.exact and confidence > _AMBIGUOUS:
        if others and max(others) > confidence - _MARGIN:
            confidence = _AMBIGUOUS
            why.append(Text(nl="het kan ook iets anders zijn", en="it may be something else"))
        elif rivals and rivals[0] > confidence - _MARGIN:
            confidence = _AMBIGUOUS
            text = Text(nl="een andere kolom past even goed", en="another column fits as well")
            why.append(text)
    return Proposal(
        column, best.target, confidence, tuple(why), dict(best.fit.values), best.fit.open
    )
