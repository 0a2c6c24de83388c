"""Privacy at the door: columns that say who somebody is are refused, and free text is searched.

A column is judged by its header, by its contents, or by both. What is found is named, never
quoted. Each text is looked at once, however often it occurs.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Collection, Iterable, Mapping

import numpy as np
import pandas as pd

from evalkit.collect.parsing import by_value
from evalkit.collect.spelling import option_key
from evalkit.collect.veil import E_MAIL, IBAN, NUMBER, PHONE, is_iban, is_personal_number
from evalkit.model.text import Text
from evalkit.model.vocabulary import Respondent

PERSONAL_NUMBER = "intake.personal_number"
E_MAILS = "intake.emails"
BIRTH_DATES = "intake.birth_dates"
NAMES = "intake.names"

_LONGEST = 200
"""Characters of a cell that are looked at to tell a name or number from a longer text."""

_WRITTEN = r"[0-9]{8,9}|[0-9]{4}[. -][0-9]{2}[. -][0-9]{3}|[0-9]{3}[. -][0-9]{3}[. -][0-9]{3}"
_WEIGHTS = np.array((9, 8, 7, 6, 5, 4, 3, 2, -1))
_LETTER = r"[^\W\d_]"
_WORDS = rf"(?=\D*$)(?=.*\S[ ,]+\S)(?=.*{_LETTER}{{3}}).+"
_LETTERS = rf"(?:{_LETTER}|[ .,'’-])*{_LETTER}{{2}}(?:{_LETTER}|[ .,'’-])*|(?:{_LETTER}\.){{1,5}}"
_PARTICLE = r"(?:van|de|der|den|het|ten|ter|te|el|al|la|le|von|da|dos|bin|ben|[’']t)"
_CAPITAL = r"[A-ZÀ-ÖØ-ÞĀ-Ž]"
_FULL_NAME = rf"{_CAPITAL}[\w.’'-]*,?(?: {_PARTICLE})*(?: {_CAPITAL}[\w.’'-]*)+(?: {_PARTICLE})*"
_GIVEN_NAME = rf"{_CAPITAL}[a-zß-öø-ÿ’'-]{{2,}}(?:-{_CAPITAL}[a-zß-öø-ÿ]+)?|{_LETTER}{{5,}}"
_INITIALED = rf"(?:{_CAPITAL}\.[ -]?){{1,4}}(?:{_PARTICLE} ?)*{_CAPITAL}[a-zß-öø-ÿ’'-]{{2,}}"
_PERSONS_NAME = (
    rf"{_CAPITAL}[\w’'-]+(?: {_PARTICLE})*(?: {_CAPITAL}[\w.’'-]+)+"
    rf"|{_CAPITAL}[\w’'-]+,(?: {_CAPITAL}[\w.’'-]*)+(?: {_PARTICLE})*|{_INITIALED}"
)
_NUMBERED = re.compile(rf"({_CAPITAL}[a-zß-öø-ÿ’'-]{{2,}}|[a-zß-öø-ÿ’'-]{{3,}})[ _.-]?[0-9]{{1,3}}")
_NO_PERSON = (
    r"groep|klas|school|basisschool|scholengroep|stichting|college|lyceum|team|unit|obs|cbs|rkbs"
    r"|pcbs|kbs|ibs|sbo|vso|so|bs|locatie|vestiging|lokaal|vak|les|thema|project|methode|bloem|dier|kleur"
    r"|gemeente|provincie|group|class|grade|room|subject|lesson|the|de|het|een"
)
_THING = re.compile(rf"(?i:(?:{_NO_PERSON})\b.*)")
_THING_HEADER = re.compile(
    r".*(?:school|groep|klas|group|class|unit|team|bouw|locatie|vestiging|lokaal|plaats|stad|straat"
    r"|adres|gemeente|provincie|vak|subject|methode|boek|titel|title|opleiding|functie|thema|toets"
    r"|test|niveau|advies|profiel|land|taal|bestuur).*"
)
_SEVERAL = 3
"""Different full names without which a column under any header is not taken to hold names."""
_VOWEL = re.compile("[aeiouyà-öø-ÿ]", re.IGNORECASE)

_DATE = re.compile(
    r"([0-9]{4})-[0-9]{1,2}-[0-9]{1,2}(?:[T ].*)?"
    r"|((?:19|20)[0-9]{2})(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
    r"|[0-9]{1,2} ?[-/. ] ?[0-9]{1,2} ?[-/. ] ?([0-9]{4})"
    r"|[0-9]{1,2}[ -][a-z]{3,10}\.?[ -]([0-9]{4})"
    r"|[0-9]{1,2}[-/][0-9]{1,2}[-/]([0-9]{2})",
    re.IGNORECASE,
)

_AGES = {
    Respondent.pupil: range(4, 21),
    Respondent.teacher: range(20, 71),
    Respondent.parent: range(4, 71),
}
"""Years back that a date in a row about such a person is taken to be somebody's birth date."""

