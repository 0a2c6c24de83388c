"""What comes out of a synthesis: everything the tables and the report are made from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

from pydantic import Field

from evalkit.model.base import Identifier, MeasureId, Model
from evalkit.model.card import Card
from evalkit.model.cycle import Cycle, CycleVerdict
from evalkit.model.design import Design
from evalkit.model.effect import EffectSize, PooledEstimate
from evalkit.model.finding import Finding
from evalkit.model.goals import GoalRow, LastingRow, PooledGoals
from evalkit.model.measure import Measure
from evalkit.model.programme import Programme
from evalkit.model.project_type import Step
from evalkit.model.registration import RegisteredRow
from evalkit.model.result import RungLimit
from evalkit.model.rows import Table, picked, take, values
from evalkit.model.standing import ProjectStanding
from evalkit.model.vocabulary import ArmRole, Kind


class ProcessRow(Model):
    """A process measure or condition in one arm of one project; small groups have no numbers."""

    project: Identifier = Field(description="Id of the project.")
    measure: MeasureId = Field(description="Id of the measure.")
    kind: Kind = Field(description="Process measure or condition.")
    wave: Identifier = Field(description="Id of the wave.")
    arm: ArmRole = Field(description="Arm.")
    n: int | None = Field(description="Units with a value.")
    mean: float | None = Field(description="Mean.")
    sd: float | None = Field(description="Standard deviation.")
    suppressed: bool = Field(
        False, description="Whether the numbers are withheld, as the group is small."
    )


class GroupChange(Model):
    """The mean of a measure before and after, of a school or of a whole arm of a project."""

    project: Identifier = Field(description="Id of the project.")
    measure: MeasureId = Field(description="Id of the measure.")
    wave: Identifier = Field(description="Wave of the mean after.")
    school: str | None = Field(None, description="BRIN of the school; empty for the whole arm.")
    arm: ArmRole = Field(description="Arm.")
    before: float = Field(description="Mean at the baseline, raw scale.")
    after: float = Field(description="Mean in the wave, raw scale.")


class Reliability(Model):
    """The internal consistency of a questionnaire in one wave of one project."""

    project: Identifier = Field(description="Id of the project.")
    measure: MeasureId = Field(description="Id of the measure.")
    wave: Identifier = Field(description="Id of the wave.")
    alpha: float = Field(description="Cronbach's alpha.")
    n: int = Field(description="Persons who answered all items.")


class LoggedCycle(Model):
    """A PDCA cycle with the verdict on it."""

    cycle: Cycle = Field(description="The cycle.")
    verdict: tuple[CycleVerdict, ...] = Field(description="The five key features.")
    procedure: tuple[Step, ...] = Field((), description="Own steps of its project type.")


class Synthesis(Model):
    """All projects of a workspace together."""

    designs: tuple[Design, ...] = Field(description="Current design of each project with data.")
    earlier: tuple[Design, ...] = Field(
        (), description="Other designs that data came in under or that were registered."
    )
    effects: Table[EffectSize] = Field(description="Rows of the effect table.")
    relations: tuple[EffectSize, ...] = Field(
        (), description="Rows on two measures that were predicted to go together."
    )
    pooled: tuple[PooledEstimate, ...] = Field(description="Pooled estimates.")
    programme: Programme = Field(
        Programme(), description="Over projects: checks, domains, moderators, refusals."
    )
    cards: tuple[Card, ...] = Field(description="One digital card per project with data.")
    withheld: tuple[str, ...] = Field(
        (), description="Variables of the cards that are left out, known or not."
    )
    process: Table[ProcessRow] = Field(description="Process measures and conditions.")
    changes: tuple[GroupChange, ...] = Field(
        (), description="Means before and after, per school where that may be shown."
    )
    reliabilities: tuple[Reliability, ...] = Field(
        (), description="Internal consistency of the questionnaires, where that may be shown."
    )
    goals: tuple[GoalRow, ...] = Field((), description="Own goals of each project over time.")
    goals_pooled: tuple[PooledGoals, ...] = Field((), description="Own goals over projects.")
    lasting: tuple[LastingRow, ...] = Field(
        (), description="Determinants and indicators of lasting change over time."
    )
    cycles: tuple[LoggedCycle, ...] = Field(description="PDCA cycles.")
    registered: Table[RegisteredRow] = Field(
        (), description="What was registered against what was reported."
    )
    findings: tuple[Finding, ...] = Field((), description="Remarks on the designs.")
    limits: tuple[RungLimit, ...] = Field(
        (), description="Rules of the effect ladder that results do not meet."
    )
    awarded: int = Field(description="Projects in the workspace.")
    standings: tuple[ProjectStanding, ...] = Field(
        (), description="Where each of these stands, also those of which nothing came in."
    )
    hash: str = Field(description="Hash of the tables.")

    @property
    def measures(self) -> dict[str, Measure]:
        """All measures of the designs, by id; of several versions the newest."""
        return self._indexed.measures

    def design(self, project: str) -> Design:
        """The design of a project.

        Raises:
            KeyError: no results of that project came in.
        """
        return self._indexed.designs[project]

    @property
    def outcomes(self) -> Mapping[tuple[str, str], list[EffectSize]]:
        """The rows of the effect table by measure and wave, in its order."""
        return self._indexed.outcomes

    def results(self, outcome: tuple[str, str], *names: str) -> Iterator[EffectSize]:
        """The rows of one measure and wave, with these fields alone: cheap where there are many."""
        return picked(self.effects, names, self._indexed.outcomes.places(outcome))

    @property
    def _indexed(self) -> _Index:
        """What is looked up often; made again for a copy that holds something else."""
        of = (self.designs, self.earlier, self.effects)
        if any(one is not other for one, other in zip(of, self._index.of, strict=True)):
            self._index.fill(*of)
        return self._index

    @cached_property
    def _index(self) -> _Index:
        return _Index()


class _Index:
    """Designs by project, measures by id, effects by measure and wave."""

    def __init__(self) -> None:
        self.of: tuple[object, object, object] = (None, None, None)
        self.designs: dict[str, Design] = {}
        self.measures: dict[str, Measure] = {}
        self.outcomes = _Outcomes(())

    def fill(
        self,
        designs: tuple[Design, ...],
        earlier: tuple[Design, ...],
        effects: Sequence[EffectSize],
    ) -> None:
        """Index these instead."""
        self.of = (designs, earlier, effects)
        self.designs = {design.project.id: design for design in designs}
        self.outcomes = _Outcomes(effects)
        self.measures = {}
        for design in (*designs, *earlier):
            for measure in design.measures:
                known = self.measures.get(measure.id)
                if known is None or known.version_parts < measure.version_parts:
                    self.measures[measure.id] = measure


class _Outcomes(Mapping[tuple[str, str], list[EffectSize]]):
    """The rows of an effect table by measure and wave; those of one are made when asked for."""

    def __init__(self, effects: Sequence[EffectSize]) -> None:
        self._effects = effects
        self._places: dict[tuple[str, str], list[int]] = {}
        keys = zip(values(effects, "measure"), values(effects, "wave"), strict=True)
        for place, key in enumerate(keys):
            self._places.setdefault(key, []).append(place)

    def __getitem__(self, outcome: tuple[str, str]) -> list[EffectSize]:
        return take(self._effects, self._places[outcome])

    def places(self, outcome: tuple[str, str]) -> list[int]:
        """Where the rows of one measure and wave are; none of one that is not there."""
        return self._places.get(outcome, [])

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)
