"""What KoboToolbox, ODK and REDCap export of evalkit's forms, read back."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from evalkit.collect.columns import columns_for
from evalkit.collect.delivery import Delivery, Origin, Part, Taken
from evalkit.collect.spelling import option_key
from evalkit.collect.survey import (
    DESIGN,
    PROJECT,
    RESPONDENT,
    TODAY,
    WAVE,
    survey_forms,
    survey_names,
)
from evalkit.collect.tables import Table
from evalkit.errors import finding
from evalkit.model.design import Design
from evalkit.model.finding import Finding, Place
from evalkit.model.hashing import short
from evalkit.model.submission import Grain
from evalkit.model.vocabulary import Respondent

_OWN = re.compile(
    r"""start|end|today|intro|record_id|key|status|edits|reviewstate|formversion|devicei?d
    |_.*|.*_complete|redcap_.*|.*_timestamp|evalkit_.*|score__.*|.*instanceid|.*instancename
    |.*uuid|submissiondate|submitter(id|name)|attachments(present|expected)|group__.*""",
    re.IGNORECASE | re.VERBOSE,
)
"""Columns a tool adds itself; nobody needs to hear that they are not used."""

_PERSONAL = frozenset({"username", "phonenumber", "email", "subscriberid", "simserial"})
"""Columns about the device or its owner that a tool may add."""

_KEYS = ("_uuid", "key", "instanceid", "record_id")
"""Columns that identify one filled-in form, lower case, the surest first."""

_DAYS = (TODAY, "_submission_time", "submissiondate", "end", "start")
"""Columns that tell when a form was filled in, the surest first."""


@dataclass(frozen=True)
class Survey:
    """An export that says by itself what it is."""

    table: Table
    """With the tool's group names taken off its headers."""
    project: str
    design_hash: str
    wave: str
    respondent: Respondent


def survey_of(table: Table) -> Survey | tuple[Finding, ...] | None:
    """The export of a form of evalkit; findings if it mixes forms; none if it is no such export."""
    plain = table.frame.set_axis(_without_groups(table.frame.columns), axis=1)
    plain = plain.loc[:, ~plain.columns.duplicated()]
    if not {PROJECT, DESIGN, WAVE, RESPONDENT} <= set(plain):
        return None
    said: dict[str, str] = {}
    wrong = []
    for name in (PROJECT, DESIGN, WAVE, RESPONDENT):
        values = [str(value) for value in plain[name].dropna().unique()]
        place = Place(file=table.file, column=name)
        if len(values) != 1:
            shown = ", ".join(map(short, values)) or "–"
            wrong.append(finding("survey.mixed", place, column=name, found=shown))
        else:
            said[name] = values[0]
    respondent = next((r for r in Respondent if r.value == said.get(RESPONDENT)), None)
    if not wrong and respondent is None:
        place = Place(file=table.file, column=RESPONDENT)
        wrong.append(finding("survey.mixed", place, column=RESPONDENT, found=said[RESPONDENT]))
    if wrong or respondent is None:
        return tuple(wrong)
    named = Table(table.file, plain, table.rows, table.findings)
    return Survey(named, said[PROJECT], said[DESIGN], said[WAVE], respondent)


def _without_groups(headers: Iterable[object]) -> list[str]:
    """Headers without the groups before them: ``group__a/b`` (Kobo), ``group__a-b`` (ODK)."""
    return [
        re.split(r"[/:-]", str(header))[-1] if _in_group(header) else str(header)
        for header in headers
    ]


def _in_group(header: object) -> bool:
    return str(header).startswith(("group__", "meta/", "meta-"))


def read_survey(survey: Survey, design: Design) -> Delivery:
    """The export as a delivery of one part, under the names of the design.

    Answers may be codes or labels. A form that was exported twice is read once. What the tool
    adds itself is left out; of columns about a device or person it says so.
    """
    frame, rows = survey.table.frame, survey.table.rows
    findings = list(survey.table.findings)
    headers, unused = _headers(survey, design)
    for header in unused:
        if header.casefold() in _PERSONAL and frame[header].notna().any():
            place = Place(file=survey.table.file, column=header)
            findings.append(finding("survey.personal", place, column=header))
    doubles = _doubles(frame)
    if doubles.any():
        place = Place(file=survey.table.file)
        findings.append(finding("survey.double", place, count=int(doubles.sum())))
    if "subject" in headers.values() and not _asks_arm(survey, design):
        # Forms that were made before asked for it, and what was chosen by mistake tells nothing.
        headers = {header: column for header, column in headers.items() if column != "arm"}
    strange = [h for h in unused if not _OWN.fullmatch(h) and h.casefold() not in _PERSONAL]
    named = frame.rename(columns=headers)[[*headers.values(), *strange]]
    kept = ~doubles.to_numpy(dtype=bool)
    origin = Origin(
        survey.table.file, rows[kept], headers={new: old for old, new in headers.items()}
    )
    part = Part(
        survey.wave,
        survey.respondent,
        Grain.unit,
        named[kept].reset_index(drop=True),
        origin,
        _taken(frame[kept], survey.table.file),
    )
    return Delivery(survey.project, survey.design_hash, (part,), tuple(findings))


def _asks_arm(survey: Survey, design: Design) -> bool:
    """Whether the form asks anybody for the arm; else it follows from school and subject."""
    forms = survey_forms(design, survey.wave)
    return any(form.split_schools for form in forms if form.form.respondent is survey.respondent)


def _headers(survey: Survey, design: Design) -> tuple[dict[str, str], list[str]]:
    """Header in the export to column of the design, and the headers that are none of them."""
    by_header: dict[str, str] = {}
    for lang in ("en", "nl"):
        specs = columns_for(design, survey.wave, survey.respondent, Grain.unit, lang)
        by_header |= {option_key(spec.label): spec.name for spec in specs}
    names = survey_names(spec.name for spec in specs)
    by_header |= {option_key(name): column for column, name in names.items()}
    headers: dict[str, str] = {}
    for header in map(str, survey.table.frame.columns):
        column = by_header.get(option_key(header))
        if column is not None and column not in headers.values():
            headers[header] = column
    return headers, [str(h) for h in survey.table.frame.columns if h not in headers]


def _doubles(frame: pd.DataFrame) -> pd.Series[bool]:
    """Which rows are a form that stands further down again."""
    found = {str(column).casefold(): column for column in frame.columns}
    key = next((found[name] for name in _KEYS if name in found), None)
    if key is None:
        return pd.Series(False, index=frame.index)
    return frame[key].notna() & frame[key].duplicated(keep="last")


def _taken(frame: pd.DataFrame, file: str) -> Taken:
    found = {str(column).casefold(): column for column in frame.columns}
    for name in _DAYS:
        if name in found:
            days = sorted(filter(None, map(_day, frame[found[name]].dropna())))
            if days:
                return Taken(days[0], days[-1], place=Place(file=file))
    return Taken(place=Place(file=file))


def _day(text: object) -> dt.date | None:
    try:
        return dt.date.fromisoformat(str(text)[:10])
    except ValueError:
        return None
