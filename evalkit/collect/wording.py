"""Short sentences that forms and findings share: numbers, dates, ranges, answer legends."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from evalkit.language import Translate
from evalkit.model.submission import Grain
from evalkit.model.text import Lang, Text
from evalkit.model.vocabulary import Respondent


def number_in(value: float, lang: Lang) -> str:
    """A number as people of that language write it: ``7,5`` or ``7.5``."""
    text = f"{value:.10g}"
    return text.replace(".", ",") if lang == "nl" else text


def date_in(day: dt.date, lang: Lang) -> str:
    """A day as people of that language write it: ``14-09-2026``, or ISO in English."""
    return f"{day:%d-%m-%Y}" if lang == "nl" else day.isoformat()


def number_text(value: float) -> Text:
    """A number in both languages."""
    return Text(nl=number_in(value, "nl"), en=number_in(value, "en"))


def date_text(day: dt.date) -> Text:
    """A day in both languages."""
    return Text(nl=date_in(day, "nl"), en=date_in(day, "en"))


def dates_text(first: dt.date, last: dt.date) -> Text:
    """A day, or a range of days, in both languages."""
    if first == last:
        return date_text(first)
    return Text(
        nl=f"{date_in(first, 'nl')} – {date_in(last, 'nl')}",
        en=f"{date_in(first, 'en')} – {date_in(last, 'en')}",
    )


def range_sentence(
    t: Translate,
    lang: Lang,
    minimum: float | None,
    maximum: float | None,
    *,
    whole: bool = False,
    unit: str | None = None,
) -> str:
    """What number a cell takes: ``A whole number from 0 to 58 (points).``"""
    low = None if minimum is None else number_in(minimum, lang)
    high = None if maximum is None else number_in(maximum, lang)
    if low is not None and high is not None:
        text = t("A whole number from {low} to {high}") if whole else t("From {low} to {high}")
    elif low is not None:
        text = t("A whole number, {low} or more") if whole else t("A number, {low} or more")
    elif high is not None:
        text = t("A whole number, at most {high}") if whole else t("A number, at most {high}")
    else:
        text = t("A whole number") if whole else t("A number")
    return text.format(low=low, high=high) + (f" ({unit})." if unit else ".")


def legend(pairs: Sequence[tuple[str, str]]) -> str:
    """The answers of a scale: ``1 = never; 2 = sometimes.``; the value alone if that says it."""
    shown = (value if value == label else f"{value} = {label}" for value, label in pairs)
    return "; ".join(shown) + "."


def respondent_name(t: Translate, respondent: Respondent, grain: Grain) -> str:
    """What one row is, in a sentence."""
    if grain is Grain.aggregate:
        return t("one row per school, group and measure")
    return {
        Respondent.pupil: t("one row per pupil"),
        Respondent.teacher: t("one row per teacher"),
        Respondent.parent: t("one row per parent"),
        Respondent.school: t("one row per school"),
    }[respondent]
