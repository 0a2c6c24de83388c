"""Pseudonyms: what is kept instead of the codes of persons and the labels of classes.

A keyed hash (HMAC-SHA-256, RFC 2104, cut to 80 bits): under one key the same code always gives
the same pseudonym, so that waves can be linked; without the key nobody can try out codes.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Any

import pandas as pd

from evalkit.model.vocabulary import Respondent

KEY_BYTES = 32
"""Length of a key."""

_BYTES = 10
"""Bytes of the hash that are kept, as 16 signs: of a million codes in one project two are alike
with a chance of 1 in 2 million million."""


def pseudonym(key: bytes, scope: str, text: str) -> str:
    """The pseudonym of a code or label: 16 signs, a–z and 2–7.

    Args:
        key: The project's key.
        scope: What the text is a code of; the same text in another scope is something else.
        text: The code.
    """
    message = f"{scope}\0{text}".encode()
    digest = hmac.digest(key, message, hashlib.sha256)
    return base64.b32encode(digest[:_BYTES]).decode("ascii").lower()


def fingerprint(key: bytes) -> str:
    """What tells one key from another without giving it away: 16 signs, 0–9 and a–f."""
    return hmac.digest(key, b"evalkit key", hashlib.sha256)[:8].hex()


def pseudonymised(frame: pd.DataFrame, key: bytes, respondent: Respondent) -> pd.DataFrame:
    """Unit rows with pseudonyms for ``unit`` and ``class``, in the same order and types.

    A person keeps one pseudonym in all schools; a class is that of its school. Empty cells stay
    empty, and rows of totals and of schools come back as they are.
    """
    hidden = frame
    if "unit" in frame:
        scope = f"unit\0{respondent.value}"
        hidden = hidden.assign(unit=_hashed(frame["unit"], scope, key))
    if "class" in frame:
        by_school = frame.groupby("school", dropna=False, sort=False)["class"]
        parts = [_hashed(labels, f"class\0{school}", key) for school, labels in by_school]
        if parts:
            hidden = hidden.assign(**{"class": pd.concat(parts).reindex(frame.index)})
    return hidden


def _hashed(texts: pd.Series[Any], scope: str, key: bytes) -> pd.Series[Any]:
    number, values = pd.factorize(texts)
    known = [*(pseudonym(key, scope, str(value)) for value in values), None]
    found = [known[position] for position in number]
    return pd.Series(found, index=texts.index, dtype=object).astype(texts.dtype)
