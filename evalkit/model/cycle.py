"""One PDCA cycle: plan, do, check, act."""

from __future__ import annotations

import datetime as dt
from typing import Self

from pydantic import Field, model_validator

from evalkit.model.base import Identifier, Model
from evalkit.model.invalid import InvalidError
from evalkit.model.text import Text
from evalkit.model.vocabulary import Decision, Term


class Conclusion(Term):
    """What the data say of a hypothesis."""

    confirmed = "confirmed", "bevestigd", "confirmed"
    refuted = "refuted", "weerlegd", "refuted"


class Plan(Model):
    """Before: what is aimed at and expected."""

    made_on: dt.date = Field(description="Day the plan, with its prediction, was written.")
    aim: str = Field(min_length=1, description="What the team wants to reach.")
    question: str | None = Field(None, description="What it wants to know.")
    prediction: str | None = Field(None, description="What it expects to see.")
    measure: str | None = Field(None, description="What it looks at to know.")
    scope: str | None = Field(None, description="How small it tries: who, where, how long.")
    small_scale: bool | None = Field(None, description="Whether it is tried on a part first.")


class Do(Model):
    """During: what was done."""

    starts: dt.date = Field(description="First day.")
    ends: dt.date = Field(description="Last day.")
    done: str = Field(min_length=1, description="What was done.")
    deviations: str | None = Field(None, description="What went otherwise than planned.")


class Point(Model):
    """One observation in time."""

    date: dt.date = Field(description="Day.")
    value: float = Field(description="Value.")
    n: int | None = Field(None, ge=0, description="Over how many.")


class Check(Model):
    """After: the data against the prediction."""

    data: tuple[Point, ...] = Field((), description="Observations over time.")
    findings: str = Field(min_length=1, description="What the data show.")
    as_predicted: bool | None = Field(None, description="Whether the prediction came out.")


class Act(Model):
    """What follows."""

    decision: Decision = Field(description="Adopt, adapt or abandon.")
    reason: str = Field(min_length=1, description="Why.")
    next_cycle: str | None = Field(None, description="What the next cycle tries.")


class LoggedStep(Model):
    """One step of the project type's own procedure, as it was done."""

    step: Identifier = Field(description="Id of the step in the procedure of the project type.")
    done_on: dt.date = Field(description="Day it was finished.")
    outcome: str = Field(min_length=1, description="What came of it.")
    verdict: Conclusion | None = Field(
        None, description="Where a hypothesis was decided: confirmed or refuted."
    )
    back_to: Identifier | None = Field(
        None, description="Step the team goes back to; needed where a hypothesis is refuted."
    )


class Cycle(Model):
    """One PDCA cycle of a project; parts that have not happened yet are left out."""

    project: Identifier = Field(description="Id of the project.")
    number: int = Field(ge=1, description="Number within the project, from 1.")
    title: str = Field(min_length=1, description="Title.")
    plan: Plan = Field(description="Plan.")
    do: Do | None = Field(None, description="Do.")
    check: Check | None = Field(None, description="Check.")
    act: Act | None = Field(None, description="Act.")
    steps: tuple[LoggedStep, ...] = Field(
        (), description="Steps of the project type's own procedure, in the order they were done."
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.check and not self.do:
            raise InvalidError("model.cycle_order", part="check", before="do")
        if self.act and not self.check:
            raise InvalidError("model.cycle_order", part="act", before="check")
        if self.do and self.do.ends < self.do.starts:
            raise InvalidError("model.dates", start=self.do.starts, end=self.do.ends)
        return self


class CycleVerdict(Model):
    """One key feature of a PDCA cycle (Taylor et al. 2014): met or not, and why."""

    feature: Identifier = Field(description="Which feature.")
    label: Text = Field(description="Its name.")
    met: bool = Field(description="Whether the cycle shows it.")
    remedy: Text | None = Field(None, description="What would make it so.")
