"""The languages of the product: Dutch and English, through gettext.

English is the source language; ``locale/nl/LC_MESSAGES/evalkit.po`` holds the Dutch.
"""

from __future__ import annotations

import gettext
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path

from evalkit.model.text import Lang

Translate = Callable[[str], str]

_LOCALE_DIR = Path(__file__).parent / "locale"


@cache
def translator(lang: Lang) -> Translate:
    """The function that turns an English message into one in ``lang``."""
    if lang == "en":
        return str
    return gettext.translation("evalkit", _LOCALE_DIR, languages=[lang]).gettext


def language_of_locale() -> Lang:
    """Dutch where the terminal's locale is Dutch, else English."""
    for variable in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(variable)
        if value:
            return "nl" if value.lower().startswith("nl") else "en"
    return "en"
