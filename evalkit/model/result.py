"""What is known of one result once the data are in, and the rung it reaches with that."""

from __future__ import annotations

from typing import NamedTuple

from pydantic import Field

from evalkit.model.base import Model
from evalkit.model.text import Text
from evalkit.model.vocabulary import BaselineStatus, Verdict


class Conduct(NamedTuple):
    """How a wave was carried out, against the design."""

    in_window: bool = True
    """Whether the data were taken in the wave's window."""
    missing: int = 0
    """Mandatory measures that did not come in."""


class Attrition(NamedTuple):
    """Units of the baseline that are no longer there afterwards, as shares of 0 to 1."""

    overall: float
    """Of both arms together."""
    intervention: float | None
    """Of the intervention group."""
    comparison: float | None
    """Of the comparison group."""

    @property
    def differential(self) -> float | None:
        """The difference between the arms; none if there is one arm."""
        if self.intervention is None or self.comparison is None:
            return None
        return abs(self.intervention - self.comparison)


class ResultFacts(NamedTuple):
    """What the rules for a result look at."""

    baseline: BaselineStatus
    """Whether the first measurement is a nulmeting."""
    verdict: Verdict
    """Verdict on the baseline difference."""
    estimated: bool
    """Whether there is an estimate."""
    adjusted: bool = True
    """Whether the estimate allows for the baseline."""
    fewest_clusters: int | None = None
    """Clusters in the arm that has fewest; none without clusters."""
    attrition: Attrition | None = None
    """Units lost; none if unknown."""
    response: float | None = None
    """Units delivered over units planned; none if not planned."""
    in_window: bool = True
    """Whether it was measured in the planned window."""
    predicted: bool = True
    """Whether a prediction names the measure."""
    registered: bool | None = None
    """Whether the predictions were registered before these data came in; none if the project
    registered nothing."""


class RungLimit(Model):
    """A rule of the effect ladder that some results do not meet, and what would mend it."""

    id: str = Field(description="Id of the rule.")
    rung: int = Field(ge=0, le=5, description="The rung it is a condition of.")
    reason: Text = Field(description="What is so where it does not hold.")
    lift: Text = Field(description="What would make it hold, as the end of a sentence.")


class ReachedRung(NamedTuple):
    """The rung a result reaches, and the rules that keep it from the next ones."""

    rung: int
    """From 0 to 5."""
    limits: tuple[str, ...]
    """Ids of the rules that do not hold."""
