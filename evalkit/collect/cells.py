"""Checks of single cells, one column at a time: type, whole number, bounds, allowed values."""

from __future__ import annotations

from typing import Any

import pandas as pd

from evalkit.collect.columns import ColumnSpec, Role
from evalkit.collect.delivery import shortened
from evalkit.collect.parsing import (
    by_value,
    chosen,
    is_error_mark,
    is_error_value,
    is_iso_day,
    looks_like_date,
    numbers,
    without_marks,
)
from evalkit.collect.plausible import GRADES
from evalkit.collect.remarks import Remarks
from evalkit.collect.spelling import option_key
from evalkit.collect.veil import quoted
from evalkit.collect.wording import legend, number_in, number_text
from evalkit.model.text import Lang, Text

_MOST_KNOWN = 12


def typed(spec: ColumnSpec, text: pd.Series[Any], remarks: Remarks) -> pd.Series[Any]:
    """A text column as its spec says: float for numbers, str for the rest; wrong cells empty."""
    if not spec.is_identity:
        remarks.shared("intake.error_mark", spec.name, is_error_mark(text))
    if spec.kind == "number":
        return _typed_numbers(spec, text, remarks)
    if spec.kind == "choice":
        return _typed_choices(spec, text, remarks)
    return _typed_text(spec, text, remarks)


def as_str(values: pd.Series[Any]) -> pd.Series[Any]:
    """A column of text and none, as str."""
    return values.astype("str")


def empty(spec: ColumnSpec, index: pd.Index[Any]) -> pd.Series[Any]:
    """A column of the spec's type without values."""
    if spec.kind == "number" or (spec.options and isinstance(spec.options[0].value, float)):
        return pd.Series(float("nan"), index=index)
    return as_str(pd.Series([None] * len(index), index=index, dtype=object))


def known_options(spec: ColumnSpec) -> Text:
    """The options of a column in words, for a remedy."""

    def to(lang: Lang) -> str:
        pairs = [
            (
                option.shown if isinstance(option.value, str) else number_in(option.value, lang),
                option.shown if isinstance(option.value, str) else option.label.to(lang),
            )
            for option in spec.options[:_MOST_KNOWN]
        ]
        more = ", …" if len(spec.options) > _MOST_KNOWN else ""
        return legend(pairs).removesuffix(".") + more

    return Text(nl=to("nl") or "–", en=to("en") or "–")


def _unreadable(
    spec: ColumnSpec,
    text: pd.Series[Any],
    wrong: pd.Series[bool],
    remarks: Remarks,
    code: str,
    **values: Any,
) -> None:
    """Report values that mean nothing here, as what the mapping leaves open if there is one."""
    failed, dates = wrong & is_error_value(text), looks_like_date(text)
    text = _quoted(spec, text.where(wrong, None))
    if spec.name in remarks.part.mapped:
        header = remarks.header(spec.name)
        remarks.cells("intake.mapping_value", spec.name, wrong, value=text, column=header)
        return
    remarks.cells("intake.error_value", spec.name, failed, value=text)
    wrong = wrong & ~failed
    dates = wrong & dates
    if code in ("intake.not_a_number", "intake.not_a_choice"):
        remarks.cells("intake.became_date", spec.name, dates, value=text)
        wrong = wrong & ~dates
    remarks.cells(code, spec.name, wrong, value=text, **values)


def as_text(shown: str) -> Text:
    """What is the same in both languages."""
    return Text(nl=shown, en=shown)


def _quoted(spec: ColumnSpec, text: pd.Series[Any]) -> pd.Series[Any]:
    """What cells hold, as findings may quote it."""
    names = {n for o in spec.options for n in (o.shown, o.label.nl, o.label.en, *o.spellings)}

    def shown(values: pd.Series[Any]) -> pd.Series[Any]:
        said = (quoted(value, names) for value in values)
        found = [s if isinstance(s, Text) else as_text(shortened(s)) for s in said]
        return pd.Series(found, index=values.index, dtype=object)

    return by_value(text, shown, None)


def _typed_text(spec: ColumnSpec, text: pd.Series[Any], remarks: Remarks) -> pd.Series[Any]:
    if not spec.is_identity:
        return as_str(without_marks(text))
    dates = is_iso_day(text)
    remarks.cells("intake.code_became_date", spec.name, dates)
    return as_str(text.mask(dates, None))


