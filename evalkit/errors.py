"""The catalogue of everything that can be wrong, and the errors that carry it.

The texts live in ``errors.yaml`` (code, severity, what is wrong, remedy; nl and en) and
``docs/errors.md`` is made from them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any

from pydantic import Field

from evalkit.model.base import Model
from evalkit.model.finding import Finding, Place, Severity
from evalkit.model.safe_text import printable
from evalkit.model.text import Lang, Text


class CatalogueEntry(Model):
    """What the catalogue says of one code. Texts hold ``{names}`` that a finding fills in."""

    severity: Severity = Field(description="Severity.")
    wrong: Text = Field(description="What is wrong.")
    remedy: Text = Field(description="How to mend it.")


@cache
def catalogue() -> dict[str, CatalogueEntry]:
    """All codes with their entries, in the order of the file."""
    import yaml

    text = (Path(__file__).parent / "errors.yaml").read_text(encoding="utf-8")
    entries = yaml.load(text, yaml.CSafeLoader)
    return {code: CatalogueEntry(**entry) for code, entry in entries.items()}


def _fill(text: Text, values: dict[str, Any]) -> Text:
    def one(lang: Lang) -> str:
        shown = {k: _shown(v, lang) for k, v in values.items()}
        return Formatter().vformat(text.to(lang), (), shown)

    return Text(nl=one("nl"), en=one("en"))


def _shown(value: Any, lang: Lang) -> Any:
    """A value on one line; what somebody wrote, or called a file, cannot steer a terminal.

    Broken numbers are written as people of that language do: ``6,5`` or ``6.5``.
    """
    if isinstance(value, float) and math.isfinite(value):
        text = f"{value:.10g}"
        return text.replace(".", ",") if lang == "nl" else text
    if isinstance(value, int | float):
        return value
    return printable(value.to(lang) if isinstance(value, Text) else str(value))


def finding(code: str, place: Place | None = None, **values: Any) -> Finding:
    """A finding of the catalogue, with its texts filled in.

    Raises:
        KeyError: the catalogue does not know the code, or a value is missing.
    """
    entry = catalogue()[code]
    return Finding(
        code=code,
        severity=entry.severity,
        place=place or Place(),
        wrong=_fill(entry.wrong, values),
        remedy=_fill(entry.remedy, values),
    )


class PortableError(Exception):
    """An error that comes out of another process as it was, whatever it is made of."""

    def __reduce__(self) -> tuple[Any, ...]:
        return _portable, (type(self), self.args), self.__dict__


def _portable(kind: type[PortableError], args: tuple[Any, ...]) -> PortableError:
    return kind.__new__(kind, *args)


class EvalkitError(PortableError):
    """An expected problem: one finding that the user can mend. Faces print it on one line."""

    def __init__(self, code: str, place: Place | None = None, **values: Any) -> None:
        self.finding = finding(code, place, **values)
        super().__init__(f"{self.finding.wrong.en} {self.finding.remedy.en}")


class FindingsError(PortableError):
    """Input that cannot be accepted: all findings on it at once."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__("; ".join(f.wrong.en for f in self.findings if f.is_error))


def refuse_errors(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings, if none is an error.

    Raises:
        FindingsError: at least one is an error.
    """
    found = tuple(findings)
    if any(f.is_error for f in found):
        raise FindingsError(found)
    return found
