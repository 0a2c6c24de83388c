"""What schools export: every kind of file as the same table, and mappings of every layout."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pyreadstat
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from evalkit.collect.checks import check_delivery
from evalkit.collect.delivery import Delivery
from evalkit.collect.exports import read_export
from evalkit.collect.mapping import Mapping
from evalkit.collect.tables import Table, read_table
from evalkit.errors import EvalkitError
from evalkit.model.design import Design
from evalkit.model.submission import Grain
from evalkit.model.vocabulary import Respondent

from .filling import TAKEN, codes

ROWS: list[dict[str, Any]] = [
    {"school": "05KO", "class": "5a", "unit": "p1", "arm": "intervention",
     "core.language": 41.5, "core.absence": 2, "core.feedback": 4, "core.support": "geen"},
    {"school": "12AB01", "class": "5b", "unit": "007", "arm": None,
     "core.language": None, "core.absence": 0, "core.feedback": None, "core.support": "none"},
    {"school": "05KO", "class": "5é", "unit": "p3", "arm": "comparison",
     "core.language": 58, "core.absence": None, "core.feedback": 1, "core.support": None},
]  # fmt: skip


def as_csv(frame: pd.DataFrame, path: Path) -> None:
    frame.to_csv(path, sep=";", decimal=",", index=False, encoding="cp1252")


def as_xlsx(frame: pd.DataFrame, path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(list(frame.columns))
    for row in frame.itertuples(index=False):
        book.active.append([None if pd.isna(cell) else cell for cell in row])
    book.save(path)


def as_sav(frame: pd.DataFrame, path: Path) -> None:
    plain = frame.apply(lambda c: c.fillna("") if c.map(lambda x: isinstance(x, str)).any() else c)
    pyreadstat.write_sav(plain, str(path))


def as_parquet(frame: pd.DataFrame, path: Path) -> None:
    frame.to_parquet(path)


WRITERS: dict[str, Callable[[pd.DataFrame, Path], None]] = {
    ".csv": as_csv, ".xlsx": as_xlsx, ".sav": as_sav, ".parquet": as_parquet, ".pq": as_parquet,
}  # fmt: skip


def exported(rows: Any, folder: Path, suffix: str = ".csv") -> Path:
    path = folder / f"export{suffix}"
    WRITERS[suffix](pd.DataFrame(rows), path)
    return path


def read(path: Path, design: Design, **more: Any) -> Delivery:
    given = {"wave": "baseline", "taken_from": TAKEN} | more
    return read_export(read_table(path), design, **given)


# Every kind of file is the same table


@pytest.mark.parametrize("suffix", WRITERS)
def test_every_kind_of_file_says_the_same(suffix: str, design: Design, tmp_path: Path) -> None:
    delivery = read(exported(ROWS, tmp_path, suffix), design)
    assert delivery.findings == ()
    (part,) = delivery.parts
    (checked,) = check_delivery(delivery, design)
    assert checked.findings == ()
    frame = checked.frame
    assert frame["school"].tolist() == ["05KO", "12AB01", "05KO"]
    assert frame["class"].tolist() == ["5a", "5b", "5é"]
    assert frame["unit"].tolist() == ["p1", "007", "p3"]
    assert frame["arm"].tolist() == ["intervention", "intervention", "comparison"]
    assert frame["core.language"].fillna(-1).tolist() == [41.5, -1, 58]
    assert frame["core.absence"].fillna(-1).tolist() == [2, 0, -1]
    assert frame["core.feedback"].fillna(-1).tolist() == [4, -1, 1]
    assert frame["core.support"].fillna("?").tolist() == ["none", "none", "?"]
    # People count from the first row with data where a file has no row of headers.
    first = 2 if suffix in (".csv", ".xlsx") else 1
    assert part.origin.rows.tolist() == [first, first + 1, first + 2]


def test_a_mistake_in_a_workbook_is_at_its_cell(design: Design, tmp_path: Path) -> None:
    rows = [ROWS[0] | {"core.language": 99}]
    (checked,) = check_delivery(read(exported(rows, tmp_path, ".xlsx"), design), design)
    place = checked.findings[0].place
    assert (place.sheet, place.row, place.column) == ("Sheet", 2, "E (core.language)")


def test_titles_above_the_headers_and_other_sheets(design: Design, tmp_path: Path) -> None:
    path = exported(ROWS, tmp_path, ".xlsx")
    book = openpyxl.load_workbook(path)
    book.active.insert_rows(1, 3)
    book.active["A1"] = "Export leerlingvolgsysteem"
    book.active["A2"] = "Schooljaar 2025-2026"
    book.active["B2"] = dt.date(2026, 6, 10)
    book.create_sheet("Leeg", 0)
    book.create_sheet("Toelichting").append(["Wat er in deze kolommen staat"])
    hidden = book.create_sheet("Verborgen", 0)
    hidden.append(["a", "b"])
    hidden.sheet_state = "hidden"
    book.save(path)
    delivery = read(path, design)
    assert codes(delivery.findings) == ["intake.sheets_left"]
    assert "Toelichting" in delivery.findings[0].wrong.nl
    (part,) = delivery.parts
    assert part.origin.rows.tolist() == [5, 6, 7]
    other = read_table(path, "verborgen")
    assert list(other.frame.columns) == ["a", "b"]
    with pytest.raises(EvalkitError) as caught:
        read_table(path, "Blad9")
    assert caught.value.finding.code == "intake.mapping_sheet"


def test_dates_are_iso_in_every_kind(tmp_path: Path) -> None:
    day = dt.date(2026, 6, 10)
    frame = pd.DataFrame({"unit": ["a"], "dag": [day]})
    for suffix in (".xlsx", ".sav", ".parquet"):
        table = read_table(exported(frame, tmp_path, suffix))
        assert table.frame["dag"].tolist() == ["2026-06-10"], suffix


# SPSS

AGREE = {5.0: "helemaal mee oneens", 4.0: "mee oneens", 3.0: "niet mee eens, niet mee oneens",
         2.0: "mee eens", 1.0: "helemaal mee eens"}  # fmt: skip


def sav(folder: Path, labels: dict[float, str], values: list[Any], **more: Any) -> Path:
    frame = pd.DataFrame(
        {"school": ["05KO"] * len(values), "unit": [f"p{i}" for i in range(len(values))],
         "arm": ["intervention"] * len(values), "class": ["5"] * len(values), "V4": values}
    )  # fmt: skip
    path = folder / "export.sav"
    pyreadstat.write_sav(frame, str(path), variable_value_labels={"V4": labels},
                         column_labels={"V4": "Leerlingtevredenheid"}, **more)  # fmt: skip
    return path


def test_spss_by_its_descriptions_labels_and_missings(design: Design, tmp_path: Path) -> None:
    labels = {6.0 - code: label for code, label in AGREE.items()} | {9.0: "weet niet"}
    path = sav(tmp_path, labels, [5.0, 9.0, None, 1.0], missing_ranges={"V4": [9]})
    delivery = read(path, design)
    assert delivery.findings == ()
    (checked,) = check_delivery(delivery, design)
    assert checked.frame["core.feedback"].fillna(-1).tolist() == [5, -1, -1, 1]
    assert {f.code for f in checked.findings} == {"intake.measure_missing"}


def test_labels_go_before_codes(design: Design, tmp_path: Path) -> None:
    """In SPSS 1 may be what is 5 in the design: a score must not be turned round in silence."""
    delivery = read(sav(tmp_path, AGREE, [1.0, 2.0, 3.0, 5.0]), design)
    assert codes(delivery.findings) == ["intake.labels_decide"]
    (checked,) = check_delivery(delivery, design)
    assert checked.frame["core.feedback"].tolist() == [5, 4, 3, 1]
    ends = {code: label for code, label in AGREE.items() if code in (1.0, 5.0)}
    found = read(sav(tmp_path, ends, [1.0, 2.0, 5.0]), design).findings
    assert [(f.code, f.place.column) for f in found] == [("intake.labels_partly", "V4")]


def test_a_mapping_names_labels_or_codes(design: Design, tmp_path: Path) -> None:
    path = sav(tmp_path, {1.0: "nooit", 2.0: "vaak"}, [1.0, 2.0, 3.0])
    columns = {"school": "school", "unit": "unit", "arm": "arm", "core.feedback": "v4"}
    values = {"core.feedback": {"nooit": 1, "vaak": 5, "3": ""}}
    mapping = Mapping(respondent="pupil", columns=columns, values=values)
    (checked,) = check_delivery(read(path, design, mapping=mapping), design)
    assert checked.frame["core.feedback"].fillna(-1).tolist() == [1, 5, -1]


# Files that cannot be read


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.xls", b"", "intake.save_as"),
        ("a.ods", b"PK", "intake.save_as"),
        ("a.por", b"", "intake.save_as"),
        ("a.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500), "intake.save_as"),
        ("a.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
         "intake.encrypted"),
        ("a.csv", b"PK\x03\x04", "intake.other_kind"),
        ("a.csv", b"PAR1", "intake.other_kind"),
        ("a.csv", b"$FL2@(#)", "intake.other_kind"),
        ("a.csv", b"%PDF-1.7", "intake.save_as"),
        ("a.csv", b"<html><table><tr><td>x", "intake.save_as"),
        ("a.xlsx", b"a;b\n1;2\n", "intake.other_kind"),
        ("a.sav", b"a,b\n1,2\n", "intake.other_kind"),
        ("a.parquet", b"$FL2", "intake.other_kind"),
        ("a.sav", b"", "intake.unreadable"),
        ("a.parquet", b"", "intake.unreadable"),
        ("a.parquet", b"PAR1PAR1", "intake.unreadable"),
        ("a.xlsx", b"PK\x03\x04", "intake.unreadable"),
    ],
)  # fmt: skip
def test_a_file_that_is_no_table_says_what_to_do(
    name: str, content: bytes, code: str, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(EvalkitError) as caught:
        read_table(path)
    assert caught.value.finding.code == code


@pytest.mark.parametrize("suffix", [".sav", ".parquet", ".xlsx"])
def test_a_truncated_file_is_refused(suffix: str, tmp_path: Path) -> None:
    path = exported(ROWS * 50, tmp_path, suffix)
    content = path.read_bytes()
    for share in (0.1, 0.5, 0.9, 0.99):
        path.write_bytes(content[: int(len(content) * share)])
        with pytest.raises(EvalkitError) as caught:
            read_table(path)
        assert caught.value.finding.code == "intake.unreadable"


@pytest.mark.parametrize("suffix", [".sav", ".parquet"])
def test_too_many_rows_are_refused(suffix: str, tmp_path: Path) -> None:
    path = exported({"x": np.zeros(200_001)}, tmp_path, suffix)
    with pytest.raises(EvalkitError) as caught:
        read_table(path)
    assert caught.value.finding.code == "intake.too_many_rows"


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data(), suffix=st.sampled_from([".sav", ".parquet"]))
def test_damage_is_no_crash(data: st.DataObject, suffix: str, tmp_path: Path) -> None:
    path = exported(ROWS, tmp_path, suffix)
    content = bytearray(path.read_bytes())
    for at in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=8)):
        content[at] = data.draw(st.integers(0, 255))
    path.write_bytes(bytes(content))
    with suppress(EvalkitError):
        assert isinstance(read_table(path), Table)


# Wide: several moments side by side

WIDE = """\
Leerlingnr;School;Groep;Verg;taal_voor;taal_na;verzuim_voor
1;05KO;7a;U;41;70;2
2;05KO;7b;G;38;;0
3;05KO;7b;G;;66;
4;12AB01;7;U;30;50;1
"""
WIDE_MAP = """\
respondent: pupil
columns: {school: School, class: Groep, unit: Leerlingnr, arm: Verg}
values:
  arm: {U: intervention, G: comparison}
