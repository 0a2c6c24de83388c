"""A submission: what a school delivers for one wave. Immutable."""

from __future__ import annotations

import datetime as dt

from pydantic import Field

from evalkit.model.base import Identifier, MeasureId, Model
from evalkit.model.finding import Finding
from evalkit.model.identifiers import Brin
from evalkit.model.vocabulary import BaselineStatus, Respondent, SubmissionStatus, Term


class Grain(Term):
    """How fine the rows are."""

    unit = "unit", "rijen per persoon", "one row per person"
    aggregate = "aggregate", "totalen per school", "totals per school"


class Submission(Model):
    """One delivery: one wave, one respondent group, one grain.

    Two accepted submissions of the same project, wave, respondent and grain never hold the same
    measure of the same school; a correction supersedes, and covers whatever it supersedes.
    """

    id: str = Field(description="Id, given when it is stored: project/wave/respondent/n.")
    project: Identifier = Field(description="Id of the project.")
    wave: Identifier = Field(description="Id of the wave.")
    respondent: Respondent = Field(description="From or about whom.")
    grain: Grain = Field(description="Rows per person, or totals per school.")
    design_hash: str = Field(description="Hash of the design it was collected under.")
    taken_from: dt.date = Field(description="First day the data were taken.")
    taken_to: dt.date = Field(description="Last day the data were taken.")
    received: dt.date = Field(description="Day it came in.")
    baseline: BaselineStatus | None = Field(
        None, description="For a baseline wave: whether it proves to be a nulmeting."
    )
    file_name: str = Field(description="Name of the file it came in.")
    file_hash: str = Field(description="SHA-256 of that file.")
    blob: str = Field(description="SHA-256 of the rows in the vault.")
    rows: int = Field(ge=0, description="Number of rows.")
    schools: tuple[Brin, ...] = Field(description="Schools it holds data of, sorted.")
    measures: tuple[MeasureId, ...] = Field(description="Measures it holds data of, sorted.")
    supersedes: tuple[str, ...] = Field((), description="Ids of the submissions it replaces.")
    reason: str | None = Field(None, description="Why it replaces it.")
    status: SubmissionStatus = Field(description="Accepted or superseded.")
    findings: tuple[Finding, ...] = Field((), description="Warnings stored beside the data.")
