"""What is known of one result once the data are in, and the rung it reaches with that."""

from __future__ import annotations

from pydantic import Field

from evalkit.model.base import Model
from evalkit.model.text import Text
from evalkit.model.vocabulary import BaselineStatus, Verdict


class Conduct(Model):
    """How a wave was carried out, against the design."""

    in_window: bool = Field(True, description="Whether the data were taken in the wave's window.")
    missing: int = Field(0, ge=0, description="Mandatory measures that did not come in.")


class Attrition(Model):
    """Units of the baseline that are no longer there afterwards, as shares of 0 to 1."""

    overall: float = Field(ge=0, le=1, description="Of both arms together.")
    intervention: float | None = Field(ge=0, le=1, description="Of the intervention group.")
    comparison: float | None = Field(ge=0, le=1, description="Of the comparison group.")

    @property
    def differential(self) -> float | None:
        """The difference between the arms; none if there is one arm."""
        if self.intervention is None or self.comparison is None:
            return None
        return abs(self.intervention - self.comparison)


class ResultFacts(Model):
    """What the rules for a result look at."""

    baseline: BaselineStatus = Field(description="Whether the first measurement is a nulmeting.")
    verdict: Verdict = Field(description="Verdict on the baseline difference.")
    estimated: bool = Field(description="Whether there is an estimate.")
    adjusted: bool = Field(True, description="Whether the estimate allows for the baseline.")
    fewest_clusters: int | None = Field(
        None, description="Clusters in the arm that has fewest; none without clusters."
    )
    attrition: Attrition | None = Field(None, description="Units lost; none if unknown.")
    response: float | None = Field(
        None, ge=0, description="Units delivered over units planned; none if not planned."
    )
    in_window: bool = Field(True, description="Whether it was measured in the planned window.")
    predicted: bool = Field(True, description="Whether a prediction names the measure.")
    registered: bool | None = Field(
        None,
        description="Whether the predictions were registered before these data came in; none if "
        "the project registered nothing.",
    )


class RungLimit(Model):
    """A rule of the effect ladder that some results do not meet, and what would mend it."""

    id: str = Field(description="Id of the rule.")
    rung: int = Field(ge=0, le=5, description="The rung it is a condition of.")
    reason: Text = Field(description="What is so where it does not hold.")
    lift: Text = Field(description="What would make it hold, as the end of a sentence.")


class ReachedRung(Model):
    """The rung a result reaches, and the rules that keep it from the next ones."""

    rung: int = Field(ge=0, le=5, description="The rung.")
    limits: tuple[str, ...] = Field(description="Ids of the rules that do not hold.")
