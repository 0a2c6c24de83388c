"""What a person wrote is quoted in a finding, but never what may say who somebody is.

Findings are kept, mailed as HTML and written into the marked copy, so a name in the wrong cell
would go along. ``quoted`` is for the cells themselves, ``veiled`` for headers and whole texts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches

from evalkit.model.finding import Finding
from evalkit.model.identifiers import passes_eleven_test
from evalkit.model.text import Text

E_MAIL = r"[\w.+'-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}"
PHONE = r"(?<![\w.,])(?:\+31|0031|0)[ -]?[1-9](?: - |[ -])?[0-9](?:[ -]?[0-9]){7}(?![\w])"
IBAN = r"\b[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b"
NUMBER = (
    r"(?<![\w.,-])"
    r"(?:[0-9]{9}|[0-9]{4}[. -][0-9]{2}[. -][0-9]{3}|[0-9]{3}[. -][0-9]{3}[. -][0-9]{3})(?!\w)"
)
HIDDEN = "[…]"
"""What stands for it."""

_LONGEST = 2_000
"""Characters of a text that are quoted at all."""

_SEEN = re.compile(f"{E_MAIL}|{IBAN}|{PHONE}")
_NUMBER = re.compile(NUMBER)


def is_iban(text: str) -> bool:
    """Whether the check digits of an account number are right (ISO 13616: 1 modulo 97)."""
    plain = text.replace(" ", "").upper()
    digits = "".join(str(int(sign, 36)) for sign in plain[4:] + plain[:4])
    return int(digits) % 97 == 1


def is_personal_number(text: str) -> bool:
    """Whether it is a BSN or onderwijsnummer, written with dots, blanks or dashes or without."""
    return passes_eleven_test(re.sub(r"[. -]", "", text))


def veiled(text: str) -> str:
    """The text with e-mail addresses, telephone, account and personal numbers made unreadable."""
    text = text[:_LONGEST]
    if "@" not in text and not any(sign.isdigit() for sign in text):
        return text
    shown = _SEEN.sub(HIDDEN, text)
    return _NUMBER.sub(lambda m: HIDDEN if is_personal_number(m[0]) else m[0], shown)


_NO_VALUE = (
    "geen niet nooit soms vaak altijd veel weinig ja nee onbekend weet ik wel best goed slecht ziek"
    " afwezig absent leeg vrij klopt nog volgt later mee eens oneens helemaal volledig ongeveer"
    " circa ca no not none never sometimes often always many few yes unknown left ill empty true"
    " false waar onwaar agree disagree strongly about missing null nan inf infinity onbeperkt"
)
_UNITS = (
    "uur uren min minuten minuut dag dagen week weken maand maanden jaar procent euro punt punten"
    " leerling leerlingen groep klas hour hours minute minutes day days weeks months year years"
    " percent points pupils group class e en of and or een one twee two drie three vier"
    " four vijf five zes six zeven seven acht eight negen nine tien ten"
)
_WORDS = frozenset((*_NO_VALUE.split(), *_UNITS.split()))
"""Words that say nothing of who somebody is, and that people write in the place of a value."""

_WORD = re.compile(r"[^\W\d_]+")
_CODE = re.compile(r"(?=.*[0-9])(?:[^\W\d_]{0,2}[\d./_-]+)+[^\W\d_]{0,2}")
_LONGEST_CODE = 12
_FAILED = re.compile(r"#[\w/]{2,12}[!?]?|err:[0-9]{3}", re.IGNORECASE)
_MONTH = "jan|feb|mrt|mar|maart|apr|mei|may|jun|jul|aug|sep|okt|oct|nov|dec"
_DAY = re.compile(
    rf"(?:[0-9]{{1,2}}[ -])?(?:{_MONTH})[a-z]{{0,6}}\.?[ -][0-9]{{2,4}}"
    rf"|[0-9]{{1,2}}[ -](?:{_MONTH})[a-z]{{0,6}}\.?",
    re.IGNORECASE,
)
_BROKEN = re.compile(r"([+-]?[0-9]{1,15})[.,]((?![0-9]{3}$)[0-9]{1,15})")
_CLOSE = 0.8
"""How like an answer of the form a text must be to be quoted as a slip of the pen."""


def quoted(text: str, known: Iterable[str] = ()) -> str | Text:
    """What a cell holds as a finding may quote it.

    Numbers, days, short codes, everyday words in the place of a value, and what resembles an
    answer of the form are quoted. Any other words may be somebody's name: of these only the first
    sign is shown, and how many there are. The place says where to look.

    A broken number is written as in the language of the finding (``2,5`` or ``2.5``), except where
    the sign may stand for thousands.

    Args:
        text: The cell.
        known: Answers of the form.
    """
    if (number := _BROKEN.fullmatch(text[:_LONGEST])) is not None:
        whole, part = number.groups()
        return Text(nl=f"{whole},{part}", en=f"{whole}.{part}")
    if _is_quotable(text[:_LONGEST], known):
        return veiled(text)
    first, count = text.strip()[:1], len(text)
    return Text(nl=f"{first}… ({count} tekens)", en=f"{first}… ({count} characters)")


def _is_quotable(text: str, known: Iterable[str]) -> bool:
    words = {word.casefold() for word in _WORD.findall(text)}
    short = len(text) <= _LONGEST_CODE
    if words <= _WORDS or (short and (_CODE.fullmatch(text) or _FAILED.fullmatch(text))):
        return True
    if _DAY.fullmatch(text):
        return True
    answers = [answer.casefold() for answer in known]
    return bool(get_close_matches(text.casefold(), answers, 1, _CLOSE))


def veiled_finding(finding: Finding) -> Finding:
    """The finding without what may say who somebody is, for what leaves the house or stays."""

    def hidden(text: Text) -> Text:
        return Text(nl=veiled(text.nl), en=veiled(text.en))

    return finding.model_copy(
        update={"wrong": hidden(finding.wrong), "remedy": hidden(finding.remedy)}
    )
