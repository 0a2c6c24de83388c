"""Files made to do harm: refused, or read without it, in little time and memory."""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_LZMA, ZipFile

import pytest

from evalkit.collect.checks import check_delivery
from evalkit.collect.data_package import read_data_package
from evalkit.collect.delivery import Delivery
from evalkit.collect.marking import mark
from evalkit.collect.package import read_package
from evalkit.collect.tables import read_table
from evalkit.collect.workbook_reading import read_workbook
from evalkit.errors import EvalkitError
from evalkit.model.design import Design

from .filling import PUPILS, TAKEN, codes, date_taken, fill, opened, pupil
from .mutating import Parts, parts_of, zipped
from .test_tables import HEADER, read, written

SHEET = "xl/worksheets/sheet2.xml"
TEXTS = "xl/sharedStrings.xml"
STYLES = "xl/styles.xml"
LAST_ROW = 1_048_576


@pytest.fixture(scope="module")
def filled(workbook: bytes) -> bytes:
    """The workbook with twelve pupils in it."""
    book = opened(workbook)
    fill(book[PUPILS], [pupil(unit=f"p{i}", core__language=30 + i) for i in range(12)])
    date_taken(book, "baseline", TAKEN)
    target = BytesIO()
    book.save(target)
    return target.getvalue()


@pytest.fixture
def parts(filled: bytes) -> Parts:
    return parts_of(filled)


def delivered(content: bytes, folder: Path, name: str = "boek.xlsx") -> Delivery:
    path = folder / name
    path.write_bytes(content)
    return read_workbook(path)


def with_rows(parts: Parts, rows: Iterator[bytes] | list[bytes]) -> bytes:
    """The workbook with more rows at the end of its first data sheet."""
    sheet = parts[SHEET]
    at = sheet.index(b"</sheetData>")
    return zipped(parts | {SHEET: b"".join([sheet[:at], *rows, sheet[at:]])})


def numbered(row: bytes, first: int = 100, last: int = LAST_ROW) -> Iterator[bytes]:
    """Rows in which ``#`` is the row's number."""
    return (row.replace(b"#", b"%d" % number) for number in range(first, last + 1))


def texts(count: int) -> bytes:
    """A table of different texts."""
    begin = b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    strings = b"".join(b"<si><t>t%d</t></si>" % number for number in range(count))
    return begin + strings + b"</sst>"


def with_double(parts: Parts) -> bytes:
    target = BytesIO()
    with warnings.catch_warnings(), ZipFile(target, "w") as package:
        warnings.simplefilter("ignore")
        for name, content in [*parts.items(), (SHEET, b"<worksheet/>")]:
            package.writestr(name, content)
    return target.getvalue()


def packed(parts: Parts, method: int) -> bytes:
    target = BytesIO()
    with ZipFile(target, "w", method) as package:
        for name, content in parts.items():
            package.writestr(name, content)
    return target.getvalue()


def changed_entry(parts: Parts, at: int, value: bytes) -> bytes:
    """The zip with other bytes in what its directory says of the sheet."""
    content = bytearray(zipped(parts))
    entry = content.rindex(b"PK\x01\x02", 0, content.rindex(SHEET.encode()))
    content[entry + at : entry + at + len(value)] = value
    return bytes(content)


