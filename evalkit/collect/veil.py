"""What a person wrote is quoted in a finding, but never what may say who somebody is."""

from __future__ import annotations

import re

from evalkit.model.finding import Finding
from evalkit.model.identifiers import passes_eleven_test
from evalkit.model.text import Text

E_MAIL = r"[\w.+'-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}"
PHONE = r"(?<![\w.,])(?:\+31|0031|0)[ -]?[1-9](?: - |[ -])?[0-9](?:[ -]?[0-9]){7}(?![\w])"
IBAN = r"\b[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b"
NUMBER = (
    r"(?<![\w.,-])"
    r"(?:[0-9]{9}|[0-9]{4}[. ][0-9]{2}[. ][0-9]{3}|[0-9]{3}[. ][0-9]{3}[. ][0-9]{3})(?!\w)"
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
    """Whether it is a BSN or onderwijsnummer, written with dots or blanks or without."""
    return passes_eleven_test(re.sub(r"[. ]", "", text))


def veiled(text: str) -> str:
    """The text with e-mail addresses, telephone, account and personal numbers made unreadable."""
    text = text[:_LONGEST]
    if "@" not in text and not any(sign.isdigit() for sign in text):
        return text
    shown = _SEEN.sub(HIDDEN, text)
    return _NUMBER.sub(lambda m: HIDDEN if is_personal_number(m[0]) else m[0], shown)


def veiled_finding(finding: Finding) -> Finding:
    """The finding without what may say who somebody is, for what leaves the house or stays."""

    def hidden(text: Text) -> Text:
        return Text(nl=veiled(text.nl), en=veiled(text.en))

    return finding.model_copy(
        update={"wrong": hidden(finding.wrong), "remedy": hidden(finding.remedy)}
    )