parts:
  - wave: baseline
    taken_on: 2026-06-10
    columns: {core.language: taal_voor, core.absence: verzuim_voor}
  - wave: post
    taken_on: 2028-06-01
    taken_to: 2028-06-02
    columns: {core.language: taal_na}
"""


def mapping(text: str, **change: Any) -> Mapping:
    return Mapping(**(yaml.safe_load(text) | change))


def mapped(folder: Path, design: Design, content: str, how: Mapping, **more: Any) -> Delivery:
    path = folder / "export.csv"
    path.write_text(content, encoding="utf-8")
    return read_export(read_table(path), design, mapping=how, **more)


def test_wide(design: Design, tmp_path: Path) -> None:
    delivery = mapped(tmp_path, design, WIDE, mapping(WIDE_MAP))
    assert delivery.findings == ()
    before, after = delivery.parts
    assert (before.wave, before.taken_from, before.taken_to) == ("baseline", TAKEN, TAKEN)
    assert (after.wave, after.taken_to) == ("post", dt.date(2028, 6, 2))
    # A pupil of whom nothing is known at one moment was not measured then.
    assert before.frame["unit"].tolist() == ["1", "2", "4"]
    assert after.frame["unit"].tolist() == ["1", "3", "4"]
    assert after.origin.rows.tolist() == [2, 4, 5]
    first, second = check_delivery(delivery, design)
    assert (first.is_acceptable, second.is_acceptable) == (True, True)
    assert first.frame["core.language"].tolist() == [41, 38, 30]
    assert second.frame["arm"].tolist() == ["intervention", "comparison", "intervention"]


def test_one_wave_of_a_wide_file(design: Design, tmp_path: Path) -> None:
    (part,) = mapped(tmp_path, design, WIDE, mapping(WIDE_MAP), wave="post").parts
    assert part.wave == "post"
    day = dt.date(2028, 6, 9)
    (part,) = mapped(tmp_path, design, WIDE, mapping(WIDE_MAP), wave="post", taken_from=day).parts
    assert part.taken_from == day


def test_mistakes_in_parts_are_at_their_place(design: Design, tmp_path: Path) -> None:
    how = mapping(WIDE_MAP)
    parts = [
        how.parts[0].model_copy(update={"columns": {"core.language": "taal_wijk"}}),
        how.parts[1].model_copy(update={"columns": {"core.workload.i1": "taal_na"}, "wave": "nu"}),
    ]
    how = how.model_copy(update={"parts": (*parts, *how.parts[1:])})
    found = mapped(tmp_path, design, WIDE, how).findings
    assert [(f.code, f.place.key) for f in found] == [
        ("intake.wave_unknown", "parts.1.wave"),
        ("intake.mapping_column", "parts.0.columns.core.language"),
    ]


# Long: a row for each moment or measure

LONG = """\
code;brin;moment;datum;taal;verzuim
a;05KO;voor;10-6-2026;40;1
b;05KO;voor;11-6-2026;41;
a;05KO;na;1-6-2028;50;3
c;12AB01;na;2-6-2028;52;0
d;12AB01;proef;1-1-2027;1;1
"""
LONG_MAP = """\
respondent: pupil
columns: {school: brin, unit: code, core.language: taal, core.absence: verzuim}
fixed: {arm: intervention}
wave_column: moment
waves: {voor: baseline, na: post, proef: ""}
taken_column: datum
"""


def test_long_by_wave(design: Design, tmp_path: Path) -> None:
    delivery = mapped(tmp_path, design, LONG, mapping(LONG_MAP))
    assert delivery.findings == ()
    before, after = delivery.parts
    assert before.frame["unit"].tolist() == ["a", "b"]
    assert (before.taken_from, before.taken_to) == (TAKEN, dt.date(2026, 6, 11))
    assert after.frame["core.language"].tolist() == ["50", "52"]
    assert after.origin.rows.tolist() == [4, 5]
    (only,) = mapped(tmp_path, design, LONG, mapping(LONG_MAP), wave="post").parts
    assert only.wave == "post"


def test_moments_by_their_own_names_and_days(design: Design, tmp_path: Path) -> None:
    content = LONG.replace("voor", "Nulmeting").replace(";na;", ";post;")
    how = mapping(LONG_MAP, waves={"proef": ""}, taken_column=None,
                  days={"baseline": "2026-06-10", "post": "2028-06-01"})  # fmt: skip
    before, after = mapped(tmp_path, design, content, how).parts
    assert (before.wave, before.taken_to) == ("baseline", TAKEN)
    assert (after.wave, after.taken_from) == ("post", dt.date(2028, 6, 1))


def test_moments_that_mean_nothing(design: Design, tmp_path: Path) -> None:
    how = mapping(LONG_MAP, waves={"voor": "baseline", "proef": "tussen"})
    found = mapped(tmp_path, design, LONG + "e;05KO;;;;1\n", how).findings
    assert [(f.code, f.place.row, f.place.key) for f in found] == [
        ("intake.wave_unknown", None, "waves.proef"),
        ("intake.mapping_row", 4, None),
        ("intake.mapping_row_empty", 7, None),
    ]


MEASURES = """\
leerling;brin;afname;vak;score
a;05KO;voor;Taal;40
a;05KO;voor;verz;2
b;05KO;voor;Taal;41
a;05KO;na;Taal;60
a;05KO;na;gym;9
b;05KO;na;verz;onbekend
b;05KO;na;Taal;
"""
MEASURES_MAP = """\
respondent: pupil
columns: {school: brin, unit: leerling}
fixed: {arm: intervention, class: "5"}
wave_column: afname
waves: {voor: baseline, na: post}
days: {baseline: 2026-06-10, post: 2028-06-01}
measure_column: vak
value_column: score
measures: {verz: core.absence, gym: ""}
"""


def test_long_by_measure(design: Design, tmp_path: Path) -> None:
    delivery = mapped(tmp_path, design, MEASURES, mapping(MEASURES_MAP))
    assert delivery.findings == ()
    before, _ = delivery.parts
    assert before.frame["unit"].tolist() == ["a", "b"]
    assert before.frame["core.language"].tolist() == ["40", "41"]
    assert before.frame["core.absence"].tolist() == ["2", None]
    _, checked = check_delivery(delivery, design)
    wrong = [(f.code, f.place.row, f.place.column) for f in checked.findings if f.is_error]
    assert wrong == [("intake.not_a_number", 7, "score")]
    values = {"core.absence": {"onbekend": ""}}
    delivery = mapped(tmp_path, design, MEASURES, mapping(MEASURES_MAP, values=values))
    assert all(checked.is_acceptable for checked in check_delivery(delivery, design))


def test_a_value_that_is_there_twice(design: Design, tmp_path: Path) -> None:
    found = mapped(
        tmp_path, design, MEASURES + "b;05KO;voor;Taal;39\n", mapping(MEASURES_MAP)
    ).findings
    assert [(f.code, f.place.row, f.place.column) for f in found] == [
        ("intake.long_double", 9, "score")
    ]
    assert "rij 4" in found[0].wrong.nl


def test_a_measure_that_means_nothing(design: Design, tmp_path: Path) -> None:
    found = mapped(tmp_path, design, MEASURES, mapping(MEASURES_MAP, measures={})).findings
    assert [(f.code, f.place.row) for f in found] == [
        ("intake.mapping_row", 3),
        ("intake.mapping_row", 6),
    ]


@pytest.mark.parametrize(
    "change",
    [
        {"value_column": None},
        {"measure_column": None, "measures": {}},
        {"wave_column": None},
        {"wave": "baseline"},
        {"taken_column": "datum"},
        {"respondent": None},
        {"fixed": {"unit": "x"}},
    ],
)
def test_layouts_that_cannot_be(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        mapping(MEASURES_MAP, **change)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    scores=st.dictionaries(
        st.tuples(st.integers(1, 6), st.sampled_from(["baseline", "post"]),
                  st.sampled_from(["core.language", "core.absence"])),
        st.integers(0, 20), min_size=1, max_size=20,
    ),
    order=st.randoms(use_true_random=False),
)  # fmt: skip
def test_long_and_wide_say_the_same(
    scores: dict[tuple[int, str, str], int], order: Any, design: Design, tmp_path: Path
) -> None:
    long = [f"{unit};{wave};{measure};{value}" for (unit, wave, measure), value in scores.items()]
    order.shuffle(long)
    units = sorted({unit for unit, _, _ in scores})
    names = [(w, m) for w in ("baseline", "post") for m in ("core.language", "core.absence")]
    wide = ["unit;" + ";".join(f"{m} {w}" for w, m in names)]
    wide += [f"{u};" + ";".join(str(scores.get((u, w, m), "")) for w, m in names) for u in units]
    shared: dict[str, Any] = {
        "respondent": "pupil", "columns": {"unit": "unit"},
        "fixed": {"school": "05KO", "arm": "intervention"},
    }  # fmt: skip
    of_long = Mapping(**shared, wave_column="w", measure_column="m", value_column="v")
    parts = [{"wave": w, "columns": {m: f"{m} {w}" for x, m in names if x == w}}
             for w in ("baseline", "post")]  # fmt: skip
    of_wide = Mapping(**shared, parts=parts)
    found = []
    for content, how in (("unit;w;m;v\n" + "\n".join(long), of_long), ("\n".join(wide), of_wide)):
        delivery = mapped(tmp_path, design, content, how, taken_from=TAKEN)
        assert delivery.findings == ()
        found.append(
            {
                (str(row["unit"]), part.wave, name): row[name]
                for part in delivery.parts
                for row in part.frame.to_dict("records")
                for name in ("core.language", "core.absence")
                if row.get(name) is not None
            }
        )
    expected = {(str(u), w, m): str(v) for (u, w, m), v in scores.items()}
    assert found == [expected, expected]


def test_totals_through_a_mapping(design: Design, tmp_path: Path) -> None:
    content = "brin;groep;onderdeel;aantal;gemiddelde;sd\n05KO;U;Taal;20;30,5;7\n"
    how = Mapping(
        wave="baseline", respondent="pupil", grain="aggregate", taken_on=TAKEN,
        columns={"school": "brin", "arm": "groep", "measure": "onderdeel", "n": "aantal",
                 "mean": "gemiddelde", "sd": "sd"},
        values={"arm": {"U": "intervention"}},
    )  # fmt: skip
    delivery = mapped(tmp_path, design, content, how)
    (part,) = delivery.parts
    assert (part.respondent, part.grain) == (Respondent.pupil, Grain.aggregate)
    (checked,) = check_delivery(delivery, design)
    assert checked.frame["mean"].tolist() == [30.5]


def test_what_a_mapping_leaves_out_is_to_be_named_in_the_mapping(
    design: Design, tmp_path: Path
) -> None:
    """The header of the school's own file is not to be changed."""
    how = Mapping(
        wave="baseline", respondent="pupil", taken_on=TAKEN,
        columns={"school": "Vestiging", "core.language": "Taal"},
    )  # fmt: skip
    delivery = mapped(tmp_path, design, "Vestiging;Nr;Taal\n05KO;1;40\n", how)
    (checked,) = check_delivery(delivery, design)
    missing = [f for f in checked.findings if f.is_error]
    assert {f.code for f in missing} == {"intake.mapping_missing"}
    for name in ("class", "unit", "arm"):
        (told,) = (f for f in missing if f"'{name}'" in f.wrong.nl)
        assert f"onder columns ({name}: kopregel" in told.remedy.nl
