"""What is handed to researchers: rows of persons under pseudonyms, and the log of each export."""

from __future__ import annotations

import datetime as dt

from pydantic import Field

from evalkit.model.backup import Sha256
from evalkit.model.base import Identifier, MeasureId, Model
from evalkit.model.submission import LONGEST_BY
from evalkit.model.vocabulary import ArmRole, Respondent


class UnitRow(Model):
    """One value of one person, or of one school, in one wave."""

    project: Identifier = Field(description="Id of the project.")
    respondent: Respondent = Field(description="About or from whom the value is.")
    school: str = Field(description="Pseudonym of the school, the same in all projects.")
    arm: ArmRole = Field(description="Arm.")
    class_: str | None = Field(None, alias="class", description="Pseudonym of the class.")
    subject: str | None = Field(None, description="School subject, in a cross-over of subjects.")
    unit: str | None = Field(
        None,
        description="Pseudonym of the person, the same in all waves of the project; empty for a "
        "school.",
    )
    wave: Identifier = Field(description="Id of the wave.")
    measure: MeasureId = Field(description="Id of the measure.")
    item: str | None = Field(None, description="Item of the measure; empty for its score.")
    value: float | None = Field(description="Value, raw scale; empty where it is a word.")
    answer: str | None = Field(None, description="Code of the answer, where it is no number.")
    design_hash: str = Field(description="Hash of the design the data were collected under.")


class Export(Model):
    """One export of rows of persons. Exports are logged before they are handed out."""

    number: int = Field(0, ge=0, description="Number, given when it is logged, from 1.")
    at: dt.datetime = Field(description="When, in UTC.")
    by: str = Field(min_length=1, max_length=LONGEST_BY, description="Who did it: a role, no name.")
    reason: str = Field(min_length=1, description="Why.")
    projects: tuple[Identifier, ...] = Field(description="Projects with rows in it.")
    submissions: tuple[str, ...] = Field(description="Ids of the submissions the rows are of.")
    rows: int = Field(ge=0, description="Rows of units.csv.")
    hash: Sha256 = Field(
        description="SHA-256 of a list of its files, a line for each: the SHA-256 of its content, "
        "two spaces, its name; sorted by name."
    )
    tables: Sha256 = Field(description="Hash of the synthesis it goes with.")
    key: str = Field(description="Fingerprint of the key of its pseudonyms, which is not kept.")
    evalkit: str = Field(description="Version of evalkit.")
