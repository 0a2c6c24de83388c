"""Small valid models and frames to store."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pandas as pd
from alembic import command
from alembic.config import Config
from sqlalchemy.orm import Session

from evalkit.errors import finding
from evalkit.model.card import Card
from evalkit.model.cycle import Act, Check, Cycle, Do, Plan, Point
from evalkit.model.design import Design
from evalkit.model.measure import SourceRef
from evalkit.model.project import Arm, Project, School
from evalkit.model.project_type import ProjectType
from evalkit.model.protocol import Analysis, Privacy, Requirement
from evalkit.model.submission import Grain, ReturnedFile, Submission
from evalkit.model.text import Text
from evalkit.model.vocabulary import (
    ArmRole,
    Comparison,
    Decision,
    Nature,
    Respondent,
    Sector,
    SubmissionStatus,
)
from evalkit.store import Store, schema
from evalkit.store.durable import make_folder
from evalkit.store.engine import sqlite_engine, writer
from evalkit.store.history import canonical
from evalkit.store.tables import AcceptedCell, SubmissionRecord

DAY = dt.date(2026, 9, 14)
NOW = dt.datetime(2026, 9, 14, 12, 30, tzinfo=dt.UTC)


def project(id: str = "north", **changes: Any) -> Project:
    values: dict[str, Any] = {
        "id": id,
        "title": f"Project «{id}»",
        "protocol": "scheme",
        "type": "iio.slimfit",
        "sector": Sector.po,
        "nature": Nature.innovation,
        "start": dt.date(2026, 8, 1),
        "end": dt.date(2028, 7, 31),
        "arms": (Arm(role=ArmRole.intervention, label="combinatieklas"),),
        "comparison": Comparison.single_group,
        "schools": (School(brin="05KO"), School(brin="06AB01")),
        "features": {"team_size": 4.5, "model": "ruim"},
    }
    return Project(**(values | changes))


def design(of: Project | None = None, hash: str = "d1") -> Design:
    of = of or project()
    label = Text(nl="Slimfit", en="Slimfit")
    return Design(
        project=of,
        type=ProjectType(
            id=of.type,
            label=label,
            description=label,
            sectors=(Sector.po,),
            requires=(Requirement(measure="core.workload", waves=("baseline",)),),
            comparisons=(Comparison.single_group,),
            origin=SourceRef(document="test", place="here"),
        ),
        protocol=of.protocol,
        protocol_version="1.0",
        protocol_title=label,
        lineage=("basisset", "scheme"),
        core=("core.workload",),
        core_hash="c0",
        plugins={"evalkit-iio": "0.1.0"},
        language="nl",
        waves=(),
        measures=(),
        schedule=(),
        cycles=(),
        procedure=(),
        ladder=(),
        expected_rung=3,
        checklist=(),
        burden=(),
        privacy=Privacy(),
        analysis=Analysis(),
        findings=(),
        hash=hash,
    )


def submission(**changes: Any) -> Submission:
    values: dict[str, Any] = {
        "id": "not/given/yet",
        "project": "north",
        "wave": "baseline",
        "respondent": Respondent.pupil,
        "grain": Grain.unit,
        "design_hash": "d1",
        "taken_from": DAY,
        "taken_to": DAY,
        "received": DAY,
        "file_name": "werkboek één.xlsx",
        "file_hash": "f1",
        "blob": "",
        "rows": 0,
        "schools": ("05KO", "06AB01"),
        "measures": ("core.workload", "iio.language"),
        "status": SubmissionStatus.accepted,
    }
    return Submission(**(values | changes))


def returned_file(**changes: Any) -> ReturnedFile:
    values: dict[str, Any] = {
        "project": "north",
        "file_name": "fout.csv",
        "file_hash": "f9",
        "received": DAY,
        "at": NOW,
        "errors": 1,
        "findings": (finding("intake.empty"),),
    }
    return ReturnedFile(**(values | changes))


def frame(rows: int = 3, shift: float = 0.0) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "school": ["05KO"] * rows,
            "unit": [f"p{i}" for i in range(rows)],
            "iio.language": [i * 1.25 + shift for i in range(rows)],
            "core.workload": pd.array([None if i % 3 == 2 else i for i in range(rows)], "Int64"),
        }
    )


def cycle(number: int = 1, complete: bool = False) -> Cycle:
    values: dict[str, Any] = {}
    if complete:
        values = {
            "do": Do(starts=DAY, ends=DAY, done="Geprobeerd."),
            "check": Check(data=(Point(date=DAY, value=0.1),), findings="Het werkt."),
            "act": Act(decision=Decision.adopt, reason="Het werkt."),
        }
    return Cycle(
        project="north",
        number=number,
        title="Cyclus",
        plan=Plan(made_on=DAY, aim="Meer rust."),
        **values,
    )


def card(**changes: Any) -> Card:
    return Card(project="north", **changes)


def of_revision(revision: str, folder: Path) -> Store:
    """An open store with the tables as they were at an earlier revision."""
    make_folder(folder / "vault")
    engine = sqlite_engine(folder / "evalkit.sqlite")
    config = Config()
    config.set_main_option("script_location", str(schema.MIGRATIONS))
    with writer(engine).begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    return Store(folder, engine, lambda: NOW)


def recorded_before_events(
    store: Store, number: int, superseded_by: int | None = None, **changes: Any
) -> Submission:
    """A submission as an evalkit recorded it that kept no events."""
    kept = submission(
        id=f"north/baseline/pupil/{number}", blob=store.vault.put(frame()), rows=3, **changes
    )
    same = {"project": "north", "wave": "baseline", "respondent": "pupil", "grain": "unit"}
    with Session(store._engine) as session, session.begin():
        session.add(
            SubmissionRecord(
                seq=number, id=kept.id, number=number, design_hash=kept.design_hash,
                file_hash=kept.file_hash, blob=kept.blob, superseded_by=superseded_by,
                content=canonical(kept), recorded_at=NOW + dt.timedelta(days=number), **same,
            )
        )  # fmt: skip
        session.flush()
        if superseded_by is None:
            session.add_all(
                AcceptedCell(school=school, measure=measure, submission=number, **same)
                for school in kept.schools
                for measure in kept.measures
            )
    return kept
