"""What is told of files that cannot be read: in both languages, without the words of libraries."""

from __future__ import annotations

import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from evalkit.collect.data_package import read_data_package
from evalkit.collect.marking import mark
from evalkit.collect.package import read_package
from evalkit.collect.tables import read_table
from evalkit.collect.workbook_reading import read_workbook
from evalkit.errors import EvalkitError
from evalkit.model.finding import Finding
from evalkit.store.backup import check_backup

ENGLISH = ("file", "not", "error", "could", "maximum", "expecting", "field", "null")


def an_archive(names: int) -> bytes:
    target = BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as made:
        for number in range(names):
            made.writestr(f"xl/part{number}.xml", "<a/>" * 400)
    return target.getvalue()


CUT = an_archive(3)[:-40]
DAMAGED = {
    "empty.xlsx": b"", "cut.xlsx": CUT, "other.xlsx": an_archive(2), "empty.zip": b"",
    "cut.zip": CUT, "without.zip": an_archive(1), "empty.json": b"", "cut.json": b'{"parts": [1,',
    "deep.json": b"[" * 100_000, "cut.sav": b"$FL2 cut", "cut.parquet": b"PAR1PAR1",
    "quote.csv": b'"' + b"a\n" * 200_000,
}  # fmt: skip


def told(path: Path) -> Finding:
    reads = {".xlsx": read_workbook, ".zip": read_data_package, ".json": read_package}
    try:
        if path.suffix in reads:
            return reads[path.suffix](path).findings[0]
        read_table(path)
    except EvalkitError as error:
        return error.finding
    raise AssertionError("it was read")


@pytest.mark.parametrize("name", DAMAGED)
def test_damage_is_told_in_both_languages(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(DAMAGED[name])
    found = told(path)
    assert found.code == "intake.unreadable"
    detail = found.wrong.nl.partition(": ")[2].lower().strip(".").split()
    assert detail
    assert not set(detail) & set(ENGLISH)
    assert found.wrong.nl != found.wrong.en
    assert "stuur het origineel nog eens" in found.remedy.nl


def test_the_same_holds_for_backups_and_marked_copies(tmp_path: Path) -> None:
    path = tmp_path / "backup.zip"
    path.write_bytes(CUT)
    _, (found,) = check_backup(path)
    assert "leeg, afgekapt of beschadigd" in found.wrong.nl
    book = path.rename(tmp_path / "book.xlsx")
    with pytest.raises(EvalkitError) as caught:
        mark(book, [], "nl")
    assert "leeg, afgekapt of beschadigd" in caught.value.finding.wrong.nl