DTD = b'<!DOCTYPE a [<!ENTITY b "bbbbbbbbbb"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><'
REFUSED: dict[str, tuple[Callable[[Parts], bytes], str]] = {
    "entities": (lambda p: zipped(p | {SHEET: DTD + p[SHEET][1:]}), "intake.unsafe"),
    "an outside document type": (
        lambda p: zipped(p | {TEXTS: b'<!DOCTYPE sst SYSTEM "file:///etc/passwd">' + texts(1)}),
        "intake.unsafe",
    ),
    "another encoding": (
        lambda p: zipped(p | {SHEET: p[SHEET].decode().encode("utf-16")}),
        "intake.unsafe",
    ),
    "macros": (lambda p: zipped(p | {"xl/vbaProject.bin": b"\xd0\xcf"}), "intake.macros"),
    "a password": (lambda p: changed_entry(p, 8, b"\x01"), "intake.encrypted"),
    "an old workbook": (lambda p: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" * 99, "intake.encrypted"),
    "a name outside": (lambda p: zipped(p | {"../../evil.xml": b"<a/>"}), "intake.unsafe"),
    "an absolute name": (lambda p: zipped(p | {"/etc/evil.xml": b"<a/>"}), "intake.unsafe"),
    "a part twice": (with_double, "intake.unsafe"),
    "another packing": (lambda p: packed(p, ZIP_LZMA), "intake.unsafe"),
    "too many parts": (
        lambda p: zipped(p | {f"xl/media/{i}.png": b"" for i in range(2_001)}),
        "intake.unsafe",
    ),
    "a size it has not": (
        lambda p: changed_entry(p, 24, (2**31).to_bytes(4, "little")),
        "intake.too_large",
    ),
    "one endless text": (
        lambda p: zipped(p | {TEXTS: texts(1).replace(b"t0", b"a" * 30_000_000)}),
        "intake.unsafe",
    ),
    "too many texts": (lambda p: zipped(p | {TEXTS: texts(250_000)}), "intake.too_many_texts"),
    "too many styles": (
        lambda p: zipped(p | {STYLES: p[STYLES].replace(b"</cellXfs>", b"<xf/>" * 70_000)}),
        "intake.unsafe",
    ),
    "rows too wide": (
        lambda p: with_rows(
            p, numbered(b'<row r="#"><c r="XFD#"><v>1</v></c></row>', last=1_000)
        ),
        "intake.unsafe",
    ),
    "too many cells": (
        lambda p: with_rows(p, [b'<row r="99">', b"<c><v>1</v></c>" * 20_001, b"</row>"]),
        "intake.too_many_cells",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_a_workbook_made_to_harm_is_refused(
    name: str, parts: Parts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("evalkit.collect.workbook_package.MOST_WORKBOOK_CELLS", 20_000)
    make, code = REFUSED[name]
    content = make(parts)
    delivery = delivered(content, tmp_path)
    assert (codes(delivery.findings), delivery.parts) == ([code], ())
    # The same door stands before every other reader.
    with pytest.raises(EvalkitError) as caught:
        read_table(tmp_path / "boek.xlsx")
    assert caught.value.finding.code in (code, "intake.save_as")
    with pytest.raises(EvalkitError):
        mark(tmp_path / "boek.xlsx", delivery.findings, "nl")


DDE = (
    b'<externalLink xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    b'<ddeLink ddeService="cmd" ddeTopic="/c calc"/></externalLink>'
)
LINKS = b'<hyperlinks><hyperlink ref="A7" location="x"/></hyperlinks>'
HARMLESS: dict[str, tuple[Callable[[Parts], bytes], list[str]]] = {
    "a size of the sheet that is not so": (
        lambda p: zipped(
            p
            | {
                SHEET: re.sub(
                    rb'<dimension ref="[^"]*"', b'<dimension ref="A1:XFD1048576"', p[SHEET]
                )
            }
        ),
        [],
    ),
    "a picture that unpacks to 300 MB": (
        lambda p: zipped(p | {"xl/media/image1.png": b"\0" * 300_000_000}),
        [],
    ),
    "links to programs": (
        lambda p: zipped(p | {"xl/externalLinks/externalLink1.xml": DDE}),
        ["intake.linked"],
    ),
    "embedded files": (
        lambda p: zipped(p | {"xl/embeddings/a.bin": b"MZ"}),
        ["intake.linked"],
    ),
    "hyperlinks": (
        lambda p: zipped(p | {SHEET: p[SHEET].replace(b"</sheetData>", b"</sheetData>" + LINKS)}),
        [],
    ),
    "a path as the name of a sheet": (
        lambda p: zipped(
            {
                name: content.replace(PUPILS.encode(), b"..\\..\\etc\\passwd")
                if name == "xl/workbook.xml"
                else content
                for name, content in p.items()
            }
        ),
        [],
    ),
    "empty rows to the last": (lambda p: with_rows(p, numbered(b'<row r="#" s="1"/>')), []),
    "a last row past the last": (
        lambda p: with_rows(p, [b'<row r="99999999999"><c r="A99999999999"><v>1</v></c></row>']),
        [],
    ),
}


@pytest.mark.parametrize("name", HARMLESS)
def test_what_does_no_harm_leaves_the_results_as_they_are(
    name: str, parts: Parts, design: Design, tmp_path: Path
) -> None:
    make, expected = HARMLESS[name]
    delivery = delivered(make(parts), tmp_path)
    assert codes(delivery.findings) == expected
    (part,) = delivery.parts
    (checked,) = check_delivery(delivery, design)
    assert checked.frame["core.language"].tolist() == [30 + i for i in range(12)]
    assert part.origin.rows.tolist() == list(range(7, 19))


def test_only_what_says_its_own_place_is_left_out(parts: Parts, tmp_path: Path) -> None:
    """Rows and cells without a number follow from those before them, empty or not."""
    rows = b"<row/><row><c/><c t='inlineStr'><is><t>x</t></is></c></row><row r='30'/>"
    more = b"<row><c r='A31' s='1'/><c r='B31' s='1'><v/></c><c r='C31'><v>5</v></c></row>"
    delivery = delivered(with_rows(parts, [rows, more]), tmp_path)
    (part,) = delivery.parts
    assert part.origin.rows.tolist()[-2:] == [20, 31]
    assert part.frame["class"].tolist()[-2:] == ["x", None]


def test_prefixes_and_single_quotes_are_xml_too(parts: Parts, tmp_path: Path) -> None:
    def other(xml: bytes) -> bytes:
        xml = re.sub(rb"<(/?)(?=[A-Za-z])", rb"<\1x:", xml).replace(b"xmlns=", b"xmlns:x=")
        return re.sub(rb'="([^"\']*)"', rb"='\1'", xml)

    changed = {n: other(c) if n == SHEET else c for n, c in parts.items()}
    delivery = delivered(with_rows_of(changed), tmp_path)
    assert len(delivery.parts[0].frame) == 12
    assert delivery.findings == ()


def with_rows_of(parts: Parts) -> bytes:
    rows = b"".join(b"<x:row r='%d'><x:c r='A%d' s='1'/></x:row>" % (n, n) for n in range(99, 999))
    return zipped(
        parts | {SHEET: parts[SHEET].replace(b"</x:sheetData>", rows + b"</x:sheetData>")}
    )


MEASURE = """
import json, sys, time
from pathlib import Path
import openpyxl
from evalkit.collect.workbook_reading import read_workbook
from evalkit.errors import catalogue
catalogue()
seconds = {}
for name in sys.argv[1:]:
    start = time.process_time()
    read_workbook(Path(name))
    seconds[Path(name).stem] = time.process_time() - start
status = Path("/proc/self/status")
lines = status.read_text().splitlines() if status.exists() else []
most = max((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM")), default=0)
print(json.dumps({"seconds": seconds, "megabytes": most}))
"""


def test_bombs_take_little_time_and_memory(parts: Parts, tmp_path: Path) -> None:
    bombs = {
        "rows": with_rows(parts, numbered(b'<row r="#"/>')),
        "cells": with_rows(
            parts, numbered(b'<row r="#" ht="15"><c r="A#" s="1"/><c r="B#" s="1"/></row>')
        ),
        "texts": zipped(parts | {TEXTS: texts(500_000)}),
        "wide": with_rows(
            parts, numbered(b'<row r="#"><c r="ZZ#"><v>1</v></c></row>', last=90_000)
        ),
        "far": with_rows(parts, [b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>']),
    }
    for name, content in bombs.items():
        (tmp_path / f"{name}.xlsx").write_bytes(content)
    (tmp_path / "sparse.xlsx").touch()
    os.truncate(tmp_path / "sparse.xlsx", 10**11)
    files = sorted(map(str, tmp_path.glob("*.xlsx")))
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, *files], capture_output=True, text=True, check=True
    )
    measured = json.loads(done.stdout)
    assert max(measured["seconds"].values()) < 2, measured
    assert measured["megabytes"] < 300, measured


# CSV


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b";" * 5_000_000, "intake.unreadable"),
        (b'"\n";' * 2_000_000, "intake.unreadable"),
        (b'"' + b"a\n" * 200_000, "intake.unreadable"),
        (b"a;" * 2_500 + b"\n1;2\n", "intake.too_many_columns"),
        (b"a;" * 1_900 + b"\n" + b"1\n" * 9_000, "intake.too_many_cells"),
        (b"\x00" * 1_000_000, "intake.empty"),
    ],
)
def test_a_csv_made_to_fill_memory_is_refused(
    content: bytes, expected: str, design: Design, tmp_path: Path
) -> None:
    delivery = read(written(tmp_path, content), design)
    assert codes(delivery.findings) == [expected]


def test_hidden_signs_do_not_hide_what_is_there(design: Design, tmp_path: Path) -> None:
    line = "05KO;5a\u200b;\u202ep1\x1b[31m;inter\u200dvention;41,5\x07;2;4;geen"
    delivery = read(written(tmp_path, f"{HEADER}\n{line}\n".encode()), design)
    (checked,) = check_delivery(delivery, design)
    assert checked.frame["core.language"].tolist() == [41.5]
    assert checked.frame["unit"].tolist() == ["p1[31m"]
    assert checked.frame["class"].tolist() == ["5a"]


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("#DIV/0!", "intake.error_value"),
        ("#DEEL/0!", "intake.error_value"),
        ("#VERW!", "intake.error_value"),
        ("#NAAM?", "intake.error_value"),
        ("Err:502", "intake.error_value"),
        ("#N/B", "intake.error_mark"),
        ("#N/A", "intake.error_mark"),
        ("1e999", "intake.not_a_number"),
        ("INF", "intake.not_a_number"),
        ("1e308", "intake.out_of_bounds"),
    ],
)
def test_errors_of_spreadsheets_and_numbers_of_no_size(
    cell: str, code: str, design: Design, tmp_path: Path
) -> None:
    line = f"05KO;5a;p1;intervention;{cell};2;4;geen"
    delivery = read(written(tmp_path, f"{HEADER}\n{line}\n"), design)
    (checked,) = check_delivery(delivery, design)
    assert code in codes(checked.findings)
    assert checked.frame["core.language"].isna().all()


