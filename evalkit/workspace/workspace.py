"""A workspace: the store of one funder or programme, and the plugins that are installed."""

from __future__ import annotations

import datetime as dt
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Self

from evalkit.errors import EvalkitError
from evalkit.library.file_faults import fault
from evalkit.library.holidays import read_holidays, shipped_holidays
from evalkit.library.protocols import Offer, ProtocolFile, shipped_protocols
from evalkit.model.design import Design
from evalkit.model.holidays import Holidays
from evalkit.model.project import Project
from evalkit.model.text import Text
from evalkit.plugin.registry import Registry, load_plugins
from evalkit.store import NO_ROOM, DamagedError, MissingError, Store


class Workspace:
    """What every use case works on: the store, the plugins, the protocols, and the day.

    Args:
        path: the workspace's folder.
        store: its open store.
        today: the day it is taken to be; by default the real one.
    """

    def __init__(self, path: Path, store: Store, today: dt.date | None = None) -> None:
        self.path = path
        self.store = store
        self.today = today or dt.date.today()

    @classmethod
    def create(cls, path: Path, today: dt.date | None = None) -> Self:
        """A new workspace in ``path``.

        Raises:
            EvalkitError: there is one already.
        """
        return cls(path, Store.create(path), today)

    @classmethod
    def open(cls, path: Path, today: dt.date | None = None) -> Self:
        """The workspace in ``path``.

        Raises:
            EvalkitError: there is none, or a newer evalkit made it.
        """
        return cls(path, Store.open(path), today)

    def close(self) -> None:
        """Close the store."""
        self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @cached_property
    def plugins(self) -> Registry:
        """The installed plugins."""
        return load_plugins()

    @property
    def offer(self) -> Offer:
        """What the plugins offer a protocol to choose from."""
        return Offer(self.plugins.measures, tuple(self.plugins.types))

    @property
    def holidays_path(self) -> Path:
        """Where a funder's own holidays lie, if there are any."""
        return self.path / "holidays.yaml"

    @property
    def holidays(self) -> Holidays:
        """The school holidays: the workspace's own, or else those that ship with evalkit.

        Raises:
            FindingsError: the workspace's own file is damaged.
        """
        own = self.holidays_path
        return read_holidays(own) if own.exists() else shipped_holidays()

    def protocol_files(self) -> dict[str, ProtocolFile]:
        """Shipped protocols and the workspace's own, by id."""
        own = self.store.protocol_texts()
        added = {id: ProtocolFile(f"{id}.yaml", text) for id, text in own.items()}
        return {**added, **shipped_protocols()}

    def project(self, id: str) -> Project:
        """The project with that id.

        Raises:
            EvalkitError: there is none.
        """
        project = self.store.project(id)
        if project is None:
            known = ", ".join(p.id for p in self.store.projects()) or "—"
            raise EvalkitError("project.unknown", id=id, known=known)
        return project

    def current_design(self, project: str) -> Design:
        """The design a project is at now.

        Raises:
            EvalkitError: there is no such project, or it has no design yet.
        """
        self.project(project)
        design = self.store.current_design(project)
        if design is None:
            raise EvalkitError("design.none", project=project)
        return design


def damage_of(error: Exception) -> EvalkitError | None:
    """The problem a user is told of when a file is damaged, gone, or cannot be written."""
    if isinstance(error, DamagedError):
        return EvalkitError("workspace.damaged", path=error.path, detail=error.detail)
    if isinstance(error, MissingError):
        return EvalkitError("workspace.file_missing", path=error.path)
    if isinstance(error, OSError) and error.errno in NO_ROOM:
        where = error.filename or Text(nl="de bestemming", en="the destination")
        return EvalkitError("store.disk_full", path=where)
    if isinstance(error, OSError) and error.filename is not None:
        return EvalkitError("file.unusable", path=error.filename, detail=fault(error))
    return None
