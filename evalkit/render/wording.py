"""Dates, numbers and fixed words as each language writes them."""

from __future__ import annotations

import datetime as dt

from babel.dates import format_date
from babel.numbers import format_decimal

from evalkit.language import translator
from evalkit.model.text import Lang
from evalkit.render.blocks import Labels

_LOCALES = {"nl": "nl_NL", "en": "en_GB"}


def day(value: dt.date, lang: Lang) -> str:
    """A day in words: ``14 sep 2026``."""
    return format_date(value, format="d MMM y", locale=_LOCALES[lang]).replace(".", "")


def number(value: float | None, lang: Lang, digits: int = 2, sign: bool = False) -> str:
    """A number with ``digits`` decimals and the language's decimal mark; a dash for None."""
    if value is None:
        return "–"
    pattern = "0" + ("." + "0" * digits if digits else "")
    if sign:
        pattern = f"+{pattern};-{pattern}"
    text = format_decimal(value, format=pattern, locale=_LOCALES[lang], decimal_quantization=True)
    return text.replace("-", "−")


def interval(low: float, high: float, lang: Lang, digits: int = 2) -> str:
    """An interval: ``[−0,31; 0,07]`` in Dutch, ``[−0.31, 0.07]`` in English."""
    mark = "; " if lang == "nl" else ", "
    return f"[{number(low, lang, digits)}{mark}{number(high, lang, digits)}]"


def capital(text: str) -> str:
    """The text with its first letter as a capital."""
    return text[:1].upper() + text[1:]


def labels(lang: Lang) -> Labels:
    """The fixed words around a document."""
    t = translator(lang)
    return Labels(
        contents=t("Contents"),
        page=t("Page"),
        of=t("of"),
        figure=t("Figure"),
        table=t("Table"),
        skip=t("Skip to the content"),
        about=t("About this document"),
    )