# JSON and data packages


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"[" * 100_000, "intake.unreadable"),
        (b'{"parts": ' * 50_000, "intake.unreadable"),
        (b"[" + b"[],".replace(b"[]", b"[]") * 1_000_001 + b"1]", "intake.too_many_cells"),
        (b"9" * 5_000, "intake.unreadable"),
        (b'{"project": "a", "project": "b"}', "file.duplicate_key"),
    ],
)
def test_a_json_made_to_harm_is_refused(content: bytes, code: str, tmp_path: Path) -> None:
    for name, reader in (("a.json", read_package), ("datapackage.json", read_data_package)):
        (tmp_path / name).write_bytes(content)
        assert codes(reader(tmp_path / name).findings) == [code]


def test_a_package_of_which_every_row_has_a_column_of_its_own(
    design: Design, tmp_path: Path
) -> None:
    rows = [{f"kolom {number}": number} for number in range(2_500)]
    part = {"wave": "baseline", "respondent": "pupil", "grain": "unit", "rows": rows}
    path = tmp_path / "a.json"
    path.write_text(json.dumps({"project": "a", "design_hash": "b", "parts": [part]}))
    assert codes(read_package(path).findings) == ["intake.too_many_columns"]


def described(design: Design, *paths: str) -> bytes:
    about = {"wave": "baseline", "respondent": "pupil", "taken_from": "2026-06-10"}
    resources = [{"name": "a", "path": path, **about} for path in paths]
    package = {
        "project": design.project.id, "design_hash": design.hash, "resources": resources
    }  # fmt: skip
    return json.dumps(package).encode()


