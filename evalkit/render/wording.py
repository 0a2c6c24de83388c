"""Dates, numbers and fixed words as each language writes them."""

from __future__ import annotations

import datetime as dt
import re

from babel.dates import format_date
from babel.numbers import format_decimal

from evalkit.language import translator
from evalkit.model.text import Lang
from evalkit.render.blocks import Labels

_LOCALES = {"nl": "nl_NL", "en": "en_GB"}


def day(value: dt.date, lang: Lang) -> str:
    """A day in words: ``14 sep 2026``."""
    return format_date(value, format="d MMM y", locale=_LOCALES[lang]).replace(".", "")


_DAYS = re.compile(
    r"\b(?:(?P<y>\d{4})-(?P<m>\d{2})-(?P<d>\d{2})|(?P<dd>\d{2})-(?P<mm>\d{2})-(?P<yy>\d{4}))\b"
)


def dated(text: str, lang: Lang) -> str:
    """The text with every day in it in words: ``2026-09-14`` and ``14-09-2026`` alike."""

    def said(found: re.Match[str]) -> str:
        part = found.groupdict()
        try:
            year, month, of = (part[short] or part[2 * short] for short in "ymd")
            return day(dt.date(int(year), int(month), int(of)), lang)
        except ValueError:
            return found[0]

    return _DAYS.sub(said, text)


def number(value: float | None, lang: Lang, digits: int = 2, sign: bool = False) -> str:
    """A number with ``digits`` decimals and the language's decimal mark; a dash for None.

    What rounds to zero has no sign.
    """
    if value is None:
        return "–"
    pattern = "0" + ("." + "0" * digits if digits else "")
    rounded = round(value, digits) + 0.0
    if sign and rounded:
        pattern = f"+{pattern};-{pattern}"
    text = format_decimal(rounded, format=pattern, locale=_LOCALES[lang], decimal_quantization=True)
    return text.replace("-", "−")


def interval(low: float, high: float, lang: Lang, digits: int = 2) -> str:
    """An interval: ``[−0,31; 0,07]`` in Dutch, ``[−0.31, 0.07]`` in English."""
    mark = "; " if lang == "nl" else ", "
    return f"[{number(low, lang, digits)}{mark}{number(high, lang, digits)}]"


def capital(text: str) -> str:
    """The text with its first letter as a capital."""
    return text[:1].upper() + text[1:]


_SOURCE_WORDS = {
    "overzicht": "overview",
    "trede": "rung",
    "aanbeveling": "recommendation",
    "nulmeting": "baseline",
    "veronderstellingen": "assumptions",
    "vernieuwing is vooraf onderbouwd": "renewal is founded beforehand",
    "operationalisatie van effecten": "operationalisation of effects",
    "verantwoording van de methode": "account of the method",
    "validiteit en betrouwbaarheid": "validity and reliability",
    "methodologische verantwoording": "account of the method",
    "conclusies": "conclusions",
    "bruikbaarheid": "usefulness",
}
"""What the references of rules say in Dutch, in English."""


def source(reference: str, lang: Lang) -> str:
    """The reference of a rule: ``004, overzicht 8, trede 2``, ``004, overview 8, rung 2``."""
    if lang == "nl":
        return reference
    words = "|".join(map(re.escape, _SOURCE_WORDS))
    return re.sub(rf"\b({words})\b", lambda found: _SOURCE_WORDS[found[0]], reference)


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
