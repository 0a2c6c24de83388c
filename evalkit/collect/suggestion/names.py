"""How much the name of a column is like that of what a design asks."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from difflib import SequenceMatcher
from functools import cache, lru_cache

from evalkit.library.column_words import column_words
from evalkit.model.vocabulary import Respondent, WaveKind

SAME, LISTED = 1.0, 0.97
"""Likeness of a name that is equal, and of one that the word list gives."""

_PART = re.compile(r"[a-z]+|[0-9]+")
_CAMEL = re.compile(r"(?<=[a-zà-þ])(?=[A-ZÀ-Þ])|(?<=[A-ZÀ-Þ])(?=[A-ZÀ-Þ][a-zà-þ]{2})")
_LONGEST = 300

Words = tuple[str, ...]


@lru_cache(maxsize=20_000)
def words(text: str) -> Words:
    """The words and numbers of a name, lower case and without accents: ``taalVoor_2``."""
    text = _CAMEL.sub(" ", text[:_LONGEST])
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return tuple(_PART.findall(plain))


@cache
def _phrases(role: str) -> frozenset[str]:
    return frozenset("".join(words(text)) for text in column_words().roles[role])


@cache
def _alike() -> dict[str, int]:
    groups = enumerate(column_words().alike)
    return {"".join(words(word)): number for number, group in groups for word in group}


@cache
def _weak() -> frozenset[str]:
    return frozenset(column_words().weak)


@cache
def _about(respondent: Respondent) -> frozenset[str]:
    return frozenset(column_words().respondents.get(respondent, ()))


def role_likeness(header: Words, role: str) -> float:
    """How much a header is like what columns of a role are called."""
    joined = "".join(header)
    if joined in _phrases(role):
        return LISTED
    strong = [word for word in header if not word.isdigit()]
    if strong != list(header) and "".join(strong) in _phrases(role):
        return 0.8
    best = max((_ratio(joined, phrase) for phrase in _phrases(role)), default=0.0)
    return 0.9 * best if best > 0.85 and len(joined) > 4 else 0.0


def unit_likeness(header: Words, respondent: Respondent) -> float:
    """How much a header is like what the code of such a person is called."""
    joined = "".join(header)
    codes = {"".join(words(code)) for code in column_words().codes}
    persons = _about(respondent)
    if any(
        joined in (f"{person}{code}", f"{code}{person}") for person in persons for code in codes
    ):
        return LISTED
    if joined in persons:
        return 0.9
    others = {w for r in Respondent if r is not respondent for w in _about(r)}
    if header and header[0] in others:
        return 0.0
    if joined in codes:
        return 0.85
    best = max((_ratio(joined, f"{p}{c}") for p in persons for c in codes), default=0.0)
    return 0.9 * best if best > 0.9 and len(joined) > 5 else 0.0


def respondents_named(header: Words) -> frozenset[Respondent]:
    """The respondents that a header speaks of."""
    return frozenset(
        r
        for r in Respondent
        if any((word.startswith(person) and len(person) > 3) or word == person
               for word in header for person in _about(r))
    )  # fmt: skip


@lru_cache(maxsize=50_000)
def _ratio(one: str, other: str) -> float:
    if one == other:
        return 1.0
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    if matcher.real_quick_ratio() < 0.7 or matcher.quick_ratio() < 0.7:
        return 0.0
    return matcher.ratio()


@lru_cache(maxsize=50_000)
def _word_likeness(one: str, other: str) -> float:
    if one == other:
        return 1.0
    if one.isdigit() or other.isdigit():
        return 0.0
    group = _alike().get(one)
    if group is not None and group == _alike().get(other):
        return 0.95
    short, long = sorted((one, other), key=len)
    if len(short) >= 4 and (long.startswith(short) or long.endswith(short)):
        return 0.9 if len(short) > len(long) / 2 else 0.8
    if len(short) == 3 and long.startswith(short):
        return 0.7
    for known, number in _alike().items():
        if len(known) >= 4 and long.startswith(known) and _alike().get(short) == number:
            return 0.85  # ``taalscore`` is about language
    ratio = _ratio(one, other)
    return 0.9 * ratio if ratio > 0.8 else 0.0


def likeness(header: Words, name: Words, respondent: Respondent | None = None) -> float:
    """How much a header is like a name, 0 to 1.

    The harmonic mean of how far the words of each are found in the other (as F1 in information
    retrieval), words that tell little left out.
    """
    if not header or not name:
        return 0.0
    if header == name:
        return SAME
    idle = _weak() | (_about(respondent) if respondent else frozenset())
    ours = [w for w in header if w not in idle and not (w.isdigit() and w not in name)]
    theirs = [w for w in name if w not in idle and not (w.isdigit() and w not in header)]
    if not any(word.isalpha() for word in ours) or not theirs:
        return 0.0
    if "".join(ours) == "".join(theirs):
        return 0.95
    precision = sum(max(_word_likeness(w, other) for other in theirs) for w in ours) / len(ours)
    recall = sum(max(_word_likeness(w, other) for other in ours) for w in theirs) / len(theirs)
    if not precision + recall:
        return 0.0
    return 0.97 * 2 * precision * recall / (precision + recall)


def number_in(header: Words) -> int | None:
    """The number at the end of a header: 3 in ``vraag 3`` and ``wd_03``."""
    return int(header[-1]) if len(header) > 1 and header[-1].isdigit() else None


# Moments


@cache
def _moments() -> dict[str, WaveKind]:
    return {
        "".join(words(word)): kind for kind, said in column_words().waves.items() for word in said
    }


def moment_in(header: Words) -> tuple[WaveKind | None, int | None, Words]:
    """The kind of moment that a header tells, its number (``t2``), and the other words."""
    rest = list(header)
    for size in (2, 1):
        for at in range(len(rest) - size, -1, -1):
            kind = _moments().get("".join(rest[at : at + size]))
            if kind is not None:
                return kind, None, tuple(rest[:at] + rest[at + size :])
    for at in range(len(rest) - 1):
        if rest[at] in ("t", "meting", "moment", "wave", "ronde") and rest[at + 1].isdigit():
            return None, int(rest[at + 1]), tuple(rest[:at] + rest[at + 2 :])
    return None, None, header


def closest(text: str, options: Iterable[str]) -> str | None:
    """The option that a text means, if it is like one and clearly less like the others."""
    key = _answer(text)
    found = sorted(((_ratio(key, _answer(option)), option) for option in options), reverse=True)
    if not key or not found or found[0][0] < 0.8:
        return None
    clear = len(found) == 1 or found[0][0] == 1 or found[0][0] - found[1][0] >= 0.08
    return found[0][1] if clear else None


def _answer(text: str) -> str:
    """An answer without the words that it can do without: ``mee eens`` is ``eens``."""
    said = words(text)
    return " ".join([w for w in said if w not in column_words().idle_answers] or said)
