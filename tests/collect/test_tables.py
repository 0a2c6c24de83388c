"""CSV in its dialects, and the exports of others through a mapping."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from evalkit.collect.checks import check_delivery
from evalkit.collect.delivery import Delivery
from evalkit.collect.exports import read_export
from evalkit.collect.mapping import Mapping
from evalkit.collect.tables import read_table
from evalkit.errors import EvalkitError
from evalkit.model.design import Design
from evalkit.model.submission import Grain
from evalkit.model.vocabulary import Respondent

from .filling import TAKEN, codes
from .test_privacy import BSNS

HEADER = "school;class;unit;arm;core.language;core.absence;core.feedback;core.support"
LINES = f"{HEADER}\n05KO;5é;p1;intervention;41,5;2;4;geen\n\n;;;;;;;\n12AB01;5b;007;;0;;;\n"


def written(folder: Path, content: str | bytes) -> Path:
    path = folder / "taal.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def read(path: Path, design: Design, **more: Any) -> Delivery:
    """The file as the workspace reads it: what cannot be opened is a finding of the delivery."""
    try:
        table = read_table(path)
    except EvalkitError as error:
        return Delivery(design.project.id, design.hash, (), (error.finding,))
    return read_export(table, design, **({"wave": "baseline", "taken_from": TAKEN} | more))


@pytest.mark.parametrize(
    "content",
    [
        LINES.encode(),
        LINES.encode("utf-8-sig"),
        LINES.encode("cp1252"),
        LINES.encode("utf-16"),
        LINES.replace("\n", "\r\n").encode(),
        LINES.replace(";", "\t").encode(),
        LINES.replace("41,5", '"41,5"').replace(";", ",").encode(),
        LINES.replace("41,5", "41.5").replace(";", ",").encode(),
        LINES.replace("core.language", "Taal").replace("unit", "Leerlingcode").encode(),
        ("\n" + LINES).encode(),
    ],
)
def test_dialects(content: bytes, design: Design, tmp_path: Path) -> None:
    delivery = read(written(tmp_path, content), design)
    assert delivery.findings == ()
    (checked,) = check_delivery(delivery, design)
    assert checked.findings == ()
    assert checked.frame["class"].tolist() == ["5é", "5b"]
    assert checked.frame["unit"].tolist() == ["p1", "007"]
    assert checked.frame["core.language"].tolist() == [41.5, 0]
    (part,) = delivery.parts
    first = 3 if content.startswith(b"\n") else 2
    assert part.origin.rows.tolist() == [first, first + 3]
    assert (part.respondent, part.grain, part.taken_to) == (Respondent.pupil, Grain.unit, TAKEN)


def test_a_line_that_names_the_separator(design: Design, tmp_path: Path) -> None:
    delivery = read(written(tmp_path, "sep=;\n" + LINES), design)
    assert delivery.findings == ()
    assert delivery.parts[0].origin.rows.tolist() == [3, 6]


def test_places_are_rows_and_headers_of_the_file(design: Design, tmp_path: Path) -> None:
    delivery = read(written(tmp_path, LINES.replace("41,5", "99").replace(";2;", ";x;")), design)
    found = check_delivery(delivery, design)[0].findings
    assert [(f.code, f.place.file, f.place.row, f.place.column) for f in found[:2]] == [
        ("intake.out_of_bounds", "taal.csv", 2, "core.language"),
        ("intake.not_a_number", "taal.csv", 2, "core.absence"),
    ]


def test_totals_are_recognised(design: Design, tmp_path: Path) -> None:
    lines = "school;arm;measure;n;mean;sd\n05KO;comparison;core.language;20;30,5;7\n"
    (part,) = read(written(tmp_path, lines), design).parts
    assert (part.respondent, part.grain) == (Respondent.pupil, Grain.aggregate)


@pytest.mark.parametrize(
    ("content", "more", "expected"),
    [
        (LINES, {"wave": None}, ["intake.wave_needed"]),
        (LINES, {"wave": "interim"}, ["intake.wave_unknown"]),
        ("", {}, ["intake.empty"]),
        ("\n;;\n", {}, ["intake.empty"]),
        (HEADER, {}, ["intake.empty"]),
        ("naam;cijfer\nx;7\n", {}, ["intake.respondent_needed"]),
        (HEADER.replace("class", "school") + "\n05KO;;p;;1;;;\n", {}, ["intake.column_double"]),
        ("school,unit,core.language\n12AB01,p1,7,5\n", {}, ["intake.row_too_long"]),
        ("a" * 200_000 + ";b", {}, ["intake.unreadable"]),
    ],
)
def test_what_cannot_be_read(
    content: str, more: dict[str, Any], expected: list[str], design: Design, tmp_path: Path
) -> None:
    assert codes(read(written(tmp_path, content), design, **more).findings) == expected


def test_missing_and_absurd_files(
    design: Design, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert codes(read(tmp_path / "none.csv", design).findings) == ["file.missing"]
    assert codes(read(tmp_path, design).findings) == ["file.unreadable"]
    monkeypatch.setattr("evalkit.collect.reading.csv.MOST_ROWS", 2)
    assert codes(read(written(tmp_path, LINES), design).findings) == ["intake.too_many_rows"]


EXPORT = (
    "Vestiging,Groep,Nr,Gemengd,BSN-loos,Taal (ruw),Verzuimd\n"
    'De Vlinder,7a,1,1,x,"41,5",2\nDe Vlinder,7b,2,0,x,999,nooit\n'
)
MAPPING: dict[str, Any] = {
    "wave": "baseline",
    "respondent": "pupil",
    "taken_on": "2026-06-10",
    "columns": {
        "school": "vestiging", "class": "Groep", "unit": "Nr", "arm": "Gemengd",
        "core.language": "Taal (ruw)", "core.absence": "Verzuimd",
    },
    "values": {
        "school": {"De Vlinder": "05KO"},
        "arm": {1: "intervention", 0: "comparison"},
        "core.language": {999: ""},
        "core.absence": {"nooit": 0},
    },
}  # fmt: skip


def mapped(design: Design, folder: Path, content: str = EXPORT, **change: Any) -> Delivery:
    table = read_table(written(folder, content))
    return read_export(table, design, mapping=Mapping(**(MAPPING | change)))


def test_an_export_as_it_is(design: Design, tmp_path: Path) -> None:
    delivery = mapped(design, tmp_path)
    assert delivery.findings == ()
    (part,) = delivery.parts
    assert (part.wave, part.taken_from, part.taken_to) == ("baseline", TAKEN, TAKEN)
    (checked,) = check_delivery(delivery, design)
    assert {f.code for f in checked.findings} == {"intake.measure_missing"}
    assert checked.frame["school"].tolist() == ["05KO", "05KO"]
    assert checked.frame["arm"].tolist() == ["intervention", "comparison"]
    assert checked.frame["core.language"].fillna(-1).tolist() == [41.5, -1]
    assert checked.frame["core.absence"].tolist() == [2, 0]


def test_what_the_mapping_leaves_open(design: Design, tmp_path: Path) -> None:
    content = EXPORT.replace("7a,1,1", "7a,1,2").replace("nooit", "soms")
    content = content.replace("Vlinder,7b", "Bij,7b")
    (checked,) = check_delivery(mapped(design, tmp_path, content), design)
    errors = [(f.code, f.place.row, f.place.column) for f in checked.findings if f.is_error]
    assert sorted(errors) == [
        ("intake.mapping_value", 2, "Gemengd"),
        ("intake.mapping_value", 3, "Verzuimd"),
        ("intake.mapping_value", 3, "Vestiging"),
    ]


def test_a_fixed_value(design: Design, tmp_path: Path) -> None:
    columns = {k: v for k, v in MAPPING["columns"].items() if k not in ("school", "arm")}
    delivery = mapped(design, tmp_path, columns=columns, values={"core.language": {"999": ""},
                      "core.absence": {"nooit": "0"}}, fixed={"school": "12AB01"})  # fmt: skip
    (checked,) = check_delivery(delivery, design)
    assert checked.is_acceptable
    assert set(checked.frame["school"]) == {"12AB01"}


def test_mistakes_in_the_mapping_come_together(design: Design, tmp_path: Path) -> None:
    columns = MAPPING["columns"] | {"core.absence": "Afwezig", "core.workload.i1": "Groep"}
    found = mapped(design, tmp_path, columns=columns, values={}).findings
    assert [(f.code, f.place.key) for f in found] == [
        ("intake.mapping_measure", "columns.core.workload.i1"),
        ("intake.mapping_column", "columns.core.absence"),
    ]


def test_personal_numbers_beside_the_mapping_are_refused(design: Design, tmp_path: Path) -> None:
    lines = ["Vestiging,Groep,Nr,Gemengd,Sofi,Taal (ruw),Verzuimd"]
    lines += [f"De Vlinder,7a,{n},1,{bsn},40,2" for n, bsn in enumerate(BSNS)]
    found = mapped(design, tmp_path, "\n".join(lines)).findings
    assert [(f.code, f.place.column) for f in found] == [("intake.personal_number", "Sofi")]


@pytest.mark.parametrize(
    "change",
    [{"fixed": {"unit": "x"}}, {"values": {"core.feedback": {"a": "1"}}}, {"columns": {}},
     {"kolommen": {}}],
)  # fmt: skip
def test_mappings_that_cannot_be(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Mapping(**(MAPPING | change))


def test_arguments_go_before_the_mapping(design: Design, tmp_path: Path) -> None:
    path, day = written(tmp_path, EXPORT), dt.date(2028, 6, 1)
    table, mapping = read_table(path), Mapping(**MAPPING)
    delivery = read_export(table, design, wave="post", taken_from=day, mapping=mapping)
    (part,) = delivery.parts
    assert (part.wave, part.taken_from, part.taken_to) == ("post", day, day)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(content=st.binary() | st.text().map(lambda s: f"{HEADER}\n{s}".encode("utf-8", "replace")))
def test_no_bytes_crash_it(content: bytes, design: Design, tmp_path: Path) -> None:
    delivery = read(written(tmp_path, content), design)
    assert delivery.findings or check_delivery(delivery, design)
