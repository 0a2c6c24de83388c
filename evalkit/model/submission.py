"""A submission: what a school delivers for one wave. Immutable."""

from __future__ import annotations

import datetime as dt

from pydantic import Field

from evalkit.model.base import Identifier, MeasureId, Model
from evalkit.model.finding import Finding
from evalkit.model.identifiers import Brin
from evalkit.model.vocabulary import (
    BaselineStatus,
    Respondent,
    SubmissionStatus,
    SubmissionStep,
    Term,
)

LONGEST_BY = 80
"""Characters in which one says who did something."""


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
    key: str | None = Field(
        None,
        description="Fingerprint of the key that codes of persons and classes in the rows were "
        "hashed with; none if the rows hold no codes, or hold them as they came.",
    )
    rows: int = Field(ge=0, description="Number of rows.")
    schools: tuple[Brin, ...] = Field(description="Schools it holds data of, sorted.")
    measures: tuple[MeasureId, ...] = Field(description="Measures it holds data of, sorted.")
    supersedes: tuple[str, ...] = Field((), description="Ids of the submissions it replaces.")
    reason: str | None = Field(None, description="Why it replaces it.")
    status: SubmissionStatus = Field(description="The state it is in.")
    findings: tuple[Finding, ...] = Field((), description="Warnings stored beside the data.")

    @property
    def counted(self) -> bool:
        """Whether it is accepted, or was until a correction superseded it."""
        return self.status in (SubmissionStatus.accepted, SubmissionStatus.superseded)


class SubmissionEvent(Model):
    """One thing that happened to a submission. Events are added, never changed."""

    submission: str = Field(description="Id of the submission.")
    step: SubmissionStep = Field(description="What happened.")
    at: dt.datetime = Field(description="When, in UTC.")
    by: str | None = Field(None, max_length=LONGEST_BY, description="Who did it: a role, no name.")
    reason: str | None = Field(None, description="Why.")
    other: str | None = Field(None, description="Id of the submission that took its place.")


class ReturnedFile(Model):
    """A file that was refused: who tried, and what was wrong. Its data are not kept."""

    id: str = Field("", description="Id, given when it is recorded: project/returned/n.")
    project: Identifier | None = Field(None, description="Id of the project, if that is known.")
    wave: str | None = Field(None, description="Id of the wave, if its sender named one.")
    design_hash: str | None = Field(None, description="Hash of the design, if that is known.")
    file_name: str = Field(description="Name of the file.")
    file_hash: str = Field(description="SHA-256 of the file.")
    received: dt.date = Field(description="Day it came in.")
    at: dt.datetime = Field(description="When it was refused, in UTC.")
    by: str | None = Field(None, max_length=LONGEST_BY, description="Who sent it: a role, no name.")
    errors: int = Field(ge=1, description="Number of errors.")
    findings: tuple[Finding, ...] = Field(description="What was found.")