@pytest.mark.parametrize(
    "name", ["../geheim.csv", "/etc/passwd", "C:\\geheim.csv", "a/../../geheim.csv", "link.csv"]
)
def test_nothing_outside_a_package_is_read(name: str, design: Design, tmp_path: Path) -> None:
    folder = tmp_path / "pakket"
    folder.mkdir()
    (tmp_path / "geheim.csv").write_text("geheim\n1\n")
    (folder / "link.csv").symlink_to(tmp_path / "geheim.csv")
    (folder / "datapackage.json").write_bytes(described(design, name))
    found = read_data_package(folder / "datapackage.json")
    assert (codes(found.findings), found.parts) == (["intake.resource_outside"], ())


@pytest.mark.parametrize("name", ["\x00", "a" * 5_000, "."])
def test_a_name_that_cannot_be_is_missing(name: str, design: Design, tmp_path: Path) -> None:
    (tmp_path / "datapackage.json").write_bytes(described(design, name))
    found = codes(read_data_package(tmp_path / "datapackage.json").findings)
    assert found[0] in ("file.missing", "file.unreadable")


def test_one_file_is_not_read_again_and_again(design: Design, tmp_path: Path) -> None:
    line = "05KO;5a;p1;intervention;1;2;4;geen"
    (tmp_path / "a.csv").write_text(f"{HEADER}\n{line}\n")
    (tmp_path / "datapackage.json").write_bytes(described(design, *["a.csv"] * 3))
    found = read_data_package(tmp_path / "datapackage.json")
    assert codes(found.findings) == ["file.duplicate_key"] * 2
    assert len(found.parts) == 1


