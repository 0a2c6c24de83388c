"""A finding: one remark on a file or a design."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from evalkit.model.base import Model
from evalkit.model.safe_text import printable
from evalkit.model.text import Lang, Text

Severity = Literal["error", "warning", "info"]


_Name = Annotated[str, AfterValidator(printable)]


class Place(Model):
    """Where a finding is. Rows, columns and lines count from 1, as a person counts."""

    file: _Name | None = Field(None, description="File name.")
    sheet: _Name | None = Field(None, description="Sheet of a workbook.")
    row: int | None = Field(None, description="Row in the sheet or file.")
    column: _Name | None = Field(None, description="Column, as its header or letter.")
    line: int | None = Field(None, description="Line in a text file.")
    key: _Name | None = Field(None, description="Key in a YAML file, for example waves[0].opens.")

    def to(self, lang: Lang) -> str:
        """The place in words, for example ``plan.xlsx · Leerlingen · rij 14 · kolom C``."""
        row, column, line = ("rij", "kolom", "regel") if lang == "nl" else ("row", "column", "line")
        parts = (
            self.file,
            self.line and f"{line} {self.line}",
            self.sheet,
            self.row and f"{row} {self.row}",
            self.column and f"{column} {self.column}",
            self.key,
        )
        return " · ".join(str(part) for part in parts if part)


class Finding(Model):
    """One remark: code, severity, place, what is wrong, how to mend it."""

    code: str = Field(description="Stable code, listed in docs/errors.md.")
    severity: Severity = Field(description="An error stops; a warning is stored beside the data.")
    place: Place = Field(description="Where.")
    wrong: Text = Field(description="What is wrong.")
    remedy: Text = Field(description="How to mend it.")

    @property
    def is_error(self) -> bool:
        """Whether nothing may be stored because of this."""
        return self.severity == "error"
