"""What writer and reader of the workbook agree on: names of sheets, hidden rows and marks."""

from __future__ import annotations

import re
from collections.abc import Iterable

from evalkit.collect.columns import Form
from evalkit.language import Translate
from evalkit.model.design import Design
from evalkit.model.submission import Grain
from evalkit.model.text import Lang
from evalkit.model.vocabulary import Respondent

FORMAT_VERSION = 1
"""Goes up when an older reader would misread a newer workbook."""

META_SHEET = "evalkit"
META_MARK = "evalkit-workbook"
"""First cell of the sheet that says what the workbook belongs to."""

LISTS_SHEET = "evalkit-lists"

WAVE_MARK, TAKEN_FROM_MARK, TAKEN_TO_MARK = (
    "evalkit|wave",
    "evalkit|taken_from",
    "evalkit|taken_to",
)
"""Hidden column names of the table of dates on the start sheet."""

MOST_PREPARED = 2_000
"""Rows written beforehand (school, group, measure) on one sheet."""

FINDINGS_MARK = "evalkit|findings"
"""First cell of the sheet that a marked copy has in addition; it is not read back."""

TITLE_ROW, GUIDE_ROW, MORE_ROW, HEADER_ROW, EXPLANATION_ROW, NAMES_ROW, FIRST_ROW = range(7)
"""Rows of a data sheet, from 0. The hidden names come last: data start right below them."""

_LONGEST_NAME = 31
_FORBIDDEN = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
_MACHINE_NAME = re.compile(
    r"([a-z0-9_.-]+)\|(pupil|teacher|parent|school)\|(unit|aggregate)\|([a-z0-9_.-]+)"
)


def machine_name(form: Form, column: str) -> str:
    """What the hidden row says of a column: it knows its place even on a renamed sheet."""
    return f"{form.key}|{column}"


def parse_machine_name(value: object) -> tuple[tuple[str, Respondent, Grain], str] | None:
    """Form and column of a hidden name, or none if the cell is not one."""
    match = _MACHINE_NAME.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        return None
    respondents = {r.value: r for r in Respondent}
    grains = {g.value: g for g in Grain}
    return (match[1], respondents[match[2]], grains[match[3]]), match[4]


def sheet_names(design: Design, forms: Iterable[Form], t: Translate, lang: Lang) -> dict[str, str]:
    """A valid, unique, telling sheet name for each form, by the form's key."""
    taken = {META_SHEET, LISTS_SHEET, t("Start").casefold(), "history"}
    names = {}
    for form in forms:
        words = [form.respondent.label.to(lang).capitalize(), design.wave(form.wave).label.to(lang)]
        ending = " " + t("(totals)") if form.grain is Grain.aggregate else ""
        name = _unique(_fitted(" ".join(words), _LONGEST_NAME - len(ending)) + ending, taken)
        taken.add(name.casefold())
        names[form.key] = name
    return names


def _fitted(text: str, longest_name: int) -> str:
    """The text within that length, as a sheet name: the longest words shortened, so that years and
    numbers at the end survive."""
    words = _FORBIDDEN.sub(" ", text).strip(" '").split() or ["-"]
    while len(" ".join(words)) > longest_name:
        longest = max(range(len(words)), key=lambda i: len(words[i]))
        if len(words[longest]) <= 3:
            return " ".join(words)[:longest_name].strip(" '")
        words[longest] = words[longest].rstrip(".")[:-1].rstrip(".") + "."
        words[longest] = words[longest] if len(words[longest]) > 2 else words[longest][:1]
    return " ".join(words)


def _unique(name: str, taken: set[str]) -> str:
    candidate, number = name, 2
    while candidate.casefold() in taken:
        ending = f" {number}"
        candidate, number = name[: _LONGEST_NAME - len(ending)].rstrip() + ending, number + 1
    return candidate