@pytest.mark.parametrize(
    ("name", "code"), [("../../evil.csv", "intake.unsafe"), ("a.csv", "intake.unsafe")]
)
def test_a_zip_made_to_harm_is_refused(
    name: str, code: str, design: Design, tmp_path: Path
) -> None:
    files = {"datapackage.json": described(design, "a.csv"), name: b"0" * 60_000_000}
    (tmp_path / "a.zip").write_bytes(zipped(files, level=9))
    assert codes(read_data_package(tmp_path / "a.zip").findings) == [code]


def test_a_number_of_no_size(parts: Parts, tmp_path: Path) -> None:
    row = b'<row r="99"><c r="A99"><v>%s</v></c></row>' % (b"9" * 5_000)
    assert codes(delivered(with_rows(parts, [row]), tmp_path).findings) == ["intake.unreadable"]


@pytest.mark.parametrize("reader", [read_workbook, read_package, read_data_package])
def test_what_never_ends_is_not_read(reader: Callable[[Path], Delivery], tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pijp")
    for path in (tmp_path / "pijp", Path("/dev/zero")):
        assert codes(reader(path).findings) == ["file.unreadable"]


def test_dates_past_every_calendar(parts: Parts, design: Design, tmp_path: Path) -> None:
    """A cell with the format of a date holds a number for which there is no day."""
    sheet = parts["xl/worksheets/sheet1.xml"]
    book = opened(zipped(parts))
    row, letter = date_taken(book, "baseline", dt.date(2026, 6, 10))
    target = BytesIO()
    book.save(target)
    changed = parts_of(target.getvalue())
    sheet = changed["xl/worksheets/sheet1.xml"]
    at = sheet.index(f'<c r="{letter}{row}"'.encode())
    start = sheet.index(b"<v>", at) + 3
    end = sheet.index(b"</v>", start)
    changed["xl/worksheets/sheet1.xml"] = sheet[:start] + b"99999999999" + sheet[end:]
    (part,) = delivered(zipped(changed), tmp_path).parts
    assert part.taken.unread


@pytest.mark.parametrize("bomb", ["texts", "columns", "cells", "rows"])
def test_a_parquet_that_unpacks_without_end_is_refused(bomb: str, tmp_path: Path) -> None:
    """Equal cells take next to nothing in the file."""
    import numpy as np
    import pyarrow as pa
    from pyarrow import parquet

    rows = 150_000
    zeros = pa.array(np.zeros(rows, dtype="int8"))
    long = pa.DictionaryArray.from_arrays(pa.array(np.zeros(rows, dtype="int32")), ["x" * 500_000])
    columns, code = {
        "texts": ({"a": long}, "intake.unreadable"),
        "columns": ({f"c{i}": zeros[:2] for i in range(2_100)}, "intake.too_many_columns"),
        "cells": ({f"c{i}": zeros for i in range(70)}, "intake.too_many_cells"),
        "rows": ({"a": pa.array(np.zeros(3_000_000, dtype="int8"))}, "intake.too_many_rows"),
    }[bomb]
    path = tmp_path / "a.parquet"
    parquet.write_table(pa.table(columns), path)
    assert path.stat().st_size < 1_500_000
    with pytest.raises(EvalkitError) as caught:
        read_table(path)
    assert caught.value.finding.code == code
