"""What is wrong in a YAML file, in words: what was expected, and what its parser says."""

from __future__ import annotations

import re
from calendar import monthrange

from evalkit.model.base import ID_PATTERN, MEASURE_PATTERN, VERSION_PATTERN
from evalkit.model.text import Text

EXPECTED: dict[str, Text] = {
    "string_type": Text(
        nl="tekst; zet een getal, datum, ja/nee of tekst met een komma tussen aanhalingstekens",
        en="text; put a number, a date, yes/no or a text with a comma in quotes",
    ),
    "date": Text(nl="een datum als 2026-09-01", en="a date like 2026-09-01"),
    "bool": Text(nl="true of false", en="true or false"),
    "int": Text(nl="een geheel getal", en="a whole number"),
    "float": Text(nl="een getal", en="a number"),
    "tuple": Text(nl="een lijst: regels die met - beginnen", en="a list: lines that start with -"),
    "list": Text(nl="een lijst: regels die met - beginnen", en="a list: lines that start with -"),
    "dict": Text(nl="sleutels met waarden", en="keys with values"),
    "model": Text(nl="sleutels met waarden", en="keys with values"),
    "string_pattern": Text(nl="de vorm {pattern}", en="the form {pattern}"),
    "too_short": Text(nl="ten minste {min_length}", en="at least {min_length}"),
    "too_long": Text(nl="hooguit {max_length}", en="at most {max_length}"),
    "string_too_short": Text(nl="een tekst die niet leeg is", en="a text that is not empty"),
    "string_too_long": Text(nl="hooguit {max_length} tekens", en="at most {max_length} characters"),
    "greater_than_equal": Text(nl="ten minste {ge}", en="at least {ge}"),
    "greater_than": Text(nl="meer dan {gt}", en="more than {gt}"),
    "less_than_equal": Text(nl="hooguit {le}", en="at most {le}"),
    "less_than": Text(nl="minder dan {lt}", en="less than {lt}"),
    "finite_number": Text(nl="een gewoon getal", en="an ordinary number"),
}

FORMS: dict[str, Text] = {
    ID_PATTERN: Text(
        nl="kleine letters, cijfers en _, met - of . ertussen, zoals mijn-fonds",
        en="lower case letters, digits and _, with - or . between, like my-fund",
    ),
    MEASURE_PATTERN: Text(
        nl="een naam en een maat met een punt ertussen, in kleine letters, zoals fonds.leesplezier",
        en="a name and a measure with a dot between, in lower case, like fund.reading_pleasure",
    ),
    VERSION_PATTERN: Text(
        nl='twee of drie getallen met een punt ertussen, tussen aanhalingstekens: "1.0"',
        en='two or three numbers with a dot between, in quotes: "1.0"',
    ),
}
"""Patterns of the models, in words."""

BOTH_LANGUAGES = Text(
    nl="de tekst in twee talen: {nl: …, en: …}", en="the text in two languages: {nl: …, en: …}"
)

EMPTY = Text(nl="leeg", en="empty")

UNFIT = Text(nl="deze waarde past hier niet", en="this value does not fit here")

PROBLEMS: dict[str, Text] = {
    "references that repeat too much": Text(
        nl="er staat te veel in, of verwijzingen (* en &) herhalen elkaar",
        en="it holds too much, or references (* and &) repeat each other",
    ),
    "found character '\\t'": Text(
        nl="een tab; spring in met spaties", en="a tab; use spaces to indent"
    ),
    "that cannot start any token": Text(
        nl="een teken waarmee tekst niet kan beginnen; zet de tekst tussen aanhalingstekens",
        en="a character that no text can start with; put the text in quotes",
    ),
    "mapping values are not allowed": Text(
        nl="een dubbele punt op een plaats waar dat niet kan; zet een tekst met een dubbele punt "
        "tussen aanhalingstekens",
        en="a colon where none can be; put a text with a colon in quotes",
    ),
    "expected <block end>": Text(
        nl="de inspringing past niet bij de regels erboven",
        en="the indentation does not fit the lines above",
    ),
    "could not find expected ':'": Text(
        nl="een sleutel zonder dubbele punt, of een regel die verkeerd inspringt",
        en="a key without a colon, or a line with the wrong indentation",
    ),
    "unexpected end of stream": Text(
        nl="een aanhalingsteken is niet gesloten", en="a quote is not closed"
    ),
    "expected ',' or ']'": Text(
        nl="een lijst met [ zonder ] aan het eind", en="a list with [ without ] at its end"
    ),
    "expected ',' or '}'": Text(
        nl="een blok met { zonder } aan het eind", en="a block with { without } at its end"
    ),
}
"""What the YAML parser says most often, in words; other problems are told in its own."""

TOO_MUCH = "references that repeat too much"
TOO_DEEP = Text(
    nl="het verwijst naar zichzelf of is te diep genest",
    en="it refers to itself or is nested too deep",
)

BAD_TAG = Text(
    nl="een waarde is niet wat het merkteken ervoor (!) zegt",
    en="a value is not what the tag before it (!) says",
)


def told(problem: str) -> Text:
    """A problem of the YAML parser in words; a rare one as the parser says it."""
    other = Text(
        nl=f"de opbouw klopt niet (de lezer meldt: {problem})",
        en=f"its structure is not right (the reader says: {problem})",
    )
    return next((text for part, text in PROBLEMS.items() if part in problem), other)


def why_no_day(value: object) -> Text | None:
    """Why something in the form of a day is none; nothing for what has another form."""
    found = re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})", str(value).strip())
    if found is None:
        return None
    year, month, day = (int(part) for part in found.groups())
    if not 1 <= month <= 12:
        return Text(nl="er zijn twaalf maanden", en="there are twelve months")
    if year == 0:
        return Text(nl="er is geen jaar 0", en="there is no year 0")
    days = monthrange(year, month)[1]
    if 1 <= day <= days:
        return None  # A day that exists, in another form.
    return Text(nl=f"die maand heeft {days} dagen", en=f"that month has {days} days")