_PERSON = (
    "leerling|pupil|student|scholier|kind|child|docent|leraar|leraren|leerkracht|teacher|mentor"
    "|ouder|parent|verzorger|deelnemer|participant|respondent|medewerker|persoon|person"
    "|contactpersoon|directeur|schoolleider"
)
_NAME_HEADER = re.compile(
    r"voorna(?:am|men)|achternaam|roepnaam|doopna(?:am|men)|familienaam|geslachtsnaam|meisjesnaam"
    r"|tussenvoegsel|voorletters|gebruikersnaam|volledigenaam"
    r"|firstname|lastname|surname|forename|givenname|familyname|middlename|fullname|username"
    rf"|(?:{_PERSON})s?(?:en)?(?:naam|namen|names?)"
    rf"|(?:naam|namen|names?)(?:van|vande|vanhet|of|ofthe)?(?:{_PERSON}).*"
)
_BARE_NAME = frozenset({"naam", "namen", "name", "names"})
_PERSON_HEADER = re.compile(rf"(?:{_PERSON})(?:s|en|eren|en)?")
_BIRTH_HEADER = re.compile(
    r"geboortedatum|geboortedag|gebdatum|^geboren(?:op)?$|^born(?:on)?$|^gebdat$|birthdate|birthday|dateofbirth|^dob$"
)
_E_MAIL_HEADER = re.compile(r"email")
_NUMBER_HEADER = re.compile(
    r"^bsn|bsn$|burgerservicen|sofinummer|sofinr|onderwijsnummer|onderwijsnr"
)


def _share(text: pd.Series, is_so: Callable[[pd.Series], pd.Series]) -> float:
    """The share of the cells with a value of which it is so; 0 without any."""
    present = text.dropna()
    return float(by_value(present, is_so, False).mean()) if len(present) else 0.0


def _fits(pattern: str) -> Callable[[pd.Series], pd.Series]:
    def fits(values: pd.Series) -> pd.Series:
        return values.str.slice(0, _LONGEST).str.fullmatch(pattern).astype(bool)

    return fits


# Contents


def _are_personal_numbers(values: pd.Series) -> pd.Series:
    """Where texts are shaped like a BSN or onderwijsnummer and satisfy the 11-test."""
    shaped = _fits(_WRITTEN)(values)
    plain = values[shaped].str.replace(r"[. -]", "", regex=True).str.zfill(9).to_numpy(dtype="U9")
    digits = plain.view("U1").reshape(-1, 9).astype(np.int64)
    passed = np.isin(digits @ _WEIGHTS % 11, (0, 5)) & digits.any(axis=1)
    found = shaped.to_numpy(dtype=bool, copy=True)
    found[found] = passed
    return pd.Series(found, index=values.index)


def holds_personal_numbers(text: pd.Series) -> bool:
    """Whether most values of a text column are a BSN or onderwijsnummer.

    Of arbitrary nine-digit codes 2 in 11 pass the test, so most of a column passing is no
    coincidence; the share is taken over the values that are there.
    """
    return _share(text, _are_personal_numbers) > 0.5