def _typed_numbers(spec: ColumnSpec, text: pd.Series[Any], remarks: Remarks) -> pd.Series[Any]:
    text = without_marks(text)
    values, bad = numbers(text)
    _unreadable(spec, text, bad, remarks, "intake.not_a_number")
    if spec.whole:
        broken = values.notna() & (values % 1 != 0)
        remarks.cells("intake.not_whole", spec.name, broken, value=text)
        values = values.mask(broken)
    outside = outside_bounds(values, spec.minimum, spec.maximum)
    bounds = (spec.minimum, spec.maximum)
    report_bounds(spec.name, text, outside, remarks, *bounds, whole=spec.whole)
    return values.mask(outside)


def outside_bounds(
    values: pd.Series[float], low: float | None, high: float | None
) -> pd.Series[bool]:
    """Where values lie outside the bounds that there are."""
    outside = pd.Series(False, index=values.index)
    if low is not None:
        outside |= values < low
    if high is not None:
        outside |= values > high
    return outside


def report_bounds(
    column: str,
    text: pd.Series[Any],
    outside: pd.Series[bool],
    remarks: Remarks,
    low: float | None,
    high: float | None,
    *,
    whole: bool = False,
) -> None:
    """Report values outside their bounds, naming the bounds; and where a comma was lost.

    Args:
        whole: Whether only whole numbers can be meant.
    """
    if low is not None and high is not None:
        bounds = {"minimum": number_text(low), "maximum": number_text(high)}
        meant = meant_with_comma(text.where(outside & (not whole), None), low, high)
        lost = outside & meant.notna()
        remarks.cells("intake.comma_lost", column, lost, value=text, meant=meant, **bounds)
        remarks.cells("intake.out_of_bounds", column, outside & ~lost, value=text, **bounds)
    elif low is not None:
        remarks.cells("intake.too_low", column, outside, value=text, minimum=number_text(low))
    elif high is not None:
        remarks.cells("intake.too_high", column, outside, value=text, maximum=number_text(high))


def meant_with_comma(text: pd.Series[Any], low: float, high: float) -> pd.Series[Any]:
    """The number with a comma that may have been meant (65: 6,5), and none where there is none."""

    def meant(values: pd.Series[Any]) -> pd.Series[Any]:
        read, _ = numbers(values)
        tenth, hundredth = read / 10, read / 100
        whole = read.notna() & (read > high) & (read % 1 == 0)
        fit = tenth.where(tenth.between(low, high), hundredth)
        fits = whole & fit.between(low, high)
        shown = [number_text(value) if ok else None for value, ok in zip(fit, fits, strict=True)]
        return pd.Series(shown, index=values.index, dtype=object)

    if high > GRADES:
        return pd.Series([None] * len(text), index=text.index, dtype=object)
    return by_value(text, meant, None)


def _typed_choices(spec: ColumnSpec, text: pd.Series[Any], remarks: Remarks) -> pd.Series[Any]:
    lookup = spec.lookup
    if not spec.is_identity:
        marks = text.notna() & without_marks(text).isna()
        named = by_value(text, lambda values: values.map(option_key).isin(list(lookup)), False)
        text = text.mask(marks & ~named, None)
    if spec.options and isinstance(spec.options[0].value, float):
        return _typed_ratings(spec, text, remarks)
    values, bad = chosen(text, lookup)
    if spec.role is Role.school:
        _unreadable(spec, text, bad, remarks, "intake.school_unknown")
    else:
        _unreadable(spec, text, bad, remarks, "intake.not_a_choice", known=known_options(spec))
    return as_str(values)


def _typed_ratings(spec: ColumnSpec, text: pd.Series[Any], remarks: Remarks) -> pd.Series[Any]:
    """Answers with numbers: ``4``, ``4,0`` and the answer in words are one value."""
    allowed = [float(option.value) for option in spec.options]
    values, worded = numbers(text)
    by_label, _ = chosen(text.where(worded, None), spec.lookup)
    values = values.where(~worded, by_label.astype(float))
    worded &= values.isna()
    strange = values.notna() & ~values.isin(allowed)
    between = strange & (values % 1 != 0) & all(value.is_integer() for value in allowed)
    remarks.cells("intake.not_whole", spec.name, between, value=text)
    known = known_options(spec)
    wrong = worded | (strange & ~between)
    _unreadable(spec, text, wrong, remarks, "intake.not_a_choice", known=known)
    return values.mask(strange)
