"""How text is compared: without blanks that say nothing, without upper case."""

from __future__ import annotations

import re

from evalkit.model.safe_text import printable

_BLANKS = re.compile(r"[\s\u200b\ufeff]+")


def clean(text: str) -> str | None:
    """Text with single plain spaces, none at the ends; none if nothing is left.

    Control characters and signs that cannot be seen are left out.
    """
    plain = _BLANKS.sub(" ", text.encode("utf-8", "replace").decode("utf-8"))
    if not plain.isprintable():
        plain = _BLANKS.sub(" ", printable(plain))
    return plain.strip() or None


def option_key(text: str) -> str:
    """What is compared when a cell names an option: no blanks, no upper case."""
    return _BLANKS.sub("", text).casefold()