def holds_emails(text: pd.Series) -> bool:
    """Whether most values of a text column are e-mail addresses."""
    return _share(text, _fits(E_MAIL)) > 0.5


def _are_birth_dates(ages: range, on: dt.date) -> Callable[[pd.Series], pd.Series]:
    def age(value: str) -> int:
        match = _DATE.fullmatch(value[:_LONGEST])
        if match is None:
            return -1
        year = int(match[match.lastindex or 0])
        if year < 100:
            year += 2000 if year <= on.year % 100 else 1900
        return on.year - year

    return lambda values: values.map(lambda value: age(value) in ages).astype(bool)


def holds_birth_dates(text: pd.Series, respondent: Respondent, on: dt.date) -> bool:
    """Whether most values are dates as far back as such persons are born.

    Pupils are 4 to 20 years old, teachers 20 to 70; rows about a school hold no persons.
    """
    ages = _AGES.get(respondent)
    return ages is not None and _share(text, _are_birth_dates(ages, on)) > 0.5


def _are_given_names(values: pd.Series) -> pd.Series:
    sounds = values.str.slice(0, _LONGEST).str.contains(_VOWEL).astype(bool)
    return sounds & _fits(_GIVEN_NAME)(values)


def holds_names(text: pd.Series) -> bool:
    """Whether codes of persons look like names.

    One code of several words without a digit is enough (``Vries, J. de``); of single words
    (``Sanne``) it takes most of the column, as it does of initials and a surname (``S.Jansen``)
    and of different words with a number (``Sanne1``; not ``leerling 1``, ``leerling 2``). Short
    ones may be abbreviations and are let through.
    """
    if _share(text, _fits(_WORDS)) > 0:
        return True
    most = (_are_given_names, _fits(_INITIALED))
    return any(_share(text, are) > 0.5 for are in most) or _are_numbered_names(text)


def _are_numbered_names(text: pd.Series) -> bool:
    """Whether most codes are a word with a number, and most of these words differ."""
    values = text.dropna().unique()
    found = (_NUMBERED.fullmatch(value[:_LONGEST]) for value in values)
    words = [match[1].casefold() for match in found if match]
    different = {word for word in words if _VOWEL.search(word) and not _THING.fullmatch(word)}
    return len(different) >= _SEVERAL and 2 * len(different) > len(values)


def _are_full_names(text: pd.Series) -> bool:
    """Whether a column under any header holds full names: most of it, and nearly all different.

    Classes, subjects and schools may be written so too (``Rode Leeuwen``), but are there for many
    persons each.
    """
    present = text.dropna()
    named = present[by_value(present, _fits(_PERSONS_NAME), False)]
    named = named[~by_value(named, _fits(_THING.pattern), False)]
    different = named.nunique()
    return different >= _SEVERAL and 2 * len(named) > len(present) and 2 * different > len(named)


def _holds_full_names(text: pd.Series) -> bool:
    return _share(text, _fits(_FULL_NAME)) > 0.5


# Headers


def header_kind(header: str, respondent: Respondent) -> str | None:
    """The code of what a column should hold by its header, if that is personal."""
    plain = re.sub(r"[\W\d_]+", "", header.casefold())
    if _NUMBER_HEADER.search(plain):
        return PERSONAL_NUMBER
    if _BIRTH_HEADER.search(plain):
        return BIRTH_DATES
    if _E_MAIL_HEADER.search(plain):
        return E_MAILS
    if _NAME_HEADER.search(plain) or (plain in _BARE_NAME and respondent is not Respondent.school):
        return NAMES
    return None


def _bears_out(code: str, text: pd.Series) -> bool:
    """Whether the contents of a column can be what its header says."""
    if code == PERSONAL_NUMBER:
        return _share(text, _fits(_WRITTEN)) > 0
    if code == E_MAILS:
        return _share(text, _fits(E_MAIL)) > 0
    if code == BIRTH_DATES:
        return _share(text, _fits(_DATE.pattern + r"|[0-9]{5}|[0-9]{8}")) > 0
    return _share(text, _fits(_LETTERS)) > 0.5


