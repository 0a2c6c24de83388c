"""Effect sizes of summary statistics, as papers print them: one table of metrics."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from evalkit.model.text import Lang, Text
from evalkit.synthesis import binary, prepost
from evalkit.synthesis.clusters import clustered_smd, equal_layout
from evalkit.synthesis.correlation import zcor
from evalkit.synthesis.difference import md
from evalkit.synthesis.estimate import FORMULAS, Effect
from evalkit.synthesis.hedges import is_flat, pooled_sd, smd
from evalkit.synthesis.ratio import rom

MOST_UNITS = 1_000_000
"""Units in an arm; the small-sample correction is exact to 1e-8 up to here."""


@dataclass(frozen=True)
class Range:
    """The numbers that a column may hold; ``open_low`` and ``open_high`` leave out the bound."""

    low: float = -math.inf
    high: float = math.inf
    open_low: bool = False
    open_high: bool = False

    def holds(self, values: pd.Series[float]) -> pd.Series[bool]:
        """Where values lie within; never where there is none."""
        above = values > self.low if self.open_low else values >= self.low
        return above & (values < self.high if self.open_high else values <= self.high)

    @property
    def words(self) -> Text:
        """The range in words, for a finding."""
        return Text(nl=self._said("nl"), en=self._said("en"))

    def _said(self, lang: Lang) -> str:
        dutch = lang == "nl"
        parts = []
        if self.low > -math.inf:
            word = ("meer dan" if dutch else "more than") if self.open_low else (
                "minstens" if dutch else "at least"
            )  # fmt: skip
            parts.append(f"{word} {self.low:.0f}")
        if self.high < math.inf:
            word = ("minder dan" if dutch else "less than") if self.open_high else (
                "hoogstens" if dutch else "at most"
            )  # fmt: skip
            parts.append(f"{word} {self.high:.0f}")
        return (" en " if dutch else " and ").join(parts) or ("een getal" if dutch else "a number")


@dataclass(frozen=True)
class Column:
    """A column of summary statistics."""

    meaning: str
    range: Range = Range()
    whole: bool = False


_COUNT = Range(2, MOST_UNITS)
_SD = Range(0, open_low=True)
_R = Range(-1, 1, open_low=True, open_high=True)
_CLUSTERS = Range(1, MOST_UNITS)

COLUMNS: Mapping[str, Column] = MappingProxyType(
    {
        "n_t": Column("Units in the intervention group.", _COUNT, whole=True),
        "mean_t": Column("Mean after, intervention group."),
        "sd_t": Column("Standard deviation after, intervention group.", _SD),
        "n_c": Column("Units in the comparison group.", _COUNT, whole=True),
        "mean_c": Column("Mean after, comparison group."),
        "sd_c": Column("Standard deviation after, comparison group.", _SD),
        "pre_mean_t": Column("Mean before, intervention group."),
        "pre_sd_t": Column("Standard deviation before, intervention group.", _SD),
        "pre_mean_c": Column("Mean before, comparison group."),
        "pre_sd_c": Column("Standard deviation before, comparison group.", _SD),
        "r": Column("Correlation of before and after.", _R),
        "events_t": Column("Units with the event, intervention group.", Range(0), whole=True),
        "events_c": Column("Units with the event, comparison group.", Range(0), whole=True),
        "clusters_t": Column("Clusters in the intervention group.", _CLUSTERS, whole=True),
        "clusters_c": Column("Clusters in the comparison group.", _CLUSTERS, whole=True),
        "icc": Column("Intraclass correlation.", Range(0, 1, open_high=True)),
        "cor": Column("Correlation.", _R),
        "n": Column("Units that the correlation rests on.", Range(4, MOST_UNITS), whole=True),
    }
)
"""What a figure is and what it may be, by the name of its column."""

WITHIN: tuple[tuple[str, str], ...] = (
    ("events_t", "n_t"),
    ("events_c", "n_c"),
    ("clusters_t", "n_t"),
    ("clusters_c", "n_c"),
)
"""Columns of which the first is never more than the second."""

Compute = Callable[..., tuple[Effect, str]]


@dataclass(frozen=True)
class SummaryMetric:
    """How one metric comes from summary statistics.

    ``needs`` names the columns in the order in which ``compute`` takes their figures; it returns
    the effect and the key of its formula, one of ``formulas``. ``ranges`` are narrower than those
    of the columns.
    """

    label: str
    needs: tuple[str, ...]
    compute: Compute
    formulas: tuple[str, ...]
    ranges: Mapping[str, Range] = field(default_factory=dict)

    def range(self, column: str) -> Range:
        """What a figure of a column may be for this metric."""
        return self.ranges.get(column, COLUMNS[column].range)


def _by(formula: str, function: Callable[..., Effect]) -> Compute:
    def compute(*figures: Any) -> tuple[Effect, str]:
        return function(*figures), formula

    return compute


def _smd_cluster(
    mean_t: float,
    sd_t: float,
    n_t: int,
    mean_c: float,
    sd_c: float,
    n_c: int,
    clusters_t: int,
    clusters_c: int,
    icc: float,
) -> tuple[Effect, str]:
    where = equal_layout(n_t, clusters_t, n_c, clusters_c)
    if where is None:
        return smd(mean_t, sd_t, n_t, mean_c, sd_c, n_c), "smd"
    sd = pooled_sd(sd_t, n_t, sd_c, n_c)
    if is_flat(sd, mean_t, mean_c):
        raise ValueError("the pooled standard deviation is zero")
    effect = clustered_smd((mean_t - mean_c) / sd, 1 / n_t + 1 / n_c, sd, where, icc, None)
    return effect, f"smd_cluster_{'both' if where.both else 'one'}_equal"


def _dppc2(
    pre_mean_t: float,
    pre_sd_t: float,
    mean_t: float,
    n_t: int,
    pre_mean_c: float,
    pre_sd_c: float,
    mean_c: float,
    n_c: int,
    r: float,
) -> Effect:
    gain_t, gain_c = mean_t - pre_mean_t, mean_c - pre_mean_c
    return prepost.dppc2(gain_t, pre_sd_t, n_t, gain_c, pre_sd_c, n_c, r)


_MEANS = ("mean_t", "sd_t", "n_t", "mean_c", "sd_c", "n_c")
_GAIN = ("pre_mean_t", "pre_sd_t", "mean_t", "n_t")
_EVENTS = ("events_t", "n_t", "events_c", "n_c")
_SINGLE = {"n_t": Range(3, MOST_UNITS)}

METRICS: Mapping[str, SummaryMetric] = MappingProxyType(
    {
        "SMD": SummaryMetric(
            "standardised difference (g)",
            _MEANS,
            _by("smd", smd),
            ("smd",),
        ),
        "SMD_CLUSTER": SummaryMetric(
            "the same, of classes or schools",
            (*_MEANS, "clusters_t", "clusters_c", "icc"),
            _smd_cluster,
            ("smd_cluster_both_equal", "smd_cluster_one_equal", "smd"),
        ),
        "DPPC2": SummaryMetric(
            "difference of gains",
            (*_GAIN, "pre_mean_c", "pre_sd_c", "mean_c", "n_c", "r"),
            _by("dppc2", _dppc2),
            ("dppc2",),
        ),
        "SMCR": SummaryMetric(
            "change of one group, in SDs before",
            (*_GAIN, "r"),
            _by("smcr", prepost.smcr),
            ("smcr",),
            _SINGLE,
        ),
        "SMCC": SummaryMetric(
            "change of one group, in SDs of the change",
            ("pre_mean_t", "pre_sd_t", "mean_t", "sd_t", "n_t", "r"),
            _by("smcc", prepost.smcc),
            ("smcc",),
            _SINGLE,
        ),
        "MD": SummaryMetric(
            "difference of means",
            _MEANS,
            _by("md", md),
            ("md",),
        ),
        "ROM": SummaryMetric(
            "log ratio of means",
            _MEANS,
            _by("rom", rom),
            ("rom",),
            {"mean_t": Range(0, open_low=True), "mean_c": Range(0, open_low=True)},
        ),
        "RR": SummaryMetric(
            "log risk ratio",
            _EVENTS,
            _by("log_rr", binary.log_risk_ratio),
            ("log_rr",),
        ),
        "OR": SummaryMetric(
            "log odds ratio",
            _EVENTS,
            _by("log_or", binary.log_odds_ratio),
            ("log_or",),
        ),
        "RD": SummaryMetric(
            "risk difference",
            _EVENTS,
            _by("rd", binary.risk_difference),
            ("rd",),
        ),
        "COX": SummaryMetric(
            "odds ratio as a standardised difference (Cox index)",
            _EVENTS,
            _by("cox", binary.cox_index),
            ("cox",),
        ),
        "ZCOR": SummaryMetric(
            "Fisher's z of a correlation",
            ("cor", "n"),
            _by("zcor", zcor),
            ("zcor",),
        ),
    }
)
"""Every metric of summary statistics, by its id."""

EFFECT_COLUMNS = ("yi", "vi", "formula")


def summary_effects(figures: pd.DataFrame, metrics: Sequence[str]) -> pd.DataFrame:
    """The effect of each row of summary statistics.

    Args:
        figures: one column per name of ``COLUMNS``; a row has at least those its metric needs,
            within their ranges.
        metrics: the metric of each row, an id of ``METRICS``.

    Returns:
        yi, vi and formula for each row, under the index of ``figures``: NaN and an empty formula
        where the figures give no finite estimate with a variance above zero.
    """
    yi = np.full(len(figures), np.nan)
    vi = np.full(len(figures), np.nan)
    formulas = np.full(len(figures), "", dtype=object)
    asked = np.asarray(metrics, dtype=object)
    for id, metric in METRICS.items():
        at = np.flatnonzero(asked == id)
        if not len(at):
            continue
        columns = [_figures(figures[name].to_numpy()[at], name) for name in metric.needs]
        for position, row in zip(at.tolist(), zip(*columns, strict=True), strict=True):
            try:
                effect, key = metric.compute(*row)
            except (ValueError, ArithmeticError):
                continue
            if math.isfinite(effect.yi) and 0 < effect.vi < math.inf:
                yi[position], vi[position] = effect.yi, effect.vi
                formulas[position] = FORMULAS[key].cited
    return pd.DataFrame({"yi": yi, "vi": vi, "formula": formulas}, index=figures.index)


def _figures(values: np.ndarray[Any, Any], column: str) -> list[Any]:
    """Plain Python numbers: whole ones for counts."""
    plain: list[Any] = (values.astype(np.int64) if COLUMNS[column].whole else values).tolist()
    return plain
