"""What says who somebody is does not come in, and is not repeated in what is said about it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.collect.checks import check_part
from evalkit.collect.parsing import texts
from evalkit.collect.privacy import header_kind, holds_personal_numbers, kind_of_asked
from evalkit.collect.spelling import clean
from evalkit.collect.veil import HIDDEN, is_iban, quoted, veiled
from evalkit.errors import finding
from evalkit.model.design import Design
from evalkit.model.finding import Place
from evalkit.model.identifiers import passes_eleven_test
from evalkit.model.submission import Grain
from evalkit.model.text import Text
from evalkit.model.vocabulary import Respondent

from .filling import codes, part_of, pupil

BSNS = [str(n) for n in range(123_456_700, 123_457_000) if passes_eleven_test(str(n))][:12]


@pytest.mark.parametrize("column", ["unit", "class", "leerlingnummer"])
def test_personal_numbers_are_refused(design: Design, column: str) -> None:
    rows = [pupil(unit=f"p{n}") | {column: bsn} for n, bsn in enumerate(BSNS)]
    checked = check_part(part_of(rows), design)
    assert codes(checked.findings) == ["intake.personal_number"]
    assert checked.findings[0].place.column == column
    said = "".join(f.model_dump_json() for f in checked.findings)
    assert not any(bsn in said or bsn in checked.frame.to_csv() for bsn in BSNS)


def test_duplicate_personal_numbers_are_not_quoted(design: Design) -> None:
    rows = [pupil(unit=bsn) for bsn in (*BSNS, *BSNS)]
    assert codes(check_part(part_of(rows), design).findings) == ["intake.personal_number"]


@pytest.mark.parametrize("write", [int, float, lambda b: f"{b[:4]}.{b[4:6]}.{b[6:]}"])
def test_as_a_number_or_with_dots(write: object) -> None:
    cells = [write(bsn) for bsn in BSNS]  # type: ignore[operator]
    assert holds_personal_numbers(texts(pd.Series(cells, dtype=object)))


def test_running_numbers_are_no_personal_numbers() -> None:
    assert not holds_personal_numbers(texts(pd.Series(range(100_000_000, 100_000_400))))
    assert not holds_personal_numbers(texts(pd.Series([None, None], dtype=object)))


@pytest.mark.parametrize("column", ["unit", "class"])
def test_one_personal_number_among_codes_is_one_too_many(design: Design, column: str) -> None:
    rows = [pupil(unit=f"p{n}") for n in range(20)]
    rows[7] |= {column: BSNS[0]}
    checked = check_part(part_of(rows), design)
    assert codes(checked.findings) == ["intake.personal_number"]
    assert BSNS[0] not in checked.frame.to_csv()


@pytest.mark.parametrize("name", ["Jan de Vries", "Vries, Jan", "Anne-Fleur Öz", "J. de Vries"])
def test_names_as_codes_are_refused(design: Design, name: str) -> None:
    rows = [pupil(unit=f"p{n}") for n in range(5)]
    rows[3] |= {"unit": name}
    checked = check_part(part_of(rows), design)
    assert codes(checked.findings) == ["intake.names"]
    assert name not in checked.frame.to_csv()
    assert not any(name in f.model_dump_json() for f in checked.findings)


@pytest.mark.parametrize("code", ["a01", "groep 7 nr 3", "leerling 12", "P-3", "7b 14"])
def test_codes_are_no_names(design: Design, code: str) -> None:
    assert codes(check_part(part_of([pupil(unit=code)]), design).findings) == []


FIRST = ["Sanne", "Daan", "Fleur", "Mohammed", "Noor", "Sem"]
DIFFERENT = ["Sanne de Vries", "Daan Bakker", "Emma Yilmaz", "Vries, Jan de"]
FULL = ["Sanne de Vries", "Daan Jansen", "Fleur van den Berg", "Noor El Idrissi", "S. Bakker"]
MAILS = ["s.devries@school.nl", "daan+1@voorbeeld.org", "noor_2@mail.school.nl"]
BORN = ["2015-03-14", "03-12-2014", "7/8/2015", "1 mei 2016"]


def with_column(header: str, cells: list[Any]) -> list[dict[str, Any]]:
    return [pupil(unit=f"p{n}") | {header: cell} for n, cell in enumerate(cells)]


@pytest.mark.parametrize(
    ("header", "cells", "code"),
    [
        ("naam", FULL, "intake.names"),
        ("Naam", FIRST, "intake.names"),
        ("Voornaam leerling", FIRST, "intake.names"),
        ("Achternaam", ["Jansen", "de Vries", "el Idrissi"], "intake.names"),
        ("tussenvoegsel", ["van", "de", None, "van den"], "intake.names"),
        ("LastName", ["Jansen", "Vries"], "intake.names"),
        ("Naam van de leerling", FULL, "intake.names"),
        ("leerling", FULL, "intake.names"),
        ("e-mail", [*MAILS, "?", "-", "onbekend", "x"], "intake.emails"),
        ("contact", MAILS, "intake.emails"),
        ("geboortedatum", BORN, "intake.birth_dates"),
        ("Geb.datum", [42000, 42100], "intake.birth_dates"),
        ("date of birth", ["14-03-1915"], "intake.birth_dates"),
        ("dag", BORN, "intake.birth_dates"),
        ("dag", [dt.datetime(2015, 3, 14), dt.date(2014, 12, 3)], "intake.birth_dates"),
        ("BSN", ["123456789", "onbekend"], "intake.personal_number"),
        ("BSN", ["123-456-789"], "intake.personal_number"),
        ("nummer", [f"{b[:3]}-{b[3:6]}-{b[6:]}" for b in BSNS], "intake.personal_number"),
        ("geboren", ["20150312", "20141103"], "intake.birth_dates"),
        ("kolom F", ["20150312", "20141103"], "intake.birth_dates"),
        ("kolom F", DIFFERENT, "intake.names"),
        ("Wie", [*DIFFERENT, "-", "onbekend"], "intake.names"),
        ("G", ["S. de Vries", "D.J. Bakker", "E. Yilmaz"], "intake.names"),
        ("nummer", BSNS, "intake.personal_number"),
    ],
)
def test_a_column_that_nobody_asked_for_refuses_the_file(
    design: Design, header: str, cells: list[Any], code: str
) -> None:
    checked = check_part(part_of(with_column(header, cells)), design)
    assert [(f.code, f.place.column) for f in checked.findings] == [(code, header)]
    said = "".join(f.model_dump_json() for f in checked.findings)
    personal = [str(cell) for cell in cells if cell not in (None, "van", "de", "x", "?", "-")]
    assert not any(cell in said for cell in personal)


@pytest.mark.parametrize(
    ("header", "cells"),
    [
        ("naam", [None, None]),
        ("naam", ["5a", "groep 6"]),
        ("school naam", ["De Regenboog", "De Vlinder"]),
        ("groepsnaam", ["Kikkers", "Leeuwen"]),
        ("geboortejaar", ["2015", "2014"]),
        ("geboorteplaats", ["Zwolle", "Assen"]),
        ("ingevoerd op", ["2026-06-10", "2026-06-11"]),
        ("opgericht", ["1901-01-01"]),
        ("leerling", ["12", "13"]),
        ("e-mail verstuurd", ["ja", "nee"]),
        ("opmerking", ["Komt vaak te laat", "-"]),
        ("vak", ["Nederlands", "Wiskunde"]),
        ("kolom F", ["Rode Leeuwen", "Blauwe Beren"] * 3),
        ("kolom F", ["Groep Zes", "Groep Zeven", "Groep Acht", "Klas Een"]),
        ("kolom F", ["Blauw", "Rood", "Groen", "Geel"]),
        ("kolom F", ["Nederlandse Taal", "Rekenen", "Wereldorientatie", "Begrijpend Lezen"]),
        ("kolom F", ["OBS De Vlinder", "Basisschool De Boom", "CBS Het Baken", "De Horizon"]),
        ("vestiging", ["Oude Dorp", "Nieuwe Wijk", "Grote Kerk"]),
        ("kolom F", ["20269999", "20150000", "12345678"]),
    ],
)
def test_other_columns_are_only_left_out(design: Design, header: str, cells: list[Any]) -> None:
    checked = check_part(part_of(with_column(header, cells)), design)
    assert set(codes(checked.findings)) == {"intake.column_unknown"}


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        (FIRST, "intake.names"),
        (["sanne", "fleur", "mohammed"], "intake.names"),
        (["p1", "p2", "daan@school.nl"], "intake.emails"),
        (["p1", "p2", "14-03-2015"], "intake.birth_dates"),
        (["p1", "p2", dt.date(2015, 3, 14)], "intake.birth_dates"),
        (["Sanne1", "Daan1", "Emma1", "Sanne2"], "intake.names"),
        (["Sanne 1", "Daan 2", "Fleur 3"], "intake.names"),
        (["S.Jansen", "D.Bakker", "E.de Vries"], "intake.names"),
        (["20150312", "20141103", "20150622"], "intake.birth_dates"),
    ],
)
def test_codes_that_say_who_somebody_is(design: Design, cells: list[Any], code: str) -> None:
    checked = check_part(part_of([pupil(unit=cell) for cell in cells]), design)
    assert [(f.code, f.place.column) for f in checked.findings] == [(code, "unit")]
    assert checked.frame["unit"].isna().all()


@pytest.mark.parametrize(
    "cells",
    [
        ["leerling1", "leerling2", "leerling3", "leerling4"],
        ["Kind 1", "Kind 2", "Kind 3"],
        ["Groep7-1", "Groep8-2", "Klas5-3"],
        ["7A.12", "7B.13", "8C.1"],
        ["20120415", "20129901", "20125555"],
        ["S1.4", "J.12", "ab-12"],
    ],
)
def test_words_with_numbers_are_codes(design: Design, cells: list[str]) -> None:
    checked = check_part(part_of([pupil(unit=cell) for cell in cells]), design)
    assert codes(checked.findings) == []


@pytest.mark.parametrize("cells", [["JVR", "BRN", "KST"], ["jns", "bkr"], ["A", "B"], ["Aa", "Bb"]])
def test_abbreviations_are_codes(design: Design, cells: list[str]) -> None:
    rows = [{"school": "12AB01", "unit": cell, "core.workload": 3} for cell in cells]
    assert codes(check_part(part_of(rows, Respondent.teacher), design).findings) == []


def test_a_named_class_is_no_name_of_a_person(design: Design) -> None:
    rows = [pupil(unit=f"p{n}") | {"class": "Rode Leeuwen"} for n in range(3)]
    assert codes(check_part(part_of(rows), design).findings) == []


@pytest.mark.parametrize(
    ("cells", "code"),
    [(FULL, "intake.names"), (MAILS, "intake.emails"), (BORN, "intake.birth_dates")],
)
@pytest.mark.parametrize("column", ["core.language", "core.feedback"])
def test_persons_in_the_column_of_a_measure_are_not_quoted(
    design: Design, column: str, cells: list[str], code: str
) -> None:
    checked = check_part(part_of(with_column(column, cells)), design)
    found = [f for f in checked.findings if f.is_error]
    assert [(f.code, f.place.column) for f in found] == [(code, column)]
    said = "".join(f.model_dump_json() for f in checked.findings)
    assert not any(cell in said for cell in cells)


def test_answers_in_words_are_no_names(design: Design) -> None:
    rows = with_column("core.feedback", ["Helemaal mee eens", "mee oneens", "Mee eens"])
    assert codes(check_part(part_of(rows), design).findings) == []


def test_school_rows_and_totals_may_name_the_school(design: Design) -> None:
    row = {"school": "12AB01", "naam": "De Regenboog", "core.pupils_per_fte": 17}
    part = part_of([row], Respondent.school)
    assert codes(check_part(part, design).findings) == ["intake.column_unknown"]
    total = {"school": "12AB01", "naam": "De Vlinder", "measure": "Taal", "n": 9, "mean": 30}
    found = check_part(part_of([total], grain=Grain.aggregate), design).findings
    assert "intake.names" not in codes(found)
    director = row | {"naam directeur": "J. de Vries"}
    found = check_part(part_of([director], Respondent.school), design).findings
    assert "intake.names" in codes(found)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("Mail me op s.devries@school.nl graag", "an e-mail address"),
        ("bel 06 - 1234 5678", "a telephone number"),
        ("bel 06-12345678", "a telephone number"),
        ("mijn nummer is 111222333.", "a personal number"),
        ("NL91 ABNA 0417 1643 00", "an account number"),
        ("hallo mijn naam is sanne", "a name"),
        ("Juf Anja legt het goed uit", "a name"),
        ("de heer of mevrouw was er niet", None),
        ("Ik werk graag met Daan de Boer.", "a name"),
        ("Fatima el Idrissi en ik", "a name"),
        ("mijn nummer is 111-222-333.", "a personal number"),
        ("In de Pauze was het druk, op de Regenboog ook", None),
        ("Basisschool de Vlinder doet mee", None),
        ("Tijdens de Week van de Techniek", None),
        ("De groep Blauw van de Kikkers", None),
        ("op 05KO en 12AB01 ging het om 250 euro in 2026", None),
        ("123456789 stappen", None),
        ("2,5 keer zo veel; 100 000 000", None),
    ],
)
def test_answers_in_words_are_searched(design: Design, text: str, what: str | None) -> None:
    rows = [
        {"school": "12AB01", "unit": f"t{n}", "core.workload": 3, "core.remark": said}
        for n, said in enumerate(["Het ging goed.", text])
    ]
    checked = check_part(part_of(rows, Respondent.teacher, wave="post"), design)
    assert checked.is_acceptable
    found = [(f.code, f.place.row) for f in checked.findings]
    assert found == ([] if what is None else [("intake.text_personal", 2)])
    if what is not None:
        assert what in checked.findings[0].wrong.en
        assert text not in checked.findings[0].model_dump_json()


def test_some_rows_of_a_file_are_not_judged_by_their_share(design: Design) -> None:
    rows = with_column("dag", BORN)
    assert codes(check_part(part_of(rows), design, whole=False).findings) == [
        "intake.column_unknown"
    ]
    rows = [pupil(unit=BSNS[0])]
    found = check_part(part_of(rows), design, whole=False).findings
    assert codes(found) == ["intake.personal_number"]


def test_a_file_without_headers_does_not_put_a_person_into_a_finding(design: Design) -> None:
    rows = [pupil() | {"s.devries@school.nl": "x", BSNS[0]: "y"}]
    said = "".join(f.model_dump_json() for f in check_part(part_of(rows), design).findings)
    assert "devries" not in said
    assert BSNS[0] not in said
    assert HIDDEN in said


@given(st.text())
def test_veiling_is_stable_and_leaves_no_address(text: str) -> None:
    shown = veiled(text)
    assert veiled(shown) == shown
    assert "a@b.nl" not in veiled(f"{text} a@b.nl {text}")


@given(st.integers(0, 10**9 - 1))
def test_vectorised_eleven_test_agrees_with_the_plain_one(number: int) -> None:
    text = f"{number:09}"
    assert holds_personal_numbers(pd.Series([text], dtype=object)) == passes_eleven_test(text)


@pytest.mark.parametrize("text", ["a" * 100_000, "a1" * 50_000, ", " * 50_000, "1" * 100_000])
def test_long_texts_take_no_long_time(design: Design, text: str) -> None:
    rows = [
        pupil(unit=text) | {"core.language": text, "class": text, "naam": text, "dag": text},
    ]
    check_part(part_of(rows), design)
    row = {"school": "12AB01", "unit": "t", "core.workload": 3, "core.remark": text}
    check_part(part_of([row], Respondent.teacher, wave="post"), design)


def test_account_numbers() -> None:
    assert is_iban("NL91 ABNA 0417 1643 00")
    assert not is_iban("NL92 ABNA 0417 1643 00")


def test_headers() -> None:
    assert header_kind("Roepnaam", Respondent.pupil) == "intake.names"
    assert header_kind("Toetsnaam", Respondent.pupil) is None
    assert header_kind("Name", Respondent.school) is None


NAMES_IN_CELLS = ["Sanne de Vries", "sanne", "Vries, Sanne de", "Daan", "S. Jansen", "Jan12", "Bo"]


@pytest.mark.parametrize("name", NAMES_IN_CELLS)
@pytest.mark.parametrize("column", ["core.feedback", "core.language", "school", "arm"])
def test_a_name_in_the_wrong_cell_is_not_quoted(design: Design, name: str, column: str) -> None:
    """Findings are kept, mailed and written into the marked copy: a name would go along."""
    checked = check_part(part_of([pupil(), pupil(unit="p2") | {column: name}]), design)
    assert checked.findings
    said = "".join(f.model_dump_json() for f in checked.findings)
    assert name not in said
    if codes(checked.findings) == ["intake.names"]:
        return
    assert f"{name[0]}… ({len(name)} characters)" in said
    assert f"{name[0]}… ({len(name)} tekens)" in said
    assert {f.place.row for f in checked.findings} == {2}


@pytest.mark.parametrize(
    ("column", "text"),
    [
        ("core.language", "veel"), ("core.language", "ziek"), ("core.language", "12 uur"),
        ("core.language", "12 mei"), ("core.language", "7-5-2026"), ("core.language", "p12"),
        ("core.language", "58,5 punten"), ("core.language", "1.2.3"), ("core.language", "?"),
        ("core.language", "#DIV/0!"), ("core.language", "999"), ("school", "99ZZ"),
        ("core.feedback", "Helemaal eenz"), ("core.feedback", "best wel"),
        ("core.feedback", "6"), ("arm", "groep 1"),
    ],
)  # fmt: skip
def test_what_says_nothing_of_a_person_is_quoted(design: Design, column: str, text: str) -> None:
    checked = check_part(part_of([pupil() | {column: text}]), design)
    (found,) = checked.findings
    assert text in found.wrong.nl


@pytest.mark.parametrize(
    ("text", "dutch", "english"),
    [("2.5", "2,5", "2.5"), ("2,5", "2,5", "2.5"), ("-0.87", "-0,87", "-0.87")],
)
def test_numbers_follow_the_language(text: str, dutch: str, english: str) -> None:
    assert quoted(text) == Text(nl=dutch, en=english)
    assert quoted("1.234") == "1.234"
    said = finding("intake.too_low", Place(), value=float(text.replace(",", ".")), minimum=65.0)
    assert said.wrong.nl.startswith(f"{dutch} is lager dan 65,")
    assert said.wrong.en.startswith(f"{english} is below 65,")


@given(st.text(min_size=1).map(clean).filter(bool))
def test_quoting_is_short_and_says_as_much_as_it_may(text: str) -> None:
    shown = quoted(text)
    if not isinstance(shown, str) and "…" in shown.en:
        assert shown.en.startswith(text.strip()[:1])
        assert str(len(text)) in shown.nl


def test_one_name_among_answers_is_a_wrong_answer_and_no_column_of_names() -> None:
    on, known = dt.date(2026, 9, 14), {"1", "2", "3", "4", "5"}
    one = pd.Series(["1", "2", "Sanne de Vries", "4", "5"])
    most = pd.Series(["1", "Sanne de Vries", "Daan de Boer", "Eva Jansen", "5"])
    assert kind_of_asked(one, Respondent.teacher, on, known=known) is None
    assert kind_of_asked(most, Respondent.teacher, on, known=known) == "intake.names"