# Columns


def kind_of_extra(header: str, text: pd.Series, respondent: Respondent, on: dt.date) -> str | None:
    """The code of what is personal in a column that nobody asked for; none if nothing is.

    Args:
        header: The column's header in the file.
        text: Its cells.
        respondent: From or about whom the rows are.
        on: The day the data were taken, for ages.
    """
    said = header_kind(header, respondent)
    if said is not None and _bears_out(said, text):
        return said
    if holds_personal_numbers(text):
        return PERSONAL_NUMBER
    if holds_emails(text):
        return E_MAILS
    if holds_birth_dates(text, respondent, on):
        return BIRTH_DATES
    plain = re.sub(r"[\W\d_]+", "", header.casefold())
    named = _holds_full_names(text) or _share(text, _are_given_names) > 0.5
    if _PERSON_HEADER.fullmatch(plain) and named:
        return NAMES
    of_persons = respondent is not Respondent.school and not _THING_HEADER.fullmatch(plain)
    return NAMES if of_persons and _are_full_names(text) else None


def personal_columns(
    columns: Iterable[tuple[str, pd.Series]], respondent: Respondent, on: dt.date
) -> dict[str, str]:
    """The columns that nobody asked for and that hold what is personal, each with its code.

    Args:
        columns: Header and cells of each.
        respondent: From or about whom the rows are.
        on: The day the data were taken, for ages.
    """
    found = ((name, kind_of_extra(name, text, respondent, on)) for name, text in columns)
    return {name: code for name, code in found if code is not None}


def kind_of_code(text: pd.Series, respondent: Respondent, on: dt.date) -> str | None:
    """The code of what is personal among codes of persons; none if nothing is.

    Codes are the school's own to choose, so here one that looks personal is one too many.
    """
    if _share(text, _are_personal_numbers) > 0:
        return PERSONAL_NUMBER
    if _share(text, _fits(E_MAIL)) > 0:
        return E_MAILS
    ages = _AGES.get(respondent)
    # Eight digits may be a day by chance: of these it takes most of the column.
    apart = text.mask(by_value(text, _fits(r"[0-9]{8}"), False), None)
    if ages is not None and _share(apart, _are_birth_dates(ages, on)) > 0:
        return BIRTH_DATES
    if holds_birth_dates(text, respondent, on):
        return BIRTH_DATES
    return NAMES if holds_names(text) else None


def kind_of_class(text: pd.Series, respondent: Respondent, on: dt.date) -> str | None:
    """The code of what is personal among labels of classes; none if nothing is.

    Classes may well have a name (``Kikkers``, ``Rode Leeuwen``), so names are let through: they
    are replaced before anything is kept.
    """
    if _share(text, _are_personal_numbers) > 0:
        return PERSONAL_NUMBER
    if _share(text, _fits(E_MAIL)) > 0:
        return E_MAILS
    return BIRTH_DATES if holds_birth_dates(text, respondent, on) else None


_NOT_PERSONAL = "0"
"""Stands for what a column may hold: it counts among its cells, and is nobody's."""


def kind_of_asked(
    text: pd.Series,
    respondent: Respondent,
    on: dt.date,
    *,
    amounts: bool = False,
    words: bool = False,
    known: Collection[str] = (),
) -> str | None:
    """The code of what is personal in a column of a measure; none if nothing is.

    Args:
        text: Its cells.
        respondent: From or about whom the rows are.
        on: The day the data were taken, for ages.
        amounts: Whether it may hold large numbers, which are then no personal numbers.
        words: Whether it may hold titles and the like, which look as names do.
        known: ``option_key`` of texts it may hold anyhow.
    """
    if known:
        of_list = by_value(text, lambda values: values.map(option_key).isin(known), False)
        text = text.mask(of_list, _NOT_PERSONAL)
    if not amounts and holds_personal_numbers(text):
        return PERSONAL_NUMBER
    if holds_emails(text):
        return E_MAILS
    if holds_birth_dates(text, respondent, on):
        return BIRTH_DATES
    return NAMES if not words and _holds_full_names(text) else None


