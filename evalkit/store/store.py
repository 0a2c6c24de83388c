"""The store of one workspace: ``DIR/evalkit.sqlite`` and, for rows and files, ``DIR/vault/``."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from evalkit.errors import EvalkitError
from evalkit.model.card import Card
from evalkit.model.cycle import Cycle
from evalkit.model.design import Design
from evalkit.model.export import Export
from evalkit.model.hashing import short
from evalkit.model.project import Project
from evalkit.model.registration import Registration
from evalkit.model.submission import ReturnedFile, Submission, SubmissionEvent
from evalkit.model.vocabulary import SubmissionStep
from evalkit.store import designs, events, exports, holdings, schema, submissions
from evalkit.store.design_reading import DesignReader
from evalkit.store.durable import make_folder, sync_folder
from evalkit.store.engine import sqlite_engine, writer
from evalkit.store.faults import faults_told
from evalkit.store.history import append_if_changed, canonical, newest, newest_of_each
from evalkit.store.holdings import Holdings
from evalkit.store.tables import (
    CardVersion,
    CycleVersion,
    DesignChoice,
    DesignRecord,
    ProjectVersion,
    ProtocolVersion,
    RegistrationRecord,
)
from evalkit.store.vault import Kept, Vault

if TYPE_CHECKING:
    import pandas as pd

DATABASE = "evalkit.sqlite"
VAULT = "vault"

Clock = Callable[[], dt.datetime]


def utc_now() -> dt.datetime:
    """This moment, in UTC."""
    return dt.datetime.now(dt.UTC)


class Store:
    """What a workspace remembers. Every method is one transaction: it happens wholly or not.

    Nothing is ever overwritten: of what may change, each version stays, with the moment it was
    recorded. Use as a context manager, or ``close()``. Several processes may have it open.
    """

    def __init__(self, folder: Path, engine: Engine, clock: Clock) -> None:
        """Use ``Store.create`` or ``Store.open`` instead."""
        self.folder = folder
        self.vault = Vault(folder / VAULT)
        self._engine = engine
        self._clock = clock
        self._designs = DesignReader()

    # Life

    @classmethod
    def create(cls, folder: Path, *, clock: Clock = utc_now) -> Self:
        """Make a workspace in ``folder``, which need not exist; other files there stay.

        The tables come in one transaction: killed before its end, there is no workspace and
        creating may be tried again.

        Raises:
            EvalkitError: ``workspace.exists``, or what the disk refuses.
            DamagedError: there is a database file that is not one.
        """
        path = folder / DATABASE
        with faults_told(path):
            make_folder(folder / VAULT)
            with _migrating(path) as engine, writer(engine).begin() as connection:
                if schema.revision(connection) is not None:
                    raise EvalkitError("workspace.exists", path=folder)
                schema.upgrade(connection)
            sync_folder(folder)
        return cls(folder, sqlite_engine(path), clock)

    @classmethod
    def open(cls, folder: Path, *, clock: Clock = utc_now) -> Self:
        """Open the workspace in ``folder``, and bring one of an older evalkit up to date.

        Raises:
            EvalkitError: ``workspace.none``, ``workspace.newer``.
            DamagedError: its database is not one.
        """
        path = folder / DATABASE
        if not path.is_file():
            raise EvalkitError("workspace.none", path=folder)
        engine = sqlite_engine(path)
        try:
            with faults_told(path), engine.connect() as connection:
                found = schema.revision(connection)
            if found is None:
                raise EvalkitError("workspace.none", path=folder)
            if found != schema.HEAD:
                with _migrating(path) as migrating, writer(migrating).begin() as connection:
                    schema.upgrade(connection)
        except schema.NewerError:
            engine.dispose()
            raise EvalkitError("workspace.newer", path=folder) from None
        except BaseException:
            engine.dispose()
            raise
        return cls(folder, engine, clock)

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    # Protocols

    def add_protocol(self, id: str, version: str, text: str) -> bool:
        """Keep the text of a protocol file; whether it is new or changed."""
        row = ProtocolVersion(protocol=id, version=version, content=text, recorded_at=self._clock())
        with self._writing() as session:
            return append_if_changed(session, row, protocol=id)

    def protocol_texts(self) -> dict[str, str]:
        """The newest text of each protocol added here, by id."""
        with self._reading() as session:
            rows = newest_of_each(session, ProtocolVersion, ProtocolVersion.protocol)
            return {row.protocol: row.content for row in sorted(rows, key=lambda r: r.protocol)}

    # Projects

    def save_project(self, project: Project) -> bool:
        """Keep ``project``; whether it is new or changed."""
        row = ProjectVersion(
            project=project.id, content=canonical(project), recorded_at=self._clock()
        )
        with self._writing() as session:
            return append_if_changed(session, row, project=project.id)

    def project(self, id: str) -> Project | None:
        """The project with that id, as last saved."""
        with self._reading() as session:
            row = newest(session, ProjectVersion, project=id)
            return Project.model_validate_json(row.content) if row else None

    def projects(self) -> tuple[Project, ...]:
        """All projects as last saved, by id."""
        with self._reading() as session:
            rows = newest_of_each(session, ProjectVersion, ProjectVersion.project)
            found = [Project.model_validate_json(row.content) for row in rows]
        return tuple(sorted(found, key=lambda project: project.id))

    def holdings(self, projects: Sequence[str]) -> dict[str, Holdings]:
        """All that is kept of these projects, by id: in a few queries, however many there are.

        Raises:
            EvalkitError: ``design.altered``: the content of a design was changed in the database.
        """
        with self._reading() as session:
            return holdings.find(session, projects, self._whole)

    # Designs

    def save_design(self, design: Design) -> bool:
        """Keep ``design`` and make it its project's current one; whether it was not yet so.

        Raises:
            ValueError: another design has its hash.
        """
        now = self._clock()
        with self._writing() as session:
            stored = designs.one(session, design.hash)
            if stored is None:
                row = DesignRecord(
                    hash=design.hash,
                    project=design.project.id,
                    content=canonical(design),
                    recorded_at=now,
                )
                session.add(row)
                session.flush()
            elif Design.model_validate_json(stored.content) != design:
                raise ValueError(f"another design has the hash {design.hash}")
            if designs.current(session, design.project.id) == design.hash:
                return False
            session.add(DesignChoice(project=design.project.id, hash=design.hash, recorded_at=now))
            return True

    def design(self, hash: str) -> Design | None:
        """The design with that hash.

        Raises:
            EvalkitError: ``design.altered``: its content was changed in the database.
        """
        with self._reading() as session:
            row = designs.one(session, hash)
            return self._whole(row) if row else None

    def designs(self, hashes: Iterable[str]) -> dict[str, Design]:
        """The designs with these hashes, by hash; what they have in common they share.

        Raises:
            EvalkitError: ``design.altered``: the content of one was changed in the database.
        """
        with self._reading() as session:
            return {row.hash: self._whole(row) for row in designs.many(session, hashes)}

    def current_design(self, project: str) -> Design | None:
        """The design of that project that was saved last.

        Raises:
            EvalkitError: ``design.altered``: its content was changed in the database.
        """
        with self._reading() as session:
            hash = designs.current(session, project)
            row = hash and designs.one(session, hash)
            return self._whole(row) if row else None

    def _whole(self, row: DesignRecord) -> Design:
        """The design of a row, if its content is still what its hash was taken of."""
        design = self._designs.read(row.content, row.hash)
        if design is None:
            raise EvalkitError("design.altered", project=row.project, hash=short(row.hash))
        return design

    def design_hashes(self, project: str) -> tuple[str, ...]:
        """The hashes of all designs of that project, oldest first."""
        return self.find_designs("", project)

    def find_designs(self, prefix: str, project: str | None = None) -> tuple[str, ...]:
        """The hashes that start with ``prefix``, of one project or of all, oldest first."""
        with self._reading() as session:
            return designs.hashes(session, prefix, project)

    def design_days(self, project: str) -> dict[str, dt.date]:
        """The hash of each design of that project with the day it was made, oldest first."""
        with self._reading() as session:
            return designs.days(session, project)

    # Registrations

    def add_registration(self, registration: Registration) -> Registration:
        """Keep the next registration of a project, and give it as it is kept.

        Of two that register one design at the same moment, the second gets the first's.

        Raises:
            ValueError: its design is not stored, or its version is not the next.
        """
        with self._writing() as session:
            known = holdings.registrations(session, registration.project)
            if known and known[-1].design_hash == registration.design_hash:
                return known[-1]
            if registration.version != len(known) + 1:
                raise ValueError(f"version {len(known) + 1} is the next, not {registration.name}")
            if designs.one(session, registration.design_hash) is None:
                raise ValueError(f"no design {registration.design_hash} is stored")
            session.add(
                RegistrationRecord(
                    project=registration.project,
                    version=registration.version,
                    hash=registration.design_hash,
                    content=canonical(registration),
                    recorded_at=self._clock(),
                )
            )
            return registration

    def registrations(self, project: str) -> tuple[Registration, ...]:
        """The registrations of that project, from version 1 on."""
        with self._reading() as session:
            return holdings.registrations(session, project)

    # Submissions

    def add_submissions(
        self,
        batch: Sequence[tuple[Submission, pd.DataFrame | Kept]],
        *,
        by: str | None = None,
        recognised: Collection[str] = (),
    ) -> tuple[Submission, ...]:
        """Keep each submission with its rows, all or none, and give them as they are kept.

        Each begins in the state it says: draft, submitted or accepted. ``id``, ``blob`` and
        ``rows`` are filled in here, whatever they were. What an accepted one supersedes gets that
        state and is otherwise untouched.

        Args:
            batch: the submissions with their rows, or what the vault gave for them.
            by: role of who delivers them.
            recognised: ids of submissions that were sent once more and are not in the batch.

        Raises:
            EvalkitError: ``intake.already_there``: one holds a measure of a school that an
                accepted submission of the same project, wave, respondent and grain holds too,
                and does not supersede it, or the very same waits already; ``store.disk_full``.
            ValueError: rows that cannot be kept exactly, a design that is not stored, or
                something to supersede that is no accepted submission of the same project, wave
                and respondent.
        """
        # The vault first: what the database names must be there. What a batch that fails
        # leaves in the vault is in nobody's way.
        with faults_told(self.folder / DATABASE):
            complete = [
                submission.model_copy(update=self._placed(rows)._asdict())
                for submission, rows in batch
            ]
        now = self._clock()
        with self._writing() as session:
            submissions.note(session, recognised, SubmissionStep.recognised, now, by)
            return tuple(submissions.record(session, item, now, by) for item in complete)

    def _placed(self, rows: pd.DataFrame | Kept) -> Kept:
        return rows if isinstance(rows, Kept) else Kept(self.vault.put(rows), len(rows))

    def submit(self, draft: Submission, *, by: str | None = None) -> Submission:
        """Make a draft submitted or accepted, as it says.

        Its ``received``, ``supersedes`` and ``reason`` are fixed now; all else is as it was kept.

        Raises:
            EvalkitError: it is no draft; else as ``add_submissions``.
            ValueError: as ``add_submissions``.
        """
        with self._writing() as session:
            return submissions.submit(session, draft, self._clock(), by)

    def accept(self, id: str, *, by: str | None = None) -> Submission:
        """Accept what was submitted.

        Raises:
            EvalkitError: there is none, it waits for no decision, or others were accepted in the
                meantime that it does not supersede.
        """
        with self._writing() as session:
            return submissions.accept(session, id, self._clock(), by)

    def send_back(self, id: str, reason: str, *, by: str | None = None) -> Submission:
        """Return what was submitted to who sent it; it no longer waits and does not count.

        Raises:
            EvalkitError: there is none, or it waits for no decision.
        """
        with self._writing() as session:
            return submissions.send_back(session, id, self._clock(), reason, by)

    def note_export(self, id: str, *, by: str | None = None) -> None:
        """Record that the rows of a submission were taken out."""
        with self._writing() as session:
            submissions.note(session, [id], SubmissionStep.exported, self._clock(), by)

    def submission_events(self, id: str) -> tuple[SubmissionEvent, ...]:
        """All that happened to a submission, in order."""
        with self._reading() as session:
            return events.of_submission(session, id)

    def submission_starts(self, project: str | None = None) -> dict[str, SubmissionEvent]:
        """The first event of each submission of that project, or of all, by its id."""
        with self._reading() as session:
            return events.starts(session, project)

    def add_returned(self, file: ReturnedFile) -> ReturnedFile:
        """Record a file that was refused; its ``id`` and moment are filled in here."""
        with self._writing() as session:
            now = self._clock()
            return submissions.record_returned(session, file.model_copy(update={"at": now}))

    def returned_files(self, project: str | None = None) -> tuple[ReturnedFile, ...]:
        """The files that were refused, of that project or of all, in the order they came."""
        with self._reading() as session:
            return submissions.returned(session, project)

    def submissions(
        self, project: str | None = None, wave: str | None = None, accepted_only: bool = False
    ) -> tuple[Submission, ...]:
        """The submissions of that project and wave, or of all, in the order they came in."""
        with self._reading() as session:
            return submissions.find(
                session, project=project, wave=wave, accepted_only=accepted_only
            )

    def submission(self, id: str) -> Submission | None:
        """The submission with that id."""
        with self._reading() as session:
            return submissions.by_id(session, id)

    def rows(self, submission: Submission) -> pd.DataFrame:
        """The rows of ``submission``.

        Raises:
            MissingError: their file is gone.
            DamagedError: their file is not what was stored.
        """
        return self.vault.get(submission.blob)

    def find_file(self, file_hash: str) -> tuple[Submission, ...]:
        """The submissions that came from the file with that hash, superseded ones too."""
        with self._reading() as session:
            return submissions.find(session, file_hash=file_hash)

    # Exports

    def add_export(self, export: Export) -> Export:
        """Log an export of rows of persons; its number and moment are filled in here."""
        with self._writing() as session:
            return exports.record(session, export.model_copy(update={"at": self._clock()}))

    def exports(self) -> tuple[Export, ...]:
        """All exports of rows of persons, in the order they were logged."""
        with self._reading() as session:
            return exports.logged(session)

    # Cycles and cards

    def save_cycle(self, cycle: Cycle) -> bool:
        """Keep ``cycle``; whether it is new or changed."""
        row = CycleVersion(
            project=cycle.project,
            number=cycle.number,
            content=canonical(cycle),
            recorded_at=self._clock(),
        )
        with self._writing() as session:
            return append_if_changed(session, row, project=cycle.project, number=cycle.number)

    def cycles(self, project: str) -> tuple[Cycle, ...]:
        """The cycles of that project as last saved, by number."""
        with self._reading() as session:
            rows = newest_of_each(session, CycleVersion, CycleVersion.number, project=project)
            found = [Cycle.model_validate_json(row.content) for row in rows]
        return tuple(sorted(found, key=lambda cycle: cycle.number))

    def save_card(self, card: Card) -> bool:
        """Keep ``card``; whether it is new or changed."""
        row = CardVersion(project=card.project, content=canonical(card), recorded_at=self._clock())
        with self._writing() as session:
            return append_if_changed(session, row, project=card.project)

    def card(self, project: str) -> Card | None:
        """The card of that project, as last saved."""
        with self._reading() as session:
            row = newest(session, CardVersion, project=project)
            return Card.model_validate_json(row.content) if row else None

    # Transactions

    @contextmanager
    def _reading(self) -> Iterator[Session]:
        with faults_told(self.folder / DATABASE), Session(self._engine) as session:
            yield session

    @contextmanager
    def _writing(self) -> Iterator[Session]:
        with (
            faults_told(self.folder / DATABASE),
            Session(writer(self._engine)) as session,
            session.begin(),
        ):
            yield session


@contextmanager
def _migrating(path: Path) -> Iterator[Engine]:
    engine = sqlite_engine(path, foreign_keys=False)
    try:
        with faults_told(path):
            yield engine
    finally:
        engine.dispose()
