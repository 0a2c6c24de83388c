"""Checks of totals: n, mean and standard deviation of one measure in one school and group."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from evalkit.collect.cells import outside_bounds, report_bounds
from evalkit.collect.columns import scale_bounds
from evalkit.collect.parsing import by_value
from evalkit.collect.remarks import Remarks
from evalkit.model.design import ScheduleEntry
from evalkit.model.text import Text

_ROUNDING = 1.01
"""Room for rounding in a reported standard deviation, as a factor; and half a hundredth."""

_CALLED = {
    "mean": Text(nl="gemiddelde", en="mean"),
    "sd": Text(nl="standaardafwijking", en="standard deviation"),
}


def check_totals(
    frame: pd.DataFrame,
    texts: Mapping[str, pd.Series[Any]],
    entries: Mapping[str, ScheduleEntry],
    remarks: Remarks,
) -> pd.DataFrame:
    """The frame with impossible totals reported and emptied.

    Args:
        frame: Typed: measure, n, mean, sd.
        texts: The cells as they came, by canonical column.
        entries: What is scheduled, by measure.
    """
    frame = _check_counts(frame, texts, remarks)
    limits = pd.DataFrame(
        [(measure, *scale_bounds(entry.scale)) for measure, entry in entries.items()],
        columns=["measure", "low", "high"],
    ).astype({"measure": "str", "low": float, "high": float})
    bounds = frame[["measure"]].merge(limits, how="left", on="measure").set_axis(frame.index)
    bad_means = pd.Series(False, index=frame.index)
    for measure, entry in entries.items():
        low, high = scale_bounds(entry.scale)
        outside = outside_bounds(frame["mean"], low, high) & (frame["measure"] == measure)
        report_bounds("mean", _text(texts, "mean", frame), outside, remarks, low, high)
        bad_means |= outside
    said = _text(texts, "mean", frame)
    bad_spreads = frame["sd"] > _largest_sd(frame["n"], frame["mean"], said, bounds)
    _report(bad_spreads, "sd", frame, texts, remarks)
    return frame.assign(mean=frame["mean"].mask(bad_means), sd=frame["sd"].mask(bad_spreads))


def _largest_sd(
    n: pd.Series[float], mean: pd.Series[float], said: pd.Series[Any], bounds: pd.DataFrame
) -> pd.Series[float]:
    """Largest standard deviation (n − 1) of ``n`` values with that mean between two bounds.

    √((high − mean)(mean − low) · n/(n−1)) (Bhatia & Davis 2000, Am. Math. Mon. 107, 353-357);
    without a mean, or one outside the bounds, that of a mean in the middle (Popoviciu 1935). The
    mean may be off by half of its last digit, and the standard deviation is rounded too.
    """
    low, high = bounds["low"], bounds["high"]
    middle = (low + high) / 2
    off = by_value(said, _half_a_digit, 0.0)
    nearest = mean.where(mean.between(low, high), middle)
    nearest = nearest + (middle - nearest).clip(-off, off)
    variance = (high - nearest) * (nearest - low) * n / (n - 1).where(n > 1)
    largest: pd.Series[float] = variance**0.5
    return largest * _ROUNDING + 0.005


def _half_a_digit(values: pd.Series[Any]) -> pd.Series[float]:
    """Half of the last digit that a number is written with: 0.05 for 7,5."""
    decimals = values.str.extract(r"[.,]([0-9]*)$", expand=False).str.len().fillna(0)
    return 0.5 / 10 ** decimals.astype(float)


def _check_counts(
    frame: pd.DataFrame, texts: Mapping[str, pd.Series[Any]], remarks: Remarks
) -> pd.DataFrame:
    no_mean = (frame["n"] == 0) & frame["mean"].notna()
    no_sd = (frame["n"] <= 1) & frame["sd"].notna()
    _report(no_mean, "mean", frame, texts, remarks)
    _report(no_sd, "sd", frame, texts, remarks)
    return frame.assign(mean=frame["mean"].mask(no_mean), sd=frame["sd"].mask(no_sd))


def _report(
    wrong: pd.Series[bool],
    column: str,
    frame: pd.DataFrame,
    texts: Mapping[str, pd.Series[Any]],
    remarks: Remarks,
) -> None:
    remarks.cells(
        "intake.aggregate_counts",
        column,
        wrong,
        n=_text(texts, "n", frame),
        column=_CALLED[column],
        value=_text(texts, column, frame),
    )


def _text(texts: Mapping[str, pd.Series[Any]], column: str, frame: pd.DataFrame) -> pd.Series[Any]:
    if column in texts:
        return texts[column]
    return pd.Series([None] * len(frame), index=frame.index, dtype=object)