# Free text


_SAID = re.compile(
    r"\b(?:mijn (?:voor|achter)?naam is|ik heet|ik ben genaamd|my (?:first |last )?name is"
    r"|i am called|groetjes?,? van)\b",
    re.IGNORECASE,
)
_ADDRESSED = re.compile(
    r"\b(?:[Jj]uf(?:frouw)?|[Mm]eester|[Mm]evrouw|[Mm]eneer|[Mm]w\.?|[Dd]hr\.?|Mrs?\.?|Ms\.?|Miss)"
    rf" (?:{_PARTICLE} )*{_CAPITAL}\w+"
)

_WITH_PARTICLE = re.compile(
    rf"(?<!\w)({_CAPITAL}[a-zß-öø-ÿ’'-]{{1,20}}) (?:van de|van den|van der|van het|van|de|der|den"
    rf"|ten|ter|te|el|al|la|le|von) {_CAPITAL}[a-zß-öø-ÿ]{{2,}}"
)
_BEFORE_A_PARTICLE = """
blauw rood groen geel oranje paars roze zwart wit bruin grijs
aan achter al alle alleen als bij binnen boek boven brug buiten daarna daarom dag dan dat de
deze die dit doe door dorp dus een eiland en er feest film gebouw geen gymzaal haar had hal
heb heeft het hier hij hoe hof huis ik in is ja jaar je kamp kasteel kerk kies kijk kring lees
les lied maand maar meer meester met methode mijn moet museum na naar naast nadat nee nu of om
omdat onder onderzoek ons onze op over park plein project rond samen sinds slot soms spel
start straat te terwijl thema tijdens toen tot tussen uit vaak vakdag van vanaf veel verder
via villa volgens voor vrienden want was wat we week weg welke werk wie wij zaal ze zie zij
zijn zo zoals zonder
"""
_NO_GIVEN_NAME = frozenset(_BEFORE_A_PARTICLE.split())


def _names_somebody(text: str) -> bool:
    """Whether a text holds a given name, a particle and a surname (``Daan de Boer``)."""
    found = (match[1].casefold() for match in _WITH_PARTICLE.finditer(text))
    return any(word not in _NO_GIVEN_NAME and not _THING.fullmatch(word) for word in found)


IN_FREE_TEXT: Mapping[str, tuple[Text, Callable[[str], bool]]] = {
    "email": (
        Text(nl="een e-mailadres", en="an e-mail address"),
        lambda text: "@" in text and re.search(E_MAIL, text) is not None,
    ),
    "phone": (
        Text(nl="een telefoonnummer", en="a telephone number"),
        lambda text: re.search(PHONE, re.sub(IBAN, "", text)) is not None,
    ),
    "number": (
        Text(nl="een BSN of onderwijsnummer", en="a personal number"),
        lambda text: any(is_personal_number(m[0]) for m in re.finditer(NUMBER, text)),
    ),
    "iban": (
        Text(nl="een rekeningnummer", en="an account number"),
        lambda text: any(is_iban(m[0]) for m in re.finditer(IBAN, text)),
    ),
    "name": (
        Text(nl="een naam", en="a name"),
        lambda text: bool(_SAID.search(text) or _ADDRESSED.search(text) or _names_somebody(text)),
    ),
}
"""What is looked for in answers in words: what it is called, and whether a text holds it."""


def in_free_text(text: pd.Series) -> Iterable[tuple[Text, pd.Series]]:
    """What answers in words seem to hold, each with where."""
    for name, holds in IN_FREE_TEXT.values():
        found = by_value(text, _where(holds), False)
        if found.any():
            yield name, found


def _where(holds: Callable[[str], bool]) -> Callable[[pd.Series], pd.Series]:
    return lambda values: values.map(holds).astype(bool)
