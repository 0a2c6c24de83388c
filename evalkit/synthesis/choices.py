"""The metrics a row of the effect table can have: when each is possible, and what it pools with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class Choice:
    """One metric.

    ``needs`` says what data it takes, in words; ``family`` names what it is pooled with, None for
    what is never pooled with contrasts; ``by_rule`` whether the rule may choose it, ``on_request``
    whether a researcher may.
    """

    label: str
    needs: str
    family: str | None
    by_rule: bool
    on_request: bool


_ROWS = "two arms"
_YES_NO = "a yes-or-no measure, two arms"
_BEFORE = "a pretest on the same scale"

CHOICES: Mapping[str, Choice] = MappingProxyType(
    {
        "SMD": Choice("difference afterwards, in SDs (g)", _ROWS, "g", True, True),
        "SMD_CLUSTER": Choice(
            "the same, corrected for clusters; SMD where asked for", _ROWS, "g", True, False
        ),
        "SMD_ADJUSTED": Choice(
            "difference adjusted for the pretest, in SDs", "two arms, a pretest", "g", True, True
        ),
        "DPPC2": Choice(
            "difference of gains, in SDs before", f"two arms, {_BEFORE}", "g", True, True
        ),
        "SMD_ML": Choice(
            "difference from a multilevel model, in SDs of all variance",
            "rows per person in clusters, two arms",
            "g",
            False,
            True,
        ),
        "SMD_ML_WITHIN": Choice(
            "the same, in SDs within clusters",
            "rows per person in clusters, two arms",
            "g_within",
            False,
            True,
        ),
        "ROM": Choice(
            "log ratio of means", "a ratio measure or a count, two arms", "lnRR", True, True
        ),
        "MD": Choice(
            "difference of means, or of gains, in points of the measure",
            "two arms; no test or form of the project's own",
            "MD",
            False,
            True,
        ),
        "COX": Choice(
            "difference in log odds as a standardised difference (Cox index)",
            _YES_NO,
            "g",
            True,
            True,
        ),
        "OR": Choice("log odds ratio", _YES_NO, "lnOR", False, True),
        "RR": Choice("log risk ratio", _YES_NO, "lnRisk", False, True),
        "RD": Choice("difference of proportions", _YES_NO, "RD", False, True),
        "SMCR": Choice(
            "change of one group, in SDs before", f"one group, {_BEFORE}", None, True, True
        ),
        "SMCC": Choice(
            "change of one group, in SDs of the change", f"one group, {_BEFORE}", None, False, True
        ),
        "RD_CHANGE": Choice(
            "change of a proportion in one group",
            "a yes-or-no measure, one group, a pretest",
            None,
            True,
            False,
        ),
        "ZCOR": Choice(
            "relation that the project predicted: Fisher's z of the correlation",
            "rows per person, a prediction that names two measures (goes_with)",
            None,
            True,
            False,
        ),
        "GAS": Choice(
            "goal attainment above what was expected (T-score minus 50)",
            "own goals, one group",
            None,
            True,
            False,
        ),
    }
)
"""Every metric of the effect table, by its id."""

ON_REQUEST = tuple(id for id, choice in CHOICES.items() if choice.on_request)
"""The metrics that ``--metric`` takes."""

FAMILIES: Mapping[str, str] = MappingProxyType(
    {id: choice.family for id, choice in CHOICES.items() if choice.family}
)
"""Metrics that estimate the same thing and may be pooled together."""
