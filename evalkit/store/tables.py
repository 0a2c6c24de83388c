"""The tables of a workspace. What a migration makes and what stands here must agree.

Rows are only ever added; the two exceptions are ``submission.superseded_by`` and
``accepted_cell``, which follow from what is added to ``submission_event``.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import (
    DateTime,
    Dialect,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class UtcDateTime(TypeDecorator[dt.datetime]):
    """A moment in UTC; also where the database has no time zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        """The moment in UTC.

        Raises:
            ValueError: it has no time zone.
        """
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value} has no time zone")
        return value.astimezone(dt.UTC)

    def process_result_value(
        self, value: dt.datetime | None, dialect: Dialect
    ) -> dt.datetime | None:
        """The moment, marked as UTC."""
        if value is None or value.tzinfo is not None:
            return value
        return value.replace(tzinfo=dt.UTC)


class Base(DeclarativeBase):
    """Base of all tables: every constraint has a name, so that a migration can change it."""

    metadata = MetaData(
        naming_convention={
            "pk": "pk_%(table_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
        }
    )


class Recorded(Base):
    """What every table of record has: its place in the order of arrival, and when."""

    __abstract__ = True

    seq: Mapped[int] = mapped_column(Integer, primary_key=True)
    recorded_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)


class Version(Recorded):
    """One version of something that may change; all versions stay."""

    __abstract__ = True

    content: Mapped[str] = mapped_column(Text)


class ProtocolVersion(Version):
    """The text of a protocol file of the funder's own."""

    __tablename__ = "protocol_version"

    protocol: Mapped[str] = mapped_column(String, index=True)
    version: Mapped[str] = mapped_column(String)


class ProjectVersion(Version):
    """A project, as canonical JSON."""

    __tablename__ = "project_version"

    project: Mapped[str] = mapped_column(String, index=True)


class CycleVersion(Version):
    """A PDCA cycle, as canonical JSON."""

    __tablename__ = "cycle_version"

    project: Mapped[str] = mapped_column(String, index=True)
    number: Mapped[int] = mapped_column(Integer)


class CardVersion(Version):
    """A card, as canonical JSON."""

    __tablename__ = "card_version"

    project: Mapped[str] = mapped_column(String, index=True)


class DesignRecord(Recorded):
    """A design, as canonical JSON under its own hash."""

    __tablename__ = "design"

    hash: Mapped[str] = mapped_column(String, unique=True)
    project: Mapped[str] = mapped_column(String, index=True)
    content: Mapped[str] = mapped_column(Text)


class DesignChoice(Recorded):
    """That a design became its project's current one; the last choice holds."""

    __tablename__ = "design_choice"

    project: Mapped[str] = mapped_column(String, index=True)
    hash: Mapped[str] = mapped_column(String, ForeignKey("design.hash"))


class RegistrationRecord(Recorded):
    """A registration, as canonical JSON."""

    __tablename__ = "registration"
    __table_args__ = (UniqueConstraint("project", "version"),)

    project: Mapped[str] = mapped_column(String)
    version: Mapped[int] = mapped_column(Integer)
    hash: Mapped[str] = mapped_column(String, ForeignKey("design.hash"))
    content: Mapped[str] = mapped_column(Text)


class SubmissionRecord(Recorded):
    """A submission, as canonical JSON; its state is that of its last event."""

    __tablename__ = "submission"
    __table_args__ = (UniqueConstraint("project", "wave", "respondent", "number"),)

    id: Mapped[str] = mapped_column(String, unique=True)
    project: Mapped[str] = mapped_column(String)
    wave: Mapped[str] = mapped_column(String)
    respondent: Mapped[str] = mapped_column(String)
    number: Mapped[int] = mapped_column(Integer)
    grain: Mapped[str] = mapped_column(String)
    design_hash: Mapped[str] = mapped_column(String, ForeignKey("design.hash"))
    file_hash: Mapped[str] = mapped_column(String, index=True)
    blob: Mapped[str] = mapped_column(String)
    superseded_by: Mapped[int | None] = mapped_column(Integer, ForeignKey("submission.seq"))
    content: Mapped[str] = mapped_column(Text)


class SubmissionEventRecord(Recorded):
    """What happened to a submission; ``content`` is what of it that fixed, as canonical JSON."""

    __tablename__ = "submission_event"

    submission: Mapped[int] = mapped_column(Integer, ForeignKey("submission.seq"), index=True)
    step: Mapped[str] = mapped_column(String)
    by: Mapped[str | None] = mapped_column(String)
    reason: Mapped[str | None] = mapped_column(Text)
    content: Mapped[str | None] = mapped_column(Text)


class ReturnedFileRecord(Recorded):
    """A file that was refused, as canonical JSON; ``project`` is ``-`` where it is unknown."""

    __tablename__ = "returned_file"
    __table_args__ = (UniqueConstraint("project", "number"),)

    project: Mapped[str] = mapped_column(String)
    number: Mapped[int] = mapped_column(Integer)
    content: Mapped[str] = mapped_column(Text)


class ExportRecord(Recorded):
    """An export of rows of persons to a researcher, as canonical JSON."""

    __tablename__ = "research_export"

    hash: Mapped[str] = mapped_column(String)
    content: Mapped[str] = mapped_column(Text)


class AcceptedCell(Base):
    """That an accepted submission holds a measure of a school.

    The primary key is the rule itself: of one project, wave, respondent and grain there is at
    most one accepted submission with this measure of this school, in any database.
    """

    __tablename__ = "accepted_cell"

    project: Mapped[str] = mapped_column(String, primary_key=True)
    wave: Mapped[str] = mapped_column(String, primary_key=True)
    respondent: Mapped[str] = mapped_column(String, primary_key=True)
    grain: Mapped[str] = mapped_column(String, primary_key=True)
    school: Mapped[str] = mapped_column(String, primary_key=True)
    measure: Mapped[str] = mapped_column(String, primary_key=True)
    submission: Mapped[int] = mapped_column(Integer, ForeignKey("submission.seq"), index=True)
