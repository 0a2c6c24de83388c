"""What a person may have meant: the choices, the nearest first."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from evalkit.model.text import Text

_MOST = 20
"""Of a longer list only the nearest are named."""


def nearest_first(word: str, known: Iterable[str]) -> Text:
    """The known words as a list, the one that was probably meant first and marked as such."""
    words = list(known)
    close = get_close_matches(word, words, n=1)
    if len(words) > _MOST:
        words = [*get_close_matches(word, words, n=8, cutoff=0), "…"]
    rest = [other for other in words if other not in close]

    def said(mark: str) -> str:
        return ", ".join([f"{meant} ({mark})" for meant in close] + rest) or "—"

    return Text(nl=said("bedoel je deze?"), en=said("did you mean this?"))
