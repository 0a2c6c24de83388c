"""Personal numbers do not come in, and are not repeated in what is said about them."""

from __future__ import annotations

import pandas as pd
import pytest

from evalkit.collect.checks import check_part
from evalkit.collect.parsing import texts
from evalkit.collect.privacy import holds_personal_numbers
from evalkit.model.design import Design
from evalkit.model.identifiers import passes_eleven_test

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
