"""A made-up programme of any number of projects, stored as if it had been collected.

Twenty-five measures in four waves. Most projects deliver totals per school; one in twenty delivers
rows per person. Designs are made as ``evalkit design`` makes them, and what is stored goes through
the store as ``evalkit collect`` puts it there; only the checks of files are skipped.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from evalkit.collect.timing import baseline_status
from evalkit.design.making import make_design
from evalkit.library.factors import factors
from evalkit.model.card import Card
from evalkit.model.design import Design
from evalkit.model.hashing import stored_hash
from evalkit.model.measure import Measure, Scale
from evalkit.model.project import (
    Alternative,
    Arm,
    Conditions,
    GroupSize,
    Prediction,
    Project,
    School,
)
from evalkit.model.protocol import Moment, Requirement, ResolvedProtocol, Wave
from evalkit.model.submission import Grain, Submission
from evalkit.model.text import Text
from evalkit.model.vocabulary import (
    ArmRole,
    AssignmentLevel,
    Comparison,
    Direction,
    Domain,
    Kind,
    Level,
    Nature,
    Phase,
    Respondent,
    ScaleType,
    Sector,
    Source,
    SubmissionStatus,
    Variant,
    WaveKind,
)
from evalkit.testing.sample import basisset, foreign_type
from evalkit.workspace.keys import with_pseudonyms
from evalkit.workspace.workspace import Workspace

START, END = dt.date(2025, 9, 1), dt.date(2027, 7, 2)
TODAY = dt.date(2028, 9, 1)
PERSONS = 20
"""One project in so many delivers rows per person."""
SMALL = 10
"""One project in so many is too small for its numbers to be published."""
SCHOOLS = 6
PUPILS, TEACHERS = 24, 12
"""Per school."""


def _text(words: str) -> Text:
    return Text(nl=words, en=words)


def _measure(id: str, kind: Kind, respondent: Respondent, domain: Domain, **scale: Any) -> Measure:
    return Measure(
        id=f"trial.{id}",
        label=_text(id),
        description=_text(f"Measure {id} of a made-up protocol."),
        kind=kind,
        level=Level.micro,
        respondent=respondent,
        source=Source.register,
        scale=Scale(**scale),
        domain=domain,
        minutes=1,
    )


def _measures() -> tuple[Measure, ...]:
    """Thirteen outcomes and side effects, twelve measures of process and conditions."""
    pupil, teacher = Respondent.pupil, Respondent.teacher
    points = {"type": ScaleType.interval, "minimum": 0, "maximum": 100}
    tests = [
        _measure(f"test_{n}", Kind.outcome, pupil, Domain.achievement, **points)
        for n in range(1, 5)
    ]
    other = {**points, "shared_across_waves": False}
    ratio = {"type": ScaleType.ratio, "minimum": 0}
    yes_no = {"type": ScaleType.binary}
    lower = {"better": Direction.lower_}
    return (
        *tests,
        _measure("exam", Kind.outcome, pupil, Domain.achievement, **other),
        _measure("reading_minutes", Kind.outcome, pupil, Domain.attitude, **ratio),
        _measure("absence", Kind.outcome, pupil, Domain.attitude, **ratio, **lower),
        _measure("promoted", Kind.outcome, pupil, Domain.attitude, **yes_no),
        _measure("dropped_out", Kind.outcome, pupil, Domain.attitude, **yes_no, **lower),
        *(
            _measure(f"scale_{n}", Kind.outcome, teacher, Domain.attitude, **points)
            for n in range(1, 4)
        ),
        _measure("workload", Kind.side_effect, teacher, Domain.attitude, **points, **lower),
        *(
            _measure(f"process_{n}", Kind.process, teacher, Domain.attitude, **points)
            for n in range(1, 9)
        ),
        *(
            _measure(f"condition_{n}", Kind.condition, teacher, Domain.attitude, **points)
            for n in range(1, 5)
        ),
    )


MEASURES = _measures()
_EACH = (
    ("baseline", WaveKind.baseline, ("start", -90), ("start", -1)),
    ("interim", WaveKind.interim, ("start", 250), ("start", 320)),
    ("post", WaveKind.post, ("end", -60), ("end", 30)),
    ("follow_up_1", WaveKind.follow_up, ("end", 335), ("end", 395)),
)
WAVES = tuple(
    Wave(
        id=id,
        kind=kind,
        label=_text(id),
        opens=Moment(anchor=opens[0], days=opens[1]),
        closes=Moment(anchor=closes[0], days=closes[1]),
    )
    for id, kind, opens, closes in _EACH
)


def protocol() -> ResolvedProtocol:
    """The made-up protocol, as if it were read and resolved."""
    ids = tuple(wave.id for wave in WAVES)
    return basisset().model_copy(
        update={
            "id": "trial",
            "lineage": ("basisset@2.0",),
            "title": _text("Made-up scheme"),
            "variant": Variant.large,
            "project_types": ("sample.other",),
            "waves": WAVES,
            "measures": MEASURES,
            "requires": tuple(Requirement(measure=m.id, waves=ids) for m in MEASURES),
            "owners": {m.id: "trial" for m in MEASURES},
            "core": (),
            "privacy": basisset().privacy.model_copy(update={"suppression_threshold": 10}),
        }
    )


TYPE = foreign_type().model_copy(update={"comparisons": (Comparison.comparison_group,)})


def project(number: int) -> Project:
    """A project of six schools, three in each group; title and schools are its own."""
    roles = (ArmRole.intervention, ArmRole.comparison)
    size = GroupSize(classes=SCHOOLS // 2, pupils=SCHOOLS * PUPILS // 2, teachers=36)
    return Project(
        id=f"project-{number:05d}",
        title=f"Project {number}",
        protocol="trial",
        type=TYPE.id,
        sector=(Sector.po, Sector.vo)[number % 2],
        nature=(Nature.innovation, Nature.renewal)[number // 2 % 2],
        start=START,
        end=END,
        description="A made-up project.",
        theory="Made up.",
        predictions=(Prediction(text="The tests go up.", measure="trial.test_1"),),
        alternatives=(Alternative(text="A new book.", check="Every school is asked."),),
        conditions=Conditions(leadership="It leads.", time="An hour.", resources="The grant."),
        arms=tuple(Arm(role=role, label=role.value, size=size) for role in roles),
        comparison=Comparison.comparison_group,
        assignment=AssignmentLevel.school,
        schools=tuple(
            School(brin=_brin(SCHOOLS * number + i), arms=(roles[i % 2],)) for i in range(SCHOOLS)
        ),
    )


_LETTERS = "ABCDEFGHKLMNPQRSTUVWXYZ"


def _brin(number: int) -> str:
    """The BRIN of a school; another for each number up to 52,900."""
    first, second = divmod(number // 100, len(_LETTERS))
    return f"{number % 100:02d}{_LETTERS[first]}{_LETTERS[second]}"


def design_of(workspace: Workspace, one: Project) -> Design:
    """The design of a project under the made-up protocol."""
    known = {m.id: m for m in MEASURES}
    must = factors().must_address()
    return make_design(one, protocol(), TYPE, known, {}, workspace.holidays, must)


def _scores(measure: Measure, rng: np.random.Generator, n: int, gain: float) -> Any:
    """Values of ``n`` persons of one school."""
    level = rng.normal(0, 0.3)
    if measure.scale.type is ScaleType.binary:
        return (rng.random(n) < 0.5 + 0.05 * level + 0.1 * gain).astype(float)
    if measure.scale.type is ScaleType.ratio:
        return np.round(np.exp(3 + 0.2 * level + 0.4 * rng.standard_normal(n) + 0.2 * gain), 2)
    found = 50 + 10 * (level + rng.standard_normal(n) + gain)
    return np.round(np.clip(found, 0, 100), 2)


def rows_of(one: Project, wave: str, respondent: Respondent, seed: int) -> pd.DataFrame:
    """What a project delivers of a respondent in a wave, as the checks give it."""
    persons = seed % PERSONS == 0
    rng = np.random.default_rng((seed, [w.id for w in WAVES].index(wave), respondent is TEACHER))
    measures = [m for m in MEASURES if m.respondent is respondent]
    size = 2 if seed % SMALL == 3 else PUPILS if respondent is Respondent.pupil else TEACHERS
    effect = np.random.default_rng(seed).normal(0.2, 0.15)
    found: list[dict[str, Any]] = []
    for school in one.schools:
        arm = school.arms[0]
        gain = effect if wave != "baseline" and arm is ArmRole.intervention else 0.0
        scores = {m.id: _scores(m, rng, size, gain) for m in measures}
        if persons:
            found += (
                {
                    "school": school.brin,
                    "class": f"{i % 2 + 1}a" if respondent is Respondent.pupil else None,
                    "unit": f"{respondent.value[0]}{i:02d}",
                    "arm": arm.value,
                    **{id: float(values[i]) for id, values in scores.items()},
                }
                for i in range(size)
            )
            continue
        found += (
            {
                "school": school.brin,
                "arm": arm.value,
                "measure": id,
                "n": size,
                "mean": float(values.mean()),
                "sd": float(values.std(ddof=1)),
            }
            for id, values in scores.items()
        )
    rows = pd.DataFrame(found)
    return rows.astype({"class": "str"} if persons else {"n": "Int64"})


TEACHER = Respondent.teacher


def taken_on(design: Design, wave: str) -> dt.date:
    """A day in the window of a wave."""
    return design.wave(wave).opens + dt.timedelta(days=14)


def submission_of(
    design: Design, wave: str, respondent: Respondent, rows: pd.DataFrame
) -> Submission:
    """The submission of these rows, as ``collect`` would make it."""
    day = taken_on(design, wave)
    grain = Grain.aggregate if "measure" in rows else Grain.unit
    held = rows["measure"] if grain is Grain.aggregate else rows.columns[4:]
    return Submission(
        id="",
        project=design.project.id,
        wave=wave,
        respondent=respondent,
        grain=grain,
        design_hash=design.hash,
        taken_from=day,
        taken_to=day,
        received=day,
        baseline=baseline_status(design, wave, day, day),
        file_name="made-up.json",
        file_hash="0" * 64,
        blob="",
        rows=len(rows),
        schools=tuple(sorted(set(rows["school"]))),
        measures=tuple(sorted(set(held))),
        status=SubmissionStatus.accepted,
    )


def deliveries(design: Design, number: int) -> Iterator[tuple[str, Respondent, pd.DataFrame]]:
    """All that a project delivers, wave by wave."""
    for wave in design.waves:
        for respondent in (Respondent.pupil, TEACHER):
            yield wave.id, respondent, rows_of(design.project, wave.id, respondent, number)


def add_project(workspace: Workspace, number: int, design: Design) -> None:
    """Store a project with its design and all its data."""
    workspace.store.save_project(design.project)
    workspace.store.save_design(design)
    batch = []
    for wave, respondent, rows in deliveries(design, number):
        made = submission_of(design, wave, respondent, rows)
        batch.append(with_pseudonyms(workspace, made, rows))
    workspace.store.add_submissions(batch)
    phase = tuple(Phase)[number % len(Phase)]
    workspace.store.save_card(Card(project=design.project.id, phase=phase))


def designs(workspace: Workspace, first: int, last: int) -> Iterator[tuple[int, Design]]:
    """The designs of these projects.

    Four are made as ``evalkit design`` does, one for each sector and nature; of the others only
    the project differs.
    """
    made: dict[tuple[Sector, Nature], Design] = {}
    for number in range(first, last):
        one = project(number)
        kind = (one.sector, one.nature)
        if kind not in made:
            made[kind] = design_of(workspace, one)
        same = made[kind].model_copy(update={"project": one})
        hash = stored_hash(same.model_dump(mode="json"))
        yield number, same.model_copy(update={"hash": hash})


def fill(workspace: Workspace, first: int, last: int) -> None:
    """Store the projects from ``first`` up to ``last``; nothing is flushed to the disk."""
    with _hurried():
        for number, design in designs(workspace, first, last):
            add_project(workspace, number, design)


@contextmanager
def _hurried() -> Iterator[None]:
    """Without waiting for the disk after each step: what is made here may be made again."""
    kept = os.fsync
    os.fsync = lambda _: None  # type: ignore[assignment]
    try:
        yield
    finally:
        os.fsync = kept


def create(folder: Path) -> Workspace:
    """A workspace for the programme."""
    return Workspace.create(folder, today=TODAY)
