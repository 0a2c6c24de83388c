"""What is the matter with a file that cannot be read, in words of both languages."""

from __future__ import annotations

from json import JSONDecodeError

from evalkit.model.text import Text

CUT_OFF = Text(nl="het is leeg, afgekapt of beschadigd", en="it is empty, cut off or damaged")
CUT_OFF_OR_LARGE = Text(
    nl="het is leeg, afgekapt, beschadigd of te groot",
    en="it is empty, cut off, damaged or too large",
)
TOO_LONG = Text(
    nl="een cel of regel is veel te lang; er ontbreekt misschien een aanhalingsteken",
    en="a cell or line is far too long; a quotation mark may be missing",
)
OTHERWISE_PACKED = Text(
    nl="het is ingepakt op een manier die evalkit niet leest",
    en="it is packed in a way that evalkit does not read",
)
UNEVEN = Text(
    nl="regels hebben niet evenveel cellen, of een aanhalingsteken ontbreekt",
    en="lines do not have as many cells, or a quotation mark is missing",
)
_EMPTY = Text(nl="het is leeg", en="it is empty")
_NESTED = Text(
    nl="lijsten erin zitten veel te diep in elkaar", en="lists in it are nested far too deeply"
)
_NO_TEXT = Text(nl="het is geen tekst in UTF-8", en="it is no text in UTF-8")


def damage(error: BaseException) -> Text:
    """What is the matter, by the error of who tried to read it.

    What a library says itself is in English and for programmers; it stays in the error's cause.
    """
    if isinstance(error, RecursionError):
        return _NESTED
    if isinstance(error, UnicodeDecodeError):
        return _NO_TEXT
    if isinstance(error, JSONDecodeError):
        if not error.doc.strip():
            return _EMPTY
        line, at = error.lineno, error.colno
        return Text(
            nl=f"het loopt vast op regel {line}, teken {at}; het is afgekapt of geen JSON",
            en=f"it goes wrong at line {line}, character {at}; it was cut off or is no JSON",
        )
    if isinstance(error, NotImplementedError):
        return OTHERWISE_PACKED
    return CUT_OFF
