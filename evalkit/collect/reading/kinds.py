"""What kind of file it is, by its name and by its first bytes."""

from __future__ import annotations

from evalkit.errors import EvalkitError
from evalkit.model.finding import Place

CSV = frozenset({".csv", ".tsv", ".txt"})
SAV = frozenset({".sav", ".zsav"})
PARQUET = frozenset({".parquet", ".pq"})
TABLES = CSV | SAV | PARQUET | {".xlsx"}
"""Suffixes of files that hold a table."""

SAVE_AS = {
    ".xls": ".xlsx",
    ".xlsb": ".xlsx",
    ".xlsm": ".xlsx",
    ".ods": ".xlsx",
    ".fods": ".xlsx",
    ".numbers": ".xlsx",
    ".por": ".sav",
    ".dta": ".csv",
    ".rds": ".csv",
    ".rdata": ".csv",
    ".sas7bdat": ".csv",
    ".html": ".xlsx",
    ".pdf": ".xlsx",
}
"""Suffix of a kind that is not read, to that in which its program can save it."""

_MARKS = (
    (b"PK\x03\x04", ".xlsx"),
    (b"$FL2", ".sav"),
    (b"$FL3", ".sav"),
    (b"PAR1", ".parquet"),
    (b"%PDF", ".pdf"),
)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_LOOKED_AT = 2_000
_OWN = {**dict.fromkeys(CSV, ".csv"), **dict.fromkeys(SAV, ".sav"),
        **dict.fromkeys(PARQUET, ".parquet"), ".xlsx": ".xlsx"}  # fmt: skip


def refuse_kind(suffix: str, place: Place) -> None:
    """Refuse a kind that is not read but can be saved as one that is.

    Raises:
        EvalkitError: ``intake.save_as``.
    """
    if suffix in SAVE_AS:
        raise EvalkitError("intake.save_as", place, suffix=suffix, other=SAVE_AS[suffix])


def refuse_mismatch(content: bytes, suffix: str, place: Place) -> None:
    """Refuse content that is of another kind than its name says, or that is locked.

    Raises:
        EvalkitError: ``intake.encrypted``, ``intake.save_as`` or ``intake.other_kind``.
    """
    if content.startswith(_OLE):
        if _ENCRYPTED in content:
            raise EvalkitError("intake.encrypted", place)
        raise EvalkitError("intake.save_as", place, suffix=".xls", other=".xlsx")
    found = _kind(content)
    own = _OWN.get(suffix)
    if own is None or found in (None, own) or (found == ".csv" and suffix in CSV):
        return
    if found in SAVE_AS:
        raise EvalkitError("intake.save_as", place, suffix=found, other=SAVE_AS[found])
    raise EvalkitError("intake.other_kind", place, suffix=suffix, other=found)


def _kind(content: bytes) -> str | None:
    """The suffix that fits the content, as far as that can be told."""
    for mark, kind in _MARKS:
        if content.startswith(mark):
            return kind
    head = content[:_LOOKED_AT]
    if b"<html" in head.lower():
        return ".html"
    line, separated, _ = head.partition(b"\n")
    is_text = b"\0" not in head and any(sign in line for sign in (b";", b"\t", b","))
    return ".csv" if is_text and separated else None
